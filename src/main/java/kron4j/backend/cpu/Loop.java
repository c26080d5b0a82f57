package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.Layout;

/**
 * The common iteration space of operands of one shape, simplified: axes of size 1 are gone, axes are sorted so that the first operand (the leader)
 * is walked forwards through memory (axes along which it is broadcast come first, as the largest strides), and axes that are one for all operands are fused. At least one axis is left. Immutable.
 *
 * @param sizes   per axis, outermost first
 * @param strides per operand and axis, in elements
 * @param offsets per operand: where its first element lies
 */
record Loop(long[] sizes, long[][] strides, long[] offsets) {
    static Loop of(Layout... operands) {
        return new Loop(operands[0].shape().dims(), operands).sorted().fused();
    }

    /** As {@link #of}, but the elements are visited in row-major order. */
    static Loop rowMajor(Layout... operands) {
        return new Loop(operands[0].shape().dims(), operands).fused();
    }

    private Loop(long[] sizes, Layout[] operands) {
        this(
                sizes,
                Arrays.stream(operands).map(Layout::strides).toArray(long[][]::new),
                Arrays.stream(operands).mapToLong(Layout::offset).toArray());
    }

    int rank() {
        return sizes.length;
    }

    long size() {
        long size = 1;
        for (long s : sizes) {
            size *= s;
        }
        return size;
    }

    /** The outer axes: all but the innermost. */
    Loop outer() {
        int rank = rank() - 1;
        long[][] step = new long[strides.length][];
        Arrays.setAll(step, k -> Arrays.copyOf(strides[k], rank));
        return new Loop(Arrays.copyOf(sizes, rank), step, offsets);
    }

    private Loop sorted() {
        int rank = rank();
        long[] offset = offsets.clone();
        long[][] step = new long[strides.length][];
        Arrays.setAll(step, k -> strides[k].clone());
        Integer[] order = new Integer[rank];
        Arrays.setAll(order, i -> i);
        for (int i = 0; i < rank; i++) {
            for (int k = 0; step[0][i] < 0 && sizes[i] > 0 && k < step.length; k++) {
                int operand = step.length - 1 - k;
                offset[operand] += (sizes[i] - 1) * step[operand][i];
                step[operand][i] = -step[operand][i];
            }
        }
        Arrays.sort(order, (i, j) -> {
            int compared = 0;
            for (int k = 0; k < step.length && compared == 0; k++) {
                compared = Long.compareUnsigned(Math.abs(step[k][j]) - 1, Math.abs(step[k][i]) - 1);
            }
            return compared;
        });
        long[] sortedSizes = new long[rank];
        long[][] sortedStrides = new long[step.length][rank];
        for (int i = 0; i < rank; i++) {
            sortedSizes[i] = sizes[order[i]];
            for (int k = 0; k < step.length; k++) {
                sortedStrides[k][i] = step[k][order[i]];
            }
        }
        return new Loop(sortedSizes, sortedStrides, offset);
    }

    private Loop fused() {
        long[] size = new long[Math.max(1, rank())];
        long[][] step = new long[strides.length][size.length];
        int next = size.length;
        for (int i = rank() - 1; i >= 0; i--) {
            if (sizes[i] == 1) {
                continue;
            }
            boolean fuses = next < size.length;
            for (int k = 0; fuses && k < step.length; k++) {
                fuses = strides[k][i] == step[k][next] * size[next];
            }
            if (fuses) {
                size[next] *= sizes[i];
            } else {
                size[--next] = sizes[i];
                for (int k = 0; k < step.length; k++) {
                    step[k][next] = strides[k][i];
                }
            }
        }
        if (next == size.length) {
            size[--next] = 1;
        }
        int first = next;
        Arrays.setAll(step, k -> Arrays.copyOfRange(step[k], first, size.length));
        return new Loop(Arrays.copyOfRange(size, first, size.length), step, offsets);
    }
}
