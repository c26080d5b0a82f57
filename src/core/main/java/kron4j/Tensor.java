package kron4j;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import kron4j.autograd.Gradients;
import kron4j.autograd.Tape;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.io.Npy;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.MatMul;
import kron4j.ops.Reduce;
import kron4j.ops.Views;

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
    /** Who closes it, or null; with {@code slot}, where the owner keeps it, the business of {@link TensorScope}. */
    volatile TensorScope owner;

    int slot;
    private volatile History history = History.NONE;

    private Tensor(Storage storage, Layout layout) {
        this.storage = storage;
        this.layout = layout;
        this.owner = TensorScope.own(this);
    }

    /** A tensor of undefined content, for operations to write to. */
    public static Tensor empty(Device device, DType dtype, Shape shape) {
        return new Tensor(device.backend().allocate(dtype, shape.size()), Layout.contiguous(shape));
    }

    /** Takes over the caller's hold on a storage. */
    static Tensor over(Storage storage, Layout layout) {
        return new Tensor(storage, layout.requireWithin(storage.size()));
    }

    /** A row-major tensor whose elements {@code kernel} writes; closed if that fails. For operations. */
    public static Tensor make(Device device, DType dtype, Shape shape, Consumer<View> kernel) {
        Tensor result = empty(device, dtype, shape);
        try {
            kernel.accept(result.view());
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    /** From a float, double, int, long or boolean, or nested arrays of them; with a shape, from a flat row-major array. Copied. */
    public static Tensor of(Object values, long... shape) {
        return HostArrays.tensor(values, shape);
    }

    /** From a buffer's remaining bytes, in native byte order and row-major; copied, the buffer's position does not change. */
    public static Tensor of(DType dtype, ByteBuffer values, Shape shape) {
        return HostArrays.tensor(dtype, values, shape);
    }

    public static Tensor zeros(DType dtype, long... shape) {
        return full(dtype, 0L, shape);
    }

    public static Tensor ones(DType dtype, long... shape) {
        return full(dtype, 1L, shape);
    }

    /** Every element is {@code value}, which the dtype must be able to hold. */
    public static Tensor full(DType dtype, Number value, long... shape) {
        return Creation.full(dtype, value, shape);
    }

    /** {@code start, start + 1, ...} before {@code stop}; other ranges are in {@link Creation}. */
    public static Tensor arange(DType dtype, long start, long stop) {
        return Creation.arange(dtype, start, stop, 1L);
    }

    /** The array of a .npy file, on the current device; see {@link Npy#read}. */
    public static Tensor load(Path path) {
        return Npy.read(path);
    }

    /** Writes a .npy file, atomically; see {@link Npy#write}. */
    public void save(Path path) {
        Npy.write(path, this);
    }

    /** The identity matrix. */
    public static Tensor eye(DType dtype, long n) {
        return Creation.eye(dtype, n);
    }

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

    /** Storage and layout, for operations; throws {@link ClosedTensorException} if this was closed. */
    public View view() {
        if (closed.get()) {
            throw storage.explained(ClosedTensorException.of(shape(), dtype()));
        }
        return new View(storage, layout);
    }

    /** Another look at the same storage; shares it, and is closed on its own. No gradient flows through it if the layout is another. */
    public Tensor viewAs(Layout other) {
        Tensor result = detached(other);
        return history != History.NONE && other.equals(layout) ? result.attach(history) : result;
    }

    private Tensor detached(Layout other) {
        view();
        Layout inside = other.requireWithin(storage.size());
        storage.retain();
        return new Tensor(storage, inside);
    }

    /** The view through {@code change} of the layout, with its gradient: what all methods below that give views are made of. */
    public Tensor viewBy(UnaryOperator<Layout> change) {
        Tensor result = detached(change.apply(layout));
        return history == History.NONE ? result : Views.viewed(result, this, change);
    }

    /** All axes reversed. */
    public Tensor transpose() {
        return viewBy(Layout::reverse);
    }

    /** Two axes exchanged. */
    public Tensor transpose(int axis0, int axis1) {
        return viewBy(l -> l.transpose(axis0, axis1));
    }

    /** Axis i of the result is axis {@code axes[i]} of this, as {@code numpy.transpose}. */
    public Tensor permute(int... axes) {
        int[] order = axes.clone();
        return viewBy(l -> l.permute(order));
    }

    /** {@code [start:stop]} on one axis, as NumPy: negative numbers count from the end, both are clamped. */
    public Tensor slice(int axis, long start, long stop) {
        return slice(axis, start, stop, 1);
    }

    /** {@code [start:stop:step]} on one axis, as NumPy; step may be negative. */
    public Tensor slice(int axis, long start, long stop, long step) {
        return viewBy(l -> l.slice(axis, start, stop, step));
    }

    /** The sub-tensor at one index of an axis, which disappears. */
    public Tensor select(int axis, long index) {
        return viewBy(l -> l.select(axis, index));
    }

    /** The sub-tensor at leading indices, as NumPy's {@code t[i, j]}. */
    public Tensor get(long... indices) {
        long[] at = indices.clone();
        return viewBy(l -> l.get(at));
    }

    /** One axis reversed. */
    public Tensor flip(int axis) {
        long n = shape().at(axis);
        return viewBy(l -> l.slice(axis, n - 1, -n - 1, -1));
    }

    /** Broadcast to a shape by NumPy's rule. */
    public Tensor expand(long... shape) {
        Shape target = Shape.of(shape);
        return viewBy(l -> l.expand(target));
    }

    /** Without an axis of size 1. */
    public Tensor squeeze(int axis) {
        return viewBy(l -> l.squeeze(axis));
    }

    /** With a new axis of size 1 before {@code axis}. */
    public Tensor unsqueeze(int axis) {
        return viewBy(l -> l.unsqueeze(axis));
    }

    /** The main diagonal of the last two axes, as the last axis. */
    public Tensor diagonal() {
        return diagonal(0, -2, -1);
    }

    /** The k-th diagonal of two axes, as the last axis ({@code numpy.diagonal}). */
    public Tensor diagonal(int k, int axis0, int axis1) {
        return viewBy(l -> l.diagonal(k, axis0, axis1));
    }

    /** Sliding windows along an axis, their elements as a new last axis ({@code torch.Tensor.unfold}). */
    public Tensor unfold(int axis, long size, long step) {
        return viewBy(l -> l.unfold(axis, size, step));
    }

    /** Another shape of the same elements in row-major order; one size may be -1. A view where the layout allows, else a copy. */
    public Tensor reshape(long... shape) {
        return reshape(shape().inferred(shape));
    }

    /** Another shape of the same elements in row-major order. A view where the layout allows, else a copy. */
    public Tensor reshape(Shape shape) {
        return layout.reshape(shape).isPresent() ? viewBy(l -> l.reshape(shape).orElseThrow()) : copy(dtype(), shape);
    }

    /** This, if row-major without gaps (a view of the same storage), else such a copy. */
    public Tensor contiguous() {
        return layout.isContiguous() ? viewAs(layout) : copy();
    }

    /** A row-major copy with its own storage. */
    public Tensor copy() {
        return copy(dtype(), shape());
    }

    /** Converted as Java casts do (nonzero is true); a view if the dtype is this one. */
    public Tensor to(DType dtype) {
        return dtype == dtype() ? viewAs(layout) : copy(dtype, shape());
    }

    private Tensor copy(DType dtype, Shape shape) {
        View from = view();
        Layout to = Layout.contiguous(shape());
        Tensor result = make(device(), dtype, shape, out -> storage.backend().copy(from, out.with(to)));
        return history == History.NONE ? result : Views.copied(result, this);
    }

    /** On another device; a view if it is there already. */
    public Tensor to(Device device) {
        return device.equals(device()) ? viewAs(layout) : Views.copied(HostArrays.move(this, device), this);
    }

    /** The value of a tensor with one element, as a double. */
    public double item() {
        return HostArrays.doubles(HostArrays.one(this))[0];
    }

    /** The value of an int32, int64 or bool tensor with one element. */
    public long itemLong() {
        return HostArrays.longs(HostArrays.one(this))[0];
    }

    /** The elements in row-major order. Float32 only: convert others with {@link #to(DType)}. */
    public float[] toFloatArray() {
        return (float[]) HostArrays.read(this, DType.FLOAT32);
    }

    /** The elements in row-major order, of any dtype that a double holds exactly. */
    public double[] toDoubleArray() {
        return HostArrays.doubles(this);
    }

    /** The elements of an int32 tensor in row-major order. */
    public int[] toIntArray() {
        return (int[]) HostArrays.read(this, DType.INT32);
    }

    /** The elements of an int64, int32 or bool tensor in row-major order. */
    public long[] toLongArray() {
        return HostArrays.longs(this);
    }

    /** The elements of a bool tensor in row-major order. */
    public boolean[] toBooleanArray() {
        return (boolean[]) HostArrays.read(this, DType.BOOL);
    }

    /** The elements in row-major order as bytes in native order: a new direct buffer. */
    public ByteBuffer toBuffer() {
        return HostArrays.buffer(this);
    }

    /** {@code this + other}, broadcast; see {@link Elementwise#add}. */
    public Tensor add(Tensor other) {
        return Elementwise.add(this, other);
    }

    public Tensor add(Number scalar) {
        return Elementwise.add(this, scalar);
    }

    public Tensor subtract(Tensor other) {
        return Elementwise.subtract(this, other);
    }

    public Tensor subtract(Number scalar) {
        return Elementwise.subtract(this, scalar);
    }

    public Tensor multiply(Tensor other) {
        return Elementwise.multiply(this, other);
    }

    public Tensor multiply(Number scalar) {
        return Elementwise.multiply(this, scalar);
    }

    public Tensor divide(Tensor other) {
        return Elementwise.divide(this, other);
    }

    public Tensor divide(Number scalar) {
        return Elementwise.divide(this, scalar);
    }

    public Tensor pow(Number exponent) {
        return Elementwise.power(this, exponent);
    }

    public Tensor negate() {
        return Elementwise.negative(this);
    }

    public Tensor abs() {
        return Elementwise.abs(this);
    }

    public Tensor exp() {
        return Elementwise.exp(this);
    }

    public Tensor log() {
        return Elementwise.log(this);
    }

    public Tensor sqrt() {
        return Elementwise.sqrt(this);
    }

    public Tensor tanh() {
        return Elementwise.tanh(this);
    }

    /** Over the axes, or over all if none is given; see {@link Reduce}. */
    public Tensor sum(int... axes) {
        return Reduce.sum(this, axes);
    }

    public Tensor mean(int... axes) {
        return Reduce.mean(this, axes);
    }

    public Tensor max(int... axes) {
        return Reduce.max(this, axes);
    }

    public Tensor min(int... axes) {
        return Reduce.min(this, axes);
    }

    /** The matrix product by NumPy's rules; see {@link MatMul#matmul}. */
    public Tensor matmul(Tensor other) {
        return MatMul.matmul(this, other);
    }

    /** int64 positions of the first maximum along an axis. */
    public Tensor argmax(int axis) {
        return Reduce.argmax(this, axis);
    }

    /** Asks for gradients with respect to this: what is computed from it from now on is recorded. Returns this. See {@link Gradients}. */
    public Tensor requiresGrad() {
        return Tape.leaf(this);
    }

    /** The same elements, as a constant for gradients. */
    public Tensor detach() {
        return detached(layout);
    }

    /** Adds the gradients of this scalar to {@link #grad} of all that it was computed from; see {@link Gradients#backward}. */
    public void backward() {
        Gradients.backward(this);
    }

    /** What {@link #backward} added up for this tensor, on which {@link #requiresGrad} was called; zeros before. */
    public Tensor grad() {
        return Gradients.accumulated(this);
    }

    /** How it came about; for {@code kron4j.autograd}. */
    public History history() {
        return history;
    }

    /** Sets how it came about, of a handle that nobody else has yet; for {@code kron4j.autograd}. */
    public Tensor attach(History how) {
        how.retain();
        history.release();
        history = how;
        return this;
    }

    /** Takes it out of its scope: from now on it is closed by {@link #close} only (or the cleaner). Returns this. */
    public Tensor keep() {
        return TensorScope.move(this, null);
    }

    public boolean isClosed() {
        return closed.get();
    }

    /** Releases the handle; the storage is freed with its last view. Closing twice does nothing. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            TensorScope.disown(this);
            storage.release();
            history.release();
            history = History.NONE;
        }
    }

    /** As NumPy prints: shape and dtype, then the elements, the middle of long axes left out. Waits for the device. */
    @Override
    public String toString() {
        return TensorPrinter.print(this);
    }
}
