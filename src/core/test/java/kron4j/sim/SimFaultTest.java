package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static kron4j.ops.Einsum.einsum;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import kron4j.DType;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.DeviceLostException;
import kron4j.DeviceMemoryException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.TestDevices;
import kron4j.backend.cuda.CudaBackend;
import kron4j.contract.OnlyOn;
import kron4j.sim.SimCuda.Failure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every call that an operation makes to the driver, cuBLAS and cuSOLVER fails once; memory runs out; the card is lost. */
@OnlyOn(SIM)
class SimFaultTest {
    /** Calls of an allocation, which frees the cache and tries once more. */
    private static final Pattern TRIED_AGAIN = Pattern.compile("cuMemAlloc.*|cuCtxSetCurrent|cuThreadExchange.*");

    /** Calls after which nothing depends on them. */
    private static final Pattern CLEAN_UP = Pattern.compile("cuThreadExchangeStreamCaptureMode|cuGraphDestroy");

    private final Device device = SIM.device();
    private final SimCuda sim = SimCuda.open();
    private final long reports = sim.reports();

    @AfterEach
    void nothingElseWentWrong() {
        sim.failNothing();
        assertEquals(reports, sim.reports(), sim::lastReport);
    }

    @ParameterizedTest
    @EnumSource
    void eachCallFailsOnce(Work work) {
        everyCall(work, Failure.INVALID_VALUE);
    }

    @ParameterizedTest
    @EnumSource
    void eachCallFindsNoMemoryOnce(Work work) {
        everyCall(work, Failure.OUT_OF_MEMORY);
    }

    private void everyCall(Work work, Failure failure) {
        try (TensorScope scope = device.openScope()) {
            Tensor x = scope.adopt(Work.input(12));
            double[] expected = work.run(x);
            device.trim();
            long calls = sim.calls();
            work.run(x);
            calls = sim.calls() - calls;
            assertTrue(calls > 0);
            long live = device.memoryReport().live();
            device.trim();
            SimCuda.Live before = withoutEvents(sim.live());
            for (long n = 1; n <= calls; n++) {
                long failures = sim.failures();
                sim.failCall(n, failure);
                try {
                    assertArrayEquals(expected, work.run(x), "a result in spite of " + sim.failedCall());
                    assertTrue(
                            (failure == Failure.OUT_OF_MEMORY
                                            && TRIED_AGAIN
                                                    .matcher(sim.failedCall())
                                                    .matches())
                                    || CLEAN_UP.matcher(sim.failedCall()).matches(),
                            sim.failedCall() + " failed unnoticed");
                } catch (DeviceException e) {
                    assertTrue(names(e, sim.failedCall()), sim.failedCall() + " is not named in " + e.getMessage());
                    assertTrue(e.getMessage().startsWith("cuda:0: "), e.getMessage());
                    assertFalse(e instanceof DeviceLostException);
                }
                assertEquals(failures + 1, sim.failures(), "call " + n + " was made");
                assertEquals(live, device.memoryReport().live(), "bytes live after " + sim.failedCall() + " failed");
                assertArrayEquals(expected, work.run(x), "the next time, after " + sim.failedCall() + " failed");
                device.trim();
                if (sim.failedCall().matches("cuGraph(Exec)?Destroy")) { // what the driver did not destroy stays
                    assertEquals(before.graphs() + 1, sim.live().graphs());
                    before = withoutEvents(sim.live());
                }
                assertEquals(
                        before,
                        withoutEvents(sim.live()),
                        "what the driver holds after " + sim.failedCall() + " failed");
            }
        }
    }

    /** Uploads that have not been waited for have one each. */
    private static SimCuda.Live withoutEvents(SimCuda.Live l) {
        return new SimCuda.Live(
                l.blocks(), l.bytes(), l.pinned(), l.streams(), 0, l.modules(), l.graphs(), l.handles());
    }

    /** An exception for memory may be that of the allocator, with the driver's as its cause. */
    private static boolean names(Throwable e, String call) {
        String name = call.replaceFirst("(WithFlags)?(_v\\d+)?$", "");
        return e.getMessage().contains(name) || (e.getCause() != null && names(e.getCause(), call));
    }

    @Test
    void memoryRunsOutInTheMiddleOfAnEinsum() {
        int refusals = 0;
        for (long limit = 2; ; limit++) {
            Device small =
                    TestDevices.with("kron4j.cuda.memoryLimit", String.valueOf(limit << 20), () -> new CudaBackend(0));
            try (TensorScope scope = small.openScope()) {
                Tensor x = Tensor.ones(DType.FLOAT64, 420, 420); // 1.4 MB
                long live = small.memoryReport().live();
                try {
                    Tensor y = einsum("ij,jk,kl,lm->im", x, x, x, x);
                    assertEquals(420.0 * 420 * 420, y.max().item());
                    scope.close();
                    break;
                } catch (DeviceMemoryException e) {
                    refusals++;
                    assertTrue(
                            e.getMessage()
                                    .matches(
                                            "cuda:0: cannot allocate [^:]*: .* in use, .* cached \\(freed and retried\\),"
                                                    + " limit " + limit + "\\.0 MiB; see Device.memoryReport\\(\\)"),
                            e.getMessage());
                }
                assertEquals(live, small.memoryReport().live(), "the intermediate results are freed");
                assertEquals(420.0 * 420, x.sum().item(), "operands and device stay good");
            } finally {
                small.trim();
            }
            assertEquals(0, small.memoryReport().reserved());
        }
        assertTrue(refusals >= 2, "at different places");
    }

    @Test
    void aCardWithoutMemorySaysSo() {
        long total = sim.totalBytes();
        try (TensorScope scope = device.openScope()) {
            Tensor x = scope.adopt(Tensor.ones(DType.FLOAT64, 100));
            device.trim();
            sim.totalBytes(sim.live().bytes());
            DeviceMemoryException e = refused(
                    DeviceMemoryException.class,
                    () -> Tensor.ones(DType.FLOAT64, 1000, 1000),
                    "cuda:0: cannot allocate 7.6 MiB: ",
                    " in use, ",
                    " cached (freed and retried), limit ");
            assertTrue(names(e, "cuMemAlloc"), "others may have the memory, so the driver's answer is the cause");
            sim.totalBytes(total);
            assertEquals(1_000_000, Tensor.ones(DType.FLOAT64, 1000, 1000).sum().item());
            assertEquals(100, x.sum().item());
        } finally {
            sim.totalBytes(total);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ILLEGAL_ADDRESS", "LAUNCH_FAILED"})
    void aLostCardSaysSoAndKeepsSayingSo(Failure failure) {
        device.synchronize();
        Device other = TestDevices.with("kron4j.cuda.memoryLimit", "100000000", () -> new CudaBackend(0));
        try {
            TensorScope scope = other.openScope();
            Tensor x = Tensor.ones(DType.FLOAT64, 100);
            assertEquals(100, x.sum().item());
            sim.failWork(1, failure);
            Tensor y = x.add(1);
            String[] text = {
                "cuda:0: ", "CUDA_ERROR_" + failure, "what lay on the device is lost: start the process again"
            };
            refused(DeviceLostException.class, y::toDoubleArray, text);
            refused(DeviceLostException.class, () -> x.add(1), text);
            refused(DeviceLostException.class, x::toDoubleArray, text);
            refused(DeviceLostException.class, () -> Tensor.of(new double[] {1}), text);
            refused(DeviceLostException.class, other::synchronize, text);
            sim.heal();
            refused(DeviceLostException.class, () -> x.add(1), text);
            scope.close();
            assertTrue(x.isClosed());
            assertEquals(0, other.memoryReport().live());
        } finally {
            sim.heal();
        }
        try (TensorScope scope = device.openScope()) {
            assertEquals(3, scope.adopt(Tensor.of(1)).add(2).itemLong());
        }
    }
}
