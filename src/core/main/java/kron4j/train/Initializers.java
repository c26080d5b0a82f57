package kron4j.train;

import kron4j.Complex;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.ops.Random;

/** First values of parameters, on the current device, owned by the current scope. */
public final class Initializers {
    private Initializers() {}

    /**
     * Returns a matrix of numbers uniform in [-b, b], b = sqrt(6 / (rows + columns)). Parts of complex numbers are in
     * [-b, b] / sqrt(2), so that the variance is the same.
     *
     * <p>Source: Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks (AISTATS 2010).
     *
     * @param random source of the numbers
     * @param dtype a floating or complex one
     * @param rows outputs of the layer
     * @param columns inputs of the layer
     * @return the matrix, [rows, columns]
     */
    public static Tensor glorot(Random.Generator random, DType dtype, long rows, long columns) {
        return uniform(random, dtype, Math.sqrt((dtype.isComplex() ? 3.0 : 6.0) / (rows + columns)), rows, columns);
    }

    /**
     * Returns numbers uniform in [-bound, bound]; of complex ones both parts are.
     *
     * @param random source of the numbers
     * @param dtype a floating or complex one
     * @param bound greatest absolute value
     * @param shape of the result
     * @return the tensor, row-major
     */
    public static Tensor uniform(Random.Generator random, DType dtype, double bound, long... shape) {
        try (TensorScope scope = kron4j.Device.current().openScope()) {
            Tensor unit = random.uniform(dtype.computed(), shape);
            Number middle = dtype.isComplex() ? new Complex(bound, bound) : (Number) bound;
            return scope.keep(unit.multiply(2 * bound).subtract(middle).to(dtype));
        }
    }

    /**
     * Returns normal numbers with mean 0; see {@link Random#normal(long, DType, long...)} for complex ones.
     *
     * @param random source of the numbers
     * @param dtype a floating or complex one
     * @param deviation standard deviation
     * @param shape of the result
     * @return the tensor, row-major
     */
    public static Tensor normal(Random.Generator random, DType dtype, double deviation, long... shape) {
        try (TensorScope scope = kron4j.Device.current().openScope()) {
            return scope.keep(
                    random.normal(dtype.computed(), shape).multiply(deviation).to(dtype));
        }
    }

    /**
     * Returns a matrix with orthonormal columns (rows if there are fewer), uniform over all such.
     *
     * <p>Source: Mezzadri: How to generate random matrices from the classical compact groups (2007): the Q of a Gaussian
     * matrix, with the signs of R's diagonal.
     *
     * @param random source of the numbers
     * @param dtype float32 or float64; the QR runs in float64
     * @param rows at least 1
     * @param columns at least 1
     * @return the matrix, [rows, columns]
     */
    public static Tensor orthogonal(Random.Generator random, DType dtype, long rows, long columns) {
        try (TensorScope scope = kron4j.Device.current().openScope()) {
            long tall = Math.max(rows, columns);
            long wide = Math.min(rows, columns);
            Linalg.Qr qr = Linalg.qr(random.normal(DType.FLOAT64, tall, wide));
            Tensor signs = Elementwise.sign(qr.r().diagonal());
            Tensor q = qr.q().multiply(signs).to(dtype);
            return scope.keep((rows >= columns ? q : q.transpose()).copy());
        }
    }

    /**
     * Returns a unitary matrix, uniform over all of them: Q of a QR of normal numbers, with a positive diagonal of R.
     *
     * @param random source of the numbers
     * @param dtype complex64 or complex128; computed in complex128
     * @param n size of the matrix
     * @return the matrix, [n, n]
     */
    public static Tensor unitary(Random.Generator random, DType dtype, int n) {
        try (TensorScope scope = kron4j.Device.current().openScope()) {
            Tensor parts = random.normal(DType.FLOAT64, 2, n, n);
            Linalg.Qr qr = Linalg.qr(ComplexNumbers.complex(parts.get(0), parts.get(1)));
            Tensor phases = Elementwise.sign(qr.r().diagonal());
            return scope.keep(qr.q().multiply(phases).to(dtype).copy());
        }
    }

    /** Several matrices, one below another. */
    static Tensor stacked(int count, java.util.function.Supplier<Tensor> matrix) {
        try (TensorScope scope = kron4j.Device.current().openScope()) {
            return scope.keep(Indexing.concat(
                    0, java.util.stream.Stream.generate(matrix).limit(count).toArray(Tensor[]::new)));
        }
    }

    /**
     * Returns zeros.
     *
     * @param dtype any
     * @param shape of the result
     * @return the tensor, row-major
     */
    public static Tensor zeros(DType dtype, long... shape) {
        return Creation.full(dtype, 0L, shape);
    }
}
