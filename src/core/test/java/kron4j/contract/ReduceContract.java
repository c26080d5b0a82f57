package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.relative;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Reductions and softmax against loops over every group of elements. */
public class ReduceContract extends Contract {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private interface Tested {
        Tensor apply(Tensor a, boolean keepDims, int... axes);
    }

    private interface Case {
        void check(NDArray values, Tensor tensor, int... axes);
    }

    /** Every set of axes of every shape, as positive and negative numbers, from layouts of all kinds. */
    private static void everywhere(DType dtype, Case body) {
        long[][] shapes = {{}, {6}, {1}, {3, 4}, {4, 1, 3}, {2, 3, 2, 5}};
        for (long[] shape : shapes) {
            SplittableRandom random = random(shape.length);
            NDArray values = (dtype.isFloating()
                            ? NDArray.random(random, shape)
                            : NDArray.integers(random, -9, 10, shape))
                    .wrapped(dtype);
            for (int set = 0; set < 1 << shape.length; set++) {
                int[] axes = new int[Integer.bitCount(set)];
                int next = 0;
                for (int axis = 0; axis < shape.length; axis++) {
                    if ((set >> axis & 1) != 0) {
                        axes[next++] = axis;
                    }
                }
                body.check(values, strided(random, values, dtype), axes);
            }
        }
    }

    private static int[] negative(int rank, int... axes) {
        int[] negative = Arrays.stream(axes).map(a -> a - rank).toArray();
        for (int i = 0; i < negative.length / 2; i++) {
            int swapped = negative[i];
            negative[i] = negative[negative.length - 1 - i];
            negative[negative.length - 1 - i] = swapped;
        }
        return negative;
    }

    private static void check(DType dtype, double tolerance, Tested tested, ToDoubleFunction<double[]> exact) {
        everywhere(dtype, (values, t, axes) -> {
            Tensor result = tested.apply(t, false, axes);
            close(values.reduce(exact, false, axes), result, tolerance);
            close(values.reduce(exact, true, axes), tested.apply(t, true, negative(values.rank(), axes)), tolerance);
            assertTrue(result.layout().isContiguous());
        });
    }

    private static double sum(double[] group) {
        return Arrays.stream(group)
                .mapToObj(BigDecimal::new)
                .reduce(BigDecimal.ZERO, BigDecimal::add)
                .doubleValue();
    }

    private static double mean(double[] group) {
        return sum(group) / group.length;
    }

    private static double variance(double[] group) {
        double mean = mean(group);
        return mean(Arrays.stream(group).map(x -> (x - mean) * (x - mean)).toArray());
    }

    @Test
    void sumsProductsAndExtremes() {
        for (DType dtype : NUMBERS) {
            double tolerance = 60 * dtype.epsilon();
            check(dtype, tolerance, Reduce::sum, ReduceContract::sum);
            check(dtype, 0, Reduce::max, g -> Arrays.stream(g).max().getAsDouble());
            check(dtype, 0, Reduce::min, g -> Arrays.stream(g).min().getAsDouble());
        }
        for (DType dtype : FLOATING) {
            check(
                    dtype,
                    60 * dtype.epsilon(),
                    Reduce::prod,
                    g -> Arrays.stream(g).reduce(1, (x, y) -> x * y));
        }
    }

    @Test
    void momentsAndNorms() {
        for (DType dtype : FLOATING) {
            double tolerance = 200 * dtype.epsilon();
            check(dtype, tolerance, Reduce::mean, ReduceContract::mean);
            check(dtype, tolerance, (a, keep, axes) -> Reduce.var(a, 0, keep, axes), ReduceContract::variance);
            check(dtype, tolerance, (a, keep, axes) -> Reduce.std(a, 0, keep, axes), g -> Math.sqrt(variance(g)));
            check(
                    dtype,
                    tolerance,
                    (a, keep, axes) -> Reduce.norm(a, 2, keep, axes),
                    g -> Math.sqrt(sum(Arrays.stream(g).map(x -> x * x).toArray())));
            check(
                    dtype,
                    tolerance,
                    (a, keep, axes) -> Reduce.norm(a, 1, keep, axes),
                    g -> sum(Arrays.stream(g).map(Math::abs).toArray()));
            check(
                    dtype,
                    tolerance,
                    (a, keep, axes) -> Reduce.norm(a, 3.5, keep, axes),
                    g -> Math.pow(
                            sum(Arrays.stream(g)
                                    .map(x -> Math.pow(Math.abs(x), 3.5))
                                    .toArray()),
                            1 / 3.5));
            check(
                    dtype,
                    tolerance,
                    (a, keep, axes) -> Reduce.norm(a, -1, keep, axes),
                    g -> 1 / sum(Arrays.stream(g).map(x -> 1 / Math.abs(x)).toArray()));
            check(
                    dtype,
                    0,
                    (a, keep, axes) -> Reduce.norm(a, INF, keep, axes),
                    g -> Arrays.stream(g).map(Math::abs).max().getAsDouble());
            check(
                    dtype,
                    0,
                    (a, keep, axes) -> Reduce.norm(a, -INF, keep, axes),
                    g -> Arrays.stream(g).map(Math::abs).min().getAsDouble());
            check(
                    dtype,
                    0,
                    (a, keep, axes) -> Reduce.norm(a, 0, keep, axes),
                    g -> Arrays.stream(g).filter(x -> x != 0).count());
            check(
                    dtype,
                    tolerance,
                    Reduce::logsumexp,
                    g -> Math.log(sum(Arrays.stream(g).map(Math::exp).toArray())));
        }
    }

    @Test
    void positionsOfExtremes() {
        for (DType dtype : NUMBERS) {
            long[][] shapes = {{5}, {3, 4}, {2, 3, 4}};
            for (long[] shape : shapes) {
                NDArray values = NDArray.integers(random(9), -3, 4, shape).wrapped(dtype);
                Tensor t = strided(random(10), values, dtype);
                same(values.reduce(g -> first(g, Arrays.stream(g).max().getAsDouble()), false), Reduce.argmax(t));
                same(values.reduce(g -> first(g, Arrays.stream(g).min().getAsDouble()), false), Reduce.argmin(t));
                for (int axis = 0; axis < shape.length; axis++) {
                    Tensor result = Reduce.argmax(t, axis - shape.length);
                    assertEquals(DType.INT64, result.dtype());
                    same(values.reduce(g -> first(g, Arrays.stream(g).max().getAsDouble()), false, axis), result);
                    same(
                            values.reduce(g -> first(g, Arrays.stream(g).min().getAsDouble()), true, axis),
                            Reduce.argmin(t, true, axis));
                }
            }
        }
        Tensor withNan = Tensor.of(new double[] {1, NAN, 9, NAN});
        assertEquals(1, Reduce.argmax(withNan).itemLong());
        assertEquals(1, Reduce.argmin(withNan, 0).itemLong());
        assertEquals(0, Reduce.argmax(Tensor.of(3.0)).itemLong());
    }

    private static double first(double[] group, double value) {
        for (int i = 0; i < group.length; i++) {
            if (group[i] == value) {
                return i;
            }
        }
        throw new AssertionError();
    }

    @Test
    void anyAndAllAndCounts() {
        for (DType dtype : DTypes.ofReals()) {
            NDArray bits = NDArray.integers(random(11), 0, 2, 3, 4, 5);
            Tensor t = strided(random(12), bits, dtype);
            for (int[] axes : new int[][] {{}, {0}, {1, 2}, {0, 2}}) {
                same(
                        bits.reduce(g -> Arrays.stream(g).anyMatch(x -> x != 0) ? 1 : 0, false, axes),
                        Reduce.any(t, axes));
                same(
                        bits.reduce(g -> Arrays.stream(g).allMatch(x -> x != 0) ? 1 : 0, true, axes),
                        Reduce.all(t, true, axes));
                same(bits.reduce(ReduceContract::sum, false, axes), Reduce.sum(t, axes));
            }
        }
        assertEquals(1, Reduce.all(Tensor.of(new double[] {NAN, 0.5, -1e-300})).itemLong(), "nonzero is true");
        assertEquals(DType.INT64, Reduce.sum(Tensor.of(new boolean[3])).dtype());
    }

    /** As NumPy: sums and products of what is no floating number in int64, means in float64. */
    @Test
    void integersAndTruthValues() {
        for (DType dtype : new DType[] {DType.INT32, DType.INT64, DType.INT8, DType.UINT8, DType.BOOL}) {
            everywhere(DType.INT32, (integers, unused, axes) -> {
                NDArray values = dtype == DType.BOOL ? integers.map(x -> x > 0 ? 1 : 0) : integers.wrapped(dtype);
                Tensor t = strided(random(3), values, dtype);
                Tensor sum = Reduce.sum(t, axes);
                Tensor product = Reduce.prod(t, true, axes);
                assertEquals(DType.INT64, sum.dtype());
                assertEquals(DType.INT64, product.dtype());
                same(values.reduce(ReduceContract::sum, false, axes), sum);
                same(
                        values.reduce(
                                g -> (double) Arrays.stream(g)
                                        .mapToLong(x -> (long) x)
                                        .reduce(1, (x, y) -> x * y),
                                true,
                                axes),
                        product.to(DType.FLOAT64));
                double scale = Math.max(9, values.scale());
                double tolerance = 12 * scale * DType.FLOAT64.epsilon();
                assertEquals(DType.FLOAT64, Reduce.mean(t, axes).dtype());
                close(values.reduce(ReduceContract::mean, false, axes), Reduce.mean(t, axes), tolerance);
                close(values.reduce(ReduceContract::variance, false, axes), Reduce.var(t, axes), scale * tolerance);
                close(values.reduce(g -> Math.sqrt(variance(g)), false, axes), Reduce.std(t, axes), 9 * tolerance);
                close(
                        values.reduce(
                                g -> Math.sqrt(
                                        sum(Arrays.stream(g).map(x -> x * x).toArray())),
                                false,
                                axes),
                        Reduce.norm(t, axes),
                        60 * tolerance);
                close(
                        values.reduce(
                                g -> Math.log(
                                        sum(Arrays.stream(g).map(Math::exp).toArray())),
                                false,
                                axes),
                        Reduce.logsumexp(t, axes),
                        9 * tolerance);
            });
        }
        int most = Integer.MAX_VALUE;
        assertEquals(
                3L * most, Reduce.sum(Tensor.of(new int[] {most, most, most})).itemLong());
        assertEquals(
                (long) most * most,
                Reduce.prod(Tensor.of(new int[] {most, most})).itemLong());
        assertEquals(most, Reduce.mean(Tensor.of(new int[] {most, most, most})).item());
        assertEquals(
                0x1p63,
                Reduce.mean(Tensor.of(new long[] {Long.MAX_VALUE, Long.MAX_VALUE}))
                        .item());
        assertEquals(
                Long.MIN_VALUE,
                Reduce.sum(Tensor.of(new long[] {Long.MAX_VALUE, 1})).itemLong(),
                "wraps around");
        assertEquals(
                0.75,
                Reduce.mean(Tensor.of(new boolean[] {true, true, false, true})).item());
        assertEquals(NAN, Reduce.mean(Tensor.zeros(DType.INT32, 0)).item());
        Tensor wide = Tensor.full(DType.INT32, 125_000, 200_000, 3);
        same(NDArray.full(25e9, 3), wide.sum(0).to(DType.FLOAT64));
        same(NDArray.full(375e3, 200_000), wide.sum(1).to(DType.FLOAT64));
        same(
                NDArray.full(25e9, 3, 2),
                wide.transpose().unsqueeze(1).expand(3, 2, 200_000).sum(2).to(DType.FLOAT64));
    }

    /** NumPy and PyTorch refuse an empty axis also where the result is empty. */
    @Test
    void extremesAlongAnEmptyAxis() {
        Tensor t = Tensor.zeros(DType.FLOAT32, 2, 0, 0, 3);
        for (int[] axes : new int[][] {{}, {1}, {2}, {1, 2}, {0, 1}, {3, 2}}) {
            refused(ShapeException.class, () -> Reduce.max(t, axes), "max: no elements to reduce in shape [2,0,0,3]");
            refused(
                    ShapeException.class,
                    () -> Reduce.min(t, true, axes),
                    "min: no elements to reduce in shape [2,0,0,3]");
        }
        refused(
                ShapeException.class,
                () -> Reduce.argmax(t, 1),
                "argmax: no elements to reduce in shape [2,0,0,3] along [1]");
        refused(ShapeException.class, () -> Reduce.argmin(t), "argmin: no elements");
        for (int[] axes : new int[][] {{0}, {3}, {0, 3}}) {
            assertEquals(0, Reduce.max(t, axes).size());
        }
        assertEquals(Shape.of(0, 0, 3), Reduce.argmin(t, 0).shape());
    }

    @Test
    void noElements() {
        Tensor t = Tensor.zeros(DType.FLOAT64, 2, 0);
        same(NDArray.full(0, 2), Reduce.sum(t, 1));
        same(NDArray.full(1, 2), Reduce.prod(t, 1));
        same(NDArray.full(0, 2), Reduce.any(t, 1));
        same(NDArray.full(1, 2), Reduce.all(t, 1));
        same(NDArray.full(NAN, 2), Reduce.mean(t, 1));
        same(NDArray.full(NAN, 2), Reduce.var(t, 1));
        same(NDArray.full(0, 2), Reduce.norm(t, 1));
        same(NDArray.full(0, 2), Reduce.norm(t, INF, false, 1));
        same(NDArray.full(-INF, 2, 1), Reduce.logsumexp(t, true, 1));
        assertEquals(Shape.of(0), Reduce.max(t, 0).shape(), "nothing is asked for");
        assertEquals(Shape.of(0), Reduce.logsumexp(t, 0).shape());
        assertEquals(Shape.of(2, 0), Softmax.softmax(t, 1).shape());
        assertEquals(Shape.of(2, 0), Softmax.logSoftmax(t, 0).shape());
        refused(ShapeException.class, () -> Reduce.max(t, 1), "max: no elements to reduce in shape [2,0]");
        refused(ShapeException.class, () -> Reduce.argmin(t), "argmin: no elements");
        refused(ShapeException.class, () -> Reduce.norm(t, -1, false, 1), "no elements");
    }

    /** Against float64: a result is at most 1, a logarithm at least -64, and a sum of n has n roundings. */
    @Test
    void softmaxOfNeighbouringColumns() {
        long[][] shapes = {{130, 48}, {3, 70, 2, 32}, {5, 1040}, {2, 9, 16}};
        for (int i = 0; i < shapes.length; i++) {
            int axis = shapes[i].length > 2 ? 1 : 0;
            Tensor x = Random.normal(i, DType.FLOAT64, shapes[i]).multiply(5).to(DType.FLOAT32);
            InPlace.fill(x.slice(-1, 3, 4), NAN);
            InPlace.fill(x.slice(-1, 5, 6), -INF);
            InPlace.fill(x.slice(-1, 7, 8).slice(axis, 0, 2), -INF);
            InPlace.fill(x.slice(-1, 9, 10).slice(axis, 1, 2), INF);
            for (Tensor operand : new Tensor[] {x, x.slice(axis, 0, shapes[i][axis], 2)}) {
                double bound = (operand.shape().at(axis) + 64) * 0x1p-24;
                Tensor wanted = operand.contiguous().requiresGrad();
                Tensor wide = operand.to(DType.FLOAT64).requiresGrad();
                Tensor g = Random.uniform(7, DType.FLOAT32, wanted.shape().dims());
                close(NDArray.of(Softmax.softmax(wide, axis)), Softmax.softmax(operand, axis), bound);
                close(NDArray.of(Softmax.logSoftmax(wide, axis)), Softmax.logSoftmax(operand, axis), bound);
                close(
                        NDArray.of(Gradients.vjp(Softmax.softmax(wide, axis), g.to(DType.FLOAT64), wide)
                                .get(0)),
                        Gradients.vjp(Softmax.softmax(wanted, axis), g, wanted).get(0),
                        2 * bound);
                close(
                        NDArray.of(Gradients.vjp(Softmax.logSoftmax(wide, axis), g.to(DType.FLOAT64), wide)
                                .get(0)),
                        Gradients.vjp(Softmax.logSoftmax(wanted, axis), g, wanted)
                                .get(0),
                        operand.shape().at(axis) * bound);
            }
        }
    }

    @Test
    void nanAndInfinityAreKept() {
        Tensor t = Tensor.of(new double[][] {{1, NAN, 2}, {INF, -INF, 0}, {INF, 1, 2}, {-INF, -INF, -INF}, {0, 0, 0}});
        same(NDArray.of(new double[] {NAN, NAN, INF, -INF, 0}, 5), t.sum(1));
        same(NDArray.of(new double[] {NAN, INF, INF, -INF, 0}, 5), t.max(1));
        same(NDArray.of(new double[] {NAN, -INF, 1, -INF, 0}, 5), t.min(1));
        same(NDArray.of(new double[] {NAN, INF, INF, INF, 0}, 5), Reduce.norm(t, 1));
        same(NDArray.of(new double[] {NAN, INF, INF, INF, 0}, 5), Reduce.norm(t, 3, false, 1));
        same(
                NDArray.of(new double[] {NAN, 0, INF, INF, 0}, 5),
                Reduce.norm(Elementwise.where(Elementwise.equal(t, 1), INF, t), -2, false, 1)
                        .multiply(Tensor.of(new double[] {1, 1, INF, 1, 1})));
        relative(NDArray.of(new double[] {NAN, INF, INF, -INF, Math.log(3)}, 5), Reduce.logsumexp(t, 1), 1e-15, 0);
        same(NDArray.of(new double[] {NAN, NAN, NAN}, 3), Softmax.softmax(t.select(0, 0), 0));
        same(NDArray.of(new double[] {NAN, NAN, NAN}, 3), Softmax.softmax(t.select(0, 3), 0));
    }

    @Test
    void nothingOverflowsOnTheWay() {
        for (DType dtype : FLOATING) {
            double large = dtype == DType.FLOAT32 ? 1e38 : 1e308;
            double small = dtype == DType.FLOAT32 ? 1e-44 : 1e-320;
            double middle = dtype == DType.FLOAT32 ? 3e-22 : 1e-160; // whose squares have few bits
            for (double scale : new double[] {large, small, middle, 1}) {
                Tensor t = Tensor.of(new double[] {scale / 2, -scale / 2, 0, scale / 4})
                        .to(dtype);
                double e = t.abs().max().to(DType.FLOAT64).item();
                double least = dtype == DType.FLOAT32 ? Float.MIN_VALUE : Double.MIN_VALUE;
                close(NDArray.scalar(1.5 * e), Reduce.norm(t), 4 * dtype.epsilon() * e + 2 * least);
                double three = e * Math.pow(2.125, 1.0 / 3);
                close(NDArray.scalar(three), Reduce.norm(t, 3, false), 4 * dtype.epsilon() * e + 2 * least);
            }
            double huge = dtype == DType.FLOAT32 ? 3e38 : 1.7e308;
            relative(
                    NDArray.scalar((dtype == DType.FLOAT32 ? (float) huge : huge)),
                    Reduce.logsumexp(Tensor.of(new double[] {huge, huge, -huge}).to(dtype)),
                    2 * dtype.epsilon(),
                    0);
        }
        relative(
                NDArray.scalar(-1000 + Math.log(2)),
                Reduce.logsumexp(Tensor.of(new double[] {-1000, -1000})),
                1e-15,
                0);
    }

    /** A variance of 3.5 10^41 is infinite in float32, its root is not; nor is a variance of 10^38 whose sum of squares is. */
    @Test
    void squaresOfDistancesMayBeTooLarge() {
        double[] numbers = {0, 1, -2, 0.5, 3, -1};
        double root = Math.sqrt(variance(numbers));
        for (DType dtype : FLOATING) {
            double largest = dtype == DType.FLOAT32 ? 1e20 : 1e200;
            Tensor x = Tensor.of(numbers, 6).multiply(largest).to(dtype);
            assertEquals(1, Reduce.std(x).item() / (root * largest), 8 * dtype.epsilon());
            assertEquals(INF, Reduce.var(x).item());
            double fits = dtype == DType.FLOAT32 ? 0x1p63 : 0x1p511;
            Tensor y = Tensor.of(numbers, 1, 6).multiply(fits / root).to(dtype);
            assertEquals(1, Reduce.var(y, 0, true, -1).item() / (fits * fits), 16 * dtype.epsilon());
            Tensor leaf = x.copy().requiresGrad();
            double[] slopes = Gradients.of(Reduce.std(leaf), leaf)
                    .get(0)
                    .to(DType.FLOAT64)
                    .toDoubleArray();
            for (int i = 0; i < numbers.length; i++) {
                double exact = (numbers[i] - 0.25) / (numbers.length * root);
                assertEquals(exact, slopes[i], 16 * dtype.epsilon());
            }
            assertEquals(NAN, Reduce.std(x.multiply(INF)).item());
        }
        Tensor pairs = Tensor.of(new double[] {3e20, -3e20, 4e20, -4e20}).to(DType.COMPLEX64);
        assertEquals(
                1, Reduce.std(pairs).to(DType.FLOAT64).item() / (Math.sqrt(12.5) * 1e20), 8 * DType.FLOAT32.epsilon());
    }

    @Test
    void varianceDoesNotCancel() {
        Tensor t = Tensor.of(new double[] {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
        assertEquals(22.5, Reduce.var(t).item());
        assertEquals(30, Reduce.var(t, 1, false).item());
        assertEquals(INF, Reduce.var(t, 4, false).item());
        assertEquals(NAN, Reduce.var(Tensor.of(new double[] {3}), 1, false).item());
    }

    @Test
    void longSumsStayAccurate() {
        int n = 200_003;
        double[] values = new double[n];
        SplittableRandom random = random(13);
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextDouble();
        }
        double exact = Arrays.stream(values)
                .mapToObj(BigDecimal::new)
                .reduce(BigDecimal.ZERO, BigDecimal::add)
                .doubleValue();
        for (DType dtype : FLOATING) {
            Tensor t = Tensor.of(values).to(dtype);
            close(NDArray.scalar(exact), t.sum(), 40 * dtype.epsilon() * exact);
            close(NDArray.scalar(exact / n), t.mean(), 40 * dtype.epsilon());
            close(NDArray.scalar(exact), t.expand(2, n).transpose().sum(0).select(0, 1), 40 * dtype.epsilon() * exact);
            assertArrayEquals(
                    t.sum().to(DType.FLOAT64).toDoubleArray(),
                    t.sum().to(DType.FLOAT64).toDoubleArray(),
                    "deterministic");
        }
        assertEquals(
                12_500_000_000L * 2,
                Tensor.full(DType.INT64, 125_000, 200_000).sum().itemLong());
        assertEquals(
                25_000_000_000L,
                Tensor.full(DType.INT32, 125_000, 200_000).sum().itemLong());
    }

    @Test
    void softmax() {
        for (DType dtype : FLOATING) {
            NDArray values = NDArray.random(random(14), 3, 4, 2).map(x -> (float) (300 * x));
            Tensor t = strided(random(15), values, dtype);
            for (int axis = 0; axis < 3; axis++) {
                NDArray largest = values.reduce(g -> Arrays.stream(g).max().getAsDouble(), true, axis);
                NDArray shifted = values.zip(largest, (x, m) -> x - m);
                NDArray total =
                        shifted.reduce(g -> sum(Arrays.stream(g).map(Math::exp).toArray()), true, axis);
                close(shifted.zip(total, (x, s) -> Math.exp(x) / s), Softmax.softmax(t, axis - 3), 8 * dtype.epsilon());
                close(
                        shifted.zip(total, (x, s) -> x - Math.log(s)),
                        Softmax.logSoftmax(t, axis),
                        600 * dtype.epsilon());
            }
            same(values, t);
        }
        same(
                NDArray.of(new double[] {0.5, 0, 0.5}, 3),
                Softmax.softmax(Tensor.of(new double[] {1e308, -INF, 1e308}), 0));
    }

    @Test
    void wrongAxesAndDTypesAreNamed() {
        Tensor t = Tensor.zeros(DType.FLOAT32, 2, 3);
        Tensor integers = Tensor.zeros(DType.INT32, 2);
        long before = live();
        refused(ShapeException.class, () -> Reduce.sum(t, 2), "sum: axis 2 is out of range for shape [2,3] of rank 2");
        refused(ShapeException.class, () -> Reduce.max(t, 1, -1), "max: axis -1 is given twice for shape [2,3]");
        refused(ShapeException.class, () -> Reduce.mean(t, 0, 0), "mean: axis 0 is given twice");
        refused(ShapeException.class, () -> Reduce.var(t, -3), "var: axis -3");
        refused(ShapeException.class, () -> Softmax.softmax(t, 5), "softmax: axis 5 is out of range for shape [2,3]");
        refused(DTypeException.class, () -> Softmax.logSoftmax(integers, 0), "logSoftmax: needs a floating dtype");
        refused(TensorException.class, () -> Reduce.norm(t, NAN, false), "norm: order is NaN");
        assertEquals(before, live(), "nothing leaks");
    }
}
