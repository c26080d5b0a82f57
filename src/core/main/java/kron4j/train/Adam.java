package kron4j.train;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.AdamStep;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/**
 * Adam: {@code m := b1 m + (1 - b1) g}, {@code v := b2 v + (1 - b2) g^2}, {@code p := p - rate m' / (sqrt(v') + eps)}
 * with {@code m' = m / (1 - b1^t)}, {@code v' = v / (1 - b2^t)} after t steps and {@code eps = 1e-8} unless given. With a decay it is
 * AdamW: {@code p := p - rate decay p} comes first.
 *
 * <pre>{@code
 * Linear model = new Linear(new Random.Generator(1), DType.FLOAT32, 4, 2);
 * Tensor x = Random.normal(2, DType.FLOAT32, 64, 4);
 * try (model; Adam optimizer = new Adam(model.parameters())) {
 *     optimizer.rate(1e-3);
 *     Tensor loss = Elementwise.square(model.apply(x)).mean();
 *     optimizer.step(Gradients.of(loss, model.parameters().tensors()));
 * }
 * }</pre>
 *
 * <p>Sources: Kingma, Ba: Adam (ICLR 2015); Loshchilov, Hutter: Decoupled weight decay regularization (ICLR 2019).
 */
public final class Adam extends Optimizer {
    private static final double EPSILON = 1e-8;

    /** Counts a step, and gives its corrections. */
    private final Fused corrections;

    private final AdamStep steps;
    /** What the current step's mean is to be multiplied by, and the root of its mean square. */
    private Tensor meanCorrection;

    private Tensor rootCorrection;

    /**
     * Makes an optimizer with beta1 0.9, beta2 0.999 and no decay.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     */
    public Adam(Parameters parameters) {
        this(parameters, 0.9, 0.999, 0);
    }

    /**
     * Returns AdamW with beta1 0.9 and beta2 0.999.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     * @param decay decoupled weight decay, at least 0
     * @return the optimizer
     */
    public static Adam withDecay(Parameters parameters, double decay) {
        return new Adam(parameters, 0.9, 0.999, decay);
    }

    /**
     * Makes an optimizer.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     * @param beta1 decay of the mean gradient, in [0, 1)
     * @param beta2 decay of the mean square gradient, in [0, 1)
     * @param decay decoupled weight decay, at least 0
     * @throws TensorException if a number is outside its range, or the parameters do not fit together
     */
    public Adam(Parameters parameters, double beta1, double beta2, double decay) {
        this(parameters, beta1, beta2, decay, EPSILON);
    }

    /**
     * Makes an optimizer.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     * @param beta1 decay of the mean gradient, in [0, 1)
     * @param beta2 decay of the mean square gradient, in [0, 1)
     * @param decay decoupled weight decay, at least 0
     * @param epsilon above 0; a larger one makes steps of small gradients smaller
     * @throws TensorException if a number is outside its range, or the parameters do not fit together
     */
    public Adam(Parameters parameters, double beta1, double beta2, double decay, double epsilon) {
        super(parameters);
        if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && decay >= 0 && epsilon > 0)) {
            throw new TensorException("Adam: beta1 " + beta1 + ", beta2 " + beta2 + ", decay " + decay + ", epsilon "
                    + epsilon + "; expected [0, 1), [0, 1), >= 0 and > 0");
        }
        steps = new AdamStep(beta1, beta2, decay, epsilon);
        corrections = Fused.compileAll(x -> {
            InPlace.add(x[0], 1);
            return new Tensor[] {
                Elementwise.reciprocal(correction(beta1, x[0])), Elementwise.rsqrt(correction(beta2, x[0]))
            };
        });
    }

    /**
     * Counts steps on the device, so that a recorded step counts too, and in float64: {@code 1 - beta^t} must not be
     * rounded away for a beta close to 1.
     */
    @Override
    protected void begin() {
        Tensor count = state("steps", () -> Tensor.zeros(DType.FLOAT64));
        List<Tensor> both = corrections.applyAll(count);
        meanCorrection = both.get(0).to(rate().dtype());
        rootCorrection = both.get(1).to(rate().dtype());
    }

    /** {@return {@code 1 - beta^steps}} */
    static Tensor correction(double beta, Tensor steps) {
        return Elementwise.expm1(steps.multiply(Math.log(beta))).negate();
    }

    @Override
    boolean updateAll(List<String> names, List<Tensor> all, List<Tensor> gradients) {
        List<Tensor> means = new ArrayList<>();
        List<Tensor> squares = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Tensor parameter = all.get(i);
            means.add(state("mean." + names.get(i), () -> Creation.zerosLike(parameter)));
            squares.add(state("square." + names.get(i), () -> Creation.zerosLike(parameter)));
        }
        steps.run(all, gradients, means, squares, List.of(rate(), meanCorrection, rootCorrection));
        return true;
    }

    @Override
    protected void update(String name, Tensor parameter, Tensor gradient) {
        updateAll(List.of(name), List.of(parameter), List.of(gradient));
    }
}
