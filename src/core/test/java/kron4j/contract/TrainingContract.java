package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import kron4j.DType;
import kron4j.Device;
import kron4j.FormatException;
import kron4j.GradientException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.NoGrad;
import kron4j.io.Npz;
import kron4j.io.Safetensors;
import kron4j.ops.Elementwise;
import kron4j.ops.Random;
import kron4j.train.Adam;
import kron4j.train.Batches;
import kron4j.train.Clipping;
import kron4j.train.EarlyStopping;
import kron4j.train.Linear;
import kron4j.train.Optimizer;
import kron4j.train.Parameters;
import kron4j.train.RmsProp;
import kron4j.train.Schedule;
import kron4j.train.Sgd;
import kron4j.train.Trainer;
import kron4j.train.TrainingHistory;
import kron4j.train.TrainingLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Optimizers against their formulas in plain Java; trainings that resume, stop, and leave nothing behind. */
public class TrainingContract extends Contract {
    private static final DType F64 = DType.FLOAT64;
    private static final double[] START = {1, -2, 0.5};
    private static final double[][] GRADIENTS = {{0.3, -1, 0}, {-0.2, 2, 1e-3}, {1, 1, 1}, {0, -4, 0.7}};
    private static final double RATE = 0.1;

    @TempDir
    Path dir;

    /** One number's update in plain Java; keeps its own state. */
    @FunctionalInterface
    private interface Rule {
        double next(double p, double g);
    }

    private static final class AdamRule implements Rule {
        private final double decay;
        private double m;
        private double v;
        private int t;

        AdamRule(double decay) {
            this.decay = decay;
        }

        @Override
        public double next(double p, double g) {
            t++;
            m = 0.9 * m + (1 - 0.9) * g;
            v = 0.999 * v + (1 - 0.999) * g * g;
            double kept = p - RATE * decay * p;
            return kept - RATE * (m / (1 - Math.pow(0.9, t))) / (Math.sqrt(v / (1 - Math.pow(0.999, t))) + 1e-8);
        }
    }

    private void follows(Function<Parameters, Optimizer> make, Supplier<Rule> rules) {
        try (Parameters parameters = new Parameters()) {
            Tensor p = parameters.add("p", Tensor.of(START));
            double[] expected = START.clone();
            Rule[] rule = {rules.get(), rules.get(), rules.get()};
            try (Optimizer optimizer = make.apply(parameters)) {
                optimizer.rate(RATE);
                for (double[] g : GRADIENTS) {
                    optimizer.step(List.of(Tensor.of(g)));
                    for (int i = 0; i < 3; i++) {
                        expected[i] = rule[i].next(expected[i], g[i]);
                    }
                    assertArrayEquals(expected, p.toDoubleArray(), 1e-13);
                }
            }
        }
    }

    @Test
    void optimizersFollowTheirFormulas() {
        follows(Sgd::new, () -> (p, g) -> p - RATE * g);
        follows(p -> new Sgd(p, 0.9, 0.01), () -> new Rule() {
            private double v;

            @Override
            public double next(double p, double g) {
                v = 0.9 * v + g + 0.01 * p;
                return p - RATE * v;
            }
        });
        follows(Adam::new, () -> new AdamRule(0));
        follows(p -> Adam.withDecay(p, 0.05), () -> new AdamRule(0.05));
        follows(RmsProp::new, () -> new Rule() {
            private double v;

            @Override
            public double next(double p, double g) {
                v = 0.9 * v + (1 - 0.9) * g * g;
                return p - RATE * g / (Math.sqrt(v) + 1e-8);
            }
        });
    }

    @Test
    void optimizersRefuseWhatDoesNotFit() {
        try (Parameters parameters = new Parameters();
                Parameters none = new Parameters()) {
            parameters.add("p", Tensor.of(START));
            try (Sgd sgd = new Sgd(parameters)) {
                refused(TensorException.class, () -> sgd.step(List.of(Tensor.of(START))), "Sgd: no learning rate");
                sgd.rate(1);
                assertEquals(
                        "Sgd: gradient of shape [2] for parameter 'p' of shape [3]",
                        assertThrows(ShapeException.class, () -> sgd.step(List.of(Tensor.zeros(F64, 2))))
                                .getMessage());
                assertThrows(TensorException.class, () -> sgd.step(List.of()));
            }
            assertThrows(TensorException.class, () -> new Sgd(none));
            assertThrows(TensorException.class, () -> new Sgd(parameters, 1, 0));
            assertThrows(TensorException.class, () -> new Adam(parameters, 0.9, 1, 0));
            assertThrows(TensorException.class, () -> parameters.add("p", Tensor.of(START)));
            parameters.add("q", Tensor.zeros(DType.FLOAT32, 1));
            assertEquals(
                    "Adam: parameter 'q' is float32 on " + device() + ", the first is float64 on " + device()
                            + "; all need one dtype and device",
                    assertThrows(TensorException.class, () -> new Adam(parameters))
                            .getMessage());
        }
    }

    @Test
    void clippingBoundsTheNormOfAll() {
        List<Tensor> gradients = List.of(Tensor.of(new double[] {3, 0}), Tensor.of(new double[][] {{4}}));
        List<Tensor> clipped = Clipping.byNorm(gradients, 1);
        assertArrayEquals(new double[] {0.6, 0}, clipped.get(0).toDoubleArray(), 1e-15);
        assertArrayEquals(new double[] {0.8}, clipped.get(1).toDoubleArray(), 1e-15);
        assertArrayEquals(
                new double[] {3, 0}, Clipping.byNorm(gradients, 6).get(0).toDoubleArray());
        assertArrayEquals(
                new double[] {0},
                Clipping.byNorm(List.of(Tensor.zeros(F64, 1)), 6).get(0).toDoubleArray());
        assertThrows(TensorException.class, () -> Clipping.byNorm(gradients, 0));
    }

    @Test
    void batchesCoverAnEpochOnceAndDependOnTheSeedAlone() {
        Batches batches = new Batches(3, 10, 3);
        assertEquals(3, batches.perEpoch());
        boolean[] seen = new boolean[10];
        for (int step = 3; step < 6; step++) {
            for (long i : batches.indices(step).toLongArray()) {
                assertTrue(!seen[(int) i], "an example comes once an epoch");
                seen[(int) i] = true;
            }
        }
        assertArrayEquals(
                batches.indices(4).toLongArray(),
                new Batches(3, 10, 3).indices(4).toLongArray());
        assertThrows(TensorException.class, () -> new Batches(3, 2, 3));
        assertThrows(TensorException.class, () -> batches.pick(Tensor.zeros(F64, 9, 2), batches.indices(0)));
    }

    /** A small regression: tanh layer and read-out on fixed data. */
    private final class Problem implements AutoCloseable {
        final Random.Generator random = new Random.Generator(11);
        final Linear hidden = new Linear(random, F64, 4, 8);
        final Linear out = new Linear(random, F64, 8, 1);
        final Parameters parameters =
                new Parameters().include("hidden", hidden.parameters()).include("out", out.parameters());
        final Adam adam = new Adam(parameters);
        final Trainer trainer = new Trainer(parameters, adam, Schedule.cosine(0.05, 0.01, 200), 11).clipNorm(1);
        final Batches batches = new Batches(11, 64, 16);
        final Tensor x = Random.normal(7, 0, F64, 64, 4);
        final Tensor y = Elementwise.sin(x.sum(1));

        Tensor loss(Tensor chosen) {
            Tensor error = out.apply(Elementwise.tanh(hidden.apply(batches.pick(x, chosen))))
                    .squeeze(1)
                    .subtract(batches.pick(y, chosen));
            return Elementwise.square(error).mean();
        }

        TrainingLoop loop() {
            return new TrainingLoop(trainer, batches, this::loss, Map::of);
        }

        double[] values() {
            return parameters.tensors().stream()
                    .flatMapToDouble(p -> Arrays.stream(p.toDoubleArray()))
                    .toArray();
        }

        @Override
        public void close() {
            parameters.close();
            adam.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"half.npz", "half.safetensors"})
    void aResumedTrainingIsBitEqualToAnUninterruptedOne(String name) {
        Path file = dir.resolve(name);
        try (Problem whole = new Problem();
                Problem first = new Problem();
                Problem second = new Problem()) {
            double[] untrained = whole.values();
            TrainingHistory history = whole.loop().run(20);
            assertTrue(
                    history.last("loss") < 0.5 * history.rows().get(0).values().get("loss"), "it learns");
            first.loop().checkpoint(file).run(7);
            assertTrue((name.endsWith(".npz") ? Npz.names(file) : Safetensors.names(file)).contains("seed"));
            second.trainer.restore(file);
            assertEquals(28, second.trainer.steps());
            second.loop().run(20);
            assertArrayEquals(whole.values(), second.values());
            assertTrue(!Arrays.equals(untrained, second.values()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".npz", ".safetensors"})
    void aDamagedOrForeignCheckpointChangesNothing(String end) throws IOException {
        Path file = dir.resolve("c" + end);
        try (Problem problem = new Problem();
                Problem trained = new Problem();
                Linear other = new Linear(new Random.Generator(1), F64, 4, 9);
                Adam adam = new Adam(other.parameters())) {
            trained.loop().checkpoint(file).run(1);
            double[] before = problem.values();
            byte[] bytes = Files.readAllBytes(file);
            Path cut = dir.resolve("cut" + end);
            Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
            assertThrows(FormatException.class, () -> problem.trainer.restore(cut));
            bytes[end.equals(".npz") ? bytes.length / 3 : 8] ^= 1;
            Path flipped = dir.resolve("flipped" + end);
            Files.write(flipped, bytes);
            assertThrows(FormatException.class, () -> problem.trainer.restore(flipped));
            assertThrows(FormatException.class, () -> problem.trainer.restore(dir.resolve("none" + end)));
            assertThrows(
                    FormatException.class,
                    () -> new Trainer(other.parameters(), adam, Schedule.constant(1), 11).restore(file));
            assertThrows(
                    FormatException.class,
                    () -> new Trainer(problem.parameters, problem.adam, Schedule.constant(1), 12).restore(file));
            assertArrayEquals(before, problem.values());
            assertEquals(0, problem.trainer.steps());
            problem.trainer.restore(file);
            assertArrayEquals(trained.values(), problem.values());
        }
    }

    @Test
    void stopsEarlyAndKeepsTheBestCheckpoint() {
        Path file = dir.resolve("best.npz");
        double[] metric = {3, 2, 1, 5, 6, 7};
        try (Problem problem = new Problem();
                Problem best = new Problem()) {
            int[] epoch = {0};
            TrainingHistory history = new TrainingLoop(
                            problem.trainer, problem.batches, problem::loss, () -> Map.of("metric", metric[epoch[0]++]))
                    .stopEarly(new EarlyStopping(2, 0), "metric")
                    .checkpoint(file)
                    .run(6);
            assertEquals(5, history.rows().size());
            best.trainer.restore(file);
            assertEquals(3L * problem.batches.perEpoch(), best.trainer.steps());
            assertThrows(
                    TensorException.class,
                    () -> problem.loop()
                            .stopEarly(new EarlyStopping(2, 0), "accuracy")
                            .run(6));
        }
    }

    @Test
    void aThousandStepsLeaveNothingBehind() {
        try (Problem problem = new Problem()) {
            problem.loop().run(5);
            long live = live();
            problem.loop().run(255);
            assertEquals(1020, problem.trainer.steps());
            assertEquals(live, live());
        }
    }

    @Test
    void aStepGivesTheLossBeforeItAndFailsWithoutHarm() {
        try (Problem problem = new Problem();
                TensorScope inner = device().openScope()) {
            Tensor chosen = problem.batches.indices(0);
            double expected = NoGrad.of(() -> problem.loss(chosen).item());
            Tensor loss = problem.trainer.step(() -> problem.loss(chosen));
            assertEquals(expected, loss.item());
            double[] before = problem.values();
            assertThrows(
                    TensorException.class,
                    () -> problem.trainer.step(() -> problem.hidden.apply(problem.x)),
                    "the loss is no scalar");
            assertArrayEquals(before, problem.values());
            assertEquals(1, problem.trainer.steps());
        }
    }

    @Test
    void nanIsTracedToItsStepAndOperation() {
        try (Problem problem = new Problem()) {
            problem.trainer.detectNan();
            Tensor chosen = problem.batches.indices(0);
            problem.trainer.step(() -> problem.loss(chosen));
            double[] before = problem.values();
            String text = assertThrows(
                            GradientException.class,
                            () -> problem.trainer.step(
                                    () -> problem.loss(chosen).subtract(2).log()))
                    .getMessage();
            assertTrue(text.startsWith("step 1: log: its result of shape [] has NaN"), text);
            assertArrayEquals(before, problem.values());
        }
    }

    /** The order of sums differs among devices: some n epsilon a step, which training carries on. */
    @Test
    void lossesAgreeWithTheCpu() {
        double[] here = losses(device());
        double[] there = losses(Device.cpu());
        for (int i = 0; i < here.length; i++) {
            assertEquals(there[i], here[i], 1e-9 * there[i], "epoch " + i);
        }
    }

    private double[] losses(Device where) {
        try (TensorScope inner = where.openScope();
                Problem problem = new Problem()) {
            return problem.loop().run(10).rows().stream()
                    .mapToDouble(row -> row.values().get("loss"))
                    .toArray();
        }
    }
}
