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
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.MatMul;
import kron4j.ops.Reduce;
import kron4j.ops.Views;

/**
 * A multi-dimensional array on a device: a handle to a storage, with a layout. Operations never modify their operands
 * ({@link kron4j.ops.InPlace} does), and many threads may use one tensor.
 *
 * <pre>{@code
 * try (TensorScope scope = Device.best().openScope()) {
 *     Tensor a = Tensor.of(new double[][] {{2, 1}, {1, 3}});
 *     Tensor x = a.matmul(a.transpose()).add(1).log();
 *     System.out.println(x);                          // shape, dtype, device and elements
 *     double[] values = x.toDoubleArray();            // row-major, on the host
 * }
 * }</pre>
 *
 * <p>Views: transposes, slices, expands and fitting reshapes share the storage and cost no copy.
 *
 * <p>Ownership: a tensor belongs to the innermost {@link TensorScope} that was open in its thread when it was made, and
 * closing the scope closes it. Without a scope it has no owner: close it, or a cleaner frees it some time after it was
 * forgotten. Using a closed tensor throws {@link ClosedTensorException}.
 *
 * <p>The methods here are those that chains need; {@link kron4j.ops} has all operations.
 */
public final class Tensor implements AutoCloseable {
    private final Storage storage;
    private final Layout layout;
    private final AtomicBoolean closed = new AtomicBoolean();
    /**
     * The scope that closes it, or null; this and {@code slot}, its place there, are the business of
     * {@link TensorScope}.
     */
    volatile TensorScope owner;

    int slot;
    private volatile History history = History.NONE;

    private Tensor(Storage storage, Layout layout) {
        this.storage = storage;
        this.layout = layout;
        this.owner = TensorScope.own(this);
    }

    /**
     * Makes a tensor of undefined content, for operations to write to.
     *
     * @param device where it lies
     * @param dtype the elements' type
     * @param shape the sizes
     * @return row-major
     * @throws DeviceMemoryException if the device has not enough memory
     */
    public static Tensor empty(Device device, DType dtype, Shape shape) {
        return new Tensor(TensorScope.allocate(device, dtype, shape.size()), Layout.contiguous(shape));
    }

    /**
     * Takes over the caller's hold on a storage.
     *
     * @param storage held once for this tensor
     * @param layout within the storage
     * @return a tensor of the current scope
     */
    static Tensor over(Storage storage, Layout layout) {
        return new Tensor(storage, layout.requireWithin(storage.size()));
    }

    /**
     * Makes a row-major tensor whose elements {@code kernel} writes, and closes it if that fails. For operations.
     *
     * @param device where it lies
     * @param dtype the elements' type
     * @param shape the sizes
     * @param kernel writes every element of the view that it gets
     * @return the tensor, as the kernel left it
     */
    @SuppressWarnings("exports")
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

    /**
     * Copies a Java scalar or array to a tensor on the current device. The dtype is that of the values: float32,
     * float64, int32, int64, int8 (of bytes; {@code to(UINT8)} then takes them as unsigned) or bool.
     *
     * @param values float, double, int, long, byte or boolean, or nested arrays of one of them; with a shape, a flat
     *     row-major array
     * @param shape none for the shape of the values
     * @return row-major
     * @throws DTypeException if the values have another type
     * @throws ShapeException if a nested array is ragged, or the number of values is not that of the shape
     */
    public static Tensor of(Object values, long... shape) {
        return HostArrays.tensor(values, shape);
    }

    /**
     * Copies the remaining bytes of a buffer to a tensor on the current device. The buffer's position does not change.
     *
     * @param dtype the elements' type
     * @param values row-major elements in native byte order
     * @param shape as many elements as remain
     * @return row-major
     * @throws ShapeException if the number of bytes does not fit
     */
    public static Tensor of(DType dtype, ByteBuffer values, Shape shape) {
        return HostArrays.tensor(dtype, values, shape);
    }

    /**
     * {@return zeros, on the current device}
     *
     * @param dtype the elements' type
     * @param shape the sizes; none for a scalar
     */
    public static Tensor zeros(DType dtype, long... shape) {
        return full(dtype, 0L, shape);
    }

    /**
     * {@return ones, on the current device}
     *
     * @param dtype the elements' type
     * @param shape the sizes; none for a scalar
     */
    public static Tensor ones(DType dtype, long... shape) {
        return full(dtype, 1L, shape);
    }

    /**
     * {@return a tensor whose elements are all {@code value}, on the current device}
     *
     * @param dtype the elements' type
     * @param value a number that the dtype can hold
     * @param shape the sizes; none for a scalar
     * @throws DTypeException if the dtype cannot hold the value
     */
    public static Tensor full(DType dtype, Number value, long... shape) {
        return Creation.full(dtype, value, shape);
    }

    /**
     * {@return {@code start, start + 1, ...} before {@code stop}, on the current device; {@link Creation} has other
     * ranges}
     *
     * @param dtype the elements' type
     * @param start the first number
     * @param stop the number before which to end
     * @throws DTypeException if the dtype cannot hold the numbers
     */
    public static Tensor arange(DType dtype, long start, long stop) {
        return Creation.arange(dtype, start, stop, 1L);
    }

    /**
     * Reads a .npy file to the current device; see {@link Npy#read}.
     *
     * @param path the file
     * @return row-major, in the file's dtype
     * @throws FormatException if the file is malformed or holds what Kron4J does not read
     */
    public static Tensor load(Path path) {
        return Npy.read(path);
    }

    /**
     * Writes a .npy file, atomically; see {@link Npy#write}.
     *
     * @param path the file; replaced if it exists
     */
    public void save(Path path) {
        Npy.write(path, this);
    }

    /**
     * {@return the n x n identity matrix, on the current device}
     *
     * @param dtype the elements' type
     * @param n the number of rows, 0 or more
     */
    public static Tensor eye(DType dtype, long n) {
        return Creation.eye(dtype, n);
    }

    /** {@return the sizes of the axes} */
    public Shape shape() {
        return layout.shape();
    }

    /** {@return the elements' type} */
    public DType dtype() {
        return storage.dtype();
    }

    /** {@return shape, strides and offset in the storage} */
    public Layout layout() {
        return layout;
    }

    /** {@return the number of axes} */
    public int rank() {
        return layout.rank();
    }

    /** {@return the number of elements} */
    public long size() {
        return layout.size();
    }

    /** {@return the device where the elements lie} */
    public Device device() {
        return Device.of(storage.backend());
    }

    /** {@return the storage, for the packages of this module} */
    @SuppressWarnings("exports")
    public Storage storage() {
        return storage;
    }

    /**
     * {@return storage and layout, for the packages of this module}
     *
     * @throws ClosedTensorException if this was closed
     */
    @SuppressWarnings("exports")
    public View view() {
        if (closed.get()) {
            throw storage.explained(ClosedTensorException.of(shape(), dtype()));
        }
        return new View(storage, layout);
    }

    /**
     * Makes another handle to the same storage, which is closed on its own. No gradient flows through it if the layout
     * is another.
     *
     * @param other a layout within the storage
     * @return a view
     * @throws ShapeException if the layout exceeds the storage
     */
    public Tensor viewAs(Layout other) {
        Tensor result = detached(other);
        return history != History.NONE && other.equals(layout) ? result.attach(history) : result;
    }

    /**
     * Makes a handle to a view of a tensor's storage, perhaps in another dtype, without a history. For operations.
     *
     * @param source the tensor behind the view
     * @param view of its storage
     * @return a view
     */
    @SuppressWarnings("exports")
    public static Tensor view(Tensor source, View view) {
        source.view();
        view.storage().retain();
        return new Tensor(
                view.storage(), view.layout().requireWithin(view.storage().size()));
    }

    private Tensor detached(Layout other) {
        view();
        Layout inside = other.requireWithin(storage.size());
        storage.retain();
        return new Tensor(storage, inside);
    }

    /**
     * Makes a view through a function of layouts, with its gradient. All methods below that return views use it.
     *
     * @param change a function of the layout alone, which may be applied again for the gradient
     * @return a view
     */
    public Tensor viewBy(UnaryOperator<Layout> change) {
        Tensor result = detached(change.apply(layout));
        return history == History.NONE ? result : Views.viewed(result, this, change);
    }

    /** {@return a view with the axes in reverse order} */
    public Tensor transpose() {
        return viewBy(Layout::reverse);
    }

    /**
     * {@return a view with two axes exchanged}
     *
     * @param axis0 one axis; negative ones count from the end
     * @param axis1 the other axis
     */
    public Tensor transpose(int axis0, int axis1) {
        return viewBy(l -> l.transpose(axis0, axis1));
    }

    /**
     * {@return a view whose axis i is axis {@code axes[i]} of this, as {@code numpy.transpose}}
     *
     * @param axes a permutation of all axes; negative ones count from the end
     * @throws ShapeException if an axis is missing, repeated or out of range
     */
    public Tensor permute(int... axes) {
        int[] order = axes.clone();
        return viewBy(l -> l.permute(order));
    }

    /**
     * {@return a view of {@code [start:stop]} on one axis, as in NumPy}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @param start the first index; negative ones count from the end, then clamped
     * @param stop the index before which to end; negative ones count from the end, then clamped
     */
    public Tensor slice(int axis, long start, long stop) {
        return slice(axis, start, stop, 1);
    }

    /**
     * {@return a view of {@code [start:stop:step]} on one axis, as in NumPy}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @param start the first index; negative ones count from the end, then clamped
     * @param stop the index before which to end; negative ones count from the end, then clamped
     * @param step not 0; a negative one goes backwards
     */
    public Tensor slice(int axis, long start, long stop, long step) {
        return viewBy(l -> l.slice(axis, start, stop, step));
    }

    /**
     * {@return a view of one index of an axis, without that axis}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @param index in [-n, n) for an axis of size n
     */
    public Tensor select(int axis, long index) {
        return viewBy(l -> l.select(axis, index));
    }

    /**
     * {@return a view at leading indices, without those axes, as NumPy's {@code t[i, j]}}
     *
     * @param indices one for each of the first axes; negative ones count from the end
     */
    public Tensor get(long... indices) {
        long[] at = indices.clone();
        return viewBy(l -> l.get(at));
    }

    /**
     * {@return a view with one axis reversed}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     */
    public Tensor flip(int axis) {
        long n = shape().at(shape().axis("flip", axis));
        return viewBy(l -> l.slice(axis, n - 1, -n - 1, -1));
    }

    /**
     * {@return a view broadcast to a shape by NumPy's rule}
     *
     * @param shape right-aligned with this shape, the sizes equal to this one's or expanding a 1
     * @throws ShapeException if this does not broadcast to it
     */
    public Tensor expand(long... shape) {
        Shape target = Shape.of(shape);
        return viewBy(l -> l.expand(target));
    }

    /**
     * {@return a view without an axis of size 1}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @throws ShapeException if the axis has another size
     */
    public Tensor squeeze(int axis) {
        return viewBy(l -> l.squeeze(axis));
    }

    /**
     * {@return a view with a new axis of size 1}
     *
     * @param axis the axis before which it goes, in [-rank-1, rank]
     */
    public Tensor unsqueeze(int axis) {
        return viewBy(l -> l.unsqueeze(axis));
    }

    /** {@return a view of the main diagonal of the last two axes, as the last axis} */
    public Tensor diagonal() {
        return diagonal(0, -2, -1);
    }

    /**
     * {@return a view of the k-th diagonal of two axes, as the last axis ({@code numpy.diagonal})}
     *
     * @param k above the main diagonal if positive, below it if negative
     * @param axis0 one axis; negative ones count from the end
     * @param axis1 the other axis
     */
    public Tensor diagonal(int k, int axis0, int axis1) {
        return viewBy(l -> l.diagonal(k, axis0, axis1));
    }

    /**
     * {@return a view of sliding windows along an axis, their elements as a new last axis
     * ({@code torch.Tensor.unfold})}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     * @param size of a window, in [0, n]
     * @param step the distance between the starts of windows, 1 or more
     */
    public Tensor unfold(int axis, long size, long step) {
        return viewBy(l -> l.unfold(axis, size, step));
    }

    /**
     * {@return the same elements in row-major order in another shape} A view where the layout allows it, a copy
     * otherwise.
     *
     * @param shape as many elements; one size may be -1, which is computed from the others
     * @throws ShapeException if the numbers of elements differ
     */
    public Tensor reshape(long... shape) {
        return reshape(shape().inferred(shape));
    }

    /**
     * {@return the same elements in row-major order in another shape} A view where the layout allows it, a copy
     * otherwise.
     *
     * @param shape as many elements
     * @throws ShapeException if the numbers of elements differ
     */
    public Tensor reshape(Shape shape) {
        return layout.reshape(shape).isPresent() ? viewBy(l -> l.reshape(shape).orElseThrow()) : copy(dtype(), shape);
    }

    /** {@return a view if this is row-major, a row-major copy otherwise} */
    public Tensor contiguous() {
        return layout.isContiguous() ? viewAs(layout) : copy();
    }

    /** {@return a row-major copy with its own storage} */
    public Tensor copy() {
        return copy(dtype(), shape());
    }

    /**
     * {@return the elements converted as Java casts do (nonzero is true); a view if this has the dtype already} float16 and
     * bfloat16 are rounded to even, once; what is too large, from 65,520 on in float16, becomes infinite, and NaN stays. What is
     * floating is cut off towards zero; in int32 and int64 NaN becomes 0, and what is too large the nearest integer. int8
     * and uint8 take the low eight bits of that int32 or int64: -1 becomes 255 in uint8, 300.7 becomes 44, NaN 0. A real
     * number becomes a complex one without an imaginary part; bool tells whether a complex one is not 0.
     *
     * @param dtype the new elements' type
     * @throws DTypeException from a complex to a real dtype: take {@link #real}, {@link #imag} or {@link #abs}
     */
    public Tensor to(DType dtype) {
        if (dtype() != dtype && dtype().isComplex() && !dtype.isComplex()) {
            if (!dtype.isNumber()) {
                return Elementwise.notEqual(this, 0);
            }
            throw new DTypeException(
                    "to: " + dtype() + " " + shape() + " does not become " + dtype + "; take real, imag or abs first");
        }
        return dtype == dtype() ? viewAs(layout) : copy(dtype, shape());
    }

    private Tensor copy(DType dtype, Shape shape) {
        View from = view();
        Layout to = Layout.contiguous(shape());
        Tensor result = make(device(), dtype, shape, out -> storage.backend().copy(from, out.with(to)));
        return history == History.NONE ? result : Views.copied(result, this);
    }

    /**
     * {@return a copy on another device, by way of the host; a view if this lies there already}
     *
     * @param device where it goes
     */
    public Tensor to(Device device) {
        return device.equals(device()) ? viewAs(layout) : Views.copied(HostArrays.move(this, device), this);
    }

    /**
     * {@return the value of a tensor with one element, as a double} Waits for the device, as all methods do that return
     * values.
     *
     * @throws ShapeException if there are more elements, or none
     * @throws DTypeException for int64, which a double does not hold exactly
     */
    public double item() {
        return HostArrays.doubles(HostArrays.one(this))[0];
    }

    /**
     * {@return the value of a tensor with one element, of any dtype but int64, as a complex number}
     *
     * @throws ShapeException if there are more elements, or none
     * @throws DTypeException for int64, which a double does not hold exactly
     */
    public Complex itemComplex() {
        double[] parts = HostArrays.parts(HostArrays.one(this));
        return new Complex(parts[0], parts[1]);
    }

    /**
     * {@return the elements as complex numbers in row-major order: real part, imaginary part, real part, and so on}
     *
     * @throws DTypeException for int64, which a double does not hold exactly
     */
    public double[] toComplexArray() {
        return HostArrays.parts(this);
    }

    /**
     * {@return the value of an integer or bool tensor with one element}
     *
     * @throws ShapeException if there are more elements, or none
     * @throws DTypeException for a floating dtype
     */
    public long itemLong() {
        return HostArrays.longs(HostArrays.one(this))[0];
    }

    /**
     * {@return the elements of a float32, float16 or bfloat16 tensor in row-major order}
     *
     * @throws DTypeException for other dtypes, which {@link #to(DType)} converts
     */
    public float[] toFloatArray() {
        return HostArrays.floats(this);
    }

    /**
     * {@return the elements, of any dtype but int64, in row-major order}
     *
     * @throws DTypeException for int64, which a double does not hold exactly
     */
    public double[] toDoubleArray() {
        return HostArrays.doubles(this);
    }

    /**
     * {@return the elements of an int32 tensor in row-major order}
     *
     * @throws DTypeException for other dtypes
     */
    public int[] toIntArray() {
        return (int[]) HostArrays.read(this, DType.INT32);
    }

    /**
     * {@return the elements of an integer or bool tensor in row-major order}
     *
     * @throws DTypeException for floating dtypes
     */
    public long[] toLongArray() {
        return HostArrays.longs(this);
    }

    /**
     * {@return the elements of an int8 or uint8 tensor in row-major order; those of uint8 are {@code b & 0xff}}
     *
     * @throws DTypeException for other dtypes
     */
    public byte[] toByteArray() {
        return HostArrays.bytes(this);
    }

    /**
     * {@return the elements of a bool tensor in row-major order}
     *
     * @throws DTypeException for other dtypes
     */
    public boolean[] toBooleanArray() {
        return (boolean[]) HostArrays.read(this, DType.BOOL);
    }

    /**
     * {@return the elements in row-major order as bytes in native order, in a new direct buffer}
     *
     * @throws ShapeException if they take more than 2^31-1 bytes
     */
    public ByteBuffer toBuffer() {
        return HostArrays.buffer(this);
    }

    /**
     * {@return {@code this + other}, broadcast; see {@link Elementwise#add(Tensor, Tensor)}}
     *
     * @param other broadcast with this one; the same dtype and device
     */
    public Tensor add(Tensor other) {
        return Elementwise.add(this, other);
    }

    /**
     * {@return {@code this + scalar}}
     *
     * @param scalar a number that the dtype can hold
     */
    public Tensor add(Number scalar) {
        return Elementwise.add(this, scalar);
    }

    /**
     * {@return {@code this - other}, broadcast; see {@link Elementwise#subtract(Tensor, Tensor)}}
     *
     * @param other broadcast with this one; the same dtype and device
     */
    public Tensor subtract(Tensor other) {
        return Elementwise.subtract(this, other);
    }

    /**
     * {@return {@code this - scalar}}
     *
     * @param scalar a number that the dtype can hold
     */
    public Tensor subtract(Number scalar) {
        return Elementwise.subtract(this, scalar);
    }

    /**
     * {@return {@code this * other}, elementwise and broadcast; see {@link Elementwise#multiply(Tensor, Tensor)}}
     *
     * @param other broadcast with this one; the same dtype and device
     */
    public Tensor multiply(Tensor other) {
        return Elementwise.multiply(this, other);
    }

    /**
     * {@return {@code this * scalar}}
     *
     * @param scalar a number that the dtype can hold
     */
    public Tensor multiply(Number scalar) {
        return Elementwise.multiply(this, scalar);
    }

    /**
     * {@return {@code this / other}, broadcast; see {@link Elementwise#divide(Tensor, Tensor)}}
     *
     * @param other broadcast with this one; the same dtype and device
     */
    public Tensor divide(Tensor other) {
        return Elementwise.divide(this, other);
    }

    /**
     * {@return {@code this / scalar}}
     *
     * @param scalar a number that the dtype can hold
     */
    public Tensor divide(Number scalar) {
        return Elementwise.divide(this, scalar);
    }

    /**
     * {@return this to the power of {@code exponent}; see {@link Elementwise#power(Tensor, Number)}}
     *
     * @param exponent a number that the dtype can hold
     */
    public Tensor pow(Number exponent) {
        return Elementwise.power(this, exponent);
    }

    /** {@return {@code -this}} */
    public Tensor negate() {
        return Elementwise.negative(this);
    }

    /** {@return {@code |this|}, real; see {@link Elementwise#abs}} */
    public Tensor abs() {
        return Elementwise.abs(this);
    }

    /** {@return {@code exp(this)}; floating and complex dtypes} */
    public Tensor exp() {
        return Elementwise.exp(this);
    }

    /** {@return the complex conjugate; see {@link ComplexNumbers#conj}} */
    public Tensor conj() {
        return ComplexNumbers.conj(this);
    }

    /** {@return a view of the real parts; see {@link ComplexNumbers#real}} */
    public Tensor real() {
        return ComplexNumbers.real(this);
    }

    /** {@return a view of the imaginary parts; see {@link ComplexNumbers#imag}} */
    public Tensor imag() {
        return ComplexNumbers.imag(this);
    }

    /** {@return the conjugate of the matrices' transposes; see {@link ComplexNumbers#adjoint}} */
    public Tensor adjoint() {
        return ComplexNumbers.adjoint(this);
    }

    /** {@return the natural logarithm; floating and complex dtypes; see {@link Elementwise#log}} */
    public Tensor log() {
        return Elementwise.log(this);
    }

    /** {@return the square root; floating and complex dtypes; see {@link Elementwise#sqrt}} */
    public Tensor sqrt() {
        return Elementwise.sqrt(this);
    }

    /** {@return {@code tanh(this)}; floating and complex dtypes} */
    public Tensor tanh() {
        return Elementwise.tanh(this);
    }

    /**
     * {@return the sum over axes; see {@link Reduce#sum(Tensor, int...)}}
     *
     * @param axes the axes to reduce; all if none is given
     */
    public Tensor sum(int... axes) {
        return Reduce.sum(this, axes);
    }

    /**
     * {@return the mean over axes; see {@link Reduce#mean(Tensor, int...)}}
     *
     * @param axes the axes to reduce; all if none is given
     */
    public Tensor mean(int... axes) {
        return Reduce.mean(this, axes);
    }

    /**
     * {@return the largest element over axes; see {@link Reduce#max(Tensor, int...)}}
     *
     * @param axes the axes to reduce; all if none is given
     */
    public Tensor max(int... axes) {
        return Reduce.max(this, axes);
    }

    /**
     * {@return the smallest element over axes; see {@link Reduce#min(Tensor, int...)}}
     *
     * @param axes the axes to reduce; all if none is given
     */
    public Tensor min(int... axes) {
        return Reduce.min(this, axes);
    }

    /**
     * {@return the matrix product by NumPy's rules; see {@link MatMul#matmul(Tensor, Tensor)}}
     *
     * @param other the right operand; leading axes broadcast
     */
    public Tensor matmul(Tensor other) {
        return MatMul.matmul(this, other);
    }

    /**
     * {@return the int64 positions of the first maximum along an axis; see {@link Reduce#argmax(Tensor, int)}}
     *
     * @param axis in [-rank, rank); negative ones count from the end
     */
    public Tensor argmax(int axis) {
        return Reduce.argmax(this, axis);
    }

    /**
     * Asks for gradients with respect to this tensor: operations that use it from now on are recorded. See
     * {@link Gradients}.
     *
     * @return this
     * @throws DTypeException for dtypes that are neither floating nor complex
     */
    public Tensor requiresGrad() {
        return Tape.leaf(this);
    }

    /** {@return a view of the same elements that is a constant for gradients} */
    public Tensor detach() {
        return detached(layout);
    }

    /**
     * Adds the gradients of this scalar to {@link #grad} of all tensors that it was computed from; see
     * {@link Gradients#backward}.
     */
    public void backward() {
        Gradients.backward(this);
    }

    /**
     * {@return the sum of the gradients that {@link #backward} found for this tensor, on which {@link #requiresGrad}
     * was called; zeros before}
     */
    public Tensor grad() {
        return Gradients.accumulated(this);
    }

    /** {@return the origin of this tensor; for {@code kron4j.autograd}} */
    public History history() {
        return history;
    }

    /**
     * Sets the origin of a handle that no other code has seen yet; for {@code kron4j.autograd}.
     *
     * @param how the new history, which this retains
     * @return this
     */
    public Tensor attach(History how) {
        how.retain();
        history.release();
        history = how;
        return this;
    }

    /**
     * Takes this tensor out of its scope. From now on only {@link #close} closes it (or the cleaner).
     *
     * @return this
     */
    public Tensor keep() {
        return TensorScope.move(this, null);
    }

    /** {@return whether this was closed, by its scope or by {@link #close}} */
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

    /**
     * {@return shape, dtype and device, then the elements as NumPy prints them, the middle of long axes left out} Waits
     * for the device.
     */
    @Override
    public String toString() {
        return TensorPrinter.print(this);
    }
}
