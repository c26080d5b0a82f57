package kron4j.backend.cpu;

import kron4j.backend.ReduceOp;

/** Products of complex elements, which tiles hold as pairs; computed in double. */
final class PairProducts extends Accumulator {
    /** Fewer factors are multiplied one after the other. */
    private static final int FEW = 16;

    private final boolean single;
    /** The products so far, with room for a vector past the end. */
    private final double[] products;

    /** Products that are tried, and elements of complex64 in double. */
    private final double[] tried = Tile.local()[2].doubles;

    private final double[] wide = Tile.local()[3].doubles;
    /** Factors that are multiplied half by half. */
    private final double[] re = Tile.local()[2].imaginary;

    private final double[] im = Tile.local()[3].imaginary;

    PairProducts(Kind real, int size) {
        super(ReduceOp.PROD);
        single = real == Kind.FLOAT;
        products = new double[2 * size + 8];
    }

    @Override
    void clear() {
        for (int i = 0; i < products.length; i += 2) {
            products[i] = 1;
            products[i + 1] = 0;
        }
    }

    @Override
    void truth(Tile tile, int n) {
        throw new AssertionError(op);
    }

    @Override
    void fold(Tile tile, int from, int n, int line, long position) {
        if (single) {
            Loops.BEST.widen(tile.floats, 2 * from, wide, 2 * n);
        }
        if (n < FEW || !multiplyHalves(tile, from, n, line)) {
            double[] x = single ? wide : tile.doubles;
            int first = single ? 0 : 2 * from;
            for (int i = first; i < first + 2 * n; i += 2) {
                multiply(line, x[i], x[i + 1]);
            }
        }
    }

    /**
     * Multiplies by the product of elements, which is found half by half; returns false, and does nothing, if that has special parts: then factors that are 1
     * are left out.
     */
    private boolean multiplyHalves(Tile tile, int from, int n, int line) {
        int left = Loops.BEST.products(single ? wide : tile.doubles, single ? 0 : from, n, re, im);
        while (left > 1) {
            int half = left / 2;
            left -= half;
            multiply(re, im, 0, left, half);
        }
        if (!isPlain(re[0], im[0])) {
            return false;
        }
        multiply(line, re[0], im[0]);
        return true;
    }

    /** Multiplies {@code n} numbers from {@code at} on by others. */
    static void multiply(double[] re, double[] im, int at, int other, int n) {
        for (int i = 0; i < n; i++) {
            double a = re[at + i];
            double b = im[at + i];
            double c = re[other + i];
            double d = im[other + i];
            re[at + i] = a * c - b * d;
            im[at + i] = a * d + b * c;
        }
    }

    @Override
    void foldRows(Tile tile, int n) {
        if (single) {
            Loops.BEST.widen(tile.floats, tile.doubles, 2 * n);
        }
        Loops.BEST.multiply(products, tile.doubles, tried, n);
        if (Loops.BEST.arePlain(tried, 2 * n)) {
            System.arraycopy(tried, 0, products, 0, 2 * n);
            return;
        }
        for (int i = 0; i < n; i++) {
            if (isPlain(tried[2 * i], tried[2 * i + 1])) {
                products[2 * i] = tried[2 * i];
                products[2 * i + 1] = tried[2 * i + 1];
            } else {
                multiply(i, tile.doubles[2 * i], tile.doubles[2 * i + 1]);
            }
        }
    }

    /** Whether factors that are 1 have not mattered: a product without infinite or zero parts. */
    static boolean isPlain(double x, double y) {
        return Math.abs(x) > 0
                && Math.abs(y) > 0
                && Math.abs(x) < Double.POSITIVE_INFINITY
                && Math.abs(y) < Double.POSITIVE_INFINITY;
    }

    @Override
    void take(int line, int from) {
        products[2 * line] = products[2 * from];
        products[2 * line + 1] = products[2 * from + 1];
    }

    @Override
    void combine(int line, Accumulator other, int from) {
        PairProducts later = (PairProducts) other;
        multiply(line, later.products[2 * from], later.products[2 * from + 1]);
    }

    /** Leaves infinite factors alone that are the only ones: their product with 1 + 0j has NaN. */
    private void multiply(int line, double x, double y) {
        if (x == 1 && y == 0) {
            return;
        }
        double a = products[2 * line];
        double b = products[2 * line + 1];
        boolean first = a == 1 && b == 0;
        products[2 * line] = first ? x : a * x - b * y;
        products[2 * line + 1] = first ? y : a * y + b * x;
    }

    @Override
    void write(Tile tile, int n) {
        for (int i = 0; i < n; i++) {
            tile.doubles[i] = products[2 * i];
            tile.imaginary[i] = products[2 * i + 1];
        }
    }
}
