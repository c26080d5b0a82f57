package kron4j.ops;

import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.GradientException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;
import kron4j.backend.BinaryOp;

/**
 * Solvers of Hermitian systems, and few eigenvalues of Hermitian matrices, by products alone, of whatever applies: a matrix, a {@link KroneckerOperator}, sums of
 * them.
 *
 * <pre>{@code
 * KroneckerOperator k = KroneckerOperator.of(Tensor.of(new double[][] {{2, 1}, {1, 3}}), Creation.eye(50));
 * Tensor d = Random.uniform(1, DType.FLOAT64, 100).add(1);
 * Tensor b = Random.normal(2, DType.FLOAT64, 100);
 * Iterative.Solution s = Iterative.cg(x -> k.apply(x).add(d.multiply(x)), b);     // (K + diag(d)) x = b
 * System.out.println(s.converged() + " after " + s.iterations() + ": " + s.residual());
 * }</pre>
 *
 * <p><b>Right-hand sides</b>: [N], [N, cols] or [..., N, cols], float32, float64 or complex; every column is a system of
 * its own with its own steps, and stays as it is once it has converged. The operator gets tensors of b's shape.
 *
 * <p><b>Waiting.</b> Steps wait for no device: {@link Stop#every} says after how many of them the host asks whether all
 * columns have converged; with 0 it never asks, all {@link Stop#most} steps are run, and a graph can record them.
 *
 * <p><b>Gradients</b> by the implicit function: {@code G_b = A^-1 G}, by the same solver, and to whatever the operator is
 * made of, to any order. The operator runs again in the backward; what it uses must still be open then.
 *
 * <p>Cost of a step: one product, and about 12 passes over vectors; memory for 5 (cg) or 9 (minres) of them.
 */
public final class Iterative {
    private static final int EVERY = 8;

    private Iterative() {}

    /**
     * When to stop.
     *
     * @param tolerance the residual's norm at which a column has converged, relative to that of b
     * @param most the most steps
     * @param every after how many steps the host waits and asks whether all columns have converged; 0: never
     */
    public record Stop(double tolerance, int most, int every) {
        /**
         * Checks the numbers.
         *
         * @param tolerance at least 0
         * @param most at least 0
         * @param every at least 0
         */
        public Stop {
            if (!(tolerance >= 0) || most < 0 || every < 0) {
                throw new TensorException("Stop: tolerance " + tolerance + ", at most " + most + " steps, asking every "
                        + every + "; none may be negative or NaN");
            }
        }

        /**
         * {@return a stop at this tolerance, asking every 8 steps}
         *
         * @param tolerance relative to the norm of b
         * @param most the most steps
         */
        public static Stop at(double tolerance, int most) {
            return new Stop(tolerance, most, EVERY);
        }

        /** {@return epsilon^(2/3), and at most 10 N steps} */
        static Stop of(Tensor b) {
            long n = b.rank() == 0 ? 1 : b.shape().at(b.rank() == 1 ? 0 : -2);
            return at(Math.cbrt(b.dtype().epsilon() * b.dtype().epsilon()), (int) Math.min(10 * n, Integer.MAX_VALUE));
        }
    }

    /**
     * What a solver found, all on the device.
     *
     * @param x the solution, of the shape of b
     * @param residual {@code |b - A x| / |b|} of each column, computed anew: [], [cols] or [..., cols]; real
     * @param iterations the steps that changed the column, int32, as residual
     * @param converged bool, as residual: whether it is at most twice the tolerance (rounding moves it away from that of
     *     the steps)
     */
    public record Solution(Tensor x, Tensor residual, Tensor iterations, Tensor converged) implements AutoCloseable {
        @Override
        public void close() {
            x.close();
            residual.close();
            iterations.close();
            converged.close();
        }
    }

    /**
     * {@return x with {@code A x = b} by conjugate gradients, to epsilon^(2/3) in at most 10 N steps}
     *
     * @param a the product with a Hermitian positive definite matrix
     * @param b [N], [N, cols] or [..., N, cols]
     * @throws ShapeException if b is a scalar, or a gives another shape
     * @throws DTypeException if b is neither float32, float64 nor complex, or a gives another dtype
     */
    public static Solution cg(UnaryOperator<Tensor> a, Tensor b) {
        return cg(a, UnaryOperator.identity(), b, Stop.of(b));
    }

    /**
     * {@return x with {@code A x = b} by preconditioned conjugate gradients} A column for which {@code x^H A x} is not
     * positive, so that A is not positive definite, stops unconverged; {@link #minres} solves such systems.
     *
     * @param a the product with a Hermitian positive definite matrix
     * @param preconditioner the product with such a matrix near the inverse of A
     * @param b [N], [N, cols] or [..., N, cols]
     * @param stop when to stop
     * @throws ShapeException if b is a scalar, or a or the preconditioner gives another shape
     * @throws DTypeException if b is neither float32, float64 nor complex, or a gives another dtype
     */
    // M. Hestenes, E. Stiefel: Methods of conjugate gradients for solving linear systems (1952).
    public static Solution cg(UnaryOperator<Tensor> a, UnaryOperator<Tensor> preconditioner, Tensor b, Stop stop) {
        return solved("cg", a, preconditioner, b, stop);
    }

    /**
     * {@return x with {@code A x = b} by minimal residuals, to epsilon^(2/3) in at most 10 N steps}
     *
     * @param a the product with a Hermitian matrix, definite or not
     * @param b [N], [N, cols] or [..., N, cols]
     * @throws ShapeException if b is a scalar, or a gives another shape
     * @throws DTypeException if b is neither float32, float64 nor complex, or a gives another dtype
     */
    public static Solution minres(UnaryOperator<Tensor> a, Tensor b) {
        return minres(a, UnaryOperator.identity(), b, Stop.of(b));
    }

    /**
     * {@return x with {@code A x = b} by preconditioned minimal residuals} Steps stop by the residual's norm in the
     * preconditioner, which {@code residual} is not.
     *
     * @param a the product with a Hermitian matrix, definite or not
     * @param preconditioner the product with a Hermitian positive definite matrix near the inverse of |A|
     * @param b [N], [N, cols] or [..., N, cols]
     * @param stop when to stop
     * @throws ShapeException if b is a scalar, or a or the preconditioner gives another shape
     * @throws DTypeException if b is neither float32, float64 nor complex, or a gives another dtype
     */
    // C. Paige, M. Saunders: Solution of sparse indefinite systems of linear equations (1975); H. Elman, D. Silvester,
    // A. Wathen: Finite elements and fast iterative solvers (2014), algorithm 4.1.
    public static Solution minres(UnaryOperator<Tensor> a, UnaryOperator<Tensor> preconditioner, Tensor b, Stop stop) {
        return solved("minres", a, preconditioner, b, stop);
    }

    /**
     * What {@link #lobpcg} found.
     *
     * @param w the eigenvalues [k], real: the least first, or the largest
     * @param v the eigenvectors [N, k], orthonormal columns; they have no gradient
     * @param residual {@code |A v - w v|} of each, [k]; real
     * @param iterations the steps
     */
    public record Eigenpairs(Tensor w, Tensor v, Tensor residual, int iterations) implements AutoCloseable {
        @Override
        public void close() {
            w.close();
            v.close();
            residual.close();
        }
    }

    /**
     * {@return the least or the largest few eigenvalues and their eigenvectors, by the locally optimal block
     * preconditioned conjugate gradient method} Stops when all residuals are below the tolerance times the largest
     * |eigenvalue| seen. Equal eigenvalues, start vectors that depend on each other, and vectors found early do no harm.
     * Below 4 k rows the matrix is formed instead. Gradient: of eigenvalues, {@code v^H dA v}, first order. Cost of a step:
     * k products, QR of [N, 3 k] and GEMMs of some {@code 30 N k^2} flops; memory for 12 k vectors. Waits for the device
     * in each step.
     *
     * @param a the product with a Hermitian matrix
     * @param preconditioner the product with a Hermitian positive definite matrix near the inverse of A (for the least), or
     *     the identity
     * @param start k start vectors, [N, k]: random ones will do
     * @param largest whether the largest are wanted
     * @param stop when to stop
     * @throws ShapeException if start is not a matrix with at most as many columns as rows
     * @throws DTypeException if start is neither float32, float64 nor complex
     * @throws kron4j.LinalgException if products contain NaN or infinities
     */
    public static Eigenpairs lobpcg(
            UnaryOperator<Tensor> a, UnaryOperator<Tensor> preconditioner, Tensor start, boolean largest, Stop stop) {
        try (TensorScope scope = start.device().openScope()) {
            Lobpcg.Found found = Lobpcg.search(a, preconditioner, start, largest, stop);
            Tensor image = checked("lobpcg", a, found.v());
            boolean tracked = Tape.records(image);
            Tensor forms =
                    ComplexNumbers.real(Reduce.sum(Elementwise.multiply(ComplexNumbers.conj(found.v()), image), 0));
            Tensor w = Tape.record(
                    "lobpcg",
                    found.w().viewAs(found.w().layout()),
                    r -> r.gradient(forms, g -> {
                        if (tracked && Tape.isRecording()) {
                            throw new GradientException(
                                    "gradient of lobpcg: it has no gradient itself; use Linalg.eigh with a matrix");
                        }
                        return g;
                    }),
                    forms);
            Tensor residual = NoGrad.of(() -> Reduce.norm(
                    Elementwise.subtract(
                            image.detach(), Elementwise.multiply(found.v(), Matrices.like(found.v(), found.w()))),
                    0));
            return new Eigenpairs(scope.keep(w), scope.keep(found.v()), scope.keep(residual), found.iterations());
        }
    }

    /**
     * {@return the least or the largest few eigenvalues and their eigenvectors, to residuals of epsilon^(2/3) in at most
     * 1000 steps}
     *
     * @param a the product with a Hermitian matrix
     * @param start k start vectors, [N, k]: random ones will do
     * @param largest whether the largest are wanted
     * @throws ShapeException if start is not a matrix with at most as many columns as rows
     * @throws DTypeException if start is neither float32, float64 nor complex
     * @throws kron4j.LinalgException if products contain NaN or infinities
     */
    public static Eigenpairs lobpcg(UnaryOperator<Tensor> a, Tensor start, boolean largest) {
        double eps = start.dtype().isFloating() || start.dtype().isComplex()
                ? start.dtype().epsilon()
                : 0;
        return lobpcg(a, UnaryOperator.identity(), start, largest, new Stop(Math.cbrt(eps * eps), 1000, 1));
    }

    private static Solution solved(
            String operation, UnaryOperator<Tensor> a, UnaryOperator<Tensor> m, Tensor b, Stop stop) {
        Operands.requireFactorable(operation, b);
        if (b.rank() == 0) {
            throw new ShapeException(operation + ": b is a scalar; expected a vector or a matrix");
        }
        try (TensorScope scope = b.device().openScope()) {
            Found found = NoGrad.of(() -> search(operation, a, m, b, stop));
            Tensor image = checked(operation, a, found.x);
            Tensor x = Tape.record(
                    operation,
                    found.x.viewAs(found.x.layout()),
                    r -> r.solution(
                            b,
                            new Tensor[0],
                            (y, none) -> checked(operation, a, y),
                            (g, none) -> solved(operation, a, m, g, stop).x()),
                    b,
                    image);
            return NoGrad.of(() -> {
                int axis = rows(b);
                Tensor rest = Elementwise.subtract(b, image);
                Tensor norm = Reduce.norm(b, axis);
                Tensor scale = Elementwise.where(Elementwise.greater(norm, 0.0), norm, 1.0);
                Tensor residual = Elementwise.divide(Reduce.norm(rest, axis), scale);
                Tensor converged = Elementwise.lessEqual(residual, 2 * stop.tolerance);
                Tensor iterations = found.iterations.squeeze(axis).copy();
                return new Solution(scope.keep(x), scope.keep(residual), scope.keep(iterations), scope.keep(converged));
            });
        }
    }

    /** What the steps found, of the current scope; iterations with the axis of rows, of size 1. */
    private record Found(Tensor x, Tensor iterations) {}

    private static Found search(
            String operation, UnaryOperator<Tensor> a, UnaryOperator<Tensor> m, Tensor b, Stop stop) {
        // Columns of norm 1, so that no square over- or underflows.
        Tensor norm = Reduce.norm(b, 2, true, rows(b));
        Tensor scale = Elementwise.where(Elementwise.greater(norm, 0.0), norm, 1.0);
        Tensor unit = Elementwise.divide(b, Matrices.like(b, scale));
        Steps steps = operation.equals("cg")
                ? new ConjugateGradients(a, m, unit, stop)
                : new MinimalResiduals(a, m, unit, stop);
        for (int k = 0; k < stop.most; k++) {
            if (stop.every > 0 && k > 0 && k % stop.every == 0 && !anyOf(steps.active)) {
                break;
            }
            try (TensorScope scope = b.device().openScope()) {
                steps.next();
            }
        }
        Operands.update(BinaryOp.MULTIPLY, steps.x, Matrices.like(b, scale));
        return new Found(steps.x, steps.count);
    }

    private static boolean anyOf(Tensor active) {
        try (Tensor some = Reduce.any(active)) {
            return some.toBooleanArray()[0];
        }
    }

    private static int rows(Tensor b) {
        return b.rank() == 1 ? 0 : -2;
    }

    static Tensor checked(String operation, UnaryOperator<Tensor> function, Tensor x) {
        Tensor y = function.apply(x);
        if (!y.shape().equals(x.shape())) {
            throw new ShapeException(
                    operation + ": the operator made shape " + y.shape() + " of x of shape " + x.shape());
        }
        if (y.dtype() != x.dtype()) {
            throw new DTypeException(operation + ": the operator made " + y.dtype() + " of x, which is " + x.dtype()
                    + "; convert the operator or b with to(DType)");
        }
        return y;
    }

    /** The vectors and numbers of a method between its steps; numbers have an axis of rows of size 1, and are real. */
    private abstract static class Steps {
        final Tensor x;
        final Tensor count;
        final Tensor active;
        private final String operation;
        private final UnaryOperator<Tensor> a;
        private final UnaryOperator<Tensor> m;
        private final int axis;

        Steps(String operation, UnaryOperator<Tensor> a, UnaryOperator<Tensor> m, Tensor b) {
            this.operation = operation;
            this.a = a;
            this.m = m;
            this.axis = rows(b);
            Shape numbers = b.shape().with(axis, 1);
            this.x = Creation.zerosLike(b);
            this.count = Operands.empty(b, DType.INT32, numbers);
            count.device().backend().fill(0L, count.view());
            this.active = Operands.empty(b, DType.BOOL, numbers);
        }

        /** One step. */
        abstract void next();

        final Tensor product(Tensor v) {
            return checked(operation, a, v);
        }

        final Tensor preconditioned(Tensor v) {
            return checked(operation, m, v);
        }

        /** The real part of {@code v^H w}. */
        final Tensor inner(Tensor v, Tensor w) {
            Tensor products = Elementwise.multiply(ComplexNumbers.conj(v), w);
            return ComplexNumbers.real(Reduce.sum(products, true, axis));
        }

        /** Sets {@code target = target + factor v}. */
        static void add(Tensor target, Tensor factor, Tensor v) {
            Operands.update(BinaryOp.ADD, target, scaled(v, factor));
        }

        static Tensor scaled(Tensor v, Tensor factor) {
            return Elementwise.multiply(v, Matrices.like(v, factor));
        }

        static void set(Tensor target, Tensor value) {
            target.device().backend().copy(value.view(), target.view());
        }

        /** {@code value} in columns that are active, else {@code other}. */
        final Tensor whereActive(Tensor value, double other) {
            return Elementwise.where(active, value, other);
        }

        /** 1 for 0, so that columns at their end stay finite. */
        static Tensor divisor(Tensor t) {
            return Elementwise.where(Elementwise.equal(t, 0.0), 1.0, t);
        }

        final void counted() {
            Operands.update(BinaryOp.ADD, count, active.to(DType.INT32));
        }
    }

    private static final class ConjugateGradients extends Steps {
        private final Tensor r;
        private final Tensor p;
        private final Tensor rho;
        private final double enough;

        ConjugateGradients(UnaryOperator<Tensor> a, UnaryOperator<Tensor> m, Tensor b, Stop stop) {
            super("cg", a, m, b);
            this.enough = stop.tolerance * stop.tolerance;
            this.r = b.copy();
            this.p = preconditioned(r).copy();
            this.rho = inner(r, p).contiguous();
            set(active, Elementwise.greater(inner(r, r), enough));
        }

        @Override
        void next() {
            Tensor q = product(p);
            Tensor curvature = inner(p, q);
            set(active, Elementwise.logicalAnd(active, Elementwise.greater(curvature, 0.0)));
            Tensor alpha = whereActive(Elementwise.divide(rho, curvature), 0);
            add(x, alpha, p);
            add(r, Elementwise.negative(alpha), q);
            Tensor z = preconditioned(r);
            Tensor next = inner(r, z);
            Tensor beta = whereActive(Elementwise.divide(next, rho), 0);
            set(p, Elementwise.add(z, scaled(p, beta)));
            set(rho, next);
            counted();
            set(active, Elementwise.logicalAnd(active, Elementwise.greater(inner(r, r), enough)));
        }
    }

    private static Tensor hypotenuse(Tensor a, Tensor b) {
        return Elementwise.sqrt(Elementwise.add(Elementwise.square(a), Elementwise.square(b)));
    }

    private static final class MinimalResiduals extends Steps {
        /** Lanczos vectors v and z = M v of this step, v of the last one, and the two last directions. */
        private final Tensor v;

        private final Tensor z;
        private final Tensor before;
        private final Tensor w;
        private final Tensor wBefore;
        /** The greatest number of the tridiagonal matrix so far. */
        private final Tensor size;

        private final Tensor gamma;
        private final Tensor gammaBefore;
        private final Tensor eta;
        private final Tensor enough;
        private final Tensor c;
        private final Tensor cBefore;
        private final Tensor s;
        private final Tensor sBefore;

        MinimalResiduals(UnaryOperator<Tensor> a, UnaryOperator<Tensor> m, Tensor b, Stop stop) {
            super("minres", a, m, b);
            this.v = b.copy();
            this.z = preconditioned(v).copy();
            this.before = Creation.zerosLike(b);
            this.w = Creation.zerosLike(b);
            this.wBefore = Creation.zerosLike(b);
            this.gamma = Elementwise.sqrt(inner(z, v));
            this.gammaBefore = Creation.onesLike(gamma);
            this.size = Creation.zerosLike(gamma);
            this.eta = gamma.copy();
            this.enough = Elementwise.multiply(gamma, stop.tolerance);
            this.c = Creation.onesLike(gamma);
            this.cBefore = Creation.onesLike(gamma);
            this.s = Creation.zerosLike(gamma);
            this.sBefore = Creation.zerosLike(gamma);
            set(active, Elementwise.greater(gamma, enough));
        }

        @Override
        void next() {
            Tensor divisor = divisor(gamma);
            Tensor unit = scaled(z, Elementwise.reciprocal(divisor));
            Tensor image = product(unit);
            Tensor delta = inner(image, unit);
            Tensor next = image.copy();
            add(next, Elementwise.negative(Elementwise.divide(delta, divisor)), v);
            add(next, Elementwise.negative(Elementwise.divide(gamma, gammaBefore)), before);
            Tensor nextZ = preconditioned(next);
            Tensor nextGamma = Elementwise.sqrt(Elementwise.maximum(inner(nextZ, next), 0.0));

            // The next column of the tridiagonal matrix, turned by the last two rotations and by a new one.
            Tensor turned = Elementwise.multiply(cBefore, gamma);
            Tensor a0 = Elementwise.subtract(Elementwise.multiply(c, delta), Elementwise.multiply(s, turned));
            Tensor column = hypotenuse(a0, nextGamma);
            set(size, Elementwise.maximum(size, hypotenuse(delta, nextGamma)));
            // A column of rounding errors: the system is singular, and nothing is left that x could gain.
            Tensor regular = Elementwise.greater(
                    column, Elementwise.multiply(size, 64 * x.dtype().epsilon()));
            set(active, Elementwise.logicalAnd(active, regular));
            Tensor a1 = Elementwise.where(regular, column, 1.0);
            Tensor a2 = Elementwise.add(Elementwise.multiply(s, delta), Elementwise.multiply(c, turned));
            Tensor a3 = Elementwise.multiply(sBefore, gamma);
            Tensor cosine = Elementwise.divide(a0, a1);
            Tensor sine = Elementwise.divide(nextGamma, a1);
            Tensor direction = unit.copy();
            add(direction, Elementwise.negative(a3), wBefore);
            add(direction, Elementwise.negative(a2), w);
            direction = scaled(direction, Elementwise.reciprocal(a1));
            add(x, whereActive(Elementwise.multiply(cosine, eta), 0), direction);

            set(before, v);
            set(v, next);
            set(z, nextZ);
            set(wBefore, w);
            set(w, direction);
            set(gammaBefore, divisor);
            set(gamma, nextGamma);
            set(cBefore, c);
            set(c, cosine);
            set(sBefore, s);
            set(s, sine);
            set(eta, Elementwise.multiply(Elementwise.negative(sine), eta));
            counted();
            set(active, Elementwise.logicalAnd(active, Elementwise.greater(Elementwise.abs(eta), enough)));
        }
    }
}
