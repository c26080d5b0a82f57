package kron4j.backend.cpu;

import kron4j.backend.Storage;
import kron4j.backend.cpu.Lapack.Matrix;

/** A square matrix without gaps for loops of ours and calls of the library: in an array, in memory, or in both. */
final class SquareMatrix implements AutoCloseable {
    private final Entries entries;
    private final int size;
    private final Storage storage;
    private final Matrix matrix;
    private final double[] values;
    private boolean inArray;
    private boolean inMemory;

    /** @param values room for its elements */
    SquareMatrix(CpuBackend backend, Entries like, int n, double[] values) {
        size = n * n;
        storage = backend.allocate(like.dtype(), size);
        matrix = new Matrix((CpuStorage) storage, 0, n);
        entries = matrix.entries(n, n);
        this.values = values;
    }

    /** Its elements, to be read. */
    double[] array() {
        if (!inArray) {
            entries.read(0, values, 0, size);
            inArray = true;
        }
        return values;
    }

    /** Its elements, to be changed. */
    double[] changed() {
        array();
        inMemory = false;
        return values;
    }

    /** Room for new elements. */
    double[] replaced() {
        inArray = true;
        inMemory = false;
        return values;
    }

    /** The matrix in memory, to be read. */
    Matrix memory() {
        if (!inMemory) {
            entries.write(0, values, 0, size);
            inMemory = true;
        }
        return matrix;
    }

    /** The matrix in memory, to be changed. */
    Matrix changedMemory() {
        memory();
        inArray = false;
        return matrix;
    }

    /** Room in memory for new elements. */
    Matrix replacedMemory() {
        inMemory = true;
        inArray = false;
        return matrix;
    }

    @Override
    public void close() {
        storage.release();
    }
}
