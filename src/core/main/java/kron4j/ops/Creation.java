package kron4j.ops;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Tape;
import kron4j.backend.Storage;
import kron4j.backend.View;

/**
 * Tensors made from a rule, on the current device; those made from a tensor lie on its device.
 *
 * <pre>{@code
 * Tensor steps = Creation.arange(0, 1, 0.25);                     // 0, 0.25, 0.5, 0.75 in float64
 * Tensor grid = Creation.linspace(DType.FLOAT32, -1, 1, 5);       // -1, -0.5, 0, 0.5, 1
 * Tensor shifted = Creation.eye(DType.INT32, 3, 3, 1);            // ones above the main diagonal
 * Tensor zeros = Creation.zerosLike(grid);
 * }</pre>
 */
public final class Creation {
    private static final int CHUNK = 1 << 16;

    private Creation() {}

    /**
     * {@return {@code 0, 1, ..., stop - 1} in int64, as in NumPy} For another dtype name it first.
     *
     * @param stop the number before which to end
     */
    public static Tensor arange(long stop) {
        return arange(DType.INT64, 0, stop, 1);
    }

    /**
     * {@return {@code start, start + 1, ...} before {@code stop}, in int64}
     *
     * @param start the first number
     * @param stop the number before which to end
     */
    public static Tensor arange(long start, long stop) {
        return arange(DType.INT64, start, stop, 1);
    }

    /**
     * {@return {@code start, start + step, ...} before {@code stop}, in int64}
     *
     * @param start the first number
     * @param stop the number before which to end
     * @param step not 0; a negative one counts down
     */
    public static Tensor arange(long start, long stop, long step) {
        return arange(DType.INT64, start, stop, step);
    }

    /**
     * {@return {@code start, start + step, ...} before {@code stop}, in float64}
     *
     * @param start the first number
     * @param stop the number before which to end
     * @param step not 0; a negative one counts down
     */
    public static Tensor arange(double start, double stop, double step) {
        return arange(DType.FLOAT64, start, stop, step);
    }

    /**
     * {@return {@code start, start + step, ...} before {@code stop}, computed exactly}
     *
     * @param dtype any but bool
     * @param start the first number
     * @param stop the number before which to end
     * @param step not 0; a negative one counts down
     * @throws TensorException if the step is 0
     * @throws DTypeException if the dtype cannot hold the numbers
     */
    public static Tensor arange(DType dtype, long start, long stop, long step) {
        if (step == 0) {
            throw new TensorException("arange: step is 0 from " + start + " to " + stop);
        }
        long n = 0;
        if (step > 0 ? start < stop : start > stop) {
            long last = stop - Long.signum(step);
            n = 1 + (step > 0 ? Long.divideUnsigned(last - start, step) : Long.divideUnsigned(start - last, -step));
        }
        if (n < 0) {
            throw new ShapeException("arange: more than 2^63-1 numbers from " + start + " to " + stop + " by " + step);
        }
        if (n > 0) {
            requireFits(dtype, start);
            requireFits(dtype, start + (n - 1) * step);
        }
        return generate("arange", dtype, n, Progression.ofLongs(start, step, start + (n - 1) * step));
    }

    /**
     * {@return {@code start + i*step} for i in [0, ceil((stop - start) / step)), as in NumPy}
     *
     * @param dtype a floating or complex one
     * @param start the first number
     * @param stop the number before which to end
     * @param step not 0; a negative one counts down
     * @throws TensorException if the range has no end
     * @throws DTypeException if the dtype is neither floating nor complex
     */
    public static Tensor arange(DType dtype, double start, double stop, double step) {
        requireFractions("arange", dtype);
        double n = Math.ceil((stop - start) / step);
        if (!(n < 0x1p62)) {
            throw new TensorException("arange: from " + start + " to " + stop + " by " + step + " has no end");
        }
        return generate("arange", dtype, Math.max(0, (long) n), Progression.ofDoubles(start, step));
    }

    /**
     * {@return {@code n} numbers at equal distances, the first {@code start} and the last {@code stop}}
     *
     * @param dtype a floating or complex one
     * @param start the first number
     * @param stop the last number, exactly
     * @param n how many, 0 or more
     * @throws DTypeException if the dtype is neither floating nor complex
     */
    public static Tensor linspace(DType dtype, double start, double stop, long n) {
        requireFractions("linspace", dtype);
        return generate("linspace", dtype, n, Progression.between(start, stop, n));
    }

    /**
     * {@return {@code n} numbers at equal distances from {@code start} to {@code stop}, in float64}
     *
     * @param start the first number
     * @param stop the last number, exactly
     * @param n how many, 0 or more
     */
    public static Tensor linspace(double start, double stop, long n) {
        return linspace(DType.FLOAT64, start, stop, n);
    }

    /**
     * {@return the n x n identity in float64, as in NumPy}
     *
     * @param n the number of rows, 0 or more
     */
    public static Tensor eye(long n) {
        return eye(DType.FLOAT64, n);
    }

    /**
     * {@return the n x n identity}
     *
     * @param dtype the elements' type
     * @param n the number of rows, 0 or more
     */
    public static Tensor eye(DType dtype, long n) {
        return eye(dtype, n, n, 0);
    }

    /**
     * {@return a matrix of zeros with ones on the k-th diagonal}
     *
     * @param dtype the elements' type
     * @param n the number of rows
     * @param m the number of columns
     * @param k above the main diagonal if positive, below it if negative
     */
    public static Tensor eye(DType dtype, long n, long m, int k) {
        Device device = Device.current();
        return Tensor.make(device, dtype, Shape.of(n, m), out -> {
            device.backend().fill(0L, out);
            device.backend().fill(1L, diagonal(out, k));
        });
    }

    /**
     * {@return the square matrix with a vector on its main diagonal}
     *
     * @param vector [n]
     * @throws ShapeException if the rank is not 1
     */
    public static Tensor diag(Tensor vector) {
        return diag(vector, 0);
    }

    /**
     * {@return the square matrix of size n + |k| with a vector on its k-th diagonal} {@link Tensor#diagonal()} takes
     * the diagonal of a matrix. Gradient: the diagonal.
     *
     * @param vector [n]
     * @param k above the main diagonal if positive, below it if negative
     * @throws ShapeException if the rank is not 1
     */
    public static Tensor diag(Tensor vector, int k) {
        if (vector.rank() != 1) {
            throw new ShapeException("diag: shape " + vector.shape()
                    + " is not a vector; to take the diagonal of a matrix use diagonal()");
        }
        long n = vector.size() + Math.abs((long) k);
        View in = vector.view();
        Tensor result = Tensor.make(vector.device(), vector.dtype(), Shape.of(n, n), out -> {
            in.storage().backend().fill(0L, out);
            in.storage().backend().copy(in, diagonal(out, k));
        });
        return Tape.record("diag", result, r -> r.gradient(vector, g -> g.diagonal(k, 0, 1)), vector);
    }

    private static View diagonal(View matrix, int k) {
        return matrix.with(matrix.layout().diagonal(k, 0, 1));
    }

    /**
     * {@return a tensor whose elements are all {@code value}}
     *
     * @param dtype the elements' type
     * @param value a number that the dtype can hold
     * @param shape the sizes; none for a scalar
     * @throws DTypeException if the dtype cannot hold the value
     */
    public static Tensor full(DType dtype, Number value, long... shape) {
        Device device = Device.current();
        Number converted = Numbers.of("full", dtype, Shape.of(shape), value);
        return Tensor.make(
                device, dtype, Shape.of(shape), out -> device.backend().fill(converted, out));
    }

    /**
     * {@return zeros in the shape and dtype of a tensor, on its device}
     *
     * @param t gives shape, dtype and device
     */
    public static Tensor zerosLike(Tensor t) {
        return fullLike(t, 0L);
    }

    /**
     * {@return ones in the shape and dtype of a tensor, on its device}
     *
     * @param t gives shape, dtype and device
     */
    public static Tensor onesLike(Tensor t) {
        return fullLike(t, 1L);
    }

    /**
     * {@return a tensor whose elements are all {@code value}, in the shape and dtype of a tensor, on its device}
     *
     * @param t gives shape, dtype and device
     * @param value a number that the dtype can hold
     * @throws DTypeException if the dtype cannot hold the value
     */
    public static Tensor fullLike(Tensor t, Number value) {
        Number converted = Numbers.of("fullLike", t, value);
        return Tensor.make(
                t.device(), t.dtype(), t.shape(), out -> out.storage().backend().fill(converted, out));
    }

    private static void requireFits(DType dtype, long value) {
        if (!dtype.isNumber() || !Numbers.fits(dtype, value)) {
            throw new DTypeException("arange: " + value + " is not a value of " + dtype + "; take int64");
        }
    }

    private static void requireFractions(String operation, DType dtype) {
        if (!dtype.isFloating() && !dtype.isComplex()) {
            throw new DTypeException(
                    operation + ": " + dtype
                            + " does not hold fractions; take a floating or complex dtype, or give whole numbers as long to arange");
        }
    }

    private static Tensor generate(String operation, DType dtype, long n, Progression numbers) {
        if (n < 0) {
            throw new ShapeException(operation + ": " + n + " elements; need 0 or more");
        }
        return Tensor.make(Device.current(), dtype, Shape.of(n), out -> {
            Storage storage = out.storage();
            int width = dtype.bytes();
            ByteBuffer chunk =
                    ByteBuffer.allocate((int) Math.min(CHUNK, n * width)).order(ByteOrder.nativeOrder());
            for (long done = 0; done < n; done += chunk.limit() / width) {
                chunk.clear().limit((int) Math.min(CHUNK, (n - done) * width));
                Numbers.putAll(chunk, dtype, numbers, done);
                storage.backend().upload(chunk, storage, done * width);
            }
        });
    }
}
