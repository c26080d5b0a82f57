package kron4j.train;

import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Tape;
import kron4j.ops.Random;
import kron4j.ops.Regularization;

/**
 * Dropout while gradients are recorded; inside {@link kron4j.autograd.NoGrad}, where models are evaluated, it changes nothing. See {@link Regularization#dropout(Tensor, double, Random.Generator)}.
 *
 * <pre>{@code
 * Dropout dropout = new Dropout(new Random.Generator(1), 0.1);
 * Tensor x = Random.normal(2, DType.FLOAT32, 64, 32);
 * Tensor y = dropout.apply(x);
 * Tensor same = NoGrad.of(() -> dropout.apply(x));
 * }</pre>
 */
public final class Dropout implements Layer {
    private final Parameters parameters = new Parameters();
    private final Random.Generator random;
    private final double p;
    /** None, or one. */
    private final Tensor[] step;

    /**
     * Makes a layer. A recorded training step would drop the same elements each time; see the other constructor.
     *
     * @param random decides what is dropped
     * @param p probability of an element to be dropped, in [0, 1]
     * @throws TensorException if p is not in [0, 1]
     */
    public Dropout(Random.Generator random, double p) {
        this(random, p, new Tensor[0]);
    }

    /**
     * Makes a layer that drops other elements for each number of a step, which it reads on the device: for recorded training steps, whose loss begins with
     * {@code NoGrad.run(() -> InPlace.add(step, 1))}.
     *
     * @param random decides what is dropped
     * @param p probability of an element to be dropped, in [0, 1]
     * @param step int64 []; not owned
     * @throws TensorException if p is not in [0, 1]
     */
    public Dropout(Random.Generator random, double p, Tensor step) {
        this(random, p, new Tensor[] {step});
    }

    private Dropout(Random.Generator random, double p, Tensor[] step) {
        if (!(p >= 0 && p <= 1)) {
            throw new TensorException("Dropout: p " + p + " is not in [0, 1]");
        }
        this.random = random;
        this.p = p;
        this.step = step;
    }

    @Override
    public Tensor apply(Tensor x) {
        if (!Tape.isRecording()) {
            return x.viewAs(x.layout());
        }
        return step.length == 0 ? Regularization.dropout(x, p, random) : Regularization.dropout(x, p, random, step[0]);
    }

    /** {@return none} */
    @Override
    public Parameters parameters() {
        return parameters;
    }
}
