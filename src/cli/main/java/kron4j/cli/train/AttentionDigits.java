package kron4j.cli.train;

import java.util.Map;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Losses;
import kron4j.ops.Reduce;
import kron4j.ops.Reduction;
import kron4j.train.Adam;
import kron4j.train.Batches;
import kron4j.train.ExponentialAverage;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import kron4j.train.TrainingHistory;
import kron4j.train.TrainingLoop;

/**
 * Digits read row by row by a small transformer, whose rows attend to each other; evaluated with its parameters and with their averages.
 *
 * @param width numbers for each row
 * @param depth blocks of attention
 */
public record AttentionDigits(int width, int depth, int batch, int epochs, double rate, long seed) {
    private static final double SMOOTHING = 0.1;
    private static final double AVERAGE = 0.98;
    /** The steps in ten epochs. */
    private static final int ENOUGH = 440;

    public void run(Run run) {
        try (TensorScope scope = Device.current().openScope();
                DigitAttention model = new DigitAttention(seed, width, depth);
                Adam adam = Adam.withDecay(model.parameters(), 0.01);
                ExponentialAverage average = new ExponentialAverage(model.parameters(), AVERAGE)) {
            LabelledDigits all = LabelledDigits.optical();
            int held = all.size() / 5;
            LabelledDigits[] parts = all.split(seed, all.size() - held, held);
            Batches batches = new Batches(seed, parts[0].size(), batch);
            long steps = (long) epochs * batches.perEpoch();
            run.say(
                    "digits of 8 x 8 pixels, rows that attend to each other: %d to learn from, %d held out; %d blocks of"
                            + " width %d, %d epochs, seed %d",
                    parts[0].size(), held, depth, width, epochs, seed);
            Schedule schedule = Schedule.cosine(rate, rate / 50, steps).warmedUp(batches.perEpoch());
            Trainer trainer = new Trainer(model.parameters(), adam, schedule, seed)
                    .clipNorm(1)
                    .average(average);
            TrainingHistory history = new TrainingLoop(
                            trainer,
                            batches,
                            chosen -> loss(
                                    model,
                                    batches.pick(parts[0].images(), chosen),
                                    batches.pick(parts[0].labels(), chosen)),
                            () -> Map.of("accuracy", accuracy(model, parts[1])))
                    .listener((done, of) -> run.progress("attention", done, of))
                    .run(epochs);
            double accuracy = history.last("accuracy");
            double[] averaged = new double[1];
            average.with(() -> averaged[0] = accuracy(model, parts[1]));
            run.say(
                    "%d parameters: accuracy %.1f %%, with averaged parameters %.1f %%",
                    model.parameters().count(), 100 * accuracy, 100 * averaged[0]);
            run.number("accuracy", accuracy);
            run.number("averaged", averaged[0]);
            run.number("parameters", model.parameters().count());
            run.check("attention tells digits apart", Math.min(accuracy, averaged[0]) > 0.9, "steps", steps, ENOUGH);
            run.file("attention.csv").ifPresent(history::writeCsv);
            run.file("attention.npz").ifPresent(trainer::save);
        }
    }

    static Tensor loss(DigitAttention model, Tensor images, Tensor labels) {
        return Losses.crossEntropy(model.apply(images), labels, SMOOTHING, -1, Reduction.MEAN);
    }

    private static double accuracy(DigitAttention model, LabelledDigits digits) {
        try (TensorScope scope = Device.current().openScope()) {
            Tensor answers = Reduce.argmax(model.apply(digits.images()), 1);
            return Elementwise.equal(answers, digits.labels())
                    .to(digits.images().dtype())
                    .mean()
                    .item();
        }
    }
}
