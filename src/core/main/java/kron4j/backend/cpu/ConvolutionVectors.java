package kron4j.backend.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost loops of {@link DirectConvolution}: sums stay in registers, a few outputs of a few vectors of windows, or of a few taps. They begin as broadcasts: a sum that begins as a load or
 * a constant is an object for the JIT once the program has used vectors of several sizes, and the loop twenty times slower. They are 10 of windows and 8 of taps: of 16 registers, the JIT takes two
 * and five more for factors, and each step of a sum that it keeps in memory waits for the one before (half as fast).
 */
final class ConvolutionVectors {
    private static final int LANES = FloatVectors.SPECIES.length();

    private ConvolutionVectors() {}

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    /** As {@link Loops#windows}. */
    static void windows(
            int outputs, float[] w, int first, float[] x, int[] taps, int from, int to, float[] y, int step, int n) {
        int width = (outputs == 1 ? 6 : 2) * LANES;
        for (int at = 0; at < n; at += width) {
            switch (outputs) {
                case 5 -> five(w, first, x, at, taps, from, to, y, step);
                case 4 -> four(w, first, x, at, taps, from, to, y, step);
                default -> one(w, first, x, at, taps, from, to, y);
            }
        }
    }

    /** As {@link Loops#correlations}. */
    static void correlations(
            int outputs, float[] y, int at, int step, float[] x, int[] taps, int k, int n, float[] sums) {
        if (outputs == 4) {
            fourOf(y, at, step, x, taps[k], taps[k + 1], n, sums);
        } else {
            oneOf(y, at, x, taps[k], taps[k + 1], taps[k + 2], taps[k + 3], taps[k + 4], taps[k + 5], n, sums);
        }
    }

    /** As {@link Loops#outer}. */
    static void outer(int vectors, float[] y, float[] x, int[] taps, int k, int from, int to, float[] sums, int at) {
        int t0 = taps[k];
        int t1 = taps[k + 1];
        int t2 = taps[k + 2];
        int t3 = taps[k + 3];
        int t4 = taps[k + 4];
        int t5 = taps[k + 5];
        if (vectors == 2) {
            twoVectors(y, x, t0, t1, t2, t3, t4, t5, from, to, sums, at);
        } else {
            oneVector(y, x, t0, t1, t2, t3, t4, t5, from, to, sums, at);
        }
    }

    /** 5 outputs by 2 vectors of windows. */
    private static void five(
            float[] w, int first, float[] x, int at, int[] taps, int from, int to, float[] y, int step) {
        FloatVector a00 = all(0);
        FloatVector a01 = all(0);
        FloatVector a10 = all(0);
        FloatVector a11 = all(0);
        FloatVector a20 = all(0);
        FloatVector a21 = all(0);
        FloatVector a30 = all(0);
        FloatVector a31 = all(0);
        FloatVector a40 = all(0);
        FloatVector a41 = all(0);
        for (int k = from; k < to; k++) {
            int place = at + taps[k];
            FloatVector x0 = at(x, place);
            FloatVector x1 = at(x, place + LANES);
            FloatVector f = all(w[first + 5 * k]);
            a00 = x0.fma(f, a00);
            a01 = x1.fma(f, a01);
            f = all(w[first + 5 * k + 1]);
            a10 = x0.fma(f, a10);
            a11 = x1.fma(f, a11);
            f = all(w[first + 5 * k + 2]);
            a20 = x0.fma(f, a20);
            a21 = x1.fma(f, a21);
            f = all(w[first + 5 * k + 3]);
            a30 = x0.fma(f, a30);
            a31 = x1.fma(f, a31);
            f = all(w[first + 5 * k + 4]);
            a40 = x0.fma(f, a40);
            a41 = x1.fma(f, a41);
        }
        a00.add(at(y, at)).intoArray(y, at);
        a01.add(at(y, at + LANES)).intoArray(y, at + LANES);
        a10.add(at(y, at + step)).intoArray(y, at + step);
        a11.add(at(y, at + step + LANES)).intoArray(y, at + step + LANES);
        a20.add(at(y, at + 2 * step)).intoArray(y, at + 2 * step);
        a21.add(at(y, at + 2 * step + LANES)).intoArray(y, at + 2 * step + LANES);
        a30.add(at(y, at + 3 * step)).intoArray(y, at + 3 * step);
        a31.add(at(y, at + 3 * step + LANES)).intoArray(y, at + 3 * step + LANES);
        a40.add(at(y, at + 4 * step)).intoArray(y, at + 4 * step);
        a41.add(at(y, at + 4 * step + LANES)).intoArray(y, at + 4 * step + LANES);
    }

    /** 4 outputs by 2 vectors of windows. */
    private static void four(
            float[] w, int first, float[] x, int at, int[] taps, int from, int to, float[] y, int step) {
        FloatVector a00 = all(0);
        FloatVector a01 = all(0);
        FloatVector a10 = all(0);
        FloatVector a11 = all(0);
        FloatVector a20 = all(0);
        FloatVector a21 = all(0);
        FloatVector a30 = all(0);
        FloatVector a31 = all(0);
        for (int k = from; k < to; k++) {
            int place = at + taps[k];
            FloatVector x0 = at(x, place);
            FloatVector x1 = at(x, place + LANES);
            FloatVector f = all(w[first + 4 * k]);
            a00 = x0.fma(f, a00);
            a01 = x1.fma(f, a01);
            f = all(w[first + 4 * k + 1]);
            a10 = x0.fma(f, a10);
            a11 = x1.fma(f, a11);
            f = all(w[first + 4 * k + 2]);
            a20 = x0.fma(f, a20);
            a21 = x1.fma(f, a21);
            f = all(w[first + 4 * k + 3]);
            a30 = x0.fma(f, a30);
            a31 = x1.fma(f, a31);
        }
        a00.add(at(y, at)).intoArray(y, at);
        a01.add(at(y, at + LANES)).intoArray(y, at + LANES);
        a10.add(at(y, at + step)).intoArray(y, at + step);
        a11.add(at(y, at + step + LANES)).intoArray(y, at + step + LANES);
        a20.add(at(y, at + 2 * step)).intoArray(y, at + 2 * step);
        a21.add(at(y, at + 2 * step + LANES)).intoArray(y, at + 2 * step + LANES);
        a30.add(at(y, at + 3 * step)).intoArray(y, at + 3 * step);
        a31.add(at(y, at + 3 * step + LANES)).intoArray(y, at + 3 * step + LANES);
    }

    /** 1 output by 6 vectors of windows. */
    private static void one(float[] w, int first, float[] x, int at, int[] taps, int from, int to, float[] y) {
        FloatVector a00 = all(0);
        FloatVector a01 = all(0);
        FloatVector a02 = all(0);
        FloatVector a03 = all(0);
        FloatVector a04 = all(0);
        FloatVector a05 = all(0);
        for (int k = from; k < to; k++) {
            int place = at + taps[k];
            FloatVector x0 = at(x, place);
            FloatVector x1 = at(x, place + LANES);
            FloatVector x2 = at(x, place + 2 * LANES);
            FloatVector x3 = at(x, place + 3 * LANES);
            FloatVector x4 = at(x, place + 4 * LANES);
            FloatVector x5 = at(x, place + 5 * LANES);
            FloatVector f = all(w[first + k]);
            a00 = x0.fma(f, a00);
            a01 = x1.fma(f, a01);
            a02 = x2.fma(f, a02);
            a03 = x3.fma(f, a03);
            a04 = x4.fma(f, a04);
            a05 = x5.fma(f, a05);
        }
        a00.add(at(y, at)).intoArray(y, at);
        a01.add(at(y, at + LANES)).intoArray(y, at + LANES);
        a02.add(at(y, at + 2 * LANES)).intoArray(y, at + 2 * LANES);
        a03.add(at(y, at + 3 * LANES)).intoArray(y, at + 3 * LANES);
        a04.add(at(y, at + 4 * LANES)).intoArray(y, at + 4 * LANES);
        a05.add(at(y, at + 5 * LANES)).intoArray(y, at + 5 * LANES);
    }

    /** 4 outputs by 2 taps. */
    private static void fourOf(float[] y, int at, int step, float[] x, int t0, int t1, int n, float[] sums) {
        FloatVector a00 = all(0);
        FloatVector a01 = all(0);
        FloatVector a10 = all(0);
        FloatVector a11 = all(0);
        FloatVector a20 = all(0);
        FloatVector a21 = all(0);
        FloatVector a30 = all(0);
        FloatVector a31 = all(0);
        for (int p = 0; p < n; p += LANES) {
            FloatVector x0 = at(x, t0 + p);
            FloatVector x1 = at(x, t1 + p);
            FloatVector g = at(y, at + p);
            a00 = x0.fma(g, a00);
            a01 = x1.fma(g, a01);
            g = at(y, at + step + p);
            a10 = x0.fma(g, a10);
            a11 = x1.fma(g, a11);
            g = at(y, at + 2 * step + p);
            a20 = x0.fma(g, a20);
            a21 = x1.fma(g, a21);
            g = at(y, at + 3 * step + p);
            a30 = x0.fma(g, a30);
            a31 = x1.fma(g, a31);
        }
        a00.intoArray(sums, 0);
        a01.intoArray(sums, LANES);
        a10.intoArray(sums, 2 * LANES);
        a11.intoArray(sums, 3 * LANES);
        a20.intoArray(sums, 4 * LANES);
        a21.intoArray(sums, 5 * LANES);
        a30.intoArray(sums, 6 * LANES);
        a31.intoArray(sums, 7 * LANES);
    }

    /** 1 output by 6 taps. */
    private static void oneOf(
            float[] y, int at, float[] x, int t0, int t1, int t2, int t3, int t4, int t5, int n, float[] sums) {
        FloatVector a00 = all(0);
        FloatVector a01 = all(0);
        FloatVector a02 = all(0);
        FloatVector a03 = all(0);
        FloatVector a04 = all(0);
        FloatVector a05 = all(0);
        for (int p = 0; p < n; p += LANES) {
            FloatVector x0 = at(x, t0 + p);
            FloatVector x1 = at(x, t1 + p);
            FloatVector x2 = at(x, t2 + p);
            FloatVector x3 = at(x, t3 + p);
            FloatVector x4 = at(x, t4 + p);
            FloatVector x5 = at(x, t5 + p);
            FloatVector g = at(y, at + p);
            a00 = x0.fma(g, a00);
            a01 = x1.fma(g, a01);
            a02 = x2.fma(g, a02);
            a03 = x3.fma(g, a03);
            a04 = x4.fma(g, a04);
            a05 = x5.fma(g, a05);
        }
        a00.intoArray(sums, 0);
        a01.intoArray(sums, LANES);
        a02.intoArray(sums, 2 * LANES);
        a03.intoArray(sums, 3 * LANES);
        a04.intoArray(sums, 4 * LANES);
        a05.intoArray(sums, 5 * LANES);
    }

    /** 2 vectors of outputs by 6 taps. */
    private static void twoVectors(
            float[] y,
            float[] x,
            int t0,
            int t1,
            int t2,
            int t3,
            int t4,
            int t5,
            int from,
            int to,
            float[] sums,
            int at) {
        FloatVector a00 = all(0);
        FloatVector a01 = all(0);
        FloatVector a10 = all(0);
        FloatVector a11 = all(0);
        FloatVector a20 = all(0);
        FloatVector a21 = all(0);
        FloatVector a30 = all(0);
        FloatVector a31 = all(0);
        FloatVector a40 = all(0);
        FloatVector a41 = all(0);
        FloatVector a50 = all(0);
        FloatVector a51 = all(0);
        for (int p = from; p < to; p++) {
            FloatVector g0 = at(y, p * 2 * LANES);
            FloatVector g1 = at(y, LANES + p * 2 * LANES);
            FloatVector f = all(x[t0 + p]);
            a00 = g0.fma(f, a00);
            a01 = g1.fma(f, a01);
            f = all(x[t1 + p]);
            a10 = g0.fma(f, a10);
            a11 = g1.fma(f, a11);
            f = all(x[t2 + p]);
            a20 = g0.fma(f, a20);
            a21 = g1.fma(f, a21);
            f = all(x[t3 + p]);
            a30 = g0.fma(f, a30);
            a31 = g1.fma(f, a31);
            f = all(x[t4 + p]);
            a40 = g0.fma(f, a40);
            a41 = g1.fma(f, a41);
            f = all(x[t5 + p]);
            a50 = g0.fma(f, a50);
            a51 = g1.fma(f, a51);
        }
        a00.add(at(sums, at)).intoArray(sums, at);
        a01.add(at(sums, at + LANES)).intoArray(sums, at + LANES);
        a10.add(at(sums, at + 2 * LANES)).intoArray(sums, at + 2 * LANES);
        a11.add(at(sums, at + 3 * LANES)).intoArray(sums, at + 3 * LANES);
        a20.add(at(sums, at + 4 * LANES)).intoArray(sums, at + 4 * LANES);
        a21.add(at(sums, at + 5 * LANES)).intoArray(sums, at + 5 * LANES);
        a30.add(at(sums, at + 6 * LANES)).intoArray(sums, at + 6 * LANES);
        a31.add(at(sums, at + 7 * LANES)).intoArray(sums, at + 7 * LANES);
        a40.add(at(sums, at + 8 * LANES)).intoArray(sums, at + 8 * LANES);
        a41.add(at(sums, at + 9 * LANES)).intoArray(sums, at + 9 * LANES);
        a50.add(at(sums, at + 10 * LANES)).intoArray(sums, at + 10 * LANES);
        a51.add(at(sums, at + 11 * LANES)).intoArray(sums, at + 11 * LANES);
    }

    /** 1 vector of outputs by 6 taps. */
    private static void oneVector(
            float[] y,
            float[] x,
            int t0,
            int t1,
            int t2,
            int t3,
            int t4,
            int t5,
            int from,
            int to,
            float[] sums,
            int at) {
        FloatVector a00 = all(0);
        FloatVector a10 = all(0);
        FloatVector a20 = all(0);
        FloatVector a30 = all(0);
        FloatVector a40 = all(0);
        FloatVector a50 = all(0);
        for (int p = from; p < to; p++) {
            FloatVector g0 = at(y, p * LANES);
            FloatVector f = all(x[t0 + p]);
            a00 = g0.fma(f, a00);
            f = all(x[t1 + p]);
            a10 = g0.fma(f, a10);
            f = all(x[t2 + p]);
            a20 = g0.fma(f, a20);
            f = all(x[t3 + p]);
            a30 = g0.fma(f, a30);
            f = all(x[t4 + p]);
            a40 = g0.fma(f, a40);
            f = all(x[t5 + p]);
            a50 = g0.fma(f, a50);
        }
        a00.add(at(sums, at)).intoArray(sums, at);
        a10.add(at(sums, at + LANES)).intoArray(sums, at + LANES);
        a20.add(at(sums, at + 2 * LANES)).intoArray(sums, at + 2 * LANES);
        a30.add(at(sums, at + 3 * LANES)).intoArray(sums, at + 3 * LANES);
        a40.add(at(sums, at + 4 * LANES)).intoArray(sums, at + 4 * LANES);
        a50.add(at(sums, at + 5 * LANES)).intoArray(sums, at + 5 * LANES);
    }
}
