package kron4j;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import kron4j.backend.cpu.CpuBackend;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A second device, of one MiB: what happens when memory runs out, and between devices. */
class SmallDeviceTest {
    private static Device small;

    @BeforeAll
    static void make() {
        assertEquals("cpu", Device.cpu().name(), "made before the property is set, which is not for it");
        System.setProperty("kron4j.cpu.memoryLimit", "1048576");
        try {
            small = Device.of(new CpuBackend());
        } finally {
            System.clearProperty("kron4j.cpu.memoryLimit");
        }
    }

    @AfterAll
    static void nothingIsLeft() {
        small.trim();
        assertEquals(0, small.memoryReport().live());
    }

    @Test
    void aFullDeviceSaysSoAndStaysGood() {
        try (TensorScope scope = small.openScope()) {
            Tensor x = Tensor.ones(DType.FLOAT64, 60_000);
            for (int i = 0; i < 3; i++) {
                refused(
                        DeviceMemoryException.class,
                        () -> x.add(1).add(x),
                        "cpu: cannot allocate 480.0 KiB",
                        "limit 1.0 MiB",
                        "close tensors or scopes, or raise the limit");
            }
            assertEquals(scope, TensorScope.innermost().orElseThrow());
        }
        try (TensorScope scope = small.openScope()) {
            Tensor x = scope.adopt(Tensor.ones(DType.FLOAT64, 60_000));
            assertEquals(60_000, x.sum().item());
            refused(
                    DeviceMemoryException.class,
                    () -> Elementwise.lerp(x, x, 0.5).add(x).add(x),
                    "cannot allocate");
            assertEquals(60_000, x.sum().item(), "the operand is as it was");
        }
        assertEquals(0, small.memoryReport().live());
    }

    @Test
    void forgottenTensorsMakeRoom() {
        try (TensorScope scope = small.openScope()) {
            for (int i = 0; i < 40; i++) {
                assertEquals(30_000, Tensor.ones(DType.FLOAT64, 30_000).keep().size());
            }
            assertEquals(scope.device(), small);
        }
        while (small.memoryReport().live() > 0) {
            System.gc();
            Thread.onSpinWait();
        }
    }

    @Test
    void tensorsMoveBetweenDevices() {
        try (TensorScope scope = small.openScope()) {
            Tensor here = Tensor.of(new int[][] {{1, 2, 3}, {4, 5, 6}});
            Tensor there = here.transpose().to(Device.cpu());
            assertEquals(small, here.device());
            assertEquals(Device.cpu(), there.device());
            same(NDArray.counting(2, 3).map(x -> x + 1).transpose(0, 1), there);
            assertSame(here.storage(), here.to(scope.device()).storage());
            assertEquals(Device.cpu(), there.add(1).device(), "results lie where the operands do");
            assertEquals(Device.cpu(), there.sum().device());
            assertNotEquals(small, Device.cpu());
            refused(
                    DeviceException.class,
                    () -> here.add(there.transpose()),
                    "add: operands lie on cpu [2,3], cpu [2,3]",
                    "to(Device)");
            refused(DeviceException.class, () -> Indexing.concat(0, here, there), "concat: operands lie on");
            refused(DeviceException.class, () -> Indexing.take(here, there, 0), "take: operands lie on");
            refused(
                    DeviceException.class,
                    () -> Elementwise.where(Elementwise.less(here, 3), there, there),
                    "operands lie on");
        }
    }
}
