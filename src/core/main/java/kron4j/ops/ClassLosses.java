package kron4j.ops;

import java.util.Arrays;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;

/** Losses of classes, on the last axis. */
final class ClassLosses {
    private ClassLosses() {}

    /** @param weights none, or one tensor */
    static Tensor crossEntropy(
            Tensor logits, Tensor labels, double smoothing, long ignored, Reduction reduction, Tensor... weights) {
        String operation = "crossEntropy";
        boolean probabilities = labels.dtype().isFloating();
        require(operation, logits, labels, probabilities, weights);
        if (!(smoothing >= 0 && smoothing <= 1)) {
            throw new TensorException(
                    operation + ": smoothing " + smoothing + " is not in [0, 1], for scores " + logits.shape());
        }
        if (logits.dtype().isHalf()) {
            return Operands.inFloat32(
                    t -> crossEntropy(t[0], t[1], smoothing, ignored, reduction, Arrays.copyOfRange(t, 2, t.length)),
                    joined(logits, labels, weights));
        }
        try (TensorScope scope = logits.device().openScope()) {
            if (!probabilities && smoothing == 0) {
                return scope.keep(ofLabels(operation, true, logits, labels, 0, ignored, reduction, weights));
            }
            Tensor logs = Softmax.logSoftmax(logits, -1);
            return scope.keep(
                    probabilities
                            ? ofProbabilities(logs, labels, smoothing, reduction, weights)
                            : nll(operation, logs, labels, smoothing, ignored, reduction, weights));
        }
    }

    private static Tensor ofProbabilities(
            Tensor logs, Tensor labels, double smoothing, Reduction reduction, Tensor... weights) {
        double classes = logs.shape().at(-1);
        Tensor smoothed =
                smoothing == 0 ? labels : labels.multiply(1 - smoothing).add(smoothing / classes);
        Tensor terms = logs.multiply(smoothed);
        return reduction.of(Reduce.sum(weighted(terms, weights), -1).negate());
    }

    private static Tensor weighted(Tensor terms, Tensor... weights) {
        return weights.length == 0 ? terms : terms.multiply(weights[0]);
    }

    /** @param weights none, or one tensor */
    static Tensor nll(
            String operation,
            Tensor logs,
            Tensor labels,
            double smoothing,
            long ignored,
            Reduction reduction,
            Tensor... weights) {
        require(operation, logs, labels, false, weights);
        if (logs.dtype().isHalf()) {
            return Operands.inFloat32(
                    t -> nll(operation, t[0], t[1], smoothing, ignored, reduction, Arrays.copyOfRange(t, 2, t.length)),
                    joined(logs, labels, weights));
        }
        return ofLabels(operation, false, logs, labels, smoothing, ignored, reduction, weights);
    }

    /** @param scores logarithms, or what softmax makes probabilities of, without smoothing */
    private static Tensor ofLabels(
            String operation,
            boolean logits,
            Tensor scores,
            Tensor labels,
            double smoothing,
            long ignored,
            Reduction reduction,
            Tensor... weights) {
        try (TensorScope scope = scores.device().openScope()) {
            Tensor wanted = labels.to(DType.INT64);
            Tensor counts = Elementwise.notEqual(wanted, ignored);
            Tensor at = Elementwise.where(counts, wanted, 0);
            Tensor losses = logits
                    ? LabelLosses.of(operation, scores, at)
                    : Indexing.pickOrNan(operation, scores, at).negate();
            Tensor each = counts.to(scores.dtype());
            if (weights.length > 0) {
                Tensor ofClasses = weights[0].expand(scores.shape().dims());
                Tensor ofLabels = Indexing.pickOrNan(operation, ofClasses, at);
                losses = losses.multiply(ofLabels);
                each = Elementwise.where(counts, ofLabels, 0);
            }
            if (smoothing > 0) {
                Tensor all = Reduce.sum(weighted(scores, weights), -1);
                losses = losses.multiply(1 - smoothing)
                        .subtract(all.multiply(smoothing / scores.shape().at(-1)));
            }
            losses = Elementwise.where(counts, losses, 0);
            Tensor result =
                    reduction == Reduction.MEAN ? Reduce.sum(losses).divide(Reduce.sum(each)) : reduction.of(losses);
            return scope.keep(result);
        }
    }

    private static Tensor[] joined(Tensor first, Tensor second, Tensor... rest) {
        Tensor[] all = new Tensor[rest.length + 2];
        all[0] = first;
        all[1] = second;
        System.arraycopy(rest, 0, all, 2, rest.length);
        return all;
    }

    private static void require(
            String operation, Tensor scores, Tensor labels, boolean probabilities, Tensor... weights) {
        Operands.requireFloating(operation, scores);
        Operands.requireFloating(operation, weights);
        Operands.sameDevice(operation, joined(scores, labels, weights));
        Shape shape = scores.shape();
        if (shape.rank() == 0 || !labels.shape().equals(probabilities ? shape : shape.slice(0, shape.rank() - 1))) {
            throw new ShapeException(operation + ": labels of shape " + labels.shape() + " for scores of shape " + shape
                    + "; expected integers without the last axis"
                    + (probabilities ? ", or probabilities of that shape" : ""));
        }
        if (probabilities) {
            Operands.sameDType(operation, scores, labels);
        } else if (!labels.dtype().isInteger()) {
            throw new DTypeException(operation + ": labels of shape " + labels.shape() + " are " + labels.dtype()
                    + "; convert them with to(DType.INT64)");
        }
        for (Tensor w : weights) {
            Operands.sameDType(operation, scores, w);
            if (!w.shape().equals(shape.slice(shape.rank() - 1, shape.rank()))) {
                throw new ShapeException(operation + ": weights of shape " + w.shape() + " for scores of shape " + shape
                        + "; expected one for each class, the last axis");
            }
        }
    }
}
