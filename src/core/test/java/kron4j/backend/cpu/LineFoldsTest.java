package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;

/** Extremes and products of long lines, and extremes of long rows, beside plain loops. */
class LineFoldsTest {
    private static final List<DType> DTYPES = List.of(DType.FLOAT32, DType.FLOAT64);

    /** What lines have beside numbers: nothing, negative numbers only, zeros of both signs, infinities, NaN. */
    private enum Content {
        NUMBERS,
        NEGATIVE,
        ZEROS,
        INFINITE,
        NAN;

        double[] values(Random random, int n) {
            double[] x = new double[n];
            for (int i = 0; i < n; i++) {
                float v = (float) random.nextGaussian();
                x[i] = this == NUMBERS || this == NAN ? v : -1 - Math.abs(v);
            }
            for (int i = 0; i < n / 300 + 1 && this != NUMBERS && this != NEGATIVE; i++) {
                double infinite = random.nextBoolean() ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
                double zero = random.nextInt(3) == 0 ? 0.0 : -0.0;
                x[random.nextInt(n)] = this == ZEROS ? zero : this == INFINITE ? infinite : Double.NaN;
            }
            return x;
        }
    }

    private static double extreme(ReduceOp op, double x, double y) {
        return op == ReduceOp.MAX ? Math.max(x, y) : Math.min(x, y);
    }

    @Test
    void extremesOfLinesAndRowsAreThoseOfSingleNumbers() {
        Random random = new Random(7);
        for (DType dtype : DTYPES) {
            for (int[] shape : new int[][] {
                {3, 256}, {2, 1039}, {1, 65_537}, {2, 263}, {130, 300}, {66, 1027}, {9, 16}, {40, 33}, {20, 63}, {5, 97}
            }) {
                for (Content content : Content.values()) {
                    for (ReduceOp op : List.of(ReduceOp.MAX, ReduceOp.MIN)) {
                        check(op, dtype, shape[0], shape[1], content.values(random, shape[0] * shape[1]));
                    }
                }
            }
        }
    }

    @Test
    void extremesOfIntegersHaveAllTheirBits() {
        Random random = new Random(9);
        for (DType dtype : List.of(DType.INT32, DType.INT64)) {
            for (int[] shape : new int[][] {{3, 256}, {1, 65_537}, {40, 33}, {66, 1027}}) {
                double[] x = random.doubles((long) shape[0] * shape[1])
                        .map(v -> Math.rint((v - 0.5) * 0x1p31))
                        .toArray();
                x[random.nextInt(x.length)] = Integer.MIN_VALUE;
                x[random.nextInt(x.length)] = Integer.MAX_VALUE;
                check(ReduceOp.MAX, dtype, shape[0], shape[1], x);
                check(ReduceOp.MIN, dtype, shape[0], shape[1], x);
            }
        }
    }

    @Test
    void extremesOfRowsOfBytesKnowTheirOrder() {
        Random random = new Random(8);
        for (DType dtype : List.of(DType.INT8, DType.UINT8)) {
            int least = dtype == DType.INT8 ? Byte.MIN_VALUE : 0;
            for (int[] shape : new int[][] {{1, 1024}, {130, 1100}, {5, 2051}}) {
                for (int most : new int[] {3, 256}) {
                    double[] x = random.doubles((long) shape[0] * shape[1], 0, most)
                            .map(v -> least + Math.floor(v))
                            .toArray();
                    check(ReduceOp.MAX, dtype, shape[0], shape[1], x);
                    check(ReduceOp.MIN, dtype, shape[0], shape[1], x);
                }
            }
        }
    }

    private static void check(ReduceOp op, DType dtype, int rows, int columns, double[] x) {
        // A gap behind each row, and the first element at an odd place.
        View a = Grid.set(
                new View(
                        Grid.CPU.allocate(dtype, rows * (columns + 3) + 1),
                        Layout.of(Shape.of(rows, columns), new long[] {columns + 3, 1}, 1)),
                x);
        View ofLines = Grid.contiguous(dtype, rows);
        View ofRows = Grid.contiguous(dtype, columns);
        double[] lines = new double[rows];
        double[] across = new double[columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double v = x[i * columns + j];
                lines[i] = j == 0 ? v : extreme(op, lines[i], v);
                across[j] = i == 0 ? v : extreme(op, across[j], v);
            }
        }
        String what = op + " " + dtype + " of " + rows + " x " + columns;
        Reductions.reduce(op, a, 1, ofLines);
        assertArrayEquals(lines, Grid.get(ofLines), what);
        Reductions.reduce(op, a.with(a.layout().permute(1, 0)), 1, ofRows);
        assertArrayEquals(across, Grid.get(ofRows), what + " across");
        Grid.free(a, ofLines, ofRows);
    }

    @Test
    void productsOfLinesDoNotOverflowOnTheWay() {
        for (DType dtype : DTYPES) {
            for (int n : new int[] {256, 1039, 140_001}) {
                View a = Grid.contiguous(dtype, n);
                View out = Grid.contiguous(dtype);
                double[] x = new double[n];
                double expected = 1;
                for (int i = 0; i < n; i++) {
                    // The product of the first 130 overflows in float32.
                    double large = i < 130 ? 2 : i < 256 ? 0.5 : 1;
                    x[i] = (float) (large * (1 + (i % 7 - 3) * 0x1p-10));
                    expected *= x[i];
                }
                Reductions.reduce(ReduceOp.PROD, Grid.set(a, x), 1, out);
                double bound = expected * (n * Math.ulp(1.0) + (dtype == DType.FLOAT32 ? Math.ulp(1f) : 0));
                assertEquals(expected, Grid.get(out)[0], bound, dtype + " of " + n);
                Grid.free(a, out);
            }
        }
    }
}
