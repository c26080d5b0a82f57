package kron4j.ops;

import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Tape;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedKernel.Form;

/**
 * {@code -log softmax(x)[label]} of each sample. The logarithms of all classes, one pass over the scores, are kept for the gradient, which is one pass more, and a subtraction at
 * the labels.
 */
final class LabelLosses {
    /** From logarithms and factors to gradients, but for the labels'. */
    private static final Fused SLOPES = Fused.compile(
            new FusedKernel(Form.SCALED_EXP, -1, 0, 0), x -> x[0].exp().multiply(x[1]));

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
            Tensor logs = Softmax.logSoftmax(Tape.plain(scores), -1);
            Tensor picked = Indexing.along(logs, logs.rank() - 1, at).squeeze(-1);
            Tensor result = Elementwise.where(inside, picked.negate(), Double.NaN);
            Tensor counts = inside.unsqueeze(-1);
            Tape.record(
                    operation,
                    result,
                    r -> r.gradient(scores, new Tensor[] {scores, logs, at, counts}, (g, s) -> {
                        Tensor factors = Elementwise.where(s[3], g.unsqueeze(-1), 0);
                        Tensor all = Tape.isRecording() ? Softmax.logSoftmax(s[0], -1) : s[1];
                        return less(SLOPES.apply(all, factors), factors, s[2]);
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
