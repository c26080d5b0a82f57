package kron4j.backend.cpu;

/** QR of small matrices, several at once by {@link QrLanes}. Belongs to one thread. */
final class SmallTriangles {
    /** Within this and its reciprocal no square of a size and no product of two squares leaves the range of numbers. */
    private static final double LARGE = 0x1p150;

    /** What the least element of a diagonal may be relative to its matrix, for the same reason. */
    private static final double NARROW = 0x1p-60;

    final QrLanes qr;
    /** Factors and reflectors, interleaved, as {@link QrLanes#factor} leaves them. */
    final double[] packed;

    final double[] diagonal;
    final double[] factors;
    final int lanes;
    private final Entries a;
    private final LuLanes order;
    private final int m;
    private final int n;
    private final double[] matrices;
    private final double[] sizes;
    private final double[] triangle;

    SmallTriangles(Entries a) {
        this.a = a;
        qr = Loops.BEST.qrLanes(a.width());
        order = Loops.BEST.luLanes(a.width());
        lanes = order.count();
        m = a.size(-2);
        n = a.size(-1);
        matrices = doubles(m * n);
        packed = doubles(m * n);
        diagonal = new double[lanes * n];
        factors = doubles(n);
        sizes = new double[lanes];
        triangle = new double[a.width() * n * n];
    }

    /** Whether there are as many matrices as lanes, of at least as many rows as columns, with so few columns and elements. */
    static boolean suit(Entries a, int mostColumns, int mostElements) {
        int m = a.size(-2);
        int n = a.size(-1);
        return Loops.BEST.qrLanes(a.width()) != null
                && n > 0
                && n <= Math.min(m, mostColumns)
                && m * (long) n <= mostElements
                && a.count() >= Loops.BEST.luLanes(a.width()).count();
    }

    /** Work on matrices in the lanes. */
    interface Body {
        void run(long first, int count);
    }

    /** Runs {@code body} for the entries [from, to), as many at a time as there are lanes. */
    void forEach(long from, long to, Body body) {
        for (long e = from; e < to; e += lanes) {
            body.run(e, (int) Math.min(lanes, to - e));
        }
    }

    /** Makes an array for so many elements of each lane. */
    double[] doubles(int elements) {
        return new double[lanes * a.width() * elements];
    }

    /** Factors entries. */
    void factor(long first, int count) {
        pack(a, first, count, matrices, packed);
        qr.greatest(packed, a.width() * m * n, sizes);
        qr.factor(packed, m, n, diagonal, factors);
    }

    /** Interleaves entries; lanes that are left have the first one too. */
    void pack(Entries entries, long first, int count, double[] several, double[] lanesOfThem) {
        entries.readMatrices(first, count, false, several);
        int size = several.length / lanes;
        for (int lane = count; lane < lanes; lane++) {
            System.arraycopy(several, 0, several, lane * size, size);
        }
        order.interleave(several, size, lanesOfThem);
    }

    /** The reverse. */
    void unpack(double[] lanesOfThem, double[] several) {
        order.separate(lanesOfThem, several.length / lanes, several);
    }

    /** Whether all that was computed for a lane was in range. */
    boolean isOrdinary(int lane) {
        double least = Double.POSITIVE_INFINITY;
        for (int k = lane; k < diagonal.length; k += lanes) {
            least = Math.min(least, Math.abs(diagonal[k]));
        }
        return isOrdinary(sizes[lane]) && least >= NARROW * sizes[lane];
    }

    static boolean isOrdinary(double size) {
        return size <= LARGE && size >= 1 / LARGE;
    }

    /** Makes the triangles ready for {@link #write}. */
    void separate() {
        unpack(packed, matrices);
    }

    /** Writes the triangle of a lane, zeros below. */
    void write(Entries r, long entry, int lane) {
        int width = a.width();
        for (int j = 0; j < n; j++) {
            System.arraycopy(matrices, width * (lane * n + j) * m, triangle, width * j * n, width * j);
            triangle[width * (j * n + j)] = diagonal[j * lanes + lane];
        }
        r.writeMatrix(entry, triangle);
    }
}
