package kron4j.backend.cpu;

import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import kron4j.backend.cpu.Lapack.Matrix;

/**
 * LU of m x n matrices by the library, and by plain Java where the library is wrong: at a pivot below the smallest normal number it neither exchanges
 * rows nor divides, and it may report a zero pivot in a column with a NaN. Both show only afterwards, hence the copy.
 */
final class LibraryLu implements AutoCloseable {
    private final int m;
    private final int n;
    private final Entries a;
    private final CpuStorage copy;

    /** @param a view that contains the matrices */
    LibraryLu(CpuBackend backend, Entries a, int m, int n) {
        this.m = m;
        this.n = n;
        this.a = a;
        copy = (CpuStorage) backend.allocate(a.dtype(), (long) m * n);
    }

    /** As getrf. */
    int factor(Matrix matrix, Matrix pivots) {
        a.lapack().copy(m, n, matrix, new Matrix(copy, 0, m));
        int info = a.lapack().getrf(m, n, matrix, pivots);
        boolean wrong = hasOddPivot(a, matrix, Math.min(m, n))
                || leftZeroBehind(matrix, pivots)
                || (info > 0 && hasNaN(matrix));
        return wrong ? again(matrix, pivots) : info;
    }

    /** Whether a zero pivot remains that an exchange should have replaced. */
    private boolean leftZeroBehind(Matrix matrix, Matrix pivots) {
        for (int k = 0; k < Math.min(m, n); k++) {
            if (a.size(matrix.element() + k * (matrix.ld() + 1L)) == 0
                    && pivots.ints().get(k) != k + 1) {
                return true;
            }
        }
        return false;
    }

    private int again(Matrix matrix, Matrix pivots) {
        double[] values = new double[a.width() * Math.multiplyExact(m, n)];
        int[] rows = new int[Math.min(m, n)];
        new Matrix(copy, 0, m).entries(m, n).readMatrix(0, values);
        int info = a.small().factor(values, m, n, rows);
        matrix.entries(m, n).writeMatrix(0, values);
        View to = new View(pivots.storage(), Layout.of(Shape.of(rows.length), new long[] {1}, pivots.element()));
        new Entries(to, 1).writeInts(0, rows);
        return info;
    }

    private boolean hasNaN(Matrix matrix) {
        for (int j = 0; j < n; j++) {
            if (a.lapack().hasNaN(m, matrix.at((long) j * matrix.ld()))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether one of the first elements of the diagonal is so small or so large that its reciprocal is not a normal number,
     * or the reciprocal of twice a complex one's larger part.
     */
    static boolean hasOddPivot(Entries a, Matrix matrix, int steps) {
        double normal = a.real().leastNormal() * (a.width() == 1 ? 1 : 4);
        for (int k = 0; k < steps; k++) {
            double pivot = Math.abs(a.size(matrix.element() + k * (matrix.ld() + 1L)));
            if ((pivot < normal && pivot != 0) || (pivot > 1 / normal && pivot < Double.POSITIVE_INFINITY)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        copy.release();
    }
}
