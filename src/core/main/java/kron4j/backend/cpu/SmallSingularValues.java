package kron4j.backend.cpu;

import java.util.Arrays;

/** Singular values of small real matrices, several at once; matrices that {@link SmallTriangles} refuses go to LAPACK. Belongs to one thread. */
final class SmallSingularValues {
    private static final double[] NOTHING = {};

    private final Entries a;
    private final Entries s;
    private final Entries info;
    private final LuLanes order = Loops.BEST.luLanes(1);
    private final QrLanes qr = Loops.BEST.qrLanes();
    private final int lanes = order.count();
    private final int m;
    private final int n;
    private final double[] matrices;
    private final double[] packed;
    private final double[] sizes;
    private final double[] diagonal;
    private final double[] values;
    private final double[] scratch;
    private final double[] sorted;

    SmallSingularValues(Entries a, Entries s, Entries info) {
        this.a = a;
        this.s = s;
        this.info = info;
        m = a.size(-2);
        n = a.size(-1);
        matrices = new double[lanes * m * n];
        packed = new double[lanes * m * n];
        sizes = new double[lanes];
        diagonal = new double[lanes * n];
        values = new double[lanes * n];
        scratch = new double[lanes * n * n];
        sorted = new double[n];
    }

    /** Finds those of the entries [from, to). */
    void find(long from, long to) {
        for (long e = from; e < to; e += lanes) {
            findSome(e, (int) Math.min(lanes, to - e));
        }
    }

    private void findSome(long first, int count) {
        a.readMatrices(first, count, false, matrices);
        // Lanes that are left have the first matrix too.
        for (int lane = count; lane < lanes; lane++) {
            System.arraycopy(matrices, 0, matrices, lane * m * n, m * n);
        }
        order.interleave(matrices, m * n, packed);
        qr.greatest(packed, m * n, sizes);
        qr.solve(packed, m, n, NOTHING, 0, diagonal, scratch);
        boolean found = qr.singularValues(packed, m, n, diagonal, scratch, values);
        for (int lane = 0; lane < count; lane++) {
            long e = first + lane;
            if (found && SmallTriangles.isOrdinary(sizes[lane], diagonal, lane, lanes)) {
                write(e, lane);
            } else {
                CpuLinalg.singular('N', a, s, a, a, info, e);
            }
        }
    }

    /** The greatest first. */
    private void write(long entry, int lane) {
        for (int k = 0; k < n; k++) {
            sorted[k] = -values[k * lanes + lane];
        }
        Arrays.sort(sorted);
        for (int k = 0; k < n; k++) {
            sorted[k] = -sorted[k];
        }
        s.write(s.at(entry), sorted, 0, n);
        info.setInt(info.at(entry), 0);
    }
}
