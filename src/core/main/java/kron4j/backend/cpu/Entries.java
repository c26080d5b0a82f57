package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.DType;
import kron4j.Layout;
import kron4j.backend.View;
import kron4j.backend.determinant.SmallLu;

/**
 * The matrices, vectors or scalars of a batch: the last {@code coreRank} axes of a view for each index of the leading ones, numbered row-major. In
 * Java arrays an element takes {@link #width} doubles.
 */
final class Entries {
    private final CpuStorage storage;
    private final DType dtype;
    private final Layout layout;
    private final int leading;
    private final long count;
    private final int width;
    private final Real real;
    /** The step between entries if it is constant, else Long.MIN_VALUE. */
    private final long step;

    private final int rows;
    private final int cols;
    private final long down;
    private final long across;
    /** The storage, if one buffer shows it all. */
    private final ByteBuffer whole;

    Entries(View view, int coreRank) {
        storage = (CpuStorage) view.storage();
        dtype = view.dtype();
        layout = view.layout();
        leading = layout.rank() - coreRank;
        count = layout.shape().slice(0, leading).size();
        step = step();
        rows = coreRank < 2 ? 1 : size(-2);
        cols = coreRank < 1 ? 1 : size(-1);
        down = coreRank < 2 ? 0 : layout.stride(-2);
        across = coreRank < 1 ? 0 : layout.stride(-1);
        width = dtype.isComplex() ? 2 : 1;
        real = dtype.isDifferentiable() ? Real.of(dtype.realPart()) : null;
        whole = storage.fitsOneBuffer() ? storage.whole() : null;
    }

    private long step() {
        long size = 1;
        long inner = 0;
        for (int i = leading - 1; i >= 0; i--) {
            long d = layout.shape().at(i);
            if (d == 1) {
                continue;
            }
            if (size == 1) {
                inner = layout.stride(i);
            } else if (layout.stride(i) != inner * size) {
                return Long.MIN_VALUE;
            }
            size *= d;
        }
        return inner;
    }

    long count() {
        return count;
    }

    DType dtype() {
        return dtype;
    }

    CpuStorage storage() {
        return storage;
    }

    /** Size of a core axis, counted from the end: -1 is the last. */
    int size(int axis) {
        return Math.toIntExact(layout.shape().at(axis));
    }

    long stride() {
        return across;
    }

    /** The leading dimension of column-major matrices. */
    int leadingDimension() {
        return cols <= 1 ? Math.max(1, rows) : Math.toIntExact(across);
    }

    /** The position of entry {@code index} in the storage, in elements. */
    long at(long index) {
        if (step != Long.MIN_VALUE) {
            return layout.offset() + index * step;
        }
        long rest = index;
        long offset = layout.offset();
        for (int i = leading - 1; i >= 0; i--) {
            long d = layout.shape().at(i);
            offset += rest % d * layout.stride(i);
            rest /= d;
        }
        return offset;
    }

    Lapack lapack() {
        return Lapack.of(dtype);
    }

    SmallLu small() {
        return dtype.isComplex() ? SmallLu.COMPLEX : SmallLu.REAL;
    }

    Real real() {
        return real;
    }

    /** Number of doubles for an element: real and imaginary part, or one. */
    int width() {
        return width;
    }

    /** Reads {@code n} neighbouring elements of the storage. */
    void read(long element, double[] target, int from, int n) {
        if (whole != null && n > 0) {
            real.read(whole, (int) element * width, target, from * width, n * width);
            return;
        }
        for (int i = 0; i < n * width; i++) {
            target[from * width + i] = part(element * width + i);
        }
    }

    /** Writes {@code n} neighbouring elements of the storage. */
    void write(long element, double[] source, int from, int n) {
        if (whole != null && n > 0) {
            real.write(whole, (int) element * width, source, from * width, n * width);
            return;
        }
        for (int i = 0; i < n * width; i++) {
            setPart(element * width + i, source[from * width + i]);
        }
    }

    /** An element of the storage as it is if it is real, else the sum of its parts' sizes. */
    double size(long element) {
        long at = element * width;
        return width == 1 ? part(at) : Math.abs(part(at)) + Math.abs(part(at + 1));
    }

    /** Sets an element, whose imaginary part counts if it is complex. */
    void set(long element, double re, double im) {
        setPart(element * width, re);
        if (width > 1) {
            setPart(element * width + 1, im);
        }
    }

    private double part(long at) {
        return whole != null ? real.get(whole, (int) at) : real.get(bytes(at), 0);
    }

    private void setPart(long at, double value) {
        if (whole != null) {
            real.put(whole, (int) at, value);
        } else {
            real.put(bytes(at), 0, value);
        }
    }

    int getInt(long element) {
        return whole != null
                ? whole.getInt((int) element * Integer.BYTES)
                : bytes(element).getInt(0);
    }

    void setInt(long element, int value) {
        if (whole != null) {
            whole.putInt((int) element * Integer.BYTES, value);
        } else {
            bytes(element).putInt(0, value);
        }
    }

    void setLong(long element, long value) {
        if (whole != null) {
            whole.putLong((int) element * Long.BYTES, value);
        } else {
            bytes(element).putLong(0, value);
        }
    }

    /** Reads the int32 vector of an entry. */
    void readInts(long index, int[] target) {
        long begin = at(index);
        for (int i = 0; i < target.length; i++) {
            target[i] = getInt(begin + i * across);
        }
    }

    /** Writes the int32 vector of an entry. */
    void writeInts(long index, int[] source) {
        long begin = at(index);
        for (int i = 0; i < source.length; i++) {
            setInt(begin + i * across, source[i]);
        }
    }

    /** Whether a matrix is row-major without gaps. */
    boolean isByRows() {
        return across == 1 && down == cols;
    }

    /** Whether the transposes are column-major without gaps. */
    boolean isSquareByRows() {
        return isByRows() && rows == cols;
    }

    /**
     * Reads some matrices of any strides into a column-major array, one after the other.
     *
     * @param either whether to read their transposes where {@link #isSquareByRows}
     */
    void readMatrices(long index, int number, boolean either, double[] target) {
        int size = rows * cols;
        if (either && isSquareByRows() && step == size) {
            read(at(index), target, 0, number * size);
            return;
        }
        for (int e = 0; e < number; e++) {
            if (either && isSquareByRows()) {
                read(at(index + e), target, e * size, size);
            } else {
                readMatrix(index + e, target, e * size);
            }
        }
    }

    /** Reads a matrix of any strides into a column-major array. */
    void readMatrix(long index, double[] target) {
        readMatrix(index, target, 0);
    }

    private void readMatrix(long index, double[] target, int first) {
        long begin = at(index);
        if (down == 1 || rows == 1) {
            if (across == rows) {
                read(begin, target, first, rows * cols);
                return;
            }
            for (int j = 0; j < cols; j++) {
                read(begin + j * across, target, first + j * rows, rows);
            }
            return;
        }
        int to = first * width;
        for (int j = 0; j < cols; j++) {
            for (int i = 0; i < rows; i++) {
                long at = (begin + i * down + j * across) * width;
                for (int part = 0; part < width; part++) {
                    target[to++] = part(at + part);
                }
            }
        }
    }

    /** The reverse of {@link #readMatrix}. */
    void writeMatrix(long index, double[] source) {
        writeMatrix(index, source, 0);
    }

    /** The same, of a matrix behind so many elements. */
    void writeMatrix(long index, double[] source, int first) {
        long begin = at(index);
        if (down == 1 || rows == 1) {
            if (across == rows) {
                write(begin, source, first, rows * cols);
                return;
            }
            for (int j = 0; j < cols; j++) {
                write(begin + j * across, source, first + j * rows, rows);
            }
            return;
        }
        int from = first * width;
        for (int j = 0; j < cols; j++) {
            for (int i = 0; i < rows; i++) {
                long at = (begin + i * down + j * across) * width;
                for (int part = 0; part < width; part++) {
                    setPart(at + part, source[from++]);
                }
            }
        }
    }

    private ByteBuffer bytes(long part) {
        int bytes = dtype.bytes() / width;
        return storage.window(part * bytes, bytes);
    }
}
