package kron4j.ops;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Stream;
import kron4j.Complex;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;

/**
 * {@code S = c*I + F1 (x) ... (x) Fn} for symmetric factors, the covariance of a Gaussian process on a grid with noise.
 *
 * <pre>{@code
 * try (KroneckerOperator k = KroneckerOperator.of(covarianceX, covarianceY);      // symmetric, [m,m] and [n,n]
 *         KroneckerPlusDiagonal s = KroneckerPlusDiagonal.of(0.1, k)) {
 *     Tensor fit = s.quadraticForm(y);                                            // y [m*n]
 *     Tensor logLikelihood = s.slogdet().logAbs().add(fit).multiply(-0.5);        // up to a constant
 * }
 * }</pre>
 *
 * <p>The factors are decomposed once, {@code K = V diag(w) V^H}. Then {@code S = V diag(w + c) V^H} is solved, and
 * gives determinants and quadratic forms, at the cost of two products with a Kronecker operator. Holds V, the N
 * eigenvalues and views of the factors; belongs to the scope that was open when it was made, unless closed before.
 *
 * <p>Gradients flow to c, to the factors (as symmetric matrices) and to right-hand sides, also where eigenvalues are
 * equal; to any order.
 */
// Y. Saatci: Scalable inference for structured Gaussian process models (2011), chapter 5.
public final class KroneckerPlusDiagonal implements AutoCloseable {
    private final Tensor c;
    private final KroneckerOperator k;
    private final KroneckerOperator v;
    /** The eigenvalues of S, w + c, [N]. */
    private final Tensor spectrum;

    private KroneckerPlusDiagonal(Tensor c, KroneckerOperator k, KroneckerOperator v, Tensor spectrum) {
        this.c = c;
        this.k = k;
        this.v = v;
        this.spectrum = spectrum;
    }

    /**
     * Decomposes {@code k}, which may be closed afterwards.
     *
     * @param c the multiple of the identity
     * @param k with square factors, only their lower triangles are read; identities are free
     * @return the decomposed matrix, of the current scope
     * @throws ShapeException unless all factors are square
     * @throws kron4j.LinalgException naming the factor that did not converge
     */
    public static KroneckerPlusDiagonal of(double c, KroneckerOperator k) {
        return ofNumber(c, k);
    }

    /**
     * Decomposes {@code k} as {@link #of(double, KroneckerOperator)}, for a complex multiple of the identity.
     *
     * @param c the multiple of the identity
     * @param k complex, with square Hermitian factors
     * @return the decomposed matrix, of the current scope
     * @throws ShapeException unless all factors are square
     * @throws DTypeException if k is real
     * @throws kron4j.LinalgException naming the factor that did not converge
     */
    public static KroneckerPlusDiagonal of(Complex c, KroneckerOperator k) {
        return ofNumber(c, k);
    }

    private static KroneckerPlusDiagonal ofNumber(Number c, KroneckerOperator k) {
        Number value = Numbers.of("KroneckerPlusDiagonal", k.dtype(), Shape.SCALAR, c);
        try (Tensor scalar = Tensor.make(
                k.device(),
                k.dtype(),
                Shape.SCALAR,
                out -> out.storage().backend().fill(value, out))) {
            return of(scalar, k);
        }
    }

    /**
     * Decomposes {@code k} as {@link #of(double, KroneckerOperator)}, for c to which gradients flow.
     *
     * @param c shape []; the dtype of k
     * @param k with square factors, only their lower triangles are read; identities are free
     * @return the decomposed matrix, of the current scope
     * @throws ShapeException if c is not a scalar, or unless all factors are square matrices
     * @throws DTypeException if the dtypes differ
     * @throws kron4j.LinalgException naming the factor that did not converge
     */
    public static KroneckerPlusDiagonal of(Tensor c, KroneckerOperator k) {
        if (c.rank() != 0) {
            throw new ShapeException("KroneckerPlusDiagonal: c has shape " + c.shape() + ", expected a scalar");
        }
        if (k.batch().rank() > 0) {
            throw new ShapeException(
                    "KroneckerPlusDiagonal: " + k + " has factors with leading axes; make one for each");
        }
        if (c.dtype() != k.dtype()) {
            throw new DTypeException(
                    "KroneckerPlusDiagonal: c is " + c.dtype() + ", " + k + "; convert one with to(DType)");
        }
        KroneckerOperator.Eigh e = k.eigh();
        try (Tensor real = e.w();
                Tensor w = Operands.in(k.dtype(), real)) {
            return new KroneckerPlusDiagonal(c.viewAs(c.layout()), k.with(k.matrices()), e.v(), Elementwise.add(w, c));
        } catch (RuntimeException | Error failure) {
            e.v().close();
            throw failure;
        }
    }

    /** {@return the eigenvalues [N], in the order of the product (not sorted); owned by this} */
    public Tensor eigenvalues() {
        return spectrum;
    }

    /**
     * {@return {@code S x}, of the shape of x}
     *
     * @param x [N], [N, cols] or [..., N, cols]
     * @throws ShapeException if x does not have N rows
     */
    public Tensor apply(Tensor x) {
        requireRows("apply", x);
        try (TensorScope scope = x.device().openScope()) {
            Tensor plain = transformed(BinaryOp.MULTIPLY, Tape.plain(x), v, spectrum);
            return scope.keep(isRecorded(x) ? Elementwise.add(plain, onlyGradient(product(x))) : plain);
        }
    }

    /**
     * {@return x with {@code S x = b}, of the shape of b} An eigenvalue 0 gives infinities or NaN.
     *
     * @param b [N], [N, cols] or [..., N, cols]
     * @throws ShapeException if b does not have N rows
     */
    public Tensor solve(Tensor b) {
        requireRows("solve", b);
        try (TensorScope scope = b.device().openScope()) {
            Tensor x = transformed(BinaryOp.DIVIDE, Tape.plain(b), v, spectrum);
            if (!isRecorded(b)) {
                return scope.keep(x);
            }
            Tensor[] matrices = k.matrices();
            Tensor[] saved = Stream.of(matrices, v.matrices(), new Tensor[] {c, spectrum})
                    .flatMap(Arrays::stream)
                    .toArray(Tensor[]::new);
            KroneckerOperator product = k;
            KroneckerOperator vectors = v;
            int n = matrices.length;
            Function<Tensor[], KroneckerPlusDiagonal> again = t -> new KroneckerPlusDiagonal(
                    t[2 * n],
                    product.with(Arrays.copyOf(t, n)),
                    vectors.with(Arrays.copyOfRange(t, n, 2 * n)),
                    t[2 * n + 1]);
            Tape.record(
                    "KroneckerPlusDiagonal.solve",
                    x,
                    r -> r.solution(
                            b,
                            saved,
                            (y, t) -> again.apply(t).product(y),
                            (g, t) -> again.apply(t).adjoint().solve(g)),
                    Stream.of(new Tensor[] {b}, saved).flatMap(Arrays::stream).toArray(Tensor[]::new));
            return scope.keep(x);
        }
    }

    /**
     * {@return {@code b^H S^-1 b}: [] for a vector; one for every column of a matrix, [cols] or [..., cols]}
     *
     * @param b [N], [N, cols] or [..., N, cols]
     * @throws ShapeException if b does not have N rows
     */
    public Tensor quadraticForm(Tensor b) {
        requireRows("quadraticForm", b);
        int axis = b.rank() == 1 ? 0 : -2;
        try (TensorScope scope = b.device().openScope()) {
            if (isRecorded(b)) {
                return scope.keep(Reduce.sum(Elementwise.multiply(ComplexNumbers.conj(b), solve(b)), axis));
            }
            Tensor coordinates = v.adjoint().apply(b);
            Tensor squares = Elementwise.multiply(coordinates, ComplexNumbers.conj(coordinates));
            return scope.keep(Reduce.sum(scaled(BinaryOp.DIVIDE, squares, spectrum), axis));
        }
    }

    /** {@return sign and log|det S|, shapes []; never overflows} */
    public Linalg.SignLog slogdet() {
        try (TensorScope scope = spectrum.device().openScope()) {
            Tensor logs = Elementwise.log(Elementwise.abs(spectrum));
            Tensor sign = Reduce.prod(Elementwise.sign(spectrum));
            return new Linalg.SignLog(scope.keep(sign), scope.keep(Reduce.sum(logs)));
        }
    }

    /** {@return the multiple of the identity} */
    Tensor multiple() {
        return c;
    }

    /** {@return the operator of the eigenvectors} */
    KroneckerOperator vectors() {
        return v;
    }

    /**
     * {@return the matrix again of parts that were saved}
     *
     * @param operator the product
     * @param matrices those of {@link #vectors}
     * @param values those of {@link #eigenvalues}
     */
    KroneckerPlusDiagonal with(KroneckerOperator operator, Tensor[] matrices, Tensor values) {
        return new KroneckerPlusDiagonal(values.slice(0, 0, 0), operator, v.with(matrices), values);
    }

    private boolean isRecorded(Tensor x) {
        return Tape.records(x) || isTracked();
    }

    private boolean isTracked() {
        return Tape.records(spectrum);
    }

    /** Computes {@code V op(V^H x, w + c)}, not recorded. */
    private static Tensor transformed(BinaryOp op, Tensor x, KroneckerOperator v, Tensor spectrum) {
        return NoGrad.of(() -> {
            try (TensorScope scope = x.device().openScope();
                    KroneckerOperator adjoint = v.adjoint()) {
                Tensor coordinates = scaled(op, adjoint.apply(x), spectrum);
                return scope.keep(v.apply(coordinates));
            }
        });
    }

    private static Tensor scaled(BinaryOp op, Tensor x, Tensor spectrum) {
        return Operands.binary(op, x, x.rank() == 1 ? spectrum : spectrum.unsqueeze(1));
    }

    /** Computes S x by the factors, recorded; for gradients, which see more than the lower triangles. */
    private Tensor product(Tensor x) {
        return Elementwise.add(k.apply(x), Elementwise.multiply(x, c));
    }

    /** {@return zeros with the gradient of t} */
    private static Tensor onlyGradient(Tensor t) {
        return Elementwise.subtract(t, t.detach());
    }

    private KroneckerPlusDiagonal adjoint() {
        return new KroneckerPlusDiagonal(ComplexNumbers.conj(c), k, v, ComplexNumbers.conj(spectrum));
    }

    private void requireRows(String operation, Tensor x) {
        if (x.rank() == 0 || x.shape().at(x.rank() == 1 ? 0 : -2) != spectrum.size()) {
            throw new ShapeException("KroneckerPlusDiagonal." + operation + ": x of shape " + x.shape() + " needs "
                    + spectrum.size() + " rows for " + v);
        }
    }

    /** Moves the matrix to the scope around this one. */
    KroneckerPlusDiagonal keptBy(TensorScope scope) {
        scope.keep(c);
        k.keptBy(scope);
        v.keptBy(scope);
        scope.keep(spectrum);
        return this;
    }

    @Override
    public void close() {
        c.close();
        k.close();
        v.close();
        spectrum.close();
    }
}
