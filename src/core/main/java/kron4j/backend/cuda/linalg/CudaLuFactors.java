package kron4j.backend.cuda.linalg;

import kron4j.DType;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.LuPlan;

/** Results from packed LU factors: solutions, determinants, the order of the rows (kernels/lu_packed.cuh). */
final class CudaLuFactors {
    private static final int THREADS = 128;
    private static final int WARP = 32;
    /** Elements that a block looks for NaN in. */
    private static final long SCANNED = 16_384;

    private final CudaContext context;
    private final MatrixKernels kernels;
    private final CudaTriangles triangles;

    CudaLuFactors(CudaContext context, MatrixKernels kernels, CudaTriangles triangles) {
        this.context = context;
        this.kernels = kernels;
        this.triangles = triangles;
    }

    /** {@code b := A^-1 b} or {@code A^-T b}. */
    void solve(View lu, View pivots, boolean transposed, View b) {
        int rank = lu.layout().rank() - 2;
        if (lu.shape().at(-1) <= LuPlan.registers(lu.dtype().bytes())) {
            MatrixBatch.forEach(rank, batch -> substitute(batch, transposed), lu, b, pivots);
        } else {
            MatrixBatch.forEach(rank, batch -> solveLarge(batch, transposed), lu, b, pivots);
        }
    }

    private void substitute(MatrixBatch batch, boolean transposed) {
        View lu = batch.operand(0);
        long n = lu.shape().at(-1);
        Words words = context.words().put(n);
        batch.putMatrix(words, 0);
        words.put(batch.address(2)).put(batch.operand(2).layout().stride(-1));
        words.put(batch.operand(1).shape().at(-1)).put(transposed);
        batch.putMatrix(words, 1);
        batch.putAxes(words, 0, 1, 2);
        int width = n <= WARP ? WARP : 2 * WARP;
        kernels.launch("lu_substitute_" + width, lu, batch.count(), width, words);
    }

    /** Two triangular solves on a copy in the order of the pivots. */
    private void solveLarge(MatrixBatch batch, boolean transposed) {
        View lu = batch.operand(0);
        View b = batch.operand(1);
        long n = lu.shape().at(-1);
        long columns = b.shape().at(-1);
        try (Scratch scratch = context.scratch()) {
            Storage order = scratch.allocate(DType.INT64, batch.count() * n);
            order(batch, 2, n, n, order.address());
            Storage x = scratch.allocate(b.dtype(), Math.multiplyExact(batch.count(), n * columns));
            MatrixBatch.Place copy = MatrixBatch.packed(x, n, n * columns);
            kernels.copyRows(batch, n, columns, transposed ? null : order, false, batch.place(1), copy);
            triangles.solveIn(batch, copy, transposed, transposed, !transposed);
            triangles.solveIn(batch, copy, !transposed, transposed, transposed);
            kernels.divide(batch, transposed, transposed, 2, transposed ? null : order, batch.place(1), copy);
            kernels.copyRows(batch, n, columns, transposed ? order : null, true, copy, batch.place(1));
        }
    }

    /** The rows' order, int64 [..., m]. */
    void permutation(View pivots, View permutation) {
        MatrixBatch.forEach(
                pivots.layout().rank() - 1,
                batch -> {
                    Words words = orderWords(
                            batch, 0, permutation.shape().at(-1), pivots.shape().at(-1));
                    words.put(batch.address(1)).put(permutation.layout().stride(-1));
                    batch.putAxes(words, 0, 1);
                    launchOrder(batch, words);
                },
                pivots,
                permutation);
    }

    private void order(MatrixBatch batch, int pivots, long rows, long steps, long to) {
        Words words = orderWords(batch, pivots, rows, steps).put(to).put(1L);
        batch.putAxes(words, pivots);
        batch.putPackedStrides(words, rows);
        launchOrder(batch, words);
    }

    private Words orderWords(MatrixBatch batch, int pivots, long rows, long steps) {
        Words words = context.words().put(rows).put(steps);
        return words.put(batch.address(pivots))
                .put(batch.operand(pivots).layout().stride(-1));
    }

    private void launchOrder(MatrixBatch batch, Words words) {
        kernels.launch("lu_order", batch.count(), THREADS, words);
    }

    /** A determinant or its logarithm; nulls for what is not asked for. */
    void determinant(View lu, View pivots, View sign, View logAbs, View det) {
        long n = lu.shape().at(-1);
        long pieces = Math.max(1, Math.min(n, n * n / SCANNED));
        MatrixBatch.forEach(
                pivots.layout().rank() - 1,
                batch -> {
                    try (Scratch scratch = context.scratch()) {
                        Storage flags = scratch.allocate(DType.INT32, batch.count() * pieces);
                        Words words = context.words().put(n);
                        batch.putMatrix(words, 0);
                        words.put(flags.address()).put(pieces);
                        batch.putAxes(words, 0);
                        kernels.launch("lu_nan", lu, batch.count() * pieces, THREADS, words);
                        words = context.words().put(n);
                        batch.putMatrix(words, 0);
                        CudaLu.putDeterminant(words, batch, 2, sign != null, det != null);
                        words.put(batch.address(1)).put(pivots.layout().stride(-1));
                        words.put(flags.address()).put(pieces);
                        batch.putAxes(words, 0, 1);
                        kernels.launch(
                                "lu_determinant",
                                lu,
                                MatrixKernels.parts(batch.count(), THREADS / WARP),
                                THREADS,
                                words);
                    }
                },
                CudaLu.withDeterminant(sign, logAbs, det, lu, pivots));
    }
}
