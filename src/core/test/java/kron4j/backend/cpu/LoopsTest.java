package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.Halves;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import org.junit.jupiter.api.Test;

/** Functions of float32 in every loop there is, over the whole range: these numbers have every exponent. */
class LoopsTest {
    /** A prime: bits of floats that are this far apart, a million of them. */
    private static final int STEP = 4_297;

    private static final Map<UnaryOp, DoubleUnaryOperator> FUNCTIONS = Map.ofEntries(
            Map.entry(UnaryOp.EXP, Math::exp),
            Map.entry(UnaryOp.EXPM1, Math::expm1),
            Map.entry(UnaryOp.LOG, Math::log),
            Map.entry(UnaryOp.LOG1P, Math::log1p),
            Map.entry(UnaryOp.SIN, Math::sin),
            Map.entry(UnaryOp.COS, Math::cos),
            Map.entry(UnaryOp.TAN, Math::tan),
            Map.entry(UnaryOp.ASIN, Math::asin),
            Map.entry(UnaryOp.ACOS, Math::acos),
            Map.entry(UnaryOp.SINH, Math::sinh),
            Map.entry(UnaryOp.COSH, Math::cosh),
            Map.entry(UnaryOp.ASINH, SpecialFunctions::asinh),
            Map.entry(UnaryOp.ATANH, SpecialFunctions::atanh),
            Map.entry(UnaryOp.TANH, Math::tanh),
            Map.entry(UnaryOp.SIGMOID, v -> v < 0 ? Math.exp(v) / (1 + Math.exp(v)) : 1 / (1 + Math.exp(-v))),
            Map.entry(UnaryOp.SOFTPLUS, v -> Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))),
            Map.entry(UnaryOp.ATAN, Math::atan),
            Map.entry(UnaryOp.ERF, SpecialFunctions::erf),
            Map.entry(UnaryOp.ERFC, SpecialFunctions::erfc),
            Map.entry(UnaryOp.ROUND, Math::rint),
            Map.entry(UnaryOp.FLOOR, Math::floor),
            Map.entry(UnaryOp.CEIL, Math::ceil),
            Map.entry(UnaryOp.SIGN, v -> Math.signum(v) + 0.0),
            Map.entry(UnaryOp.RSQRT, v -> 1 / Math.sqrt(v)));

    private static final float[] EDGES = {
        0f,
        -0f,
        1,
        -1,
        Float.NaN,
        Float.intBitsToFloat(0xff800001),
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Math.nextDown(Float.MIN_NORMAL),
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        0x1.62e42ep6f,
        0x1.62e430p6f,
        -87.33654f,
        -87.33655f,
        -103.97207f,
        -103.97208f,
        -103.97209f,
        -105,
        -18,
        -17.5f,
        0x1p-26f,
        0x1p15f,
        Math.nextUp(0x1p15f),
        (float) Math.PI,
        51471.855f,
        Math.nextUp(1f),
        Math.nextUp(-1f),
        Math.nextDown(-1f),
        Math.nextDown(1f),
        (float) Math.sqrt(0.5),
        (float) Math.sqrt(2)
    };

    private static float[] samples() {
        int n = (int) ((1L << 32) / STEP);
        float[] all = new float[n + EDGES.length];
        System.arraycopy(EDGES, 0, all, 0, EDGES.length);
        for (int i = 0; i < n; i++) {
            all[EDGES.length + i] = Float.intBitsToFloat(i * STEP);
        }
        return all;
    }

    private static void check(UnaryOp op, float x, float z) {
        double expected = FUNCTIONS.get(op).applyAsDouble(x);
        float rounded = (float) expected;
        if (Float.isFinite(rounded) && Float.isFinite(z) && expected != 0) {
            double error = Math.abs(z - expected) / Math.ulp(rounded);
            assertTrue(error <= Loops.ULPS, () -> op + " of " + x + ": " + z + " for " + expected);
        } else {
            assertEquals(rounded, z, () -> op + " of " + x);
        }
    }

    @Test
    void everyFunctionIsRightToItsUnits() {
        float[] x = samples();
        float[] z = new float[Tile.SIZE];
        for (UnaryOp op : FUNCTIONS.keySet()) {
            if (!Loops.BEST.hasFloats(op)) {
                continue;
            }
            for (int from = 0; from < x.length; from += Tile.SIZE) {
                float[] part = Arrays.copyOfRange(x, from, from + Tile.SIZE);
                int n = Math.min(Tile.SIZE, x.length - from);
                Loops.BEST.floats(op, part, z, n);
                for (int i = 0; i < n; i++) {
                    check(op, part[i], z[i]);
                }
            }
        }
    }

    @Test
    void anglesAreRightInEveryQuarterAndAtItsEnds() {
        Random random = new Random(5);
        int n = Tile.SIZE;
        float[] y = new float[n];
        float[] x = new float[n];
        float[] z = new float[n];
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < n; i++) {
                y[i] = round == 0 ? EDGES[i / 32] : Float.intBitsToFloat(random.nextInt());
                x[i] = round == 0 ? EDGES[i % 32] : round % 2 == 0 ? (float) (y[i] * random.nextGaussian()) : 1 - y[i];
            }
            if (!Loops.BEST.hasFloats(BinaryOp.ATAN2)) {
                return;
            }
            Loops.BEST.floats(BinaryOp.ATAN2, y, x, z, n);
            for (int i = 0; i < n; i++) {
                double expected = Math.atan2(y[i], x[i]);
                String what = y[i] + ", " + x[i];
                if (expected == 0 || Double.isNaN(expected)) {
                    assertEquals((float) expected, z[i], what);
                } else {
                    double error = Math.abs(z[i] - expected) / Math.ulp((float) expected);
                    assertTrue(error <= Loops.ULPS, what + ": " + z[i] + " for " + expected);
                }
            }
        }
    }

    @Test
    void powersAreRightAndAtTheEdgesThoseOfC() {
        Random random = new Random(6);
        int n = Tile.SIZE - 3;
        float[] x = new float[Tile.SIZE];
        float[] y = new float[Tile.SIZE];
        float[] z = new float[Tile.SIZE];
        for (int round = 0; round < 40 && Loops.BEST.hasFloats(BinaryOp.POWER); round++) {
            for (int i = 0; i < n; i++) {
                // Every fourth round has numbers that are not plain, in the last part too.
                boolean edges = round % 4 == 3;
                x[i] = edges ? EDGES[i / 32] : Float.intBitsToFloat(random.nextInt() & 0x7effffff) + 0x1p-149f;
                double scale = 80 / Math.max(1, Math.abs(Math.log(x[i])));
                y[i] = edges ? EDGES[i % 32] : (float) (random.nextGaussian() * scale);
            }
            for (int i = 0; i < n && round % 4 == 2; i++) {
                // Negative numbers, to powers that are even, odd or neither.
                x[i] = i % 2 == 0 ? -x[i] : x[i];
                y[i] = i % 5 == 0 ? y[i] : (float) Math.rint(y[i]);
            }
            x[n - 1] = round % 4 == 1 ? -2 : x[n - 1];
            y[n - 1] = round % 4 == 1 ? 3 : y[n - 1];
            Loops.BEST.floats(BinaryOp.POWER, x, y, z, n);
            for (int i = 0; i < n; i++) {
                double expected = x[i] == 1 || (x[i] == -1 && Float.isInfinite(y[i])) ? 1 : Math.pow(x[i], y[i]);
                String what = x[i] + "^" + y[i];
                if (expected == 0 || !Float.isFinite((float) expected)) {
                    assertEquals((float) expected, z[i], what);
                } else {
                    double error = Math.abs(z[i] - expected) / Math.ulp((float) expected);
                    assertTrue(error <= 1, what + ": " + z[i] + " for " + expected);
                }
            }
        }
    }

    @Test
    void powersOfDoublesAreRightToAUnitAndAtTheEdgesThoseOfC() {
        Random random = new Random(7);
        int n = Tile.SIZE - 3;
        double[] x = new double[2 * Tile.SIZE];
        double[] y = new double[2 * Tile.SIZE];
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < n; i++) {
                boolean edges = round % 4 == 3;
                double any = Double.longBitsToDouble(random.nextLong() >>> 2);
                x[i] = edges ? EDGES[i / 32] : round % 4 == 1 ? 1 + random.nextGaussian() / 8 : any;
                double scale = 709 / Math.max(1e-3, Math.abs(Math.log(x[i])));
                y[i] = edges ? EDGES[i % 32] : random.nextGaussian() * scale / 2;
                x[i] = round % 8 == 0 && i % 2 == 0 ? -x[i] : x[i];
                y[i] = round % 8 == 0 && i % 5 != 0 ? Math.rint(y[i]) : y[i];
                x[i] = round % 8 == 2 ? random.nextInt(9) - 4 : x[i];
                y[i] = round % 8 == 2 ? random.nextInt(11) : y[i];
            }
            double[] z = round % 3 == 0 ? x.clone() : new double[x.length];
            double[] from = round % 3 == 0 ? z : x;
            Loops.BEST.doubles(BinaryOp.POWER, from, y, z, n);
            for (int i = 0; i < n; i++) {
                double expected = x[i] == 1 || (x[i] == -1 && Double.isInfinite(y[i])) ? 1 : Math.pow(x[i], y[i]);
                String what = x[i] + "^" + y[i];
                boolean exact = expected == 0 || !Double.isFinite(expected) || round % 8 == 2;
                // Math.pow is right to one unit too.
                assertEquals(expected, z[i], exact ? 0 : 2 * Math.ulp(expected), what);
            }
        }
    }

    @Test
    void remaindersAreExactAndHypotenusesRightToAUnit() {
        Random random = new Random(8);
        int n = Tile.SIZE - 3;
        double[] x = new double[2 * Tile.SIZE];
        double[] y = new double[2 * Tile.SIZE];
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < n; i++) {
                boolean edges = round % 4 == 3;
                x[i] = edges ? EDGES[i / 32] : random.nextGaussian() * Math.scalb(1, random.nextInt(60));
                y[i] = edges ? EDGES[i % 32] : random.nextGaussian() * Math.scalb(1, random.nextInt(60));
                x[i] = round % 4 == 1
                        ? (random.nextInt(41) - 20) * y[i]
                        : round % 4 == 2 ? random.nextInt(9) - 4 : x[i];
                y[i] = round % 4 == 2 ? (random.nextInt(9) - 4) / 2.0 : y[i];
            }
            for (BinaryOp op : new BinaryOp[] {BinaryOp.FMOD, BinaryOp.REMAINDER, BinaryOp.HYPOT}) {
                double[] z = round % 3 == 0 ? x.clone() : new double[x.length];
                Loops.BEST.doubles(op, round % 3 == 0 ? z : x, y, z, n);
                for (int i = 0; i < n; i++) {
                    double expected = BinaryKernels.one(op, x[i], y[i]);
                    double bound = op == BinaryOp.HYPOT && Double.isFinite(expected) ? Math.ulp(expected) : 0;
                    String what = op + " of " + x[i] + ", " + y[i];
                    assertEquals(expected, z[i], bound, what);
                    // The sign of 0 too.
                    assertEquals(expected == 0 ? 1 / expected : 0, z[i] == 0 ? 1 / z[i] : 0, what);
                }
            }
        }
    }

    @Test
    void roundingsAreExact() {
        float[] x = new float[Tile.SIZE];
        float[] z = new float[Tile.SIZE];
        for (int i = 0; i < Tile.SIZE; i++) {
            x[i] = i < EDGES.length ? EDGES[i] : (i - 500) * 0.25f;
        }
        for (UnaryOp op : new UnaryOp[] {UnaryOp.ROUND, UnaryOp.FLOOR, UnaryOp.CEIL, UnaryOp.SIGN}) {
            for (int i = 0; i < Tile.SIZE && Loops.BEST.hasFloats(op); i++) {
                if (i == 0) {
                    Loops.BEST.floats(op, x, z, Tile.SIZE);
                }
                assertEquals((float) FUNCTIONS.get(op).applyAsDouble(x[i]), z[i], op + " of " + x[i]);
            }
        }
    }

    @Test
    void conversionsOfHalvesAreThoseOfSingleNumbers() {
        float[] x = samples();
        short[] halves = new short[x.length];
        float[] back = new float[x.length];
        Loops.BEST.narrow(Half.FLOAT16, x, halves, 1, x.length);
        Loops.BEST.widen(Half.FLOAT16, halves, back, 1, x.length);
        for (int i = 1; i < x.length; i++) {
            short half = Halves.toFloat16(x[i]);
            assertTrue(same(Halves.fromFloat16(half), Halves.fromFloat16(halves[i])), "float16 of " + x[i]);
            assertTrue(same(Halves.fromFloat16(half), back[i]), "float16 of " + x[i] + " and back");
        }
        Loops.BEST.narrow(Half.BFLOAT16, x, halves, 1, x.length);
        Loops.BEST.widen(Half.BFLOAT16, halves, back, 1, x.length);
        for (int i = 1; i < x.length; i++) {
            short half = Halves.toBfloat16(x[i]);
            assertTrue(same(Halves.fromBfloat16(half), Halves.fromBfloat16(halves[i])), "bfloat16 of " + x[i]);
            assertTrue(same(Halves.fromBfloat16(half), back[i]), "bfloat16 of " + x[i] + " and back");
        }
        assertEquals(0, halves[0], "a conversion wrote before its range");
    }

    /** Whether bits are equal, but for those of NaN. */
    private static boolean same(float x, float y) {
        return Float.floatToIntBits(x) == Float.floatToIntBits(y);
    }

    @Test
    void extremesAreThoseOfSingleNumbers() {
        Random random = new Random(4);
        for (int round = 0; round < 2_000; round++) {
            float[] x = new float[90];
            for (int i = 0; i < x.length; i++) {
                x[i] = random.nextInt(5) == 0 ? EDGES[random.nextInt(4)] : random.nextFloat() - (round % 3) / 2f;
            }
            if (round % 5 == 0) {
                x[random.nextInt(x.length)] = Float.NaN;
            }
            int from = random.nextInt(20);
            int n = 1 + random.nextInt(70);
            float max = x[from];
            float min = x[from];
            for (int i = from; i < from + n; i++) {
                max = Math.max(max, x[i]);
                min = Math.min(min, x[i]);
            }
            assertEquals(max, Loops.BEST.max(x, from, n));
            assertEquals(min, Loops.BEST.min(x, from, n));
        }
    }

    @Test
    void oneNumberOutsideIsFoundAnywhere() {
        for (int n : new int[] {1, 7, 8, 9, 64, 1001}) {
            for (long size : new long[] {1, 5, 1L << 40, Long.MAX_VALUE}) {
                long[] x = new long[1024];
                Arrays.fill(x, 0, n, size - 1);
                Arrays.fill(x, n, x.length, -1);
                assertTrue(Loops.BEST.areWithin(x, n, size));
                for (long outside : new long[] {-1, Long.MIN_VALUE, size, Long.MAX_VALUE}) {
                    for (int at : new int[] {0, n / 2, n - 1}) {
                        x[at] = outside;
                        assertEquals(outside >= 0 && outside < size, Loops.BEST.areWithin(x, n, size));
                        x[at] = 0;
                    }
                }
            }
        }
    }

    @Test
    void resultsDependOnNothingButTheElement() {
        float[] x = new float[Tile.SIZE];
        for (int i = 0; i < x.length; i++) {
            x[i] = i < EDGES.length ? EDGES[i] : (i - 500) * 0.173f;
        }
        for (UnaryOp op : FUNCTIONS.keySet()) {
            float[] whole = floats(op, x);
            for (int n : new int[] {1, 3, 8, 17, 1000}) {
                for (int from : new int[] {0, 1, 5, 20}) {
                    float[] piece = floats(op, Arrays.copyOfRange(x, from, from + n));
                    assertArrayEquals(bits(Arrays.copyOfRange(whole, from, from + n)), bits(piece), op + " " + n);
                }
            }
        }
    }

    private static float[] floats(UnaryOp op, float[] x) {
        View a = Grid.set(
                Grid.contiguous(DType.FLOAT32, x.length),
                IntStream.range(0, x.length).mapToDouble(i -> x[i]).toArray());
        View out = Grid.contiguous(DType.FLOAT32, x.length);
        Pointwise.unary(op, a, out);
        double[] z = Grid.get(out);
        Grid.free(a, out);
        float[] floats = new float[z.length];
        for (int i = 0; i < z.length; i++) {
            floats[i] = (float) z[i];
        }
        return floats;
    }

    private static int[] bits(float[] x) {
        return IntStream.range(0, x.length).map(i -> Float.floatToIntBits(x[i])).toArray();
    }
}
