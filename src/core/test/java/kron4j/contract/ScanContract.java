package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.DoubleBinaryOperator;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Fused;
import kron4j.ops.Scan;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Running reductions against loops, in every dtype and layout. */
public class ScanContract extends Contract {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    /** Sizes around those where kernels change: a thread's, a warp's, a block's, several blocks'; tiles; many lines. */
    private static final long[][] SHAPES = {
        {1}, {2, 3, 4}, {3, 33}, {130, 2}, {40, 34}, {2, 1, 1030},
    };

    private static final long[][] LONG = {{8200}, {300, 33}};

    /** The long ones for dtypes that have kernels of their own. */
    private static List<long[]> shapes(DType dtype) {
        List<long[]> shapes = new ArrayList<>(Arrays.asList(SHAPES));
        if (dtype == DType.FLOAT64 || dtype == DType.INT64) {
            shapes.addAll(Arrays.asList(LONG));
        }
        return shapes;
    }

    /** The first and the last one. */
    private static int[] axes(long... shape) {
        return shape.length == 1 ? new int[] {0} : new int[] {0, shape.length - 1};
    }

    private static NDArray running(NDArray x, int axis, DoubleBinaryOperator op) {
        double[] data = x.data();
        long[] shape = x.shape();
        int step = 1;
        for (int i = axis + 1; i < shape.length; i++) {
            step *= (int) shape[i];
        }
        for (int i = 0; i < data.length; i++) {
            if (i / step % shape[axis] > 0) {
                data[i] = op.applyAsDouble(data[i - step], data[i]);
            }
        }
        return NDArray.of(data, shape);
    }

    private static NDArray values(DType dtype, SplittableRandom random, long... shape) {
        return NDArray.integers(
                random, dtype == DType.UINT8 || dtype == DType.BOOL ? 0 : -2, dtype == DType.BOOL ? 2 : 3, shape);
    }

    /** Small whole numbers, whose sums are exact. */
    @Test
    void sums() {
        for (DType dtype : DTypes.ofReals()) {
            for (long[] shape : shapes(dtype)) {
                SplittableRandom random = random(shape.length);
                NDArray x = values(dtype, random, shape);
                for (int axis : axes(shape)) {
                    Tensor result = Scan.cumsum(strided(random, x, dtype), axis - shape.length);
                    assertEquals(dtype.ofSums(), result.dtype());
                    same(running(x, axis, Double::sum), result);
                    same(running(x, axis, Double::sum), Scan.cumsum(x.toTensor(dtype), axis));
                }
            }
        }
    }

    @Test
    void products() {
        for (DType dtype : DTypes.ofReals()) {
            for (long[] shape : shapes(dtype)) {
                SplittableRandom random = random(shape.length);
                NDArray signs = NDArray.generate(
                        shape, i -> dtype == DType.UINT8 || dtype == DType.BOOL ? 1 : random.nextInt(2) * 2 - 1);
                NDArray x = NDArray.generate(shape, i -> random.nextInt(50) == 0 ? 0 : signs.get(i));
                for (int axis : axes(shape)) {
                    Tensor result = Scan.cumprod(strided(random, x, dtype), axis);
                    assertEquals(dtype.ofSums(), result.dtype());
                    close(running(x, axis, (p, y) -> p * y), result, Double.MIN_VALUE);
                }
            }
        }
        Tensor wraps = Tensor.of(new long[] {1L << 62, 2, 3});
        assertArrayEquals(
                new long[] {1L << 62, Long.MIN_VALUE, Long.MIN_VALUE},
                Scan.cumprod(wraps, 0).toLongArray());
        assertArrayEquals(
                new long[] {1L << 62, (1L << 62) + 2, (1L << 62) + 5},
                Scan.cumsum(wraps, 0).toLongArray());
    }

    /** Against exact sums: n eps sum|x|, and for float32, which is carried in double, one rounding. */
    @Test
    void sumsAreAccurate() {
        int n = 9_000;
        SplittableRandom random = random(3);
        double[] x = random.doubles(n, -1, 1).map(v -> (float) v).toArray();
        for (DType dtype : FLOATING) {
            for (boolean across : new boolean[] {false, true}) {
                Tensor t = NDArray.of(x, n).toTensor(dtype);
                Tensor y = across ? Scan.cumsum(t.unsqueeze(1).expand(n, 33), 0).select(1, 32) : Scan.cumsum(t, 0);
                double[] sums = y.toDoubleArray();
                double exact = 0;
                double rest = 0; // of the exact sum, to 2^-106 of it
                double magnitude = 0;
                for (int i = 0; i < n; i++) {
                    double next = exact + x[i];
                    rest += Math.abs(exact) > Math.abs(x[i]) ? exact - next + x[i] : x[i] - next + exact;
                    exact = next;
                    magnitude += Math.abs(x[i]);
                    double error = Math.abs(exact - sums[i] + rest);
                    double bound =
                            (i + 1) * 0x1p-53 * magnitude + (dtype == DType.FLOAT32 ? Math.ulp((float) sums[i]) : 0);
                    assertTrue(error <= bound, dtype + " " + i + ": " + error + " > " + bound);
                }
            }
        }
    }

    @Test
    void halvesRoundOnce() {
        for (DType dtype : DTypes.halves()) {
            NDArray x = NDArray.full(1, 3000);
            same(running(x, 0, Double::sum), Scan.cumsum(x.toTensor(dtype), 0));
        }
    }

    @Test
    void complexNumbers() {
        for (DType dtype : DTypes.complex()) {
            for (long[] shape : new long[][] {{3}, {2, 300}, {40, 33}}) {
                for (int axis = 0; axis < shape.length; axis++) {
                    SplittableRandom random = random(5);
                    NDArray re = values(DType.FLOAT64, random, shape);
                    NDArray im = values(DType.FLOAT64, random, shape);
                    Tensor z = ComplexNumbers.complex(
                            strided(random, re, dtype.realPart()), strided(random, im, dtype.realPart()));
                    Tensor sums = Scan.cumsum(z, axis);
                    same(running(re, axis, Double::sum), sums.real());
                    same(running(im, axis, Double::sum), sums.imag());
                }
            }
            // Powers of i are exact.
            Tensor i = Tensor.full(dtype, new Complex(0, 1), 2, 1000);
            for (Tensor y : new Tensor[] {
                Scan.cumprod(i, 1), Scan.cumprod(i.transpose(), 0).transpose()
            }) {
                close(
                        NDArray.generate(new long[] {2, 1000}, at -> new double[] {0, -1, 0, 1}[(int) (at[1] % 4)]),
                        y.real(),
                        Double.MIN_VALUE);
                close(
                        NDArray.generate(new long[] {2, 1000}, at -> new double[] {1, 0, -1, 0}[(int) (at[1] % 4)]),
                        y.imag(),
                        Double.MIN_VALUE);
            }
            Tensor one = Tensor.full(dtype, new Complex(INF, 0), 1);
            assertEquals(new Complex(INF, 0), Scan.cumprod(one, 0).select(0, 0).itemComplex());
        }
    }

    @Test
    void extremes() {
        for (DType dtype : DTypes.ofReals()) {
            for (long[] shape : shapes(dtype)) {
                SplittableRandom random = random(shape.length);
                NDArray x = NDArray.integers(random, 0, dtype == DType.BOOL ? 2 : 100, shape);
                for (int axis : axes(shape)) {
                    Tensor t = strided(random, x, dtype);
                    Scan.Extremes max = Scan.cummax(t, axis);
                    Scan.Extremes min = Scan.cummin(t, axis - shape.length);
                    same(running(x, axis, Math::max), max.values());
                    same(running(x, axis, Math::min), min.values());
                    same(places(x, axis, 1), max.indices());
                    same(places(x, axis, -1), min.indices());
                    assertEquals(dtype, max.values().dtype());
                }
            }
        }
        Tensor odd = Tensor.of(new double[] {1, 2, 2, NAN, 3, NAN, INF});
        assertArrayEquals(
                new double[] {1, 2, 2, NAN, NAN, NAN, NAN},
                Scan.cummax(odd, 0).values().toDoubleArray());
        assertArrayEquals(
                new long[] {0, 1, 2, 3, 3, 5, 5}, Scan.cummax(odd, 0).indices().toLongArray());
        Tensor lowest = Tensor.of(new double[] {-INF, -INF, 0});
        assertArrayEquals(new long[] {0, 1, 2}, Scan.cummax(lowest, 0).indices().toLongArray());
        assertArrayEquals(new long[] {0, 1, 1}, Scan.cummin(lowest, 0).indices().toLongArray());
        Tensor longs = Tensor.of(new long[] {Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 1});
        assertArrayEquals(new long[] {0, 1, 1}, Scan.cummax(longs, 0).indices().toLongArray());
    }

    /** Positions of the last extreme up to each element. */
    private static NDArray places(NDArray x, int axis, int sign) {
        NDArray best = running(x, axis, (a, b) -> sign * Math.max(sign * a, sign * b));
        NDArray at = NDArray.generate(x.shape(), i -> x.get(i) == best.get(i) ? i[axis] : -1);
        return running(at, axis, Math::max);
    }

    @Test
    void logarithmsOfSums() {
        for (DType dtype : DTypes.real()) {
            for (long[] shape : shapes(dtype)) {
                SplittableRandom random = random(shape.length);
                NDArray x = NDArray.random(random, shape).map(v -> Math.rint(v * 64) / 8);
                for (int axis : axes(shape)) {
                    NDArray expected =
                            running(x.map(Math::exp), axis, Double::sum).map(Math::log);
                    // Results below 2^5: a rounding, and relative errors of the sums, a few for each element.
                    double tolerance = 16 * dtype.epsilon() + shape[axis] * 8 * 0x1p-53;
                    close(expected, Scan.logcumsumexp(strided(random, x, dtype), axis), tolerance);
                }
            }
        }
        Tensor t = Tensor.of(new double[] {-INF, -INF, -1000, 1000, 1000, -INF, INF, INF, 3, NAN, 1, INF});
        double two = 1000 + Math.log(2);
        close(
                NDArray.of(new double[] {-INF, -INF, -1000, 1000, two, two, INF, INF, INF, NAN, NAN, NAN}, 12),
                Scan.logcumsumexp(t, 0),
                1e-12);
    }

    @Test
    void differences() {
        for (DType dtype : DTypes.ofReals()) {
            if (dtype == DType.BOOL) {
                continue;
            }
            NDArray x = NDArray.integers(random(1), 0, 50, 4, 6);
            NDArray expected = x;
            Tensor t = strided(random(2), x, dtype);
            for (int n = 0; n < 8; n++) {
                same(expected, Scan.diff(t, n, 1));
                int size = (int) expected.shape()[1];
                NDArray last = expected;
                expected = NDArray.generate(
                        new long[] {4, Math.max(0, size - 1)}, i -> last.get(i[0], i[1] + 1) - last.get(i));
            }
            assertEquals(Shape.of(3, 6), Scan.diff(t, 1, -2).shape());
        }
        Tensor flags = Tensor.of(new boolean[] {true, true, false, true});
        assertArrayEquals(new double[] {0, 1, 1}, Scan.diff(flags, 1, 0).toDoubleArray());
        assertEquals(Shape.of(0), Scan.diff(flags, Integer.MAX_VALUE, 0).shape());
        same(NDArray.of(new double[] {-1, 1}, 2), Scan.diff(Tensor.of(new double[] {1, 0, 1}), 1, 0));
    }

    @Test
    void zerosKeepTheirSigns() {
        Tensor zeros = Tensor.of(new double[] {-0.0, -0.0, 0.0, -0.0});
        assertArrayEquals(
                new double[] {-0.0, -0.0, 0.0, 0.0}, Scan.cumsum(zeros, 0).toDoubleArray());
        assertArrayEquals(
                new double[] {-0.0, 0.0, 0.0, -0.0}, Scan.cumprod(zeros, 0).toDoubleArray());
    }

    @Test
    void whatIsNotFinite() {
        Tensor t = Tensor.of(new double[] {1, INF, 2, -INF, 0});
        assertArrayEquals(
                new double[] {1, INF, INF, NAN, NAN}, Scan.cumsum(t, 0).toDoubleArray());
        assertArrayEquals(
                new double[] {1, INF, INF, -INF, NAN}, Scan.cumprod(t, 0).toDoubleArray());
        Tensor small = Tensor.of(new double[] {Double.MIN_VALUE, 0x1p600, 0x1p600, 0x1p-1074, Double.MAX_VALUE});
        assertArrayEquals(
                new double[] {Double.MIN_VALUE, 0x1p-474, 0x1p126, 0x1p-948, 0x1p-948 * Double.MAX_VALUE},
                Scan.cumprod(small, 0).toDoubleArray());
    }

    @Test
    void emptyAndBroadcast() {
        for (BiFunction<Tensor, Integer, Tensor> f : Arrays.<BiFunction<Tensor, Integer, Tensor>>asList(
                Scan::cumsum,
                Scan::cumprod,
                Scan::logcumsumexp,
                (t, a) -> Scan.cummax(t, a).values())) {
            for (long[] shape : new long[][] {{0}, {0, 3}, {3, 0}}) {
                for (int axis = 0; axis < shape.length; axis++) {
                    assertEquals(
                            Shape.of(shape),
                            f.apply(Tensor.zeros(DType.FLOAT32, shape), axis).shape());
                }
            }
        }
        Tensor same = Tensor.of(2.0).expand(3, 4);
        assertArrayEquals(
                new double[] {2, 4, 6, 8}, Scan.cumsum(same, 1).select(0, 2).toDoubleArray());
        assertArrayEquals(
                new double[] {2, 4, 8}, Scan.cumprod(same, 0).select(1, 3).toDoubleArray());
    }

    @Test
    void refuses() {
        Tensor t = Tensor.zeros(DType.FLOAT32, 2, 3);
        refused(ShapeException.class, () -> Scan.cumsum(t, 2), "cumsum: axis 2 is out of range for shape [2,3]");
        refused(ShapeException.class, () -> Scan.cumprod(t, -3), "cumprod: axis -3 is out of range");
        refused(
                ShapeException.class,
                () -> Scan.cummax(Tensor.of(1.0), 0),
                "cummax: axis 0 is out of range for shape []");
        refused(ShapeException.class, () -> Scan.logcumsumexp(t, 2), "logcumsumexp: axis 2");
        refused(ShapeException.class, () -> Scan.diff(t, 1, 2), "diff: axis 2");
        refused(TensorException.class, () -> Scan.diff(t, -1, 0), "diff: order -1 of shape [2,3]", "give 0 or more");
        Tensor z = Tensor.zeros(DType.COMPLEX64, 2, 3);
        refused(DTypeException.class, () -> Scan.cummin(z, 0), "cummin: complex numbers have no order");
        refused(DTypeException.class, () -> Scan.logcumsumexp(z, 0), "logcumsumexp: needs a real dtype, got complex64");
        refused(
                DTypeException.class,
                () -> Scan.logcumsumexp(t.to(DType.INT32), 0),
                "needs a floating dtype, got int32");
        refused(TensorException.class, () -> Fused.of(x -> Scan.cumsum(x, 0), t), "a running sum");
    }
}
