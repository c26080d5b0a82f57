package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Elementwise operations with transposed operands, which run along another axis than the result: blocks of these are copied first, by what copies them fastest. */
final class Turned {
    /** Elements of blocks that are not worth their set-up. */
    private static final int FEW = 1 << 12;

    /** Sides of a block: along the result, and along a transposed operand. */
    private static final int ALONG = 256;

    private static final int ACROSS = 128;

    /** An operation on a result, the first view, and operands of its shape. */
    interface Operation {
        void run(View[] views);
    }

    private final Operation operation;
    private final View[] views;
    private final Loop loop;
    /** The axis along which the transposed operands run. */
    private final int axis;

    private final boolean[] turned;

    private Turned(Operation operation, View[] views, Loop loop, int axis) {
        this.operation = operation;
        this.views = views;
        this.loop = loop;
        this.axis = axis;
        this.turned = new boolean[views.length];
        for (int k = 1; k < views.length; k++) {
            turned[k] = axis(loop, k) == axis;
        }
    }

    /** Runs an operation block by block if some operands are transposed, and not small; returns whether it did. */
    static boolean run(Operation operation, View... views) {
        if (views[0].shape().size() < FEW) {
            return false;
        }
        Layout[] layouts = new Layout[views.length];
        Arrays.setAll(layouts, k -> views[k].layout());
        Loop loop = Loop.of(layouts);
        for (int k = 1; k < views.length; k++) {
            int axis = axis(loop, k);
            if (axis >= 0 && loop.sizes()[axis] * loop.sizes()[loop.rank() - 1] >= FEW) {
                new Turned(operation, views, loop, axis).run();
                return true;
            }
        }
        return false;
    }

    /** The axis along which the elements of an operand lie side by side, where that is not the innermost one; else -1. */
    private static int axis(Loop loop, int operand) {
        long[] strides = loop.strides()[operand];
        int last = loop.rank() - 1;
        if (Math.abs(strides[last]) > 1 && loop.strides()[0][last] == 1) {
            for (int i = 0; i < last; i++) {
                if (Math.abs(strides[i]) == 1) {
                    return i;
                }
            }
        }
        return -1;
    }

    private void run() {
        int last = loop.rank() - 1;
        long[] blocks = loop.sizes().clone();
        blocks[axis] = (blocks[axis] + ACROSS - 1) / ACROSS;
        blocks[last] = (blocks[last] + ALONG - 1) / ALONG;
        long count = Shape.of(blocks).size();
        Parallel.forRange(count, 1, (from, to) -> {
            Storage[] copies = new Storage[views.length];
            try {
                for (long number = from; number < to; number++) {
                    block(number, blocks, copies);
                }
            } finally {
                for (Storage copy : copies) {
                    if (copy != null) {
                        copy.release();
                    }
                }
            }
        });
    }

    private void block(long number, long[] blocks, Storage[] copies) {
        int last = loop.rank() - 1;
        long[] offsets = loop.offsets().clone();
        long rows = 0;
        long columns = 0;
        long rest = number;
        for (int i = last; i >= 0; i--) {
            long side = i == axis ? ACROSS : i == last ? ALONG : 1;
            long start = rest % blocks[i] * side;
            rest /= blocks[i];
            for (int k = 0; k < offsets.length; k++) {
                offsets[k] += start * loop.strides()[k][i];
            }
            rows = i == axis ? Math.min(side, loop.sizes()[i] - start) : rows;
            columns = i == last ? Math.min(side, loop.sizes()[i] - start) : columns;
        }
        View[] some = new View[views.length];
        for (int k = 0; k < some.length; k++) {
            long[] strides = {loop.strides()[k][axis], loop.strides()[k][last]};
            View block = views[k].with(Layout.of(Shape.of(rows, columns), strides, offsets[k]));
            some[k] = turned[k] ? copy(block, k, copies) : block;
        }
        operation.run(some);
    }

    private View copy(View block, int operand, Storage[] copies) {
        if (copies[operand] == null) {
            copies[operand] = block.storage().backend().allocate(block.dtype(), ALONG * ACROSS);
        }
        View copy = new View(copies[operand], Layout.contiguous(block.shape()));
        Copies.copy(block, copy);
        return copy;
    }
}
