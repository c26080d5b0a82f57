package kron4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import kron4j.backend.Storage;
import kron4j.backend.View;

/**
 * A multi-dimensional array on a device: a handle to a storage, with a layout. Transposes, slices, expands and fitting reshapes are views of the
 * same storage. A tensor belongs to the innermost {@link TensorScope} that was open in its thread when it was made; closing the scope closes it.
 * Without a scope it belongs to nobody: close it, or a cleaner frees it some time after it was forgotten. Using a closed tensor throws
 * {@link ClosedTensorException}. Operations never modify their operands; safe for use by many threads.
 */
public final class Tensor implements AutoCloseable {
    private final Storage storage;
    private final Layout layout;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile TensorScope owner;
    /** Where the owner keeps it; the owner's business. */
    int slot;

    private Tensor(Storage storage, Layout layout) {
        this.storage = storage;
        this.layout = layout;
        TensorScope scope = TensorScope.current();
        this.owner = scope;
        if (scope != null) {
            scope.add(this);
        }
    }

    // ---- making ----

    /** A tensor of undefined content, for operations to write to. */
    public static Tensor empty(Device device, DType dtype, Shape shape) {
        return new Tensor(device.backend().allocate(dtype, shape.size()), Layout.contiguous(shape));
    }

    /** From a float, double, int, long or boolean, or an array of them nested to any depth; copied; on the current device. */
    public static Tensor of(Object value) {
        return fromArray(value, HostArrays.dtype(value), HostArrays.shape(value));
    }

    /** From a flat array in row-major order; copied. Without a shape it is 1-D. */
    public static Tensor of(float[] values, long... shape) {
        return fromArray(values, DType.FLOAT32, flatShape(values.length, shape));
    }

    /** From a flat array in row-major order; copied. Without a shape it is 1-D. */
    public static Tensor of(double[] values, long... shape) {
        return fromArray(values, DType.FLOAT64, flatShape(values.length, shape));
    }

    /** From a flat array in row-major order; copied. Without a shape it is 1-D. */
    public static Tensor of(int[] values, long... shape) {
        return fromArray(values, DType.INT32, flatShape(values.length, shape));
    }

    /** From a flat array in row-major order; copied. Without a shape it is 1-D. */
    public static Tensor of(long[] values, long... shape) {
        return fromArray(values, DType.INT64, flatShape(values.length, shape));
    }

    /** From a flat array in row-major order; copied. Without a shape it is 1-D. */
    public static Tensor of(boolean[] values, long... shape) {
        return fromArray(values, DType.BOOL, flatShape(values.length, shape));
    }

    /** From a buffer's remaining bytes, in native byte order and row-major; copied, the buffer's position does not change. */
    public static Tensor of(DType dtype, ByteBuffer values, Shape shape) {
        if (values.remaining() != shape.size() * dtype.bytes()) {
            throw new ShapeException("Tensor.of: " + values.remaining() + " bytes remain in the buffer, shape " + shape
                    + " of " + dtype + " takes " + shape.size() * dtype.bytes());
        }
        Tensor result = empty(Device.current(), dtype, shape);
        result.storage.backend().upload(values.duplicate().order(ByteOrder.nativeOrder()), result.storage, 0);
        return result;
    }

    private static Shape flatShape(int length, long[] dims) {
        Shape shape = dims.length == 0 ? Shape.of(length) : Shape.of(dims);
        if (shape.size() != length) {
            throw new ShapeException(
                    "Tensor.of: " + length + " values for shape " + shape + " of " + shape.size() + " elements");
        }
        return shape;
    }

    private static Tensor fromArray(Object value, DType dtype, Shape shape) {
        Tensor result = empty(Device.current(), dtype, shape);
        HostArrays.write(value, result.storage);
        return result;
    }

    public static Tensor zeros(DType dtype, long... shape) {
        return full(dtype, 0L, shape);
    }

    public static Tensor ones(DType dtype, long... shape) {
        return full(dtype, 1L, shape);
    }

    /** Every element is {@code value}, converted to the dtype. */
    public static Tensor full(DType dtype, Number value, long... shape) {
        Tensor result = empty(Device.current(), dtype, Shape.of(shape));
        result.storage.backend().fill(value, result.view());
        return result;
    }

    // ---- what it is ----

    public Shape shape() {
        return layout.shape();
    }

    public DType dtype() {
        return storage.dtype();
    }

    public Layout layout() {
        return layout;
    }

    public int rank() {
        return layout.rank();
    }

    public long size() {
        return layout.size();
    }

    public Device device() {
        return Device.of(storage.backend());
    }

    /** The storage, for operations and interop. */
    public Storage storage() {
        return storage;
    }

    /**
     * Storage and layout, for operations.
     *
     * @throws ClosedTensorException if this was closed
     */
    public View view() {
        if (closed.get()) {
            throw new ClosedTensorException(
                    "tensor of shape " + shape() + " " + dtype() + " was closed, or its scope was; keep it with"
                            + " scope.keep(tensor) or tensor.keep() to use it longer");
        }
        return new View(storage, layout);
    }

    // ---- views: no copies ----

    /** Another look at the same storage; shares it, and is closed on its own. */
    public Tensor viewAs(Layout other) {
        view();
        storage.retain();
        return new Tensor(storage, other);
    }

    /** All axes reversed. */
    public Tensor transpose() {
        return viewAs(layout.reverse());
    }

    /** Two axes exchanged. */
    public Tensor transpose(int axis0, int axis1) {
        return viewAs(layout.transpose(axis0, axis1));
    }

    /** Axis i of the result is axis {@code axes[i]} of this, as {@code numpy.transpose}. */
    public Tensor permute(int... axes) {
        return viewAs(layout.permute(axes));
    }

    /** {@code [start:stop]} on one axis, as NumPy: negative numbers count from the end, both are clamped. */
    public Tensor slice(int axis, long start, long stop) {
        return slice(axis, start, stop, 1);
    }

    /** {@code [start:stop:step]} on one axis, as NumPy; step may be negative. */
    public Tensor slice(int axis, long start, long stop, long step) {
        return viewAs(layout.slice(axis, start, stop, step));
    }

    /** The sub-tensor at one index of an axis, which disappears. */
    public Tensor select(int axis, long index) {
        return viewAs(layout.select(axis, index));
    }

    /** The sub-tensor at leading indices, as NumPy's {@code t[i, j]}. */
    public Tensor get(long... indices) {
        Layout at = layout;
        for (long index : indices) {
            at = at.select(0, index);
        }
        return viewAs(at);
    }

    /** One axis reversed. */
    public Tensor flip(int axis) {
        long n = shape().at(axis);
        return viewAs(layout.slice(axis, n - 1, -n - 1, -1));
    }

    /** Broadcast to a shape by NumPy's rule. */
    public Tensor expand(long... shape) {
        return viewAs(layout.expand(Shape.of(shape)));
    }

    /** Without an axis of size 1. */
    public Tensor squeeze(int axis) {
        return viewAs(layout.squeeze(axis));
    }

    /** With a new axis of size 1 before {@code axis}. */
    public Tensor unsqueeze(int axis) {
        return viewAs(layout.unsqueeze(axis));
    }

    /** The main diagonal of the last two axes, as the last axis. */
    public Tensor diagonal() {
        return diagonal(0, -2, -1);
    }

    /** The k-th diagonal of two axes, as the last axis ({@code numpy.diagonal}). */
    public Tensor diagonal(int k, int axis0, int axis1) {
        return viewAs(layout.diagonal(k, axis0, axis1));
    }

    /** Sliding windows along an axis, their elements as a new last axis ({@code torch.Tensor.unfold}). */
    public Tensor unfold(int axis, long size, long step) {
        return viewAs(layout.unfold(axis, size, step));
    }

    /** Another shape of the same elements in row-major order; one size may be -1. A view where the layout allows, else a copy. */
    public Tensor reshape(long... shape) {
        return reshape(inferred(shape));
    }

    /** Another shape of the same elements in row-major order. A view where the layout allows, else a copy. */
    public Tensor reshape(Shape shape) {
        Optional<Layout> fitting = layout.reshape(shape);
        if (fitting.isPresent()) {
            return viewAs(fitting.get());
        }
        Tensor result = empty(device(), dtype(), shape);
        storage.backend().copy(view(), result.view().with(Layout.contiguous(shape())));
        return result;
    }

    private Shape inferred(long[] dims) {
        int unknown = -1;
        long known = 1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == -1 && unknown < 0) {
                unknown = i;
            } else {
                known *= dims[i];
            }
        }
        if (unknown < 0) {
            return Shape.of(dims);
        }
        if (known <= 0 || size() % known != 0) {
            throw new ShapeException("reshape: shape " + shape() + " of " + size()
                    + " elements does not determine the -1 in " + java.util.Arrays.toString(dims));
        }
        long[] full = dims.clone();
        full[unknown] = size() / known;
        return Shape.of(full);
    }

    // ---- copies ----

    /** This, if row-major without gaps (a view of the same storage), else such a copy. */
    public Tensor contiguous() {
        return layout.isContiguous() ? viewAs(layout) : copy();
    }

    /** A row-major copy with its own storage. */
    public Tensor copy() {
        return to(device(), dtype(), true);
    }

    /** Converted as Java casts do (nonzero is true); a view if the dtype is this one. */
    public Tensor to(DType dtype) {
        return to(device(), dtype, false);
    }

    /** On another device; a view if it is there already. */
    public Tensor to(Device device) {
        return to(device, dtype(), false);
    }

    private Tensor to(Device device, DType dtype, boolean always) {
        if (!always && device.equals(device()) && dtype == dtype()) {
            return viewAs(layout);
        }
        Tensor result = empty(device(), dtype, shape());
        storage.backend().copy(view(), result.view());
        if (device.equals(device())) {
            return result;
        }
        try (result) {
            Tensor moved = empty(device, dtype, shape());
            ByteBuffer host = result.toBuffer();
            device.backend().upload(host, moved.storage, 0);
            return moved;
        }
    }

    // ---- reading on the host: the only operations that wait for the device ----

    /** The value of a tensor with one element, as a double. */
    public double item() {
        return one().toDoubleArray()[0];
    }

    /** The value of an int32, int64 or bool tensor with one element. */
    public long itemLong() {
        return one().toLongArray()[0];
    }

    private Tensor one() {
        if (size() != 1) {
            throw new ShapeException(
                    "item: shape " + shape() + " has " + size() + " elements, not 1; select one, or read an array");
        }
        return this;
    }

    /** The elements in row-major order. Float32 only: convert others with {@link #to(DType)}. */
    public float[] toFloatArray() {
        return (float[]) read(DType.FLOAT32, new float[intSize()]);
    }

    /** The elements in row-major order, of any dtype that a double holds exactly. */
    public double[] toDoubleArray() {
        if (dtype() == DType.INT64) {
            throw new DTypeException(
                    "toDoubleArray: int64 does not fit a double exactly; use toLongArray or to(DType.FLOAT64)");
        }
        if (dtype() == DType.FLOAT64) {
            return (double[]) read(DType.FLOAT64, new double[intSize()]);
        }
        try (Tensor wide = to(DType.FLOAT64)) {
            return wide.toDoubleArray();
        }
    }

    /** The elements of an int32 tensor in row-major order. */
    public int[] toIntArray() {
        return (int[]) read(DType.INT32, new int[intSize()]);
    }

    /** The elements of an int64, int32 or bool tensor in row-major order. */
    public long[] toLongArray() {
        if (dtype() == DType.INT32 || dtype() == DType.BOOL) {
            try (Tensor wide = to(DType.INT64)) {
                return wide.toLongArray();
            }
        }
        return (long[]) read(DType.INT64, new long[intSize()]);
    }

    /** The elements of a bool tensor in row-major order. */
    public boolean[] toBooleanArray() {
        return (boolean[]) read(DType.BOOL, new boolean[intSize()]);
    }

    /** The elements in row-major order as bytes in native order: a new direct buffer. */
    public ByteBuffer toBuffer() {
        long bytes = size() * dtype().bytes();
        if (bytes > Integer.MAX_VALUE) {
            throw new ShapeException("toBuffer: shape " + shape() + " of " + dtype() + " takes " + bytes
                    + " bytes, a buffer holds at most 2^31-1;" + " read it in slices");
        }
        ByteBuffer host = ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
        view();
        try (Tensor flat = contiguous()) {
            storage.backend().download(flat.storage, flat.layout.offset() * dtype().bytes(), host);
        }
        return host.flip().order(ByteOrder.nativeOrder());
    }

    private int intSize() {
        if (size() > Integer.MAX_VALUE - 8) {
            throw new ShapeException("reading: shape " + shape() + " has " + size()
                    + " elements, more than a Java array; read it in slices");
        }
        return (int) size();
    }

    private Object read(DType expected, Object array) {
        if (dtype() != expected) {
            throw new DTypeException("reading: the tensor of shape " + shape() + " is " + dtype() + ", not " + expected
                    + "; read it as such, or convert it with to(DType)");
        }
        view();
        try (Tensor flat = contiguous()) {
            HostArrays.read(flat.storage, flat.layout.offset(), array);
        }
        return array;
    }

    // ---- ownership ----

    /** Takes it out of its scope: from now on it is closed by {@link #close} only (or the cleaner). Returns this. */
    public Tensor keep() {
        moveTo(null);
        return this;
    }

    void moveTo(TensorScope scope) {
        view();
        TensorScope from = owner;
        if (from != null) {
            from.remove(this);
        }
        owner = scope;
        if (scope != null) {
            scope.add(this);
        }
    }

    public boolean isClosed() {
        return closed.get();
    }

    /** Releases the handle; the storage is freed with its last view. Closing twice does nothing. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            TensorScope from = owner;
            if (from != null) {
                from.remove(this);
            }
            storage.release();
        }
    }

    /** As NumPy prints: shape and dtype, then the elements, the middle of long axes left out. Waits for the device. */
    @Override
    public String toString() {
        return TensorPrinter.print(this);
    }
}
