package kron4j.backend.cuda.linalg;

import jcuda.Pointer;
import kron4j.DType;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.DevicePointer;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.backend.cuda.linalg.MatrixBatch.Place;

/** Cholesky and QR: up to 32 x 32 by own kernels, a batch at once (kernels/decompose.cuh), else by cuSOLVER. */
final class CudaDecompositions {
    /** Up to this size several matrices go to the library in one call. */
    private static final long BATCHED = 512;

    private final CudaContext context;
    private final MatrixKernels kernels;

    CudaDecompositions(CudaContext context, MatrixKernels kernels) {
        this.context = context;
        this.kernels = kernels;
    }

    /** A = L L^H or U^H U in place. */
    void cholesky(View a, boolean upper, View info) {
        MatrixBatch.forEach(info.layout().rank(), batch -> cholesky(batch, upper), a, info);
    }

    private void cholesky(MatrixBatch batch, boolean upper) {
        View a = batch.operand(0);
        int n = Math.toIntExact(a.shape().at(-1));
        if (n <= MatrixKernels.SMALL) {
            Words words = context.words().put(n).put(upper);
            MatrixKernels.putOutput(words, batch, batch.place(0));
            words.put(batch.address(1));
            batch.putStrides(words, 1);
            batch.putAxes(words);
            kernels.decompose("cholesky", batch, words);
            return;
        }
        Solver solver = Solver.of(a.dtype());
        int ld = batch.leadingDimension(0);
        boolean together = batch.count() > 1 && n <= BATCHED;
        (together ? SolverRoutine.CHOLESKY_BATCHED : SolverRoutine.CHOLESKY).begin(context);
        int triangle = Solver.triangle(upper);
        try (Scratch scratch = context.scratch()) {
            Storage found = scratch.allocate(DType.INT32, batch.count());
            if (together) {
                DevicePointer matrices = new DevicePointer(kernels.pointers(batch, batch.place(0), scratch));
                context.solver(
                        solver.name("potrfBatched"),
                        h -> solver.potrfBatched()
                                .call(h, triangle, n, matrices, ld, MatrixBatch.pointer(found, 0), batch.count()),
                        n,
                        batch.count());
            } else {
                solver.each(
                        context,
                        batch,
                        "potrf",
                        (h, size) -> solver.potrfSize().call(h, triangle, n, batch.pointer(0, 0), ld, size),
                        (h, e, work, size) -> solver.potrf()
                                .call(
                                        h,
                                        triangle,
                                        n,
                                        batch.pointer(0, e),
                                        ld,
                                        work,
                                        size,
                                        MatrixBatch.pointer(found, e)),
                        n);
            }
            kernels.reportNotPositive(batch, 1, found);
            kernels.zeroTriangle(batch, 0, !upper);
        }
    }

    /** A = Q R. */
    void qr(View a, View q, View r) {
        MatrixBatch.forEach(a.layout().rank() - 2, this::qr, a, q, r);
    }

    private void qr(MatrixBatch batch) {
        View a = batch.operand(0);
        int m = Math.toIntExact(a.shape().at(-2));
        int n = Math.toIntExact(a.shape().at(-1));
        int k = Math.min(m, n);
        int inner = Math.toIntExact(batch.operand(1).shape().at(-1));
        if (Math.max(m, n) <= MatrixKernels.SMALL) {
            Words words = context.words().put(m).put(n).put(inner);
            for (int operand = 0; operand < 3; operand++) {
                MatrixKernels.putOutput(words, batch, batch.place(operand));
            }
            batch.putAxes(words);
            kernels.decompose("qr", batch, words);
            return;
        }
        SolverRoutine.QR.begin(context);
        Solver solver = Solver.of(a.dtype());
        Place q = batch.place(1);
        Place r = batch.place(2);
        int ldA = batch.leadingDimension(0);
        int ldQ = batch.leadingDimension(1);
        try (Scratch scratch = context.scratch()) {
            Storage flags = kernels.guard(batch, MatrixKernels.Part.ALL, scratch);
            Storage tau = scratch.allocate(a.dtype(), (long) batch.count() * k);
            Pointer info = MatrixBatch.pointer(scratch.allocate(DType.INT32, 1), 0);
            solver.each(
                    context,
                    batch,
                    "geqrf",
                    (h, size) -> solver.geqrfSize().call(h, m, n, batch.pointer(0, 0), ldA, size),
                    (h, e, work, size) -> solver.geqrf()
                            .call(h, m, n, batch.pointer(0, e), ldA, reflectors(tau, e, k), work, size, info),
                    m,
                    n);
            kernels.copy(batch, inner, n, batch.place(0), r);
            kernels.zeroTriangle(batch, 2, false);
            kernels.copy(batch, m, k, batch.place(0), q);
            solver.each(
                    context,
                    batch,
                    "orgqr",
                    (h, size) -> solver.orgqrSize()
                            .call(h, m, inner, k, batch.pointer(1, 0), ldQ, reflectors(tau, 0, k), size),
                    (h, e, work, size) -> solver.orgqr()
                            .call(h, m, inner, k, batch.pointer(1, e), ldQ, reflectors(tau, e, k), work, size, info),
                    m,
                    inner,
                    k);
            kernels.spoil(batch, flags, m, inner, q);
            kernels.spoil(batch, flags, inner, n, r);
        }
    }

    /** The scalars of Householder's reflectors of an entry. */
    private static Pointer reflectors(Storage tau, int entry, int count) {
        return MatrixBatch.pointer(tau, (long) entry * count);
    }
}
