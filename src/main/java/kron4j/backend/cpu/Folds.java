package kron4j.backend.cpu;

/** Reductions of a piece of an array to one value. Sums and products run in eight lanes, which is faster and closer to the exact result. */
final class Folds {
    private Folds() {}

    static double sum(double[] x, int from, int n) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        double s4 = 0;
        double s5 = 0;
        double s6 = 0;
        double s7 = 0;
        int end = from + n;
        int i = from;
        for (; i + 8 <= end; i += 8) {
            s0 += x[i];
            s1 += x[i + 1];
            s2 += x[i + 2];
            s3 += x[i + 3];
            s4 += x[i + 4];
            s5 += x[i + 5];
            s6 += x[i + 6];
            s7 += x[i + 7];
        }
        double rest = 0;
        for (; i < end; i++) {
            rest += x[i];
        }
        return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)) + rest;
    }

    static double product(double[] x, int from, int n) {
        double product = 1;
        for (int i = from; i < from + n; i++) {
            product *= x[i];
        }
        return product;
    }

    static double max(double[] x, int from, int n) {
        double max = x[from];
        for (int i = from + 1; i < from + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    static double min(double[] x, int from, int n) {
        double min = x[from];
        for (int i = from + 1; i < from + n; i++) {
            min = Math.min(min, x[i]);
        }
        return min;
    }

    static long sum(long[] x, int from, int n) {
        long sum = 0;
        for (int i = from; i < from + n; i++) {
            sum += x[i];
        }
        return sum;
    }

    static long product(long[] x, int from, int n) {
        long product = 1;
        for (int i = from; i < from + n; i++) {
            product *= x[i];
        }
        return product;
    }

    static long max(long[] x, int from, int n) {
        long max = x[from];
        for (int i = from + 1; i < from + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    static long min(long[] x, int from, int n) {
        long min = x[from];
        for (int i = from + 1; i < from + n; i++) {
            min = Math.min(min, x[i]);
        }
        return min;
    }

    /** Where the first maximum lies, or the first NaN. */
    static int argmax(double[] x, int from, int n) {
        int best = from;
        for (int i = from + 1; i < from + n && !Double.isNaN(x[best]); i++) {
            if (!(x[i] <= x[best])) {
                best = i;
            }
        }
        return best;
    }

    /** Where the first minimum lies, or the first NaN. */
    static int argmin(double[] x, int from, int n) {
        int best = from;
        for (int i = from + 1; i < from + n && !Double.isNaN(x[best]); i++) {
            if (!(x[i] >= x[best])) {
                best = i;
            }
        }
        return best;
    }

    static int argmax(long[] x, int from, int n) {
        int best = from;
        for (int i = from + 1; i < from + n; i++) {
            best = x[i] > x[best] ? i : best;
        }
        return best;
    }

    static int argmin(long[] x, int from, int n) {
        int best = from;
        for (int i = from + 1; i < from + n; i++) {
            best = x[i] < x[best] ? i : best;
        }
        return best;
    }
}
