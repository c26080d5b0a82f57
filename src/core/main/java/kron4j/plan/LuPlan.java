package kron4j.plan;

/**
 * Chooses the kernel that factors a batch of matrices on the CPU; {@link #onCard} chooses for a card.
 *
 * @param n larger side of the matrices
 * @param batch number of matrices
 */
public record LuPlan(long n, long batch, Kernel kernel) {
    /** Up to this size our own kernel, which keeps a whole matrix in the nearest cache, beats a library call per matrix. */
    public static final int SMALL = 16;

    /** Up to this size our own kernel for as many matrices at once as a vector of 512 bits has numbers beats it. */
    public static final int IN_LANES = 32;

    /** Below this size several cores on one matrix only wait for each other. */
    public static final int THREADED = 200;

    /** Columns of a panel. */
    public static final int PANEL = 16;

    /** Below this size the launches for panels take less time than the library's call, even for a single matrix. */
    private static final int FEW_PANELS = 256;

    /** The ways to factor on a card. */
    public enum OnCard {
        /** One kernel for all. */
        REGISTERS,
        /** By halves: panels by our own kernel, the rest by products over the whole batch. */
        PANELS,
        /** A library call per matrix. */
        LIBRARY_EACH
    }

    /** {@return up to which size a kernel on a card keeps matrices in registers, for elements of so many bytes} */
    public static int registers(int bytes) {
        return bytes > Double.BYTES ? 32 : 64;
    }

    /** {@return up to how many rows a panel of 16 columns fits into the registers of a block on a card} */
    public static int panelRows(int bytes) {
        return bytes > Double.BYTES ? 512 : 1024;
    }

    /** Chooses for a card, for elements of so many bytes. */
    public static OnCard onCard(long rows, long cols, long batch, int bytes) {
        long n = Math.max(rows, cols);
        if (n <= registers(bytes)) {
            return OnCard.REGISTERS;
        }
        return rows <= panelRows(bytes) && (batch > 1 || n <= FEW_PANELS) ? OnCard.PANELS : OnCard.LIBRARY_EACH;
    }

    /** The ways to factor on the CPU. */
    public enum Kernel {
        /** Own code, one core per matrix. */
        SMALL,
        /** A library call per matrix, one core each. */
        ONE_CORE_EACH,
        /** A library call per matrix, one after the other, all cores on each. */
        ALL_CORES_EACH
    }

    /** Chooses for LU and its uses, with this many cores. */
    public static LuPlan of(long rows, long cols, long batch, int cores) {
        long n = Math.max(rows, cols);
        return n <= SMALL ? new LuPlan(n, batch, Kernel.SMALL) : library(n, batch, cores);
    }

    /** {@return up to which size determinants and solutions of so many real matrices take one pass, with so many at once in the lanes of vectors, if any} */
    public static int onePass(int lanes, long batch) {
        return lanes * Double.SIZE >= 512 && batch >= lanes ? IN_LANES : SMALL;
    }

    /** Chooses for routines that only the library has. */
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
