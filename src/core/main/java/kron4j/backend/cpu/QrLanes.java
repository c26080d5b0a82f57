package kron4j.backend.cpu;

/**
 * QR of several matrices at once, a matrix in each lane of the vectors; arrays are interleaved as by {@link LuLanes#interleave}, and matrices column-major, of m x n with
 * m &gt;= n.
 */
abstract class QrLanes {
    /** Writes the greatest size among so many doubles of each matrix, NaN if one is. */
    abstract void greatest(double[] x, int doubles, double[] sizes);

    /**
     * Factors A = Q R: the reflectors' vectors are on and below the diagonal, R is above it. A column that is zero below the diagonal, as in LAPACK, is not reflected.
     *
     * @param diagonal gets that of R, which is real
     * @param factors gets those of the reflectors, n of them
     */
    abstract void factor(double[] a, int m, int n, double[] diagonal, double[] factors);

    /** {@code b := R^-1 Q^H b} in the first n rows of b, which has m. */
    abstract void solve(double[] a, int m, int n, double[] diagonal, double[] factors, double[] b, int columns);

    /** {@code q :=} the first n columns of Q. */
    abstract void unpack(double[] a, int m, int n, double[] factors, double[] q);

    /**
     * Computes {@code |R| |R^-1|} in Frobenius norms, at least the quotient of the largest and the least singular value.
     *
     * @param scratch for n elements a matrix
     * @param products get one of each matrix
     */
    abstract void conditions(double[] a, int m, int n, double[] diagonal, double[] scratch, double[] products);

    /**
     * Finds the singular values of R by rotations, in any order; those of a matrix do not depend on its neighbours.
     *
     * @param scratch for n x n elements a matrix
     * @return false if they are not found after many rotations
     */
    abstract boolean singularValues(double[] a, int m, int n, double[] diagonal, double[] scratch, double[] values);
}
