package kron4j.backend.cpu;

/**
 * Least squares of small matrices of full rank, several at once; the others, and those of extreme magnitudes, go to {@link LibraryLeastSquares}. Belongs to one thread.
 */
final class SmallLeastSquares {
    private final Entries a;
    private final Entries b;
    private final double rcond;
    private final Entries values;
    private final Entries ranks;
    private final LibraryLeastSquares others;
    private final SmallTriangles triangles;
    private final int m;
    private final int n;
    private final int columns;
    private final double[] rights;
    private final double[] packedRights;
    private final double[] rightSizes;
    private final double[] norms;
    private final double[] scratch;

    /**
     * @param values [..., n, n] for the triangles, and {@code ranks}: null where the rank is full
     * @param others for the same operands
     */
    SmallLeastSquares(Entries a, Entries b, double rcond, Entries values, Entries ranks, LibraryLeastSquares others) {
        this.a = a;
        this.b = b;
        this.rcond = rcond;
        this.values = values;
        this.ranks = ranks;
        this.others = others;
        triangles = new SmallTriangles(a);
        m = a.size(-2);
        n = a.size(-1);
        columns = b.size(-1);
        rights = triangles.doubles(m * columns);
        packedRights = triangles.doubles(m * columns);
        rightSizes = new double[triangles.lanes];
        norms = new double[triangles.lanes];
        scratch = triangles.doubles(n);
    }

    /** Whether there are many, and so small that they stay in the second cache. */
    static boolean suit(Entries a) {
        return SmallTriangles.suit(a, 32, 1 << 12);
    }

    /** Solves for the entries [from, to). */
    void solve(long from, long to) {
        triangles.forEach(from, to, this::solveSome);
    }

    private void solveSome(long first, int count) {
        QrLanes qr = triangles.qr;
        double[] packed = triangles.packed;
        triangles.factor(first, count);
        triangles.pack(b, first, count, rights, packedRights);
        qr.greatest(packedRights, a.width() * m * columns, rightSizes);
        qr.solve(packed, m, n, triangles.diagonal, triangles.factors, packedRights, columns);
        triangles.unpack(packedRights, rights);
        if (ranks != null) {
            qr.conditions(packed, m, n, triangles.diagonal, scratch, norms);
            triangles.separate();
        }
        for (int lane = 0; lane < count; lane++) {
            boolean full = ranks == null || ConditionBound.provesRank(norms[lane], rcond, a);
            boolean ordinary = rightSizes[lane] == 0 || SmallTriangles.isOrdinary(rightSizes[lane]);
            if (full && ordinary && triangles.isOrdinary(lane)) {
                write(first + lane, lane);
            } else {
                others.solve(first + lane);
            }
        }
    }

    private void write(long entry, int lane) {
        for (int j = 0; j < columns; j++) {
            b.write(b.at(entry) + (long) j * b.leadingDimension(), rights, (lane * columns + j) * m, n);
        }
        if (ranks != null) {
            triangles.write(values, entry, lane);
            ranks.setInt(ranks.at(entry), n);
        }
    }
}
