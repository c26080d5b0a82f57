package kron4j.backend.cpu;

import kron4j.DType;
import kron4j.Layout;
import kron4j.backend.Distribution;
import kron4j.backend.View;

/**
 * Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Key: the seed. Counter: the number of a block in its low
 * 64 bits, the stream in its high ones. A block's four words are the elements 4b to 4b+3 of dtypes that need up to 32 bits, and two pairs (high
 * word first) the elements 2b and 2b+1 of dtypes that need more. Normal numbers always come from pairs, in double, and with {@link StrictMath}, so
 * that they are the same on all machines.
 */
final class Philox {
    private static final long MASK = 0xffffffffL;

    private Philox() {}

    static void fill(Distribution distribution, long seed, long stream, View out) {
        if (out.shape().size() == 0) {
            return;
        }
        boolean normal = distribution == Distribution.NORMAL;
        DType dtype = normal ? DType.FLOAT64 : out.dtype();
        Kind kind = Kind.wide(out.dtype());
        Loop loop = Loop.of(out.layout(), Layout.contiguous(out.shape()));
        Cut cut = Cut.blocked(loop, Tile.SIZE, Cursor.span(Cursor.WINDOW));
        Parallel.forRange(cut.count(), Math.max(1, Tiles.GRAIN / Tile.SIZE / 8), (from, to) -> {
            Tile[] tiles = Tile.local();
            Cursor target = Cursor.of(out, kind, loop.strides()[0], loop.offsets()[0]);
            Cursor order = Cursor.of(out, kind, loop.strides()[1], loop.offsets()[1]);
            Box box = new Box(loop.rank());
            int[] words = new int[4];
            for (long number = from; number < to; number++) {
                cut.place(number, box, 0);
                int n = box.size();
                order.positions(box, tiles[1].longs);
                if (kind == Kind.DOUBLE) {
                    reals(normal, dtype, seed, stream, tiles[1].longs, words, tiles[0].doubles, n);
                } else {
                    integers(dtype, seed, stream, tiles[1].longs, words, tiles[0].longs, n);
                }
                target.store(box, tiles[0]);
            }
        });
    }

    private static void reals(
            boolean normal, DType dtype, long seed, long stream, long[] elements, int[] words, double[] z, int n) {
        int shift = elementsPerBlockLog2(dtype);
        long current = -1;
        for (int i = 0; i < n; i++) {
            if (elements[i] >>> shift != current) {
                current = elements[i] >>> shift;
                block(seed, current, stream, words);
            }
            int word = (int) (elements[i] & ((1 << shift) - 1));
            z[i] = normal
                    ? normal(uniform(words, 0), uniform(words, 1), word == 0)
                    : shift == 2 ? (words[word] >>> 8) * 0x1p-24 : uniform(words, word);
        }
    }

    private static void integers(DType dtype, long seed, long stream, long[] elements, int[] words, long[] z, int n) {
        int shift = elementsPerBlockLog2(dtype);
        long current = -1;
        for (int i = 0; i < n; i++) {
            if (elements[i] >>> shift != current) {
                current = elements[i] >>> shift;
                block(seed, current, stream, words);
            }
            int word = (int) (elements[i] & ((1 << shift) - 1));
            z[i] = switch (dtype) {
                case INT64 -> pair(words, word);
                case INT32 -> words[word];
                case BOOL -> words[word] >>> 31;
                case FLOAT32, FLOAT64 -> throw new AssertionError(dtype);
            };
        }
    }

    private static int elementsPerBlockLog2(DType dtype) {
        return dtype.bytes() <= Integer.BYTES ? 2 : 1;
    }

    private static long pair(int[] words, int i) {
        return (long) words[2 * i] << 32 | (words[2 * i + 1] & MASK);
    }

    private static double uniform(int[] words, int i) {
        return (pair(words, i) >>> 11) * 0x1p-53;
    }

    /** Box and Muller's transform; {@code 1 - u} is never 0. */
    private static double normal(double u, double v, boolean cosine) {
        double radius = Math.sqrt(-2 * StrictMath.log(1 - u));
        double angle = 2 * Math.PI * v;
        return radius * (cosine ? StrictMath.cos(angle) : StrictMath.sin(angle));
    }

    /** The four words for the counter (low, high) under the key. */
    static void block(long key, long low, long high, int[] words) {
        int x0 = (int) low;
        int x1 = (int) (low >>> 32);
        int x2 = (int) high;
        int x3 = (int) (high >>> 32);
        int k0 = (int) key;
        int k1 = (int) (key >>> 32);
        for (int round = 0; round < 10; round++) {
            long p0 = 0xD2511F53L * (x0 & MASK);
            long p1 = 0xCD9E8D57L * (x2 & MASK);
            x0 = (int) (p1 >>> 32) ^ x1 ^ k0;
            x1 = (int) p1;
            x2 = (int) (p0 >>> 32) ^ x3 ^ k1;
            x3 = (int) p0;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        words[0] = x0;
        words[1] = x1;
        words[2] = x2;
        words[3] = x3;
    }
}
