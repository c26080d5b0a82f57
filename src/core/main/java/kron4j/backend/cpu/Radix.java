package kron4j.backend.cpu;

import java.util.Arrays;

/**
 * Sorts integers by their digits, the last digit first, stably: each pass moves every number to its place (Knuth, The Art of Computer Programming, volume 3,
 * 5.2.5). Digits are those of distances from the least number. The highest ones come first, as many as mostly leave few neighbours to exchange; where they do
 * not, all. A digit that all numbers share takes no pass. Large arrays are cut into chunks, one a thread.
 */
final class Radix {
    /** Up to so many numbers, comparing takes less time than counting. */
    private static final int FEW = 64;

    /** From so many numbers on, fewer passes are worth more counters. */
    private static final int SOME = 1 << 9;

    private static final int MANY = 1 << 13;

    /** More numbers, and the places that they move to, exceed the caches of a core: digits have few enough places to keep these in the first one. */
    private static final int LARGE = 1 << 16;

    private static final int SMALL = 8;

    /** The width of two digits after which few numbers are left to exchange. */
    private static final int MIDDLE = 10;

    private static final int WIDE = 11;

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

    /** The width of digits of 32 bits, if all of them are sorted by. */
    private static int width(int n) {
        return n < MANY || n > LARGE ? SMALL : WIDE;
    }

    /** The width of digits of 64 bits. */
    private static int widthOfLongs(int n) {
        return n < SOME || n > LARGE ? SMALL : n < MANY ? MIDDLE : WIDE;
    }

    /** The bits of the highest digits of 64, which are expected to leave few neighbours to exchange. */
    private static int highest(int n) {
        return widthOfLongs(n) * (n < MANY ? 2 : n > LARGE ? 4 : 3);
    }

    /** Sorts the first {@code n} numbers; returns the array of the two that holds them then. */
    static int[] sort(int[] keys, int[] spare, int n, int chunks) {
        if (n <= FEW) {
            Arrays.sort(keys, 0, n);
            return keys;
        }
        int width = width(n);
        if (chunks == 1) {
            return n < MANY && byTwoDigits(keys, spare, n) ? keys : sortAlone(keys, spare, n, width);
        }
        int[] from = keys;
        int[] to = spare;
        for (int shift = 0; shift < Integer.SIZE; shift += width) {
            int[] x = from;
            int[] y = to;
            int low = shift;
            int flip = flip(shift, width);
            int[][] counts = new int[chunks][1 << width];
            each(n, chunks, (c, start, end) -> count(x, start, end, low, flip, counts[c]));
            if (places(counts, 0, n)) {
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
            int flip = flip(k * width, width);
            int digit = ((from[0] >>> (k * width)) ^ flip) & (counts[k].length - 1);
            if (counts[k][digit] < n) {
                places(counts[k], 0);
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
        places(first, 0);
        places(second, 0);
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

    private static void count(int[] x, int from, int to, int shift, int flip, int[] counts) {
        int mask = counts.length - 1;
        for (int i = from; i < to; i++) {
            counts[((x[i] >>> shift) ^ flip) & mask]++;
        }
    }

    private static void move(int[] x, int[] y, int from, int to, int shift, int flip, int[] places) {
        int mask = places.length - 1;
        for (int i = from; i < to; i++) {
            int v = x[i];
            y[places[((v >>> shift) ^ flip) & mask]++] = v;
        }
    }

    /** What turns the order of the highest digit, which has the sign, into that of natural numbers. */
    private static int flip(int shift, int width) {
        return shift + width >= Integer.SIZE ? 1 << (Integer.SIZE - 1 - shift) : 0;
    }

    private static boolean places(int[][] counts, int first, int n) {
        if (counts.length == 1) {
            for (int count : counts[0]) {
                if (count == n) {
                    return false;
                }
            }
            places(counts[0], first);
            return true;
        }
        int place = first;
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

    private static void places(int[] counts, int first) {
        int place = first;
        for (int digit = 0; digit < counts.length; digit++) {
            int count = counts[digit];
            counts[digit] = place;
            place += count;
        }
    }

    /**
     * Sorts the numbers in [from, to), of which those that have equal bits from {@code lowest} on are in order.
     *
     * @param spare an array as long, for what is moved
     */
    static void sort(long[] x, long[] spare, int from, int to, int lowest, int chunks) {
        int n = to - from;
        if (n <= FEW) {
            Arrays.sort(x, from, to);
            return;
        }
        long[] least = new long[chunks];
        long[] most = new long[chunks];
        each(n, chunks, (c, start, end) -> extremes(x, from + start, from + end, c, least, most));
        long low = least[0];
        long high = most[0];
        for (int c = 1; c < chunks; c++) {
            low = Math.min(low, least[c]);
            high = Math.max(high, most[c]);
        }
        low &= -1L << lowest;
        int bits = Long.SIZE - Long.numberOfLeadingZeros(high - low);
        if (bits <= lowest) {
            return;
        }
        int first = Math.max(lowest, bits - highest(n));
        byDigits(x, spare, from, to, low, first, bits, chunks);
        if (first > lowest && !settle(x, from, to)) {
            byDigits(x, spare, from, to, low, lowest, first, chunks);
            byDigits(x, spare, from, to, low, first, bits, chunks);
        }
    }

    private static void extremes(long[] x, int from, int to, int chunk, long[] least, long[] most) {
        long low = Long.MAX_VALUE;
        long high = Long.MIN_VALUE;
        for (int i = from; i < to; i++) {
            low = Math.min(low, x[i]);
            high = Math.max(high, x[i]);
        }
        least[chunk] = low;
        most[chunk] = high;
    }

    /** Sorts by the bits [first, end) of distances from {@code low}. */
    private static void byDigits(long[] x, long[] spare, int from, int to, long low, int first, int end, int chunks) {
        int n = to - from;
        int width = widthOfLongs(n);
        int passes = (end - first + width - 1) / width;
        int[][][] counts = new int[passes][chunks][1 << width];
        if (chunks == 1) {
            countAll(x, from, to, low, first, width, counts);
        }
        long[] here = x;
        long[] there = spare;
        for (int k = 0; k < passes; k++) {
            long[] a = here;
            long[] b = there;
            int[][] of = counts[k];
            int shift = first + k * width;
            if (chunks > 1) {
                each(n, chunks, (c, start, stop) -> count(a, from + start, from + stop, low, shift, of[c]));
            }
            if (places(of, from, n)) {
                each(n, chunks, (c, start, stop) -> move(a, b, from + start, from + stop, low, shift, of[c]));
                here = b;
                there = a;
            }
        }
        if (here != x) {
            System.arraycopy(here, from, x, from, n);
        }
    }

    private static void countAll(long[] x, int from, int to, long low, int first, int width, int[][][] counts) {
        int k = 0;
        for (; k + 1 < counts.length; k += 2) {
            countTwo(x, from, to, low, first + k * width, width, counts[k][0], counts[k + 1][0]);
        }
        if (k < counts.length) {
            count(x, from, to, low, first + k * width, counts[k][0]);
        }
    }

    private static void countTwo(long[] x, int from, int to, long low, int shift, int width, int[] lower, int[] upper) {
        int mask = lower.length - 1;
        for (int i = from; i < to; i++) {
            long digits = (x[i] - low) >>> shift;
            lower[(int) digits & mask]++;
            upper[(int) (digits >>> width) & mask]++;
        }
    }

    private static void count(long[] x, int from, int to, long low, int shift, int[] counts) {
        int mask = counts.length - 1;
        for (int i = from; i < to; i++) {
            counts[(int) ((x[i] - low) >>> shift) & mask]++;
        }
    }

    private static void move(long[] x, long[] y, int from, int to, long low, int shift, int[] places) {
        int mask = places.length - 1;
        for (int i = from; i < to; i++) {
            long v = x[i];
            y[places[(int) ((v - low) >>> shift) & mask]++] = v;
        }
    }

    /** Sorts by insertion what is nearly in order; gives up, with the same numbers in some order, after a few moves for each. */
    private static boolean settle(long[] x, int from, int to) {
        long moves = 8L * (to - from);
        for (int i = from + 1; i < to; i++) {
            long v = x[i];
            int at = i;
            while (at > from && x[at - 1] > v) {
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
}
