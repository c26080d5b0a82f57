package kron4j.contract;

import static kron4j.contract.DeviceUnderTest.GPU;
import static kron4j.contract.DeviceUnderTest.SIM;
import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.DeviceGraph;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Elementwise;
import kron4j.ops.Pooling;
import kron4j.ops.Pooling.Maxima;
import kron4j.ops.Random;
import kron4j.ops.Sliding;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Pooling over one to three axes, beside PyTorch's. */
public class PoolingContract extends GradientContract {
    /** What the counts of all windows divide. */
    private static final double SCALE = 3603600;

    /** Few different numbers, so that most windows have several largest ones; NaN and -infinity too. */
    @Test
    void maximaOfFloat32AreThoseOfFloat64() {
        SplittableRandom r = random(3);
        for (int i = 0; i < 24; i++) {
            int rank = 1 + i % 3;
            long[] shape = new long[2 + rank];
            shape[0] = 2;
            shape[1] = 3;
            int[] window = new int[rank];
            int[] strides = new int[rank];
            int[] dilations = new int[rank];
            int[] padding = new int[rank];
            for (int a = 0; a < rank; a++) {
                window[a] = 1 + r.nextInt(3);
                strides[a] = 1 + r.nextInt(6);
                dilations[a] = 1 + r.nextInt(2);
                padding[a] = r.nextInt(1 + window[a] / 2);
                shape[2 + a] = 7L + r.nextInt(14);
            }
            Sliding how = Sliding.by(strides).padding(padding).dilation(dilations);
            how = i % 2 == 0 ? how.ceil() : how;
            Tensor numbers = Random.randint(i, -2, 3, shape).to(DType.FLOAT64);
            Tensor x = Elementwise.where(Elementwise.equal(numbers, 2), Double.NaN, numbers);
            x = i % 4 == 3
                    ? Tensor.full(DType.FLOAT64, Double.NEGATIVE_INFINITY, shape)
                    : Elementwise.where(Elementwise.equal(numbers, -2), Double.NEGATIVE_INFINITY, x);
            x = x.transpose(0, 1).contiguous().transpose(0, 1);
            Pooling.Maxima expected = Pooling.maxPool(x, window, how);
            Pooling.Maxima found = Pooling.maxPool(x.to(DType.FLOAT32), window, how);
            same(NDArray.of(expected.values()), found.values());
            same(NDArray.of(expected.indices()), found.indices());
        }
    }

    /** Integers, and slopes that the counts divide, whose sums are exact in float32. */
    @Test
    void meansOfFloat32AndTheirGradientsAreThoseOfFloat64() {
        SplittableRandom r = random(4);
        for (int i = 0; i < 24; i++) {
            int rank = 1 + i % 3;
            long[] shape = new long[2 + rank];
            shape[0] = 2;
            shape[1] = 3;
            int[] window = new int[rank];
            int[] strides = new int[rank];
            int[] padding = new int[rank];
            for (int a = 0; a < rank; a++) {
                window[a] = 1 + r.nextInt(4);
                strides[a] = i % 2 == 0 ? window[a] : 1 + r.nextInt(3);
                padding[a] = r.nextInt(1 + window[a] / 2);
                shape[2 + a] = 6L + r.nextInt(9);
            }
            Sliding how = Sliding.by(strides).padding(padding);
            boolean adaptive = rank == 1 && i % 2 == 1;
            boolean countPadding = i % 4 == 1;
            Tensor x = Random.randint(i, -9, 10, shape).to(DType.FLOAT64).requiresGrad();
            Tensor same = x.detach().to(DType.FLOAT32).requiresGrad();
            Tensor expected = adaptive ? adaptiveMean(x, window) : Pooling.avgPool(x, window, how, countPadding);
            Tensor found = adaptive ? adaptiveMean(same, window) : Pooling.avgPool(same, window, how, countPadding);
            same(NDArray.of(expected.to(DType.FLOAT32)), found);
            Tensor g = Random.randint(i, -9, 10, found.shape().dims())
                    .to(DType.FLOAT64)
                    .multiply(adaptive ? SCALE : 12 * 12 * 12);
            Tensor gradient = Gradients.vjp(expected, g, x).get(0);
            same(
                    NDArray.of(gradient.to(DType.FLOAT32)),
                    Gradients.vjp(found, g.to(DType.FLOAT32), same).get(0));
        }
    }

    @Test
    void valuesPlacesAndGradientsArePyTorchs() {
        SplittableRandom r = random(1);
        List<String[]> lines = TorchCases.lines("pooling.txt");
        assertTrue(lines.size() > 40);
        for (int i = 0; i < lines.size(); i++) {
            String[] line = lines.get(i);
            boolean max = line[0].endsWith("ax");
            DType dtype = max ? FLOATING[i % 2] : DType.FLOAT64;
            double scale = max ? 1 : SCALE;
            NDArray values = TorchCases.operand("x", TorchCases.shape(line[1])).map(v -> v * scale);
            long[] shape = TorchCases.shape(line[7]);
            try (TensorScope inner = device().openScope()) {
                Tensor x = (i % 3 == 0 ? strided(r, values, dtype) : values.toTensor(dtype)).requiresGrad();
                int[] window = TorchCases.ints(line[2]);
                Sliding how = Sliding.by(1);
                if (!line[0].startsWith("adaptive")) {
                    how = Sliding.by(TorchCases.ints(line[3]))
                            .padding(TorchCases.ints(line[4]))
                            .dilation(TorchCases.ints(line[5]));
                    how = line[6].equals("1") ? how.ceil() : how;
                }
                Maxima maxima = switch (line[0]) {
                    case "max" -> Pooling.maxPool(x, window, how);
                    case "adaptiveMax" -> Pooling.adaptiveMaxPool(x, window);
                    default -> null;
                };
                Tensor y = switch (line[0]) {
                    case "avg" -> Pooling.avgPool(x, window, how, true);
                    case "avgInside" -> Pooling.avgPool(x, window, how, false);
                    case "adaptiveAvg" -> adaptiveMean(x, window);
                    default -> maxima.values();
                };
                close(TorchCases.values(line[8], shape), y, Double.MIN_VALUE);
                if (maxima != null) {
                    same(TorchCases.values(line[9], shape), maxima.indices());
                }
                NDArray g = TorchCases.operand("g", shape).map(v -> v * scale);
                Tensor gradient = Gradients.vjp(y, strided(r, g, dtype), x).get(0);
                close(TorchCases.values(line[10], values.shape()), gradient, Double.MIN_VALUE);
            }
        }
    }

    private static Tensor adaptiveMean(Tensor x, int... sizes) {
        return switch (sizes.length) {
            case 1 -> Pooling.adaptiveAvgPool1d(x, sizes);
            case 2 -> Pooling.adaptiveAvgPool2d(x, sizes);
            default -> Pooling.adaptiveAvgPool3d(x, sizes);
        };
    }

    @Test
    void namesForOneToThreeAxes() {
        Tensor x = TorchCases.operand("x", 2, 3, 4, 6, 5).toTensor(DType.FLOAT32);
        Tensor plane = x.select(2, 1);
        Tensor row = plane.select(2, 1);
        int[] two = {2};
        Sliding three = Sliding.by(3);
        same(NDArray.of(Pooling.maxPool(row, two, Sliding.by(2)).values()), Pooling.maxPool1d(row, 2));
        same(NDArray.of(Pooling.maxPool(row, two, three).values()), Pooling.maxPool1d(row, two, three));
        int[] square = {2, 2};
        same(NDArray.of(Pooling.maxPool(plane, square, Sliding.by(2)).values()), Pooling.maxPool2d(plane, 2));
        same(NDArray.of(Pooling.maxPool(plane, square, three).values()), Pooling.maxPool2d(plane, two, three));
        int[] cube = {2, 2, 2};
        same(NDArray.of(Pooling.maxPool(x, cube, Sliding.by(2)).values()), Pooling.maxPool3d(x, 2));
        same(NDArray.of(Pooling.maxPool(x, cube, three).values()), Pooling.maxPool3d(x, two, three));
        same(NDArray.of(Pooling.avgPool(row, two, Sliding.by(2), true)), Pooling.avgPool1d(row, 2));
        same(NDArray.of(Pooling.avgPool(row, two, three, true)), Pooling.avgPool1d(row, two, three));
        same(NDArray.of(Pooling.avgPool(plane, square, Sliding.by(2), true)), Pooling.avgPool2d(plane, 2));
        same(NDArray.of(Pooling.avgPool(plane, square, three, true)), Pooling.avgPool2d(plane, two, three));
        same(NDArray.of(Pooling.avgPool(x, cube, Sliding.by(2), true)), Pooling.avgPool3d(x, 2));
        same(NDArray.of(Pooling.avgPool(x, cube, three, true)), Pooling.avgPool3d(x, two, three));
        same(NDArray.of(x.mean(2, 3, 4)), Pooling.adaptiveAvgPool3d(x, 1).reshape(2, 3));
        same(NDArray.of(x.max(2, 3, 4)), Pooling.adaptiveMaxPool3d(x, 1).reshape(2, 3));
        same(NDArray.of(plane.max(2, 3)), Pooling.adaptiveMaxPool2d(plane, 1).reshape(2, 3));
        same(NDArray.of(row), Pooling.adaptiveMaxPool1d(row, 5));
        assertEquals(Shape.of(3, 3, 2), Pooling.maxPool2d(plane.get(0), 2).shape());
        same(NDArray.of(Pooling.maxPool2d(plane, 2).get(0)), Pooling.maxPool2d(plane.get(0), 2));
    }

    @Test
    void specialValues() {
        double nan = Double.NaN;
        double inf = Double.POSITIVE_INFINITY;
        double[] values = {1, nan, 2, nan, -inf, -inf, -inf, -inf, -0.0, 0.0, inf, 3};
        for (DType dtype : new DType[] {DType.FLOAT64, DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16}) {
            Tensor x = NDArray.of(values, 1, 12).toTensor(dtype);
            Maxima maxima = Pooling.maxPool(x, new int[] {4}, Sliding.by(4));
            same(NDArray.of(new double[] {nan, -inf, inf}, 1, 3), maxima.values());
            assertArrayEquals(new long[] {1, 4, 10}, maxima.indices().toLongArray());
            assertEquals(dtype, maxima.values().dtype());
            Maxima padded = Pooling.maxPool(
                    x.slice(1, 4, 10), new int[] {2}, Sliding.by(2).padding(1));
            same(
                    NDArray.of(new double[] {-inf, -inf, 0, 0}, 1, 4),
                    padded.values().add(0));
            assertArrayEquals(new long[] {0, 1, 4, 5}, padded.indices().toLongArray());
            assertEquals(-0.0, Pooling.maxPool1d(x.slice(1, 8, 10), 2).item());
            same(NDArray.of(new double[] {nan, -inf, inf}, 1, 3), Pooling.avgPool1d(x, 4));
        }
    }

    @Test
    void meansOfHalvesAreRoundedOnce() {
        NDArray values = NDArray.random(random(5), 1, 2, 40, 3);
        for (DType half : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
            Tensor x = values.toTensor(half);
            same(NDArray.of(Pooling.avgPool2d(x.to(DType.FLOAT32), 20, 3).to(half)), Pooling.avgPool2d(x, 20, 3));
            same(
                    NDArray.of(
                            Pooling.adaptiveAvgPool2d(x.to(DType.FLOAT32), 3, 2).to(half)),
                    Pooling.adaptiveAvgPool2d(x, 3, 2));
        }
    }

    @Test
    void normsOfWindows() {
        Tensor x = NDArray.of(new double[] {3, -4, 0, 0, 1, 2}, 1, 1, 6)
                .toTensor(DType.FLOAT64)
                .requiresGrad();
        Tensor y = Pooling.lpPool(x, 2, new int[] {2}, Sliding.by(2));
        close(NDArray.of(new double[] {5, 0, Math.sqrt(5)}, 1, 1, 3), y, 8 * 0x1p-52);
        Tensor g = Gradients.of(y.sum(), x).get(0);
        double root = Math.sqrt(5);
        close(NDArray.of(new double[] {0.6, -0.8, 0, 0, 1 / root, 2 / root}, 1, 1, 6), g, 8 * 0x1p-52);
        List<Tensor> once = Gradients.of(
                Graph.DIFFERENTIABLE,
                Pooling.lpPool(x, 2, new int[] {3}, Sliding.by(3)).sum(),
                x);
        Tensor diagonal = Gradients.of(once.get(0).slice(2, 2, 4).sum(), x).get(0);
        close(NDArray.of(new double[] {0, 0, 0.2, 1 / root, 0, 0}, 1, 1, 6), diagonal, 8 * 0x1p-52);
        assertEquals(10, Pooling.lpPool(x, 1, new int[] {6}, Sliding.by(1)).item());
    }

    @Test
    void gradientsToSecondOrder() {
        int[] window = {3, 2};
        Sliding how = Sliding.by(2, 1).padding(1).ceil();
        smooth("maxPool", t -> Pooling.maxPool(t[0], window, how).values(), distinct(1, 1, 2, 4, 3));
        smooth("avgPool", t -> Pooling.avgPool(t[0], window, how, true), uniform(2, 1, 2, 4, 3));
        smooth("avgPool without padding", t -> Pooling.avgPool(t[0], window, how, false), uniform(3, 1, 1, 4, 3));
        smooth("adaptiveAvgPool", t -> Pooling.adaptiveAvgPool2d(t[0], 3, 2), uniform(4, 1, 1, 4, 3));
        smooth("adaptiveMaxPool", t -> Pooling.adaptiveMaxPool2d(t[0], 3, 2), distinct(5, 1, 1, 4, 3));
        smooth("lpPool", t -> Pooling.lpPool(t[0], 3, window, how), between(6, 0.5, 2, 1, 1, 4, 3));
    }

    @Test
    @OnlyOn({SIM, GPU})
    void areReplayedByGraphs() {
        Tensor x = TorchCases.operand("x", 2, 2, 5, 6).toTensor(DType.FLOAT32);
        Sliding how = Sliding.by(2).padding(1);
        int[] window = {3};
        Tensor expected = Pooling.maxPool2d(x, window, how).add(Pooling.avgPool2d(x, window, how));
        Tensor[] recorded = new Tensor[1];
        try (DeviceGraph graph = device().capture(
                        () -> recorded[0] = Pooling.maxPool2d(x, window, how).add(Pooling.avgPool2d(x, window, how)))) {
            graph.replay();
            same(NDArray.of(expected), recorded[0]);
        }
    }

    @Test
    void longRowsAndManyRows() {
        Tensor x = NDArray.generate(new long[] {1, 2, 3, 2500}, i -> i[3] % 1000 - i[2])
                .toTensor(DType.FLOAT64);
        Maxima maxima = Pooling.maxPool(x, new int[] {3, 2}, Sliding.by(1));
        assertEquals(Shape.of(1, 2, 1, 2499), maxima.values().shape());
        NDArray expected =
                NDArray.generate(new long[] {1, 2, 1, 2499}, i -> i[3] % 1000 == 999 ? 999 : i[3] % 1000 + 1);
        same(expected, maxima.values());
        same(expected.map(v -> v), Pooling.maxPool2d(x, new int[] {3, 2}, Sliding.by(1)));
        same(NDArray.generate(new long[] {1, 2, 1, 2499}, i -> i[3] % 1000 == 999 ? i[3] : i[3] + 1), maxima.indices());
    }

    @Test
    void refusesWhatDoesNotFit() {
        Tensor x = Tensor.ones(DType.FLOAT32, 1, 2, 4, 5);
        int[] three = {3};
        refused(
                ShapeException.class,
                () -> Pooling.maxPool2d(x, 5),
                "maxPool2d: windows reach over 5 elements on axis -2 of x [1,2,4,5], which has 4 and padding 0 + 0");
        refused(
                ShapeException.class,
                () -> Pooling.maxPool2d(x, three, Sliding.by(1).padding(2)),
                "maxPool2d: padding 2 + 2 on axis -2 of x [1,2,4,5] is more than half of a window, which reaches"
                        + " over 3");
        refused(
                ShapeException.class,
                () -> Pooling.maxPool3d(x.get(0), 1),
                "maxPool3d: x [2,4,5]; expected [n, channels, size, size, size]");
        refused(ShapeException.class, () -> Pooling.maxPool2d(x, 1, 2, 3), "maxPool2d: window [1, 2, 3] has 3 numbers");
        refused(ShapeException.class, () -> Pooling.maxPool2d(x, 0), "maxPool2d: window [0] must be at least 1");
        refused(
                ShapeException.class,
                () -> Pooling.avgPool2d(x, three, Sliding.by(1).dilation(2)),
                "avgPool2d: dilation 2; only maxima");
        refused(
                ShapeException.class,
                () -> Pooling.avgPool2d(x, three, Sliding.by(1).groups(2)),
                "avgPool2d: groups, same()");
        refused(
                ShapeException.class,
                () -> Pooling.maxPool1d(
                        Tensor.ones(DType.FLOAT32, 1, 1, 1),
                        new int[] {2},
                        Sliding.by(1).dilation(2).padding(1)),
                "maxPool1d: window 0 on axis -1 of x [1,1,1] with dilation 2 has no element");
        refused(
                ShapeException.class,
                () -> Pooling.adaptiveAvgPool2d(Tensor.ones(DType.FLOAT32, 1, 1, 0, 2), 1),
                "adaptiveAvgPool2d: axis -2 of x [1,1,0,2] has no element");
        refused(ShapeException.class, () -> Pooling.maxPool(x, new int[0], Sliding.by(1)), "maxPool: 0 sizes");
        refused(
                TensorException.class,
                () -> Pooling.lpPool(x, 0, three, Sliding.by(1)),
                "lpPool: p is 0.0 for x [1,2,4,5]");
        refused(
                DTypeException.class,
                () -> Pooling.maxPool2d(x.to(DType.INT32), 2),
                "maxPool2d: needs a floating dtype, got int32");
        refused(
                DTypeException.class,
                () -> Pooling.avgPool2d(x.to(DType.COMPLEX64), 2),
                "avgPool2d: needs a real dtype");
    }
}
