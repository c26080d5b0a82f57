package kron4j.contract;

import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;
import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kron4j.DType;
import kron4j.Device;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Checkpoint;
import kron4j.autograd.GradCheck;
import kron4j.autograd.Gradients;
import kron4j.autograd.NoGrad;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.Normalization;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Regularization;
import kron4j.reference.NDArray;
import kron4j.train.Adam;
import kron4j.train.BatchNorm;
import kron4j.train.Bidirectional;
import kron4j.train.CapturedStep;
import kron4j.train.Dropout;
import kron4j.train.GroupNorm;
import kron4j.train.Gru;
import kron4j.train.Layer;
import kron4j.train.LayerNorm;
import kron4j.train.Linear;
import kron4j.train.Lstm;
import kron4j.train.MixedPrecision;
import kron4j.train.MultiHeadAttention;
import kron4j.train.Parameters;
import kron4j.train.Rnn;
import kron4j.train.Schedule;
import kron4j.train.Stacked;
import kron4j.train.Trainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers of normalization, dropout, attention and recurrence: their formulas, what they do when models are evaluated, and their state. */
public class NetworkLayerContract extends Contract {
    private final Random.Generator random = new Random.Generator(5);

    private static Tensor parameter(Layer layer, String name) {
        return layer.parameters().named().get(name);
    }

    /** Other than the zeros and ones that it begins with. */
    private void shake(Layer layer) {
        NoGrad.run(() -> layer.parameters()
                .tensors()
                .forEach(p -> InPlace.add(
                        p, random.normal(p.dtype(), p.shape().dims()).multiply(0.1))));
    }

    private static void assertSame(Tensor expected, Tensor actual) {
        assertEquals(expected.shape(), actual.shape());
        assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray());
    }

    @Test
    void normalizations() {
        Tensor x = random.normal(FLOAT64, 3, 4, 5);
        try (LayerNorm layer = new LayerNorm(FLOAT64, 4, 5);
                GroupNorm groups = new GroupNorm(FLOAT64, 2, 4)) {
            shake(layer);
            shake(groups);
            assertSame(
                    Normalization.layerNorm(x, parameter(layer, "weight"), parameter(layer, "bias"), 1e-5),
                    layer.apply(x));
            assertSame(
                    Normalization.groupNorm(x, 2, parameter(groups, "weight"), parameter(groups, "bias"), 1e-5),
                    groups.apply(x));
        }
        refused(ShapeException.class, () -> new GroupNorm(FLOAT64, 3, 4), "GroupNorm: 4 channels in 3 groups");
        refused(TensorException.class, () -> new BatchNorm(FLOAT64, 4, 2), "BatchNorm: momentum 2.0");
    }

    @Test
    void batchNormKeepsRunningStatistics() {
        Tensor x = random.normal(FLOAT64, 6, 2, 5);
        try (BatchNorm layer = new BatchNorm(FLOAT64, 2, 0.25)) {
            shake(layer);
            Tensor weight = parameter(layer, "weight");
            Tensor bias = parameter(layer, "bias");
            Tensor mean = Tensor.zeros(FLOAT64, 2);
            Tensor variance = Tensor.ones(FLOAT64, 2);
            for (int i = 0; i < 3; i++) {
                assertSame(Normalization.batchNorm(x, weight, bias, mean, variance, 0.25, 1e-5), layer.apply(x));
            }
            assertSame(mean, layer.parameters().statistics().get("mean"));
            assertSame(variance, layer.parameters().statistics().get("variance"));
            Tensor evaluated = NoGrad.of(() -> layer.apply(x));
            assertSame(Normalization.batchNormInference(x, weight, bias, mean, variance, 1e-5), evaluated);
            assertSame(mean, layer.parameters().statistics().get("mean"));
            assertEquals(2, layer.parameters().named().size());
        }
    }

    /** A model of halves too, whose statistics are float32. */
    @Test
    void checkpointsKeepStatistics(@TempDir Path directory) {
        Path file = directory.resolve("model.safetensors");
        for (DType dtype : new DType[] {FLOAT32, DType.BFLOAT16}) {
            Tensor x = random.normal(dtype, 8, 3);
            float[][] means = new float[2][];
            for (int round = 0; round < 2; round++) {
                try (BatchNorm layer = new BatchNorm(dtype, 3);
                        MixedPrecision mixed = dtype.isHalf() ? new MixedPrecision(layer.parameters()) : null;
                        Adam adam = new Adam(mixed == null ? layer.parameters() : mixed.masters())) {
                    Trainer trainer = mixed == null
                            ? new Trainer(layer.parameters(), adam, Schedule.constant(0.1), 3)
                            : new Trainer(mixed, adam, Schedule.constant(0.1), 3);
                    if (round == 0) {
                        trainer.step(() ->
                                        Elementwise.square(layer.apply(x)).sum().to(FLOAT32))
                                .close();
                        trainer.save(file);
                    } else {
                        trainer.restore(file);
                    }
                    means[round] = layer.parameters().statistics().get("mean").toFloatArray();
                }
            }
            assertNotEquals(0f, means[0][0]);
            assertArrayEquals(means[0], means[1]);
        }
        try (Parameters all = new Parameters();
                BatchNorm layer = new BatchNorm(FLOAT32, 3)) {
            all.include("a", layer.parameters());
            assertEquals(
                    List.of("a.mean", "a.variance"),
                    List.copyOf(all.statistics().keySet()));
            refused(TensorException.class, () -> all.include("a", layer.parameters()), "there is a 'a.weight' already");
            refused(
                    TensorException.class,
                    () -> all.addStatistic("a.weight", Tensor.zeros(FLOAT32, 1)),
                    "there is a 'a.weight' already");
        }
    }

    @Test
    void dropoutWhileGradientsAreRecorded() {
        Tensor x = Tensor.ones(FLOAT64, 100);
        Dropout layer = new Dropout(new Random.Generator(3), 0.5);
        Tensor expected = Regularization.dropout(x, 0.5, new Random.Generator(3));
        assertSame(x, NoGrad.of(() -> layer.apply(x)));
        assertSame(expected, layer.apply(x));
        Tensor step = Tensor.of(7L);
        assertSame(
                Regularization.dropout(x, 0.5, new Random.Generator(3), step),
                new Dropout(new Random.Generator(3), 0.5, step).apply(x));
        assertEquals(0, layer.parameters().count());
        refused(TensorException.class, () -> new Dropout(random, -1), "Dropout: p -1.0");
    }

    @Test
    void multiHeadAttentionIsThatOfTorch() {
        Map<String, NDArray> values = TorchValues.of("multiHead");
        for (DType dtype : FLOATING) {
            try (MultiHeadAttention layer = new MultiHeadAttention(random, dtype, 6, 2)) {
                NoGrad.run(() -> Map.of("query", "q", "key", "k", "value", "v", "out", "o")
                        .forEach((name, letter) -> {
                            InPlace.assign(
                                    parameter(layer, name + ".weight"),
                                    values.get("w" + letter).toTensor(dtype));
                            InPlace.assign(
                                    parameter(layer, name + ".bias"),
                                    values.get("b" + letter).toTensor(dtype));
                        }));
                Tensor x = values.get("x").toTensor(dtype);
                close(values.get("y"), layer.apply(x), TorchValues.bound(values.get("y"), dtype));
                close(values.get("causal"), layer.causal(x), TorchValues.bound(values.get("causal"), dtype));
                Tensor seen = Elementwise.greaterEqual(
                        Tensor.arange(DType.INT64, 0, 4).unsqueeze(1), Tensor.arange(DType.INT64, 0, 4));
                close(values.get("causal"), layer.apply(x, x, seen), TorchValues.bound(values.get("causal"), dtype));
                assertEquals(Shape.of(2, 3, 6), layer.apply(x.slice(1, 0, 3), x).shape());
                refused(ShapeException.class, () -> layer.apply(Tensor.ones(dtype, 6)), "MultiHeadAttention", "[6]");
            }
        }
        refused(ShapeException.class, () -> new MultiHeadAttention(random, FLOAT64, 6, 4), "size 6 for 4 heads");
    }

    @Test
    void multiHeadAttentionDropsWeightsWhileItTrains() {
        Tensor x = Random.normal(5, FLOAT64, 2, 5, 6);
        Tensor seen = Tensor.ones(DType.BOOL, 5, 5);
        try (MultiHeadAttention plain = new MultiHeadAttention(new Random.Generator(3), FLOAT64, 6, 2);
                MultiHeadAttention layer = new MultiHeadAttention(new Random.Generator(3), FLOAT64, 6, 2, 0.5);
                MultiHeadAttention again = new MultiHeadAttention(new Random.Generator(3), FLOAT64, 6, 2, 0.5);
                MultiHeadAttention other = new MultiHeadAttention(new Random.Generator(3), FLOAT64, 6, 2, 0.5);
                MultiHeadAttention none = new MultiHeadAttention(new Random.Generator(3), FLOAT64, 6, 2, 1)) {
            assertSame(plain.apply(x), NoGrad.of(() -> layer.apply(x)));
            assertSame(plain.apply(x, x, seen), NoGrad.of(() -> layer.apply(x, x, seen)));
            assertSame(plain.causal(x), NoGrad.of(() -> layer.causal(x)));
            Tensor bias = parameter(none, "out.bias").expand(2, 5, 6);
            assertSame(bias, none.apply(x));
            assertSame(bias, none.apply(x, x, seen));
            assertSame(bias, none.causal(x));

            Tensor first = layer.apply(x);
            assertTrue(Reduce.max(first.subtract(plain.apply(x)).abs()).item() > 1e-3);
            Tensor leaf = x.copy().requiresGrad();
            Tensor repeated = Checkpoint.of(again::apply, leaf);
            assertSame(first, repeated);
            Tensor direct = other.apply(leaf);
            assertSame(
                    Gradients.of(direct.sum(), leaf).get(0),
                    Gradients.of(repeated.sum(), leaf).get(0));
        }
        refused(TensorException.class, () -> new MultiHeadAttention(random, FLOAT64, 6, 2, 1.5), "p 1.5");
    }

    // ---- recurrence ----

    private static Tensor rows(Layer layer, String name, int gate) {
        return parameter(layer, name).slice(0, 4L * gate, 4L * gate + 4);
    }

    private static Tensor driven(Layer layer, Tensor x, Tensor h, int gate) {
        return x.matmul(rows(layer, "input", gate).transpose())
                .add(rows(layer, "bias", gate))
                .add(h.matmul(rows(layer, "recurrent", gate).transpose()));
    }

    /** As Keras's with reset_after=False. */
    @Test
    void gruWithTheResetBeforeTheProduct() {
        try (Gru gru = Gru.resetBefore(random, FLOAT64, 3, 4)) {
            shake(gru);
            assertEquals(3 * 4 * (4 + 3 + 1), gru.parameters().count());
            Tensor x = random.normal(FLOAT64, 5, 2, 3);
            Tensor states = gru.apply(x);
            Tensor h = Tensor.zeros(FLOAT64, 2, 4);
            for (int t = 0; t < 5; t++) {
                Tensor r = Elementwise.sigmoid(driven(gru, x.get(t), h, 0));
                Tensor z = Elementwise.sigmoid(driven(gru, x.get(t), h, 1));
                Tensor n = driven(gru, x.get(t), r.multiply(h), 2).tanh();
                h = z.multiply(h).add(z.negate().add(1).multiply(n));
                assertArrayEquals(h.toDoubleArray(), states.get(t).toDoubleArray(), 1e-14);
            }
            GradCheck.directions(t -> gru.apply(t[0]), random.normal(FLOAT64, 3, 2, 3));
        }
    }

    @Test
    void bothDirections() {
        try (Rnn forward = new Rnn(random, FLOAT64, 3, 2);
                Gru backward = new Gru(random, FLOAT64, 3, 4);
                Bidirectional both = new Bidirectional(forward, backward)) {
            Tensor x = random.normal(FLOAT64, 5, 2, 3);
            Tensor states = both.apply(x);
            assertEquals(6, both.width());
            assertSame(forward.apply(x), states.slice(2, 0, 2));
            Tensor[] reversed = new Tensor[5];
            for (int t = 0; t < 5; t++) {
                reversed[t] = x.get(4 - t);
            }
            Tensor last = backward.apply(Indexing.stack(0, reversed));
            for (int t = 0; t < 5; t++) {
                assertSame(last.get(4 - t), states.get(t).slice(1, 2, 6));
            }
            assertEquals(
                    forward.parameters().count() + backward.parameters().count(),
                    both.parameters().count());
            refused(TensorException.class, () -> new Bidirectional(forward, forward).apply(x.get(0)), "Rnn");
        }
    }

    @Test
    void stacks() {
        try (Lstm first = new Lstm(random, FLOAT64, 3, 4);
                Rnn second = new Rnn(random, FLOAT64, 4, 2);
                Stacked plain = new Stacked(first, second);
                Stacked dropping = new Stacked(new Random.Generator(3), 0.5, first, second)) {
            Tensor x = random.normal(FLOAT64, 5, 2, 3);
            assertEquals(2, plain.width());
            Tensor expected = second.apply(first.apply(x));
            assertSame(expected, plain.apply(x));
            assertSame(expected, NoGrad.of(() -> dropping.apply(x)));
            assertSame(
                    second.apply(Regularization.dropout(first.apply(x), 0.5, new Random.Generator(3))),
                    dropping.apply(x));
            assertEquals(
                    "0.recurrent",
                    plain.parameters().named().keySet().iterator().next());
        }
        refused(TensorException.class, () -> new Stacked(), "Stacked: there are no layers");
    }

    // ---- all together ----

    /** Normalization, attention and dropout in a step that is recorded: it is that of the trainer, statistics included. */
    private static final class Block implements Layer {
        final Random.Generator random = new Random.Generator(3);
        final Tensor step = Tensor.of(0L).keep();
        final LayerNorm norm = new LayerNorm(FLOAT32, 8);
        final MultiHeadAttention attention = new MultiHeadAttention(random, FLOAT32, 8, 2);
        final BatchNorm batch = new BatchNorm(FLOAT32, 8);
        final Linear out = new Linear(random, FLOAT32, 8, 1);
        final Parameters parameters = new Parameters()
                .include("norm", norm.parameters())
                .include("attention", attention.parameters())
                .include("batch", batch.parameters())
                .include("out", out.parameters());

        @Override
        public Tensor apply(Tensor x) {
            try (TensorScope scope = x.device().openScope()) {
                NoGrad.run(() -> InPlace.add(step, 1));
                Tensor seen = attention.causal(norm.apply(x));
                Tensor y = x.add(Regularization.dropout(seen, 0.25, new Random.Generator(3), step));
                return scope.keep(out.apply(batch.apply(y.transpose(1, 2)).transpose(1, 2)));
            }
        }

        @Override
        public Parameters parameters() {
            return parameters;
        }

        @Override
        public void close() {
            step.close();
            parameters.close();
        }
    }

    @Test
    void recordedSteps() {
        assumeFalse(device().equals(Device.cpu()), "the CPU records no graphs");
        Tensor x = Random.normal(1, FLOAT32, 2, 3, 8);
        try (Block plain = new Block();
                Block recorded = new Block();
                Adam a = new Adam(plain.parameters());
                Adam b = new Adam(recorded.parameters())) {
            double[] expected = new double[4];
            Trainer trainer = new Trainer(plain.parameters(), a, Schedule.constant(0.01), 3);
            for (int i = 0; i < 4; i++) {
                expected[i] = trainer.step(
                                () -> Elementwise.square(plain.apply(x)).mean())
                        .item();
            }
            Trainer again = new Trainer(recorded.parameters(), b, Schedule.constant(0.01), 3);
            try (CapturedStep step =
                    again.capture(() -> Elementwise.square(recorded.apply(x)).mean())) {
                for (int i = 1; i < 4; i++) {
                    assertEquals(expected[i], step.step().item());
                }
            }
            plain.parameters()
                    .statistics()
                    .forEach((name, t) -> assertArrayEquals(
                            t.toFloatArray(),
                            recorded.parameters().statistics().get(name).toFloatArray(),
                            name));
            assertEquals(4, recorded.step.itemLong());
        }
    }
}
