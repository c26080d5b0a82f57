package kron4j.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;

/**
 * The dtype, shape and values of a tensor on the host: what travels between driver and executors, by Java's serialisation
 * or by Kryo. Machines of one cluster have one order of bytes.
 *
 * <pre>{@code
 * TensorValues values = TensorValues.of(Tensor.of(new double[][] {{2, 1}, {1, 3}}));
 * Tensor same = values.tensor();                          // on the current device, in the current scope
 * }</pre>
 */
public final class TensorValues implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String dtype;
    private final long[] dims;
    private final byte[] bytes;

    private TensorValues(Tensor tensor) {
        ByteBuffer values = tensor.toBuffer();
        dtype = tensor.dtype().toString();
        dims = tensor.shape().dims();
        bytes = new byte[values.remaining()];
        values.get(bytes);
    }

    /**
     * Copies the values, waiting for the device.
     *
     * @param tensor of any dtype and strides
     * @return its values
     * @throws kron4j.ShapeException if they take more than 2^31-1 bytes
     */
    public static TensorValues of(Tensor tensor) {
        return new TensorValues(tensor);
    }

    /** {@return a row-major tensor of these values, on the current device, owned by the current scope} */
    public Tensor tensor() {
        return Tensor.of(dtype(), ByteBuffer.wrap(bytes), shape());
    }

    /** {@return the dtype} */
    public DType dtype() {
        return DType.of(dtype);
    }

    /** {@return the shape} */
    public Shape shape() {
        return Shape.of(dims);
    }

    long bytes() {
        return bytes.length;
    }

    @Override
    public String toString() {
        return dtype + " " + shape();
    }
}
