package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Elementwise operations with operands that do not run along the result: transposed ones, and those of every second element, such as parts of complex numbers. Blocks
 * of these are copied first, by what copies them fastest.
 */
final class Turned {
    /** Elements of blocks that are not worth their set-up. */
    private static final int FEW = 1 << 12;

    /** Sides of a block: along the result, and along a transposed operand, or the axis beside. */
    private static final int ALONG = 256;

    private static final int ACROSS = 128;

    /** Fewer elements of a line are not worth a block of their own. */
    private static final int SHORT = 64;

    /** An operation on a result, the first view, and operands of its shape. */
    interface Operation {
        void run(View[] views);
    }

    private final Operation operation;
    private final View[] views;
    private final Loop loop;
    /** The axis along which the transposed operands run, or the one beside the innermost; the latter itself where it is alone. */
    private final int axis;

    private final boolean[] turned;

    /** Elements of a block along the result. */
    private final int along;

    private Turned(Operation operation, View[] views, Loop loop, int axis, boolean[] turned) {
        this.operation = operation;
        this.views = views;
        this.loop = loop;
        this.axis = axis;
        this.turned = turned;
        this.along = axis < loop.rank() - 1 ? ALONG : ALONG * ACROSS;
    }

    /** Runs an operation block by block if some operands are transposed, and not small; returns whether it did. */
    static boolean run(Operation operation, View... views) {
        if (views[0].shape().size() < FEW) {
            return false;
        }
        Layout[] layouts = new Layout[views.length];
        Arrays.setAll(layouts, k -> views[k].layout());
        Loop loop = Loop.of(layouts);
        boolean[] turned = new boolean[views.length];
        for (int k = 1; k < views.length; k++) {
            int axis = axis(loop, k);
            if (axis >= 0 && loop.sizes()[axis] * loop.sizes()[loop.rank() - 1] >= FEW) {
                for (int i = k; i < views.length; i++) {
                    turned[i] = axis(loop, i) == axis;
                }
                new Turned(operation, views, loop, axis, turned).run();
                return true;
            }
        }
        MemoryLoops loops = Loops.BEST.memory();
        boolean any = false;
        for (int k = 1; k < views.length; k++) {
            turned[k] = loops != null && loops.hasPairs() && isEverySecond(loop, k);
            any |= turned[k];
        }
        if (any) {
            new Turned(operation, views, loop, Math.max(0, loop.rank() - 2), turned).run();
        }
        return any;
    }

    private static boolean isEverySecond(Loop loop, int operand) {
        int last = loop.rank() - 1;
        return loop.strides()[operand][last] == 2 && loop.strides()[0][last] == 1 && loop.sizes()[last] >= SHORT;
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
        for (int i = axis; i <= last; i++) {
            blocks[i] = (blocks[i] + side(i) - 1) / side(i);
        }
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

    private long side(int i) {
        return i == loop.rank() - 1 ? along : i == axis ? ACROSS : 1;
    }

    private void block(long number, long[] blocks, Storage[] copies) {
        int last = loop.rank() - 1;
        long[] offsets = loop.offsets().clone();
        long rows = 1;
        long columns = 0;
        long rest = number;
        for (int i = last; i >= 0; i--) {
            long start = rest % blocks[i] * side(i);
            rest /= blocks[i];
            for (int k = 0; k < offsets.length; k++) {
                offsets[k] += start * loop.strides()[k][i];
            }
            long size = Math.min(side(i), loop.sizes()[i] - start);
            if (i == last) {
                columns = size;
            } else if (i == axis) {
                rows = size;
            }
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
