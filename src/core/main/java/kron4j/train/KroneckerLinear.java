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
 * A linear layer whose matrix is a Kronecker product: {@code y = (F1 (x) ... (x) Fn) x + b} for every row, [..., N] to
 * [..., M]; factor f is [rows_f, columns_f], M and N are the products of the rows and columns. The product is never formed.
 * The factors are orthogonal at first, b zeros.
 *
 * <pre>{@code
 * Random.Generator random = new Random.Generator(1);
 * try (KroneckerLinear layer = new KroneckerLinear(random, DType.FLOAT32, new long[] {4, 8}, new long[] {4, 4})) {
 *     Tensor y = layer.apply(Random.normal(2, DType.FLOAT32, 64, 16));   // [64, 32]
 *     System.out.println(layer.parameters().count());                    // 4 * 4 + 8 * 4 + 32, not 32 * 16 + 32
 * }
 * }</pre>
 */
public final class KroneckerLinear implements Layer {
    private final Parameters parameters = new Parameters();
    private final List<Tensor> factors = new ArrayList<>();
    private final Tensor bias;

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param rows rows of each factor; their product M is the number of outputs
     * @param columns columns of each factor; their product N is the number of inputs
     * @throws ShapeException if rows and columns differ in length or are empty
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
