package kron4j.train;

import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Creation;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/**
 * Stochastic gradient descent: {@code v := momentum v + g + decay p}, {@code p := p - rate v}; with Nesterov's correction {@code p := p - rate (g + decay p + momentum v)}.
 *
 * <p>Source: Sutskever et al.: On the importance of initialization and momentum in deep learning (ICML 2013).
 */
public final class Sgd extends Optimizer {
    private final double momentum;
    private final double decay;
    private final boolean nesterov;
    /** Updates a parameter. */
    private final Fused steps = Fused.compileRun(this::update);

    /**
     * Makes an optimizer without momentum and decay.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     */
    public Sgd(Parameters parameters) {
        this(parameters, 0, 0);
    }

    /**
     * Makes an optimizer.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     * @param momentum in [0, 1)
     * @param decay weight decay, at least 0
     * @throws TensorException if a number is outside its range, or the parameters do not fit together
     */
    public Sgd(Parameters parameters, double momentum, double decay) {
        this(parameters, momentum, decay, false);
    }

    /**
     * Returns an optimizer with Nesterov's correction, as PyTorch's: the step is that from where the momentum leads.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     * @param momentum in (0, 1)
     * @param decay weight decay, at least 0
     * @return the optimizer
     * @throws TensorException if a number is outside its range, or the parameters do not fit together
     */
    public static Sgd nesterov(Parameters parameters, double momentum, double decay) {
        if (!(momentum > 0)) {
            throw new TensorException("Sgd.nesterov: momentum " + momentum + "; expected (0, 1)");
        }
        return new Sgd(parameters, momentum, decay, true);
    }

    private Sgd(Parameters parameters, double momentum, double decay, boolean nesterov) {
        super(parameters);
        if (!(momentum >= 0 && momentum < 1 && decay >= 0)) {
            throw new TensorException("Sgd: momentum " + momentum + ", decay " + decay + "; expected [0, 1) and >= 0");
        }
        this.momentum = momentum;
        this.decay = decay;
        this.nesterov = nesterov;
    }

    @Override
    protected void update(String name, Tensor parameter, Tensor gradient) {
        if (momentum > 0) {
            Tensor velocity = state("velocity." + name, () -> Creation.zerosLike(parameter));
            run(steps, parameter, gradient, rate(), velocity);
        } else {
            run(steps, parameter, gradient, rate());
        }
    }

    private void update(Tensor[] x) {
        Tensor parameter = x[0];
        Tensor change = decay == 0 ? x[1] : x[1].add(parameter.multiply(decay));
        if (momentum > 0) {
            Tensor velocity = x[3];
            InPlace.multiply(velocity, momentum);
            InPlace.add(velocity, change);
            change = nesterov ? change.add(velocity.multiply(momentum)) : velocity;
        }
        InPlace.subtract(parameter, change.multiply(x[2]));
    }
}
