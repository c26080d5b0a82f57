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
 * Long short-term memory: {@code i, f, o = sigmoid(W_. h_{t-1} + U_. x_t + b_.)}, {@code g = tanh(...)}, {@code c_t = f c_{t-1} + i g},
 * {@code h_t = o tanh(c_t)}. Parameters are stacked in the order i, f, o, g; each W is orthogonal at first, each U
 * Glorot-uniform; biases are zeros, but 1 for the forget gate f.
 *
 * <p>Source: Hochreiter, Schmidhuber: Long short-term memory (1997); Gers, Schmidhuber, Cummins: Learning to forget (2000).
 */
public final class Lstm implements Recurrent {
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
    public Lstm(Random.Generator random, DType dtype, long inputs, long width) {
        this.width = width;
        recurrent = parameters.add(
                "recurrent", Initializers.stacked(4, () -> Initializers.orthogonal(random, dtype, width, width)));
        input = parameters.add(
                "input", Initializers.stacked(4, () -> Initializers.glorot(random, dtype, width, inputs)));
        bias = parameters.add("bias", forgetBias(dtype, width));
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
    public Tensor apply(Tensor x) {
        Sequences.check("Lstm", x, input);
        try (TensorScope scope = x.device().openScope()) {
            List<Tensor> driven =
                    Indexing.unbind(MatMul.matmul(x, false, input, true).add(bias), 0);
            Tensor[] states = new Tensor[driven.size()];
            Tensor cell = null;
            for (int t = 0; t < states.length; t++) {
                Tensor from = driven.get(t);
                Tensor sum = t == 0 ? from : from.add(MatMul.matmul(states[t - 1], false, recurrent, true));
                List<Tensor> parts = Indexing.split(sum, 1, 3 * width, width);
                List<Tensor> ifo = Indexing.split(Elementwise.sigmoid(parts.get(0)), 1, width, width, width);
                Tensor fresh = Elementwise.tanh(parts.get(1)).multiply(ifo.get(0));
                cell = cell == null ? fresh : cell.multiply(ifo.get(1)).add(fresh);
                states[t] = Elementwise.tanh(cell).multiply(ifo.get(2));
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
