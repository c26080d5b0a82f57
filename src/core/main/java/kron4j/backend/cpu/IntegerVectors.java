package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.B2I;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.L2I;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Extremes and conversions of ints and bytes by vectors, which run on to a whole vector. */
final class IntegerVectors {
    private static final VectorSpecies<Byte> BYTES = TruthVectors.BYTES;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Byte> FEW_BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, INTS.vectorBitSize() / 4)));
    private static final VectorSpecies<Integer> FEW_INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(Math.max(64, LONGS.vectorBitSize() / 2)));

    /** A number below this size to which {@link #TO_INTEGER} is added has its nearest integer in its last bits. */
    private static final FloatVector NEAR = FloatVector.broadcast(FLOATS, 0x1p22f);

    private static final FloatVector TO_INTEGER = FloatVector.broadcast(FLOATS, 0x1p23f);
    private static final IntVector TO_INTEGER_BITS = TO_INTEGER.reinterpretAsInts();
    private static final IntVector ZERO = IntVector.broadcast(INTS, 0);
    private static final IntVector ONE = IntVector.broadcast(INTS, 1);

    /** Below this size doubles have a number in int when their fractions are cut off. */
    private static final DoubleVector OF_INTS = DoubleVector.broadcast(DoubleVectors.SPECIES, 0x1p31);

    private static final DoubleVector WHOLE = DoubleVector.broadcast(DoubleVectors.SPECIES, 0x1p52);
    private static final DoubleVector IN_LAST_BITS = DoubleVector.broadcast(DoubleVectors.SPECIES, 0x1.8p52);
    private static final DoubleVector LESS = DoubleVector.broadcast(DoubleVectors.SPECIES, 1);
    private static final LongVector SIGN = LongVector.broadcast(LONGS, Long.MIN_VALUE);

    private IntegerVectors() {}

    private static ByteVector at(byte[] x, int i) {
        return ByteVector.fromArray(BYTES, x, i);
    }

    private static IntVector at(int[] x, int i) {
        return IntVector.fromArray(INTS, x, i);
    }

    static void maximum(int[] x, int[] y, int[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            at(x, i).max(at(y, i)).intoArray(z, i);
        }
    }

    static void minimum(int[] x, int[] y, int[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            at(x, i).min(at(y, i)).intoArray(z, i);
        }
    }

    static void maximum(byte[] x, byte[] y, byte flip, byte[] z, int n) {
        ByteVector turn = ByteVector.broadcast(BYTES, flip);
        for (int i = 0; i < n; i += BYTES.length()) {
            ByteVector v = at(x, i).lanewise(XOR, turn);
            v.max(at(y, i).lanewise(XOR, turn)).lanewise(XOR, turn).intoArray(z, i);
        }
    }

    static void minimum(byte[] x, byte[] y, byte flip, byte[] z, int n) {
        ByteVector turn = ByteVector.broadcast(BYTES, flip);
        for (int i = 0; i < n; i += BYTES.length()) {
            ByteVector v = at(x, i).lanewise(XOR, turn);
            v.min(at(y, i).lanewise(XOR, turn)).lanewise(XOR, turn).intoArray(z, i);
        }
    }

    static void convert(int[] x, float[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            ((FloatVector) at(x, i).convertShape(I2F, FLOATS, 0)).intoArray(z, i);
        }
    }

    static void convert(byte[] x, int mask, int[] z, int n) {
        IntVector bits = IntVector.broadcast(INTS, mask);
        for (int i = 0; i < n; i += INTS.length()) {
            IntVector v = (IntVector) ByteVector.fromArray(FEW_BYTES, x, i).convertShape(B2I, INTS, 0);
            v.and(bits).intoArray(z, i);
        }
    }

    static void convert(byte[] x, int mask, float[] z, int n) {
        IntVector bits = IntVector.broadcast(INTS, mask);
        for (int i = 0; i < n; i += INTS.length()) {
            IntVector v = (IntVector) ByteVector.fromArray(FEW_BYTES, x, i).convertShape(B2I, INTS, 0);
            ((FloatVector) v.and(bits).convertShape(I2F, FLOATS, 0)).intoArray(z, i);
        }
    }

    static boolean areNear(float[] x, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            if (!FloatVector.fromArray(FLOATS, x, i).abs().lt(NEAR).allTrue()) {
                return false;
            }
        }
        return true;
    }

    /** Of numbers that are near: the nearest integer, less 1 where that is too large, with the sign. */
    static void truncate(float[] x, int[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, i);
            FloatVector size = v.abs();
            FloatVector shifted = size.add(TO_INTEGER);
            IntVector excess =
                    ZERO.blend(ONE, shifted.sub(TO_INTEGER).compare(GT, size).cast(INTS));
            IntVector k = shifted.reinterpretAsInts().sub(TO_INTEGER_BITS).sub(excess);
            IntVector sign = v.reinterpretAsInts().lanewise(ASHR, 31);
            k.lanewise(XOR, sign).sub(sign).intoArray(z, i);
        }
    }

    static boolean areNear(double[] x, int n) {
        for (int i = 0; i < n; i += LONGS.length()) {
            if (!DoubleVector.fromArray(DoubleVectors.SPECIES, x, i)
                    .abs()
                    .lt(OF_INTS)
                    .allTrue()) {
                return false;
            }
        }
        return true;
    }

    /** As {@link #truncate(float[], int[], int)}: a whole number is in the last bits of its sum with {@link #IN_LAST_BITS}. */
    static void truncate(double[] x, int[] z, int n) {
        for (int i = 0; i < n; i += LONGS.length()) {
            DoubleVector v = DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
            DoubleVector size = v.abs();
            DoubleVector near = size.add(WHOLE).sub(WHOLE);
            LongVector whole =
                    near.blend(near.sub(LESS), near.compare(GT, size)).reinterpretAsLongs();
            LongVector sign = v.reinterpretAsLongs().and(SIGN);
            LongVector k =
                    whole.or(sign).reinterpretAsDoubles().add(IN_LAST_BITS).reinterpretAsLongs();
            ((IntVector) k.convertShape(L2I, FEW_INTS, 0)).intoArray(z, i);
        }
    }
}
