package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;
import kron4j.backend.BinaryOp;

/**
 * Arithmetic of halves in one pass: widened, computed and rounded. An int has two bfloat16, which become floats where they are. Loops of float16, whose names end so, are right without
 * infinities and NaN only. Compiled one by one ({@link Alone}).
 */
final class HalfVectorLoops {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final int LANES = SHORTS.length();
    private static final int LANES16 = HalfVectors.INTS.length();

    private static final IntVector HIGH = HalfVectors.all(0xffff0000);
    private static final IntVector INFINITY = HalfVectors.all(0x7f800000);
    private static final IntVector QUIET = HalfVectors.all(0x40);
    private static final ShortVector SIZE = ShortVector.broadcast(SHORTS, 0x7fff);

    private static final BinaryOp[] OPERATIONS = {BinaryOp.ADD, BinaryOp.SUBTRACT, BinaryOp.MULTIPLY, BinaryOp.DIVIDE};

    private final Map<Half, Map<BinaryOp, MethodHandle>> ofTwo = arithmetic(short[].class);
    private final Map<Half, Map<BinaryOp, MethodHandle>> ofNumber = arithmetic(float.class);
    private final Map<Half, MethodHandle> widening = conversions("widen", short[].class, float[].class);
    private final Map<Half, MethodHandle> narrowing = conversions("narrow", float[].class, short[].class);

    private static Map<Half, Map<BinaryOp, MethodHandle>> arithmetic(Class<?> second) {
        Map<Half, Map<BinaryOp, MethodHandle>> all = new EnumMap<>(Half.class);
        for (Half half : Half.values()) {
            Map<BinaryOp, MethodHandle> loops = new EnumMap<>(BinaryOp.class);
            for (BinaryOp op : OPERATIONS) {
                String name = op.name().toLowerCase(Locale.ROOT);
                loops.put(op, find(half, name, short[].class, second, short[].class, int.class));
            }
            all.put(half, loops);
        }
        return all;
    }

    private static Map<Half, MethodHandle> conversions(String name, Class<?> from, Class<?> to) {
        Map<Half, MethodHandle> loops = new EnumMap<>(Half.class);
        for (Half half : Half.values()) {
            loops.put(half, find(half, name, from, to, int.class, int.class));
        }
        return loops;
    }

    private static MethodHandle find(Half half, String name, Class<?>... parameters) {
        String suffix = half == Half.FLOAT16 ? "16" : "";
        return Alone.loop(HalfVectorLoops.class, name + suffix, MethodType.methodType(void.class, parameters));
    }

    boolean has(BinaryOp op) {
        return ofTwo.get(Half.FLOAT16).containsKey(op);
    }

    /** {@code z = op(x, y)}, up to the end of the last vector; returns false if it cannot. */
    boolean run(Half half, BinaryOp op, short[] x, short[] y, short[] z, int n) {
        if (half == Half.FLOAT16 && !(isFinite(x, n) && isFinite(y, n) && (op != BinaryOp.DIVIDE || !hasZero(y, n)))) {
            return false;
        }
        try {
            ofTwo.get(half).get(op).invokeExact(x, y, z, n);
            return true;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** As the other. */
    boolean run(Half half, BinaryOp op, short[] x, float y, short[] z, int n) {
        if (half == Half.FLOAT16 && !isFinite(x, n)) {
            return false;
        }
        try {
            ofNumber.get(half).get(op).invokeExact(x, y, z, n);
            return true;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** Converts the elements [from, end), whole vectors. */
    void widen(Half half, short[] halves, float[] floats, int from, int end) {
        try {
            widening.get(half).invokeExact(halves, floats, from, end);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** As {@link #widen(Half, short[], float[], int, int)}. */
    void narrow(Half half, float[] floats, short[] halves, int from, int end) {
        try {
            narrowing.get(half).invokeExact(floats, halves, from, end);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** What lies behind the elements from before costs time only, here and in {@link #hasZero}. */
    private static boolean isFinite(short[] x, int n) {
        return largestSize(x, n) < Half.FLOAT16.infinity();
    }

    static int largestSize(short[] x, int n) {
        ShortVector largest = ShortVector.broadcast(SHORTS, 0);
        for (int i = 0; i < n; i += LANES) {
            largest = largest.max(ShortVector.fromArray(SHORTS, x, i).and(SIZE));
        }
        return largest.reduceLanes(MAX);
    }

    private static boolean hasZero(short[] x, int n) {
        ShortVector least = ShortVector.broadcast(SHORTS, Short.MAX_VALUE);
        for (int i = 0; i < n; i += LANES) {
            least = least.min(ShortVector.fromArray(SHORTS, x, i).and(SIZE));
        }
        return least.reduceLanes(MIN) == 0;
    }

    private static IntVector load(short[] x, int i) {
        return ShortVector.fromArray(SHORTS, x, i).reinterpretAsInts();
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    private static FloatVector wide16(IntVector halves) {
        return HalfVectors.finite(halves.lanewise(LSHL, 13));
    }

    private static void store16(FloatVector x, short[] z, int i) {
        HalfVectors.store(HalfVectors.toFloat16(x), z, i);
    }

    private static FloatVector low(IntVector v) {
        return v.lanewise(LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector high(IntVector v) {
        return v.and(HIGH).reinterpretAsFloats();
    }

    /** NaN that comes from bfloat16 has no bits that rounding could carry on. */
    private static void store(FloatVector low, FloatVector high, short[] z, int i) {
        IntVector above = HalfVectors.toBfloat16(high).and(HIGH);
        HalfVectors.toBfloat16(low)
                .lanewise(LSHR, 16)
                .or(above)
                .reinterpretAsShorts()
                .intoArray(z, i);
    }

    static void widen16(short[] halves, float[] floats, int from, int end) {
        for (int i = from; i < end; i += LANES16) {
            HalfVectors.special(wide16(HalfVectors.load(halves, i))).intoArray(floats, i);
        }
    }

    static void narrow16(float[] floats, short[] halves, int from, int end) {
        for (int i = from; i < end; i += LANES16) {
            FloatVector x = FloatVector.fromArray(FloatVectors.SPECIES, floats, i);
            HalfVectors.store(HalfVectors.toFloat16(x).or(HalfVectors.nan(x)), halves, i);
        }
    }

    static void widen(short[] halves, float[] floats, int from, int end) {
        for (int i = from; i < end; i += LANES16) {
            HalfVectors.load(halves, i).lanewise(LSHL, 16).reinterpretAsFloats().intoArray(floats, i);
        }
    }

    /** NaN is not rounded, which could make an infinity of it. */
    static void narrow(float[] floats, short[] halves, int from, int end) {
        for (int i = from; i < end; i += LANES16) {
            FloatVector x = FloatVector.fromArray(FloatVectors.SPECIES, floats, i);
            IntVector bits = x.reinterpretAsInts();
            IntVector nan = HalfVectors.isAbove(bits, INFINITY);
            IntVector high =
                    bits.and(nan).or(HalfVectors.toBfloat16(x).and(nan.not())).lanewise(LSHR, 16);
            HalfVectors.store(high.or(nan.and(QUIET)), halves, i);
        }
    }

    static void add16(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES16) {
            IntVector v = HalfVectors.load(x, i);
            IntVector w = HalfVectors.load(y, i);
            store16(wide16(v).add(wide16(w)), z, i);
        }
    }

    static void subtract16(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES16) {
            IntVector v = HalfVectors.load(x, i);
            IntVector w = HalfVectors.load(y, i);
            store16(wide16(v).sub(wide16(w)), z, i);
        }
    }

    static void multiply16(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES16) {
            IntVector v = HalfVectors.load(x, i);
            IntVector w = HalfVectors.load(y, i);
            store16(wide16(v).mul(wide16(w)), z, i);
        }
    }

    static void divide16(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES16) {
            IntVector v = HalfVectors.load(x, i);
            IntVector w = HalfVectors.load(y, i);
            store16(wide16(v).div(wide16(w)), z, i);
        }
    }

    static void add16(short[] x, float y, short[] z, int n) {
        FloatVector w = all(y);
        for (int i = 0; i < n; i += LANES16) {
            IntVector v = HalfVectors.load(x, i);
            store16(wide16(v).add(w), z, i);
        }
    }

    static void subtract16(short[] x, float y, short[] z, int n) {
        FloatVector w = all(y);
        for (int i = 0; i < n; i += LANES16) {
            IntVector v = HalfVectors.load(x, i);
            store16(wide16(v).sub(w), z, i);
        }
    }

    static void multiply16(short[] x, float y, short[] z, int n) {
        FloatVector w = all(y);
        for (int i = 0; i < n; i += LANES16) {
            IntVector v = HalfVectors.load(x, i);
            store16(wide16(v).mul(w), z, i);
        }
    }

    static void divide16(short[] x, float y, short[] z, int n) {
        FloatVector w = all(y);
        for (int i = 0; i < n; i += LANES16) {
            IntVector v = HalfVectors.load(x, i);
            store16(wide16(v).div(w), z, i);
        }
    }

    static void add(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            IntVector w = load(y, i);
            store(low(v).add(low(w)), high(v).add(high(w)), z, i);
        }
    }

    static void subtract(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            IntVector w = load(y, i);
            store(low(v).sub(low(w)), high(v).sub(high(w)), z, i);
        }
    }

    static void multiply(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            IntVector w = load(y, i);
            store(low(v).mul(low(w)), high(v).mul(high(w)), z, i);
        }
    }

    static void divide(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            IntVector w = load(y, i);
            store(low(v).div(low(w)), high(v).div(high(w)), z, i);
        }
    }

    static void add(short[] x, float y, short[] z, int n) {
        FloatVector w = all(y);
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            store(low(v).add(w), high(v).add(w), z, i);
        }
    }

    static void subtract(short[] x, float y, short[] z, int n) {
        FloatVector w = all(y);
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            store(low(v).sub(w), high(v).sub(w), z, i);
        }
    }

    static void multiply(short[] x, float y, short[] z, int n) {
        FloatVector w = all(y);
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            store(low(v).mul(w), high(v).mul(w), z, i);
        }
    }

    static void divide(short[] x, float y, short[] z, int n) {
        FloatVector w = all(y);
        for (int i = 0; i < n; i += LANES) {
            IntVector v = load(x, i);
            store(low(v).div(w), high(v).div(w), z, i);
        }
    }
}
