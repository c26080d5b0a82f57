package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;

/** Sums and products of complex elements. */
final class ComplexAccumulator extends Accumulator {
    /** Fewer factors are multiplied one after the other. */
    private static final int FEW = 16;

    private final double[] re;
    private final double[] im;
    private final double[] productRe;
    private final double[] productIm;

    ComplexAccumulator(ReduceOp op, int size) {
        super(op);
        re = new double[size];
        im = new double[size];
        productRe = new double[op == ReduceOp.PROD ? Tile.SIZE : 0];
        productIm = new double[productRe.length];
    }

    @Override
    void clear() {
        Arrays.fill(re, op == ReduceOp.PROD ? 1 : 0);
        Arrays.fill(im, 0);
    }

    @Override
    void truth(Tile tile, int n) {
        throw new AssertionError(op);
    }

    @Override
    void fold(Tile tile, int from, int n, int line, long position) {
        if (op == ReduceOp.SUM) {
            add(line, Folds.sum(tile.doubles, from, n), Folds.sum(tile.imaginary, from, n));
        } else if (n < FEW || !multiplyHalves(tile, from, n, line)) {
            for (int i = from; i < from + n; i++) {
                multiply(line, tile.doubles[i], tile.imaginary[i]);
            }
        }
    }

    /** Multiplies by the product of elements, which is found half by half; returns false, and does nothing, if that has special parts: then factors that are 1 are left out. */
    private boolean multiplyHalves(Tile tile, int from, int n, int line) {
        System.arraycopy(tile.doubles, from, productRe, 0, n);
        System.arraycopy(tile.imaginary, from, productIm, 0, n);
        for (int left = n; left > 1; ) {
            int half = left / 2;
            left -= half;
            multiply(productRe, productIm, left, half);
        }
        if (!isPlain(productRe[0], productIm[0])) {
            return false;
        }
        multiply(line, productRe[0], productIm[0]);
        return true;
    }

    private static void multiply(double[] re, double[] im, int other, int n) {
        for (int i = 0; i < n; i++) {
            double a = re[i];
            double b = im[i];
            double c = re[other + i];
            double d = im[other + i];
            re[i] = a * c - b * d;
            im[i] = a * d + b * c;
        }
    }

    @Override
    void foldRows(Tile tile, int n) {
        if (op == ReduceOp.SUM) {
            BinaryKernels.doubles(BinaryOp.ADD, re, tile.doubles, re, n);
            BinaryKernels.doubles(BinaryOp.ADD, im, tile.imaginary, im, n);
        } else {
            multiply(re, im, tile.doubles, tile.imaginary, productRe, productIm, n);
            for (int i = 0; i < n; i++) {
                if (isPlain(productRe[i], productIm[i])) {
                    re[i] = productRe[i];
                    im[i] = productIm[i];
                } else {
                    multiply(i, tile.doubles[i], tile.imaginary[i]);
                }
            }
        }
    }

    private static void multiply(double[] a, double[] b, double[] c, double[] d, double[] re, double[] im, int n) {
        for (int i = 0; i < n; i++) {
            re[i] = a[i] * c[i] - b[i] * d[i];
            im[i] = a[i] * d[i] + b[i] * c[i];
        }
    }

    /** Whether factors that are 1 have not mattered: a product without infinite or zero parts. */
    private static boolean isPlain(double x, double y) {
        return x * y != 0 && Math.abs(x) < Double.POSITIVE_INFINITY && Math.abs(y) < Double.POSITIVE_INFINITY;
    }

    @Override
    void take(int line, int from) {
        re[line] = re[from];
        im[line] = im[from];
    }

    @Override
    void combine(int line, Accumulator other, int from) {
        ComplexAccumulator later = (ComplexAccumulator) other;
        if (op == ReduceOp.SUM) {
            add(line, later.re[from], later.im[from]);
        } else {
            multiply(line, later.re[from], later.im[from]);
        }
    }

    private void add(int line, double x, double y) {
        re[line] += x;
        im[line] += y;
    }

    /** Leaves infinite factors alone that are the only ones: their product with 1 + 0j has NaN. */
    private void multiply(int line, double x, double y) {
        if (x == 1 && y == 0) {
            return;
        }
        if (re[line] == 1 && im[line] == 0) {
            re[line] = x;
            im[line] = y;
            return;
        }
        double product = re[line] * x - im[line] * y;
        im[line] = re[line] * y + im[line] * x;
        re[line] = product;
    }

    @Override
    void write(Tile tile, int n) {
        System.arraycopy(re, 0, tile.doubles, 0, n);
        System.arraycopy(im, 0, tile.imaginary, 0, n);
    }
}
