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

    private static final class Cpu {
        static final Device INSTANCE = new Device(Backends.get("cpu"));
    }

    /** The CPU; always there. */
    public static Device cpu() {
        return Cpu.INSTANCE;
    }

    /**
     * The device of that name: {@code cpu}, {@code cuda:0}, ... or {@code best}.
     *
     * @throws DeviceException with the reason and the remedy if it cannot be used
     */
    public static Device of(String name) {
        return name.equals("best") ? best() : of(Backends.get(name));
    }

    /** The device of a backend. */
    static Device of(Backend backend) {
        return backend == Cpu.INSTANCE.backend ? Cpu.INSTANCE : new Device(backend);
    }

    /**
     * The fastest device that can be used. Why the others were declined is logged once, to logger {@code kron4j}: at DEBUG where there is none, at
     * WARNING where it is there and cannot be used.
     */
    public static Device best() {
        if (!SAID.getAndSet(true)) {
            Backends.declined().forEach(Device::say);
        }
        while (true) {
            String name = Backends.available().get(0);
            try {
                return of(Backends.get(name));
            } catch (DeviceException e) {
                if (name.equals("cpu")) {
                    throw e;
                }
                say(name, e.getMessage());
            }
        }
    }

    private static void say(String name, String reason) {
        Level level = reason.startsWith("no ") ? Level.DEBUG : Level.WARNING;
        System.getLogger("kron4j").log(level, "{0} declined: {1}", name, reason);
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
