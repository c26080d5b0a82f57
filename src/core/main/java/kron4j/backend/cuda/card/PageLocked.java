package kron4j.backend.cuda.card;

import java.nio.ByteBuffer;
import jcuda.driver.JCudaDriver;

/** Page-locked memory of this process, for good. */
final class PageLocked {
    private final HostPointer pointer = new HostPointer();
    private final ByteBuffer whole;

    PageLocked(CudaContext context, long bytes) {
        context.attach();
        context.check(
                JCudaDriver.cuMemHostAlloc(pointer, bytes, JCudaDriver.CU_MEMHOSTALLOC_PORTABLE),
                "cuMemHostAlloc",
                bytes);
        whole = pointer.getByteBuffer();
    }

    /** Its address so many bytes from the start. */
    HostPointer pointer(long offset) {
        return new HostPointer(pointer.address() + offset);
    }

    /** A part of it, in big-endian order as every fresh buffer. */
    ByteBuffer buffer(int offset, int bytes) {
        return whole.slice(offset, bytes);
    }
}
