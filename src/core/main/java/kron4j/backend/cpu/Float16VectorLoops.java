package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;
import kron4j.backend.BinaryOp;

/** Products and quotients of finite float16 in arrays, and what they and sums are with a number, each loop {@link Alone}. Products and quotients are computed of sizes, and get their signs last. */
final class Float16VectorLoops {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final int LANES = HalfVectors.INTS.length();

    private static final ShortVector SIZES = ShortVector.broadcast(SHORTS, 0x7fff);
    private static final IntVector SIZE = HalfVectors.all(0x7fff);
    private static final IntVector SIGN = HalfVectors.all(0x8000);
    private static final FloatVector UP = all(0x1p112f);

    private final Map<BinaryOp, MethodHandle> ofTwo = new EnumMap<>(BinaryOp.class);
    private final Map<BinaryOp, MethodHandle> ofNumber = new EnumMap<>(BinaryOp.class);

    Float16VectorLoops() {
        for (BinaryOp op : new BinaryOp[] {BinaryOp.MULTIPLY, BinaryOp.DIVIDE}) {
            ofTwo.put(op, loop(op, short[].class));
            ofNumber.put(op, loop(op, float.class));
        }
        ofNumber.put(BinaryOp.ADD, loop(BinaryOp.ADD, float.class));
    }

    private static MethodHandle loop(BinaryOp op, Class<?> second) {
        MethodType type = MethodType.methodType(void.class, short[].class, second, short[].class, int.class);
        Class<?> owner = Float16Loops.HAS ? Float16Loops.class : Float16VectorLoops.class;
        return Alone.loop(owner, HalfMemoryVectorLoops.name(op), type);
    }

    /** As {@link Loops#float16(BinaryOp, short[], short[], short[], int)}. */
    boolean run(BinaryOp op, short[] x, short[] y, short[] z, int n) {
        MethodHandle loop = ofTwo.get(op);
        if (loop == null || !takes(op, x, y, n)) {
            return false;
        }
        try {
            loop.invokeExact(x, y, z, n);
            return true;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** As {@link Loops#float16(BinaryOp, short[], float, short[], int)}. */
    boolean run(BinaryOp op, short[] x, float y, short[] z, int n) {
        MethodHandle loop = ofNumber.get(op);
        if (loop == null || (!Float16Loops.HAS && !isFinite(x, n))) {
            return false;
        }
        try {
            loop.invokeExact(x, y, z, n);
            return true;
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    private static boolean takes(BinaryOp op, short[] x, short[] y, int n) {
        return Float16Loops.HAS || (isFinite(x, n) && isFinite(y, n) && (op != BinaryOp.DIVIDE || !hasZero(y, n)));
    }

    /** What lies behind the elements costs time only, here and in {@link #hasZero}. */
    private static boolean isFinite(short[] x, int n) {
        ShortVector largest = ShortVector.broadcast(SHORTS, 0);
        for (int i = 0; i < n; i += SHORTS.length()) {
            largest = largest.max(ShortVector.fromArray(SHORTS, x, i).and(SIZES));
        }
        return largest.reduceLanes(MAX) < Half.FLOAT16.infinity();
    }

    private static boolean hasZero(short[] x, int n) {
        ShortVector least = ShortVector.broadcast(SHORTS, Short.MAX_VALUE);
        for (int i = 0; i < n; i += SHORTS.length()) {
            least = least.min(ShortVector.fromArray(SHORTS, x, i).and(SIZES));
        }
        return least.reduceLanes(MIN) == 0;
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    private static FloatVector size(IntVector halves) {
        return halves.and(SIZE).lanewise(LSHL, 13).reinterpretAsFloats().mul(UP);
    }

    /** Of bits of which those of the sign have it. */
    private static void store(FloatVector size, IntVector signs, short[] z, int i) {
        HalfVectors.store(HalfVectors.sizeToFloat16(size.reinterpretAsInts()).or(signs.and(SIGN)), z, i);
    }

    static void multiply(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            IntVector v = HalfVectors.load(x, i);
            IntVector w = HalfVectors.load(y, i);
            store(size(v).mul(size(w)), v.lanewise(XOR, w), z, i);
        }
    }

    static void divide(short[] x, short[] y, short[] z, int n) {
        for (int i = 0; i < n; i += LANES) {
            IntVector v = HalfVectors.load(x, i);
            IntVector w = HalfVectors.load(y, i);
            store(size(v).div(size(w)), v.lanewise(XOR, w), z, i);
        }
    }

    static void multiply(short[] x, float y, short[] z, int n) {
        FloatVector w = all(Math.abs(y));
        IntVector sign = HalfVectors.all(Float.floatToRawIntBits(y) >> 31);
        for (int i = 0; i < n; i += LANES) {
            IntVector v = HalfVectors.load(x, i);
            store(size(v).mul(w), v.lanewise(XOR, sign), z, i);
        }
    }

    static void divide(short[] x, float y, short[] z, int n) {
        FloatVector w = all(Math.abs(y));
        IntVector sign = HalfVectors.all(Float.floatToRawIntBits(y) >> 31);
        for (int i = 0; i < n; i += LANES) {
            IntVector v = HalfVectors.load(x, i);
            store(size(v).div(w), v.lanewise(XOR, sign), z, i);
        }
    }

    static void add(short[] x, float y, short[] z, int n) {
        FloatVector w = all(y);
        for (int i = 0; i < n; i += LANES) {
            FloatVector v = HalfVectors.small(HalfVectors.load(x, i).lanewise(LSHL, 13));
            HalfVectors.store(HalfVectors.toFloat16(v.fma(UP, w)), z, i);
        }
    }
}
