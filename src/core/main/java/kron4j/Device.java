package kron4j;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import kron4j.backend.Backend;
import kron4j.backend.Backends;
import kron4j.backend.StreamScope;

/** A place where tensors live and are computed on. */
public final class Device {
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private final Backend backend;

    private Device(Backend backend) {
        this.backend = backend;
    }

    private static volatile Device cpu;

    /**
     * The CPU.
     *
     * @throws DeviceException with the reason and the remedy if its native libraries cannot be loaded
     */
    public static Device cpu() {
        Device known = cpu;
        return known != null ? known : openCpu();
    }

    private static synchronized Device openCpu() {
        if (cpu == null) {
            cpu = new Device(Backends.get("cpu"));
        }
        return cpu;
    }

    /**
     * The device of that name: {@code cpu}, {@code cuda:0}, ... or {@code best}.
     *
     * @throws DeviceException with the reason and the remedy if it cannot be used
     */
    public static Device of(String name) {
        return switch (name) {
            case "best" -> best();
            case "cpu" -> cpu();
            default -> of(Backends.get(name));
        };
    }

    /** The device of a backend. */
    static Device of(Backend backend) {
        Device known = cpu;
        return known != null && known.backend == backend ? known : new Device(backend);
    }

    /**
     * The fastest device that can be used. Why the others were declined is logged once, to logger {@code kron4j}: at WARNING, which is seen, where this
     * machine seems to have an NVIDIA card or driver; else at DEBUG.
     */
    public static Device best() {
        if (!SAID.getAndSet(true)) {
            Backends.declined().forEach(Device::say);
        }
        while (true) {
            String name = Backends.available().get(0);
            try {
                return of(name);
            } catch (DeviceException e) {
                if (name.equals("cpu")) {
                    throw e;
                }
                say(name, e.getMessage());
            }
        }
    }

    private static void say(String name, String reason) {
        Level level = Backends.seemsToHaveACard() ? Level.WARNING : Level.DEBUG;
        System.getLogger("kron4j").log(level, "{0} declined: {1}", name, reason);
    }

    /**
     * Ends the threads that Kron4J has in the background, gives cached memory back and lets go of what it keeps for each thread, so that the class loader
     * that loaded it can be collected: for servers and shells that load an application again and again. To be called when nothing of Kron4J runs and all
     * tensors are closed. What is used afterwards starts anew, but for JavaCPP's thread that frees forgotten pointers of others.
     *
     * <p>JCuda's natives cannot be loaded by a second class loader, and hold on to the first: where cards are used, let a class loader that stays (the
     * server's) load Kron4J and JCuda.
     */
    public static void shutdown() {
        Backends.shutdown();
    }

    /** The device for new tensors in this thread: that of its innermost open scope, else {@link #best}. */
    public static Device current() {
        TensorScope scope = TensorScope.current();
        return scope == null ? best() : scope.device();
    }

    public String name() {
        return backend.name();
    }

    /** Facts for people, a line each. */
    public List<String> describe() {
        return backend.describe();
    }

    /** The backend, for operations and interop. */
    public Backend backend() {
        return backend;
    }

    /** Opens a scope of this thread: tensors made until it closes belong to it and are freed with it; new ones lie on this device. */
    public TensorScope openScope() {
        return TensorScope.open(this);
    }

    /**
     * Lets this thread's work overlap with that of others: until the scope is closed, by the same thread, its operations on the device are queued on a
     * stream of their own instead of the one that all threads share. Results may be used anywhere: an operation waits, on the device, for what other
     * streams still do to its operands. On the CPU, where an operation is done when its method returns, it changes nothing.
     *
     * <pre>{@code
     * try (StreamScope side = device.openStream()) {
     *     next = Tensor.load(path);          // is copied while the other stream computes
     * }
     * }</pre>
     *
     * @throws DeviceException if 63 are open
     */
    public StreamScope openStream() {
        return backend.openStream();
    }

    /**
     * Records the operations that {@code work} runs on this device in the calling thread, without computing them; see {@link DeviceGraph}. What other
     * threads do meanwhile runs as usual.
     *
     * <p>What needs the host cannot be recorded: reading values (item, toArray, printing, {@code solve}'s check for singularity), making tensors from
     * host memory, waiting. Make inputs before, and read results after. Run the work once before, so that kernels and libraries are loaded.
     *
     * @return to be closed
     * @throws CaptureException if this is the CPU, if {@code work} does something that cannot be recorded, or from within another capture; what was
     *     made so far stays valid, and the device usable
     */
    public DeviceGraph capture(Runnable work) {
        return new DeviceGraph(this, backend.capture(work));
    }

    /** Waits until all work queued on the device is done. */
    public void synchronize() {
        backend.synchronize();
    }

    /** Returns cached memory to the operating system; the number of bytes. */
    public long trim() {
        return backend.memory().trim();
    }

    /** Live, peak and cached bytes of the device, and what each open scope of this thread holds. */
    public MemoryReport memoryReport() {
        return MemoryReport.of(this);
    }

    /** Counts the peak of {@link #memoryReport} from now on. */
    public void resetPeakMemory() {
        backend.memory().resetPeak();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Device d && d.backend == backend;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(backend);
    }

    @Override
    public String toString() {
        return backend.name();
    }
}
