package kron4j.ops;

import static kron4j.ops.Operands.update;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/**
 * Reductions over any axes, named as in NumPy.
 *
 * <pre>{@code
 * Tensor total = Reduce.sum(x);                       // over all axes, shape []
 * Tensor means = Reduce.mean(x, 0);                   // over the first axis
 * Tensor largest = Reduce.max(x, true, -1);           // over the last one, which stays with size 1
 * Tensor length = Reduce.norm(x, 1, false, -1);       // sum of |x|
 * }</pre>
 *
 * <p>Negative axes count from the end, none given means all, and one given twice throws {@link ShapeException}. The
 * reduced axes disappear, or stay with size 1 if {@code keepDims}. Any strides, no copy of the operand; new row-major
 * results in the current scope; deterministic. Gradients: of sums and means broadcast back, of extremes to the elements
 * that are equal to them, shared evenly among ties.
 *
 * <p>Of complex numbers there are sums, products and means, {@code any} and {@code all} (of parts that are not 0), and, all of
 * them real, variances ({@code |a - mean|^2}), deviations and norms (of {@code |a|}), as in NumPy. What needs an order, and
 * {@code logsumexp}, throws {@link kron4j.DTypeException}.
 */
public final class Reduce {
    private static final FusedFamily EXTREMES = new FusedFamily("largest magnitudes");
    private static final FusedFamily POWERS = new FusedFamily("sums of powers");
    private static final FusedFamily SMALL_SQUARES = new FusedFamily("squares of small distances");

    private static final FusedFamily EXPONENTIALS = new FusedFamily("logsumexp");
    private static final Fused SHARES =
            Fused.compile(x -> x[0].multiply(x[1].subtract(x[2]).exp()));

    private Reduce() {}

    /**
     * {@return the sum, 0 of no elements, in the tensor's dtype} Integers and bool add up in int64, which wraps around.
     * Gradient: broadcast back.
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     */
    public static Tensor sum(Tensor a, int... axes) {
        return sum(a, false, axes);
    }

    /**
     * {@return the sum; see {@link #sum(Tensor, int...)}}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     */
    public static Tensor sum(Tensor a, boolean keepDims, int... axes) {
        Tensor result = reduce(ReduceOp.SUM, a, keepDims, axes);
        return Tape.record(
                "sum",
                result,
                r -> {
                    Axes which = Axes.of("sum", a.shape(), axes);
                    r.gradient(a, g -> which.spread(g));
                },
                a);
    }

    /**
     * {@return the product, 1 of no elements, in the tensor's dtype} Integers and bool multiply in int64, which wraps
     * around. Gradient: the product of the other elements, right where elements are 0 too.
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     */
    public static Tensor prod(Tensor a, int... axes) {
        return prod(a, false, axes);
    }

    /**
     * {@return the product; see {@link #prod(Tensor, int...)}}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     */
    public static Tensor prod(Tensor a, boolean keepDims, int... axes) {
        Tensor result = reduce(ReduceOp.PROD, a, keepDims, axes);
        return Tape.record(
                "prod",
                result,
                r -> {
                    Axes which = Axes.of("prod", a.shape(), axes);
                    r.gradient(
                            a,
                            a,
                            Elementwise.conjugate((g, x) -> Elementwise.multiply(which.spread(g), which.others(x))));
                },
                a);
    }

    /**
     * {@return the largest element, or NaN if an element is NaN}
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     * @throws ShapeException if there are no elements
     */
    public static Tensor max(Tensor a, int... axes) {
        return max(a, false, axes);
    }

    /**
     * {@return the largest element, or NaN if an element is NaN}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     * @throws ShapeException if there are no elements
     */
    public static Tensor max(Tensor a, boolean keepDims, int... axes) {
        return extreme(ReduceOp.MAX, a, keepDims, axes);
    }

    /**
     * {@return the smallest element, or NaN if an element is NaN}
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     * @throws ShapeException if there are no elements
     */
    public static Tensor min(Tensor a, int... axes) {
        return min(a, false, axes);
    }

    /**
     * {@return the smallest element, or NaN if an element is NaN}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     * @throws ShapeException if there are no elements
     */
    public static Tensor min(Tensor a, boolean keepDims, int... axes) {
        return extreme(ReduceOp.MIN, a, keepDims, axes);
    }

    /**
     * {@return the row-major position, in the whole tensor, of the first largest element (the first NaN, if any),
     * int64}
     *
     * @param a the operand, of any dtype
     * @throws ShapeException if there are no elements
     */
    public static Tensor argmax(Tensor a) {
        return reduce(ReduceOp.ARGMAX, a, false);
    }

    /**
     * {@return the position along an axis of the first largest element (the first NaN, if any), int64}
     *
     * @param a the operand, of any dtype
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has size 0
     */
    public static Tensor argmax(Tensor a, int axis) {
        return argmax(a, false, axis);
    }

    /**
     * {@return the position along an axis of the first largest element; see {@link #argmax(Tensor, int)}}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has size 0
     */
    public static Tensor argmax(Tensor a, boolean keepDims, int axis) {
        return reduce(ReduceOp.ARGMAX, a, keepDims, axis);
    }

    /**
     * {@return the row-major position, in the whole tensor, of the first smallest element (the first NaN, if any),
     * int64}
     *
     * @param a the operand, of any dtype
     * @throws ShapeException if there are no elements
     */
    public static Tensor argmin(Tensor a) {
        return reduce(ReduceOp.ARGMIN, a, false);
    }

    /**
     * {@return the position along an axis of the first smallest element (the first NaN, if any), int64}
     *
     * @param a the operand, of any dtype
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has size 0
     */
    public static Tensor argmin(Tensor a, int axis) {
        return argmin(a, false, axis);
    }

    /**
     * {@return the position along an axis of the first smallest element; see {@link #argmin(Tensor, int)}}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has size 0
     */
    public static Tensor argmin(Tensor a, boolean keepDims, int axis) {
        return reduce(ReduceOp.ARGMIN, a, keepDims, axis);
    }

    /**
     * {@return whether an element is nonzero (NaN is), as bool; false of no elements}
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     */
    public static Tensor any(Tensor a, int... axes) {
        return any(a, false, axes);
    }

    /**
     * {@return whether an element is nonzero (NaN is), as bool; false of no elements}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     */
    public static Tensor any(Tensor a, boolean keepDims, int... axes) {
        return reduce(ReduceOp.ANY, a, keepDims, axes);
    }

    /**
     * {@return whether all elements are nonzero (NaN is), as bool; true of no elements}
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     */
    public static Tensor all(Tensor a, int... axes) {
        return all(a, false, axes);
    }

    /**
     * {@return whether all elements are nonzero (NaN is), as bool; true of no elements}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     */
    public static Tensor all(Tensor a, boolean keepDims, int... axes) {
        return reduce(ReduceOp.ALL, a, keepDims, axes);
    }

    /**
     * {@return the sum divided by the number of elements, NaN of none; of integers and bool in float64}
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     */
    public static Tensor mean(Tensor a, int... axes) {
        return mean(a, false, axes);
    }

    /**
     * {@return the mean; see {@link #mean(Tensor, int...)}}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     */
    public static Tensor mean(Tensor a, boolean keepDims, int... axes) {
        Axes which = Axes.of("mean", a.shape(), axes);
        Tensor result;
        if (a.dtype().isHalf() && which.count > 0) {
            result = scaledSum(1.0 / which.count, a, keepDims, which);
        } else {
            result = summed(a, keepDims, axes);
            update(BinaryOp.DIVIDE, result, which.count);
        }
        return Tape.record(
                "mean", result, r -> r.gradient(a, g -> which.spread(Elementwise.divide(g, which.count))), a);
    }

    /** Sums to a floating number; int64 is converted before, so that it does not wrap around. */
    private static Tensor summed(Tensor a, boolean keepDims, int... axes) {
        try (Tensor wide = Operands.in(
                        a.dtype().fits(DType.FLOAT64) ? a.dtype() : a.dtype().ofMeans(), a);
                Tensor sum = reduce(ReduceOp.SUM, wide, keepDims, axes)) {
            return floating(sum);
        }
    }

    /**
     * {@return the mean squared distance from the mean; of integers and bool in float64} The rounding of the mean does
     * not matter, and only the variance itself may be infinite, not its sum. Takes two temporaries of the operand's size.
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     */
    public static Tensor var(Tensor a, int... axes) {
        return var(a, 0, false, axes);
    }

    /**
     * {@return the sum of squared distances from the mean over {@code n - ddof}; NaN or infinite where that is not
     * positive}
     *
     * @param a the operand, of any dtype
     * @param ddof 0 for the variance of the elements, 1 for the unbiased estimate
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     */
    public static Tensor var(Tensor a, int ddof, boolean keepDims, int... axes) {
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> var(x[0], ddof, keepDims, axes), a);
        }
        Axes which = Axes.of("var", a.shape(), axes);
        Number n = Math.max(0, which.count - ddof);
        try (TensorScope scope = a.device().openScope()) {
            Variance found = variance(floating(Tape.plain(a)), n, keepDims, axes);
            return scope.keep(recorded(found.all(), a, n, which));
        }
    }

    private static Tensor recorded(Tensor variance, Tensor a, Number n, Axes which) {
        return Tape.record(
                "var",
                variance,
                r -> r.gradient(a, a, (g, x) -> {
                    Tensor distances = distances(x, which.reduced());
                    return Elementwise.scaled(
                            distances, which.spread(Elementwise.divide(Elementwise.multiply(g, 2), n)));
                }),
                a);
    }

    /** A variance, and where its sum of squares may be too large, that of small numbers. */
    private record Variance(Tensor plain, Optional<OfSmall> other) {
        Tensor all() {
            double back = 1 / small(plain);
            return other.map(small -> Elementwise.where(
                            small.large, small.variance.multiply(back).multiply(back), plain))
                    .orElse(plain);
        }

        Tensor root() {
            Tensor root = Operands.unary(UnaryOp.SQRT, plain);
            return other.map(small ->
                            Elementwise.where(small.large, small.variance.sqrt().multiply(1 / small(plain)), root))
                    .orElse(root);
        }

        Variance reshape(Shape shape) {
            return new Variance(
                    plain.reshape(shape),
                    other.map(small -> new OfSmall(small.variance.reshape(shape), small.large.reshape(shape))));
        }
    }

    /**
     * The variance of numbers smaller by {@link #small}.
     *
     * @param large where the sum of squares is too large, and so only this one is right
     */
    private record OfSmall(Tensor variance, Tensor large) {}

    private static Variance variance(Tensor x, Number n, boolean keepDims, int... axes) {
        Tensor distances = distances(x, axes);
        if (!x.dtype().isComplex()) {
            return varianceOf(distances, n, keepDims, axes);
        }
        Axes which = Axes.of("var", x.shape(), axes);
        Variance of = varianceOf(ComplexNumbers.viewAsReal(distances), n, false, which.withParts());
        return keepDims ? of.reshape(which.ones) : of;
    }

    /** The variance from real distances, which become their squares. */
    private static Variance varianceOf(Tensor distances, Number n, boolean keepDims, int... axes) {
        Optional<Tensor> squares = sumOfSquares(distances, keepDims, Axes.of("var", distances.shape(), axes));
        if (squares.isPresent()) {
            update(BinaryOp.DIVIDE, squares.get(), n);
            return new Variance(squares.get(), Optional.empty());
        }
        Tensor small = SMALL_SQUARES
                .of(
                        t -> sum(Elementwise.square(t[0].multiply(small(t[0]))), keepDims, axes),
                        key(keepDims ? 1 : 0, axes))
                .apply(distances);
        update(UnaryOp.SQUARE, distances);
        Tensor plain = sum(distances, keepDims, axes);
        update(BinaryOp.DIVIDE, plain, n);
        update(BinaryOp.DIVIDE, small, n);
        Tensor large = Elementwise.logicalAnd(
                Elementwise.isFinite(small), Elementwise.logicalNot(Elementwise.isFinite(plain)));
        return new Variance(plain, Optional.of(new OfSmall(small, large)));
    }

    private static double[] key(double number, int... axes) {
        double[] key = Arrays.copyOf(Arrays.stream(axes).asDoubleStream().toArray(), axes.length + 1);
        key[axes.length] = number;
        return key;
    }

    /** What makes the squares of the largest numbers finite. */
    static double small(Tensor x) {
        int exponents = Math.getExponent(x.dtype().realPart().largest()) + 1;
        return Math.scalb(1.0, -exponents / 4 * 3);
    }

    /**
     * Computes distances from the mean. The mean is rounded, and the rest of it counts where the numbers are large
     * beside their distances.
     */
    private static Tensor distances(Tensor x, int... axes) {
        Tensor distances = Elementwise.subtract(x, mean(x, true, axes));
        Tensor rest = mean(distances, true, axes);
        return Elementwise.subtract(distances, Elementwise.where(Elementwise.isFinite(rest), rest, 0));
    }

    /**
     * {@return the square root of {@link #var(Tensor, int...)}, finite where that is infinite, as for 1e20 in float32} Gradient: 0 where it is 0.
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     */
    public static Tensor std(Tensor a, int... axes) {
        return std(a, 0, false, axes);
    }

    /**
     * {@return the square root of {@link #var(Tensor, int, boolean, int...)}} Gradient: 0 where it is 0.
     *
     * @param a the operand, of any dtype
     * @param ddof 0 for the deviation of the elements, 1 for the unbiased variance
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     */
    public static Tensor std(Tensor a, int ddof, boolean keepDims, int... axes) {
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> std(x[0], ddof, keepDims, axes), a);
        }
        Axes which = Axes.of("std", a.shape(), axes);
        Number n = Math.max(0, which.count - ddof);
        try (TensorScope scope = a.device().openScope()) {
            Variance found = variance(floating(Tape.plain(a)), n, keepDims, axes);
            Tensor y = found.root();
            Tensor variance = recorded(found.all(), a, n, which);
            return scope.keep(Tape.record("std", y, r -> r.gradient(variance, y, Reduce::perTwice), variance));
        }
    }

    /** {@return {@code g / (2 y)}, and 0 where y is 0} */
    private static Tensor perTwice(Tensor g, Tensor y) {
        return Elementwise.where(Elementwise.equal(y, 0), 0, Elementwise.divide(g, Elementwise.multiply(y, 2)));
    }

    /**
     * {@return the Euclidean norm of the elements; see {@link #norm(Tensor, double, boolean, int...)}}
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     */
    public static Tensor norm(Tensor a, int... axes) {
        return norm(a, 2, false, axes);
    }

    /**
     * {@return {@code (sum |a|^order)^(1/order)} of the elements as one vector (of a matrix too: order 2 is Frobenius)}
     * Orders infinity and -infinity are the largest and the smallest |a|, order 0 counts the nonzero elements. Scaled
     * by the largest |a| (the smallest for order &lt; 0), so that no intermediate result over- or underflows. The norm
     * of no elements is 0. Integers and bool are computed in float64. Takes two passes over the operand, in
     * float32, float64 and, for order 2, complex dtypes without temporaries; order 2 on the CPU in one pass where no square over- or underflows. Gradient: 0
     * where an element (for order 2, the norm) is 0, and so are those of higher order; shared evenly among ties for infinite orders;
     * none for order 0.
     *
     * @param a the operand, of any dtype
     * @param order any number
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     * @throws TensorException if the order is NaN
     * @throws ShapeException if there are no elements and the order is below 0
     */
    public static Tensor norm(Tensor a, double order, boolean keepDims, int... axes) {
        return norm("norm", a, order, keepDims, axes);
    }

    static Tensor norm(String operation, Tensor a, double order, boolean keepDims, int... axes) {
        if (Double.isNaN(order)) {
            throw new TensorException(
                    operation + ": order is NaN (shape " + a.shape() + "); give 1, 2, infinity or another number");
        }
        Axes which = Axes.of(operation, a.shape(), axes);
        if (which.count == 0 && order < 0) {
            throw new ShapeException(operation + ": no elements in shape " + a.shape()
                    + (axes.length == 0 ? "" : " along " + Arrays.toString(axes)) + " for the order " + order
                    + ", of which the smallest counts; an order above 0 gives 0");
        }
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> norm(operation, x[0], order, keepDims, axes), a);
        }
        Tensor result;
        try (TensorScope scope = a.device().openScope()) {
            result = scope.keep(norm(floating(Tape.plain(a)), order, keepDims, which, axes));
        }
        if (order == 0) {
            return result;
        }
        return Tape.record(
                operation,
                result,
                r -> r.gradient(
                        a, new Tensor[] {a, result}, (g, s) -> slope(which.spread(g), order, s[0], s[1], which)),
                a);
    }

    private static Tensor norm(Tensor a, double order, boolean keepDims, Axes which, int... axes) {
        if (order == 0) {
            return sum(Elementwise.notEqual(a, 0).to(a.dtype().realPart()), keepDims, axes);
        }
        if (order == 1 || (order > 0 && which.count == 0)) {
            return sum(Elementwise.abs(a), keepDims, axes);
        }
        if (order == 2 && a.dtype().isComplex()) {
            int[] ofParts = which.withParts();
            Tensor pairs = ComplexNumbers.viewAsReal(a);
            Tensor norm = norm(pairs, order, false, Axes.of("norm", pairs.shape(), ofParts), ofParts);
            return keepDims ? norm.reshape(which.ones) : norm;
        }
        if (order == 2) {
            Optional<Tensor> squares = sumOfSquares(a, keepDims, which);
            if (squares.isPresent()) {
                update(UnaryOp.SQRT, squares.get());
                return squares.get();
            }
        }
        double[] key = key(order, axes);
        int[] along = axes.clone();
        Tensor extreme = EXTREMES.of(x -> extreme(Elementwise.abs(x[0]), order, along), key)
                .apply(a);
        if (!Double.isInfinite(order)) {
            Tensor scale = usable(extreme);
            extreme = POWERS.of(x -> powers(Elementwise.abs(x[0]), x[1], order, along), key)
                    .apply(a, scale);
            raise(extreme, 1 / order);
            update(BinaryOp.MULTIPLY, extreme, scale);
        }
        return keepDims ? extreme : extreme.reshape(which.kept);
    }

    /** The sums of squares, where the device finds in one pass that none is too large or too small. */
    private static Optional<Tensor> sumOfSquares(Tensor a, boolean keepDims, Axes which) {
        Tensor result = Operands.empty(a, a.dtype(), keepDims ? which.ones : which.kept);
        View lines = a.view().with(a.layout().permute(which.order));
        View sums = result.view().with(Layout.contiguous(which.kept));
        boolean found = lines.storage().backend().sumOfSquares(lines, a.rank() - which.kept.rank(), sums);
        return found ? Optional.of(result) : Optional.empty();
    }

    private static Tensor extreme(Tensor x, double order, int... axes) {
        return order > 0 ? max(x, true, axes) : min(x, true, axes);
    }

    /** The sums of powers of x / scale. */
    private static Tensor powers(Tensor x, Tensor scale, double order, int... axes) {
        Tensor ratio = Elementwise.divide(x, scale);
        raise(ratio, order);
        return sum(ratio, true, axes);
    }

    /** {@code g * sign(x) * (|x| / y)^(order - 1)}, in ratios so that nothing overflows; 0 where y is 0. */
    private static Tensor slope(Tensor g, double order, Tensor x, Tensor y, Axes which) {
        Tensor signed = Elementwise.scaled(Elementwise.sign(x), g);
        if (order == 1) {
            return signed;
        }
        Tensor norms = which.spread(y);
        if (Double.isInfinite(order)) {
            Tensor largest = Elementwise.equal(Elementwise.abs(x), norms);
            return Elementwise.scaled(signed, which.share(largest.to(norms.dtype())));
        }
        Tensor safe = Elementwise.where(Elementwise.equal(norms, 0), Double.POSITIVE_INFINITY, norms);
        if (order == 2) {
            return Elementwise.scaled(directions(x, safe), g);
        }
        Tensor zero = Elementwise.equal(order < 0 ? norms : x, 0); // a norm of negative order is 0 where one element is
        Tensor ratio = Elementwise.where(zero, 1, Elementwise.divide(Elementwise.abs(x), safe));
        return Elementwise.where(zero, 0, Elementwise.scaled(signed, Elementwise.power(ratio, order - 1)));
    }

    /** {@code x / norms}, in parts for complex numbers, of which infinity is no divisor. */
    private static Tensor directions(Tensor x, Tensor norms) {
        return x.dtype().isComplex()
                ? ComplexNumbers.viewAsComplex(Elementwise.divide(ComplexNumbers.viewAsReal(x), norms.unsqueeze(-1)))
                : Elementwise.divide(x, norms);
    }

    private static void raise(Tensor x, double power) {
        if (power == 2) {
            update(UnaryOp.SQUARE, x);
        } else if (power == 0.5) {
            update(UnaryOp.SQRT, x);
        } else {
            update(BinaryOp.POWER, x, power);
        }
    }

    /** Replaces 0, infinity and NaN, by which no number can be scaled, by 1. */
    private static Tensor usable(Tensor magnitudes) {
        Tensor good = Elementwise.isFinite(magnitudes);
        update(BinaryOp.LOGICAL_AND, good, Elementwise.greater(magnitudes, 0));
        return Elementwise.where(good, magnitudes, 1);
    }

    /**
     * {@return {@code log(sum(exp(a)))} without overflow} It is -inf where all elements are -inf or there are none, inf
     * where one is inf, NaN where one is NaN. Integers and bool are computed in float64. Takes a temporary of the
     * operand's size. Gradient: softmax, so NaN at an element that is inf, and 0 where all are -inf.
     *
     * @param a the operand, of any dtype
     * @param axes each at most once; all if none is given
     */
    public static Tensor logsumexp(Tensor a, int... axes) {
        return logsumexp(a, false, axes);
    }

    /**
     * {@return {@code log(sum(exp(a)))} without overflow; see {@link #logsumexp(Tensor, int...)}}
     *
     * @param a the operand, of any dtype
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     */
    public static Tensor logsumexp(Tensor a, boolean keepDims, int... axes) {
        Operands.requireReal("logsumexp", a);
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> logsumexp(x[0], keepDims, axes), a);
        }
        Axes which = Axes.of("logsumexp", a.shape(), axes);
        Tensor result;
        try (TensorScope scope = a.device().openScope()) {
            result = scope.keep(logsumexp(floating(Tape.plain(a)), keepDims, which, axes));
        }
        return Tape.record(
                "logsumexp",
                result,
                r -> r.gradient(a, new Tensor[] {a, result}, (g, s) -> {
                    Tensor shift = Elementwise.where(Elementwise.equal(s[1], Double.NEGATIVE_INFINITY), 0, s[1]);
                    return SHARES.apply(which.spread(g), s[0], which.spread(shift));
                }),
                a);
    }

    private static Tensor logsumexp(Tensor a, boolean keepDims, Axes which, int... axes) {
        if (which.count == 0) {
            Tensor zeros = sum(a, keepDims, axes);
            update(UnaryOp.LOG, zeros);
            return zeros;
        }
        Tensor largest = max(a, true, axes);
        Tensor shift = Elementwise.where(Elementwise.isFinite(largest), largest, 0);
        Tensor result = EXPONENTIALS
                .of(x -> sum(x[0].subtract(x[1]).exp(), true, axes), key(1, axes))
                .apply(a, shift);
        update(UnaryOp.LOG, result);
        update(BinaryOp.ADD, result, shift);
        return keepDims ? result : result.reshape(which.kept);
    }

    /**
     * Computes the largest or smallest; its gradient is shared evenly among all elements that are equal to it, as in
     * JAX and {@code torch.amax}.
     */
    private static Tensor extreme(ReduceOp op, Tensor a, boolean keepDims, int... axes) {
        Tensor result = reduce(op, a, keepDims, axes);
        return Tape.record(
                Operands.name(op),
                result,
                r -> {
                    Axes which = Axes.of(Operands.name(op), a.shape(), axes);
                    r.gradient(a, new Tensor[] {a, result}, (g, s) -> {
                        Tensor taken = Elementwise.equal(s[0], which.spread(s[1]));
                        return Elementwise.multiply(which.spread(g), which.share(taken.to(g.dtype())));
                    });
                },
                a);
    }

    /**
     * {@return for each element the product of the others along the last axis}
     *
     * @param x floating
     */
    static Tensor productOfOthers(Tensor x) {
        return Axes.of("prod", x.shape(), -1).others(x);
    }

    /** Converts integers and bool to float64, as NumPy does in means and norms. */
    static Tensor floating(Tensor a) {
        return Operands.in(a.dtype().ofMeans(), a);
    }

    private static Tensor reduce(ReduceOp op, Tensor a, boolean keepDims, int... axes) {
        if (op.needsReal()) {
            Operands.requireReal(Operands.name(op), a);
        }
        Axes which = Axes.of(Operands.name(op), a.shape(), axes);
        if (which.count == 0 && !op.hasIdentity()) {
            throw new ShapeException(Operands.name(op) + ": no elements to reduce in shape " + a.shape()
                    + (axes.length == 0 ? "" : " along " + Arrays.toString(axes)) + "; it has no identity");
        }
        DType dtype = switch (op) {
            case MAX, MIN -> a.dtype();
            case SUM, PROD -> a.dtype().ofSums();
            case ARGMAX, ARGMIN -> DType.INT64;
            case ANY, ALL -> DType.BOOL;
        };
        View in = a.view().with(a.layout().permute(which.order));
        Layout kept = Layout.contiguous(which.kept);
        int reducedRank = a.rank() - kept.rank();
        return Tensor.make(
                a.device(),
                dtype,
                keepDims ? which.ones : which.kept,
                out -> in.storage().backend().reduce(op, in, reducedRank, out.with(kept)));
    }

    /** A sum whose factor is applied before the one rounding. */
    private static Tensor scaledSum(double factor, Tensor a, boolean keepDims, Axes which) {
        View in = a.view().with(a.layout().permute(which.order));
        Layout kept = Layout.contiguous(which.kept);
        int reducedRank = a.rank() - kept.rank();
        return Tensor.make(
                a.device(),
                a.dtype(),
                keepDims ? which.ones : which.kept,
                out -> in.storage().backend().sumProduct(factor, List.of(in), reducedRank, out.with(kept)));
    }

    /** The axes of a reduction, for a shape. */
    private record Axes(Shape shape, int[] order, Shape kept, Shape ones, long count) {
        /**
         * {@return a tensor of the result's size in the operand's shape}
         *
         * @param t of the result's size
         */
        Tensor spread(Tensor t) {
            return t.reshape(ones).expand(shape.dims());
        }

        /** Divides weights by their sum. */
        Tensor share(Tensor weights) {
            return Elementwise.divide(weights, sum(weights, true, reduced()));
        }

        /** {@return the reduced axes, and that of the parts in the view as real numbers} */
        int[] withParts() {
            int[] all = Arrays.copyOf(reduced(), order.length - kept.rank() + 1);
            all[all.length - 1] = order.length;
            return all;
        }

        int[] reduced() {
            return Arrays.copyOfRange(order, kept.rank(), order.length);
        }

        /**
         * {@return for each element the product of the others that make one of the result} Right where elements are 0,
         * and differentiable.
         *
         * @param x floating
         */
        Tensor others(Tensor x) {
            long[] line = Arrays.copyOf(kept.dims(), kept.rank() + 1);
            line[kept.rank()] = count;
            int[] back = new int[order.length];
            long[] dims = new long[order.length];
            for (int i = 0; i < order.length; i++) {
                back[order[i]] = i;
                dims[i] = shape.at(order[i]);
            }
            return exclusive(x.permute(order).reshape(line)).reshape(dims).permute(back);
        }

        /** Multiplies neighbours, then neighbouring pairs, and so on. */
        private static Tensor exclusive(Tensor x) {
            long n = x.shape().at(-1);
            if (n < 2) {
                return Creation.onesLike(x);
            }
            Tensor even = n % 2 == 0 ? x : Indexing.concat(-1, x, Creation.onesLike(x.slice(-1, 0, 1)));
            Tensor left = even.slice(-1, 0, n + n % 2, 2);
            Tensor right = even.slice(-1, 1, n + n % 2, 2);
            Tensor rest = exclusive(Elementwise.multiply(left, right));
            Tensor both = Indexing.stack(-1, Elementwise.multiply(rest, right), Elementwise.multiply(rest, left));
            return both.reshape(even.shape()).slice(-1, 0, n);
        }

        static Axes of(String operation, Shape shape, int... axes) {
            int rank = shape.rank();
            boolean[] reduced = new boolean[rank];
            Arrays.fill(reduced, axes.length == 0);
            for (int axis : axes) {
                int a = Operands.axis(operation, shape, axis);
                if (reduced[a]) {
                    throw new ShapeException(operation + ": axis " + axis + " is given twice for shape " + shape);
                }
                reduced[a] = true;
            }
            int[] order = new int[rank];
            long[] ones = shape.dims();
            long[] kept = new long[rank];
            long count = 1;
            int front = 0;
            for (int i = 0; i < rank; i++) {
                if (!reduced[i]) {
                    kept[front] = shape.at(i);
                    order[front++] = i;
                }
            }
            int back = front;
            for (int i = 0; i < rank; i++) {
                if (reduced[i]) {
                    order[back++] = i;
                    count *= shape.at(i);
                    ones[i] = 1;
                }
            }
            return new Axes(shape, order, Shape.of(Arrays.copyOf(kept, front)), Shape.of(ones), count);
        }
    }
}
