package kron4j.train;

import java.util.List;
import java.util.function.BinaryOperator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.Indexing;
import kron4j.ops.Random;

/**
 * Long short-term memory: {@code i, f, o = sigmoid(W_. h_{t-1} + U_. x_t + b_.)}, {@code g = tanh(...)}, {@code c_t = f c_{t-1} + i g},
 * {@code h_t = o tanh(c_t)}. Parameters are stacked in the order i, f, o, g; each W is orthogonal at first, each U
 * Glorot-uniform; biases are zeros, but 1 for the forget gate f.
 *
 * <p>Source: Hochreiter, Schmidhuber: Long short-term memory (1997); Gers, Schmidhuber, Cummins: Learning to forget (2000).
 */
public final class Lstm extends DrivenLayer {
    /** From the input, forget and output gates, the candidate, and the cell before, if there was one, to the cell and the state. */
    private static final Fused STEP = Fused.compileAll(x -> {
        Tensor fresh = Elementwise.tanh(x[3]).multiply(Elementwise.sigmoid(x[0]));
        Tensor cell =
                x.length == 4 ? fresh : x[4].multiply(Elementwise.sigmoid(x[1])).add(fresh);
        return new Tensor[] {cell, Elementwise.tanh(cell).multiply(Elementwise.sigmoid(x[2]))};
    });

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
    BinaryOperator<Tensor> steps() {
        Tensor[] cell = new Tensor[1];
        return (driven, before) -> {
            List<Tensor> gates = Indexing.split(sum(driven, before), 1, width, width, width, width);
            Tensor[] operands = gates.toArray(new Tensor[before == null ? 4 : 5]);
            if (before != null) {
                operands[4] = cell[0];
            }
            List<Tensor> both = STEP.applyAll(operands);
            cell[0] = both.get(0);
            return both.get(1);
        };
    }
}
