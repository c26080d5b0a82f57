package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.backend.determinant.PivotProduct;
import kron4j.backend.determinant.SmallLu;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmallFactorsTest {
    /** Values that make ties, exchanges, special pivots and, where there are many zeros, singular matrices. */
    private static double value(Random random, int of) {
        return switch (random.nextInt(of)) {
            case 0 -> 0;
            case 1 -> -0.0;
            case 2 -> Double.MIN_VALUE * random.nextInt(9);
            case 3 -> Double.NEGATIVE_INFINITY;
            case 4 -> Double.NaN;
            case 5, 6 -> random.nextInt(3) - 1;
            default -> random.nextGaussian();
        };
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,5", "8,8", "7,4", "16,16", "32,32"})
    void eachMatrixOfABatchIsFactoredAsByItself(int rows, int cols) {
        Random random = new Random(rows);
        int count = 61;
        int size = rows * cols;
        double[] values = new double[count * size];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(random, i < values.length / 3 ? 9 : 100_000);
        }
        try (TensorScope scope = Device.of("cpu").openScope()) {
            // Column-major matrices, as the factors are.
            Tensor a = Tensor.of(values, count, cols, rows).transpose(-1, -2);
            SmallFactors factors = new SmallFactors(new Entries(a.view(), 2), false);
            for (int e = 0; e < count; e++) {
                double[] expected = Arrays.copyOfRange(values, e * size, (e + 1) * size);
                int[] pivots = new int[Math.min(rows, cols)];
                int info = SmallLu.REAL.factor(expected, rows, cols, pivots);
                assertEquals(info, factors.factor(e, count));
                assertArrayEquals(pivots, factors.pivots);
                assertArrayEquals(expected, factors.matrix);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 13, 16, 32})
    void eachDeterminantOfABatchIsThatOfTheMatrixByItself(int n) {
        Random random = new Random(n);
        int count = 203;
        double[] values = new double[count * n * n];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(random, i < values.length / 3 ? 99 : 100_000) * Math.scalb(1.0, 300 * random.nextInt(3));
        }
        try (TensorScope scope = Device.of("cpu").openScope()) {
            Tensor a = Tensor.of(values, count, n, n);
            Entries gaps = new Entries(a.slice(0, 0, count - 1, 2).view(), 2);
            SmallFactors factors = new SmallFactors(new Entries(a.view(), 2), true);
            SmallFactors others = new SmallFactors(gaps, true);
            PivotProduct expected = new PivotProduct();
            PivotProduct product = new PivotProduct();
            for (int e = 0; e < count; e++) {
                // Row-major matrices are taken as their transposes.
                double[] one = Arrays.copyOfRange(values, e * n * n, (e + 1) * n * n);
                int[] pivots = new int[n];
                SmallLu.REAL.factor(one, n, n, pivots);
                SmallLu.REAL.determinant(one, n, pivots, expected);
                factors.determinant(e, count, product);
                assertProduct(expected, product);
                if (e % 2 == 0 && e / 2 < gaps.count()) {
                    others.determinant(e / 2, gaps.count(), product);
                    assertProduct(expected, product);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,3", "5,1", "8,8", "16,2", "32,8"})
    void eachSolutionOfABatchIsThatOfTheSystemByItself(int n, int columns) {
        Random random = new Random(n);
        int count = 61;
        int size = n * n;
        int rightSize = n * columns;
        double[] values = new double[count * size];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(random, i < values.length / 3 ? 9 : 100_000);
        }
        double[] rights = random.doubles(count * rightSize).toArray();
        try (TensorScope scope = Device.of("cpu").openScope()) {
            for (boolean transposed : new boolean[] {false, true}) {
                for (boolean byRows : new boolean[] {false, true}) {
                    Tensor columnMajor = Tensor.of(values, count, n, n);
                    Tensor a = transposed ? columnMajor : columnMajor.transpose(-1, -2);
                    Tensor b = Tensor.of(rights, count, columns, n).transpose(-1, -2);
                    Tensor x = byRows ? b.contiguous() : b;
                    Entries entries = new Entries(a.view(), 2);
                    SmallSolves solves =
                            new SmallSolves(new SmallFactors(entries, true), SmallLu.REAL, new Entries(x.view(), 2));
                    int[] info = new int[count];
                    for (int e = 0; e < count; e++) {
                        info[e] = solves.solve(e, count);
                    }
                    double[] got = x.transpose(-1, -2).toDoubleArray();
                    for (int e = 0; e < count; e++) {
                        double[] lu = Arrays.copyOfRange(values, e * size, (e + 1) * size);
                        int[] pivots = new int[n];
                        assertEquals(SmallLu.REAL.factor(lu, n, n, pivots), info[e]);
                        double[] expected = Arrays.copyOfRange(rights, e * rightSize, (e + 1) * rightSize);
                        if (transposed) {
                            SmallLu.REAL.solveTransposed(lu, n, pivots, expected, columns);
                        } else {
                            SmallLu.REAL.solve(lu, n, pivots, expected, columns);
                        }
                        assertArrayEquals(expected, Arrays.copyOfRange(got, e * rightSize, (e + 1) * rightSize));
                    }
                }
            }
        }
    }

    private static void assertProduct(PivotProduct expected, PivotProduct product) {
        assertEquals(expected.sign(), product.sign());
        assertEquals(expected.logAbs(), product.logAbs());
        assertEquals(expected.value(), product.value());
    }
}
