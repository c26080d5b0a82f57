package kron4j.ops;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.autograd.Tape;
import kron4j.backend.FusedKernel;
import kron4j.backend.FusedKernel.Form;
import kron4j.ops.Normalizer.Normalized;

/**
 * Normalizations of activations: {@code y = (x - mean) / sqrt(variance + epsilon) weight + bias}, as PyTorch's. They differ in the elements that share a mean and a
 * variance, which is that of the elements, {@code sum (x - mean)^2 / n}.
 *
 * <pre>{@code
 * Tensor x = Random.normal(1, DType.FLOAT32, 32, 16, 64);
 * Tensor y = Normalization.layerNorm(x, 1, 1e-5);                                        // over the last axis
 * Tensor z = Normalization.layerNorm(x, Tensor.ones(DType.FLOAT32, 64), Tensor.zeros(DType.FLOAT32, 64), 1e-5);
 * Tensor g = Normalization.groupNorm(x, 4, 1e-5);                                        // 16 channels in 4 groups
 * }</pre>
 *
 * <p>Operands are floating, of one dtype, with any strides; float16 and bfloat16 are computed in float32 and rounded once. The variance is computed from the distances from
 * the mean, so that nothing cancels where the mean is large. Numbers whose squares are infinite, 1e20 in float32, are normalized like others
 * (PyTorch gives 0 or NaN); a running variance is infinite then. A NaN or an infinity makes all results that share its mean NaN. Gradients flow to x, weight and bias, in first
 * and second order. Nothing waits for the device. Cost: x is read three times and the result written once; the gradient reads x and g three times; no temporary of the
 * size of x (second order: several).
 *
 * <p>Sources: Ba, Kiros, Hinton: Layer normalization (2016); Ioffe, Szegedy: Batch normalization (ICML 2015); Wu, He: Group normalization (ECCV 2018); Zhang, Sennrich: Root
 * mean square layer normalization (NeurIPS 2019); Chan, Golub, LeVeque: Algorithms for computing the sample variance (1983).
 */
public final class Normalization {
    /** From x, means, factors and biases. */
    private static final Fused INFERENCE = Fused.compile(
            FusedKernel.of(Form.STANDARDIZE),
            t -> t[0].subtract(t[1]).multiply(t[2]).add(t[3]));

    private Normalization() {}

    /**
     * {@return x normalized over its last axes}
     *
     * @param x [..., those axes]; floating
     * @param axes how many, from 1 to the rank
     * @param epsilon at least 0
     * @throws ShapeException if x has fewer axes
     */
    public static Tensor layerNorm(Tensor x, int axes, double epsilon) {
        return overLast("layerNorm", true, x, axes, epsilon);
    }

    /**
     * {@return x normalized over the axes of the weight, which are the last ones of x, times the weight, plus the bias}
     *
     * @param x [..., those axes]; floating
     * @param weight [those axes]; of the dtype of x
     * @param bias as the weight
     * @param epsilon at least 0
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) {
        return overLast("layerNorm", true, x, epsilon, weight, bias);
    }

    /**
     * {@return {@code x / sqrt(mean(x^2) + epsilon)} with means over the last axes}
     *
     * @param x [..., those axes]; floating
     * @param axes how many, from 1 to the rank
     * @param epsilon at least 0
     * @throws ShapeException if x has fewer axes
     */
    public static Tensor rmsNorm(Tensor x, int axes, double epsilon) {
        return overLast("rmsNorm", false, x, axes, epsilon);
    }

    /**
     * {@return {@code x / sqrt(mean(x^2) + epsilon) weight} with means over the axes of the weight, which are the last ones of x}
     *
     * @param x [..., those axes]; floating
     * @param weight [those axes]; of the dtype of x
     * @param epsilon at least 0
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor rmsNorm(Tensor x, Tensor weight, double epsilon) {
        return overLast("rmsNorm", false, x, epsilon, weight);
    }

    /**
     * {@return x normalized over groups of channels and all positions, for each sample}
     *
     * @param x [samples, channels, positions...]; floating
     * @param groups a divisor of the number of channels: 1 for all together, that number for each alone (instance normalization)
     * @param epsilon at least 0
     * @throws ShapeException if x has no channels, or they are no multiple of the groups
     */
    public static Tensor groupNorm(Tensor x, long groups, double epsilon) {
        return grouped(x, groups, epsilon);
    }

    /**
     * {@return x normalized over groups of channels and all positions, for each sample, times the weight, plus the bias}
     *
     * @param x [samples, channels, positions...]; floating
     * @param groups a divisor of the number of channels
     * @param weight [channels]; of the dtype of x
     * @param bias as the weight
     * @param epsilon at least 0
     * @throws ShapeException if the shapes do not fit, or the channels are no multiple of the groups
     */
    public static Tensor groupNorm(Tensor x, long groups, Tensor weight, Tensor bias, double epsilon) {
        return grouped(x, groups, epsilon, weight, bias);
    }

    /**
     * {@return x normalized over all samples and positions, for each channel, times the weight, plus the bias}
     *
     * @param x [samples, channels, positions...]; floating
     * @param weight [channels]; of the dtype of x
     * @param bias as the weight
     * @param epsilon at least 0
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor batchNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) {
        requireChannels("batchNorm", x, weight, bias);
        requireEpsilon("batchNorm", x, epsilon);
        try (TensorScope scope = x.device().openScope()) {
            Shape each = channels(x);
            return scope.keep(overBatch(x, epsilon).result("batchNorm", x, weight.reshape(each), bias.reshape(each)));
        }
    }

    /**
     * {@return as {@link #batchNorm(Tensor, Tensor, Tensor, double)}, for training} Updates the running statistics, unrecorded:
     * {@code running := (1 - momentum) running + momentum found}, where the variance found is the unbiased one, over {@code n - 1}.
     *
     * @param x [samples, channels, positions...], with two elements or more for each channel; floating
     * @param weight [channels]; of the dtype of x
     * @param bias as the weight
     * @param runningMean [channels], of the dtype of x (float32 for halves); updated
     * @param runningVariance as the running mean
     * @param momentum in [0, 1]
     * @param epsilon at least 0
     * @throws ShapeException if the shapes do not fit, or a channel has a single element and so no variance
     * @throws kron4j.GradientException if a recorded operation needs the running statistics as they are
     */
    public static Tensor batchNorm(
            Tensor x,
            Tensor weight,
            Tensor bias,
            Tensor runningMean,
            Tensor runningVariance,
            double momentum,
            double epsilon) {
        requireRunning("batchNorm", x, weight, bias, runningMean, runningVariance);
        requireEpsilon("batchNorm", x, epsilon);
        if (!(momentum >= 0 && momentum <= 1)) {
            throw new TensorException("batchNorm: momentum " + momentum + " is not in [0, 1], for x " + x.shape());
        }
        long count = x.size() / Math.max(1, x.shape().at(1));
        if (count < 2) {
            throw new ShapeException(
                    "batchNorm: x " + x.shape() + " has " + count
                            + " elements for each channel, of which there is no variance; take more samples, or batchNormInference");
        }
        NoGrad.run(() -> {
            Tape.requireUpdatable("batchNorm", runningMean);
            Tape.requireUpdatable("batchNorm", runningVariance);
        });
        try (TensorScope scope = x.device().openScope()) {
            Shape each = channels(x);
            Tensor[] affine = {weight.reshape(each), bias.reshape(each)};
            Normalizer normalizer = overBatch(x, epsilon);
            if (x.dtype().isHalf() && !normalizer.takes(x, affine)) {
                return scope.keep(Operands.inFloat32(
                        t -> batchNorm(t[0], t[1], t[2], runningMean, runningVariance, momentum, epsilon),
                        x,
                        weight,
                        bias));
            }
            Normalized found = normalizer.apply("batchNorm", x, affine);
            NoGrad.run(() -> {
                average(runningMean, found.mean(), momentum, 1);
                average(runningVariance, found.variance(), momentum, count / (count - 1.0));
            });
            return scope.keep(found.result());
        }
    }

    private static void average(Tensor running, Tensor found, double momentum, double factor) {
        InPlace.multiply(running, 1 - momentum);
        InPlace.add(running, found.reshape(running.shape()).multiply(momentum * factor));
    }

    /**
     * {@return {@code (x - mean) / sqrt(variance + epsilon) weight + bias} with a given mean and variance for each channel} Gradients flow to these too.
     *
     * @param x [samples, channels, positions...]; floating
     * @param weight [channels]; of the dtype of x
     * @param bias as the weight
     * @param mean [channels], of the dtype of x (float32 for halves)
     * @param variance as the mean
     * @param epsilon at least 0
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor batchNormInference(
            Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance, double epsilon) {
        requireRunning("batchNormInference", x, weight, bias, mean, variance);
        requireEpsilon("batchNormInference", x, epsilon);
        if (x.dtype().isHalf()) {
            return Operands.inFloat32(
                    t -> batchNormInference(t[0], t[1], t[2], mean, variance, epsilon), x, weight, bias);
        }
        try (TensorScope scope = x.device().openScope()) {
            Shape each = channels(x);
            Tensor factor = weight.multiply(Elementwise.rsqrt(variance.add(epsilon)));
            return scope.keep(INFERENCE.apply(x, mean.reshape(each), factor.reshape(each), bias.reshape(each)));
        }
    }

    private static Normalizer overBatch(Tensor x, double epsilon) {
        int[] axes = IntStream.range(0, x.rank()).filter(i -> i != 1).toArray();
        return Normalizer.of(true, epsilon, axes);
    }

    /** [1, channels, 1, ...] */
    private static Shape channels(Tensor x) {
        long[] sizes = new long[x.rank()];
        Arrays.fill(sizes, 1);
        sizes[1] = x.shape().at(1);
        return Shape.of(sizes);
    }

    private static Tensor overLast(String operation, boolean centred, Tensor x, int axes, double epsilon) {
        Operands.requireFloating(operation, x);
        if (axes < 1 || axes > x.rank()) {
            throw new ShapeException(
                    operation + ": " + axes + " last axes of x " + x.shape() + "; give 1 to " + x.rank());
        }
        return overLast(operation, centred, x, axes, epsilon, new Tensor[0]);
    }

    private static Tensor overLast(String operation, boolean centred, Tensor x, double epsilon, Tensor... affine) {
        Operands.requireFloating(operation, x);
        requireTogether(operation, x, affine);
        Shape shape = affine[0].shape();
        int leading = x.rank() - shape.rank();
        if (shape.rank() == 0
                || leading < 0
                || !x.shape().slice(leading, x.rank()).equals(shape)) {
            throw new ShapeException(operation + ": weight " + shape + " for x " + x.shape()
                    + "; expected the sizes of the last axes of x, one or more");
        }
        requireShape(operation, shape, x, affine);
        return overLast(operation, centred, x, shape.rank(), epsilon, affine);
    }

    private static Tensor overLast(
            String operation, boolean centred, Tensor x, int axes, double epsilon, Tensor... affine) {
        requireEpsilon(operation, x, epsilon);
        int leading = x.rank() - axes;
        Shape ones = Shape.of(LongStream.generate(() -> 1).limit(leading).toArray());
        try (TensorScope scope = x.device().openScope()) {
            Tensor[] spread = Arrays.stream(affine)
                    .map(t -> t.reshape(ones.concat(t.shape())))
                    .toArray(Tensor[]::new);
            Normalizer normalizer = Normalizer.of(
                    centred, epsilon, IntStream.range(leading, x.rank()).toArray());
            return scope.keep(normalizer.result(operation, x, spread));
        }
    }

    private static Tensor grouped(Tensor x, long groups, double epsilon, Tensor... affine) {
        requireChannels("groupNorm", x, affine);
        requireEpsilon("groupNorm", x, epsilon);
        long channels = x.shape().at(1);
        if (groups < 1 || channels % groups != 0) {
            throw new ShapeException("groupNorm: " + channels + " channels of x " + x.shape() + " in " + groups
                    + " groups; the number of groups must divide that of the channels");
        }
        long[] sizes = new long[x.rank() + 1];
        long[] each = new long[x.rank() + 1];
        Arrays.fill(each, 1);
        sizes[0] = x.shape().at(0);
        sizes[1] = groups;
        sizes[2] = channels / groups;
        each[1] = groups;
        each[2] = channels / groups;
        for (int i = 2; i < x.rank(); i++) {
            sizes[i + 1] = x.shape().at(i);
        }
        try (TensorScope scope = x.device().openScope()) {
            Tensor[] spread = Arrays.stream(affine).map(t -> t.reshape(each)).toArray(Tensor[]::new);
            Normalizer normalizer = Normalizer.of(
                    true, epsilon, IntStream.rangeClosed(2, x.rank()).toArray());
            return scope.keep(
                    normalizer.result("groupNorm", x.reshape(sizes), spread).reshape(x.shape()));
        }
    }

    // ---- checks ----

    private static Tensor[] joined(Tensor first, Tensor... rest) {
        Tensor[] all = new Tensor[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }

    private static void requireTogether(String operation, Tensor x, Tensor... others) {
        Tensor[] all = joined(x, others);
        Operands.sameDevice(operation, all);
        Operands.sameDType(operation, all);
    }

    private static void requireShape(String operation, Shape shape, Tensor x, Tensor... others) {
        for (Tensor t : others) {
            if (!t.shape().equals(shape)) {
                throw new ShapeException(operation + ": an operand of shape " + t.shape() + " for x " + x.shape()
                        + "; expected " + shape);
            }
        }
    }

    private static void requireChannels(String operation, Tensor x, Tensor... others) {
        Operands.requireFloating(operation, x);
        requireTogether(operation, x, others);
        if (x.rank() < 2) {
            throw new ShapeException(
                    operation + ": x " + x.shape() + " has no channels; expected [samples, channels, ...]");
        }
        requireShape(operation, x.shape().slice(1, 2), x, others);
    }

    private static void requireRunning(
            String operation, Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance) {
        requireChannels(operation, x, weight, bias);
        Operands.sameDevice(operation, x, mean, variance);
        requireShape(operation, x.shape().slice(1, 2), x, mean, variance);
        DType wide = x.dtype().computed();
        for (Tensor t : new Tensor[] {mean, variance}) {
            if (t.dtype() != wide) {
                throw new DTypeException(
                        operation + ": a mean or variance is " + t.dtype() + " " + t.shape() + " for x of " + x.dtype()
                                + " " + x.shape() + "; convert it with to(DType." + wide.name() + ")");
            }
        }
    }

    private static void requireEpsilon(String operation, Tensor x, double epsilon) {
        if (!(epsilon >= 0)) {
            throw new TensorException(operation + ": epsilon " + epsilon + " is below 0, for x " + x.shape());
        }
    }
}
