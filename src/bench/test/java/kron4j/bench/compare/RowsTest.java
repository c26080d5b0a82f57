package kron4j.bench.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import kron4j.bench.peer.Row;
import org.junit.jupiter.api.Test;

class RowsTest {
    private static Row row(String id) {
        return Rows.all().stream().filter(r -> r.id().equals(id)).findFirst().orElseThrow();
    }

    @Test
    void everySuiteHasRowsOfItsOwnNames() {
        List<Row> rows = Rows.all();
        assertEquals(rows.size(), rows.stream().map(Row::id).distinct().count());
        Map<String, Long> suites = rows.stream().collect(Collectors.groupingBy(Row::suite, Collectors.counting()));
        assertEquals(48, suites.get("tccg"));
        assertEquals(11, suites.size());
        for (String suite : suites.keySet()) {
            assertTrue(rows.stream().anyMatch(r -> r.suite().equals(suite) && r.quick()), suite);
        }
    }

    @Test
    void costsAreThoseOfTheFormulas() {
        assertEquals(2.0 * 2048 * 2048 * 2048, row("gemm/2048x2048 float32").flops());
        assertEquals(3.0 * 2048 * 2048 * 4, row("gemm/2048x2048 float32").bytes());
        // The list's own numbers: 1.458 GFLOP and 261720576 bytes.
        Row tccg = row("tccg/1 adb,cd->cba float64");
        assertEquals(1.458e9, tccg.flops(), 1e6);
        assertEquals(261720576, tccg.bytes());
        Row kron = row("kron/x of 1024 times 16^3 float32");
        assertEquals(2.0 * 1024 * 4096 * 48, kron.flops());
        assertEquals((2 * 1024 * 4096 + 3 * 256) * 4.0, kron.bytes());
        Row rows = row("kron/(I_30 (x) W) x 1666x23520 float64");
        assertEquals(2.0 * 1666 * 30 * 30 * 784, rows.flops());
        assertEquals((1666 * 23520 + 30 * 784 + 1666 * 900) * 8.0, rows.bytes());
        assertEquals(
                2.0 / 3 * 1000 * 32 * 32 * 32,
                row("lu/slogdet 1000 of 32x32 float64").flops(),
                1);
        assertEquals(
                2.0 * 48 * 48 * 48 * 48 * 4,
                row("permute/abcd->dbca 48^4 float32").bytes());
    }
}
