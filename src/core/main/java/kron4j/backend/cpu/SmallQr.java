package kron4j.backend.cpu;

/** QR of small matrices in the reduced form, several at once; matrices that {@link SmallTriangles} refuses go elsewhere. Belongs to one thread. */
final class SmallQr {
    private final Entries q;
    private final Entries r;
    private final Parallel.Range others;
    private final SmallTriangles triangles;
    private final int m;
    private final int n;
    private final double[] matrices;
    private final double[] packed;

    /** @param others factors entries by themselves */
    SmallQr(Entries a, Entries q, Entries r, Parallel.Range others) {
        this.q = q;
        this.r = r;
        this.others = others;
        triangles = new SmallTriangles(a);
        m = a.size(-2);
        n = a.size(-1);
        matrices = triangles.doubles(m * n);
        packed = triangles.doubles(m * n);
    }

    /** Whether there are many, and so small that they and Q stay in the caches. */
    static boolean suit(Entries a) {
        return SmallTriangles.suit(a, 32, 1 << 10);
    }

    /** Factors the entries [from, to). */
    void factor(long from, long to) {
        triangles.forEach(from, to, this::factorSome);
    }

    private void factorSome(long first, int count) {
        triangles.factor(first, count);
        triangles.qr.unpack(triangles.packed, m, n, triangles.factors, packed);
        triangles.unpack(packed, matrices);
        triangles.separate();
        for (int lane = 0; lane < count; lane++) {
            long e = first + lane;
            if (triangles.isOrdinary(lane)) {
                q.writeMatrix(e, matrices, lane * m * n);
                triangles.write(r, e, lane);
            } else {
                others.run(e, e + 1);
            }
        }
    }
}
