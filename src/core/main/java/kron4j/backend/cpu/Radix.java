package kron4j.backend.cpu;

import java.util.Arrays;

/**
 * Sorts integers by their digits, the last digit first, stably: each pass counts the digits and moves every number to its place (Knuth, The Art of
 * Computer Programming, volume 3, 5.2.5). A digit that all numbers share takes no pass. Large arrays are cut into chunks, one a thread.
 */
final class Radix {
    /** Up to so many numbers, comparing takes less time than counting. */
    private static final int FEW = 256;

    /** From so many numbers on, fewer passes are worth more counters. */
    private static final int MANY = 1 << 13;

    private Radix() {}

    /** Work on one of the chunks of an array. */
    interface Chunk {
        void run(int chunk, int from, int to);
    }

    /** Cuts [0, n) into chunks and works on them at once. */
    static void each(int n, int chunks, Chunk work) {
        if (chunks == 1) {
            work.run(0, 0, n);
            return;
        }
        Parallel.forRange(chunks, 1, (first, end) -> {
            for (long c = first; c < end; c++) {
                work.run((int) c, (int) (n * c / chunks), (int) (n * (c + 1) / chunks));
            }
        });
    }

    /** Sorts the first {@code n} numbers; returns the array of the two that holds them then. */
    static int[] sort(int[] keys, int[] spare, int n, int chunks) {
        if (n <= FEW) {
            Arrays.sort(keys, 0, n);
            return keys;
        }
        int width = width(n);
        int[] from = keys;
        int[] to = spare;
        for (int shift = 0; shift < Integer.SIZE; shift += width) {
            int[] x = from;
            int[] y = to;
            int low = shift;
            int flip = flip(shift, width, Integer.SIZE);
            int[][] counts = new int[chunks][1 << width];
            each(n, chunks, (c, start, end) -> count(x, start, end, low, flip, counts[c]));
            if (places(counts, n)) {
                each(n, chunks, (c, start, end) -> move(x, y, start, end, low, flip, counts[c]));
                from = y;
                to = x;
            }
        }
        return from;
    }

    /** Sorts the first {@code n} numbers by their bits from {@code lowest} on; the others are equal, or tell numbers apart that are in order. */
    static long[] sort(long[] keys, long[] spare, int n, int lowest, int chunks) {
        if (n <= FEW) {
            Arrays.sort(keys, 0, n);
            return keys;
        }
        int width = width(n);
        long[] from = keys;
        long[] to = spare;
        for (int shift = lowest; shift < Long.SIZE; shift += width) {
            long[] x = from;
            long[] y = to;
            int low = shift;
            int flip = flip(shift, width, Long.SIZE);
            int[][] counts = new int[chunks][1 << width];
            each(n, chunks, (c, start, end) -> count(x, start, end, low, flip, counts[c]));
            if (places(counts, n)) {
                each(n, chunks, (c, start, end) -> move(x, y, start, end, low, flip, counts[c]));
                from = y;
                to = x;
            }
        }
        return from;
    }

    private static int width(int n) {
        return n < MANY ? 8 : 11;
    }

    /** What turns the order of the highest digit, which has the sign, into that of natural numbers. */
    private static int flip(int shift, int width, int size) {
        return shift + width >= size ? 1 << (size - 1 - shift) : 0;
    }

    private static void count(int[] x, int from, int to, int shift, int flip, int[] counts) {
        int mask = counts.length - 1;
        for (int i = from; i < to; i++) {
            counts[((x[i] >>> shift) ^ flip) & mask]++;
        }
    }

    private static void count(long[] x, int from, int to, int shift, int flip, int[] counts) {
        int mask = counts.length - 1;
        for (int i = from; i < to; i++) {
            counts[((int) (x[i] >>> shift) ^ flip) & mask]++;
        }
    }

    private static void move(int[] x, int[] y, int from, int to, int shift, int flip, int[] places) {
        int mask = places.length - 1;
        for (int i = from; i < to; i++) {
            int v = x[i];
            y[places[((v >>> shift) ^ flip) & mask]++] = v;
        }
    }

    private static void move(long[] x, long[] y, int from, int to, int shift, int flip, int[] places) {
        int mask = places.length - 1;
        for (int i = from; i < to; i++) {
            long v = x[i];
            y[places[((int) (v >>> shift) ^ flip) & mask]++] = v;
        }
    }

    /** Turns counts into the places of each chunk's numbers; false, if all have the same digit. */
    private static boolean places(int[][] counts, int n) {
        int place = 0;
        for (int digit = 0; digit < counts[0].length; digit++) {
            int start = place;
            for (int[] count : counts) {
                int next = place + count[digit];
                count[digit] = place;
                place = next;
            }
            if (place - start == n) {
                return false;
            }
        }
        return true;
    }
}
