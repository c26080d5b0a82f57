package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.View;

/**
 * Joining, splitting and picking, named as in NumPy.
 *
 * <pre>{@code
 * Tensor both = Indexing.concat(0, a, b);                         // [n,...] and [m,...] give [n+m,...]
 * Tensor rows = Indexing.take(both, Tensor.of(new int[] {0, -1}), 0); // the first and the last
 * Tensor picked = Indexing.gather(both, order, 1);                // one index for each element of the result
 * List<Tensor> halves = Indexing.split(a, 0, 4, 4);               // views
 * }</pre>
 *
 * <p>Operands: any strides and any dtype. Results: new row-major tensors of the same dtype, except those of
 * {@link #split} and {@link #unbind}, which are views.
 */
public final class Indexing {
    private Indexing() {}

    /**
     * {@return the tensors one after another along an axis} Gradient: split.
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @param tensors one or more; sizes on other axes and dtypes are equal
     * @throws ShapeException if sizes differ elsewhere than on that axis, or there is no tensor
     */
    public static Tensor concat(int axis, Tensor... tensors) {
        requireSome("concat", tensors);
        DType dtype = Operands.sameDType("concat", tensors);
        Device device = Operands.sameDevice("concat", tensors);
        Shape first = tensors[0].shape();
        int a = Operands.axis("concat", first, axis);
        for (Tensor t : tensors) {
            if (t.rank() != first.rank() || !t.shape().with(a, 0).equals(first.with(a, 0))) {
                throw new ShapeException(
                        "concat: shapes " + shapes(tensors) + " differ elsewhere than on axis " + axis);
            }
        }
        long total = Operands.total(
                "concat", Arrays.stream(tensors).mapToLong(t -> t.shape().at(a)));
        View[] parts = Arrays.stream(tensors).map(Tensor::view).toArray(View[]::new);
        Tensor result = Tensor.make(device, dtype, first.with(a, total), out -> {
            List<View> places = new ArrayList<>();
            long at = 0;
            for (View part : parts) {
                long n = part.shape().at(a);
                places.add(out.with(out.layout().slice(a, at, at + n, 1)));
                at += n;
            }
            device.backend().copyEach(List.of(parts), places);
        });
        return Tape.record(
                "concat",
                result,
                r -> {
                    long at = 0;
                    for (Tensor t : tensors) {
                        long from = at;
                        long to = at + t.shape().at(a);
                        r.gradient(t, g -> g.slice(a, from, to));
                        at = to;
                    }
                },
                tensors);
    }

    /**
     * {@return the tensors side by side along a new axis} Gradient: select.
     *
     * @param axis the place of the new axis, in [-rank-1, rank]
     * @param tensors one or more of one shape and dtype
     * @throws ShapeException if shapes differ, or there is no tensor
     */
    public static Tensor stack(int axis, Tensor... tensors) {
        requireSome("stack", tensors);
        Shape first = tensors[0].shape();
        int rank = first.rank();
        if (axis < -rank - 1 || axis > rank) {
            throw new ShapeException("stack: axis " + axis + " is out of range for shape " + first + " and a new axis");
        }
        int a = axis < 0 ? axis + rank + 1 : axis;
        for (Tensor t : tensors) {
            if (!t.shape().equals(first)) {
                throw new ShapeException("stack: shapes " + shapes(tensors) + " differ; use concat to join sizes");
            }
        }
        Operands.sameDType("stack", tensors);
        Operands.sameDevice("stack", tensors);
        try (TensorScope scope = tensors[0].device().openScope()) {
            return scope.keep(
                    concat(a, Arrays.stream(tensors).map(t -> t.unsqueeze(a)).toArray(Tensor[]::new)));
        }
    }

    /**
     * {@return views of consecutive pieces along an axis} Gradient: concat.
     *
     * @param t any dtype and strides
     * @param axis in [-rank, rank); negative ones count from the end
     * @param sizes of the pieces; they add up to the axis
     * @throws ShapeException if they do not
     */
    public static List<Tensor> split(Tensor t, int axis, long... sizes) {
        int a = Operands.axis("split", t.shape(), axis);
        if (Arrays.stream(sizes).anyMatch(n -> n < 0)
                || Operands.total("split", Arrays.stream(sizes)) != t.shape().at(a)) {
            throw new ShapeException("split: sizes " + Arrays.toString(sizes) + " do not add up to axis " + axis
                    + " of shape " + t.shape());
        }
        Tensor[] pieces = new Tensor[sizes.length];
        long at = 0;
        for (int i = 0; i < sizes.length; i++) {
            pieces[i] = t.viewAs(t.layout().slice(a, at, at + sizes[i], 1));
            at += sizes[i];
        }
        return parted("split", t, pieces, g -> concat(a, g));
    }

    /**
     * {@return views at each index of an axis, without that axis ({@code torch.unbind})} Gradient: stack, once for all
     * of them.
     *
     * @param t any dtype and strides
     * @param axis in [-rank, rank); negative ones count from the end
     */
    public static List<Tensor> unbind(Tensor t, int axis) {
        int a = Operands.axis("unbind", t.shape(), axis);
        Tensor[] pieces = new Tensor[Math.toIntExact(t.shape().at(a))];
        Arrays.setAll(pieces, i -> t.viewAs(t.layout().select(a, i)));
        return parted("unbind", t, pieces, g -> stack(a, g));
    }

    /** Records views that together are {@code t}. */
    private static List<Tensor> parted(String operation, Tensor t, Tensor[] pieces, Function<Tensor[], Tensor> joined) {
        DType dtype = t.dtype();
        Shape[] shapes = Arrays.stream(pieces).map(Tensor::shape).toArray(Shape[]::new);
        Tape.record(
                operation,
                pieces,
                r -> r.gradients(new Tensor[] {t}, new Tensor[0], (g, saved) -> {
                    Tensor[] all = new Tensor[g.length];
                    Arrays.setAll(all, i -> g[i] != null ? g[i] : Tensor.zeros(dtype, shapes[i].dims()));
                    return new Tensor[] {joined.apply(all)};
                }),
                t);
        return List.of(pieces);
    }

    /**
     * {@return the entries at {@code index} along an axis ({@code numpy.take}): the index's shape in place of that
     * axis} Waits for the device to check the index ({@link #takeEx} does not). Gradient: added back to where each
     * entry came from.
     *
     * @param t any dtype and strides
     * @param index integers of any shape; negative entries count from the end
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws TensorException if an entry is out of range
     */
    public static Tensor take(Tensor t, Tensor index, int axis) {
        int a = Operands.axis("take", t.shape(), axis);
        Operands.sameDevice("take", t, index);
        try (TensorScope scope = t.device().openScope()) {
            return scope.keep(taken(
                    t,
                    a,
                    integers("take", index),
                    () -> positions("take", index, t.shape().at(a), true)));
        }
    }

    /**
     * {@return the entries at {@code index} as {@link #take}, without a wait; can be recorded into a graph} An entry
     * that is out of range picks NaN (of complex tensors in both parts), of integers the lowest (of uint8 255), of bool false, and no gradient flows
     * ({@code jax.numpy.take}).
     *
     * @param t any dtype and strides
     * @param index integers of any shape; negative entries count from the end
     * @param axis in [-rank, rank); negative ones count from the end
     */
    public static Tensor takeEx(Tensor t, Tensor index, int axis) {
        int a = Operands.axis("takeEx", t.shape(), axis);
        Operands.sameDevice("takeEx", t, index);
        long n = t.shape().at(a);
        try (TensorScope scope = t.device().openScope()) {
            Tensor wanted = integers("takeEx", index);
            Tensor from = Elementwise.where(Elementwise.less(wanted, 0), Elementwise.add(wanted, n), wanted);
            Tensor inside = inside(from, n);
            // An axis of size 0 is padded with an entry that no index picks.
            Tensor some = n > 0
                    ? t
                    : concat(a, t, Tensor.zeros(t.dtype(), t.shape().with(a, 1).dims()));
            Tensor picked = taken(some, a, Elementwise.where(inside, from, 0));
            for (int i = a + 1; i < t.rank(); i++) {
                inside = inside.unsqueeze(-1);
            }
            return scope.keep(Elementwise.where(inside, picked, Numbers.none(t.dtype())));
        }
    }

    /** Takes positions that are in range. */
    static Tensor taken(Tensor t, int axis, Tensor positions) {
        return taken(t, axis, positions, () -> positions);
    }

    /** @param positions those that the index names, found where the index itself cannot be used */
    private static Tensor taken(Tensor t, int axis, Tensor index, Supplier<Tensor> positions) {
        Shape result =
                t.shape().slice(0, axis).concat(index.shape()).concat(t.shape().slice(axis + 1, t.rank()));
        return along(t, axis, aligned(t, axis, index), () -> aligned(t, axis, positions.get()))
                .reshape(result);
    }

    private static Tensor aligned(Tensor t, int axis, Tensor index) {
        Tensor aligned = index.reshape(-1);
        for (int i = axis + 1; i < t.rank(); i++) {
            aligned = aligned.unsqueeze(-1);
        }
        return aligned.expand(t.shape().with(axis, index.size()).dims());
    }

    /**
     * {@return {@code out[i.., j, k..] = t[i.., index[i.., j, k..], k..]} along an axis
     * ({@code numpy.take_along_axis})} The other axes broadcast. Gradient: added back to where each element came from.
     *
     * @param t any dtype and strides
     * @param index integers of the rank of t; negative entries count from the end
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if ranks differ or the other axes do not broadcast
     * @throws TensorException if an entry is out of range
     */
    public static Tensor gather(Tensor t, Tensor index, int axis) {
        int a = Operands.axis("gather", t.shape(), axis);
        Operands.sameDevice("gather", t, index);
        if (index.rank() != t.rank()) {
            throw new ShapeException("gather: index of shape " + index.shape() + " for shape " + t.shape()
                    + ": the ranks must be equal; to pick whole entries use take");
        }
        Shape others =
                Shape.broadcast("gather", t.shape().with(a, 1), index.shape().with(a, 1));
        Shape result = others.with(a, index.shape().at(a));
        try (TensorScope scope = t.device().openScope()) {
            long n = t.shape().at(a);
            return scope.keep(along(
                    t.expand(others.with(a, n).dims()),
                    a,
                    integers("gather", index).expand(result.dims()),
                    () -> positions("gather", index, n, true).expand(result.dims())));
        }
    }

    /**
     * {@return {@code t[..., index[...]]}, and NaN where the index is not in [0, n)} Does not wait for the device.
     *
     * @param operation the name for exceptions
     * @param t [..., n], floating
     * @param index integers [...]
     */
    static Tensor pickOrNan(String operation, Tensor t, Tensor index) {
        long n = t.shape().at(-1);
        Tensor wanted = integers(operation, index);
        Tensor inside = inside(wanted, n);
        Tensor at = Elementwise.where(inside, wanted, 0).unsqueeze(-1);
        Tensor picked = n == 0 ? Reduce.sum(t, -1) : along(t, t.rank() - 1, at).squeeze(-1);
        return Elementwise.where(inside, picked, Double.NaN);
    }

    /** {@code out[i.., j, k..] = t[i.., at[i.., j, k..], k..]}; {@code at} is int64 and in range. */
    static Tensor along(Tensor t, int axis, Tensor at) {
        return along(t, axis, at, () -> at);
    }

    private static Tensor along(Tensor t, int axis, Tensor index, Supplier<Tensor> places) {
        View from = t.view();
        Shape shape = t.shape();
        Tensor[] positions = {index};
        Tensor result = Tensor.make(t.device(), t.dtype(), index.shape(), out -> {
            Backend backend = out.storage().backend();
            if (!backend.tryTakeAlong(from, axis, index.view(), out)) {
                positions[0] = places.get();
                backend.takeAlong(from, axis, positions[0].view(), out);
            }
        });
        Tensor at = positions[0];
        return Tape.record("take", result, r -> r.gradient(t, at, (g, i) -> addedAlong(g, axis, i, shape)), t);
    }

    /**
     * Computes the adjoint of {@link #along}: zeros to which g is added where it came from, that of the first j first.
     */
    static Tensor addedAlong(Tensor g, int axis, Tensor at, Shape shape) {
        Tensor result = Tensor.make(g.device(), g.dtype(), shape, out -> {
            out.storage().backend().fill(0L, out);
            LongLineSums.addAlong(g, axis, at, out);
        });
        return Tape.record("addAlong", result, r -> r.gradient(g, at, (gg, i) -> along(gg, axis, i)), g);
    }

    /**
     * {@return 1 where the position along a new last axis is the index's entry, 0 elsewhere}
     *
     * @param index integers of any shape, in [0, depth)
     * @param depth the size of the new axis
     * @param dtype that of the result
     * @throws TensorException if an entry is out of range
     */
    public static Tensor oneHot(Tensor index, long depth, DType dtype) {
        try (TensorScope scope = index.device().openScope()) {
            Tensor positions = positions("oneHot", index, depth, false).reshape(-1, 1);
            Shape shape = index.shape().concat(Shape.of(depth));
            if (index.size() == 0) {
                return scope.keep(Tensor.zeros(dtype, shape.dims()));
            }
            Tensor zero = Tensor.zeros(dtype);
            View zeros = zero.expand(positions.size(), depth).view();
            View ones = Operands.scalar("oneHot", zero, 1)
                    .expand(positions.size(), 1)
                    .view();
            Tensor rows = Tensor.make(index.device(), dtype, Shape.of(positions.size(), depth), out -> {
                Backend backend = out.storage().backend();
                if (!backend.putAlong(zeros, ones, 1, positions.view(), out)) {
                    Tensor each = Creation.arange(DType.INT64, 0, depth, 1);
                    backend.copy(Elementwise.equal(positions, each).view(), out);
                }
            });
            return scope.keep(rows.reshape(shape));
        }
    }

    /**
     * {@return the lower triangle of the last two axes, up to the k-th diagonal, with zeros above} Gradient: the same.
     *
     * @param t rank 2 or more
     * @param k above the main diagonal if positive, below it if negative
     * @throws ShapeException if the rank is below 2
     */
    public static Tensor tril(Tensor t, int k) {
        return triangle("tril", t, k, true);
    }

    /**
     * {@return the upper triangle of the last two axes, from the k-th diagonal, with zeros below} Gradient: the same.
     *
     * @param t rank 2 or more
     * @param k above the main diagonal if positive, below it if negative
     * @throws ShapeException if the rank is below 2
     */
    public static Tensor triu(Tensor t, int k) {
        return triangle("triu", t, k - 1L, false);
    }

    /**
     * Keeps the elements up to the k-th diagonal, or those above it. All rows read one vector of marks, each one place
     * further left than the row above.
     */
    private static Tensor triangle(String operation, Tensor t, long k, boolean below) {
        if (t.rank() < 2) {
            throw new ShapeException(operation + ": shape " + t.shape() + " has no last two axes; need rank 2 or more");
        }
        long rows = t.shape().at(-2);
        long columns = t.shape().at(-1);
        long length = Math.max(0, rows + columns - 1);
        long first = Math.max(0, Math.min(rows + k, length));
        try (TensorScope scope = t.device().openScope()) {
            Tensor marks = Tensor.make(t.device(), DType.BOOL, Shape.of(length), out -> {
                Backend backend = out.storage().backend();
                backend.fill(below ? 1L : 0L, out.with(out.layout().slice(0, 0, first, 1)));
                backend.fill(below ? 0L : 1L, out.with(out.layout().slice(0, first, length, 1)));
            });
            Layout diagonals = Layout.of(Shape.of(rows, columns), new long[] {-1, 1}, rows - 1);
            return scope.keep(Elementwise.where(marks.viewAs(diagonals), t, 0));
        }
    }

    static Tensor integers(String operation, Tensor index) {
        if (!index.dtype().isInteger()) {
            throw new DTypeException(operation + ": the index of shape " + index.shape() + " is " + index.dtype()
                    + ", not of integers; convert it with to(DType.INT64)");
        }
        return index.to(DType.INT64);
    }

    static Tensor inside(Tensor positions, long n) {
        return Elementwise.logicalAnd(Elementwise.greaterEqual(positions, 0), Elementwise.less(positions, n));
    }

    /** Checks all entries of an index. */
    static Tensor positions(String operation, Tensor index, long n, boolean negative) {
        Tensor positions = integers(operation, index);
        if (index.size() == 0) {
            return positions;
        }
        long[] bounds = bounds(positions);
        long lowest = bounds[0];
        long highest = bounds[1];
        if (highest >= n || lowest < (negative ? -n : 0)) {
            throw new TensorException(operation + ": index " + (highest >= n ? highest : lowest)
                    + " is out of range for size " + n + " (index of shape " + index.shape() + "); need "
                    + (negative ? -n : 0) + " <= index < " + n);
        }
        return lowest >= 0
                ? positions
                : Elementwise.where(Elementwise.less(positions, 0), Elementwise.add(positions, n), positions);
    }

    /** The least and the greatest of integers of int64, at least one. */
    static long[] bounds(Tensor integers) {
        return integers.device().backend().bounds(integers.view()).orElseGet(() -> new long[] {
            Reduce.min(integers).itemLong(), Reduce.max(integers).itemLong()
        });
    }

    private static void requireSome(String operation, Tensor... tensors) {
        if (tensors.length == 0) {
            throw new ShapeException(operation + ": no tensors; give at least one");
        }
    }

    private static String shapes(Tensor... tensors) {
        return Arrays.toString(Arrays.stream(tensors).map(Tensor::shape).toArray());
    }
}
