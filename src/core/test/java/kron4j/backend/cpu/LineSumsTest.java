package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LineSumsTest {
    private static final Shape[] SHAPES = {
        Shape.of(8),
        Shape.of(300),
        Shape.of(9001),
        Shape.of(700, 8),
        Shape.of(3, 5000),
        Shape.of(5000, 3),
        Shape.of(1, 90, 70),
        Shape.of(40, 12, 90),
        Shape.of(3, 4, 5, 6, 64)
    };

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void everyLayoutGivesWhatLoopsGive(DType dtype) {
        Random random = new Random(1);
        int taken = 0;
        for (int round = 0; round < 20; round++) {
            for (Shape shape : SHAPES) {
                for (int reducedRank = 1; reducedRank <= shape.rank(); reducedRank++) {
                    View a = Grid.scattered(dtype, shape, random);
                    Shape result = shape.slice(0, shape.rank() - reducedRank);
                    taken += sums(a, reducedRank, Grid.scattered(dtype, result, random), random) ? 1 : 0;
                    View whole = Grid.contiguous(dtype, shape.dims());
                    boolean runs = sums(whole, reducedRank, Grid.contiguous(dtype, result.dims()), random);
                    long length = shape.size() / result.size();
                    boolean several = result.size() > 1;
                    assertEquals(length >= (several ? 8 : 64), runs, () -> shape + " to " + result);
                    Grid.free(a, whole);
                }
            }
        }
        assertTrue(taken > 100, "few layouts were tested: " + taken);
    }

    /** Of small integers, whose sums are exact; whether they were computed. */
    private static boolean sums(View a, int reducedRank, View out, Random random) {
        Shape shape = a.shape();
        double[] x = random.ints(shape.size(), -9, 10).asDoubleStream().toArray();
        Grid.set(a, x);
        boolean runs = LineSums.run(-2, a, reducedRank, out);
        if (runs) {
            int length = x.length / (int) out.shape().size();
            double[] expected = new double[x.length / length];
            for (int j = 0; j < expected.length; j++) {
                expected[j] =
                        -2 * Arrays.stream(x, j * length, (j + 1) * length).sum() + 0.0;
            }
            double[] actual = Arrays.stream(Grid.get(out)).map(v -> v + 0.0).toArray();
            assertArrayEquals(expected, actual, () -> a.layout() + " to " + out.layout());
        }
        Grid.free(out);
        return runs;
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void diagonalsAreLinesToo(DType dtype) {
        View cubes = Grid.contiguous(dtype, 5, 70, 70);
        View diagonals = cubes.with(Layout.of(Shape.of(5, 70), new long[] {4900, 71}, 0));
        assertTrue(sums(diagonals, 1, Grid.contiguous(dtype, 5), new Random(2)));
        Grid.free(cubes);
    }

    /** Columns of a matrix, of a part of it, and of several at once. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void linesMayLieSideBySide(DType dtype) {
        Random random = new Random(3);
        for (int rows : new int[] {8, 15, 16, 17, 128, 129, 300}) {
            for (int columns : new int[] {64, 512, 513, 700}) {
                View whole = Grid.contiguous(dtype, 2, rows, columns + 5);
                Layout some = whole.layout().slice(2, 3, columns + 3, 1);
                for (Layout layout : new Layout[] {whole.layout(), some, some.slice(1, rows, -rows - 1, -1)}) {
                    View lines = whole.with(layout.permute(0, 2, 1));
                    assertTrue(sums(
                            lines, 1, Grid.contiguous(dtype, 2, lines.shape().at(1)), random));
                    View across = whole.with(layout.permute(2, 0, 1));
                    assertTrue(
                            sums(across, 2, Grid.contiguous(dtype, lines.shape().at(1)), random));
                }
                Grid.free(whole);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void narrowColumnsAreSums(DType dtype) {
        for (long side : new long[] {2, 3, 7, 63}) {
            for (long length : new long[] {64, 127, 1000, 70_001}) {
                View rows = Grid.contiguous(dtype, length, side);
                assertTrue(sums(rows.with(rows.layout().reverse()), 1, Grid.contiguous(dtype, side), new Random(3)));
                Grid.free(rows);
            }
        }
        View gaps = Grid.contiguous(dtype, 100, 4).with(Layout.of(Shape.of(3, 100), new long[] {1, 4}, 0));
        assertFalse(sums(gaps, 1, Grid.contiguous(dtype, 3), new Random(4)));
        Grid.free(gaps);
    }

    @Test
    void longColumnsInFloat32AreAccurate() {
        int n = 200_000;
        View a = Grid.contiguous(DType.FLOAT32, n, 64);
        View out = Grid.contiguous(DType.FLOAT32, 64);
        Pointwise.fill((double) 0.1f, a);
        assertTrue(LineSums.run(1, a.with(a.layout().reverse()), 1, out));
        for (double sum : Grid.get(out)) {
            assertEquals(n * (double) 0.1f, sum, n * 0.1 * 128 * 0x1p-24);
        }
        Grid.free(a, out);
    }

    /** What an earlier call left behind must not show. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void aLineThatIsNotFiniteSpoilsNoOther(DType dtype) {
        double[] x = new double[30 * 64];
        Arrays.fill(x, 1);
        x[3 * 64] = Double.NaN;
        x[4 * 64] = Double.POSITIVE_INFINITY;
        x[5 * 64] = Double.POSITIVE_INFINITY;
        x[5 * 64 + 9] = Double.NEGATIVE_INFINITY;
        View a = Grid.set(Grid.contiguous(dtype, 30, 64), x);
        View out = Grid.contiguous(dtype, 30);
        double[] expected = new double[30];
        Arrays.fill(expected, 64);
        expected[3] = Double.NaN;
        expected[4] = Double.POSITIVE_INFINITY;
        expected[5] = Double.NaN;
        for (int round = 0; round < 2; round++) {
            assertTrue(LineSums.run(1, a, 1, out));
            assertArrayEquals(expected, Grid.get(out));
        }
        View columns = Grid.set(Grid.contiguous(dtype, 64, 64), transposed(x, 30, 64));
        View sums = Grid.contiguous(dtype, 64);
        assertTrue(LineSums.run(1, columns.with(columns.layout().reverse()), 1, sums));
        assertArrayEquals(expected, Arrays.copyOf(Grid.get(sums), 30));
        Arrays.fill(x, 1);
        Grid.set(a, x);
        Grid.set(columns, transposed(x, 30, 64));
        Arrays.fill(expected, 64);
        assertTrue(LineSums.run(1, a, 1, out));
        assertArrayEquals(expected, Grid.get(out));
        assertTrue(LineSums.run(1, columns.with(columns.layout().reverse()), 1, sums));
        assertArrayEquals(expected, Arrays.copyOf(Grid.get(sums), 30));
        Grid.free(a, out, columns, sums);
    }

    /** Rows of a matrix as the first columns of a square one, whose others are 0. */
    private static double[] transposed(double[] x, int rows, int columns) {
        double[] result = new double[columns * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                result[j * columns + i] = x[i * columns + j];
            }
        }
        return result;
    }

    /** Added one by one in float32, ten million ones stop at 2^24 and tenths drift away by percents. */
    @Test
    void longSumsInFloat32AreAccurate() {
        int n = 20_000_000;
        View a = Grid.contiguous(DType.FLOAT32, n);
        View out = Grid.contiguous(DType.FLOAT32);
        Pointwise.fill((double) 0.1f, a);
        assertTrue(LineSums.run(1, a, 1, out));
        assertEquals(n * (double) 0.1f, Grid.get(out)[0], n * 0.1 * 256 * 0x1p-24);
        Grid.free(a, out);
    }

    @Test
    void whatIsNotALineOfRealsIsLeftAlone() {
        View integers = Grid.contiguous(DType.INT64, 4, 100);
        View broadcast = integers.with(Layout.of(Shape.of(4, 100), new long[] {1, 0}, 0));
        View out = Grid.contiguous(DType.INT64, 4);
        assertFalse(LineSums.run(1, integers, 1, out));
        assertFalse(LineSums.run(1, broadcast, 1, out));
        View reals = Grid.contiguous(DType.FLOAT64, 4, 100);
        View sums = Grid.contiguous(DType.FLOAT64, 4);
        assertFalse(LineSums.run(1, reals.with(Layout.of(Shape.of(4, 100), new long[] {100, 0}, 0)), 1, sums));
        Grid.free(integers, out, reals, sums);
    }
}
