package kron4j.ops;

import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.backend.BinaryOp;
import kron4j.backend.LinalgBackend;
import kron4j.backend.View;
import kron4j.ops.Linalg.SignLog;

/**
 * LU factors of a batch of square or rectangular matrices, P A = L U, made once by {@link Linalg#luFactor} and used for any number of solves,
 * determinants and inverses. Holds three tensors of the scope that was open then; {@link #close} frees them early.
 */
public final class LuFactors implements AutoCloseable {
    private final Tensor packed;
    private final Tensor pivots;
    private final Tensor info;
    /** Whether the factors are those of A^T: for internal use, where the row-major buffer is factored as it lies. */
    private final boolean ofTranspose;

    private LuFactors(Tensor packed, Tensor pivots, Tensor info, boolean ofTranspose) {
        this.packed = packed;
        this.pivots = pivots;
        this.info = info;
        this.ofTranspose = ofTranspose;
    }

    /** Factors of A itself. */
    static LuFactors of(Tensor a) {
        return factored(Matrices.columnMajor(a), false);
    }

    /** Factors of A or A^T, whichever lies in memory column by column. */
    static LuFactors ofEither(Tensor a) {
        return Matrices.isColumnMajor(a) ? of(a) : factored(Matrices.transposeOfCopy(a), true);
    }

    private static LuFactors factored(Tensor work, boolean ofTranspose) {
        Shape shape = work.shape();
        long steps = Math.min(shape.at(-2), shape.at(-1));
        Tensor pivots = Operands.empty(work, DType.INT32, Matrices.batch(work).concat(Shape.of(steps)));
        LuFactors result = new LuFactors(work, pivots, Matrices.infoFor(work), ofTranspose);
        try {
            backend(work).lu(work.view(), pivots.view(), result.info.view());
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    private static LinalgBackend backend(Tensor a) {
        return Matrices.backend(a);
    }

    /** L below the diagonal (its unit diagonal is not stored) and U on and above it: [..., m, n]. */
    public Tensor lu() {
        return packed;
    }

    /** LAPACK's ipiv: row i was exchanged with row {@code pivots[i]}, counted from 1; int32 [..., min(m,n)]. */
    public Tensor pivots() {
        return pivots;
    }

    /** Per matrix 0, or the 1-based index of the first zero pivot; int32 [...]. Reading it waits for the device, nothing else here does. */
    public Tensor info() {
        return info;
    }

    /** The row order as indices, int64 [..., m]: {@code A[permutation] = L U}. */
    public Tensor permutation() {
        Shape shape = Matrices.batch(packed).concat(Shape.of(packed.shape().at(-2)));
        Tensor result = Operands.empty(packed, DType.INT64, shape);
        backend(packed).permutation(pivots.view(), result.view());
        return result;
    }

    /** A X = B as {@link Linalg#solve}; no new factorisation. */
    public Tensor solve(Tensor b) {
        return solve("LuFactors.solve", b, false);
    }

    /** A^T X = B, otherwise as {@link #solve(Tensor)}. */
    public Tensor solveTransposed(Tensor b) {
        return solve("LuFactors.solveTransposed", b, true);
    }

    private Tensor solve(String operation, Tensor b, boolean transposed) {
        Solvers.checkRightHandSide(operation, packed, b);
        requireRegular(operation, "luFactor(a).info()");
        return solveUnchecked(operation, b, transposed);
    }

    /** The determinant; see {@link Linalg#det}. */
    public Tensor det() {
        Matrices.requireSquare("LuFactors.det", packed);
        Tensor det = Operands.empty(packed, packed.dtype(), Matrices.batch(packed));
        backend(packed).luDet(packed.view(), pivots.view(), det.view());
        return det;
    }

    /** Sign and log|det|; see {@link Linalg#slogdet(Tensor)}. */
    public SignLog slogdet() {
        Matrices.requireSquare("LuFactors.slogdet", packed);
        SignLog result = SignLog.emptyFor(packed);
        backend(packed)
                .luSlogdet(
                        packed.view(),
                        pivots.view(),
                        result.sign().view(),
                        result.logAbs().view());
        return result;
    }

    /** The inverse; see {@link Linalg#inverse}. */
    public Tensor inverse() {
        Matrices.requireSquare("LuFactors.inverse", packed);
        requireRegular("LuFactors.inverse", "luFactor(a).info()");
        return inverseUnchecked();
    }

    Tensor inverseUnchecked() {
        Tensor result = Matrices.identityLike(packed);
        try (Tensor columns = result.transpose(-2, -1)) {
            // A^-T column by column is A^-1 row by row.
            backend(packed).luSolve(packed.view(), pivots.view(), !ofTranspose, columns.view());
        }
        return result;
    }

    /** Shapes checked before; for singular matrices the result is infinite or NaN. */
    Tensor solveUnchecked(String operation, Tensor b, boolean transposed) {
        boolean vector = b.rank() == 1;
        try (Tensor matrix = vector ? b.unsqueeze(1) : b.viewAs(b.layout())) {
            Shape batch = Shape.broadcast(operation, Matrices.batch(packed), Matrices.batch(matrix));
            Shape core = matrix.shape().slice(matrix.rank() - 2, matrix.rank());
            try (Tensor right = matrix.viewAs(matrix.layout().expand(batch.concat(core)));
                    Tensor x = Matrices.columnMajor(right)) {
                View lu = packed.view()
                        .with(packed.layout()
                                .expand(batch.concat(packed.shape().slice(packed.rank() - 2, packed.rank()))));
                View rows = pivots.view()
                        .with(pivots.layout()
                                .expand(batch.concat(Shape.of(pivots.shape().at(-1)))));
                backend(packed).luSolve(lu, rows, transposed != ofTranspose, x.view());
                if (vector) {
                    try (Tensor column = x.squeeze(-1)) {
                        return column.contiguous();
                    }
                }
                return x.contiguous();
            }
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
            Tensor l = Matrices.masked(left, (i, j) -> i > j);
            Matrices.fillDiagonal(l, 1);
            Tensor u = Matrices.masked(top, (i, j) -> i <= j);
            return new Linalg.Lu(permutationMatrix(), l, u);
        }
    }

    private Tensor permutationMatrix() {
        int m = Math.toIntExact(packed.shape().at(-2));
        long[] rows = new long[m];
        for (int i = 0; i < m; i++) {
            rows[i] = i;
        }
        Shape shape = Matrices.batch(packed).concat(Shape.of(m, m));
        try (Tensor order = permutation();
                Tensor across = order.unsqueeze(-2);
                Tensor host = Tensor.of(rows, m, 1);
                Tensor down = host.to(packed.device());
                Tensor equal = Operands.empty(packed, DType.BOOL, shape)) {
            packed.storage()
                    .backend()
                    .binary(
                            BinaryOp.EQUAL,
                            down.view().with(down.layout().expand(shape)),
                            across.view().with(across.layout().expand(shape)),
                            equal.view());
            return equal.to(packed.dtype());
        }
    }

    @Override
    public void close() {
        packed.close();
        pivots.close();
        info.close();
    }
}
