package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
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
    /** Of the step that is being made. */
    private Tensor meanCorrection;

    private Tensor squareCorrection;

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

    /** Steps are counted on the device, so that a recorded step counts too, and in float64: {@code 1 - beta^t} must not be rounded away for a beta close to 1. */
    @Override
    protected void begin() {
        Tensor steps = state("steps", () -> Tensor.zeros(DType.FLOAT64));
        InPlace.add(steps, 1);
        meanCorrection = correction(beta1, steps);
        squareCorrection = correction(beta2, steps);
    }

    private Tensor correction(double beta, Tensor steps) {
        return Elementwise.expm1(steps.multiply(Math.log(beta))).negate().to(rate().dtype());
    }

    @Override
    protected void update(String name, Tensor parameter, Tensor gradient) {
        Tensor mean = state("mean." + name, () -> Creation.zerosLike(parameter));
        Tensor square = state("square." + name, () -> Creation.zerosLike(parameter));
        average(mean, gradient, beta1);
        average(square, gradient.multiply(gradient), beta2);
        if (decay > 0) {
            InPlace.subtract(parameter, parameter.multiply(rate().multiply(decay)));
        }
        Tensor corrected = square.divide(squareCorrection).sqrt().add(EPSILON);
        Tensor step = mean.divide(meanCorrection).divide(corrected);
        InPlace.subtract(parameter, step.multiply(rate()));
    }
}
