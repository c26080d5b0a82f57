package kron4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Random;
import kron4j.ops.Softmax;
import kron4j.train.Adam;
import kron4j.train.BatchNorm;
import kron4j.train.Layer;
import kron4j.train.Linear;
import kron4j.train.MixedPrecision;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Sgd;
import kron4j.train.Trainer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import scala.Tuple2;

/** Training on the partitions of a DataFrame. */
class DataParallelContract extends OnSpark {
    private static final int ROWS = 23;
    private static final int BATCH = 3;
    private static final List<ArrayColumn> COLUMNS = List.of(ArrayColumn.of("x", 4), ArrayColumn.scalar("label"));
    private static final DataParallel.Model<Linear> MODEL = random -> new Linear(random, DType.FLOAT64, 4, 3);
    private static final DataParallel.Loss<Linear> LOSS = (m, batch) ->
            Softmax.crossEntropy(m.apply(batch.get(0)), batch.get(1)).mean();

    @TempDir
    Path folder;

    private static Tensor data() {
        return Random.normal(1, DType.FLOAT64, ROWS, 4);
    }

    private static Tensor labels() {
        return Random.randint(2, 0, 3, ROWS);
    }

    /** The rows in partitions of which the last is empty if there is more than one. */
    private static Dataset<Row> frame(int partitions) {
        try (TensorScope scope = Device.cpu().openScope()) {
            double[] x = data().toDoubleArray();
            long[] labels = labels().toLongArray();
            List<Row> rows = IntStream.range(0, ROWS + partitions)
                    .mapToObj(i -> RowFactory.create(
                            i,
                            IntStream.range(0, 4)
                                    .mapToDouble(j -> x[4 * i % x.length + j])
                                    .toArray(),
                            labels[i % ROWS]))
                    .toList();
            StructType schema = new StructType()
                    .add("id", DataTypes.IntegerType)
                    .add("x", DataTypes.createArrayType(DataTypes.DoubleType))
                    .add("label", DataTypes.LongType);
            return spark().createDataFrame(rows, schema)
                    .repartitionByRange(partitions, functions.col("id"))
                    .where("id < " + ROWS);
        }
    }

    private static List<Double> train(DataParallel<Linear> data, Trainer trainer, Linear model, int until) {
        List<Double> losses = new ArrayList<>();
        while (trainer.steps() < until) {
            losses.add(data.step(trainer, model));
        }
        return losses;
    }

    @Test
    void lossesAreThoseOfOneProcess() {
        for (int partitions : new int[] {1, 2, 7}) {
            Dataset<Row> frame = frame(partitions);
            List<List<Integer>> ids =
                    frame.javaRDD().map(r -> r.getInt(0)).glom().collect();
            try (TensorScope scope = Device.cpu().openScope();
                    Linear model = MODEL.make(new Random.Generator(3));
                    Adam optimizer = new Adam(model.parameters());
                    Linear alone = MODEL.make(new Random.Generator(3));
                    Adam own = new Adam(alone.parameters());
                    DataParallel<Linear> data = DataParallel.of(frame, COLUMNS, BATCH, MODEL, LOSS)) {
                int most = ids.stream().mapToInt(List::size).max().orElseThrow();
                assertEquals((most + BATCH - 1) / BATCH, data.stepsPerEpoch());
                Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(0.05), 5).clipNorm(1);
                Trainer one = new Trainer(alone.parameters(), own, Schedule.constant(0.05), 5).clipNorm(1);
                int steps = Math.min(data.stepsPerEpoch() + 2, 6);
                double[] expected = new double[steps];
                for (int step = 0; step < steps; step++) {
                    Tensor rows = Tensor.of(concatenated(ids, step, data.stepsPerEpoch()));
                    expected[step] = one.step(() -> LOSS.of(
                                    alone, List.of(Indexing.take(data(), rows, 0), Indexing.take(labels(), rows, 0))))
                            .item();
                }
                // Sums of 23 rows in another order, in each step; Adam's divisions by small second moments magnify by
                // less than 1e3.
                assertArrayEquals(
                        expected,
                        train(data, trainer, model, steps).stream()
                                .mapToDouble(l -> l)
                                .toArray(),
                        steps * ROWS * 1e3 * DType.FLOAT64.epsilon());
            }
        }
    }

    /** The rows of a step, as the Javadoc says. */
    private static long[] concatenated(List<List<Integer>> ids, int step, int stepsPerEpoch) {
        LongStream all = LongStream.empty();
        for (int p = 0; p < ids.size(); p++) {
            List<Integer> own = ids.get(p);
            if (own.isEmpty()) {
                continue;
            }
            long[] order = Random.permutation(5, (long) step / stepsPerEpoch * ids.size() + p, own.size())
                    .toLongArray();
            int from = step % stepsPerEpoch * BATCH;
            all = LongStream.concat(
                    all,
                    IntStream.range(from, Math.max(from, Math.min(from + BATCH, own.size())))
                            .mapToLong(i -> own.get((int) order[i])));
        }
        return all.toArray();
    }

    @Test
    void aTrainingThatStopsGoesOnWithTheSameLosses() {
        Path checkpoint = folder.resolve("model.npz");
        try (DataParallel<Linear> data = DataParallel.of(frame(2), COLUMNS, BATCH, MODEL, LOSS)) {
            List<Double> losses;
            try (Linear model = MODEL.make(new Random.Generator(3));
                    Adam optimizer = new Adam(model.parameters())) {
                Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(0.05), 5);
                train(data, trainer, model, 3);
                trainer.save(checkpoint);
                losses = train(data, trainer, model, 6);
            }
            try (Linear model = MODEL.make(new Random.Generator(4));
                    Adam optimizer = new Adam(model.parameters())) {
                Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(0.05), 5);
                trainer.restore(checkpoint);
                assertEquals(losses, train(data, trainer, model, 6));
            }
        }
    }

    /** Moves complex numbers towards the rows' pairs. */
    private static final class Point implements Layer {
        private final Parameters parameters = new Parameters();
        private final Tensor z = parameters.add(
                "z",
                ComplexNumbers.viewAsComplex(Tensor.ones(DType.FLOAT64, 2, 2)).copy());

        @Override
        public Tensor apply(Tensor x) {
            Tensor away = ComplexNumbers.viewAsReal(z).reshape(4).subtract(x);
            return Elementwise.square(away).sum(1).mean();
        }

        @Override
        public Parameters parameters() {
            return parameters;
        }
    }

    @Test
    void complexParametersGoToTheMean() {
        try (TensorScope scope = Device.cpu().openScope();
                Point model = new Point();
                Sgd optimizer = new Sgd(model.parameters());
                DataParallel<Point> data = DataParallel.of(
                        frame(2),
                        List.of(COLUMNS.get(0)),
                        ROWS,
                        random -> new Point(),
                        (m, batch) -> m.apply(batch.get(0)))) {
            assertEquals(1, data.stepsPerEpoch());
            data.step(new Trainer(model.parameters(), optimizer, Schedule.constant(0.5), 1), model);
            assertArrayEquals(
                    data().mean(0).toDoubleArray(),
                    model.z.detach().toComplexArray(),
                    2 * ROWS * 4 * DType.FLOAT64.epsilon());
        }
    }

    @Test
    void valuesAreCombinedInTheOrderOfPartitions() {
        List<Tuple2<Integer, String>> late = List.of(new Tuple2<>(2, "c"), new Tuple2<>(0, "a"), new Tuple2<>(1, "b"));
        assertEquals(
                "abc",
                OrderedTree.inOrder(new ArrayList<>(late), String::concat).orElseThrow());
        for (int partitions : new int[] {1, 5, 50}) {
            long bytes = partitions == 50 ? 1 << 30 : 1; // many large ones go through a tree
            assertEquals(partitions == 50 ? 7 : partitions, OrderedTree.collected(partitions, bytes));
            List<Integer> numbers = IntStream.range(0, partitions).boxed().toList();
            String joined = OrderedTree.reduce(
                            new JavaSparkContext(spark().sparkContext())
                                    .parallelize(numbers, partitions)
                                    .filter(i -> i % 4 != 3)
                                    .map(i -> i + " "),
                            bytes,
                            String::concat)
                    .orElseThrow();
            assertEquals(
                    numbers.stream().filter(i -> i % 4 != 3).map(i -> i + " ").collect(Collectors.joining()), joined);
        }
    }

    @Test
    void mistakesAreRefused() {
        Dataset<Row> frame = frame(1);
        refused("there are no rows", () -> DataParallel.of(frame.where("id < 0"), COLUMNS, BATCH, MODEL, LOSS));
        String one = "select array(1D, 2D, 3D, 4D) as x, 0L as label";
        refused(
                "column 'x' at row 0 of partition 1 is null",
                () -> DataParallel.of(spark().sql(one + " union all select null, 0L"), COLUMNS, BATCH, MODEL, LOSS));
        refused("a batch of 0 rows", () -> DataParallel.of(frame, COLUMNS, 0, MODEL, LOSS));
        refused(
                "row 1 of partition 0 has shapes [[2], []], the rows before have [[1], []]; a batch needs rows of one shape",
                () -> DataParallel.of(
                        frame.selectExpr("sequence(1L, id + 1L) as x", "label").where("size(x) < 3"),
                        List.of(ArrayColumn.of("x", -1), COLUMNS.get(1)),
                        BATCH,
                        MODEL,
                        LOSS));
        try (DataParallel<Linear> data =
                        DataParallel.of(frame, COLUMNS, BATCH, MODEL, (m, batch) -> m.apply(batch.get(0)));
                Linear model = MODEL.make(new Random.Generator(3));
                Linear other = new Linear(new Random.Generator(3), DType.FLOAT64, 4, 2);
                Sgd optimizer = new Sgd(model.parameters());
                Sgd others = new Sgd(other.parameters())) {
            Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(1), 1);
            refused("the loss has shape [3,3], expected []", () -> data.step(trainer, model));
            assertEquals(0, trainer.steps());
            Trainer wrong = new Trainer(other.parameters(), others, Schedule.constant(1), 1);
            refused("the model made in a task has parameters [float64 [3,4]", () -> data.step(wrong, other));
        }
        DataParallel.Model<BatchNorm> make = random -> new BatchNorm(DType.FLOAT64, 4);
        try (DataParallel<BatchNorm> data = DataParallel.of(
                        frame,
                        COLUMNS,
                        BATCH,
                        make,
                        (m, batch) -> m.apply(batch.get(0)).mean());
                BatchNorm model = make.make(new Random.Generator(1));
                Sgd optimizer = new Sgd(model.parameters())) {
            Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(1), 1);
            refused("the model has statistics [", () -> data.step(trainer, model));
        }
    }

    @Test
    void nanReachesTheLossOfItsStep() {
        Dataset<Row> one = spark().sql("select array(1D, double('NaN'), 3D, 4D) as x, 0L as label");
        try (DataParallel<Linear> data = DataParallel.of(one, COLUMNS, BATCH, MODEL, LOSS);
                Linear model = MODEL.make(new Random.Generator(3));
                Sgd optimizer = new Sgd(model.parameters())) {
            assertEquals(1, data.stepsPerEpoch());
            Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(1), 1);
            assertEquals(Double.NaN, data.step(trainer, model));
        }
    }

    @Test
    void halvesAreRefused() {
        try (Linear half = new Linear(new Random.Generator(3), DType.BFLOAT16, 4, 3);
                MixedPrecision mixed = new MixedPrecision(half.parameters());
                Sgd optimizer = new Sgd(mixed.masters());
                DataParallel<Linear> data = DataParallel.of(frame(1), COLUMNS, BATCH, MODEL, LOSS)) {
            Trainer trainer = new Trainer(mixed, optimizer, Schedule.constant(1), 1);
            refused("parameter 'weight' is bfloat16", () -> data.step(trainer, half));
            refused("gradients from elsewhere are not those of the scaled loss", () -> trainer.step(List.of()));
        }
    }

    private static void refused(String text, Executable call) {
        String message = assertThrows(TensorException.class, call).getMessage();
        assertTrue(message.contains(text), message);
    }
}
