package kron4j.train;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.ops.Reduce;

/**
 * The Kronecker recurrent unit with complex factors: {@code h_t = modReLU(W h_{t-1} + U x_t)} with h in C^N and
 * {@code W = W_1 (x) ... (x) W_F} of square factors, never formed. With 2 x 2 factors W has {@code 8 log2 N} real
 * parameters. Factors are unitary at first and {@link #penalty} keeps them near; the unitary matrices are connected, so
 * training can reach all of them.
 *
 * <p>{@code modReLU(z) = max(|z| + b, 0) z / |z|} with a learnt b in R^N and {@code |z|^2 = Re(z)^2 + Im(z)^2 + 0.001}
 * (Arjovsky, Shah, Bengio: Unitary evolution recurrent neural networks, ICML 2016). Until the first nonzero input all
 * states are 0 and b is left out, so the blank beginning of a padded sequence changes neither results nor gradients.
 *
 * <p>Inputs and outputs are real: an output is [N, 2], real and imaginary part of each complex number.
 *
 * <p>Cost: two complex GEMMs a step. Each half of the factors is multiplied out, to about the root of N rows; the left half
 * reads the state as [m, n] from the left, the right half from the right.
 *
 * <p>Source: Jose, Cisse, Fleuret: Kronecker recurrent units (ICML 2018, arXiv 1705.10142).
 */
public final class ComplexKroneckerRecurrentUnit implements Recurrent {
    /** Added to |z|^2, whose root has no derivative at 0: with less, small states are turned and grow at a rate that training cannot follow. */
    private static final double EPSILON = 1e-3;

    private static final Fused MOD_RELU = Fused.compile(x -> modRelu(x[0], x[1]));

    private final Parameters parameters = new Parameters();
    /** Complex, [size, size] each. */
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
     * @param dtype of inputs and outputs: float32, float64, or a half one, whose recurrence is computed in complex64
     * @param inputs size of x_t
     * @param sizes sizes of the square factors, at least one; their product is N, the complex numbers in a state
     * @throws ShapeException if there are no factors
     */
    public ComplexKroneckerRecurrentUnit(Random.Generator random, DType dtype, long inputs, int... sizes) {
        if (sizes.length == 0) {
            throw new ShapeException("ComplexKroneckerRecurrentUnit: no factors; it needs at least one");
        }
        DType complex = dtype.computed().toComplex();
        half = (sizes.length + 1) / 2;
        long left = 1;
        long right = 1;
        for (int f = 0; f < sizes.length; f++) {
            factors.add(parameters.add("factor" + f, Initializers.unitary(random, complex, sizes[f])));
            if (f < half) {
                left = Math.multiplyExact(left, sizes[f]);
            } else {
                right = Math.multiplyExact(right, sizes[f]);
            }
        }
        m = left;
        n = right;
        input = parameters.add("input", Initializers.glorot(random, dtype, width(), inputs));
        bias = parameters.add("bias", Initializers.zeros(dtype, m, n, 1));
    }

    @Override
    public Tensor apply(Tensor x) {
        Sequences.check("ComplexKroneckerRecurrentUnit", x, input);
        long time = x.shape().at(0);
        long batch = x.shape().at(1);
        try (TensorScope scope = x.device().openScope()) {
            Tensor pairs = MatMul.matmul(x, false, input, true).to(real()).reshape(time, batch, m, n, 2);
            List<Tensor> driven = Indexing.unbind(ComplexNumbers.viewAsComplex(pairs), 0);
            Tensor left = product(factors.subList(0, half));
            Tensor right = product(factors.subList(half, factors.size()));
            List<Tensor> biases = Indexing.unbind(biasOnceMoved(x), 0);
            Tensor[] states = new Tensor[driven.size()];
            Tensor h = null;
            for (int t = 0; t < states.length; t++) {
                Tensor sum = driven.get(t);
                if (h != null) {
                    Tensor rows = MatMul.matmul(left, h).reshape(batch * m, n);
                    sum = sum.add(MatMul.matmul(rows, false, right, true).reshape(sum.shape()));
                }
                states[t] = MOD_RELU.apply(ComplexNumbers.viewAsReal(sum), biases.get(t));
                h = ComplexNumbers.viewAsComplex(states[t]);
            }
            return scope.keep(
                    Indexing.stack(0, states).reshape(time, batch, width()).to(x.dtype()));
        }
    }

    private DType real() {
        return factors.get(0).dtype().realPart();
    }

    /** The Kronecker product of factors, the number 1 without any. */
    private Tensor product(List<Tensor> group) {
        return group.isEmpty() ? Creation.eye(factors.get(0).dtype(), 1) : Kron.kron(group.toArray(Tensor[]::new));
    }

    /** Of pairs [batch, m, n, 2] with the bias [batch, m, n, 1]. */
    private static Tensor modRelu(Tensor pairs, Tensor bias) {
        Tensor modulus =
                Reduce.sum(Elementwise.square(pairs), true, -1).add(EPSILON).sqrt();
        return pairs.multiply(Elementwise.relu(modulus.add(bias)).divide(modulus));
    }

    /**
     * The bias of every step, [time, batch, m, n, 1]; 0 as long as the input is. States are 0 until then, and the bias
     * would multiply their gradient by 1 + b / sqrt(EPSILON) in every step.
     */
    private Tensor biasOnceMoved(Tensor x) {
        long time = x.shape().at(0);
        long batch = x.shape().at(1);
        Tensor moved = Reduce.any(Elementwise.notEqual(x.detach(), 0), 2).to(real());
        for (long steps = 1; steps < time; steps *= 2) {
            Tensor before = Tensor.zeros(real(), steps, batch);
            moved = Elementwise.maximum(moved, Indexing.concat(0, before, moved.slice(0, 0, time - steps)));
        }
        return bias.to(real()).multiply(moved.reshape(time, batch, 1, 1, 1));
    }

    /**
     * Returns {@code sum_f ||W_f^H W_f - I||_F^2}: 0 if and only if every factor, and so W, is unitary. Differentiable;
     * add a multiple of it to the loss.
     *
     * @return the penalty, []
     */
    public Tensor penalty() {
        return KroneckerRecurrentUnit.penalty(factors);
    }

    /** {@return 2 N: real and imaginary parts of the state} */
    @Override
    public long width() {
        return 2 * m * n;
    }

    /** {@return the number of real parameters in the factors of W} */
    public long recurrentParameters() {
        return factors.stream().mapToLong(f -> 2 * f.size()).sum();
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
