package kron4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.GradientException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.train.Layer;
import kron4j.train.Parameters;
import kron4j.train.Trainer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Trains a model on the rows of a DataFrame, synchronously: in each step every partition computes the gradients of some of its rows, and the
 * driver updates the model by their mean.
 *
 * <pre>{@code
 * DataParallel.Model<Linear> make = random -> new Linear(random, DType.FLOAT32, 784, 10);
 * Linear model = make.make(new Random.Generator(3));
 * try (model; Adam optimizer = new Adam(model.parameters());
 *         DataParallel<Linear> data = DataParallel.of(
 *                 rows, List.of(ArrayColumn.of("x", 784), ArrayColumn.scalar("label")), 64, make,
 *                 (m, batch) -> Softmax.crossEntropy(m.apply(batch.get(0)), batch.get(1)))) {
 *     Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(1e-3), 3);
 *     while (trainer.steps() < 10 * data.stepsPerEpoch()) {
 *         double loss = data.step(trainer, model);
 *     }
 *     trainer.save(Path.of("model.npz"));                  // trainer.restore goes on from there
 * }
 * }</pre>
 *
 * <p><b>Steps.</b> A step takes the next {@code batch} rows of each partition, in an order that depends on the trainer's seed, the epoch and the partition only:
 * {@code Random.permutation(seed, epoch * partitions + partition, rows)}. An epoch has as many steps as the largest partition needs; smaller ones run out
 * before. The loss and the gradients are those of the concatenated batch, the mean weighted by rows, as far as the loss is a mean over rows: equal to one
 * process within the rounding of sums in another order, {@code (rows + partitions) eps} of the sum of absolute values.
 *
 * <p><b>Deterministic.</b> Gradients are added up in the order of the partitions, where they are more than 32 MiB by a tree of about sqrt(partitions) wide, whichever task ends first. The same
 * partitions of the same rows give bit-equal losses on the same kind of device, also where Spark runs a task again, and after
 * {@link Trainer#save} and {@link Trainer#restore}.
 *
 * <p><b>Costs of a step.</b> Parameters travel to each executor once, gradients (as many bytes) from each partition; one Spark job. The rows stay in the executors'
 * memory, or on their disks, as Java arrays, until {@link #close}.
 *
 * <p><b>Bad input.</b> As for {@link MapBatches}; all rows of a partition have one shape. Models with running statistics ({@link kron4j.train.BatchNorm}) are refused, as
 * each partition would have its own.
 *
 * @param <M> the model's type
 */
public final class DataParallel<M extends Layer> implements AutoCloseable {
    /**
     * Makes the model, on the driver and in each task, where its parameters are then replaced.
     *
     * @param <M> the model's type
     */
    @FunctionalInterface
    public interface Model<M extends Layer> extends Serializable {
        /**
         * Makes a model on the current device.
         *
         * @param random for the first parameters and for what the layers draw, as dropout does: in each task and step it has another seed
         * @return the model; caller-owned
         */
        M make(Random.Generator random);
    }

    /**
     * Computes the loss of a batch.
     *
     * @param <M> the model's type
     */
    @FunctionalInterface
    public interface Loss<M extends Layer> extends Serializable {
        /**
         * Computes the mean loss of some rows.
         *
         * @param model to be trained
         * @param batch for each column a tensor [rows, ...]
         * @return the mean over the rows, []
         */
        Tensor of(M model, List<Tensor> batch);
    }

    /** What every task of every step knows. */
    private record Work<M extends Layer>(Model<M> make, Loss<M> loss, int batch, int partitions, int stepsPerEpoch)
            implements Serializable {}

    private static final String NAME = "DataParallel";

    private final JavaRDD<EqualRows> rows;
    private final Work<M> work;

    private DataParallel(JavaRDD<EqualRows> rows, Work<M> work) {
        this.rows = rows;
        this.work = work;
    }

    /**
     * Reads the rows into the executors' memory.
     *
     * @param <M> the model's type
     * @param rows the input; its partitions are those of the training
     * @param columns what the loss gets, in this order
     * @param batch the most rows of a partition in a step, at least 1
     * @param make makes the model
     * @param loss of a batch
     * @return the training; caller-owned
     * @throws RowException if a column is missing or has another type, or there are no rows, or for a bad row
     * @throws ShapeException if there are no columns, or the batch is below 1
     */
    public static <M extends Layer> DataParallel<M> of(
            Dataset<Row> rows, List<ArrayColumn> columns, int batch, Model<M> make, Loss<M> loss) {
        if (batch < 1 || columns.isEmpty()) {
            throw new ShapeException(NAME + ": " + columns.size() + " columns and a batch of " + batch
                    + " rows; expected at least 1 of each");
        }
        List<TensorReader> readers = new ArrayList<>();
        columns.forEach(c -> readers.add(c.reader(NAME, rows.schema())));
        JavaRDD<EqualRows> read = Frames.classic(NAME, rows)
                .queryExecution()
                .toRdd()
                .toJavaRDD()
                .mapPartitionsWithIndex(
                        (partition, part) -> List.of(EqualRows.of(NAME, readers, partition, part))
                                .iterator(),
                        true)
                .persist(StorageLevel.MEMORY_AND_DISK());
        try {
            int most = Jobs.run(() -> read.map(EqualRows::count).collect()).stream()
                    .max(Integer::compare)
                    .orElse(0);
            if (most == 0) {
                throw new RowException(NAME + ": there are no rows");
            }
            int steps = (most - 1) / batch + 1;
            return new DataParallel<>(read, new Work<>(make, loss, batch, read.getNumPartitions(), steps));
        } catch (RuntimeException | Error e) {
            read.unpersist(false);
            throw e;
        }
    }

    /** {@return how many steps take each row once} */
    public int stepsPerEpoch() {
        return work.stepsPerEpoch;
    }

    /**
     * Makes the trainer's next step, waiting for all partitions.
     *
     * @param trainer of the model's parameters; its number of steps says which rows are next
     * @param model on the driver, of float32, float64 or complex parameters
     * @return the mean loss of the step's rows before the step
     * @throws TensorException if the model has statistics or parameters of halves, or the trainer is of another model; nothing has changed then, nor where a task
     *     fails
     */
    public double step(Trainer trainer, M model) {
        Parameters parameters = model.parameters();
        if (!parameters.statistics().isEmpty()) {
            throw new TensorException(NAME + ": the model has statistics "
                    + parameters.statistics().keySet()
                    + ", which each partition would change for itself; use layers without, such as LayerNorm");
        }
        parameters.named().forEach((name, t) -> {
            if (t.dtype().isHalf()) {
                throw new DTypeException(NAME + ": parameter '" + name + "' is " + t.dtype()
                        + "; sums over partitions need float32 or float64");
            }
        });
        ArrayList<TensorValues> values = new ArrayList<>(
                parameters.tensors().stream().map(TensorValues::of).toList());
        Broadcast<List<TensorValues>> sent = new JavaSparkContext(rows.context()).broadcast(values);
        try {
            Work<M> job = work;
            long seed = trainer.seed();
            long step = trainer.steps();
            long bytes = values.stream().mapToLong(TensorValues::bytes).sum();
            JavaRDD<BatchSum> sums = rows.mapPartitionsWithIndex(
                    (partition, part) -> gradients(job, sent.value(), seed, step, partition, part.next())
                            .iterator(),
                    true);
            BatchSum sum = Jobs.run(() -> OrderedTree.reduce(sums, bytes, BatchSum::add))
                    .orElseThrow();
            Device device = parameters.tensors().get(0).device();
            try (TensorScope scope = device.openScope()) {
                trainer.step(sum.means(parameters.tensors()));
            }
            return sum.loss / sum.rows;
        } finally {
            sent.destroy();
        }
    }

    private static <M extends Layer> List<BatchSum> gradients(
            Work<M> work, List<TensorValues> values, long seed, long step, int partition, EqualRows data) {
        int from = (int) (step % work.stepsPerEpoch) * work.batch;
        int to = (int) Math.min((long) from + work.batch, data.count());
        if (from >= to) {
            return List.of();
        }
        long stream = step / work.stepsPerEpoch * work.partitions + partition;
        return TaskDevice.compute(device -> {
            long[] order;
            try (TensorScope host = Device.cpu().openScope()) {
                order = Random.permutation(seed, stream, data.count()).toLongArray();
            }
            // Weyl's sequence: no two tasks of a training draw the same numbers.
            long own = seed + 0x9E3779B97F4A7C15L * (step * work.partitions + partition + 1);
            try (M model = work.make.make(new Random.Generator(own))) {
                assign(model.parameters(), values);
                Tensor loss = work.loss.of(model, data.tensors(order, from, to));
                if (loss.rank() != 0) {
                    throw new GradientException(NAME + ": the loss has shape " + loss.shape()
                            + ", expected []: the mean over the rows of the batch");
                }
                List<Tensor> gradients = Gradients.of(loss, model.parameters().tensors());
                return List.of(new BatchSum(to - from, loss.item(), gradients));
            }
        });
    }

    private static void assign(Parameters parameters, List<TensorValues> values) {
        List<Tensor> own = parameters.tensors();
        List<String> made = own.stream().map(t -> t.dtype() + " " + t.shape()).toList();
        List<String> wanted = values.stream().map(TensorValues::toString).toList();
        if (!made.equals(wanted)) {
            throw new TensorException(NAME + ": the model made in a task has parameters " + made + ", the trained one "
                    + wanted + "; make both by the same function");
        }
        NoGrad.run(() -> {
            for (int i = 0; i < own.size(); i++) {
                InPlace.assign(own.get(i), values.get(i).tensor());
            }
        });
    }

    /** Lets the executors forget the rows. */
    @Override
    public void close() {
        rows.unpersist(false);
    }
}
