package kron4j.spark;

import java.util.Iterator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.InPlace;
import kron4j.ops.MatMul;

/** The Gram matrix X^T X of n columns: [rows, upper triangle]. */
record Products(int n) implements Summary {
    @Override
    public double[] of(Iterator<Tensor> blocks) {
        Tensor sum = Tensor.zeros(DType.FLOAT64, n, n);
        long rows = 0;
        while (blocks.hasNext()) {
            try (TensorScope scope = sum.device().openScope()) {
                Tensor x = scope.adopt(blocks.next());
                rows += x.shape().at(0);
                add(sum, x);
            }
        }
        double[] result = new double[(int) size()];
        result[0] = rows;
        Triangle.pack(sum.toDoubleArray(), n, result, 1);
        return result;
    }

    /** Adds x^T x. */
    static void add(Tensor sum, Tensor x) {
        try (Tensor product = MatMul.matmul(x, true, x, false)) {
            InPlace.add(sum, product);
        }
    }

    @Override
    public double[] merge(double[] left, double[] right) {
        for (int i = 0; i < left.length; i++) {
            left[i] += right[i];
        }
        return left;
    }

    @Override
    public long size() {
        return 1 + Triangle.size(n);
    }
}
