package kron4j.backend;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import kron4j.DeviceException;
import kron4j.backend.cpu.CpuBackend;
import kron4j.backend.cuda.CudaBackend;
import kron4j.backend.cuda.load.NvidiaPresence;

/** Finds the devices of this machine; the only class that knows which backends exist. */
public final class Backends {
    private Backends() {}

    private static Backend cpu;

    /** The cards, or the reason why there are none. */
    private static final class Cuda {
        static final List<String> NAMES = new CopyOnWriteArrayList<>();
        static final Map<String, String> DECLINED = new ConcurrentHashMap<>();
        private static final Map<String, Backend> OPEN = new HashMap<>();

        static {
            try {
                int count = CudaBackend.count();
                for (int i = 0; i < count; i++) {
                    String reason = CudaBackend.against(i);
                    if (reason.isEmpty()) {
                        NAMES.add("cuda:" + i);
                    } else {
                        DECLINED.put("cuda:" + i, reason);
                    }
                }
            } catch (DeviceException e) {
                DECLINED.put("cuda:0", e.getMessage());
            } catch (LinkageError e) {
                DECLINED.put("cuda:0", "JCuda cannot be loaded (" + e + "); add org.jcuda to the class path");
            }
        }

        static synchronized List<Backend> opened() {
            return List.copyOf(OPEN.values());
        }

        /** Opens a card; one that fails is declined from then on. */
        static synchronized Backend open(String name) {
            try {
                return OPEN.computeIfAbsent(
                        name, n -> new CudaBackend(Integer.parseInt(n.substring(n.indexOf(':') + 1))));
            } catch (DeviceException e) {
                NAMES.remove(name);
                DECLINED.put(name, e.getMessage());
                throw e;
            }
        }
    }

    /** Returns the names of the usable devices, the best first. */
    public static List<String> available() {
        List<String> names = new ArrayList<>(Cuda.NAMES);
        names.add("cpu");
        return names;
    }

    /** Returns the declined devices: name to reason and remedy. */
    public static Map<String, String> declined() {
        return new TreeMap<>(Cuda.DECLINED);
    }

    /**
     * Returns the backend of a name, made on first use.
     *
     * @throws DeviceException with reason and remedy if the device cannot be used
     */
    public static Backend get(String name) {
        if (name.equals("cpu")) {
            return cpu();
        }
        String full = name.equals("cuda") ? "cuda:0" : name;
        if (Cuda.NAMES.contains(full)) {
            return Cuda.open(full);
        }
        String reason = Cuda.DECLINED.get(full);
        throw new DeviceException(
                name + ": " + (reason != null ? reason : "no such device; available: " + available()));
    }

    private static synchronized Backend cpu() {
        if (cpu == null) {
            try {
                cpu = new CpuBackend();
            } catch (LinkageError e) {
                throw new DeviceException("cpu: OpenBLAS cannot be loaded (" + e
                        + "); add org.bytedeco:openblas and javacpp with the classifier of this platform ("
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch")
                        + ") to the class path; on a module path, start with --add-modules ALL-MODULE-PATH");
            }
        }
        return cpu;
    }

    /** Ends background work on all devices used so far. */
    public static void shutdown() {
        List<Backend> used = new ArrayList<>();
        synchronized (Backends.class) {
            if (cpu != null) {
                used.add(cpu);
            }
        }
        used.addAll(Cuda.opened());
        used.forEach(Backend::shutdown);
        PerThread.forgetAll();
        RecordMethods.forgetLast();
    }

    /** Whether this machine seems to have an NVIDIA card: the driver's library or the card itself is there. */
    public static boolean seemsToHaveACard() {
        return NvidiaPresence.on(Path.of("/")) || NvidiaPresence.driver();
    }
}
