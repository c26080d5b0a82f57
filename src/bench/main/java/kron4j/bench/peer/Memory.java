package kron4j.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory that a process takes for a piece of its work, as Linux tells it. */
final class Memory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path RESET = Path.of("/proc/self/clear_refs");

    private final long before;

    private Memory(long before) {
        this.before = before;
    }

    /** Forgets the peak until now. */
    static Memory begin() {
        System.gc();
        try {
            Files.writeString(RESET, "5");
        } catch (IOException | UnsupportedOperationException e) {
            return new Memory(-1);
        }
        return new Memory(bytes("VmRSS:"));
    }

    /** Bytes by which the process grew at most, or -1 where nobody tells. */
    long peak() {
        return before < 0 ? -1 : Math.max(0, bytes("VmHWM:") - before);
    }

    private static long bytes(String key) {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(key)) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException e) {
            return -1;
        }
        return -1;
    }
}
