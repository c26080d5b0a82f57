package kron4j.backend.cpu;

/** Reductions of a piece of an array to one value. Several lanes are faster, and for sums closer to the exact result. */
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

    static float sum(float[] x, int from, int n) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
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
        float rest = 0;
        for (; i < end; i++) {
            rest += x[i];
        }
        return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)) + rest;
    }

    static double product(double[] x, int from, int n) {
        double p0 = 1;
        double p1 = 1;
        double p2 = 1;
        double p3 = 1;
        int end = from + n;
        int i = from;
        for (; i + 4 <= end; i += 4) {
            p0 *= x[i];
            p1 *= x[i + 1];
            p2 *= x[i + 2];
            p3 *= x[i + 3];
        }
        for (; i < end; i++) {
            p0 *= x[i];
        }
        return (p0 * p1) * (p2 * p3);
    }

    static float max(float[] x, int from, int n) {
        float m0 = x[from];
        float m1 = m0;
        float m2 = m0;
        float m3 = m0;
        int end = from + n;
        int i = from;
        for (; i + 4 <= end; i += 4) {
            m0 = Math.max(m0, x[i]);
            m1 = Math.max(m1, x[i + 1]);
            m2 = Math.max(m2, x[i + 2]);
            m3 = Math.max(m3, x[i + 3]);
        }
        for (; i < end; i++) {
            m0 = Math.max(m0, x[i]);
        }
        return Math.max(Math.max(m0, m1), Math.max(m2, m3));
    }

    static double max(double[] x, int from, int n) {
        double m0 = x[from];
        double m1 = m0;
        double m2 = m0;
        double m3 = m0;
        int end = from + n;
        int i = from;
        for (; i + 4 <= end; i += 4) {
            m0 = Math.max(m0, x[i]);
            m1 = Math.max(m1, x[i + 1]);
            m2 = Math.max(m2, x[i + 2]);
            m3 = Math.max(m3, x[i + 3]);
        }
        for (; i < end; i++) {
            m0 = Math.max(m0, x[i]);
        }
        return Math.max(Math.max(m0, m1), Math.max(m2, m3));
    }

    static float min(float[] x, int from, int n) {
        float m0 = x[from];
        float m1 = m0;
        float m2 = m0;
        float m3 = m0;
        int end = from + n;
        int i = from;
        for (; i + 4 <= end; i += 4) {
            m0 = Math.min(m0, x[i]);
            m1 = Math.min(m1, x[i + 1]);
            m2 = Math.min(m2, x[i + 2]);
            m3 = Math.min(m3, x[i + 3]);
        }
        for (; i < end; i++) {
            m0 = Math.min(m0, x[i]);
        }
        return Math.min(Math.min(m0, m1), Math.min(m2, m3));
    }

    static double min(double[] x, int from, int n) {
        double m0 = x[from];
        double m1 = m0;
        double m2 = m0;
        double m3 = m0;
        int end = from + n;
        int i = from;
        for (; i + 4 <= end; i += 4) {
            m0 = Math.min(m0, x[i]);
            m1 = Math.min(m1, x[i + 1]);
            m2 = Math.min(m2, x[i + 2]);
            m3 = Math.min(m3, x[i + 3]);
        }
        for (; i < end; i++) {
            m0 = Math.min(m0, x[i]);
        }
        return Math.min(Math.min(m0, m1), Math.min(m2, m3));
    }

    static long sum(long[] x, int from, int n) {
        long sum = 0;
        for (int i = from; i < from + n; i++) {
            sum += x[i];
        }
        return sum;
    }

    static long sum(int[] x, int from, int n) {
        long sum = 0;
        for (int i = from; i < from + n; i++) {
            sum += x[i];
        }
        return sum;
    }

    /** The sum of the numbers {@code x & mask}. */
    static long sum(byte[] x, int mask, int from, int n) {
        long sum = 0;
        for (int i = from; i < from + n; i++) {
            sum += x[i] & mask;
        }
        return sum;
    }

    static int max(int[] x, int from, int n) {
        int max = x[from];
        for (int i = from + 1; i < from + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    static int min(int[] x, int from, int n) {
        int min = x[from];
        for (int i = from + 1; i < from + n; i++) {
            min = Math.min(min, x[i]);
        }
        return min;
    }

    /** The largest of the numbers {@code x ^ flip}. */
    static int max(byte[] x, byte flip, int from, int n) {
        int max = x[from] ^ flip;
        for (int i = from + 1; i < from + n; i++) {
            max = Math.max(max, x[i] ^ flip);
        }
        return max;
    }

    /** The least of the numbers {@code x ^ flip}. */
    static int min(byte[] x, byte flip, int from, int n) {
        int min = x[from] ^ flip;
        for (int i = from + 1; i < from + n; i++) {
            min = Math.min(min, x[i] ^ flip);
        }
        return min;
    }

    static long product(long[] x, int from, int n) {
        long product = 1;
        for (int i = from; i < from + n; i++) {
            product *= x[i];
        }
        return product;
    }

    /** Whether these numbers are in [0, size): their sign bits, and those of what is left to the last one, are 0. */
    static boolean areWithin(long[] x, int from, int n, long size) {
        long signs = 0;
        for (int i = from; i < n; i++) {
            signs |= x[i] | (size - 1 - x[i]);
        }
        return signs >= 0;
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

    /** The position of the first maximum, or of the first NaN. */
    static int argmax(double[] x, int from, int n) {
        return find(x, from, Loops.BEST.max(x, from, n));
    }

    /** The position of the first minimum, or of the first NaN. */
    static int argmin(double[] x, int from, int n) {
        return find(x, from, Loops.BEST.min(x, from, n));
    }

    /** The position of the first element equal to one that there is; NaN is equal to NaN here. */
    private static int find(double[] x, int from, double value) {
        int i = from;
        if (Double.isNaN(value)) {
            while (!Double.isNaN(x[i])) {
                i++;
            }
        } else {
            while (x[i] != value) {
                i++;
            }
        }
        return i;
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

    static int less(float[] x, int from, int n, float sign, float most) {
        int i = from;
        while (i < n && sign * x[i] < most) {
            i++;
        }
        return i;
    }

    static int less(double[] x, int from, int n, double sign, double most) {
        int i = from;
        while (i < n && sign * x[i] < most) {
            i++;
        }
        return i;
    }
}
