package kron4j.cli.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Random;
import kron4j.ops.Softmax;
import kron4j.train.Adam;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import kron4j.train.TrainingHistory;

/**
 * Two synthetic tasks that need a long memory. The baseline is the loss of the best model without memory.
 *
 * <p>Copy: ten symbols out of eight, {@code delay} blanks and a marker; then the ten symbols must be repeated. Baseline: {@code 10 ln 8 / (delay + 20)} nats a step.
 * Adding: two numbers of a sequence in [0, 1) are marked and their sum must be given at the end. Baseline: a mean square error of 1/6, by always answering 1.
 *
 * <p>Source: Hochreiter, Schmidhuber (1997); Arjovsky, Shah, Bengio (ICML 2016); Jose, Cisse, Fleuret (ICML 2018).
 *
 * @param copy copying, else adding
 * @param delay blanks between, or the length of the sequence of numbers
 */
public record MemoryTasks(
        boolean copy,
        int delay,
        List<String> models,
        DType dtype,
        int width,
        int batch,
        int steps,
        double rate,
        long seed) {
    private static final int SYMBOLS = 8;
    private static final int LENGTH = 10;
    private static final int CATEGORIES = SYMBOLS + 2;
    private static final double PENALTY = 0.01;
    /** Streams of random numbers for sequences that are never learnt from. */
    private static final long HELD = 1L << 40;

    /** A batch: the inputs, [time, batch, inputs], and the expected outputs. */
    private record Example(Tensor x, Tensor target) {}

    private String title() {
        return copy ? "Copy memory, T = " + delay : "Adding, T = " + delay;
    }

    /** The loss without memory. */
    public double baseline() {
        return copy ? LENGTH * Math.log(SYMBOLS) / (delay + 2 * LENGTH) : 1 / 6.0;
    }

    /** Steps that are enough to judge the Kronecker unit, in proportion to its defaults. */
    private long enough() {
        return copy ? 3L * delay : 16L * delay;
    }

    public void run(Run run) {
        Map<String, TrainingHistory> histories = new LinkedHashMap<>();
        run.say(
                "%s: a model without memory reaches a loss of %.4f; states of %d numbers, %d steps of %d sequences,"
                        + " seed %d",
                title(), baseline(), width, steps, batch, seed);
        TrainingHistory line = new TrainingHistory();
        line.add(0, Map.of("loss", baseline()));
        line.add(steps, Map.of("loss", baseline()));
        histories.put("without memory", line);
        for (String name : models) {
            histories.put(name, train(name, run));
            // After each model, so that an interrupted run has the finished ones.
            run.file("loss.png").ifPresent(png -> Plot.of(png, title(), "loss", true, histories));
        }
    }

    private TrainingHistory train(String name, Run run) {
        TrainingHistory history = new TrainingHistory();
        LongFunction<Example> batches = copy ? this::copying : this::adding;
        try (TensorScope scope = Device.current().openScope();
                Models model = new Models(name, dtype, seed, copy ? CATEGORIES : 2, width, copy ? CATEGORIES : 1);
                Adam adam = new Adam(model.parameters())) {
            Trainer trainer = model.trainer(
                            adam, Schedule.cosine(rate, rate / 20, steps).warmedUp(10), seed)
                    .clipNorm(1);
            int every = Math.max(1, steps / 50);
            // A row is the mean since the last: a batch's own loss jumps.
            Tensor sum = Tensor.zeros(DType.FLOAT32);
            long started = System.nanoTime();
            while (trainer.steps() < steps) {
                try (TensorScope one = Device.current().openScope()) {
                    Example e = batches.apply(trainer.steps());
                    Tensor loss = trainer.step(() -> model.constrained(loss(model, e), PENALTY));
                    NoGrad.run(() -> InPlace.add(sum, loss));
                    if (trainer.steps() % every == 0) {
                        history.add(trainer.steps(), Map.of("loss", sum.item() / every));
                        NoGrad.run(() -> InPlace.multiply(sum, 0));
                    }
                }
                run.progress(name, trainer.steps(), steps);
            }
            double seconds = (System.nanoTime() - started) * 1e-9;
            double held = held(model, batches);
            run.say(
                    "%-8s %6d parameters: loss on new sequences %.5f, %.1f %% of the baseline; %.1f ms a step",
                    name, model.parameters().count(), held, 100 * held / baseline(), 1e3 * seconds / steps);
            run.number(name + ".loss", held);
            run.number(name + ".parameters", model.parameters().count());
            run.number(name + ".millisecondsPerStep", 1e3 * seconds / steps);
            if (name.startsWith("kru")) {
                run.check(
                        String.format(Locale.ROOT, "%s beats the baseline %.4f without memory", name, baseline()),
                        held < baseline(),
                        "steps",
                        steps,
                        enough());
            }
            run.file(name + ".csv").ifPresent(history::writeCsv);
        }
        return history;
    }

    private double held(Models model, LongFunction<Example> batches) {
        try (TensorScope scope = Device.current().openScope();
                NoGrad evaluating = NoGrad.open()) {
            double sum = 0;
            int rounds = 4;
            for (int i = 0; i < rounds; i++) {
                sum += loss(model, batches.apply(HELD + i)).item();
            }
            return sum / rounds;
        }
    }

    private Tensor loss(Models model, Example e) {
        if (copy) {
            Tensor scores = model.everyStep(e.x);
            return Softmax.crossEntropy(scores.reshape(-1, CATEGORIES), e.target.reshape(-1));
        }
        Tensor error = model.lastStep(e.x).squeeze(1).subtract(e.target);
        return Elementwise.square(error).mean();
    }

    private Example copying(long number) {
        Tensor symbols = Random.randint(seed, 2 * number, 2, CATEGORIES, kron4j.Shape.of(LENGTH, batch));
        Tensor blanks = Tensor.zeros(DType.INT64, delay - 1, batch);
        Tensor marker = Tensor.ones(DType.INT64, 1, batch);
        Tensor rest = Tensor.zeros(DType.INT64, LENGTH, batch);
        Tensor x = Indexing.concat(0, symbols, blanks, marker, rest);
        Tensor target = Indexing.concat(0, Tensor.zeros(DType.INT64, delay + LENGTH, batch), symbols);
        return new Example(Indexing.oneHot(x, CATEGORIES, DType.FLOAT32), target);
    }

    private Example adding(long number) {
        Tensor values = Random.uniform(seed, 2 * number, DType.FLOAT32, delay, batch);
        // One mark in each half, as Arjovsky et al. have it.
        int half = delay / 2;
        Tensor first = Random.randint(seed, 2 * number + 1, 0, half, kron4j.Shape.of(batch));
        Tensor second = Random.randint(seed, 2 * number + HELD / 2 + 1, half, delay, kron4j.Shape.of(batch));
        Tensor marks = Indexing.oneHot(first, delay, DType.FLOAT32)
                .add(Indexing.oneHot(second, delay, DType.FLOAT32))
                .transpose();
        Tensor target = values.multiply(marks).sum(0);
        return new Example(Indexing.stack(2, values, marks), target);
    }
}
