package kron4j.contract;

import static kron4j.reference.Check.relative;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Random;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** What users reported of elementwise operations, reductions and random numbers of other libraries. */
public class ReportedFaultsContract extends Contract {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    /** Undefined in C, and different on each device there; here as Java casts. */
    @Test
    void castsOfWhatDoesNotFit() {
        double[] x = {NAN, INF, -INF, 1e20, -1e20, 0x1p31, -0x1p31, 0x1p63, -0x1p63, 2.9, -2.9, -0.0, 1e-300};
        for (DType dtype : FLOATING) {
            Tensor t = Tensor.of(x).to(dtype);
            double[] seen = t.to(DType.FLOAT64).toDoubleArray();
            assertArrayEquals(
                    Arrays.stream(seen).mapToInt(v -> (int) v).toArray(),
                    t.to(DType.INT32).toIntArray());
            assertArrayEquals(
                    Arrays.stream(seen).mapToLong(v -> (long) v).toArray(),
                    t.to(DType.INT64).toLongArray());
            assertArrayEquals(
                    Arrays.stream(seen).mapToLong(v -> v != 0 ? 1 : 0).toArray(),
                    t.to(DType.BOOL).toLongArray());
        }
        long[] y = {Long.MAX_VALUE, Long.MIN_VALUE, (1L << 53) + 1, (1L << 32) + 5, (1L << 24) + 1, -1};
        Tensor t = Tensor.of(y);
        assertArrayEquals(
                Arrays.stream(y).mapToInt(v -> (int) v).toArray(),
                t.to(DType.INT32).toIntArray());
        assertArrayEquals(
                Arrays.stream(y).mapToDouble(v -> (double) v).toArray(),
                t.to(DType.FLOAT64).toDoubleArray());
        assertArrayEquals(
                Arrays.stream(y).mapToDouble(v -> (float) v).toArray(),
                t.to(DType.FLOAT32).to(DType.FLOAT64).toDoubleArray());
        double[] halves = {1 + 0x1p-24, 1 + 3 * 0x1p-24, 3.5e38, 1e-46, 0x1p-150 * 1.5, -1e-60};
        assertArrayEquals(
                Arrays.stream(halves).map(v -> (float) v).toArray(),
                Tensor.of(halves).to(DType.FLOAT32).to(DType.FLOAT64).toDoubleArray());
    }

    @Test
    void integersAtTheEndsOfTheirRange() {
        int least = Integer.MIN_VALUE;
        Tensor a = Tensor.of(new int[] {least, least, least, Integer.MAX_VALUE, -7, 7});
        Tensor b = Tensor.of(new int[] {-1, 1, 2, -1, 2, -2});
        assertArrayEquals(
                new int[] {least, least, least / 2, -Integer.MAX_VALUE, -4, -4},
                a.divide(b).toIntArray());
        assertArrayEquals(
                new int[] {0, 0, 0, 0, 1, -1}, Elementwise.remainder(a, b).toIntArray());
        assertArrayEquals(
                new int[] {0, 0, 0, 0, 0, 0}, Elementwise.remainder(a, -1).toIntArray());
        assertEquals(least, a.abs().get(0).itemLong());
        assertEquals(least, a.negate().get(0).itemLong());
        long lowest = Long.MIN_VALUE;
        Tensor c = Tensor.of(new long[] {lowest, Long.MAX_VALUE, Long.MAX_VALUE - 1, (1L << 53) + 1});
        assertEquals(lowest, c.divide(-1).get(0).itemLong());
        assertEquals(0, Elementwise.remainder(c, -1).get(0).itemLong());
        assertEquals(lowest, c.abs().get(0).itemLong());
        assertEquals(1, Reduce.argmax(c).itemLong());
        assertEquals(0, Reduce.argmax(c.slice(0, 2, 4)).itemLong());
        assertEquals(Long.MAX_VALUE, c.max().itemLong());
        assertArrayEquals(
                new boolean[] {false, false, false, true},
                Elementwise.equal(c, (1L << 53) + 1).toBooleanArray());
        assertArrayEquals(
                new boolean[] {true, false, false, false},
                Elementwise.less(c, 1L << 53).toBooleanArray());
        assertEquals((1L << 54) + 2, c.add((1L << 53) + 1).get(3).itemLong());
        assertEquals(
                (1L << 53) + 1,
                Elementwise.where(Elementwise.less(c, 0), (1L << 53) + 1, c)
                        .get(0)
                        .itemLong());
        Tensor bases = Tensor.of(new long[] {0, -1, 2, 2, 3});
        Tensor exponents = Tensor.of(new long[] {0, (1L << 40) + 1, 63, 64, 41});
        long[] powers = Elementwise.power(bases, exponents).toLongArray();
        assertArrayEquals(new long[] {1, -1, lowest, 0}, Arrays.copyOf(powers, 4));
        assertEquals(java.math.BigInteger.valueOf(3).pow(41).longValue(), powers[4]);
    }

    /** A float32 sum that adds ones stops at 2^24; a mean of squares forgets what is small beside an offset. */
    @Test
    void longSumsInFloat32() {
        long n = (1L << 24) + 10;
        Tensor ones = Tensor.ones(DType.FLOAT32, 1).expand(n);
        assertEquals(n, ones.sum().item());
        assertEquals(1, ones.mean().item());
        assertEquals(0, Reduce.var(ones.slice(0, 0, 1 << 20)).item());
        assertEquals((float) Math.sqrt(n), Reduce.norm(ones).item(), 2 * DType.FLOAT32.epsilon() * Math.sqrt(n));
        Tensor tall = Tensor.full(DType.FLOAT32, 0.1, 1 << 18, 3);
        relative(NDArray.full((1 << 18) * (double) 0.1f, 3), tall.sum(0), 4 * DType.FLOAT32.epsilon(), 0);
        Tensor alternating =
                Tensor.of(new float[] {1e7f, 1e7f + 1, 1e7f + 2, 1e7f + 3}).expand(1000, 4);
        assertEquals(1.25, Reduce.var(alternating).item(), 1e-6);
        Tensor constant = Tensor.full(DType.FLOAT32, 0.1, 1000, 7);
        same(NDArray.full(0, 1000), Reduce.std(constant, 1));
    }

    @Test
    void positionsAmongNanAndInfinity() {
        for (DType dtype : FLOATING) {
            Tensor t = Tensor.of(new double[][] {
                        {-INF, -INF, -INF}, {NAN, NAN, 1}, {1, INF, INF}, {INF, NAN, -INF}, {-0.0, 0, -0.0}
                    })
                    .to(dtype);
            assertArrayEquals(new long[] {0, 0, 1, 1, 0}, Reduce.argmax(t, 1).toLongArray());
            assertArrayEquals(new long[] {0, 0, 0, 1, 0}, Reduce.argmin(t, 1).toLongArray());
        }
        assertEquals(
                1, Reduce.argmax(Tensor.of(new boolean[] {false, true, true})).itemLong());
        assertEquals(
                0, Reduce.argmin(Tensor.of(new boolean[] {false, true, false})).itemLong());
    }

    @Test
    void functionsNearTheEndsOfTheirRange() {
        double[] x = {
            -1e-30, 1e-30, 88.7, 88.8, -87.5, -100, -103.9, -104.5, 50, 709.7, 710, -745, -746, 1e6, -1e6, 1e22,
            0.999999, -0.999999
        };
        check("exp", Elementwise::exp, Math::exp, x);
        check("expm1", Elementwise::expm1, Math::expm1, x);
        check("log1p", Elementwise::log1p, Math::log1p, x);
        check("sin", Elementwise::sin, Math::sin, x);
        check("cos", Elementwise::cos, Math::cos, x);
        check("sinh", Elementwise::sinh, Math::sinh, x);
        check("tanh", Elementwise::tanh, Math::tanh, x);
        check(
                "sigmoid",
                Elementwise::sigmoid,
                v -> v < 0 ? Math.exp(v) / (1 + Math.exp(v)) : 1 / (1 + Math.exp(-v)),
                x);
        check("softplus", Elementwise::softplus, v -> Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))), x);
        check("asin", Elementwise::asin, Math::asin, 1, -1, 0.9999999, 1.0000001, 1e-30);
        check(
                "round",
                Elementwise::round,
                Math::rint,
                0.5,
                1.5,
                2.5,
                -0.5,
                8388609,
                4503599627370497.0,
                1e300,
                0.49999999999999994);
    }

    private static void check(String name, UnaryOperator<Tensor> f, DoubleUnaryOperator exact, double... at) {
        for (DType dtype : FLOATING) {
            double least = dtype == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
            Tensor t = Tensor.of(at).to(dtype);
            double[] x = t.to(DType.FLOAT64).toDoubleArray();
            double[] y = f.apply(t).to(DType.FLOAT64).toDoubleArray();
            for (int i = 0; i < x.length; i++) {
                double e = exact.applyAsDouble(x[i]);
                e = dtype == DType.FLOAT32 ? (float) e : e;
                double bound = 4 * dtype.epsilon() * Math.max(Math.abs(e), least);
                boolean same = e == y[i] || (Double.isNaN(e) && Double.isNaN(y[i]));
                assertTrue(
                        same || Math.abs(e - y[i]) <= bound,
                        name + " of " + x[i] + " " + dtype + ": " + y[i] + ", not " + e);
            }
        }
    }

    @Test
    void softmaxOfFarApartNumbers() {
        for (DType dtype : FLOATING) {
            Tensor t = Tensor.of(new double[][] {{1e30, -1e30, -INF}, {-1e4, -1e4, -1e4}, {1e4, 0, -INF}})
                    .to(dtype);
            relative(
                    NDArray.of(new double[] {1, 0, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3, 1, 0, 0}, 3, 3),
                    Softmax.softmax(t, 1),
                    4 * dtype.epsilon(),
                    0);
            same(NDArray.of(new double[] {0, -1e4, -INF}, 3), Softmax.logSoftmax(t.get(2), 0));
            assertEquals(1e4, Reduce.logsumexp(t.get(2)).item());
        }
    }

    @Test
    void clampingAndLimits() {
        Tensor t = Tensor.of(new double[] {NAN, INF, -INF, 3, -3});
        same(NDArray.of(new double[] {NAN, 2, -INF, 2, -3}, 5), Elementwise.clamp(t, -INF, 2));
        same(NDArray.of(new double[] {NAN, 1, 1, 1, 1}, 5), Elementwise.clamp(t, 1, 1));
        same(NDArray.of(new double[] {NAN, INF, 0, 3, 0}, 5), Elementwise.maximum(t, 0));
    }

    @Test
    void ranges() {
        for (DType dtype : FLOATING) {
            for (int n : new int[] {2, 3, 7, 50, 1001}) {
                Tensor t = Creation.linspace(dtype, 0, 1, n);
                assertEquals(1, t.get(n - 1).item(), "the last one is exact");
                assertEquals(0, t.get(0).item());
                assertTrue(Reduce.all(Elementwise.greater(t.slice(0, 1, n), t.slice(0, 0, n - 1)))
                                .itemLong()
                        == 1);
            }
        }
        assertEquals(Shape.of(10), Creation.arange(DType.FLOAT64, 0, 1, 0.1).shape());
        assertEquals(
                (1 << 24) + 1,
                Tensor.arange(DType.INT32, 1 << 24, (1 << 24) + 2).get(1).itemLong());
    }

    /** 1.0 among uniform numbers, infinite normal ones, bounds that are never or always reached. */
    @Test
    void randomNumbersStayInTheirRange() {
        long n = 1 << 22;
        for (DType dtype : FLOATING) {
            Tensor u = Random.uniform(3, dtype, n);
            assertTrue(u.max().item() < 1);
            assertTrue(u.min().item() >= 0);
            assertEquals(0.5, u.mean().item(), 6 / Math.sqrt(12.0 * n));
            Tensor z = Random.normal(3, dtype, n);
            assertEquals(1, Reduce.all(Elementwise.isFinite(z)).itemLong());
            assertTrue(z.abs().max().item() > 4.5 && z.abs().max().item() < 9);
        }
        assertArrayEquals(new long[] {5, 5, 5}, Random.randint(1, 5, 6, 3).toLongArray());
        Tensor wide = Random.randint(1, Long.MIN_VALUE, -1, 1000);
        assertTrue(wide.max().itemLong() < -1);
        assertTrue(wide.min().itemLong() < Long.MIN_VALUE / 2);
        Tensor bits = Random.randint(2, -1, 2, 30_000);
        for (int value = -1; value < 2; value++) {
            assertEquals(
                    10_000, Reduce.sum(Elementwise.equal(bits, value)).itemLong(), 6 * Math.sqrt(30_000 * 2 / 9.0));
        }
    }
}
