package kron4j.backend.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * Products of complex matrices of one precision: the real parts of A times the pairs of B, and the imaginary ones, are added up apart; the pairs of the latter change places at the end.
 * The build writes the same for the other precision (pom.xml).
 */
final class FloatPairProductVectors extends RowProducts {
    /** The largest side of a matrix that is multiplied without vectors. */
    private static final int TINY = 3;

    private static final int LANES = FloatVectors.SPECIES.length();

    @Override
    Object allocate(int elements) {
        return new float[2 * elements + 2 * LANES];
    }

    @Override
    void read(CpuStorage from, long element, int n, Object to, int at) {
        int width = 2 * Float.BYTES;
        from.window(element * width, n * width).asFloatBuffer().get((float[]) to, 2 * at, 2 * n);
    }

    @Override
    void write(CpuStorage to, long element, int n, Object from, int at) {
        int width = 2 * Float.BYTES;
        to.window(element * width, n * width).asFloatBuffer().put((float[]) from, 2 * at, 2 * n);
    }

    @Override
    void transpose(Object from, int at, int rows, int columns, Object to, int start) {
        float[] x = (float[]) from;
        float[] z = (float[]) to;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                z[2 * (start + j * rows + i)] = x[2 * (at + i * columns + j)];
                z[2 * (start + j * rows + i) + 1] = x[2 * (at + i * columns + j) + 1];
            }
        }
    }

    @Override
    void conjugate(Object of, int at, int n) {
        float[] x = (float[]) of;
        for (int i = 2 * at + 1; i < 2 * (at + n); i += 2) {
            x[i] = -x[i];
        }
    }

    /** The last columns first: what a vector writes past the end of a row belongs to columns that come later. */
    @Override
    void multiply(
            double alpha,
            Object a,
            int atA,
            int m,
            int k,
            Object b,
            int atB,
            int stepB,
            int n,
            Object c,
            int atC,
            int stepC) {
        float[] x = (float[]) a;
        float[] y = (float[]) b;
        float[] z = (float[]) c;
        if (m == n && n == k && n <= TINY) {
            if (n == 2) {
                square(2, (float) alpha, x, 2 * atA, y, 2 * atB, stepB, z, 2 * atC, stepC);
            } else {
                square(TINY, (float) alpha, x, 2 * atA, y, 2 * atB, stepB, z, 2 * atC, stepC);
            }
            return;
        }
        for (int j = (2 * n - 1) / LANES * LANES; j >= 0; j -= LANES) {
            columns((float) alpha, x, 2 * atA, m, 2 * k, y, 2 * atB + j, 2 * stepB, z, 2 * atC + j, 2 * stepC);
        }
    }

    private static FloatVector all(float x) {
        return PairVectors.all(x);
    }

    /** The product of square matrices without vectors, of which a row has less than one. */
    private static void square(
            int n, float alpha, float[] x, int p, float[] y, int q, int stepB, float[] z, int r, int stepC) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                float re = 0;
                float im = 0;
                for (int e = 0; e < n; e++) {
                    float a = x[p + 2 * (i * n + e)];
                    float b = x[p + 2 * (i * n + e) + 1];
                    float c = y[q + 2 * (e * stepB + j)];
                    float d = y[q + 2 * (e * stepB + j) + 1];
                    re += a * c - b * d;
                    im += a * d + b * c;
                }
                z[r + 2 * (i * stepC + j)] = alpha * re;
                z[r + 2 * (i * stepC + j) + 1] = alpha * im;
            }
        }
    }

    private static void columns(
            float alpha, float[] x, int p, int m, int k, float[] y, int q, int stepB, float[] z, int r, int stepC) {
        int from = p;
        for (int i = 0, to = r; i < m; i += 4, from += 4 * k, to += 4 * stepC) {
            FloatVector s0 = all(0);
            FloatVector s1 = all(0);
            FloatVector s2 = all(0);
            FloatVector s3 = all(0);
            FloatVector t0 = all(0);
            FloatVector t1 = all(0);
            FloatVector t2 = all(0);
            FloatVector t3 = all(0);
            for (int e = from, f = q; e < from + k; e += 2, f += stepB) {
                FloatVector v = FloatVector.fromArray(FloatVectors.SPECIES, y, f);
                s0 = v.fma(all(x[e]), s0);
                t0 = v.fma(all(x[e + 1]), t0);
                s1 = v.fma(all(x[e + k]), s1);
                t1 = v.fma(all(x[e + k + 1]), t1);
                s2 = v.fma(all(x[e + 2 * k]), s2);
                t2 = v.fma(all(x[e + 2 * k + 1]), t2);
                s3 = v.fma(all(x[e + 3 * k]), s3);
                t3 = v.fma(all(x[e + 3 * k + 1]), t3);
            }
            PairVectors.sum(s0, t0).mul(alpha).intoArray(z, to);
            PairVectors.sum(s1, t1).mul(alpha).intoArray(z, to + stepC);
            PairVectors.sum(s2, t2).mul(alpha).intoArray(z, to + 2 * stepC);
            PairVectors.sum(s3, t3).mul(alpha).intoArray(z, to + 3 * stepC);
        }
    }
}
