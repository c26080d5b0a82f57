package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.KroneckerOperator;
import kron4j.reference.KronReference;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Products with a Kronecker product that is not formed, against the formed one. */
public class KroneckerOperatorContract extends Contract {
    /** An operator of random integer factors and identities, with the formed product. */
    private record Case(KroneckerOperator operator, NDArray dense) {}

    private static Case random(SplittableRandom r, DType dtype, int n, int most, boolean square) {
        KroneckerOperator operator = null;
        NDArray dense = KronReference.eye(1);
        for (int i = 0; i < n; i++) {
            long rows = r.nextInt(1, most + 1);
            long cols = square ? rows : r.nextInt(1, most + 1);
            boolean identity = r.nextInt(4) == 0;
            NDArray f = identity ? KronReference.eye(rows) : NDArray.integers(r, -3, 4, rows, cols);
            KroneckerOperator one = identity
                    ? KroneckerOperator.eye(dtype, rows)
                    : KroneckerOperator.of(r.nextBoolean() ? strided(r, f, dtype) : f.toTensor(dtype));
            operator = operator == null ? one : operator.kron(one);
            dense = KronReference.kron(dense, f);
        }
        return new Case(operator, dense);
    }

    private static NDArray product(NDArray k, NDArray x) {
        return k.matmul2d(x).map(v -> v + 0.0);
    }

    // ---- products ----

    @Test
    void appliesRectangularFactorsOfAnyStridesToAnything() {
        SplittableRandom r = random(1);
        for (int i = 0; i < 150; i++) {
            DType dtype = FLOATING[i % 2];
            int n = r.nextInt(1, 7);
            Case c = random(r, dtype, n, n > 4 ? 3 : 5, false);
            long rows = c.dense.shape()[0];
            long cols = c.dense.shape()[1];
            assertEquals(Shape.of(rows, cols), c.operator.shape());
            assertEquals(dtype, c.operator.dtype());
            long width = r.nextInt(1, 5);
            NDArray x = NDArray.integers(r, -3, 4, cols, width);
            NDArray expected = product(c.dense, x);
            same(expected, c.operator.apply(strided(r, x, dtype)).add(0));
            same(expected, c.operator.apply(x.toTensor(dtype)).add(0));
            same(
                    expected.transpose(0, 1),
                    c.operator.applyToRows(strided(r, x.transpose(0, 1), dtype)).add(0));
            same(
                    expected.transpose(0, 1),
                    c.operator
                            .transpose()
                            .applyRight(strided(r, x.transpose(0, 1), dtype))
                            .add(0));
            NDArray vector = x.select(1, 0);
            same(
                    expected.select(1, 0),
                    c.operator.apply(strided(r, vector, dtype)).add(0));
            same(
                    expected.select(1, 0),
                    c.operator.applyToRows(vector.toTensor(dtype)).add(0));
            NDArray y = NDArray.integers(r, -3, 4, rows, width);
            same(
                    product(c.dense.transpose(0, 1), y),
                    c.operator.transpose().apply(strided(r, y, dtype)).add(0));
            same(
                    product(c.dense.transpose(0, 1), y).transpose(0, 1),
                    c.operator.applyRight(strided(r, y.transpose(0, 1), dtype)).add(0));
        }
    }

    @Test
    void appliesToBatches() {
        SplittableRandom r = random(2);
        Case c = random(r, DType.FLOAT64, 3, 4, false);
        long cols = c.dense.shape()[1];
        NDArray x = NDArray.integers(r, -3, 4, 2, 3, cols, 5);
        Tensor result = c.operator.apply(strided(r, x, DType.FLOAT64));
        assertEquals(Shape.of(2, 3, c.dense.shape()[0], 5), result.shape());
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 3; j++) {
                NDArray one = x.select(0, i).select(0, j);
                same(product(c.dense, one), result.get(i, j).add(0));
            }
        }
        assertEquals(
                Shape.of(2, 3, 4, c.dense.shape()[0]),
                c.operator
                        .applyToRows(Tensor.ones(DType.FLOAT64, 2, 3, 4, cols))
                        .shape());
    }

    /** Against the factors applied one by one on the CPU, in float64: more of them than a kernel takes at a time, tiles in part, sides that differ. */
    @Test
    void appliesManySmallFactorsToLongData() {
        SplittableRandom r = random(20);
        long[][][] products = {
            {{2, 3}, {3, 2}, {4, 4}},
            {{4, 4}, {4, 4}, {4, 4}, {4, 4}, {4, 4}},
            {{16, 16}, {16, 15}, {13, 16}},
            {{32, 30}, {31, 7}, {5, 32}},
            {{2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}},
            {{30, 1}, {1, 30}, {32, 32}}
        };
        for (int i = 0; i < 2 * products.length; i++) {
            NDArray[] f = Arrays.stream(products[i / 2])
                    .map(side -> NDArray.integers(r, -1, 2, side))
                    .toArray(NDArray[]::new);
            DType dtype = FLOATING[i % 2];
            KroneckerOperator k = KroneckerOperator.of(tensors(dtype, f));
            for (long[] batch : new long[][] {{1, 1}, {1, 21}, {7, 1}, {3, 5}, {300, 1}}) {
                if (k.cols() * batch[0] * batch[1] > 40_000) {
                    continue;
                }
                NDArray x = NDArray.integers(r, -1, 2, batch[0], k.cols(), batch[1]);
                same(applied(f, x), k.apply(x.toTensor(dtype)).add(0));
            }
        }
    }

    private static NDArray applied(NDArray[] factors, NDArray x) {
        long lead = x.shape()[0];
        long post = x.shape()[2];
        NDArray data = x;
        for (int i = factors.length - 1; i >= 0; i--) {
            long n = factors[i].shape()[1];
            NDArray seen = data.reshape(data.size() / n / post, n, post);
            NDArray[] columns = new NDArray[(int) seen.shape()[0]];
            Arrays.setAll(columns, b -> seen.select(0, b));
            double[] all = Arrays.stream(columns)
                    .map(factors[i]::matmul2d)
                    .flatMapToDouble(m -> Arrays.stream(m.data()))
                    .toArray();
            data = NDArray.of(all, all.length);
            post *= factors[i].shape()[0];
        }
        return data.reshape(lead, data.size() / lead / x.shape()[2], x.shape()[2])
                .map(v -> v + 0.0);
    }

    @Test
    void roundsLikeAProductOfTheFactors() {
        SplittableRandom r = random(3);
        NDArray[] f = {NDArray.random(r, 6, 9), NDArray.random(r, 8, 5), NDArray.random(r, 3, 7)};
        NDArray x = NDArray.random(r, 9 * 5 * 7, 4);
        KroneckerOperator k = KroneckerOperator.of(tensors(DType.FLOAT64, f));
        NDArray dense = Arrays.stream(f).reduce(KronReference::kron).orElseThrow();
        // Terms below 1 in absolute value; each passes three sums of up to 9 products.
        double scale = 9 * 5 * 7;
        close(dense.matmul2d(x), k.apply(x.toTensor(DType.FLOAT64)), 2 * (9 + 5 + 7) * scale * 0x1p-53);
        KroneckerOperator single = KroneckerOperator.of(tensors(DType.FLOAT32, f));
        close(dense.matmul2d(x), single.apply(x.toTensor(DType.FLOAT32)), 2 * (9 + 5 + 7) * scale * 0x1p-24);
    }

    private static Tensor[] tensors(DType dtype, NDArray... arrays) {
        return Arrays.stream(arrays).map(a -> a.toTensor(dtype)).toArray(Tensor[]::new);
    }

    @Test
    void obeysTheVecTrick() {
        SplittableRandom r = random(4);
        NDArray a = NDArray.integers(r, -3, 4, 2, 3);
        NDArray b = NDArray.integers(r, -3, 4, 4, 5);
        NDArray x = NDArray.integers(r, -3, 4, 3, 5);
        NDArray expected = a.matmul2d(x).matmul2d(b.transpose(0, 1));
        KroneckerOperator k = KroneckerOperator.of(tensors(DType.FLOAT64, a, b));
        same(
                expected.map(v -> v + 0.0),
                k.apply(x.toTensor(DType.FLOAT64).reshape(15)).reshape(2, 4).add(0));
    }

    @Test
    void sparesIdentitiesTheirZeros() {
        double inf = Double.POSITIVE_INFINITY;
        Tensor x = Tensor.of(new double[] {1, inf, 3, 4});
        Tensor w = Tensor.of(new double[][] {{1, 1}, {1, -1}});
        same(
                NDArray.of(new double[] {inf, -inf, 7, -1}, 4),
                KroneckerOperator.identityKron(2, w).apply(x));
        // The formed product has zeros: 0 * inf.
        Tensor eye = Tensor.eye(DType.FLOAT64, 2);
        double nan = Double.NaN;
        Tensor formed = KroneckerOperator.of(eye, w).apply(x);
        assertTrue(Arrays.stream(formed.toDoubleArray()).noneMatch(Double::isFinite));
        same(
                NDArray.of(new double[] {nan, 1, nan, 1}, 4),
                KroneckerOperator.kronIdentity(eye, 2).apply(Tensor.of(new double[] {nan, 1, nan, 1})));
    }

    @Test
    void spreadsNaNAndInfinityLikeTheFormedProduct() {
        SplittableRandom r = random(5);
        for (int i = 0; i < 40; i++) {
            NDArray[] f = {
                NDArray.integers(r, -2, 3, 2, 3), NDArray.integers(r, -2, 3, 3, 2), NDArray.integers(r, -2, 3, 2, 2)
            };
            double bad = i % 2 == 0 ? Double.NaN : Double.POSITIVE_INFINITY;
            int hit = r.nextInt(6);
            int which = r.nextInt(4);
            NDArray x = NDArray.integers(r, -2, 3, 12);
            if (which < 3) {
                f[which] = with(f[which], hit % f[which].size(), bad);
            } else {
                x = with(x, hit, bad);
            }
            NDArray dense = Arrays.stream(f).reduce(KronReference::kron).orElseThrow();
            double[] expected = dense.matmul2d(x.reshape(12, 1)).data();
            double[] got = KroneckerOperator.of(tensors(DType.FLOAT64, f))
                    .apply(x.toTensor(DType.FLOAT64))
                    .toDoubleArray();
            for (int j = 0; j < got.length; j++) {
                assertEquals(Double.isFinite(expected[j]), Double.isFinite(got[j]));
            }
        }
    }

    private static NDArray with(NDArray a, int at, double value) {
        double[] data = a.data().clone();
        data[at] = value;
        return NDArray.of(data, a.shape());
    }

    @Test
    void acceptsEmptyFactorsAndData() {
        Tensor none = Tensor.ones(DType.FLOAT64, 0, 2);
        Tensor square = Tensor.ones(DType.FLOAT64, 3, 3);
        KroneckerOperator k = KroneckerOperator.of(none, square);
        assertEquals(Shape.of(0), k.apply(Tensor.ones(DType.FLOAT64, 6)).shape());
        same(NDArray.full(0, 6, 2), k.transpose().apply(Tensor.ones(DType.FLOAT64, 0, 2)));
        assertEquals(
                Shape.of(3, 0),
                KroneckerOperator.of(square)
                        .apply(Tensor.ones(DType.FLOAT64, 3, 0))
                        .shape());
        KroneckerOperator empty = KroneckerOperator.of(Tensor.ones(DType.FLOAT64, 0, 0), Tensor.eye(DType.FLOAT64, 3));
        assertEquals(1, empty.slogdet().sign().item());
        assertEquals(0, empty.slogdet().logAbs().item());
        assertEquals(0, empty.trace().item());
        assertEquals(Shape.of(0), empty.solve(Tensor.ones(DType.FLOAT64, 0)).shape());
        assertEquals(Shape.of(0, 0), empty.toDense().shape());
        assertEquals(Shape.of(0), empty.eigh().w().shape());
    }

    // ---- memory ----

    @Test
    void neverFormsTheProduct() {
        SplittableRandom r = random(6);
        Tensor[] f =
                tensors(DType.FLOAT32, NDArray.random(r, 90, 90), NDArray.random(r, 80, 80), NDArray.random(r, 70, 70));
        long n = 90 * 80 * 70;
        Tensor x = Tensor.ones(DType.FLOAT32, n);
        KroneckerOperator k = KroneckerOperator.of(f);
        long before = device().memoryReport().peak();
        long live = live();
        Tensor y = k.apply(x);
        // The result and one buffer, each rounded up by at most an eighth; the formed product would take a terabyte.
        long bound = (long) (2 * 1.125 * 4 * n) + 1024;
        long peak = device().memoryReport().peak();
        assertTrue(peak <= Math.max(before, live + bound), () -> "peak " + peak + " of " + before + " and " + live);
        assertTrue(4L * n * n > Runtime.getRuntime().totalMemory());
        assertTrue(live() - live <= 1.125 * 4 * n + 64);
        // Every element, by factors of ones: row sums multiply.
        double[] sums = Arrays.stream(f)
                .mapToDouble(t -> Arrays.stream(t.get(0).toDoubleArray()).sum())
                .toArray();
        assertEquals(sums[0] * sums[1] * sums[2], y.get(0).item(), 90 * 80 * 70 * 0x1p-24);
    }

    @Test
    void copiesNothingWhereGemmReadsTheData() {
        long n = 30 * 784;
        Tensor w = Tensor.ones(DType.FLOAT32, 30, 784);
        Tensor data = Tensor.ones(DType.FLOAT32, 100, n);
        KroneckerOperator k = KroneckerOperator.identityKron(30, w);
        long live = live();
        long allocations = device().memoryReport().allocations();
        Tensor y = k.applyToRows(data);
        assertEquals(Shape.of(100, 900), y.shape());
        assertTrue(live() - live <= 1.125 * 100 * 900 * 4 + 64, "only the result is live");
        assertTrue(device().memoryReport().allocations() - allocations <= 1, "only the result was allocated");
        same(NDArray.full(784, 100, 900), y);
    }

    @Test
    void givesAViewForIdentitiesAlone() {
        Tensor x = Tensor.of(new double[] {1, 2, 3, 4, 5, 6});
        KroneckerOperator k = KroneckerOperator.eye(DType.FLOAT64, 2).kron(KroneckerOperator.eye(DType.FLOAT64, 3));
        assertSame(x.storage(), k.apply(x).storage());
        assertSame(x.storage(), k.solve(x).storage());
        assertEquals(6, k.trace().item());
        same(KronReference.eye(6), k.toDense());
    }

    @Test
    void outlivesItsFactorsAndDiesWithItsScope() {
        Tensor f = Tensor.of(new double[][] {{1, 2}, {3, 4}});
        KroneckerOperator k = KroneckerOperator.of(f, f, f);
        f.close();
        assertEquals(Shape.of(8), k.apply(Tensor.ones(DType.FLOAT64, 8)).shape());
        KroneckerOperator kept;
        KroneckerOperator lost;
        try (TensorScope inner = device().openScope()) {
            kept = k.transpose().keep();
            lost = k.transpose();
        }
        same(
                NDArray.of(new double[] {64, 96, 96, 144, 96, 144, 144, 216}, 8),
                kept.apply(Tensor.ones(DType.FLOAT64, 8)));
        kept.close();
        refused(ClosedTensorException.class, () -> lost.apply(Tensor.ones(DType.FLOAT64, 8)), "was closed");
        refused(ClosedTensorException.class, () -> kept.apply(Tensor.ones(DType.FLOAT64, 8)), "was closed");
        k.close();
        k.close();
    }

    // ---- entries ----

    @Test
    void looksUpEntriesRowsAndDiagonals() {
        SplittableRandom r = random(7);
        for (int i = 0; i < 20; i++) {
            Case c = random(r, FLOATING[i % 2], r.nextInt(1, 5), 3, false);
            long rows = c.dense.shape()[0];
            long cols = c.dense.shape()[1];
            NDArray dense = c.dense.map(v -> v + 0.0);
            same(dense, c.operator.toDense().add(0));
            for (int j = 0; j < 5; j++) {
                long row = r.nextLong(rows);
                long col = r.nextLong(cols);
                assertEquals(
                        dense.get(row, col), c.operator.entry(row, col).add(0).item());
                same(dense.select(0, row), c.operator.row(row).add(0));
            }
            Case s = random(r, FLOATING[i % 2], r.nextInt(1, 5), 3, true);
            NDArray diagonal = s.dense.diagonal(0, 0, 1).map(v -> v + 0.0);
            same(diagonal, s.operator.diag().add(0));
            assertEquals(
                    Arrays.stream(diagonal.data()).sum(), s.operator.trace().item());
        }
    }

    @Test
    void answersForProductsFarTooLargeToForm() {
        Tensor f = Tensor.of(new double[][] {{1, 2}, {3, -1}});
        Tensor[] factors = new Tensor[60];
        Arrays.fill(factors, f);
        KroneckerOperator k = KroneckerOperator.of(factors);
        long n = 1L << 60;
        assertEquals(n, k.rows());
        assertEquals(n, k.cols());
        assertEquals(1, k.entry(0, 0).item());
        assertEquals(1, k.entry(n - 1, n - 1).item());
        assertEquals(Math.pow(2, 60), k.entry(0, n - 1).item());
        assertEquals(Math.pow(2, 59) * 3, k.entry(1, n - 2).item());
        assertEquals(0, k.trace().item());
        assertEquals(1, k.slogdet().sign().item());
        double log = 60 * Math.pow(2, 59) * Math.log(7);
        assertEquals(log, k.slogdet().logAbs().item(), 256 * 0x1p-52 * log);
        refused(ShapeException.class, k::shape, "more than 2^63-1 elements");
    }

    @Test
    void servesManyThreads() {
        SplittableRandom r = random(8);
        Case c = random(r, DType.FLOAT64, 4, 4, false);
        NDArray x = NDArray.integers(r, -3, 4, c.dense.shape()[1], 3);
        NDArray expected = product(c.dense, x);
        Tensor data = x.toTensor(DType.FLOAT64);
        IntStream.range(0, 64).parallel().forEach(i -> {
            try (Tensor y = c.operator.apply(data);
                    Tensor positive = y.add(0)) {
                same(expected, positive);
            }
        });
    }

    // ---- plan ----

    @Test
    void explainsItsPasses() {
        Tensor small = Tensor.ones(DType.FLOAT64, 2, 2);
        Tensor large = Tensor.ones(DType.FLOAT64, 100, 100);
        KroneckerOperator k = KroneckerOperator.of(small, small, large).kron(KroneckerOperator.eye(DType.FLOAT64, 3));
        String text = k.explain(Shape.of(1200, 7));
        assertTrue(text.startsWith("[4,4] of 2 (x) [100,100] (x) I_3, [1200,1200] as a matrix"), text);
        assertTrue(text.contains("factor 2, [4,100,21] -> [4,100,21], 4 strided-batched GEMMs, 1.680e+06 flops"), text);
        assertTrue(text.contains("factor 0, [1,4,2100] -> [1,4,2100], one GEMM, 6.720e+04 flops"), text);
        assertTrue(text.contains("workspace 65.6 KiB (formed: 11.0 MiB)"), text);
        assertEquals("KroneckerOperator [2,2] (x) [2,2] (x) [100,100] (x) I_3 float64", k.toString());
    }

    @Test
    void shrinksTheDataBeforeItGrowsIt() {
        KroneckerOperator k =
                KroneckerOperator.of(Tensor.ones(DType.FLOAT64, 100, 2), Tensor.ones(DType.FLOAT64, 3, 200));
        List<String> lines = new ArrayList<>(List.of(k.explain(Shape.of(400)).split("\n")));
        assertTrue(lines.get(1).contains("factor 1"), lines::toString);
        assertTrue(lines.get(2).contains("factor 0"), lines::toString);
        List<String> swapped = List.of(k.transpose().explain(Shape.of(300)).split("\n"));
        assertTrue(swapped.get(1).contains("factor 0"), swapped::toString);
    }

    // ---- errors ----

    @Test
    void refusesBadInput() {
        Tensor a = Tensor.ones(DType.FLOAT64, 2, 3);
        Tensor b = Tensor.ones(DType.FLOAT64, 4, 5);
        KroneckerOperator k = KroneckerOperator.of(a, b);
        refused(ShapeException.class, KroneckerOperator::of, "KroneckerOperator: no factors; it needs at least one");
        refused(
                ShapeException.class,
                () -> KroneckerOperator.of(b, Tensor.ones(DType.FLOAT64, 3)),
                "KroneckerOperator: factor 1 of shape [3] is not a matrix");
        refused(
                ShapeException.class,
                () -> k.apply(Tensor.ones(DType.FLOAT64, 14)),
                "KroneckerOperator.apply: x of shape [14] has 14 rows, product of factor columns is 15 for [2,3] (x) [4,5]");
        refused(
                ShapeException.class,
                () -> k.apply(Tensor.ones(DType.FLOAT64, 14, 2)),
                "x of shape [14,2] has 14 rows, product of factor columns is 15");
        refused(
                ShapeException.class,
                () -> k.applyToRows(Tensor.ones(DType.FLOAT64, 2, 14)),
                "KroneckerOperator.applyToRows: x of shape [2,14] has 14 columns, product of factor columns is 15");
        refused(
                ShapeException.class,
                () -> k.applyRight(Tensor.ones(DType.FLOAT64, 2, 9)),
                "KroneckerOperator.applyRight: x of shape [2,9] has 9 columns, product of factor rows is 8");
        refused(ShapeException.class, () -> k.apply(Tensor.full(DType.FLOAT64, 1)), "x is a scalar");
        refused(
                DTypeException.class,
                () -> k.apply(Tensor.ones(DType.FLOAT32, 15)),
                "KroneckerOperator.apply: x [15] is float32, the factors [2,3] (x) [4,5] are float64");
        refused(
                DTypeException.class,
                () -> KroneckerOperator.of(a, Tensor.ones(DType.FLOAT32, 2, 2)),
                "KroneckerOperator: operands have dtypes float64 [2,3], float32 [2,2]");
        refused(DTypeException.class, () -> KroneckerOperator.of(Tensor.ones(DType.INT64, 2, 2)), "floating");
        refused(
                DTypeException.class,
                () -> k.kron(KroneckerOperator.eye(DType.FLOAT32, 2)),
                "KroneckerOperator.kron: KroneckerOperator [2,3] (x) [4,5] float64 and KroneckerOperator I_2 float32");
        for (String operation : new String[] {"solve", "inverse", "slogdet", "trace", "diag", "eigh", "cholesky"}) {
            refused(
                    ShapeException.class,
                    () -> {
                        switch (operation) {
                            case "solve" -> k.solve(Tensor.ones(DType.FLOAT64, 8));
                            case "inverse" -> k.inverse();
                            case "slogdet" -> k.slogdet();
                            case "trace" -> k.trace();
                            case "diag" -> k.diag();
                            case "eigh" -> k.eigh();
                            default -> k.cholesky();
                        }
                    },
                    "KroneckerOperator." + operation + ": needs square factors, got [2,3] (x) [4,5]");
        }
        refused(
                ShapeException.class,
                () -> k.entry(8, 0),
                "KroneckerOperator.entry: row 8 is out of range, expected [0, 8)");
        refused(ShapeException.class, () -> k.row(-1), "KroneckerOperator.row: row -1 is out of range");
        refused(
                ShapeException.class,
                () -> KroneckerOperator.eye(DType.FLOAT64, -1),
                "KroneckerOperator: an identity cannot have size -1");
        KroneckerOperator huge = KroneckerOperator.eye(DType.FLOAT64, 1L << 40);
        refused(ShapeException.class, () -> huge.kron(huge), "has a side of more than 2^63-1");
        same(NDArray.full(15, 8), k.apply(Tensor.ones(DType.FLOAT64, 15)));
    }
}
