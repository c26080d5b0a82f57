package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.contract.OnlyOn;
import kron4j.ops.KroneckerOperator;
import kron4j.reference.NDArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How often a Kronecker product passes over its data: as seldom as the shared memory allows that a block of this card can have. */
@OnlyOn(SIM)
class SimKronApplyTest {
    private final Device device = SIM.device();
    private final SimCuda sim = SimCuda.open();

    /** Copies of an m x n matrix times data of shape [lead, n^count, post]. */
    @ParameterizedTest
    @CsvSource({
        "FLOAT64, 8, 8, 3, 5, 1, 1",
        "FLOAT64, 8, 8, 4, 5, 1, 1", // two tiles of 32 KiB
        "FLOAT64, 8, 8, 4, 3, 2, 1", // four
        "FLOAT64, 8, 8, 4, 3, 3, 2",
        "FLOAT64, 8, 8, 5, 2, 1, 2",
        "FLOAT64, 7, 9, 4, 2, 1, 1", // tiles larger than a block of any card has without asking
        "FLOAT64, 9, 7, 4, 2, 1, 1",
        "FLOAT32, 8, 8, 4, 5, 1, 1",
        "FLOAT32, 8, 8, 4, 2, 4, 1",
        "FLOAT32, 8, 8, 4, 2, 5, 2",
    })
    void passes(DType dtype, int m, int n, int count, int lead, int post, int passes) {
        SplittableRandom random = new SplittableRandom(m + 100L * count + post);
        NDArray factor = NDArray.integers(random, -2, 3, m, n);
        NDArray data = NDArray.integers(random, -9, 10, lead, (long) Math.pow(n, count), post);
        long[] launches = new long[2];
        NDArray result = apply(device, dtype, factor, count, data, launches);
        assertEquals(passes, launches[1] - launches[0], "launches");
        NDArray expected = apply(Device.of("cpu"), dtype, factor, count, data, new long[2]);
        assertArrayEquals(expected.data(), result.data());
    }

    private NDArray apply(Device where, DType dtype, NDArray factor, int count, NDArray data, long[] launches) {
        try (TensorScope scope = where.openScope()) {
            Tensor[] factors = new Tensor[count];
            Arrays.fill(factors, factor.toTensor(dtype));
            KroneckerOperator operator = KroneckerOperator.of(factors);
            Tensor x = data.toTensor(dtype);
            launches[0] = sim.launches();
            Tensor y = operator.apply(x);
            launches[1] = sim.launches();
            return NDArray.of(y);
        }
    }
}
