package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** {@link Turns#turn} by vectors: squares of as many rows as a vector has lanes, in which pairs of rows exchange lanes at distances of 1 and 2. */
final class TurnVectors {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_128;
    private static final Class<?> INTS_CLASS = INTS.zero().getClass();
    private static final VectorShuffle<Integer> INTS_1 = VectorShuffle.fromOp(INTS, i -> i ^ 1);
    private static final VectorShuffle<Integer> INTS_2 = VectorShuffle.fromOp(INTS, i -> i ^ 2);
    private static final VectorMask<Integer> INTS_OF_1 = VectorMask.fromLong(INTS, 0xa);
    private static final VectorMask<Integer> INTS_OF_2 = VectorMask.fromLong(INTS, 0xc);

    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_256;
    private static final Class<?> LONGS_CLASS = LONGS.zero().getClass();
    private static final VectorShuffle<Long> LONGS_1 = VectorShuffle.fromOp(LONGS, i -> i ^ 1);
    private static final VectorShuffle<Long> LONGS_2 = VectorShuffle.fromOp(LONGS, i -> i ^ 2);
    private static final VectorMask<Long> LONGS_OF_1 = VectorMask.fromLong(LONGS, 0xa);
    private static final VectorMask<Long> LONGS_OF_2 = VectorMask.fromLong(LONGS, 0xc);

    /** Whether this machine's vectors are so long. */
    static final boolean FIT = LongVector.SPECIES_PREFERRED.vectorBitSize() >= LONGS.vectorBitSize();

    private final MethodHandle ints = Alone.loop(TurnVectors.class, "turn", type(int[].class));
    private final MethodHandle longs = Alone.loop(TurnVectors.class, "turn", type(long[].class));
    private final MethodHandle pairs = Alone.loop(TurnVectors.class, "turnPairs", type(long[].class));

    private static MethodType type(Class<?> array) {
        return MethodType.methodType(void.class, array, int.class, int.class, array, int.class, int[].class, int.class);
    }

    void ints(int[] rows, int x, int pitch, int[] tile, int y, int[] places, int n) {
        try {
            ints.invokeExact(rows, x, pitch, tile, y, places, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void longs(long[] rows, int x, int pitch, long[] tile, int y, int[] places, int n) {
        try {
            longs.invokeExact(rows, x, pitch, tile, y, places, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    void pairs(long[] rows, int x, int pitch, long[] tile, int y, int[] places, int n) {
        try {
            pairs.invokeExact(rows, x, pitch, tile, y, places, n);
        } catch (Throwable e) {
            throw Alone.thrown(e);
        }
    }

    /** The JIT does not know which vectors it writes where a program has written longer ones as well: they would become objects. */
    private static void store(IntVector v, int[] to, int at) {
        if (v.getClass() == INTS_CLASS) {
            v.intoArray(to, at);
        } else {
            throw new AssertionError();
        }
    }

    private static void store(LongVector v, long[] to, int at) {
        if (v.getClass() == LONGS_CLASS) {
            v.intoArray(to, at);
        } else {
            throw new AssertionError();
        }
    }

    private static IntVector at(int[] x, int i) {
        return IntVector.fromArray(INTS, x, i);
    }

    /** Of 4 rows. */
    static void turn(int[] rows, int x, int pitch, int[] tile, int y, int[] places, int n) {
        for (int i = 0; i < n; i += 4) {
            int p = Math.min(i, n - 4);
            int s = x + p;
            IntVector a0 = at(rows, s);
            IntVector b0 = at(rows, s + pitch);
            IntVector c0 = at(rows, s + 2 * pitch);
            IntVector d0 = at(rows, s + 3 * pitch);
            IntVector a1 = a0.blend(b0.rearrange(INTS_1), INTS_OF_1);
            IntVector b1 = a0.rearrange(INTS_1).blend(b0, INTS_OF_1);
            IntVector c1 = c0.blend(d0.rearrange(INTS_1), INTS_OF_1);
            IntVector d1 = c0.rearrange(INTS_1).blend(d0, INTS_OF_1);
            store(a1.blend(c1.rearrange(INTS_2), INTS_OF_2), tile, y + places[p]);
            store(b1.blend(d1.rearrange(INTS_2), INTS_OF_2), tile, y + places[p + 1]);
            store(a1.rearrange(INTS_2).blend(c1, INTS_OF_2), tile, y + places[p + 2]);
            store(b1.rearrange(INTS_2).blend(d1, INTS_OF_2), tile, y + places[p + 3]);
        }
    }

    private static LongVector at(long[] x, int i) {
        return LongVector.fromArray(LONGS, x, i);
    }

    /** Of 4 rows. */
    static void turn(long[] rows, int x, int pitch, long[] tile, int y, int[] places, int n) {
        for (int i = 0; i < n; i += 4) {
            int p = Math.min(i, n - 4);
            int s = x + p;
            LongVector a0 = at(rows, s);
            LongVector b0 = at(rows, s + pitch);
            LongVector c0 = at(rows, s + 2 * pitch);
            LongVector d0 = at(rows, s + 3 * pitch);
            LongVector a1 = a0.blend(b0.rearrange(LONGS_1), LONGS_OF_1);
            LongVector b1 = a0.rearrange(LONGS_1).blend(b0, LONGS_OF_1);
            LongVector c1 = c0.blend(d0.rearrange(LONGS_1), LONGS_OF_1);
            LongVector d1 = c0.rearrange(LONGS_1).blend(d0, LONGS_OF_1);
            LongVector a2 = a1.blend(c1.rearrange(LONGS_2), LONGS_OF_2);
            LongVector c2 = a1.rearrange(LONGS_2).blend(c1, LONGS_OF_2);
            LongVector b2 = b1.blend(d1.rearrange(LONGS_2), LONGS_OF_2);
            LongVector d2 = b1.rearrange(LONGS_2).blend(d1, LONGS_OF_2);
            store(a2, tile, y + places[p]);
            store(b2, tile, y + places[p + 1]);
            store(c2, tile, y + places[p + 2]);
            store(d2, tile, y + places[p + 3]);
        }
    }

    private static LongVector low(LongVector a, LongVector b) {
        return a.blend(b.rearrange(LONGS_2), LONGS_OF_2);
    }

    private static LongVector high(LongVector a, LongVector b) {
        return a.rearrange(LONGS_2).blend(b, LONGS_OF_2);
    }

    /** Of 8 rows of pairs of longs. */
    static void turnPairs(long[] rows, int x, int pitch, long[] tile, int y, int[] places, int n) {
        for (int i = 0; i < n; i += 2) {
            int p = Math.min(i, n - 2);
            int s = 2 * (x + p);
            int t = 2 * (y + places[p]);
            int u = 2 * (y + places[p + 1]);
            for (int r = 0; r < 8; r += 2) {
                LongVector a = at(rows, s + 2 * r * pitch);
                LongVector b = at(rows, s + 2 * (r + 1) * pitch);
                store(low(a, b), tile, t + 2 * r);
                store(high(a, b), tile, u + 2 * r);
            }
        }
    }
}
