package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Places of extremes along lines, and across rows, against a search one by one: equal extremes, zeros of both signs, infinities and NaN, around the lengths of pieces. */
class FirstPlacesTest {
    private static final long[][] SHAPES = {
        {1, 16}, {3, 17}, {40, 64}, {17, 1000}, {2, 1024}, {3, 1025}, {1, 8192}, {2, 8193}, {1, 30000}
    };

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void theFirstOneCounts(DType dtype) {
        assumeTrue(Loops.BEST.memory() != null, "without vectors in memory");
        Random random = new Random(3);
        double[] special = {Double.NaN, 0.0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1};
        IntToDoubleFunction[] inputs = {
            i -> random.nextGaussian(),
            i -> random.nextInt(3),
            i -> 7,
            i -> Double.NEGATIVE_INFINITY,
            i -> i % 2 == 0 ? -0.0 : 0.0,
            i -> i,
            i -> -i,
            i -> special[1 + random.nextInt(5)],
            i -> random.nextInt(5000) == 0 ? Double.NaN : random.nextInt(9),
        };
        for (long[] shape : SHAPES) {
            for (IntToDoubleFunction input : inputs) {
                View a = Grid.contiguous(dtype, shape);
                double[] x = new double[(int) (shape[0] * shape[1])];
                Arrays.setAll(x, input);
                Grid.set(a, x);
                for (ReduceOp op : new ReduceOp[] {ReduceOp.ARGMAX, ReduceOp.ARGMIN}) {
                    check(op, a, true);
                    Layout turned = Layout.of(Shape.of(shape[1], shape[0]), new long[] {1, shape[1]}, 0);
                    check(op, new View(a.storage(), turned), false);
                    Layout flipped = Layout.of(Shape.of(shape), new long[] {shape[1], -1}, shape[1] - 1);
                    check(op, new View(a.storage(), flipped), false);
                }
                Grid.free(a);
            }
        }
    }

    private static void check(ReduceOp op, View a, boolean all) {
        int lines = (int) a.shape().at(0);
        View out = Grid.contiguous(DType.INT64, lines);
        boolean done = FirstPlaces.run(op, a, 1, out);
        double[] x = Grid.get(a);
        int n = x.length / lines;
        double[] expected = new double[lines];
        for (int l = 0; l < lines; l++) {
            int best = 0;
            for (int i = 0; i < n; i++) {
                double v = x[l * n + i];
                double most = x[l * n + best];
                boolean better = op == ReduceOp.ARGMAX ? v > most : v < most;
                best = better || (Double.isNaN(v) && !Double.isNaN(most)) ? i : best;
            }
            expected[l] = best;
        }
        if (all) {
            assertEquals(n * a.dtype().bytes() > 2 * Loops.BEST.memory().width(), done);
        }
        if (done) {
            assertArrayEquals(expected, Grid.get(out));
        } else {
            Reductions.reduce(op, a, 1, out);
            assertArrayEquals(expected, Grid.get(out));
        }
        Grid.free(out);
    }
}
