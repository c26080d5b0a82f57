package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Indexing;
import kron4j.ops.Random;
import kron4j.ops.Recurrence;

/**
 * Long short-term memory: {@code i, f, o = sigmoid(W_. h_{t-1} + U_. x_t + b_.)}, {@code g = tanh(...)}, {@code c_t = f c_{t-1} + i g},
 * {@code h_t = o tanh(c_t)}. Parameters are stacked in the order i, f, o, g; each W is orthogonal at first, each U
 * Glorot-uniform; biases are zeros, but 1 for the forget gate f.
 *
 * <p>Source: Hochreiter, Schmidhuber: Long short-term memory (1997); Gers, Schmidhuber, Cummins: Learning to forget (2000).
 */
public final class Lstm extends DrivenLayer {
    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param inputs size of x_t
     * @param width size of h_t
     */
    public Lstm(Random.Generator random, DType dtype, long inputs, long width) {
        super(random, dtype, inputs, width, 4, forgetBias(dtype, width));
    }

    private static Tensor forgetBias(DType dtype, long width) {
        try (TensorScope scope = kron4j.Device.current().openScope()) {
            return scope.keep(Indexing.concat(
                    0,
                    Initializers.zeros(dtype, width),
                    Tensor.ones(dtype, width),
                    Initializers.zeros(dtype, 2 * width)));
        }
    }

    @Override
    Tensor states(Tensor driven) {
        Tensor zeros = Tensor.zeros(driven.dtype(), driven.shape().at(1), width);
        return Recurrence.lstm(driven, recurrent, zeros, zeros, true).get(0);
    }
}
