package kron4j;

import java.nio.ByteBuffer;
import java.util.function.LongConsumer;
import kron4j.backend.Storage;

/**
 * Memory shared with other libraries of the process, without copies: direct buffers on the CPU, addresses (CUdeviceptr) and streams (CUstream) on
 * CUDA cards. Layouts count elements, as everywhere.
 */
public final class Interop {
    private Interop() {}

    /**
     * A tensor on the CPU over a direct buffer's remaining bytes, in native byte order and row-major. It shares the memory: what one writes the other
     * reads. The buffer is kept reachable as long as the tensor or a view of it is in use; who made the buffer must not free it by other means before.
     *
     * @throws ShapeException if the size does not fit
     * @throws DeviceException if the buffer is not direct
     */
    public static Tensor wrap(ByteBuffer memory, DType dtype, Shape shape) {
        if (memory.remaining() != shape.size() * dtype.bytes()) {
            throw new ShapeException("Interop.wrap: " + memory.remaining() + " bytes remain in the buffer, shape "
                    + shape + " of " + dtype + " takes " + shape.size() + " times " + dtype.bytes());
        }
        return over(Device.cpu().backend().wrap(memory, dtype), Layout.contiguous(shape));
    }

    /**
     * A tensor over memory of a CUDA card that somebody else owns, in the card's primary context. What the owner has queued to write it must come
     * before what is queued on {@link #stream} from now on: make that stream wait for an event, or wait yourself.
     *
     * @param address where the storage begins (CUdeviceptr), aligned to the dtype
     * @param layout  where the elements lie, from the address on
     * @param release called once, from any thread, when the tensor and its views are not used any more, with the stream on which the last work that
     *                uses the memory is queued: free it in the order of that stream, or after waiting for it. Until then the memory must stay.
     */
    public static Tensor wrap(Device device, long address, DType dtype, Layout layout, LongConsumer release) {
        long size = layout.size() == 0 ? 0 : layout.highest() + 1;
        if (!layout.isWithin(size)) {
            throw new ShapeException("Interop.wrap: " + layout + " reaches before the address");
        }
        return over(device.backend().wrap(address, dtype, size, release), layout);
    }

    /** The stream (CUstream) that the calling thread's work on a CUDA card is queued on; 0 on the CPU, where nothing is queued. */
    public static long stream(Device device) {
        return device.backend().stream();
    }

    private static Tensor over(Storage storage, Layout layout) {
        try {
            return Tensor.over(storage, layout);
        } catch (RuntimeException | Error e) {
            storage.release();
            throw e;
        }
    }

    /** Lends a tensor's memory. It stays allocated until this is closed, even if the tensor is closed before; the tensor's owner still frees it. */
    public static Loan lend(Tensor t) {
        return new Loan(t);
    }

    /** A tensor's memory in the hands of another library; to be closed when that is done with it. */
    public static final class Loan implements AutoCloseable {
        private final Storage storage;
        private final Layout layout;
        private boolean closed;

        private Loan(Tensor t) {
            storage = t.view().storage();
            layout = t.layout();
            storage.retain();
        }

        public DType dtype() {
            return storage.dtype();
        }

        /** Shape and strides; its offset is in {@link #address} already. */
        public Layout layout() {
            return Layout.of(layout.shape(), layout.strides(), 0);
        }

        /** Of the element with index 0 on every axis: in this process's memory on the CPU, a CUdeviceptr on CUDA. */
        public synchronized long address() {
            open();
            return storage.address() + layout.offset() * storage.dtype().bytes();
        }

        /**
         * The stream (CUstream) to queue work on that uses the memory, so that it comes after what was computed here and before what the calling
         * thread will: the calling thread's stream, made to wait for the others that use the memory. 0 on the CPU.
         */
        public synchronized long stream() {
            open();
            return storage.backend().stream(storage);
        }

        /**
         * The tensor's elements as a direct buffer in native byte order. CPU only, for row-major tensors below 2 GiB. Do not use it after
         * {@link #close}.
         */
        public synchronized ByteBuffer buffer() {
            open();
            if (!layout.isContiguous()) {
                throw new ShapeException(
                        "Interop.lend: a buffer shows row-major tensors only, got " + layout + "; lend contiguous()");
            }
            int width = storage.dtype().bytes();
            return storage.backend().buffer(storage, layout.offset() * width, layout.size() * width);
        }

        private void open() {
            if (closed) {
                throw new ClosedTensorException("Interop.lend: the loan of shape " + layout.shape() + " was closed");
            }
        }

        /** Gives the memory back; closing twice does nothing. */
        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                storage.release();
            }
        }
    }
}
