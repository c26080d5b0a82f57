package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LineSoftmaxTest {
    private static final int RANGE = 12;
    private static final int[] LENGTHS = {1, 2, 7, 31, 340, 1000, 1024, 1025, 3000};

    private static View lines(DType dtype, int count, int length, int gap) {
        View all = Grid.contiguous(dtype, count * (long) (length + gap) + 3);
        return all.with(Layout.of(Shape.of(count, length), new long[] {length + gap, 1}, 3));
    }

    private static double[] exact(double[] x, boolean log) {
        double max = Arrays.stream(x).max().orElseThrow();
        double sum = Arrays.stream(x).map(v -> Math.exp(v - max)).sum();
        return Arrays.stream(x)
                .map(v -> log ? v - max - Math.log(sum) : Math.exp(v - max) / sum)
                .toArray();
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16"})
    void linesOfEveryLength(DType dtype) {
        Random random = new Random(3);
        for (int length : LENGTHS) {
            for (int gap : new int[] {0, 5}) {
                int count = 1 + 5000 / length;
                View a = lines(dtype, count, length, gap);
                View out = lines(dtype, count, length, 5 - gap);
                double[] x = random.doubles(count * (long) length, -RANGE / 2.0, RANGE / 2.0)
                        .toArray();
                Grid.set(a, x);
                double[] stored = Grid.get(a);
                for (boolean log : new boolean[] {false, true}) {
                    boolean expected = length <= Tile.SIZE || Kind.of(dtype).of(UnaryOp.EXP) == Kind.of(dtype);
                    assertEquals(expected, LineSoftmax.run(a, log, out));
                    if (expected) {
                        check(dtype, length, stored, log, Grid.get(out));
                    }
                }
                Grid.free(a, out);
            }
        }
    }

    /** Shifting, the exponential, sums of lanes, the quotient; and what the result is stored in. */
    private static void check(DType dtype, int length, double[] x, boolean log, double[] z) {
        double units = RANGE + Loops.ULPS + 2 + length / 8.0;
        double tolerance = units * dtype.computed().epsilon() + (dtype.isHalf() ? dtype.epsilon() / 2 : 0);
        for (int from = 0; from < x.length; from += length) {
            double[] line = Arrays.copyOfRange(x, from, from + length);
            double[] exact = exact(line, log);
            for (int i = 0; i < length; i++) {
                double scale = log ? RANGE + Math.log(length) : exact[i] + (dtype == DType.FLOAT16 ? 0x1p-14 : 0);
                assertEquals(exact[i], z[from + i], tolerance * scale, "element " + i + " of a line of " + length);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void infinitiesAndNan(DType dtype) {
        double inf = Double.POSITIVE_INFINITY;
        double[] x = {-inf, 0, -inf, 0, -inf, -inf, -inf, -inf, 0, 1, inf, 2, 0, Double.NaN, 1, 2, -200, 500, -1000, 500
        };
        double nan = Double.NaN;
        double[] z = {0, 0.5, 0, 0.5, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, 0, 0.5, 0, 0.5};
        for (int length : new int[] {4, 67, 1029}) {
            double[] padded = new double[5 * length];
            double[] expected = new double[5 * length];
            for (int line = 0; line < 5; line++) {
                Arrays.fill(padded, line * length, (line + 1) * length, -inf);
                System.arraycopy(x, 4 * line, padded, (line + 1) * length - 4, 4);
                Arrays.fill(expected, line * length, (line + 1) * length, z[4 * line] >= 0 ? 0 : nan);
                System.arraycopy(z, 4 * line, expected, (line + 1) * length - 4, 4);
            }
            View a = Grid.set(Grid.contiguous(dtype, 5, length), padded);
            View out = Grid.contiguous(dtype, 5, length);
            if (LineSoftmax.run(a, false, out)) {
                assertArrayEquals(expected, Grid.get(out), 1e-100, "lines of " + length);
            }
            Grid.free(a, out);
        }
    }

    @Test
    void subnormalResultsAreRoundedOnce() {
        for (int length : new int[] {12, 100, 2000}) {
            double[] x = new double[length];
            Arrays.setAll(x, i -> i == 0 ? 0 : -86.5 - i % 180 / 10.0);
            View a = Grid.set(Grid.contiguous(DType.FLOAT32, 1, length), x);
            View out = Grid.contiguous(DType.FLOAT32, 1, length);
            LineSoftmax.run(a, false, out);
            double[] stored = Grid.get(a);
            double[] result = Grid.get(out);
            for (int i = 1; i < length && Kind.of(DType.FLOAT32).of(UnaryOp.EXP) == Kind.FLOAT; i++) {
                double exact = Math.exp(stored[i]);
                double tolerance = 0.51 * Float.MIN_VALUE + Loops.ULPS * DType.FLOAT32.epsilon() * exact;
                assertEquals(exact, result[i], tolerance, "exp(" + stored[i] + ") in a line of " + length);
            }
            Grid.free(a, out);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void elementsFarApartAreLeftToOthers(DType dtype) {
        View a = Grid.contiguous(dtype, 6, 5);
        View out = Grid.contiguous(dtype, 5, 6);
        assertFalse(LineSoftmax.run(a.with(a.layout().permute(1, 0)), false, out));
        assertFalse(LineSoftmax.run(out, false, a.with(a.layout().permute(1, 0))));
        Grid.free(a, out);
    }

    /** In the order that is written here, however often they were computed: the JIT must not choose another. */
    @Test
    void sumsOfLanesHaveOneOrder() {
        assumeTrue(Loops.BEST.bits() > 0, "without vectors");
        int lanes = Loops.BEST.bits() / Float.SIZE;
        int lines = 40;
        int length = 64 * lanes;
        float[] x = new float[lines * length];
        float[] e = new float[x.length];
        Random random = new Random(5);
        for (int i = 0; i < x.length; i++) {
            x[i] = -RANGE * random.nextFloat();
        }
        for (int round = 0; round < 1000; round++) {
            for (int line = 0; line < lines; line++) {
                float sum = Loops.BEST.exponentials(x, 0, e, line * length, length);
                if (round % 333 == 0) {
                    float[] sums = new float[lanes];
                    for (int i = 0; i < length; i++) {
                        sums[i % lanes] += e[line * length + i];
                    }
                    assertEquals(Folds.sum(sums, 0, lanes), sum, "line " + line + ", round " + round);
                }
            }
        }
    }
}
