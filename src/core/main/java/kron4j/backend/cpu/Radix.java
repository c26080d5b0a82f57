package kron4j.backend.cpu;

import java.util.Arrays;

/**
 * Sorts integers by their digits, the last digit first, stably: each pass counts the digits and moves every number to its place (Knuth, The Art of
 * Computer Programming, volume 3, 5.2.5). A digit that all numbers share takes no pass. Large arrays are cut into chunks, one a thread.
 */
final class Radix {
    /** Up to so many numbers, comparing takes less time than counting. */
    private static final int FEW = 64;

    /** From so many numbers on, fewer passes are worth more counters. */
    private static final int MANY = 1 << 13;

    private static final int SMALL = 8;

    /** The width of two digits after which few numbers are left to exchange. */
    private static final int MIDDLE = 10;

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
        if (chunks == 1) {
            return width == SMALL && byTwoDigits(keys, spare, n) ? keys : sortAlone(keys, spare, n, width);
        }
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

    /** As {@link #sort(int[], int[], int, int)} by one thread, which counts all digits in one pass. */
    private static int[] sortAlone(int[] keys, int[] spare, int n, int width) {
        int[][] counts = new int[(Integer.SIZE + width - 1) / width][1 << width];
        if (width == SMALL) {
            countFour(keys, n, counts[0], counts[1], counts[2], counts[3]);
        } else {
            countThree(keys, n, counts[0], counts[1], counts[2]);
        }
        int[] from = keys;
        int[] to = spare;
        for (int k = 0; k < counts.length; k++) {
            int flip = flip(k * width, width, Integer.SIZE);
            int digit = ((from[0] >>> (k * width)) ^ flip) & (counts[k].length - 1);
            if (counts[k][digit] < n) {
                places(counts[k]);
                move(from, to, 0, n, k * width, flip, counts[k]);
                int[] moved = to;
                to = from;
                from = moved;
            }
        }
        return from;
    }

    /**
     * Sorts by two digits from the highest bit in which distances from the least number differ, and then by insertion; false where that would take long, with the
     * same numbers in some order.
     */
    private static boolean byTwoDigits(int[] keys, int[] spare, int n) {
        int low = Integer.MAX_VALUE;
        int high = Integer.MIN_VALUE;
        for (int i = 0; i < n; i++) {
            low = Math.min(low, keys[i]);
            high = Math.max(high, keys[i]);
        }
        int shift = Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(high - low) - 2 * MIDDLE);
        int[] first = new int[1 << MIDDLE];
        int[] second = new int[1 << MIDDLE];
        for (int i = 0; i < n; i++) {
            int distance = (keys[i] - low) >>> shift;
            first[distance & ((1 << MIDDLE) - 1)]++;
            second[(distance >>> MIDDLE) & ((1 << MIDDLE) - 1)]++;
        }
        places(first);
        places(second);
        moveByDistance(keys, spare, n, low, shift, first);
        moveByDistance(spare, keys, n, low, shift + MIDDLE, second);
        return shift == 0 || settle(keys, n);
    }

    private static void moveByDistance(int[] x, int[] y, int n, int low, int shift, int[] places) {
        for (int i = 0; i < n; i++) {
            int v = x[i];
            y[places[((v - low) >>> shift) & ((1 << MIDDLE) - 1)]++] = v;
        }
    }

    private static boolean settle(int[] x, int n) {
        long moves = 8L * n;
        for (int i = 1; i < n; i++) {
            int v = x[i];
            int at = i;
            while (at > 0 && x[at - 1] > v) {
                x[at] = x[at - 1];
                at--;
            }
            if (at < i) {
                x[at] = v;
                moves -= i - at;
                if (moves < 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private static void countFour(int[] x, int n, int[] a, int[] b, int[] c, int[] d) {
        for (int i = 0; i < n; i++) {
            int v = x[i] ^ Integer.MIN_VALUE;
            a[v & 0xff]++;
            b[(v >>> 8) & 0xff]++;
            c[(v >>> 16) & 0xff]++;
            d[v >>> 24]++;
        }
    }

    private static void countThree(int[] x, int n, int[] a, int[] b, int[] c) {
        for (int i = 0; i < n; i++) {
            int v = x[i] ^ Integer.MIN_VALUE;
            a[v & 0x7ff]++;
            b[(v >>> 11) & 0x7ff]++;
            c[v >>> 22]++;
        }
    }

    /**
     * Sorts the first {@code n} numbers, of which equal ones are the same: by three digits from the highest bit in which distances from the least number differ,
     * which mostly leaves few neighbours to exchange; where it does not, by all digits.
     */
    static long[] sortValues(long[] keys, long[] spare, int n, int chunks) {
        if (n <= FEW) {
            Arrays.sort(keys, 0, n);
            return keys;
        }
        long[] least = new long[chunks];
        long[] most = new long[chunks];
        each(n, chunks, (c, from, to) -> {
            long low = Long.MAX_VALUE;
            long high = Long.MIN_VALUE;
            for (int i = from; i < to; i++) {
                low = Math.min(low, keys[i]);
                high = Math.max(high, keys[i]);
            }
            least[c] = low;
            most[c] = high;
        });
        long low = Arrays.stream(least).min().orElseThrow();
        long high = Arrays.stream(most).max().orElseThrow();
        int bits = Long.SIZE - Long.numberOfLeadingZeros(high - low);
        int width = n < MANY ? MIDDLE : 11;
        int first = Math.max(0, bits - (n < MANY ? 2 : 3) * width);
        long[] sorted = byDistance(keys, spare, n, low, first, bits, width, chunks);
        if (first == 0 || settle(sorted, n)) {
            return sorted;
        }
        return byDistance(sorted, sorted == keys ? spare : keys, n, low, 0, bits, width, chunks);
    }

    /** Sorts by the bits [first, end) of distances from {@code low}. */
    private static long[] byDistance(
            long[] keys, long[] spare, int n, long low, int first, int end, int width, int chunks) {
        long[] from = keys;
        long[] to = spare;
        for (int shift = first; shift < end; shift += width) {
            long[] x = from;
            long[] y = to;
            int by = shift;
            int[][] counts = new int[chunks][1 << width];
            each(n, chunks, (c, start, stop) -> countDistances(x, start, stop, low, by, counts[c]));
            if (places(counts, n)) {
                each(n, chunks, (c, start, stop) -> moveByDistance(x, y, start, stop, low, by, counts[c]));
                from = y;
                to = x;
            }
        }
        return from;
    }

    private static void countDistances(long[] x, int from, int to, long low, int shift, int[] counts) {
        int mask = counts.length - 1;
        for (int i = from; i < to; i++) {
            counts[(int) ((x[i] - low) >>> shift) & mask]++;
        }
    }

    private static void moveByDistance(long[] x, long[] y, int from, int to, long low, int shift, int[] places) {
        int mask = places.length - 1;
        for (int i = from; i < to; i++) {
            long v = x[i];
            y[places[(int) ((v - low) >>> shift) & mask]++] = v;
        }
    }

    /** Sorts by insertion what is nearly in order; gives up, with the same numbers in some order, after a few moves for each. */
    private static boolean settle(long[] x, int n) {
        long moves = 8L * n;
        for (int i = 1; i < n; i++) {
            long v = x[i];
            int at = i;
            while (at > 0 && x[at - 1] > v) {
                x[at] = x[at - 1];
                at--;
            }
            if (at < i) {
                x[at] = v;
                moves -= i - at;
                if (moves < 0) {
                    return false;
                }
            }
        }
        return true;
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
        return n < MANY ? SMALL : 11;
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

    private static void places(int[] counts) {
        int place = 0;
        for (int digit = 0; digit < counts.length; digit++) {
            int count = counts[digit];
            counts[digit] = place;
            place += count;
        }
    }

    /** Turns counts into the places of each chunk's numbers; false, if all have the same digit. */
    private static boolean places(int[][] counts, int n) {
        if (counts.length == 1) {
            for (int count : counts[0]) {
                if (count == n) {
                    return false;
                }
            }
            places(counts[0]);
            return true;
        }
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
