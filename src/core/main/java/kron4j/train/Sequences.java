package kron4j.train;

import java.util.List;
import java.util.function.BinaryOperator;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Indexing;
import kron4j.ops.MatMul;

/** What recurrent layers do with their input [time, batch, inputs]. */
final class Sequences {
    private Sequences() {}

    /** Refuses an {@code x} of other axes, or of other than as many inputs as {@code input} has columns. */
    static void check(String layer, Tensor x, Tensor input) {
        if (x.rank() != 3
                || x.shape().at(0) == 0
                || x.shape().at(2) != input.shape().at(1)) {
            throw new ShapeException(layer + ": input of shape " + x.shape() + "; expected [time, batch, "
                    + input.shape().at(1) + "] with at least one step");
        }
    }

    /**
     * {@return the states, stacked}
     *
     * @param step makes a state of {@code U x_t + b} and the state before, which is null at first
     */
    static Tensor states(String layer, Tensor x, Tensor input, Tensor bias, BinaryOperator<Tensor> step) {
        check(layer, x, input);
        try (TensorScope scope = x.device().openScope()) {
            List<Tensor> driven =
                    Indexing.unbind(MatMul.matmul(x, false, input, true).add(bias), 0);
            Tensor[] states = new Tensor[driven.size()];
            for (int t = 0; t < states.length; t++) {
                states[t] = step.apply(driven.get(t), t == 0 ? null : states[t - 1]);
            }
            return scope.keep(Indexing.stack(0, states));
        }
    }
}
