package kron4j.ops;

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
        Operands.sameDType("cross", a, b);
        Operands.sameDevice("cross", a, b);
        for (Tensor t : new Tensor[] {a, b}) {
            if (t.rank() == 0 || t.shape().at(Operands.axis("cross", t.shape(), axis)) != 3) {
                throw new ShapeException(
                        "cross: shapes " + a.shape() + " and " + b.shape() + " need size 3 along axis " + axis);
            }
        }
        Shape.broadcast("cross", a.shape(), b.shape());
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
        return cov("cov", x, ddof);
    }

    private static Tensor cov(String operation, Tensor x, int ddof) {
        if (x.rank() == 0) {
            throw new ShapeException(operation + ": needs observations along the last axis, got a scalar");
        }
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(t -> cov(operation, t[0], ddof), x);
        }
        try (TensorScope scope = x.device().openScope()) {
            Tensor variables = Reduce.floating(x.rank() == 1 ? x.unsqueeze(0) : x);
            Tensor distances = Elementwise.subtract(variables, Reduce.mean(variables, true, -1));
            Tensor sums = MatMul.matmul(distances, MatMul.Form.PLAIN, distances, MatMul.Form.ADJOINT);
            Tensor result =
                    Elementwise.divide(sums, (double) Math.max(0, x.shape().at(-1) - ddof));
            return scope.keep(x.rank() == 1 ? result.squeeze(0).squeeze(0) : result);
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
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(t -> corrcoef(t[0]), x);
        }
        try (TensorScope scope = x.device().openScope()) {
            Tensor c = cov("corrcoef", x, 1);
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
