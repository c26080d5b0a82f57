package kron4j.backend.cpu;

import kron4j.plan.Loop;

/** Transposing copies of matrices with few rows or few columns, from memory to memory: all their runs are walked at a time. */
final class ThinCopies {
    /** Bytes below which a piece is not worth another thread. */
    private static final int GRAIN = 1 << 17;

    /** Greatest number of rows or columns. */
    private static final int THIN = 8;

    /** Columns or rows that are copied at a time. */
    private static final int PIECE = 1 << 11;

    private ThinCopies() {}

    /** Copies pieces of the two innermost axes, if the layouts suit; returns whether it did. */
    static boolean run(Loop loop, int width, CpuStorage from, CpuStorage to) {
        boolean shown = from.fitsOneBuffer() && to.fitsOneBuffer();
        if (!shown || width > Long.BYTES || loop.rank() < 2 || !suits(loop)) {
            return false;
        }
        int last = loop.rank() - 1;
        int cut = loop.sizes()[last] < loop.sizes()[last - 1] ? last - 1 : last;
        long size = loop.sizes()[cut];
        long pieces = (size + PIECE - 1) / PIECE;
        long inner = loop.sizes()[last] * loop.sizes()[last - 1];
        long outer = loop.size() / inner;
        Parallel.forRange(outer * pieces, 1 + GRAIN * pieces / (inner * width), (first, end) -> {
            for (long number = first; number < end; number++) {
                long start = number % pieces * PIECE;
                long at = number / pieces * inner;
                long[] sizes = {loop.sizes()[last - 1], loop.sizes()[last]};
                sizes[cut - last + 1] = Math.min(PIECE, size - start);
                long[][] strides = new long[2][];
                long[] offsets = new long[2];
                for (int k = 0; k < 2; k++) {
                    strides[k] = new long[] {loop.strides()[k][last - 1], loop.strides()[k][last]};
                    offsets[k] = loop.position(k, at) + start * loop.strides()[k][cut];
                }
                SmallCopies.run(new Loop(sizes, strides, offsets), width, from, to);
            }
        });
        return true;
    }

    /** Whether one of the axes of neighbours is so short that nothing is in the way of lines that wait for the rest of their elements. */
    private static boolean suits(Loop loop) {
        int last = loop.rank() - 1;
        long[] sizes = loop.sizes();
        return loop.strides()[0][last] == 1
                && Math.abs(loop.strides()[1][last - 1]) == 1
                && Math.min(sizes[last], sizes[last - 1]) <= THIN
                && Math.max(sizes[last], sizes[last - 1]) >= PIECE / 4;
    }
}
