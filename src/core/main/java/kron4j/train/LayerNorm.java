package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Normalization;

/**
 * Layer normalization over the last axis, with a weight, ones at first, and a bias, zeros; see {@link Normalization#layerNorm(Tensor, Tensor, Tensor, double)}.
 *
 * <pre>{@code
 * try (LayerNorm layer = new LayerNorm(DType.FLOAT32, 64)) {
 *     Tensor y = layer.apply(Random.normal(1, DType.FLOAT32, 8, 16, 64));
 * }
 * }</pre>
 */
public final class LayerNorm implements Layer {
    private static final double EPSILON = 1e-5;

    private final Parameters parameters = new Parameters();
    private final Tensor weight;
    private final Tensor bias;

    /**
     * Makes a layer on the current device, with epsilon 1e-5.
     *
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param shape sizes of the last axes of x, one or more
     */
    public LayerNorm(DType dtype, long... shape) {
        weight = parameters.add("weight", Tensor.ones(dtype, shape));
        bias = parameters.add("bias", Tensor.zeros(dtype, shape));
    }

    @Override
    public Tensor apply(Tensor x) {
        return Normalization.layerNorm(x, weight, bias, EPSILON);
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
