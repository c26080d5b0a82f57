package kron4j.ops;

import java.util.Arrays;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;

/**
 * What is computed from sets of vectors: cross products, covariances, distances.
 *
 * <pre>{@code
 * Tensor c = Vectors.cov(x);                                          // [v, n]: n observations of v variables
 * Tensor d = Vectors.cdist(x, y, 2);                                  // [m, d] and [n, d] give [m, n]
 * }</pre>
 *
 * <p>Operands: any strides, never modified; halves are computed in float32 and rounded once. Nothing waits for the device.
 */
public final class Vectors {
    private Vectors() {}

    /**
     * {@return the cross product along the last axis; see {@link #cross(Tensor, Tensor, int)}}
     *
     * @param a [..., 3], any dtype but bool
     * @param b the same dtype; leading axes broadcast
     */
    public static Tensor cross(Tensor a, Tensor b) {
        return cross(a, b, -1);
    }

    /**
     * {@return the cross product {@code (a1 b2 - a2 b1, a2 b0 - a0 b2, a0 b1 - a1 b0)} of vectors of three elements
     * ({@code numpy.linalg.cross})} Complex numbers are not conjugated; integers wrap around. Gradient: that of the products.
     *
     * @param a any dtype but bool, of size 3 along the axis
     * @param b the same dtype; the other axes broadcast
     * @param axis the same for both, in [-rank, rank)
     * @throws ShapeException if sizes along the axis are not 3, or others do not broadcast
     */
    public static Tensor cross(Tensor a, Tensor b, int axis) {
        for (Tensor t : new Tensor[] {a, b}) {
            if (t.rank() == 0 || t.shape().at(Operands.axis("cross", t.shape(), axis)) != 3) {
                throw new ShapeException(
                        "cross: shapes " + a.shape() + " and " + b.shape() + " need size 3 along axis " + axis);
            }
        }
        Operands.ofProduct("cross", a, b);
        if (axis >= 0 && a.rank() != b.rank()) {
            throw new ShapeException("cross: axis " + axis + " of shapes " + a.shape() + " and " + b.shape()
                    + " of different ranks; count it from the end");
        }
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> cross(x[0], x[1], axis), a, b);
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor left = Elementwise.multiply(turned(a, axis, 1), turned(b, axis, 2));
            Tensor right = Elementwise.multiply(turned(a, axis, 2), turned(b, axis, 1));
            return scope.keep(Elementwise.subtract(left, right));
        }
    }

    /** The elements from the k-th one on, then those before. */
    private static Tensor turned(Tensor t, int axis, int k) {
        return Indexing.concat(axis, t.slice(axis, k, 3), t.slice(axis, 0, k));
    }

    /**
     * {@return the unbiased covariances; see {@link #cov(Tensor, int)}}
     *
     * @param x [..., v, n] or [n], any dtype
     */
    public static Tensor cov(Tensor x) {
        return cov(x, 1);
    }

    /**
     * Returns the covariances {@code (X - mean) (X - mean)^H / (n - ddof)} of v variables, of which each column is an observation
     * ({@code numpy.cov}). NaN or infinite where n - ddof is not positive. Integers and bool are computed in float64. Gradient: that of the
     * product. Cost: v^2 n and three passes.
     *
     * @param x [..., v, n], or [n] for a single variable; any dtype
     * @param ddof 1 for the unbiased estimate, 0 for the mean over the observations
     * @return [..., v, v]; of a single variable a scalar
     * @throws ShapeException if x is a scalar
     */
    public static Tensor cov(Tensor x, int ddof) {
        return covariances("cov", x, ddof);
    }

    /**
     * Returns the covariances of weighted observations, {@code sum of w_i (X_i - mean) (X_i - mean)^H / t} ({@code numpy.cov} with {@code fweights} or
     * {@code aweights}). Integers w say how often an observation was made: t is {@code sum(w) - ddof}. Floating ones say how much it counts: t is
     * {@code sum(w) - ddof sum(w^2) / sum(w)}. NaN or infinite where t is not positive. Gradient: also to floating weights.
     *
     * @param x as for {@link #cov(Tensor, int)}
     * @param ddof 1 for the unbiased estimate, 0 for the mean over the observations
     * @param weights [n], none negative (which is not asked): integers, or the real dtype that covariances of x have
     * @return [..., v, v]; of a single variable a scalar
     * @throws ShapeException if x is a scalar, or the weights are not [n]
     * @throws DTypeException if the weights have another dtype
     */
    public static Tensor cov(Tensor x, int ddof, Tensor weights) {
        return covariances("cov", x, ddof, weights);
    }

    /**
     * {@return the covariances of observations that were made several times, and count differently} See {@link #cov(Tensor, int, Tensor)}: w is the product
     * of both, and t is {@code sum(w) - ddof sum(w aweights) / sum(w)}.
     *
     * @param x as for {@link #cov(Tensor, int)}
     * @param ddof 1 for the unbiased estimate, 0 for the mean over the observations
     * @param fweights how often, integers [n]
     * @param aweights how much, [n], of the real dtype that covariances of x have
     * @throws ShapeException if x is a scalar, or weights are not [n]
     * @throws DTypeException if weights have another dtype
     */
    public static Tensor cov(Tensor x, int ddof, Tensor fweights, Tensor aweights) {
        if (!fweights.dtype().isInteger() || aweights.dtype().isInteger()) {
            throw new DTypeException("cov: fweights are " + fweights.dtype() + " and aweights " + aweights.dtype()
                    + "; give integers and floating numbers, in this order");
        }
        return covariances("cov", x, ddof, fweights, aweights);
    }

    private static Tensor covariances(String operation, Tensor x, int ddof, Tensor... weights) {
        requireObservations(operation, x, weights);
        if (x.dtype().isHalf()) {
            Tensor[] all = Stream.concat(Stream.of(x), Arrays.stream(weights)).toArray(Tensor[]::new);
            return Operands.inFloat32(t -> covariances(operation, t[0], ddof, Arrays.copyOfRange(t, 1, t.length)), all);
        }
        try (TensorScope scope = x.device().openScope()) {
            Tensor variables = Reduce.floating(x.rank() == 1 ? x.unsqueeze(0) : x);
            Tensor result = weights.length > 0 ? weighted(variables, ddof, weights) : unweighted(variables, ddof);
            return scope.keep(x.rank() == 1 ? result.squeeze(0).squeeze(0) : result);
        }
    }

    private static Tensor unweighted(Tensor variables, int ddof) {
        Tensor distances = Elementwise.subtract(variables, Reduce.mean(variables, true, -1));
        double divisor = Math.max(0, variables.shape().at(-1) - ddof);
        return Elementwise.divide(products(distances, distances), divisor);
    }

    private static Tensor weighted(Tensor variables, int ddof, Tensor... weights) {
        DType dtype = variables.dtype();
        Tensor w = Tensor.ones(dtype.realPart());
        Tensor counts = w;
        for (Tensor each : weights) {
            Tensor converted = Operands.in(dtype.realPart(), each);
            w = Elementwise.multiply(w, converted);
            counts = each.dtype().isInteger() ? counts : Elementwise.multiply(converted, counts);
        }
        Tensor total = Reduce.sum(w);
        Tensor less = Elementwise.divide(Reduce.sum(Elementwise.multiply(w, counts)), total);
        Tensor divisor = Elementwise.maximum(Elementwise.subtract(total, Elementwise.multiply(less, ddof)), 0);
        Tensor own = Operands.in(dtype, w);
        Tensor mean = Elementwise.divide(
                Reduce.sum(Elementwise.multiply(variables, own), true, -1), Operands.in(dtype, total));
        Tensor distances = Elementwise.subtract(variables, mean);
        return Elementwise.divide(
                products(Elementwise.multiply(distances, own), distances), Operands.in(dtype, divisor));
    }

    private static Tensor products(Tensor a, Tensor b) {
        return MatMul.matmul(a, MatMul.Form.PLAIN, b, MatMul.Form.ADJOINT);
    }

    private static void requireObservations(String operation, Tensor x, Tensor... weights) {
        if (x.rank() == 0) {
            throw new ShapeException(operation + ": needs observations along the last axis, got a scalar");
        }
        for (Tensor w : weights) {
            requireWeights(operation, x, w);
        }
    }

    private static void requireWeights(String operation, Tensor x, Tensor weights) {
        Operands.sameDevice(operation, x, weights);
        if (weights.rank() != 1 || weights.shape().at(0) != x.shape().at(-1)) {
            throw new ShapeException(
                    operation + ": weights of shape " + weights.shape() + " for x of shape " + x.shape()
                            + "; need one for each observation, [" + x.shape().at(-1) + "]");
        }
        DType floating = x.dtype().ofMeans().realPart();
        if (!weights.dtype().isInteger() && weights.dtype() != floating) {
            throw new DTypeException(operation + ": weights are " + weights.dtype() + ", x is " + x.dtype()
                    + "; give integers, or convert them with to(DType." + floating.name() + ")");
        }
    }

    /**
     * Returns the correlation coefficients, {@code c_ij / sqrt(c_ii c_jj)} of the covariances c, cut to [-1, 1] ({@code numpy.corrcoef}). NaN
     * for a variable that does not vary. Gradient: that of the quotient; 0 where it was cut.
     *
     * @param x as for {@link #cov(Tensor, int)}
     * @return [..., v, v]; of a single variable a scalar
     * @throws ShapeException if x is a scalar
     */
    public static Tensor corrcoef(Tensor x) {
        return correlations(x);
    }

    /**
     * {@return the correlation coefficients of weighted observations, {@code c_ij / sqrt(c_ii c_jj)} of their covariances c} See
     * {@link #cov(Tensor, int, Tensor)}.
     *
     * @param x as for {@link #cov(Tensor, int)}
     * @param weights [n], integers or floating, as for the covariances
     * @throws ShapeException if x is a scalar, or the weights are not [n]
     * @throws DTypeException if the weights have another dtype
     */
    public static Tensor corrcoef(Tensor x, Tensor weights) {
        return correlations(x, weights);
    }

    private static Tensor correlations(Tensor x, Tensor... weights) {
        if (x.dtype().isHalf()) {
            requireObservations("corrcoef", x, weights);
            Tensor[] all = Stream.concat(Stream.of(x), Arrays.stream(weights)).toArray(Tensor[]::new);
            return Operands.inFloat32(t -> correlations(t[0], Arrays.copyOfRange(t, 1, t.length)), all);
        }
        try (TensorScope scope = x.device().openScope()) {
            Tensor c = covariances("corrcoef", x, weights.length == 0 ? 1 : 0, weights);
            if (x.rank() == 1) {
                return scope.keep(Elementwise.divide(c, c));
            }
            Tensor deviations = Matrices.like(c, Elementwise.sqrt(ComplexNumbers.real(c.diagonal(0, -2, -1))));
            Tensor result =
                    Elementwise.divide(Elementwise.divide(c, deviations.unsqueeze(-1)), deviations.unsqueeze(-2));
            return scope.keep(
                    c.dtype().isComplex()
                            ? ComplexNumbers.complex(cut(ComplexNumbers.real(result)), cut(ComplexNumbers.imag(result)))
                            : cut(result));
        }
    }

    private static Tensor cut(Tensor x) {
        return Elementwise.clamp(x, -1, 1);
    }

    /**
     * Returns the distances {@code (sum over l of |a_il - b_jl|^p)^(1/p)} of each point of a from each of b ({@code torch.cdist},
     * {@code scipy.spatial.distance.cdist}). From the differences, for p = 2 too: by a product of matrices ({@code |a|^2 + |b|^2 - 2 a b}),
     * distances of near points would have no right digits. Neither overflows nor underflows before the result does. Integers are
     * computed in float64. Gradient: 0 at equal points and, for p other than 2, at equal coordinates; see {@link Norms#vectorNorm}. Cost:
     * m n d in one to three fused passes, which hold m n elements; of complex numbers with temporaries of m n d.
     *
     * @param a [..., m, d], any dtype
     * @param b [..., n, d], the same dtype; leading axes broadcast
     * @param p 0 or more: 1, 2, infinity or another number; 0 counts coordinates that differ
     * @return [..., m, n]
     * @throws ShapeException if a rank is below 2, the sizes d differ, or leading axes do not broadcast
     * @throws TensorException if p is negative or NaN
     */
    public static Tensor cdist(Tensor a, Tensor b, double p) {
        Operands.sameDType("cdist", a, b);
        Operands.sameDevice("cdist", a, b);
        if (!(p >= 0)) {
            throw new TensorException("cdist: p is " + p + " for shapes " + a.shape() + " and " + b.shape()
                    + "; give 0 or more, or infinity");
        }
        if (a.rank() < 2 || b.rank() < 2 || a.shape().at(-1) != b.shape().at(-1)) {
            throw new ShapeException("cdist: needs points [..., m, d] and [..., n, d] with equal d, got " + a.shape()
                    + " and " + b.shape());
        }
        Shape.broadcast("cdist", Matrices.batch(a), Matrices.batch(b));
        if (a.dtype().isHalf()) {
            return Operands.inFloat32(x -> cdist(x[0], x[1], p), a, b);
        }
        try (TensorScope scope = a.device().openScope()) {
            Tensor rows = Reduce.floating(a);
            Tensor columns = Reduce.floating(b);
            return scope.keep(Fused.of((x, y) -> distances(x, y, p), rows, columns));
        }
    }

    private static Tensor distances(Tensor a, Tensor b, double p) {
        return Reduce.norm("cdist", Elementwise.subtract(a.unsqueeze(-2), b.unsqueeze(-3)), p, false, -1);
    }
}
