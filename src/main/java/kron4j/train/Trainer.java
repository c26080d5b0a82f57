package kron4j.train;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;

/**
 * Steps of a training: forward, backward, update. A step waits for nothing; reading the loss that it gives back does. Does not own the parameters or the optimizer.
 *
 * <pre>{@code
 * Trainer trainer = new Trainer(model.parameters(), new Adam(model.parameters()), Schedule.constant(1e-3), seed);
 * for (...) {
 *     Tensor loss = trainer.step(() -> CrossEntropy.of(model.apply(x), labels));
 * }
 * }</pre>
 */
public final class Trainer {
    private final Parameters parameters;
    private final Optimizer optimizer;
    private final Schedule schedule;
    private final long seed;
    private double clipNorm = Double.POSITIVE_INFINITY;
    private long step;

    /** @param seed of the training's random numbers; goes into checkpoints */
    public Trainer(Parameters parameters, Optimizer optimizer, Schedule schedule, long seed) {
        this.parameters = parameters;
        this.optimizer = optimizer;
        this.schedule = schedule;
        this.seed = seed;
    }

    /** Scales the gradients of each step so that their norm, of all together, is at most this; returns this. */
    public Trainer clipNorm(double norm) {
        clipNorm = norm;
        return this;
    }

    /** How many steps were made. */
    public long steps() {
        return step;
    }

    public long seed() {
        return seed;
    }

    /**
     * One step.
     *
     * @param loss computes a scalar from the parameters
     * @return the loss before the step, [], in the current scope
     */
    public Tensor step(Supplier<Tensor> loss) {
        optimizer.rate(schedule.at(step));
        Tensor value = update(loss);
        step++;
        return value;
    }

    private Tensor update(Supplier<Tensor> loss) {
        try (TensorScope scope = parameters.tensors().get(0).device().openScope()) {
            Tensor value = loss.get();
            List<Tensor> gradients = Gradients.of(value, parameters.tensors());
            optimizer.step(Double.isInfinite(clipNorm) ? gradients : Clipping.byNorm(gradients, clipNorm));
            return scope.keep(value.detach());
        }
    }

    /** Writes parameters, optimizer state, step and seed to an .npz archive, atomically. */
    public void save(Path checkpoint) {
        Checkpoints.write(checkpoint, parameters, optimizer, step, seed);
    }

    /**
     * Goes on from a checkpoint: on the CPU, what follows is bit-equal to an uninterrupted training.
     *
     * @throws kron4j.FormatException if it is damaged, of another model or of another seed; then nothing has changed
     */
    public void restore(Path checkpoint) {
        step = Checkpoints.read(checkpoint, parameters, optimizer, seed);
    }
}
