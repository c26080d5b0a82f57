package kron4j.ops;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;

/**
 * Norms of vectors and matrices, and condition numbers.
 *
 * <pre>{@code
 * Tensor lengths = Norms.vectorNorm(x, 2, false, -1);                 // [..., n] gives [...]
 * Tensor frobenius = Norms.matrixNorm(a);                             // [..., m, n] gives [...]
 * Tensor spectral = Norms.matrixNorm(a, Norms.Kind.TWO);
 * Tensor condition = Norms.cond(a);                                   // infinite for singular matrices
 * }</pre>
 *
 * <p>Operands: any dtype, any strides, never modified; integers and bool are computed in float64, halves in float32
 * and rounded once. Results: in the operand's dtype, of complex numbers in their real part's. Nothing overflows or
 * underflows before the result does: NumPy's Euclidean and Frobenius norms do, whose squares leave the range. Methods
 * never wait for the device.
 */
public final class Norms {
    private Norms() {}

    /** Which norm of a matrix; the comments have NumPy's names. */
    public enum Kind {
        /** The square root of the sum of |a_ij|^2 ('fro'). */
        FROBENIUS,
        /** The sum of the singular values ('nuc'). */
        NUCLEAR,
        /** The largest sum of a column's |a_ij| (1). */
        ONE,
        /** The smallest sum of a column's |a_ij| (-1). */
        MINUS_ONE,
        /** The largest singular value (2). */
        TWO,
        /** The smallest singular value (-2). */
        MINUS_TWO,
        /** The largest sum of a row's |a_ij| (inf). */
        INFINITY,
        /** The smallest sum of a row's |a_ij| (-inf). */
        MINUS_INFINITY;

        private static Kind of(String operation, Tensor a, double p) {
            if (Math.abs(p) == 1) {
                return p > 0 ? ONE : MINUS_ONE;
            }
            if (Math.abs(p) == 2) {
                return p > 0 ? TWO : MINUS_TWO;
            }
            if (Double.isInfinite(p)) {
                return p > 0 ? INFINITY : MINUS_INFINITY;
            }
            throw new TensorException(operation + ": a matrix of shape " + a.shape() + " has no norm of order " + p
                    + "; give 1, 2, infinity or their negatives, or one of " + Arrays.toString(values()));
        }

        private boolean takesSingularValues() {
            return this == NUCLEAR || this == TWO || this == MINUS_TWO;
        }
    }

    /**
     * {@return {@code (sum |a|^p)^(1/p)} along axes ({@code numpy.linalg.vector_norm}), as {@link Reduce#norm(Tensor,
     * double, boolean, int...)}} Orders infinity and -infinity are the largest and the smallest |a|; order 0 counts
     * the elements that are not 0. Of no elements 0. Gradient: {@code g sign(a) (|a| / norm)^(p-1)}; 0 where an
     * element is 0 (for order 2, where the norm is), and where a norm of negative order is 0; shared evenly among
     * ties for infinite orders; none for order 0. Cost: two passes, one or two temporaries of the operand's size.
     *
     * @param a the operand, of any dtype and shape
     * @param p any number
     * @param keepDims whether reduced axes stay, with size 1
     * @param axes each at most once; all if none is given
     * @throws TensorException if p is NaN
     * @throws ShapeException if there are no elements and p is below 0, or axes are out of range
     */
    public static Tensor vectorNorm(Tensor a, double p, boolean keepDims, int... axes) {
        return Reduce.norm("vectorNorm", a, p, keepDims, axes);
    }

    /**
     * {@return the Frobenius norm {@code (sum |a_ij|^2)^(1/2)}; see {@link #matrixNorm(Tensor, Kind, boolean)}}
     *
     * @param a [..., m, n], any dtype
     */
    public static Tensor matrixNorm(Tensor a) {
        return matrixNorm(a, Kind.FROBENIUS);
    }

    /**
     * {@return the norm of order 1, 2, infinity, -1, -2 or -infinity, as NumPy counts them; see {@link
     * #matrixNorm(Tensor, Kind, boolean)}}
     *
     * @param a [..., m, n], any dtype
     * @param p 1 or -1: sums of columns; infinity or -infinity: sums of rows; 2 or -2: singular values
     * @throws TensorException for other orders
     */
    public static Tensor matrixNorm(Tensor a, double p) {
        return matrixNorm(a, Kind.of("matrixNorm", a, p));
    }

    /**
     * {@return a norm of each matrix; see {@link #matrixNorm(Tensor, Kind, boolean)}}
     *
     * @param a [..., m, n], any dtype
     * @param kind which norm
     */
    public static Tensor matrixNorm(Tensor a, Kind kind) {
        return matrixNorm(a, kind, false);
    }

    /**
     * {@return a norm of each matrix ({@code numpy.linalg.matrix_norm})} Of a matrix without elements 0. NaN for one
     * with NaN; of infinities those that take singular values give NaN, the others infinity. Gradient: 0 at elements
     * and singular values that are 0, shared evenly among sums or singular values that are equal; those of singular
     * values are {@code U diag(g) V^H}, the second order for distinct ones. Cost: one or two passes; of {@code
     * NUCLEAR}, {@code TWO} and {@code MINUS_TWO} the singular values.
     *
     * @param a [..., m, n], any dtype
     * @param kind which norm
     * @param keepDims whether the last two axes stay, with size 1
     * @throws ShapeException if the rank is below 2, or if the smallest of no sums is asked for
     */
    public static Tensor matrixNorm(Tensor a, Kind kind, boolean keepDims) {
        return norm("matrixNorm", a, kind, keepDims);
    }

    private static Tensor norm(String operation, Tensor a, Kind kind, boolean keepDims) {
        requireMatrix(operation, a);
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> norm(operation, x[0], kind, keepDims), a);
        }
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        try (TensorScope scope = a.device().openScope()) {
            Tensor x = Reduce.floating(a);
            Tensor result = switch (kind) {
                case FROBENIUS -> Reduce.norm(operation, x, 2, false, -2, -1);
                case ONE, MINUS_ONE -> extreme(operation, kind == Kind.ONE, Reduce.sum(Elementwise.abs(x), -2), a);
                case INFINITY, MINUS_INFINITY ->
                    extreme(operation, kind == Kind.INFINITY, Reduce.sum(Elementwise.abs(x), -1), a);
                // abs: a singular value that is 0 has the gradient 0
                case NUCLEAR -> Reduce.sum(Elementwise.abs(Decompositions.svdvalsOrNan(operation, x)), -1);
                case TWO, MINUS_TWO ->
                    extreme(operation, kind == Kind.TWO, Elementwise.abs(Decompositions.svdvalsOrNan(operation, x)), a);
            };
            if (kind.takesSingularValues() && m * n > 0) {
                Tensor known = Reduce.all(Elementwise.isFinite(x), -2, -1);
                result = Elementwise.where(known, result, Double.NaN);
            }
            return scope.keep(keepDims ? result.unsqueeze(-1).unsqueeze(-1) : result);
        }
    }

    /** The largest of the values along the last axis, of none 0; or the smallest. */
    private static Tensor extreme(String operation, boolean largest, Tensor values, Tensor a) {
        if (values.shape().at(-1) > 0) {
            return largest ? Reduce.max(values, -1) : Reduce.min(values, -1);
        }
        if (largest) {
            return Reduce.sum(values, -1);
        }
        throw new ShapeException(operation + ": the smallest of no values is asked for: shape " + a.shape()
                + " has no elements; the norms of orders above 0 are 0");
    }

    private static void requireMatrix(String operation, Tensor a) {
        if (a.rank() < 2) {
            throw new ShapeException(operation + ": needs a matrix or a batch of them, got shape " + a.shape()
                    + " of rank " + a.rank() + "; vectors have vectorNorm");
        }
    }

    /**
     * {@return the condition number in the spectral norm, the largest singular value over the smallest; see
     * {@link #cond(Tensor, Kind)}}
     *
     * @param a [..., m, n], any dtype
     */
    public static Tensor cond(Tensor a) {
        return cond(a, Kind.TWO);
    }

    /**
     * {@return the condition number in the norm of order 1, 2, infinity, -1, -2 or -infinity; see {@link
     * #cond(Tensor, Kind)}}
     *
     * @param a [..., m, n], any dtype
     * @param p as for {@link #matrixNorm(Tensor, double)}
     * @throws TensorException for other orders
     */
    public static Tensor cond(Tensor a, double p) {
        return cond(a, Kind.of("cond", a, p));
    }

    /**
     * {@return the condition number {@code |A| |A^-1|} of each matrix ({@code numpy.linalg.cond})} Of a singular
     * matrix infinity, where rounding errors do not make it regular; NaN of one with NaN or infinities. {@code TWO}
     * and {@code MINUS_TWO} are ratios of singular values, defined for matrices that are not square too, and right
     * for matrices of any magnitude; the others take the inverse, which may overflow. Gradient: that of the norms and
     * the inverse; at singular matrices undefined, and NaN or infinite. Cost: the singular values, about 4 n^3, or an
     * inverse, 2 n^3.
     *
     * @param a [..., m, n], any dtype
     * @param kind which norm
     * @throws ShapeException if the rank is below 2, the matrices have no elements, or they are not square for a norm
     *     that takes the inverse
     */
    public static Tensor cond(Tensor a, Kind kind) {
        requireMatrix("cond", a);
        Shape shape = a.shape();
        if (shape.at(-1) == 0 || shape.at(-2) == 0) {
            throw new ShapeException("cond: matrices without elements, shape " + shape + ", have no condition number");
        }
        boolean ratio = kind == Kind.TWO || kind == Kind.MINUS_TWO;
        if (!ratio && shape.at(-1) != shape.at(-2)) {
            throw new ShapeException("cond: the norm " + kind
                    + " takes the inverse and needs square matrices, got shape " + shape + "; use TWO");
        }
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> cond(x[0], kind), a);
        }
        UnaryOperator<Tensor> condition = ratio ? x -> ratio(x, kind == Kind.TWO) : x -> product(x, kind);
        try (TensorScope scope = a.device().openScope()) {
            return scope.keep(condition.apply(Reduce.floating(a)));
        }
    }

    /** Infinity instead of NaN where the matrix is finite. */
    private static Tensor defined(Tensor value, Tensor finite) {
        Tensor defined = Elementwise.where(Elementwise.isNan(value), Double.POSITIVE_INFINITY, value);
        return Elementwise.where(finite, defined, Double.NaN);
    }

    private static Tensor ratio(Tensor x, boolean largestFirst) {
        Tensor s = Decompositions.svdvalsOrNan("cond", x);
        Tensor largest = s.select(-1, 0);
        Tensor smallest = s.select(-1, s.shape().at(-1) - 1);
        Tensor ratio = largestFirst ? Elementwise.divide(largest, smallest) : Elementwise.divide(smallest, largest);
        return defined(ratio, Elementwise.logicalNot(Elementwise.isNan(largest)));
    }

    private static Tensor product(Tensor x, Kind kind) {
        Linalg.WithInfo inverse = Solvers.inverse("cond", x);
        Tensor norms = Elementwise.multiply(norm("cond", x, kind, false), norm("cond", inverse.result(), kind, false));
        Tensor regular = Elementwise.where(Elementwise.equal(inverse.info(), 0), norms, Double.POSITIVE_INFINITY);
        return defined(regular, Reduce.all(Elementwise.isFinite(x), -2, -1));
    }
}
