package kron4j.train;

import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.MatMul;
import kron4j.ops.Random;

/**
 * The plain recurrent layer: {@code h_t = tanh(W h_{t-1} + U x_t + b)}. W [width, width] is orthogonal at first,
 * U [width, inputs] Glorot-uniform, b zeros.
 */
public final class Rnn implements Recurrent {
    private final Parameters parameters = new Parameters();
    private final long width;
    private final Tensor recurrent;
    private final Tensor input;
    private final Tensor bias;

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32 or float64
     * @param inputs size of x_t
     * @param width size of h_t
     */
    public Rnn(Random.Generator random, DType dtype, long inputs, long width) {
        this.width = width;
        recurrent = parameters.add("recurrent", Initializers.orthogonal(random, dtype, width, width));
        input = parameters.add("input", Initializers.glorot(random, dtype, width, inputs));
        bias = parameters.add("bias", Initializers.zeros(dtype, width));
    }

    @Override
    public Tensor apply(Tensor x) {
        Sequences.check("Rnn", x, input);
        try (TensorScope scope = x.device().openScope()) {
            List<Tensor> driven =
                    Indexing.unbind(MatMul.matmul(x, false, input, true).add(bias), 0);
            Tensor[] states = new Tensor[driven.size()];
            for (int t = 0; t < states.length; t++) {
                Tensor from = driven.get(t);
                Tensor sum = t == 0 ? from : from.add(MatMul.matmul(states[t - 1], false, recurrent, true));
                states[t] = Elementwise.tanh(sum);
            }
            return scope.keep(Indexing.stack(0, states));
        }
    }

    @Override
    public long width() {
        return width;
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
