package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.B2I;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.I2B;
import static jdk.incubator.vector.VectorOperators.I2L;
import static jdk.incubator.vector.VectorOperators.L2I;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import kron4j.backend.BinaryOp;

/** {@link Truths} by vectors, which run on to a whole vector. */
final class TruthVectors {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;

    /** Whether there are vectors of as many bytes as there are ints in one. */
    static final boolean NARROWS = INTS.length() >= 8;

    private static final VectorSpecies<Byte> FEW_BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, INTS.vectorBitSize() / 4)));
    private static final VectorSpecies<Integer> FEW_INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(Math.max(64, LONGS.vectorBitSize() / 2)));

    private static final IntVector ZERO = IntVector.broadcast(INTS, 0);
    private static final IntVector ONE = IntVector.broadcast(INTS, 1);
    private static final LongVector LONG_ZERO = LongVector.broadcast(LONGS, 0);
    private static final LongVector LONG_ONE = LongVector.broadcast(LONGS, 1);
    private static final ByteVector NO_BYTE = ByteVector.broadcast(BYTES, (byte) 0);
    private static final ByteVector FIRST_BYTE = ByteVector.broadcast(BYTES, (byte) 1);

    private TruthVectors() {}

    /** Whether it computed a comparison. */
    static boolean test(BinaryOp op, float[] x, float[] y, byte[] z, int n) {
        switch (op) {
            case EQUAL -> equal(x, y, z, n);
            case NOT_EQUAL -> {
                equal(x, y, z, n);
                invert(z, n);
            }
            case LESS -> less(x, y, z, n);
            case LESS_EQUAL -> lessEqual(x, y, z, n);
            case GREATER -> less(y, x, z, n);
            case GREATER_EQUAL -> lessEqual(y, x, z, n);
            default -> {
                return false;
            }
        }
        return true;
    }

    static boolean test(BinaryOp op, double[] x, double[] y, Tile out, int n) {
        int[] z = out.ints;
        switch (op) {
            case EQUAL, NOT_EQUAL -> equal(x, y, z, n);
            case LESS -> less(x, y, z, n);
            case LESS_EQUAL -> lessEqual(x, y, z, n);
            case GREATER -> less(y, x, z, n);
            case GREATER_EQUAL -> lessEqual(y, x, z, n);
            default -> {
                return false;
            }
        }
        narrow(z, out.bytes, n);
        if (op == BinaryOp.NOT_EQUAL) {
            invert(out.bytes, n);
        }
        return true;
    }

    static boolean test(BinaryOp op, int[] x, int[] y, byte[] z, int n) {
        switch (op) {
            case EQUAL, NOT_EQUAL -> equal(x, y, z, n);
            case LESS, GREATER_EQUAL -> less(x, y, z, n);
            case GREATER, LESS_EQUAL -> less(y, x, z, n);
            default -> {
                return false;
            }
        }
        if (isInverse(op)) {
            invert(z, n);
        }
        return true;
    }

    static boolean test(BinaryOp op, long[] x, long[] y, Tile out, int n) {
        int[] z = out.ints;
        switch (op) {
            case EQUAL, NOT_EQUAL -> equal(x, y, z, n);
            case LESS, GREATER_EQUAL -> less(x, y, z, n);
            case GREATER, LESS_EQUAL -> less(y, x, z, n);
            default -> {
                return false;
            }
        }
        narrow(z, out.bytes, n);
        if (isInverse(op)) {
            invert(out.bytes, n);
        }
        return true;
    }

    static void test(BinaryOp op, byte[] x, byte[] y, byte flip, byte[] z, int n) {
        switch (op) {
            case EQUAL, NOT_EQUAL -> equal(x, y, z, n);
            case LESS, GREATER_EQUAL -> less(x, y, ByteVector.broadcast(BYTES, flip), z, n);
            case GREATER, LESS_EQUAL -> less(y, x, ByteVector.broadcast(BYTES, flip), z, n);
            case LOGICAL_AND -> and(x, y, z, n);
            case LOGICAL_OR -> or(x, y, z, n);
            case LOGICAL_XOR -> xor(x, y, z, n);
            default -> throw new AssertionError(op);
        }
        if (isInverse(op)) {
            invert(z, n);
        }
    }

    /** Of what is computed for integers. */
    private static boolean isInverse(BinaryOp op) {
        return op == BinaryOp.NOT_EQUAL || op == BinaryOp.GREATER_EQUAL || op == BinaryOp.LESS_EQUAL;
    }

    private static ByteVector at(byte[] x, int i) {
        return ByteVector.fromArray(BYTES, x, i);
    }

    private static IntVector at(int[] x, int i) {
        return IntVector.fromArray(INTS, x, i);
    }

    private static LongVector at(long[] x, int i) {
        return LongVector.fromArray(LONGS, x, i);
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FLOATS, x, i);
    }

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DOUBLES, x, i);
    }

    private static void store(VectorMask<Integer> truth, byte[] z, int i) {
        store(ZERO.blend(ONE, truth), z, i);
    }

    static void store(IntVector v, byte[] z, int i) {
        ((ByteVector) v.convertShape(I2B, FEW_BYTES, 0)).intoArray(z, i);
    }

    private static void store(VectorMask<Long> truth, int[] z, int i) {
        store(LONG_ZERO.blend(LONG_ONE, truth), z, i);
    }

    static void store(LongVector v, int[] z, int i) {
        ((IntVector) v.convertShape(L2I, FEW_INTS, 0)).intoArray(z, i);
    }

    /** The low bytes of ints. */
    static void narrow(int[] x, byte[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            store(at(x, i), z, i);
        }
    }

    private static void invert(byte[] z, int n) {
        for (int i = 0; i < n; i += BYTES.length()) {
            FIRST_BYTE.sub(at(z, i)).intoArray(z, i);
        }
    }

    private static void equal(float[] x, float[] y, byte[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            store(at(x, i).compare(EQ, at(y, i)).cast(INTS), z, i);
        }
    }

    private static void less(float[] x, float[] y, byte[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            store(at(x, i).compare(LT, at(y, i)).cast(INTS), z, i);
        }
    }

    private static void lessEqual(float[] x, float[] y, byte[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            store(at(x, i).compare(LE, at(y, i)).cast(INTS), z, i);
        }
    }

    private static void equal(double[] x, double[] y, int[] z, int n) {
        for (int i = 0; i < n; i += LONGS.length()) {
            store(at(x, i).compare(EQ, at(y, i)).cast(LONGS), z, i);
        }
    }

    private static void less(double[] x, double[] y, int[] z, int n) {
        for (int i = 0; i < n; i += LONGS.length()) {
            store(at(x, i).compare(LT, at(y, i)).cast(LONGS), z, i);
        }
    }

    private static void lessEqual(double[] x, double[] y, int[] z, int n) {
        for (int i = 0; i < n; i += LONGS.length()) {
            store(at(x, i).compare(LE, at(y, i)).cast(LONGS), z, i);
        }
    }

    private static void equal(int[] x, int[] y, byte[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            store(at(x, i).compare(EQ, at(y, i)), z, i);
        }
    }

    private static void less(int[] x, int[] y, byte[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            store(at(x, i).compare(LT, at(y, i)), z, i);
        }
    }

    private static void equal(long[] x, long[] y, int[] z, int n) {
        for (int i = 0; i < n; i += LONGS.length()) {
            store(at(x, i).compare(EQ, at(y, i)), z, i);
        }
    }

    private static void less(long[] x, long[] y, int[] z, int n) {
        for (int i = 0; i < n; i += LONGS.length()) {
            store(at(x, i).compare(LT, at(y, i)), z, i);
        }
    }

    private static void equal(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i += BYTES.length()) {
            NO_BYTE.blend(FIRST_BYTE, at(x, i).compare(EQ, at(y, i))).intoArray(z, i);
        }
    }

    private static void less(byte[] x, byte[] y, ByteVector flip, byte[] z, int n) {
        for (int i = 0; i < n; i += BYTES.length()) {
            VectorMask<Byte> truth = at(x, i).lanewise(XOR, flip).compare(LT, at(y, i).lanewise(XOR, flip));
            NO_BYTE.blend(FIRST_BYTE, truth).intoArray(z, i);
        }
    }

    private static void and(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i += BYTES.length()) {
            truth(x, i).and(truth(y, i)).intoArray(z, i);
        }
    }

    private static void or(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i += BYTES.length()) {
            truth(x, i).or(truth(y, i)).intoArray(z, i);
        }
    }

    private static void xor(byte[] x, byte[] y, byte[] z, int n) {
        for (int i = 0; i < n; i += BYTES.length()) {
            truth(x, i).lanewise(XOR, truth(y, i)).intoArray(z, i);
        }
    }

    private static ByteVector truth(byte[] x, int i) {
        return NO_BYTE.blend(FIRST_BYTE, at(x, i).compare(NE, NO_BYTE));
    }

    private static VectorMask<Integer> condition(byte[] condition, int i) {
        return ((IntVector) ByteVector.fromArray(FEW_BYTES, condition, i).convertShape(B2I, INTS, 0)).compare(NE, ZERO);
    }

    static void choose(byte[] condition, float[] a, float[] b, float[] out, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            at(b, i).blend(at(a, i), condition(condition, i).cast(FLOATS)).intoArray(out, i);
        }
    }

    static void choose(byte[] condition, int[] a, int[] b, int[] out, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            at(b, i).blend(at(a, i), condition(condition, i)).intoArray(out, i);
        }
    }

    static void choose(byte[] condition, double[] a, double[] b, Tile out, int n) {
        widen(condition, out.ints, n);
        choose(out.ints, a, b, out.doubles, n);
    }

    static void choose(byte[] condition, long[] a, long[] b, Tile out, int n) {
        widen(condition, out.ints, n);
        choose(out.ints, a, b, out.longs, n);
    }

    private static void choose(int[] condition, double[] a, double[] b, double[] out, int n) {
        for (int i = 0; i < n; i += LONGS.length()) {
            at(b, i).blend(at(a, i), condition(condition, i).cast(DOUBLES)).intoArray(out, i);
        }
    }

    private static void choose(int[] condition, long[] a, long[] b, long[] out, int n) {
        for (int i = 0; i < n; i += LONGS.length()) {
            at(b, i).blend(at(a, i), condition(condition, i)).intoArray(out, i);
        }
    }

    private static void widen(byte[] x, int[] z, int n) {
        for (int i = 0; i < n; i += INTS.length()) {
            ((IntVector) ByteVector.fromArray(FEW_BYTES, x, i).convertShape(B2I, INTS, 0)).intoArray(z, i);
        }
    }

    private static VectorMask<Long> condition(int[] condition, int i) {
        return ((LongVector) IntVector.fromArray(FEW_INTS, condition, i).convertShape(I2L, LONGS, 0))
                .compare(NE, LONG_ZERO);
    }

    static void choose(byte[] condition, byte[] a, byte[] b, byte[] out, int n) {
        for (int i = 0; i < n; i += BYTES.length()) {
            at(b, i).blend(at(a, i), at(condition, i).compare(NE, NO_BYTE)).intoArray(out, i);
        }
    }
}
