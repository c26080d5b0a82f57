package kron4j.bench.reference;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Gradients by the chain rule, written out. */
final class Backward {
    private Backward() {}

    /** Of the squares' sum of x (F1 (x) F2 (x) ...), by x and each factor. */
    static double[][] kronecker(double[][] in, long[][] shapes) {
        int factors = in.length - 1;
        double[][] before = new double[factors + 1][];
        before[0] = in[0];
        for (int f = 0; f < factors; f++) {
            int[] s = stage(shapes, f);
            before[f + 1] = apply(before[f], in[f + 1], s, false);
        }
        double[][] gradients = new double[in.length][];
        double[] upper = Arrays.stream(before[factors]).map(y -> 2 * y).toArray();
        for (int f = factors - 1; f >= 0; f--) {
            int[] s = stage(shapes, f);
            gradients[f + 1] = factor(before[f], upper, s);
            upper = apply(upper, in[f + 1], s, true);
        }
        gradients[0] = upper;
        return gradients;
    }

    /** What is before the factor's axis, the factor's sizes (square), and what is after it. */
    private static int[] stage(long[][] shapes, int f) {
        long left = shapes[0][0];
        long right = 1;
        for (int i = 0; i < shapes.length - 1; i++) {
            left *= i < f ? shapes[i + 1][0] : 1;
            right *= i > f ? shapes[i + 1][0] : 1;
        }
        return new int[] {(int) left, (int) shapes[f + 1][0], (int) right};
    }

    private static double[] apply(double[] x, double[] factor, int[] stage, boolean transposed) {
        int p = stage[1];
        int right = stage[2];
        double[] y = new double[x.length];
        for (int l = 0; l < stage[0]; l++) {
            for (int i = 0; i < p; i++) {
                for (int j = 0; j < p; j++) {
                    double f = transposed ? factor[j * p + i] : factor[i * p + j];
                    for (int r = 0; r < right; r++) {
                        y[(l * p + j) * right + r] += f * x[(l * p + i) * right + r];
                    }
                }
            }
        }
        return y;
    }

    private static double[] factor(double[] x, double[] upper, int[] stage) {
        int p = stage[1];
        int right = stage[2];
        double[] gradient = new double[p * p];
        for (int l = 0; l < stage[0]; l++) {
            for (int i = 0; i < p; i++) {
                for (int j = 0; j < p; j++) {
                    for (int r = 0; r < right; r++) {
                        gradient[i * p + j] += x[(l * p + i) * right + r] * upper[(l * p + j) * right + r];
                    }
                }
            }
        }
        return gradient;
    }

    /** Of the squares' mean of tanh(x w + b) v + c, by x, w, b, v, c. */
    static double[][] perceptron(double[][] in, long[][] shapes) {
        int rows = (int) shapes[0][0];
        int inputs = (int) shapes[0][1];
        int hidden = (int) shapes[1][1];
        int outputs = (int) shapes[3][1];
        double[] h = plus(product(in[0], in[1], rows, inputs, hidden), in[2]);
        for (int i = 0; i < h.length; i++) {
            h[i] = Math.tanh(h[i]);
        }
        double[] dy = plus(product(h, in[3], rows, hidden, outputs), in[4]);
        for (int i = 0; i < dy.length; i++) {
            dy[i] *= 2.0 / dy.length;
        }
        double[] dh = product(dy, transposed(in[3], hidden, outputs), rows, outputs, hidden);
        for (int i = 0; i < dh.length; i++) {
            dh[i] *= 1 - h[i] * h[i];
        }
        return new double[][] {
            product(dh, transposed(in[1], inputs, hidden), rows, hidden, inputs),
            product(transposed(in[0], rows, inputs), dh, inputs, rows, hidden),
            columnSums(dh, hidden),
            product(transposed(h, rows, hidden), dy, hidden, rows, outputs),
            columnSums(dy, outputs)
        };
    }

    private static double[] product(double[] a, double[] b, int m, int k, int n) {
        double[] c = new double[m * n];
        IntStream.range(0, m).parallel().forEach(i -> {
            for (int l = 0; l < k; l++) {
                for (int j = 0; j < n; j++) {
                    c[i * n + j] += a[i * k + l] * b[l * n + j];
                }
            }
        });
        return c;
    }

    private static double[] transposed(double[] a, int rows, int columns) {
        double[] t = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            t[i % columns * rows + i / columns] = a[i];
        }
        return t;
    }

    private static double[] plus(double[] a, double[] row) {
        for (int i = 0; i < a.length; i++) {
            a[i] += row[i % row.length];
        }
        return a;
    }

    private static double[] columnSums(double[] a, int columns) {
        double[] sums = new double[columns];
        for (int i = 0; i < a.length; i++) {
            sums[i % columns] += a[i];
        }
        return sums;
    }
}
