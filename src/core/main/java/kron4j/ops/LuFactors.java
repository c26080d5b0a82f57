package kron4j.ops;

import static kron4j.ops.MatMul.Form.ADJOINT;
import static kron4j.ops.MatMul.Form.CONJUGATED;
import static kron4j.ops.MatMul.Form.PLAIN;
import static kron4j.ops.MatMul.Form.TRANSPOSED;

import java.util.Optional;
import kron4j.DType;
import kron4j.Shape;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.autograd.Tape;
import kron4j.backend.Backend;
import kron4j.backend.LinalgBackend;
import kron4j.backend.View;
import kron4j.ops.Linalg.SignLog;

/**
 * LU factors of a batch of square or rectangular matrices, A = P L U, made once by {@link Linalg#luFactor} and used for
 * any number of solves, determinants and inverses.
 *
 * <pre>{@code
 * try (LuFactors lu = Linalg.luFactor(a)) {          // a of shape [..., n, n]
 *     Tensor x = lu.solve(b);
 *     Tensor y = lu.solveTransposed(b);
 *     Tensor logAbs = lu.slogdet().logAbs();
 * }
 * }</pre>
 *
 * <p>Holds three tensors of the scope that was open when it was made; {@link #close} frees them early. Gradients of
 * solves, determinants and inverses flow to A as those of {@link Linalg} do, and reuse the factors; none flows through
 * {@link #lu} (use {@link Linalg#lu}).
 */
public final class LuFactors implements AutoCloseable {
    private final Tensor packed;
    private final Tensor pivots;
    private final Tensor info;
    /** Whether the factors are those of A^T: for internal use, where the row-major buffer is factored as it lies. */
    private final boolean ofTranspose;
    /** A, if gradients flow to it. */
    private final Optional<Tensor> source;

    private LuFactors(Tensor packed, Tensor pivots, Tensor info, boolean ofTranspose, Optional<Tensor> source) {
        this.packed = packed;
        this.pivots = pivots;
        this.info = info;
        this.ofTranspose = ofTranspose;
        this.source = source;
    }

    /**
     * Factors A itself.
     *
     * @param a [..., m, n]
     * @return packed factors of the current scope
     */
    static LuFactors of(Tensor a) {
        try (Tensor plain = a.detach()) {
            return factored(Matrices.columnMajor(plain), false, a);
        }
    }

    /**
     * Factors A or A^T, whichever lies in memory column by column.
     *
     * @param a [..., m, n]
     * @return packed factors of the current scope
     */
    static LuFactors ofEither(Tensor a) {
        if (Matrices.isColumnMajor(a)) {
            return of(a);
        }
        try (Tensor plain = a.detach()) {
            return factored(Matrices.transposeOfCopy(plain), true, a);
        }
    }

    private static LuFactors factored(Tensor work, boolean ofTranspose, Tensor a) {
        Shape shape = work.shape();
        long steps = Math.min(shape.at(-2), shape.at(-1));
        Tensor pivots = Operands.empty(work, DType.INT32, Matrices.batch(work).concat(Shape.of(steps)));
        Optional<Tensor> source = Tape.records(a) ? Optional.of(a.viewAs(a.layout())) : Optional.empty();
        LuFactors result = new LuFactors(work, pivots, Matrices.infoFor(work), ofTranspose, source);
        try {
            backend(work).lu(work.view(), pivots.view(), result.info.view());
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    /** Collects the tensors that gradient functions need. */
    private Tensor[] saved(Tensor... more) {
        Tensor[] all = new Tensor[4 + more.length];
        all[0] = packed;
        all[1] = pivots;
        all[2] = info;
        all[3] = source.orElse(info);
        System.arraycopy(more, 0, all, 4, more.length);
        return all;
    }

    /** Rebuilds the factors from {@link #saved}. */
    private static LuFactors of(Tensor[] saved, boolean ofTranspose) {
        return new LuFactors(
                saved[0],
                saved[1],
                saved[2],
                ofTranspose,
                saved[3] == saved[2] ? Optional.empty() : Optional.of(saved[3]));
    }

    private static LinalgBackend backend(Tensor a) {
        return Matrices.backend(a);
    }

    /** {@return L below the diagonal (its unit diagonal is not stored) and U on and above it: [..., m, n]} */
    public Tensor lu() {
        return packed;
    }

    /**
     * {@return LAPACK's ipiv, int32 [..., min(m, n)]: row i was exchanged with row {@code pivots[i]}, counted from 1}
     */
    public Tensor pivots() {
        return pivots;
    }

    /**
     * {@return for each matrix 0, or the 1-based index of the first zero pivot; int32 [...]} Reading it waits for the
     * device, as the checks of {@link #solve} and {@link #inverse} do.
     */
    public Tensor info() {
        return info;
    }

    /** {@return the row order as indices, int64 [..., m]: {@code A[permutation] = L U}} */
    public Tensor permutation() {
        Shape shape = Matrices.batch(packed).concat(Shape.of(packed.shape().at(-2)));
        Tensor result = Operands.empty(packed, DType.INT64, shape);
        backend(packed).permutation(pivots.view(), result.view());
        return result;
    }

    /**
     * Solves A X = B as {@link Linalg#solve}, without a new factorisation.
     *
     * @param b [..., m, k] or, if its rank is 1, [m]; batches broadcast
     * @return X, of the shape of b with the broadcast batch
     * @throws SingularMatrixException naming the first matrix with a zero pivot
     */
    public Tensor solve(Tensor b) {
        return solve("LuFactors.solve", b, false);
    }

    /**
     * Solves A^T X = B, otherwise as {@link #solve(Tensor)}.
     *
     * @param b [..., m, k] or, if its rank is 1, [m]; batches broadcast
     * @return X, of the shape of b with the broadcast batch
     * @throws SingularMatrixException naming the first matrix with a zero pivot
     */
    public Tensor solveTransposed(Tensor b) {
        return solve("LuFactors.solveTransposed", b, true);
    }

    private Tensor solve(String operation, Tensor b, boolean transposed) {
        Solvers.checkRightHandSide(operation, packed, b);
        requireRegular(operation, "luFactor(a).info()");
        return solveUnchecked(operation, b, transposed);
    }

    /**
     * {@return the determinant; see {@link Linalg#det}}
     *
     * @throws kron4j.ShapeException if the matrices are not square
     */
    public Tensor det() {
        Matrices.requireSquare("LuFactors.det", packed);
        Tensor det = Operands.empty(packed, packed.dtype(), Matrices.batch(packed));
        backend(packed).luDet(packed.view(), pivots.view(), det.view());
        source.ifPresent(a -> Determinants.recordDet(det, a));
        return det;
    }

    /**
     * {@return sign and log|det A|; see {@link Linalg#slogdet(Tensor)}}
     *
     * @throws kron4j.ShapeException if the matrices are not square
     */
    public SignLog slogdet() {
        return slogdet("LuFactors.slogdet", true);
    }

    /**
     * Computes sign and log|det A|.
     *
     * @param operation the name for exceptions and the tape
     * @param strict whether a gradient at a singular matrix throws
     * @return both, of the batch's shape
     */
    SignLog slogdet(String operation, boolean strict) {
        Matrices.requireSquare(operation, packed);
        SignLog result = SignLog.emptyFor(packed);
        backend(packed)
                .luSlogdet(
                        packed.view(),
                        pivots.view(),
                        result.sign().view(),
                        result.logAbs().view());
        source.ifPresent(a -> {
            Tensor sign = result.sign();
            if (sign.dtype().isComplex()) {
                Tape.record(
                        operation,
                        new Tensor[] {sign, result.logAbs()},
                        r ->
                                r.gradients(new Tensor[] {a}, saved(sign), (g, s) -> new Tensor[] {
                                    of(s, ofTranspose).slope(operation, strict, Determinants.slope(g, s[4]))
                                }),
                        a);
            } else {
                Tape.record(
                        operation,
                        result.logAbs(),
                        r -> r.gradient(a, saved(), (g, s) -> of(s, ofTranspose).slope(operation, strict, g)),
                        a);
            }
        });
        return result;
    }

    /** {@code g * A^-H}. */
    Tensor slope(String operation, boolean strict, Tensor g) {
        if (strict) {
            Matrices.requireClean(
                    "gradient of " + operation,
                    packed,
                    info,
                    (where, pivot) -> new SingularMatrixException(where + " is singular (pivot " + (pivot - 1)
                            + " is zero), where log|det| has no gradient; use slogdetEx to get infinities or NaN"));
        }
        Tensor weights = g.unsqueeze(-1).unsqueeze(-1);
        Tensor inverse = ComplexNumbers.conj(inverseAsItLies());
        return ofTranspose // either way row by row
                ? Elementwise.multiply(weights, inverse).transpose(-2, -1)
                : Elementwise.multiply(weights, inverse.transpose(-2, -1));
    }

    /**
     * {@return the inverse; see {@link Linalg#inverse}}
     *
     * @throws SingularMatrixException naming the first matrix with a zero pivot
     * @throws kron4j.ShapeException if the matrices are not square
     */
    public Tensor inverse() {
        Matrices.requireSquare("LuFactors.inverse", packed);
        requireRegular("LuFactors.inverse", "luFactor(a).info()");
        return inverseUnchecked();
    }

    Tensor inverseUnchecked() {
        try (Tensor inverse = inverseAsItLies()) {
            return inverse.contiguous();
        }
    }

    /** The inverse as a row-major matrix if the factors are those of A^T, else as a column-major one. */
    private Tensor inverseAsItLies() {
        Tensor columns = Matrices.emptyColumnMajor(packed, packed.shape());
        backend(packed).luInverse(packed.view(), pivots.view(), columns.view());
        if (!ofTranspose) {
            return recordInverse(columns);
        }
        try (columns) {
            return recordInverse(columns.transpose(-2, -1));
        }
    }

    private Tensor recordInverse(Tensor inverse) {
        source.ifPresent(a -> Tape.record("inverse", inverse, r -> r.gradient(a, inverse, LuFactors::inverseSlope), a));
        return inverse;
    }

    /** {@code -Y^H G Y^H} for Y = A^-1. */
    private static Tensor inverseSlope(Tensor g, Tensor y) {
        return Elementwise.negative(MatMul.matmul(MatMul.matmul(y, ADJOINT, g, PLAIN), PLAIN, y, ADJOINT));
    }

    /**
     * Solves with shapes that were checked before; for singular matrices the result is infinite or NaN.
     *
     * @param operation the name for the tape
     * @param b [..., m, k] or, if its rank is 1, [m]
     * @param transposed whether to solve A^T X = B
     * @return X, row-major
     */
    Tensor solveUnchecked(String operation, Tensor b, boolean transposed) {
        if (b.rank() == 1) {
            try (Tensor column = b.unsqueeze(1);
                    Tensor x = solveUnchecked(operation, column, transposed)) {
                return x.squeeze(-1);
            }
        }
        Tensor x = solved(operation, b, transposed);
        if (source.isEmpty()) {
            return Tape.record(
                    operation,
                    x,
                    r -> r.gradient(b, saved(), (g, s) -> of(s, ofTranspose).solveAdjoint(operation, g, transposed)),
                    b);
        }
        Tensor a = source.get();
        return Tape.record(
                operation,
                x,
                r -> r.gradients(new Tensor[] {b, a}, saved(x), (g, s) -> {
                    Tensor right = of(s, ofTranspose).solveAdjoint(operation, g[0], transposed);
                    Tensor outer = transposed
                            ? MatMul.matmul(s[4], CONJUGATED, right, TRANSPOSED)
                            : MatMul.matmul(right, PLAIN, s[4], ADJOINT);
                    return new Tensor[] {right, Elementwise.negative(outer)};
                }),
                b,
                a);
    }

    /** Solves op(A)^H X = B. */
    private Tensor solveAdjoint(String operation, Tensor b, boolean transposed) {
        return ComplexNumbers.conj(solveUnchecked(operation, ComplexNumbers.conj(b), !transposed));
    }

    private Tensor solved(String operation, Tensor b, boolean transposed) {
        Shape batch = Shape.broadcast(operation, Matrices.batch(packed), Matrices.batch(b));
        Shape core = b.shape().slice(b.rank() - 2, b.rank());
        try (Tensor plain = b.detach();
                Tensor right = plain.viewAs(plain.layout().expand(batch.concat(core)));
                Tensor x = Matrices.columnMajor(right)) {
            View lu = packed.view()
                    .with(packed.layout().expand(batch.concat(packed.shape().slice(packed.rank() - 2, packed.rank()))));
            View rows = pivots.view()
                    .with(pivots.layout()
                            .expand(batch.concat(Shape.of(pivots.shape().at(-1)))));
            backend(packed).luSolve(lu, rows, transposed != ofTranspose, x.view());
            return x.contiguous();
        }
    }

    void requireRegular(String operation, String instead) {
        Matrices.requireClean(operation, packed, info, (where, pivot) -> Solvers.singular(where, pivot, instead));
    }

    Linalg.Lu unpack() {
        long m = packed.shape().at(-2);
        long n = packed.shape().at(-1);
        long k = Math.min(m, n);
        try (Tensor left = packed.slice(-1, 0, k);
                Tensor top = packed.slice(-2, 0, k)) {
            Tensor p = permutationMatrix();
            Tensor l = Indexing.tril(left, -1);
            Matrices.fillDiagonal(l, 1);
            Tensor u = Indexing.triu(top, 0);
            source.ifPresent(a -> Tape.record(
                    "lu",
                    new Tensor[] {l, u},
                    r -> r.gradients(new Tensor[] {a}, new Tensor[] {p, l, u}, LuFactors::unpackedSlope),
                    a));
            return new Linalg.Lu(p, l, u);
        }
    }

    /**
     * With {@code A = P [L1; L2] [U1 U2]}, the square parts first, dL and dU are triangles of one matrix N: {@code L1^-1 dL1 = tril(N, -1)},
     * {@code dU1 U1^-1 = triu(N)}.
     */
    // F. de Hoog, R. Anderssen, M. Lukas: Differentiation of matrix functionals using triangular factorization (2011).
    private static Tensor[] unpackedSlope(Tensor[] g, Tensor[] saved) {
        Tensor p = saved[0];
        Tensor l = saved[1];
        Tensor u = saved[2];
        long m = l.shape().at(-2);
        long n = u.shape().at(-1);
        long k = Math.min(m, n);
        Tensor gl = g[0] == null ? Creation.zerosLike(l) : g[0];
        Tensor gu = g[1] == null ? Creation.zerosLike(u) : g[1];
        Tensor l1 = l.slice(-2, 0, k);
        Tensor u1 = u.slice(-1, 0, k);
        Tensor lower = MatMul.matmul(l1, ADJOINT, gl.slice(-2, 0, k), PLAIN);
        Tensor upper = MatMul.matmul(gu.slice(-1, 0, k), PLAIN, u1, ADJOINT);
        if (n > m) {
            lower = Elementwise.subtract(lower, MatMul.matmul(gu.slice(-1, k, n), PLAIN, u.slice(-1, k, n), ADJOINT));
        }
        if (m > n) {
            upper = Elementwise.subtract(upper, MatMul.matmul(l.slice(-2, k, m), ADJOINT, gl.slice(-2, k, m), PLAIN));
        }
        Tensor inner = Elementwise.add(Indexing.tril(lower, -1), Indexing.triu(upper, 0));
        Tensor rows = n > m ? inner : Solvers.adjointTriangular(l1, inner, false, true);
        Tensor right = ComplexNumbers.adjoint(Linalg.triangularSolve(
                u1, ComplexNumbers.adjoint(m > n ? Indexing.concat(-2, rows, gl.slice(-2, k, m)) : rows), true));
        if (n > m) {
            right = Solvers.adjointTriangular(l1, Indexing.concat(-1, right, gu.slice(-1, k, n)), false, true);
        }
        return new Tensor[] {MatMul.matmul(p, right)};
    }

    private Tensor permutationMatrix() {
        Shape batch = Matrices.batch(packed);
        long m = packed.shape().at(-2);
        try (Tensor order = permutation();
                Tensor rows = order.unsqueeze(-2);
                Tensor one = Tensor.make(
                        packed.device(),
                        packed.dtype(),
                        Shape.SCALAR,
                        out -> out.storage().backend().fill(1L, out))) {
            return Tensor.make(packed.device(), packed.dtype(), batch.concat(Shape.of(m, m)), out -> {
                Backend backend = out.storage().backend();
                backend.fill(0L, out);
                backend.addAlong(one.view().with(one.layout().expand(rows.shape())), batch.rank(), rows.view(), out);
            });
        }
    }

    @Override
    public void close() {
        packed.close();
        pivots.close();
        info.close();
        source.ifPresent(Tensor::close);
    }
}
