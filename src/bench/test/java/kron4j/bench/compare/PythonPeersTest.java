package kron4j.bench.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import kron4j.bench.compare.Run.Status;
import kron4j.bench.own.ReferenceTest;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Timing;
import kron4j.bench.reference.Reference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script computes every operation, with the libraries that the Python of {@code -Dkron4j.python} has. */
class PythonPeersTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void everyOperationIsRight(int library) {
        List<Peer> peers = new Peers(1, 60).python(System.getProperty("kron4j.python", "python3"));
        try (Peer peer = peers.get(library)) {
            String version = peer.version();
            assumeTrue(!version.startsWith("missing: "), peer.name() + " is " + version);
            for (Row row : ReferenceTest.rows().toList()) {
                Run run = peer.run(row, Reference.of(row), new Timing(0, 0, 1, 1));
                boolean unknown = peer.name().equals("NumPy") && row.op().startsWith("gradient");
                assertEquals(unknown ? Status.UNSUPPORTED : Status.OK, run.status(), () -> row + ": " + run.detail());
                assertTrue(unknown || run.seconds() > 0);
            }
        }
    }
}
