package kron4j.backend.determinant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Matrices that are made of factors which elimination finds without rounding: multipliers below 1 in eighths, pivots that are powers of two. */
class SmallLuTest {
    /** A = P L U: rows of LU, exchanged as {@code pivots} say, the last exchange first; all column-major. */
    private record Factored(int rows, int cols, double[] lu, int[] pivots, double[] a) {
        static Factored random(SplittableRandom random, int rows, int cols) {
            int steps = Math.min(rows, cols);
            double[] lu = new double[rows * cols];
            for (int j = 0; j < cols; j++) {
                for (int i = 0; i < rows; i++) {
                    double pivot = (random.nextBoolean() ? 1 : -1) * Math.scalb(1.0, random.nextInt(4));
                    lu[j * rows + i] = i > j ? random.nextInt(-7, 8) / 8.0 : i == j ? pivot : random.nextInt(-9, 10);
                }
            }
            double[] a = new double[rows * cols];
            for (int j = 0; j < cols; j++) {
                for (int i = 0; i < rows; i++) {
                    for (int k = 0; k <= Math.min(i, j); k++) {
                        a[j * rows + i] += (k == i ? 1 : lu[k * rows + i]) * lu[j * rows + k];
                    }
                }
            }
            int[] pivots = new int[steps];
            for (int k = steps - 1; k >= 0; k--) {
                pivots[k] = random.nextInt(k, rows) + 1;
                exchange(a, rows, cols, k, pivots[k] - 1);
            }
            return new Factored(rows, cols, lu, pivots, a);
        }

        private static void exchange(double[] a, int rows, int cols, int one, int other) {
            for (int j = 0; j < cols; j++) {
                double kept = a[j * rows + one];
                a[j * rows + one] = a[j * rows + other];
                a[j * rows + other] = kept;
            }
        }

        double at(int i, int j) {
            return a[j * rows + i];
        }
    }

    @Test
    void findsTheFactorsAndTheExchanges() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 300; round++) {
            Factored f = Factored.random(random, random.nextInt(0, 7), random.nextInt(0, 7));
            int[] pivots = new int[f.pivots.length];
            double[] a = f.a.clone();
            assertEquals(0, SmallLu.REAL.factor(a, f.rows, f.cols, pivots));
            assertArrayEquals(f.pivots, pivots, "round " + round);
            assertArrayEquals(plusZero(f.lu), plusZero(a), "round " + round);
        }
    }

    @Test
    void solvesWithTheMatrixAndItsTranspose() {
        SplittableRandom random = new SplittableRandom(2);
        for (int round = 0; round < 300; round++) {
            int n = random.nextInt(0, 7);
            int columns = random.nextInt(1, 4);
            Factored f = Factored.random(random, n, n);
            double[] x = random.doubles((long) n * columns)
                    .map(v -> Math.rint(16 * v - 8))
                    .toArray();
            double[] b = new double[n * columns];
            double[] transposed = new double[n * columns];
            for (int c = 0; c < columns; c++) {
                for (int i = 0; i < n; i++) {
                    for (int j = 0; j < n; j++) {
                        b[c * n + i] += f.at(i, j) * x[c * n + j];
                        transposed[c * n + i] += f.at(j, i) * x[c * n + j];
                    }
                }
            }
            SmallLu.REAL.solve(f.lu, n, f.pivots, b, columns);
            assertArrayEquals(plusZero(x), plusZero(b), "round " + round);
            SmallLu.REAL.solveTransposed(f.lu, n, f.pivots, transposed, columns);
            assertArrayEquals(plusZero(x), plusZero(transposed), "round " + round);
        }
    }

    private static double[] plusZero(double[] values) {
        return Arrays.stream(values).map(v -> v + 0.0).toArray();
    }

    @Test
    void theDeterminantIsThatOfThePivotsAndTheExchanges() {
        PivotProduct product = new PivotProduct();
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 100; round++) {
            int n = random.nextInt(0, 7);
            Factored f = Factored.random(random, n, n);
            double expected = 1;
            for (int k = 0; k < n; k++) {
                expected *= f.lu[k * n + k] * (f.pivots[k] == k + 1 ? 1 : -1);
            }
            SmallLu.REAL.determinant(f.lu, n, f.pivots, product);
            assertEquals(expected, product.value());
        }
        SmallLu.REAL.determinant(new double[] {2, Double.NaN, 0, 3}, 2, new int[] {1, 2}, product);
        assertEquals(Double.NaN, product.sign());
    }

    @Test
    void passesAZeroPivotAndNamesTheFirst() {
        double[] a = {1, 2, 4, 2, 4, 8, 3, 5, 7, 1, 1, 1};
        int[] pivots = new int[3];
        assertEquals(2, SmallLu.REAL.factor(a, 3, 4, pivots));
        assertArrayEquals(new int[] {3, 2, 3}, pivots);
        assertArrayEquals(new double[] {4, 0.5, 0.25, 8, 0, 0, 7, 1.5, 1.25, 1, 0.5, 0.75}, a);
        assertEquals(1, SmallLu.REAL.factor(new double[4], 2, 2, new int[2]));
    }

    @Test
    void takesTheFirstOfEqualsAndWhatIsNotANumberBeforeAll() {
        int[] pivot = new int[1];
        SmallLu.REAL.factor(new double[] {1, -2, 2}, 3, 1, pivot);
        assertArrayEquals(new int[] {2}, pivot);
        SmallLu.REAL.factor(new double[] {1, Double.NaN, 2}, 3, 1, pivot);
        assertArrayEquals(new int[] {2}, pivot);
        SmallLu.REAL.factor(new double[] {Double.NaN, Double.NEGATIVE_INFINITY, 2}, 3, 1, pivot);
        assertArrayEquals(new int[] {1}, pivot);
    }
}
