package kron4j.plan;

/**
 * Which kernel factors a batch of matrices.
 *
 * @param n the larger side of the matrices
 * @param batch how many there are
 */
public record LuPlan(long n, long batch, Kernel kernel) {
    /** Up to this size the own kernel, which keeps a whole matrix in the nearest cache, beats a library call per matrix. */
    public static final int SMALL = 16;

    /** Below this size several cores on one matrix only wait for each other. */
    public static final int THREADED = 200;

    /** The ways to factor. */
    public enum Kernel {
        /** Own code, one core per matrix. */
        SMALL,
        /** A library call per matrix, one core each. */
        ONE_CORE_EACH,
        /** A library call per matrix, one after the other, all cores on each. */
        ALL_CORES_EACH
    }

    /** For LU and what follows from it, with this many cores. */
    public static LuPlan of(long rows, long cols, long batch, int cores) {
        long n = Math.max(rows, cols);
        return n <= SMALL ? new LuPlan(n, batch, Kernel.SMALL) : library(n, batch, cores);
    }

    /** For routines that only the library has. */
    public static LuPlan library(long n, long batch, int cores) {
        boolean coreEach = n < THREADED || batch >= cores;
        return new LuPlan(n, batch, coreEach ? Kernel.ONE_CORE_EACH : Kernel.ALL_CORES_EACH);
    }

    @Override
    public String toString() {
        return batch + " of size " + n + ": "
                + switch (kernel) {
                    case SMALL -> "own kernel, a core per matrix";
                    case ONE_CORE_EACH -> "library, a core per matrix";
                    case ALL_CORES_EACH -> "library, all cores on each matrix in turn";
                };
    }
}
