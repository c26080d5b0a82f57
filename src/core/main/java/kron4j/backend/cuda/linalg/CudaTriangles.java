package kron4j.backend.cuda.linalg;

import jcuda.Pointer;
import jcuda.jcublas.cublasDiagType;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasSideMode;
import kron4j.DType;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.DevicePointer;
import kron4j.backend.cuda.card.Scratch;

/** Triangular solves, by cuBLAS. */
final class CudaTriangles {
    /** From this size on a few matrices keep a card busy one after the other. */
    private static final long LARGE = 512;

    private static final int FEW = 8;
    /** The library counts batches in a dimension of the grid. */
    private static final int MOST_AT_A_TIME = 65_535;
    /** The batched call of CUDA 12.0 fails above 8 * 65535 columns, which it counts in a dimension of the grid too. */
    private static final int MOST_COLUMNS_TOGETHER = 8 * 65_535;

    private static final int LEFT = cublasSideMode.CUBLAS_SIDE_LEFT;

    private final CudaContext context;
    private final MatrixKernels kernels;

    CudaTriangles(CudaContext context, MatrixKernels kernels) {
        this.context = context;
        this.kernels = kernels;
    }

    /** {@code b := op(T)^-1 b}. */
    void solve(View t, boolean upper, boolean transposed, boolean unitDiagonal, View b) {
        long elements = b.shape().at(-2) * b.shape().at(-1);
        MatrixBatch.forEach(
                t.layout().rank() - 2,
                batch -> {
                    Form form = new Form(batch, upper, transposed, unitDiagonal, batch.leadingDimension(1));
                    if (unitDiagonal) {
                        form.solve(batch, batch.place(1));
                        return;
                    }
                    try (Scratch scratch = context.scratch()) {
                        Storage saved = scratch.allocate(b.dtype(), Math.multiplyExact(batch.count(), elements));
                        MatrixBatch.Place copy = MatrixBatch.packed(saved, form.n, elements);
                        kernels.divide(batch, upper, transposed, 0, null, batch.place(1), copy);
                        form.solve(batch, batch.place(1));
                        kernels.divide(batch, upper, transposed, 1, null, copy, batch.place(1));
                    }
                },
                t,
                b);
    }

    /** {@code x := op(T)^-1 x} for packed right-hand sides of operand 1's shape, without the care that reciprocals need. */
    void solveIn(MatrixBatch batch, MatrixBatch.Place x, boolean upper, boolean transposed, boolean unitDiagonal) {
        int ld = Math.toIntExact(batch.operand(1).shape().at(-2));
        new Form(batch, upper, transposed, unitDiagonal, ld).solve(batch, x);
    }

    /** Arguments that all calls for a batch share; operand 0 has the triangles, operand 1 the right-hand sides. */
    private final class Form {
        private final DType dtype;
        private final Blas blas;
        private final int triangle;
        private final int operation;
        private final int diagonal;
        private final int n;
        private final int columns;
        private final int ldT;
        private final int ldB;

        Form(MatrixBatch batch, boolean upper, boolean transposed, boolean unitDiagonal, int ldB) {
            View b = batch.operand(1);
            dtype = b.dtype();
            blas = Blas.of(dtype);
            triangle = Solver.triangle(upper);
            operation = transposed ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
            diagonal = unitDiagonal ? cublasDiagType.CUBLAS_DIAG_UNIT : cublasDiagType.CUBLAS_DIAG_NON_UNIT;
            n = Math.toIntExact(b.shape().at(-2));
            columns = Math.toIntExact(b.shape().at(-1));
            ldT = batch.leadingDimension(0);
            this.ldB = ldB;
        }

        void solve(MatrixBatch batch, MatrixBatch.Place x) {
            if (batch.count() == 1 || (batch.count() <= FEW && n >= LARGE) || columns > MOST_COLUMNS_TOGETHER) {
                for (int e = 0; e < batch.count(); e++) {
                    solve(batch.address(0, e), batch.address(x, e));
                }
                return;
            }
            try (Scratch scratch = context.scratch()) {
                solve(
                        kernels.pointers(batch, batch.place(0), scratch),
                        kernels.pointers(batch, x, scratch),
                        batch.count());
            }
        }

        void solve(long t, long b) {
            DevicePointer factor = new DevicePointer(t);
            DevicePointer right = new DevicePointer(b);
            Pointer one = context.words().alpha(1, dtype);
            context.blas(
                    blas.name("trsm"),
                    h -> blas.trsm()
                            .call(h, LEFT, triangle, operation, diagonal, n, columns, one, factor, ldT, right, ldB),
                    n,
                    columns,
                    ldT,
                    ldB);
        }

        /** Solves for arrays of pointers. */
        void solve(long t, long b, int count) {
            Pointer one = context.words().alpha(1, dtype);
            for (int from = 0; from < count; from += MOST_AT_A_TIME) {
                int some = Math.min(MOST_AT_A_TIME, count - from);
                DevicePointer factors = new DevicePointer(t + (long) from * Long.BYTES);
                DevicePointer rights = new DevicePointer(b + (long) from * Long.BYTES);
                context.blas(
                        blas.name("trsmBatched"),
                        h -> blas.trsmBatched()
                                .call(
                                        h, LEFT, triangle, operation, diagonal, n, columns, one, factors, ldT, rights,
                                        ldB, some),
                        n,
                        columns,
                        some);
            }
        }
    }
}
