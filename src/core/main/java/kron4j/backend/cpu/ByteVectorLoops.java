package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.B2L;
import static jdk.incubator.vector.VectorOperators.I2B;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Conversions of bytes in arrays, which run on to a whole vector, each {@link Alone}. */
final class ByteVectorLoops {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    /** The shortest vectors, of which the first bytes become longs. */
    private static final VectorSpecies<Byte> EIGHT = VectorSpecies.of(byte.class, VectorShape.S_64_BIT);

    private static final VectorSpecies<Byte> FEW =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, INTS.vectorBitSize() / 4)));

    private static final int MANTISSA = 23;
    /** Of 2^23. */
    private static final int EXPONENT = Float.floatToRawIntBits(0x1p23f) >>> MANTISSA;

    private static final FloatVector TO_INTEGER = FloatVector.broadcast(FloatVectors.SPECIES, 0x1p23f);
    private static final IntVector SIZE = IntVector.broadcast(INTS, Integer.MAX_VALUE);

    private final MethodHandle toLongs = Alone.loop(
            ByteVectorLoops.class,
            "toLongs",
            MethodType.methodType(void.class, byte[].class, int.class, long[].class, int.class));
    private final MethodHandle ofFloats = Alone.loop(
            ByteVectorLoops.class,
            "ofFloats",
            MethodType.methodType(boolean.class, float[].class, byte[].class, int.class));

    /** The numbers {@code x & mask}. */
    void convert(byte[] x, int mask, long[] z, int n) {
        try {
            toLongs.invokeExact(x, mask, z, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** As {@link Loops#narrow(float[], byte[], int)}. */
    boolean narrow(float[] x, byte[] z, int n) {
        try {
            return (boolean) ofFloats.invokeExact(x, z, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    static void toLongs(byte[] x, int mask, long[] z, int n) {
        LongVector bits = LongVector.broadcast(LONGS, mask);
        for (int i = 0; i < n; i += LONGS.length()) {
            LongVector v = (LongVector) ByteVector.fromArray(EIGHT, x, i).convertShape(B2L, LONGS, 0);
            v.and(bits).intoArray(z, i);
        }
    }

    /** Of numbers up to 2^23, as {@link ConversionVectorLoops} makes ints of them; the low byte of 2^23 is 0. */
    static boolean ofFloats(float[] x, byte[] z, int n) {
        IntVector all = IntVector.broadcast(INTS, 0);
        for (int i = 0; i < n; i += INTS.length()) {
            IntVector bits = FloatVector.fromArray(FloatVectors.SPECIES, x, i).reinterpretAsInts();
            FloatVector size = bits.and(SIZE).reinterpretAsFloats();
            FloatVector moved = size.add(TO_INTEGER);
            IntVector roundedUp =
                    size.sub(moved.sub(TO_INTEGER)).reinterpretAsInts().lanewise(ASHR, Float.SIZE - 1);
            all = all.or(moved.reinterpretAsInts());
            IntVector whole = moved.reinterpretAsInts().add(roundedUp);
            IntVector sign = bits.lanewise(ASHR, Float.SIZE - 1);
            IntVector v = whole.lanewise(XOR, sign).sub(sign);
            ((ByteVector) v.convertShape(I2B, FEW, 0)).intoArray(z, i);
        }
        return all.reduceLanes(OR) >>> MANTISSA == EXPONENT;
    }
}
