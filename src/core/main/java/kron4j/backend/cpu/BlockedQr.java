package kron4j.backend.cpu;

import kron4j.backend.cpu.Lapack.Matrix;

/**
 * QR of a matrix with many columns by blocks of reflectors: a panel by the library on one core, then all columns that it changes, some to each core. (The library's own way to use
 * several gains nothing below 1000 columns.)
 */
final class BlockedQr {
    /** Reflectors that are applied together: as few as keep the products of blocks fast. */
    static final int REFLECTORS = 32;

    /** Columns that a core takes at a time, for results that do not depend on how many cores there are. */
    private static final int COLUMNS = 64;

    private final Lapack lapack;
    private final int m;
    private final int steps;
    /** The reflectors below the diagonal, and the triangular factors of blocks side by side. */
    private final Matrix v;

    private final Matrix t;

    BlockedQr(Lapack lapack, int m, int steps, Matrix v, Matrix t) {
        this.lapack = lapack;
        this.m = m;
        this.steps = steps;
        this.v = v;
        this.t = t;
    }

    /** Factors {@code v}, of n columns: R in its upper triangle. */
    void factor(int n) {
        OpenBlas.oneThreadEach(() -> {
            for (int i = 0; i < steps; i += REFLECTORS) {
                int block = i;
                int width = width(i);
                lapack.geqrt(m - i, width, width, at(v, i, i), t(i));
                forColumns(i + width, n, (first, columns) -> apply(true, block, v, first, columns));
            }
        });
    }

    /** Multiplies the identity in {@code q} by the blocks, the last first: those before it change what is left of it and above no more. */
    void multiplyIdentity(Matrix q, int n) {
        OpenBlas.oneThreadEach(() -> forColumns(0, n, (first, columns) -> {
            int last = Math.min(steps, first + columns) - 1;
            for (int i = last / REFLECTORS * REFLECTORS; i >= 0; i -= REFLECTORS) {
                int from = Math.max(first, i);
                apply(false, i, q, from, first + columns - from);
            }
        }));
    }

    private void apply(boolean transposed, int block, Matrix to, int first, int columns) {
        lapack.larfb(transposed, m - block, columns, width(block), at(v, block, block), t(block), at(to, block, first));
    }

    private int width(int block) {
        return Math.min(REFLECTORS, steps - block);
    }

    private Matrix t(int block) {
        return t.at((long) block * t.ld());
    }

    private static Matrix at(Matrix a, int row, int column) {
        return a.at(row + (long) column * a.ld());
    }

    private interface Some {
        void take(int first, int columns);
    }

    private static void forColumns(int from, int to, Some body) {
        long count = (Math.max(0, to - from) + COLUMNS - 1) / COLUMNS;
        Parallel.forRange(count, 1, (piece, end) -> {
            for (long p = piece; p < end; p++) {
                int first = from + (int) p * COLUMNS;
                body.take(first, Math.min(COLUMNS, to - first));
            }
        });
    }
}
