package kron4j.backend.cpu;

import java.util.Arrays;

/**
 * Sorts many short lines at once by a network of comparisons, each of which orders two elements of all lines: Batcher's merge exchange (Knuth, The Art of
 * Computer Programming, volume 3, 5.2.2, algorithm M). Belongs to one thread.
 */
final class Networks {
    /** Elements of the longest line that is worth a network, by vectors and without. */
    private static final int MOST = 256;

    private static final int MOST_PLAIN = 64;

    /** Fewer lines leave most of a vector empty. */
    private static final int LEAST_LINES = 8;

    /** Elements of the lines that are sorted at a time, which fit the first or second cache; lines, at most; and a multiple of these. */
    private static final int AREA = 1 << 13;

    private static final int MOST_LINES = 256;
    private static final int MULTIPLE = 32;

    private final int n;
    private final int lines;
    private final int[] pairs;
    private int[][] ints;
    private long[][] longs;

    /** Of lines of {@code n} elements. */
    Networks(int n) {
        this.n = n;
        lines = Math.min(MOST_LINES, AREA / n / MULTIPLE * MULTIPLE);
        pairs = pairs(n);
    }

    /** Whether a network is faster than sorting the lines one by one. */
    static boolean isWorth(long lines, int n) {
        return n > 1 && n <= (Loops.BEST.bits() > 0 ? MOST : MOST_PLAIN) && lines >= LEAST_LINES;
    }

    /** Lines that can be sorted at a time. */
    int lines() {
        return lines;
    }

    private static int[] pairs(int n) {
        int[] pairs = new int[2 * n];
        int count = 0;
        int half = Integer.highestOneBit(n - 1);
        for (int p = half; p > 0; p /= 2) {
            int remainder = 0;
            int distance = p;
            for (int q = half; ; q /= 2) {
                for (int i = 0; i + distance < n; i++) {
                    if ((i & p) == remainder) {
                        pairs = count < pairs.length ? pairs : Arrays.copyOf(pairs, 2 * count);
                        pairs[count++] = i;
                        pairs[count++] = i + distance;
                    }
                }
                if (q == p) {
                    break;
                }
                distance = q - p;
                remainder = p;
            }
        }
        return Arrays.copyOf(pairs, count);
    }

    /** Sorts the first {@code count} lines, which follow each other. */
    void sort(int[] keys, int count) {
        ints = ints == null ? new int[n][lines] : ints;
        for (int i = 0; i < n; i++) {
            int[] row = ints[i];
            for (int l = 0; l < count; l++) {
                row[l] = keys[l * n + i];
            }
        }
        for (int k = 0; k < pairs.length; k += 2) {
            Loops.BEST.order(ints[pairs[k]], ints[pairs[k + 1]], lines);
        }
        for (int i = 0; i < n; i++) {
            int[] row = ints[i];
            for (int l = 0; l < count; l++) {
                keys[l * n + i] = row[l];
            }
        }
    }

    /** The same of keys of 64 bits. */
    void sort(long[] keys, int count) {
        longs = longs == null ? new long[n][lines] : longs;
        for (int i = 0; i < n; i++) {
            long[] row = longs[i];
            for (int l = 0; l < count; l++) {
                row[l] = keys[l * n + i];
            }
        }
        for (int k = 0; k < pairs.length; k += 2) {
            Loops.BEST.order(longs[pairs[k]], longs[pairs[k + 1]], lines);
        }
        for (int i = 0; i < n; i++) {
            long[] row = longs[i];
            for (int l = 0; l < count; l++) {
                keys[l * n + i] = row[l];
            }
        }
    }
}
