package kron4j.ops;

import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;

/**
 * {@code -log softmax(x)[label]} of each sample, without the logarithms of all classes: {@code log(sum exp(x - m)) - (x[label] - m)} with the largest score m, from which
 * differences are as accurate as those of the logarithms. The exponentials are kept for the gradient, which is one pass more, and a subtraction at the labels.
 */
final class LabelLosses {
    /** From scores and the largest ones to exp(x - m). */
    private static final Fused EXPONENTIALS =
            Fused.compile(x -> x[0].subtract(x[1]).exp());
    /** From the scores at the labels, the largest ones and the sums to the losses. */
    private static final Fused LOSSES = Fused.compile(x -> x[2].log().subtract(x[0].subtract(x[1])));
    /** From exponentials, their sums and factors to gradients, but for the labels'. */
    private static final Fused SLOPES = Fused.compile(x -> x[0].multiply(x[2].divide(x[1])));

    private LabelLosses() {}

    /**
     * {@return the losses [...], NaN where a label is no class, with gradient 0}
     *
     * @param scores [..., classes], float32 or float64
     * @param labels integers [...]
     */
    static Tensor of(String operation, Tensor scores, Tensor labels) {
        long classes = scores.shape().at(-1);
        if (classes == 0) {
            return Elementwise.negative(Indexing.pickOrNan(operation, scores, labels));
        }
        try (TensorScope scope = scores.device().openScope()) {
            Tensor wanted = Indexing.integers(operation, labels);
            Tensor inside = Indexing.inside(wanted, classes);
            Tensor at = Elementwise.where(inside, wanted, 0).unsqueeze(-1);
            Tensor x = Tape.plain(scores);
            Tensor largest = Reduce.max(x, true, -1);
            Tensor exponentials = EXPONENTIALS.apply(x, largest);
            Tensor sums = Reduce.sum(exponentials, true, -1);
            Tensor losses = LOSSES.apply(Indexing.along(x, x.rank() - 1, at), largest, sums);
            Tensor result = Elementwise.where(inside, losses.squeeze(-1), Double.NaN);
            Tensor counts = inside.unsqueeze(-1);
            Tape.record(
                    operation,
                    result,
                    r -> r.gradient(scores, new Tensor[] {scores, largest, exponentials, sums, at, counts}, (g, s) -> {
                        Tensor factors = Elementwise.where(s[5], g.unsqueeze(-1), 0);
                        if (!Tape.isRecording()) {
                            return less(SLOPES.apply(s[2], s[3], factors), factors, s[4]);
                        }
                        Tensor again = EXPONENTIALS.apply(s[0], s[1]);
                        Tensor total = Reduce.sum(again, true, -1);
                        return less(SLOPES.apply(again, total, factors), factors, s[4]);
                    }),
                    scores);
            return scope.keep(result);
        }
    }

    /** Subtracts the factors at the labels. */
    private static Tensor less(Tensor slopes, Tensor factors, Tensor at) {
        int axis = slopes.rank() - 1;
        if (Tape.isRecording()) {
            return Elementwise.subtract(slopes, Indexing.addedAlong(factors, axis, at, slopes.shape()));
        }
        slopes.device().backend().addAlong(Elementwise.negative(factors).view(), axis, at.view(), slopes.view());
        return slopes;
    }
}
