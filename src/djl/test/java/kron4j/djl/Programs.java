package kron4j.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.cli.demo.Digits;

/**
 * Networks that classify the bundled digits of 8 x 8 pixels, in DJL's words alone, and training whose losses are the same with every engine but
 * for rounding. As a main program, run with another engine on the class path and chosen by {@code ai.djl.default_engine}, it writes what {@link
 * ProgramContract} compares with into a folder.
 */
enum Programs {
    MLP(new Shape(64), 0.3f, () -> new Mlp(64, 10, new int[] {48, 24})),
    RESNET(
            new Shape(1, 8, 8),
            0.05f,
            () -> ResNetV1.builder()
                    .setImageShape(new Shape(1, 8, 8))
                    .setNumLayers(8)
                    .setOutSize(10)
                    .build()),
    LSTM_CLASSIFIER(
            new Shape(8, 8),
            0.6f,
            () -> classifier(LSTM.builder()
                    .setStateSize(24)
                    .setNumLayers(1)
                    .optReturnState(false)
                    .build())),
    GRU_CLASSIFIER(
            new Shape(8, 8),
            0.6f,
            () -> classifier(GRU.builder()
                    .setStateSize(12)
                    .setNumLayers(2)
                    .optReturnState(false)
                    .build())),
    /** Without biases, of which PyTorch's engine mixes up the two directions'. */
    BIDIRECTIONAL(
            new Shape(8, 8),
            0.6f,
            () -> classifier(LSTM.builder()
                    .setStateSize(12)
                    .setNumLayers(2)
                    .optBidirectional(true)
                    .optHasBiases(false)
                    .optReturnState(false)
                    .build())),
    TRANSFORMER(
            new Shape(8, 8),
            0.05f,
            () -> classifier(
                    Linear.builder().setUnits(16).build(),
                    new TransformerEncoderBlock(16, 2, 32, 0, Activation::relu))),
    NORMED(
            new Shape(64),
            0.1f,
            () -> classifier(
                    Linear.builder().setUnits(12).build(), BatchNorm.builder().build()));

    static final int STEPS = 5;
    private static final int BATCH = 16;

    private final Shape sample;
    private final float rate;
    private final Supplier<Block> block;

    Programs(Shape sample, float rate, Supplier<Block> block) {
        this.sample = sample;
        this.rate = rate;
        this.block = block;
    }

    private static Block classifier(Block... blocks) {
        return new SequentialBlock()
                .addAll(blocks)
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(10).build());
    }

    Shape sample() {
        return sample;
    }

    Block block() {
        return block.get();
    }

    /** Images [1797, 64] from 0 to 1 and labels [1797]. */
    static NDList digits(NDManager manager) {
        try (TensorScope scope = kron4j.Device.cpu().openScope()) {
            Tensor rows = Digits.optical().to(DType.FLOAT32);
            float[] pixels = rows.slice(1, 0, 64).multiply(1 / 16f).contiguous().toFloatArray();
            float[] labels = rows.select(1, 64).contiguous().toFloatArray();
            return new NDList(manager.create(pixels, new Shape(1797, 64)), manager.create(labels));
        }
    }

    NDArray images(NDList digits, long from, long to) {
        return digits.get(0).get(from + ":" + to).reshape(new Shape(to - from).addAll(sample));
    }

    /** Weights of the same numbers with every engine. */
    private static Initializer alike() {
        Random random = new Random(7);
        return (manager, shape, type) -> {
            double width = 1 / Math.sqrt((double) shape.size() / shape.get(0));
            float[] values = new float[Math.toIntExact(shape.size())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (width * (2 * random.nextDouble() - 1));
            }
            return manager.create(values, shape).toType(type, false);
        };
    }

    /** The losses of the first steps, after which something is done with the model. */
    List<Float> train(Device device, Consumer<Model> afterwards) throws IOException {
        List<Float> losses = new ArrayList<>();
        try (Model model = Model.newInstance(name(), device);
                NDManager manager = model.getNDManager().newSubManager()) {
            model.setBlock(block());
            DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                    .optDevices(new Device[] {device})
                    .optInitializer(alike(), Parameter.Type.WEIGHT)
                    .optOptimizer(Optimizer.sgd()
                            .setLearningRateTracker(Tracker.fixed(rate))
                            .optMomentum(0.9f)
                            .build());
            NDList digits = digits(manager);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(BATCH).addAll(sample));
                for (int step = 0; step < STEPS; step++) {
                    long from = (long) step * BATCH;
                    NDList labels = new NDList(digits.get(1).get(from + ":" + (from + BATCH)));
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDList found = trainer.forward(new NDList(images(digits, from, from + BATCH)));
                        NDArray loss = trainer.getLoss().evaluate(labels, found);
                        collector.backward(loss);
                        losses.add(loss.getFloat());
                    }
                    trainer.step();
                }
            }
            afterwards.accept(model);
        }
        return losses;
    }

    /** What the network says of four digits. */
    float[] predictions(Model model) {
        try (NDManager manager = model.getNDManager().newSubManager()) {
            return model.getBlock()
                    .forward(new ParameterStore(manager, false), new NDList(images(digits(manager), 1000, 1004)), false)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    /** Whether its parameters, trained by another engine, are kept beside the curves. */
    boolean isKept() {
        return this == LSTM_CLASSIFIER || this == NORMED;
    }

    private void keep(Model model, Path folder, List<String> lines) {
        lines.add(name() + ".predictions " + words(Arrays.toString(predictions(model))));
        model.setProperty("Epoch", "0");
        try {
            model.save(folder, name());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String words(Object values) {
        return values.toString().replaceAll("[\\[\\],]", "");
    }

    /**
     * Trains with DJL's default engine.
     *
     * @param args the folder to write to
     * @throws IOException if it cannot be written to
     */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        List<String> lines = new ArrayList<>();
        for (Programs each : values()) {
            List<Float> losses = each.train(Device.cpu(), model -> {
                if (each.isKept()) {
                    each.keep(model, folder, lines);
                }
            });
            lines.add(each.name() + " " + words(losses));
        }
        Files.write(folder.resolve("losses.txt"), lines);
    }
}
