package kron4j.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.GradientException;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;

/**
 * {@code S = F1 (x) ... (x) Fn + diag(d)} for Hermitian factors and any positive d, the covariance of a Gaussian process on
 * a grid with noise of its own at each place.
 *
 * <pre>{@code
 * KroneckerOperator k = KroneckerOperator.of(covarianceX, covarianceY);       // Hermitian, [m,m] and [n,n]
 * Tensor noise = Random.uniform(1, DType.FLOAT64, k.rows()).add(0.1);         // positive, [m*n]
 * try (var s = KroneckerPlusVaryingDiagonal.of(noise, k)) {
 *     Tensor fit = s.quadraticForm(y);                                        // y [m*n]
 *     Tensor logLikelihood = s.logdet(1, 16, 20).value().add(fit).multiply(-0.5);  // up to a constant
 * }
 * }</pre>
 *
 * <p>No decomposition of S follows from those of the factors. With {@code P = K + mean(d) I}, which
 * {@link KroneckerPlusDiagonal} decomposes, systems are solved by conjugate gradients preconditioned by P, in the fewer
 * steps the less d varies, and the determinant is that of P times that of {@code P^-1/2 S P^-1/2}, which is estimated.
 * S and P must be positive definite.
 *
 * <p>Ownership: as {@link KroneckerPlusDiagonal}. Gradients flow to d, to the factors (as Hermitian matrices) and to
 * right-hand sides, to any order but from {@link #logdet}, whose gradient is as estimated as it is and the last.
 */
// Y. Saatci: Scalable inference for structured Gaussian process models (2011), chapter 5; S. Ubaru, J. Chen, Y. Saad:
// Fast
// estimation of tr(f(A)) via stochastic Lanczos quadrature (2017).
public final class KroneckerPlusVaryingDiagonal implements AutoCloseable {
    private final Tensor d;
    private final KroneckerOperator k;
    /** P, the matrix with the mean of d. */
    private final KroneckerPlusDiagonal mean;

    private KroneckerPlusVaryingDiagonal(Tensor d, KroneckerOperator k, KroneckerPlusDiagonal mean) {
        this.d = d;
        this.k = k;
        this.mean = mean;
    }

    /**
     * Decomposes {@code k}, which may be closed afterwards.
     *
     * @param d [N], of the factors' dtype, real if they are complex
     * @param k with square factors; identities are free
     * @return the matrix, of the current scope
     * @throws ShapeException if d is not a vector of N elements, or unless all factors are square
     * @throws DTypeException if the dtypes do not fit
     * @throws LinalgException naming the factor that did not converge
     */
    public static KroneckerPlusVaryingDiagonal of(Tensor d, KroneckerOperator k) {
        if (d.rank() != 1 || d.shape().at(0) != k.rows()) {
            throw new ShapeException("KroneckerPlusVaryingDiagonal: d has shape " + d.shape() + ", expected ["
                    + k.rows() + "] for " + k);
        }
        if (k.batch().rank() > 0) {
            throw new ShapeException(
                    "KroneckerPlusVaryingDiagonal: " + k + " has factors with leading axes; make one for each");
        }
        if (d.dtype() != k.dtype().realPart()) {
            throw new DTypeException("KroneckerPlusVaryingDiagonal: d is " + d.dtype() + ", " + k + " needs "
                    + k.dtype().realPart() + "; convert it with to(DType)");
        }
        try (TensorScope scope = k.device().openScope()) {
            Tensor own = Operands.in(k.dtype(), d);
            KroneckerPlusDiagonal mean = KroneckerPlusDiagonal.of(Reduce.mean(own), k);
            KroneckerOperator operator = k.with(k.matrices());
            return new KroneckerPlusVaryingDiagonal(scope.keep(own), operator.keptBy(scope), mean.keptBy(scope));
        }
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
            return scope.keep(product(x));
        }
    }

    private Tensor product(Tensor x) {
        return Elementwise.add(k.apply(x), Elementwise.multiply(column(d, x), x));
    }

    private static Tensor column(Tensor vector, Tensor x) {
        return x.rank() == 1 ? vector : vector.unsqueeze(1);
    }

    /**
     * {@return x with {@code S x = b}, of the shape of b, to a relative residual of epsilon^(2/3)} Waits for the device.
     *
     * @param b [N], [N, cols] or [..., N, cols]
     * @throws ShapeException if b does not have N rows
     * @throws LinalgException if a column has not converged after 10 N steps, as where S is not positive definite
     */
    public Tensor solve(Tensor b) {
        requireRows("solve", b);
        Iterative.Solution s = solution("solve", b, Iterative.Stop.of(b));
        try (Tensor all = Reduce.all(s.converged());
                Tensor worst =
                        Reduce.max(s.residual().reshape(s.residual().size()).detach())) {
            if (b.size() > 0 && !all.toBooleanArray()[0] && Double.isFinite(worst.item())) {
                double residual = worst.item();
                s.close();
                throw new LinalgException("KroneckerPlusVaryingDiagonal.solve: " + k + " with b of shape " + b.shape()
                        + " has not converged, the relative residual is " + residual
                        + "; S must be positive definite, or use solveEx with more steps");
            }
            s.residual().close();
            s.iterations().close();
            s.converged().close();
            return s.x();
        }
    }

    /**
     * {@return x as {@link #solve}, with the steps that it took and the residual}
     *
     * @param b [N], [N, cols] or [..., N, cols]
     * @param stop when to stop
     * @throws ShapeException if b does not have N rows
     */
    public Iterative.Solution solveEx(Tensor b, Iterative.Stop stop) {
        requireRows("solveEx", b);
        return solution("solveEx", b, stop);
    }

    private Iterative.Solution solution(String operation, Tensor b, Iterative.Stop stop) {
        Iterative.Solution s = NoGrad.of(() -> Iterative.cg(this::product, mean::solve, b, stop));
        Tensor[] matrices = k.matrices();
        if (!Tape.records(b, d) && !Tape.records(matrices)) {
            return s;
        }
        try (TensorScope scope = b.device().openScope();
                Tensor plain = s.x()) {
            Tensor[] vectors = mean.vectors().matrices();
            Tensor[] saved = Stream.of(matrices, vectors, new Tensor[] {d, mean.eigenvalues()})
                    .flatMap(Arrays::stream)
                    .toArray(Tensor[]::new);
            KroneckerOperator shape = k;
            KroneckerPlusDiagonal shapeOfMean = mean;
            Function<Tensor[], KroneckerPlusVaryingDiagonal> again = t -> {
                int n = matrices.length;
                KroneckerOperator operator = shape.with(Arrays.copyOf(t, n));
                return new KroneckerPlusVaryingDiagonal(
                        t[2 * n], operator, shapeOfMean.with(operator, Arrays.copyOfRange(t, n, 2 * n), t[2 * n + 1]));
            };
            Tensor x = Tape.record(
                    "KroneckerPlusVaryingDiagonal." + operation,
                    plain.viewAs(plain.layout()),
                    r -> r.solution(
                            b,
                            saved,
                            (y, t) -> again.apply(t).product(y),
                            (g, t) ->
                                    again.apply(t).solution(operation, g, stop).x()),
                    Stream.of(matrices, new Tensor[] {b, d})
                            .flatMap(Arrays::stream)
                            .toArray(Tensor[]::new));
            return new Iterative.Solution(scope.keep(x), s.residual(), s.iterations(), s.converged());
        }
    }

    /**
     * {@return {@code b^H S^-1 b}: [] for a vector; one for every column of a matrix, [cols] or [..., cols]; real numbers,
     * in the dtype of b}
     *
     * @param b [N], [N, cols] or [..., N, cols]
     * @throws ShapeException if b does not have N rows
     * @throws LinalgException as {@link #solve}
     */
    public Tensor quadraticForm(Tensor b) {
        requireRows("quadraticForm", b);
        try (TensorScope scope = b.device().openScope()) {
            Tensor products = Elementwise.multiply(ComplexNumbers.conj(b), solve(b));
            return scope.keep(Reduce.sum(products, b.rank() == 1 ? 0 : -2));
        }
    }

    /**
     * {@return sign and log|det S|, shapes [], of the formed matrix, to rounding} Takes the memory of [N, N] and
     * {@code 2/3 N^3} flops: for thousands of rows; {@link #logdet} is for more.
     */
    public Linalg.SignLog slogdet() {
        try (TensorScope scope = d.device().openScope()) {
            Tensor diagonal = Elementwise.multiply(Matrices.identityLike(k.toDense()), d);
            Linalg.SignLog result = Linalg.slogdet(Elementwise.add(k.toDense(), diagonal));
            return new Linalg.SignLog(scope.keep(result.sign()), scope.keep(result.logAbs()));
        }
    }

    /**
     * An estimate by random probes.
     *
     * @param value the mean, []; real
     * @param error its standard error over the probes, []; 0 where the diagonal is constant
     */
    public record Estimate(Tensor value, Tensor error) implements AutoCloseable {
        @Override
        public void close() {
            value.close();
            error.close();
        }
    }

    /**
     * Estimates log det S by stochastic Lanczos quadrature: log det P, which is exact, and for the rest the mean of
     * {@code z^T log(P^-1/2 S P^-1/2) z} over vectors z of random signs, the logarithm by Lanczos' tridiagonal matrices.
     * The bias of too few steps falls as {@code ((sqrt(c) - 1) / (sqrt(c) + 1))^(2 steps)} for the condition c of
     * {@code P^-1/2 S P^-1/2}, which is at most {@code max(d) / min(d)}; the error tells nothing of it. Gradient:
     * Hutchinson's estimate {@code z^T S^-1 dS z} with the same probes and exact for P, of first order, unbiased but for the
     * root of epsilon at which its conjugate gradients stop. Cost:
     * {@code 2 (steps + 1) probes} products with a Kronecker operator.
     *
     * @param seed gives the same probes on every device
     * @param probes 2 or more; the error falls with their square root
     * @param steps 1 or more, of Lanczos; N is enough for any
     * @return the estimate; NaN where S or P is not positive definite
     * @throws TensorException if probes are fewer than 2 or steps fewer than 1
     * @throws LinalgException if S contains NaN or infinities
     */
    public Estimate logdet(long seed, int probes, int steps) {
        if (probes < 2 || steps < 1) {
            throw new TensorException("KroneckerPlusVaryingDiagonal.logdet: " + probes + " probes and " + steps
                    + " steps; needs 2 and 1 or more");
        }
        try (TensorScope scope = d.device().openScope()) {
            long n = k.rows();
            int usable = (int) Math.min(steps, Math.max(1, n));
            Tensor z = NoGrad.of(() -> signs(seed, n, probes));
            Tensor rest = NoGrad.of(() -> quadrature(z, usable));
            Tensor exact = mean.slogdet().logAbs();
            Tensor value = Elementwise.add(exact, Reduce.mean(rest));
            if (Tape.records(d) || Tape.records(k.matrices())) {
                value = Elementwise.add(value, slope(z));
            }
            Tensor error = Elementwise.multiply(Reduce.std(rest, 1, false), 1 / Math.sqrt(probes));
            return new Estimate(scope.keep(value), scope.keep(error));
        }
    }

    private Tensor signs(long seed, long n, int probes) {
        Tensor coins = Random.bernoulli(seed, 0, 0.5, Shape.of(n, probes)).to(d.device());
        return coins.to(d.dtype()).multiply(2).subtract(1);
    }

    /** {@code P^-1/2 S P^-1/2} between eigenvectors: {@code I + w^-1/2 V^H diag(d - mean) V w^-1/2}. */
    private UnaryOperator<Tensor> relative(Tensor root) {
        Tensor differences = Elementwise.subtract(d, mean.multiple()).unsqueeze(1);
        KroneckerOperator adjoint = mean.vectors().adjoint();
        return x -> {
            Tensor there = mean.vectors().apply(Elementwise.divide(x, root));
            Tensor back = adjoint.apply(Elementwise.multiply(differences, there));
            return Elementwise.add(x, Elementwise.divide(back, root));
        };
    }

    private Tensor root() {
        return Elementwise.sqrt(mean.eigenvalues()).unsqueeze(1);
    }

    /** {@code z^T log(B) z} for each probe. */
    private Tensor quadrature(Tensor z, int steps) {
        DType real = d.dtype().realPart();
        long n = z.shape().at(0);
        long probes = z.shape().at(1);
        UnaryOperator<Tensor> b = relative(root());
        Tensor q = Elementwise.multiply(z, 1 / Math.sqrt(Math.max(1, n)));
        Tensor before = Creation.zerosLike(q);
        Tensor beta = Tensor.ones(real, 1, probes);
        List<Tensor> alphas = new ArrayList<>();
        List<Tensor> betas = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            Tensor image = b.apply(q);
            if (i > 0) {
                image = Elementwise.subtract(image, scaled(before, beta));
            }
            Tensor alpha =
                    ComplexNumbers.real(Reduce.sum(Elementwise.multiply(ComplexNumbers.conj(q), image), true, 0));
            // Where the vectors have come to an end, 1 with weight 0.
            Tensor ended = Elementwise.equal(beta, 0.0);
            alphas.add(Elementwise.where(ended, 1.0, alpha).squeeze(0));
            image = Elementwise.subtract(image, scaled(q, alpha));
            beta = Reduce.norm(image, 2, true, 0);
            betas.add(beta.squeeze(0));
            before = q;
            q = scaled(image, Elementwise.where(Elementwise.equal(beta, 0.0), 0.0, Elementwise.reciprocal(beta)));
        }
        Tensor t = Tensor.zeros(real, probes, steps, steps);
        copy(Indexing.stack(1, alphas.toArray(Tensor[]::new)), t, 0);
        if (steps > 1) {
            copy(Indexing.stack(1, betas.subList(0, steps - 1).toArray(Tensor[]::new)), t, -1);
        }
        Linalg.Eigh e = Linalg.eigh(t);
        Tensor weights = Elementwise.square(e.v().select(1, 0));
        return Elementwise.multiply(Reduce.sum(Elementwise.multiply(weights, Elementwise.log(e.w())), 1), n);
    }

    private static Tensor scaled(Tensor vectors, Tensor numbers) {
        return Elementwise.multiply(vectors, Matrices.like(vectors, numbers));
    }

    private static void copy(Tensor values, Tensor matrices, int diagonal) {
        matrices.device()
                .backend()
                .copy(values.view(), matrices.view().with(matrices.layout().diagonal(diagonal, -2, -1)));
    }

    /** {@return 0 with the gradient of the estimated part} */
    // log det S - log det P has the differential tr(S^-1 dS) - tr(P^-1 dP), of which the mean over z is
    // u^H dS v - v^H dP v with v = V w^-1/2 z and u = V w^-1/2 B^-1 z.
    private Tensor slope(Tensor z) {
        Tensor[] pair = NoGrad.of(() -> {
            Tensor root = root();
            Iterative.Stop stop =
                    Iterative.Stop.at(Math.sqrt(d.dtype().epsilon()), (int) Math.min(10 * k.rows(), 1000));
            Tensor solved = Iterative.cg(relative(root), UnaryOperator.identity(), z, stop)
                    .x();
            KroneckerOperator vectors = mean.vectors();
            return new Tensor[] {
                vectors.apply(Elementwise.divide(solved, root)), vectors.apply(Elementwise.divide(z, root))
            };
        });
        Tensor u = ComplexNumbers.conj(pair[0]);
        Tensor v = pair[1];
        Tensor w = ComplexNumbers.conj(v);
        Tensor image = k.apply(v);
        Tensor own = Elementwise.multiply(u, Elementwise.add(image, Elementwise.multiply(d.unsqueeze(1), v)));
        Tensor ofMean = Elementwise.multiply(w, Elementwise.add(image, Elementwise.multiply(Reduce.mean(d), v)));
        Tensor sum = ComplexNumbers.real(Reduce.sum(Elementwise.subtract(own, ofMean)));
        Tensor form = Elementwise.multiply(sum, 1.0 / z.shape().at(1));
        return Tape.record(
                "KroneckerPlusVaryingDiagonal.logdet",
                Creation.zerosLike(form),
                r -> r.gradient(form, g -> {
                    if (Tape.isRecording()) {
                        throw new GradientException(
                                "gradient of KroneckerPlusVaryingDiagonal.logdet: it has no gradient"
                                        + " itself; use slogdet or dense matrices");
                    }
                    return g;
                }),
                form);
    }

    private void requireRows(String operation, Tensor x) {
        if (x.rank() == 0 || x.shape().at(x.rank() == 1 ? 0 : -2) != k.rows()) {
            throw new ShapeException("KroneckerPlusVaryingDiagonal." + operation + ": x of shape " + x.shape()
                    + " needs " + k.rows() + " rows for " + k);
        }
        Operands.sameDType("KroneckerPlusVaryingDiagonal." + operation, x, d);
        Operands.sameDevice("KroneckerPlusVaryingDiagonal." + operation, x, d);
    }

    @Override
    public void close() {
        d.close();
        k.close();
        mean.close();
    }
}
