package kron4j.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;

/**
 * Runs epochs of minibatches, each followed by an evaluation, and returns the history; stops early and writes checkpoints
 * if asked to. Waits for the device once an epoch, besides where the loss and the evaluation wait.
 *
 * <pre>{@code
 * Tensor x = Random.normal(1, DType.FLOAT32, 640, 16);
 * Tensor y = Elementwise.tanh(x.sum(1)).unsqueeze(1);
 * Linear model = new Linear(new Random.Generator(2), DType.FLOAT32, 16, 1);
 * Batches batches = new Batches(3, 640, 64);
 * try (model; Adam optimizer = new Adam(model.parameters())) {
 *     TrainingHistory history = new TrainingLoop(
 *             new Trainer(model.parameters(), optimizer, Schedule.constant(1e-2), 3),
 *             batches,
 *             some -> Elementwise.square(model.apply(batches.pick(x, some)).subtract(batches.pick(y, some))).mean(),
 *             () -> Map.of("error", Elementwise.square(model.apply(x).subtract(y)).mean().item()))
 *         .stopEarly(new EarlyStopping(5, 1e-4), "error")
 *         .run(40);
 * }
 * }</pre>
 */
public final class TrainingLoop {
    /** Name of an epoch's mean training loss in the history. */
    public static final String LOSS = "loss";

    /** Called after every step, for instance to show progress. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Takes note of a step.
         *
         * @param done steps made so far
         * @param of steps in all
         */
        void step(long done, long of);
    }

    private final Trainer trainer;
    private final Batches batches;
    private final Function<Tensor, Tensor> loss;
    private final Supplier<Map<String, Double>> evaluation;
    private Listener listener = (done, of) -> {};
    private EarlyStopping stopping;
    private String watched = LOSS;
    private Path checkpoint;

    /**
     * Makes a loop without early stopping and checkpoints.
     *
     * @param trainer makes the steps; not owned
     * @param batches order of the examples
     * @param loss computes a batch's loss, a scalar, from the indices of its examples (int64 [size])
     * @param evaluation computes metrics by name after each epoch, with nothing recorded
     */
    public TrainingLoop(
            Trainer trainer, Batches batches, Function<Tensor, Tensor> loss, Supplier<Map<String, Double>> evaluation) {
        this.trainer = trainer;
        this.batches = batches;
        this.loss = loss;
        this.evaluation = evaluation;
    }

    /**
     * Sets a listener.
     *
     * @param told called after every step
     * @return this
     */
    public TrainingLoop listener(Listener told) {
        listener = told;
        return this;
    }

    /**
     * Ends the training when a metric has stopped improving; smaller is better.
     *
     * @param rule decides after each epoch
     * @param metric name of the evaluation's, or {@link #LOSS}
     * @return this
     */
    public TrainingLoop stopEarly(EarlyStopping rule, String metric) {
        stopping = rule;
        watched = metric;
        return this;
    }

    /**
     * Saves the trainer after every epoch, atomically; with early stopping, after the epochs that improved.
     *
     * @param path of the checkpoint; see {@link Trainer#save}
     * @return this
     */
    public TrainingLoop checkpoint(Path path) {
        checkpoint = path;
        return this;
    }

    /**
     * Trains from the trainer's step on until it has made this many epochs of steps, or stops early.
     *
     * @param epochs in all, those before a restored checkpoint included
     * @return the metrics after each epoch of this run
     * @throws TensorException if there is no metric of the name to stop by
     */
    public TrainingHistory run(int epochs) {
        TrainingHistory history = new TrainingHistory();
        long last = (long) epochs * batches.perEpoch();
        while (trainer.steps() < last) {
            Map<String, Double> values = new LinkedHashMap<>();
            values.put(LOSS, epoch(last));
            try (NoGrad evaluating = NoGrad.open();
                    TensorScope scope = Device.current().openScope()) {
                values.putAll(evaluation.get());
            }
            history.add(trainer.steps(), values);
            boolean stop = stopping != null && stopping.stop(metric(values));
            if (checkpoint != null && (stopping == null || stopping.improved())) {
                trainer.save(checkpoint);
            }
            if (stop) {
                break;
            }
        }
        return history;
    }

    private double metric(Map<String, Double> values) {
        Double value = values.get(watched);
        if (value == null) {
            throw new TensorException(
                    "TrainingLoop: no metric '" + watched + "' to stop by; there are " + values.keySet());
        }
        return value;
    }

    /** The mean loss of the steps to the end of the epoch. */
    private double epoch(long last) {
        try (TensorScope scope = Device.current().openScope()) {
            Tensor sum = null;
            long from = trainer.steps();
            do {
                try (TensorScope one = Device.current().openScope()) {
                    Tensor indices = batches.indices(trainer.steps());
                    Tensor value = trainer.step(() -> loss.apply(indices));
                    Tensor before = sum;
                    sum = one.keep(before == null ? value : before.add(value));
                    if (before != null) {
                        before.close();
                    }
                }
                listener.step(trainer.steps(), last);
            } while (trainer.steps() % batches.perEpoch() != 0);
            return sum.item() / (trainer.steps() - from);
        }
    }
}
