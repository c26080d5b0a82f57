package kron4j.contract;

import java.util.Arrays;
import kron4j.Tensor;
import kron4j.reference.NDArray;

/** Batched matrix products for the checks, by the reference and in double. */
final class Products {
    private Products() {}

    /** The product of the tensors' matrices as a float64 tensor. */
    static Tensor of(Tensor... factors) {
        NDArray product = NDArray.of(factors[0]);
        for (int i = 1; i < factors.length; i++) {
            product = multiply(product, NDArray.of(factors[i]));
        }
        return Tensor.of(product.data(), product.shape().length == 0 ? new long[] {1} : product.shape());
    }

    static NDArray multiply(NDArray a, NDArray b) {
        long[] leadingA = Arrays.copyOf(a.shape(), a.rank() - 2);
        long[] leadingB = Arrays.copyOf(b.shape(), b.rank() - 2);
        long[] batch = NDArray.broadcast(leadingA, leadingB);
        long m = a.shape()[a.rank() - 2];
        long k = a.shape()[a.rank() - 1];
        long n = b.shape()[b.rank() - 1];
        NDArray wideA = a.expand(joined(batch, m, k));
        NDArray wideB = b.expand(joined(batch, k, n));
        double[] data = new double[(int) (Arrays.stream(batch).reduce(1, (x, y) -> x * y) * m * n)];
        double[] x = wideA.data();
        double[] y = wideB.data();
        for (int e = 0; e < data.length; e++) {
            int column = (int) (e % n);
            long row = e / n;
            int matrix = (int) (row / m);
            for (int i = 0; i < k; i++) {
                data[e] += x[(int) (row * k + i)] * y[(int) ((matrix * k + i) * n + column)];
            }
        }
        return NDArray.of(data, joined(batch, m, n));
    }

    private static long[] joined(long[] batch, long rows, long columns) {
        long[] shape = Arrays.copyOf(batch, batch.length + 2);
        shape[batch.length] = rows;
        shape[batch.length + 1] = columns;
        return shape;
    }
}
