package kron4j.backend.cpu;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reductions of a piece of an array by vectors. What a loop carries begins as a broadcast: only then does the JIT know its class where the program has used vectors of several sizes,
 * and keep it in a register. Floating lanes are put together one by one: the JIT takes five times as long for their reduction.
 */
final class FoldVectors {
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Byte> FEW_BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, INTS.vectorBitSize() / 4)));
    private static final VectorSpecies<Integer> FEW_INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(Math.max(64, LONGS.vectorBitSize() / 2)));

    private FoldVectors() {}

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
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    static float max(float[] x, int from, int n) {
        int lanes = FloatVectors.SPECIES.length();
        if (n < lanes) {
            return Folds.max(x, from, n);
        }
        FloatVector first = FloatVector.broadcast(FloatVectors.SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector second = FloatVector.broadcast(FloatVectors.SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector third = FloatVector.broadcast(FloatVectors.SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector fourth = FloatVector.broadcast(FloatVectors.SPECIES, Float.NEGATIVE_INFINITY);
        int i = from;
        for (int last = from + n - 4 * lanes; i <= last; i += 4 * lanes) {
            first = first.max(at(x, i));
            second = second.max(at(x, i + lanes));
            third = third.max(at(x, i + 2 * lanes));
            fourth = fourth.max(at(x, i + 3 * lanes));
        }
        for (; i <= from + n - lanes; i += lanes) {
            first = first.max(at(x, i));
        }
        first = first.max(at(x, from + n - lanes));
        return Folds.max(first.max(second).max(third.max(fourth)).toArray(), 0, lanes);
    }

    static float min(float[] x, int from, int n) {
        int lanes = FloatVectors.SPECIES.length();
        if (n < lanes) {
            return Folds.min(x, from, n);
        }
        FloatVector first = FloatVector.broadcast(FloatVectors.SPECIES, Float.POSITIVE_INFINITY);
        FloatVector second = FloatVector.broadcast(FloatVectors.SPECIES, Float.POSITIVE_INFINITY);
        FloatVector third = FloatVector.broadcast(FloatVectors.SPECIES, Float.POSITIVE_INFINITY);
        FloatVector fourth = FloatVector.broadcast(FloatVectors.SPECIES, Float.POSITIVE_INFINITY);
        int i = from;
        for (int last = from + n - 4 * lanes; i <= last; i += 4 * lanes) {
            first = first.min(at(x, i));
            second = second.min(at(x, i + lanes));
            third = third.min(at(x, i + 2 * lanes));
            fourth = fourth.min(at(x, i + 3 * lanes));
        }
        for (; i <= from + n - lanes; i += lanes) {
            first = first.min(at(x, i));
        }
        first = first.min(at(x, from + n - lanes));
        return Folds.min(first.min(second).min(third.min(fourth)).toArray(), 0, lanes);
    }

    static double max(double[] x, int from, int n) {
        int lanes = DoubleVectors.SPECIES.length();
        if (n < lanes) {
            return Folds.max(x, from, n);
        }
        DoubleVector first = DoubleVector.broadcast(DoubleVectors.SPECIES, Double.NEGATIVE_INFINITY);
        DoubleVector second = DoubleVector.broadcast(DoubleVectors.SPECIES, Double.NEGATIVE_INFINITY);
        DoubleVector third = DoubleVector.broadcast(DoubleVectors.SPECIES, Double.NEGATIVE_INFINITY);
        DoubleVector fourth = DoubleVector.broadcast(DoubleVectors.SPECIES, Double.NEGATIVE_INFINITY);
        int i = from;
        for (int last = from + n - 4 * lanes; i <= last; i += 4 * lanes) {
            first = first.max(at(x, i));
            second = second.max(at(x, i + lanes));
            third = third.max(at(x, i + 2 * lanes));
            fourth = fourth.max(at(x, i + 3 * lanes));
        }
        for (; i <= from + n - lanes; i += lanes) {
            first = first.max(at(x, i));
        }
        first = first.max(at(x, from + n - lanes));
        return Folds.max(first.max(second).max(third.max(fourth)).toArray(), 0, lanes);
    }

    static double min(double[] x, int from, int n) {
        int lanes = DoubleVectors.SPECIES.length();
        if (n < lanes) {
            return Folds.min(x, from, n);
        }
        DoubleVector first = DoubleVector.broadcast(DoubleVectors.SPECIES, Double.POSITIVE_INFINITY);
        DoubleVector second = DoubleVector.broadcast(DoubleVectors.SPECIES, Double.POSITIVE_INFINITY);
        DoubleVector third = DoubleVector.broadcast(DoubleVectors.SPECIES, Double.POSITIVE_INFINITY);
        DoubleVector fourth = DoubleVector.broadcast(DoubleVectors.SPECIES, Double.POSITIVE_INFINITY);
        int i = from;
        for (int last = from + n - 4 * lanes; i <= last; i += 4 * lanes) {
            first = first.min(at(x, i));
            second = second.min(at(x, i + lanes));
            third = third.min(at(x, i + 2 * lanes));
            fourth = fourth.min(at(x, i + 3 * lanes));
        }
        for (; i <= from + n - lanes; i += lanes) {
            first = first.min(at(x, i));
        }
        first = first.min(at(x, from + n - lanes));
        return Folds.min(first.min(second).min(third.min(fourth)).toArray(), 0, lanes);
    }

    static double product(double[] x, int from, int n) {
        int lanes = DoubleVectors.SPECIES.length();
        DoubleVector first = DoubleVector.broadcast(DoubleVectors.SPECIES, 1);
        DoubleVector second = DoubleVector.broadcast(DoubleVectors.SPECIES, 1);
        DoubleVector third = DoubleVector.broadcast(DoubleVectors.SPECIES, 1);
        DoubleVector fourth = DoubleVector.broadcast(DoubleVectors.SPECIES, 1);
        int i = from;
        for (int last = from + n - 4 * lanes; i <= last; i += 4 * lanes) {
            first = first.mul(at(x, i));
            second = second.mul(at(x, i + lanes));
            third = third.mul(at(x, i + 2 * lanes));
            fourth = fourth.mul(at(x, i + 3 * lanes));
        }
        double rest = Folds.product(x, i, from + n - i);
        return i == from
                ? rest
                : rest * Folds.product(first.mul(second).mul(third.mul(fourth)).toArray(), 0, lanes);
    }

    static long sum(long[] x, int from, int n) {
        LongVector even = LongVector.broadcast(LONGS, 0);
        LongVector odd = even;
        int lanes = LONGS.length();
        int i = from;
        for (; i <= from + n - 2 * lanes; i += 2 * lanes) {
            even = even.add(at(x, i));
            odd = odd.add(at(x, i + lanes));
        }
        return even.add(odd).reduceLanes(VectorOperators.ADD) + Folds.sum(x, i, from + n - i);
    }

    static long sum(int[] x, int from, int n) {
        LongVector sum = LongVector.broadcast(LONGS, 0);
        int lanes = LONGS.length();
        int i = from;
        for (; i <= from + n - lanes; i += lanes) {
            sum = sum.add(IntVector.fromArray(FEW_INTS, x, i).convertShape(VectorOperators.I2L, LONGS, 0));
        }
        return sum.reduceLanes(VectorOperators.ADD) + Folds.sum(x, i, from + n - i);
    }

    /** Of a tile at most: ints have room for the sum. */
    static long sum(byte[] x, int mask, int from, int n) {
        IntVector sum = IntVector.broadcast(INTS, 0);
        IntVector bits = IntVector.broadcast(INTS, mask);
        int lanes = INTS.length();
        int i = from;
        for (; i <= from + n - lanes; i += lanes) {
            IntVector v = (IntVector) ByteVector.fromArray(FEW_BYTES, x, i).convertShape(VectorOperators.B2I, INTS, 0);
            sum = sum.add(v.and(bits));
        }
        return sum.reduceLanes(VectorOperators.ADD) + Folds.sum(x, mask, i, from + n - i);
    }

    static boolean areWithin(long[] x, int n, long size) {
        LongVector last = LongVector.broadcast(LONGS, size - 1);
        LongVector signs = LongVector.broadcast(LONGS, 0);
        int i = 0;
        for (; i <= n - LONGS.length(); i += LONGS.length()) {
            LongVector v = at(x, i);
            signs = signs.or(v).or(last.sub(v));
        }
        return signs.reduceLanes(VectorOperators.OR) >= 0 && Folds.areWithin(x, i, n, size);
    }

    static long max(long[] x, int from, int n) {
        int lanes = LONGS.length();
        if (n < lanes) {
            return Folds.max(x, from, n);
        }
        LongVector found = LongVector.broadcast(LONGS, Long.MIN_VALUE);
        for (int i = from; i <= from + n - lanes; i += lanes) {
            found = found.max(at(x, i));
        }
        return found.max(at(x, from + n - lanes)).reduceLanes(VectorOperators.MAX);
    }

    static long min(long[] x, int from, int n) {
        int lanes = LONGS.length();
        if (n < lanes) {
            return Folds.min(x, from, n);
        }
        LongVector found = LongVector.broadcast(LONGS, Long.MAX_VALUE);
        for (int i = from; i <= from + n - lanes; i += lanes) {
            found = found.min(at(x, i));
        }
        return found.min(at(x, from + n - lanes)).reduceLanes(VectorOperators.MIN);
    }

    static int max(int[] x, int from, int n) {
        int lanes = INTS.length();
        if (n < lanes) {
            return Folds.max(x, from, n);
        }
        IntVector found = IntVector.broadcast(INTS, Integer.MIN_VALUE);
        for (int i = from; i <= from + n - lanes; i += lanes) {
            found = found.max(at(x, i));
        }
        return found.max(at(x, from + n - lanes)).reduceLanes(VectorOperators.MAX);
    }

    static int min(int[] x, int from, int n) {
        int lanes = INTS.length();
        if (n < lanes) {
            return Folds.min(x, from, n);
        }
        IntVector found = IntVector.broadcast(INTS, Integer.MAX_VALUE);
        for (int i = from; i <= from + n - lanes; i += lanes) {
            found = found.min(at(x, i));
        }
        return found.min(at(x, from + n - lanes)).reduceLanes(VectorOperators.MIN);
    }

    /** Of the numbers {@code x ^ flip}. */
    static int max(byte[] x, byte flip, int from, int n) {
        int lanes = BYTES.length();
        if (n < lanes) {
            return Folds.max(x, flip, from, n);
        }
        ByteVector turn = ByteVector.broadcast(BYTES, flip);
        ByteVector found = ByteVector.broadcast(BYTES, Byte.MIN_VALUE);
        for (int i = from; i <= from + n - lanes; i += lanes) {
            found = found.max(at(x, i).lanewise(VectorOperators.XOR, turn));
        }
        ByteVector last = at(x, from + n - lanes).lanewise(VectorOperators.XOR, turn);
        return found.max(last).reduceLanes(VectorOperators.MAX);
    }

    /** Of the numbers {@code x ^ flip}. */
    static int min(byte[] x, byte flip, int from, int n) {
        int lanes = BYTES.length();
        if (n < lanes) {
            return Folds.min(x, flip, from, n);
        }
        ByteVector turn = ByteVector.broadcast(BYTES, flip);
        ByteVector found = ByteVector.broadcast(BYTES, Byte.MAX_VALUE);
        for (int i = from; i <= from + n - lanes; i += lanes) {
            found = found.min(at(x, i).lanewise(VectorOperators.XOR, turn));
        }
        ByteVector last = at(x, from + n - lanes).lanewise(VectorOperators.XOR, turn);
        return found.min(last).reduceLanes(VectorOperators.MIN);
    }

    static int less(float[] x, int from, int n, float sign, float most) {
        if (from == n || !(sign * x[from] < most)) {
            return from;
        }
        FloatVector signs = FloatVector.broadcast(FloatVectors.SPECIES, sign);
        FloatVector bound = FloatVector.broadcast(FloatVectors.SPECIES, most);
        int i = from;
        while (i <= n - signs.length() && at(x, i).mul(signs).lt(bound).allTrue()) {
            i += signs.length();
        }
        return Folds.less(x, i, n, sign, most);
    }

    static int less(double[] x, int from, int n, double sign, double most) {
        if (from == n || !(sign * x[from] < most)) {
            return from;
        }
        DoubleVector signs = DoubleVector.broadcast(DoubleVectors.SPECIES, sign);
        DoubleVector bound = DoubleVector.broadcast(DoubleVectors.SPECIES, most);
        int i = from;
        while (i <= n - signs.length() && at(x, i).mul(signs).lt(bound).allTrue()) {
            i += signs.length();
        }
        return Folds.less(x, i, n, sign, most);
    }
}
