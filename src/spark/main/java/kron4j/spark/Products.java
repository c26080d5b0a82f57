package kron4j.spark;

import java.util.Iterator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.InPlace;
import kron4j.ops.MatMul;

/** The Gram matrix X^T X of n columns: [rows, upper triangle]. */
record Products(int n) implements Summary {
    /** Of the strips of rows of the triangle: the more, the fewer products; narrower ones are not worth a GEMM. */
    private static final int STRIPS = 8;

    private static final int LEAST_WIDTH = 64;

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

    /** Adds x^T x to the blocks of {@code sum} that its upper triangle meets: little more than half of the products. */
    static void add(Tensor sum, Tensor x) {
        long n = sum.shape().at(0);
        long width = Math.max(LEAST_WIDTH, (n + STRIPS - 1) / STRIPS);
        for (long from = 0; from < n; from += width) {
            long to = Math.min(from + width, n);
            Tensor right = x.slice(1, from, n);
            try (Tensor product = MatMul.matmul(x.slice(1, from, to), true, right, false)) {
                InPlace.add(sum.slice(0, from, to).slice(1, from, n), product);
            }
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
