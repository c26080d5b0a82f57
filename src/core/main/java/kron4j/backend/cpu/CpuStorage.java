package kron4j.backend.cpu;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import kron4j.DType;
import kron4j.backend.Storage;
import kron4j.memory.MemorySource;

/** Off-heap memory of this process, seen through direct buffers (at most 2 GiB each). */
final class CpuStorage extends Storage {
    private final ByteBuffer whole;
    /** All of it as floats, doubles or longs where it has these; else null. */
    private final Buffer elements;

    CpuStorage(CpuBackend backend, DType dtype, long size, MemorySource source, MemorySource.Block block) {
        super(backend, dtype, size, source, block);
        long bytes = size * dtype.bytes();
        this.whole = bytes <= Integer.MAX_VALUE ? NativeMemory.buffer(block, (int) bytes) : null;
        this.elements = show();
    }

    private CpuStorage(CpuStorage other, DType dtype) {
        super(other, dtype);
        this.whole = other.whole;
        this.elements = show();
    }

    private Buffer show() {
        if (whole == null) {
            return null;
        }
        return switch (Primitive.of(dtype())) {
            case FLOAT -> whole.asFloatBuffer();
            case DOUBLE -> whole.asDoubleBuffer();
            case LONG -> whole.asLongBuffer();
            default -> null;
        };
    }

    @Override
    public CpuStorage as(DType other) {
        return new CpuStorage(this, other);
    }

    /** Whether one buffer shows all of it, as {@link #whole} does. */
    boolean fitsOneBuffer() {
        return whole != null;
    }

    /** All of it, in native byte order; position and limit must not be changed. */
    ByteBuffer whole() {
        return whole;
    }

    /** All of it, as {@link #whole}, in a FloatBuffer, a DoubleBuffer or a LongBuffer; null where it has other elements or is too large. */
    Buffer elements() {
        return elements;
    }

    /** The bytes [offset, offset + bytes) in native byte order. */
    ByteBuffer window(long offset, int bytes) {
        return whole != null
                ? whole.slice((int) offset, bytes).order(whole.order())
                : NativeMemory.buffer(address() + offset, bytes);
    }
}
