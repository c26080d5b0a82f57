package kron4j.train;

import kron4j.ShapeException;
import kron4j.Tensor;

/** Input checks of the recurrent layers. */
final class Sequences {
    private Sequences() {}

    /** Throws unless {@code x} is [time, batch, inputs] with as many inputs as {@code input} has columns. */
    static void check(String layer, Tensor x, Tensor input) {
        if (x.rank() != 3
                || x.shape().at(0) == 0
                || x.shape().at(2) != input.shape().at(1)) {
            throw new ShapeException(layer + ": input of shape " + x.shape() + "; expected [time, batch, "
                    + input.shape().at(1) + "] with at least one step");
        }
    }
}
