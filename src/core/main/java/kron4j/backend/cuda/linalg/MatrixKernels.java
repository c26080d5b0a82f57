package kron4j.backend.cuda.linalg;

import kron4j.DType;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.backend.cuda.linalg.MatrixBatch.Place;

/** Small services around the factorisations (kernels/linalg.cu). */
final class MatrixKernels {
    private static final int THREADS = 256;
    private static final int WARP = 32;
    /** The largest matrices that the kernels of kernels/decompose.cuh take. */
    static final long SMALL = 32;

    /** Columns that a block divides. */
    private static final int DIVIDED_COLUMNS = 64;
    /** More than fit on a card at a time; kernels go round. */
    private static final long MOST_BLOCKS = 1 << 16;

    /** The part of a matrix that is read, as the kernel's {@code Part}. */
    enum Part {
        ALL,
        UPPER,
        LOWER
    }

    private final CudaContext context;

    MatrixKernels(CudaContext context) {
        this.context = context;
    }

    /** Number of parts of {@code each} units in {@code work}. */
    static long parts(long work, long each) {
        return (work + each - 1) / each;
    }

    /** Enqueues a kernel for the dtype of a view; it goes round if that is more blocks than are good for a card. */
    void launch(String kernel, View a, long blocks, int threads, Words words) {
        launch(KernelNames.of(kernel, a.dtype()), blocks, threads, words);
    }

    /** The same for a kernel of one dtype. */
    void launch(String kernel, long blocks, int threads, Words words) {
        context.launch(kernel, Math.max(1, Math.min(MOST_BLOCKS, blocks)), threads, 0, words);
    }

    /** Words of {@code Output} of kernels/small.cuh. */
    static void putOutput(Words words, MatrixBatch batch, Place place) {
        MatrixBatch.putMatrix(words, place);
        batch.putStrides(words, place);
    }

    /** Runs a kernel of kernels/decompose.cuh, a warp for each matrix; a block has as many as small.cuh says ({@code WARPS}). */
    void decompose(String kernel, MatrixBatch batch, Words words) {
        View a = batch.operand(0);
        int warps = a.dtype().bytes() > Double.BYTES ? 1 : 2;
        launch(kernel, a, parts(batch.count(), warps), WARP * warps, words);
    }

    /** The addresses of matrices, in the card's memory. */
    long pointers(MatrixBatch batch, Place place, Scratch scratch) {
        Storage pointers = scratch.allocate(DType.INT64, batch.count());
        Words words = context.words().put(place.address());
        words.put(batch.operand(0).dtype().bytes()).put(pointers.address());
        batch.putAxes(words);
        batch.putStrides(words, place);
        launch("linalg_pointers", parts(batch.count(), THREADS), THREADS, words);
        return pointers.address();
    }

    /** Copies m x n matrices; row i goes to (scatters) or comes from row {@code order[i]} (int64, packed; null: row i). */
    void copyRows(MatrixBatch batch, long m, long n, Storage order, boolean scatters, Place from, Place to) {
        Words words = context.words().put(m).put(n);
        words.put(order == null ? 0L : order.address()).put(scatters);
        MatrixBatch.putMatrix(words, from);
        MatrixBatch.putMatrix(words, to);
        batch.putAxes(words);
        batch.putStrides(words, from);
        batch.putStrides(words, to);
        launch("linalg_rows", batch.operand(0), parts(batch.count() * m * n, THREADS), THREADS, words);
    }

    /** Copies m x n matrices. */
    void copy(MatrixBatch batch, long m, long n, Place from, Place to) {
        copyRows(batch, m, n, null, false, from, to);
    }

    /** Zeros above the diagonal, or below it, of operand k. */
    void zeroTriangle(MatrixBatch batch, int k, boolean upper) {
        long m = batch.operand(k).shape().at(-2);
        long n = batch.operand(k).shape().at(-1);
        Words words = context.words().put(m).put(n);
        batch.putMatrix(words, k);
        words.put(upper);
        batch.putAxes(words, k);
        launch("linalg_zero_triangle", batch.operand(k), parts(batch.count() * m * n, THREADS), THREADS, words);
    }

    /** Puts zeros in the place of matrices of operand 0 that are not finite; returns which, as int32 in the order of the batch. */
    Storage guard(MatrixBatch batch, Part part, Scratch scratch) {
        Storage flags = scratch.allocate(DType.INT32, batch.count());
        View a = batch.operand(0);
        Words words = context.words().put(a.shape().at(-2)).put(a.shape().at(-1));
        batch.putMatrix(words, 0);
        words.put(part.ordinal()).put(flags.address());
        batch.putAxes(words, 0);
        launch("linalg_guard", a, batch.count(), THREADS, words);
        return flags;
    }

    /** NaN in the m x n results of those, in an operand. */
    void spoil(MatrixBatch batch, Storage flags, long m, long n, Place place) {
        Words words = context.words().put(m).put(n);
        MatrixBatch.putMatrix(words, place);
        words.put(0L).put(flags.address());
        batch.putAxes(words);
        batch.putStrides(words, place);
        launch("linalg_spoil", batch.operand(place.operand()), parts(batch.count() * m * n, THREADS), THREADS, words);
    }

    /** Operand {@code info} from what a library found, int32 in the order of the batch, and {@code code} for the guarded ones. */
    void report(MatrixBatch batch, int info, Storage found, Storage flags, long code) {
        Words words = context.words().put(found.address()).put(flags.address()).put(code);
        words.put(batch.address(info));
        batch.putAxes(words, info);
        launch("linalg_info", parts(batch.count(), THREADS), THREADS, words);
    }

    /** The same for Cholesky's factors in operand 0, where NaN on the diagonal is a failure even if the library found none. */
    void reportNotPositive(MatrixBatch batch, int info, Storage found) {
        View a = batch.operand(0);
        Words words = context.words().put(a.shape().at(-1));
        batch.putMatrix(words, 0);
        words.put(found.address()).put(batch.address(info));
        batch.putAxes(words, 0, info);
        launch("linalg_not_positive", a, parts(batch.count(), THREADS / WARP), THREADS, words);
    }

    /**
     * Solves the systems of right-hand sides {@code from} again, into {@code to}, by division, for triangles of which an element of the diagonal has no
     * normal reciprocal: the library multiplies by reciprocals.
     *
     * @param upper which triangle of operand 0 comes first
     * @param passes 0: copies the right-hand sides of those; 1: one triangle; 2: as packed LU factors, the other one too
     * @param order as for {@link #copyRows}, for rows that come from there
     */
    void divide(MatrixBatch batch, boolean upper, boolean transposed, int passes, Storage order, Place from, Place to) {
        View b = batch.operand(1);
        long n = b.shape().at(-2);
        long columns = b.shape().at(-1);
        Words words = context.words().put(n).put(columns);
        batch.putMatrix(words, 0);
        words.put(upper).put(transposed).put((long) passes);
        words.put(order == null ? 0L : order.address());
        MatrixBatch.putMatrix(words, from);
        MatrixBatch.putMatrix(words, to);
        batch.putAxes(words, 0);
        batch.putStrides(words, from);
        batch.putStrides(words, to);
        long pieces = (columns + DIVIDED_COLUMNS - 1) / DIVIDED_COLUMNS;
        launch("linalg_divide", b, batch.count() * pieces, THREADS, words);
    }
}
