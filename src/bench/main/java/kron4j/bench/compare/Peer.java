package kron4j.bench.compare;

import java.util.List;
import kron4j.bench.peer.Row;
import kron4j.bench.peer.Timing;
import kron4j.bench.reference.Expected;

/** A library beside others; a fault of it is a result. */
interface Peer extends AutoCloseable {
    /** What tables and options call it. */
    String name();

    /** Whether it is a floor, which does not do a row's work but less. */
    boolean floor();

    /** Its version, or why it is not here. */
    String version();

    /** Prepares the row, checks what it gives, and times it if that is right. */
    Run run(Row row, List<Expected> expected, Timing timing);

    @Override
    void close();
}
