package kron4j;

import java.nio.ByteBuffer;
import java.util.function.LongConsumer;
import kron4j.backend.Storage;

/**
 * Memory shared with other libraries of the process, without copies: direct buffers on the CPU, addresses (CUdeviceptr)
 * and streams (CUstream) on CUDA cards. Layouts count elements, as everywhere.
 *
 * <pre>{@code
 * ByteBuffer memory = ByteBuffer.allocateDirect(3 * Double.BYTES).order(ByteOrder.nativeOrder());
 * Tensor view = Interop.wrap(memory, DType.FLOAT64, Shape.of(3));
 * InPlace.fill(view, 1.5);
 * System.out.println(memory.getDouble(0));               // 1.5
 * }</pre>
 */
public final class Interop {
    private Interop() {}

    /**
     * Wraps the remaining bytes of a direct buffer as a tensor on the CPU, without a copy: writes on one side are seen
     * on the other. The buffer is kept reachable as long as the tensor or a view of it is in use; its maker must not
     * free it by other means before.
     *
     * @param memory row-major elements in native byte order
     * @param dtype the elements' type
     * @param shape as many elements as remain in the buffer
     * @return a tensor of the current scope over the buffer's memory
     * @throws ShapeException if the number of bytes does not fit
     * @throws DeviceException if the buffer is not direct, or is read-only
     */
    public static Tensor wrap(ByteBuffer memory, DType dtype, Shape shape) {
        if (shape.size() > memory.remaining() || memory.remaining() != shape.size() * dtype.bytes()) {
            throw new ShapeException("Interop.wrap: " + memory.remaining() + " bytes remain in the buffer, shape "
                    + shape + " of " + dtype + " takes " + shape.size() + " times " + dtype.bytes());
        }
        return over(Device.cpu().backend().wrap(memory, dtype), Layout.contiguous(shape));
    }

    /**
     * Wraps caller-owned memory of a CUDA card, in the card's primary context, as a tensor without a copy. Work of the
     * owner that writes the memory must come before work that is queued on {@link #stream} from now on: make that
     * stream wait for an event, or wait yourself.
     *
     * @param device the card
     * @param address the start of the storage (CUdeviceptr), aligned to the dtype
     * @param dtype the elements' type
     * @param layout shape, strides and offset of the elements, counted from the address
     * @param release called once, from any thread, when the tensor and its views are not used any more, with the stream
     *     on which the last work that uses the memory is queued: free it in the order of that stream, or after waiting
     *     for it. Until then the memory must stay.
     * @return a tensor of the current scope over that memory
     * @throws ShapeException if the layout reaches before the address
     * @throws DeviceException if the address is not aligned
     */
    public static Tensor wrap(Device device, long address, DType dtype, Layout layout, LongConsumer release) {
        if (address % dtype.bytes() != 0) {
            throw new DeviceException("Interop.wrap: address 0x" + Long.toHexString(address) + " is not aligned to the "
                    + dtype.bytes() + " bytes of " + dtype + "; copy the elements to memory that is");
        }
        long size = layout.size() == 0 ? 0 : layout.highest() + 1;
        if (!layout.isWithin(size)) {
            throw new ShapeException("Interop.wrap: " + layout + " reaches before the address");
        }
        return over(device.backend().wrap(address, dtype, size, release), layout);
    }

    /**
     * {@return the stream (CUstream) on which the calling thread's work is queued; 0 on the CPU, which queues nothing}
     *
     * @param device the card, or the CPU
     */
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

    /**
     * Lends a tensor's memory. It stays allocated until the loan is closed, even if the tensor is closed before; the
     * tensor's owner still frees the tensor.
     *
     * @param t the tensor to lend
     * @return the loan; the caller closes it
     */
    public static Loan lend(Tensor t) {
        return new Loan(t);
    }

    /** A tensor's memory in the hands of another library; to be closed when that library is done with it. */
    public static final class Loan implements AutoCloseable {
        private final Storage storage;
        private final Layout layout;
        private boolean closed;

        private Loan(Tensor t) {
            storage = t.view().storage();
            layout = t.layout();
            storage.retain();
        }

        /** {@return the dtype of the elements} */
        public DType dtype() {
            return storage.dtype();
        }

        /** {@return shape and strides; the offset is part of {@link #address} already} */
        public Layout layout() {
            return Layout.of(layout.shape(), layout.strides(), 0);
        }

        /**
         * {@return the address of the element with index 0 on every axis: in this process's memory on the CPU, a
         * CUdeviceptr on CUDA}
         */
        public synchronized long address() {
            open();
            return storage.address() + layout.offset() * storage.dtype().bytes();
        }

        /**
         * {@return the stream (CUstream) for work that uses the memory; 0 on the CPU} It is the calling thread's
         * stream, made to wait for the others that use the memory: such work comes after what was computed here and
         * before what the calling thread computes later.
         */
        public synchronized long stream() {
            open();
            return storage.backend().stream(storage);
        }

        /**
         * {@return the tensor's elements as a direct buffer in native byte order} CPU only, for row-major tensors below
         * 2 GiB. Do not use it after {@link #close}.
         *
         * @throws ShapeException if the tensor is not row-major
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

        /** Gives the memory back. Closing twice does nothing. */
        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                storage.release();
            }
        }
    }
}
