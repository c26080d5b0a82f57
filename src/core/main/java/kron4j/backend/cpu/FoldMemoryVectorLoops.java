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
    private static final MethodType OF_LINES = MethodType.methodType(
            void.class, Object.class, long.class, long.class, int.class, long.class, double[].class);
    private static final MethodType OF_ROWS = MethodType.methodType(
            boolean.class, double.class, Object.class, long.class, long.class, int.class, Object.class, long.class);

    private static final IntVector SIZE_OF_INT = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
    private static final LongVector SIZE_OF_LONG = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MAX_VALUE);
    private static final LongVector NONE = LongVector.broadcast(LongVector.SPECIES_PREFERRED, 0);
    private static final int INFINITE = Float.floatToIntBits(Float.POSITIVE_INFINITY);
    private static final long INFINITE_LONG = Double.doubleToLongBits(Double.POSITIVE_INFINITY);

    /** So many numbers with a sign are NaN. */
    private static final int NAN_KEYS = Integer.MAX_VALUE - INFINITE;

    private static final long NAN_KEYS_LONG = Long.MAX_VALUE - INFINITE_LONG;
    private static final IntVector NANS = IntVector.broadcast(IntVector.SPECIES_PREFERRED, NAN_KEYS);
    private static final LongVector NANS_LONG = LongVector.broadcast(LongVector.SPECIES_PREFERRED, NAN_KEYS_LONG);

    private final Map<ReduceOp, Map<DType, MethodHandle>> lines = new EnumMap<>(Map.of(
            ReduceOp.MAX,
            Map.of(
                    DType.FLOAT32, handle("mostOfFloats", OF_LINES),
                    DType.FLOAT64, handle("mostOfDoubles", OF_LINES),
                    DType.INT32, handle("mostOfInts", OF_LINES),
                    DType.INT8, ofBytes("most"),
                    DType.UINT8, ofBytes("mostUnsigned")),
            ReduceOp.MIN,
            Map.of(
                    DType.FLOAT32, handle("leastOfFloats", OF_LINES),
                    DType.FLOAT64, handle("leastOfDoubles", OF_LINES),
                    DType.INT32, handle("leastOfInts", OF_LINES),
                    DType.INT8, ofBytes("least"),
                    DType.UINT8, ofBytes("leastUnsigned")),
            ReduceOp.PROD,
            Map.of(
                    DType.FLOAT32, handle("productOfFloats", OF_LINES),
                    DType.FLOAT64, handle("productOfDoubles", OF_LINES))));
    private final Map<DType, MethodHandle> rows = new EnumMap<>(Map.of(
            DType.FLOAT32, handle("rowsOfFloats", OF_ROWS),
            DType.FLOAT64, handle("rowsOfDoubles", OF_ROWS),
            DType.INT32, handle("rowsOfInts", OF_ROWS),
            DType.INT64, handle("rowsOfLongs", OF_ROWS),
            DType.INT8, handle("rowsOfBytes", OF_ROWS),
            DType.UINT8, handle("rowsOfUnsigned", OF_ROWS)));

    private static MethodHandle handle(String name, MethodType type) {
        return Alone.loop(FoldMemoryVectorLoops.class, name, type);
    }

    private static MethodHandle ofBytes(String name) {
        return Alone.loop(ByteMemoryVectorLoops.class, name, OF_LINES);
    }

    boolean has(ReduceOp op, DType dtype) {
        return lines.getOrDefault(op, Map.of()).containsKey(dtype);
    }

    boolean hasRows(ReduceOp op, DType dtype) {
        return rows.containsKey(dtype) && (op == ReduceOp.MAX || op == ReduceOp.MIN);
    }

    private static double sign(ReduceOp op) {
        return op == ReduceOp.MAX ? 1 : -1;
    }

    void run(ReduceOp op, DType dtype, Object x, long at, long step, int count, long bytes, double[] z) {
        try {
            lines.get(op).get(dtype).invokeExact(x, at, step, count, bytes, z);
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
    static IntVector keys(IntVector bits) {
        return bits.lanewise(XOR, bits.lanewise(ASHR, Float.SIZE - 1).and(SIZE_OF_INT));
    }

    /** The same of doubles. Only processors with vectors of 512 bits have an arithmetic shift of them. */
    private static LongVector keys(LongVector bits) {
        LongVector signs = BYTES == Long.BYTES * Byte.SIZE
                ? bits.lanewise(ASHR, Double.SIZE - 1)
                : NONE.sub(bits.lanewise(LSHR, Double.SIZE - 1));
        return bits.lanewise(XOR, signs.and(SIZE_OF_LONG));
    }

    /** Pairs of vectors before the last one or two of a line, which may take elements again. */
    private static int pairs(long bytes) {
        return (int) ((bytes - 1) / BYTES / 2);
    }

    /** The largest number of each line. */
    static void mostOfFloats(Object x, long at, long step, int count, long bytes, double[] z) {
        int pairs = pairs(bytes);
        for (int line = 0; line < count; line++) {
            IntVector found = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
            IntVector odd = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
            long e = at + line * step;
            long last = e + bytes - BYTES;
            for (int pair = 0; pair < pairs; pair++) {
                found = found.max(keys(ints(x, e)).sub(NANS));
                odd = odd.max(keys(ints(x, e + BYTES)).sub(NANS));
                e += 2L * BYTES;
            }
            found = found.max(keys(ints(x, Math.min(e, last))).sub(NANS));
            odd = odd.max(keys(ints(x, last)).sub(NANS));
            z[line] = number(found.max(odd).reduceLanes(MAX), NAN_KEYS);
        }
    }

    /** The least number of each line. */
    static void leastOfFloats(Object x, long at, long step, int count, long bytes, double[] z) {
        int pairs = pairs(bytes);
        for (int line = 0; line < count; line++) {
            IntVector found = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
            IntVector odd = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
            long e = at + line * step;
            long last = e + bytes - BYTES;
            for (int pair = 0; pair < pairs; pair++) {
                found = found.min(keys(ints(x, e)).add(NANS));
                odd = odd.min(keys(ints(x, e + BYTES)).add(NANS));
                e += 2L * BYTES;
            }
            found = found.min(keys(ints(x, Math.min(e, last))).add(NANS));
            odd = odd.min(keys(ints(x, last)).add(NANS));
            z[line] = number(found.min(odd).reduceLanes(MIN), -NAN_KEYS);
        }
    }

    /** The number of a key that was moved by so much, which made NaN of the other sign larger than all numbers, or smaller, too. */
    private static double number(int moved, int by) {
        int key = moved + by;
        boolean isNan = by > 0 ? moved > INFINITE - by : moved < ~INFINITE - by;
        return isNan ? Double.NaN : Float.intBitsToFloat(key ^ (key >> (Float.SIZE - 1) & Integer.MAX_VALUE));
    }

    /** The largest number of each line. */
    static void mostOfInts(Object x, long at, long step, int count, long bytes, double[] z) {
        int pairs = pairs(bytes);
        for (int line = 0; line < count; line++) {
            IntVector found = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
            IntVector odd = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
            long e = at + line * step;
            long last = e + bytes - BYTES;
            for (int pair = 0; pair < pairs; pair++) {
                found = found.max(ints(x, e));
                odd = odd.max(ints(x, e + BYTES));
                e += 2L * BYTES;
            }
            found = found.max(ints(x, Math.min(e, last)));
            odd = odd.max(ints(x, last));
            z[line] = found.max(odd).reduceLanes(MAX);
        }
    }

    /** The least number of each line. */
    static void leastOfInts(Object x, long at, long step, int count, long bytes, double[] z) {
        int pairs = pairs(bytes);
        for (int line = 0; line < count; line++) {
            IntVector found = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
            IntVector odd = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
            long e = at + line * step;
            long last = e + bytes - BYTES;
            for (int pair = 0; pair < pairs; pair++) {
                found = found.min(ints(x, e));
                odd = odd.min(ints(x, e + BYTES));
                e += 2L * BYTES;
            }
            found = found.min(ints(x, Math.min(e, last)));
            odd = odd.min(ints(x, last));
            z[line] = found.min(odd).reduceLanes(MIN);
        }
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

    /** The largest number of each line. */
    static void mostOfDoubles(Object x, long at, long step, int count, long bytes, double[] z) {
        int pairs = pairs(bytes);
        for (int line = 0; line < count; line++) {
            LongVector found = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
            LongVector odd = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
            long e = at + line * step;
            long last = e + bytes - BYTES;
            for (int pair = 0; pair < pairs; pair++) {
                found = found.max(keys(longs(x, e)).sub(NANS_LONG));
                odd = odd.max(keys(longs(x, e + BYTES)).sub(NANS_LONG));
                e += 2L * BYTES;
            }
            found = found.max(keys(longs(x, Math.min(e, last))).sub(NANS_LONG));
            odd = odd.max(keys(longs(x, last)).sub(NANS_LONG));
            z[line] = number(found.max(odd).reduceLanes(MAX), NAN_KEYS_LONG);
        }
    }

    /** The least number of each line. */
    static void leastOfDoubles(Object x, long at, long step, int count, long bytes, double[] z) {
        int pairs = pairs(bytes);
        for (int line = 0; line < count; line++) {
            LongVector found = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MAX_VALUE);
            LongVector odd = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MAX_VALUE);
            long e = at + line * step;
            long last = e + bytes - BYTES;
            for (int pair = 0; pair < pairs; pair++) {
                found = found.min(keys(longs(x, e)).add(NANS_LONG));
                odd = odd.min(keys(longs(x, e + BYTES)).add(NANS_LONG));
                e += 2L * BYTES;
            }
            found = found.min(keys(longs(x, Math.min(e, last))).add(NANS_LONG));
            odd = odd.min(keys(longs(x, last)).add(NANS_LONG));
            z[line] = number(found.min(odd).reduceLanes(MIN), -NAN_KEYS_LONG);
        }
    }

    private static double number(long moved, long by) {
        long key = moved + by;
        boolean isNan = by > 0 ? moved > INFINITE_LONG - by : moved < ~INFINITE_LONG - by;
        return isNan ? Double.NaN : Double.longBitsToDouble(key ^ (key >> (Double.SIZE - 1) & Long.MAX_VALUE));
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

    /** As {@link #rowsOfFloats}. */
    static boolean rowsOfInts(double sign, Object x, long at, long step, int n, Object z, long atZ) {
        IntVector flip = IntVector.broadcast(IntVector.SPECIES_PREFERRED, sign > 0 ? 0 : -1);
        IntVector m0 = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector m1 = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        long e = at;
        for (int row = 0; row < n; row++) {
            m0 = m0.max(ints(x, e).lanewise(XOR, flip));
            m1 = m1.max(ints(x, e + BYTES).lanewise(XOR, flip));
            e += step;
        }
        store(m0.max(ints(z, atZ).lanewise(XOR, flip)).lanewise(XOR, flip), z, atZ);
        store(m1.max(ints(z, atZ + BYTES).lanewise(XOR, flip)).lanewise(XOR, flip), z, atZ + BYTES);
        return true;
    }

    /** As {@link #rowsOfFloats}. */
    static boolean rowsOfLongs(double sign, Object x, long at, long step, int n, Object z, long atZ) {
        LongVector flip = LongVector.broadcast(LongVector.SPECIES_PREFERRED, sign > 0 ? 0 : -1);
        LongVector m0 = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
        LongVector m1 = LongVector.broadcast(LongVector.SPECIES_PREFERRED, Long.MIN_VALUE);
        long e = at;
        for (int row = 0; row < n; row++) {
            m0 = m0.max(longs(x, e).lanewise(XOR, flip));
            m1 = m1.max(longs(x, e + BYTES).lanewise(XOR, flip));
            e += step;
        }
        store(m0.max(longs(z, atZ).lanewise(XOR, flip)).lanewise(XOR, flip), z, atZ);
        store(m1.max(longs(z, atZ + BYTES).lanewise(XOR, flip)).lanewise(XOR, flip), z, atZ + BYTES);
        return true;
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

    static void productOfDoubles(Object x, long at, long step, int count, long bytes, double[] z) {
        double[] lanes = new double[DoubleVector.SPECIES_PREFERRED.length()];
        for (int line = 0; line < count; line++) {
            DoubleVector p0 = PairVectors.all(1d);
            DoubleVector p1 = PairVectors.all(1d);
            DoubleVector p2 = PairVectors.all(1d);
            DoubleVector p3 = PairVectors.all(1d);
            long e = at + line * step;
            long end = e + bytes;
            for (; e <= end - 4L * BYTES; e += 4L * BYTES) {
                p0 = p0.mul(doubles(x, e));
                p1 = p1.mul(doubles(x, e + BYTES));
                p2 = p2.mul(doubles(x, e + 2L * BYTES));
                p3 = p3.mul(doubles(x, e + 3L * BYTES));
            }
            for (; e < end; e += BYTES) {
                p0 = p0.mul(doubles(x, e));
            }
            p0.mul(p1).mul(p2.mul(p3)).intoArray(lanes, 0);
            z[line] = Folds.product(lanes, 0, lanes.length);
        }
    }

    /** In double, so that nothing over- or underflows on the way. */
    static void productOfFloats(Object x, long at, long step, int count, long bytes, double[] z) {
        double[] lanes = new double[DoubleVector.SPECIES_PREFERRED.length()];
        for (int line = 0; line < count; line++) {
            DoubleVector p0 = PairVectors.all(1d);
            DoubleVector p1 = PairVectors.all(1d);
            DoubleVector p2 = PairVectors.all(1d);
            DoubleVector p3 = PairVectors.all(1d);
            long e = at + line * step;
            long end = e + bytes;
            for (; e <= end - 2L * BYTES; e += 2L * BYTES) {
                p0 = p0.mul(wideFloats(x, e));
                p1 = p1.mul(wideFloats(x, e + BYTES / 2));
                p2 = p2.mul(wideFloats(x, e + BYTES));
                p3 = p3.mul(wideFloats(x, e + BYTES + BYTES / 2));
            }
            for (; e < end; e += BYTES / 2) {
                p0 = p0.mul(wideFloats(x, e));
            }
            p0.mul(p1).mul(p2.mul(p3)).intoArray(lanes, 0);
            z[line] = Folds.product(lanes, 0, lanes.length);
        }
    }
}
