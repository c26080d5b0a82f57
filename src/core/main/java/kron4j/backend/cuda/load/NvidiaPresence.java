package kron4j.backend.cuda.load;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Signs of an NVIDIA card, for machines on which none can be used. */
public final class NvidiaPresence {
    private static final String NVIDIA = "0x10de";
    private static final String DISPLAY_CLASS = "0x03";

    private NvidiaPresence() {}

    /** Whether the driver's library is there. */
    public static boolean driver() {
        return LibrarySearch.ofThisMachine().find(CudaLibraries.DRIVER).isPresent();
    }

    /** Whether Linux lists a card, under that root of the file system. */
    public static boolean on(Path root) {
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(root.resolve("sys/bus/pci/devices"))) {
            for (Path device : devices) {
                if (starts(device.resolve("vendor"), NVIDIA) && starts(device.resolve("class"), DISPLAY_CLASS)) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false; // no such list here
        }
        return false;
    }

    private static boolean starts(Path file, String text) {
        try {
            return Files.readString(file).startsWith(text);
        } catch (IOException e) {
            return false;
        }
    }
}
