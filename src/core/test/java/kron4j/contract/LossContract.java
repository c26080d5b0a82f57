package kron4j.contract;

import static kron4j.DType.FLOAT16;
import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;
import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BinaryOperator;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.ops.Losses;
import kron4j.ops.Random;
import kron4j.ops.Reduction;
import kron4j.ops.Softmax;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Losses beside PyTorch's with every reduction, at special values, and their gradients. */
public class LossContract extends GradientContract {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    /** Slopes at the margin are those below it, as PyTorch's. */
    /** A sample that is almost certain has a small loss, to all digits, and so has one of large scores; one of a label that is no class has NaN, and gradient 0. */
    @Test
    void crossEntropyOfLargeScores() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
            Tensor x = Tensor.of(new double[] {10000, 9990, -1e30, 10000, 9990, -1e30}, 2, 3)
                    .to(dtype)
                    .requiresGrad();
            Tensor losses = Losses.crossEntropy(x, Tensor.of(new long[] {0, 2}, 2), 0, -100, Reduction.NONE);
            double small = Math.log1p(Math.exp(-10));
            assertEquals(small, losses.get(0).item(), 8 * dtype.epsilon());
            assertEquals(1e30, losses.get(1).item(), 1e30 * 4 * dtype.epsilon());
            Tensor wrong = Softmax.crossEntropy(x, Tensor.of(new long[] {0, 3}, 2));
            assertEquals(Double.NaN, wrong.item());
            Tensor g = Gradients.of(wrong, x).get(0);
            double p = Math.exp(-10) / (1 + Math.exp(-10)) / 2;
            close(NDArray.of(new double[] {-p, p, 0, 0, 0, 0}, 2, 3), g, 8 * dtype.epsilon());
        }
    }

    @Test
    void slopesAtTheMargin() {
        Tensor x = Tensor.of(new double[] {0.75, 1, 0.5}).requiresGrad();
        Tensor y = Tensor.of(new double[] {-1, -1, -1});
        Tensor hinge = Losses.hingeEmbedding(x, y, 0.75, Reduction.SUM);
        assertArrayEquals(
                new double[] {-1, 0, -1}, Gradients.of(hinge, x).get(0).toDoubleArray());
        Tensor a = Tensor.of(new double[] {1, 0}).requiresGrad();
        Tensor b = Tensor.of(new double[] {0, 1}).requiresGrad();
        List<Tensor> g = Gradients.of(Losses.cosineEmbedding(a, b, Tensor.of(-1.0), 0, Reduction.SUM), a, b);
        assertArrayEquals(new double[] {0, 1}, g.get(0).toDoubleArray(), 2e-12);
        assertArrayEquals(new double[] {1, 0}, g.get(1).toDoubleArray(), 2e-12);
    }

    @Test
    void asInTorch() {
        for (Reduction r : Reduction.values()) {
            String end = "." + r.name().toLowerCase(Locale.ROOT);
            TorchValues.agrees("mse" + end, t -> Losses.mse(t[0], t[1], r), "x", "t");
            TorchValues.agrees("l1" + end, t -> Losses.l1(t[0], t[1], r), "x", "t");
            TorchValues.agrees("huber" + end, t -> Losses.huber(t[0], t[1], 0.7, r), "x", "t");
            TorchValues.agrees("smoothL1" + end, t -> Losses.smoothL1(t[0], t[1], 0.7, r), "x", "t");
            TorchValues.agrees("bce" + end, t -> Losses.bce(t[0], t[1], r), "x", "t");
            TorchValues.agrees("bceWithLogits" + end, t -> Losses.bceWithLogits(t[0], t[1], r), "x", "t");
            TorchValues.agrees("bceWithWeight" + end, t -> Losses.bceWithLogits(t[0], t[1], t[2], r), "x", "t", "w");
            TorchValues.agrees("kl" + end, t -> Losses.kl(t[0], t[1], r), "x", "t");
            TorchValues.agrees("klOfLogarithms" + end, t -> Losses.klOfLogarithms(t[0], t[1], r), "x", "t");
            TorchValues.agrees("hingeEmbedding" + end, t -> Losses.hingeEmbedding(t[0], t[1], 0.8, r), "x", "t");
            TorchValues.agrees(
                    "cosineEmbedding" + end, t -> Losses.cosineEmbedding(t[0], t[1], t[2], -0.2, r), "x", "t", "s");
            TorchValues.agrees("nll" + end, t -> Losses.nll(t[0], t[1], t[2], -100, r), "x", "#t", "w");
            TorchValues.agrees(
                    "crossEntropy" + end, t -> Losses.crossEntropy(t[0], t[1], t[2], 0.1, -100, r), "x", "#t", "w");
            TorchValues.agrees(
                    "crossEntropyPlain" + end, t -> Losses.crossEntropy(t[0], t[1], 0.2, -100, r), "x", "#t");
            TorchValues.agrees(
                    "crossEntropyOfProbabilities" + end,
                    t -> Losses.crossEntropy(t[0], t[1], t[2], 0.1, -100, r),
                    "x",
                    "t",
                    "w");
        }
        TorchValues.agrees("cosineSimilarity", t -> Losses.cosineSimilarity(t[0], t[1], 1, 1e-8), "x", "t");
    }

    private static Map<String, BinaryOperator<Tensor>> ofElements(Reduction r) {
        Map<String, BinaryOperator<Tensor>> all = new LinkedHashMap<>();
        all.put("mse", (x, y) -> Losses.mse(x, y, r));
        all.put("l1", (x, y) -> Losses.l1(x, y, r));
        all.put("huber", (x, y) -> Losses.huber(x, y, 0.3, r));
        all.put("smoothL1", (x, y) -> Losses.smoothL1(x, y, 0.3, r));
        all.put("bce", (x, y) -> Losses.bce(x, y, r));
        all.put("bceWithLogits", (x, y) -> Losses.bceWithLogits(x, y, r));
        all.put("kl", (x, y) -> Losses.kl(x, y, r));
        all.put("klOfLogarithms", (x, y) -> Losses.klOfLogarithms(x, y, r));
        all.put("hinge", (x, y) -> Losses.hinge(x, y, r));
        all.put("hingeEmbedding", (x, y) -> Losses.hingeEmbedding(x, y, 3, r));
        return all;
    }

    @Test
    void gradients() {
        NDArray x = between(1, 0.1, 0.4, 2, 3);
        NDArray y = between(2, 0.5, 0.9, 2, 3);
        ofElements(Reduction.NONE).forEach((name, f) -> smooth(name, t -> f.apply(t[0], t[1]), x, y));
        smooth("cosineSimilarity", t -> Losses.cosineSimilarity(t[0], t[1], -1, 1e-8), uniform(1, 2, 3), y);
        Tensor labels = Tensor.of(new long[] {2, 7});
        NDArray weights = between(3, 0.5, 1, 3);
        smooth("nll", t -> Losses.nll(t[0], labels, t[1], 7, Reduction.MEAN), x, weights);
        smooth(
                "crossEntropy",
                t -> Losses.crossEntropy(t[0], labels, t[1], 0.2, 7, Reduction.SUM),
                uniform(1, 2, 3),
                weights);
        smooth(
                "crossEntropy of probabilities",
                t -> Losses.crossEntropy(t[0], t[1], t[2], 0.2, 7, Reduction.NONE),
                uniform(1, 2, 3),
                y,
                weights);
    }

    private static double slope(BinaryOperator<Tensor> f, double x, double y) {
        Tensor leaf = Tensor.of(new double[] {x}).requiresGrad();
        return Gradients.of(f.apply(leaf, Tensor.of(new double[] {y})).sum(), leaf)
                .get(0)
                .item();
    }

    private static double value(BinaryOperator<Tensor> f, double x, double y) {
        return f.apply(Tensor.of(new double[] {x}), Tensor.of(new double[] {y})).item();
    }

    @Test
    void specialValues() {
        Map<String, BinaryOperator<Tensor>> all = ofElements(Reduction.NONE);
        all.forEach((name, f) -> assertEquals(NAN, value(f, NAN, 1), name));
        all.remove("hingeEmbedding"); // compares y with 0 only
        all.forEach((name, f) -> assertEquals(NAN, value(f, 0.5, NAN), name));
    }

    @Test
    void farOut() {
        Map<String, BinaryOperator<Tensor>> all = ofElements(Reduction.NONE);
        BinaryOperator<Tensor> bce = all.get("bce");
        assertEquals(0, value(bce, 0, 0));
        assertEquals(100, value(bce, 0, 1));
        assertEquals(100, value(bce, 1, 0));
        assertEquals(-1e12, slope(bce, 0, 1), 1e-3);
        assertEquals(0, slope(bce, 1, 1));
        BinaryOperator<Tensor> logits = all.get("bceWithLogits");
        assertEquals(1e4, value(logits, 1e4, 0));
        assertEquals(1e4, value(logits, -1e4, 1));
        assertEquals(0, value(logits, 1e4, 1));
        assertEquals(Math.exp(-50), value(logits, -50, 0), 1e-36);
        assertEquals(1, slope(logits, 1e4, 0));
        assertEquals(0, value(all.get("kl"), -INF, 0));
        assertEquals(0, slope(all.get("kl"), -INF, 0));
        assertEquals(INF, value(all.get("kl"), -INF, 0.5));
        assertEquals(0.3 * (1e200 - 0.15), value(all.get("huber"), 1e200, 0), 1e186);
        assertEquals(0.3, slope(all.get("huber"), 1e200, 0));
        assertEquals(0, slope(all.get("l1"), 2, 2));
        assertEquals(INF, value(all.get("l1"), INF, 2));
        assertEquals(3, value((x, y) -> Losses.smoothL1(x, y, 0, Reduction.NONE), 1, 4));
        assertEquals(
                0,
                Losses.cosineSimilarity(Tensor.zeros(FLOAT64, 3), Tensor.ones(FLOAT64, 3), 0, 1e-8)
                        .item());
    }

    @Test
    void nothingIsAveraged() {
        for (Reduction r : Reduction.values()) {
            ofElements(r).forEach((name, f) -> {
                Tensor loss = f.apply(Tensor.zeros(FLOAT32, 0, 3), Tensor.zeros(FLOAT32, 0, 3));
                assertEquals(r == Reduction.NONE ? Shape.of(0, 3) : Shape.SCALAR, loss.shape(), name);
                if (r != Reduction.NONE) {
                    assertEquals(r == Reduction.MEAN ? NAN : 0, loss.item(), name);
                }
                Tensor scalar = f.apply(Tensor.full(FLOAT64, 0.5), Tensor.full(FLOAT64, 0.5));
                assertEquals(Shape.SCALAR, scalar.shape(), name);
            });
        }
    }

    @Test
    void halvesRoundOnce() {
        Tensor x = Random.uniform(1, FLOAT16, 40, 50);
        Tensor y = Random.uniform(2, FLOAT16, 40, 50);
        for (Reduction r : new Reduction[] {Reduction.NONE, Reduction.MEAN}) {
            ofElements(r).forEach((name, f) -> {
                double[] expected =
                        f.apply(x.to(FLOAT32), y.to(FLOAT32)).to(FLOAT64).toDoubleArray();
                // Rounding a half of the last place after float32, whose sums may differ in order.
                close(
                        NDArray.of(expected, f.apply(x, y).shape().dims()),
                        f.apply(x, y).to(FLOAT64),
                        FLOAT16.epsilon() * 8);
            });
        }
    }

    @Test
    void labelsThatAreNone() {
        Tensor logits = uniform(1, 3, 4).toTensor(FLOAT64).requiresGrad();
        for (DType dtype : new DType[] {DType.INT8, DType.UINT8, DType.INT32, DType.INT64}) {
            Tensor labels = Tensor.of(new long[] {3, 0, 1}).to(dtype);
            assertEquals(
                    Softmax.crossEntropy(logits, labels).item(),
                    Losses.crossEntropy(logits, labels, 0, -100, Reduction.MEAN).item(),
                    1e-15);
        }
        Tensor ignored = Tensor.of(new long[] {-1, -1, -1});
        assertEquals(
                NAN, Losses.crossEntropy(logits, ignored, 0, -1, Reduction.MEAN).item());
        Tensor sum = Losses.crossEntropy(logits, ignored, 0.5, -1, Reduction.SUM);
        assertEquals(0, sum.item());
        assertArrayEquals(new double[12], Gradients.of(sum, logits).get(0).toDoubleArray());
        Tensor outside = Losses.nll(logits, Tensor.of(new long[] {4, -1, 0}), -1, Reduction.NONE);
        same(NDArray.of(new double[] {NAN, 0, -logits.get(2, 0).item()}, 3), outside);
    }

    @Test
    void refusals() {
        Tensor x = Tensor.zeros(FLOAT64, 3, 2);
        Tensor rows = Tensor.zeros(FLOAT64, 3, 1);
        for (Reduction r : Reduction.values()) {
            ofElements(r).forEach((name, f) -> {
                refused(ShapeException.class, () -> f.apply(x, rows), name + ": operands of shapes [3,2] and [3,1]");
                refused(DTypeException.class, () -> f.apply(x, x.to(FLOAT32)), name + ": operands have dtypes");
                Tensor whole = Tensor.zeros(DType.INT32, 3);
                refused(
                        DTypeException.class,
                        () -> f.apply(whole, whole),
                        name + ": needs a floating dtype, got int32");
            });
        }
        Reduction mean = Reduction.MEAN;
        refused(TensorException.class, () -> Losses.huber(x, x, 0, mean), "huber: delta 0.0");
        refused(TensorException.class, () -> Losses.smoothL1(x, x, -1, mean), "smoothL1: beta -1.0");
        refused(ShapeException.class, () -> Losses.cosineSimilarity(x, x, 2, 1e-8), "cosineSimilarity");
        refused(ShapeException.class, () -> Losses.cosineEmbedding(x, x, x, 0, mean), "cosineEmbedding: y [3,2]");
        Tensor labels = Tensor.of(new long[] {0, 1, 0});
        refused(
                ShapeException.class,
                () -> Losses.nll(x, Tensor.of(new long[] {0}), -100, mean),
                "nll: labels of shape [1] for scores of shape [3,2]");
        refused(
                ShapeException.class,
                () -> Losses.nll(x, labels, Tensor.ones(FLOAT64, 3), -100, mean),
                "nll: weights of shape [3] for scores of shape [3,2]");
        refused(
                DTypeException.class,
                () -> Losses.nll(x, Tensor.of(new boolean[] {true, true, true}), -100, mean),
                "nll: labels of shape [3] are bool");
        refused(
                TensorException.class,
                () -> Losses.crossEntropy(x, labels, 2, -100, mean),
                "crossEntropy: smoothing 2.0 is not in [0, 1]");
        refused(
                ShapeException.class,
                () -> Losses.crossEntropy(x, rows, 0, -100, mean),
                "crossEntropy: labels of shape [3,1] for scores of shape [3,2]");
    }
}
