package kron4j.backend.cpu;

import jdk.incubator.vector.DoubleVector;

/** Products of float64 matrices; {@link FloatProductVectors} are the same for float32. */
final class DoubleProductVectors extends Products {
    private static final int LANES = DoubleVectors.SPECIES.length();

    @Override
    Object allocate(int elements) {
        return new double[elements + 2 * LANES];
    }

    @Override
    int width() {
        return 2 * LANES;
    }

    @Override
    void set(double[] values, Object to) {
        System.arraycopy(values, 0, to, 0, values.length);
    }

    @Override
    void read(CpuStorage from, long element, int n, Object to, int at) {
        from.window(element * Double.BYTES, n * Double.BYTES).asDoubleBuffer().get((double[]) to, at, n);
    }

    @Override
    void write(CpuStorage to, long element, int n, Object from, int at) {
        to.window(element * Double.BYTES, n * Double.BYTES).asDoubleBuffer().put((double[]) from, at, n);
    }

    @Override
    void transpose(Object from, int at, int rows, int columns, Object to, int start) {
        double[] x = (double[]) from;
        double[] z = (double[]) to;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                z[start + j * rows + i] = x[at + i * columns + j];
            }
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
        for (int j = (n - 1) / (2 * LANES) * 2 * LANES; j >= 0; j -= 2 * LANES) {
            if (n - j > LANES) {
                wide(alpha, x, atA, m, k, y, atB + j, stepB, z, atC + j, stepC);
            } else {
                narrow(alpha, x, atA, m, k, y, atB + j, stepB, z, atC + j, stepC);
            }
        }
    }

    private static DoubleVector at(double[] x, int i) {
        return DoubleVector.fromArray(DoubleVectors.SPECIES, x, i);
    }

    private static DoubleVector all(double x) {
        return DoubleVector.broadcast(DoubleVectors.SPECIES, x);
    }

    private static void narrow(
            double alpha, double[] x, int p, int m, int k, double[] y, int q, int stepB, double[] z, int r, int stepC) {
        int from = p;
        for (int i = 0, to = r; i < m; i += 4, from += 4 * k, to += 4 * stepC) {
            DoubleVector s0 = all(0);
            DoubleVector s1 = all(0);
            DoubleVector s2 = all(0);
            DoubleVector s3 = all(0);
            for (int e = from, f = q; e < from + k; e++, f += stepB) {
                DoubleVector v = at(y, f);
                s0 = v.fma(all(x[e]), s0);
                s1 = v.fma(all(x[e + k]), s1);
                s2 = v.fma(all(x[e + 2 * k]), s2);
                s3 = v.fma(all(x[e + 3 * k]), s3);
            }
            s0.mul(alpha).intoArray(z, to);
            s1.mul(alpha).intoArray(z, to + stepC);
            s2.mul(alpha).intoArray(z, to + 2 * stepC);
            s3.mul(alpha).intoArray(z, to + 3 * stepC);
        }
    }

    /** Too long to be inlined, so that {@link #multiply} is not too large for the JIT. */
    private static void wide(
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
            for (int e = from, f = q; e < from + k; e++, f += stepB) {
                DoubleVector v = at(y, f);
                DoubleVector w = at(y, f + LANES);
                DoubleVector x0 = all(x[e]);
                DoubleVector x1 = all(x[e + k]);
                s0 = v.fma(x0, s0);
                t0 = w.fma(x0, t0);
                s1 = v.fma(x1, s1);
                t1 = w.fma(x1, t1);
                DoubleVector x2 = all(x[e + 2 * k]);
                DoubleVector x3 = all(x[e + 3 * k]);
                s2 = v.fma(x2, s2);
                t2 = w.fma(x2, t2);
                s3 = v.fma(x3, s3);
                t3 = w.fma(x3, t3);
            }
            s0.mul(alpha).intoArray(z, to);
            t0.mul(alpha).intoArray(z, to + LANES);
            s1.mul(alpha).intoArray(z, to + stepC);
            t1.mul(alpha).intoArray(z, to + stepC + LANES);
            s2.mul(alpha).intoArray(z, to + 2 * stepC);
            t2.mul(alpha).intoArray(z, to + 2 * stepC + LANES);
            s3.mul(alpha).intoArray(z, to + 3 * stepC);
            t3.mul(alpha).intoArray(z, to + 3 * stepC + LANES);
        }
    }
}
