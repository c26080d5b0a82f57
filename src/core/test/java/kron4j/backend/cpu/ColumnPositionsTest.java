package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;

/** Positions of extremes of columns beside plain loops: ties, zeros of both signs, infinities, NaN of both signs. */
class ColumnPositionsTest {
    private static final double[] FEW = {
        -1,
        0.0,
        -0.0,
        2,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN,
        Double.longBitsToDouble(0x7ffc_0000_0000_0000L),
        Double.longBitsToDouble(0xfffa_0000_0000_0000L),
        -3
    };

    private static double value(Random random, DType dtype, int content) {
        if (!dtype.isFloating()) {
            return content == 0 ? random.nextInt() : random.nextInt(3) - 1;
        }
        return content == 0 ? (float) random.nextGaussian() : FEW[random.nextInt(content)];
    }

    private static boolean isBefore(double x, double y, boolean least) {
        return Double.isNaN(x) ? !Double.isNaN(y) : least ? x < y : x > y;
    }

    @Test
    void positionsAreThoseOfTheFirstExtremes() {
        Random random = new Random(10);
        for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64)) {
            for (int[] shape : new int[][] {{1, 16}, {70, 33}, {5, 2050}, {200, 64}}) {
                // Numbers, few of them without extreme ones, all.
                for (int content : new int[] {0, 4, FEW.length, 1}) {
                    check(random, dtype, shape[0], shape[1], content);
                }
            }
        }
    }

    private static void check(Random random, DType dtype, int rows, int columns, int content) {
        // Two of them, each with a gap behind its rows, from an odd place on.
        int row = columns + 3;
        View a = new View(
                Grid.CPU.allocate(dtype, 2L * rows * row + 1),
                Layout.of(Shape.of(2, rows, columns), new long[] {(long) rows * row, row, 1}, 1));
        double[] x = new double[2 * rows * columns];
        for (int i = 0; i < x.length; i++) {
            x[i] = value(random, dtype, content);
        }
        Grid.set(a, x);
        for (ReduceOp op : List.of(ReduceOp.ARGMAX, ReduceOp.ARGMIN)) {
            double[] expected = new double[2 * columns];
            for (int i = 0; i < expected.length; i++) {
                int first = i / columns * rows * columns + i % columns;
                int best = 0;
                for (int r = 1; r < rows; r++) {
                    best = isBefore(x[first + r * columns], x[first + best * columns], op == ReduceOp.ARGMIN)
                            ? r
                            : best;
                }
                expected[i] = best;
            }
            View out = Grid.contiguous(DType.INT64, 2, columns);
            Reductions.reduce(op, a.with(a.layout().permute(0, 2, 1)), 1, out);
            assertArrayEquals(expected, Grid.get(out), op + " " + dtype + " of " + rows + " x " + columns);
            Grid.free(out);
        }
        Grid.free(a);
    }
}
