package kron4j.contract;

import static kron4j.contract.DeviceUnderTest.GPU;
import static kron4j.contract.DeviceUnderTest.SIM;
import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.DeviceGraph;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Convolutions;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.ops.Sliding;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions and their transposes of one to three axes, beside PyTorch's. */
public class ConvolutionContract extends GradientContract {
    @FunctionalInterface
    private interface Function {
        Tensor of(Tensor x, Tensor kernel, Tensor bias, Sliding how);
    }

    private static Function named(String name) {
        return switch (name) {
            case "conv1d" -> Convolutions::conv1d;
            case "conv2d" -> Convolutions::conv2d;
            case "conv3d" -> Convolutions::conv3d;
            case "convTranspose1d" -> Convolutions::convTranspose1d;
            case "convTranspose2d" -> Convolutions::convTranspose2d;
            case "convTranspose3d" -> Convolutions::convTranspose3d;
            default -> throw new AssertionError(name);
        };
    }

    private static Sliding how(String... line) {
        return Sliding.by(TorchCases.ints(line[3]))
                .padding(TorchCases.ints(line[4]), TorchCases.ints(line[5]))
                .dilation(TorchCases.ints(line[6]))
                .groups(Integer.parseInt(line[7]))
                .outputPadding(TorchCases.ints(line[8]));
    }

    @Test
    void valuesAndGradientsArePyTorchs() {
        SplittableRandom r = random(1);
        List<String[]> lines = TorchCases.lines("convolutions.txt");
        assertTrue(lines.size() > 60);
        for (int i = 0; i < lines.size(); i++) {
            String[] line = lines.get(i);
            DType dtype = FLOATING[i % 2];
            NDArray x = TorchCases.operand("x", TorchCases.shape(line[1]));
            NDArray kernel = TorchCases.operand("kernel", TorchCases.shape(line[2]));
            NDArray y = TorchCases.values(line[10], TorchCases.shape(line[9]));
            NDArray bias = TorchCases.operand("bias", y.shape()[1]);
            NDArray g = TorchCases.operand("g", y.shape());
            try (TensorScope inner = device().openScope()) {
                Tensor[] leaves = i % 3 == 0
                        ? new Tensor[] {strided(r, x, dtype), strided(r, kernel, dtype), strided(r, bias, dtype)}
                        : new Tensor[] {x.toTensor(dtype), kernel.toTensor(dtype), bias.toTensor(dtype)};
                for (Tensor leaf : leaves) {
                    leaf.requiresGrad();
                }
                Tensor result = named(line[0]).of(leaves[0], leaves[1], leaves[2], how(line));
                close(y, result, Double.MIN_VALUE);
                List<Tensor> gradients = Gradients.vjp(result, strided(r, g, dtype), leaves);
                close(TorchCases.values(line[11], x.shape()), gradients.get(0), Double.MIN_VALUE);
                close(TorchCases.values(line[12], kernel.shape()), gradients.get(1), Double.MIN_VALUE);
                close(TorchCases.values(line[13], bias.shape()), gradients.get(2), Double.MIN_VALUE);
            }
        }
    }

    @Test
    void integersWrapAroundAndComplexNumbersAreNotConjugated() {
        NDArray x = TorchCases.operand("x", 2, 2, 4, 5);
        NDArray kernel = TorchCases.operand("kernel", 3, 2, 2, 3);
        Sliding how = Sliding.by(2, 1).padding(1);
        Tensor expected = Convolutions.conv2d(x.toTensor(DType.FLOAT64), kernel.toTensor(DType.FLOAT64), how);
        for (DType dtype : NUMBERS) {
            same(
                    NDArray.of(expected.to(DType.INT64).to(dtype)),
                    Convolutions.conv2d(
                                    x.toTensor(DType.INT64).to(dtype),
                                    kernel.toTensor(DType.INT64).to(dtype),
                                    how)
                            .add(0));
        }
        for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
            Tensor z = ComplexNumbers.complex(x.toTensor(dtype.realPart()), x.toTensor(dtype.realPart()));
            Tensor w = ComplexNumbers.complex(
                    kernel.toTensor(dtype.realPart()),
                    kernel.toTensor(dtype.realPart()).negate());
            // (1 + i) (1 - i) = 2
            Tensor result = Convolutions.conv2d(z, w, how);
            assertArrayEquals(
                    expected.multiply(2).toDoubleArray(),
                    result.real().to(DType.FLOAT64).add(0).toDoubleArray());
            assertEquals(0, result.imag().abs().max().item());
        }
    }

    @Test
    void halvesAreRoundedOnce() {
        for (DType half : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
            Tensor x = NDArray.random(random(3), 2, 3, 6, 5).toTensor(half);
            Tensor kernel = NDArray.random(random(4), 3, 4, 3, 2).toTensor(half);
            Tensor forward = kernel.transpose(0, 1);
            Tensor wideX = x.to(DType.FLOAT32);
            Tensor wideKernel = kernel.to(DType.FLOAT32);
            for (int stride = 1; stride < 3; stride++) {
                Sliding how = Sliding.by(stride).padding(1);
                near(
                        half,
                        Convolutions.conv2d(wideX, wideKernel.transpose(0, 1), how),
                        Convolutions.conv2d(x, forward, how));
                near(
                        half,
                        Convolutions.convTranspose2d(wideX, wideKernel, how),
                        Convolutions.convTranspose2d(x, kernel, how));
            }
        }
    }

    /** Sums of up to 18 products below 1 in another order may round the other way. */
    private static void near(DType half, Tensor wide, Tensor result) {
        assertEquals(half, result.dtype());
        close(NDArray.of(wide), result.to(DType.FLOAT32), 18 * (half.epsilon() / 2 + 18 * DType.FLOAT32.epsilon()));
    }

    @Test
    void imagesNeedNoBatch() {
        Tensor x = TorchCases.operand("x", 2, 5, 4).toTensor(DType.FLOAT64);
        Tensor kernel = TorchCases.operand("kernel", 2, 2, 2, 2).toTensor(DType.FLOAT64);
        same(NDArray.of(Convolutions.conv2d(x.unsqueeze(0), kernel).squeeze(0)), Convolutions.conv2d(x, kernel));
        same(
                NDArray.of(Convolutions.convTranspose2d(x.unsqueeze(0), kernel, Sliding.ONE)
                        .squeeze(0)),
                Convolutions.convTranspose2d(x, kernel, Sliding.ONE));
        Tensor y = Convolutions.conv2d(x, kernel, Sliding.ONE.same());
        assertEquals(x.shape(), y.shape());
        same(NDArray.of(Convolutions.conv2d(x, kernel, Sliding.ONE.padding(new int[] {0}, new int[] {1}))), y);
    }

    @Test
    void nanStaysInItsWindows() {
        double[] values = new double[25];
        values[12] = Double.NaN;
        values[0] = Double.POSITIVE_INFINITY;
        Tensor y = Convolutions.conv2d(
                NDArray.of(values, 1, 1, 5, 5).toTensor(DType.FLOAT64), Tensor.ones(DType.FLOAT64, 1, 1, 2, 2));
        double[] results = y.toDoubleArray();
        for (int i = 0; i < 16; i++) {
            boolean holds = i / 4 >= 1 && i / 4 <= 2 && i % 4 >= 1 && i % 4 <= 2;
            assertEquals(holds ? Double.NaN : i == 0 ? Double.POSITIVE_INFINITY : 0, results[i]);
        }
    }

    /** Whole numbers, so that sums in any order are exact. */
    @Test
    void float32AgreesWithFloat64() {
        SplittableRandom r = random(2);
        for (int i = 0; i < 24; i++) {
            int rank = 1 + i % 3;
            int groups = 1 + r.nextInt(2);
            long[] image = new long[rank];
            long[] taps = new long[rank];
            int[] strides = new int[rank];
            int[] dilations = new int[rank];
            int[] padding = new int[rank];
            for (int a = 0; a < rank; a++) {
                taps[a] = 1L + r.nextInt(4);
                strides[a] = 1 + r.nextInt(3);
                dilations[a] = 1 + r.nextInt(3);
                padding[a] = r.nextInt(3);
                image[a] = (long) (rank == 1 ? 70 : rank == 2 ? 13 : 8) + r.nextInt(9);
                taps[a] = Math.min(taps[a], 1 + (image[a] - 1) / dilations[a]);
            }
            int inputs = 1 + r.nextInt(3);
            Shape shape = Shape.of(2, groups * inputs).concat(Shape.of(image));
            Shape kernel = Shape.of((long) groups * (1 + r.nextInt(8)), inputs).concat(Shape.of(taps));
            Sliding how =
                    Sliding.by(strides).padding(padding).dilation(dilations).groups(groups);
            Function conv = named("conv" + rank + "d");
            List<List<Tensor>> found = new ArrayList<>();
            for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
                Tensor x = whole(1, dtype, shape).transpose(0, 1).contiguous().transpose(0, 1);
                Tensor w = whole(2, dtype, kernel).transpose(-1, 1).contiguous().transpose(-1, 1);
                Tensor bias = whole(3, dtype, Shape.of(kernel.at(0)));
                x = x.detach().requiresGrad();
                w = w.detach().requiresGrad();
                Tensor y = conv.of(x, w, bias, how);
                List<Tensor> all = new ArrayList<>(Gradients.vjp(y, whole(4, dtype, y.shape()), x, w));
                all.add(y.detach());
                found.add(all);
            }
            for (int t = 0; t < 3; t++) {
                same(NDArray.of(found.get(1).get(t)), found.get(0).get(t));
            }
        }
    }

    /** A stride by which an axis with its zeros has twice as many elements as without them. */
    @Test
    void padsByAsManyElementsAsThereAre() {
        Sliding how = Sliding.by(2, 1).padding(2, 0);
        Shape image = Shape.of(2, 3, 4, 40);
        Shape taps = Shape.of(5, 3, 4, 3);
        Tensor y = Convolutions.conv2d(whole(1, DType.FLOAT32, image), whole(2, DType.FLOAT32, taps), how);
        same(NDArray.of(Convolutions.conv2d(whole(1, DType.FLOAT64, image), whole(2, DType.FLOAT64, taps), how)), y);
        assertEquals(Shape.of(2, 5, 3, 38), y.shape());
    }

    /** Outputs that fill vectors and some that do not. */
    @ParameterizedTest
    @CsvSource({"70, 18, 6", "3, 45, 14", "3, 12, 14"})
    void manyTapsOfManyOutputsAgreeWithFloat64(int inputs, int outputs, int side) {
        List<Tensor> found = new ArrayList<>();
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
            Tensor x = whole(1, dtype, Shape.of(2, inputs, side, side)).requiresGrad();
            Tensor w = whole(2, dtype, Shape.of(outputs, inputs, 3, 3)).requiresGrad();
            Tensor y = Convolutions.conv2d(x, w, Sliding.ONE.padding(1));
            found.add(y.detach());
            found.addAll(Gradients.vjp(y, whole(3, dtype, y.shape()), x, w));
        }
        for (int t = 0; t < 3; t++) {
            same(NDArray.of(found.get(3 + t)), found.get(t));
        }
    }

    private Tensor whole(long seed, DType dtype, Shape shape) {
        return Random.randint(seed, -3, 4, shape.dims()).to(dtype);
    }

    @Test
    void theKernelsGradientHasNoNanFromElementsOfOtherTaps() {
        Tensor x = Tensor.zeros(DType.FLOAT32, 1, 1, 9, 10);
        InPlace.fill(x.select(-1, 9), Double.NaN);
        Tensor w = Tensor.ones(DType.FLOAT32, 5, 1, 1, 3).requiresGrad();
        Tensor y = Convolutions.conv2d(x, w);
        Tensor gradient = Gradients.vjp(y, Tensor.ones(DType.FLOAT32, y.shape().dims()), w)
                .get(0);
        assertEquals(0, gradient.slice(-1, 0, 2).abs().max().item());
        assertEquals(Double.NaN, gradient.select(-1, 2).max().item());
    }

    @Test
    void gradientsToSecondOrder() {
        both(
                "conv1d",
                t -> Convolutions.conv1d(t[0], t[1], t[2], Sliding.by(2).padding(1)),
                uniform(1, 1, 2, 5),
                uniform(2, 2, 2, 3),
                uniform(3, 2));
        both(
                "conv2d of groups",
                t -> Convolutions.conv2d(
                        t[0], t[1], Sliding.ONE.padding(1, 0).dilation(1, 2).groups(2)),
                uniform(1, 1, 2, 2, 4),
                uniform(2, 2, 1, 2, 2));
        both("conv2d of one tap", t -> Convolutions.conv2d(t[0], t[1]), uniform(1, 2, 2, 2, 2), uniform(2, 1, 2, 1, 1));
        smooth("conv3d", t -> Convolutions.conv3d(t[0], t[1]), uniform(1, 1, 1, 2, 3, 2), uniform(2, 2, 1, 2, 2, 1));
        both(
                "convTranspose1d",
                t -> Convolutions.convTranspose1d(
                        t[0], t[1], t[2], Sliding.by(3).padding(1).outputPadding(1)),
                uniform(1, 1, 2, 3),
                uniform(2, 2, 1, 2),
                uniform(3, 1));
        smooth(
                "convTranspose2d",
                t -> Convolutions.convTranspose2d(
                        t[0], t[1], Sliding.by(1, 2).padding(1).groups(2)),
                uniform(1, 1, 2, 3, 2),
                uniform(2, 2, 1, 2, 2));
    }

    @Test
    void emptyOperandsGiveZeros() {
        Tensor kernel = Tensor.ones(DType.FLOAT64, 2, 0, 2, 2).requiresGrad();
        Tensor x = Tensor.ones(DType.FLOAT64, 1, 0, 3, 3).requiresGrad();
        Tensor bias = Tensor.ones(DType.FLOAT64, 2).requiresGrad();
        Tensor y = Convolutions.conv2d(x, kernel, bias, Sliding.ONE);
        same(NDArray.full(1, 1, 2, 2, 2), y);
        List<Tensor> g = Gradients.of(y.sum(), x, kernel, bias);
        assertEquals(x.shape(), g.get(0).shape());
        assertEquals(kernel.shape(), g.get(1).shape());
        same(NDArray.full(4, 2), g.get(2));
        same(NDArray.full(0, 1, 2, 2, 2), Convolutions.conv2d(x, kernel));
        assertEquals(
                Shape.of(2, 0, 4, 4),
                Convolutions.conv2d(Tensor.ones(DType.INT32, 2, 3, 4, 4), Tensor.ones(DType.INT32, 0, 3, 1, 1))
                        .shape());
        Tensor grad = Gradients.of(
                        Convolutions.convTranspose2d(
                                        Tensor.ones(DType.FLOAT32, 0, 2, 2, 2),
                                        bias.to(DType.FLOAT32)
                                                .reshape(2, 1, 1, 1)
                                                .expand(2, 3, 2, 2),
                                        Sliding.by(2))
                                .sum(),
                        bias)
                .get(0);
        same(NDArray.full(0, 2), grad);
    }

    @Test
    @OnlyOn({SIM, GPU})
    void areReplayedByGraphs() {
        Tensor x = TorchCases.operand("x", 2, 2, 5, 6).toTensor(DType.FLOAT32);
        Tensor kernel =
                TorchCases.operand("kernel", 2, 2, 3, 2).toTensor(DType.FLOAT32).requiresGrad();
        Sliding how = Sliding.by(2, 1).padding(1);
        List<Tensor> expected = Gradients.of(Convolutions.conv2d(x, kernel, how).sum(), kernel);
        Tensor[] recorded = new Tensor[1];
        try (DeviceGraph graph = device().capture(() -> recorded[0] =
                Gradients.of(Convolutions.conv2d(x, kernel, how).sum(), kernel).get(0))) {
            graph.replay();
            same(NDArray.of(expected.get(0)), recorded[0]);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        Tensor x = Tensor.ones(DType.FLOAT32, 1, 6, 4, 5);
        Tensor kernel = Tensor.ones(DType.FLOAT32, 4, 3, 3, 3);
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, kernel),
                "conv2d: x [1,6,4,5] has 6 channels, kernel [4,3,3,3] takes 3 in each of 1 groups",
                "channels / groups");
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, kernel, Sliding.ONE.groups(3)),
                "conv2d: 3 groups do not divide the 4 outputs of kernel [4,3,3,3]");
        Sliding two = Sliding.ONE.groups(2);
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, kernel, two.dilation(2)),
                "conv2d: kernel [4,3,3,3] reaches over 5 elements (dilation 2) on axis -2, where x [1,6,4,5] has 4 and"
                        + " padding 0 + 0");
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, kernel, x, two),
                "conv2d: bias [1,6,4,5] for kernel [4,3,3,3]; expected [4]");
        refused(
                ShapeException.class,
                () -> Convolutions.conv1d(x, kernel),
                "conv1d: x [1,6,4,5] and kernel [4,3,3,3]; expected [n, channels, size]");
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, kernel, Sliding.by(1, 2, 3).groups(2)),
                "conv2d: stride [1, 2, 3] has 3 numbers; give one, or one for each of 2 axes");
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, kernel, Sliding.by(0).groups(2)),
                "conv2d: stride [0] must be at least 1");
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, kernel, two.padding(-1)),
                "conv2d: padding [-1] must be at least 0");
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, kernel, Sliding.by(2).groups(2).same()),
                "conv2d: same() needs a stride of 1, got 2");
        refused(
                ShapeException.class,
                () -> Convolutions.conv2d(x, Tensor.ones(DType.FLOAT32, 4, 6, 0, 3)),
                "reaches over 0 elements");
        refused(ShapeException.class, () -> Sliding.ONE.groups(0), "groups 0; must be at least 1");
        refused(
                DTypeException.class,
                () -> Convolutions.conv2d(x, kernel.to(DType.FLOAT64), two),
                "conv2d: operands have dtypes");
        refused(
                DTypeException.class,
                () -> Convolutions.conv2d(x.to(DType.BOOL), kernel.to(DType.BOOL), two),
                "conv2d: bool has no sums of products");
        refused(
                ShapeException.class,
                () -> Convolutions.convTranspose2d(x, kernel, two),
                "convTranspose2d: x [1,6,4,5] has 6 channels, kernel [4,3,3,3] takes 4, in 2 groups");
        Tensor back = Tensor.ones(DType.FLOAT32, 6, 2, 1, 1);
        refused(
                ShapeException.class,
                () -> Convolutions.convTranspose2d(x, back, Sliding.ONE.padding(3)),
                "convTranspose2d: padding 3 + 3 on axis -2 of shapes [1,6,4,5] and [6,2,1,1] gives a size of -2");
        refused(
                ShapeException.class,
                () -> Convolutions.convTranspose2d(x, back, Sliding.ONE.outputPadding(1)),
                "convTranspose2d: output padding 1 on axis -2 must be less than stride 1 or dilation 1");
        refused(
                ShapeException.class,
                () -> Convolutions.convTranspose2d(x, back, Sliding.ONE.same()),
                "convTranspose2d: same() is for convolutions");
    }
}
