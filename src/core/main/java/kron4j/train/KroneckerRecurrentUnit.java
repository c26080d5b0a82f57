package kron4j.train;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.MatMul;
import kron4j.ops.Random;
import kron4j.ops.Reduce;

/**
 * The Kronecker recurrent unit with real factors: {@code h_t = tanh(W h_{t-1} + U x_t + b)} with
 * {@code W = W_1 (x) ... (x) W_F} of square factors, never formed. F factors of size p have {@code F p^2} parameters for a
 * state of p^F numbers. Cost of a step: {@code O(p F p^F)}.
 *
 * <pre>{@code
 * Random.Generator random = new Random.Generator(1);
 * try (KroneckerRecurrentUnit unit = new KroneckerRecurrentUnit(random, DType.FLOAT32, 8, 2, 2, 2, 2)) {
 *     Tensor x = Random.normal(2, DType.FLOAT32, 20, 32, 8);   // [time, batch, inputs]
 *     Tensor last = unit.apply(x).select(0, 19);               // [32, 16], the states after the last step
 *     Tensor loss = last.sum().add(unit.penalty().multiply(0.01));
 *     List<Tensor> gradients = Gradients.of(loss, unit.parameters().tensors());
 * }
 * }</pre>
 *
 * <p>Factors are orthogonal at first and {@link #penalty} keeps them near. Orthogonal matrices with det 1 and with det -1
 * are not connected; {@link ComplexKroneckerRecurrentUnit} has no such barrier.
 *
 * <p>Source: Jose, Cisse, Fleuret: Kronecker recurrent units (ICML 2018, arXiv 1705.10142).
 */
public final class KroneckerRecurrentUnit implements Recurrent {
    private static final Fused STEP = Fused.compile(x -> Elementwise.tanh(x[0].add(x[1])));

    private final Parameters parameters = new Parameters();
    private final List<Tensor> factors = new ArrayList<>();
    private final long width;
    private final Tensor input;
    private final Tensor bias;

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param inputs size of x_t
     * @param sizes sizes of the square factors, at least one; their product is the width
     */
    public KroneckerRecurrentUnit(Random.Generator random, DType dtype, long inputs, long... sizes) {
        long product = 1;
        for (int f = 0; f < sizes.length; f++) {
            factors.add(parameters.add("factor" + f, Initializers.orthogonal(random, dtype, sizes[f], sizes[f])));
            product = Math.multiplyExact(product, sizes[f]);
        }
        width = product;
        input = parameters.add("input", Initializers.glorot(random, dtype, width, inputs));
        bias = parameters.add("bias", Initializers.zeros(dtype, width));
    }

    @Override
    public Tensor apply(Tensor x) {
        Sequences.check("KroneckerRecurrentUnit", x, input);
        try (TensorScope scope = x.device().openScope()) {
            KroneckerOperator recurrent = KroneckerOperator.of(factors.toArray(Tensor[]::new));
            return scope.keep(Sequences.states(
                    MatMul.matmul(x, false, input, true).add(bias),
                    (driven, before) -> before == null
                            ? Elementwise.tanh(driven)
                            : STEP.apply(driven, recurrent.applyToRows(before))));
        }
    }

    /**
     * Returns {@code sum_f ||W_f^T W_f - I||_F^2}: 0 if and only if every factor, and so W, is orthogonal. Differentiable;
     * add a multiple of it to the loss.
     *
     * @return the penalty, []; of halves in float32
     */
    public Tensor penalty() {
        return penalty(factors);
    }

    static Tensor penalty(List<Tensor> factors) {
        try (TensorScope scope = factors.get(0).device().openScope()) {
            Tensor sum = null;
            for (Tensor factor : factors) {
                Tensor w = factor.to(factor.dtype().computed());
                Tensor gram = MatMul.matmul(w, MatMul.Form.ADJOINT, w, MatMul.Form.PLAIN);
                Tensor off = gram.subtract(Creation.eye(w.dtype(), w.shape().at(-1)));
                Tensor parts = w.dtype().isComplex() ? ComplexNumbers.viewAsReal(off) : off;
                Tensor square = Reduce.sum(Elementwise.square(parts));
                sum = sum == null ? square : sum.add(square);
            }
            return scope.keep(sum);
        }
    }

    @Override
    public long width() {
        return width;
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
