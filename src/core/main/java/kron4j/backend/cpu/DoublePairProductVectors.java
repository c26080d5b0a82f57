package kron4j.backend.cpu;

import jdk.incubator.vector.DoubleVector;

/** Products of complex128 matrices; {@link FloatPairProductVectors} are the same for complex64. */
final class DoublePairProductVectors extends RowProducts {
    /** The largest side of a matrix that is multiplied without vectors. */
    private static final int TINY = 3;

    private static final int LANES = DoubleVectors.SPECIES.length();

    @Override
    Object allocate(int elements) {
        return new double[2 * elements + 2 * LANES];
    }

    @Override
    void read(CpuStorage from, long element, int n, Object to, int at) {
        int width = 2 * Double.BYTES;
        from.window(element * width, n * width).asDoubleBuffer().get((double[]) to, 2 * at, 2 * n);
    }

    @Override
    void write(CpuStorage to, long element, int n, Object from, int at) {
        int width = 2 * Double.BYTES;
        to.window(element * width, n * width).asDoubleBuffer().put((double[]) from, 2 * at, 2 * n);
    }

    @Override
    void transpose(Object from, int at, int rows, int columns, Object to, int start) {
        double[] x = (double[]) from;
        double[] z = (double[]) to;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                z[2 * (start + j * rows + i)] = x[2 * (at + i * columns + j)];
                z[2 * (start + j * rows + i) + 1] = x[2 * (at + i * columns + j) + 1];
            }
        }
    }

    @Override
    void conjugate(Object of, int at, int n) {
        double[] x = (double[]) of;
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
        double[] x = (double[]) a;
        double[] y = (double[]) b;
        double[] z = (double[]) c;
        if (m == n && n == k && n <= TINY) {
            if (n == 2) {
                square(2, alpha, x, 2 * atA, y, 2 * atB, stepB, z, 2 * atC, stepC);
            } else {
                square(TINY, alpha, x, 2 * atA, y, 2 * atB, stepB, z, 2 * atC, stepC);
            }
            return;
        }
        for (int j = (2 * n - 1) / LANES * LANES; j >= 0; j -= LANES) {
            columns(alpha, x, 2 * atA, m, 2 * k, y, 2 * atB + j, 2 * stepB, z, 2 * atC + j, 2 * stepC);
        }
    }

    private static DoubleVector all(double x) {
        return PairVectors.all(x);
    }

    /** The product of square matrices without vectors, of which a row has less than one. */
    private static void square(
            int n, double alpha, double[] x, int p, double[] y, int q, int stepB, double[] z, int r, int stepC) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double re = 0;
                double im = 0;
                for (int e = 0; e < n; e++) {
                    double a = x[p + 2 * (i * n + e)];
                    double b = x[p + 2 * (i * n + e) + 1];
                    double c = y[q + 2 * (e * stepB + j)];
                    double d = y[q + 2 * (e * stepB + j) + 1];
                    re += a * c - b * d;
                    im += a * d + b * c;
                }
                z[r + 2 * (i * stepC + j)] = alpha * re;
                z[r + 2 * (i * stepC + j) + 1] = alpha * im;
            }
        }
    }

    private static void columns(
            double alpha, double[] x, int p, int m, int k, double[] y, int q, int stepB, double[] z, int r, int stepC) {
        int from = p;
        for (int i = 0, to = r; i < m; i += 4, from += 4 * k, to += 4 * stepC) {
            DoubleVector s0 = all(0);
            DoubleVector s1 = all(0);
            DoubleVector s2 = all(0);
            DoubleVector s3 = all(0);
            DoubleVector t0 = all(0);
            DoubleVector t1 = all(0);
            DoubleVector t2 = all(0);
            DoubleVector t3 = all(0);
            for (int e = from, f = q; e < from + k; e += 2, f += stepB) {
                DoubleVector v = DoubleVector.fromArray(DoubleVectors.SPECIES, y, f);
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
