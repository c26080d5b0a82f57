package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kron4j.DType;
import kron4j.Device;
import kron4j.LinalgException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cholesky factors of matrices so large that they are made by halves, whose blocks of columns are not full. */
class HalvesCholeskyTest {
    private static Tensor positive(DType dtype, int n) {
        Tensor a = Random.normal(5, dtype, 2, n, n);
        return a.matmul(a.transpose(-2, -1)).add(Tensor.eye(dtype, n).multiply(n));
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 129, 145, 300, 517})
    void isTheFactorOfTheLowerTriangle(int n) {
        try (TensorScope scope = Device.of("cpu").openScope()) {
            for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
                Tensor a = positive(dtype, n);
                Tensor above = Indexing.triu(Tensor.full(dtype, Double.NaN, n, n), 1);
                Tensor l = Linalg.cholesky(Indexing.tril(a, 0).add(above));
                assertEquals(0, Reduce.max(Indexing.triu(l, 1).abs()).item());
                // |A - L L^T| <= (n + 1) eps |L| |L^T|, whose elements are at most the largest of the diagonal.
                double bound = (n + 1) * dtype.epsilon() * Reduce.max(a).item();
                Tensor error = l.matmul(l.transpose(-2, -1)).subtract(a).abs();
                assertTrue(Reduce.max(error).item() <= 2 * bound, dtype + " of " + n);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 60, 130, 170, 299, 300})
    void namesTheMinorThatIsNotPositive(int order) {
        int n = 300;
        double[] values = new double[n * n];
        for (int i = 0; i < n; i++) {
            values[i * n + i] = i + 1 < order ? 1 : -1;
        }
        try (TensorScope scope = Device.of("cpu").openScope()) {
            Tensor a = Tensor.of(values, n, n);
            LinalgException e = assertThrows(LinalgException.class, () -> Linalg.cholesky(a));
            assertTrue(e.getMessage().contains("minor of order " + order + " "), e::getMessage);
        }
    }
}
