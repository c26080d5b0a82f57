package kron4j.ops;

import java.util.function.Supplier;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.View;

/**
 * Writing at positions that other tensors hold, and picking by truth values; named as in PyTorch and NumPy.
 *
 * <pre>{@code
 * Tensor index = Tensor.of(new long[][] {{2}, {0}});
 * Tensor marked = Scatter.scatter(x, index, 1, 1);                             // x with x[i, index[i, j]] = 1
 * Tensor counts = Scatter.scatterAdd(Tensor.zeros(DType.INT64, 10), labels, Creation.onesLike(labels), 0);
 * Tensor known = Scatter.booleanMask(x, Elementwise.greater(x, 0));            // a vector
 * }</pre>
 *
 * <p>Nothing is changed: results are new row-major tensors in the current scope. Any strides. Deterministic, on cards too:
 * where several elements go to one place, the last along the axis is written, and sums are added up in their order.
 * Operations that check an index wait for the device; those named {@code ...Ex} do not, can be recorded into a graph, and
 * leave out what goes outside. Every gradient has a gradient itself.
 */
public final class Scatter {
    private Scatter() {}

    /**
     * {@return t with {@code out[i.., index[i.., j, k..], k..] = source[i.., j, k..]} along an axis
     * ({@code torch.scatter})} Gradient: of t, g with zeros at what was written; of the source, g at what each wrote, 0 where
     * another did. Cost: a pass over t, three over the index; a temporary of int64 of the size of t.
     *
     * @param t any dtype
     * @param index integers of the rank of t, on no axis larger than the source, nor than t but on this axis; negative
     *     entries count from the end
     * @param source of the rank and dtype of t; what is beyond the index is not read
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if shapes do not fit
     * @throws TensorException if an entry is out of range
     */
    public static Tensor scatter(Tensor t, Tensor index, Tensor source, int axis) {
        return written("scatter", true, t, index, source, axis);
    }

    /**
     * {@return t with what is written by {@link #scatter}, without a wait; entries that are out of range are left out}
     *
     * @param t any dtype
     * @param index integers; see {@link #scatter(Tensor, Tensor, Tensor, int)}
     * @param source of the rank and dtype of t
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if shapes do not fit
     */
    public static Tensor scatterEx(Tensor t, Tensor index, Tensor source, int axis) {
        return written("scatterEx", false, t, index, source, axis);
    }

    /**
     * {@return t with a number at the index along an axis; see {@link #scatter(Tensor, Tensor, Tensor, int)}}
     *
     * @param t any dtype
     * @param index integers of the rank of t
     * @param value a number that the dtype of t can hold
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if shapes do not fit
     * @throws TensorException if an entry is out of range
     */
    public static Tensor scatter(Tensor t, Tensor index, Number value, int axis) {
        return scoped(
                t,
                () -> scatter(
                        t,
                        index,
                        Operands.scalar("scatter", t, value)
                                .expand(index.shape().dims()),
                        axis));
    }

    /**
     * {@return t with {@code out[i.., index[i.., j, k..], k..] += source[i.., j, k..]} along an axis
     * ({@code torch.scatter_add})} Terms of one place are added in ascending j to what is there (where a card has one
     * long line, sums of neighbouring ones are); float16 and bfloat16 in float32, rounded once; integers wrap around. Gradient: of t, g; of the source, g at the index.
     *
     * @param t any dtype but bool
     * @param index integers of the rank of t, on no axis larger than the source, nor than t but on this axis; negative
     *     entries count from the end
     * @param source of the rank and dtype of t; what is beyond the index is not read
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if shapes do not fit
     * @throws TensorException if an entry is out of range
     */
    public static Tensor scatterAdd(Tensor t, Tensor index, Tensor source, int axis) {
        return added("scatterAdd", true, t, index, source, axis);
    }

    /**
     * {@return t with what is added by {@link #scatterAdd}, without a wait; entries that are out of range are left out}
     *
     * @param t any dtype but bool
     * @param index integers; see {@link #scatterAdd}
     * @param source of the rank and dtype of t
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if shapes do not fit
     */
    public static Tensor scatterAddEx(Tensor t, Tensor index, Tensor source, int axis) {
        return added("scatterAddEx", false, t, index, source, axis);
    }

    /**
     * {@return t with {@code out[i.., index[j], k..] += source[i.., j, k..]} along an axis ({@code torch.index_add})} As
     * {@link #scatterAdd}.
     *
     * @param t any dtype but bool
     * @param index integers [m]; negative entries count from the end
     * @param source of the shape of t, but m along the axis; the same dtype
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if shapes do not fit
     * @throws TensorException if an entry is out of range
     */
    public static Tensor indexAdd(Tensor t, Tensor index, Tensor source, int axis) {
        return scoped(t, () -> added("indexAdd", true, t, spread("indexAdd", t, index, source, axis), source, axis));
    }

    /**
     * {@return t with what is added by {@link #indexAdd}, without a wait; entries that are out of range are left out}
     *
     * @param t any dtype but bool
     * @param index integers [m]; see {@link #indexAdd}
     * @param source of the shape of t, but m along the axis; the same dtype
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if shapes do not fit
     */
    public static Tensor indexAddEx(Tensor t, Tensor index, Tensor source, int axis) {
        return scoped(
                t, () -> added("indexAddEx", false, t, spread("indexAddEx", t, index, source, axis), source, axis));
    }

    /** A vector as an index of the source's shape. */
    private static Tensor spread(String operation, Tensor t, Tensor index, Tensor source, int axis) {
        int a = Operands.axis(operation, t.shape(), axis);
        if (index.rank() != 1
                || !source.shape().equals(t.shape().with(a, index.shape().at(0)))) {
            throw new ShapeException(operation + ": index of shape " + index.shape() + " and source of shape "
                    + source.shape() + " for shape " + t.shape() + " along axis " + axis
                    + "; need a vector, and as many entries of the source along the axis, its other sizes equal");
        }
        Tensor aligned = index;
        for (int i = a + 1; i < t.rank(); i++) {
            aligned = aligned.unsqueeze(-1);
        }
        return aligned.expand(source.shape().dims());
    }

    /**
     * {@return t with values at row-major positions ({@code numpy.put}, but t stays as it is)} Values are repeated, or left
     * out at the end, as the index needs; of several at one place the last is written. Gradient: as of {@link #scatter}.
     *
     * @param t any dtype
     * @param index integers of any shape; positions in the whole tensor, negative ones count from the end
     * @param values any shape; the dtype of t
     * @throws ShapeException if there are no values for the index
     * @throws TensorException if an entry is out of range
     */
    public static Tensor put(Tensor t, Tensor index, Tensor values) {
        return put("put", true, t, index, values);
    }

    /**
     * {@return t with what is written by {@link #put}, without a wait; positions that are out of range are left out}
     *
     * @param t any dtype
     * @param index integers of any shape
     * @param values any shape; the dtype of t
     * @throws ShapeException if there are no values for the index
     */
    public static Tensor putEx(Tensor t, Tensor index, Tensor values) {
        return put("putEx", false, t, index, values);
    }

    private static Tensor put(String operation, boolean checked, Tensor t, Tensor index, Tensor values) {
        Operands.sameDType(operation, t, values);
        Operands.sameDevice(operation, t, index, values);
        long wanted = index.size();
        long given = values.size();
        if (given == 0 && wanted > 0) {
            throw new ShapeException(operation + ": no values (shape " + values.shape() + ") for an index of shape "
                    + index.shape() + "; give at least one");
        }
        return scoped(t, () -> {
            Tensor source = values.reshape(-1);
            if (given > wanted) {
                source = source.slice(0, 0, wanted);
            } else if (given < wanted) {
                Tensor cycle = Elementwise.remainder(counting(wanted), given);
                source = Indexing.along(source, 0, cycle);
            }
            return written(operation, checked, t.reshape(-1), index.reshape(-1), source, 0)
                    .reshape(t.shape());
        });
    }

    /**
     * {@return the value where the mask is true, t elsewhere ({@code torch.masked_fill})} Gradient: of t, g where the mask is
     * false.
     *
     * @param t any dtype
     * @param mask bool; broadcast with t
     * @param value a number that the dtype of t can hold
     * @throws ShapeException if the shapes do not broadcast
     * @throws DTypeException if the mask is not bool
     */
    public static Tensor maskedFill(Tensor t, Tensor mask, Number value) {
        requireMask("maskedFill", mask);
        Operands.sameDevice("maskedFill", t, mask);
        Shape.broadcast("maskedFill", t.shape(), mask.shape());
        return Elementwise.where(mask, Numbers.of("maskedFill", t, value), t);
    }

    /**
     * {@return the entries where the mask is true, in row-major order ({@code a[mask]} in NumPy): their number in place of
     * the mask's axes} The shape depends on values, so this waits for the device to count, and cannot be recorded into a
     * graph. Gradient: back to where each entry came from, 0 elsewhere.
     *
     * @param t any dtype
     * @param mask bool; the sizes of its axes, one at least, are those of the first axes of t
     * @throws ShapeException if they are not
     * @throws DTypeException if the mask is not bool
     */
    public static Tensor booleanMask(Tensor t, Tensor mask) {
        requireMask("booleanMask", mask);
        Operands.sameDevice("booleanMask", t, mask);
        int rank = mask.rank();
        if (rank == 0 || rank > t.rank() || !t.shape().slice(0, rank).equals(mask.shape())) {
            throw new ShapeException("booleanMask: mask of shape " + mask.shape() + " for shape " + t.shape()
                    + "; its sizes must be those of the first axes, one at least");
        }
        return scoped(t, () -> {
            Shape rest = t.shape().slice(rank, t.rank());
            return MaskedEntries.of(mask).pick(t.reshape(Shape.of(mask.size()).concat(rest)));
        });
    }

    /**
     * {@return the indices of the elements that are not 0 (NaN is not), in row-major order, int64 [count, rank]
     * ({@code numpy.argwhere}, {@code torch.nonzero})} The shape depends on values, so this waits for the device to count, and
     * cannot be recorded into a graph.
     *
     * @param t any dtype
     */
    public static Tensor nonzero(Tensor t) {
        return scoped(t, () -> {
            Tensor plain = Tape.plain(t);
            Tensor mask = t.dtype() == DType.BOOL ? plain : Elementwise.notEqual(plain, 0);
            Tensor rest = MaskedEntries.of(mask).taken();
            Tensor[] indices = new Tensor[t.rank()];
            for (int axis = t.rank() - 1; axis > 0; axis--) {
                long size = Math.max(1, t.shape().at(axis));
                Tensor before = Elementwise.divide(rest, size);
                indices[axis] = Elementwise.subtract(rest, Elementwise.multiply(before, size));
                rest = before;
            }
            if (indices.length > 0) {
                indices[0] = rest;
            }
            return indices.length == 0 ? Tensor.zeros(DType.INT64, rest.size(), 0) : Indexing.stack(-1, indices);
        });
    }

    private static Tensor written(String operation, boolean checked, Tensor t, Tensor index, Tensor source, int axis) {
        int a = checkedAxis(operation, t, index, source, axis);
        return scoped(t, () -> {
            Tensor news = narrowed(source, index.shape());
            long n = t.shape().at(a);
            if (!checked || Tape.records(t, source) || index.size() == 0 || t.size() == 0) {
                return put(t, places(operation, checked, index, n), news, a);
            }
            Tensor wanted = Indexing.integers(operation, index);
            return Tensor.make(t.device(), t.dtype(), t.shape(), out -> {
                if (!out.storage().backend().tryPutAlong(t.view(), news.view(), a, wanted.view(), out)) {
                    put(t.view(), Indexing.positions(operation, wanted, n, true), news, a, out);
                }
            });
        });
    }

    /** Writes at positions, of which negative ones are none. */
    private static Tensor put(Tensor t, Tensor at, Tensor source, int axis) {
        Shape region = at.shape().with(axis, t.shape().at(axis));
        if (at.size() == 0 || region.size() == 0) {
            return untouched(t, source);
        }
        View old = t.view();
        if (!Tape.records(t, source)) {
            return Tensor.make(t.device(), t.dtype(), t.shape(), out -> put(old, at, source, axis, out));
        }
        Tensor last = last(at, axis, region);
        Tensor result = Tensor.make(t.device(), t.dtype(), t.shape(), out -> choose(old, last, source, axis, out));
        return Tape.record(
                "scatter",
                result,
                r -> r.gradient(
                                t,
                                at,
                                (g, to) -> put(
                                        g,
                                        to,
                                        Tensor.zeros(g.dtype())
                                                .expand(to.shape().dims()),
                                        axis))
                        .gradient(source, new Tensor[] {at, last}, (g, s) -> {
                            Tensor to = Elementwise.where(Elementwise.less(s[0], 0), 0, s[0]);
                            Tensor own = along(counting(to.shape().at(axis)), to, axis);
                            Tensor mine = Elementwise.logicalAnd(
                                    Elementwise.greaterEqual(s[0], 0),
                                    Elementwise.equal(Indexing.along(s[1], axis, to), own));
                            return Elementwise.where(mine, Indexing.along(narrowed(g, region), axis, to), 0);
                        }),
                t,
                source);
    }

    private static void put(View old, Tensor at, Tensor source, int axis, View out) {
        if (!out.storage().backend().putAlong(old, source.view(), axis, at.view(), out)) {
            Shape region = at.shape().with(axis, out.shape().at(axis));
            choose(old, last(at, axis, region), source, axis, out);
        }
    }

    /** {@code out = old}, but where {@code last} is not negative the element of the source that it names. */
    private static void choose(View old, Tensor last, Tensor source, int axis, View out) {
        Shape region = last.shape();
        Tensor there = Elementwise.greaterEqual(last, 0);
        View news = Indexing.along(Tape.plain(source), axis, Elementwise.where(there, last, 0))
                .view();
        Backend backend = out.storage().backend();
        if (!region.equals(out.shape())) {
            backend.copy(old, out);
        }
        backend.where(there.view(), news, narrowed(old, region), narrowed(out, region));
    }

    /** 0, 1, ... made on the device, so that graphs can record it. */
    private static Tensor counting(long n) {
        return Elementwise.subtract(Scan.cumsum(Tensor.ones(DType.INT64, 1).expand(n), 0), 1);
    }

    private static Tensor along(Tensor vector, Tensor like, int axis) {
        Tensor aligned = vector;
        for (int i = axis + 1; i < like.rank(); i++) {
            aligned = aligned.unsqueeze(-1);
        }
        return aligned.expand(like.shape().dims());
    }

    /** The last position along the axis of {@code at} that names each element of a shape; -1 where none does. */
    static Tensor last(Tensor at, int axis, Shape shape) {
        View index = at.view();
        return Tensor.make(at.device(), DType.INT64, shape, out -> {
            Backend backend = out.storage().backend();
            backend.fill(-1L, out);
            backend.lastAlong(index, axis, out);
        });
    }

    private static Tensor added(String operation, boolean checked, Tensor t, Tensor index, Tensor source, int axis) {
        int a = checkedAxis(operation, t, index, source, axis);
        if (!t.dtype().isNumber()) {
            throw new DTypeException(operation + ": bool of shape " + t.shape()
                    + " cannot be added to; use scatter, or convert it with to(DType.INT64)");
        }
        return scoped(t, () -> {
            long n = t.shape().at(a);
            Tensor terms = narrowed(source, index.shape());
            if (checked) {
                Tensor wanted =
                        n > 0 ? Indexing.integers(operation, index) : Indexing.positions(operation, index, n, true);
                return add(t, wanted, () -> Indexing.positions(operation, wanted, n, true), terms, a);
            }
            Tensor at = places(operation, false, index, n);
            // What goes nowhere becomes the number that changes none.
            Tensor there = Elementwise.greaterEqual(at, 0);
            Number nothing = Numbers.nothing(t.dtype());
            Tensor within = Elementwise.where(there, at, 0);
            return add(t, within, () -> within, Elementwise.where(there, terms, nothing), a);
        });
    }

    /** @param places the positions that an index names, found where the index itself cannot be used */
    private static Tensor add(Tensor t, Tensor index, Supplier<Tensor> places, Tensor terms, int axis) {
        Shape region = index.shape().with(axis, t.shape().at(axis));
        if (index.size() == 0 || region.size() == 0) {
            return untouched(t, terms);
        }
        View old = t.view();
        Tensor[] positions = {index};
        Tensor result = Tensor.make(t.device(), t.dtype(), t.shape(), out -> {
            Backend backend = out.storage().backend();
            if (!backend.tryAddAlong(old, terms.view(), axis, index.view(), out)) {
                positions[0] = places.get();
                backend.copy(old, out);
                LongLineSums.addAlong(terms, axis, positions[0], narrowed(out, region));
            }
        });
        Tensor at = positions[0];
        return Tape.record(
                "scatterAdd",
                result,
                r -> r.gradient(t, g -> g)
                        .gradient(terms, at, (g, to) -> Indexing.along(narrowed(g, region), axis, to)),
                t,
                terms);
    }

    /** A copy of t, to which no element of the source goes. */
    private static Tensor untouched(Tensor t, Tensor source) {
        Shape shape = source.shape();
        return Tape.record(
                "scatter",
                Tape.plain(t).copy(),
                r -> r.gradient(t, g -> g).gradient(source, g -> Tensor.zeros(g.dtype(), shape.dims())),
                t,
                source);
    }

    /** Positions in [0, n): checked, or -1 for those outside. */
    private static Tensor places(String operation, boolean checked, Tensor index, long n) {
        if (checked) {
            return Indexing.positions(operation, index, n, true);
        }
        Tensor wanted = Indexing.integers(operation, index);
        Tensor from = Elementwise.where(Elementwise.less(wanted, 0), Elementwise.add(wanted, n), wanted);
        return Elementwise.where(Indexing.inside(from, n), from, -1);
    }

    private static int checkedAxis(String operation, Tensor t, Tensor index, Tensor source, int axis) {
        int a = Operands.axis(operation, t.shape(), axis);
        Operands.sameDType(operation, t, source);
        Operands.sameDevice(operation, t, index, source);
        boolean fits = index.rank() == t.rank() && source.rank() == t.rank();
        for (int i = 0; fits && i < t.rank(); i++) {
            long n = index.shape().at(i);
            fits = n <= source.shape().at(i) && (i == a || n <= t.shape().at(i));
        }
        if (!fits) {
            throw new ShapeException(operation + ": index of shape " + index.shape() + " and source of shape "
                    + source.shape() + " for shape " + t.shape() + " along axis " + axis
                    + ": the ranks must be equal, and the index on no axis larger than the source, nor than the shape"
                    + " but on that axis");
        }
        return a;
    }

    private static Tensor narrowed(Tensor t, Shape shape) {
        Tensor result = t;
        for (int i = 0; i < shape.rank(); i++) {
            if (shape.at(i) != t.shape().at(i)) {
                result = result.slice(i, 0, shape.at(i));
            }
        }
        return result;
    }

    private static View narrowed(View v, Shape shape) {
        View result = v;
        for (int i = 0; i < shape.rank(); i++) {
            result = result.with(result.layout().slice(i, 0, shape.at(i), 1));
        }
        return result;
    }

    private static void requireMask(String operation, Tensor mask) {
        if (mask.dtype() != DType.BOOL) {
            throw new DTypeException(operation + ": the mask of shape " + mask.shape() + " is " + mask.dtype()
                    + ", not bool; compare it, as in notEqual(mask, 0)");
        }
    }

    private static Tensor scoped(Tensor t, Supplier<Tensor> steps) {
        try (TensorScope scope = t.device().openScope()) {
            return scope.keep(steps.get());
        }
    }
}
