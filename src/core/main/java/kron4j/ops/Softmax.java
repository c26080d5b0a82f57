package kron4j.ops;

import java.util.function.Function;
import java.util.stream.IntStream;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedKernel.Form;
import kron4j.backend.View;

/**
 * Softmax, its logarithm, and cross-entropy; floating dtypes, any strides, new row-major results, no temporary but the
 * result.
 *
 * <pre>{@code
 * Tensor logits = Random.normal(1, DType.FLOAT32, 32, 10).requiresGrad();
 * Tensor labels = Random.randint(2, 0, 10, 32);
 * Softmax.crossEntropy(logits, labels).backward();                // logits.grad() is (softmax - one hot) / 32
 * }</pre>
 */
public final class Softmax {
    private static final FusedFamily SLOPES = new FusedFamily("gradient of softmax");
    private static final FusedFamily LOG_SLOPES = new FusedFamily("gradient of logSoftmax");

    private Softmax() {}

    /**
     * {@return {@code exp(a) / sum(exp(a))} along an axis, shifted by the maximum} It is NaN where the axis holds NaN,
     * inf, or nothing but -inf. Gradient: {@code y (g - sum(g y))}.
     *
     * @param a floating; complex numbers are refused
     * @param axis in [-rank, rank); negative ones count from the end
     */
    public static Tensor softmax(Tensor a, int axis) {
        Tensor result = compute("softmax", a, axis, false);
        return Tape.record(
                "softmax",
                result,
                r -> r.products()
                        .gradient(
                                a,
                                result,
                                (g, y) -> along(SLOPES, Form.SOFTMAX_SLOPES, axis, t -> slopes(t[0], t[1], axis))
                                        .apply(g, y)),
                a);
    }

    /**
     * {@return {@code a - logsumexp(a)} along an axis, accurate where softmax underflows} Gradient:
     * {@code g - exp(y) sum(g)}.
     *
     * @param a floating; complex numbers are refused
     * @param axis in [-rank, rank); negative ones count from the end
     */
    public static Tensor logSoftmax(Tensor a, int axis) {
        Tensor result = compute("logSoftmax", a, axis, true);
        return Tape.record(
                "logSoftmax",
                result,
                r -> r.products()
                        .gradient(
                                a,
                                result,
                                (g, y) -> along(
                                                LOG_SLOPES,
                                                Form.LOG_SOFTMAX_SLOPES,
                                                axis,
                                                t -> logSlopes(t[0], t[1], axis))
                                        .apply(g, y)),
                a);
    }

    private static Fused along(FusedFamily family, Form form, int axis, Function<Tensor[], Tensor> steps) {
        return family.of(() -> Fused.compile(new FusedKernel(form, axis, 0, 0), steps), axis);
    }

    private static Tensor slopes(Tensor g, Tensor y, int axis) {
        return y.multiply(g.subtract(Reduce.sum(g.multiply(y), true, axis)));
    }

    private static Tensor logSlopes(Tensor g, Tensor y, int axis) {
        return g.subtract(y.exp().multiply(Reduce.sum(g, true, axis)));
    }

    /**
     * {@return the mean of {@code -log softmax(logits)[label]} over all samples, shape []} It is
     * {@code torch.nn.functional.cross_entropy} with the classes on the last axis. Never waits for the device: a label
     * outside the classes makes the result NaN, with gradient 0 from its sample.
     *
     * @param logits [..., classes]; floating
     * @param labels integers [...]; or probabilities, of the shape and dtype of the logits
     * @throws ShapeException if labels do not fit
     */
    public static Tensor crossEntropy(Tensor logits, Tensor labels) {
        Operands.requireFloating("crossEntropy", logits);
        Operands.sameDevice("crossEntropy", logits, labels);
        boolean probabilities = labels.dtype().isFloating();
        if (probabilities) {
            Operands.sameDType("crossEntropy", logits, labels);
        }
        if (logits.rank() == 0
                || !labels.shape()
                        .equals(probabilities ? logits.shape() : logits.shape().slice(0, logits.rank() - 1))) {
            throw new ShapeException("crossEntropy: labels of shape " + labels.shape() + " for logits of shape "
                    + logits.shape() + "; expected integers without the last axis, or probabilities of that shape");
        }
        if (logits.dtype().isHalf()) {
            return Operands.inFloat32(x -> crossEntropy(x[0], x[1]), logits, labels);
        }
        try (TensorScope scope = logits.device().openScope()) {
            Tensor losses = probabilities
                    ? Elementwise.negative(Reduce.sum(Elementwise.multiply(logSoftmax(logits, -1), labels), -1))
                    : LabelLosses.of("crossEntropy", logits, labels);
            return scope.keep(Reduce.mean(losses));
        }
    }

    private static Tensor compute(String operation, Tensor a, int axis, boolean log) {
        Operands.requireFloating(operation, a);
        int along = Operands.axis(operation, a.shape(), axis);
        View in = toLast(a.view(), along);
        return Tensor.make(
                a.device(), a.dtype(), a.shape(), out -> out.storage().backend().softmax(in, log, toLast(out, along)));
    }

    private static View toLast(View v, int axis) {
        IntStream others = IntStream.range(0, v.layout().rank()).filter(i -> i != axis);
        return v.with(
                v.layout().permute(IntStream.concat(others, IntStream.of(axis)).toArray()));
    }
}
