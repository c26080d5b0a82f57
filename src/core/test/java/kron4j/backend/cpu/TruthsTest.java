package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.IntFunction;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;
import org.junit.jupiter.api.Test;

/** Predicates, choices, integer arithmetic and casts of every pair of edges, in every loop there is, against Java's own. */
class TruthsTest {
    private static final List<Loops> ALL = List.of(new Loops(), Loops.BEST);

    private static final double[] NUMBERS = {
        Double.NaN,
        Double.NEGATIVE_INFINITY,
        -Double.MAX_VALUE,
        -Float.MAX_VALUE,
        -2147483649.0,
        -4194304.5,
        -4194303.5,
        -129,
        -1.9999999,
        -1,
        -0.5,
        -Double.MIN_VALUE,
        -0.0,
        0.0,
        Float.MIN_VALUE,
        0.99999994,
        1,
        2.5,
        255.99,
        300,
        4194303.75,
        4194304,
        2147483648.0,
        1e18,
        Float.MAX_VALUE,
        Double.MAX_VALUE,
        Double.POSITIVE_INFINITY
    };
    private static final long[] WHOLE = {
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1,
        -(1L << 32),
        Integer.MIN_VALUE,
        -16777217,
        -129,
        -128,
        -2,
        -1,
        0,
        1,
        2,
        127,
        128,
        255,
        256,
        16777217,
        Integer.MAX_VALUE,
        1L << 31,
        Long.MAX_VALUE - 1,
        Long.MAX_VALUE
    };

    private static final List<BinaryOp> ORDERS = List.of(
            BinaryOp.EQUAL,
            BinaryOp.NOT_EQUAL,
            BinaryOp.LESS,
            BinaryOp.LESS_EQUAL,
            BinaryOp.GREATER,
            BinaryOp.GREATER_EQUAL,
            BinaryOp.LOGICAL_AND,
            BinaryOp.LOGICAL_OR,
            BinaryOp.LOGICAL_XOR);

    private final Tile x = new Tile();
    private final Tile y = new Tile();
    private final Tile z = new Tile();

    private static boolean expected(BinaryOp op, double v, double w) {
        return switch (op) {
            case EQUAL -> v == w;
            case NOT_EQUAL -> v != w;
            case LESS -> v < w;
            case LESS_EQUAL -> v <= w;
            case GREATER -> v > w;
            case GREATER_EQUAL -> v >= w;
            case LOGICAL_AND -> v != 0 && w != 0;
            case LOGICAL_OR -> v != 0 || w != 0;
            default -> v != 0 ^ w != 0;
        };
    }

    private static boolean expected(BinaryOp op, long v, long w) {
        return switch (op) {
            case EQUAL -> v == w;
            case NOT_EQUAL -> v != w;
            case LESS -> v < w;
            case LESS_EQUAL -> v <= w;
            case GREATER -> v > w;
            case GREATER_EQUAL -> v >= w;
            default -> expected(op, v == 0 ? 0.0 : 1.0, w == 0 ? 0.0 : 1.0);
        };
    }

    /** All pairs of numbers, in the arrays of every kind. */
    private int fill() {
        int n = NUMBERS.length * NUMBERS.length;
        for (int i = 0; i < n; i++) {
            x.doubles[i] = NUMBERS[i / NUMBERS.length];
            y.doubles[i] = NUMBERS[i % NUMBERS.length];
            x.floats[i] = (float) x.doubles[i];
            y.floats[i] = (float) y.doubles[i];
            x.longs[i] = WHOLE[i / WHOLE.length % WHOLE.length];
            y.longs[i] = WHOLE[i % WHOLE.length];
            x.ints[i] = (int) x.longs[i];
            y.ints[i] = (int) y.longs[i];
            x.bytes[i] = (byte) x.longs[i];
            y.bytes[i] = (byte) y.longs[i];
        }
        return n;
    }

    private void check(Object what, int n, IntFunction<Boolean> truth) {
        for (int i = 0; i < n; i++) {
            int at = i;
            assertEquals(truth.apply(i) ? 1 : 0, z.bytes[i], () -> what + " " + at);
        }
    }

    @Test
    void everyPredicateIsJavas() {
        int n = fill();
        for (Loops loops : ALL) {
            for (BinaryOp op : ORDERS) {
                loops.test(op, x.floats, y.floats, z, n);
                check(op, n, i -> expected(op, (double) x.floats[i], y.floats[i]));
                loops.test(op, x.doubles, y.doubles, z, n);
                check(op, n, i -> expected(op, x.doubles[i], y.doubles[i]));
                loops.test(op, x.ints, y.ints, z, n);
                check(op, n, i -> expected(op, (long) x.ints[i], y.ints[i]));
                loops.test(op, x.longs, y.longs, z, n);
                check(op, n, i -> expected(op, x.longs[i], y.longs[i]));
                loops.test(op, x.bytes, y.bytes, (byte) 0, z, n);
                check(op, n, i -> expected(op, (long) x.bytes[i], y.bytes[i]));
                loops.test(op, x.bytes, y.bytes, Truths.UNSIGNED, z, n);
                check(op, n, i -> expected(op, x.bytes[i] & 0xffL, y.bytes[i] & 0xffL));
            }
        }
        Truths.test(UnaryOp.IS_NAN, x.floats, z, n);
        check("nan", n, i -> Float.isNaN(x.floats[i]));
        Truths.test(UnaryOp.IS_INF, x.floats, z, n);
        check("inf", n, i -> Float.isInfinite(x.floats[i]));
        Truths.test(UnaryOp.IS_FINITE, x.floats, z, n);
        check("finite", n, i -> Float.isFinite(x.floats[i]));
        Truths.test(UnaryOp.LOGICAL_NOT, x.floats, z, n);
        check("not", n, i -> x.floats[i] == 0);
        Truths.test(UnaryOp.IS_INF, x.doubles, z, n);
        check("inf", n, i -> Double.isInfinite(x.doubles[i]));
        Truths.test(UnaryOp.IS_FINITE, x.doubles, z, n);
        check("finite", n, i -> Double.isFinite(x.doubles[i]));
        Truths.test(UnaryOp.LOGICAL_NOT, x.ints, z, n);
        check("not", n, i -> x.ints[i] == 0);
        Truths.test(UnaryOp.IS_FINITE, x.bytes, z, n);
        check("finite", n, i -> true);
    }

    @Test
    void choicesTakeWhatIsNotZeroForTrue() {
        int n = fill();
        byte[] condition = x.bytes.clone();
        for (Loops loops : ALL) {
            loops.choose(condition, x.floats, y.floats, z.floats, n);
            loops.choose(condition, x.bytes, y.bytes, z.bytes, n);
            loops.choose(condition, x.doubles, y.doubles, z, n);
            loops.choose(condition, x.longs, y.longs, z, n);
            for (int i = 0; i < n; i++) {
                boolean truth = condition[i] != 0;
                float chosen = truth ? x.floats[i] : y.floats[i];
                assertEquals(Float.floatToRawIntBits(chosen), Float.floatToRawIntBits(z.floats[i]));
                double wide = truth ? x.doubles[i] : y.doubles[i];
                assertEquals(Double.doubleToRawLongBits(wide), Double.doubleToRawLongBits(z.doubles[i]));
                assertEquals(truth ? x.longs[i] : y.longs[i], z.longs[i]);
                assertEquals(truth ? x.bytes[i] : y.bytes[i], z.bytes[i]);
            }
        }
    }

    @Test
    void choicesOfIntsTakeWhatIsNotZeroForTrue() {
        int n = fill();
        for (Loops loops : ALL) {
            loops.choose(x.bytes, x.ints, y.ints, z.ints, n);
            for (int i = 0; i < n; i++) {
                assertEquals(x.bytes[i] != 0 ? x.ints[i] : y.ints[i], z.ints[i]);
            }
        }
    }

    @Test
    void signsAreOneOrZero() {
        int n = fill();
        x.doubles[n] = Double.MIN_VALUE;
        x.doubles[n + 1] = -Double.MIN_VALUE;
        Tile[] tiles = {z, x, y, y, y, y};
        UnaryKernels.doubles(UnaryOp.SIGN, tiles[1].doubles, tiles[0].doubles, tiles, n + 2);
        for (int i = 0; i < n + 2; i++) {
            assertEquals(Math.signum(x.doubles[i]) + 0.0, z.doubles[i]);
        }
    }

    @Test
    void extremesOfIntegersAreInTheirOrder() {
        int n = fill();
        for (Loops loops : ALL) {
            loops.maximum(x.ints, y.ints, z.ints, n);
            loops.maximum(x.bytes, y.bytes, (byte) 0, z.bytes, n);
            for (int i = 0; i < n; i++) {
                assertEquals(Math.max(x.ints[i], y.ints[i]), z.ints[i]);
                assertEquals(Math.max(x.bytes[i], y.bytes[i]), z.bytes[i]);
            }
            loops.minimum(x.ints, y.ints, z.ints, n);
            loops.minimum(x.bytes, y.bytes, Truths.UNSIGNED, z.bytes, n);
            for (int i = 0; i < n; i++) {
                assertEquals(Math.min(x.ints[i], y.ints[i]), z.ints[i]);
                assertEquals(Math.min(x.bytes[i] & 0xff, y.bytes[i] & 0xff), z.bytes[i] & 0xff);
            }
        }
    }

    @Test
    void castsAreJavas() {
        int n = fill();
        for (Loops loops : ALL) {
            // With numbers that are far, then without.
            for (float scale : new float[] {1, 0x1p-10f}) {
                for (int i = 0; i < n; i++) {
                    y.floats[i] = scale == 1 ? x.floats[i] : Math.max(-4e9f, Math.min(4e9f, x.floats[i])) * scale;
                    y.floats[i] = scale != 1 && Float.isNaN(y.floats[i]) ? -0f : y.floats[i];
                }
                loops.convert(y.floats, z.ints, n);
                for (int i = 0; i < n; i++) {
                    assertEquals((int) y.floats[i], z.ints[i], "" + y.floats[i]);
                }
            }
            loops.narrow(x.ints, z.bytes, n);
            loops.convert(x.ints, z.floats, n);
            for (int i = 0; i < n; i++) {
                assertEquals((byte) x.ints[i], z.bytes[i]);
                assertEquals((float) x.ints[i], z.floats[i]);
            }
            loops.convert(x.bytes, 0xff, z.floats, n);
            for (int i = 0; i < n; i++) {
                assertEquals(x.bytes[i] & 0xff, z.floats[i]);
            }
        }
    }
}
