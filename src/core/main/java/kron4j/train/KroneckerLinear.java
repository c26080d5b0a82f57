package kron4j.train;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Random;

/**
 * {@code y = (F1 (x) ... (x) Fn) x + b} for every row: [..., N] to [..., M], N and M the products of the factors' sides. The product is never formed;
 * the parameters are those of the factors.
 */
public final class KroneckerLinear implements Layer {
    private final Parameters parameters = new Parameters();
    private final List<Tensor> factors = new ArrayList<>();
    private final Tensor bias;

    /**
     * @param rows of each factor; their product is the number of outputs
     * @param columns of each factor; their product is the number of inputs
     */
    public KroneckerLinear(Random.Generator random, DType dtype, long[] rows, long[] columns) {
        if (rows.length != columns.length || rows.length == 0) {
            throw new ShapeException("KroneckerLinear: " + rows.length + " numbers of rows and " + columns.length
                    + " of columns; give both for every factor");
        }
        long outputs = 1;
        for (int f = 0; f < rows.length; f++) {
            factors.add(parameters.add("factor" + f, Initializers.orthogonal(random, dtype, rows[f], columns[f])));
            outputs = Math.multiplyExact(outputs, rows[f]);
        }
        bias = parameters.add("bias", Initializers.zeros(dtype, outputs));
    }

    @Override
    public Tensor apply(Tensor x) {
        try (TensorScope scope = x.device().openScope()) {
            KroneckerOperator product = KroneckerOperator.of(factors.toArray(Tensor[]::new));
            return scope.keep(product.applyToRows(x).add(bias));
        }
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
