package kron4j.backend.cuda.linalg;

import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasOperation;
import jcuda.jcusolver.JCusolverDn;
import kron4j.DType;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.DevicePointer;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.LuPlan;

/** LU on a card: up to 64 x 64 by one kernel that does all that is asked for, larger ones by panels or the library (kernels/lu.cu). */
final class CudaLu {
    private static final int THREADS = 128;
    private static final int WARP = 32;
    /** Columns that a block exchanges rows of. */
    private static final int EXCHANGED_COLUMNS = 64;

    private final CudaContext context;

    CudaLu(CudaContext context) {
        this.context = context;
    }

    // ---- matrices in registers ----

    /** A determinant and its logarithm; nulls for what is not asked for. */
    void determinant(View a, View sign, View logAbs, View det) {
        View first = sign == null ? det : sign;
        View second = logAbs == null ? det : logAbs;
        View third = det == null ? sign : det;
        MatrixBatch.forEach(
                a.layout().rank() - 2,
                batch -> {
                    Words words = begin(batch, towardsRows(a));
                    putDeterminant(words, batch, 1, sign != null, det != null);
                    putNoFactors(words);
                    putNoSolutions(words);
                    batch.putAxes(words);
                    batch.putStrides(words, 0);
                    putNoStrides(words, 3);
                    launch(batch, words);
                },
                a,
                first,
                second,
                third);
    }

    /** {@code b := A^-1 b}. */
    void solve(View a, View b, View info) {
        MatrixBatch.forEach(
                info.layout().rank(),
                batch -> {
                    boolean transposed = towardsRows(a);
                    Words words = begin(batch, transposed);
                    putNoDeterminant(words);
                    words.put(0L).put(0L).put(0L).put(0L).put(batch.address(2));
                    words.put(b.shape().at(-1)).put(transposed ? 1L : 0L);
                    batch.putMatrix(words, 1);
                    batch.putAxes(words);
                    batch.putStrides(words, 0);
                    putNoStrides(words, 1);
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
        switch (LuPlan.onCard(m, n, info.shape().size())) {
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

    private static void putNoDeterminant(Words words) {
        words.put(0L).put(0L).put(0L);
        putNoStrides(words, 3);
    }

    private static void putNoFactors(Words words) {
        words.put(0L).put(0L).put(0L).put(0L).put(0L);
    }

    private static void putNoSolutions(Words words) {
        words.put(0L).put(0L).put(0L).put(0L).put(0L);
    }

    private static void putNoStrides(Words words, int times) {
        for (int i = 0; i < times; i++) {
            MatrixBatch.putNoStrides(words);
        }
    }

    /** From the determinant on, of a batch of a, pivots, info. */
    private static void putFactors(Words words, MatrixBatch batch, long pivots, View pivotView, long before) {
        putNoDeterminant(words);
        words.put(1L).put(pivots).put(pivotView.layout().stride(-1)).put(before).put(batch.address(2));
        putNoSolutions(words);
        batch.putAxes(words);
        batch.putStrides(words, 0);
        batch.putStrides(words, 1);
        batch.putStrides(words, 2);
        putNoStrides(words, 1);
    }

    private void launch(MatrixBatch batch, Words words) {
        View a = batch.operand(0);
        long n = Math.max(a.shape().at(-2), a.shape().at(-1));
        int width = n <= 4 ? 4 : n <= 8 ? 8 : n <= 16 ? 16 : n <= WARP ? WARP : LuPlan.REGISTERS;
        long blocks = width > WARP
                ? MatrixKernels.blocks(batch.count(), 1)
                : MatrixKernels.blocks(batch.count(), THREADS / width);
        context.launch(MatrixKernels.name("lu_" + width, a), blocks, width > WARP ? width : THREADS, 0, words);
    }

    // ---- one after the other ----

    private void factorEach(MatrixBatch batch, int m, int n) {
        SolverRoutine.LU.begin(context);
        View a = batch.operand(0);
        boolean single = a.dtype() == DType.FLOAT32;
        int ld = batch.leadingDimension(0);
        try (Scratch scratch = context.scratch()) {
            int[] size = new int[1];
            DevicePointer first = new DevicePointer(batch.address(0));
            context.solver(
                    single ? "cusolverDnSgetrf_bufferSize" : "cusolverDnDgetrf_bufferSize",
                    h -> single
                            ? JCusolverDn.cusolverDnSgetrf_bufferSize(h, m, n, first, ld, size)
                            : JCusolverDn.cusolverDnDgetrf_bufferSize(h, m, n, first, ld, size),
                    m,
                    n,
                    ld);
            DevicePointer work =
                    new DevicePointer(scratch.allocate(a.dtype(), size[0]).address());
            for (int e = 0; e < batch.count(); e++) {
                DevicePointer matrix = new DevicePointer(batch.address(0, e));
                DevicePointer pivots = new DevicePointer(batch.address(1, e));
                DevicePointer info = new DevicePointer(batch.address(2, e));
                context.solver(
                        single ? "cusolverDnSgetrf" : "cusolverDnDgetrf",
                        h -> single
                                ? JCusolverDn.cusolverDnSgetrf(h, m, n, matrix, ld, work, pivots, info)
                                : JCusolverDn.cusolverDnDgetrf(h, m, n, matrix, ld, work, pivots, info),
                        m,
                        n,
                        ld);
            }
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
        private final boolean single;

        Panels(MatrixBatch batch) {
            this.batch = batch;
            a = batch.operand(0);
            m = a.shape().at(-2);
            n = a.shape().at(-1);
            ld = batch.leadingDimension(0);
            single = a.dtype() == DType.FLOAT32;
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
            context.launch(
                    MatrixKernels.name("lu_panel", a), MatrixKernels.blocks(batch.count(), 1), threads, 0, words);
        }

        /** Exchanges rows of some columns by the pivots of steps {@code from} on. */
        private void exchange(long column, long columns, long from, long steps) {
            Words words = context.words().put(m - from).put(columns);
            words.put(address(from, column)).put(1L).put(ld);
            words.put(steps).put(pivots(from)).put(1L).put(from);
            batch.putAxes(words);
            batch.putStrides(words, 0);
            batch.putStrides(words, 1);
            long pieces = (columns + EXCHANGED_COLUMNS - 1) / EXCHANGED_COLUMNS;
            context.launch(
                    MatrixKernels.name("lu_exchange", a),
                    MatrixKernels.blocks(batch.count() * pieces, 1),
                    THREADS,
                    0,
                    words);
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
            batch.putAxes(words);
            batch.putStrides(words, 0);
            batch.putStrides(words, 0);
            long pieces = (columns + THREADS - 1) / THREADS;
            context.launch(
                    MatrixKernels.name("lu_lower", a),
                    MatrixKernels.blocks(batch.count() * pieces, 1),
                    THREADS,
                    0,
                    words);
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
            context.blas(
                    single ? "cublasSgemmStridedBatched" : "cublasDgemmStridedBatched",
                    h -> single
                            ? JCublas2.cublasSgemmStridedBatched(
                                    h,
                                    none,
                                    none,
                                    (int) rows,
                                    (int) columns,
                                    (int) depth,
                                    words.alpha(-1, true),
                                    left,
                                    lead,
                                    step,
                                    right,
                                    lead,
                                    step,
                                    words.beta(1, true),
                                    result,
                                    lead,
                                    step,
                                    batch.count())
                            : JCublas2.cublasDgemmStridedBatched(
                                    h,
                                    none,
                                    none,
                                    (int) rows,
                                    (int) columns,
                                    (int) depth,
                                    words.alpha(-1, false),
                                    left,
                                    lead,
                                    step,
                                    right,
                                    lead,
                                    step,
                                    words.beta(1, false),
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
