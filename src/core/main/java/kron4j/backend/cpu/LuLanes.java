package kron4j.backend.cpu;

/** LU of several real matrices at once, a matrix in each lane of the vectors: bit for bit as {@link kron4j.backend.determinant.SmallLu#REAL}. */
abstract class LuLanes {
    /** Number of matrices. */
    abstract int count();

    /**
     * Factors column-major matrices whose equal elements are neighbours.
     *
     * @param pivots 1-based, one matrix after the other
     * @return false if a matrix has a zero pivot; nothing of the result is to be used then
     */
    abstract boolean factor(double[] a, int rows, int cols, int[] pivots);
}
