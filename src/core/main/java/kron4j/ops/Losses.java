package kron4j.ops;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Tape;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedKernel.Form;

/**
 * Losses, as PyTorch's. Those of elements compare tensors of equal shapes; those of classes have them on the last axis.
 *
 * <pre>{@code
 * Tensor x = Random.normal(1, DType.FLOAT32, 32, 10).requiresGrad();
 * Tensor y = Random.normal(2, DType.FLOAT32, 32, 10);
 * Losses.huber(x, y, 1, Reduction.MEAN).backward();
 *
 * Tensor labels = Random.randint(3, 0, 10, 32);
 * Tensor loss = Losses.crossEntropy(x, labels, 0.1, -100, Reduction.MEAN);               // label smoothing 0.1, labels -100 do not count
 * }</pre>
 *
 * <p>Operands are floating, of one dtype, with any strides; shapes are not broadcast, since a loss of [n, n] out of [n] and [n, 1] is a mistake. float16 and bfloat16 are
 * computed in float32 and rounded once. Gradients flow to all floating operands, in first and second order. Losses of elements are computed in one pass, reduction included.
 * Nothing waits for the device. {@link Softmax#crossEntropy} is cross-entropy without options.
 */
public final class Losses {
    private static final FusedFamily STEPS = new FusedFamily("losses");
    private static final FusedFamily COSINE = new FusedFamily("cosineSimilarity");
    private static final FusedFamily COSINE_EMBEDDING = new FusedFamily("cosineEmbedding");

    private Losses() {}

    /** Losses of elements by name, with a number that they depend on. */
    private enum Kind {
        MSE,
        L1,
        HUBER,
        SMOOTH_L1,
        BCE,
        BCE_WITH_LOGITS,
        BCE_WITH_WEIGHT,
        KL,
        KL_OF_LOGARITHMS,
        HINGE,
        HINGE_EMBEDDING;

        private Tensor of(double number, Tensor... t) {
            Tensor x = t[0];
            Tensor y = t[1];
            return switch (this) {
                case MSE -> Elementwise.square(x.subtract(y));
                case L1 -> Elementwise.abs(x.subtract(y));
                case HUBER -> huber(Elementwise.abs(x.subtract(y)), number);
                case SMOOTH_L1 -> huber(Elementwise.abs(x.subtract(y)), number).divide(number);
                case BCE -> binaryCrossEntropy(x, y);
                case BCE_WITH_LOGITS -> Elementwise.softplus(x).subtract(x.multiply(y));
                case BCE_WITH_WEIGHT ->
                    Elementwise.softplus(x.negate())
                            .multiply(t[2].subtract(1).multiply(y).add(1))
                            .add(x.multiply(y.negate().add(1)));
                case KL -> divergence(x, y);
                case KL_OF_LOGARITHMS -> y.exp().multiply(y.subtract(x));
                case HINGE -> Elementwise.relu(x.multiply(y).negate().add(1));
                case HINGE_EMBEDDING ->
                    Elementwise.where(
                            Elementwise.greater(y, 0), x, atLeastZero(x.negate().add(number)));
            };
        }

        private Tensor run(double number, Reduction reduction, Tensor... operands) {
            Function<Tensor[], Tensor> steps = t -> reduction.of(of(number, t));
            Supplier<Fused> made = () -> form().filter(f -> reduction != Reduction.NONE)
                    .map(f -> new FusedKernel(f, number, reduction == Reduction.MEAN ? 1 : 0, 0))
                    .map(kernel -> Fused.compile(kernel, steps))
                    .orElseGet(() -> Fused.compile(steps));
            return STEPS.of(made, ordinal(), number, reduction.ordinal()).apply(operands);
        }

        /** What a device may have a loop for. */
        private Optional<Form> form() {
            return switch (this) {
                case MSE -> Optional.of(Form.MSE);
                case L1 -> Optional.of(Form.L1);
                case HUBER -> Optional.of(Form.HUBER);
                case SMOOTH_L1 -> Optional.of(Form.SMOOTH_L1);
                case BCE_WITH_LOGITS -> Optional.of(Form.BCE_WITH_LOGITS);
                case BCE, BCE_WITH_WEIGHT, KL, KL_OF_LOGARITHMS, HINGE, HINGE_EMBEDDING -> Optional.empty();
            };
        }
    }

    /** {@code max(x, 0)} whose slope at 0 is 1, as PyTorch's losses have it. */
    private static Tensor atLeastZero(Tensor x) {
        return Elementwise.clamp(x, 0, Double.POSITIVE_INFINITY);
    }

    // ---- of elements ----

    /**
     * {@return the squared error, {@code (x - y)^2}}
     *
     * @param x floating
     * @param y of the shape and dtype of x
     * @param reduction of the losses of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor mse(Tensor x, Tensor y, Reduction reduction) {
        requireAlike("mse", x, y);
        return Kind.MSE.run(0, reduction, x, y);
    }

    /**
     * {@return the absolute error, {@code |x - y|}} Gradient: 0 where x is y.
     *
     * @param x floating
     * @param y of the shape and dtype of x
     * @param reduction of the losses of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor l1(Tensor x, Tensor y, Reduction reduction) {
        requireAlike("l1", x, y);
        return Kind.L1.run(0, reduction, x, y);
    }

    /**
     * {@return with {@code d = |x - y|}: {@code d^2 / 2} up to delta, {@code delta (d - delta / 2)} from there on}
     *
     * @param x floating
     * @param y of the shape and dtype of x
     * @param delta above 0
     * @param reduction of the losses of all elements
     * @throws ShapeException if the shapes differ
     */
    // P. Huber: Robust estimation of a location parameter (1964).
    public static Tensor huber(Tensor x, Tensor y, double delta, Reduction reduction) {
        requireAlike("huber", x, y);
        if (!(delta > 0)) {
            throw new TensorException("huber: delta " + delta + " is not above 0, for shape " + x.shape());
        }
        return Kind.HUBER.run(delta, reduction, x, y);
    }

    /**
     * {@return {@link #huber} with delta = beta, divided by beta: {@code d^2 / (2 beta)}, then {@code d - beta / 2}} With beta 0 it is {@link #l1}.
     *
     * @param x floating
     * @param y of the shape and dtype of x
     * @param beta at least 0
     * @param reduction of the losses of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor smoothL1(Tensor x, Tensor y, double beta, Reduction reduction) {
        requireAlike("smoothL1", x, y);
        if (!(beta >= 0)) {
            throw new TensorException("smoothL1: beta " + beta + " is below 0, for shape " + x.shape());
        }
        return (beta == 0 ? Kind.L1 : Kind.SMOOTH_L1).run(beta, reduction, x, y);
    }

    /** In such terms that nothing overflows but the loss itself, and the gradient is delta at an infinite distance. */
    private static Tensor huber(Tensor distance, double delta) {
        Tensor near = Elementwise.minimum(distance, delta);
        return Elementwise.square(near)
                .multiply(0.5)
                .add(distance.subtract(near).multiply(delta));
    }

    /**
     * {@return the binary cross-entropy of probabilities, {@code -(y log x + (1 - y) log(1 - x))}} Logarithms below -100 become -100, as in PyTorch. Gradient to x:
     * {@code (x - y) / max(x (1 - x), 1e-12)}. Prefer {@link #bceWithLogits}, which loses nothing.
     *
     * @param x probabilities in [0, 1]; what is outside has loss NaN
     * @param y of the shape and dtype of x, in [0, 1]
     * @param reduction of the losses of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor bce(Tensor x, Tensor y, Reduction reduction) {
        requireAlike("bce", x, y);
        return Kind.BCE.run(0, reduction, x, y);
    }

    private static Tensor binaryCrossEntropy(Tensor x, Tensor y) {
        Tensor plainX = Tape.plain(x);
        Tensor plainY = Tape.plain(y);
        Tensor ofZero = Elementwise.maximum(Elementwise.log1p(plainX.negate()), -100);
        Tensor gain = Elementwise.maximum(plainX.log(), -100).subtract(ofZero);
        Tensor loss = plainY.multiply(gain).add(ofZero).negate();
        return Tape.record(
                "bce",
                loss,
                r -> {
                    r.gradient(
                            x,
                            new Tensor[] {x, y},
                            (g, s) -> g.multiply(s[0].subtract(s[1]))
                                    .divide(Elementwise.maximum(
                                            s[0].multiply(s[0].negate().add(1)), 1e-12)));
                    r.gradient(
                            y,
                            x,
                            (g, p) -> g.multiply(Elementwise.maximum(Elementwise.log1p(p.negate()), -100)
                                    .subtract(Elementwise.maximum(p.log(), -100))));
                },
                x,
                y);
    }

    /**
     * {@return the binary cross-entropy of logits, {@code log(1 + exp(x)) - x y}, right for logits of any size} Gradient to x: {@code sigmoid(x) - y}.
     *
     * @param x floating
     * @param y of the shape and dtype of x, in [0, 1]
     * @param reduction of the losses of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor bceWithLogits(Tensor x, Tensor y, Reduction reduction) {
        requireAlike("bceWithLogits", x, y);
        return Kind.BCE_WITH_LOGITS.run(0, reduction, x, y);
    }

    /**
     * {@return {@link #bceWithLogits(Tensor, Tensor, Reduction)} with the part of positive labels times a weight: {@code w y log(1 + exp(-x)) + (1 - y) log(1 + exp(x))}}
     *
     * @param x floating
     * @param y of the shape and dtype of x, in [0, 1]
     * @param positiveWeight of the dtype of x; broadcast to it
     * @param reduction of the losses of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor bceWithLogits(Tensor x, Tensor y, Tensor positiveWeight, Reduction reduction) {
        requireAlike("bceWithLogits", x, y);
        Operands.sameDevice("bceWithLogits", x, positiveWeight);
        Operands.sameDType("bceWithLogits", x, positiveWeight);
        if (!Shape.broadcast("bceWithLogits", x.shape(), positiveWeight.shape()).equals(x.shape())) {
            throw new ShapeException("bceWithLogits: positive weights of shape " + positiveWeight.shape()
                    + " do not broadcast to x of shape " + x.shape());
        }
        Tensor weight = positiveWeight.expand(x.shape().dims());
        return Kind.BCE_WITH_WEIGHT.run(0, reduction, x, y, weight);
    }

    /**
     * {@return the terms of the Kullback-Leibler divergence of y from x, {@code y (log y - x)}, 0 where y is 0} Their sum over the number of samples is the mean
     * divergence; {@link Reduction#MEAN} divides by the number of elements, as in PyTorch.
     *
     * @param x logarithms of probabilities; floating
     * @param y probabilities, of the shape and dtype of x
     * @param reduction of the terms of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor kl(Tensor x, Tensor y, Reduction reduction) {
        requireAlike("kl", x, y);
        return Kind.KL.run(0, reduction, x, y);
    }

    /**
     * {@return {@link #kl} with logarithms of probabilities for both, {@code exp(y) (y - x)}}
     *
     * @param x logarithms of probabilities; floating
     * @param y logarithms of probabilities, of the shape and dtype of x
     * @param reduction of the terms of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor klOfLogarithms(Tensor x, Tensor y, Reduction reduction) {
        requireAlike("klOfLogarithms", x, y);
        return Kind.KL_OF_LOGARITHMS.run(0, reduction, x, y);
    }

    private static Tensor divergence(Tensor x, Tensor y) {
        Tensor zero = Elementwise.equal(y, 0);
        Tensor logarithm = Elementwise.where(zero, 1, y).log();
        return y.multiply(logarithm.subtract(Elementwise.where(zero, 0, x)));
    }

    /**
     * {@return the hinge loss, {@code max(0, 1 - x y)}}
     *
     * @param x scores; floating
     * @param y -1 or 1, of the shape and dtype of x
     * @param reduction of the losses of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor hinge(Tensor x, Tensor y, Reduction reduction) {
        requireAlike("hinge", x, y);
        return Kind.HINGE.run(0, reduction, x, y);
    }

    /**
     * {@return {@code x} where y is 1, {@code max(0, margin - x)} where it is -1} Gradient where x is the margin: as below it.
     *
     * @param x distances; floating
     * @param y -1 or 1, of the shape and dtype of x
     * @param margin any number
     * @param reduction of the losses of all elements
     * @throws ShapeException if the shapes differ
     */
    public static Tensor hingeEmbedding(Tensor x, Tensor y, double margin, Reduction reduction) {
        requireAlike("hingeEmbedding", x, y);
        return Kind.HINGE_EMBEDDING.run(margin, reduction, x, y);
    }

    // ---- of classes ----

    /**
     * {@return the negative logarithm of the probability of each label, {@code -logs[label]}}
     *
     * @param logs logarithms of probabilities, [..., classes]; floating
     * @param labels integers [...]; another one than a class has loss NaN
     * @param ignored a label whose samples have loss 0 and do not count in the mean, such as -100
     * @param reduction of the losses of all samples
     * @throws ShapeException if labels do not fit
     */
    public static Tensor nll(Tensor logs, Tensor labels, long ignored, Reduction reduction) {
        return ClassLosses.nll("nll", logs, labels, 0, ignored, reduction);
    }

    /**
     * {@return the negative logarithm of the probability of each label, times the weight of its class} The mean is divided by the sum of the samples' weights.
     *
     * @param logs logarithms of probabilities, [..., classes]; floating
     * @param labels integers [...]; another one than a class has loss NaN
     * @param weights [classes], of the dtype of the logs
     * @param ignored a label whose samples have loss 0 and do not count in the mean, such as -100
     * @param reduction of the losses of all samples
     * @throws ShapeException if labels or weights do not fit
     */
    public static Tensor nll(Tensor logs, Tensor labels, Tensor weights, long ignored, Reduction reduction) {
        return ClassLosses.nll("nll", logs, labels, 0, ignored, reduction, weights);
    }

    /**
     * {@return {@code (1 - s) nll - s mean(logs)} of each sample, with {@code logs = logSoftmax(logits)} and the smoothing s} With probabilities as labels it is
     * {@code -sum(q logs)} with {@code q = (1 - s) labels + s / classes}.
     *
     * @param logits [..., classes]; floating
     * @param labels integers [...]; or probabilities, of the shape and dtype of the logits
     * @param smoothing s, in [0, 1]
     * @param ignored a label whose samples have loss 0 and do not count in the mean, such as -100; not used with probabilities
     * @param reduction of the losses of all samples
     * @throws ShapeException if labels do not fit
     */
    public static Tensor crossEntropy(
            Tensor logits, Tensor labels, double smoothing, long ignored, Reduction reduction) {
        return ClassLosses.crossEntropy(logits, labels, smoothing, ignored, reduction);
    }

    /**
     * {@return {@link #crossEntropy(Tensor, Tensor, double, long, Reduction)} with the terms of each class times its weight} The mean is divided by the sum of the weights of
     * the samples' labels; with probabilities as labels, by the number of samples.
     *
     * @param logits [..., classes]; floating
     * @param labels integers [...]; or probabilities, of the shape and dtype of the logits
     * @param weights [classes], of the dtype of the logits
     * @param smoothing in [0, 1]
     * @param ignored a label whose samples have loss 0 and do not count in the mean, such as -100; not used with probabilities
     * @param reduction of the losses of all samples
     * @throws ShapeException if labels or weights do not fit
     */
    public static Tensor crossEntropy(
            Tensor logits, Tensor labels, Tensor weights, double smoothing, long ignored, Reduction reduction) {
        return ClassLosses.crossEntropy(logits, labels, smoothing, ignored, reduction, weights);
    }

    // ---- of vectors ----

    /**
     * {@return the cosine of the angle between vectors, {@code a . b / (max(|a|, epsilon) max(|b|, epsilon))}}
     *
     * @param a floating; squares of its elements must not overflow
     * @param b of the shape and dtype of a
     * @param axis of the vectors' elements, in [-rank, rank); it disappears
     * @param epsilon at least 0
     * @throws ShapeException if the shapes differ, or have no such axis
     */
    public static Tensor cosineSimilarity(Tensor a, Tensor b, int axis, double epsilon) {
        requireAlike("cosineSimilarity", a, b);
        int along = Operands.axis("cosineSimilarity", a.shape(), axis);
        requireEpsilon("cosineSimilarity", epsilon);
        UnaryOperator<Tensor> bounded = square -> Elementwise.maximum(square, epsilon * epsilon);
        return COSINE.of(t -> cosine(t[0], t[1], along, bounded), along, epsilon)
                .apply(a, b);
    }

    /** @param bounded keeps squares of lengths away from 0 */
    private static Tensor cosine(Tensor a, Tensor b, int axis, UnaryOperator<Tensor> bounded) {
        Tensor products = Reduce.sum(a.multiply(b), axis);
        Tensor ofA = bounded.apply(Reduce.sum(Elementwise.square(a), axis));
        Tensor ofB = bounded.apply(Reduce.sum(Elementwise.square(b), axis));
        return products.multiply(Elementwise.rsqrt(ofA)).multiply(Elementwise.rsqrt(ofB));
    }

    private static void requireEpsilon(String operation, double epsilon) {
        if (!(epsilon >= 0)) {
            throw new TensorException(operation + ": epsilon " + epsilon + " is below 0");
        }
    }

    /**
     * {@return with the cosine c of the angle between vectors of the last axis: {@code 1 - c} where y is 1, {@code max(0, c - margin)} where it is -1} Squares of lengths
     * are taken 1e-12 larger, as in PyTorch.
     *
     * @param a [..., n]; floating
     * @param b of the shape and dtype of a
     * @param y -1 or 1, [...], of the dtype of a
     * @param margin in [-1, 1]
     * @param reduction of the losses of all vectors
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor cosineEmbedding(Tensor a, Tensor b, Tensor y, double margin, Reduction reduction) {
        requireAlike("cosineEmbedding", a, b);
        Operands.sameDevice("cosineEmbedding", a, y);
        Operands.sameDType("cosineEmbedding", a, y);
        if (a.rank() == 0 || !y.shape().equals(a.shape().slice(0, a.rank() - 1))) {
            throw new ShapeException("cosineEmbedding: y " + y.shape() + " for vectors " + a.shape()
                    + "; expected their shape without the last axis");
        }
        if (!(margin >= -1 && margin <= 1)) {
            throw new TensorException(
                    "cosineEmbedding: margin " + margin + " is not in [-1, 1], for vectors " + a.shape());
        }
        int last = a.rank() - 1;
        Function<Tensor[], Tensor> steps = t -> {
            Tensor cosine = cosine(t[0], t[1], last, square -> square.add(1e-12));
            return reduction.of(Elementwise.where(
                    Elementwise.greater(t[2], 0), cosine.negate().add(1), atLeastZero(cosine.subtract(margin))));
        };
        return COSINE_EMBEDDING.of(steps, last, margin, reduction.ordinal()).apply(a, b, y);
    }

    private static void requireAlike(String operation, Tensor x, Tensor y) {
        Operands.requireFloating(operation, x, y);
        Operands.sameDevice(operation, x, y);
        Operands.sameDType(operation, x, y);
        if (!x.shape().equals(y.shape())) {
            throw new ShapeException(operation + ": operands of shapes " + x.shape() + " and " + y.shape()
                    + "; a loss needs equal ones, make them so by reshape or expand");
        }
    }
}
