package kron4j.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.cli.demo.Digits;
import kron4j.contract.DeviceUnderTest;
import kron4j.ops.InPlace;
import kron4j.ops.MatMul;
import kron4j.ops.Softmax;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DJL's blocks, optimizers and training loop, on the bundled digits of 8 x 8 pixels. */
public class TrainingContract extends OnDevice {
    private static final int TEST = 397;

    private static boolean cpu() {
        return DeviceUnderTest.chosen() == DeviceUnderTest.CPU;
    }

    /** Images [1797, 64] from 0 to 1 and labels [1797]. */
    private NDList digits() {
        float[] pixels;
        float[] labels;
        try (TensorScope scope = kron4j.Device.cpu().openScope()) {
            Tensor rows = Digits.optical().to(DType.FLOAT32);
            pixels = rows.slice(1, 0, 64).multiply(1 / 16f).contiguous().toFloatArray();
            labels = rows.select(1, 64).contiguous().toFloatArray();
        }
        return new NDList(floats(new Shape(1797, 64), pixels), floats(labels));
    }

    private ArrayDataset dataset(NDList digits, int from, int to, Shape sample, boolean shuffled) {
        NDArray images = digits.get(0).get(from + ":" + to).reshape(new Shape(to - from).addAll(sample));
        return new ArrayDataset.Builder()
                .setData(images)
                .optLabels(digits.get(1).get(from + ":" + to))
                .setSampling(50, shuffled)
                .optDevice(djlDevice())
                .build();
    }

    /** Trains, and asserts the accuracy on digits that were not seen; elsewhere than on the CPU only that two batches pass. */
    private void learns(Block block, Shape sample, int epochs, double accuracy) throws Exception {
        NDList digits = digits();
        int train = cpu() ? 1797 - TEST : 100;
        try (Model model = Model.newInstance("digits", djlDevice())) {
            model.setBlock(block);
            DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                    .optDevices(new ai.djl.Device[] {djlDevice()})
                    .optOptimizer(Optimizer.adam()
                            .optLearningRateTracker(Tracker.fixed(0.005f))
                            .build())
                    .addEvaluator(new Accuracy())
                    .addTrainingListeners(new TrainingListener[] {new EvaluatorTrainingListener()});
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1).addAll(sample));
                EasyTrain.fit(
                        trainer,
                        cpu() ? epochs : 1,
                        dataset(digits, 0, train, sample, true),
                        dataset(digits, 1797 - (cpu() ? TEST : 50), 1797, sample, false));
                Map<String, Float> found = trainer.getTrainingResult().getEvaluations();
                assertTrue(Float.isFinite(found.get("train_loss")), found::toString);
                if (cpu()) {
                    assertTrue(found.get("validate_Accuracy") >= accuracy, found::toString);
                }
            }
        }
    }

    @Test
    void aPerceptron() throws Exception {
        learns(
                new SequentialBlock()
                        .add(Linear.builder().setUnits(64).build())
                        .add(Activation.reluBlock())
                        .add(LayerNorm.builder().build())
                        .add(Linear.builder().setUnits(10).build()),
                new Shape(64),
                5,
                0.85);
    }

    private static SequentialBlock convolution(int filters) {
        return new SequentialBlock()
                .add(Conv2d.builder()
                        .setKernelShape(new Shape(3, 3))
                        .optPadding(new Shape(1, 1))
                        .setFilters(filters)
                        .build())
                .add(BatchNorm.builder().build());
    }

    @Test
    void aResidualNetwork() throws Exception {
        SequentialBlock inner = convolution(8).add(Activation.reluBlock()).addAll(convolution(8));
        Block residual = new ParallelBlock(lists -> new NDList(NDArrays.add(
                        lists.get(0).singletonOrThrow(), lists.get(1).singletonOrThrow())))
                .add(inner)
                .add(Blocks.identityBlock());
        learns(
                convolution(8)
                        .add(Activation.reluBlock())
                        .add(residual)
                        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                        .add(Blocks.batchFlattenBlock())
                        .add(Dropout.builder().optRate(0.2f).build())
                        .add(Linear.builder().setUnits(10).build()),
                new Shape(1, 8, 8),
                4,
                0.85);
    }

    @Test
    void recurrentNetworks() throws Exception {
        for (Block recurrent : List.of(
                LSTM.builder()
                        .setStateSize(24)
                        .setNumLayers(2)
                        .optBidirectional(true)
                        .optReturnState(false)
                        .build(),
                GRU.builder()
                        .setStateSize(24)
                        .setNumLayers(1)
                        .optReturnState(false)
                        .build())) {
            learns(
                    new SequentialBlock()
                            .add(recurrent)
                            .add(Blocks.batchFlattenBlock())
                            .add(Linear.builder().setUnits(10).build()),
                    new Shape(8, 8),
                    4,
                    0.85);
        }
    }

    @Test
    void aTransformer() throws Exception {
        learns(
                new SequentialBlock()
                        .add(Linear.builder().setUnits(16).build())
                        .add(new TransformerEncoderBlock(16, 2, 32, 0.1f, Activation::relu))
                        .add(Blocks.batchFlattenBlock())
                        .add(Linear.builder().setUnits(10).build()),
                new Shape(8, 8),
                5,
                0.85);
    }

    /** The same first weights and batches: the losses are those of a loop that uses Kron4J alone. */
    @Test
    void lossesAreThoseOfAPlainLoop() throws Exception {
        NDList digits = digits();
        List<Float> losses = new ArrayList<>();
        int steps = 6;
        float rate = 0.5f;
        try (Model model = Model.newInstance("linear", djlDevice())) {
            Linear block = Linear.builder().setUnits(10).build();
            model.setBlock(block);
            DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                    .optDevices(new ai.djl.Device[] {djlDevice()})
                    .optInitializer(Initializer.ZEROS, Parameter.Type.WEIGHT)
                    .optOptimizer(Optimizer.sgd()
                            .setLearningRateTracker(Tracker.fixed(rate))
                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 64));
                for (int step = 0; step < steps; step++) {
                    NDArray images = digits.get(0).get(step * 50 + ":" + (step + 1) * 50);
                    NDArray labels = digits.get(1).get(step * 50 + ":" + (step + 1) * 50);
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray loss =
                                trainer.getLoss().evaluate(new NDList(labels), trainer.forward(new NDList(images)));
                        collector.backward(loss);
                        losses.add(loss.getFloat());
                    }
                    trainer.step();
                }
            }
        }
        try (TensorScope scope = Devices.of(djlDevice()).openScope()) {
            Tensor w = Tensor.zeros(DType.FLOAT32, 10, 64).requiresGrad();
            Tensor b = Tensor.zeros(DType.FLOAT32, 10).requiresGrad();
            for (int step = 0; step < steps; step++) {
                Tensor images = ((KronArray) digits.get(0)).tensor().slice(0, step * 50L, (step + 1) * 50L);
                Tensor labels = ((KronArray) digits.get(1)).tensor().slice(0, step * 50L, (step + 1) * 50L);
                Tensor loss = Softmax.crossEntropy(
                        MatMul.matmul(images, false, w, true).add(b), labels.to(DType.INT64));
                // float32 sums of 50 x 64 terms of about 1: some hundred units of rounding
                assertEquals(loss.item(), losses.get(step), 300 * DType.FLOAT32.epsilon(), "step " + step);
                List<Tensor> gradients = Gradients.of(loss, w, b);
                NoGrad.run(() -> {
                    InPlace.subtract(w, gradients.get(0).multiply(rate));
                    InPlace.subtract(b, gradients.get(1).multiply(rate));
                });
            }
        }
        assertTrue(losses.get(steps - 1) < losses.get(0));
    }

    /** One step of each optimizer from weight 1 and gradient 0.5, by hand. */
    @Test
    void optimizers() {
        double g = 0.5;
        Map<Optimizer, Double> expected = Map.of(
                Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build(), 1 - 0.1 * g,
                Optimizer.sgd()
                                .setLearningRateTracker(Tracker.fixed(0.1f))
                                .optMomentum(0.9f)
                                .optWeightDecays(0.01f)
                                .build(),
                        1 - 0.1 * (g + 0.01),
                Optimizer.nag()
                                .setLearningRateTracker(Tracker.fixed(0.1f))
                                .setMomentum(0.9f)
                                .build(),
                        1 - 0.1 * g * 1.9,
                Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.1f)).build(), 1 - 0.1,
                Optimizer.adamW()
                                .optLearningRateTracker(Tracker.fixed(0.1f))
                                .optWeightDecays(0.01f)
                                .build(),
                        1 - 0.1 * 0.01 - 0.1,
                Optimizer.adagrad().optLearningRateTracker(Tracker.fixed(0.1f)).build(), 1 - 0.1,
                Optimizer.rmsprop().optLearningRateTracker(Tracker.fixed(0.1f)).build(), 1 - 0.1 / Math.sqrt(0.1),
                Optimizer.adadelta().build(), 1 - Math.sqrt(1e-8 / (0.1 * g * g + 1e-8)) * g);
        expected.forEach((optimizer, value) -> {
            NDArray weight = floats(1, 1);
            optimizer.update("w", weight, floats((float) g, (float) g));
            assertEquals(value, weight.getFloat(0), 2e-6, optimizer.getClass().getSimpleName());
            assertEquals(weight.getFloat(0), weight.getFloat(1));
        });
    }

    @Test
    void gradients() {
        NDArray x = floats(1, 2, 3);
        x.setRequiresGradient(true);
        assertTrue(x.hasGradient());
        assertEquals(floats(0, 0, 0), x.getGradient());
        try (GradientCollector collector = engine().newGradientCollector()) {
            NDArray y = x.mul(x);
            assertThrows(IllegalStateException.class, () -> x.addi(1));
            collector.backward(y.addi(1));
            collector.backward(x.mul(2).stopGradient().mul(x).sum());
            assertEquals(floats(4, 8, 12), x.getGradient());
            collector.zeroGradients();
            collector.backward(x.sum());
            assertEquals(floats(1, 1, 1), x.getGradient());
        }
        assertFalse(x.mul(2).hasGradient(), "nothing is recorded outside");
        x.addi(1);
        assertEquals(floats(2, 3, 4), x);
        assertThrows(IllegalStateException.class, floats(1)::getGradient);
        x.setRequiresGradient(false);
        assertFalse(x.hasGradient());
    }

    @Test
    void parametersAreSavedAndPredict(@TempDir Path folder) throws Exception {
        float[] first;
        NDArray x = manager.randomNormal(new Shape(3, 4));
        try (Model model = Model.newInstance("saved", djlDevice())) {
            model.setBlock(network());
            model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, new Shape(3, 4));
            first = predicted(model, x);
            model.setProperty("Epoch", "3");
            model.save(folder, "saved");
        }
        try (Model model = Model.newInstance("saved", djlDevice())) {
            model.setBlock(network());
            model.load(folder);
            assertArrayEquals(first, predicted(model, x));
        }
        NDList two = new NDList(x, x.mul(2));
        assertEquals(List.copyOf(two), List.copyOf(NDList.decode(manager, two.encode(NDList.Encoding.NPZ))));
    }

    private static Block network() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(5).build())
                .add(BatchNorm.builder().build());
    }

    private static float[] predicted(Model model, NDArray x) throws Exception {
        try (Predictor<float[], float[]> predictor = model.newPredictor(new NoBatchifyTranslator<>() {
            @Override
            public NDList processInput(TranslatorContext context, float[] input) {
                return new NDList(context.getNDManager().create(input, new Shape(input.length / 4, 4)));
            }

            @Override
            public float[] processOutput(TranslatorContext context, NDList list) {
                return list.singletonOrThrow().toFloatArray();
            }
        })) {
            return predictor.predict(x.toFloatArray());
        }
    }

    @Test
    void manyStepsHoldNothing() {
        NDArray w = manager.zeros(new Shape(8, 4));
        w.setRequiresGradient(true);
        NDArray x = manager.ones(new Shape(2, 4));
        Optimizer optimizer =
                Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build();
        long before = 0;
        for (int step = 0; step < 3000; step++) {
            try (NDManager inner = manager.newSubManager()) {
                x.tempAttach(inner);
                try (GradientCollector collector = engine().newGradientCollector()) {
                    collector.backward(x.matMul(w.transpose()).square().mean());
                }
                NDArray gradient = w.getGradient();
                gradient.attach(inner);
                optimizer.update("w", w, gradient);
            }
            if (step == 10) {
                before = live();
            }
        }
        assertEquals(before, live());
    }
}
