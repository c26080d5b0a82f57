package kron4j.fuzz;

import static kron4j.contract.DeviceUnderTest.CPU;
import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.Device;
import kron4j.contract.DeviceUnderTest;
import kron4j.contract.OnlyOn;
import org.junit.jupiter.api.Test;

/** Random cases, and those that once failed. {@code -Dfuzz.cases=N} and {@code -Dfuzz.seed=S} ask for others; {@code scripts/fuzz} for many. */
@OnlyOn({CPU, SIM})
class FuzzContract {
    private static final Path KEPT = Path.of("src/core/test/resources/fuzz/cases.txt");
    private static final int SECONDS = 60;

    private final Device device = DeviceUnderTest.chosen().device();

    @Test
    void randomCases() {
        long first = Long.getLong("fuzz.seed", 1);
        int cases = Integer.getInteger("fuzz.cases", DeviceUnderTest.chosen() == CPU ? 24_000 : 6_000);
        List<String> failures = new ArrayList<>();
        try (Fuzzer fuzzer = new Fuzzer(device, SECONDS)) {
            for (long seed = first; seed < first + cases && failures.size() < 5; seed++) {
                Domain domain = Domain.at(seed);
                Draw draw = fuzzer.draw(seed);
                Throwable failure = fuzzer.run(domain::check, draw);
                if (failure != null) {
                    int[] small = fuzzer.shrink(domain::check, draw.choices(), failure);
                    failures.add("--domain " + domain + " --seed " + seed + ", smallest " + Arrays.toString(small)
                            + ": " + failure);
                }
            }
        }
        assertTrue(failures.isEmpty(), () -> String.join("\n", failures));
    }

    @Test
    void casesThatOnceFailed() throws IOException {
        List<String> failures = new ArrayList<>();
        try (Fuzzer fuzzer = new Fuzzer(device, SECONDS)) {
            for (String line : Files.readAllLines(KEPT)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] parts = line.split(" ", 2);
                    int[] choices = Arrays.stream(
                                    parts[1].replaceAll("[\\[\\] ]", "").split(","))
                            .mapToInt(Integer::parseInt)
                            .toArray();
                    Throwable failure = fuzzer.run(Domain.named(parts[0])::check, fuzzer.draw(choices));
                    if (failure != null) {
                        failures.add(line + ": " + failure);
                    }
                }
            }
        }
        assertTrue(failures.isEmpty(), () -> String.join("\n", failures));
    }
}
