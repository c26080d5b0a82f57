package kron4j.backend;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import kron4j.DeviceException;
import kron4j.TestDevices;
import kron4j.backend.cpu.CpuBackend;
import org.junit.jupiter.api.Test;

class SettingsTest {
    private static final String NAME = "kron4j.test.number";

    @Test
    void wholeNumbersFromOneOn() {
        assertNull(Settings.number(NAME));
        for (String text : List.of("12", " 12 ", "9223372036854775807")) {
            System.setProperty(NAME, text);
            try {
                assertEquals(Long.parseLong(text.strip()), Settings.number(NAME));
            } finally {
                System.clearProperty(NAME);
            }
        }
    }

    @Test
    void whatIsNoNumberIsNamedWhenTheDeviceIsMade() {
        for (String property : List.of("kron4j.cpu.memoryLimit", "kron4j.cpu.threads")) {
            for (String text : List.of("1G", "0", "-5", "", "1e9", "9223372036854775808")) {
                refused(
                        DeviceException.class,
                        () -> TestDevices.with(property, text, CpuBackend::new),
                        "-D" + property + "=" + text + ": give a whole number of at least 1");
            }
        }
    }
}
