package kron4j.backend.cpu;

import kron4j.backend.Storage;
import kron4j.backend.cpu.Lapack.Matrix;

/** The triangles R of tall matrices, which {@link BlockedQr} writes over them, and their singular values. Belongs to one thread. */
final class Triangles implements AutoCloseable {
    private final Entries a;
    private final int n;
    private final Storage factors;
    /** A copy of R, which the search for singular values destroys. */
    private final Storage triangle;

    private final double[] zeros;

    Triangles(CpuBackend backend, Entries a) {
        this.a = a;
        n = a.size(-1);
        factors = backend.allocate(a.dtype(), (long) Math.min(n, BlockedQr.REFLECTORS) * n);
        triangle = backend.allocate(a.dtype(), (long) n * n);
        zeros = new double[a.width() * n];
    }

    /** Factors an entry. */
    BlockedQr factor(long index) {
        Matrix reflectors = new Matrix((CpuStorage) factors, 0, Math.min(n, BlockedQr.REFLECTORS));
        BlockedQr qr = new BlockedQr(a.lapack(), a.size(-2), n, Matrix.of(a, index), reflectors);
        qr.factor(n);
        return qr;
    }

    /** Factors an entry and finds its singular values; returns LAPACK's info. */
    int singularValues(long index, Entries s) {
        factor(index);
        return valuesOfTriangle(index, s);
    }

    /** Finds the singular values of an entry that {@link #factor} has factored, and sets what is below R to 0. */
    int valuesOfTriangle(long index, Entries s) {
        Matrix r = Matrix.of(a, index);
        for (int j = 0; j < n - 1; j++) {
            a.write(r.at(j + 1, j).element(), zeros, 0, n - 1 - j);
        }
        Matrix copy = new Matrix((CpuStorage) triangle, 0, n);
        a.lapack().copy(n, n, r, copy);
        return a.lapack().gesdd('N', n, n, copy, Matrix.vector(s, index), copy, copy);
    }

    @Override
    public void close() {
        factors.release();
        triangle.release();
    }
}
