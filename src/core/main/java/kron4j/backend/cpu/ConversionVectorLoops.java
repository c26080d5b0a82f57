package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.D2F;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.I2D;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.I2L;
import static jdk.incubator.vector.VectorOperators.L2I;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.XOR;
import static kron4j.backend.cpu.MemoryVectors.BYTES;
import static kron4j.backend.cpu.MemoryVectors.fewFloats;
import static kron4j.backend.cpu.MemoryVectors.fewInts;
import static kron4j.backend.cpu.MemoryVectors.ints;
import static kron4j.backend.cpu.MemoryVectors.longs;
import static kron4j.backend.cpu.MemoryVectors.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import kron4j.DType;

/**
 * Conversions over {@link MemoryVectors}, each {@link Alone}. JDK 17 has no instruction that makes integers of floating numbers: adding 2^23 or 2^52 to the size of one
 * rounds it to an integer, whose bits are behind the exponent. That is right up to 2^23 and 2^52, which the bits that all results have together tell.
 */
final class ConversionVectorLoops {
    private static final MethodType TYPE =
            MethodType.methodType(boolean.class, Object.class, long.class, Object.class, long.class, long.class);

    private static final VectorSpecies<Integer> FEW_INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(BYTES * Byte.SIZE / 2));
    private static final VectorSpecies<Float> FEW_FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(BYTES * Byte.SIZE / 2));
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

    private static final int MANTISSA = 23;
    private static final int MANTISSA_OF_DOUBLE = 52;
    private static final FloatVector TO_INTEGER = FloatVector.broadcast(FloatVectors.SPECIES, 0x1p23f);
    private static final IntVector INTEGER_BITS = IntVector.broadcast(INTS, Float.floatToRawIntBits(0x1p23f));
    private static final IntVector SIZE = IntVector.broadcast(INTS, Integer.MAX_VALUE);
    private static final DoubleVector TO_LONG = DoubleVector.broadcast(DOUBLES, 0x1p52);
    private static final LongVector LONG_BITS = LongVector.broadcast(LONGS, Double.doubleToRawLongBits(0x1p52));
    private static final LongVector SIZE_OF_LONG = LongVector.broadcast(LONGS, Long.MAX_VALUE);

    /** Half of the longs that are converted to doubles by adding, and the double whose last bits these become. */
    private static final LongVector HALF_RANGE = LongVector.broadcast(LONGS, 1L << 51);

    private static final DoubleVector MIDDLE = DoubleVector.broadcast(DOUBLES, 0x1.8p52);
    private static final LongVector MIDDLE_BITS = LongVector.broadcast(LONGS, Double.doubleToRawLongBits(0x1.8p52));

    private final Map<DType, Map<DType, MethodHandle>> loops = new EnumMap<>(DType.class);

    ConversionVectorLoops() {
        with(DType.FLOAT32, DType.INT32, "floatsToInts");
        with(DType.FLOAT32, DType.INT64, "floatsToLongs");
        with(DType.FLOAT64, DType.INT32, "doublesToInts");
        with(DType.FLOAT64, DType.INT64, "doublesToLongs");
        with(DType.INT32, DType.FLOAT32, "intsToFloats");
        with(DType.INT32, DType.FLOAT64, "intsToDoubles");
        with(DType.INT32, DType.INT64, "intsToLongs");
        with(DType.INT64, DType.FLOAT32, "longsToFloats");
        with(DType.INT64, DType.FLOAT64, "longsToDoubles");
        with(DType.INT64, DType.INT32, "longsToInts");
    }

    private void with(DType from, DType to, String name) {
        loops.computeIfAbsent(from, f -> new EnumMap<>(DType.class))
                .put(to, Alone.loop(ConversionVectorLoops.class, name, TYPE));
    }

    boolean has(DType from, DType to) {
        return loops.getOrDefault(from, Map.of()).containsKey(to);
    }

    boolean run(DType from, DType to, Object x, long atX, Object z, long atZ, long n) {
        try {
            return (boolean) loops.get(from).get(to).invokeExact(x, atX, z, atZ, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static boolean floatsToInts(Object x, long i, Object z, long k, long n) {
        IntVector all = IntVector.broadcast(INTS, 0);
        for (long e = 0; e < n * Float.BYTES; e += BYTES) {
            IntVector bits = ints(x, i + e);
            FloatVector size = bits.and(SIZE).reinterpretAsFloats();
            FloatVector moved = size.add(TO_INTEGER);
            IntVector roundedUp =
                    size.sub(moved.sub(TO_INTEGER)).reinterpretAsInts().lanewise(ASHR, Float.SIZE - 1);
            IntVector whole = moved.reinterpretAsInts().sub(INTEGER_BITS).add(roundedUp);
            all = all.or(whole);
            IntVector sign = bits.lanewise(ASHR, Float.SIZE - 1);
            store(whole.lanewise(XOR, sign).sub(sign), z, k + e);
        }
        return all.reduceLanes(OR) >>> MANTISSA == 0;
    }

    /** The integers of doubles less than 2^52, without their signs. */
    private static LongVector whole(DoubleVector size) {
        DoubleVector moved = size.add(TO_LONG);
        LongVector roundedUp = size.sub(moved.sub(TO_LONG)).reinterpretAsLongs().lanewise(LSHR, Double.SIZE - 1);
        return moved.reinterpretAsLongs().sub(LONG_BITS).sub(roundedUp);
    }

    private static LongVector signed(LongVector whole, LongVector bits) {
        LongVector sign = bits.lanewise(LSHR, Double.SIZE - 1).neg();
        return whole.lanewise(XOR, sign).sub(sign);
    }

    private static DoubleVector size(LongVector bits) {
        return bits.and(SIZE_OF_LONG).reinterpretAsDoubles();
    }

    static boolean doublesToLongs(Object x, long i, Object z, long k, long n) {
        LongVector all = LongVector.broadcast(LONGS, 0);
        for (long e = 0; e < n * Double.BYTES; e += BYTES) {
            LongVector bits = longs(x, i + e);
            LongVector whole = whole(size(bits));
            all = all.or(whole);
            store(signed(whole, bits), z, k + e);
        }
        return all.reduceLanes(OR) >>> MANTISSA_OF_DOUBLE == 0;
    }

    static boolean doublesToInts(Object x, long i, Object z, long k, long n) {
        LongVector all = LongVector.broadcast(LONGS, 0);
        for (long e = 0; e < n * Double.BYTES; e += BYTES) {
            LongVector bits = longs(x, i + e);
            LongVector whole = whole(size(bits));
            all = all.or(whole);
            store((IntVector) signed(whole, bits).convertShape(L2I, FEW_INTS, 0), z, k + e / 2);
        }
        return all.reduceLanes(OR) >>> (Integer.SIZE - 1) == 0;
    }

    static boolean floatsToLongs(Object x, long i, Object z, long k, long n) {
        LongVector all = LongVector.broadcast(LONGS, 0);
        for (long e = 0; e < n * Double.BYTES; e += BYTES) {
            LongVector bits = wide(fewFloats(x, i + e / 2)).reinterpretAsLongs();
            LongVector whole = whole(size(bits));
            all = all.or(whole);
            store(signed(whole, bits), z, k + e);
        }
        return all.reduceLanes(OR) >>> MANTISSA_OF_DOUBLE == 0;
    }

    private static DoubleVector wide(FloatVector few) {
        return (DoubleVector) few.convertShape(F2D, DOUBLES, 0);
    }

    static boolean intsToFloats(Object x, long i, Object z, long k, long n) {
        for (long e = 0; e < n * Float.BYTES; e += BYTES) {
            store((FloatVector) ints(x, i + e).convertShape(I2F, FloatVectors.SPECIES, 0), z, k + e);
        }
        return true;
    }

    static boolean intsToDoubles(Object x, long i, Object z, long k, long n) {
        for (long e = 0; e < n * Double.BYTES; e += BYTES) {
            store((DoubleVector) fewInts(x, i + e / 2).convertShape(I2D, DOUBLES, 0), z, k + e);
        }
        return true;
    }

    static boolean intsToLongs(Object x, long i, Object z, long k, long n) {
        for (long e = 0; e < n * Double.BYTES; e += BYTES) {
            store((LongVector) fewInts(x, i + e / 2).convertShape(I2L, LONGS, 0), z, k + e);
        }
        return true;
    }

    static boolean longsToInts(Object x, long i, Object z, long k, long n) {
        for (long e = 0; e < n * Double.BYTES; e += BYTES) {
            store((IntVector) longs(x, i + e).convertShape(L2I, FEW_INTS, 0), z, k + e / 2);
        }
        return true;
    }

    /** Of longs from -2^51 to below 2^51. */
    private static DoubleVector small(LongVector v) {
        return v.add(MIDDLE_BITS).reinterpretAsDoubles().sub(MIDDLE);
    }

    static boolean longsToDoubles(Object x, long i, Object z, long k, long n) {
        LongVector all = LongVector.broadcast(LONGS, 0);
        for (long e = 0; e < n * Double.BYTES; e += BYTES) {
            LongVector v = longs(x, i + e);
            all = all.or(v.add(HALF_RANGE));
            store(small(v), z, k + e);
        }
        return all.reduceLanes(OR) >>> MANTISSA_OF_DOUBLE == 0;
    }

    static boolean longsToFloats(Object x, long i, Object z, long k, long n) {
        LongVector all = LongVector.broadcast(LONGS, 0);
        for (long e = 0; e < n * Double.BYTES; e += BYTES) {
            LongVector v = longs(x, i + e);
            all = all.or(v.add(HALF_RANGE));
            store((FloatVector) small(v).convertShape(D2F, FEW_FLOATS, 0), z, k + e / 2);
        }
        return all.reduceLanes(OR) >>> MANTISSA_OF_DOUBLE == 0;
    }
}
