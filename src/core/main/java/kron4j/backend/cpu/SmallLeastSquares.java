package kron4j.backend.cpu;

import java.util.Arrays;

/**
 * Least squares of small real matrices of full rank, several at once; the others, and those of extreme magnitudes, go to {@link LibraryLeastSquares}. Belongs to one
 * thread.
 */
final class SmallLeastSquares {
    private static final int MOST_COLUMNS = 16;
    private static final int MOST_ROWS = 64;

    /** The exponent of 2 within which sizes are, so that no square and no product of two squares leaves the range of numbers. */
    private static final double LARGE = 0x1p150;

    /** What the least element of R's diagonal may be relative to a matrix, for the same reason. */
    private static final double NARROW = 0x1p-60;

    private final Entries a;
    private final Entries b;
    private final double rcond;
    private final Entries s;
    private final Entries ranks;
    private final LibraryLeastSquares others;
    private final int lanes;
    private final LuLanes order = Loops.BEST.luLanes(1);
    private final QrLanes qr = Loops.BEST.qrLanes();
    private final int m;
    private final int n;
    private final int columns;
    private final double[] matrices;
    private final double[] rights;
    private final double[] packed;
    private final double[] packedRights;
    private final double[] diagonal;
    private final double[] values;
    private final double[] scratch;
    private final double[] sizes;
    private final double[] rightSizes;
    private final double[] sorted;

    /** @param others for the same operands */
    SmallLeastSquares(Entries a, Entries b, double rcond, Entries s, Entries ranks, LibraryLeastSquares others) {
        this.a = a;
        this.b = b;
        this.rcond = rcond;
        this.s = s;
        this.ranks = ranks;
        this.others = others;
        lanes = order.count();
        m = a.size(-2);
        n = a.size(-1);
        columns = b.size(-1);
        matrices = new double[lanes * m * n];
        rights = new double[lanes * m * columns];
        packed = new double[matrices.length];
        packedRights = new double[rights.length];
        diagonal = new double[lanes * n];
        values = new double[lanes * n];
        scratch = new double[lanes * n * n];
        sizes = new double[lanes];
        rightSizes = new double[lanes];
        sorted = new double[n];
    }

    /** Whether there are as many such matrices as lanes. */
    static boolean has(Entries a) {
        QrLanes qr = Loops.BEST.qrLanes();
        return qr != null
                && a.width() == 1
                && a.size(-1) > 0
                && a.count() >= Loops.BEST.luLanes(1).count()
                && a.size(-1) <= Math.min(MOST_COLUMNS, a.size(-2))
                && a.size(-2) <= MOST_ROWS;
    }

    /** Solves for the entries [from, to). */
    void solve(long from, long to) {
        for (long e = from; e < to; e += lanes) {
            solveSome(e, (int) Math.min(lanes, to - e));
        }
    }

    private void solveSome(long first, int count) {
        a.readMatrices(first, count, false, matrices);
        b.readMatrices(first, count, false, rights);
        // Lanes that are left have the first matrix too.
        for (int lane = count; lane < lanes; lane++) {
            System.arraycopy(matrices, 0, matrices, lane * m * n, m * n);
            System.arraycopy(rights, 0, rights, lane * m * columns, m * columns);
        }
        order.interleave(matrices, m * n, packed);
        order.interleave(rights, m * columns, packedRights);
        qr.greatest(packed, m * n, sizes);
        qr.greatest(packedRights, m * columns, rightSizes);
        qr.solve(packed, m, n, packedRights, columns, diagonal, scratch);
        boolean found = s == null || qr.singularValues(packed, m, n, diagonal, scratch, values);
        order.separate(packedRights, m * columns, rights);
        for (int lane = 0; lane < count; lane++) {
            if (found && isOrdinary(lane) && isFull(lane)) {
                write(first + lane, lane);
            } else {
                others.solve(first + lane);
            }
        }
    }

    /** Whether all that was computed was in range. */
    private boolean isOrdinary(int lane) {
        double least = Double.POSITIVE_INFINITY;
        for (int k = 0; k < n; k++) {
            least = Math.min(least, Math.abs(diagonal[k * lanes + lane]));
        }
        double right = rightSizes[lane];
        return sizes[lane] <= LARGE
                && sizes[lane] >= 1 / LARGE
                && least >= NARROW * sizes[lane]
                && (right == 0 || (right <= LARGE && right >= 1 / LARGE));
    }

    /** Whether all singular values count; sorts them, the greatest first. */
    private boolean isFull(int lane) {
        for (int k = 0; k < n; k++) {
            sorted[k] = -values[k * lanes + lane];
        }
        Arrays.sort(sorted);
        for (int k = 0; k < n; k++) {
            sorted[k] = -sorted[k];
        }
        return s == null || sorted[n - 1] > rcond * sorted[0];
    }

    private void write(long entry, int lane) {
        for (int j = 0; j < columns; j++) {
            b.write(b.at(entry) + (long) j * b.leadingDimension(), rights, (lane * columns + j) * m, n);
        }
        if (s != null) {
            s.write(s.at(entry), sorted, 0, n);
            ranks.setInt(ranks.at(entry), n);
        }
    }
}
