package kron4j.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kron4j.Tensor;
import kron4j.ops.Shapes;

/** Shapes, axes, repetition and padding. What can be a view of the same memory is one. */
interface Shaping extends Steps {
    /** One size may be -1: what is left. */
    @Override
    default KronArray reshape(Shape shape) {
        long[] sizes = shape.getShape();
        return unary(a -> a.reshape(sizes));
    }

    @Override
    default KronArray flatten() {
        return unary(a -> a.reshape(a.size()));
    }

    @Override
    default KronArray flatten(int startDim, int endDim) {
        return unary(a -> {
            int first = a.shape().axis(startDim);
            int last = a.shape().axis(endDim);
            if (first > last) {
                throw new IllegalArgumentException(
                        "flatten from axis " + startDim + " to " + endDim + " of " + a.shape());
            }
            kron4j.Shape merged =
                    kron4j.Shape.of(a.shape().slice(first, last + 1).size());
            return a.reshape(
                    a.shape().slice(0, first).concat(merged).concat(a.shape().slice(last + 1, a.rank())));
        });
    }

    @Override
    default KronArray expandDims(int axis) {
        return unary(a -> a.unsqueeze(axis));
    }

    @Override
    default KronArray squeeze(int[] axes) {
        if (isScalar()) {
            if (axes.length == 0 || (axes.length == 1 && axes[0] == 0)) {
                return unary(Tensor::copy);
            }
            throw new IllegalArgumentException("axis " + axes[0] + " is out of bounds for array of dimension 0");
        }
        return unary(a -> {
            boolean[] dropped = new boolean[a.rank()];
            for (int axis : axes) {
                if (a.shape().at(axis) != 1) {
                    throw new IllegalArgumentException("axis " + axis + " of " + a.shape() + " is not of size 1");
                }
                dropped[a.shape().axis(axis)] = true;
            }
            return a.reshape(IntStream.range(0, a.rank())
                    .filter(axis -> !dropped[axis])
                    .mapToLong(axis -> a.shape().at(axis))
                    .toArray());
        });
    }

    @Override
    default KronArray transpose() {
        return unary(a -> a.permute(
                IntStream.range(0, a.rank()).map(i -> a.rank() - 1 - i).toArray()));
    }

    @Override
    default KronArray transpose(int... axes) {
        if (axes.length != getShape().dimension()) {
            throw new IllegalArgumentException(
                    "axes " + Arrays.toString(axes) + " don't match NDArray of " + getShape());
        }
        return unary(a -> a.permute(axes));
    }

    @Override
    default KronArray flip(int... axes) {
        return unary(a -> Shapes.flip(a, axes));
    }

    @Override
    default KronArray rotate90(int times, int[] axes) {
        if (axes.length != 2) {
            throw new IllegalArgumentException("rotate90 takes two axes, not " + axes.length);
        }
        return unary(a -> switch (Math.floorMod(times, 4)) {
            case 0 -> a;
            case 1 -> a.flip(axes[1]).transpose(axes[0], axes[1]);
            case 2 -> a.flip(axes[0]).flip(axes[1]);
            default -> a.flip(axes[0]).transpose(axes[0], axes[1]);
        });
    }

    @Override
    default KronArray broadcast(Shape shape) {
        long[] sizes = shape.getShape();
        return unary(a -> a.expand(sizes));
    }

    @Override
    default KronArray diagonal() {
        return diagonal(0, 0, 1);
    }

    @Override
    default KronArray diagonal(int offset) {
        return diagonal(offset, 0, 1);
    }

    @Override
    default KronArray diagonal(int offset, int axis1, int axis2) {
        return unary(a -> a.diagonal(offset, axis1, axis2));
    }

    @Override
    default NDList split(long sections, int axis) {
        long size = size(axis) / sections;
        List<Long> places = new ArrayList<>();
        for (long at = size; at < size(axis); at += size) {
            places.add(at);
        }
        return split(places.stream().mapToLong(at -> at).toArray(), axis);
    }

    /** Views from each index to the next. */
    @Override
    default NDList split(long[] indices, int axis) {
        if (indices.length == 0) {
            return new NDList(this);
        }
        NDList parts = new NDList();
        long from = 0;
        for (int i = 0; i <= indices.length; i++) {
            long first = from;
            long end = i < indices.length ? indices[i] : size(axis);
            parts.add(unary(a -> a.slice(axis, first, end)));
            from = end;
        }
        return parts;
    }

    @Override
    default KronArray tile(long repeats) {
        long[] all = new long[Math.max(1, getShape().dimension())];
        Arrays.fill(all, repeats);
        return isEmpty() ? unary(Tensor::copy) : tile(all);
    }

    @Override
    default KronArray tile(int axis, long repeats) {
        int rank = getShape().dimension();
        long[] all = new long[Math.max(rank, axis + 1)];
        Arrays.fill(all, 1);
        all[axis < 0 ? axis + rank : axis] = repeats;
        return tile(all);
    }

    /** Repeats of the last axes; where there are more than axes, new axes come first. */
    @Override
    default KronArray tile(long[] repeats) {
        return unary(a -> Shapes.tile(a, repeats));
    }

    @Override
    default KronArray tile(Shape desired) {
        return tile(times("tile", desired));
    }

    @Override
    default KronArray repeat(long repeats) {
        long[] all = new long[Math.max(1, getShape().dimension())];
        Arrays.fill(all, repeats);
        return isEmpty() ? unary(Tensor::copy) : repeat(all);
    }

    @Override
    default KronArray repeat(int axis, long repeats) {
        return unary(a -> Shapes.repeatInterleave(a, repeats, axis));
    }

    @Override
    default KronArray repeat(long[] repeats) {
        return unary(a -> {
            Tensor result = a.rank() == 0 ? a.reshape(1) : a;
            for (int axis = 0; axis < repeats.length; axis++) {
                result = Shapes.repeatInterleave(result, repeats[axis], axis);
            }
            return result;
        });
    }

    @Override
    default KronArray repeat(Shape desired) {
        return repeat(times("repeat", desired));
    }

    /** How often each axis is repeated, so that its size becomes the desired one. */
    private long[] times(String operation, Shape desired) {
        long[] own = getShape().getShape();
        long[] wanted = desired.getShape();
        int missing = own.length - wanted.length;
        long[] times = new long[own.length];
        for (int i = 0; i < own.length; i++) {
            long size = i < missing ? own[i] : missing < 0 ? -1 : wanted[i - missing];
            if (own[i] == 0 || size < 0 || size % own[i] != 0) {
                throw new IllegalArgumentException(
                        operation + ": the sizes of " + desired + " are no multiples of those of " + getShape());
            }
            times[i] = size / own[i];
        }
        return times;
    }

    /** @param padding before and after the last axis, then the last but one, as PyTorch's */
    @Override
    default KronArray pad(Shape padding, double value) {
        long[] sizes = padding.getShape();
        if (sizes.length % 2 != 0 || sizes.length > 2 * getShape().dimension()) {
            throw new IllegalArgumentException(
                    "pad takes two sizes for each of the last axes of " + getShape() + ", not " + padding);
        }
        long[][] widths = new long[getShape().dimension()][2];
        for (int i = 0; i < sizes.length; i += 2) {
            widths[widths.length - 1 - i / 2] = new long[] {sizes[i], sizes[i + 1]};
        }
        return unary(a -> Shapes.pad(a, a.dtype().isInteger() ? (Number) (long) value : (Number) value, widths));
    }

    @Override
    default KronArray toDense() {
        return unary(Tensor::copy);
    }

    /** Sparse arrays there are none; what is sparse by rows, as the gradients that DJL's Adagrad asks for, is kept dense. */
    @Override
    default KronArray toSparse(SparseFormat format) {
        if (format != SparseFormat.ROW_SPARSE) {
            throw new UnsupportedOperationException("Kron4J has no sparse arrays");
        }
        return unary(Tensor::copy);
    }
}
