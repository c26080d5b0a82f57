package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Activations;
import kron4j.ops.Elementwise;
import kron4j.ops.Losses;
import kron4j.ops.Normalization;
import kron4j.ops.Pooling;
import kron4j.ops.Random;
import kron4j.ops.Reduction;
import kron4j.ops.Softmax;
import org.junit.jupiter.api.Test;

/** Functions in float32, for which a device may have loops of its own, against their steps in float64. */
public class FusedKernelContract extends Contract {
    private static final double EPSILON = Math.ulp(1f);

    /** Around the lengths of vectors and of the blocks that loops take. */
    private static final int[] SIZES = {1, 8, 17, 4099};

    private static final float[] SPECIAL = {
        0f, -0f, 1e-40f, -1e-40f, 1f, -1f, 0.5f, -0.75f, 5f, -5f, 14.3f, -14.3f, 30f, -30f, 90f, -90f, 2e4f, -2e4f,
        1e20f, -1e20f
    };

    private static final Map<String, UnaryOperator<Tensor>> CURVES = new TreeMap<>(Map.ofEntries(
            Map.entry("relu", Elementwise::relu),
            Map.entry("sigmoid", Elementwise::sigmoid),
            Map.entry("tanh", Elementwise::tanh),
            Map.entry("softplus", Elementwise::softplus),
            Map.entry("clamp", x -> Elementwise.clamp(x, -0.5, 2)),
            Map.entry("hardtanh", Activations::hardtanh),
            Map.entry("leakyRelu", x -> Activations.leakyRelu(x, 0.1)),
            Map.entry("elu", x -> Activations.elu(x, 1.5)),
            Map.entry("gelu", Activations::gelu),
            Map.entry("geluTanh", Activations::geluTanh),
            Map.entry("silu", Activations::silu),
            Map.entry("softsign", Activations::softsign)));

    private static Map<String, BinaryOperator<Tensor>> losses(Reduction reduction) {
        return new TreeMap<>(Map.of(
                "mse", (x, y) -> Losses.mse(x, y, reduction),
                "l1", (x, y) -> Losses.l1(x, y, reduction),
                "huber", (x, y) -> Losses.huber(x, y, 0.7, reduction),
                "smoothL1", (x, y) -> Losses.smoothL1(x, y, 0.7, reduction),
                "bceWithLogits", (x, y) -> Losses.bceWithLogits(x, y, reduction)));
    }

    /** Behind three others, so that it does not begin where a vector does. */
    private static Tensor numbers(int seed, int n, float[] first) {
        Tensor x = Random.normal(seed, DType.FLOAT32, n + 3).multiply(3);
        float[] values = x.toFloatArray();
        System.arraycopy(first, 0, values, 3, Math.min(n, first.length));
        return Tensor.of(values).slice(0, 3, n + 3);
    }

    private static void close(double[] expected, float[] actual, float[] x, double scale, String what) {
        for (int i = 0; i < x.length; i++) {
            double size = Math.min(x[i] * (double) x[i], 200);
            double rounding = EPSILON * Math.max(Math.abs(expected[i]), scale) + Float.MIN_VALUE;
            double tolerance = 8 * (1 + size) * rounding;
            assertEquals(expected[i], actual[i], tolerance, what + " of " + x[i] + ", " + i + " of " + x.length);
        }
    }

    @Test
    void activationsAndTheirGradients() {
        for (int n : SIZES) {
            for (var e : CURVES.entrySet()) {
                try (TensorScope scope = device().openScope()) {
                    Tensor x = numbers(n, n, SPECIAL);
                    Tensor g = numbers(n + 1, n, new float[0]);
                    UnaryOperator<Tensor> f = e.getValue();
                    Tensor wide = x.to(DType.FLOAT64);
                    float[] at = x.toFloatArray();
                    close(f.apply(wide).toDoubleArray(), f.apply(x).toFloatArray(), at, 0, e.getKey());
                    double[] slopes = slopes(f, wide, g.to(DType.FLOAT64)).toDoubleArray();
                    close(slopes, slopes(f, x, g).toFloatArray(), at, 10, "slope of " + e.getKey());
                    assertEquals(
                            f.apply(x).toFloatArray()[n - 1],
                            f.apply(x.slice(0, n - 1, n)).toFloatArray()[0],
                            "an element does not depend on its place");
                }
            }
        }
    }

    private static Tensor slopes(UnaryOperator<Tensor> f, Tensor x, Tensor g) {
        Tensor leaf = x.copy().requiresGrad();
        return Gradients.vjp(f.apply(leaf), g, leaf).get(0);
    }

    @Test
    void nanStaysAndInfinitiesHaveTheirLimits() {
        Tensor x = Tensor.of(new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1});
        CURVES.forEach((name, f) -> {
            float[] y = f.apply(x).toFloatArray();
            float[] limits = f.apply(x.to(DType.FLOAT64)).to(DType.FLOAT32).toFloatArray();
            assertTrue(Float.isNaN(y[0]), name);
            assertEquals(limits[1], y[1], name);
            assertEquals(limits[2], y[2], name);
        });
    }

    /** Whether a loop of its own computes it or not, which the number of elements decides. */
    @Test
    void gradientsAtInfinityAreTheLimits() {
        for (DType dtype : FLOATING) {
            for (int n : new int[] {4, 4096}) {
                Tensor x = Tensor.full(dtype, Double.POSITIVE_INFINITY, n);
                Tensor g = Tensor.ones(dtype, n);
                for (String name : new String[] {"gelu", "geluTanh", "silu", "mish", "elu", "softplus", "relu"}) {
                    UnaryOperator<Tensor> f = name.equals("mish") ? Activations::mish : CURVES.get(name);
                    assertEquals(1, slopes(f, x, g).min().item(), name);
                    assertEquals(0, slopes(f, x.multiply(-1), g).abs().max().item(), Float.MIN_NORMAL, name);
                }
                BinaryOperator<Tensor> huber = (a, b) -> Losses.huber(a, b, 2, Reduction.SUM);
                Tensor one = Tensor.full(dtype, 1);
                assertEquals(2, slopes(huber, x, g, one, 1)[0].min().item());
            }
        }
    }

    @Test
    void secondGradients() {
        Tensor x = numbers(1, 100, new float[0]);
        for (String name : new String[] {"gelu", "geluTanh", "silu", "elu", "softplus", "sigmoid", "tanh"}) {
            double[] expected = second(CURVES.get(name), x.to(DType.FLOAT64)).toDoubleArray();
            close(expected, second(CURVES.get(name), x).toFloatArray(), x.toFloatArray(), 4, name);
        }
    }

    private static Tensor second(UnaryOperator<Tensor> f, Tensor x) {
        Tensor leaf = x.copy().requiresGrad();
        Tensor first =
                Gradients.of(Graph.DIFFERENTIABLE, f.apply(leaf).sum(), leaf).get(0);
        return Gradients.of(first.sum(), leaf).get(0);
    }

    @Test
    void lossesAndTheirGradients() {
        for (int n : SIZES) {
            for (Reduction reduction : new Reduction[] {Reduction.MEAN, Reduction.SUM}) {
                for (var e : losses(reduction).entrySet()) {
                    try (TensorScope scope = device().openScope()) {
                        compare(e.getKey(), e.getValue(), losses(Reduction.NONE).get(e.getKey()), n, reduction);
                    }
                }
            }
        }
    }

    private void compare(
            String name, BinaryOperator<Tensor> f, BinaryOperator<Tensor> terms, int n, Reduction reduction) {
        Tensor x = numbers(n, n, new float[] {0, 40, -40});
        Tensor y = numbers(n + 1, n, new float[] {0, -40, -40});
        Tensor wideX = x.to(DType.FLOAT64);
        Tensor wideY = y.to(DType.FLOAT64);
        double share = reduction == Reduction.MEAN ? 1.0 / n : 1;
        double size = terms.apply(wideX, wideY).abs().sum().multiply(share).item();
        double tolerance = 300 * EPSILON * size; // a lane adds up at most 256 terms, and these are rounded a few times
        assertEquals(f.apply(wideX, wideY).item(), f.apply(x, y).item(), tolerance, name + " of " + n);
        float weight = -1.5f;
        for (int wanted = 1; wanted <= 3; wanted++) {
            Tensor[] expected = slopes(f, wideX, wideY, Tensor.of((double) weight), wanted);
            Tensor[] actual = slopes(f, x, y, Tensor.of(weight), wanted);
            for (int k = 0; k < expected.length; k++) {
                float[] slopes = actual[k].toFloatArray();
                double[] exact = expected[k].toDoubleArray();
                for (int i = 0; i < n; i++) {
                    double near = 16 * EPSILON * Math.max(share * 50, Math.abs(exact[i]));
                    assertEquals(exact[i], slopes[i], near, name + ", gradients " + wanted + ", " + i + " of " + n);
                }
            }
        }
    }

    /** @param wanted bits of the operands that have gradients */
    private static Tensor[] slopes(BinaryOperator<Tensor> f, Tensor x, Tensor y, Tensor g, int wanted) {
        Tensor a = (wanted & 1) > 0 ? x.copy().requiresGrad() : x;
        Tensor b = (wanted & 2) > 0 ? y.copy().requiresGrad() : y;
        Tensor[] leaves = wanted == 3 ? new Tensor[] {a, b} : new Tensor[] {wanted == 1 ? a : b};
        return Gradients.vjp(f.apply(a, b), g, leaves).toArray(Tensor[]::new);
    }

    @Test
    void lossesThatAreNotFinite() {
        Tensor x = Tensor.full(DType.FLOAT32, 1e19f, 4096);
        Tensor y = Tensor.zeros(DType.FLOAT32, 4096);
        assertEquals(Double.POSITIVE_INFINITY, Losses.mse(x, y, Reduction.SUM).item());
        assertTrue(
                Double.isNaN(Losses.l1(x.multiply(Float.NaN), y, Reduction.MEAN).item()));
    }

    /** Lines of whole vectors and others, along the last axis and the first; labels outside the classes have gradient 0. */
    @Test
    void softmaxAndItsGradients() {
        for (int n : new int[] {63, 64, 80, 96, 1040}) {
            Tensor x = numbers(n, 3 * n, new float[] {0, -90, 90, 30}).reshape(3, n);
            Tensor g = numbers(n + 1, 3 * n, new float[0]).reshape(3, n);
            Tensor labels = Tensor.of(new long[] {0, n - 1, n});
            Map<String, UnaryOperator<Tensor>> functions = new TreeMap<>(Map.of(
                    "softmax", t -> Softmax.softmax(t, 1),
                    "softmax -1", t -> Softmax.softmax(t, -1),
                    "softmax of columns", t -> Softmax.softmax(t, 0),
                    "logSoftmax", t -> Softmax.logSoftmax(t, 1)));
            double tolerance = (n / 8 + 16) * EPSILON;
            functions.forEach((name, f) -> {
                same(f.apply(x.to(DType.FLOAT64)), f.apply(x), 100 * tolerance, name + " of " + n);
                Tensor slopes = slopes(f, x.to(DType.FLOAT64), g.to(DType.FLOAT64));
                same(slopes, slopes(f, x, g), 100 * tolerance, "slopes of " + name + " of " + n);
            });
            Tensor leaf = x.copy().requiresGrad();
            Tensor wide = x.to(DType.FLOAT64).requiresGrad();
            Tensor expected = Gradients.of(Losses.crossEntropy(wide, labels, 0, 0, Reduction.SUM), wide)
                    .get(0);
            Tensor actual = Gradients.of(Losses.crossEntropy(leaf, labels, 0, 0, Reduction.SUM), leaf)
                    .get(0);
            same(expected, actual, tolerance, "slopes of cross-entropy of " + n);
        }
    }

    /** The same bits wherever the line lies. */
    @Test
    void softmaxDependsOnItsLineOnly() {
        Tensor x = numbers(1, 3 * 131, new float[0]).reshape(3, 131).slice(1, 1, 129);
        assertArrayEquals(
                Softmax.softmax(x.copy(), 1).toFloatArray(),
                Softmax.softmax(x, 1).toFloatArray());
        assertArrayEquals(
                Softmax.softmax(x.copy(), 1).slice(0, 1, 2).copy().toFloatArray(),
                Softmax.softmax(x.slice(0, 1, 2), 1).toFloatArray());
    }

    private static void same(Tensor expected, Tensor actual, double tolerance, String what) {
        assertArrayEquals(expected.toDoubleArray(), actual.to(DType.FLOAT64).toDoubleArray(), tolerance, what);
    }

    @Test
    void batchNormOfInference() {
        for (int positions : new int[] {9, 64, 144}) {
            Tensor x = numbers(1, 2 * 3 * positions, new float[] {1e4f}).reshape(2, 3, positions);
            Tensor weight = Tensor.of(new float[] {1, -2, 0.5f});
            Tensor bias = Tensor.of(new float[] {0, 1, -1});
            Tensor mean = Tensor.of(new float[] {1e4f, 0, 0.3f});
            Tensor variance = Tensor.of(new float[] {1, 4, 0.1f});
            Tensor[] wide = Stream.of(x, weight, bias, mean, variance)
                    .map(t -> t.to(DType.FLOAT64))
                    .toArray(Tensor[]::new);
            Tensor expected = Normalization.batchNormInference(wide[0], wide[1], wide[2], wide[3], wide[4], 1e-3);
            Tensor actual = Normalization.batchNormInference(x, weight, bias, mean, variance, 1e-3);
            same(expected, actual, 16 * EPSILON * 1e4, positions + " positions");
        }
    }

    /** The statistics of a line come from distances from its first element, which may be far from all others. */
    @Test
    void normalizationOfLinesWithOneFarElement() {
        for (int n : new int[] {64, 1000}) {
            float[] values = new float[n];
            for (int i = 0; i < n; i++) {
                values[i] = i == 0 ? 1e6f : 100 + i % 7;
            }
            Tensor x = Tensor.of(values, 1, n);
            Tensor g = numbers(2, n, new float[0]).reshape(1, n);
            UnaryOperator<Tensor> f = t -> Normalization.layerNorm(t, 1, 1e-5);
            // Without vectors, and on cards, sums are in float32: those of squares on 16 lanes at least.
            double bound = (n / 16 + 8) * EPSILON * Math.sqrt(n);
            same(f.apply(x.to(DType.FLOAT64)), f.apply(x), bound, "layerNorm of " + n);
            double size = 1e-3; // n / 1e6, of the factor that all gradients have
            Tensor slopes = slopes(f, x.to(DType.FLOAT64), g.to(DType.FLOAT64));
            same(slopes, slopes(f, x, g), (n / 16 + 64) * EPSILON * size, "slopes of layerNorm of " + n);
        }
    }

    @Test
    void gradientOfTheMeanOfImages() {
        Tensor x = numbers(1, 2 * 3 * 25, new float[0]).reshape(2, 3, 5, 5);
        Tensor g = numbers(2, 6, new float[0]).reshape(2, 3, 1, 1);
        Tensor slopes = slopes(t -> Pooling.adaptiveAvgPool2d(t, 1, 1), x, g);
        same(g.to(DType.FLOAT64).divide(25).expand(2, 3, 5, 5), slopes, 8 * EPSILON, "adaptiveAvgPool2d");
    }
}
