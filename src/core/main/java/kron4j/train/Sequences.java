package kron4j.train;

import java.util.List;
import java.util.function.BinaryOperator;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Indexing;

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
     * @param driven {@code U x_t + b}
     * @param step makes a state of a step's and of the state before, which is null at first
     */
    static Tensor states(Tensor driven, BinaryOperator<Tensor> step) {
        List<Tensor> each = Indexing.unbind(driven, 0);
        Tensor[] states = new Tensor[each.size()];
        for (int t = 0; t < states.length; t++) {
            states[t] = step.apply(each.get(t), t == 0 ? null : states[t - 1]);
        }
        return Indexing.stack(0, states);
    }
}
