package kron4j.sim;

import kron4j.Device;
import kron4j.backend.Backends;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * The simulated CUDA device, which scripts/build-simcuda builds and the library path shows to the tests. Where it is not, tests on it are skipped;
 * {@code -Drequire.sim} turns skips into failures.
 */
public final class Sim {
    private static final String CARD = "Simulated CUDA device";

    private Sim() {}

    private static final class Card {
        static final boolean SIMULATED = Device.of("cuda:0").describe().stream().anyMatch(fact -> fact.contains(CARD));
    }

    /** The device, or the reason why the test is skipped. */
    public static Device device() {
        String reason;
        if (!Backends.available().contains("cuda:0")) {
            reason = "no simulated CUDA device (scripts/build-simcuda; LD_LIBRARY_PATH=target/simcuda): "
                    + Backends.declined().get("cuda:0");
        } else if (!isSimulated()) {
            reason = "cuda:0 is a real card; put target/simcuda on LD_LIBRARY_PATH";
        } else {
            return Device.of("cuda:0");
        }
        Assumptions.assumeTrue(
                Boolean.getBoolean("require.sim") || "".equals(System.getProperty("require.sim")), reason);
        return Assertions.fail("-Drequire.sim: " + reason);
    }

    /** Whether cuda:0 is the simulated device. */
    public static boolean isSimulated() {
        return Card.SIMULATED;
    }
}
