package kron4j.backend;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kron4j.DeviceException;
import kron4j.backend.cpu.CpuBackend;

/** The devices of this machine. The only class that knows which backends exist. */
public final class Backends {
    private Backends() {}

    private static final class Cpu {
        static final Backend INSTANCE = new CpuBackend();
    }

    /** Names of the devices that can be used, the best first. */
    public static List<String> available() {
        return List.of("cpu");
    }

    /** Devices that were looked for and declined: name to reason and remedy. */
    public static Map<String, String> declined() {
        Map<String, String> reasons = new TreeMap<>();
        reasons.put("cuda:0", "this version of Kron4J has the CPU backend only; use cpu");
        return reasons;
    }

    /**
     * The backend of that name, made on first use.
     *
     * @throws DeviceException with the reason and what would help
     */
    public static Backend get(String name) {
        if (name.equals("cpu")) {
            try {
                return Cpu.INSTANCE;
            } catch (LinkageError e) {
                throw new DeviceException("cpu: OpenBLAS cannot be loaded (" + e
                        + "); add org.bytedeco:openblas and javacpp with the classifier of " + "this platform ("
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ") to the class path");
            }
        }
        String reason = declined().get(name.equals("cuda") ? "cuda:0" : name);
        throw new DeviceException(
                name + ": " + (reason != null ? reason : "no such device; available: " + available()));
    }
}
