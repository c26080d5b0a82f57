package kron4j.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kron4j.Device;
import kron4j.backend.Backends;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is said, at the default level of logging, of a device that cannot be used; in a JVM of its own. */
class BestDeviceTest {
    @TempDir
    Path directory;

    static final class Probe {
        public static void main(String[] args) {
            Device.best();
            Device.best();
        }
    }

    private static String said(String libraries) throws Exception {
        List<String> access =
                Runtime.version().feature() >= 24 ? List.of("--enable-native-access=ALL-UNNAMED") : List.of();
        return Jvm.run(
                        Probe.class,
                        Stream.concat(access.stream(), Stream.of("-Dkron4j.cuda.libraries=" + libraries))
                                .toList())
                .said();
    }

    @Test
    void nothingWhereThereIsNoCard() throws Exception {
        Assumptions.assumeFalse(Backends.seemsToHaveACard(), "this machine has a card or a driver");
        assertEquals("", said(""));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theReasonOnceWhereThereIsADriver() throws Exception {
        Files.writeString(directory.resolve("libcuda.so.1"), "not a library");
        String said = said(directory.toString());
        assertTrue(said.contains("WARNING: cuda:0 declined: "), said);
        assertEquals(said.indexOf("declined"), said.lastIndexOf("declined"), said);
    }
}
