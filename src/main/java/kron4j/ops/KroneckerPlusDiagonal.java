package kron4j.ops;

import static kron4j.ops.Operands.update;

import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;

/**
 * {@code S = c*I + F1 (x) ... (x) Fn} for symmetric factors, the covariance of a Gaussian process on a grid with noise. The factors are decomposed
 * once, {@code K = V diag(w) V^T}, then {@code S = V diag(w + c) V^T} solves, and has a determinant and a quadratic form, at the cost of two products
 * with a Kronecker operator. Holds V and the N eigenvalues; belongs to the scope that was open when it was made, unless closed before.
 */
// Y. Saatci: Scalable inference for structured Gaussian process models (2011), chapter 5.
public final class KroneckerPlusDiagonal implements AutoCloseable {
    private final KroneckerOperator v;
    /** w + c, [N]. */
    private final Tensor spectrum;

    private KroneckerPlusDiagonal(KroneckerOperator v, Tensor spectrum) {
        this.v = v;
        this.spectrum = spectrum;
    }

    /**
     * Decomposes {@code k}; it may be closed afterwards.
     *
     * @param k of square factors, of which only the lower triangles are read; identities are free
     * @throws kron4j.LinalgException naming the factor that did not converge
     */
    public static KroneckerPlusDiagonal of(double c, KroneckerOperator k) {
        KroneckerOperator.Eigh e = k.eigh();
        try (Tensor w = e.w()) {
            return new KroneckerPlusDiagonal(e.v(), Elementwise.add(w, c));
        } catch (RuntimeException | Error failure) {
            e.v().close();
            throw failure;
        }
    }

    /** The eigenvalues, [N], in the order of the product (not sorted); owned by this. */
    public Tensor eigenvalues() {
        return spectrum;
    }

    /** {@code S x} for x of shape [N], [N, cols] or [..., N, cols]. */
    public Tensor apply(Tensor x) {
        return transformed("apply", BinaryOp.MULTIPLY, x);
    }

    /** x with {@code S x = b}, b of shape [N], [N, cols] or [..., N, cols]. An eigenvalue 0 gives infinities or NaN. */
    public Tensor solve(Tensor b) {
        return transformed("solve", BinaryOp.DIVIDE, b);
    }

    private Tensor transformed(String operation, BinaryOp op, Tensor x) {
        requireRows(operation, x);
        try (TensorScope scope = x.device().openScope();
                KroneckerOperator transposed = v.transpose()) {
            Tensor coordinates = scaled(op, transposed.apply(x));
            return scope.keep(v.apply(coordinates));
        }
    }

    private Tensor scaled(BinaryOp op, Tensor x) {
        return Operands.binary(op, x, x.rank() == 1 ? spectrum : spectrum.unsqueeze(1));
    }

    /** {@code b^T S^-1 b}: [] for a vector; for a matrix that of every column, [cols] or [..., cols]. */
    public Tensor quadraticForm(Tensor b) {
        requireRows("quadraticForm", b);
        try (TensorScope scope = b.device().openScope();
                KroneckerOperator transposed = v.transpose()) {
            Tensor squares = Elementwise.square(transposed.apply(b));
            return scope.keep(Reduce.sum(scaled(BinaryOp.DIVIDE, squares), b.rank() == 1 ? 0 : -2));
        }
    }

    /** Sign and log of |det S|, shapes []; never overflows. */
    public Linalg.SignLog slogdet() {
        try (TensorScope scope = spectrum.device().openScope()) {
            Tensor logs = Elementwise.abs(spectrum);
            update(UnaryOp.LOG, logs);
            Tensor sign = Reduce.prod(Elementwise.sign(spectrum));
            return new Linalg.SignLog(scope.keep(sign), scope.keep(Reduce.sum(logs)));
        }
    }

    private void requireRows(String operation, Tensor x) {
        if (x.rank() == 0 || x.shape().at(x.rank() == 1 ? 0 : -2) != spectrum.size()) {
            throw new ShapeException("KroneckerPlusDiagonal." + operation + ": x of shape " + x.shape() + " needs "
                    + spectrum.size() + " rows for " + v);
        }
    }

    @Override
    public void close() {
        v.close();
        spectrum.close();
    }
}
