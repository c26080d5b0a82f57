package kron4j.ops;

import static kron4j.ops.Operands.update;

import java.util.Arrays;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/**
 * Reductions over any axes, named as in NumPy: negative axes count from the end, none given means all, one given twice is an error. The reduced axes
 * disappear, or stay with size 1 if {@code keepDims}. Any strides, no copy of the operand; fresh row-major results in the current scope; deterministic.
 * Gradients: of sums and means broadcast back, of extremes to the element that was taken.
 */
public final class Reduce {
    private Reduce() {}

    /** Sum, 0 of no elements, in the tensor's dtype (integers wrap around); a bool tensor is counted in int64. Gradient: broadcast back. */
    public static Tensor sum(Tensor a, int... axes) {
        return sum(a, false, axes);
    }

    public static Tensor sum(Tensor a, boolean keepDims, int... axes) {
        return ofNumbers(ReduceOp.SUM, a, keepDims, axes);
    }

    /** Product, 1 of no elements; dtypes as {@link #sum}. */
    public static Tensor prod(Tensor a, int... axes) {
        return prod(a, false, axes);
    }

    public static Tensor prod(Tensor a, boolean keepDims, int... axes) {
        return ofNumbers(ReduceOp.PROD, a, keepDims, axes);
    }

    /** Largest element, NaN if there is one; no elements are an error. */
    public static Tensor max(Tensor a, int... axes) {
        return max(a, false, axes);
    }

    public static Tensor max(Tensor a, boolean keepDims, int... axes) {
        return reduce(ReduceOp.MAX, a, keepDims, axes);
    }

    /** Smallest element, NaN if there is one; no elements are an error. */
    public static Tensor min(Tensor a, int... axes) {
        return min(a, false, axes);
    }

    public static Tensor min(Tensor a, boolean keepDims, int... axes) {
        return reduce(ReduceOp.MIN, a, keepDims, axes);
    }

    /** int64 row-major position, in the whole tensor, of the first largest element (the first NaN, if any); no elements are an error. */
    public static Tensor argmax(Tensor a) {
        return reduce(ReduceOp.ARGMAX, a, false);
    }

    /** int64 position along an axis of the first largest element (the first NaN, if any). */
    public static Tensor argmax(Tensor a, int axis) {
        return argmax(a, false, axis);
    }

    public static Tensor argmax(Tensor a, boolean keepDims, int axis) {
        return reduce(ReduceOp.ARGMAX, a, keepDims, axis);
    }

    /** As {@link #argmax(Tensor)} for the smallest. */
    public static Tensor argmin(Tensor a) {
        return reduce(ReduceOp.ARGMIN, a, false);
    }

    /** As {@link #argmax(Tensor, int)} for the smallest. */
    public static Tensor argmin(Tensor a, int axis) {
        return argmin(a, false, axis);
    }

    public static Tensor argmin(Tensor a, boolean keepDims, int axis) {
        return reduce(ReduceOp.ARGMIN, a, keepDims, axis);
    }

    /** bool: whether an element is nonzero (NaN is); false of no elements. */
    public static Tensor any(Tensor a, int... axes) {
        return any(a, false, axes);
    }

    public static Tensor any(Tensor a, boolean keepDims, int... axes) {
        return reduce(ReduceOp.ANY, a, keepDims, axes);
    }

    /** bool: whether all elements are nonzero (NaN is); true of no elements. */
    public static Tensor all(Tensor a, int... axes) {
        return all(a, false, axes);
    }

    public static Tensor all(Tensor a, boolean keepDims, int... axes) {
        return reduce(ReduceOp.ALL, a, keepDims, axes);
    }

    /** Sum divided by the number of elements, NaN of none; floating dtypes. */
    public static Tensor mean(Tensor a, int... axes) {
        return mean(a, false, axes);
    }

    public static Tensor mean(Tensor a, boolean keepDims, int... axes) {
        Operands.requireFloating("mean", a);
        long n = Axes.of("mean", a.shape(), axes).count;
        try (TensorScope scope = a.device().openScope()) {
            Tensor result = sum(a, keepDims, axes);
            update(BinaryOp.DIVIDE, result, n);
            return scope.keep(result);
        }
    }

    /** Mean squared distance from the mean, in two passes; floating dtypes. Costs a temporary of the operand's size. */
    public static Tensor var(Tensor a, int... axes) {
        return var(a, 0, false, axes);
    }

    /** The squared distances' sum over {@code n - ddof}; NaN or infinite where that is not positive. */
    public static Tensor var(Tensor a, int ddof, boolean keepDims, int... axes) {
        Operands.requireFloating("var", a);
        long n = Axes.of("var", a.shape(), axes).count;
        try (TensorScope scope = a.device().openScope()) {
            Tensor distances = Elementwise.subtract(a, mean(a, true, axes));
            update(UnaryOp.SQUARE, distances);
            Tensor result = sum(distances, keepDims, axes);
            update(BinaryOp.DIVIDE, result, Math.max(0, n - ddof));
            return scope.keep(result);
        }
    }

    /** Square root of {@link #var(Tensor, int...)}. */
    public static Tensor std(Tensor a, int... axes) {
        return std(a, 0, false, axes);
    }

    public static Tensor std(Tensor a, int ddof, boolean keepDims, int... axes) {
        try (TensorScope scope = a.device().openScope()) {
            Tensor result = var(a, ddof, keepDims, axes);
            update(UnaryOp.SQRT, result);
            return scope.keep(result);
        }
    }

    /** Euclidean norm of the elements; see {@link #norm(Tensor, double, boolean, int...)}. */
    public static Tensor norm(Tensor a, int... axes) {
        return norm(a, 2, false, axes);
    }

    /**
     * {@code (sum |a|^order)^(1/order)} of the elements as one vector (of a matrix too: order 2 is Frobenius); orders infinity and -infinity are the
     * largest and the smallest |a|, order 0 counts what is not 0. Scaled by the largest |a| (the smallest for order &lt; 0), so that nothing over- or
     * underflows on the way. 0 of no elements, which is an error for orders below 0. Floating dtypes; one or two temporaries of the operand's size.
     */
    public static Tensor norm(Tensor a, double order, boolean keepDims, int... axes) {
        Operands.requireFloating("norm", a);
        if (Double.isNaN(order)) {
            throw new TensorException(
                    "norm: order is NaN (shape " + a.shape() + "); give 1, 2, infinity or another number");
        }
        Axes which = Axes.of("norm", a.shape(), axes);
        try (TensorScope scope = a.device().openScope()) {
            if (order == 0) {
                return scope.keep(sum(Elementwise.notEqual(a, 0).to(a.dtype()), keepDims, axes));
            }
            Tensor x = Elementwise.abs(a);
            if (order == 1 || (order > 0 && which.count == 0)) {
                return scope.keep(sum(x, keepDims, axes));
            }
            Tensor extreme = order > 0 ? max(x, true, axes) : min(x, true, axes);
            if (!Double.isInfinite(order)) {
                Tensor scale = usable(extreme);
                update(BinaryOp.DIVIDE, x, scale);
                raise(x, order);
                extreme = sum(x, true, axes);
                raise(extreme, 1 / order);
                update(BinaryOp.MULTIPLY, extreme, scale);
            }
            return scope.keep(keepDims ? extreme : extreme.reshape(which.kept));
        }
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

    /** The magnitudes, with 1 in place of 0, infinity and NaN, by which nothing can be scaled. */
    private static Tensor usable(Tensor magnitudes) {
        Tensor good = Elementwise.isFinite(magnitudes);
        update(BinaryOp.LOGICAL_AND, good, Elementwise.greater(magnitudes, 0));
        return Elementwise.where(good, magnitudes, 1);
    }

    /**
     * {@code log(sum(exp(a)))} without overflow: -inf where all elements are -inf or there are none, inf where one is inf, NaN where one is NaN.
     * Floating dtypes; a temporary of the operand's size. Gradient: softmax.
     */
    public static Tensor logsumexp(Tensor a, int... axes) {
        return logsumexp(a, false, axes);
    }

    public static Tensor logsumexp(Tensor a, boolean keepDims, int... axes) {
        Operands.requireFloating("logsumexp", a);
        Axes which = Axes.of("logsumexp", a.shape(), axes);
        try (TensorScope scope = a.device().openScope()) {
            if (which.count == 0) {
                Tensor zeros = sum(a, keepDims, axes);
                update(UnaryOp.LOG, zeros);
                return scope.keep(zeros);
            }
            Tensor largest = max(a, true, axes);
            Tensor shift = Elementwise.where(Elementwise.isFinite(largest), largest, 0);
            Tensor x = Elementwise.subtract(a, shift);
            update(UnaryOp.EXP, x);
            Tensor result = sum(x, true, axes);
            update(UnaryOp.LOG, result);
            update(BinaryOp.ADD, result, shift);
            return scope.keep(keepDims ? result : result.reshape(which.kept));
        }
    }

    private static Tensor ofNumbers(ReduceOp op, Tensor a, boolean keepDims, int... axes) {
        if (a.dtype() != DType.BOOL) {
            return reduce(op, a, keepDims, axes);
        }
        try (Tensor counts = a.to(DType.INT64)) {
            return reduce(op, counts, keepDims, axes);
        }
    }

    private static Tensor reduce(ReduceOp op, Tensor a, boolean keepDims, int... axes) {
        Axes which = Axes.of(Operands.name(op), a.shape(), axes);
        DType dtype = switch (op) {
            case SUM, PROD, MAX, MIN -> a.dtype();
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

    /**
     * What the axes of a reduction mean for a shape.
     *
     * @param order all axes, the kept ones first
     * @param kept the kept sizes
     * @param ones all sizes, 1 where reduced
     * @param count how many elements make one of the result
     */
    private record Axes(int[] order, Shape kept, Shape ones, long count) {
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
            return new Axes(order, Shape.of(Arrays.copyOf(kept, front)), Shape.of(ones), count);
        }
    }
}
