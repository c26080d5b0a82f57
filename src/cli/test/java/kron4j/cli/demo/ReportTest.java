package kron4j.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ReportTest {
    private static double[] of(double... values) {
        return values;
    }

    private static boolean holds(double[] expected, double[] got, double[] tolerance) {
        Report report = new Report(() -> {});
        report.check("x", expected, got, tolerance);
        return report.holds();
    }

    @Test
    void everyNumberHasToLieWithinItsTolerance() {
        assertTrue(holds(of(1, 2), of(1.5, 2), of(0.5, 0)));
        assertFalse(holds(of(1, 2), of(1.5, 2), of(0.25, 9)));
        assertFalse(holds(of(1, 2), of(1, 2.001), of(9, 0)));
        assertTrue(holds(of(), of(), of()));
    }

    @Test
    void whatIsMissingOrNotANumberFails() {
        assertFalse(holds(of(1, 2), of(1), of(9, 9)));
        assertFalse(holds(of(1, 2), of(1, Double.NaN), of(9, 9)));
        assertFalse(holds(of(Double.NaN), of(1), of(9)));
        assertFalse(holds(of(1), of(Double.POSITIVE_INFINITY), of(9)));
        Report report = new Report(() -> {});
        report.check("one", 1, Double.NaN, 1);
        assertFalse(report.holds());
    }

    @Test
    void theWorstIsNamed() {
        Report report = new Report(() -> {});
        report.check("sums", of(0, 0, 0), of(1, 2, 1), of(4, 4, 2));
        report.check("sign", 1, -1, 0);
        report.check("shape", true);
        assertFalse(report.holds());
        assertEquals(
                "check holds: sums: 3 numbers, the worst off by 2.0 (4.0 allowed)",
                report.lines().get(0));
        assertEquals(
                "CHECK FAILS: sign: off by 2.0 (0.0 allowed)", report.lines().get(1));
        assertEquals("check holds: shape", report.lines().get(2));
        assertEquals(3, report.checks().size());
    }
}
