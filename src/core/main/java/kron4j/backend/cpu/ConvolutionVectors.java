package kron4j.backend.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost loops of {@link DirectConvolution}: sums stay in registers, a few outputs of a few vectors of windows, or of a few taps. A sum that is a constant at first would be an object
 * for the JIT, hence the zeros and loads.
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
    static void windows(int outputs, float[] w, float[] x, int[] taps, int from, int to, float[] y, int step, int n) {
        int width = (outputs == 1 ? 6 : 2) * LANES;
        for (int at = 0; at < n; at += width) {
            switch (outputs) {
                case 6 -> six(w, x, at, taps, from, to, y, step);
                case 4 -> four(w, x, at, taps, from, to, y, step);
                default -> one(w, x, at, taps, from, to, y);
            }
        }
    }

    /** As {@link Loops#correlations}. */
    static void correlations(
            int outputs, float[] y, int at, int step, float[] x, int[] taps, int k, int n, float[] sums) {
        switch (outputs) {
            case 6 -> sixOf(y, at, step, x, taps[k], taps[k + 1], n, sums);
            case 4 -> fourOf(y, at, step, x, taps[k], taps[k + 1], n, sums);
            default ->
                oneOf(y, at, x, taps[k], taps[k + 1], taps[k + 2], taps[k + 3], taps[k + 4], taps[k + 5], n, sums);
        }
    }

    /** 6 outputs by 2 vectors of windows. */
    private static void six(float[] w, float[] x, int at, int[] taps, int from, int to, float[] y, int step) {
        FloatVector a00 = at(y, at);
        FloatVector a01 = at(y, at + LANES);
        FloatVector a10 = at(y, at + step);
        FloatVector a11 = at(y, at + step + LANES);
        FloatVector a20 = at(y, at + 2 * step);
        FloatVector a21 = at(y, at + 2 * step + LANES);
        FloatVector a30 = at(y, at + 3 * step);
        FloatVector a31 = at(y, at + 3 * step + LANES);
        FloatVector a40 = at(y, at + 4 * step);
        FloatVector a41 = at(y, at + 4 * step + LANES);
        FloatVector a50 = at(y, at + 5 * step);
        FloatVector a51 = at(y, at + 5 * step + LANES);
        for (int k = from; k < to; k++) {
            int place = at + taps[k];
            FloatVector x0 = at(x, place);
            FloatVector x1 = at(x, place + LANES);
            FloatVector f = all(w[6 * k]);
            a00 = x0.fma(f, a00);
            a01 = x1.fma(f, a01);
            f = all(w[6 * k + 1]);
            a10 = x0.fma(f, a10);
            a11 = x1.fma(f, a11);
            f = all(w[6 * k + 2]);
            a20 = x0.fma(f, a20);
            a21 = x1.fma(f, a21);
            f = all(w[6 * k + 3]);
            a30 = x0.fma(f, a30);
            a31 = x1.fma(f, a31);
            f = all(w[6 * k + 4]);
            a40 = x0.fma(f, a40);
            a41 = x1.fma(f, a41);
            f = all(w[6 * k + 5]);
            a50 = x0.fma(f, a50);
            a51 = x1.fma(f, a51);
        }
        a00.intoArray(y, at);
        a01.intoArray(y, at + LANES);
        a10.intoArray(y, at + step);
        a11.intoArray(y, at + step + LANES);
        a20.intoArray(y, at + 2 * step);
        a21.intoArray(y, at + 2 * step + LANES);
        a30.intoArray(y, at + 3 * step);
        a31.intoArray(y, at + 3 * step + LANES);
        a40.intoArray(y, at + 4 * step);
        a41.intoArray(y, at + 4 * step + LANES);
        a50.intoArray(y, at + 5 * step);
        a51.intoArray(y, at + 5 * step + LANES);
    }

    /** 4 outputs by 2 vectors of windows. */
    private static void four(float[] w, float[] x, int at, int[] taps, int from, int to, float[] y, int step) {
        FloatVector a00 = at(y, at);
        FloatVector a01 = at(y, at + LANES);
        FloatVector a10 = at(y, at + step);
        FloatVector a11 = at(y, at + step + LANES);
        FloatVector a20 = at(y, at + 2 * step);
        FloatVector a21 = at(y, at + 2 * step + LANES);
        FloatVector a30 = at(y, at + 3 * step);
        FloatVector a31 = at(y, at + 3 * step + LANES);
        for (int k = from; k < to; k++) {
            int place = at + taps[k];
            FloatVector x0 = at(x, place);
            FloatVector x1 = at(x, place + LANES);
            FloatVector f = all(w[4 * k]);
            a00 = x0.fma(f, a00);
            a01 = x1.fma(f, a01);
            f = all(w[4 * k + 1]);
            a10 = x0.fma(f, a10);
            a11 = x1.fma(f, a11);
            f = all(w[4 * k + 2]);
            a20 = x0.fma(f, a20);
            a21 = x1.fma(f, a21);
            f = all(w[4 * k + 3]);
            a30 = x0.fma(f, a30);
            a31 = x1.fma(f, a31);
        }
        a00.intoArray(y, at);
        a01.intoArray(y, at + LANES);
        a10.intoArray(y, at + step);
        a11.intoArray(y, at + step + LANES);
        a20.intoArray(y, at + 2 * step);
        a21.intoArray(y, at + 2 * step + LANES);
        a30.intoArray(y, at + 3 * step);
        a31.intoArray(y, at + 3 * step + LANES);
    }

    /** 1 outputs by 6 vectors of windows. */
    private static void one(float[] w, float[] x, int at, int[] taps, int from, int to, float[] y) {
        FloatVector a00 = at(y, at);
        FloatVector a01 = at(y, at + LANES);
        FloatVector a02 = at(y, at + 2 * LANES);
        FloatVector a03 = at(y, at + 3 * LANES);
        FloatVector a04 = at(y, at + 4 * LANES);
        FloatVector a05 = at(y, at + 5 * LANES);
        for (int k = from; k < to; k++) {
            int place = at + taps[k];
            FloatVector x0 = at(x, place);
            FloatVector x1 = at(x, place + LANES);
            FloatVector x2 = at(x, place + 2 * LANES);
            FloatVector x3 = at(x, place + 3 * LANES);
            FloatVector x4 = at(x, place + 4 * LANES);
            FloatVector x5 = at(x, place + 5 * LANES);
            FloatVector f = all(w[k]);
            a00 = x0.fma(f, a00);
            a01 = x1.fma(f, a01);
            a02 = x2.fma(f, a02);
            a03 = x3.fma(f, a03);
            a04 = x4.fma(f, a04);
            a05 = x5.fma(f, a05);
        }
        a00.intoArray(y, at);
        a01.intoArray(y, at + LANES);
        a02.intoArray(y, at + 2 * LANES);
        a03.intoArray(y, at + 3 * LANES);
        a04.intoArray(y, at + 4 * LANES);
        a05.intoArray(y, at + 5 * LANES);
    }

    /** 6 outputs by 2 taps. */
    private static void sixOf(float[] y, int at, int step, float[] x, int t0, int t1, int n, float[] sums) {
        FloatVector a00 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a01 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a10 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a11 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a20 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a21 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a30 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a31 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a40 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a41 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a50 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a51 = FloatVector.zero(FloatVectors.SPECIES);
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
            g = at(y, at + 4 * step + p);
            a40 = x0.fma(g, a40);
            a41 = x1.fma(g, a41);
            g = at(y, at + 5 * step + p);
            a50 = x0.fma(g, a50);
            a51 = x1.fma(g, a51);
        }
        a00.intoArray(sums, 0);
        a01.intoArray(sums, LANES);
        a10.intoArray(sums, 2 * LANES);
        a11.intoArray(sums, 3 * LANES);
        a20.intoArray(sums, 4 * LANES);
        a21.intoArray(sums, 5 * LANES);
        a30.intoArray(sums, 6 * LANES);
        a31.intoArray(sums, 7 * LANES);
        a40.intoArray(sums, 8 * LANES);
        a41.intoArray(sums, 9 * LANES);
        a50.intoArray(sums, 10 * LANES);
        a51.intoArray(sums, 11 * LANES);
    }

    /** 4 outputs by 2 taps. */
    private static void fourOf(float[] y, int at, int step, float[] x, int t0, int t1, int n, float[] sums) {
        FloatVector a00 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a01 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a10 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a11 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a20 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a21 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a30 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a31 = FloatVector.zero(FloatVectors.SPECIES);
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

    /** 1 outputs by 6 taps. */
    private static void oneOf(
            float[] y, int at, float[] x, int t0, int t1, int t2, int t3, int t4, int t5, int n, float[] sums) {
        FloatVector a00 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a01 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a02 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a03 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a04 = FloatVector.zero(FloatVectors.SPECIES);
        FloatVector a05 = FloatVector.zero(FloatVectors.SPECIES);
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
}
