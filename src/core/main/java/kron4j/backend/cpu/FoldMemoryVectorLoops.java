package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.XOR;
import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.bytes;
import static kron4j.backend.cpu.MemoryVectors.doubles;
import static kron4j.backend.cpu.MemoryVectors.ints;
import static kron4j.backend.cpu.MemoryVectors.longs;
import static kron4j.backend.cpu.MemoryVectors.store;
import static kron4j.backend.cpu.MemoryVectors.wideFloats;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import kron4j.DType;
import kron4j.backend.ReduceOp;

/** Folds of {@link MemoryVectors}, each {@link Alone}. Floating numbers are compared as integers: that takes fewer steps, and knows the sign of 0 and NaN. */
final class FoldMemoryVectorLoops {
    private static final MethodType EXTREME =
            MethodType.methodType(double.class, double.class, Object.class, long.class, long.class);
    private static final MethodType PRODUCT = EXTREME.dropParameterTypes(0, 1);
    private static final MethodType OF_ROWS = MethodType.methodType(
            boolean.class, double.class, Object.class, long.class, long.class, int.class, Object.class, long.class);

    private static final IntVector SIZE_OF_INT = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
    private static final LongVector SIZE_OF_LONG = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MAX_VALUE);
    private static final LongVector NONE = LongVector.broadcast(LongVector.SPECIES_PREFERRED, 0);
    private static final int INFINITE = Float.floatToIntBits(Float.POSITIVE_INFINITY);
    private static final long INFINITE_LONG = Double.doubleToLongBits(Double.POSITIVE_INFINITY);

    private final Map<DType, MethodHandle> extremes = new EnumMap<>(
            Map.of(DType.FLOAT32, handle("ofFloats", EXTREME), DType.FLOAT64, handle("ofDoubles", EXTREME)));
    private final Map<DType, MethodHandle> rows = new EnumMap<>(Map.of(
            DType.FLOAT32, handle("rowsOfFloats", OF_ROWS),
            DType.FLOAT64, handle("rowsOfDoubles", OF_ROWS),
            DType.INT8, handle("rowsOfBytes", OF_ROWS),
            DType.UINT8, handle("rowsOfUnsigned", OF_ROWS)));
    private final Map<DType, MethodHandle> products = new EnumMap<>(Map.of(
            DType.FLOAT32, handle("productOfFloats", PRODUCT), DType.FLOAT64, handle("productOfDoubles", PRODUCT)));

    private static MethodHandle handle(String name, MethodType type) {
        return Alone.loop(FoldMemoryVectorLoops.class, name, type);
    }

    boolean has(ReduceOp op, DType dtype) {
        return extremes.containsKey(dtype) && (op == ReduceOp.MAX || op == ReduceOp.MIN || op == ReduceOp.PROD);
    }

    boolean hasRows(ReduceOp op, DType dtype) {
        return rows.containsKey(dtype) && (op == ReduceOp.MAX || op == ReduceOp.MIN);
    }

    private static double sign(ReduceOp op) {
        return op == ReduceOp.MAX ? 1 : -1;
    }

    double run(ReduceOp op, DType dtype, Object x, long at, long bytes) {
        try {
            return op == ReduceOp.PROD
                    ? (double) products.get(dtype).invokeExact(x, at, at + bytes)
                    : (double) extremes.get(dtype).invokeExact(sign(op), x, at, at + bytes);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    boolean run(ReduceOp op, DType dtype, Object x, long at, long step, int n, Object z, long atZ) {
        try {
            return (boolean) rows.get(dtype).invokeExact(sign(op), x, at, step, n, z, atZ);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** Integers in the order of the floats with these bits, -0 below 0, but NaN of negative sign below all; and the other way round. */
    private static IntVector keys(IntVector bits) {
        return bits.lanewise(XOR, bits.lanewise(ASHR, Float.SIZE - 1).and(SIZE_OF_INT));
    }

    /** The same of doubles. Not every processor has an arithmetic shift. */
    private static LongVector keys(LongVector bits) {
        LongVector signs = NONE.sub(bits.lanewise(LSHR, Double.SIZE - 1));
        return bits.lanewise(XOR, signs.and(SIZE_OF_LONG));
    }

    /** The largest number, or the least one if the sign is negative. */
    static double ofFloats(double sign, Object x, long at, long end) {
        IntVector most = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector mostOdd = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector least = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
        IntVector leastOdd = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
        long e = at;
        for (; e <= end - 2L * BYTES; e += 2L * BYTES) {
            IntVector even = keys(ints(x, e));
            IntVector odd = keys(ints(x, e + BYTES));
            most = most.max(even);
            least = least.min(even);
            mostOdd = mostOdd.max(odd);
            leastOdd = leastOdd.min(odd);
        }
        for (; e < end; e += BYTES) {
            IntVector key = keys(ints(x, e));
            most = most.max(key);
            least = least.min(key);
        }
        return extreme(
                sign, most.max(mostOdd).reduceLanes(MAX), least.min(leastOdd).reduceLanes(MIN));
    }

    private static double extreme(double sign, int most, int least) {
        if (most < least) {
            return -sign * Double.POSITIVE_INFINITY;
        }
        boolean hasNan = most > INFINITE || least < ~INFINITE;
        int key = sign > 0 ? most : least;
        return hasNan ? Double.NaN : Float.intBitsToFloat(key ^ (key >> (Float.SIZE - 1) & Integer.MAX_VALUE));
    }

    /** Of {@code n} rows and what is there already, two vectors of columns; returns whether there is no NaN. */
    static boolean rowsOfFloats(double sign, Object x, long at, long step, int n, Object z, long atZ) {
        IntVector flip = IntVector.broadcast(IntVector.SPECIES_PREFERRED, sign > 0 ? 0 : -1);
        IntVector m0 = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector m1 = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector size = IntVector.broadcast(IntVector.SPECIES_PREFERRED, 0);
        long e = at;
        for (int row = 0; row < n; row++) {
            IntVector v0 = ints(x, e);
            IntVector v1 = ints(x, e + BYTES);
            m0 = m0.max(keys(v0).lanewise(XOR, flip));
            m1 = m1.max(keys(v1).lanewise(XOR, flip));
            size = size.max(v0.and(SIZE_OF_INT).max(v1.and(SIZE_OF_INT)));
            e += step;
        }
        merge(m0, flip, z, atZ);
        merge(m1, flip, z, atZ + BYTES);
        return size.reduceLanes(MAX) <= INFINITE;
    }

    /** Of keys and those of what is there, what is larger. */
    private static void merge(IntVector m, IntVector flip, Object z, long at) {
        IntVector most = m.max(keys(ints(z, at)).lanewise(XOR, flip));
        store(keys(most.lanewise(XOR, flip)), z, at);
    }

    /** The largest number, or the least one if the sign is negative. */
    static double ofDoubles(double sign, Object x, long at, long end) {
        LongVector most = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
        LongVector mostOdd = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
        LongVector least = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MAX_VALUE);
        LongVector leastOdd = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MAX_VALUE);
        long e = at;
        for (; e <= end - 2L * BYTES; e += 2L * BYTES) {
            LongVector even = keys(longs(x, e));
            LongVector odd = keys(longs(x, e + BYTES));
            most = most.max(even);
            least = least.min(even);
            mostOdd = mostOdd.max(odd);
            leastOdd = leastOdd.min(odd);
        }
        for (; e < end; e += BYTES) {
            LongVector key = keys(longs(x, e));
            most = most.max(key);
            least = least.min(key);
        }
        return extreme(
                sign, most.max(mostOdd).reduceLanes(MAX), least.min(leastOdd).reduceLanes(MIN));
    }

    private static double extreme(double sign, long most, long least) {
        if (most < least) {
            return -sign * Double.POSITIVE_INFINITY;
        }
        boolean hasNan = most > INFINITE_LONG || least < ~INFINITE_LONG;
        long key = sign > 0 ? most : least;
        return hasNan ? Double.NaN : Double.longBitsToDouble(key ^ (key >> (Double.SIZE - 1) & Long.MAX_VALUE));
    }

    /** Of {@code n} rows and what is there already, two vectors of columns; returns whether there is no NaN. */
    static boolean rowsOfDoubles(double sign, Object x, long at, long step, int n, Object z, long atZ) {
        LongVector flip = LongVector.broadcast(LongVector.SPECIES_PREFERRED, sign > 0 ? 0 : -1);
        LongVector m0 = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
        LongVector m1 = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
        LongVector size = LongVector.broadcast(LongVector.SPECIES_PREFERRED, 0);
        long e = at;
        for (int row = 0; row < n; row++) {
            LongVector v0 = longs(x, e);
            LongVector v1 = longs(x, e + BYTES);
            m0 = m0.max(keys(v0).lanewise(XOR, flip));
            m1 = m1.max(keys(v1).lanewise(XOR, flip));
            size = size.max(v0.and(SIZE_OF_LONG).max(v1.and(SIZE_OF_LONG)));
            e += step;
        }
        merge(m0, flip, z, atZ);
        merge(m1, flip, z, atZ + BYTES);
        return size.reduceLanes(MAX) <= INFINITE_LONG;
    }

    /** Of keys and those of what is there, what is larger. */
    private static void merge(LongVector m, LongVector flip, Object z, long at) {
        LongVector most = m.max(keys(longs(z, at)).lanewise(XOR, flip));
        store(keys(most.lanewise(XOR, flip)), z, at);
    }

    static boolean rowsOfBytes(double sign, Object x, long at, long step, int n, Object z, long atZ) {
        return rowsOfBytes(0, sign, x, at, step, n, z, atZ);
    }

    static boolean rowsOfUnsigned(double sign, Object x, long at, long step, int n, Object z, long atZ) {
        return rowsOfBytes(0x80, sign, x, at, step, n, z, atZ);
    }

    /** As {@link #rowsOfFloats}, of bytes that are in their order when these bits are flipped. */
    private static boolean rowsOfBytes(int bits, double sign, Object x, long at, long step, int n, Object z, long atZ) {
        ByteVector by = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, (byte) (sign > 0 ? bits : ~bits));
        ByteVector m0 = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, Byte.MIN_VALUE);
        ByteVector m1 = ByteVector.broadcast(ByteVector.SPECIES_PREFERRED, Byte.MIN_VALUE);
        long e = at;
        for (int row = 0; row < n; row++) {
            m0 = m0.max(bytes(x, e).lanewise(XOR, by));
            m1 = m1.max(bytes(x, e + BYTES).lanewise(XOR, by));
            e += step;
        }
        store(m0.max(bytes(z, atZ).lanewise(XOR, by)).lanewise(XOR, by), z, atZ);
        store(m1.max(bytes(z, atZ + BYTES).lanewise(XOR, by)).lanewise(XOR, by), z, atZ + BYTES);
        return true;
    }

    static double productOfDoubles(Object x, long at, long end) {
        DoubleVector p0 = PairVectors.all(1d);
        DoubleVector p1 = PairVectors.all(1d);
        DoubleVector p2 = PairVectors.all(1d);
        DoubleVector p3 = PairVectors.all(1d);
        long e = at;
        for (; e <= end - 4L * BYTES; e += 4L * BYTES) {
            p0 = p0.mul(doubles(x, e));
            p1 = p1.mul(doubles(x, e + BYTES));
            p2 = p2.mul(doubles(x, e + 2L * BYTES));
            p3 = p3.mul(doubles(x, e + 3L * BYTES));
        }
        for (; e < end; e += BYTES) {
            p0 = p0.mul(doubles(x, e));
        }
        double[] lanes = p0.mul(p1).mul(p2.mul(p3)).toArray();
        return Folds.product(lanes, 0, lanes.length);
    }

    /** In double, so that nothing over- or underflows on the way. */
    static double productOfFloats(Object x, long at, long end) {
        DoubleVector p0 = PairVectors.all(1d);
        DoubleVector p1 = PairVectors.all(1d);
        DoubleVector p2 = PairVectors.all(1d);
        DoubleVector p3 = PairVectors.all(1d);
        long e = at;
        for (; e <= end - 2L * BYTES; e += 2L * BYTES) {
            p0 = p0.mul(wideFloats(x, e));
            p1 = p1.mul(wideFloats(x, e + BYTES / 2));
            p2 = p2.mul(wideFloats(x, e + BYTES));
            p3 = p3.mul(wideFloats(x, e + BYTES + BYTES / 2));
        }
        for (; e < end; e += BYTES / 2) {
            p0 = p0.mul(wideFloats(x, e));
        }
        double[] lanes = p0.mul(p1).mul(p2.mul(p3)).toArray();
        return Folds.product(lanes, 0, lanes.length);
    }
}
