package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.ops.Random;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Random tensors: reproducible, independent of shape, and distributed as they should be (each bound is six standard deviations or more). */
public class RandomContract extends Contract {
    private static final int N = 100_000;

    @Test
    void sameSeedSameNumbers() {
        for (DType dtype : FLOATING) {
            NDArray first = NDArray.of(Random.normal(7, dtype, 1000));
            same(first, Random.normal(7, dtype, 1000));
            same(first.reshape(10, 100), Random.normal(7, dtype, 10, 100));
            same(first.slice(0, 0, 10, 1), Random.normal(7, dtype, 10));
            assertFalse(Arrays.equals(
                    first.data(), NDArray.of(Random.normal(8, dtype, 1000)).data()));
            assertFalse(Arrays.equals(
                    first.data(), NDArray.of(Random.normal(7, 1, dtype, 1000)).data()));
            same(first, Random.normal(7, 0, dtype, 1000));
        }
    }

    /** Central moments of uniform: 1/2, 1/12; of normal: 0, 1, 0, 3. */
    @Test
    void moments() {
        for (DType dtype : FLOATING) {
            double[] u = NDArray.of(Random.uniform(1, dtype, N)).data();
            assertTrue(Arrays.stream(u).allMatch(x -> x >= 0 && x < 1));
            assertEquals(0.5, moment(u, 1, 0), 6 * Math.sqrt(1.0 / 12 / N));
            assertEquals(1.0 / 12, moment(u, 2, 0.5), 6 * Math.sqrt(1.0 / 180 / N));
            double[] z = NDArray.of(Random.normal(2, dtype, N)).data();
            assertTrue(Arrays.stream(z).allMatch(Double::isFinite));
            assertEquals(0, moment(z, 1, 0), 6 / Math.sqrt(N));
            assertEquals(1, moment(z, 2, 0), 6 * Math.sqrt(2.0 / N));
            assertEquals(0, moment(z, 3, 0), 6 * Math.sqrt(15.0 / N));
            assertEquals(3, moment(z, 4, 0), 6 * Math.sqrt(96.0 / N));
            double neighbours = 0;
            for (int i = 1; i < N; i++) {
                neighbours += z[i] * z[i - 1];
            }
            assertEquals(0, neighbours / N, 6 / Math.sqrt(N));
        }
    }

    private static double moment(double[] values, int power, double around) {
        return Arrays.stream(values)
                .map(x -> Math.pow(x - around, power))
                .average()
                .orElseThrow();
    }

    @Test
    void streamsAreUncorrelated() {
        double[] a = Random.normal(3, 0, DType.FLOAT64, N).toDoubleArray();
        double[] b = Random.normal(3, 1, DType.FLOAT64, N).toDoubleArray();
        double product = 0;
        for (int i = 0; i < N; i++) {
            product += a[i] * b[i];
        }
        assertEquals(0, product / N, 6 / Math.sqrt(N));
    }

    @Test
    void integers() {
        long[] values = Random.randint(4, -3, 4, N).toLongArray();
        long[] counts = new long[7];
        for (long v : values) {
            counts[(int) v + 3]++;
        }
        double expected = N / 7.0;
        for (long count : counts) {
            assertEquals(expected, count, 6 * Math.sqrt(expected));
        }
        assertTrue(LongStream.of(Random.randint(4, -9, 2, 100).toLongArray()).allMatch(v -> v >= -9 && v < 2));
        assertArrayEquals(new long[] {5, 5}, Random.randint(4, 5, 6, 2).toLongArray());
        assertTrue(LongStream.of(Random.randint(5, Long.MIN_VALUE, -1, 100).toLongArray())
                .allMatch(v -> v < -1));
        refused(TensorException.class, () -> Random.randint(1, 3, 3, 2), "randint: [3, 3) is empty");
        refused(TensorException.class, () -> Random.randint(1, Long.MIN_VALUE, Long.MAX_VALUE, 2), "wider than 2^63-1");
    }

    @Test
    void coins() {
        Tensor coins = Random.bernoulli(6, 0.3, N);
        assertEquals(DType.BOOL, coins.dtype());
        assertEquals(0.3 * N, coins.sum().itemLong(), 6 * Math.sqrt(0.21 * N));
        assertEquals(0, Random.bernoulli(6, 0, N).sum().itemLong());
        assertEquals(N, Random.bernoulli(6, 1, N).sum().itemLong());
        refused(TensorException.class, () -> Random.bernoulli(1, Double.NaN, 2), "bernoulli: p NaN is not in [0, 1]");
        refused(TensorException.class, () -> Random.bernoulli(1, 1.5, 2), "p 1.5");
    }

    @Test
    void permutations() {
        long[] order = Random.permutation(7, 10_000).toLongArray();
        assertFalse(Arrays.equals(order, LongStream.range(0, 10_000).toArray()));
        assertArrayEquals(order, Random.permutation(7, 10_000).toLongArray());
        Arrays.sort(order);
        assertArrayEquals(LongStream.range(0, 10_000).toArray(), order);
        assertEquals(Shape.of(0), Random.permutation(7, 0).shape());
        assertArrayEquals(new long[] {0}, Random.permutation(7, 1).toLongArray());
        refused(TensorException.class, () -> Random.permutation(7, -1), "permutation: n is -1");
        Map<String, Integer> counts = new HashMap<>();
        int trials = 6000;
        for (int i = 0; i < trials; i++) {
            try (Tensor p = Random.permutation(8, i, 3)) {
                counts.merge(Arrays.toString(p.toLongArray()), 1, Integer::sum);
            }
        }
        assertEquals(6, counts.size());
        counts.values().forEach(count -> assertEquals(trials / 6.0, count, 6 * Math.sqrt(trials / 6.0)));
    }

    @Test
    void generatorsCountStreams() {
        Random.Generator generator = new Random.Generator(9);
        same(NDArray.of(Random.uniform(9, 0, DType.FLOAT32, 5)), generator.uniform(DType.FLOAT32, 5));
        same(NDArray.of(Random.normal(9, 1, DType.FLOAT64, 5)), generator.normal(DType.FLOAT64, 5));
        same(NDArray.of(Random.randint(9, 2, 0, 9, Shape.of(5))), generator.randint(0, 9, 5));
        same(NDArray.of(Random.bernoulli(9, 3, 0.5, Shape.of(5))), generator.bernoulli(0.5, 5));
        same(NDArray.of(Random.permutation(9, 4, 5)), generator.permutation(5));
    }

    @Test
    void otherDTypesAreRefused() {
        refused(DTypeException.class, () -> Random.uniform(1, DType.INT32, 2), "int32");
        assertEquals(0, Random.normal(1, DType.FLOAT32, 0, 3).size());
        assertEquals(Shape.SCALAR, Random.normal(1, DType.FLOAT32).shape());
    }
}
