package kron4j.backend.cpu;

/**
 * Least squares of small real matrices of full rank, several at once; the others, and those of extreme magnitudes, go to {@link LibraryLeastSquares}. Belongs to one
 * thread.
 */
final class SmallLeastSquares {
    private final Entries a;
    private final Entries b;
    private final double rcond;
    private final Entries triangles;
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
    private final double[] norms;
    private final double[] scratch;
    private final double[] sizes;
    private final double[] rightSizes;
    private final double[] triangle;

    /**
     * @param triangles [..., n, n], and {@code ranks}: null where the rank is full
     * @param others for the same operands
     */
    SmallLeastSquares(
            Entries a, Entries b, double rcond, Entries triangles, Entries ranks, LibraryLeastSquares others) {
        this.a = a;
        this.b = b;
        this.rcond = rcond;
        this.triangles = triangles;
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
        norms = new double[lanes];
        scratch = new double[lanes * n];
        sizes = new double[lanes];
        rightSizes = new double[lanes];
        triangle = new double[n * n];
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
        order.separate(packedRights, m * columns, rights);
        if (ranks != null) {
            qr.conditions(packed, m, n, diagonal, scratch, norms);
            order.separate(packed, m * n, matrices);
        }
        for (int lane = 0; lane < count; lane++) {
            if (isOrdinary(lane) && (ranks == null || ConditionBound.provesRank(norms[lane], rcond, a))) {
                write(first + lane, lane);
            } else {
                others.solve(first + lane);
            }
        }
    }

    /** Whether all that was computed was in range. */
    private boolean isOrdinary(int lane) {
        double right = rightSizes[lane];
        return SmallTriangles.isOrdinary(sizes[lane], diagonal, lane, lanes)
                && (right == 0 || (right <= SmallTriangles.LARGE && right >= 1 / SmallTriangles.LARGE));
    }

    private void write(long entry, int lane) {
        for (int j = 0; j < columns; j++) {
            b.write(b.at(entry) + (long) j * b.leadingDimension(), rights, (lane * columns + j) * m, n);
        }
        if (ranks != null) {
            for (int j = 0; j < n; j++) {
                System.arraycopy(matrices, (lane * n + j) * m, triangle, j * n, j);
                triangle[j * n + j] = diagonal[j * lanes + lane];
            }
            triangles.writeMatrix(entry, triangle);
            ranks.setInt(ranks.at(entry), n);
        }
    }
}
