package kron4j.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How long the same DJL code takes with Kron4J and with PyTorch's engine, side by side in one JVM, each with one thread: the least CPU time of many
 * short repeats in turn. Not a test: run as a main program with {@code ai.djl.pytorch:pytorch-engine} and its natives on the class path.
 */
final class EngineSpeed {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long SECONDS = 1_000_000_000L;

    private EngineSpeed() {}

    /**
     * Measures.
     *
     * @param args seconds for each row, then the rows; all if there are none
     */
    public static void main(String[] args) {
        System.setProperty("ai.djl.pytorch.num_threads", "1");
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        System.setProperty("kron4j.cpu.threads", "1");
        Map<String, Function<String, Runnable>> rows = new LinkedHashMap<>();
        rows.put("mlp", engine -> step(engine, new Mlp(784, 10, new int[] {256}), new Shape(128, 784)));
        rows.put("lstm", engine -> step(engine, lstm(), new Shape(32, 28, 28)));
        rows.put("convolution", engine -> step(engine, convolutions(), new Shape(32, 1, 28, 28)));
        rows.put("prediction", EngineSpeed::prediction);
        rows.put("operations", EngineSpeed::operations);
        long each = (long) (Double.parseDouble(args[0]) * SECONDS);
        rows.forEach((name, make) -> {
            if (args.length == 1 || List.of(args).contains(name)) {
                measure(name, each, make.apply("Kron4J"), make.apply("PyTorch"));
            }
        });
    }

    private static void measure(String name, long nanos, Runnable ours, Runnable theirs) {
        long ourBest = Long.MAX_VALUE;
        long theirBest = Long.MAX_VALUE;
        long end = THREADS.getCurrentThreadCpuTime() + nanos;
        while (THREADS.getCurrentThreadCpuTime() < end) {
            ourBest = Math.min(ourBest, time(ours));
            theirBest = Math.min(theirBest, time(theirs));
            theirBest = Math.min(theirBest, time(theirs));
            ourBest = Math.min(ourBest, time(ours));
        }
        System.out.printf(
                "%-12s Kron4J %9.1f us, PyTorch %9.1f us, ratio %.2f%n",
                name, ourBest / 1e3, theirBest / 1e3, (double) theirBest / ourBest);
    }

    private static long time(Runnable task) {
        long from = THREADS.getCurrentThreadCpuTime();
        task.run();
        return THREADS.getCurrentThreadCpuTime() - from;
    }

    private static Block lstm() {
        return new SequentialBlock()
                .add(LSTM.builder()
                        .setStateSize(64)
                        .setNumLayers(1)
                        .optReturnState(false)
                        .build())
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(10).build());
    }

    private static Block convolution(int filters) {
        return new SequentialBlock()
                .add(Conv2d.builder()
                        .setKernelShape(new Shape(3, 3))
                        .optPadding(new Shape(1, 1))
                        .setFilters(filters)
                        .build())
                .add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
    }

    private static Block convolutions() {
        return new SequentialBlock()
                .add(convolution(16))
                .add(convolution(32))
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(10).build());
    }

    /** A training step. */
    private static Runnable step(String engine, Block block, Shape shape) {
        Model model = Model.newInstance("speed", Device.cpu(), engine);
        model.setBlock(block);
        Trainer trainer = model.newTrainer(new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optDevices(new Device[] {Device.cpu()})
                .optOptimizer(Optimizer.sgd()
                        .setLearningRateTracker(Tracker.fixed(0.01f))
                        .build()));
        trainer.initialize(shape);
        NDManager manager = model.getNDManager();
        NDArray images = manager.randomNormal(shape);
        NDArray labels = manager.randomInteger(0, 10, new Shape(shape.get(0)), ai.djl.ndarray.types.DataType.INT32)
                .toType(ai.djl.ndarray.types.DataType.FLOAT32, false);
        return () -> {
            try (NDManager inner = manager.newSubManager()) {
                images.tempAttach(inner);
                labels.tempAttach(inner);
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDList found = trainer.forward(new NDList(images));
                    collector.backward(trainer.getLoss().evaluate(new NDList(labels), found));
                }
                trainer.step();
            }
        };
    }

    /** What a perceptron says of one image. */
    private static Runnable prediction(String engine) {
        Model model = Model.newInstance("speed", Device.cpu(), engine);
        model.setBlock(new Mlp(784, 10, new int[] {256}));
        model.getBlock().initialize(model.getNDManager(), ai.djl.ndarray.types.DataType.FLOAT32, new Shape(1, 784));
        Predictor<float[], float[]> predictor = model.newPredictor(new NoBatchifyTranslator<>() {
            @Override
            public NDList processInput(TranslatorContext context, float[] input) {
                return new NDList(context.getNDManager().create(input, new Shape(1, 784)));
            }

            @Override
            public float[] processOutput(TranslatorContext context, NDList list) {
                return list.singletonOrThrow().toFloatArray();
            }
        });
        float[] image = new float[784];
        return () -> {
            try {
                for (int i = 0; i < 10; i++) {
                    predictor.predict(image);
                }
            } catch (TranslateException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    /** A thousand operations on small arrays. */
    private static Runnable operations(String engine) {
        NDManager manager = NDManager.newBaseManager(Device.cpu(), engine);
        NDArray a = manager.ones(new Shape(4, 4));
        NDArray b = manager.ones(new Shape(4, 4));
        return () -> {
            for (int i = 0; i < 100; i++) {
                try (NDManager inner = manager.newSubManager()) {
                    a.tempAttach(inner);
                    NDArray c = a.add(b).mul(0.5f).matMul(b).exp().sum(new int[] {0});
                    c.expandDims(0).sub(a).max();
                    a.get("1:3").muli(1);
                }
            }
        };
    }
}
