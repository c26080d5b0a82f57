package kron4j.backend.cpu;

import kron4j.DType;
import kron4j.Layout;
import kron4j.backend.Distribution;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Key: the seed. Counter: the number of a block in its low
 * 64 bits, the stream in its high ones. A block's four words are the elements 4b to 4b+3 of dtypes that need up to 32 bits, and two pairs (high
 * word first) the elements 2b and 2b+1 of dtypes that need more. Normal numbers always come from pairs, in double, and are those of {@link StrictMath}, so
 * that they are the same on all machines.
 */
final class Philox {
    private static final long LOW = 0xffffffffL;

    private Philox() {}

    static void fill(Distribution distribution, long seed, long stream, View out) {
        if (out.shape().size() == 0) {
            return;
        }
        DType words = distribution == Distribution.NORMAL ? DType.FLOAT64 : out.dtype();
        int perBlock = words.bytes() <= Integer.BYTES ? 4 : 2;
        Kind kind = Kind.wide(out.dtype());
        Loop loop = Loop.of(out.layout(), Layout.contiguous(out.shape()));
        Cut cut = Cut.blocked(loop, Tile.SIZE, Cursor.span(Cursor.WINDOW));
        Parallel.forRange(cut.count(), Tiles.GRAIN / Tile.SIZE / 4, (from, to) -> {
            Tile[] tiles = Tile.local();
            Tile result = tiles[0];
            long[] elements = tiles[1].longs;
            long[][] blocks = {tiles[2].longs, tiles[3].longs, tiles[4].longs, tiles[5].longs};
            double[][] pairs = new double[6][];
            for (int i = 0; i < pairs.length; i++) {
                pairs[i] = i == 0 ? tiles[1].imaginary : tiles[i].doubles;
            }
            Cursor target = Cursor.of(out, kind, loop.strides()[0], loop.offsets()[0]);
            Cursor order = Cursor.of(out, kind, loop.strides()[1], loop.offsets()[1]);
            Box box = new Box(loop.rank());
            for (long number = from; number < to; number++) {
                cut.place(number, box, 0);
                int n = box.size();
                order.positions(box, elements);
                for (int start = 0; start < n; ) {
                    int end = start + 1;
                    while (end < n && elements[end] == elements[end - 1] + 1) {
                        end++;
                    }
                    long first = elements[start] / perBlock;
                    int skip = (int) (elements[start] % perBlock);
                    int count = (skip + end - start + perBlock - 1) / perBlock;
                    Loops.BEST.randomBlocks(seed, first, stream, count, blocks);
                    switch (distribution) {
                        case UNIFORM -> uniform(blocks, perBlock, skip, result.doubles, start, end);
                        case NORMAL -> normal(blocks, count, pairs, skip, result.doubles, start, end);
                        case BITS -> bits(blocks, out.dtype(), perBlock, skip, result.longs, start, end);
                    }
                    start = end;
                }
                target.store(box, result);
            }
        });
    }

    private static void uniform(long[][] blocks, int perBlock, int skip, double[] z, int start, int end) {
        int whole = skip == 0 ? (end - start) / perBlock : 0;
        if (perBlock == 4) {
            uniformFours(blocks[0], blocks[1], blocks[2], blocks[3], z, start, whole);
        } else {
            uniformPairs(blocks[0], blocks[1], z, start, whole);
            uniformPairs(blocks[2], blocks[3], z, start + 1, whole);
        }
        for (int i = start + perBlock * whole, e = skip + perBlock * whole; i < end; i++, e++) {
            z[i] = perBlock == 4 ? (blocks[e & 3][e >> 2] >>> 8) * 0x1p-24 : uniform(blocks, e);
        }
    }

    private static void uniformFours(long[] x0, long[] x1, long[] x2, long[] x3, double[] z, int start, int n) {
        for (int b = 0, i = start; b < n; b++, i += 4) {
            z[i] = (int) (x0[b] >>> 8) * 0x1p-24;
            z[i + 1] = (int) (x1[b] >>> 8) * 0x1p-24;
            z[i + 2] = (int) (x2[b] >>> 8) * 0x1p-24;
            z[i + 3] = (int) (x3[b] >>> 8) * 0x1p-24;
        }
    }

    /** To every second place. */
    private static void uniformPairs(long[] high, long[] low, double[] z, int start, int n) {
        for (int b = 0; b < n; b++) {
            z[start + 2 * b] = ((high[b] << 32 | low[b]) >>> 11) * 0x1p-53;
        }
    }

    /** Box and Muller's transform: the cosine for even elements, the sine for odd ones. */
    private static void normal(long[][] blocks, int count, double[][] pairs, int skip, double[] z, int start, int end) {
        uniformBlocks(blocks[0], blocks[1], pairs[0], count);
        uniformBlocks(blocks[2], blocks[3], pairs[1], count);
        Loops.BEST.normal(pairs, count);
        for (int i = start, e = skip; i < end; i++, e++) {
            z[i] = pairs[2 + (e & 1)][e >> 1];
        }
    }

    private static void uniformBlocks(long[] high, long[] low, double[] z, int n) {
        for (int b = 0; b < n; b++) {
            z[b] = ((high[b] << 32 | low[b]) >>> 11) * 0x1p-53;
        }
    }

    private static void bits(long[][] blocks, DType dtype, int perBlock, int skip, long[] z, int start, int end) {
        int shift = dtype == DType.BOOL ? 31 : 0;
        int pairs = skip == 0 && perBlock == 2 ? (end - start) / 2 : 0;
        joined(blocks[0], blocks[1], z, start, pairs);
        joined(blocks[2], blocks[3], z, start + 1, pairs);
        for (int i = start + 2 * pairs, e = skip + 2 * pairs; i < end; i++, e++) {
            z[i] = perBlock == 4 ? blocks[e & 3][e >> 2] >>> shift : pair(blocks, e);
        }
    }

    /** To every second place. */
    private static void joined(long[] high, long[] low, long[] z, int start, int n) {
        for (int b = 0; b < n; b++) {
            z[start + 2 * b] = high[b] << 32 | low[b];
        }
    }

    private static double uniform(long[][] blocks, int e) {
        return (pair(blocks, e) >>> 11) * 0x1p-53;
    }

    private static long pair(long[][] blocks, int e) {
        int word = 2 * (e & 1);
        return blocks[word][e >> 1] << 32 | blocks[word + 1][e >> 1];
    }

    /** The blocks with counters (first, high), (first + 1, high), ... under the key: word w of the i-th one to {@code words[w][i]}. */
    static void blocks(long key, long first, long high, int count, long[][] words) {
        long[] x0 = words[0];
        long[] x1 = words[1];
        long[] x2 = words[2];
        long[] x3 = words[3];
        for (int i = 0; i < count; i++) {
            x0[i] = (first + i) & LOW;
            x1[i] = (first + i) >>> 32;
            x2[i] = high & LOW;
            x3[i] = high >>> 32;
        }
        for (int r = 0; r < 10; r++) {
            round((key + r * 0x9E3779B9L) & LOW, ((key >>> 32) + r * 0xBB67AE85L) & LOW, x0, x1, x2, x3, count);
        }
    }

    /** Words are kept in longs, one loop per round, because the JIT vectorises that. */
    private static void round(long k0, long k1, long[] x0, long[] x1, long[] x2, long[] x3, int n) {
        for (int i = 0; i < n; i++) {
            long p0 = 0xD2511F53L * x0[i];
            long p1 = 0xCD9E8D57L * x2[i];
            x0[i] = (p1 >>> 32) ^ x1[i] ^ k0;
            x1[i] = p1 & LOW;
            x2[i] = (p0 >>> 32) ^ x3[i] ^ k1;
            x3[i] = p0 & LOW;
        }
    }
}
