package kron4j.backend;

import java.util.Optional;
import kron4j.Layout;

/** Layouts of layouts. */
public final class Compositions {
    private Compositions() {}

    /**
     * Returns where the elements of a view of a view lie.
     *
     * @param outer positions in the row-major order of {@code inner}'s shape
     * @param inner where the elements in that order lie
     * @return positions as {@code inner} counts them, in the shape of {@code outer}; empty if no strides have them
     */
    public static Optional<Layout> of(Layout outer, Layout inner) {
        if (inner.isContiguous() && outer.isContiguous() && outer.offset() == 0) {
            return Optional.of(
                    inner.shape().equals(outer.shape())
                            ? inner
                            : Layout.of(outer.shape(), outer.strides(), inner.offset()));
        }
        int rank = inner.rank();
        long[] steps = Layout.contiguous(inner.shape()).strides();
        long[] strides = new long[outer.rank()];
        long[] low = split(outer.offset(), steps, inner);
        long[] high = low.clone();
        long offset = inner.offset();
        for (int i = 0; i < rank; i++) {
            offset += low[i] * inner.stride(i);
        }
        boolean fits = true;
        for (int axis = 0; axis < strides.length; axis++) {
            long size = outer.shape().at(axis);
            if (size == 1) {
                continue;
            }
            long[] moves = split(outer.stride(axis), steps, inner);
            for (int i = 0; i < rank; i++) {
                strides[axis] += moves[i] * inner.stride(i);
                low[i] += Math.min(0, moves[i] * (size - 1));
                high[i] += Math.max(0, moves[i] * (size - 1));
            }
        }
        for (int i = 0; i < rank; i++) {
            fits &= low[i] >= 0 && high[i] < inner.shape().at(i);
        }
        if (fits) {
            return Optional.of(Layout.of(outer.shape(), strides, offset));
        }
        return linear(outer, inner, steps);
    }

    /** A distance in the row-major order as one along each axis. */
    private static long[] split(long distance, long[] steps, Layout inner) {
        long[] moves = new long[steps.length];
        long rest = distance;
        for (int i = 0; i < steps.length; i++) {
            if (inner.shape().at(i) > 1) {
                moves[i] = rest / steps[i];
                rest %= steps[i];
            }
        }
        return moves;
    }

    /** Where all elements of the inner layout have one distance. */
    private static Optional<Layout> linear(Layout outer, Layout inner, long[] steps) {
        long distance = 0;
        for (int i = inner.rank() - 1; i >= 0; i--) {
            if (inner.shape().at(i) == 1) {
                continue;
            }
            if (distance == 0) {
                distance = inner.stride(i);
            }
            if (distance == 0 || inner.stride(i) != distance * steps[i]) {
                return Optional.empty();
            }
        }
        long[] strides = outer.strides();
        for (int axis = 0; axis < strides.length; axis++) {
            strides[axis] *= distance;
        }
        return Optional.of(Layout.of(outer.shape(), strides, inner.offset() + outer.offset() * distance));
    }
}
