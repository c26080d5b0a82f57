package kron4j.train;

import java.util.List;
import java.util.function.BinaryOperator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.Indexing;
import kron4j.ops.MatMul;
import kron4j.ops.Random;

/**
 * The gated recurrent unit: {@code h_t = (1 - z) n + z h_{t-1}} with {@code r, z = sigmoid(W_. h_{t-1} + U_. x_t + b_.)} and
 * {@code n = tanh(U_n x_t + b_n + r (W_n h_{t-1} + c))}, as in cuDNN. Parameters are stacked in the order r, z, n; each W
 * is orthogonal at first, each U Glorot-uniform, biases are zeros.
 *
 * <p>Source: Cho et al.: Learning phrase representations using RNN encoder-decoder (EMNLP 2014).
 */
public final class Gru extends DrivenLayer {
    /**
     * From the reset gate, the update gate and the candidate, driven by the input and by the state, the bias and the state to the next state. The gates and the
     * candidate are results too, so that the gradient reads them instead of computing them again.
     */
    private static final Fused STEP = Fused.compileAll(x -> {
        Tensor reset = Elementwise.sigmoid(x[0].add(x[3]));
        Tensor update = Elementwise.sigmoid(x[1].add(x[4]));
        Tensor candidate = Elementwise.tanh(x[2].add(x[5].add(x[6]).multiply(reset)));
        Tensor state = candidate.add(x[7].subtract(candidate).multiply(update)); // (1 - z) n + z h
        return new Tensor[] {state, reset, update, candidate};
    });

    private final Tensor recurrentBias;

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param inputs size of x_t
     * @param width size of h_t
     */
    public Gru(Random.Generator random, DType dtype, long inputs, long width) {
        super(random, dtype, inputs, width, 3, Initializers.zeros(dtype, 3 * width));
        recurrentBias = parameters.add("recurrentBias", Initializers.zeros(dtype, width));
    }

    @Override
    BinaryOperator<Tensor> steps() {
        return (driven, before) -> {
            Tensor h = before != null
                    ? before
                    : Tensor.zeros(driven.dtype(), driven.shape().with(1, width).dims());
            List<Tensor> parts = Indexing.split(driven, 1, width, width, width);
            List<Tensor> ofParts = Indexing.split(MatMul.matmul(h, false, recurrent, true), 1, width, width, width);
            return STEP.applyAll(
                            parts.get(0),
                            parts.get(1),
                            parts.get(2),
                            ofParts.get(0),
                            ofParts.get(1),
                            ofParts.get(2),
                            recurrentBias,
                            h)
                    .get(0);
        };
    }
}
