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
 * The Kronecker recurrent unit with complex factors, as pairs of real tensors: {@code h_t = modReLU(W h_{t-1} + U x_t)}, h in C^N,
 * {@code W = W_1 (x) ... (x) W_F} of square factors, which is never formed. With 2 x 2 factors W has {@code 8 log2 N} real parameters. Factors are unitary at first;
 * {@link #penalty} keeps them near, and the unitary matrices are connected, so that training reaches them all.
 *
 * <p>{@code modReLU(z) = max(|z| + b, 0) z / |z|} with a learnt b in R^N (Arjovsky, Shah, Bengio: Unitary evolution recurrent neural networks, ICML 2016), where
 * {@code |z|^2 = Re(z)^2 + Im(z)^2 + 0.001}. Up to the first input that is not 0 all states are 0 and b is left out, so that a blank beginning, as of a padded
 * sequence, changes neither results nor gradients.
 *
 * <p>The state is [batch, m, 2, n] with m n = N and real and imaginary parts on the third axis: the left half of the factors, multiplied out and in real form, then
 * reads [m, 2] as one axis, the right half [2, n], and each half is one GEMM a step. Multiplied out, the halves have about N entries each, not N^2.
 *
 * <p>Source: Jose, Cisse, Fleuret: Kronecker recurrent units (ICML 2018, arXiv 1705.10142).
 */
public final class ComplexKroneckerRecurrentUnit implements Recurrent {
    /** Added to |z|^2, whose root has no derivative at 0: with less, small states are turned and grow at a rate that training cannot follow. */
    private static final double EPSILON = 1e-3;

    private final Parameters parameters = new Parameters();
    /** [2, size, size] each. */
    private final List<Tensor> factors = new ArrayList<>();

    /** How many factors the left half has. */
    private final int half;

    private final long m;
    private final long n;
    private final Tensor input;
    private final Tensor bias;

    /** @param sizes of the factors; their product is N, the number of complex numbers of the state */
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
     * The Kronecker product of complex factors as a real matrix on pairs: with {@code part} 1 on vectors whose parts are the faster index, [q, 2], with 0 on those
     * whose parts are the slower, [2, q]. Without factors, of the number 1.
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
     * The bias of every step, [time, batch, m, 1, n], but 0 as long as the input is: states that nothing has moved are 0 and stay so, and the bias would multiply
     * their gradient by 1 + b / sqrt(EPSILON) in every step.
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

    /** {@code sum_f ||W_f^H W_f - I||_F^2}, []: 0 if and only if every factor, and so W, is unitary. */
    public Tensor penalty() {
        try (TensorScope scope = input.device().openScope()) {
            List<Tensor> forms =
                    factors.stream().map(f -> realForm(List.of(f), 0)).toList();
            // The real form of W^H W - I holds every entry twice.
            return scope.keep(KroneckerRecurrentUnit.penalty(forms).multiply(0.5));
        }
    }

    /** 2 N: the real parts and the imaginary parts. */
    @Override
    public long width() {
        return 2 * m * n;
    }

    /** The numbers that make up W, of all that {@link #parameters} hold. */
    public long recurrentParameters() {
        return factors.stream().mapToLong(Tensor::size).sum();
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
