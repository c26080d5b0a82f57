package kron4j.ops;

import static kron4j.ops.MatMul.Form.ADJOINT;
import static kron4j.ops.MatMul.Form.PLAIN;

import kron4j.DType;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.View;
import kron4j.ops.Linalg.Qr;
import kron4j.ops.Linalg.Svd;

/**
 * Equations with more or fewer rows than unknowns, in the sense of least squares.
 *
 * <pre>{@code
 * LeastSquares.Solution fit = LeastSquares.lstsq(a, b);       // a [..., m, n], b [..., m, k] or [m]
 * System.out.println(fit.x() + " " + fit.rank());
 * Tensor x = LeastSquares.lstsqFullRank(a, b);                // by QR, at less cost
 * }</pre>
 *
 * <p>Operands: float32, float64, complex64 or complex128, any strides, never modified. Nothing waits for the device:
 * ranks stay on it, and matrices with NaN or infinities give NaN.
 */
public final class LeastSquares {
    private LeastSquares() {}

    /** What {@link #lstsq(Tensor, Tensor, double)} finds; safe for several threads. */
    public static final class Solution implements AutoCloseable {
        private final Tensor x;
        private final Tensor residuals;
        private final Tensor rank;
        private final Tensor singularValues;
        /** A matrix whose singular values {@link #singularValues} gets when they are asked for; null when it has them. */
        private Tensor triangle;

        private Solution(Tensor x, Tensor residuals, Tensor rank, Tensor singularValues, Tensor triangle) {
            this.x = x;
            this.residuals = residuals;
            this.rank = rank;
            this.singularValues = singularValues;
            this.triangle = triangle;
        }

        /** {@return the solution of least norm: [..., n, k], or [..., n] if b is a vector} */
        public Tensor x() {
            return x;
        }

        /**
         * {@return {@code |b - A x|^2} of each column, real: [..., k], or [...]} NumPy's are empty unless m &gt; n and the rank
         * is n; these are always there.
         */
        public Tensor residuals() {
            return residuals;
        }

        /** {@return how many singular values count: int64 [...], a's batch} */
        public Tensor rank() {
            return rank;
        }

        /**
         * {@return the singular values of a, descending and real: [..., min(m, n)]} Where the solution did not need them, the first
         * call finds them, those of an n x n triangle; they belong to the same scope as x.
         *
         * @throws kron4j.ClosedTensorException if the solution was closed before the first call
         */
        public synchronized Tensor singularValues() {
            if (triangle != null) {
                try (Tensor values = Decompositions.svdvalsOrNan("lstsq", triangle)) {
                    values.device().backend().copy(values.view(), singularValues.view());
                }
                triangle.close();
                triangle = null;
            }
            return singularValues;
        }

        @Override
        public synchronized void close() {
            x.close();
            residuals.close();
            rank.close();
            singularValues.close();
            if (triangle != null) {
                triangle.close();
            }
        }
    }

    /**
     * Minimises {@code |b - A x|}, and |x| among the minima; singular values up to max(m, n) * epsilon times the
     * largest count as 0. See {@link #lstsq(Tensor, Tensor, double)}.
     *
     * @param a [..., m, n]
     * @param b [..., m, k] or, if its rank is 1, [m]; batches broadcast
     * @return solution, residuals, rank and singular values
     */
    public static Solution lstsq(Tensor a, Tensor b) {
        return lstsq(a, b, Decompositions.defaultTolerance(a));
    }

    /**
     * Minimises {@code |b - A x|}, and |x| among the minima ({@code numpy.linalg.lstsq}), for matrices of any rank:
     * {@code x = A^+ b = V S^+ U^H b}. Gradient, where the rank is constant: of x through the pseudoinverse (Golub
     * and Pereyra 1973), of the residuals through x, of the singular values {@code U diag(g) V^H}; none of the rank.
     * Sync: none. Cost: about 20 m n^2, where QR tells the rank 2 m n^2; the gradient takes the pseudoinverse,
     * which the forward computes with it. Source: on the CPU, where no gradient is recorded, for m &gt;= n QR, and gelsd
     * of R if |R| |R^-1| does not prove full rank; for m &lt; n gelsd; else gesdd and gemm.
     *
     * @param a [..., m, n]; float32, float64, complex64 or complex128
     * @param b [..., m, k] or, if its rank is 1, [m]; the same dtype; batches broadcast
     * @param rcond singular values up to this times the largest count as 0; at least 0
     * @return solution, residuals, rank and singular values; of a matrix that is not finite NaN, and rank 0
     * @throws ShapeException if the rank of a is below 2, or b has not as many rows as a
     * @throws TensorException if rcond is negative or NaN
     */
    public static Solution lstsq(Tensor a, Tensor b, double rcond) {
        checkOperands("lstsq", a, b);
        if (!(rcond >= 0)) {
            throw new TensorException("lstsq: rcond is " + rcond + " for a of shape " + a.shape()
                    + "; it is relative to the largest singular value: give 0 or more");
        }
        boolean vector = b.rank() == 1;
        try (TensorScope scope = a.device().openScope()) {
            Tensor right = vector ? b.unsqueeze(-1) : b;
            if (rcond < 1 && suitsRoutine(a, right)) {
                return byRoutine(scope, vector, a, right, rcond);
            }
            Svd svd = Decompositions.svdOrNan("lstsq", a);
            Svd plain = new Svd(svd.u().detach(), svd.s().detach(), svd.vh().detach());
            Tensor counts = Decompositions.significant(plain.s(), rcond);
            Tensor x = solved(plain, counts, a, Tape.plain(right));
            if (Tape.records(a, right)) {
                Tensor reciprocals = Decompositions.reciprocals(plain.s(), counts);
                Tensor p = Decompositions.recordedPinv("lstsq", Decompositions.pinv(plain, reciprocals), a);
                Tape.record(
                        "lstsq",
                        x,
                        r -> r.gradients(new Tensor[] {a, right}, new Tensor[] {a, right, x, p}, LeastSquares::slope),
                        a,
                        right);
            }
            Tensor rank = Reduce.sum(counts.to(DType.INT64), -1);
            return solution(scope, vector, a, right, x, rank, svd.s(), null);
        }
    }

    private static Solution byRoutine(TensorScope scope, boolean vector, Tensor a, Tensor right, double rcond) {
        Shape batch = Matrices.batch(a);
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        Tensor s = Operands.empty(a, a.dtype().realPart(), batch.concat(Shape.of(Math.min(m, n))));
        Tensor triangle = m < n ? null : Matrices.emptyColumnMajor(a, batch.concat(Shape.of(n, n)));
        Tensor rank = Operands.empty(a, DType.INT32, batch);
        Tensor x = byRoutine(a, right, rcond, triangle == null ? s : triangle, rank);
        return solution(scope, vector, a, right, x, rank.to(DType.INT64), s, triangle);
    }

    private static Solution solution(
            TensorScope scope,
            boolean vector,
            Tensor a,
            Tensor right,
            Tensor x,
            Tensor rank,
            Tensor s,
            Tensor triangle) {
        Tensor residuals = squares(Elementwise.subtract(right, MatMul.matmul(a, x)));
        return new Solution(
                scope.keep(vector ? x.squeeze(-1) : x),
                scope.keep(vector ? residuals.squeeze(-1) : residuals),
                scope.keep(rank),
                scope.keep(s),
                triangle == null ? null : scope.keep(triangle));
    }

    /** Whether {@link #byRoutine} solves this, once for each matrix and without gradients. */
    private static boolean suitsRoutine(Tensor a, Tensor b) {
        Shape batch = Matrices.batch(a);
        return Matrices.backend(a).hasLeastSquares()
                && !Tape.records(a, b)
                && a.size() > 0
                && b.size() > 0
                && Shape.broadcast("lstsq", batch, Matrices.batch(b)).equals(batch);
    }

    private static Tensor byRoutine(Tensor a, Tensor b, double rcond, Tensor values, Tensor rank) {
        Shape batch = Matrices.batch(a);
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        long columns = b.shape().at(-1);
        Tensor both = Matrices.emptyColumnMajor(a, batch.concat(Shape.of(Math.max(m, n), columns)));
        Tensor right = b.expand(batch.concat(Shape.of(m, columns)).dims());
        a.device().backend().copy(right.view(), both.slice(-2, 0, m).view());
        View found = values == null ? null : values.view();
        View ranks = rank == null ? null : rank.view();
        Matrices.backend(a).leastSquares(Matrices.columnMajor(a).view(), both.view(), rcond, found, ranks);
        return both.slice(-2, 0, n).contiguous();
    }

    /** By divisions, since reciprocals of small singular values overflow. */
    private static Tensor solved(Svd svd, Tensor counts, Tensor a, Tensor b) {
        Tensor turned = MatMul.matmul(svd.u(), ADJOINT, b, PLAIN);
        Tensor divided = Elementwise.divide(turned, Matrices.like(a, svd.s()).unsqueeze(-1));
        Tensor scaled = Elementwise.where(counts.unsqueeze(-1), divided, 0);
        return MatMul.matmul(svd.vh(), ADJOINT, scaled, PLAIN);
    }

    /** Computes the sums of |z|^2 of each column. */
    private static Tensor squares(Tensor z) {
        if (!z.dtype().isComplex()) {
            return Reduce.sum(Elementwise.square(z), -2);
        }
        Tensor re = Elementwise.square(ComplexNumbers.real(z));
        return Reduce.sum(Elementwise.add(re, Elementwise.square(ComplexNumbers.imag(z))), -2);
    }

    /**
     * {@code -Z X^H + (B - A X) (P Z)^H + P^H X (G - P A G)^H} for A, and {@code Z = P^H G} for B, P being the
     * pseudoinverse.
     */
    // G. Golub, V. Pereyra: The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
    // separate (1973).
    private static Tensor[] slope(Tensor[] g, Tensor[] saved) {
        Tensor a = saved[0];
        Tensor x = saved[2];
        Tensor p = saved[3];
        Tensor z = MatMul.matmul(p, ADJOINT, g[0], PLAIN);
        Tensor residual = Elementwise.subtract(saved[1], MatMul.matmul(a, x));
        Tensor free = Elementwise.subtract(g[0], MatMul.matmul(p, MatMul.matmul(a, g[0])));
        Tensor inside = MatMul.matmul(residual, PLAIN, MatMul.matmul(p, z), ADJOINT);
        Tensor outside = MatMul.matmul(MatMul.matmul(p, ADJOINT, x, PLAIN), PLAIN, free, ADJOINT);
        Tensor along = MatMul.matmul(z, PLAIN, x, ADJOINT);
        return new Tensor[] {Elementwise.subtract(Elementwise.add(inside, outside), along), z};
    }

    /**
     * {@return the solution of least squares (m &gt;= n) or of least norm (m &lt; n) for matrices of full rank, by
     * QR: {@code R^-1 Q^H b} for A = Q R, {@code Q R^-H b} for A^H = Q R} Where the rank is not full, infinite, NaN
     * or far off: that is not looked at. Gradient: that of QR and the triangular solve. Sync: none. Cost: 2 m n^2, with
     * gradients 4 m n^2.
     * Source: on the CPU, where no gradient is recorded, gels, or geqrt, larfb and trsm; else geqrf, orgqr, trsm.
     *
     * @param a [..., m, n] of rank min(m, n); float32, float64, complex64 or complex128
     * @param b [..., m, k] or, if its rank is 1, [m]; the same dtype; batches broadcast
     * @throws ShapeException if the rank of a is below 2, or b has not as many rows as a
     */
    public static Tensor lstsqFullRank(Tensor a, Tensor b) {
        checkOperands("lstsqFullRank", a, b);
        try (TensorScope scope = a.device().openScope()) {
            Tensor right = b.rank() == 1 ? b.unsqueeze(-1) : b;
            if (suitsRoutine(a, right)) {
                Tensor x = byRoutine(a, right, 0, null, null);
                return scope.keep(b.rank() == 1 ? x.squeeze(-1) : x);
            }
            boolean tall = a.shape().at(-2) >= a.shape().at(-1);
            Qr qr = Linalg.qr(tall ? a : ComplexNumbers.adjoint(a));
            Tensor x = tall
                    ? Linalg.triangularSolve(qr.r(), MatMul.matmul(qr.q(), ADJOINT, right, PLAIN), true)
                    : MatMul.matmul(qr.q(), Solvers.adjointTriangular(qr.r(), right, true, false));
            return scope.keep(b.rank() == 1 ? x.squeeze(-1) : x);
        }
    }

    private static void checkOperands(String operation, Tensor a, Tensor b) {
        Matrices.requireMatrix(operation, a);
        Operands.sameDType(operation, a, b);
        Operands.sameDevice(operation, a, b);
        if (b.rank() == 0) {
            throw new ShapeException(
                    operation + ": b is a scalar; it needs " + a.shape().at(-2) + " rows as a has, shape " + a.shape());
        }
        long rows = b.shape().at(b.rank() == 1 ? 0 : -2);
        if (rows != a.shape().at(-2)) {
            throw new ShapeException(operation + ": a of shape " + a.shape() + " needs b with "
                    + a.shape().at(-2) + " rows, got shape " + b.shape() + " with " + rows
                    + "; b is a vector only if its rank is 1, else add an axis with unsqueeze(-1)");
        }
        if (b.rank() > 1) {
            Shape.broadcast(operation, Matrices.batch(a), Matrices.batch(b));
        }
    }
}
