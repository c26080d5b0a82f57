package kron4j.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.Initializer;
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
import kron4j.ops.InPlace;
import kron4j.ops.MatMul;
import kron4j.ops.Softmax;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gradients, optimizers, a training loop by hand, prediction and memory. */
public class TrainingContract extends OnDevice {
    /** The same first weights and batches: the losses are those of a loop that uses Kron4J alone. */
    @Test
    void lossesAreThoseOfAPlainLoop() throws Exception {
        NDList digits = Programs.digits(manager);
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

    /** The step is recorded once, its learning rate is not. */
    @Test
    void learningRatesChange() {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64, DataType.FLOAT16}) {
            Optimizer sgd = Optimizer.sgd()
                    .setLearningRateTracker((id, updates) -> updates == 1 ? 0.5f : 0.25f)
                    .build();
            NDArray weight = manager.ones(new Shape(2), type);
            for (int i = 0; i < 3; i++) {
                sgd.update("w", weight, manager.full(new Shape(2), 0.5f, type));
            }
            assertEquals(manager.full(new Shape(2), 0.5f, type), weight); // 1 - 0.5 (0.5 + 0.25 + 0.25)
        }
    }

    /** Of outputs and last states to all that an LSTM reads, in both directions: along a random way, against differences. */
    @Test
    void gradientsOfAnLstm() {
        NDList operands = new NDList();
        Shape[] shapes = {new Shape(2, 3, 2), new Shape(2, 2, 3), new Shape(2, 2, 3)};
        for (Shape shape : shapes) {
            operands.add(manager.randomNormal(shape).toType(DataType.FLOAT64, false));
        }
        for (int k = 0; k < 8; k++) {
            Shape shape = k < 4 ? new Shape(12, k % 2 == 0 ? 2 : 3) : new Shape(12);
            operands.add(manager.randomNormal(shape).toType(DataType.FLOAT64, false));
        }
        double step = 1e-5;
        NDList ways = new NDList();
        NDList there = new NDList();
        NDList back = new NDList();
        for (NDArray a : operands) {
            NDArray way = manager.randomNormal(a.getShape()).toType(DataType.FLOAT64, false);
            ways.add(way);
            there.add(a.add(way.mul(step)));
            back.add(a.sub(way.mul(step)));
            a.setRequiresGradient(true);
        }
        double slope = 0;
        try (GradientCollector collector = engine().newGradientCollector()) {
            collector.backward(lstm(operands));
            for (int k = 0; k < ways.size(); k++) {
                slope += operands.get(k).getGradient().mul(ways.get(k)).sum().getDouble();
            }
        }
        double difference = lstm(there).sub(lstm(back)).getDouble() / (2 * step);
        // the difference is off by step^2 times a third derivative, and by units of rounding over the step
        assertEquals(difference, slope, 1e-7 * Math.max(100, Math.abs(slope)));
    }

    private NDArray lstm(NDList operands) {
        NDList found = operands.get(0)
                .getNDArrayInternal()
                .lstm(
                        operands.get(0),
                        new NDList(operands.get(1), operands.get(2)),
                        operands.subNDList(3),
                        true,
                        1,
                        0,
                        true,
                        true,
                        true);
        NDArray sum = found.get(0).square().sum();
        return sum.add(found.get(1).sin().sum()).add(found.get(2).square().sum().mul(0.5));
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
        for (int step = 0; step < 1000; step++) {
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
