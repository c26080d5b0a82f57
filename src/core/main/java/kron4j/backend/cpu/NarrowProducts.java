package kron4j.backend.cpu;

import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Matrix;

/**
 * GEMM of many rows with a B of few columns, for which the library copies A as if it were used often: B lies on the heap once, in panels as wide as the
 * kernel, and A goes by in blocks of rows. Long sums are made of pieces, for which a part of a panel stays in the nearest cache; their lengths depend on k only.
 */
final class NarrowProducts {
    /** The most columns and bytes of B, and rows that make up for copying it. */
    private static final int COLUMNS = 32;

    private static final int BYTES = 1 << 18;

    private static final int ROWS = 64;

    /** The most bytes of more columns than these, if they fill vectors. */
    private static final int WIDE = 256;

    private static final int FULL = 64;

    /** The most columns of A, and terms of a piece of a sum. */
    private static final int DEPTH = 2048;

    private static final int TERMS = 256;

    /** The most rows of a block of A. */
    private static final int BLOCK = 120;

    /** Multiplications that are worth another thread. */
    private static final long GRAIN = 1 << 20;

    private NarrowProducts() {}

    static boolean has(GemmPlan plan, double beta, View c) {
        long width = plan.n() * c.dtype().bytes();
        return beta == 0
                && (plan.n() <= COLUMNS || (width <= WIDE && width % FULL == 0))
                && plan.n() > 1
                && plan.m() >= ROWS
                && plan.k() * width <= BYTES
                && plan.k() <= DEPTH
                && !plan.a().transposed()
                && plan.batchSize() == 1
                && Loops.BEST.products(c.dtype()) != null;
    }

    static void run(GemmPlan plan, double alpha, View a, View b, View c) {
        Products products = Loops.BEST.products(c.dtype());
        int k = (int) plan.k();
        int n = (int) plan.n();
        int step = products.width();
        Object right = products.allocate(k * n);
        Matrix from = plan.b();
        int width = from.transposed() ? k : n;
        Object target = from.transposed() ? products.allocate(k * n) : right;
        read(products, (CpuStorage) b.storage(), from.offset(), from.leading(), k * n / width, width, target);
        if (from.transposed()) {
            products.transpose(target, 0, n, k, right, 0);
        }
        Object panels = panels(products, right, k, n);
        int rows = Math.min(BLOCK, Products.ROOM / k) & -4;
        long blocks = (plan.m() + rows - 1) / rows;
        long grain = 1 + GRAIN / ((long) rows * k * n);
        CpuStorage x = (CpuStorage) a.storage();
        CpuStorage z = (CpuStorage) c.storage();
        long lda = plan.a().leading();
        long ldc = plan.c().leading();
        Parallel.forRange(blocks, grain, (first, end) -> {
            Object[] arrays = products.local((rows + 4) * k, (rows + 4) * (n + step), rows * n);
            for (long i = first * rows; i < Math.min(plan.m(), end * rows); i += rows) {
                int some = (int) Math.min(rows, plan.m() - i);
                read(products, x, plan.a().offset() + i * lda, lda, some, k, arrays[0]);
                Object sums = multiply(products, alpha, arrays, some, k, panels, n);
                for (int e = 0; e < some; e += ldc == n ? some : 1) {
                    int elements = ldc == n ? some * n : n;
                    products.write(z, plan.c().offset() + (i + e) * ldc, elements, sums, e * n);
                }
            }
        });
    }

    /** Multiplies a block of rows; the last columns alone if they are no more than half of a panel. Returns the array that has the result without gaps. */
    private static Object multiply(
            Products products, double alpha, Object[] arrays, int rows, int k, Object panels, int n) {
        int width = products.width();
        int half = width / 2;
        int whole = (n + half - 1) / width * width;
        int across = whole == 0 || whole >= n ? Math.max(whole, n) : whole + half;
        if (whole > 0) {
            products.clear(arrays[1], rows * across);
        }
        for (int term = 0; term < k; term += TERMS) {
            int terms = Math.min(TERMS, k - term);
            for (int j = 0; j < whole; j += width) {
                int panel = j * k + term * width;
                products.add(alpha, arrays[0], term, k, rows, terms, panels, panel, arrays[1], j, across);
            }
        }
        if (whole < n) {
            int rest = n - whole;
            products.multiply(alpha, arrays[0], 0, rows, k, panels, whole * k, width, rest, arrays[1], whole, across);
        }
        if (across == n) {
            return arrays[1];
        }
        products.join(arrays[1], across, rows, n, arrays[2]);
        return arrays[2];
    }

    /** B in the order in which the kernel reads it. */
    private static Object panels(Products products, Object right, int k, int n) {
        int step = products.width();
        Object panels = products.allocate((n + step - 1) / step * step * k);
        for (int j = 0; j < n; j += step) {
            for (int i = 0; i < k; i++) {
                System.arraycopy(right, i * n + j, panels, j * k + i * step, Math.min(step, n - j));
            }
        }
        return panels;
    }

    private static void read(
            Products products, CpuStorage from, long at, long leading, int rows, int width, Object to) {
        if (leading == width) {
            products.read(from, at, rows * width, to, 0);
            return;
        }
        for (int i = 0; i < rows; i++) {
            products.read(from, at + i * leading, width, to, i * width);
        }
    }
}
