package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.MatMul;
import kron4j.ops.Random;

/** A recurrent layer whose gates, stacked, each take {@code W h_{t-1} + U x_t + b}: W orthogonal at first, U Glorot-uniform. */
abstract class DrivenLayer implements Recurrent {
    final Parameters parameters = new Parameters();
    final long width;
    final Tensor recurrent;
    private final Tensor input;
    private final Tensor bias;

    /** @param bias its first value, [gates * width] */
    DrivenLayer(Random.Generator random, DType dtype, long inputs, long width, int gates, Tensor bias) {
        this.width = width;
        recurrent = parameters.add(
                "recurrent", Initializers.stacked(gates, () -> Initializers.orthogonal(random, dtype, width, width)));
        input = parameters.add(
                "input", Initializers.stacked(gates, () -> Initializers.glorot(random, dtype, width, inputs)));
        this.bias = parameters.add("bias", bias);
    }

    /** {@return the states of a sequence, of {@code U x_t + b} for all its steps} */
    abstract Tensor states(Tensor driven);

    /** {@return {@code driven + W before}} */
    final Tensor sum(Tensor driven, Tensor before) {
        return before == null ? driven : driven.add(MatMul.matmul(before, false, recurrent, true));
    }

    @Override
    public final Tensor apply(Tensor x) {
        Sequences.check(getClass().getSimpleName(), x, input);
        try (TensorScope scope = x.device().openScope()) {
            return scope.keep(states(MatMul.matmul(x, false, input, true).add(bias)));
        }
    }

    @Override
    public final long width() {
        return width;
    }

    @Override
    public final Parameters parameters() {
        return parameters;
    }
}
