package kron4j.backend.cuda.linalg;

import jcuda.jcublas.cublasFillMode;
import jcuda.jcusolver.JCusolverDn;
import kron4j.DType;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.DevicePointer;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.backend.cuda.linalg.MatrixBatch.Place;

/** Cholesky, by cuSOLVER, and QR: up to 32 x 32 by an own kernel, a batch at once (kernels/decompose.cu), else by cuSOLVER. */
final class CudaDecompositions {
    /** Up to this size several matrices go to the library in one call. */
    private static final long BATCHED = 512;

    private final CudaContext context;
    private final MatrixKernels kernels;

    CudaDecompositions(CudaContext context, MatrixKernels kernels) {
        this.context = context;
        this.kernels = kernels;
    }

    /** A = L L^T or U^T U in place. */
    void cholesky(View a, boolean upper, View info) {
        MatrixBatch.forEach(info.layout().rank(), batch -> cholesky(batch, upper), a, info);
    }

    private void cholesky(MatrixBatch batch, boolean upper) {
        View a = batch.operand(0);
        boolean single = a.dtype() == DType.FLOAT32;
        int n = Math.toIntExact(a.shape().at(-1));
        int ld = batch.leadingDimension(0);
        boolean together = batch.count() > 1 && n <= BATCHED;
        (together ? SolverRoutine.CHOLESKY_BATCHED : SolverRoutine.CHOLESKY).begin(context);
        int triangle = upper ? cublasFillMode.CUBLAS_FILL_MODE_UPPER : cublasFillMode.CUBLAS_FILL_MODE_LOWER;
        try (Scratch scratch = context.scratch()) {
            Storage found = scratch.allocate(DType.INT32, batch.count());
            if (together) {
                DevicePointer matrices = new DevicePointer(kernels.pointers(batch, batch.place(0), scratch));
                DevicePointer infos = new DevicePointer(found.address());
                context.solver(
                        single ? "cusolverDnSpotrfBatched" : "cusolverDnDpotrfBatched",
                        h -> single
                                ? JCusolverDn.cusolverDnSpotrfBatched(
                                        h, triangle, n, matrices, ld, infos, batch.count())
                                : JCusolverDn.cusolverDnDpotrfBatched(
                                        h, triangle, n, matrices, ld, infos, batch.count()),
                        n,
                        batch.count());
            } else {
                int[] size = new int[1];
                DevicePointer first = new DevicePointer(batch.address(0));
                context.solver(
                        single ? "cusolverDnSpotrf_bufferSize" : "cusolverDnDpotrf_bufferSize",
                        h -> single
                                ? JCusolverDn.cusolverDnSpotrf_bufferSize(h, triangle, n, first, ld, size)
                                : JCusolverDn.cusolverDnDpotrf_bufferSize(h, triangle, n, first, ld, size),
                        n);
                DevicePointer work =
                        new DevicePointer(scratch.allocate(a.dtype(), size[0]).address());
                for (int e = 0; e < batch.count(); e++) {
                    DevicePointer matrix = new DevicePointer(batch.address(0, e));
                    DevicePointer outcome = new DevicePointer(found.address() + (long) e * Integer.BYTES);
                    context.solver(
                            single ? "cusolverDnSpotrf" : "cusolverDnDpotrf",
                            h -> single
                                    ? JCusolverDn.cusolverDnSpotrf(h, triangle, n, matrix, ld, work, size[0], outcome)
                                    : JCusolverDn.cusolverDnDpotrf(h, triangle, n, matrix, ld, work, size[0], outcome),
                            n);
                }
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
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        long k = Math.min(m, n);
        long inner = batch.operand(1).shape().at(-1);
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
        Reflectors reflectors = new Reflectors(batch, (int) k);
        try (Scratch scratch = context.scratch()) {
            Storage flags = kernels.guard(batch, MatrixKernels.Part.ALL, scratch);
            Storage tau = scratch.allocate(a.dtype(), batch.count() * k);
            Storage outcome = scratch.allocate(DType.INT32, 1);
            reflectors.factor(tau, outcome, scratch);
            kernels.copy(batch, inner, n, batch.place(0), batch.place(2));
            kernels.zeroTriangle(batch, 2, false);
            Place q = batch.place(1);
            kernels.copy(batch, m, k, batch.place(0), q);
            reflectors.form(tau, outcome, scratch);
            kernels.spoil(batch, flags, m, inner, q);
            kernels.spoil(batch, flags, inner, n, batch.place(2));
        }
    }

    /** Householder's reflectors: found in operand 0 of a batch, multiplied out in operand 1. */
    private final class Reflectors {
        private final MatrixBatch batch;
        private final boolean single;
        private final DType dtype;
        private final int m;
        private final int n;
        private final int k;
        private final int inner;

        Reflectors(MatrixBatch batch, int k) {
            this.batch = batch;
            this.k = k;
            View a = batch.operand(0);
            dtype = a.dtype();
            single = dtype == DType.FLOAT32;
            m = Math.toIntExact(a.shape().at(-2));
            n = Math.toIntExact(a.shape().at(-1));
            inner = Math.toIntExact(batch.operand(1).shape().at(-1));
        }

        private DevicePointer tau(Storage tau, int e) {
            return new DevicePointer(tau.address() + (long) e * k * dtype.bytes());
        }

        void factor(Storage tau, Storage outcome, Scratch scratch) {
            int ld = batch.leadingDimension(0);
            int[] size = new int[1];
            DevicePointer first = new DevicePointer(batch.address(0));
            context.solver(
                    single ? "cusolverDnSgeqrf_bufferSize" : "cusolverDnDgeqrf_bufferSize",
                    h -> single
                            ? JCusolverDn.cusolverDnSgeqrf_bufferSize(h, m, n, first, ld, size)
                            : JCusolverDn.cusolverDnDgeqrf_bufferSize(h, m, n, first, ld, size),
                    m,
                    n);
            DevicePointer work =
                    new DevicePointer(scratch.allocate(dtype, size[0]).address());
            DevicePointer info = new DevicePointer(outcome.address());
            for (int e = 0; e < batch.count(); e++) {
                DevicePointer matrix = new DevicePointer(batch.address(0, e));
                DevicePointer factors = tau(tau, e);
                context.solver(
                        single ? "cusolverDnSgeqrf" : "cusolverDnDgeqrf",
                        h -> single
                                ? JCusolverDn.cusolverDnSgeqrf(h, m, n, matrix, ld, factors, work, size[0], info)
                                : JCusolverDn.cusolverDnDgeqrf(h, m, n, matrix, ld, factors, work, size[0], info),
                        m,
                        n);
            }
        }

        void form(Storage tau, Storage outcome, Scratch scratch) {
            int ld = batch.leadingDimension(1);
            int[] size = new int[1];
            DevicePointer first = new DevicePointer(batch.address(1));
            context.solver(
                    single ? "cusolverDnSorgqr_bufferSize" : "cusolverDnDorgqr_bufferSize",
                    h -> single
                            ? JCusolverDn.cusolverDnSorgqr_bufferSize(h, m, inner, k, first, ld, tau(tau, 0), size)
                            : JCusolverDn.cusolverDnDorgqr_bufferSize(h, m, inner, k, first, ld, tau(tau, 0), size),
                    m,
                    inner,
                    k);
            DevicePointer work =
                    new DevicePointer(scratch.allocate(dtype, size[0]).address());
            DevicePointer info = new DevicePointer(outcome.address());
            for (int e = 0; e < batch.count(); e++) {
                DevicePointer matrix = new DevicePointer(batch.address(1, e));
                DevicePointer factors = tau(tau, e);
                context.solver(
                        single ? "cusolverDnSorgqr" : "cusolverDnDorgqr",
                        h -> single
                                ? JCusolverDn.cusolverDnSorgqr(h, m, inner, k, matrix, ld, factors, work, size[0], info)
                                : JCusolverDn.cusolverDnDorgqr(
                                        h, m, inner, k, matrix, ld, factors, work, size[0], info),
                        m,
                        inner,
                        k);
            }
        }
    }
}
