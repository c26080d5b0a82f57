package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.contract.OnlyOn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@OnlyOn(SIM)
class SimCudaTest {
    private final Device device = SIM.device();
    private final SimCuda sim = SimCuda.open();

    @AfterEach
    void restore() {
        sim.failNothing();
        sim.seed(1);
    }

    private double[] roundTrip() {
        try (TensorScope scope = device.openScope()) {
            return Tensor.of(new double[] {1, 2, 3}).toDoubleArray();
        }
    }

    @Test
    void countsCallsAndFindsNothingWrong() {
        long calls = sim.calls();
        long reports = sim.reports();
        assertArrayEquals(new double[] {1, 2, 3}, roundTrip());
        assertTrue(sim.calls() > calls);
        assertTrue(sim.callsByName().keySet().stream().anyMatch(name -> name.startsWith("cuMemcpyHtoD")));
        assertEquals(reports, sim.reports(), sim::lastReport);
    }

    @Test
    void aReportFailsTheTest() {
        roundTrip();
        SimReports.check(sim);
        JCudaDriver.cuEventDestroy(new CUevent());
        AssertionError error = assertThrows(AssertionError.class, () -> SimReports.check(sim));
        assertTrue(error.getMessage().contains("is no event"), error::getMessage);
    }

    @Test
    void eachOrderOfWorkGivesTheSameResult() {
        for (long seed = 0; seed < 20; seed++) {
            sim.seed(seed);
            assertArrayEquals(new double[] {1, 2, 3}, roundTrip());
        }
    }

    @Test
    void aCallFailsAsAskedAndTheNextWorks() {
        roundTrip();
        long failures = sim.failures();
        sim.failCall("cuMemcpyDtoHAsync", 1, SimCuda.Failure.LAUNCH_OUT_OF_RESOURCES);
        assertThrows(DeviceException.class, this::roundTrip);
        assertEquals(failures + 1, sim.failures());
        assertEquals("cuMemcpyDtoHAsync_v2", sim.failedCall());
        assertArrayEquals(new double[] {1, 2, 3}, roundTrip());
    }
}
