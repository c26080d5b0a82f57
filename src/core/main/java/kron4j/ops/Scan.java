package kron4j.ops;

import static kron4j.ops.ComplexNumbers.conj;

import java.util.function.Function;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Layout;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.ScanOp;
import kron4j.backend.View;

/**
 * Running reductions along an axis, and differences; named as in NumPy and PyTorch.
 *
 * <pre>{@code
 * Tensor total = Scan.cumsum(x, 0);                   // total[i] = x[0] + ... + x[i]
 * Tensor record = Scan.cummax(x, -1).values();        // the largest so far
 * Tensor steps = Scan.diff(x, 1, 0);                  // x[i + 1] - x[i]
 * }</pre>
 *
 * <p>Any strides, no copy of the operand; new row-major results of the operand's shape in the current scope; never waits;
 * deterministic, whatever the number of threads. Time is linear in the size: one pass on the CPU, one on a card, where two
 * read what is in few long lines. float16 and bfloat16 are computed in float32 and rounded once. Every gradient has a
 * gradient itself.
 */
public final class Scan {
    private Scan() {}

    /**
     * {@return {@code out[i] = a[0] + ... + a[i]} along an axis ({@code numpy.cumsum})} Integers and bool add up in int64,
     * which wraps around. The error of a float64 is below {@code n eps sum|a|}, n elements up to it, that of float32, which
     * is carried in double, below one unit of the result's last place plus {@code n 2^-53 sum|a|}. Gradient: the running sum
     * of g from the end.
     *
     * @param a the operand, of any dtype
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis is out of range
     */
    public static Tensor cumsum(Tensor a, int axis) {
        int along = Operands.axis("cumsum", a.shape(), axis);
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> cumsum(x[0], axis), a);
        }
        return sums(a, along, false);
    }

    private static Tensor sums(Tensor a, int axis, boolean fromEnd) {
        return Tape.record(
                "cumsum",
                scan(ScanOp.SUM, a, a.dtype().ofSums(), axis, fromEnd),
                r -> r.gradient(a, g -> sums(g, axis, !fromEnd)),
                a);
    }

    /**
     * {@return {@code out[i] = a[0] * ... * a[i]} along an axis ({@code numpy.cumprod})} Integers and bool multiply in
     * int64, which wraps around; float32 is carried in double. On a card, products that leave the range of the dtype and
     * return are found again. Gradient: right where elements are 0 too; two running reductions, no quotient.
     *
     * @param a the operand, of any dtype
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis is out of range
     */
    public static Tensor cumprod(Tensor a, int axis) {
        int along = Operands.axis("cumprod", a.shape(), axis);
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> cumprod(x[0], axis), a);
        }
        Tensor result = scan(ScanOp.PROD, a, a.dtype().ofSums(), along, false);
        return Tape.record(
                "cumprod",
                result,
                r -> r.gradient(a, new Tensor[] {a, result}, (g, s) -> {
                    Tensor x = conj(s[0]);
                    Tensor y = conj(s[1]);
                    long n = x.shape().at(along);
                    if (n == 0) {
                        return g;
                    }
                    // What is before an element, times what its results pass on: each link is the next element.
                    Tensor before =
                            Indexing.concat(along, Creation.onesLike(y.slice(along, 0, 1)), y.slice(along, 0, n - 1));
                    return Elementwise.multiply(before, recurrence(x.slice(along, 1, n), g, along, true));
                }),
                a);
    }

    /**
     * {@return {@code out[i] = log(exp(a[0]) + ... + exp(a[i]))} along an axis ({@code torch.logcumsumexp}), without
     * overflow} It is -inf as long as all elements are, inf from the first inf on, NaN from the first NaN on. Gradient:
     * {@code sum over j >= i of g[j] exp(a[i] - y[j])} by a recurrence whose factors are at most 1; NaN at an element that
     * is inf, 0 where all up to it are -inf.
     *
     * @param a floating
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis is out of range
     * @throws DTypeException if the dtype is not floating
     */
    public static Tensor logcumsumexp(Tensor a, int axis) {
        Operands.requireFloating("logcumsumexp", a);
        int along = Operands.axis("logcumsumexp", a.shape(), axis);
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> logcumsumexp(x[0], axis), a);
        }
        Tensor result = scan(ScanOp.LOGSUMEXP, a, a.dtype(), along, false);
        return Tape.record(
                "logcumsumexp",
                result,
                r -> r.gradient(a, new Tensor[] {a, result}, (g, s) -> {
                    Tensor y = s[1];
                    long n = y.shape().at(along);
                    if (n == 0) {
                        return g;
                    }
                    Tensor first = y.slice(along, 0, n - 1);
                    Tensor fall = Elementwise.subtract(first, y.slice(along, 1, n));
                    Tensor links = Elementwise.exp(
                            Elementwise.where(Elementwise.isFinite(first), fall, Double.NEGATIVE_INFINITY));
                    Tensor shift = Elementwise.where(Elementwise.equal(y, Double.NEGATIVE_INFINITY), 0, y);
                    Tensor weights = Elementwise.exp(Elementwise.subtract(s[0], shift));
                    return Elementwise.multiply(weights, recurrence(links, g, along, true));
                }),
                a);
    }

    /**
     * Running extremes.
     *
     * @param values the extremes
     * @param indices their positions along the axis, int64
     */
    public record Extremes(Tensor values, Tensor indices) implements AutoCloseable {
        /** Closes both. */
        @Override
        public void close() {
            values.close();
            indices.close();
        }
    }

    /**
     * {@return the largest element up to each one along an axis, and its position ({@code torch.cummax})} Of equal elements
     * (0 and -0 too) the last counts, of NaN the last one. Gradient: to the element at the position.
     *
     * @param a the operand, of any dtype but complex ones
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis is out of range
     * @throws DTypeException if the operand is complex
     */
    public static Extremes cummax(Tensor a, int axis) {
        return extremes("cummax", ScanOp.MAX, a, axis);
    }

    /**
     * {@return the smallest element up to each one along an axis, and its position; see {@link #cummax}}
     *
     * @param a the operand, of any dtype but complex ones
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis is out of range
     * @throws DTypeException if the operand is complex
     */
    public static Extremes cummin(Tensor a, int axis) {
        return extremes("cummin", ScanOp.MIN, a, axis);
    }

    private static Extremes extremes(String operation, ScanOp op, Tensor a, int axis) {
        Operands.requireReal(operation, a);
        int along = Operands.axis(operation, a.shape(), axis);
        if (!Tape.records(a) && a.device().equals(Device.cpu())) {
            Extremes extremes = new Extremes(
                    Tensor.empty(a.device(), a.dtype(), a.shape()), Tensor.empty(a.device(), DType.INT64, a.shape()));
            View in = toLast(a.view(), along, false);
            View values = toLast(extremes.values.view(), along, false);
            if (a.device().backend().extremes(op, in, values, toLast(extremes.indices.view(), along, false))) {
                return extremes;
            }
            extremes.close();
        }
        Tensor places;
        try (Tensor x = Operands.in(a.dtype().computed(), Tape.plain(a))) {
            places = scan(op, x, DType.INT64, along, false);
        }
        return new Extremes(Indexing.along(a, along, places), places);
    }

    /**
     * {@return the n-th differences along an axis ({@code numpy.diff}), n elements shorter; the operand itself as a new handle
     * if n is 0} Integers wrap around; of bool it is whether neighbours differ. Gradient: the adjoint differences.
     *
     * @param a the operand, of any dtype
     * @param n how often neighbours are subtracted
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis is out of range
     * @throws TensorException if n is negative
     */
    public static Tensor diff(Tensor a, int n, int axis) {
        int along = Operands.axis("diff", a.shape(), axis);
        if (n < 0) {
            throw new TensorException("diff: order " + n + " of shape " + a.shape() + " is negative; give 0 or more");
        }
        if (a.dtype().isHalf() && n > 1) {
            return Operands.inFloat32(x -> diff(x[0], n, axis), a);
        }
        return scoped(a, x -> {
            Tensor result = x.slice(along, 0, x.shape().at(along));
            for (long i = Math.min(n, x.shape().at(along)); i > 0; i--) {
                long size = result.shape().at(along);
                Tensor next = result.slice(along, Math.min(1, size), size);
                Tensor last = result.slice(along, 0, Math.max(0, size - 1));
                result = a.dtype() == DType.BOOL ? Elementwise.notEqual(next, last) : Elementwise.subtract(next, last);
            }
            return result;
        });
    }

    private static Tensor scoped(Tensor a, Function<Tensor, Tensor> steps) {
        try (TensorScope scope = a.device().openScope()) {
            return scope.keep(steps.apply(a));
        }
    }

    /**
     * Computes {@code y[0] = a[0], y[i] = links[i-1] y[i-1] + a[i]}, or from the last element back. Gradient: of a, the same in
     * the other direction; of the links, that times the y that each passed on.
     */
    private static Tensor recurrence(Tensor links, Tensor a, int axis, boolean fromEnd) {
        View factors = toLast(links.view(), axis, fromEnd);
        View in = toLast(a.view(), axis, fromEnd);
        Tensor result = Tensor.make(
                a.device(),
                a.dtype(),
                a.shape(),
                out -> out.storage().backend().recur(factors, in, toLast(out, axis, fromEnd)));
        long n = a.shape().at(axis);
        return Tape.record(
                "recurrence",
                result,
                r -> r.gradients(new Tensor[] {links, a}, new Tensor[] {links, result}, (g, s) -> {
                    Tensor back = recurrence(conj(s[0]), g[0], axis, !fromEnd);
                    Tensor passed = s[1].slice(axis, fromEnd ? 1 : 0, fromEnd ? n : n - 1);
                    Tensor got = back.slice(axis, fromEnd ? 0 : 1, fromEnd ? n - 1 : n);
                    return new Tensor[] {Elementwise.multiply(got, conj(passed)), back};
                }),
                links,
                a);
    }

    private static Tensor scan(ScanOp op, Tensor a, DType dtype, int axis, boolean fromEnd) {
        View in = toLast(a.view(), axis, fromEnd);
        return Tensor.make(
                a.device(), dtype, a.shape(), out -> out.storage().backend().scan(op, in, toLast(out, axis, fromEnd)));
    }

    private static View toLast(View v, int axis, boolean turned) {
        Layout layout = v.layout();
        int last = layout.rank() - 1;
        int[] order = new int[last + 1];
        for (int i = 0; i < last; i++) {
            order[i] = i < axis ? i : i + 1;
        }
        order[last] = axis;
        Layout turn = turned && layout.size() > 0 ? layout.slice(axis, -1, Long.MIN_VALUE, -1) : layout;
        return v.with(turn.permute(order));
    }
}
