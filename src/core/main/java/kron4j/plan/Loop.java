package kron4j.plan;

import java.util.Arrays;
import java.util.function.Consumer;
import kron4j.Layout;

/**
 * The common iteration space of operands of one shape, simplified. Axes of size 1 are gone. Axes are sorted so that the first operand (the leader)
 * is walked forwards through memory; axes along which it is broadcast come first, as if with the largest strides. Axes that are contiguous in all
 * operands are fused. At least one axis is left. Immutable.
 *
 * @param sizes size of each axis, outermost first
 * @param strides strides of each operand and axis, in elements
 * @param offsets position of each operand's first element
 */
public record Loop(long[] sizes, long[][] strides, long[] offsets) {
    public static Loop of(Layout... operands) {
        return of(true, operands);
    }

    /** As {@link #of}, but visits the elements in row-major order. */
    public static Loop rowMajor(Layout... operands) {
        return of(false, operands);
    }

    /** Strides of elements that follow each other in the order of this loop, {@code step} from one to the next. */
    public long[] packed(long step) {
        long[] packed = new long[sizes.length];
        long stride = step;
        for (int axis = packed.length - 1; axis >= 0; axis--) {
            packed[axis] = stride;
            stride *= sizes[axis];
        }
        return packed;
    }

    private static Loop of(boolean sorts, Layout[] operands) {
        int axes = operands[0].rank();
        long[] sizes = new long[Math.max(1, axes)];
        long[][] strides = new long[operands.length][sizes.length];
        long[] offsets = new long[operands.length];
        for (int k = 0; k < operands.length; k++) {
            offsets[k] = operands[k].offset();
        }
        int rank = 0;
        for (int axis = 0; axis < axes; axis++) {
            long size = operands[0].shape().at(axis);
            if (size == 1) {
                continue;
            }
            boolean turns = sorts && size > 0 && operands[0].stride(axis) < 0;
            int at = rank++;
            sizes[at] = size;
            for (int k = 0; k < operands.length; k++) {
                long stride = operands[k].stride(axis);
                strides[k][at] = turns ? -stride : stride;
                offsets[k] += turns ? (size - 1) * stride : 0;
            }
            for (; sorts && at > 0 && comesBefore(at, at - 1, strides); at--) {
                swap(sizes, at, at - 1);
                for (long[] s : strides) {
                    swap(s, at, at - 1);
                }
            }
        }
        return new Loop(sizes, strides, offsets).fused(rank);
    }

    private static boolean comesBefore(int i, int j, long[][] strides) {
        int compared = 0;
        for (int k = 0; k < strides.length && compared == 0; k++) {
            compared = Long.compareUnsigned(Math.abs(strides[k][i]) - 1, Math.abs(strides[k][j]) - 1);
        }
        return compared > 0;
    }

    private static void swap(long[] values, int i, int j) {
        long value = values[i];
        values[i] = values[j];
        values[j] = value;
    }

    /** The first {@code count} axes, with neighbours fused. */
    private Loop fused(int count) {
        int rank = Math.min(1, count);
        for (int i = 1; i < count; i++) {
            boolean fuses = true;
            for (long[] s : strides) {
                fuses &= s[rank - 1] == s[i] * sizes[i];
            }
            rank += fuses ? 0 : 1;
            sizes[rank - 1] = fuses ? sizes[rank - 1] * sizes[i] : sizes[i];
            for (long[] s : strides) {
                s[rank - 1] = s[i];
            }
        }
        if (rank == 0) {
            sizes[rank++] = 1;
        }
        return rank == sizes.length ? this : first(rank);
    }

    private Loop first(int rank) {
        long[][] step = new long[strides.length][];
        for (int k = 0; k < step.length; k++) {
            step[k] = Arrays.copyOf(strides[k], rank);
        }
        return new Loop(Arrays.copyOf(sizes, rank), step, offsets);
    }

    /** The outer axes: all but the innermost. */
    public Loop outer() {
        return first(rank() - 1);
    }

    public int rank() {
        return sizes.length;
    }

    public long size() {
        long size = 1;
        for (long s : sizes) {
            size *= s;
        }
        return size;
    }

    /** The position of an operand's {@code index}-th element in the order of this space. */
    public long position(int operand, long index) {
        long at = offsets[operand];
        long rest = index;
        for (int axis = rank() - 1; axis >= 0; axis--) {
            at += rest % sizes[axis] * strides[operand][axis];
            rest /= sizes[axis];
        }
        return at;
    }

    /**
     * Calls {@code body} with the parts of this space of at most {@code axes} axes and {@code count} elements, in order; with this space itself if
     * it is no larger.
     */
    public void split(int axes, long count, Consumer<Loop> body) {
        if (rank() <= axes && size() <= count) {
            body.accept(this);
            return;
        }
        long width = rank() > axes ? 1 : Math.max(1, count / (size() / sizes[0]));
        for (long from = 0; from < sizes[0]; from += width) {
            long[] start = offsets.clone();
            for (int k = 0; k < start.length; k++) {
                start[k] += from * strides[k][0];
            }
            if (width == 1 && rank() > 1) {
                inner(start).split(axes, count, body);
            } else {
                long[] part = sizes.clone();
                part[0] = Math.min(width, sizes[0] - from);
                body.accept(new Loop(part, strides, start));
            }
        }
    }

    /** All but the outermost axis, with these offsets. */
    private Loop inner(long[] start) {
        long[][] step = new long[strides.length][];
        for (int k = 0; k < step.length; k++) {
            step[k] = Arrays.copyOfRange(strides[k], 1, rank());
        }
        return new Loop(Arrays.copyOfRange(sizes, 1, rank()), step, start);
    }
}
