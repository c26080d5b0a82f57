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
 * Epochs of minibatches, each followed by an evaluation: a history of the mean loss and of what the evaluation measured, early stopping and checkpoints if asked for. Waits for
 * the device once an epoch, besides what the loss and the evaluation wait for.
 */
public final class TrainingLoop {
    /** The history's name of an epoch's mean training loss. */
    public static final String LOSS = "loss";

    /** Told after every step. */
    @FunctionalInterface
    public interface Listener {
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
     * @param loss of a batch, a scalar, from the indices of its examples (int64 [size])
     * @param evaluation metrics by name after each epoch, computed with nothing recorded
     */
    public TrainingLoop(
            Trainer trainer, Batches batches, Function<Tensor, Tensor> loss, Supplier<Map<String, Double>> evaluation) {
        this.trainer = trainer;
        this.batches = batches;
        this.loss = loss;
        this.evaluation = evaluation;
    }

    public TrainingLoop listener(Listener told) {
        listener = told;
        return this;
    }

    /** Ends when this metric, of which less is better, has stopped to improve. */
    public TrainingLoop stopEarly(EarlyStopping rule, String metric) {
        stopping = rule;
        watched = metric;
        return this;
    }

    /** Saves the trainer there after every epoch, atomically; with early stopping, after those that improved. */
    public TrainingLoop checkpoint(Path path) {
        checkpoint = path;
        return this;
    }

    /** Goes on from where the trainer is until it has made this many epochs of steps, or stops early. */
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
