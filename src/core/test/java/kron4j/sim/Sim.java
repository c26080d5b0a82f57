package kron4j.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import kron4j.Device;
import kron4j.backend.Backends;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * The simulated CUDA device, which the build makes by scripts/build-simcuda and the library path shows to the tests. Where it is not, tests on it are
 * skipped; {@code -Drequire.sim} turns skips into failures.
 */
public final class Sim {
    private static final String CARD = "Simulated CUDA device";

    private Sim() {}

    private static final class Card {
        static final boolean SIMULATED = Device.of("cuda:0").describe().stream().anyMatch(fact -> fact.contains(CARD));
    }

    /** The device, or the reason why the test is skipped. */
    public static Device device() {
        String reason = Missing.REASON;
        if (reason.isEmpty()) {
            return Device.of("cuda:0");
        }
        Assumptions.assumeTrue(Missing.FAILS, reason);
        return Assertions.fail("-Drequire.sim: " + reason);
    }

    /** Why there is no simulated device; what skips the tests is said once, where they would have run. */
    private static final class Missing {
        static final boolean FAILS = Boolean.getBoolean("require.sim") || "".equals(System.getProperty("require.sim"));
        static final String REASON = reason();

        static {
            if (!FAILS && !REASON.isEmpty()) {
                System.err.println("Tests on the simulated CUDA device (kron4j.sim) are skipped: " + REASON);
            }
        }

        private static String reason() {
            if (Backends.available().contains("cuda:0")) {
                return isSimulated() ? "" : "cuda:0 is a real card; put target/simcuda on LD_LIBRARY_PATH";
            }
            return tools().orElseGet(() -> "it is not there (scripts/build-simcuda; LD_LIBRARY_PATH=target/simcuda): "
                    + Backends.declined().get("cuda:0"));
        }

        /** What scripts/build-simcuda looked for in vain. */
        private static Optional<String> tools() {
            try {
                return Optional.of(Files.readString(Path.of("target", "simcuda", "missing"))
                        .strip());
            } catch (IOException nothingIsMissing) {
                return Optional.empty();
            }
        }
    }

    /** Whether cuda:0 is the simulated device. */
    public static boolean isSimulated() {
        return Card.SIMULATED;
    }
}
