package kron4j.gpu;

import kron4j.Device;
import kron4j.backend.Backends;
import kron4j.sim.Sim;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** A real CUDA card. Where there is none, tests on it are skipped; {@code -Drequire.gpu} turns skips into failures. */
public final class Gpu {
    private Gpu() {}

    /** The device, or the reason why the test is skipped. */
    public static Device device() {
        String reason;
        if (!Backends.available().contains("cuda:0")) {
            reason = "no CUDA card: " + Backends.declined().get("cuda:0");
        } else if (Sim.isSimulated()) {
            reason = "cuda:0 is the simulated device";
        } else {
            return Device.of("cuda:0");
        }
        Assumptions.assumeTrue(
                Boolean.getBoolean("require.gpu") || "".equals(System.getProperty("require.gpu")), reason);
        return Assertions.fail("-Drequire.gpu: " + reason);
    }
}
