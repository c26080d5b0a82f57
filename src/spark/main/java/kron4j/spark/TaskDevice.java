package kron4j.spark;

import java.util.function.Function;
import kron4j.Device;
import kron4j.TensorScope;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * The device of a running Spark task: the card that Spark gave it, else what {@code -Dkron4j.spark.device} names in the
 * executor, else the CPU.
 *
 * <pre>{@code
 * JavaRDD<double[]> means = rdd.mapPartitions(rows -> TaskDevice.compute(device -> {
 *     Tensor x = Tensor.of(...);                           // on the task's card
 *     return List.of(x.mean(0).toDoubleArray()).iterator();
 * }));                                                     // the task leaves no byte behind
 * }</pre>
 */
public final class TaskDevice {
    /** The property of an executor that names the device of tasks without a card. */
    static final String PROPERTY = "kron4j.spark.device";

    private TaskDevice() {}

    /**
     * {@return the device of the task that runs in this thread; on the driver, that of tasks without a card}
     *
     * @throws kron4j.DeviceException with the reason and the remedy if it cannot be used
     */
    public static Device device() {
        TaskContext task = TaskContext.get();
        ResourceInformation gpu = task == null ? null : task.resourcesJMap().get("gpu");
        if (gpu != null && gpu.addresses().length > 0) {
            return Device.of("cuda:" + gpu.addresses()[0].strip());
        }
        return Device.of(System.getProperty(PROPERTY, "cpu"));
    }

    /**
     * Computes on the task's device, in a scope of its own: when this returns or throws, all tensors that {@code work}
     * made and did not keep are freed.
     *
     * @param <T> the type of the result, which holds no tensor of the scope
     * @param work gets the device, which is the current one
     * @return what {@code work} returns
     */
    public static <T> T compute(Function<Device, T> work) {
        Device device = device();
        try (TensorScope scope = device.openScope()) {
            return work.apply(scope.device());
        }
    }
}
