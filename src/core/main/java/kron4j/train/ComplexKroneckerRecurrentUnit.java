package kron4j.train;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.ops.Reduce;

/**
 * The Kronecker recurrent unit with complex factors, stored as pairs of real tensors:
 * {@code h_t = modReLU(W h_{t-1} + U x_t)} with h in C^N and {@code W = W_1 (x) ... (x) W_F} of square factors, never
 * formed. With 2 x 2 factors W has {@code 8 log2 N} real parameters. Factors are unitary at first and {@link #penalty}
 * keeps them near; the unitary matrices are connected, so training can reach all of them.
 *
 * <p>{@code modReLU(z) = max(|z| + b, 0) z / |z|} with a learnt b in R^N and {@code |z|^2 = Re(z)^2 + Im(z)^2 + 0.001}
 * (Arjovsky, Shah, Bengio: Unitary evolution recurrent neural networks, ICML 2016). Until the first nonzero input all
 * states are 0 and b is left out, so the blank beginning of a padded sequence changes neither results nor gradients.
 *
 * <p>Cost: two GEMMs a step. The state is [batch, m, 2, n] with m n = N, its third axis holding real and imaginary parts.
 * Each half of the factors is multiplied out in real form, to about N entries; the left half reads [m, 2] as one axis, the
 * right half [2, n].
 *
 * <p>Source: Jose, Cisse, Fleuret: Kronecker recurrent units (ICML 2018, arXiv 1705.10142).
 */
public final class ComplexKroneckerRecurrentUnit implements Recurrent {
    /** Added to |z|^2, whose root has no derivative at 0: with less, small states are turned and grow at a rate that training cannot follow. */
    private static final double EPSILON = 1e-3;

    private final Parameters parameters = new Parameters();
    /** [2, size, size] each. */
    private final List<Tensor> factors = new ArrayList<>();

    /** Number of factors in the left half. */
    private final int half;

    private final long m;
    private final long n;
    private final Tensor input;
    private final Tensor bias;

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32 or float64
     * @param inputs size of x_t
     * @param sizes sizes of the square factors, at least one; their product is N, the complex numbers in a state
     * @throws ShapeException if there are no factors
     */
    public ComplexKroneckerRecurrentUnit(Random.Generator random, DType dtype, long inputs, int... sizes) {
        if (sizes.length == 0) {
            throw new ShapeException("ComplexKroneckerRecurrentUnit: no factors; it needs at least one");
        }
        half = (sizes.length + 1) / 2;
        long left = 1;
        long right = 1;
        for (int f = 0; f < sizes.length; f++) {
            factors.add(parameters.add("factor" + f, Initializers.unitary(random, dtype, sizes[f])));
            if (f < half) {
                left = Math.multiplyExact(left, sizes[f]);
            } else {
                right = Math.multiplyExact(right, sizes[f]);
            }
        }
        m = left;
        n = right;
        input = parameters.add("input", Initializers.glorot(random, dtype, width(), inputs));
        bias = parameters.add("bias", Initializers.zeros(dtype, m, 1, n));
    }

    @Override
    public Tensor apply(Tensor x) {
        Sequences.check("ComplexKroneckerRecurrentUnit", x, input);
        long time = x.shape().at(0);
        long batch = x.shape().at(1);
        try (TensorScope scope = x.device().openScope()) {
            List<Tensor> driven =
                    Indexing.unbind(MatMul.matmul(x, false, input, true).reshape(time, batch, m, 2, n), 0);
            Tensor left = realForm(factors.subList(0, half), 1);
            Tensor right = realForm(factors.subList(half, factors.size()), 0);
            List<Tensor> biases = Indexing.unbind(biasOnceMoved(x), 0);
            Tensor[] states = new Tensor[driven.size()];
            for (int t = 0; t < states.length; t++) {
                Tensor sum = driven.get(t);
                if (t > 0) {
                    Tensor h = MatMul.matmul(left, states[t - 1].reshape(batch, 2 * m, n));
                    h = MatMul.matmul(h.reshape(batch * m, 2 * n), false, right, true);
                    sum = sum.add(h.reshape(sum.shape()));
                }
                states[t] = modRelu(sum, biases.get(t));
            }
            return scope.keep(Indexing.stack(0, states).reshape(time, batch, width()));
        }
    }

    /**
     * The Kronecker product of complex factors (the number 1 without factors) as a real matrix. It multiplies vectors
     * [q, 2] of pairs if {@code part} is 1, and vectors [2, q] of real and imaginary parts if it is 0.
     */
    private Tensor realForm(List<Tensor> group, int part) {
        if (group.isEmpty()) {
            return Creation.eye(input.dtype(), 2);
        }
        Tensor re = group.get(0).select(0, 0);
        Tensor im = group.get(0).select(0, 1);
        for (Tensor factor : group.subList(1, group.size())) {
            Tensor a = factor.select(0, 0);
            Tensor b = factor.select(0, 1);
            Tensor product = Kron.kron(re, a).subtract(Kron.kron(im, b));
            im = Kron.kron(re, b).add(Kron.kron(im, a));
            re = product;
        }
        // Axes [p, q] become [p, d, q, c], or [d, p, c, q].
        Tensor real = Indexing.stack(1 + part, re, im.negate());
        Tensor imaginary = Indexing.stack(1 + part, im, re);
        long size = 2 * re.shape().at(0);
        return Indexing.stack(part, real, imaginary).reshape(size, size);
    }

    private static Tensor modRelu(Tensor z, Tensor bias) {
        Tensor modulus = Reduce.sum(Elementwise.square(z), true, 2).add(EPSILON).sqrt();
        return z.multiply(Elementwise.relu(modulus.add(bias)).divide(modulus));
    }

    /**
     * The bias of every step, [time, batch, m, 1, n]; 0 as long as the input is. States are 0 until then, and the bias
     * would multiply their gradient by 1 + b / sqrt(EPSILON) in every step.
     */
    private Tensor biasOnceMoved(Tensor x) {
        long time = x.shape().at(0);
        long batch = x.shape().at(1);
        Tensor moved = Reduce.any(Elementwise.notEqual(x.detach(), 0), 2).to(x.dtype());
        for (long steps = 1; steps < time; steps *= 2) {
            Tensor before = Tensor.zeros(x.dtype(), steps, batch);
            moved = Elementwise.maximum(moved, Indexing.concat(0, before, moved.slice(0, 0, time - steps)));
        }
        return bias.multiply(moved.reshape(time, batch, 1, 1, 1));
    }

    /**
     * Returns {@code sum_f ||W_f^H W_f - I||_F^2}: 0 if and only if every factor, and so W, is unitary. Differentiable;
     * add a multiple of it to the loss.
     *
     * @return the penalty, []
     */
    public Tensor penalty() {
        try (TensorScope scope = input.device().openScope()) {
            List<Tensor> forms =
                    factors.stream().map(f -> realForm(List.of(f), 0)).toList();
            // The real form of W^H W - I holds every entry twice.
            return scope.keep(KroneckerRecurrentUnit.penalty(forms).multiply(0.5));
        }
    }

    /** {@return 2 N: real and imaginary parts of the state} */
    @Override
    public long width() {
        return 2 * m * n;
    }

    /** {@return the number of real parameters in the factors of W} */
    public long recurrentParameters() {
        return factors.stream().mapToLong(Tensor::size).sum();
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
