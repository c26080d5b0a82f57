package kron4j;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import kron4j.backend.Backend;
import kron4j.backend.Backends;

/**
 * A place where tensors live and are computed on: the CPU or a CUDA card.
 *
 * <pre>{@code
 * Device device = Device.best();                          // or Device.cpu(), Device.of("cuda:0")
 * try (TensorScope scope = device.openScope()) {
 *     Tensor x = Random.normal(1, DType.FLOAT32, 512, 512);
 *     System.out.println(x.matmul(x).sum().item());
 *     System.out.println(device.memoryReport());
 * }
 * }</pre>
 */
public final class Device {
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private final Backend backend;

    private Device(Backend backend) {
        this.backend = backend;
    }

    private static volatile Device cpu;

    /**
     * {@return the CPU} OpenBLAS is loaded later, by the first product or factorization that needs it, which throws the same if that fails.
     *
     * @throws DeviceException with the reason and the remedy if its native library cannot be loaded
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
     * {@return the device with this name}
     *
     * @param name {@code cpu}, {@code cuda:0}, ... or {@code best}
     * @throws DeviceException with the reason and the remedy if it cannot be used
     */
    public static Device of(String name) {
        return switch (name) {
            case "best" -> best();
            case "cpu" -> cpu();
            default -> of(Backends.get(name));
        };
    }

    /**
     * {@return the device of a backend, for the packages of this module}
     *
     * @param backend the CPU's, a card's, or one that records
     */
    @SuppressWarnings("exports")
    public static Device of(Backend backend) {
        Device known = cpu;
        return known != null && known.backend == backend ? known : new Device(backend);
    }

    /**
     * {@return the fastest device that can be used} The reasons why others were declined are logged once, to the logger
     * {@code kron4j}: at WARNING, which is visible by default, where this machine seems to have an NVIDIA card or
     * driver; at DEBUG otherwise.
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
     * Ends the background threads of Kron4J, gives cached memory back and releases what it keeps for each thread, so
     * that the class loader that loaded Kron4J can be collected. Meant for servers and shells that load an application
     * again and again. Call it when no operation runs and all tensors are closed. Later use starts everything anew,
     * except JavaCPP's thread that frees forgotten pointers.
     *
     * <p>JCuda's natives cannot be loaded by a second class loader, and they hold on to the first. Where cards are
     * used, let a class loader that stays (the server's) load Kron4J and JCuda.
     */
    public static void shutdown() {
        Backends.shutdown();
    }

    /**
     * {@return the device for new tensors in this thread: that of the innermost open scope, or {@link #best} without
     * one}
     */
    public static Device current() {
        TensorScope scope = TensorScope.current();
        return scope == null ? best() : scope.device();
    }

    /** {@return the name: {@code cpu}, {@code cuda:0}, ...} */
    public String name() {
        return backend.name();
    }

    /** {@return facts about the device for people, one per line} */
    public List<String> describe() {
        return backend.describe();
    }

    /** {@return the backend, for the packages of this module} */
    @SuppressWarnings("exports")
    public Backend backend() {
        return backend;
    }

    /**
     * Opens a scope in this thread. Tensors made until it closes belong to it and are freed with it; new ones lie on
     * this device.
     *
     * @return the scope, which this thread closes
     */
    public TensorScope openScope() {
        return TensorScope.open(this, Long.MAX_VALUE);
    }

    /**
     * Opens a scope in this thread whose tensors on this device, with those of the scopes opened inside it, hold at most so
     * many bytes at a time; what exceeds them throws {@link DeviceMemoryException} and changes nothing. For tasks that
     * share a device. Counted are the tensors that this thread makes until they are freed, not the workspaces inside an
     * operation.
     *
     * @param limit 0 or more bytes
     * @return the scope, which this thread closes
     */
    public TensorScope openScope(long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("openScope: a limit of " + limit + " bytes; it is 0 or more");
        }
        return TensorScope.open(this, limit);
    }

    /** {@return how many bytes tensors may take on the device, together} */
    public long memoryLimit() {
        return backend.memoryLimit();
    }

    /**
     * Lets this thread's work overlap with that of other threads. Until the scope is closed, by the same thread, its
     * operations on the device are queued on a stream of their own instead of the one that all threads share. Results
     * may be used anywhere: an operation waits, on the device, for pending work on its operands in other streams. On
     * the CPU an operation is done when its method returns, so nothing changes.
     *
     * <pre>{@code
     * Tensor next;
     * try (StreamScope side = device.openStream()) {
     *     next = Tensor.load(path);              // is copied while the other stream computes
     * }
     * }</pre>
     *
     * @return the scope, which this thread closes
     * @throws DeviceException if 63 are open
     */
    public StreamScope openStream() {
        return backend.openStream();
    }

    /**
     * Records the operations that {@code work} runs on this device in the calling thread, without computing them; see
     * {@link DeviceGraph}. Other threads go on as usual.
     *
     * <p>Work that needs the host cannot be recorded: reading values (item, toArray, printing, the singularity check of
     * {@code solve}), making tensors from host memory, waiting. Make inputs before and read results after. Run the work
     * once before, so that kernels and libraries are loaded.
     *
     * @param work the operations
     * @return the recording; the caller closes it
     * @throws CaptureException if this is the CPU, if {@code work} does something that cannot be recorded, or from
     *     within another capture; tensors made so far stay valid, and the device usable
     */
    public DeviceGraph capture(Runnable work) {
        return new DeviceGraph(this, backend.capture(work));
    }

    /** Waits until all work queued on the device is done. */
    public void synchronize() {
        backend.synchronize();
    }

    /**
     * Returns cached memory to the operating system.
     *
     * @return the number of bytes returned
     */
    public long trim() {
        return backend.memory().trim();
    }

    /** {@return live, peak and cached bytes of the device, and the bytes that each open scope of this thread holds} */
    public MemoryReport memoryReport() {
        return MemoryReport.of(this);
    }

    /** Restarts the peak of {@link #memoryReport} at the bytes that are live now. */
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
