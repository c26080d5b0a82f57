package kron4j.contract;

import static kron4j.DType.BFLOAT16;
import static kron4j.DType.FLOAT16;
import static kron4j.DType.FLOAT32;
import static kron4j.DType.FLOAT64;
import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.GradientException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.ops.Normalization;
import kron4j.ops.Random;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Normalizations beside PyTorch's, where means are large, at special values, and their gradients. */
public class NormalizationContract extends GradientContract {
    @Test
    void asInTorch() {
        TorchValues.agrees("layerNorm", t -> Normalization.layerNorm(t[0], t[1], t[2], 1e-5), "x", "w", "b");
        TorchValues.agrees("layerNorm2", t -> Normalization.layerNorm(t[0], t[1], t[2], 1e-3), "x", "w", "b");
        TorchValues.agrees("layerNormPlain", t -> Normalization.layerNorm(t[0], 2, 1e-5), "x");
        TorchValues.agrees("rmsNorm", t -> Normalization.rmsNorm(t[0], t[1], 1e-6), "x", "w");
        TorchValues.agrees("groupNorm", t -> Normalization.groupNorm(t[0], 2, t[1], t[2], 1e-5), "x", "w", "b");
        TorchValues.agrees("batchNorm", t -> Normalization.batchNorm(t[0], t[1], t[2], 1e-5), "x", "w", "b");
        TorchValues.agrees(
                "batchNormInference",
                t -> Normalization.batchNormInference(t[0], t[1], t[2], t[3], t[4], 1e-5),
                "x",
                "w",
                "b",
                "mean",
                "variance");
    }

    @Test
    void runningStatisticsAsInTorch() {
        Map<String, NDArray> values = TorchValues.of("batchNorm");
        for (DType dtype : FLOATING) {
            Tensor mean = values.get("mean").toTensor(dtype);
            Tensor variance = values.get("variance").toTensor(dtype);
            Tensor y = Normalization.batchNorm(
                    values.get("x").toTensor(dtype).requiresGrad(),
                    values.get("w").toTensor(dtype),
                    values.get("b").toTensor(dtype),
                    mean,
                    variance,
                    0.1,
                    1e-5);
            close(values.get("y"), y, TorchValues.bound(values.get("y"), dtype));
            close(values.get("newMean"), mean, TorchValues.bound(values.get("newMean"), dtype));
            close(values.get("newVariance"), variance, TorchValues.bound(values.get("newVariance"), dtype));
        }
    }

    /** Numbers that float32 holds exactly, with small distances from a mean of a million that it does not hold. */
    @Test
    void largeMeans() {
        int n = 36;
        NDArray x = NDArray.generate(new long[] {2, n}, i -> 1e6 * (1 - 2 * i[0]) + (i[1] * 7 % n) * 0.0625);
        double[] expected = new double[2 * n];
        double mean = 0.0625 * (n - 1) / 2;
        double variance = 0;
        for (int i = 0; i < n; i++) {
            variance += (0.0625 * i - mean) * (0.0625 * i - mean) / n;
        }
        for (int i = 0; i < 2 * n; i++) {
            expected[i] = (i % n * 7 % n * 0.0625 - mean) / Math.sqrt(variance);
        }
        // The remaining distances are exact but for their mean, sums of n terms, and some 8 roundings.
        close(
                NDArray.of(expected, 2, n),
                Normalization.layerNorm(x.toTensor(FLOAT32), 1, 0),
                2 * (n + 8) * FLOAT32.epsilon());
        close(
                NDArray.of(expected, 1, 2, n),
                Normalization.groupNorm(x.toTensor(FLOAT32).unsqueeze(0), 2, 0),
                2 * (n + 8) * FLOAT32.epsilon());
    }

    /** Lines of which two elements, at places that a shift may be taken from, say nothing about the mean of the others. */
    @Test
    void elementsFarFromTheMean() {
        int n = 2080;
        double far = 4096;
        double[] x = new double[2 * n];
        for (int i = 0; i < 2 * n; i++) {
            x[i] = i % (n / 2) == 0 ? far : (i * 7 % 64) * 0.0625;
        }
        double[] expected = new double[2 * n];
        for (int line = 0; line < 2; line++) {
            double mean = 0;
            double variance = 0;
            for (int i = line * n; i < line * n + n; i++) {
                mean += x[i] / n;
            }
            for (int i = line * n; i < line * n + n; i++) {
                variance += (x[i] - mean) * (x[i] - mean) / n;
            }
            for (int i = line * n; i < line * n + n; i++) {
                expected[i] = (x[i] - mean) / Math.sqrt(variance);
            }
        }
        // As above; the largest results are below sqrt(n / 2).
        close(
                NDArray.of(expected, 2, n),
                Normalization.layerNorm(NDArray.of(x, 2, n).toTensor(FLOAT32), 1, 0),
                16 * Math.sqrt(n / 2.0) * FLOAT32.epsilon());
    }

    @Test
    void specialValues() {
        double inf = Double.POSITIVE_INFINITY;
        double nan = Double.NaN;
        for (DType dtype : FLOATING) {
            Tensor x = Tensor.of(new double[][] {{3, 3, 3}, {1, nan, 2}, {1, -inf, 2}, {-1, 0, 1}})
                    .to(dtype);
            double y = 1 / Math.sqrt(2.0 / 3);
            close(
                    NDArray.of(new double[] {0, 0, 0, nan, nan, nan, nan, nan, nan, -y, 0, y}, 4, 3),
                    Normalization.layerNorm(x, 1, 1e-30).to(FLOAT64),
                    dtype == FLOAT64 ? 1e-14 : 1e-6);
            double r = Math.sqrt(0.5);
            close(
                    NDArray.of(new double[] {r, -2 * r, -0.0, 0}, 4),
                    Normalization.rmsNorm(
                            Tensor.of(new double[] {1, -2, -0.0, 0}).to(dtype), 1, 0.75),
                    8 * dtype.epsilon());
        }
    }

    /** The squares of these numbers are infinite; the gradients are those of numbers of usual size over the scale. */
    @Test
    void squaresThatOverflow() {
        for (DType dtype : new DType[] {FLOAT32, FLOAT64}) {
            double scale = dtype == FLOAT32 ? 0x1p66 : 0x1p666;
            for (long size : new long[] {3, 64}) {
                Tensor x = Random.normal(1, dtype, 4, size, size).requiresGrad();
                Tensor g = Random.normal(2, dtype, 4, size, size);
                Tensor large = x.detach().multiply(scale).requiresGrad();
                Tensor w = Random.normal(3, dtype, size).requiresGrad();
                List<UnaryOperator<Tensor>> all = List.of(
                        t -> Normalization.layerNorm(t, w, w, 0),
                        t -> Normalization.layerNorm(t, 2, 0),
                        t -> Normalization.rmsNorm(t, w, 0),
                        t -> Normalization.batchNorm(t, w, w, 0),
                        t -> Normalization.groupNorm(t, 1, w, w, 0));
                for (UnaryOperator<Tensor> of : all) {
                    Tensor expected = of.apply(x);
                    Tensor found = of.apply(large);
                    // Sums over fewer than 5000 numbers below 8.
                    double bound = 8 * 5000 * dtype.epsilon();
                    close(NDArray.of(expected), found, bound);
                    Tensor ofLarge = Gradients.vjp(found, g, large).get(0).multiply(scale);
                    close(NDArray.of(Gradients.vjp(expected, g, x).get(0)), ofLarge, bound);
                }
            }
        }
    }

    @Test
    void nothingAndOne() {
        for (DType dtype : FLOATING) {
            assertEquals(
                    Shape.of(0, 3),
                    Normalization.layerNorm(Tensor.zeros(dtype, 0, 3), 1, 1e-5).shape());
            assertEquals(
                    Shape.of(3, 0),
                    Normalization.layerNorm(Tensor.zeros(dtype, 3, 0), 1, 1e-5).shape());
            assertEquals(
                    0,
                    Normalization.layerNorm(Tensor.full(dtype, 5, 1, 1), 1, 1e-5)
                            .item());
            assertEquals(
                    0,
                    Normalization.layerNorm(Tensor.full(dtype, 5, 1), 1, 1e-5).item());
            Tensor none = Tensor.zeros(dtype, 0, 2, 4);
            Tensor ones = Tensor.ones(dtype, 2);
            assertEquals(none.shape(), Normalization.groupNorm(none, 2, 1e-5).shape());
            assertEquals(
                    none.shape(),
                    Normalization.batchNorm(none, ones, ones, 1e-5).shape());
        }
    }

    /** Rounded once: what float32 makes of the same numbers. */
    @Test
    void halves() {
        for (DType dtype : new DType[] {FLOAT16, BFLOAT16}) {
            Tensor x = Random.normal(1, dtype, 4, 6, 5);
            Tensor wide = x.to(FLOAT32);
            Tensor w = Random.normal(2, dtype, 6);
            Tensor b = Random.normal(3, dtype, 6);
            assertArrayEquals(
                    Normalization.layerNorm(wide, 2, 1e-5).to(dtype).toFloatArray(),
                    Normalization.layerNorm(x, 2, 1e-5).toFloatArray());
            assertArrayEquals(
                    Normalization.groupNorm(wide, 3, w.to(FLOAT32), b.to(FLOAT32), 1e-5)
                            .to(dtype)
                            .toFloatArray(),
                    Normalization.groupNorm(x, 3, w, b, 1e-5).toFloatArray());
            Tensor mean = Tensor.zeros(FLOAT32, 6);
            Tensor variance = Tensor.ones(FLOAT32, 6);
            assertArrayEquals(
                    Normalization.batchNorm(wide, w.to(FLOAT32), b.to(FLOAT32), 1e-5)
                            .to(dtype)
                            .toFloatArray(),
                    Normalization.batchNorm(x, w, b, mean, variance, 1, 1e-5).toFloatArray());
            close(NDArray.of(wide.mean(0, 2)), mean, 16 * FLOAT32.epsilon());
            refused(
                    DTypeException.class,
                    () -> Normalization.batchNormInference(x, w, b, mean.to(dtype), variance, 1e-5),
                    "batchNormInference: a mean or variance is " + dtype,
                    "FLOAT32");
        }
    }

    /** Lines that fill vectors, lines that leave some lanes, and more of them than a block of sums has. */
    @Test
    void longLines() {
        for (long length : new long[] {32, 45, 300}) {
            Tensor x = Random.normal(1, FLOAT64, 70, length).multiply(3).add(40).to(FLOAT32);
            Tensor w = Random.normal(2, FLOAT32, length);
            Tensor b = Random.normal(3, FLOAT32, length);
            Tensor v = Random.normal(4, FLOAT32, 70, length);
            for (boolean centred : new boolean[] {true, false}) {
                List<List<Tensor>> found = new ArrayList<>();
                for (DType dtype : new DType[] {FLOAT64, FLOAT32}) {
                    Tensor[] leaves = {
                        x.to(dtype).detach().requiresGrad(),
                        w.to(dtype).detach().requiresGrad(),
                        b.to(dtype).detach().requiresGrad()
                    };
                    Tensor y = centred
                            ? Normalization.layerNorm(leaves[0], leaves[1], leaves[2], 1e-5)
                            : Normalization.rmsNorm(leaves[0], leaves[1], 1e-5).add(leaves[2]);
                    List<Tensor> all = new ArrayList<>(Gradients.vjp(y, v.to(dtype), leaves));
                    all.add(y.detach());
                    found.add(all);
                }
                for (int i = 0; i < 4; i++) {
                    NDArray expected = NDArray.of(found.get(0).get(i));
                    // 8 roundings of numbers up to 6 times weights up to 5; of 70 terms of size 1 sums of 32 are
                    // rounded.
                    double bound = i == 0 || i == 3 ? 8 * 6 * 5 : (8 + 32) * 70;
                    close(expected, found.get(1).get(i).to(FLOAT64), bound * FLOAT32.epsilon());
                }
            }
        }
    }

    /** Channels of float32 beside float64, of lengths that are no multiples of a vector's. */
    @Test
    void channels() {
        for (long positions : new long[] {9, 150}) {
            Tensor x = Random.normal(1, FLOAT64, 5, 6, positions, 1)
                    .multiply(3)
                    .add(40)
                    .to(FLOAT32);
            Tensor w = Random.normal(2, FLOAT32, 6);
            Tensor b = Random.normal(3, FLOAT32, 6);
            Tensor v = Random.normal(4, FLOAT32, 5, 6, positions, 1);
            for (int groups : new int[] {0, 1, 3, 6}) {
                List<List<Tensor>> found = new ArrayList<>();
                for (DType dtype : new DType[] {FLOAT64, FLOAT32}) {
                    Tensor[] leaves = {
                        x.to(dtype).detach().requiresGrad(),
                        w.to(dtype).detach().requiresGrad(),
                        b.to(dtype).detach().requiresGrad()
                    };
                    Tensor y = groups == 0
                            ? Normalization.batchNorm(leaves[0], leaves[1], leaves[2], 1e-5)
                            : Normalization.groupNorm(leaves[0], groups, leaves[1], leaves[2], 1e-5);
                    List<Tensor> all = new ArrayList<>(Gradients.vjp(y, v.to(dtype), leaves));
                    all.add(y.detach());
                    found.add(all);
                }
                for (int i = 0; i < 4; i++) {
                    NDArray expected = NDArray.of(found.get(0).get(i));
                    // 8 roundings of numbers up to 6 times weights up to 5; of sums of products of 750 terms, of each.
                    double bound = i == 0 || i == 3 ? 8 * 6 * 5 : 8 * 750;
                    close(expected, found.get(1).get(i).to(FLOAT64), bound * FLOAT32.epsilon());
                }
            }
        }
    }

    /** Weights of channels are none of lines, even where there are as many of them as a line has elements. */
    @Test
    void groupsAreNoLines() {
        Tensor x = Random.normal(1, FLOAT64, 3, 64, 4);
        Tensor w = Random.normal(2, FLOAT64, 64);
        Tensor b = Random.normal(3, FLOAT64, 64);
        close(
                NDArray.of(Normalization.groupNorm(x, 4, w, b, 1e-5)),
                Normalization.groupNorm(x.to(FLOAT32), 4, w.to(FLOAT32), b.to(FLOAT32), 1e-5)
                        .to(FLOAT64),
                8 * 6 * 5 * FLOAT32.epsilon());
    }

    @Test
    void gradients() {
        NDArray x = uniform(1, 2, 4, 3);
        smooth("layerNorm", t -> Normalization.layerNorm(t[0], t[1], t[2], 0.1), x, uniform(2, 3), uniform(3, 3));
        smooth("rmsNorm", t -> Normalization.rmsNorm(t[0], t[1], 0.1), uniform(1, 3, 4), uniform(2, 4));
        smooth("groupNorm", t -> Normalization.groupNorm(t[0], 2, t[1], t[2], 0.1), x, uniform(2, 4), uniform(3, 4));
        smooth("batchNorm", t -> Normalization.batchNorm(t[0], t[1], t[2], 0.1), x, uniform(2, 4), uniform(3, 4));
        smooth("layerNorm without weight", t -> Normalization.layerNorm(t[0], 2, 0.1), uniform(1, 2, 3, 2));
        smooth(
                "batchNormInference",
                t -> Normalization.batchNormInference(t[0], t[1], t[2], t[3], t[4], 0.1),
                uniform(1, 2, 3, 2),
                uniform(2, 3),
                uniform(3, 3),
                uniform(4, 3),
                between(5, 0.5, 1, 3));
    }

    @Test
    void refusals() {
        Tensor x = Tensor.zeros(FLOAT64, 2, 4, 3);
        Tensor four = Tensor.ones(FLOAT64, 4);
        Tensor three = Tensor.ones(FLOAT64, 3);
        refused(
                ShapeException.class,
                () -> Normalization.layerNorm(x, four, four, 1e-5),
                "layerNorm: weight [4] for x [2,4,3]; expected the sizes of the last axes");
        refused(ShapeException.class, () -> Normalization.layerNorm(x, three, four, 1e-5), "layerNorm", "[4]", "[3]");
        refused(ShapeException.class, () -> Normalization.layerNorm(x, 4, 1e-5), "layerNorm: 4 last axes of x [2,4,3]");
        refused(ShapeException.class, () -> Normalization.rmsNorm(x, 0, 1e-5), "rmsNorm: 0 last axes");
        refused(TensorException.class, () -> Normalization.rmsNorm(x, 1, -1), "rmsNorm: epsilon -1.0 is below 0");
        refused(
                DTypeException.class,
                () -> Normalization.layerNorm(Tensor.zeros(DType.INT32, 3), 1, 1e-5),
                "layerNorm: needs a floating dtype");
        refused(
                DTypeException.class,
                () -> Normalization.rmsNorm(x, three.to(FLOAT32), 1e-5),
                "rmsNorm",
                "float32 [3]");
        refused(
                ShapeException.class,
                () -> Normalization.groupNorm(x, 3, 1e-5),
                "groupNorm: 4 channels of x [2,4,3] in 3 groups");
        refused(
                ShapeException.class,
                () -> Normalization.groupNorm(three, 1, 1e-5),
                "groupNorm: x [3] has no channels");
        refused(ShapeException.class, () -> Normalization.batchNorm(x, three, three, 1e-5), "batchNorm", "[3]", "[4]");
        Tensor mean = Tensor.zeros(FLOAT64, 4);
        refused(
                ShapeException.class,
                () -> Normalization.batchNorm(Tensor.ones(FLOAT64, 1, 4), four, four, mean, four, 0.1, 1e-5),
                "batchNorm: x [1,4] has 1 elements for each channel");
        refused(
                TensorException.class,
                () -> Normalization.batchNorm(x, four, four, mean, four, 1.5, 1e-5),
                "batchNorm: momentum 1.5");
        assertEquals(0, mean.sum().item());
        Tensor needed = mean.copy().requiresGrad();
        Tensor square = needed.multiply(needed);
        refused(
                GradientException.class,
                () -> Normalization.batchNorm(x, four, four, needed, four.copy(), 0.1, 1e-5),
                "batchNorm");
        square.close();
    }
}
