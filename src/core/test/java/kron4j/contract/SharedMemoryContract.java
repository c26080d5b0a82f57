package kron4j.contract;

import static kron4j.DType.FLOAT64;
import static kron4j.contract.DeviceUnderTest.GPU;
import static kron4j.contract.DeviceUnderTest.SIM;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import kron4j.DType;
import kron4j.DeviceException;
import kron4j.DeviceGraph;
import kron4j.Interop;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.StreamScope;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import org.junit.jupiter.api.Test;

/** Interop on devices with memory and streams of their own. Another tensor's memory plays the other library's. */
@OnlyOn({SIM, GPU})
public class SharedMemoryContract extends Contract {
    @Test
    void wrapsAddressesWithoutACopy() {
        Tensor theirs = Tensor.of(new double[] {0, 1, 2, 3, 4, 5});
        AtomicLong released = new AtomicLong();
        try (Interop.Loan loan = Interop.lend(theirs)) {
            long live = live();
            Layout layout = Layout.of(Shape.of(2, 2), new long[] {1, 2}, 1);
            Tensor ours = Interop.wrap(device(), loan.address(), FLOAT64, layout, released::set);
            assertEquals(live, live());
            assertArrayEquals(new double[] {1, 3, 2, 4}, ours.toDoubleArray());
            Tensor view = ours.transpose();
            device().backend().fill(9.0, ours.view());
            assertArrayEquals(new double[] {0, 9, 9, 9, 9, 5}, theirs.toDoubleArray());
            ours.close();
            assertEquals(0, released.get(), "a view is in use");
            view.close();
            assertEquals(Interop.stream(device()), released.get());
        }
    }

    /** Kernels load complex numbers and several elements at once: a card would end with a misaligned address. */
    @Test
    void memoryIsAlignedToItsElements() {
        Tensor theirs = Tensor.zeros(DType.FLOAT32, 8);
        try (Interop.Loan loan = Interop.lend(theirs)) {
            long odd = loan.address() + Float.BYTES;
            refused(
                    DeviceException.class,
                    () -> Interop.wrap(device(), odd, FLOAT64, Layout.contiguous(Shape.of(2)), stream -> {}),
                    "Interop.wrap: address 0x" + Long.toHexString(odd) + " is not aligned to the 8 bytes of float64");
            Tensor pairs = Interop.wrap(device(), odd, DType.FLOAT32, Layout.contiguous(Shape.of(3, 2)), stream -> {});
            refused(
                    DeviceException.class,
                    () -> ComplexNumbers.viewAsComplex(pairs),
                    "viewAsComplex: the memory of shape [3,2] begins at 0x" + Long.toHexString(odd),
                    "take copy()");
            assertEquals(3, ComplexNumbers.viewAsComplex(pairs.copy()).size());
        }
    }

    @Test
    void usesOnSeveralStreamsStandInLine() {
        Tensor theirs = Tensor.zeros(FLOAT64, 100_000);
        AtomicLong released = new AtomicLong();
        try (Interop.Loan loan = Interop.lend(theirs)) {
            Tensor ours = Interop.wrap(
                    device(), loan.address(), FLOAT64, Layout.contiguous(Shape.of(100_000)), released::set);
            long side;
            for (int i = 0; i < 5; i++) {
                device().backend().fill(1.0 + i, ours.view());
                try (StreamScope scope = device().openStream()) {
                    side = Interop.stream(device());
                    assertNotEquals(0, side);
                    Tensor twice = ours.add(ours);
                    device().backend().copy(twice.view(), ours.view());
                }
                assertEquals(200_000.0 * (1 + i), ours.sum().item());
            }
            try (StreamScope scope = device().openStream()) {
                side = Interop.stream(device());
                ours.add(ours);
                ours.close();
            }
            assertEquals(side, released.get());
        }
    }

    @Test
    void aGraphKeepsForeignMemory() {
        Tensor theirs = Tensor.ones(FLOAT64, 50);
        AtomicLong released = new AtomicLong();
        try (Interop.Loan loan = Interop.lend(theirs)) {
            Tensor ours =
                    Interop.wrap(device(), loan.address(), FLOAT64, Layout.contiguous(Shape.of(50)), released::set);
            Tensor[] y = new Tensor[1];
            DeviceGraph graph = device().capture(() -> y[0] = ours.add(ours));
            ours.close();
            assertEquals(0, released.get());
            graph.replay();
            assertEquals(100, y[0].sum().item());
            graph.close();
            assertNotEquals(0, released.get());
        }
    }

    @Test
    void aLoanNamesTheStreamAndOutlivesTheTensor() {
        Tensor t = Tensor.of(new double[] {1, 2, 3});
        try (Interop.Loan loan = Interop.lend(t.slice(0, 1, 3))) {
            assertEquals(Interop.stream(device()), loan.stream());
            assertEquals(t.storage().address() + 8, loan.address());
            refused(
                    DeviceException.class,
                    loan::buffer,
                    device() + ": its memory is not host memory; copy it with toBuffer");
        }
        refused(
                DeviceException.class,
                () -> device().backend().wrap(ByteBuffer.allocateDirect(8), FLOAT64),
                device() + ": cannot compute in host memory; copy it with Tensor.of");
    }
}
