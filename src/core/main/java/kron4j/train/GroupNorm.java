package kron4j.train;

import kron4j.DType;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Normalization;

/**
 * Group normalization of [samples, channels, ...], with a weight, ones at first, and a bias, zeros; see {@link Normalization#groupNorm(Tensor, long, Tensor, Tensor, double)}.
 *
 * <pre>{@code
 * try (GroupNorm layer = new GroupNorm(DType.FLOAT32, 4, 16)) {
 *     Tensor y = layer.apply(Random.normal(1, DType.FLOAT32, 8, 16, 5, 5));
 * }
 * }</pre>
 */
public final class GroupNorm implements Layer {
    private static final double EPSILON = 1e-5;

    private final Parameters parameters = new Parameters();
    private final long groups;
    private final Tensor weight;
    private final Tensor bias;

    /**
     * Makes a layer on the current device, with epsilon 1e-5.
     *
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param groups a divisor of the number of channels
     * @param channels size of the second axis of x
     * @throws ShapeException if the groups do not divide the channels
     */
    public GroupNorm(DType dtype, long groups, long channels) {
        if (groups < 1 || channels % groups != 0) {
            throw new ShapeException("GroupNorm: " + channels + " channels in " + groups
                    + " groups; the number of groups must divide that of the channels");
        }
        this.groups = groups;
        weight = parameters.add("weight", Tensor.ones(dtype, channels));
        bias = parameters.add("bias", Tensor.zeros(dtype, channels));
    }

    @Override
    public Tensor apply(Tensor x) {
        return Normalization.groupNorm(x, groups, weight, bias, EPSILON);
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
