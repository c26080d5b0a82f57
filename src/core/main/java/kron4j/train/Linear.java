package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.MatMul;
import kron4j.ops.Random;

/**
 * The dense layer: {@code y = x W^T + b}, [..., inputs] to [..., outputs]. W [outputs, inputs] is Glorot-uniform at first,
 * b zeros.
 *
 * <pre>{@code
 * try (Linear layer = new Linear(new Random.Generator(1), DType.FLOAT32, 784, 10)) {
 *     Tensor scores = layer.apply(Random.normal(2, DType.FLOAT32, 64, 784));   // [64, 10]
 * }
 * }</pre>
 */
public final class Linear implements Layer {
    private final Parameters parameters = new Parameters();
    private final Tensor weight;
    private final Tensor bias;

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param inputs size of x's last axis
     * @param outputs size of y's last axis
     */
    public Linear(Random.Generator random, DType dtype, long inputs, long outputs) {
        weight = parameters.add("weight", Initializers.glorot(random, dtype, outputs, inputs));
        bias = parameters.add("bias", Initializers.zeros(dtype, outputs));
    }

    @Override
    public Tensor apply(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(MatMul.matmul(x, false, weight, true).add(bias));
        }
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
