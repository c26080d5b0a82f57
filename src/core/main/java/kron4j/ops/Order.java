package kron4j.ops;

import kron4j.DType;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.View;

/**
 * Sorting, named as in NumPy.
 *
 * <pre>{@code
 * Tensor sorted = Order.sort(x, -1);                              // each row in ascending order
 * Tensor order = Order.argsort(x, true, 0);                       // positions along axis 0, the largest first
 * }</pre>
 *
 * <p>All sorting is stable: equal elements stay in their order, -0.0 and 0.0 too. NaN comes last, whether ascending or
 * descending. Operands: every dtype but the complex ones, any strides, not modified. Results: new row-major tensors in the
 * current scope, the same on every device. Nothing waits for the device, and all can be recorded into a graph. Gradients
 * flow to where each element came from.
 */
public final class Order {
    /** The most elements of a line: what a Java array holds. */
    static final long MOST = Integer.MAX_VALUE - 8;

    private Order() {}

    /**
     * {@return the elements in ascending order along an axis ({@code numpy.sort}, stable)} Gradient: each to the place that
     * its element came from.
     *
     * @param a every dtype but the complex ones; any strides
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has 2^31-8 elements or more
     */
    public static Tensor sort(Tensor a, int axis) {
        return sort(a, false, axis);
    }

    /**
     * {@return the elements in order along an axis, NaN last ({@code torch.sort}, stable)} Gradient: each to the place that
     * its element came from. Cost: on the CPU a pass over the keys for every 8 or 11 bits in which they differ; on a card
     * lines of up to 2048 elements are sorted in one launch, longer ones by runs of so many, merged two by two, with a
     * workspace of 32 bytes an element for 2^26 elements (or a line, if it is longer) at a time.
     *
     * @param a every dtype but the complex ones; any strides
     * @param descending whether the largest come first
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has 2^31-8 elements or more
     */
    // Source: D. E. Knuth, The Art of Computer Programming, volume 3, 5.2.5 (radix sort).
    public static Tensor sort(Tensor a, boolean descending, int axis) {
        int at = axis("sort", a, axis);
        if (Tape.records(a)) {
            try (TensorScope scope = a.device().openScope()) {
                return scope.keep(Indexing.along(a, at, argsort(a, descending, axis)));
            }
        }
        View in = last(a.view(), at);
        return Tensor.make(
                a.device(),
                a.dtype(),
                a.shape(),
                out -> in.storage().backend().sort(in, descending, last(out, at)));
    }

    /**
     * {@return the positions along an axis of its elements in ascending order, int64 ({@code numpy.argsort}, stable)}
     *
     * @param a every dtype but the complex ones; any strides
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has 2^31-8 elements or more
     */
    public static Tensor argsort(Tensor a, int axis) {
        return argsort(a, false, axis);
    }

    /**
     * {@return the positions along an axis of its elements in order, those of NaN last, int64 ({@code torch.argsort},
     * stable)} Cost: as {@link #sort(Tensor, boolean, int)}.
     *
     * @param a every dtype but the complex ones; any strides
     * @param descending whether the largest come first
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has 2^31-8 elements or more
     */
    public static Tensor argsort(Tensor a, boolean descending, int axis) {
        int at = axis("argsort", a, axis);
        View in = last(a.view(), at);
        return Tensor.make(
                a.device(),
                DType.INT64,
                a.shape(),
                out -> in.storage().backend().argsort(in, descending, last(out, at)));
    }

    /** Checks what is sorted along an axis; returns the axis in [0, rank). */
    static int axis(String operation, Tensor a, int axis) {
        Operands.requireReal(operation, a);
        int at = Operands.axis(operation, a.shape(), axis);
        if (a.shape().at(at) > MOST) {
            throw new ShapeException(operation + ": " + a.shape().at(at) + " elements along axis " + axis + " of shape "
                    + a.shape() + ", more than the " + MOST + " that are sorted; sort parts");
        }
        return at;
    }

    /** The same elements with an axis put last. */
    private static View last(View v, int axis) {
        int rank = v.layout().rank();
        int[] order = new int[rank];
        for (int i = 0; i < rank; i++) {
            order[i] = i < axis ? i : i < rank - 1 ? i + 1 : axis;
        }
        return v.with(v.layout().permute(order));
    }
}
