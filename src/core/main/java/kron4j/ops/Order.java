package kron4j.ops;

import kron4j.DType;
import kron4j.Device;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.View;

/**
 * Sorting, the largest few, places in sorted lines, and different elements, named as in NumPy and PyTorch.
 *
 * <pre>{@code
 * Tensor sorted = Order.sort(x, -1);                              // each row in ascending order
 * Tensor order = Order.argsort(x, true, 0);                       // positions along axis 0, the largest first
 * Order.TopK best = Order.topk(x, 3, 1);                          // the three largest of each row: values() and indices()
 * Tensor places = Order.searchSorted(a, x, true);                 // how many elements of a sorted vector a are not greater
 * Tensor different = Order.unique(labels);
 * }</pre>
 *
 * <p>All sorting is stable: equal elements stay in their order, -0.0 and 0.0 too. NaN comes last, whether ascending or
 * descending. Operands: every dtype but the complex ones, any strides, not modified. Results: new row-major tensors in the
 * current scope, the same on every device. Only {@link #unique}, whose results' shapes depend on values, waits for the
 * device; all else can be recorded into a graph. Gradients flow to where each element came from.
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
                a.device(), a.dtype(), a.shape(), out -> in.storage().backend().sort(in, descending, last(out, at)));
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
        return positions(a, descending, at, a.shape().at(at));
    }

    /** The positions of the first {@code count} elements in order. */
    private static Tensor positions(Tensor a, boolean descending, int axis, long count) {
        View in = last(a.view(), axis);
        return Tensor.make(
                a.device(),
                DType.INT64,
                a.shape().with(axis, count),
                out -> in.storage().backend().argsort(in, descending, last(out, axis)));
    }

    /**
     * The largest or smallest elements along an axis.
     *
     * @param values in order
     * @param indices their positions along the axis, int64
     */
    public record TopK(Tensor values, Tensor indices) {}

    /**
     * {@return the k largest elements along an axis, the largest first; see {@link #topk(Tensor, long, boolean, int)}}
     *
     * @param a every dtype but the complex ones; any strides
     * @param k in [0, size of the axis]
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if k is out of range
     */
    public static TopK topk(Tensor a, long k, int axis) {
        return topk(a, k, true, axis);
    }

    /**
     * {@return the k largest or smallest elements along an axis, in order, and their positions ({@code torch.topk})} Of
     * equal elements those that come first; NaN last, so that it is among them only if there is too little else (in PyTorch
     * it is the largest). Gradient: to where the values came from. Cost: on the CPU a pass over the keys and a
     * sort of some more than k, on a card that of {@link #argsort(Tensor, boolean, int)}.
     *
     * @param a every dtype but the complex ones; any strides
     * @param k in [0, size of the axis]
     * @param largest whether the largest are wanted, or the smallest
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if k is out of range, or the axis has 2^31-8 elements or more
     */
    public static TopK topk(Tensor a, long k, boolean largest, int axis) {
        int at = axis("topk", a, axis);
        long n = a.shape().at(at);
        if (k < 0 || k > n) {
            throw new ShapeException("topk: k = " + k + " for axis " + axis + " of shape " + a.shape() + ", which has "
                    + n + " elements; need 0 <= k <= " + n);
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor indices = positions(a, largest, at, k);
            Tensor values = Indexing.along(a, at, indices);
            return new TopK(scope.keep(values), scope.keep(indices));
        }
    }

    /**
     * {@return where elements have to be put into sorted lines so that these stay sorted, int64
     * ({@code numpy.searchsorted}, {@code torch.searchsorted})} It is the number of elements of the line that are less, or,
     * if {@code right}, not greater. NaN is greater than all else, and equal to NaN. Cost: log2 n comparisons an element.
     *
     * @param sorted [n], in which all is sought; or [..., n], whose leading axes broadcast with those of the values; in
     *     ascending order along the last axis (what it is not sorted in is found somewhere in [0, n]); not complex
     * @param values of any shape; or [..., m]
     * @param right whether the place is behind equal elements, or before them
     * @throws ShapeException if leading axes do not broadcast
     * @throws kron4j.DTypeException if dtypes differ or are complex
     */
    public static Tensor searchSorted(Tensor sorted, Tensor values, boolean right) {
        DType dtype = Operands.sameDType("searchSorted", sorted, values);
        Device device = Operands.sameDevice("searchSorted", sorted, values);
        Operands.requireReal("searchSorted", sorted);
        if (sorted.rank() == 0 || (sorted.rank() > 1 && values.rank() == 0)) {
            throw new ShapeException("searchSorted: " + dtype + " of shape " + values.shape() + " in lines of shape "
                    + sorted.shape() + "; need [n], or [..., n] and values [..., m]");
        }
        Shape result = values.shape();
        Layout line = sorted.layout();
        if (sorted.rank() > 1) {
            Shape leading = Shape.broadcast(
                    "searchSorted",
                    sorted.shape().slice(0, sorted.rank() - 1),
                    values.shape().slice(0, values.rank() - 1));
            result = leading.concat(values.shape().slice(values.rank() - 1, values.rank()));
            line = line.unsqueeze(-2);
        }
        View lines = sorted.view()
                .with(line.expand(result.concat(Shape.of(sorted.shape().at(-1)))));
        View sought = Operands.expanded(values, result);
        return Tensor.make(
                device, DType.INT64, result, out -> device.backend().searchSorted(lines, sought, right, out));
    }

    /**
     * The different elements of a tensor.
     *
     * @param values in ascending order, NaN last and once, shape [u]
     * @param indices where each comes first in the row-major order of the tensor, int64 [u]
     * @param inverse which of the values each element is, int64, in the tensor's shape
     * @param counts how many elements are equal to each value, int64 [u]
     */
    public record Unique(Tensor values, Tensor indices, Tensor inverse, Tensor counts) {}

    /**
     * {@return the different elements in ascending order, NaN last and once ({@code numpy.unique}), shape [u]} Waits for
     * the device, because u depends on values. Gradient: to where each came first.
     *
     * @param a every dtype but the complex ones; any shape and strides
     */
    public static Tensor unique(Tensor a) {
        try (TensorScope scope = a.device().openScope()) {
            return scope.keep(Tape.records(a) ? Different.of("unique", a).values() : values(a));
        }
    }

    /**
     * {@return the different elements, where they are, and how many of each ({@code numpy.unique_all})} Waits for the
     * device, because their number depends on values. Gradient of the values: to where each came first.
     *
     * @param a every dtype but the complex ones; any shape and strides
     */
    public static Unique uniqueAll(Tensor a) {
        try (TensorScope scope = a.device().openScope()) {
            Different different = Different.of("uniqueAll", a);
            Tensor values = different.values();
            Tensor ranks = Elementwise.subtract(Scan.cumsum(different.begins, 0), 1);
            Tensor inverse = Scatter.scatterEx(Creation.zerosLike(ranks), different.order, ranks, 0)
                    .reshape(a.shape());
            Tensor end = Tensor.full(DType.INT64, a.size(), 1);
            Tensor bounds = Indexing.concat(0, different.starts, end);
            Tensor counts = Elementwise.subtract(bounds.slice(0, 1, bounds.size()), different.starts);
            Tensor indices = Indexing.along(different.order, 0, different.starts);
            return new Unique(scope.keep(values), scope.keep(indices), scope.keep(inverse), scope.keep(counts));
        }
    }

    /** The different elements, without where they are. */
    private static Tensor values(Tensor a) {
        Tensor flat = a.reshape(-1);
        axis("unique", flat, 0);
        Tensor sorted = sort(flat, 0);
        return MaskedEntries.of(firsts(sorted)).pick(sorted);
    }

    /** Whether each element of a vector in order is another one than that before it. */
    private static Tensor firsts(Tensor sorted) {
        long n = sorted.size();
        if (n < 2) {
            return Tensor.ones(DType.BOOL, n);
        }
        Tensor left = sorted.slice(0, 0, n - 1);
        Tensor others = Elementwise.notEqual(sorted.slice(0, 1, n), left);
        if (sorted.dtype().isFloating() && Double.isNaN(sorted.select(0, -1).item())) {
            others = Elementwise.logicalAnd(others, Elementwise.logicalNot(Elementwise.isNan(left)));
        }
        return Indexing.concat(0, Tensor.ones(DType.BOOL, 1), others);
    }

    /** All elements of a tensor in order, and where in it others begin. */
    private record Different(Tensor sorted, Tensor order, Tensor begins, Tensor starts) {
        static Different of(String operation, Tensor a) {
            Tensor flat = a.reshape(-1);
            axis(operation, flat, 0);
            Tensor order = argsort(flat, 0);
            Tensor sorted = Indexing.along(flat, 0, order);
            Tensor begins = firsts(Tape.plain(sorted));
            return new Different(sorted, order, begins, MaskedEntries.of(begins).taken());
        }

        Tensor values() {
            return Indexing.along(sorted, 0, starts);
        }
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
