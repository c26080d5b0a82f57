package kron4j.backend.cpu;

import kron4j.backend.cpu.Lapack.Matrix;

/** Solves {@code U^T X = B} with many columns on all cores: by halves, whose products are faster than the library's solves, down to some rows. */
final class ForwardSubstitution {
    private static final int ROWS = 32;
    /** Halves are multiples of the block size of a product's kernels. */
    private static final int STEP = 16;

    private ForwardSubstitution() {}

    /** Solves for b in place. */
    static void solve(Lapack lapack, int n, int columns, Matrix u, Matrix b) {
        ColumnBlocks.forEach(columns, (first, some) -> halves(lapack, n, some, u, b.at(0, first)));
    }

    private static void halves(Lapack lapack, int n, int columns, Matrix u, Matrix b) {
        if (n <= ROWS) {
            lapack.trsm(true, true, false, n, columns, u, b);
            return;
        }
        int upper = (n / 2 + STEP - 1) / STEP * STEP;
        int rest = n - upper;
        halves(lapack, upper, columns, u, b);
        lapack.subtractProduct(true, rest, columns, upper, u.at(0, upper), b, b.at(upper, 0));
        halves(lapack, rest, columns, u.at(upper, upper), b.at(upper, 0));
    }
}
