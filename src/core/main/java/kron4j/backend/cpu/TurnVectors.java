package kron4j.backend.cpu;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** {@link Turns#turn} by vectors: squares of as many rows as a vector has lanes, in which pairs of rows exchange lanes at distances of 1, 2 and 4. */
final class TurnVectors {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
    private static final VectorShuffle<Integer> INTS_1 = VectorShuffle.fromOp(INTS, i -> i ^ 1);
    private static final VectorShuffle<Integer> INTS_2 = VectorShuffle.fromOp(INTS, i -> i ^ 2);
    private static final VectorShuffle<Integer> INTS_4 = VectorShuffle.fromOp(INTS, i -> i ^ 4);
    private static final VectorMask<Integer> INTS_OF_1 = VectorMask.fromLong(INTS, 0xaa);
    private static final VectorMask<Integer> INTS_OF_2 = VectorMask.fromLong(INTS, 0xcc);
    private static final VectorMask<Integer> INTS_OF_4 = VectorMask.fromLong(INTS, 0xf0);

    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_256;
    private static final VectorShuffle<Long> LONGS_1 = VectorShuffle.fromOp(LONGS, i -> i ^ 1);
    private static final VectorShuffle<Long> LONGS_2 = VectorShuffle.fromOp(LONGS, i -> i ^ 2);
    private static final VectorMask<Long> LONGS_OF_1 = VectorMask.fromLong(LONGS, 0xa);
    private static final VectorMask<Long> LONGS_OF_2 = VectorMask.fromLong(LONGS, 0xc);

    /** Whether this machine's vectors are so long. */
    static final boolean FIT = IntVector.SPECIES_PREFERRED.vectorBitSize() >= INTS.vectorBitSize();

    private TurnVectors() {}

    private static IntVector at(int[] x, int i) {
        return IntVector.fromArray(INTS, x, i);
    }

    /** Of 8 rows. */
    static void turn(int[] rows, int x, int pitch, int[] tile, int y, int[] places, int n) {
        for (int i = 0; i < n; i += 8) {
            int p = Math.min(i, n - 8);
            int s = x + p;
            IntVector a0 = at(rows, s);
            IntVector b0 = at(rows, s + pitch);
            IntVector c0 = at(rows, s + 2 * pitch);
            IntVector d0 = at(rows, s + 3 * pitch);
            IntVector e0 = at(rows, s + 4 * pitch);
            IntVector f0 = at(rows, s + 5 * pitch);
            IntVector g0 = at(rows, s + 6 * pitch);
            IntVector h0 = at(rows, s + 7 * pitch);
            IntVector a1 = a0.blend(b0.rearrange(INTS_1), INTS_OF_1);
            IntVector b1 = a0.rearrange(INTS_1).blend(b0, INTS_OF_1);
            IntVector c1 = c0.blend(d0.rearrange(INTS_1), INTS_OF_1);
            IntVector d1 = c0.rearrange(INTS_1).blend(d0, INTS_OF_1);
            IntVector e1 = e0.blend(f0.rearrange(INTS_1), INTS_OF_1);
            IntVector f1 = e0.rearrange(INTS_1).blend(f0, INTS_OF_1);
            IntVector g1 = g0.blend(h0.rearrange(INTS_1), INTS_OF_1);
            IntVector h1 = g0.rearrange(INTS_1).blend(h0, INTS_OF_1);
            IntVector a2 = a1.blend(c1.rearrange(INTS_2), INTS_OF_2);
            IntVector c2 = a1.rearrange(INTS_2).blend(c1, INTS_OF_2);
            IntVector b2 = b1.blend(d1.rearrange(INTS_2), INTS_OF_2);
            IntVector d2 = b1.rearrange(INTS_2).blend(d1, INTS_OF_2);
            IntVector e2 = e1.blend(g1.rearrange(INTS_2), INTS_OF_2);
            IntVector g2 = e1.rearrange(INTS_2).blend(g1, INTS_OF_2);
            IntVector f2 = f1.blend(h1.rearrange(INTS_2), INTS_OF_2);
            IntVector h2 = f1.rearrange(INTS_2).blend(h1, INTS_OF_2);
            IntVector a3 = a2.blend(e2.rearrange(INTS_4), INTS_OF_4);
            IntVector e3 = a2.rearrange(INTS_4).blend(e2, INTS_OF_4);
            IntVector b3 = b2.blend(f2.rearrange(INTS_4), INTS_OF_4);
            IntVector f3 = b2.rearrange(INTS_4).blend(f2, INTS_OF_4);
            IntVector c3 = c2.blend(g2.rearrange(INTS_4), INTS_OF_4);
            IntVector g3 = c2.rearrange(INTS_4).blend(g2, INTS_OF_4);
            IntVector d3 = d2.blend(h2.rearrange(INTS_4), INTS_OF_4);
            IntVector h3 = d2.rearrange(INTS_4).blend(h2, INTS_OF_4);
            a3.intoArray(tile, y + places[p]);
            b3.intoArray(tile, y + places[p + 1]);
            c3.intoArray(tile, y + places[p + 2]);
            d3.intoArray(tile, y + places[p + 3]);
            e3.intoArray(tile, y + places[p + 4]);
            f3.intoArray(tile, y + places[p + 5]);
            g3.intoArray(tile, y + places[p + 6]);
            h3.intoArray(tile, y + places[p + 7]);
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
            a2.intoArray(tile, y + places[p]);
            b2.intoArray(tile, y + places[p + 1]);
            c2.intoArray(tile, y + places[p + 2]);
            d2.intoArray(tile, y + places[p + 3]);
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
                low(a, b).intoArray(tile, t + 2 * r);
                high(a, b).intoArray(tile, u + 2 * r);
            }
        }
    }
}
