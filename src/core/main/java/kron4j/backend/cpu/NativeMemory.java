package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import kron4j.DeviceException;
import kron4j.DeviceMemoryException;
import kron4j.memory.Bytes;
import kron4j.memory.MemorySource;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** The C heap, aligned to 64 bytes. */
final class NativeMemory implements MemorySource {
    private static final int ALIGNMENT = 64;

    /**
     * A block with what making it took.
     *
     * @param raw what C gave
     * @param buffer the whole block in native byte order, or null where it is too large for one
     */
    private record HeapBlock(Pointer raw, long address, long bytes, ByteBuffer buffer) implements Block {}

    @Override
    public Block allocate(long bytes) {
        Pointer pointer = bytes > Long.MAX_VALUE - ALIGNMENT ? null : Pointer.malloc(bytes + ALIGNMENT);
        if (pointer == null || pointer.isNull()) {
            throw new DeviceMemoryException(
                    "cpu: the operating system has no " + Bytes.text(bytes) + " left; close tensors or scopes");
        }
        long address = (pointer.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return new HeapBlock(pointer, address, bytes, bytes <= Integer.MAX_VALUE ? buffer(address, (int) bytes) : null);
    }

    @Override
    public void free(Block block) {
        Pointer.free(((HeapBlock) block).raw());
    }

    @Override
    public long trim() {
        return 0;
    }

    @Override
    public Statistics statistics() {
        return new Statistics(0, 0, 0, 0);
    }

    /** The first bytes of a block of host memory, in native byte order. Valid only as long as its storage is. */
    static ByteBuffer buffer(Block block, int bytes) {
        // Making a buffer of an address is a native call, which a block that is used again has behind it.
        return block instanceof HeapBlock known && known.buffer() != null
                ? known.buffer().slice(0, bytes).order(ByteOrder.nativeOrder())
                : buffer(block.address(), bytes);
    }

    /** The memory at an address, in native byte order. Valid only as long as its storage is. */
    static ByteBuffer buffer(long address, int bytes) {
        return bytes == 0
                ? ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder())
                : new At(address, bytes).asByteBuffer();
    }

    /** The address of a direct buffer's position. */
    static long address(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new DeviceException("cpu: only direct buffers can be wrapped; copy others with Tensor.of");
        }
        if (buffer.isReadOnly()) {
            throw new DeviceException(
                    "cpu: a read-only buffer cannot be wrapped, since updates in place would write to "
                            + "its memory; map a file as FileChannel.MapMode.PRIVATE, or copy the buffer with Tensor.of");
        }
        BytePointer whole = new BytePointer(buffer);
        return whole.address() + whole.position();
    }

    /** An address in caller-owned memory. */
    static final class At extends BytePointer {
        At(long address, long bytes) {
            super((Pointer) null);
            this.address = address;
            this.capacity = bytes;
            this.limit = bytes;
        }
    }
}
