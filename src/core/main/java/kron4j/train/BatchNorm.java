package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Tape;
import kron4j.ops.Normalization;

/**
 * Batch normalization of [samples, channels, ...], with a weight, ones at first, and a bias, zeros. While gradients are recorded it takes the batch's mean and variance and updates
 * the running ones, {@code running := (1 - momentum) running + momentum found}; inside {@link kron4j.autograd.NoGrad}, where models are evaluated, it takes the running ones. These
 * are statistics of {@link #parameters}, which checkpoints keep. A {@link kron4j.autograd.Checkpoint} around the layer would update them twice.
 *
 * <pre>{@code
 * try (BatchNorm layer = new BatchNorm(DType.FLOAT32, 16)) {
 *     Tensor x = Random.normal(1, DType.FLOAT32, 8, 16, 5, 5);
 *     Tensor y = layer.apply(x);
 *     Tensor evaluated = NoGrad.of(() -> layer.apply(x));
 * }
 * }</pre>
 *
 * <p>See {@link Normalization#batchNorm(Tensor, Tensor, Tensor, Tensor, Tensor, double, double)}.
 */
public final class BatchNorm implements Layer {
    private static final double EPSILON = 1e-5;

    private final Parameters parameters = new Parameters();
    private final double momentum;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor mean;
    private final Tensor variance;

    /**
     * Makes a layer on the current device, with momentum 0.1 and epsilon 1e-5.
     *
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param channels size of the second axis of x
     */
    public BatchNorm(DType dtype, long channels) {
        this(dtype, channels, 0.1);
    }

    /**
     * Makes a layer on the current device, with epsilon 1e-5.
     *
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param channels size of the second axis of x
     * @param momentum in [0, 1]
     * @throws TensorException if the momentum is outside its range
     */
    public BatchNorm(DType dtype, long channels, double momentum) {
        if (!(momentum >= 0 && momentum <= 1)) {
            throw new TensorException("BatchNorm: momentum " + momentum + " is not in [0, 1]");
        }
        this.momentum = momentum;
        weight = parameters.add("weight", Tensor.ones(dtype, channels));
        bias = parameters.add("bias", Tensor.zeros(dtype, channels));
        mean = parameters.addStatistic("mean", Tensor.zeros(dtype.computed(), channels));
        variance = parameters.addStatistic("variance", Tensor.ones(dtype.computed(), channels));
    }

    @Override
    public Tensor apply(Tensor x) {
        return Tape.isRecording()
                ? Normalization.batchNorm(x, weight, bias, mean, variance, momentum, EPSILON)
                : Normalization.batchNormInference(x, weight, bias, mean, variance, EPSILON);
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
