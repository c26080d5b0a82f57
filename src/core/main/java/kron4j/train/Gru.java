package kron4j.train;

import java.util.List;
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

    /** From the reset gate, driven by the input and by the state, and the state to the state that is not reset. */
    private static final Fused RESET =
            Fused.compile(x -> Elementwise.sigmoid(x[0].add(x[1])).multiply(x[2]));
    /** From the update gate, driven by the input and by the state, the candidate, driven by both, and the state to the next state. */
    private static final Fused STEP_AFTER_RESET = Fused.compileAll(x -> {
        Tensor update = Elementwise.sigmoid(x[0].add(x[1]));
        Tensor candidate = Elementwise.tanh(x[2].add(x[3]));
        return new Tensor[] {candidate.add(x[4].subtract(candidate).multiply(update)), update, candidate};
    });

    /** Null where the reset gate comes before the product. */
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
        this(random, dtype, inputs, width, false);
    }

    private Gru(Random.Generator random, DType dtype, long inputs, long width, boolean resetBefore) {
        super(random, dtype, inputs, width, 3, Initializers.zeros(dtype, 3 * width));
        recurrentBias = resetBefore ? null : parameters.add("recurrentBias", Initializers.zeros(dtype, width));
    }

    /**
     * Returns a layer on the current device whose reset gate comes before the product: {@code n = tanh(U_n x_t + b_n + W_n (r h_{t-1}))}, as in the paper and in Keras with
     * {@code reset_after=False}. It has no {@code c}, and two products for each step instead of one.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param inputs size of x_t
     * @param width size of h_t
     * @return the layer
     */
    public static Gru resetBefore(Random.Generator random, DType dtype, long inputs, long width) {
        return new Gru(random, dtype, inputs, width, true);
    }

    @Override
    Tensor states(Tensor whole) {
        return Sequences.states(whole, (driven, before) -> {
            Tensor h = before != null
                    ? before
                    : Tensor.zeros(driven.dtype(), driven.shape().with(1, width).dims());
            List<Tensor> parts = Indexing.split(driven, 1, width, width, width);
            if (recurrentBias == null) {
                return afterReset(parts, h);
            }
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
        });
    }

    private Tensor afterReset(List<Tensor> driven, Tensor h) {
        Tensor gates = MatMul.matmul(h, false, recurrent.slice(0, 0, 2 * width), true);
        List<Tensor> ofGates = Indexing.split(gates, 1, width, width);
        Tensor kept = RESET.apply(driven.get(0), ofGates.get(0), h);
        Tensor candidate = MatMul.matmul(kept, false, recurrent.slice(0, 2 * width, 3 * width), true);
        return STEP_AFTER_RESET
                .applyAll(driven.get(1), ofGates.get(1), driven.get(2), candidate, h)
                .get(0);
    }
}
