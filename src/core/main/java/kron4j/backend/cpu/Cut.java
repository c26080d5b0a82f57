package kron4j.backend.cpu;

import kron4j.plan.Loop;

/** Cuts an iteration space into boxes of at most one tile; boxes are numbered in row-major order. */
final class Cut {
    /** Side of the square blocks in which operands with different innermost axes are read: two cache lines of float32. */
    private static final int SIDE = 32;

    private final long[] sizes;
    private final int[] block;
    private final long count;

    private Cut(long[] sizes, int[] block) {
        this.sizes = sizes;
        this.block = block;
        long boxes = 1;
        for (int i = 0; i < sizes.length; i++) {
            boxes *= (sizes[i] + block[i] - 1) / block[i];
        }
        this.count = boxes;
    }

    /**
     * Cuts innermost axes first; if an operand runs fastest along another axis than the innermost, into blocks that are short in both.
     *
     * @param capacity greatest number of elements in a box
     * @param span greatest distance of an operand's elements in a box, in elements
     */
    static Cut blocked(Loop loop, int capacity, long span) {
        int last = loop.rank() - 1;
        int[] block = ones(loop.rank());
        int other = otherFastAxis(loop);
        if (other != last && capacity >= SIDE * SIDE) {
            block[last] = (int) Math.max(1, Math.min(loop.sizes()[last], SIDE));
            block[other] = (int) Math.max(1, Math.min(loop.sizes()[other], SIDE));
        }
        return grown(loop, block, capacity, span);
    }

    /** Cuts innermost axes first, so that all boxes together have their elements in row-major order. */
    static Cut ordered(Loop loop, int capacity, long span) {
        return grown(loop, ones(loop.rank()), capacity, span);
    }

    private static int[] ones(int rank) {
        int[] block = new int[rank];
        java.util.Arrays.fill(block, 1);
        return block;
    }

    private static Cut grown(Loop loop, int[] block, int capacity, long span) {
        int room = capacity;
        for (int b : block) {
            room /= Math.max(1, b);
        }
        for (int i = block.length - 1; i >= 0 && room > 1; i--) {
            int most = (int) Math.max(1, Math.min(loop.sizes()[i], (long) block[i] * room));
            room = room * block[i] / most;
            block[i] = most;
        }
        for (long[] strides : loop.strides()) {
            shrink(block, strides, span);
        }
        return new Cut(loop.sizes(), block);
    }

    /** The axis along which a trailing operand has its smallest nonzero stride, if that is not the innermost one. */
    private static int otherFastAxis(Loop loop) {
        int last = loop.rank() - 1;
        for (long[] strides : loop.strides()) {
            int fastest = last;
            for (int i = last - 1; i >= 0 && strides[last] != 0; i--) {
                if (strides[i] != 0 && Math.abs(strides[i]) < Math.abs(strides[fastest])) {
                    fastest = i;
                }
            }
            if (fastest != last) {
                return fastest;
            }
        }
        return last;
    }

    /** Outer axes first: as long as these have blocks of 1, boxes are still runs in row-major order. */
    private static void shrink(int[] block, long[] strides, long span) {
        for (int axis = 0; axis < block.length; axis++) {
            while (block[axis] > 1 && width(block, strides) >= span) {
                block[axis] = (block[axis] + 1) / 2;
            }
        }
    }

    private static long width(int[] block, long[] strides) {
        long width = 0;
        for (int i = 0; i < block.length; i++) {
            width += (block[i] - 1) * Math.abs(strides[i]);
        }
        return width;
    }

    /** Number of boxes. */
    long count() {
        return count;
    }

    /** Greatest number of elements in a box. */
    int capacity() {
        int capacity = 1;
        for (int b : block) {
            capacity *= b;
        }
        return capacity;
    }

    /** Sets the axes of {@code box} from {@code axis} on to those of the box with this number. */
    void place(long number, Box box, int axis) {
        long rest = number;
        for (int i = sizes.length - 1; i >= 0; i--) {
            long boxes = (sizes[i] + block[i] - 1) / block[i];
            long start = rest % boxes * block[i];
            rest /= boxes;
            box.start[axis + i] = start;
            box.extent[axis + i] = (int) Math.min(block[i], sizes[i] - start);
        }
    }
}
