package kron4j.train;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import kron4j.Device;
import kron4j.DeviceGraph;
import kron4j.GradientException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Anomaly;
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
    private boolean detectNan;
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

    /**
     * Looks for NaN in every operation of the steps to come, and stops with the step's number and the first operation that made one; returns this. For finding out: each
     * look waits for the device.
     */
    public Trainer detectNan() {
        detectNan = true;
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
     * @throws GradientException if the loss is no scalar, or after {@link #detectNan} if there is a NaN; then nothing has changed
     */
    public Tensor step(Supplier<Tensor> loss) {
        Tensor[] value = new Tensor[1];
        counted(() -> value[0] = detectNan ? watched(loss) : update(loss));
        return value[0];
    }

    private Tensor watched(Supplier<Tensor> loss) {
        try (Anomaly watch = Anomaly.detect()) {
            return update(loss);
        } catch (GradientException e) {
            throw new GradientException("step " + step + ": " + e.getMessage());
        }
    }

    void counted(Runnable body) {
        optimizer.rate(schedule.at(step));
        body.run();
        step++;
    }

    /**
     * Makes one step as usual, so that the optimizer has its state, and records the next ones as a graph of the device: see {@link CapturedStep}. The loss must read
     * its batch from tensors that stay the same, and nothing on the host ({@link kron4j.Device#capture}).
     *
     * @return to be closed
     * @throws kron4j.CaptureException if this is the CPU, or the loss does something that cannot be recorded
     */
    public CapturedStep capture(Supplier<Tensor> loss) {
        step(loss).close();
        Tensor[] value = new Tensor[1];
        DeviceGraph graph = device().capture(() -> value[0] = update(loss));
        return new CapturedStep(this, graph, value[0]);
    }

    private Device device() {
        return parameters.tensors().get(0).device();
    }

    private Tensor update(Supplier<Tensor> loss) {
        try (TensorScope scope = device().openScope()) {
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
