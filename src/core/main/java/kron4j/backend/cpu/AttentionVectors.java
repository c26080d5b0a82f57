package kron4j.backend.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;

import jdk.incubator.vector.FloatVector;

/** The innermost loops of {@link HeadAttention}. What a loop carries begins as a broadcast: zeros and loads would be objects for the JIT. */
final class AttentionVectors {
    private static final int LANES = FloatVectors.SPECIES.length();
    private static final int STEP = HeadAttention.STEP;
    private static final FloatVector MINUS_INFINITY = all(Float.NEGATIVE_INFINITY);

    private AttentionVectors() {}

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(FloatVectors.SPECIES, value);
    }

    /** As {@link Loops#product}. */
    static void product(float[] a, int row, int m, int k, float[] b, int rows, int n, float[] c, int step) {
        for (int j = 0; j < n; j += 2 * LANES) {
            for (int i = 0; i < m; i += 6) {
                ofRows(a, i * row, row, k, b, j * rows, c, i * step + j, step);
            }
        }
    }

    /** As {@link Loops#productOfColumns}. */
    static void productOfColumns(float[] a, int m, int k, float[] b, int rows, int n, float[] c, int step) {
        for (int j = 0; j < n; j += 2 * LANES) {
            for (int i = 0; i < m; i += 6) {
                ofColumns(a, i, k, b, j * rows, c, i * step + j, step);
            }
        }
    }

    /** 6 rows of 2 vectors, as many sums as there are registers for; indices are such as the JIT checks once. */
    private static void ofRows(float[] a, int p, int row, int k, float[] b, int q, float[] c, int z, int step) {
        int p1 = p + row;
        int p2 = p + 2 * row;
        int p3 = p + 3 * row;
        int p4 = p + 4 * row;
        int p5 = p + 5 * row;
        FloatVector s00 = all(0);
        FloatVector s01 = all(0);
        FloatVector s10 = all(0);
        FloatVector s11 = all(0);
        FloatVector s20 = all(0);
        FloatVector s21 = all(0);
        FloatVector s30 = all(0);
        FloatVector s31 = all(0);
        FloatVector s40 = all(0);
        FloatVector s41 = all(0);
        FloatVector s50 = all(0);
        FloatVector s51 = all(0);
        for (int i = 0; i < k; i++) {
            FloatVector v0 = at(b, q + i * 2 * LANES);
            FloatVector v1 = at(b, q + LANES + i * 2 * LANES);
            FloatVector x = all(a[p + i]);
            s00 = v0.fma(x, s00);
            s01 = v1.fma(x, s01);
            x = all(a[p1 + i]);
            s10 = v0.fma(x, s10);
            s11 = v1.fma(x, s11);
            x = all(a[p2 + i]);
            s20 = v0.fma(x, s20);
            s21 = v1.fma(x, s21);
            x = all(a[p3 + i]);
            s30 = v0.fma(x, s30);
            s31 = v1.fma(x, s31);
            x = all(a[p4 + i]);
            s40 = v0.fma(x, s40);
            s41 = v1.fma(x, s41);
            x = all(a[p5 + i]);
            s50 = v0.fma(x, s50);
            s51 = v1.fma(x, s51);
        }
        s00.add(at(c, z)).intoArray(c, z);
        s01.add(at(c, z + LANES)).intoArray(c, z + LANES);
        s10.add(at(c, z + step)).intoArray(c, z + step);
        s11.add(at(c, z + step + LANES)).intoArray(c, z + step + LANES);
        s20.add(at(c, z + 2 * step)).intoArray(c, z + 2 * step);
        s21.add(at(c, z + 2 * step + LANES)).intoArray(c, z + 2 * step + LANES);
        s30.add(at(c, z + 3 * step)).intoArray(c, z + 3 * step);
        s31.add(at(c, z + 3 * step + LANES)).intoArray(c, z + 3 * step + LANES);
        s40.add(at(c, z + 4 * step)).intoArray(c, z + 4 * step);
        s41.add(at(c, z + 4 * step + LANES)).intoArray(c, z + 4 * step + LANES);
        s50.add(at(c, z + 5 * step)).intoArray(c, z + 5 * step);
        s51.add(at(c, z + 5 * step + LANES)).intoArray(c, z + 5 * step + LANES);
    }

    /** As {@link #ofRows}. */
    private static void ofColumns(float[] a, int p, int k, float[] b, int q, float[] c, int z, int step) {
        FloatVector s00 = all(0);
        FloatVector s01 = all(0);
        FloatVector s10 = all(0);
        FloatVector s11 = all(0);
        FloatVector s20 = all(0);
        FloatVector s21 = all(0);
        FloatVector s30 = all(0);
        FloatVector s31 = all(0);
        FloatVector s40 = all(0);
        FloatVector s41 = all(0);
        FloatVector s50 = all(0);
        FloatVector s51 = all(0);
        for (int i = 0; i < k; i++) {
            FloatVector v0 = at(b, q + i * 2 * LANES);
            FloatVector v1 = at(b, q + LANES + i * 2 * LANES);
            FloatVector x = all(a[p + i * STEP]);
            s00 = v0.fma(x, s00);
            s01 = v1.fma(x, s01);
            x = all(a[p + 1 + i * STEP]);
            s10 = v0.fma(x, s10);
            s11 = v1.fma(x, s11);
            x = all(a[p + 2 + i * STEP]);
            s20 = v0.fma(x, s20);
            s21 = v1.fma(x, s21);
            x = all(a[p + 3 + i * STEP]);
            s30 = v0.fma(x, s30);
            s31 = v1.fma(x, s31);
            x = all(a[p + 4 + i * STEP]);
            s40 = v0.fma(x, s40);
            s41 = v1.fma(x, s41);
            x = all(a[p + 5 + i * STEP]);
            s50 = v0.fma(x, s50);
            s51 = v1.fma(x, s51);
        }
        s00.add(at(c, z)).intoArray(c, z);
        s01.add(at(c, z + LANES)).intoArray(c, z + LANES);
        s10.add(at(c, z + step)).intoArray(c, z + step);
        s11.add(at(c, z + step + LANES)).intoArray(c, z + step + LANES);
        s20.add(at(c, z + 2 * step)).intoArray(c, z + 2 * step);
        s21.add(at(c, z + 2 * step + LANES)).intoArray(c, z + 2 * step + LANES);
        s30.add(at(c, z + 3 * step)).intoArray(c, z + 3 * step);
        s31.add(at(c, z + 3 * step + LANES)).intoArray(c, z + 3 * step + LANES);
        s40.add(at(c, z + 4 * step)).intoArray(c, z + 4 * step);
        s41.add(at(c, z + 4 * step + LANES)).intoArray(c, z + 4 * step + LANES);
        s50.add(at(c, z + 5 * step)).intoArray(c, z + 5 * step);
        s51.add(at(c, z + 5 * step + LANES)).intoArray(c, z + 5 * step + LANES);
    }

    /** As {@link Loops#hide}. */
    static void hide(float[] x, int from, float[] seen, int n) {
        for (int i = 0; i < n; i += LANES) {
            at(x, from + i).blend(MINUS_INFINITY, at(seen, i).compare(EQ, 0f)).intoArray(x, from + i);
        }
    }

    /** As {@link Loops#ofScores}. */
    static void ofScores(float[] x, float[] slopes, int from, float logarithm, float mean, int n) {
        FloatVector shift = all(logarithm);
        FloatVector rest = all(mean);
        FloatVector c0 = FloatVectors.constant(0);
        FloatVector c1 = FloatVectors.constant(1);
        FloatVector c2 = FloatVectors.constant(2);
        FloatVector c3 = FloatVectors.constant(3);
        FloatVector c4 = FloatVectors.constant(4);
        FloatVector c5 = FloatVectors.constant(5);
        FloatVector c6 = FloatVectors.constant(6);
        FloatVector c7 = FloatVectors.constant(7);
        FloatVector c8 = FloatVectors.constant(8);
        FloatVector c9 = FloatVectors.constant(9);
        FloatVector c10 = FloatVectors.constant(10);
        for (int i = from; i < from + n; i += LANES) {
            FloatVector e =
                    FloatVectors.expOfNegative(at(x, i).sub(shift), c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);
            e.intoArray(x, i);
            e.mul(at(slopes, i).sub(rest)).intoArray(slopes, i);
        }
    }
}
