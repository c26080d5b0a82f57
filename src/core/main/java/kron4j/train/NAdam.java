package kron4j.train;

import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/**
 * Adam with Nesterov's momentum, as PyTorch's: with {@code b_t = beta1 (1 - 0.96^(0.004 t) / 2)} and {@code c_t = b_1 ... b_t}, and with m, v and v' of {@link Adam},
 * {@code p := p - rate ((1 - b_t) g / (1 - c_t) + b_(t+1) m / (1 - c_(t+1))) / (sqrt(v') + eps)}.
 *
 * <p>Source: Dozat: Incorporating Nesterov momentum into Adam (ICLR workshop 2016).
 */
public final class NAdam extends Optimizer {
    private static final double MOMENTUM_DECAY = 4e-3;

    private final double beta1;
    private final double beta2;
    private final double epsilon;
    /** Counts a step, updates the product of momenta, and gives the factors of the gradient and of the mean and the correction of the mean square. */
    private final Fused factors;
    /** Updates a parameter. */
    private final Fused steps = Fused.compileRun(this::update);

    private Tensor ofGradient;
    private Tensor ofMean;
    private Tensor squareCorrection;

    /**
     * Makes an optimizer with beta1 0.9, beta2 0.999 and epsilon 1e-8.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     */
    public NAdam(Parameters parameters) {
        this(parameters, 0.9, 0.999, 1e-8);
    }

    /**
     * Makes an optimizer.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     * @param beta1 decay of the mean gradient, in [0, 1)
     * @param beta2 decay of the mean square gradient, in [0, 1)
     * @param epsilon above 0
     * @throws TensorException if a number is outside its range, or the parameters do not fit together
     */
    public NAdam(Parameters parameters, double beta1, double beta2, double epsilon) {
        super(parameters);
        if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0)) {
            throw new TensorException("NAdam: beta1 " + beta1 + ", beta2 " + beta2 + ", epsilon " + epsilon
                    + "; expected [0, 1), [0, 1) and > 0");
        }
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        factors = Fused.compileAll(x -> {
            InPlace.add(x[0], 1);
            Tensor now = momentum(x[0]);
            Tensor next = momentum(x[0].add(1));
            InPlace.multiply(x[1], now);
            Tensor ofNow = now.negate().add(1).divide(x[1].negate().add(1));
            Tensor ofNext = next.divide(x[1].multiply(next).negate().add(1));
            return new Tensor[] {ofNow, ofNext, Adam.correction(beta2, x[0])};
        });
    }

    private Tensor momentum(Tensor step) {
        Tensor power = step.multiply(MOMENTUM_DECAY * Math.log(0.96)).exp();
        return power.multiply(-0.5).add(1).multiply(beta1);
    }

    /** On the device and in float64, as {@link Adam#begin}. */
    @Override
    protected void begin() {
        Tensor count = state("steps", () -> Tensor.zeros(DType.FLOAT64));
        Tensor product = state("momenta", () -> Tensor.ones(DType.FLOAT64));
        List<Tensor> all = factors.applyAll(count, product);
        ofGradient = all.get(0).to(rate().dtype());
        ofMean = all.get(1).to(rate().dtype());
        squareCorrection = all.get(2).to(rate().dtype());
    }

    @Override
    protected void update(String name, Tensor parameter, Tensor gradient) {
        Tensor mean = state("mean." + name, () -> Creation.zerosLike(parameter));
        Tensor square = state("square." + name, () -> Creation.zerosLike(parameter));
        run(steps, parameter, gradient, mean, square, rate(), ofGradient, ofMean, squareCorrection);
    }

    private void update(Tensor[] x) {
        Tensor gradient = x[1];
        Tensor mean = x[2];
        Tensor square = x[3];
        average(mean, gradient, beta1);
        average(square, gradient.multiply(gradient), beta2);
        Tensor step = gradient.multiply(x[5]).add(mean.multiply(x[6]));
        Tensor size = Elementwise.sqrt(square.divide(x[7])).add(epsilon);
        InPlace.subtract(x[0], step.divide(size).multiply(x[4]));
    }
}
