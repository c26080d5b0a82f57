package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
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
 * Arithmetic of bfloat16 elements in one pass: an int has two of them, which become floats, and the results are rounded to where they came from, with the
 * bits that {@link HalfVectors} gives. Compiled one by one as the loops of {@link AloneVectorLoops}.
 */
final class BrainVectorLoops {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final int LANES = SHORTS.length();

    private static final IntVector HIGH = all(0xffff0000);
    private static final IntVector ABS = all(0x7fffffff);
    private static final IntVector INFINITY = all(0x7f800000);
    private static final IntVector ONE = all(1);
    private static final IntVector HIGH_ONE = all(0x10000);
    private static final IntVector ZERO = all(0);
    private static final IntVector FRACTION = all(0x7f0000);
    private static final IntVector ROUND = all(0x7fff);

    private final Map<BinaryOp, MethodHandle> loops = new EnumMap<>(BinaryOp.class);

    BrainVectorLoops() {
        MethodType type = MethodType.methodType(void.class, short[].class, short[].class, short[].class, int.class);
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        try {
            for (BinaryOp op : new BinaryOp[] {BinaryOp.ADD, BinaryOp.SUBTRACT, BinaryOp.MULTIPLY, BinaryOp.DIVIDE}) {
                String name = op.name().toLowerCase(Locale.ROOT);
                loops.put(op, lookup.findStatic(BrainVectorLoops.class, name, type));
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    boolean has(BinaryOp op) {
        return loops.containsKey(op);
    }

    /** {@code z = op(x, y)}, up to the end of the last vector. */
    void run(BinaryOp op, short[] x, short[] y, short[] z, int n) {
        try {
            loops.get(op).invokeExact(x, y, z, n);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static IntVector all(int value) {
        return IntVector.broadcast(HalfVectors.INTS, value);
    }

    private static IntVector load(short[] x, int i) {
        return ShortVector.fromArray(SHORTS, x, i).reinterpretAsInts();
    }

    private static FloatVector low(IntVector v) {
        return v.lanewise(LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector high(IntVector v) {
        return v.and(HIGH).reinterpretAsFloats();
    }

    /** Rounded, in the high half; the low one is anything. */
    private static IntVector rounded(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector odd = bits.lanewise(LSHR, 16).and(ONE);
        IntVector half = bits.add(ROUND).add(odd);
        IntVector nan = bits.blend(bits.or(HIGH_ONE), bits.and(FRACTION).compare(EQ, ZERO));
        return half.blend(nan, bits.and(ABS).compare(GT, INFINITY));
    }

    private static void store(FloatVector low, FloatVector high, short[] z, int i) {
        IntVector both = rounded(low).lanewise(LSHR, 16).or(rounded(high).and(HIGH));
        both.reinterpretAsShorts().intoArray(z, i);
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
}
