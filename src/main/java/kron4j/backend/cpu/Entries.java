package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Layout;
import kron4j.backend.View;

/** The matrices, vectors or scalars of a batch: the last {@code coreRank} axes of a view for each index of the leading ones, numbered row-major. */
final class Entries {
    private final CpuStorage storage;
    private final DType dtype;
    private final Layout layout;
    private final int leading;
    private final long count;
    /** The step between entries where there is only one, else -1. */
    private final long step;

    Entries(View view, int coreRank) {
        storage = (CpuStorage) view.storage();
        dtype = view.dtype();
        layout = view.layout();
        leading = layout.rank() - coreRank;
        count = layout.shape().slice(0, leading).size();
        step = step();
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

    long stride(int axis) {
        return layout.stride(axis);
    }

    /** The leading dimension of column-major matrices. */
    int leadingDimension() {
        return size(-1) <= 1 ? Math.max(1, size(-2)) : Math.toIntExact(stride(-1));
    }

    /** Where entry {@code index} begins in the storage, in elements. */
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

    /** Reads {@code n} neighbouring elements of the storage. */
    void read(long element, double[] target, int from, int n) {
        ByteBuffer bytes = bytes(element, n);
        int at = position(element);
        switch (dtype) {
            case FLOAT64 -> bytes.slice(at, n * Double.BYTES).order(bytes.order()).asDoubleBuffer().get(target, from, n);
            case FLOAT32 -> {
                for (int i = 0; i < n; i++) {
                    target[from + i] = bytes.getFloat(at + i * Float.BYTES);
                }
            }
            case INT32, INT64, BOOL -> throw unsupported();
        }
    }

    /** Writes {@code n} neighbouring elements of the storage. */
    void write(long element, double[] source, int from, int n) {
        ByteBuffer bytes = bytes(element, n);
        int at = position(element);
        switch (dtype) {
            case FLOAT64 -> {
                for (int i = 0; i < n; i++) {
                    bytes.putDouble(at + i * Double.BYTES, source[from + i]);
                }
            }
            case FLOAT32 -> {
                for (int i = 0; i < n; i++) {
                    bytes.putFloat(at + i * Float.BYTES, (float) source[from + i]);
                }
            }
            case INT32, INT64, BOOL -> throw unsupported();
        }
    }

    double get(long element) {
        ByteBuffer bytes = bytes(element, 1);
        int at = position(element);
        return switch (dtype) {
            case FLOAT64 -> bytes.getDouble(at);
            case FLOAT32 -> bytes.getFloat(at);
            case INT32, INT64, BOOL -> throw unsupported();
        };
    }

    void set(long element, double value) {
        ByteBuffer bytes = bytes(element, 1);
        int at = position(element);
        switch (dtype) {
            case FLOAT64 -> bytes.putDouble(at, value);
            case FLOAT32 -> bytes.putFloat(at, (float) value);
            case INT32, INT64, BOOL -> throw unsupported();
        }
    }

    int getInt(long element) {
        return bytes(element, 1).getInt(position(element));
    }

    void setInt(long element, int value) {
        bytes(element, 1).putInt(position(element), value);
    }

    void setLong(long element, long value) {
        bytes(element, 1).putLong(position(element), value);
    }

    /** A matrix, whatever its strides, as a column-major array without gaps. */
    void readMatrix(long index, double[] target) {
        int rows = size(-2);
        int cols = size(-1);
        long begin = at(index);
        long down = stride(-2);
        long across = stride(-1);
        if (down == 1 || rows == 1) {
            if (across == rows) {
                read(begin, target, 0, rows * cols);
                return;
            }
            for (int j = 0; j < cols; j++) {
                read(begin + j * across, target, j * rows, rows);
            }
            return;
        }
        for (int j = 0; j < cols; j++) {
            for (int i = 0; i < rows; i++) {
                target[j * rows + i] = get(begin + i * down + j * across);
            }
        }
    }

    /** The reverse of {@link #readMatrix} for column-major matrices. */
    void writeMatrix(long index, double[] source) {
        int rows = size(-2);
        int cols = size(-1);
        long begin = at(index);
        int ld = leadingDimension();
        if (ld == rows) {
            write(begin, source, 0, rows * cols);
            return;
        }
        for (int j = 0; j < cols; j++) {
            write(begin + (long) j * ld, source, j * rows, rows);
        }
    }

    private ByteBuffer bytes(long element, int n) {
        return storage.fitsOneBuffer()
                ? storage.whole()
                : storage.window(element * dtype.bytes(), n * dtype.bytes());
    }

    private int position(long element) {
        return storage.fitsOneBuffer() ? (int) (element * dtype.bytes()) : 0;
    }

    DTypeException unsupported() {
        return new DTypeException("linalg: no kernel for " + dtype + "; convert with to(DType.FLOAT64)");
    }
}
