package kron4j.ops;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongFunction;
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

/** Tensors made from a rule, on the current device unless one operand says where. */
public final class Creation {
    private static final int CHUNK = 1 << 18;

    private Creation() {}

    /** {@code 0, 1, ..., stop - 1} in int64, as NumPy; for another dtype name it first. */
    public static Tensor arange(long stop) {
        return arange(DType.INT64, 0, stop, 1);
    }

    /** {@code start, start + 1, ...} before {@code stop}, in int64. */
    public static Tensor arange(long start, long stop) {
        return arange(DType.INT64, start, stop, 1);
    }

    /** {@code start, start + step, ...} before {@code stop}, in int64. */
    public static Tensor arange(long start, long stop, long step) {
        return arange(DType.INT64, start, stop, step);
    }

    /** {@code start, start + step, ...} before {@code stop}, in float64. */
    public static Tensor arange(double start, double stop, double step) {
        return arange(DType.FLOAT64, start, stop, step);
    }

    /** {@code start, start + step, ...} before {@code stop}, computed exactly; a negative step counts down. Integer and floating dtypes. */
    public static Tensor arange(DType dtype, long start, long stop, long step) {
        if (step == 0) {
            throw new TensorException("arange: step is 0 from " + start + " to " + stop);
        }
        boolean some = step > 0 ? start < stop : start > stop;
        long n = some ? (Math.subtractExact(stop, start) - Long.signum(step)) / step + 1 : 0;
        if (n > 0) {
            requireFits(dtype, start);
            requireFits(dtype, start + (n - 1) * step);
        }
        return generate("arange", dtype, n, i -> start + i * step);
    }

    /** {@code start + i*step} for i in [0, ceil((stop - start) / step)), as NumPy; floating dtypes. */
    public static Tensor arange(DType dtype, double start, double stop, double step) {
        requireFloating("arange", dtype);
        double n = Math.ceil((stop - start) / step);
        if (!(n < 0x1p62)) {
            throw new TensorException("arange: from " + start + " to " + stop + " by " + step + " has no end");
        }
        return generate("arange", dtype, Math.max(0, (long) n), i -> start + i * step);
    }

    /** {@code n} numbers at equal distances, the first {@code start} and the last {@code stop}; floating dtypes. */
    public static Tensor linspace(DType dtype, double start, double stop, long n) {
        requireFloating("linspace", dtype);
        return generate(
                "linspace",
                dtype,
                n,
                i -> i > 0 && i == n - 1 ? stop : start + (stop - start) * i / Math.max(1, n - 1));
    }

    /** {@code n} numbers at equal distances from {@code start} to {@code stop}, in float64. */
    public static Tensor linspace(double start, double stop, long n) {
        return linspace(DType.FLOAT64, start, stop, n);
    }

    /** The n x n identity in float64, as NumPy. */
    public static Tensor eye(long n) {
        return eye(DType.FLOAT64, n);
    }

    /** The n x n identity. */
    public static Tensor eye(DType dtype, long n) {
        return eye(dtype, n, n, 0);
    }

    /** Ones on the k-th diagonal of an n x m matrix of zeros. */
    public static Tensor eye(DType dtype, long n, long m, int k) {
        Device device = Device.current();
        return Tensor.make(device, dtype, Shape.of(n, m), out -> {
            device.backend().fill(0L, out);
            device.backend().fill(1L, diagonal(out, k));
        });
    }

    /** The square matrix with this vector on its main diagonal. */
    public static Tensor diag(Tensor vector) {
        return diag(vector, 0);
    }

    /** The square matrix of size n + |k| with this vector of size n on its k-th diagonal. For the diagonal of a matrix: {@link Tensor#diagonal()}. Gradient: the diagonal. */
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

    /** {@code value} everywhere, which the dtype must be able to hold. */
    public static Tensor full(DType dtype, Number value, long... shape) {
        Device device = Device.current();
        Number converted = Numbers.of("full", dtype, Shape.of(shape), value);
        return Tensor.make(
                device, dtype, Shape.of(shape), out -> device.backend().fill(converted, out));
    }

    /** Zeros of the shape, dtype and device of {@code t}. */
    public static Tensor zerosLike(Tensor t) {
        return fullLike(t, 0L);
    }

    /** Ones of the shape, dtype and device of {@code t}. */
    public static Tensor onesLike(Tensor t) {
        return fullLike(t, 1L);
    }

    /** {@code value} everywhere, in the shape, dtype and device of {@code t}. */
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

    private static void requireFloating(String operation, DType dtype) {
        if (!dtype.isFloating()) {
            throw new DTypeException(operation + ": " + dtype
                    + " does not hold fractions; take a floating dtype, or give whole numbers as long to arange");
        }
    }

    private static Tensor generate(String operation, DType dtype, long n, LongFunction<Number> element) {
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
                for (int i = 0; i < chunk.limit() / width; i++) {
                    Numbers.put(chunk, i * width, dtype, element.apply(done + i));
                }
                storage.backend().upload(chunk, storage, done * width);
            }
        });
    }
}
