package kron4j.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * Free chunks by size class. Below 32 KiB the classes are 256 bytes apart, above it a 64th of a power of two, so that a block wastes 1.6 % at most.
 * Requests are rounded up to a class and chunks are filed under the class below them. So the first chunk of the first nonempty bin fits, and is the
 * best fit to within a 64th. Two levels of bits find that bin in constant time (Masmano et al., TLSF: a new dynamic memory allocator, 2004).
 */
final class Bins {
    static final long GRANULE = 256;
    /** More than any device has, and far enough from overflow. */
    static final long MOST = 1L << 56;

    private static final int STEPS = 6;
    private static final int COUNT = bin(MOST) + 1;

    private final Chunk[] first = new Chunk[COUNT];
    private final long[] filled = new long[(COUNT + 63) / 64];
    private long filledWords;

    /** The bytes of the class that serves a request of at most {@link #MOST}. */
    static long roundUp(long bytes) {
        return Bytes.inSixtyFourths(bytes);
    }

    /** The bin of the largest class not above {@code bytes}, a positive multiple of the granule. */
    static int bin(long bytes) {
        long units = bytes / GRANULE;
        int shift = shift(units);
        return (shift << STEPS) + (int) (units >> shift);
    }

    private static int shift(long units) {
        return Math.max(0, 63 - Long.numberOfLeadingZeros(units) - STEPS);
    }

    boolean isEmpty() {
        return filledWords == 0;
    }

    void add(Chunk chunk) {
        int bin = bin(chunk.bytes);
        Chunk next = first[bin];
        chunk.home = this;
        chunk.nextFree = next;
        if (next != null) {
            next.previousFree = chunk;
        }
        first[bin] = chunk;
        filled[bin >> 6] |= 1L << bin;
        filledWords |= 1L << (bin >> 6);
    }

    void remove(Chunk chunk) {
        int bin = bin(chunk.bytes);
        Chunk previous = chunk.previousFree;
        Chunk next = chunk.nextFree;
        if (next != null) {
            next.previousFree = previous;
        }
        if (previous != null) {
            previous.nextFree = next;
        } else {
            first[bin] = next;
            if (next == null) {
                filled[bin >> 6] &= ~(1L << bin);
                if (filled[bin >> 6] == 0) {
                    filledWords &= ~(1L << (bin >> 6));
                }
            }
        }
        chunk.home = null;
        chunk.previousFree = null;
        chunk.nextFree = null;
    }

    /** The first bin from {@code bin} on that has a chunk, or -1. */
    int find(int bin) {
        int word = bin >> 6;
        long bits = filled[word] >>> bin << bin;
        if (bits == 0) {
            long words = filledWords >>> (word + 1) << (word + 1);
            if (words == 0) {
                return -1;
            }
            word = Long.numberOfTrailingZeros(words);
            bits = filled[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    /** The newest chunk of a bin. */
    Chunk first(int bin) {
        return first[bin];
    }

    /** All chunks. */
    List<Chunk> list() {
        List<Chunk> all = new ArrayList<>();
        for (int bin = find(0); bin >= 0; bin = bin + 1 < COUNT ? find(bin + 1) : -1) {
            for (Chunk chunk = first[bin]; chunk != null; chunk = chunk.nextFree) {
                all.add(chunk);
            }
        }
        return all;
    }
}
