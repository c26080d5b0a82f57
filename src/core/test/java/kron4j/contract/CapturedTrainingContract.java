package kron4j.contract;

import static kron4j.DType.FLOAT64;
import static kron4j.contract.DeviceUnderTest.GPU;
import static kron4j.contract.DeviceUnderTest.SIM;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import kron4j.DeviceGraph;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import kron4j.ops.Softmax;
import kron4j.train.Adam;
import kron4j.train.CapturedStep;
import kron4j.train.ComplexKroneckerRecurrentUnit;
import kron4j.train.Embedding;
import kron4j.train.Linear;
import kron4j.train.Parameters;
import kron4j.train.Schedule;
import kron4j.train.Trainer;
import org.junit.jupiter.api.Test;

/** A whole training step, recorded as a graph, on devices that do. */
@OnlyOn({SIM, GPU})
public class CapturedTrainingContract extends Contract {
    private static final int TIME = 5;
    private static final int BATCH = 3;
    private static final int STEPS = 6;

    /** A small Kronecker recurrent unit with a read-out; the batch is always in the same tensors. */
    private static final class Model implements AutoCloseable {
        final Random.Generator random = new Random.Generator(3);
        final ComplexKroneckerRecurrentUnit unit = new ComplexKroneckerRecurrentUnit(random, FLOAT64, 2, 2, 2, 2);
        final Linear out = new Linear(random, FLOAT64, unit.width(), 4);
        final Parameters parameters =
                new Parameters().include("unit", unit.parameters()).include("out", out.parameters());
        final Adam adam = new Adam(parameters);
        final Trainer trainer = new Trainer(parameters, adam, Schedule.exponential(0.05, 0.9), 3).clipNorm(1);
        final Tensor x = Tensor.zeros(FLOAT64, TIME, BATCH, 2);
        final Tensor labels = Tensor.of(new long[] {0, 3, 1});

        Tensor loss() {
            Tensor scores = out.apply(unit.apply(x).select(0, -1));
            return Softmax.crossEntropy(scores, labels).add(unit.penalty());
        }

        void load(int step) {
            try (TensorScope scope = x.device().openScope()) {
                InPlace.assign(x, Random.normal(100 + step, FLOAT64, TIME, BATCH, 2));
            }
        }

        double[] values() {
            return parameters.tensors().stream()
                    .flatMapToDouble(p -> Arrays.stream(p.toComplexArray()))
                    .toArray();
        }

        @Override
        public void close() {
            parameters.close();
            adam.close();
        }
    }

    @Test
    void replayedStepsAreThoseOfTheTrainer() {
        try (Model plain = new Model();
                Model recorded = new Model()) {
            double[] expected = new double[STEPS];
            for (int i = 0; i < STEPS; i++) {
                plain.load(i);
                expected[i] = plain.trainer.step(plain::loss).item();
            }
            recorded.load(0);
            try (CapturedStep step = recorded.trainer.capture(recorded::loss)) {
                assertEquals(1, recorded.trainer.steps());
                for (int i = 1; i < STEPS; i++) {
                    recorded.load(i);
                    assertEquals(expected[i], step.step().item());
                }
            }
            assertEquals(STEPS, recorded.trainer.steps());
            assertArrayEquals(plain.values(), recorded.values());
        }
    }

    /** The correction of the means counts steps on the device, in float64: with a beta that float32 rounds to 1 as well. */
    @Test
    void replayedStepsCount() {
        try (Parameters plain = new Parameters();
                Parameters recorded = new Parameters()) {
            plain.add("p", Tensor.of(new float[] {1, -2}));
            recorded.add("p", Tensor.of(new float[] {1, -2}));
            try (Adam a = new Adam(plain, 0.9, 0.99999999, 0.01);
                    Adam b = new Adam(recorded, 0.9, 0.99999999, 0.01)) {
                Trainer trainer = new Trainer(plain, a, Schedule.constant(0.1), 3);
                for (int i = 0; i < STEPS; i++) {
                    trainer.step(() ->
                                    Elementwise.square(plain.tensors().get(0)).sum())
                            .close();
                }
                Trainer again = new Trainer(recorded, b, Schedule.constant(0.1), 3);
                try (CapturedStep step = again.capture(
                        () -> Elementwise.square(recorded.tensors().get(0)).sum())) {
                    for (int i = 1; i < STEPS; i++) {
                        step.step();
                    }
                }
                float[] expected = plain.tensors().get(0).toFloatArray();
                assertArrayEquals(expected, recorded.tensors().get(0).toFloatArray());
                assertTrue(Math.abs(expected[0] - (1 - 0.1 * STEPS)) < 0.1, "each step is about the rate");
            }
        }
    }

    @Test
    void embeddingsAreRecorded() {
        try (Embedding layer = new Embedding(new Random.Generator(1), FLOAT64, 5, 3)) {
            Tensor indices = Tensor.of(new long[] {4, 0, 4});
            Supplier<Tensor> gradient = () -> Gradients.of(
                            Elementwise.square(layer.apply(indices)).sum(),
                            layer.parameters().tensors())
                    .get(0);
            Tensor[] g = new Tensor[1];
            try (DeviceGraph graph = device().capture(() -> g[0] = gradient.get())) {
                InPlace.assign(indices, Tensor.of(new long[] {1, 1, -2}));
                graph.replay();
                assertArrayEquals(gradient.get().toDoubleArray(), g[0].toDoubleArray());
            }
        }
    }

    /** Gradients of log-determinants, solutions and triangles need neither the host nor a wait where their info is not asked for. */
    @Test
    void gradientsOfFactorisationsAreRecorded() {
        Map<String, UnaryOperator<Tensor>> losses = Map.of(
                "slogdetEx", a -> Linalg.slogdetEx(a).logAbs(),
                "lu", a -> Linalg.lu(a).u(),
                "solveEx", a -> Linalg.solveEx(a, a.multiply(a)).result(),
                "inverseEx", a -> Linalg.inverseEx(a).result(),
                "triangularSolve", a -> Linalg.triangularSolve(a, a.multiply(a), true));
        losses.forEach((name, loss) -> {
            for (int n : new int[] {3, 40, 100}) {
                Tensor a = regular(1, n).requiresGrad();
                UnaryOperator<Tensor> gradient = x ->
                        Gradients.of(Elementwise.square(loss.apply(x)).sum(), x).get(0);
                Tensor[] g = new Tensor[1];
                g[0] = gradient.apply(a);
                try (DeviceGraph graph = device().capture(() -> g[0] = gradient.apply(a))) {
                    NoGrad.run(() -> InPlace.assign(a, regular(2, n)));
                    graph.replay();
                    assertArrayEquals(gradient.apply(a).toDoubleArray(), g[0].toDoubleArray(), name + " of order " + n);
                }
            }
        });
    }

    private static Tensor regular(long seed, int n) {
        return Random.uniform(seed, FLOAT64, 2, n, n)
                .add(Creation.eye(FLOAT64, n).multiply(n));
    }
}
