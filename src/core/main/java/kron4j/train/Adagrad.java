package kron4j.train;

import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Creation;
import kron4j.ops.Fused;
import kron4j.ops.InPlace;

/**
 * Adagrad: {@code s := s + g^2}, {@code p := p - rate g / (sqrt(s) + eps)}, with s 0 at first and {@code eps = 1e-10} unless given.
 *
 * <p>Source: Duchi, Hazan, Singer: Adaptive subgradient methods for online learning and stochastic optimization (JMLR 2011).
 */
public final class Adagrad extends Optimizer {
    private static final double EPSILON = 1e-10;

    private final double epsilon;
    /** Updates a parameter. */
    private final Fused steps = Fused.compileRun(this::update);

    /**
     * Makes an optimizer with epsilon 1e-10.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     */
    public Adagrad(Parameters parameters) {
        this(parameters, EPSILON);
    }

    /**
     * Makes an optimizer.
     *
     * @param parameters one or more, of one floating dtype or complex numbers of it, on one device; not owned
     * @param epsilon above 0
     * @throws TensorException if epsilon is not above 0, or the parameters do not fit together
     */
    public Adagrad(Parameters parameters, double epsilon) {
        super(parameters);
        if (!(epsilon > 0)) {
            throw new TensorException("Adagrad: epsilon " + epsilon + "; expected > 0");
        }
        this.epsilon = epsilon;
    }

    @Override
    protected void update(String name, Tensor parameter, Tensor gradient) {
        Tensor squares = state("squares." + name, () -> Creation.zerosLike(parameter));
        run(steps, parameter, gradient, squares, rate());
    }

    private void update(Tensor[] x) {
        Tensor gradient = x[1];
        Tensor squares = x[2];
        InPlace.add(squares, gradient.multiply(gradient));
        InPlace.subtract(x[0], gradient.divide(squares.sqrt().add(epsilon)).multiply(x[3]));
    }
}
