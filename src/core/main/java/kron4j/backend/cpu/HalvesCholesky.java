package kron4j.backend.cpu;

import kron4j.backend.cpu.Lapack.Matrix;

/**
 * {@code U^T U} of a real matrix by halves: the upper left triangle, then a triangular solve and a product for the columns on its right, some to each core;
 * narrow parts by the library. The library's own threads gain little at 1000 columns, and on a busy machine wait for one another.
 */
final class HalvesCholesky {
    /** Up to here the library is as fast. */
    static final int NARROW = 128;

    private static final int STEP = 16;

    private final Lapack lapack;
    private final Matrix a;

    private HalvesCholesky(Lapack lapack, Matrix a) {
        this.lapack = lapack;
        this.a = a;
    }

    /** As potrf with the upper triangle; writes something to the lower one. */
    static int factor(Lapack lapack, int n, Matrix a) {
        int[] info = new int[1];
        OpenBlas.oneThreadEach(() -> info[0] = new HalvesCholesky(lapack, a).factor(0, n));
        return info[0];
    }

    private int factor(int first, int n) {
        if (n <= NARROW) {
            int info = lapack.potrf(true, n, a.at(first, first));
            return info > 0 ? first + info : info;
        }
        int left = (n / 2 + STEP - 1) / STEP * STEP;
        int right = n - left;
        int middle = first + left;
        int info = factor(first, left);
        if (info != 0) {
            return info;
        }
        Matrix above = a.at(first, middle);
        ForwardSubstitution.solve(lapack, left, right, a.at(first, first), above);
        ColumnBlocks.forEach(
                right,
                (column, some) -> lapack.subtractProduct(
                        true, column + some, some, left, above, above.at(0, column), a.at(middle, middle + column)));
        return factor(middle, right);
    }
}
