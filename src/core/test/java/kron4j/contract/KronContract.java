package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.DeviceMemoryException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Kron;
import kron4j.reference.KronReference;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Kronecker products that are formed, and their relatives. */
public class KronContract extends Contract {
    private static long[] random(SplittableRandom random, int rank, int least, int most) {
        return LongStream.generate(() -> random.nextInt(least, most + 1))
                .limit(rank)
                .toArray();
    }

    private static Tensor tensor(double[] values, long... shape) {
        return NDArray.of(values, shape).toTensor(DType.FLOAT64);
    }

    // ---- kron ----

    @Test
    void multipliesEveryPairOfEntriesForAnyRanksStridesAndDTypes() {
        SplittableRandom r = random(1);
        for (int i = 0; i < 120; i++) {
            DType dtype = NUMBERS[i % NUMBERS.length];
            NDArray a = NDArray.integers(r, -9, 10, random(r, r.nextInt(5), 0, 4));
            NDArray b = NDArray.integers(r, -9, 10, random(r, r.nextInt(5), 1, 4));
            NDArray expected = KronReference.kron(a, b).map(v -> v + 0.0);
            Tensor product = Kron.kron(strided(r, a, dtype), strided(r, b, dtype));
            assertEquals(dtype, product.dtype());
            assertTrue(product.layout().isContiguous());
            same(expected, dtype.isFloating() ? product.add(0) : product);
        }
    }

    @Test
    void multipliesLongRows() {
        SplittableRandom r = random(9);
        long[][] shapes = {
            {3, 70, 5, 40},
            {7, 64, 1, 1},
            {2, 1100, 30, 2},
            {1, 3, 40, 63},
            {50, 9, 3, 8},
            {2, 2, 3, 70},
            {1, 2500, 2, 1}
        };
        for (DType dtype : NUMBERS) {
            for (long[] s : shapes) {
                NDArray a = NDArray.integers(r, -9, 10, s[0], s[1]);
                NDArray b = NDArray.integers(r, 1, 10, s[2], s[3]);
                NDArray expected = KronReference.kron(a, b);
                same(expected, Kron.kron(a.toTensor(dtype), b.toTensor(dtype)));
                same(expected, Kron.kron(strided(r, a, dtype), strided(r, b, dtype)));
            }
        }
    }

    @Test
    void matchesNumPysExamples() {
        Tensor a = tensor(new double[] {1, 2, 3, 4}, 2, 2);
        Tensor b = tensor(new double[] {0, 5, 6, 7}, 2, 2);
        same(NDArray.of(new double[] {0, 5, 0, 10, 6, 7, 12, 14, 0, 15, 0, 20, 18, 21, 24, 28}, 4, 4), Kron.kron(a, b));
        same(NDArray.of(new double[] {1, 3, 2, 4}, 2, 2), Kron.kron(a.transpose()));
        assertArrayEquals(
                new long[] {4, 10, 18},
                Kron.kron(Tensor.ones(DType.INT32, 2, 3), Tensor.ones(DType.INT32, 4, 5, 6))
                        .shape()
                        .dims());
    }

    @Test
    void foldsManyFactorsExactly() {
        SplittableRandom r = random(2);
        for (int n = 1; n <= 6; n++) {
            NDArray[] factors = new NDArray[n];
            Tensor[] tensors = new Tensor[n];
            for (int i = 0; i < n; i++) {
                factors[i] = NDArray.integers(r, -3, 4, random(r, r.nextInt(1, 3), 1, 3));
                tensors[i] = strided(r, factors[i], DType.FLOAT32);
            }
            NDArray expected =
                    Arrays.stream(factors).reduce(KronReference::kron).orElseThrow();
            same(expected.map(v -> v + 0.0), Kron.kron(tensors).add(0));
        }
    }

    @Test
    void keepsNoIntermediates() {
        Tensor small = Tensor.ones(DType.FLOAT64, 4, 4);
        long before = live();
        Tensor product = Kron.kron(small, small, small, small, small);
        long held = live() - before;
        assertTrue(held <= 1.2 * product.size() * 8, () -> held + " bytes held");
        same(NDArray.full(1, 1024, 1024), product);
    }

    @Test
    void keepsZerosSignsNaNAndInfinity() {
        double inf = Double.POSITIVE_INFINITY;
        NDArray a = NDArray.of(new double[] {0, -0.0, inf, Double.NaN, 1, -1}, 2, 3);
        NDArray b = NDArray.of(new double[] {1, -1, 0, inf, -inf, Double.NaN}, 3, 2);
        same(KronReference.kron(a, b), Kron.kron(a.toTensor(DType.FLOAT64), b.toTensor(DType.FLOAT64)));
        same(KronReference.kron(a, b), Kron.kron(a.toTensor(DType.FLOAT32), b.toTensor(DType.FLOAT32)));
    }

    @Test
    void givesTheSameBitsFourWays() {
        SplittableRandom r = random(3);
        for (DType dtype : FLOATING) {
            for (int i = 0; i < 12; i++) {
                NDArray x = NDArray.random(r, random(r, 2, i < 2 ? 0 : 1, 7));
                NDArray y = NDArray.random(r, random(r, 2, i < 2 ? 0 : 1, 7)).map(v -> Math.abs(v) < 0.2 ? 0 : v);
                Tensor a = strided(r, x, dtype);
                Tensor b = strided(r, y, dtype);
                NDArray kernel = NDArray.of(Kron.kron(a, b));
                same(kernel, Kron.kronByReshape(a, b));
                same(kernel, Kron.kronByBlocks(a, b));
                same(kernel, Kron.kronByConvolution(a, b));
            }
        }
    }

    /** {@code numpy.kron} of truth values: products are conjunctions. */
    @Test
    void multipliesTruthValues() {
        Tensor a = Tensor.of(new boolean[] {true, false, true, true}, 2, 2);
        Tensor b = Tensor.of(new boolean[] {false, true}, 1, 2);
        Tensor expected = Tensor.of(new boolean[] {false, true, false, false, false, true, false, true}, 2, 4);
        NDArray values = NDArray.of(expected);
        same(values, Kron.kron(a, b));
        same(values, Kron.kronByReshape(a, b));
        same(values, Kron.kronByBlocks(a, b));
        same(values, Kron.batchedKron(a, b));
    }

    // ---- batchedKron ----

    @Test
    void multipliesEveryPairOfMatricesOfABatch() {
        SplittableRandom r = random(4);
        long[][][] shapes = {
            {{5, 3, 2}, {5, 2, 4}},
            {{3, 1, 2, 2}, {2, 2, 3}},
            {{5, 3, 2}, {2, 2}},
            {{2, 3, 4, 5}, {2, 3, 5, 6}},
            {{2, 0, 2}, {2, 3, 3}},
            {{0, 2, 2}, {1, 3, 3}},
            {{2, 3}, {4, 1}}
        };
        for (long[][] s : shapes) {
            NDArray a = NDArray.random(r, s[0]);
            NDArray b = NDArray.random(r, s[1]);
            Tensor product = Kron.batchedKron(strided(r, a, DType.FLOAT64), strided(r, b, DType.FLOAT64));
            same(KronReference.batchedKron(a, b), product);
        }
    }

    // ---- relatives ----

    @Test
    void addsKroneckerSums() {
        SplittableRandom r = random(5);
        for (int n = 1; n <= 3; n++) {
            NDArray[] factors = new NDArray[n];
            Tensor[] tensors = new Tensor[n];
            NDArray expected = NDArray.full(0, 1, 1);
            for (int i = 0; i < n; i++) {
                long size = r.nextInt(1, 4);
                factors[i] = NDArray.integers(r, -5, 6, size, size);
                tensors[i] = strided(r, factors[i], DType.FLOAT64);
                NDArray left = KronReference.kron(expected, KronReference.eye(size));
                NDArray right = KronReference.kron(KronReference.eye(expected.shape()[0]), factors[i]);
                expected = left.zip(right, Double::sum);
            }
            same(expected.map(v -> v + 0.0), Kron.kronSum(tensors).add(0));
        }
        assertEquals(
                0,
                Kron.kronSum(Tensor.ones(DType.FLOAT64, 0, 0), Tensor.ones(DType.FLOAT64, 2, 2))
                        .size());
    }

    @Test
    void multipliesColumnsAndRows() {
        SplittableRandom r = random(6);
        NDArray a = NDArray.random(r, 2, 3);
        NDArray b = NDArray.random(r, 4, 3);
        NDArray expected = NDArray.generate(new long[] {8, 3}, i -> a.get(i[0] / 4, i[1]) * b.get(i[0] % 4, i[1]));
        Tensor x = strided(r, a, DType.FLOAT64);
        Tensor y = strided(r, b, DType.FLOAT64);
        same(expected, Kron.khatriRao(x, y));
        same(expected.transpose(0, 1), Kron.faceSplitting(x.transpose(), y.transpose()));
        NDArray c = NDArray.integers(r, -3, 4, 2, 3);
        NDArray three = NDArray.generate(
                new long[] {8, 3}, i -> c.get(i[0] / 4, i[1]) * c.get(i[0] / 2 % 2, i[1]) * c.get(i[0] % 2, i[1]));
        Tensor z = strided(r, c, DType.INT64);
        same(three.map(v -> v + 0.0), Kron.khatriRao(z, z, z));
        same(three.map(v -> v + 0.0).transpose(0, 1), Kron.faceSplitting(z.transpose(), z.transpose(), z.transpose()));
        assertArrayEquals(
                new long[] {0, 3}, Kron.khatriRao(x.slice(0, 0, 0), y).shape().dims());
    }

    @Test
    void putsBlocksTogether() {
        SplittableRandom r = random(7);
        NDArray whole = NDArray.random(r, 5, 7);
        Tensor w = strided(r, whole, DType.FLOAT32);
        Tensor[][] grid = {
            {
                w.slice(0, 0, 2).slice(1, 0, 3),
                w.slice(0, 0, 2).slice(1, 3, 3),
                w.slice(0, 0, 2).slice(1, 3, 7)
            },
            {
                w.slice(0, 2, 5).slice(1, 0, 3),
                w.slice(0, 2, 5).slice(1, 3, 3),
                w.slice(0, 2, 5).slice(1, 3, 7)
            },
        };
        same(whole, Kron.blocks(grid));
    }

    @Test
    void commutesFactorsAndVectors() {
        SplittableRandom r = random(8);
        assertArrayEquals(new long[] {0, 3, 1, 4, 2, 5}, Kron.commutation(2, 3).toLongArray());
        assertEquals(0, Kron.commutation(0, 3).size());
        NDArray a = NDArray.random(r, 2, 3);
        NDArray b = NDArray.random(r, 4, 5);
        long[] rows = Kron.commutation(2, 4).toLongArray();
        long[] cols = Kron.commutation(3, 5).toLongArray();
        NDArray ab = KronReference.kron(a, b);
        same(ab.pick(0, rows).pick(1, cols), Kron.kron(b.toTensor(DType.FLOAT64), a.toTensor(DType.FLOAT64)));
        refused(
                ShapeException.class,
                () -> Kron.commutation(-1, 2),
                "commutation: sizes -1 and 2 must not be negative");
    }

    // ---- errors ----

    @Test
    void refusesBadInput() {
        Tensor m = Tensor.ones(DType.FLOAT64, 2, 3);
        Tensor v = Tensor.ones(DType.FLOAT64, 3);
        Tensor f = Tensor.ones(DType.FLOAT32, 2, 3);
        refused(ShapeException.class, () -> Kron.kron(), "kron: no factors; it needs at least one");
        refused(DTypeException.class, () -> Kron.kron(m, f), "kron: operands have dtypes float64 [2,3], float32 [2,3]");
        refused(
                ShapeException.class,
                () -> Kron.batchedKron(m, v),
                "batchedKron: operand 1 of shapes [2,3], [3] has rank 1, expected at least 2");
        refused(
                ShapeException.class,
                () -> Kron.batchedKron(Tensor.ones(DType.FLOAT64, 2, 2, 2), Tensor.ones(DType.FLOAT64, 3, 2, 2)),
                "batchedKron: shapes [2], [3] do not broadcast");
        refused(
                ShapeException.class,
                () -> Kron.kronSum(m),
                "kronSum: factors must be square matrices, got shapes [2,3]");
        refused(
                ShapeException.class,
                () -> Kron.khatriRao(m, Tensor.ones(DType.FLOAT64, 4, 2)),
                "khatriRao: shapes [2,3], [4,2] differ in the number of columns");
        refused(
                ShapeException.class,
                () -> Kron.faceSplitting(m, Tensor.ones(DType.FLOAT64, 4, 2)),
                "faceSplitting: shapes [2,3], [4,2] differ in the number of rows");
        refused(
                ShapeException.class,
                () -> Kron.blocks(new Tensor[][] {{m, m}, {m, m.transpose()}}),
                "blocks: the matrix at [1,1] has shape [3,2], expected [2,3]");
        refused(
                ShapeException.class,
                () -> Kron.blocks(new Tensor[][] {{m, m}, {m}}),
                "blocks: row 1 of the grid has 1 matrices, row 0 has 2");
        refused(ShapeException.class, () -> Kron.blocks(new Tensor[0][]), "blocks: the grid is empty");
        Tensor tall = Tensor.ones(DType.FLOAT64, 1, 1).expand(1L << 62, 1);
        refused(
                ShapeException.class,
                () -> Kron.blocks(new Tensor[][] {{tall}, {tall}, {tall}, {tall}}),
                "blocks: the sizes add up to more than 2^63-1");
        Tensor wide = Tensor.ones(DType.FLOAT64, 1).expand(1L << 40);
        refused(ShapeException.class, () -> Kron.kron(wide, wide), "kron: shapes [1099511627776]", "more than 2^63-1");
        refused(DeviceMemoryException.class, () -> Kron.kron(wide, v), "cannot allocate");
        Tensor closed = m.copy();
        closed.close();
        refused(ClosedTensorException.class, () -> Kron.kron(m, closed), "was closed");
        same(NDArray.full(1, 4, 9), Kron.kron(m, m));
    }
}
