package kron4j.train;

import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Creation;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/**
 * Adadelta: {@code v := decay v + (1 - decay) g^2}, {@code d = sqrt(u + eps) / sqrt(v + eps) g}, {@code u := decay u + (1 - decay) d^2}, {@code p := p - rate d}. The rate is
 * usually 1.
 *
 * <p>Source: Zeiler: ADADELTA: an adaptive learning rate method (2012).
 */
public final class Adadelta extends Optimizer {
    private final double decay;
    private final double epsilon;
    /** Updates a parameter. */
    private final Fused steps = Fused.compileRun(this::update);

    /**
     * Makes an optimizer with decay 0.9 and epsilon 1e-6.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     */
    public Adadelta(Parameters parameters) {
        this(parameters, 0.9, 1e-6);
    }

    /**
     * Makes an optimizer.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     * @param decay of both mean squares, in [0, 1)
     * @param epsilon above 0
     * @throws TensorException if a number is outside its range, or the parameters do not fit together
     */
    public Adadelta(Parameters parameters, double decay, double epsilon) {
        super(parameters);
        if (!(decay >= 0 && decay < 1 && epsilon > 0)) {
            throw new TensorException(
                    "Adadelta: decay " + decay + ", epsilon " + epsilon + "; expected [0, 1) and > 0");
        }
        this.decay = decay;
        this.epsilon = epsilon;
    }

    @Override
    protected void update(String name, Tensor parameter, Tensor gradient) {
        Tensor square = state("square." + name, () -> Creation.zerosLike(parameter));
        Tensor changes = state("changes." + name, () -> Creation.zerosLike(parameter));
        run(steps, parameter, gradient, square, changes, rate());
    }

    private void update(Tensor[] x) {
        Tensor gradient = x[1];
        Tensor square = x[2];
        Tensor changes = x[3];
        average(square, gradient.multiply(gradient), decay);
        Tensor change =
                changes.add(epsilon).sqrt().divide(square.add(epsilon).sqrt()).multiply(gradient);
        average(changes, change.multiply(change), decay);
        InPlace.subtract(x[0], change.multiply(x[4]));
    }
}
