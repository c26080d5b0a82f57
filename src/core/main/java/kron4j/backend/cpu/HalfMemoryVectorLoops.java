package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.XOR;
import static kron4j.backend.cpu.MemoryVectors.TO_INTS;
import static kron4j.backend.cpu.MemoryVectors.ints;
import static kron4j.backend.cpu.MemoryVectors.shorts;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * Loops over {@link MemoryVectors} of halves, each {@link Alone}. An int has two halves, which become floats where they are. Loops of float16, whose names end so, are right without infinities and NaN
 * only: what lies in a block is looked at before.
 */
final class HalfMemoryVectorLoops implements HalfLoops {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final int BYTES = MemoryVectors.BYTES;

    /** Sums and differences of smaller float16 are finite. */
    private static final int HALF_OF_LARGEST = 0x7800;

    private static final IntVector HIGH = HalfVectors.all(0xffff0000);
    private static final IntVector SIGN = HalfVectors.all(0x80000000);
    private static final IntVector SIGNS = HalfVectors.all(0x80008000);
    private static final IntVector SIZES = HalfVectors.all(0x7fff7fff);
    private static final IntVector HIGH_SIZE = HalfVectors.all(0x7fff0000);
    private static final IntVector ONE = HalfVectors.all(1);
    private static final IntVector ROUND16 = HalfVectors.all(0xfff);
    private static final ShortVector SIZE = ShortVector.broadcast(SHORTS, 0x7fff);
    private static final FloatVector DOWN = all(0x1p-56f);
    private static final ShortVector ZERO = ShortVector.broadcast(SHORTS, 0);

    private static final Class<?>[] TO_ONE = {Object.class, int.class, Object.class, int.class, int.class};
    private static final Class<?>[] WITH_NUMBER = {
        Object.class, int.class, float.class, Object.class, int.class, int.class
    };
    private static final Class<?>[] OF_TWO = {
        Object.class, int.class, Object.class, int.class, Object.class, int.class, int.class
    };

    private final Map<UnaryOp, MethodHandle> ofOne = new EnumMap<>(UnaryOp.class);
    private final Map<Half, Map<BinaryOp, MethodHandle>> ofTwo = new EnumMap<>(Half.class);
    /** Of bfloat16. */
    private final Map<BinaryOp, MethodHandle> ofNumber = new EnumMap<>(BinaryOp.class);

    private final Map<Half, MethodHandle> roots = new EnumMap<>(Half.class);
    private final Map<Half, MethodHandle> sums = new EnumMap<>(Half.class);
    private final MethodHandle largest = loop("largestSize", int.class, Object.class, int.class, int.class);
    private final MethodHandle least = loop("least", int.class, Object.class, int.class, int.class);

    HalfMemoryVectorLoops() {
        for (UnaryOp op : new UnaryOp[] {UnaryOp.NEGATIVE, UnaryOp.ABS, UnaryOp.RELU}) {
            ofOne.put(op, loop(name(op), void.class, TO_ONE));
        }
        for (Half half : Half.values()) {
            String suffix = half == Half.FLOAT16 ? "16" : "";
            Map<BinaryOp, MethodHandle> loops = new EnumMap<>(BinaryOp.class);
            loops.put(BinaryOp.ADD, loop("add" + suffix, void.class, OF_TWO));
            loops.put(BinaryOp.SUBTRACT, loop("subtract" + suffix, void.class, OF_TWO));
            loops.put(BinaryOp.MAXIMUM, loop("maximum", void.class, OF_TWO));
            loops.put(BinaryOp.MINIMUM, loop("minimum", void.class, OF_TWO));
            ofTwo.put(half, loops);
            roots.put(half, loop("sqrt" + suffix, void.class, TO_ONE));
            sums.put(half, loop("sum" + suffix, float.class, Object.class, int.class, int.class));
        }
        for (BinaryOp op : new BinaryOp[] {BinaryOp.MULTIPLY, BinaryOp.DIVIDE}) {
            ofTwo.get(Half.BFLOAT16).put(op, loop(name(op), void.class, OF_TWO));
        }
        for (BinaryOp op : new BinaryOp[] {BinaryOp.ADD, BinaryOp.MULTIPLY, BinaryOp.DIVIDE}) {
            ofNumber.put(op, loop(name(op), void.class, WITH_NUMBER));
        }
    }

    static String name(Enum<?> op) {
        return op.name().toLowerCase(Locale.ROOT);
    }

    private static MethodHandle loop(String name, Class<?> result, Class<?>... parameters) {
        return Alone.loop(HalfMemoryVectorLoops.class, name, MethodType.methodType(result, parameters));
    }

    @Override
    public int length() {
        return BYTES / Short.BYTES;
    }

    @Override
    public Object show(ByteBuffer buffer) {
        return MemoryVectors.show(buffer);
    }

    @Override
    public boolean has(UnaryOp op) {
        return op == UnaryOp.SQRT || ofOne.containsKey(op);
    }

    @Override
    public boolean has(Half half, BinaryOp op) {
        return ofTwo.get(half).containsKey(op);
    }

    @Override
    public boolean takesNumber(Half half, BinaryOp op) {
        return half == Half.BFLOAT16 && ofNumber.containsKey(op);
    }

    @Override
    public boolean run(Half half, UnaryOp op, Object x, int atX, Object z, int atZ, int n) {
        int bytes = n * Short.BYTES;
        try {
            if (op == UnaryOp.RELU && (int) largest.invokeExact(x, atX, bytes) > half.infinity()) {
                return false;
            }
            if (op != UnaryOp.SQRT) {
                ofOne.get(op).invokeExact(x, atX, z, atZ, bytes);
                return true;
            }
            if (half == Half.FLOAT16
                    && ((int) largest.invokeExact(x, atX, bytes) >= half.infinity()
                            || (int) least.invokeExact(x, atX, bytes) < 0)) {
                return false;
            }
            roots.get(half).invokeExact(x, atX, z, atZ, bytes);
            return true;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public boolean run(Half half, BinaryOp op, Object x, int atX, Object y, int atY, Object z, int atZ, int n) {
        int bytes = n * Short.BYTES;
        try {
            int limit = limit(half, op);
            if (limit <= Short.MAX_VALUE
                    && ((int) largest.invokeExact(x, atX, bytes) >= limit
                            || (int) largest.invokeExact(y, atY, bytes) >= limit)) {
                return false;
            }
            ofTwo.get(half).get(op).invokeExact(x, atX, y, atY, z, atZ, bytes);
            return true;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** What the operands' sizes must be below. */
    private static int limit(Half half, BinaryOp op) {
        return switch (op) {
            case MAXIMUM, MINIMUM -> half.infinity() + 1;
            case ADD, SUBTRACT -> half == Half.FLOAT16 ? HALF_OF_LARGEST : Integer.MAX_VALUE;
            default -> Integer.MAX_VALUE;
        };
    }

    @Override
    public void run(BinaryOp op, Object x, int atX, float y, Object z, int atZ, int n) {
        try {
            ofNumber.get(op).invokeExact(x, atX, y, z, atZ, n * Short.BYTES);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public boolean canSum(Half half, Object x, int at, int n) {
        try {
            return half == Half.BFLOAT16 || (int) largest.invokeExact(x, at, n * Short.BYTES) < half.infinity();
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    @Override
    public float sum(Half half, Object x, int at, int n) {
        try {
            return (float) sums.get(half).invokeExact(x, at, n * Short.BYTES);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static int largestSize(Object x, int at, int bytes) {
        ShortVector found = ShortVector.broadcast(SHORTS, 0);
        for (int e = at; e < at + bytes; e += BYTES) {
            found = found.max(shorts(x, e).and(SIZE));
        }
        return found.reduceLanes(MAX);
    }

    /** Negative if an element is, or -0. */
    static int least(Object x, int at, int bytes) {
        ShortVector found = ShortVector.broadcast(SHORTS, 0);
        for (int e = at; e < at + bytes; e += BYTES) {
            found = found.min(shorts(x, e));
        }
        return found.reduceLanes(MIN);
    }

    static void negative(Object x, int i, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).lanewise(XOR, SIGNS), z, k + e);
        }
    }

    static void abs(Object x, int i, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            store(ints(x, i + e).and(SIZES), z, k + e);
        }
    }

    /** Of elements none of which is NaN; negative ones are negative shorts. */
    static void relu(Object x, int i, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            store(shorts(x, i + e).max(ZERO), z, k + e);
        }
    }

    /** Integers in the order of the numbers, -0.0 below 0.0; and the other way round. */
    private static ShortVector key(ShortVector bits) {
        return bits.lanewise(ASHR, 15).and(SIZE).lanewise(XOR, bits);
    }

    static void maximum(Object x, int i, Object y, int j, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            store(key(key(shorts(x, i + e)).max(key(shorts(y, j + e)))), z, k + e);
        }
    }

    static void minimum(Object x, int i, Object y, int j, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            store(key(key(shorts(x, i + e)).min(key(shorts(y, j + e)))), z, k + e);
        }
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    /** The even elements, times 2^-112; {@link #high16} the odd ones. */
    private static FloatVector low16(IntVector v) {
        return HalfVectors.small(v.lanewise(LSHL, 16).lanewise(ASHR, 3));
    }

    private static FloatVector high16(IntVector v) {
        return HalfVectors.small(v.lanewise(ASHR, 3));
    }

    /** The float16, in the high half, of a number times 2^-112 that is no larger than the largest: its bits but for the last 13, rounded. The low half is anything. */
    private static IntVector rounded(FloatVector small) {
        IntVector bits = small.reinterpretAsInts();
        IntVector near = bits.lanewise(LSHR, 13).and(ONE).add(bits).add(ROUND16);
        return near.lanewise(LSHL, 3).and(HIGH_SIZE).or(bits.and(SIGN));
    }

    private static IntVector ofSmall(FloatVector low, FloatVector high) {
        return rounded(low).lanewise(LSHR, 16).or(rounded(high));
    }

    /** So long that the JIT inlines no method of ours any more where it ends, but a handle; so is {@link #subtract16}. */
    static void add16(Object x, int i, Object y, int j, Object z, int k, int end) throws Throwable {
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            IntVector w = ints(y, j + e);
            TO_INTS.invokeExact(ofSmall(low16(v).add(low16(w)), high16(v).add(high16(w))), z, (long) (k + e));
        }
    }

    static void subtract16(Object x, int i, Object y, int j, Object z, int k, int end) throws Throwable {
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            IntVector w = ints(y, j + e);
            TO_INTS.invokeExact(ofSmall(low16(v).sub(low16(w)), high16(v).sub(high16(w))), z, (long) (k + e));
        }
    }

    /** The root of an element times 2^-112 is that of the element times 2^-56. */
    static void sqrt16(Object x, int i, Object z, int k, int end) throws Throwable {
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            FloatVector low = low16(v).sqrt().mul(DOWN);
            FloatVector high = high16(v).sqrt().mul(DOWN);
            TO_INTS.invokeExact(ofSmall(low, high), z, (long) (k + e));
        }
    }

    static void sqrt(Object x, int i, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            store(ofBfloat16(low(v).sqrt(), high(v).sqrt()), z, k + e);
        }
    }

    private static FloatVector low(IntVector v) {
        return v.lanewise(LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector high(IntVector v) {
        return v.and(HIGH).reinterpretAsFloats();
    }

    /** NaN that comes from bfloat16 has no bits that rounding could carry on. */
    private static IntVector ofBfloat16(FloatVector low, FloatVector high) {
        IntVector above = HalfVectors.toBfloat16(high).and(HIGH);
        return HalfVectors.toBfloat16(low).lanewise(LSHR, 16).or(above);
    }

    static void add(Object x, int i, Object y, int j, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            IntVector w = ints(y, j + e);
            store(ofBfloat16(low(v).add(low(w)), high(v).add(high(w))), z, k + e);
        }
    }

    static void subtract(Object x, int i, Object y, int j, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            IntVector w = ints(y, j + e);
            store(ofBfloat16(low(v).sub(low(w)), high(v).sub(high(w))), z, k + e);
        }
    }

    static void multiply(Object x, int i, Object y, int j, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            IntVector w = ints(y, j + e);
            store(ofBfloat16(low(v).mul(low(w)), high(v).mul(high(w))), z, k + e);
        }
    }

    static void divide(Object x, int i, Object y, int j, Object z, int k, int end) {
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            IntVector w = ints(y, j + e);
            store(ofBfloat16(low(v).div(low(w)), high(v).div(high(w))), z, k + e);
        }
    }

    static void add(Object x, int i, float y, Object z, int k, int end) {
        FloatVector w = all(y);
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            store(ofBfloat16(low(v).add(w), high(v).add(w)), z, k + e);
        }
    }

    static void multiply(Object x, int i, float y, Object z, int k, int end) {
        FloatVector w = all(y);
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            store(ofBfloat16(low(v).mul(w), high(v).mul(w)), z, k + e);
        }
    }

    static void divide(Object x, int i, float y, Object z, int k, int end) {
        FloatVector w = all(y);
        for (int e = 0; e < end; e += BYTES) {
            IntVector v = ints(x, i + e);
            store(ofBfloat16(low(v).div(w), high(v).div(w)), z, k + e);
        }
    }

    /** Two lanes of each float: their even elements, then the odd ones. */
    static float sum(Object x, int at, int bytes) {
        FloatVector even = FloatVector.broadcast(FloatVectors.SPECIES, 0);
        FloatVector odd = FloatVector.broadcast(FloatVectors.SPECIES, 0);
        for (int e = at; e < at + bytes; e += BYTES) {
            IntVector v = ints(x, e);
            even = even.add(low(v));
            odd = odd.add(high(v));
        }
        return HalfFoldVectors.total(even, odd);
    }

    static float sum16(Object x, int at, int bytes) {
        FloatVector even = FloatVector.broadcast(FloatVectors.SPECIES, 0);
        FloatVector odd = FloatVector.broadcast(FloatVectors.SPECIES, 0);
        for (int e = at; e < at + bytes; e += BYTES) {
            IntVector v = ints(x, e);
            even = even.add(low16(v));
            odd = odd.add(high16(v));
        }
        return HalfFoldVectors.total(even, odd) * 0x1p112f;
    }
}
