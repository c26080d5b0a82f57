package kron4j.backend.determinant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import kron4j.reference.ExactComplexDeterminant;
import org.junit.jupiter.api.Test;

class ComplexDeterminantTest {
    private static final double U = 0x1p-53;

    private static double[] matrix(int n, IntToDoubleFunction part) {
        double[] a = new double[2 * n * n];
        Arrays.setAll(a, part);
        return a;
    }

    private static void exact(double[] a, int n) {
        double[] before = a.clone();
        CompensatedDeterminant det = CompensatedDeterminant.ofComplex(a, n, Ranges.SERIAL);
        assertTrue(Arrays.equals(before, a), "the operand is not modified");
        ExactComplexDeterminant exact = ExactComplexDeterminant.of(a, n);
        double log = exact.logAbs();
        assertTrue(
                log == det.logAbs() || Math.abs(log - det.logAbs()) <= 3 * Math.ulp(log),
                () -> det.logAbs() + " is not " + log + ": " + Arrays.toString(a));
        assertEquals(exact.re(), det.sign(), 4 * U);
        assertEquals(exact.im(), det.imaginarySign(), 4 * U);
    }

    @Test
    void randomMatrices() {
        SplittableRandom random = new SplittableRandom(1);
        for (int n : new int[] {0, 1, 2, 3, 5, 8, 13}) {
            for (int repeat = 0; repeat < 4; repeat++) {
                exact(matrix(n, i -> random.nextDouble(-1, 1)), n);
                exact(matrix(n, i -> (float) random.nextDouble(-1, 1)), n);
                exact(matrix(n, i -> random.nextInt(-3, 4)), n);
                exact(matrix(n, i -> random.nextDouble(-1, 1) * Math.pow(2, random.nextInt(-60, 60))), n);
            }
        }
        exact(matrix(24, i -> random.nextInt(-2, 3)), 24);
    }

    /** Rows that nearly depend on each other, down to exactly: LU in double has no digit of these. */
    @Test
    void nearlySingularMatrices() {
        SplittableRandom random = new SplittableRandom(2);
        for (int repeat = 0; repeat < 60; repeat++) {
            int n = random.nextInt(2, 6);
            double[] a = matrix(n, i -> random.nextInt(-9, 10));
            double small = repeat % 5 == 0 ? 0 : Math.scalb(1, -random.nextInt(10, 400));
            for (int j = 0; j < n; j++) { // the last row is i times the first
                a[2 * ((n - 1) * n + j)] = -a[2 * j + 1];
                a[2 * ((n - 1) * n + j) + 1] = a[2 * j] + (j == 1 ? small : 0);
            }
            exact(a, n);
        }
    }

    /** Determinants of modulus near 1, whose logarithm has no leading digits. */
    @Test
    void nearTheUnitCircle() {
        exact(new double[] {0.6, 0.8}, 1);
        exact(new double[] {0x1p-60, 0, 0, 1, 0, 1, 1, 0x1p-70}, 2);
        exact(new double[] {1, 0x1p-30, 0, 0, 0, 0, 1, 0x1p-40}, 2);
        exact(new double[] {0, 1, 0, 0, 0, 0, 0, 1}, 2);
    }

    @Test
    void theEndsOfTheRange() {
        exact(new double[] {Double.MIN_VALUE, 0, 0, 0, 0, 0, 0, Double.MIN_VALUE}, 2);
        exact(new double[] {1e308, 1e308, 1e-308, 0, 0, 1e-300, 1e300, -1e307}, 2);
        exact(new double[] {1e-310, 3e-310, 2e-310, 0, 1e-309, 1e-312, 0, 5e-311}, 2);
    }

    @Test
    void whatIsNotFinite() {
        double nan = Double.NaN;
        for (int at = 0; at < 8; at++) {
            double[] a = {1, 2, 3, 4, 5, 6, 7, 8};
            a[at] = nan;
            CompensatedDeterminant det = CompensatedDeterminant.ofComplex(a, 2, Ranges.SERIAL);
            assertEquals(nan, det.sign());
            assertEquals(nan, det.imaginarySign());
            assertEquals(nan, det.logAbs());
        }
    }

    @Test
    void theBoundHoldsBesideExactArithmetic() {
        SplittableRandom random = new SplittableRandom(3);
        int bounded = 0;
        for (int round = 0; round < 300; round++) {
            int n = random.nextInt(1, 6);
            double[] a = matrix(n, i -> random.nextDouble(-1, 1));
            double near = Math.scalb(1, -random.nextInt(0, 50));
            for (int j = 0; j < 2 * n && n > 1; j++) {
                a[2 * (n - 1) * n + j] = a[j] + near * a[2 * (n - 1) * n + j];
            }
            ComplexDoubleDoubleLu lu = new ComplexDoubleDoubleLu(a.clone(), n, Ranges.SERIAL);
            double bound = lu.logError();
            if (bound < Double.POSITIVE_INFINITY) {
                bounded++;
                ExactComplexDeterminant exact = ExactComplexDeterminant.of(a, n);
                double log = lu.exponent() * Math.log(2) + 0.5 * Math.log1p(lu.squareLess1());
                assertEquals(exact.logAbs(), log, bound + 4 * U * (Math.abs(log) + 1));
                double size = Math.hypot(lu.re(), lu.im());
                assertEquals(exact.re(), lu.re() / size, bound + 4 * U);
                assertEquals(exact.im(), lu.im() / size, bound + 4 * U);
            }
        }
        assertTrue(bounded > 200, bounded + " of 300 matrices had a bound");
    }

    /** Pivots with one part far larger than the other, and at the ends of the range. */
    @Test
    void smallLuDividesWithoutOverflow() {
        double[][] pivots = {
            {1, 0}, {0, 1}, {3, 4}, {1e-310, 0}, {0, 2e-310}, {1e308, 1e308}, {1e-200, 1e-300}, {1e200, 0}
        };
        for (double[] p : pivots) {
            double[] lu = {p[0], p[1]};
            double[] b = {p[0], p[1]};
            SmallLu.COMPLEX.factor(lu, 1, 1, new int[1]);
            SmallLu.COMPLEX.solve(lu, 1, new int[] {1}, b, 1);
            assertEquals(1, b[0], 4 * U, Arrays.toString(p));
            assertEquals(0, b[1], 4 * U, Arrays.toString(p));
            double[] matrix = {p[0] / 2, 0, 0, p[1] / 4, p[0], p[1], 0.5, 0}; // two rows, column by column
            double[] first = matrix.clone();
            int[] rows = new int[2];
            SmallLu.COMPLEX.factor(matrix, 2, 2, rows);
            double re = matrix[2] * matrix[0] - matrix[3] * matrix[1];
            double im = matrix[2] * matrix[1] + matrix[3] * matrix[0];
            int other = rows[0] == 1 ? 2 : 0;
            double scale = Math.abs(first[0]) + Math.abs(first[3]);
            assertEquals(first[other], re, 4 * U * scale + Double.MIN_VALUE, Arrays.toString(p));
            assertEquals(first[other + 1], im, 4 * U * scale + Double.MIN_VALUE, Arrays.toString(p));
        }
    }
}
