package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.backend.Storage;
import kron4j.backend.cpu.Lapack.Matrix;

/**
 * Proofs of full rank without singular values: the largest of an upper triangle R is at most |R|, the least at least 1 / |R^-1|, in Frobenius norms. Belongs to one
 * thread.
 */
final class ConditionBound implements AutoCloseable {
    private final Entries a;
    private final int n;
    private final Storage inverse;
    private final double[] column;

    /** @param a matrices with triangles in their first rows */
    ConditionBound(CpuBackend backend, Entries a) {
        this.a = a;
        n = a.size(-1);
        inverse = backend.allocate(a.dtype(), (long) n * n);
        column = new double[a.width() * n];
    }

    /**
     * Whether a product of norms, {@code |R| |R^-1|}, proves that all singular values of {@code a = Q R} are above {@code rcond} times the largest, for all rounding
     * errors: those of R^-1 are up to n units of the product, those of R about sqrt(m n).
     */
    // N. Higham, T. Mary: A new approach to probabilistic rounding error analysis (2019).
    static boolean provesRank(double norms, double rcond, Entries a) {
        double rounding = (a.size(-2) + (double) a.size(-1)) * a.dtype().epsilon();
        return norms * (rcond + rounding) <= 0.5;
    }

    /** As {@link #provesRank(double, double, Entries)} for the triangle of an entry; where squares overflow, it proves nothing. */
    boolean provesRank(long index, double rcond) {
        Matrix r = Matrix.of(a, index);
        Matrix x = new Matrix((CpuStorage) inverse, 0, n);
        if (LibraryLu.hasOddPivot(a, r, n)) {
            return false;
        }
        setIdentity(x);
        ColumnBlocks.forEach(
                n,
                (first, columns) -> a.lapack().trsm(true, false, false, first + columns, columns, r, x.at(0, first)));
        return provesRank(Math.sqrt(sumOfSquares(r)) * Math.sqrt(sumOfSquares(x)), rcond, a);
    }

    private void setIdentity(Matrix x) {
        Entries entries = x.entries(n, n);
        Arrays.fill(column, 0);
        for (int j = 0; j < n; j++) {
            column[a.width() * j] = 1;
            entries.write(x.at(0, j).element(), column, 0, n);
            column[a.width() * j] = 0;
        }
    }

    /** Of the upper triangle. */
    private double sumOfSquares(Matrix x) {
        Entries entries = x.entries(n, n);
        double sum = 0;
        for (int j = 0; j < n; j++) {
            entries.read(x.at(0, j).element(), column, 0, j + 1);
            for (int i = 0; i < (j + 1) * a.width(); i++) {
                sum += column[i] * column[i];
            }
        }
        return sum;
    }

    @Override
    public void close() {
        inverse.release();
    }
}
