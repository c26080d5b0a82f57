package kron4j.backend.cpu;

import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;
import kron4j.backend.cpu.Lapack.Matrix;

/** Complex eigenvalues and eigenvectors of real matrices, from what LAPACK packs into real arrays. */
final class RealEigen implements AutoCloseable {
    private final int n;
    private final CpuStorage values;
    private final CpuStorage vectors;

    RealEigen(CpuBackend backend, DType dtype, int n, boolean withVectors) {
        this.n = n;
        values = (CpuStorage) backend.allocate(dtype, 2L * n);
        vectors = (CpuStorage) backend.allocate(dtype, withVectors ? (long) n * n : 0);
    }

    /** Entry {@code e} of w and, unless it is null, of v; returns LAPACK's info. */
    int decompose(Matrix a, Entries w, Entries v, long e) {
        Lapack lapack = Lapack.of(values.dtype());
        int info = lapack.geev(n, a, new Matrix(values, 0, n), v == null ? null : new Matrix(vectors, 0, n));
        double[] parts = new double[2 * n];
        entries(values, 2L * n).read(0, parts, 0, 2 * n);
        for (int k = 0; k < n; k++) {
            w.set(w.at(e) + k * w.stride(), parts[k], parts[n + k]);
        }
        if (v != null) {
            Entries packed = entries(vectors, (long) n * n);
            for (int k = 0; k < n; k++) {
                boolean pair = parts[n + k] != 0;
                write(packed, k, pair, v, e);
                k += pair ? 1 : 0;
            }
        }
        return info;
    }

    /** A real column, or the columns of two conjugates. */
    private void write(Entries packed, int k, boolean pair, Entries v, long e) {
        double[] re = new double[n];
        double[] im = new double[n];
        packed.read((long) k * n, re, 0, n);
        if (pair) {
            packed.read((k + 1L) * n, im, 0, n);
        }
        for (int sign = 1; sign >= (pair ? -1 : 1); sign -= 2) {
            long column = v.at(e) + (sign > 0 ? k : k + 1L) * v.leadingDimension();
            for (int i = 0; i < n; i++) {
                v.set(column + i, re[i], sign * im[i]);
            }
        }
    }

    private static Entries entries(CpuStorage storage, long size) {
        return new Entries(new View(storage, Layout.contiguous(Shape.of(size))), 1);
    }

    @Override
    public void close() {
        values.release();
        vectors.release();
    }
}
