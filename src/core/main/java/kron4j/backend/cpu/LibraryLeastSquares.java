package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.backend.Storage;
import kron4j.backend.cpu.Lapack.Matrix;

/**
 * Least squares by LAPACK, of matrices that are destroyed. One with at least as many rows as columns becomes its triangle first, by blocks of reflectors, which read it fewer
 * times than LAPACK's own QR of a few columns; singular values are looked for only where the triangle does not prove full rank. Belongs to one thread.
 */
final class LibraryLeastSquares implements AutoCloseable {
    private final Entries a;
    private final Entries b;
    private final double rcond;
    /** The triangles, or of wide matrices the singular values; null where the rank is full. */
    private final Entries values;

    /** How many singular values count; null where the rank is full. */
    private final Entries ranks;

    private final Lapack lapack;
    private final int m;
    private final int n;
    private final int columns;
    private final Triangles triangles;
    private final ConditionBound bound;
    /** For the singular values of a triangle, which nobody wants. */
    private final Storage scratch;

    private final boolean[] odd;

    /**
     * @param values [..., n, n] for the triangles if m &gt;= n, else [..., m] for the singular values; null where the rank is full
     * @param ranks null where it is full
     */
    LibraryLeastSquares(CpuBackend backend, Entries a, Entries b, double rcond, Entries values, Entries ranks) {
        this.a = a;
        this.b = b;
        this.rcond = rcond;
        this.values = values;
        this.ranks = ranks;
        lapack = a.lapack();
        m = a.size(-2);
        n = a.size(-1);
        columns = b.size(-1);
        boolean whole = m < n || (ranks == null && BlockedQr.isSmall(m, n));
        boolean proves = !whole && ranks != null;
        triangles = whole ? null : new Triangles(backend, a);
        bound = proves ? new ConditionBound(backend, a) : null;
        scratch = proves ? backend.allocate(a.dtype().realPart(), n) : null;
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
        if (!solved && ranks != null) {
            spoil(index);
        }
        for (int j = 0; j < columns; j++) {
            if (!solved || odd[j]) {
                fill(b, b.at(index) + (long) j * right.ld(), n, Double.NaN);
            }
        }
    }

    private int minimize(long index, Matrix matrix, Matrix right) {
        if (triangles == null) {
            return ranks == null
                    ? lapack.gels(m, n, columns, matrix, right)
                    : deficient(m, index, matrix, right, Matrix.vector(values, index));
        }
        BlockedQr qr = triangles.factor(index);
        qr.multiply(right, columns);
        if (ranks != null) {
            triangles.clear(index);
            lapack.copy(n, n, matrix, Matrix.of(values, index));
            if (!bound.provesRank(index, rcond)) {
                return deficient(n, index, matrix, right, new Matrix((CpuStorage) scratch, 0, n));
            }
            ranks.setInt(ranks.at(index), n);
        }
        lapack.trsm(true, false, false, n, columns, matrix, right);
        return 0;
    }

    private int deficient(int rows, long index, Matrix matrix, Matrix right, Matrix s) {
        // It takes 0 for its own tolerance.
        double tolerance = Math.max(rcond, a.real().leastNormal());
        return lapack.gelsd(rows, n, columns, matrix, right, tolerance, s, Matrix.vector(ranks, index));
    }

    private void spoil(long index) {
        ranks.setInt(ranks.at(index), 0);
        for (int j = 0; j < (m < n ? 1 : n); j++) {
            fill(values, values.at(index) + (long) j * values.stride(), values.size(m < n ? -1 : -2), Double.NaN);
        }
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
        if (bound != null) {
            bound.close();
            scratch.release();
        }
    }
}
