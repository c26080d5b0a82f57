package kron4j.ops;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.backend.Halves;

/** Java numbers as elements of a dtype. */
final class Numbers {
    private Numbers() {}

    /**
     * {@return a Java number as the Double or Long that backends take}
     *
     * @throws DTypeException if the tensor's dtype cannot hold it
     */
    static Number of(String operation, Tensor like, Number value) {
        return of(operation, like.dtype(), like.shape(), value);
    }

    static Number of(String operation, DType dtype, Shape shape, Number value) {
        if (value instanceof Complex && !dtype.isComplex()) {
            throw new DTypeException(operation + ": the complex scalar " + value + " with a tensor of " + dtype + " "
                    + shape + "; convert it with to(DType.COMPLEX64) or to(DType.COMPLEX128)");
        }
        if (!fits(dtype, value)) {
            throw new DTypeException(operation + ": " + value + " is not a value of " + dtype
                    + ", the dtype of the tensor of shape " + shape + "; convert the tensor with to(DType)");
        }
        return element(dtype, value);
    }

    static boolean fits(DType dtype, Number value) {
        if (dtype.isComplex()) {
            return true;
        }
        if (value instanceof Complex) {
            return false;
        }
        double wide = value.doubleValue();
        boolean exact =
                value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
        boolean whole = exact || (wide == Math.rint(wide) && Math.abs(wide) < 0x1p63);
        return switch (dtype) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> true;
            case COMPLEX64, COMPLEX128 -> true;
            case INT32 -> whole && value.longValue() == (int) value.longValue();
            case INT64 -> whole;
            case INT8 -> whole && value.longValue() == (byte) value.longValue();
            case UINT8 -> whole && value.longValue() == (value.longValue() & 0xff);
            case BOOL -> whole && (value.longValue() == 0 || value.longValue() == 1);
        };
    }

    private static Number element(DType dtype, Number value) {
        return switch (dtype) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> value.doubleValue();
            case COMPLEX64, COMPLEX128 -> Complex.of(value);
            case INT32, INT64, INT8, UINT8, BOOL -> value.longValue();
        };
    }

    static Number negative(Number value) {
        return value instanceof Complex c ? new Complex(-c.re(), -c.im()) : -value.doubleValue();
    }

    /** {@return the conjugate of a real or complex number} */
    static Number conj(Number value) {
        return value instanceof Complex c ? c.conj() : value;
    }

    /** {@return a factor of products as backends take it: a Double, or a Complex that is not real} */
    static Number factor(Number alpha) {
        return alpha instanceof Complex c && !c.isReal() ? c : (Number) alpha.doubleValue();
    }

    static boolean isZero(Number value) {
        return value instanceof Complex c ? c.re() == 0 && c.im() == 0 : value.doubleValue() == 0;
    }

    /** {@return {@code value + by}} */
    static Number plus(Number value, double by) {
        return value instanceof Complex c ? new Complex(c.re() + by, c.im()) : value.doubleValue() + by;
    }

    /** {@return the principal logarithm as a factor of elements of a dtype} */
    static Number log(DType dtype, Number value) {
        Complex c = dtype.isComplex() ? Complex.of(value) : null;
        return c == null ? Math.log(value.doubleValue()) : new Complex(Math.log(c.abs()), c.angle());
    }

    /** {@return what stands for an element that does not exist: NaN, the least integer (of uint8 255), or false} */
    static Number none(DType dtype) {
        return switch (dtype) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> Double.NaN;
            case COMPLEX64, COMPLEX128 -> new Complex(Double.NaN, Double.NaN);
            case INT32 -> Integer.MIN_VALUE;
            case INT64 -> Long.MIN_VALUE;
            case INT8 -> Byte.MIN_VALUE;
            case UINT8 -> 255;
            case BOOL -> 0;
        };
    }

    /** {@return the number that changes none by being added to it} */
    static Number nothing(DType dtype) {
        return switch (dtype) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> -0.0;
            case COMPLEX64, COMPLEX128 -> new Complex(-0.0, -0.0);
            case INT32, INT64, INT8, UINT8, BOOL -> 0;
        };
    }

    /**
     * Writes a number that fits at a byte of the buffer.
     *
     * @return the buffer
     */
    private static ByteBuffer put(ByteBuffer buffer, int at, DType dtype, Number value) {
        return switch (dtype) {
            case FLOAT32 -> buffer.putFloat(at, value.floatValue());
            case FLOAT64 -> buffer.putDouble(at, value.doubleValue());
            case FLOAT16 -> buffer.putShort(at, Halves.toFloat16(value.floatValue()));
            case BFLOAT16 -> buffer.putShort(at, Halves.toBfloat16(value.floatValue()));
            case COMPLEX64 ->
                buffer.putFloat(at, (float) Complex.of(value).re())
                        .putFloat(at + Float.BYTES, (float) Complex.of(value).im());
            case COMPLEX128 ->
                buffer.putDouble(at, Complex.of(value).re())
                        .putDouble(at + Double.BYTES, Complex.of(value).im());
            case INT32 -> buffer.putInt(at, value.intValue());
            case INT64 -> buffer.putLong(at, value.longValue());
            case INT8, UINT8, BOOL -> buffer.put(at, (byte) value.longValue());
        };
    }

    /** Fills a buffer with so many elements of a progression from a position on. */
    private interface Fill {
        void run(ByteBuffer buffer, Progression numbers, long first, int n);
    }

    /** Fills a buffer with elements of a progression from a position on. */
    static void putAll(ByteBuffer buffer, DType dtype, Progression numbers, long first) {
        Fill fill = switch (dtype) {
            case FLOAT32 -> Numbers::floats;
            case FLOAT64 -> Numbers::doubles;
            case INT32 -> Numbers::ints;
            case INT64 -> Numbers::longs;
            case FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128, INT8, UINT8, BOOL ->
                (to, x, from, n) -> {
                    double[] block = new double[Math.min(n, Progression.BLOCK)];
                    for (int done = 0; done < n; done += block.length) {
                        int some = Math.min(block.length, n - done);
                        x.doubles(from + done, block, some);
                        for (int i = 0; i < some; i++) {
                            put(to, (done + i) * dtype.bytes(), dtype, block[i]);
                        }
                    }
                };
        };
        fill.run(buffer, numbers, first, buffer.limit() / dtype.bytes());
    }

    private static void floats(ByteBuffer buffer, Progression numbers, long first, int n) {
        FloatBuffer to = buffer.asFloatBuffer();
        double[] block = new double[Math.min(n, Progression.BLOCK)];
        float[] floats = new float[block.length];
        for (int done = 0; done < n; done += block.length) {
            int some = Math.min(block.length, n - done);
            numbers.doubles(first + done, block, some);
            for (int i = 0; i < some; i++) {
                floats[i] = (float) block[i];
            }
            to.put(floats, 0, some);
        }
    }

    private static void doubles(ByteBuffer buffer, Progression numbers, long first, int n) {
        DoubleBuffer to = buffer.asDoubleBuffer();
        double[] block = new double[Math.min(n, Progression.BLOCK)];
        for (int done = 0; done < n; done += block.length) {
            int some = Math.min(block.length, n - done);
            numbers.doubles(first + done, block, some);
            to.put(block, 0, some);
        }
    }

    private static void ints(ByteBuffer buffer, Progression numbers, long first, int n) {
        IntBuffer to = buffer.asIntBuffer();
        int[] block = new int[Math.min(n, Progression.BLOCK)];
        for (int done = 0; done < n; done += block.length) {
            int some = Math.min(block.length, n - done);
            numbers.ints(first + done, block, some);
            to.put(block, 0, some);
        }
    }

    private static void longs(ByteBuffer buffer, Progression numbers, long first, int n) {
        LongBuffer to = buffer.asLongBuffer();
        long[] block = new long[Math.min(n, Progression.BLOCK)];
        for (int done = 0; done < n; done += block.length) {
            int some = Math.min(block.length, n - done);
            numbers.longs(first + done, block, some);
            to.put(block, 0, some);
        }
    }
}
