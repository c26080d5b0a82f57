package kron4j.train;

import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Random;

/**
 * One linear layer applied to each of k pieces of a row: {@code y = (I_k (x) W) x + (1 (x) b)}, [..., k * inputs] to
 * [..., k * outputs]. Cost: one GEMM with W [outputs, inputs]; the block-diagonal matrix is never formed. W is
 * Glorot-uniform at first, b zeros.
 */
public final class BlockLinear implements Layer {
    private final Parameters parameters = new Parameters();
    private final long blocks;
    private final Tensor weight;
    private final Tensor bias;

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param blocks number k of pieces in a row
     * @param inputs size of a piece of x
     * @param outputs size of a piece of y
     */
    public BlockLinear(Random.Generator random, DType dtype, long blocks, long inputs, long outputs) {
        this.blocks = blocks;
        weight = parameters.add("weight", Initializers.glorot(random, dtype, outputs, inputs));
        bias = parameters.add("bias", Initializers.zeros(dtype, outputs));
    }

    @Override
    public Tensor apply(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            Tensor products = KroneckerOperator.identityKron(blocks, weight).applyToRows(x);
            Tensor pieces = products.reshape(products.shape().with(-1, blocks).concat(bias.shape()));
            return scope.keep(pieces.add(bias).reshape(products.shape()));
        }
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
