package kron4j.cli.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.train.Adam;
import kron4j.train.Batches;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import kron4j.train.TrainingHistory;
import kron4j.train.TrainingLoop;

/**
 * Digits read pixel by pixel: a recurrent model sees one pixel a step and names the digit at the end. Compares the Kronecker recurrent unit with an RNN, a GRU
 * and an LSTM with states of equal width.
 *
 * <p>Source: Le, Jaitly, Hinton: A simple way to initialize recurrent networks of rectified linear units (2015); Jose, Cisse, Fleuret (2018), section 4.
 *
 * @param mnist 28 x 28 pixels, else 8 x 8
 * @param width real numbers in the state
 */
public record PixelDigits(
        boolean mnist, List<String> models, DType dtype, int width, int batch, int epochs, double rate, long seed) {
    private static final double PENALTY = 0.01;
    private static final double CHANCE = 0.1;
    /** The steps in ten epochs of the 8 x 8 digits. */
    private static final int ENOUGH = 440;

    public void run(Run run) {
        try (TensorScope scope = Device.current().openScope()) {
            LabelledDigits all = mnist ? LabelledDigits.mnist() : LabelledDigits.optical();
            int held = all.size() / 5;
            LabelledDigits[] parts = all.split(seed, all.size() - held, held);
            run.say(
                    "digits of %d pixels, one pixel a step: %d to learn from, %d held out; states of %d numbers, %d"
                            + " epochs, seed %d",
                    all.images().shape().at(1), parts[0].size(), held, width, epochs, seed);
            Map<String, TrainingHistory> histories = new LinkedHashMap<>();
            for (String name : models) {
                histories.put(name, train(name, parts[0], parts[1], run));
                // After each model, so that an interrupted run has the finished ones.
                run.file("accuracy.png")
                        .ifPresent(png -> Plot.of(png, "Digits pixel by pixel", "accuracy", false, histories));
            }
        }
    }

    private TrainingHistory train(String name, LabelledDigits learn, LabelledDigits held, Run run) {
        try (TensorScope scope = Device.current().openScope();
                Models model = new Models(name, dtype, seed, 1, width, 10);
                Adam adam = new Adam(model.parameters())) {
            Batches batches = new Batches(seed, learn.size(), batch);
            long steps = (long) epochs * batches.perEpoch();
            Trainer trainer = model.trainer(
                            adam, Schedule.cosine(rate, rate / 50, steps).warmedUp(batches.perEpoch()), seed)
                    .clipNorm(1);
            long started = System.nanoTime();
            TrainingHistory history = new TrainingLoop(
                            trainer,
                            batches,
                            chosen -> loss(model, learn, batches, chosen),
                            () -> Map.of("accuracy", accuracy(model, held)))
                    .listener((done, of) -> run.progress(name, done, of))
                    .run(epochs);
            double milliseconds = (System.nanoTime() - started) * 1e-6 / steps;
            double accuracy = history.last("accuracy");
            run.say(
                    "%-8s %6d parameters: accuracy %.1f %%, loss %.3f, %.1f ms a step",
                    name, model.parameters().count(), 100 * accuracy, history.last("loss"), milliseconds);
            run.number(name + ".accuracy", accuracy);
            run.number(name + ".parameters", model.parameters().count());
            run.number(name + ".millisecondsPerStep", milliseconds);
            run.check(
                    name + " tells digits apart far better than chance", accuracy > 5 * CHANCE, "steps", steps, ENOUGH);
            run.file(name + ".csv").ifPresent(history::writeCsv);
            run.file(name + ".npz").ifPresent(trainer::save);
            return history;
        }
    }

    private static Tensor loss(Models model, LabelledDigits learn, Batches batches, Tensor chosen) {
        Tensor x = LabelledDigits.sequence(batches.pick(learn.images(), chosen));
        Tensor labels = batches.pick(learn.labels(), chosen);
        return model.constrained(Softmax.crossEntropy(model.lastStep(x), labels), PENALTY);
    }

    private static double accuracy(Models model, LabelledDigits digits) {
        try (TensorScope scope = Device.current().openScope()) {
            Tensor answers = Reduce.argmax(model.lastStep(LabelledDigits.sequence(digits.images())), 1);
            Tensor right = Elementwise.equal(answers, digits.labels())
                    .to(digits.images().dtype());
            return right.mean().item();
        }
    }
}
