package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Random;

/**
 * The plain recurrent layer: {@code h_t = tanh(W h_{t-1} + U x_t + b)}. W [width, width] is orthogonal at first,
 * U [width, inputs] Glorot-uniform, b zeros.
 */
public final class Rnn extends DrivenLayer {
    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param inputs size of x_t
     * @param width size of h_t
     */
    public Rnn(Random.Generator random, DType dtype, long inputs, long width) {
        super(random, dtype, inputs, width, 1, Initializers.zeros(dtype, width));
    }

    @Override
    Tensor states(Tensor driven) {
        return Sequences.states(driven, (now, before) -> Elementwise.tanh(sum(now, before)));
    }
}
