package kron4j.backend.cuda.linalg;

import jcuda.Pointer;
import jcuda.jcusolver.cusolverEigMode;
import kron4j.DType;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.backend.cuda.linalg.MatrixBatch.Place;
import kron4j.backend.cuda.linalg.MatrixKernels.Part;

/**
 * Singular values and eigenvalues: up to 32 x 32 by own kernels (kernels/decompose.cuh), a batch at once; else by cuSOLVER, one matrix after the other.
 * Matrices that are not finite are kept from the library, whose iterations need not end on them: their results are NaN and their info is not 0.
 */
final class CudaSpectra {
    private static final int VECTORS = cusolverEigMode.CUSOLVER_EIG_MODE_VECTOR;

    private final CudaContext context;
    private final MatrixKernels kernels;

    CudaSpectra(CudaContext context, MatrixKernels kernels) {
        this.context = context;
        this.kernels = kernels;
    }

    /** A = U S V^H; without singular vectors if u and vt are null. */
    void svd(View a, View u, View s, View vt, View info) {
        int rank = info.layout().rank();
        if (u == null) {
            MatrixBatch.forEach(rank, batch -> new Svd(batch, false).run(), a, s, info);
        } else {
            MatrixBatch.forEach(rank, batch -> new Svd(batch, true).run(), a, s, info, u, vt);
        }
    }

    /** A batch of a, s, info and perhaps u and vt. The library wants as many rows as columns or more: others are transposed. */
    private final class Svd {
        private final MatrixBatch batch;
        private final boolean vectors;
        private final DType dtype;
        private final boolean tall;
        private final int rows;
        private final int cols;
        /** Columns of the tall matrix's U. */
        private final int width;

        Svd(MatrixBatch batch, boolean vectors) {
            this.batch = batch;
            this.vectors = vectors;
            View a = batch.operand(0);
            dtype = a.dtype();
            int m = Math.toIntExact(a.shape().at(-2));
            int n = Math.toIntExact(a.shape().at(-1));
            tall = m >= n;
            rows = Math.max(m, n);
            cols = Math.min(m, n);
            boolean full = vectors
                    && Math.max(
                                    batch.operand(3).shape().at(-1),
                                    batch.operand(4).shape().at(-2))
                            == rows;
            width = full ? rows : cols;
        }

        void run() {
            if (rows <= MatrixKernels.SMALL) {
                small();
                return;
            }
            SolverRoutine.SVD.begin(context);
            try (Scratch scratch = context.scratch()) {
                Storage flags = kernels.guard(batch, Part.ALL, scratch);
                Storage found = scratch.allocate(DType.INT32, batch.count());
                each(found, scratch);
                kernels.report(batch, 2, found, flags, cols + 1L);
                kernels.spoil(batch, flags, cols, 1, batch.column(1));
                if (vectors) {
                    spoil(flags, 3);
                    spoil(flags, 4);
                }
            }
        }

        private void small() {
            Words words = context.words().put(rows).put(cols).put(vectors ? width : 0L);
            MatrixKernels.putOutput(
                    words, batch, tall ? batch.place(0) : batch.place(0).transposed());
            MatrixKernels.putOutput(words, batch, batch.column(1));
            if (!vectors) {
                MatrixKernels.putOutput(words, batch, batch.column(1));
                MatrixKernels.putOutput(words, batch, batch.column(1));
            } else if (tall) {
                MatrixKernels.putOutput(words, batch, batch.place(3));
                MatrixKernels.putOutput(words, batch, batch.place(4).transposed());
            } else {
                MatrixKernels.putOutput(words, batch, batch.place(4).transposed());
                MatrixKernels.putOutput(words, batch, batch.place(3));
            }
            words.put(batch.address(2));
            batch.putStrides(words, 2);
            batch.putAxes(words);
            kernels.decompose("svd", batch, words);
        }

        private void spoil(Storage flags, int k) {
            View v = batch.operand(k);
            kernels.spoil(batch, flags, v.shape().at(-2), v.shape().at(-1), batch.place(k));
        }

        /** A, or A^T if that is the tall one, packed. */
        private Storage tallCopy(Scratch scratch) {
            Storage copy = scratch.allocate(dtype, (long) batch.count() * rows * cols);
            Place from = tall ? batch.place(0) : batch.place(0).transposed();
            kernels.copy(batch, rows, cols, from, MatrixBatch.packed(copy, rows, (long) rows * cols));
            return copy;
        }

        private Storage packed(int m, int n, Scratch scratch) {
            return scratch.allocate(dtype, (long) batch.count() * m * n);
        }

        /** The tall matrix's U and V to where they belong: for A^T = U S V^T the other way round. */
        private void deliver(Place u, Place vt) {
            if (tall) {
                kernels.copy(batch, rows, width, u, batch.place(3));
                kernels.copy(batch, cols, cols, vt, batch.place(4));
            } else {
                kernels.copy(batch, cols, cols, vt.transposed(), batch.place(3));
                kernels.copy(batch, width, rows, u.transposed(), batch.place(4));
            }
        }

        private void each(Storage found, Scratch scratch) {
            Storage a = tallCopy(scratch);
            Storage u = packed(rows, vectors ? width : 0, scratch);
            Storage vt = packed(cols, vectors ? cols : 0, scratch);
            char job = !vectors ? 'N' : width == cols ? 'S' : 'A';
            Solver solver = Solver.of(dtype);
            solver.each(
                    context,
                    batch,
                    "gesvd",
                    (h, size) -> solver.gesvdSize().call(h, rows, cols, size),
                    (h, e, work, size) -> solver.gesvd()
                            .call(
                                    h,
                                    job,
                                    job,
                                    rows,
                                    cols,
                                    MatrixBatch.pointer(a, (long) e * rows * cols),
                                    rows,
                                    batch.pointer(1, e),
                                    MatrixBatch.pointer(u, vectors ? (long) e * rows * width : 0),
                                    rows,
                                    MatrixBatch.pointer(vt, vectors ? (long) e * cols * cols : 0),
                                    cols,
                                    work,
                                    size,
                                    new Pointer(),
                                    MatrixBatch.pointer(found, e)),
                    job,
                    rows,
                    cols);
            if (vectors) {
                deliver(
                        MatrixBatch.packed(u, rows, (long) rows * width),
                        MatrixBatch.packed(vt, cols, (long) cols * cols));
            }
        }
    }

    /** Hermitian A = V diag(w) V^H; V takes A's place. */
    void eigh(View a, boolean upper, View w, View info) {
        MatrixBatch.forEach(info.layout().rank(), batch -> eigh(batch, upper), a, w, info);
    }

    private void eigh(MatrixBatch batch, boolean upper) {
        View a = batch.operand(0);
        int n = Math.toIntExact(a.shape().at(-1));
        if (n <= MatrixKernels.SMALL) {
            Words words = context.words().put(n).put(upper);
            MatrixKernels.putOutput(words, batch, batch.place(0));
            MatrixKernels.putOutput(words, batch, batch.column(1));
            words.put(batch.address(2));
            batch.putStrides(words, 2);
            batch.putAxes(words);
            kernels.decompose("eigh", batch, words);
            return;
        }
        SolverRoutine.EIGH.begin(context);
        Solver solver = Solver.of(a.dtype());
        int triangle = Solver.triangle(upper);
        int ld = batch.leadingDimension(0);
        try (Scratch scratch = context.scratch()) {
            Storage flags = kernels.guard(batch, upper ? Part.UPPER : Part.LOWER, scratch);
            Storage found = scratch.allocate(DType.INT32, batch.count());
            solver.each(
                    context,
                    batch,
                    "syevd",
                    (h, size) -> solver.syevdSize()
                            .call(h, VECTORS, triangle, n, batch.pointer(0, 0), ld, batch.pointer(1, 0), size),
                    (h, e, work, size) -> solver.syevd()
                            .call(
                                    h,
                                    VECTORS,
                                    triangle,
                                    n,
                                    batch.pointer(0, e),
                                    ld,
                                    batch.pointer(1, e),
                                    work,
                                    size,
                                    MatrixBatch.pointer(found, e)),
                    n);
            kernels.report(batch, 2, found, flags, n + 1L);
            kernels.spoil(batch, flags, n, n, batch.place(0));
            kernels.spoil(batch, flags, n, 1, batch.column(1));
        }
    }
}
