package kron4j.contract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import kron4j.Device;
import kron4j.backend.Backends;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * The device that the contracts run on: {@code -Dkron4j.test.device=cpu|sim|gpu}, the CPU if nothing is said. Where it is missing, its tests are skipped
 * and one line says why; {@code -Drequire.sim} and {@code -Drequire.gpu} turn these skips into failures.
 */
public enum DeviceUnderTest {
    CPU("the CPU"),
    /** Built by scripts/build-simcuda; the library path leads to it. */
    SIM("the simulated CUDA device"),
    GPU("a CUDA card");

    private static final String PROPERTY = "kron4j.test.device";
    private static final String CARD = "cuda:0";

    private final String text;
    /** Null until asked for; empty if the device is there. */
    private String missing;

    DeviceUnderTest(String text) {
        this.text = text;
    }

    /** Returns the device that the property names. */
    public static DeviceUnderTest chosen() {
        String name = System.getProperty(PROPERTY, "cpu");
        return Arrays.stream(values())
                .filter(d -> d.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "-D" + PROPERTY + "=" + name + ": the tests run on one of " + Arrays.toString(values())));
    }

    /** Opens the device, or skips the test. */
    public Device device() {
        String reason = missing();
        if (reason.isEmpty()) {
            return this == CPU ? Device.cpu() : Device.of(CARD);
        }
        Assumptions.assumeTrue(isRequired(), reason);
        return Assertions.fail("-Drequire." + this + ": " + reason);
    }

    /** Whether tests on it run. */
    public boolean isPresent() {
        return missing().isEmpty();
    }

    /** Whether cuda:0, which is there, is the simulated device. */
    public static boolean isSimulated() {
        return Device.of(CARD).describe().stream().anyMatch(fact -> fact.contains("Simulated CUDA device"));
    }

    private boolean isRequired() {
        String required = System.getProperty("require." + this);
        return required != null && (required.isEmpty() || Boolean.parseBoolean(required));
    }

    private synchronized String missing() {
        if (missing == null) {
            missing = switch (this) {
                case CPU -> "";
                case SIM -> simMissing();
                case GPU -> gpuMissing();
            };
            if (!missing.isEmpty() && !isRequired()) {
                System.err.println("Tests on " + text + " are skipped: " + missing);
            }
        }
        return missing;
    }

    private static String simMissing() {
        if (Backends.available().contains(CARD)) {
            return isSimulated() ? "" : "cuda:0 is a real card; put target/simcuda on LD_LIBRARY_PATH";
        }
        try { // what scripts/build-simcuda looked for in vain
            return Files.readString(Path.of("target", "simcuda", "missing")).strip();
        } catch (IOException nothingIsMissing) {
            return "it is not there (scripts/build-simcuda; LD_LIBRARY_PATH=target/simcuda): "
                    + Backends.declined().get(CARD);
        }
    }

    private static String gpuMissing() {
        if (!Backends.available().contains(CARD)) {
            return "no CUDA card: " + Backends.declined().get(CARD);
        }
        return isSimulated() ? "cuda:0 is the simulated device" : "";
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
