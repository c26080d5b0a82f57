package kron4j.contract;

import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.Arrays;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceGraph;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Checkpoint;
import kron4j.autograd.GradCheck;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.ops.Regularization;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Dropout: which elements stay, how they are scaled, and that graphs and checkpoints repeat it. */
public class DropoutContract extends Contract {
    private static final int N = 4096;

    private static Random.Generator generator() {
        return new Random.Generator(9);
    }

    @Test
    void keepsWhatTheStreamSays() {
        float[] drawn = Random.uniform(9, 0, FLOAT32, 64, 64).toFloatArray();
        for (DType dtype : new DType[] {DType.FLOAT16, FLOAT32, FLOAT64}) {
            Tensor x = strided(random(1), NDArray.random(random(2), 64, 64), dtype);
            double[] expected = x.to(FLOAT64).toDoubleArray();
            int kept = 0;
            for (int i = 0; i < N; i++) {
                expected[i] = drawn[i] >= 0.25f ? expected[i] * (1 / 0.75) : 0;
                kept += drawn[i] >= 0.25f ? 1 : 0;
            }
            double[] y =
                    Regularization.dropout(x, 0.25, generator()).to(FLOAT64).toDoubleArray();
            for (int i = 0; i < N; i++) {
                assertEquals(expected[i], y[i], 2 * dtype.epsilon() * Math.abs(expected[i]));
            }
            assertTrue(Math.abs(kept - 0.75 * N) < 5 * Math.sqrt(N * 0.25 * 0.75), "kept " + kept);
        }
    }

    @Test
    void nothingAndEverything() {
        Tensor x = Tensor.of(new double[] {1, -0.0, Double.NaN, Double.POSITIVE_INFINITY})
                .requiresGrad();
        Random.Generator random = generator();
        assertArrayEquals(
                x.toDoubleArray(), Regularization.dropout(x, 0, random).toDoubleArray());
        assertArrayEquals(
                Random.uniform(9, 0, FLOAT64, 3).toDoubleArray(),
                random.uniform(FLOAT64, 3).toDoubleArray(),
                "drew");
        Tensor step = Tensor.of(3L);
        for (Tensor y :
                new Tensor[] {Regularization.dropout(x, 1, random), Regularization.dropout(x, 1, random, step)}) {
            assertArrayEquals(new double[4], y.toDoubleArray());
            assertArrayEquals(new double[4], Gradients.of(y.sum(), x).get(0).toDoubleArray());
        }
        assertEquals(
                0,
                Regularization.dropout(Tensor.zeros(FLOAT32, 0, 3), 0.5, random).size());
        assertEquals(
                0,
                Regularization.dropout(Tensor.zeros(FLOAT32, 0, 3), 0.5, random, step)
                        .size());
    }

    @Test
    void gradientsAreThoseOfTheSameElements() {
        Tensor x = Random.normal(1, FLOAT64, 5, 7);
        GradCheck.directions(t -> Regularization.dropout(t[0], 0.4, generator()), x);
        GradCheck.second(t -> Elementwise.square(Regularization.dropout(t[0], 0.4, generator())), x);
        Tensor w = Random.normal(2, FLOAT64, 64).requiresGrad();
        Tensor plain = Regularization.dropout(w.multiply(w), 0.5, generator());
        Random.Generator random = generator();
        Tensor again = Checkpoint.of(t -> Regularization.dropout(t.multiply(t), 0.5, random), w);
        assertArrayEquals(plain.toDoubleArray(), again.toDoubleArray());
        assertArrayEquals(
                Gradients.of(plain.sum(), w).get(0).toDoubleArray(),
                Gradients.of(again.sum(), w).get(0).toDoubleArray());
    }

    /** Of two steps too: a quarter of the elements stays in both. */
    @Test
    void stepsAreIndependent() {
        Tensor x = Tensor.ones(FLOAT32, N);
        double[][] kept = new double[4][];
        long[] steps = {0, 1, 2, 1_000_000};
        for (int s = 0; s < steps.length; s++) {
            kept[s] = Regularization.dropout(x, 0.5, generator(), Tensor.of(steps[s]))
                    .to(FLOAT64)
                    .toDoubleArray();
            double mean = Arrays.stream(kept[s]).sum() / 2;
            assertTrue(Math.abs(mean - 0.5 * N) < 5 * Math.sqrt(N * 0.25), "kept " + mean);
            for (int before = 0; before < s; before++) {
                double both = 0;
                for (int i = 0; i < N; i++) {
                    both += kept[s][i] * kept[before][i] / 4;
                }
                assertTrue(Math.abs(both - 0.25 * N) < 5 * Math.sqrt(N * 0.25 * 0.75), "kept in both " + both);
            }
        }
        double few = Regularization.dropout(x, 0.875, generator(), Tensor.of(5L))
                        .sum()
                        .item()
                / 8;
        assertTrue(Math.abs(few - 0.125 * N) < 5 * Math.sqrt(N * 0.125 * 0.875), "kept " + few);
    }

    @Test
    void graphsReplayIt() {
        assumeFalse(device().equals(Device.cpu()), "the CPU records no graphs");
        Tensor x = Random.normal(1, FLOAT32, 100);
        Tensor step = Tensor.of(0L);
        Tensor[] y = new Tensor[2];
        Random.Generator random = generator();
        try (DeviceGraph graph = device().capture(() -> {
            NoGrad.run(() -> InPlace.add(step, 1));
            y[0] = Regularization.dropout(x, 0.5, random, step);
            y[1] = Regularization.dropout(x, 0.5, random);
        })) {
            Random.Generator third = generator();
            third.uniform(FLOAT32, 1);
            third.uniform(FLOAT32, 1);
            float[] always = Regularization.dropout(x, 0.5, third).toFloatArray();
            for (long s = 1; s < 4; s++) {
                graph.replay();
                assertEquals(s, step.itemLong());
                assertArrayEquals(
                        Regularization.dropout(x, 0.5, generator(), Tensor.of(s))
                                .toFloatArray(),
                        y[0].toFloatArray());
                assertArrayEquals(always, y[1].toFloatArray());
            }
        }
    }

    @Test
    void refusals() {
        Tensor x = Tensor.zeros(FLOAT32, 3);
        refused(
                TensorException.class,
                () -> Regularization.dropout(x, 1.5, generator()),
                "dropout: p 1.5 is not in [0, 1]");
        refused(TensorException.class, () -> Regularization.dropout(x, Double.NaN, generator()), "dropout: p NaN");
        refused(
                DTypeException.class,
                () -> Regularization.dropout(Tensor.zeros(DType.INT64, 3), 0.5, generator()),
                "dropout: needs a floating dtype, got int64 [3]");
        refused(
                DTypeException.class,
                () -> Regularization.dropout(x, 0.5, generator(), x),
                "dropout: the step is float32 [3]");
        refused(
                ShapeException.class,
                () -> Regularization.dropout(x, 0.5, generator(), Tensor.of(new long[] {1})),
                "dropout: the step has shape [1]");
    }
}
