package kron4j.spark;

import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.DeviceLostException;
import kron4j.TensorScope;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * The device of a running Spark task: the card that Spark gave it (its first address of the resource {@code gpu}), else
 * what {@code -Dkron4j.spark.device} names in the executor ({@code cuda:0}, {@code best}), else the CPU; the log says
 * which, once in an executor.
 *
 * <pre>{@code
 * JavaRDD<double[]> means = rdd.mapPartitions(rows -> TaskDevice.compute(device -> {
 *     Tensor x = Tensor.of(...);                           // on the task's card
 *     return List.of(x.mean(0).toDoubleArray()).iterator();
 * }));                                                     // the task leaves no byte behind
 * }</pre>
 *
 * <ul>
 *   <li><b>Memory.</b> A task's tensors hold at most {@link #memoryLimit} bytes at a time.
 *   <li><b>Threads.</b> On the CPU, a task computes with {@code spark.task.cpus} threads, unless
 *       {@code -Dkron4j.cpu.threads} says otherwise; what computes first in an executor decides.
 *   <li><b>Failure.</b> A task that throws or is killed frees its tensors. After a card was lost, its process cannot use
 *       it any more: the task fails with {@link DeviceLostException}, Spark tries it again, and the executor's tasks
 *       compute on the CPU, as a warning in its log says, until it is replaced.
 * </ul>
 */
public final class TaskDevice {
    /** The property of an executor that names the device of tasks without a card. */
    static final String PROPERTY = "kron4j.spark.device";

    private static final String MEMORY = "kron4j.spark.memoryLimit";
    private static final String THREADS = "kron4j.cpu.threads";
    private static final String CPU = "cpu";
    private static final Pattern LOCAL = Pattern.compile("local\\[(\\d+|\\*)(,.*)?]");

    private static final System.Logger LOG = System.getLogger("kron4j.spark");
    private static final Set<String> LOST = ConcurrentHashMap.newKeySet();
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private TaskDevice() {}

    /**
     * {@return the device of the task that runs in this thread; on the driver, that of tasks without a card}
     *
     * @throws DeviceException with the reason and the remedy if it cannot be used
     */
    public static Device device() {
        TaskContext task = TaskContext.get();
        if (task != null && System.getProperty(THREADS) == null) {
            System.setProperty(THREADS, Integer.toString(task.cpus()));
        }
        String address = card(task);
        String name = address != null ? "cuda:" + address : System.getProperty(PROPERTY, CPU);
        if (LOST.contains(name)) {
            return Device.cpu();
        }
        Device device = open(name, address);
        if (task != null && !SAID.getAndSet(true)) {
            LOG.log(
                    Level.INFO,
                    "tasks compute on {0}: {1}",
                    device,
                    address != null
                            ? "Spark gave the first one gpu " + address
                            : "Spark gives them no gpu (spark.task.resource.gpu.amount), and -D" + PROPERTY + " is "
                                    + System.getProperty(PROPERTY, "not set"));
        }
        return device;
    }

    private static String card(TaskContext task) {
        ResourceInformation gpu = task == null ? null : task.resourcesJMap().get("gpu");
        return gpu == null || gpu.addresses().length == 0 ? null : gpu.addresses()[0].strip();
    }

    /** {@return a device, which Spark gave by an address unless that is null} */
    static Device open(String name, String address) {
        try {
            return Device.of(name);
        } catch (DeviceException e) {
            if (address == null) {
                throw e;
            }
            throw new DeviceException("Spark gave this task gpu " + address + ", but " + e.getMessage()
                    + "; addresses are numbers that count the cards this executor sees, as nvidia-smi does");
        }
    }

    /**
     * {@return how many bytes a task's tensors may hold at a time} {@code -Dkron4j.spark.memoryLimit}, else the device's
     * memory ({@link Device#memoryLimit}) divided by the number of tasks that share it: an executor's cores over
     * {@code spark.task.cpus}, and for a card {@code 1 / spark.task.resource.gpu.amount} if a task takes a part of one.
     *
     * @param device of the task
     * @throws DeviceException if the property is no such number
     */
    public static long memoryLimit(Device device) {
        String given = System.getProperty(MEMORY);
        if (given != null) {
            Long bytes = Long.getLong(MEMORY);
            if (bytes == null || bytes < 1) {
                throw new DeviceException(
                        "-D" + MEMORY + "=" + given + ": give a whole number of at least 1, of bytes without a unit");
            }
            return bytes;
        }
        SparkEnv env = SparkEnv.get();
        TaskContext task = TaskContext.get();
        return env == null || task == null
                ? device.memoryLimit()
                : device.memoryLimit() / sharers(env.conf(), task.cpus(), device.name());
    }

    /** How many tasks share a device in an executor. */
    static long sharers(SparkConf conf, int cpusOfTask, String device) {
        double part = conf.getDouble("spark.task.resource.gpu.amount", 0);
        if (!device.equals(CPU) && part > 0) {
            return part < 1 ? (long) Math.floor(1 / part) : 1;
        }
        int cores = Runtime.getRuntime().availableProcessors();
        Matcher local = LOCAL.matcher(conf.get("spark.master", ""));
        if (local.matches() && !local.group(1).equals("*")) {
            cores = Integer.parseInt(local.group(1));
        } else if (!local.matches()) {
            cores = conf.getInt("spark.executor.cores", cores);
        }
        return Math.max(1, cores / Math.max(1, cpusOfTask));
    }

    /**
     * Computes on the task's device, in a scope of its own with the task's {@linkplain #memoryLimit limit}: when this
     * returns or throws, all tensors that {@code work} made and did not keep are freed.
     *
     * @param <T> the type of the result, which holds no tensor of the scope
     * @param work gets the device, which is the current one
     * @return what {@code work} returns
     */
    public static <T> T compute(Function<Device, T> work) {
        Device device = device();
        try (TensorScope scope = device.openScope(memoryLimit(device))) {
            return work.apply(scope.device());
        } catch (DeviceLostException e) {
            if (LOST.add(device.name())) {
                LOG.log(
                        Level.WARNING,
                        "{0} is lost: tasks of this executor compute on the CPU until it is replaced: {1}",
                        device,
                        e.getMessage());
            }
            throw e;
        }
    }
}
