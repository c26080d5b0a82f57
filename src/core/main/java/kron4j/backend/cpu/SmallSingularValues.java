package kron4j.backend.cpu;

import java.util.Arrays;

/** Singular values of small matrices, several at once; matrices that {@link SmallTriangles} refuses go to LAPACK. Belongs to one thread. */
final class SmallSingularValues {
    private final Entries a;
    private final Entries s;
    private final Entries info;
    private final SmallTriangles triangles;
    private final int m;
    private final int n;
    private final double[] values;
    private final double[] scratch;
    private final double[] sorted;

    SmallSingularValues(Entries a, Entries s, Entries info) {
        this.a = a;
        this.s = s;
        this.info = info;
        triangles = new SmallTriangles(a);
        m = a.size(-2);
        n = a.size(-1);
        values = new double[triangles.lanes * n];
        scratch = triangles.doubles(n * n);
        sorted = new double[n];
    }

    /** Whether there are many, and so small that rotations take less time than LAPACK. */
    static boolean suit(Entries a) {
        return SmallTriangles.suit(a, 16, 1 << 10);
    }

    /** Finds those of the entries [from, to). */
    void find(long from, long to) {
        triangles.forEach(from, to, this::findSome);
    }

    private void findSome(long first, int count) {
        triangles.factor(first, count);
        boolean found = triangles.qr.singularValues(triangles.packed, m, n, triangles.diagonal, scratch, values);
        for (int lane = 0; lane < count; lane++) {
            if (found && triangles.isOrdinary(lane)) {
                write(first + lane, lane);
            } else {
                CpuLinalg.singular('N', a, s, a, a, info, first + lane);
            }
        }
    }

    /** The greatest first. */
    private void write(long entry, int lane) {
        for (int k = 0; k < n; k++) {
            sorted[k] = -values[k * triangles.lanes + lane];
        }
        Arrays.sort(sorted);
        for (int k = 0; k < n; k++) {
            sorted[k] = -sorted[k];
        }
        s.write(s.at(entry), sorted, 0, n);
        info.setInt(info.at(entry), 0);
    }
}
