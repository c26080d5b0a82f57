package kron4j.backend.cpu;

import kron4j.backend.cpu.Lapack.Matrix;

/**
 * QR of a matrix with many columns by blocks of reflectors: a panel by the library on one core, then all columns that it changes, some to each core. The library's own threads gain
 * little at 500 columns, and on a busy machine wait for one another.
 */
final class BlockedQr {
    /** Reflectors that are applied together: as few as keep the products of blocks fast. */
    static final int REFLECTORS = 32;

    /** Rows for each column from which on singular values are found sooner in the triangle; as in LAPACK. */
    private static final double TALL = 1.6;

    /** Elements of matrices that are small for more than one call. */
    private static final int SMALL = 1 << 12;

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

    /** Whether singular values are found sooner in the triangle of an m x n matrix. */
    static boolean paysFor(int m, int n) {
        return !isSmall(m, n) && m >= TALL * n;
    }

    /** Whether one call of the library takes less time. */
    static boolean isSmall(int m, int n) {
        return m * (long) n <= SMALL;
    }

    /** Factors {@code v}, of n columns: R in its upper triangle. */
    void factor(int n) {
        for (int i = 0; i < steps; i += REFLECTORS) {
            int block = i;
            int width = width(i);
            OpenBlas.oneThreadEach(() -> lapack.geqrt(m - block, width, width, v.at(block, block), t.at(0, block)));
            int right = i + width;
            ColumnBlocks.forEach(n - right, (first, columns) -> apply(true, block, v, right + first, columns));
        }
    }

    /** {@code b := Q^H b}, b of m rows. */
    void multiply(Matrix b, int columns) {
        for (int i = 0; i < steps; i += REFLECTORS) {
            int block = i;
            ColumnBlocks.forEach(columns, (first, count) -> apply(true, block, b, first, count));
        }
    }

    /** Multiplies the identity in {@code q} by the blocks, the last first: those before it change what is left of it and above no more. */
    void multiplyIdentity(Matrix q, int n) {
        ColumnBlocks.forEach(n, (first, columns) -> {
            int last = Math.min(steps, first + columns) - 1;
            for (int i = last / REFLECTORS * REFLECTORS; i >= 0; i -= REFLECTORS) {
                int from = Math.max(first, i);
                apply(false, i, q, from, first + columns - from);
            }
        });
    }

    private void apply(boolean transposed, int block, Matrix to, int first, int columns) {
        Matrix own = v.at(block, block);
        lapack.larfb(transposed, m - block, columns, width(block), own, t.at(0, block), to.at(block, first));
    }

    private int width(int block) {
        return Math.min(REFLECTORS, steps - block);
    }
}
