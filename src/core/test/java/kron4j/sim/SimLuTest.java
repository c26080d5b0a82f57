package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.Consumer;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.contract.OnlyOn;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import org.junit.jupiter.api.Test;

/** LU of batches takes one launch for matrices that fit into registers, real or complex, and no call of cuSOLVER. */
@OnlyOn(SIM)
class SimLuTest {
    private static final List<DType> DTYPES = List.of(DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128);

    @Test
    void oneLaunchForTheWholeBatch() {
        for (DType dtype : DTYPES) {
            int most = dtype == DType.COMPLEX128 ? 32 : 64;
            for (int n : new int[] {2, 8, most}) {
                assertEquals(1, launches(Linalg::slogdet, dtype, n), dtype + " slogdet, n = " + n);
                assertEquals(1, launches(Linalg::det, dtype, n), dtype + " det, n = " + n);
            }
        }
    }

    private static long launches(Consumer<Tensor> operation, DType dtype, int n) {
        SimCuda sim = SimCuda.open();
        try (TensorScope scope = SIM.device().openScope()) {
            Tensor a = Random.normal(1, dtype, 10, n, n);
            operation.accept(a);
            long before = sim.launches();
            operation.accept(a);
            return sim.launches() - before;
        }
    }
}
