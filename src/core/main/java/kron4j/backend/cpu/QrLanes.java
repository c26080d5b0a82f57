package kron4j.backend.cpu;

/** Least squares of several real matrices at once, a matrix in each lane of the vectors; arrays are interleaved as by {@link LuLanes#interleave}. */
abstract class QrLanes {
    /** Writes the greatest size among the elements of each matrix, NaN if one is. */
    abstract void greatest(double[] x, int elements, double[] sizes);

    /**
     * By reflections, {@code b := R^-1 Q^T b} in its first n rows, for A = Q R.
     *
     * @param a column-major, m x n with m &gt;= n; gets R above the diagonal
     * @param b column-major, m rows
     * @param diagonal gets that of R
     * @param scratch for n values a matrix
     */
    abstract void solve(double[] a, int m, int n, double[] b, int columns, double[] diagonal, double[] scratch);

    /**
     * Computes {@code |R| |R^-1|} in Frobenius norms, at least the quotient of the largest and the least singular value.
     *
     * @param a as {@link #solve} leaves it, with the diagonal apart
     * @param scratch for n values a matrix
     * @param products get one of each matrix
     */
    abstract void conditions(double[] a, int m, int n, double[] diagonal, double[] scratch, double[] products);

    /**
     * Finds the singular values of R by rotations, in any order; those of a matrix do not depend on its neighbours.
     *
     * @param a as {@link #solve} leaves it, with the diagonal apart
     * @param scratch for n x n values a matrix
     * @return false if they are not found after many rotations
     */
    abstract boolean singularValues(double[] a, int m, int n, double[] diagonal, double[] scratch, double[] values);
}
