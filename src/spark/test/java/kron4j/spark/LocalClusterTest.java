package kron4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Random;
import kron4j.sim.SimCuda;
import kron4j.train.Linear;
import kron4j.train.Schedule;
import kron4j.train.Sgd;
import kron4j.train.Trainer;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of two executors, JVMs of their own, with a simulated card each where it was built; and what can fail there. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LocalClusterTest {
    private static final Path SIMULATED = Path.of("target", "simcuda").toAbsolutePath();
    private static final boolean CARDS = Files.exists(SIMULATED.resolve("libcuda.so.1"));

    private static SparkSession spark;

    @TempDir
    static Path folder;

    @BeforeAll
    static void start() throws IOException {
        OnSpark.stop();
        // Where executors are started from; everything they load is on the tests' class path.
        Files.createDirectories(folder.resolve("jars"));
        System.setProperty("spark.testing", "true");
        System.setProperty("spark.test.home", folder.toString());
        SparkSession.Builder builder = OnSpark.quiet("local-cluster[2,1,1024]")
                .config(
                        "spark.executor.extraClassPath",
                        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                                .collect(Collectors.joining(File.pathSeparator)))
                .config("spark.executor.extraJavaOptions", OnSpark.JVM_OPTIONS)
                .config("spark.executorEnv.SPARK_SCALA_VERSION", "2.13")
                .config("spark.shuffle.io.retryWait", "200ms") // of what lay in an executor that is gone
                .config("spark.locality.wait", 0);
        if (CARDS) {
            Path script = Files.writeString(
                    folder.resolve("gpus"), "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"0\"]}'\n");
            assertTrue(script.toFile().setExecutable(true));
            builder.config("spark.executorEnv.LD_LIBRARY_PATH", SIMULATED.toString())
                    .config("spark.worker.resource.gpu.amount", 1)
                    .config("spark.worker.resource.gpu.discoveryScript", script.toString())
                    .config("spark.executor.resource.gpu.amount", 1)
                    .config("spark.task.resource.gpu.amount", 1);
        }
        spark = builder.getOrCreate();
    }

    @AfterAll
    static void stop() {
        if (spark != null) {
            spark.stop();
        }
        System.clearProperty("spark.testing");
        System.clearProperty("spark.test.home");
    }

    /** Something that happens to a row on its way. */
    private interface Hazard extends Serializable {
        void meet(double[] row) throws Exception;
    }

    private static final double[][] ROWS =
            IntStream.range(0, 21).mapToObj(i -> new double[] {i, 1, i % 3}).toArray(double[][]::new);

    /** The rows in seven partitions; the tenth meets the hazard, the first time it is read. */
    private static Dataset<Row> frame(String name, Hazard hazard) {
        String marker = folder.resolve(name).toString();
        List<Row> rows = Arrays.stream(ROWS).map(row -> RowFactory.create(row)).toList();
        JavaRDD<Row> read = context().parallelize(rows, 7).map(row -> {
            double[] x = row.getAs(0);
            if (x[0] == 10 && first(marker)) {
                hazard.meet(x);
            }
            return row;
        });
        return spark.createDataFrame(
                read,
                DataTypes.createStructType(List.of(DataTypes.createStructField("x", RowsForTests.DOUBLES, false))));
    }

    private static boolean first(String marker) {
        try {
            return new File(marker).createNewFile();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    /** Whole numbers: the same on every device, in every order. */
    private static void assertRight(String name, Hazard hazard) {
        double[] expected = new double[9];
        for (double[] row : ROWS) {
            for (int i = 0; i < 9; i++) {
                expected[i] += row[i / 3] * row[i % 3];
            }
        }
        try (TensorScope scope = Device.cpu().openScope()) {
            // The first row is asked for before: the hazard is met in the middle.
            Dataset<Row> frame = frame(name, hazard);
            assertArrayEquals(expected, RowMatrix.of(frame, "x").gram().toDoubleArray());
            assertTrue(Files.exists(folder.resolve(name)), "nothing happened");
            assertEquals("cpu", scope.device().name());
        }
    }

    /** What tasks say, some on each executor. */
    private static <T> Set<T> ask(Function<Integer, T> question) {
        return new HashSet<>(context()
                .parallelize(IntStream.range(0, 8).boxed().toList(), 8)
                .map(i -> {
                    Thread.sleep(100); // so that both executors get some
                    return question.call(i);
                })
                .collect());
    }

    private static void assertNothingLeft() {
        assertEquals(Set.of(0L), ask(i -> TaskDevice.device().memoryReport().live()));
    }

    @Test
    @Order(1)
    void tasksComputeOnTheCardOfTheirExecutor() {
        assertRight("nothing", row -> {});
        assertEquals(
                Set.of(CARDS ? "cuda:0" : "cpu"),
                ask(i -> TaskDevice.compute(
                        device -> Tensor.zeros(DType.FLOAT32, 3).device().name())));
        assertEquals(2, ask(i -> ProcessHandle.current().pid()).size());
        assertFalse(ask(i -> ProcessHandle.current().pid())
                .contains(ProcessHandle.current().pid()));
        assertEquals(Set.of("1"), ask(i -> System.getProperty("kron4j.cpu.threads")));
        assertNothingLeft();
    }

    @Test
    @Order(2)
    void aTaskThatThrowsIsTriedAgain() {
        assertRight("throws", row -> {
            throw new IllegalStateException(
                    "in row " + row[0] + " of attempt " + TaskContext.get().attemptNumber());
        });
        assertNothingLeft();
    }

    @Test
    @Order(3)
    void anExecutorKilledInTheMiddleIsReplaced() {
        Set<Long> before = ask(i -> ProcessHandle.current().pid());
        assertRight("killed", row -> killExecutor());
        Set<Long> after = ask(i -> ProcessHandle.current().pid());
        assertFalse(after.containsAll(before), () -> before + ", then " + after);
        assertNothingLeft();
    }

    /** As {@code kill -9} does. */
    private static void killExecutor() {
        Runtime.getRuntime().halt(137);
    }

    @Test
    @Order(4)
    void batchesOfAnExecutorThatIsKilledAreComputedAgain() {
        Dataset<Row> squares =
                MapBatches.einsum(frame("batch", row -> killExecutor()), "i,i->", List.of(X, X), 2, "square");
        assertEquals(
                Arrays.stream(ROWS)
                        .map(row -> row[0] * row[0] + 1 + row[2] * row[2])
                        .toList(),
                squares.collectAsList().stream().map(row -> row.getDouble(1)).toList());
        assertTrue(Files.exists(folder.resolve("batch")), "nothing happened");
        assertNothingLeft();
    }

    private static final ArrayColumn X = ArrayColumn.of("x", 3);

    /** Three steps, in the second of which an executor is killed unless the marker is there. */
    private static List<Double> losses(String name) {
        String marker = folder.resolve(name).toString();
        List<Double> losses = new ArrayList<>();
        try (DataParallel<Linear> data =
                        DataParallel.of(frame("nothing", row -> {}), List.of(X), 1, MODEL, (m, batch) -> {
                            if (batch.get(0).toDoubleArray()[0] == 10 && first(marker)) {
                                killExecutor();
                            }
                            return Elementwise.square(m.apply(batch.get(0))).mean();
                        });
                Linear model = MODEL.make(new Random.Generator(3));
                Sgd optimizer = new Sgd(model.parameters())) {
            Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(1e-3), 5);
            while (trainer.steps() < data.stepsPerEpoch()) {
                losses.add(data.step(trainer, model));
            }
        }
        return losses;
    }

    private static final DataParallel.Model<Linear> MODEL = random -> new Linear(random, DType.FLOAT64, 3, 1);

    @Test
    @Order(5)
    void aTrainingGoesOnWhereAnExecutorIsKilled() throws IOException {
        List<Double> expected =
                losses(Files.createFile(folder.resolve("spared")).toString());
        assertEquals(3, expected.size());
        assertEquals(expected, losses("step"));
        assertTrue(Files.exists(folder.resolve("step")), "nothing happened");
        assertNothingLeft();
    }

    @Test
    @Order(6)
    void resourcesAreThoseOfTheStageThatComputes() throws Exception {
        TaskResourceRequests requests = new TaskResourceRequests().cpus(1);
        ResourceProfile profile = new ResourceProfileBuilder()
                .require(CARDS ? requests.resource("gpu", 1) : requests)
                .build();
        BlockingQueue<Integer> profiles = new LinkedBlockingQueue<>();
        SparkListener listener = new SparkListener() {
            @Override
            public void onStageSubmitted(SparkListenerStageSubmitted stage) {
                profiles.add(stage.stageInfo().resourceProfileId());
            }
        };
        spark.sparkContext().addSparkListener(listener);
        try (TensorScope scope = Device.cpu().openScope()) {
            assertEquals(
                    21,
                    RowMatrix.of(frame("nothing", row -> {}), "x")
                            .withResources(profile)
                            .gram()
                            .toDoubleArray()[4]);
            assertEquals("cpu", scope.device().name());
            List<Integer> seen = new ArrayList<>();
            do { // listeners hear it later
                seen.add(Objects.requireNonNull(profiles.poll(1, TimeUnit.MINUTES), seen::toString));
            } while (seen.get(seen.size() - 1) != profile.id());
            assertTrue(profile.id() > 0, "another than the default");
        } finally {
            spark.sparkContext().removeSparkListener(listener);
        }
    }

    @Test
    @Order(7)
    void afterALostCardTheCpuGoesOn() {
        Assumptions.assumeTrue(CARDS, "no simulated card: scripts/build-simcuda");
        assertRight("lost", row -> SimCuda.open().failCall("cuLaunchKernel", 1, SimCuda.Failure.LAUNCH_FAILED));
        Set<String> devices = ask(i -> TaskDevice.compute(device -> device.name()));
        assertTrue(devices.contains("cpu"), devices::toString); // the other executor goes on with its card
    }
}
