package kron4j.train;

import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Indexing;

/**
 * Two recurrent layers of which one reads the sequence from its end: after each step the state of the first, which has seen the steps up to it, and that of the second, which has
 * seen those from it on, side by side.
 *
 * <pre>{@code
 * Random.Generator random = new Random.Generator(1);
 * Gru forward = new Gru(random, DType.FLOAT32, 3, 16);
 * Gru backward = new Gru(random, DType.FLOAT32, 3, 16);
 * try (Bidirectional both = new Bidirectional(forward, backward)) {
 *     Tensor states = both.apply(Random.normal(2, DType.FLOAT32, 10, 4, 3));      // [10, 4, 32]
 * }
 * }</pre>
 *
 * <p>Source: Schuster, Paliwal: Bidirectional recurrent neural networks (1997).
 */
public final class Bidirectional implements Recurrent {
    private final Recurrent forward;
    private final Recurrent backward;
    private final Parameters parameters = new Parameters();

    /**
     * Makes a layer of two; its parameters are theirs, named {@code forward.*} and {@code backward.*}.
     *
     * @param forward reads from the first step on; owned
     * @param backward reads from the last step on; owned; another one than the first
     */
    public Bidirectional(Recurrent forward, Recurrent backward) {
        this.forward = forward;
        this.backward = backward;
        parameters.include("forward", forward.parameters()).include("backward", backward.parameters());
    }

    @Override
    public Tensor apply(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            Tensor states = forward.apply(x);
            Tensor reversed = backward.apply(x.flip(0)).flip(0);
            return scope.keep(Indexing.concat(2, states, reversed));
        }
    }

    @Override
    public long width() {
        return forward.width() + backward.width();
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
