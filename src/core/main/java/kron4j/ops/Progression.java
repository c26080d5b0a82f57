package kron4j.ops;

import java.util.Arrays;

/** Numbers at equal distances, a block of them at a time: loops over arrays become vectors. */
abstract class Progression {
    /** The most numbers that are asked for at once. */
    static final int BLOCK = 1024;

    /** Up to this size all sums and products of whole numbers are exact in doubles. */
    private static final long EXACT = 1L << 52;

    private static final double[] PLACES = new double[BLOCK];
    private static final int[] WHOLE_PLACES = new int[BLOCK];

    static {
        Arrays.setAll(PLACES, i -> i);
        Arrays.setAll(WHOLE_PLACES, i -> i);
    }

    /** Writes the numbers from position {@code first} on. */
    abstract void doubles(long first, double[] to, int n);

    /** The same as integers, which only progressions of these have. */
    void longs(long first, long[] to, int n) {
        throw new IllegalStateException("fractions");
    }

    /** The same. */
    void ints(long first, int[] to, int n) {
        throw new IllegalStateException("fractions");
    }

    /** {@code start + i step}, where all of them are longs. */
    static Progression ofLongs(long start, long step, long last) {
        return new Progression() {
            @Override
            void doubles(long first, double[] to, int n) {
                if (Math.max(start, last) <= EXACT && Math.min(start, last) >= -EXACT) {
                    line(start, step, first, to, n);
                    return;
                }
                for (int i = 0; i < n; i++) {
                    to[i] = start + (first + i) * step;
                }
            }

            @Override
            void longs(long first, long[] to, int n) {
                long number = start + first * step;
                for (int i = 0; i < n; i++) {
                    to[i] = number;
                    number += step;
                }
            }

            @Override
            void ints(long first, int[] to, int n) {
                int number = (int) (start + first * step);
                int small = (int) step;
                for (int i = 0; i < n; i++) {
                    to[i] = number + WHOLE_PLACES[i] * small;
                }
            }
        };
    }

    /** {@code start + i step}. */
    static Progression ofDoubles(double start, double step) {
        return new Progression() {
            @Override
            void doubles(long first, double[] to, int n) {
                line(start, step, first, to, n);
            }
        };
    }

    /** {@code count} numbers from {@code start} to {@code stop}. */
    static Progression between(double start, double stop, long count) {
        return new Progression() {
            @Override
            void doubles(long first, double[] to, int n) {
                double distance = stop - start;
                double steps = Math.max(1, count - 1);
                double from = first;
                for (int i = 0; i < n; i++) {
                    to[i] = start + distance * (from + PLACES[i]) / steps;
                }
                if (first + n == count && count > 1) {
                    to[n - 1] = stop;
                }
            }
        };
    }

    private static void line(double start, double step, long first, double[] to, int n) {
        double from = first;
        for (int i = 0; i < n; i++) {
            to[i] = start + (from + PLACES[i]) * step;
        }
    }
}
