package kron4j.train;

import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Creation;
import kron4j.ops.InPlace;

/**
 * Adam: {@code m := b1 m + (1 - b1) g}, {@code v := b2 v + (1 - b2) g^2}, {@code p := p - rate m' / (sqrt(v') + eps)} with the means corrected for their start
 * at zero; with a decay it is AdamW, {@code p := p - rate decay p} before.
 *
 * <p>Sources: Kingma, Ba: Adam (ICLR 2015); Loshchilov, Hutter: Decoupled weight decay regularization (ICLR 2019).
 */
public final class Adam extends Optimizer {
    private static final double EPSILON = 1e-8;

    private final double beta1;
    private final double beta2;
    private final double decay;

    /** With beta1 0.9, beta2 0.999 and no decay. */
    public Adam(Parameters parameters) {
        this(parameters, 0.9, 0.999, 0);
    }

    /** AdamW, with beta1 0.9, beta2 0.999. */
    public static Adam withDecay(Parameters parameters, double decay) {
        return new Adam(parameters, 0.9, 0.999, decay);
    }

    /**
     * @param beta1 in [0, 1)
     * @param beta2 in [0, 1)
     * @param decay decoupled weight decay, at least 0
     */
    public Adam(Parameters parameters, double beta1, double beta2, double decay) {
        super(parameters);
        if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && decay >= 0)) {
            throw new TensorException("Adam: beta1 " + beta1 + ", beta2 " + beta2 + ", decay " + decay
                    + "; expected [0, 1), [0, 1) and >= 0");
        }
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.decay = decay;
    }

    @Override
    protected void begin() {
        InPlace.multiply(power("beta1Power"), beta1);
        InPlace.multiply(power("beta2Power"), beta2);
    }

    /** beta to the number of steps. */
    private Tensor power(String name) {
        return state(name, () -> scalar(1));
    }

    @Override
    protected void update(String name, Tensor parameter, Tensor gradient) {
        Tensor mean = state("mean." + name, () -> Creation.zerosLike(parameter));
        Tensor square = state("square." + name, () -> Creation.zerosLike(parameter));
        InPlace.multiply(mean, beta1);
        InPlace.add(mean, gradient.multiply(1 - beta1));
        InPlace.multiply(square, beta2);
        InPlace.add(square, gradient.multiply(gradient).multiply(1 - beta2));
        if (decay > 0) {
            InPlace.subtract(parameter, parameter.multiply(rate().multiply(decay)));
        }
        Tensor corrected =
                square.divide(power("beta2Power").negate().add(1)).sqrt().add(EPSILON);
        Tensor step = mean.divide(power("beta1Power").negate().add(1)).divide(corrected);
        InPlace.subtract(parameter, step.multiply(rate()));
    }
}
