package kron4j.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.EarlyStoppingListener;
import ai.djl.training.listener.EarlyStoppingListener.EarlyStoppedException;
import ai.djl.training.listener.EpochTrainingListener;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.contract.DeviceUnderTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Training and prediction give what PyTorch's engine gives, from the same parameters. */
public class ProgramContract extends OnDevice {
    /** Rounding walks through sums of up to 576 terms. */
    private static final double ROUNDING = Math.sqrt(576) * DType.FLOAT32.epsilon();

    private static boolean cpu() {
        return DeviceUnderTest.chosen() == DeviceUnderTest.CPU;
    }

    /** What {@link Programs} wrote with PyTorch's engine 0.36.0 (PyTorch 2.7.1), on a CPU. */
    private static Map<String, List<Float>> pytorch() throws IOException {
        Map<String, List<Float>> values = new HashMap<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(resource("losses.txt"), StandardCharsets.UTF_8))) {
            lines.lines()
                    .map(line -> line.split(" "))
                    .forEach(words -> values.put(
                            words[0],
                            Stream.of(words).skip(1).map(Float::valueOf).toList()));
        }
        return values;
    }

    private static InputStream resource(String name) {
        return ProgramContract.class.getResourceAsStream("pytorch/" + name);
    }

    @ParameterizedTest
    @EnumSource(Programs.class)
    void lossesAreThoseOfPyTorch(Programs program) throws IOException {
        List<Float> expected = pytorch().get(program.name());
        List<Float> losses = program.train(djlDevice(), model -> {});
        for (int step = 0; step < Programs.STEPS; step++) {
            assertEquals(
                    expected.get(step),
                    losses.get(step),
                    (step + 1) * ROUNDING * expected.get(step),
                    "step " + step + " of " + losses);
        }
        assertTrue(losses.get(Programs.STEPS - 1) < losses.get(0), losses::toString);
    }

    @ParameterizedTest
    @EnumSource(
            value = Programs.class,
            names = {"LSTM_CLASSIFIER", "NORMED"})
    void parametersOfPyTorchPredictTheSame(Programs program) throws Exception {
        List<Float> expected = pytorch().get(program.name() + ".predictions");
        try (Model model = Model.newInstance(program.name(), djlDevice())) {
            model.setBlock(program.block());
            model.load(resource(program.name() + "-0000.params"));
            float[] predicted = program.predictions(model);
            assertEquals(expected.size(), predicted.length);
            for (int i = 0; i < predicted.length; i++) {
                assertEquals(expected.get(i), predicted[i], ROUNDING, "number " + i);
            }
        }
    }

    /** Digits, of which threads make each image and label alone, scaled from 0 to 16 as they are stored. */
    private static final class Images extends RandomAccessDataset {
        private final NDArray images;
        private final NDArray labels;

        private Images(Builder builder, NDArray images, NDArray labels) {
            super(builder);
            this.images = images;
            this.labels = labels;
        }

        @Override
        public Record get(NDManager manager, long index) {
            NDArray image = images.get(manager, index).mul(16).div(16);
            return new Record(new NDList(image), new NDList(labels.get(manager, index)));
        }

        @Override
        protected long availableSize() {
            return labels.size();
        }

        @Override
        public void prepare(Progress progress) {
            // They are there.
        }

        private static final class Builder extends BaseBuilder<Builder> {
            @Override
            protected Builder self() {
                return this;
            }
        }
    }

    private RandomAccessDataset dataset(Programs program, NDList digits, long from, long to, boolean shuffled) {
        return new Images(
                new Images.Builder()
                        .setSampling(50, shuffled)
                        .optDevice(djlDevice())
                        .optPrefetchNumber(4),
                program.images(digits, from, to),
                digits.get(1).get(from + ":" + to));
    }

    /** Trains with two threads that prepare data. */
    private Map<String, Float> fit(Programs program, int epochs, TrainingListener... more) throws Exception {
        NDList digits = Programs.digits(manager);
        int train = cpu() ? 700 : 50;
        int test = cpu() ? 200 : 50;
        ExecutorService workers = Executors.newFixedThreadPool(2);
        try (Model model = Model.newInstance("digits", djlDevice())) {
            model.setBlock(program.block());
            DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                    .optDevices(new Device[] {djlDevice()})
                    .optExecutorService(workers)
                    .optOptimizer(Optimizer.adam()
                            .optLearningRateTracker(Tracker.fixed(0.005f))
                            .build())
                    .addEvaluator(new Accuracy())
                    .addTrainingListeners(new EpochTrainingListener(), new EvaluatorTrainingListener())
                    .addTrainingListeners(more);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1).addAll(program.sample()));
                EasyTrain.fit(
                        trainer,
                        epochs,
                        dataset(program, digits, 0, train, true),
                        dataset(program, digits, 1797 - test, 1797, false));
                return trainer.getTrainingResult().getEvaluations();
            }
        } finally {
            workers.shutdown();
        }
    }

    /** On digits that were not seen; elsewhere than on the CPU only that a batch passes. */
    @ParameterizedTest
    @CsvSource({
        "MLP, 6, 0.75",
        "RESNET, 4, 0.9",
        "LSTM_CLASSIFIER, 6, 0.75",
        "GRU_CLASSIFIER, 8, 0.75",
        "TRANSFORMER, 5, 0.75"
    })
    void accuracy(Programs program, int epochs, double accuracy) throws Exception {
        Map<String, Float> found = fit(program, cpu() ? epochs : 1);
        assertTrue(Float.isFinite(found.get("train_loss")), found::toString);
        assertTrue(!cpu() || found.get("validate_Accuracy") >= accuracy, found::toString);
    }

    @Test
    void trainingStopsEarly() {
        EarlyStoppingListener stopping = EarlyStoppingListener.builder()
                .optMinEpochs(2)
                .optEarlyStopPctImprovement(100)
                .optEpochPatience(1)
                .build();
        EarlyStoppedException stopped = assertThrows(EarlyStoppedException.class, () -> fit(Programs.MLP, 5, stopping));
        assertEquals(2, stopped.getStopEpoch());
    }
}
