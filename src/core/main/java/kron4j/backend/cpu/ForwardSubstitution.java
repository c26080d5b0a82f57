package kron4j.backend.cpu;

import kron4j.backend.cpu.Lapack.Matrix;

/** Triangular solves with many columns on all cores: by halves, whose products are faster than the library's solves, down to some rows. */
final class ForwardSubstitution {
    private static final int ROWS = 32;
    /** Halves are multiples of the block size of a product's kernels. */
    private static final int STEP = 16;

    private final Lapack lapack;
    /** Whether the triangle is the transpose of an upper one, with a diagonal; else it is a lower one, whose diagonal counts as 1. */
    private final boolean transposed;

    ForwardSubstitution(Lapack lapack, boolean transposed) {
        this.lapack = lapack;
        this.transposed = transposed;
    }

    /** Solves for b in place. */
    void solve(int n, int columns, Matrix t, Matrix b) {
        ColumnBlocks.forEach(columns, (first, some) -> halves(n, some, t, b.at(0, first)));
    }

    private void halves(int n, int columns, Matrix t, Matrix b) {
        if (n <= ROWS) {
            lapack.trsm(transposed, transposed, !transposed, n, columns, t, b);
            return;
        }
        int upper = (n / 2 + STEP - 1) / STEP * STEP;
        int rest = n - upper;
        halves(upper, columns, t, b);
        Matrix factor = transposed ? t.at(0, upper) : t.at(upper, 0);
        lapack.subtractProduct(transposed, rest, columns, upper, factor, b, b.at(upper, 0));
        halves(rest, columns, t.at(upper, upper), b.at(upper, 0));
    }
}
