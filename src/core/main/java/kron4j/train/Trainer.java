package kron4j.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import kron4j.Device;
import kron4j.DeviceGraph;
import kron4j.GradientException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Anomaly;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;

/**
 * Makes the steps of a training: forward, backward, update. A step waits for nothing; reading its loss does. Owns neither
 * the parameters nor the optimizer.
 *
 * <pre>{@code
 * Tensor x = Random.normal(1, DType.FLOAT32, 64, 16);
 * Tensor labels = Random.randint(2, 0, 10, 64);
 * Linear model = new Linear(new Random.Generator(3), DType.FLOAT32, 16, 10);
 * try (model; Adam optimizer = new Adam(model.parameters())) {
 *     Trainer trainer = new Trainer(model.parameters(), optimizer, Schedule.constant(1e-3), 3).clipNorm(1);
 *     for (int i = 0; i < 100; i++) {
 *         try (TensorScope step = x.device().openScope()) {
 *             Tensor loss = trainer.step(() -> Softmax.crossEntropy(model.apply(x), labels));
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>{@link TrainingLoop} adds epochs, evaluation and early stopping.
 */
public final class Trainer {
    private final Parameters parameters;
    /** Null if the parameters are the model's own. */
    private final MixedPrecision mixed;

    private final Optimizer optimizer;
    private final Schedule schedule;
    private final long seed;
    private double clipNorm = Double.POSITIVE_INFINITY;
    private boolean detectNan;
    /** Null if there is none. */
    private ExponentialAverage average;

    private long step;

    /**
     * Makes a trainer at step 0.
     *
     * @param parameters tensors to train; not owned
     * @param optimizer of the same parameters; not owned
     * @param schedule learning rate of each step
     * @param seed of the training's random numbers; stored in checkpoints
     * @throws TensorException if the optimizer is of other tensors
     */
    public Trainer(Parameters parameters, Optimizer optimizer, Schedule schedule, long seed) {
        this(parameters, null, optimizer, schedule, seed);
    }

    /**
     * Makes a trainer of a model in float16 or bfloat16 at step 0. Checkpoints have its float32 masters and scale.
     *
     * @param mixed the master weights; not owned
     * @param optimizer of {@link MixedPrecision#masters()}; not owned
     * @param schedule learning rate of each step; a step that is skipped counts
     * @param seed of the training's random numbers; stored in checkpoints
     * @throws TensorException if the optimizer is of other tensors
     */
    public Trainer(MixedPrecision mixed, Optimizer optimizer, Schedule schedule, long seed) {
        this(mixed.masters(), mixed, optimizer, schedule, seed);
    }

    private Trainer(Parameters parameters, MixedPrecision mixed, Optimizer optimizer, Schedule schedule, long seed) {
        optimizer.requireOf(parameters, mixed == null ? "the trainer" : "MixedPrecision.masters()");
        this.parameters = parameters;
        this.mixed = mixed;
        this.optimizer = optimizer;
        this.schedule = schedule;
        this.seed = seed;
    }

    /**
     * Clips the gradients of each following step by {@link Clipping#byNorm}.
     *
     * @param norm greatest norm of all gradients together, above 0
     * @return this
     */
    public Trainer clipNorm(double norm) {
        clipNorm = norm;
        return this;
    }

    /**
     * Checks every operation of the following steps for NaN by {@link Anomaly}; the first NaN throws with the step's number
     * and the operation. Each check waits for the device, so this is for finding out what went wrong.
     *
     * @return this
     */
    public Trainer detectNan() {
        detectNan = true;
        return this;
    }

    /**
     * Updates averages after each following step, and keeps them in checkpoints.
     *
     * @param of averages of the parameters, or of {@link MixedPrecision#masters}; not owned
     * @return this
     */
    public Trainer average(ExponentialAverage of) {
        average = of;
        return this;
    }

    /** {@return the number of steps made, those before a restored checkpoint included} */
    public long steps() {
        return step;
    }

    /** {@return the seed of the training's random numbers} */
    public long seed() {
        return seed;
    }

    /**
     * Makes one step, without waiting for the device.
     *
     * @param loss computes a scalar from the parameters
     * @return the loss before the step, [], owned by the current scope
     * @throws GradientException if the loss is no scalar, or after {@link #detectNan} if there is a NaN; nothing has
     *     changed then
     */
    public Tensor step(Supplier<Tensor> loss) {
        Tensor[] value = new Tensor[1];
        counted(() -> value[0] = detectNan ? watched(loss) : update(loss));
        return value[0];
    }

    /**
     * Makes one step by gradients that were computed elsewhere, for instance in many processes, without waiting for the device. {@link #clipNorm}
     * and {@link #average} apply; {@link #detectNan} does not.
     *
     * @param gradients one for each parameter, in their order, shapes and dtypes; not owned
     * @throws TensorException if they do not fit, or this is a trainer of {@link MixedPrecision}, whose gradients are of a scaled loss; nothing has changed
     *     then
     */
    public void step(List<Tensor> gradients) {
        if (mixed != null) {
            throw new TensorException(
                    "Trainer.step: gradients from elsewhere are not those of the scaled loss of MixedPrecision;"
                            + " train the float32 model, or let this trainer compute the loss");
        }
        counted(() -> {
            try (TensorScope scope = device().openScope()) {
                optimizer.step(clipped(gradients));
                if (average != null) {
                    average.update();
                }
            }
        });
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
     * Makes one step as usual, so that the optimizer has its state, and records a step as a graph of the device; see
     * {@link CapturedStep} and {@link kron4j.Device#capture}.
     *
     * @param loss computes a scalar from the parameters; it must read its batch from the same tensors every time, and
     *     nothing on the host
     * @return the recorded step; caller-owned
     * @throws kron4j.CaptureException if the device is the CPU, or the loss does something that cannot be recorded
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
            if (mixed == null) {
                optimizer.step(clipped(Gradients.of(value, parameters.tensors())));
            } else {
                mixed.step(optimizer, value, this::clipped);
            }
            if (average != null) {
                average.update();
            }
            return scope.keep(value.detach());
        }
    }

    private List<Tensor> clipped(List<Tensor> gradients) {
        return Double.isInfinite(clipNorm) ? gradients : Clipping.byNorm(gradients, clipNorm);
    }

    /** What checkpoints keep beside parameters and the optimizer's state, by its name there. */
    private Map<String, Tensor> others() {
        Map<String, Tensor> others = new LinkedHashMap<>();
        parameters.statistics().forEach((name, t) -> others.put("statistic." + name, t));
        if (mixed != null) {
            mixed.state().forEach((name, t) -> others.put("precision." + name, t));
        }
        if (average != null) {
            average.named().forEach((name, t) -> others.put("average." + name, t));
        }
        return others;
    }

    /**
     * Writes parameters, optimizer state, step and seed, atomically: to a .safetensors file if it is named so, else to an
     * .npz archive. Only the archive has checksums, by which {@link #restore} notices a changed byte.
     *
     * @param checkpoint file to write; Python reads it too
     * @throws kron4j.FormatException if the file cannot be written
     */
    public void save(Path checkpoint) {
        Checkpoints.write(checkpoint, parameters, optimizer, others(), step, seed);
    }

    /**
     * Goes on from a checkpoint. On the CPU the following steps are bit-equal to those of an uninterrupted training.
     *
     * @param checkpoint written by {@link #save} for the same model, optimizer and seed
     * @throws kron4j.FormatException if it is damaged, or is of another model or seed; nothing has changed then
     */
    public void restore(Path checkpoint) {
        step = Checkpoints.read(checkpoint, parameters, optimizer, others(), seed);
        if (mixed != null) {
            NoGrad.run(mixed::round);
        }
    }
}
