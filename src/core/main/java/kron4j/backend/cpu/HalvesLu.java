package kron4j.backend.cpu;

import kron4j.backend.cpu.Lapack.Matrix;
import org.bytedeco.javacpp.IntPointer;

/**
 * LU of one matrix on all cores, by halves: the left columns, then for the right ones exchanges, a triangular solve and a product, which all cores
 * share; narrow parts by the library on one core. (The library's own way to use several gains nothing below n = 600 and half as much above.)
 */
final class HalvesLu {
    private static final int NARROW = 200;
    /** Halves are multiples of the block size of a product's kernels. */
    private static final int STEP = 16;

    private final CpuBackend backend;
    private final Entries batch;
    private final int m;
    private final Matrix a;
    private final Matrix pivots;
    private int info;

    private HalvesLu(CpuBackend backend, Entries batch, Matrix a, Matrix pivots) {
        this.backend = backend;
        this.batch = batch;
        this.m = batch.size(-2);
        this.a = a;
        this.pivots = pivots;
    }

    /** As getrf, of matrix {@code a} of the batch. */
    static int factor(CpuBackend backend, Entries batch, Matrix a, Matrix pivots) {
        int m = batch.size(-2);
        int n = batch.size(-1);
        HalvesLu lu = new HalvesLu(backend, batch, a, pivots);
        int steps = Math.min(m, n);
        lu.factor(0, steps);
        if (n > steps) {
            lu.exchange(steps, n - steps, 0, steps);
            lu.solveLower(0, steps, steps, n - steps);
        }
        return lu.info;
    }

    /** Columns {@code first} on, in the rows from {@code first} on. */
    private void factor(int first, int width) {
        if (width <= NARROW) {
            narrow(first, width);
            return;
        }
        int left = (width / 2 + STEP - 1) / STEP * STEP;
        int right = width - left;
        int middle = first + left;
        factor(first, left);
        exchange(middle, right, first, left);
        solveLower(first, left, middle, right);
        if (m > middle) {
            batch.lapack()
                    .subtractProduct(
                            false, m - middle, right, left, at(middle, first), at(first, middle), at(middle, middle));
        }
        factor(middle, right);
        exchange(first, left, middle, right);
    }

    private void narrow(int first, int width) {
        Matrix mine = new Matrix(pivots.storage(), pivots.element() + first, 1);
        OpenBlas.oneThreadEach(() -> {
            try (LibraryLu library = new LibraryLu(backend, batch, m - first, width)) {
                int found = library.factor(at(first, first), mine);
                info = info == 0 && found > 0 ? first + found : info;
            }
        });
        IntPointer rows = mine.ints();
        for (int k = 0; k < width; k++) {
            rows.put(k, rows.get(k) + first);
        }
    }

    /** The exchanges of some steps in other columns. */
    private void exchange(int column, int columns, int from, int steps) {
        OpenBlas.oneThreadEach(() -> batch.lapack().laswp(columns, at(0, column), from, from + steps, pivots));
    }

    private void solveLower(int first, int size, int column, int columns) {
        batch.lapack().trsm(false, false, true, size, columns, at(first, first), at(first, column));
    }

    private Matrix at(long row, long column) {
        return new Matrix(a.storage(), a.element() + row + column * a.ld(), a.ld());
    }
}
