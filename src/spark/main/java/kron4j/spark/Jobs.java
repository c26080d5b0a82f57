package kron4j.spark;

import java.util.function.Supplier;
import java.util.stream.Stream;
import kron4j.Device;
import kron4j.DeviceMemoryException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import org.apache.spark.sql.SparkSession;

/** What the driver does around a job. */
final class Jobs {
    private static final String MOST_RESULT = "spark.driver.maxResultSize";

    private Jobs() {}

    /** A result made of tensors. */
    interface OfTensors {
        Stream<Tensor> tensors();
    }

    /** Runs a job; what Kron4J refused in a task is thrown as what it was, with Spark's account of it as suppressed. */
    static <T> T run(Supplier<T> job) {
        try {
            return job.get();
        } catch (Throwable e) {
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                if (cause instanceof TensorException refused) {
                    refused.addSuppressed(e);
                    throw refused;
                }
            }
            throw e;
        }
    }

    /** Computes on the driver's CPU; the result, a tensor or made of some, belongs to the caller's scope. */
    static <T> T onDriver(Supplier<T> work) {
        try (TensorScope scope = Device.cpu().openScope()) {
            T result = work.get();
            if (result instanceof Tensor tensor) {
                scope.keep(tensor);
            } else if (result instanceof OfTensors made) {
                made.tensors().forEach(scope::keep);
            }
            return result;
        }
    }

    /**
     * Refuses what the driver could not hold: {@code count} summaries, and the matrix that becomes of them.
     *
     * @param numbers in a summary
     * @param columns of the matrix
     */
    static void requireRoom(SparkSession session, long numbers, int count, long columns) {
        long matrix = numbers > columns + 1 ? columns * columns : columns;
        long results = numbers * count * Double.BYTES;
        long most = session.sparkContext().conf().getSizeAsBytes(MOST_RESULT, "1g");
        long heap = Runtime.getRuntime().maxMemory();
        String why = null;
        if (matrix > Integer.MAX_VALUE - 8) {
            why = "a matrix of " + columns + " columns has more numbers than an array of the driver can have";
        } else if (most > 0 && results > most) {
            why = count + " partial results of " + mib(numbers * Double.BYTES) + " exceed " + MOST_RESULT + "="
                    + mib(most) + "; raise it, or use fewer partitions";
        } else if (results + 4 * matrix * Double.BYTES > heap) {
            why = "its matrix of " + mib(matrix * Double.BYTES) + ", four times, and " + count
                    + " partial results exceed the driver's heap of " + mib(heap) + "; raise spark.driver.memory";
        }
        if (why != null) {
            throw new DeviceMemoryException("RowMatrix of " + columns + " columns: " + why);
        }
    }

    private static String mib(long bytes) {
        return ((bytes + (1 << 20) - 1) >> 20) + " MiB";
    }
}
