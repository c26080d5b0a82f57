package kron4j.backend.cuda.load;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NvidiaPresenceTest {
    @TempDir
    Path root;

    private void device(String address, String vendor, String kind) throws IOException {
        Path device =
                Files.createDirectories(root.resolve("sys/bus/pci/devices").resolve(address));
        Files.writeString(device.resolve("vendor"), vendor + "\n");
        Files.writeString(device.resolve("class"), kind + "\n");
    }

    @Test
    void onlyAnNvidiaCardIsOne() throws IOException {
        assertFalse(NvidiaPresence.on(root), "no list of devices");
        device("0000:00:02.0", "0x8086", "0x030000");
        device("0000:01:00.1", "0x10de", "0x040300"); // a sound card of NVIDIA's
        Files.createDirectories(root.resolve("sys/bus/pci/devices/0000:02:00.0"));
        assertFalse(NvidiaPresence.on(root));
        device("0000:01:00.0", "0x10de", "0x030200");
        assertTrue(NvidiaPresence.on(root));
    }
}
