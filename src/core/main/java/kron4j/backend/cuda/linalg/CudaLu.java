package kron4j.backend.cuda.linalg;

import java.util.Arrays;
import jcuda.Pointer;
import jcuda.jcublas.cublasOperation;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.DevicePointer;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.LuPlan;

/** LU on a card: up to 64 x 64 by one kernel that does all that is asked for, larger ones by panels or the library (kernels/lu.cuh). */
final class CudaLu {
    private static final int THREADS = 128;
    private static final int WARP = 32;
    /** Of a row: with more, the shared memory of a block has room for half as many threads. */
    private static final int MOST_BYTES = 256;
    /** Columns that a block exchanges rows of. */
    private static final int EXCHANGED_COLUMNS = 64;
    /** Words of the structs {@code Determinant}, {@code Factors} and {@code Solutions}. */
    private static final int DETERMINANT = 3 + 3 * Axes.MOST;

    private static final int FACTORS = 5;
    private static final int SOLUTIONS = 5;

    private final CudaContext context;
    private final MatrixKernels kernels;

    CudaLu(CudaContext context, MatrixKernels kernels) {
        this.context = context;
        this.kernels = kernels;
    }

    // ---- matrices in registers ----

    /** A determinant and its logarithm; nulls for what is not asked for. */
    void determinant(View a, View sign, View logAbs, View det) {
        MatrixBatch.forEach(
                a.layout().rank() - 2,
                batch -> {
                    Words words = begin(batch, towardsRows(a));
                    putDeterminant(words, batch, 1, sign != null, det != null);
                    words.putZeros(FACTORS + SOLUTIONS);
                    batch.putAxes(words, 0);
                    words.putZeros(3 * Axes.MOST);
                    launch(batch, words);
                },
                withDeterminant(sign, logAbs, det, a));
    }

    /** Operands, then sign, logAbs and det, where those that are not asked for are replaced by others. */
    static View[] withDeterminant(View sign, View logAbs, View det, View... operands) {
        View[] all = Arrays.copyOf(operands, operands.length + 3);
        all[operands.length] = sign == null ? det : sign;
        all[operands.length + 1] = logAbs == null ? det : logAbs;
        all[operands.length + 2] = det == null ? sign : det;
        return all;
    }

    /** {@code b := A^-1 b}. */
    void solve(View a, View b, View info) {
        MatrixBatch.forEach(
                info.layout().rank(),
                batch -> {
                    boolean transposed = towardsRows(a);
                    Words words = begin(batch, transposed);
                    words.putZeros(DETERMINANT + FACTORS - 1).put(batch.address(2));
                    words.put(b.shape().at(-1)).put(transposed);
                    batch.putMatrix(words, 1);
                    batch.putAxes(words, 0);
                    words.putZeros(Axes.MOST);
                    batch.putStrides(words, 2);
                    batch.putStrides(words, 1);
                    launch(batch, words);
                },
                a,
                b,
                info);
    }

    /** Packed factors. */
    void factor(View a, View pivots, View info) {
        int rank = info.layout().rank();
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        switch (LuPlan.onCard(m, n, info.shape().size(), a.dtype().bytes())) {
            case REGISTERS ->
                MatrixBatch.forEach(
                        rank,
                        batch -> {
                            Words words = begin(batch, false);
                            putFactors(words, batch, batch.address(1), pivots, 0);
                            launch(batch, words);
                        },
                        a,
                        pivots,
                        info);
            case PANELS -> MatrixBatch.forEachRun(rank, batch -> new Panels(batch).factor(), a, pivots, info);
            case LIBRARY_EACH ->
                MatrixBatch.forEach(rank, batch -> factorEach(batch, (int) m, (int) n), a, pivots, info);
        }
    }

    /** Whether the rows are nearer to each other in memory's order than the columns: then the kernel reads A^T. */
    private static boolean towardsRows(View a) {
        return Math.abs(a.layout().stride(-1)) < Math.abs(a.layout().stride(-2));
    }

    private Words begin(MatrixBatch batch, boolean transposed) {
        Words words = context.words();
        words.put(batch.operand(0).shape().at(-2)).put(batch.operand(0).shape().at(-1));
        MatrixBatch.putMatrix(words, transposed ? batch.place(0).transposed() : batch.place(0));
        return words;
    }

    /** The words of {@code Determinant}: operands {@code first} to {@code first + 2} are sign, logAbs, det. */
    static void putDeterminant(Words words, MatrixBatch batch, int first, boolean logarithm, boolean value) {
        words.put(logarithm ? batch.address(first) : 0L).put(logarithm ? batch.address(first + 1) : 0L);
        words.put(value ? batch.address(first + 2) : 0L);
        for (int k = first; k < first + 3; k++) {
            batch.putStrides(words, k);
        }
    }

    /** From the determinant on, of a batch of a, pivots, info. */
    private static void putFactors(Words words, MatrixBatch batch, long pivots, View pivotView, long before) {
        words.putZeros(DETERMINANT)
                .put(1L)
                .put(pivots)
                .put(pivotView.layout().stride(-1))
                .put(before)
                .put(batch.address(2));
        words.putZeros(SOLUTIONS);
        batch.putAxes(words, 0, 1, 2);
        words.putZeros(Axes.MOST);
    }

    private void launch(MatrixBatch batch, Words words) {
        View a = batch.operand(0);
        long n = Math.max(a.shape().at(-2), a.shape().at(-1));
        int width = a.dtype().isComplex() ? 8 : 4;
        while (width < n) {
            width *= 2;
        }
        int threads = width > WARP ? width : width * a.dtype().bytes() <= MOST_BYTES ? THREADS : THREADS / 2;
        kernels.launch("lu_" + width, a, MatrixKernels.parts(batch.count(), threads / width), threads, words);
    }

    // ---- one after the other ----

    private void factorEach(MatrixBatch batch, int m, int n) {
        SolverRoutine.LU.begin(context);
        View a = batch.operand(0);
        Solver solver = Solver.of(a.dtype());
        int ld = batch.leadingDimension(0);
        try (Scratch scratch = context.scratch()) {
            solver.each(
                    context,
                    batch,
                    "getrf",
                    (h, size) -> solver.getrfSize().call(h, m, n, batch.pointer(0, 0), ld, size),
                    (h, e, work, size) -> solver.getrf()
                            .call(h, m, n, batch.pointer(0, e), ld, work, batch.pointer(1, e), batch.pointer(2, e)),
                    m,
                    n,
                    ld);
        }
    }

    // ---- by panels ----

    /**
     * Factors by halves: the left columns, then the right ones after exchanges, a triangular solve and a product; down to panels. Every launch and
     * every call is for the whole batch.
     */
    private final class Panels {
        private final MatrixBatch batch;
        private final View a;
        private final long m;
        private final long n;
        private final long ld;
        private final Blas blas;

        Panels(MatrixBatch batch) {
            this.batch = batch;
            a = batch.operand(0);
            m = a.shape().at(-2);
            n = a.shape().at(-1);
            ld = batch.leadingDimension(0);
            blas = Blas.of(a.dtype());
        }

        void factor() {
            long steps = Math.min(m, n);
            factor(0, steps);
            if (n > steps) {
                exchange(steps, n - steps, 0, steps);
                solveLower(0, steps, steps, n - steps);
            }
        }

        private void factor(long first, long width) {
            if (width <= LuPlan.PANEL) {
                panel(first, width);
                return;
            }
            long left = half(width);
            long right = width - left;
            factor(first, left);
            exchange(first + left, right, first, left);
            solveLower(first, left, first + left, right);
            subtractProduct(first + left, m - first - left, first, left, first + left, right);
            factor(first + left, right);
            exchange(first, left, first + left, right);
        }

        private static long half(long width) {
            long panels = (width + LuPlan.PANEL - 1) / LuPlan.PANEL;
            return panels / 2 * LuPlan.PANEL;
        }

        private long address(long row, long column) {
            return batch.address(0) + (row + column * ld) * a.dtype().bytes();
        }

        private long pivots(long step) {
            return batch.address(1) + step * Integer.BYTES;
        }

        private void panel(long first, long width) {
            long rows = m - first;
            Words words = context.words().put(rows).put(width);
            words.put(address(first, first)).put(1L).put(ld);
            putFactors(words, batch, pivots(first), batch.operand(1), first);
            int threads = (int) ((rows + WARP - 1) / WARP * WARP);
            kernels.launch("lu_panel", a, batch.count(), threads, words);
        }

        /** Exchanges rows of some columns by the pivots of steps {@code from} on. */
        private void exchange(long column, long columns, long from, long steps) {
            Words words = context.words().put(m - from).put(columns);
            words.put(address(from, column)).put(1L).put(ld);
            words.put(steps).put(pivots(from)).put(1L).put(from);
            batch.putAxes(words, 0, 1);
            long pieces = (columns + EXCHANGED_COLUMNS - 1) / EXCHANGED_COLUMNS;
            kernels.launch("lu_exchange", a, batch.count() * pieces, THREADS, words);
        }

        /** {@code B := L^-1 B} for L at (first, first), n x n, B in the same rows. */
        private void solveLower(long first, long size, long column, long columns) {
            if (size > LuPlan.PANEL) {
                long top = half(size);
                solveLower(first, top, column, columns);
                subtractProduct(first + top, size - top, first, top, column, columns);
                solveLower(first + top, size - top, column, columns);
                return;
            }
            Words words = context.words().put(size).put(columns);
            words.put(address(first, first)).put(1L).put(ld);
            words.put(address(first, column)).put(1L).put(ld);
            batch.putAxes(words, 0, 0);
            long pieces = (columns + THREADS - 1) / THREADS;
            kernels.launch("lu_lower", a, batch.count() * pieces, THREADS, words);
        }

        /** {@code C -= A B}: A in rows {@code row} on and columns {@code inner} on, B below it in rows {@code inner} on. */
        private void subtractProduct(long row, long rows, long inner, long depth, long column, long columns) {
            if (rows == 0 || columns == 0) {
                return;
            }
            DevicePointer left = new DevicePointer(address(row, inner));
            DevicePointer right = new DevicePointer(address(inner, column));
            DevicePointer result = new DevicePointer(address(row, column));
            int none = cublasOperation.CUBLAS_OP_N;
            int lead = (int) ld;
            long step = batch.step(0);
            Words words = context.words();
            Pointer minusOne = words.alpha(-1, a.dtype());
            Pointer one = words.beta(1, a.dtype());
            context.blas(
                    blas.name("gemmStridedBatched"),
                    h -> blas.gemmStridedBatched()
                            .call(
                                    h,
                                    none,
                                    none,
                                    (int) rows,
                                    (int) columns,
                                    (int) depth,
                                    minusOne,
                                    left,
                                    lead,
                                    step,
                                    right,
                                    lead,
                                    step,
                                    one,
                                    result,
                                    lead,
                                    step,
                                    batch.count()),
                    rows,
                    columns,
                    depth,
                    batch.count());
        }
    }
}
