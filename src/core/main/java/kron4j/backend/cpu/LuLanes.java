package kron4j.backend.cpu;

/** LU of several matrices at once, a matrix in each lane of the vectors: bit for bit as {@link kron4j.backend.determinant.SmallLu}. */
abstract class LuLanes {
    /** Number of matrices. */
    abstract int count();

    /** Makes equal elements neighbours: of matrices of {@code size} doubles, one after the other. */
    abstract void interleave(double[] matrices, int size, double[] lanes);

    /** The reverse of {@link #interleave}. */
    abstract void separate(double[] lanes, int size, double[] matrices);

    /**
     * Factors interleaved column-major matrices.
     *
     * @param pivots rows, counted from 0, interleaved too
     * @return false if a matrix has a zero pivot, or needs scaling; nothing of the result is to be used then
     */
    abstract boolean factor(double[] a, int rows, int cols, double[] pivots);

    /**
     * Solves with interleaved factors, without exchanges: {@code b := U^-1 L^-1 b}, or {@code b := L^-T U^-T b} if transposed.
     *
     * @param b interleaved right-hand sides, of elements so many apart in a column and in a row
     * @return false if a quotient needs scaling; nothing of the result is to be used then
     */
    abstract boolean solve(double[] lu, int n, boolean transposed, double[] b, int columns, int down, int across);

    /**
     * Computes determinants of interleaved column-major real matrices, of n x n, and writes to them. Pivots that are normal numbers say that there is no NaN: each
     * spreads to the rows below its own, and so to a pivot.
     *
     * @param pivots scratch for n values a matrix
     * @param mantissas of the results: their signs times numbers in [1, 2)
     * @param exponents of the results, base 2
     * @return false if a pivot is not a normal number; nothing of the result is to be used then
     */
    abstract boolean determinants(double[] a, int n, double[] pivots, double[] mantissas, long[] exponents);
}
