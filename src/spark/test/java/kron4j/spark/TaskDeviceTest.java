package kron4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import kron4j.DType;
import kron4j.Device;
import kron4j.DeviceException;
import kron4j.Tensor;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

/** What a task may take, and what it leaves. */
class TaskDeviceTest extends OnSpark {
    private static SparkConf conf(String... pairs) {
        SparkConf conf = new SparkConf(false);
        for (int i = 0; i < pairs.length; i += 2) {
            conf.set(pairs[i], pairs[i + 1]);
        }
        return conf;
    }

    private static final String CORES = "spark.executor.cores";
    private static final String MASTER = "spark.master";
    private static final String GPU = "spark.task.resource.gpu.amount";

    @Test
    void tasksThatShareADevice() {
        assertEquals(8, TaskDevice.sharers(conf(MASTER, "spark://a:1", CORES, "8"), 1, "cpu"));
        assertEquals(2, TaskDevice.sharers(conf(MASTER, "spark://a:1", CORES, "8"), 4, "cpu"));
        assertEquals(3, TaskDevice.sharers(conf(MASTER, "local[6]", CORES, "8"), 2, "cpu"));
        assertEquals(5, TaskDevice.sharers(conf(MASTER, "local[5,3]"), 1, "cpu"));
        assertEquals(
                Runtime.getRuntime().availableProcessors(), TaskDevice.sharers(conf(MASTER, "local[*]"), 1, "cpu"));
        assertEquals(1, TaskDevice.sharers(conf(MASTER, "yarn", CORES, "1"), 4, "cpu"));
        assertEquals(1, TaskDevice.sharers(conf(CORES, "8", GPU, "1"), 1, "cuda:0"));
        assertEquals(4, TaskDevice.sharers(conf(CORES, "8", GPU, "0.25"), 1, "cuda:0"));
        assertEquals(8, TaskDevice.sharers(conf(CORES, "8", GPU, "1"), 1, "cpu"));
    }

    @Test
    void aCardThatIsNotThereIsNamedAsSparkDid() {
        assertRefused("Spark gave this task gpu 99, but cuda:99", () -> TaskDevice.open("cuda:99", "99"));
        DeviceException ours = assertThrows(DeviceException.class, () -> TaskDevice.open("cuda:99", null));
        assertFalse(ours.getMessage().contains("Spark"), ours::getMessage);
    }

    private static JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(spark().sparkContext());
    }

    @Test
    void aTaskHasAShareOfTheMemory() {
        long share = Device.cpu().memoryLimit() / 2;
        assertEquals(
                List.of(share, share),
                context()
                        .parallelize(List.of(1, 2), 2)
                        .map(i -> TaskDevice.memoryLimit(TaskDevice.device()))
                        .collect());
        System.setProperty("kron4j.spark.memoryLimit", "1000");
        try {
            assertRefused(
                    "cannot allocate 1008 B: 0 B held in a scope with a limit of 1000 B",
                    () -> Jobs.run(() -> context()
                            .parallelize(List.of(1), 1)
                            .map(i -> TaskDevice.compute(
                                    device -> Tensor.zeros(DType.FLOAT64, 126).size()))
                            .collect()));
            System.setProperty("kron4j.spark.memoryLimit", "1G");
            assertRefused(
                    "-Dkron4j.spark.memoryLimit=1G: give a whole number", () -> TaskDevice.memoryLimit(Device.cpu()));
        } finally {
            System.clearProperty("kron4j.spark.memoryLimit");
        }
    }

    /** A cancelled job's task: interrupted in the middle, it frees what it had. */
    @Test
    void aKilledTaskLeavesNothing() throws InterruptedException {
        long before = Device.cpu().memoryReport().live();
        context().setJobGroup("killed", "killed", true);
        JavaFutureAction<List<Long>> job = context()
                .parallelize(List.of(1), 1)
                .map(i -> TaskDevice.compute(device -> {
                    Tensor.zeros(DType.FLOAT64, 1000);
                    try {
                        Thread.sleep(600_000);
                    } catch (InterruptedException killed) {
                        throw new IllegalStateException(killed);
                    }
                    return 0L;
                }))
                .collectAsync();
        context().clearJobGroup();
        awaitLive(live -> live > before);
        context().cancelJobGroup("killed");
        assertThrows(Exception.class, () -> job.get(2, TimeUnit.MINUTES));
        awaitLive(live -> live == before);
    }

    private static void awaitLive(LongPredicate condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!condition.test(Device.cpu().memoryReport().live())) {
            assertTrue(System.nanoTime() < end, "it took too long");
            Thread.sleep(20);
        }
    }
}
