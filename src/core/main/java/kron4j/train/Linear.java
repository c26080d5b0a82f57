package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.MatMul;
import kron4j.ops.Random;

/** {@code y = x W^T + b}: [..., inputs] to [..., outputs]; W is [outputs, inputs], Glorot-uniform at first, b zeros. */
public final class Linear implements Layer {
    private final Parameters parameters = new Parameters();
    private final Tensor weight;
    private final Tensor bias;

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
