package kron4j;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import org.junit.jupiter.api.Test;

/** On the CPU. */
class InteropTest {
    private static ByteBuffer direct(double... values) {
        ByteBuffer memory =
                ByteBuffer.allocateDirect(values.length * Double.BYTES + 24).order(ByteOrder.nativeOrder());
        memory.position(16);
        memory.slice().order(ByteOrder.nativeOrder()).asDoubleBuffer().put(values);
        memory.limit(16 + values.length * Double.BYTES);
        return memory;
    }

    @Test
    void aWrappedBufferIsSharedBothWays() {
        try (TensorScope scope = Device.cpu().openScope()) {
            ByteBuffer memory = direct(1, 2, 3, 4, 5, 6);
            long before = Device.cpu().memoryReport().live();
            Tensor t = Interop.wrap(memory, DType.FLOAT64, Shape.of(2, 3));
            assertEquals(before, Device.cpu().memoryReport().live(), "no copy");
            assertEquals(16, memory.position());
            assertArrayEquals(new double[] {1, 4, 2, 5, 3, 6}, t.transpose().toDoubleArray());
            memory.putDouble(16, 7);
            assertEquals(7, t.get(0, 0).item());
            assertArrayEquals(new double[] {14, 4, 6, 8, 10, 12}, t.add(t).toDoubleArray());
            t.device().backend().fill(9.0, t.slice(1, 0, 1).view());
            assertEquals(9, memory.getDouble(16));
            assertEquals(9, memory.getDouble(16 + 24));
            assertEquals(2, memory.getDouble(24));
        }
    }

    @Test
    void theBufferStaysReachableWhileAViewIsInUse() {
        Tensor view;
        try (Tensor t = Interop.wrap(direct(1, 2, 3, 4), DType.FLOAT64, Shape.of(4))) {
            view = t.slice(0, 1, 3).keep();
        }
        for (int i = 0; i < 4; i++) {
            System.gc();
            ByteBuffer.allocateDirect(64);
        }
        assertArrayEquals(new double[] {2, 3}, view.toDoubleArray());
        view.close();
    }

    @Test
    void emptyAndWhatDoesNotFit() {
        try (Tensor none = Interop.wrap(direct(), DType.INT32, Shape.of(0, 3))) {
            assertEquals(0, none.toIntArray().length);
        }
        refused(
                ShapeException.class,
                () -> Interop.wrap(direct(1, 2), DType.FLOAT64, Shape.of(3)),
                "Interop.wrap: 16 bytes remain in the buffer, shape [3] of float64 takes 3 times 8");
        refused(
                ShapeException.class,
                () -> Interop.wrap(direct(), DType.FLOAT64, Shape.of(1L << 61)),
                "Interop.wrap: 0 bytes remain in the buffer, shape [2305843009213693952] of float64");
        refused(
                DeviceException.class,
                () -> Interop.wrap(ByteBuffer.allocate(16), DType.FLOAT64, Shape.of(2)),
                "cpu: only direct buffers can be wrapped; copy others with Tensor.of");
        refused(
                DeviceException.class,
                () -> Interop.wrap(direct(1, 2).asReadOnlyBuffer(), DType.FLOAT64, Shape.of(2)),
                "cpu: a read-only buffer cannot be wrapped",
                "map a file as FileChannel.MapMode.PRIVATE");
        refused(
                DeviceException.class,
                () -> Interop.wrap(Device.cpu(), 4096, DType.FLOAT64, Layout.contiguous(Shape.of(2)), s -> {}),
                "cpu: has no device memory to wrap; wrap a direct buffer");
        refused(
                ShapeException.class,
                () -> Interop.wrap(
                        Device.cpu(), 4096, DType.FLOAT64, Layout.of(Shape.of(2), new long[] {-1}, 0), s -> {}),
                "reaches before the address");
    }

    @Test
    void aLoanShowsTheMemoryAndKeepsIt() {
        long live = Device.cpu().memoryReport().live();
        Tensor t = Tensor.of(new double[] {1, 2, 3, 4});
        Tensor tail = t.slice(0, 1, 4);
        Interop.Loan loan = Interop.lend(tail);
        t.close();
        tail.close();
        assertTrue(Device.cpu().memoryReport().live() > live);
        DoubleBuffer seen = loan.buffer().asDoubleBuffer();
        assertEquals(3, seen.remaining());
        assertEquals(2, seen.get(0));
        assertEquals(Layout.contiguous(Shape.of(3)), loan.layout());
        assertEquals(DType.FLOAT64, loan.dtype());
        assertEquals(0, loan.stream());
        assertTrue(loan.address() != 0);
        loan.close();
        loan.close();
        assertEquals(live, Device.cpu().memoryReport().live());
        refused(ClosedTensorException.class, loan::buffer, "Interop.lend: the loan of shape [3] was closed");
        refused(ClosedTensorException.class, loan::address, "Interop.lend: the loan of shape [3] was closed");
        refused(ClosedTensorException.class, () -> Interop.lend(tail), "was closed");
    }

    @Test
    void whatIsWrittenToALoanIsInTheTensor() {
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor t = Tensor.zeros(DType.INT64, 2, 2);
            try (Interop.Loan loan = Interop.lend(t)) {
                loan.buffer().putLong(8, 5);
            }
            assertArrayEquals(new long[] {0, 5, 0, 0}, t.toLongArray());
            try (Interop.Loan loan = Interop.lend(t.transpose())) {
                refused(ShapeException.class, loan::buffer, "a buffer shows row-major tensors only");
            }
        }
    }

    @Test
    void theCpuRecordsNoGraphs() {
        refused(
                CaptureException.class,
                () -> Device.cpu().capture(() -> {}),
                "cpu: only CUDA cards record graphs; run the work directly");
    }
}
