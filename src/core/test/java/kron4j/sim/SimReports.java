package kron4j.sim;

import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertFalse;

import kron4j.contract.DeviceUnderTest;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails each test during which the simulated device reported something: a misuse, a bad access, a race. */
public final class SimReports implements AfterEachCallback {
    private static long seen;

    @Override
    public void afterEach(ExtensionContext context) {
        if (DeviceUnderTest.chosen() == SIM && SIM.isPresent()) {
            check(SimCuda.open());
        }
    }

    /** Fails if there was a report since the last call. */
    static void check(SimCuda sim) {
        assertFalse(forget(sim), () -> "the simulated device reports: " + sim.lastReport());
    }

    /** Whether there was a report since the last call. */
    static boolean forget(SimCuda sim) {
        long before = seen;
        seen = sim.reports();
        return seen != before;
    }
}
