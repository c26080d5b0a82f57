package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.View;

/**
 * Padding, repeating and rearranging, named as in NumPy; {@link Tensor} itself has the views that take one axis.
 *
 * <pre>{@code
 * Tensor image = Tensor.of(new double[][] {{1, 2, 3}, {4, 5, 6}});
 * Tensor framed = Shapes.pad(image, 0, new long[][] {{1, 1}, {2, 0}});                     // [4,5]
 * Tensor wide = Shapes.pad(image, Padding.REFLECT, new long[][] {{0, 0}, {2, 2}});         // 3 2 1 2 3 2 1 and 6 5 4 5 6 5 4
 * List<Tensor> grid = Shapes.meshgrid(true, Tensor.of(new double[] {1, 2}), Tensor.of(new double[] {3, 4, 5}));
 * }</pre>
 *
 * <p>Operands: any strides and any dtype. Results are views where the method says so, else new row-major tensors, made by one copy. Gradients go
 * back to where each element came from, summed where one was repeated, to any order. Nothing waits for the device.
 */
public final class Shapes {
    /** Of more elements only the edges are filled, in several steps. */
    private static final long WORTH_EDGES = 1 << 14;

    private Shapes() {}

    // ---- padding ----

    /**
     * {@return t with a number of elements before and after each axis that are all {@code value}} Gradient: the slice that t is of g.
     *
     * @param t any dtype and strides
     * @param value a number that the dtype can hold
     * @param widths for each axis the number of elements before and after it, 0 or more
     * @throws ShapeException if there is not a pair for each axis, or a number is negative
     * @throws DTypeException if the dtype cannot hold the value
     */
    public static Tensor pad(Tensor t, Number value, long[][] widths) {
        long[][] pairs = pairs(t, widths);
        Number filled = Numbers.of("pad", t, value);
        Shape shape = t.shape();
        Shape padded = shape;
        for (int axis = 0; axis < t.rank(); axis++) {
            padded = padded.with(axis, padded(shape, axis, pairs));
        }
        View given = t.view();
        Tensor result = Tensor.make(t.device(), t.dtype(), padded, out -> {
            Backend backend = out.storage().backend();
            boolean large = shape.size() > WORTH_EDGES;
            if (!large) {
                backend.fill(filled, out);
            }
            View inner = out;
            for (int axis = 0; axis < pairs.length; axis++) {
                Layout all = inner.layout();
                long from = pairs[axis][0];
                long to = from + shape.at(axis);
                if (large && from > 0) {
                    backend.fill(filled, inner.with(all.slice(axis, 0, from, 1)));
                }
                if (large && pairs[axis][1] > 0) {
                    backend.fill(filled, inner.with(all.slice(axis, to, to + pairs[axis][1], 1)));
                }
                inner = inner.with(all.slice(axis, from, to, 1));
            }
            backend.copy(given, inner);
        });
        return Tape.record("pad", result, r -> r.gradient(t, g -> inner(g, pairs, shape)), t);
    }

    private static Tensor inner(Tensor g, long[][] pairs, Shape shape) {
        return g.viewBy(l -> {
            for (int axis = 0; axis < pairs.length; axis++) {
                l = l.slice(axis, pairs[axis][0], pairs[axis][0] + shape.at(axis), 1);
            }
            return l;
        });
    }

    /**
     * {@return t continued beyond the ends of its axes by its own elements} One copy for each axis that is padded; corners follow from the axes in
     * turn. Gradient: g, summed over the copies of each element.
     *
     * @param t any dtype and strides
     * @param padding how it goes on
     * @param widths for each axis the number of elements before and after it: 0 or more, at most the size of the axis for {@link
     *     Padding#CIRCULAR}, less than it for {@link Padding#REFLECT}
     * @throws ShapeException if there is not a pair for each axis, or a number is negative or too large
     */
    public static Tensor pad(Tensor t, Padding padding, long[][] widths) {
        long[][] pairs = pairs(t, widths);
        for (int axis = 0; axis < t.rank(); axis++) {
            requireWithin(t.shape(), axis, padding, pairs[axis]);
        }
        try (TensorScope scope = t.device().openScope()) {
            Tensor result = t;
            for (int axis = 0; axis < pairs.length; axis++) {
                if (pairs[axis][0] + pairs[axis][1] > 0) {
                    result = continued(result, axis, padding, pairs[axis][0], pairs[axis][1]);
                }
            }
            return scope.keep(result.storage() == t.storage() ? t.copy() : result);
        }
    }

    private static Tensor continued(Tensor t, int axis, Padding padding, long before, long after) {
        long n = t.shape().at(axis);
        Tensor head = switch (padding) {
            case REFLECT -> t.slice(axis, 1, before + 1).flip(axis);
            case REPLICATE -> repeated(t.slice(axis, 0, 1), axis, before);
            case CIRCULAR -> t.slice(axis, n - before, n);
        };
        Tensor tail = switch (padding) {
            case REFLECT -> t.slice(axis, n - 1 - after, n - 1).flip(axis);
            case REPLICATE -> repeated(t.slice(axis, n - 1, n), axis, after);
            case CIRCULAR -> t.slice(axis, 0, after);
        };
        return Indexing.concat(axis, head, t, tail);
    }

    private static Tensor repeated(Tensor one, int axis, long times) {
        return one.expand(one.shape().with(axis, times).dims());
    }

    private static long padded(Shape shape, int axis, long[][] pairs) {
        return Operands.total("pad", LongStream.of(pairs[axis][0], shape.at(axis), pairs[axis][1]));
    }

    private static long[][] pairs(Tensor t, long[][] widths) {
        boolean fits = widths.length == t.rank() && Arrays.stream(widths).allMatch(w -> w.length == 2);
        if (!fits || Arrays.stream(widths).flatMapToLong(Arrays::stream).anyMatch(w -> w < 0)) {
            throw new ShapeException("pad: widths " + Arrays.deepToString(widths) + " for shape " + t.shape()
                    + "; expected for each axis a pair of numbers before and after it, 0 or more (slice makes an axis"
                    + " shorter)");
        }
        for (int axis = 0; axis < widths.length; axis++) {
            padded(t.shape(), axis, widths);
        }
        return Arrays.stream(widths).map(long[]::clone).toArray(long[][]::new);
    }

    private static void requireWithin(Shape shape, int axis, Padding padding, long... widths) {
        long n = shape.at(axis);
        long most = switch (padding) {
            case REFLECT -> Math.max(n - 1, 0);
            case REPLICATE -> n > 0 ? Long.MAX_VALUE : 0;
            case CIRCULAR -> n;
        };
        if (Math.max(widths[0], widths[1]) > most) {
            throw new ShapeException("pad: " + padding + " has at most " + most + " elements to either side of axis "
                    + axis + " of shape " + shape + ", got " + Arrays.toString(widths)
                    + "; pad several times, or with a constant");
        }
    }

    // ---- repeating ----

    /**
     * {@return t repeated along each axis as a whole ({@code numpy.tile})} Of fewer numbers than axes the last axes are repeated, of more t gets
     * leading axes of 1.
     *
     * @param t any dtype and strides
     * @param times for each axis how often, 0 or more
     * @throws ShapeException if a number is negative
     */
    public static Tensor tile(Tensor t, long... times) {
        requireTimes("tile", t, times);
        int rank = Math.max(t.rank(), times.length);
        List<Long> split = new ArrayList<>();
        List<Long> expanded = new ArrayList<>();
        long[] result = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            int own = axis - rank + t.rank();
            int given = axis - rank + times.length;
            long n = own < 0 ? 1 : t.shape().at(own);
            long k = given < 0 ? 1 : times[given];
            if (k != 1) {
                split.add(1L);
                expanded.add(k);
            }
            split.add(n);
            expanded.add(n);
            result[axis] = product("tile", t, n, k);
        }
        return copied(t, split, expanded, result);
    }

    /**
     * {@return t with each entry along an axis repeated, next to itself ({@code numpy.repeat}, {@code torch.repeat_interleave})}
     *
     * @param t any dtype and strides
     * @param times how often, 0 or more
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the number is negative
     */
    public static Tensor repeatInterleave(Tensor t, long times, int axis) {
        int along = Operands.axis("repeatInterleave", t.shape(), axis);
        requireTimes("repeatInterleave", t, times);
        List<Long> split = new ArrayList<>();
        Arrays.stream(t.shape().dims()).forEach(split::add);
        List<Long> expanded = new ArrayList<>(split);
        split.add(along + 1, 1L);
        expanded.add(along + 1, times);
        long n = product("repeatInterleave", t, t.shape().at(along), times);
        return copied(t, split, expanded, t.shape().with(along, n).dims());
    }

    /**
     * {@return t with the entries along an axis repeated, each as often as its number says} The numbers are copied to the device.
     *
     * @param t any dtype and strides
     * @param times for each entry how often, 0 or more
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if there is not a number for each entry, or one is negative
     */
    public static Tensor repeatInterleave(Tensor t, long[] times, int axis) {
        int along = Operands.axis("repeatInterleave", t.shape(), axis);
        requireTimes("repeatInterleave", t, times);
        if (times.length != t.shape().at(along)) {
            throw new ShapeException("repeatInterleave: " + times.length + " numbers of repeats for axis " + axis
                    + " of shape " + t.shape() + "; expected one for each entry");
        }
        long total = Operands.total("repeatInterleave", Arrays.stream(times));
        try (TensorScope scope = t.device().openScope()) {
            return scope.keep(Indexing.taken(t, along, places(t.device(), times, total)));
        }
    }

    /** Each number as often as its number of times says; made on the CPU, where that is cheaper than to send it. */
    private static Tensor places(Device device, long[] times, long total) {
        if (device.equals(Device.cpu()) && total < Order.MOST) {
            long[] places = new long[(int) total];
            int at = 0;
            for (int i = 0; i < times.length; i++) {
                Arrays.fill(places, at, at + (int) times[i], i);
                at += (int) times[i];
            }
            return Tensor.of(places);
        }
        Tensor ends = Scan.cumsum(Tensor.of(times), 0);
        Tensor numbers = Elementwise.subtract(Scan.cumsum(Tensor.ones(DType.INT64, total), 0), 1);
        return Order.searchSorted(ends, numbers, true);
    }

    private static void requireTimes(String operation, Tensor t, long... times) {
        if (Arrays.stream(times).anyMatch(k -> k < 0)) {
            throw new ShapeException(operation + ": repeats " + Arrays.toString(times) + " of shape " + t.shape()
                    + " must be 0 or more");
        }
    }

    private static long product(String operation, Tensor t, long n, long times) {
        if (n != 0 && times > Long.MAX_VALUE / n) {
            throw new ShapeException(
                    operation + ": " + times + " repeats of shape " + t.shape() + " are more than 2^63-1");
        }
        return n * times;
    }

    private static Tensor copied(Tensor t, List<Long> split, List<Long> expanded, long... result) {
        try (TensorScope scope = t.device().openScope()) {
            Tensor repeated = t.reshape(dims(split)).expand(dims(expanded)).reshape(result);
            return scope.keep(repeated.storage() == t.storage() ? repeated.copy() : repeated);
        }
    }

    private static long[] dims(List<Long> sizes) {
        return sizes.stream().mapToLong(n -> n).toArray();
    }

    // ---- rearranging ----

    /**
     * {@return t with the entries of an axis moved by {@code shift}, around its end ({@code numpy.roll})} Entry i goes to i + shift.
     *
     * @param t any dtype and strides
     * @param shift any number
     * @param axis in [-rank, rank); negative ones count from the end
     */
    public static Tensor roll(Tensor t, long shift, int axis) {
        int along = Operands.axis("roll", t.shape(), axis);
        long n = t.shape().at(along);
        try (TensorScope scope = t.device().openScope()) {
            long cut = n == 0 ? 0 : n - Math.floorMod(shift, n);
            return scope.keep(Indexing.concat(along, t.slice(along, cut, n), t.slice(along, 0, cut)));
        }
    }

    /**
     * {@return t rolled along several axes, one after the other} One copy for each.
     *
     * @param t any dtype and strides
     * @param shifts for each of the axes
     * @param axes in [-rank, rank); one that is given twice is rolled twice
     * @throws ShapeException if there are not as many shifts as axes
     */
    public static Tensor roll(Tensor t, long[] shifts, int... axes) {
        if (shifts.length != axes.length) {
            throw new ShapeException("roll: shifts " + Arrays.toString(shifts) + " for axes " + Arrays.toString(axes)
                    + " of shape " + t.shape() + "; expected one for each");
        }
        for (int axis : axes) {
            Operands.axis("roll", t.shape(), axis);
        }
        try (TensorScope scope = t.device().openScope()) {
            Tensor result = t;
            for (int i = 0; i < axes.length; i++) {
                result = roll(result, shifts[i], axes[i]);
            }
            return scope.keep(axes.length == 0 ? t.copy() : result);
        }
    }

    /**
     * {@return t with several axes in opposite order: a view}
     *
     * @param t any dtype and strides
     * @param axes in [-rank, rank), each once; none means all
     * @throws ShapeException if an axis is out of range, or given twice
     */
    public static Tensor flip(Tensor t, int... axes) {
        int[] all = axes.length == 0 ? IntStream.range(0, t.rank()).toArray() : distinct("flip", t, axes);
        Shape shape = t.shape();
        return t.viewBy(l -> {
            for (int axis : all) {
                l = l.slice(axis, shape.at(axis) - 1, -shape.at(axis) - 1, -1);
            }
            return l;
        });
    }

    /**
     * {@return t with an axis in another place, the others in their order: a view}
     *
     * @param t any dtype and strides
     * @param from the axis, in [-rank, rank)
     * @param to its place in the result, in [-rank, rank)
     */
    public static Tensor moveaxis(Tensor t, int from, int to) {
        return moveaxis(t, new int[] {from}, new int[] {to});
    }

    /**
     * {@return t with axes in other places, those that are not named in their order: a view ({@code numpy.moveaxis})}
     *
     * @param t any dtype and strides
     * @param from axes, in [-rank, rank), each once
     * @param to their places in the result, as many, each once
     * @throws ShapeException if an axis is out of range, or given twice, or the numbers differ
     */
    public static Tensor moveaxis(Tensor t, int[] from, int[] to) {
        if (from.length != to.length) {
            throw new ShapeException("moveaxis: axes " + Arrays.toString(from) + " to " + Arrays.toString(to)
                    + " of shape " + t.shape() + "; expected as many places as axes");
        }
        int[] sources = distinct("moveaxis", t, from);
        int[] places = distinct("moveaxis", t, to);
        int[] order = new int[t.rank()];
        Arrays.fill(order, -1);
        BitSet moved = new BitSet();
        for (int i = 0; i < sources.length; i++) {
            order[places[i]] = sources[i];
            moved.set(sources[i]);
        }
        int next = 0;
        for (int axis = 0; axis < order.length; axis++) {
            if (order[axis] < 0) {
                next = moved.nextClearBit(next);
                order[axis] = next++;
            }
        }
        return t.permute(order);
    }

    private static int[] distinct(String operation, Tensor t, int... axes) {
        int[] all = Arrays.stream(axes)
                .map(axis -> Operands.axis(operation, t.shape(), axis))
                .toArray();
        if (Arrays.stream(all).distinct().count() < all.length) {
            throw new ShapeException(operation + ": axes " + Arrays.toString(axes) + " of shape " + t.shape()
                    + " name one of them twice");
        }
        return all;
    }

    /**
     * {@return for each vector its elements along an axis of their grid, repeated along the others: views ({@code numpy.meshgrid})}
     *
     * @param ij whether the k-th vector goes along the k-th axis (PyTorch's default, NumPy's {@code indexing="ij"}); else the first two axes
     *     are exchanged (NumPy's default, {@code "xy"})
     * @param vectors one or more of rank 1 or 0
     * @throws ShapeException if a rank is larger, or there is no vector
     */
    public static List<Tensor> meshgrid(boolean ij, Tensor... vectors) {
        int rank = vectors.length;
        if (rank == 0 || Arrays.stream(vectors).anyMatch(v -> v.rank() > 1)) {
            throw new ShapeException("meshgrid: needs one or more vectors, got shapes "
                    + Arrays.stream(vectors).map(v -> v.shape().toString()).toList());
        }
        int[] axes = IntStream.range(0, rank)
                .map(k -> ij || rank < 2 || k > 1 ? k : 1 - k)
                .toArray();
        long[] dims = new long[rank];
        for (int k = 0; k < rank; k++) {
            dims[axes[k]] = vectors[k].size();
        }
        Shape shape = Shape.of(dims);
        return IntStream.range(0, rank)
                .mapToObj(k -> along(vectors[k], axes[k], shape))
                .toList();
    }

    private static Tensor along(Tensor vector, int axis, Shape shape) {
        return vector.viewBy(l -> {
            l = vector.rank() == 0 ? l.unsqueeze(0) : l;
            for (int k = axis + 1; k < shape.rank(); k++) {
                l = l.unsqueeze(-1);
            }
            return l.expand(shape);
        });
    }
}
