package kron4j.backend.cpu;

/** Blocks of a matrix's columns, some to each core. Their widths, and so the results, do not depend on how many cores there are. */
final class ColumnBlocks {
    /** The least and the most columns: a block reads all of the other operand of a product, and a core without one waits. */
    private static final int LEAST = 64;

    private static final int MOST = 256;
    /** Widths are multiples of the block size of a product's kernels. */
    private static final int STEP = 16;

    private static final int BLOCKS = 4;

    private ColumnBlocks() {}

    /** Work on some columns. */
    interface Body {
        void run(int first, int columns);
    }

    /** Runs {@code body}, whose calls of the library stay in their threads, on {@code n} columns, the last first: in triangles they have the most to do. */
    static void forEach(int n, Body body) {
        int width = Math.max(LEAST, Math.min(MOST, (n / BLOCKS + STEP - 1) / STEP * STEP));
        long count = ((long) n + width - 1) / width;
        OpenBlas.oneThreadEach(() -> Parallel.forRange(count, 1, (block, end) -> {
            for (long b = block; b < end; b++) {
                int last = n - (int) b * width;
                int first = Math.max(0, last - width);
                body.run(first, last - first);
            }
        }));
    }
}
