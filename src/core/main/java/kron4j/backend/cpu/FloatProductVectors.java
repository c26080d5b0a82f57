package kron4j.backend.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Products of matrices of one precision. The build writes the same for the other precision (pom.xml). */
final class FloatProductVectors extends Products {
    private static final int LANES = FloatVectors.SPECIES.length();

    /** Whether there are registers for tiles of eight rows. */
    private static final boolean EIGHT = FloatVectors.SPECIES.vectorBitSize() == 512;

    @Override
    Object allocate(int elements) {
        return new float[elements + 2 * LANES];
    }

    @Override
    int width() {
        return 2 * LANES;
    }

    @Override
    void set(double[] values, Object to) {
        float[] z = (float[]) to;
        for (int i = 0; i < values.length; i++) {
            z[i] = (float) values[i];
        }
    }

    @Override
    void read(CpuStorage from, long element, int n, Object to, int at) {
        from.window(element * Float.BYTES, n * Float.BYTES).asFloatBuffer().get((float[]) to, at, n);
    }

    @Override
    void write(CpuStorage to, long element, int n, Object from, int at) {
        to.window(element * Float.BYTES, n * Float.BYTES).asFloatBuffer().put((float[]) from, at, n);
    }

    @Override
    void transpose(Object from, int at, int rows, int columns, Object to, int start) {
        float[] x = (float[]) from;
        float[] z = (float[]) to;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                z[start + j * rows + i] = x[at + i * columns + j];
            }
        }
    }

    @Override
    void join(Object from, int step, int rows, int columns, Object to) {
        float[] x = (float[]) from;
        float[] z = (float[]) to;
        for (int j = (columns - 1) / LANES * LANES; j >= 0; j -= LANES) {
            for (int i = 0; i < rows; i++) {
                at(x, i * step + j).intoArray(z, i * columns + j);
            }
        }
    }

    @Override
    void clear(Object of, int n) {
        Arrays.fill((float[]) of, 0, n, 0);
    }

    @Override
    void add(
            double alpha, Object a, int atA, int stepA, int m, int k, Object b, int atB, Object c, int atC, int stepC) {
        float[] x = (float[]) a;
        float[] y = (float[]) b;
        float[] z = (float[]) c;
        float scale = (float) alpha;
        int even = k & -2;
        for (int i = 0; i < m; i += 4) {
            int p = atA + i * stepA;
            int to = atC + i * stepC;
            rows(scale, x, p, stepA, even, y, atB, z, to, stepC);
            if (even < k) {
                term(scale, x, p + even, stepA, y, atB + even * 2 * LANES, z, to, stepC);
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
        float[] x = (float[]) a;
        float[] y = (float[]) b;
        float[] z = (float[]) c;
        float scale = (float) alpha;
        int eight = alpha == 1 && EIGHT ? m & -8 : 0;
        for (int j = (n - 1) / (2 * LANES) * 2 * LANES; j >= 0; j -= 2 * LANES) {
            if (n - j <= LANES) {
                narrow(scale, x, atA, m, k, y, atB + j, stepB, z, atC + j, stepC);
                continue;
            }
            wideOfEight(x, atA, eight, k, y, atB + j, stepB, z, atC + j, stepC);
            int p = atA + eight * k;
            wide(scale, x, p, m - eight, k, y, atB + j, stepB, z, atC + j + eight * stepC, stepC);
        }
    }

    private static FloatVector at(float[] x, int i) {
        return FloatVector.fromArray(FloatVectors.SPECIES, x, i);
    }

    private static FloatVector all(float x) {
        return FloatVector.broadcast(FloatVectors.SPECIES, x);
    }

    private static void narrow(
            float alpha, float[] x, int p, int m, int k, float[] y, int q, int stepB, float[] z, int r, int stepC) {
        int from = p;
        for (int i = 0, to = r; i < m; i += 4, from += 4 * k, to += 4 * stepC) {
            FloatVector s0 = all(0);
            FloatVector s1 = all(0);
            FloatVector s2 = all(0);
            FloatVector s3 = all(0);
            for (int e = from, f = q; e < from + k; e++, f += stepB) {
                FloatVector v = at(y, f);
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
            for (int e = from, f = q; e < from + k; e++, f += stepB) {
                FloatVector v = at(y, f);
                FloatVector w = at(y, f + LANES);
                FloatVector x0 = all(x[e]);
                FloatVector x1 = all(x[e + k]);
                s0 = v.fma(x0, s0);
                t0 = w.fma(x0, t0);
                s1 = v.fma(x1, s1);
                t1 = w.fma(x1, t1);
                FloatVector x2 = all(x[e + 2 * k]);
                FloatVector x3 = all(x[e + 3 * k]);
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

    /** As {@link #wide}, by tiles of eight rows, whose sums take half of the 32 registers that vectors of 512 bits have; a factor would be more than the JIT takes. */
    private static void wideOfEight(
            float[] x, int p, int m, int k, float[] y, int q, int stepB, float[] z, int r, int stepC) {
        int from = p;
        for (int i = 0, to = r; i < m; i += 8, from += 8 * k, to += 8 * stepC) {
            FloatVector zero = all(0);
            FloatVector s0 = zero;
            FloatVector s1 = zero;
            FloatVector s2 = zero;
            FloatVector s3 = zero;
            FloatVector s4 = zero;
            FloatVector s5 = zero;
            FloatVector s6 = zero;
            FloatVector s7 = zero;
            FloatVector t0 = zero;
            FloatVector t1 = zero;
            FloatVector t2 = zero;
            FloatVector t3 = zero;
            FloatVector t4 = zero;
            FloatVector t5 = zero;
            FloatVector t6 = zero;
            FloatVector t7 = zero;
            for (int e = from, f = q; e < from + k; e++, f += stepB) {
                FloatVector v = at(y, f);
                FloatVector w = at(y, f + LANES);
                FloatVector x0 = all(x[e]);
                s0 = v.fma(x0, s0);
                t0 = w.fma(x0, t0);
                FloatVector x1 = all(x[e + k]);
                s1 = v.fma(x1, s1);
                t1 = w.fma(x1, t1);
                FloatVector x2 = all(x[e + 2 * k]);
                s2 = v.fma(x2, s2);
                t2 = w.fma(x2, t2);
                FloatVector x3 = all(x[e + 3 * k]);
                s3 = v.fma(x3, s3);
                t3 = w.fma(x3, t3);
                FloatVector x4 = all(x[e + 4 * k]);
                s4 = v.fma(x4, s4);
                t4 = w.fma(x4, t4);
                FloatVector x5 = all(x[e + 5 * k]);
                s5 = v.fma(x5, s5);
                t5 = w.fma(x5, t5);
                FloatVector x6 = all(x[e + 6 * k]);
                s6 = v.fma(x6, s6);
                t6 = w.fma(x6, t6);
                FloatVector x7 = all(x[e + 7 * k]);
                s7 = v.fma(x7, s7);
                t7 = w.fma(x7, t7);
            }
            s0.intoArray(z, to);
            t0.intoArray(z, to + LANES);
            s1.intoArray(z, to + stepC);
            t1.intoArray(z, to + stepC + LANES);
            s2.intoArray(z, to + 2 * stepC);
            t2.intoArray(z, to + 2 * stepC + LANES);
            s3.intoArray(z, to + 3 * stepC);
            t3.intoArray(z, to + 3 * stepC + LANES);
            s4.intoArray(z, to + 4 * stepC);
            t4.intoArray(z, to + 4 * stepC + LANES);
            s5.intoArray(z, to + 5 * stepC);
            t5.intoArray(z, to + 5 * stepC + LANES);
            s6.intoArray(z, to + 6 * stepC);
            t6.intoArray(z, to + 6 * stepC + LANES);
            s7.intoArray(z, to + 7 * stepC);
            t7.intoArray(z, to + 7 * stepC + LANES);
        }
    }

    @Override
    void outer(Object a, int m, Object b, int n, int k, Object c) {
        float[] x = (float[]) a;
        float[] y = (float[]) b;
        float[] z = (float[]) c;
        for (int j = (n - 1) / LANES * LANES; j >= 0; j -= LANES) {
            outer(x, m, k, y, j, n, z);
        }
    }

    private static void outer(float[] x, int m, int k, float[] y, int j, int n, float[] z) {
        for (int i = 0; i < m; i += 8) {
            FloatVector s0 = all(0);
            FloatVector s1 = all(0);
            FloatVector s2 = all(0);
            FloatVector s3 = all(0);
            FloatVector s4 = all(0);
            FloatVector s5 = all(0);
            FloatVector s6 = all(0);
            FloatVector s7 = all(0);
            for (int e = i, f = j, t = 0; t < k; t++, e += m, f += n) {
                FloatVector v = at(y, f);
                s0 = v.fma(all(x[e]), s0);
                s1 = v.fma(all(x[e + 1]), s1);
                s2 = v.fma(all(x[e + 2]), s2);
                s3 = v.fma(all(x[e + 3]), s3);
                s4 = v.fma(all(x[e + 4]), s4);
                s5 = v.fma(all(x[e + 5]), s5);
                s6 = v.fma(all(x[e + 6]), s6);
                s7 = v.fma(all(x[e + 7]), s7);
            }
            int to = i * n + j;
            s0.intoArray(z, to);
            s1.intoArray(z, to + n);
            s2.intoArray(z, to + 2 * n);
            s3.intoArray(z, to + 3 * n);
            s4.intoArray(z, to + 4 * n);
            s5.intoArray(z, to + 5 * n);
            s6.intoArray(z, to + 6 * n);
            s7.intoArray(z, to + 7 * n);
        }
    }

    @Override
    void inner(Object a, int m, Object b, int n, int before, int after, Object lanes) {
        float[] x = (float[]) a;
        float[] y = (float[]) b;
        float[] z = (float[]) lanes;
        int step = (n + 1) / 2 * 2;
        int rest = after % LANES;
        for (int i = 0; i < m; i += 4) {
            for (int j = 0; j < n; j += 2) {
                int to = (i * step + j) * LANES;
                inner(x, i * after, m * after, y, j * after, n * after, before, after, z, to, step * LANES);
                if (rest > 0) {
                    rest(x, i * after, m * after, y, j * after, n * after, before, after, z, to, step * LANES);
                }
            }
        }
    }

    private static void inner(
            float[] x,
            int p,
            int stepX,
            float[] y,
            int q,
            int stepY,
            int before,
            int after,
            float[] z,
            int r,
            int step) {
        FloatVector s0 = all(0);
        FloatVector s1 = all(0);
        FloatVector s2 = all(0);
        FloatVector s3 = all(0);
        FloatVector t0 = all(0);
        FloatVector t1 = all(0);
        FloatVector t2 = all(0);
        FloatVector t3 = all(0);
        int inRow = after / LANES;
        int e = p;
        int f = q;
        for (int l = before * inRow, some = inRow; l > 0; l--) {
            FloatVector v = at(y, f);
            FloatVector w = at(y, f + after);
            FloatVector x0 = at(x, e);
            FloatVector x1 = at(x, e + after);
            s0 = v.fma(x0, s0);
            t0 = w.fma(x0, t0);
            s1 = v.fma(x1, s1);
            t1 = w.fma(x1, t1);
            FloatVector x2 = at(x, e + 2 * after);
            FloatVector x3 = at(x, e + 3 * after);
            s2 = v.fma(x2, s2);
            t2 = w.fma(x2, t2);
            s3 = v.fma(x3, s3);
            t3 = w.fma(x3, t3);
            e += LANES;
            f += LANES;
            if (--some == 0) {
                some = inRow;
                e += stepX - inRow * LANES;
                f += stepY - inRow * LANES;
            }
        }
        s0.add(at(z, r)).intoArray(z, r);
        t0.add(at(z, r + LANES)).intoArray(z, r + LANES);
        s1.add(at(z, r + step)).intoArray(z, r + step);
        t1.add(at(z, r + step + LANES)).intoArray(z, r + step + LANES);
        s2.add(at(z, r + 2 * step)).intoArray(z, r + 2 * step);
        t2.add(at(z, r + 2 * step + LANES)).intoArray(z, r + 2 * step + LANES);
        s3.add(at(z, r + 3 * step)).intoArray(z, r + 3 * step);
        t3.add(at(z, r + 3 * step + LANES)).intoArray(z, r + 3 * step + LANES);
    }

    /** What a vector is too long for, in the first lane. */
    private static void rest(
            float[] x,
            int p,
            int stepX,
            float[] y,
            int q,
            int stepY,
            int before,
            int after,
            float[] z,
            int r,
            int step) {
        for (int i = 0; i < 4; i++) {
            float s = z[r + i * step];
            float t = z[r + i * step + LANES];
            for (int l = 0; l < before; l++) {
                for (int o = after / LANES * LANES; o < after; o++) {
                    float v = x[p + l * stepX + i * after + o];
                    s = Math.fma(v, y[q + l * stepY + o], s);
                    t = Math.fma(v, y[q + l * stepY + after + o], t);
                }
            }
            z[r + i * step] = s;
            z[r + i * step + LANES] = t;
        }
    }

    @Override
    void drain(Object from, int rows, int columns, int lanes, int step, double[] to) {
        float[] x = (float[]) from;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                int at = (i * step + j) * lanes;
                double sum = 0;
                for (int l = 0; l < lanes; l++) {
                    sum += x[at + l];
                    x[at + l] = 0;
                }
                to[i * columns + j] += sum;
            }
        }
    }

    /** The last columns first: what a vector writes past the end of some is written later. */
    @Override
    void outerRows(
            Object a,
            int atA,
            int stepA,
            int step,
            int m,
            Object b,
            int atB,
            int stepB,
            int n,
            int rows,
            Object c,
            int atC) {
        float[] x = (float[]) a;
        float[] y = (float[]) b;
        float[] z = (float[]) c;
        for (int j = (n - 1) / LANES * LANES; j >= 0; j -= LANES) {
            outerRows(x, atA, step, m, stepA - m * step, y, atB + j, stepB, rows * m, n, z, atC + j);
        }
    }

    private static void outerRows(
            float[] x,
            int p,
            int step,
            int m,
            int jump,
            float[] y,
            int q,
            int down,
            int count,
            int n,
            float[] z,
            int r) {
        int e = p;
        int f = q;
        int to = r;
        for (int l = count, left = m; l > 0; l--) {
            at(y, f).mul(all(x[e])).intoArray(z, to);
            e += step;
            to += n;
            if (--left == 0) {
                left = m;
                e += jump;
                f += down;
            }
        }
    }

    private static void add(FloatVector sum, float alpha, float[] z, int to) {
        sum.fma(all(alpha), at(z, to)).intoArray(z, to);
    }

    /** Two terms at a time, at places of which the JIT knows that they are in the arrays: with one and tests it takes half as long again. */
    private static void rows(
            float alpha, float[] x, int p, int k, int terms, float[] y, int q, float[] z, int to, int step) {
        FloatVector s0 = all(0);
        FloatVector s1 = all(0);
        FloatVector s2 = all(0);
        FloatVector s3 = all(0);
        FloatVector t0 = all(0);
        FloatVector t1 = all(0);
        FloatVector t2 = all(0);
        FloatVector t3 = all(0);
        for (int e = 0, g = p, f = q; e < terms; e += 2, g += 2, f += 4 * LANES) {
            FloatVector v = at(y, f);
            FloatVector w = at(y, f + LANES);
            FloatVector x0 = all(x[g]);
            s0 = v.fma(x0, s0);
            t0 = w.fma(x0, t0);
            FloatVector x1 = all(x[g + k]);
            s1 = v.fma(x1, s1);
            t1 = w.fma(x1, t1);
            FloatVector x2 = all(x[g + 2 * k]);
            s2 = v.fma(x2, s2);
            t2 = w.fma(x2, t2);
            FloatVector x3 = all(x[g + 3 * k]);
            s3 = v.fma(x3, s3);
            t3 = w.fma(x3, t3);
            FloatVector vv = at(y, f + 2 * LANES);
            FloatVector ww = at(y, f + 3 * LANES);
            FloatVector y0 = all(x[g + 1]);
            s0 = vv.fma(y0, s0);
            t0 = ww.fma(y0, t0);
            FloatVector y1 = all(x[g + k + 1]);
            s1 = vv.fma(y1, s1);
            t1 = ww.fma(y1, t1);
            FloatVector y2 = all(x[g + 2 * k + 1]);
            s2 = vv.fma(y2, s2);
            t2 = ww.fma(y2, t2);
            FloatVector y3 = all(x[g + 3 * k + 1]);
            s3 = vv.fma(y3, s3);
            t3 = ww.fma(y3, t3);
        }
        add(s0, alpha, z, to);
        add(t0, alpha, z, to + LANES);
        add(s1, alpha, z, to + step);
        add(t1, alpha, z, to + step + LANES);
        add(s2, alpha, z, to + 2 * step);
        add(t2, alpha, z, to + 2 * step + LANES);
        add(s3, alpha, z, to + 3 * step);
        add(t3, alpha, z, to + 3 * step + LANES);
    }

    private static void term(float alpha, float[] x, int p, int next, float[] y, int q, float[] z, int to, int step) {
        for (int i = 0; i < 4; i++) {
            FloatVector factor = all(x[p + i * next]);
            add(at(y, q).mul(factor), alpha, z, to + i * step);
            add(at(y, q + LANES).mul(factor), alpha, z, to + i * step + LANES);
        }
    }
}
