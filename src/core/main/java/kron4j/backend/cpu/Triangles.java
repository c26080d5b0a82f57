package kron4j.backend.cpu;

import kron4j.backend.Storage;
import kron4j.backend.cpu.Lapack.Matrix;

/** The triangles R of matrices with at least as many rows as columns, which {@link BlockedQr} writes over them. Belongs to one thread. */
final class Triangles implements AutoCloseable {
    private final Entries a;
    private final int n;
    private final Storage factors;
    private final double[] zeros;

    Triangles(CpuBackend backend, Entries a) {
        this.a = a;
        n = a.size(-1);
        factors = backend.allocate(a.dtype(), (long) Math.min(n, BlockedQr.REFLECTORS) * n);
        zeros = new double[a.width() * n];
    }

    /** Factors an entry. */
    BlockedQr factor(long index) {
        Matrix reflectors = new Matrix((CpuStorage) factors, 0, Math.min(n, BlockedQr.REFLECTORS));
        BlockedQr qr = new BlockedQr(a.lapack(), a.size(-2), n, Matrix.of(a, index), reflectors);
        qr.factor(n);
        return qr;
    }

    /** Sets what is below R to 0, reflectors too. */
    void clear(long index) {
        Matrix r = Matrix.of(a, index);
        for (int j = 0; j < n - 1; j++) {
            a.write(r.at(j + 1, j).element(), zeros, 0, n - 1 - j);
        }
    }

    /** Factors an entry and finds its singular values, which destroys R; returns LAPACK's info. */
    int singularValues(long index, Entries s) {
        factor(index);
        clear(index);
        Matrix r = Matrix.of(a, index);
        return a.lapack().gesdd('N', n, n, r, Matrix.vector(s, index), r, r);
    }

    @Override
    public void close() {
        factors.release();
    }
}
