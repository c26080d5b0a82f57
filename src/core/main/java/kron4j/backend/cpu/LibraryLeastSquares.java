package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.backend.cpu.Lapack.Matrix;

/**
 * Least squares by LAPACK, of matrices that are destroyed. A tall one becomes its triangle first, by blocks of reflectors, which read it fewer times than LAPACK's own
 * QR of a few columns. Belongs to one thread.
 */
final class LibraryLeastSquares implements AutoCloseable {
    private final Entries a;
    private final Entries b;
    private final double rcond;
    /** Singular values, and how many count; null where the rank is full. */
    private final Entries s;

    private final Entries ranks;
    private final Lapack lapack;
    private final int m;
    private final int n;
    private final int columns;
    private final Triangles triangles;
    private final double[] values;
    /** Whether the library gets the matrix as it is. */
    private final boolean whole;

    private final boolean[] odd;

    LibraryLeastSquares(CpuBackend backend, Entries a, Entries b, double rcond, Entries s, Entries ranks) {
        this.a = a;
        this.b = b;
        this.rcond = rcond;
        this.s = s;
        this.ranks = ranks;
        lapack = a.lapack();
        m = a.size(-2);
        n = a.size(-1);
        columns = b.size(-1);
        whole = m < n || (s == null ? BlockedQr.isSmall(m, n) : !BlockedQr.paysFor(m, n));
        triangles = whole ? null : new Triangles(backend, a);
        values = new double[n];
        odd = new boolean[columns];
    }

    /** Solves for the columns of an entry; those with NaN or infinities become NaN. */
    void solve(long index) {
        Matrix matrix = Matrix.of(a, index);
        Matrix right = Matrix.of(b, index);
        // LAPACK scales all columns by the largest element.
        for (int j = 0; j < columns; j++) {
            odd[j] = !lapack.isFinite(m, right.at(0, j));
            if (odd[j]) {
                fill(b, b.at(index) + (long) j * right.ld(), m, 0);
            }
        }
        boolean solved = CpuLinalg.isFinite(lapack, matrix, m, n) && minimize(index, matrix, right) == 0;
        if (!solved && s != null) {
            fill(s, s.at(index), s.size(-1), Double.NaN);
            ranks.setInt(ranks.at(index), 0);
        }
        for (int j = 0; j < columns; j++) {
            if (!solved || odd[j]) {
                fill(b, b.at(index) + (long) j * right.ld(), n, Double.NaN);
            }
        }
    }

    private int minimize(long index, Matrix matrix, Matrix right) {
        if (whole) {
            return s == null ? lapack.gels(m, n, columns, matrix, right) : deficient(m, index, matrix, right);
        }
        BlockedQr qr = triangles.factor(index);
        qr.multiply(right, columns);
        if (s != null && !isFull(index, matrix)) {
            return deficient(n, index, matrix, right);
        }
        lapack.trsm(true, false, false, n, columns, matrix, right);
        return 0;
    }

    private int deficient(int rows, long index, Matrix matrix, Matrix right) {
        return lapack.gelsd(
                rows, n, columns, matrix, right, rcond, Matrix.vector(s, index), Matrix.vector(ranks, index));
    }

    /** Finds the singular values of R, and whether all count and R can be solved with. */
    private boolean isFull(long index, Matrix r) {
        if (triangles.valuesOfTriangle(index, s) != 0) {
            return false;
        }
        s.read(s.at(index), values, 0, n);
        ranks.setInt(ranks.at(index), n);
        return values[n - 1] > rcond * values[0] && !LibraryLu.hasOddPivot(a, r, n);
    }

    private static void fill(Entries entries, long element, int count, double value) {
        double[] values = new double[entries.width() * count];
        Arrays.fill(values, value);
        entries.write(element, values, 0, count);
    }

    @Override
    public void close() {
        if (triangles != null) {
            triangles.close();
        }
    }
}
