package kron4j.train;

import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Creation;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/**
 * RMSProp: {@code v := decay v + (1 - decay) g^2}, {@code p := p - rate g / (sqrt(v) + eps)} with {@code eps = 1e-8}.
 *
 * <p>Source: Tieleman, Hinton: Neural networks for machine learning, lecture 6.5 (2012).
 */
public final class RmsProp extends Optimizer {
    private static final double EPSILON = 1e-8;

    private final double decay;
    /** Updates a parameter. */
    private final Fused steps = Fused.compileRun(this::update);

    /**
     * Makes an optimizer with decay 0.9.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     */
    public RmsProp(Parameters parameters) {
        this(parameters, 0.9);
    }

    /**
     * Makes an optimizer.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     * @param decay decay of the mean square, in [0, 1)
     * @throws TensorException if the decay is outside its range, or the parameters do not fit together
     */
    public RmsProp(Parameters parameters, double decay) {
        super(parameters);
        if (!(decay >= 0 && decay < 1)) {
            throw new TensorException("RmsProp: decay " + decay + "; expected [0, 1)");
        }
        this.decay = decay;
    }

    @Override
    protected void update(String name, Tensor parameter, Tensor gradient) {
        Tensor square = state("square." + name, () -> Creation.zerosLike(parameter));
        run(steps, parameter, gradient, square, rate());
    }

    private void update(Tensor[] x) {
        Tensor gradient = x[1];
        Tensor square = x[2];
        average(square, gradient.multiply(gradient), decay);
        InPlace.subtract(x[0], gradient.divide(square.sqrt().add(EPSILON)).multiply(x[3]));
    }
}
