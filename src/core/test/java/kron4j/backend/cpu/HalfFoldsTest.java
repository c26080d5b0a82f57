package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import kron4j.reference.DTypes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HalfFoldsTest {
    private static final boolean VECTORS = Loops.BEST.bits() > 0;
    private static final ReduceOp[] OPERATIONS = {ReduceOp.SUM, ReduceOp.MAX, ReduceOp.MIN};

    static DType[] halves() {
        return DTypes.halves();
    }

    private static double exact(ReduceOp op, DoubleStream line) {
        return switch (op) {
            case SUM -> line.sum();
            case MAX -> line.reduce(Double.NEGATIVE_INFINITY, Math::max);
            default -> line.reduce(Double.POSITIVE_INFINITY, Math::min);
        };
    }

    /** The results for the last axis, from the elements in row-major order. */
    private static double[] exact(ReduceOp op, DType dtype, double scale, double[] values, int length) {
        double[] results = new double[values.length / length];
        for (int i = 0; i < results.length; i++) {
            results[i] = scale * exact(op, Arrays.stream(values, i * length, (i + 1) * length));
        }
        return Grid.wrapped(dtype, results);
    }

    /** Whole numbers, so that float32 adds them up exactly; lines of any length, at any distance, forwards and backwards. */
    @ParameterizedTest
    @MethodSource("halves")
    void lines(DType dtype) {
        Random random = new Random(1);
        int[] lengths = {64, 65, 95, 1000, 2047, 2049, 5000, 32768, 70001};
        for (int length : lengths) {
            int lines = length > 10_000 ? 3 : 700;
            int apart = length + random.nextInt(3);
            double[] values =
                    random.ints((long) lines * length, -60, 60).asDoubleStream().toArray();
            View whole = Grid.contiguous(dtype, (long) lines * apart + 1);
            boolean flipped = random.nextBoolean();
            long first = 1 + (flipped ? (lines - 1L) * apart : 0);
            View a = whole.with(Layout.of(Shape.of(lines, length), new long[] {flipped ? -apart : apart, 1}, first));
            Grid.set(a, values);
            View out = Grid.contiguous(dtype, lines);
            for (ReduceOp op : OPERATIONS) {
                double scale = op == ReduceOp.SUM ? 0.25 : 1;
                assertEquals(VECTORS, HalfFolds.run(op, scale, a, 1, out));
                if (VECTORS) {
                    assertEquals(
                            Arrays.toString(exact(op, dtype, scale, values, length)),
                            Arrays.toString(Grid.get(out)),
                            op + " of " + length);
                }
            }
            Grid.free(whole, out);
        }
    }

    @ParameterizedTest
    @MethodSource("halves")
    void rows(DType dtype) {
        Random random = new Random(2);
        for (int[] shape : new int[][] {{64, 3}, {65, 64}, {100, 1000}, {2049, 70}, {5000, 129}, {64, 20_000}}) {
            int lines = shape[0];
            int length = shape[1];
            int apart = lines + random.nextInt(3);
            double[] values =
                    random.ints((long) lines * length, -60, 60).asDoubleStream().toArray();
            View whole = Grid.contiguous(dtype, (long) length * apart + 1);
            View a = whole.with(Layout.of(Shape.of(lines, length), new long[] {1, apart}, 1));
            Grid.set(a, values);
            View out = Grid.contiguous(dtype, lines);
            assertEquals(VECTORS, HalfFolds.run(ReduceOp.SUM, 0.5, a, 1, out));
            if (VECTORS) {
                assertEquals(
                        Arrays.toString(exact(ReduceOp.SUM, dtype, 0.5, values, length)),
                        Arrays.toString(Grid.get(out)),
                        Arrays.toString(shape));
            }
            Grid.free(whole, out);
        }
    }

    /** Extremes, subnormal numbers, zeros of both signs, infinities and NaN at any place. */
    @ParameterizedTest
    @MethodSource("halves")
    void specialNumbers(DType dtype) {
        double least = dtype == DType.FLOAT16 ? 0x1p-24 : 0x1p-133;
        double inf = Double.POSITIVE_INFINITY;
        double[][] some = {
            {0},
            {-0.0, -0.0, -0.0},
            {-0.0, 0},
            {least, 3 * least},
            {-least},
            {inf},
            {-inf},
            {inf, -inf},
            {Double.NaN},
            {Double.NaN, inf},
            {-1, -2, -3},
            {dtype.largest(), -1}
        };
        for (int length : new int[] {64, 77, 3000}) {
            for (double[] special : some) {
                for (double rest : new double[] {-0.0, special[0]}) {
                    double[] values = new double[length];
                    Arrays.fill(values, rest);
                    System.arraycopy(special, 0, values, length - special.length, special.length);
                    View a = Grid.set(Grid.contiguous(dtype, 1, length), values);
                    View out = Grid.contiguous(dtype, 1);
                    for (ReduceOp op : OPERATIONS) {
                        if (HalfFolds.run(op, 1.0, a, 1, out)) {
                            double sum = 0.0;
                            for (double v : values) {
                                sum += v;
                            }
                            double[] expected =
                                    op == ReduceOp.SUM ? Grid.wrapped(dtype, sum) : exact(op, dtype, 1, values, length);
                            assertEquals(
                                    Arrays.toString(expected),
                                    Arrays.toString(Grid.get(out)),
                                    op + " of " + length + ", " + Arrays.toString(special) + " and " + rest);
                        }
                    }
                    Grid.free(a, out);
                }
            }
        }
    }
}
