package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** QR of so many columns that reflectors are applied in blocks, the last of which is not full. */
class BlockedQrTest {
    @ParameterizedTest
    @CsvSource({"200, 200, false", "230, 200, false", "230, 200, true", "200, 230, false"})
    void isOrthogonalTimesUpper(long m, long n, boolean complete) {
        try (TensorScope scope = Device.of("cpu").openScope()) {
            for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128}) {
                Tensor a = Random.normal(3, dtype, 2, m, n);
                Linalg.Qr qr = Linalg.qr(a, complete);
                long k = qr.q().shape().at(-1);
                assertEquals(complete ? m : Math.min(m, n), k);
                // The norm of an error of n Householder steps is n sqrt(n) eps at most, in practice far below.
                double eps = m * Math.sqrt(m) * dtype.epsilon();
                Tensor unit = qr.q().adjoint().matmul(qr.q());
                assertTrue(largest(unit.subtract(Tensor.eye(dtype, k))) < eps, dtype::toString);
                assertTrue(largest(qr.q().matmul(qr.r()).subtract(a)) < 8 * eps, dtype::toString);
                Tensor below = Elementwise.multiply(qr.r(), lower(dtype, k, n));
                assertEquals(0, largest(below));
            }
        }
    }

    private static Tensor lower(DType dtype, long rows, long columns) {
        double[] values = new double[(int) (rows * columns)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / columns > i % columns ? 1 : 0;
        }
        return Tensor.of(values, rows, columns).to(dtype);
    }

    private static double largest(Tensor t) {
        return Reduce.max(t.abs()).item();
    }
}
