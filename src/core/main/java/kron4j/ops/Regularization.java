package kron4j.ops;

import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.backend.BinaryOp;

/**
 * Regularization. Dropout sets elements to 0 at random, so that no unit relies on another.
 *
 * <pre>{@code
 * Random.Generator random = new Random.Generator(1);
 * Tensor x = Random.normal(2, DType.FLOAT32, 32, 128);
 * Tensor y = Regularization.dropout(x, 0.1, random);
 * }</pre>
 *
 * <p>Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout (JMLR 2014).
 */
public final class Regularization {
    private static final FusedFamily STEPS = new FusedFamily("dropout");

    private Regularization() {}

    /**
     * {@return each element {@code x / (1 - p)} with probability {@code 1 - p}, else 0 (of NaN too)} The elements that stay are decided by the generator's next stream, the same
     * on every device and in a {@link kron4j.autograd.Checkpoint} that computes them again. A graph of the device replays the same ones each time; see
     * {@link #dropout(Tensor, double, Random.Generator, Tensor)}. With p 0 nothing is drawn. Gradient: {@code g / (1 - p)} where x stayed. Memory: a byte for each element is
     * kept for the gradient.
     *
     * @param x floating or complex; any strides
     * @param p in [0, 1]
     * @param random draws one tensor
     * @throws TensorException if p is not in [0, 1]
     */
    public static Tensor dropout(Tensor x, double p, Random.Generator random) {
        require(x, p);
        try (TensorScope scope = x.device().openScope()) {
            if (p == 0) {
                return scope.keep(x.viewAs(x.layout()));
            }
            Tensor drawn = random.uniform(DType.FLOAT32, x.shape().dims());
            return scope.keep(kept(x, p, Elementwise.greaterEqual(drawn, p)));
        }
    }

    /**
     * {@return as the other, with other elements for each number of a step, which is read on the device} A recorded training step that counts, as by
     * {@code InPlace.add(step, 1)} before its loss, so drops other elements at each replay: those of one step are independent, and so are those of any two steps.
     *
     * @param x floating or complex; any strides
     * @param p in [0, 1]
     * @param random draws two tensors
     * @param step an integer []; int64 is not copied
     * @throws TensorException if p is not in [0, 1]
     * @throws ShapeException if the step is not a single number
     */
    // Elements stay by u + step v modulo 2^64 with independent u and v: any two steps give independent numbers (Carter
    // and Wegman 1979).
    public static Tensor dropout(Tensor x, double p, Random.Generator random, Tensor step) {
        require(x, p);
        Operands.sameDevice("dropout", x, step);
        if (!step.dtype().isInteger()) {
            throw new DTypeException(
                    "dropout: the step is " + step.dtype() + " " + step.shape() + "; it must be an integer []");
        }
        if (step.rank() != 0) {
            throw new ShapeException("dropout: the step has shape " + step.shape() + "; it must be an integer []");
        }
        try (TensorScope scope = x.device().openScope()) {
            if (p == 0) {
                return scope.keep(x.viewAs(x.layout()));
            }
            Tensor drawn = random.bits(x.shape().dims());
            Tensor factors = random.bits(x.shape().dims());
            Operands.update(BinaryOp.MULTIPLY, factors, step.to(DType.INT64));
            Operands.update(BinaryOp.ADD, drawn, factors);
            long least = (long) ((p - 0.5) * 0x1p64);
            Tensor stays = p == 1 ? Elementwise.less(drawn, Long.MIN_VALUE) : Elementwise.greaterEqual(drawn, least);
            return scope.keep(kept(x, p, stays));
        }
    }

    private static Tensor kept(Tensor x, double p, Tensor stays) {
        double scale = p == 1 ? 0 : 1 / (1 - p);
        return STEPS.of(t -> Elementwise.where(t[1], t[0].multiply(scale), 0), p)
                .apply(x, stays);
    }

    private static void require(Tensor x, double p) {
        Operands.requireInexact("dropout", x);
        if (!(p >= 0 && p <= 1)) {
            throw new TensorException("dropout: p " + p + " is not in [0, 1], for shape " + x.shape());
        }
    }
}
