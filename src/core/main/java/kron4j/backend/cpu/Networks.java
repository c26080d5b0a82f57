package kron4j.backend.cpu;

import java.util.Arrays;

/**
 * Sorts many short lines at once by a network of comparisons: sorts of 8 neighbours, then bitonic merges of blocks, each in {@link NetworkLoops.Step}s that order 8
 * elements of all lines. What a step does with elements behind the end changes nothing, so that steps of one element are left out. Belongs to one thread.
 */
final class Networks {
    /** Elements of the longest line that is worth a network, by vectors and without. */
    private static final int MOST = 1024;

    private static final int MOST_PLAIN = 64;

    /** Fewer lines leave most of a vector empty. */
    private static final int LEAST_LINES = 8;

    /** Elements of the lines that are sorted at a time, which fit the first cache unless lines are long; lines, at most and at least. */
    private static final int AREA = 1 << 13;

    private static final int MOST_LINES = 256;
    private static final int FEWEST_LINES = 16;

    /** Elements of a step. */
    private static final int ROWS = NetworkLoops.ROWS;

    private final NetworkLoops loops = Loops.BEST.networks();
    private final int n;
    private final int rows;
    private final int lines;
    /** Of each step its number, and where its first and its fifth element are and how far apart the others. */
    private int[] steps = new int[0];

    private int count;

    /** Where an element of all lines begins in the area, and where a line begins. */
    private final int[] toArea;

    private final int[] toLines;
    private int[] ints;
    private long[] longs;

    /** Of lines of {@code n} elements. */
    Networks(int n) {
        this.n = n;
        rows = Math.max(ROWS, Integer.highestOneBit(2 * n - 1));
        lines = Math.max(FEWEST_LINES, Math.min(MOST_LINES, AREA / rows));
        toArea = multiples(lines, n);
        toLines = multiples(n, lines);
        for (int a = 0; a < n; a += ROWS) {
            add(NetworkLoops.Step.SORT, a, a + ROWS / 2, 1);
        }
        for (int half = ROWS; half < n; half *= 2) {
            merge(half);
        }
    }

    private static int[] multiples(int of, int count) {
        int[] multiples = new int[count];
        Arrays.setAll(multiples, i -> i * of);
        return multiples;
    }

    private void add(NetworkLoops.Step step, int a, int b, int apart) {
        if (a + apart < n) {
            steps = count < steps.length ? steps : Arrays.copyOf(steps, Math.max(64, 2 * count));
            steps[count++] = step.ordinal();
            steps[count++] = a * lines;
            steps[count++] = b * lines;
            steps[count++] = apart * lines;
        }
    }

    /** Merges neighbouring blocks of {@code half} elements: compares at three distances at a time, which are halved. */
    private void merge(int half) {
        int quarter = half / 4;
        for (int block = 0; block < n; block += 2 * half) {
            for (int i = 0; i < quarter; i++) {
                add(NetworkLoops.Step.MIRROR, block + i, block + 2 * half - 1 - i - 3 * quarter, quarter);
            }
        }
        for (int distance = half / ROWS; distance > 0; distance /= ROWS) {
            int apart = Math.max(1, distance / 4);
            for (int block = 0; block < n; block += ROWS * apart) {
                for (int i = 0; i < apart; i++) {
                    add(NetworkLoops.Step.HALVE, block + i, block + i + 4 * apart, apart);
                }
            }
        }
    }

    /** Whether a network is faster than sorting the lines one by one. */
    static boolean isWorth(long lines, int n) {
        return n > 1 && n <= (Loops.BEST.bits() > 0 ? MOST : MOST_PLAIN) && lines >= LEAST_LINES;
    }

    /** Elements of a line. */
    int length() {
        return n;
    }

    /** Lines that can be sorted at a time. */
    int lines() {
        return lines;
    }

    /** Elements of an array for them, which has some behind their end. */
    int room() {
        return lines * n + ROWS;
    }

    /** Sorts the first {@code lineCount} lines, which follow each other, in an array of {@link #room}. */
    void sort(int[] keys, int lineCount) {
        if (ints == null) {
            ints = new int[rows * lines];
            Arrays.fill(ints, n * lines, ints.length, Integer.MAX_VALUE);
        }
        if (n < Turns.ROWS) {
            for (int i = 0; i < n; i++) {
                for (int l = 0; l < lineCount; l++) {
                    ints[i * lines + l] = keys[l * n + i];
                }
            }
        } else {
            for (int l = 0; l < lineCount; l += Turns.ROWS) {
                Loops.BEST.turn(keys, l * n, n, ints, l, toArea, n);
            }
        }
        for (int k = 0; k < count; k += 4) {
            loops.run(steps[k], ints, steps[k + 1], steps[k + 2], steps[k + 3], lines);
        }
        if (n < Turns.ROWS) {
            for (int i = 0; i < n; i++) {
                for (int l = 0; l < lineCount; l++) {
                    keys[l * n + i] = ints[i * lines + l];
                }
            }
        } else {
            // What goes beyond a line is overwritten by the next one's first elements.
            for (int i = (n - 1) / Turns.ROWS * Turns.ROWS; i >= 0; i -= Turns.ROWS) {
                Loops.BEST.turn(ints, i * lines, lines, keys, i, toLines, lineCount);
            }
        }
    }

    /** The same of keys of 64 bits. */
    void sort(long[] keys, int lineCount) {
        if (longs == null) {
            longs = new long[rows * lines];
            Arrays.fill(longs, n * lines, longs.length, Long.MAX_VALUE);
        }
        if (n < Turns.ROWS) {
            for (int i = 0; i < n; i++) {
                for (int l = 0; l < lineCount; l++) {
                    longs[i * lines + l] = keys[l * n + i];
                }
            }
        } else {
            for (int l = 0; l < lineCount; l += Turns.ROWS) {
                Loops.BEST.turn(keys, l * n, n, longs, l, toArea, n);
            }
        }
        for (int k = 0; k < count; k += 4) {
            loops.run(steps[k], longs, steps[k + 1], steps[k + 2], steps[k + 3], lines);
        }
        if (n < Turns.ROWS) {
            for (int i = 0; i < n; i++) {
                for (int l = 0; l < lineCount; l++) {
                    keys[l * n + i] = longs[i * lines + l];
                }
            }
        } else {
            for (int i = (n - 1) / Turns.ROWS * Turns.ROWS; i >= 0; i -= Turns.ROWS) {
                Loops.BEST.turn(longs, i * lines, lines, keys, i, toLines, lineCount);
            }
        }
    }
}
