package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.ops.Linalg;
import kron4j.ops.LuFactors;
import kron4j.reference.Check;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** LU: reconstruction, structure, pivots, reuse. */
public class LuContract extends Contract {
    private static final long[][] SHAPES = {
        {0, 0},
        {1, 1},
        {2, 2},
        {3, 5},
        {5, 3},
        {0, 3},
        {3, 0},
        {4, 16, 16},
        {17, 17},
        {2, 3, 20, 7},
        {7, 40},
        {0, 4, 4},
        {3, 0, 0},
        {60, 60},
        {210, 210},
        {205, 3}
    };

    @Test
    void multipliesBack() {
        SplittableRandom random = random(1);
        for (DType dtype : FLOATING) {
            for (long[] shape : SHAPES) {
                NDArray a = NDArray.random(random, shape);
                Tensor t = strided(random, a, dtype);
                Linalg.Lu lu = Linalg.lu(t);
                long n = Math.max(1, Math.max(shape[shape.length - 1], shape[shape.length - 2]));
                // |L| <= 1 and |U| grows by n at most for such matrices.
                double tolerance = 4 * n * n * dtype.epsilon();
                Check.close(a, Products.of(lu.p(), lu.l(), lu.u()), tolerance);
                Check.same(a, t);
                structure(lu);
            }
        }
    }

    private static void structure(Linalg.Lu lu) {
        NDArray l = NDArray.of(lu.l());
        NDArray u = NDArray.of(lu.u());
        NDArray.forEach(l.shape(), index -> {
            long i = index[index.length - 2];
            long j = index[index.length - 1];
            assertTrue(Math.abs(l.get(index)) <= 1, "pivoting");
            assertTrue(i > j || l.get(index) == (i == j ? 1 : 0), "unit lower");
        });
        NDArray.forEach(u.shape(), index -> {
            assertTrue(index[index.length - 2] <= index[index.length - 1] || u.get(index) == 0, "upper");
        });
    }

    @Test
    void permutationOrdersTheRows() {
        Tensor a = Tensor.of(new double[][] {{1, 2, 0}, {4, 0, 6}, {8, 1, 1}});
        LuFactors factors = Linalg.luFactor(a);
        assertArrayEquals(new long[] {2, 0, 1}, factors.permutation().toLongArray());
        assertArrayEquals(new int[] {3, 3, 3}, factors.pivots().toIntArray());
        assertEquals(0, factors.info().itemLong());
        Check.same(
                NDArray.of(new double[] {0, 1, 0, 0, 0, 1, 1, 0, 0}, 3, 3),
                Linalg.lu(a).p());
    }

    @Test
    void factorsAreReusable() {
        SplittableRandom random = random(2);
        for (DType dtype : FLOATING) {
            for (long n : new long[] {1, 3, 16, 20}) {
                NDArray a = wellConditioned(random, n, 2, n, n);
                LuFactors factors = Linalg.luFactor(strided(random, a, dtype));
                Tensor b = strided(random, NDArray.random(random, 2, n, 4), dtype);
                double tolerance = 20 * n * dtype.epsilon();
                Check.close(NDArray.of(b), Products.of(strided(random, a, dtype), factors.solve(b)), tolerance);
                Tensor transposed = strided(random, a, dtype).transpose(-1, -2);
                Check.close(NDArray.of(b), Products.of(transposed, factors.solveTransposed(b)), tolerance);
                NDArray identity = NDArray.generate(new long[] {2, n, n}, i -> i[1] == i[2] ? 1 : 0);
                Check.close(identity, Products.of(strided(random, a, dtype), factors.inverse()), tolerance);
                double[] det = factors.det().toDoubleArray();
                double[] sign = factors.slogdet().sign().toDoubleArray();
                double[] log = factors.slogdet().logAbs().toDoubleArray();
                for (int i = 0; i < 2; i++) {
                    assertEquals(1, sign[i] * Math.exp(log[i]) / det[i], (n + 4 + Math.abs(log[i])) * dtype.epsilon());
                }
            }
        }
    }

    /** Diagonally dominant: condition number below 4. */
    static NDArray wellConditioned(SplittableRandom random, long n, long... shape) {
        return NDArray.generate(
                shape, i -> (float) (2 * random.nextDouble() - 1) + (i[i.length - 1] == i[i.length - 2] ? 2 * n : 0));
    }

    @Test
    void singularMatricesFactorWithInfo() {
        double[][][] batch = {{{1, 2}, {2, 4}}, {{0, 0}, {0, 0}}, {{1, 2}, {3, 4}}};
        LuFactors factors = Linalg.luFactor(Tensor.of(batch));
        assertArrayEquals(new int[] {2, 1, 0}, factors.info().toIntArray());
        assertArrayEquals(new double[] {0, 0, -2}, factors.det().toDoubleArray(), 0);
        Check.refused(
                SingularMatrixException.class,
                () -> factors.solve(Tensor.ones(DType.FLOAT64, 2)),
                "LuFactors.solve: matrix 0 of batch [3] with shape [3,2,2] is singular (pivot 1 is zero)",
                "use luFactor(a).info()");
        Check.refused(
                SingularMatrixException.class,
                factors::inverse,
                "LuFactors.inverse: matrix 0 of batch [3] with shape [3,2,2] is singular (pivot 1 is zero)",
                "use luFactor(a).info()");
        Linalg.Lu lu = Linalg.lu(Tensor.of(batch));
        Check.same(NDArray.of(Tensor.of(batch)), Products.of(lu.p(), lu.l(), lu.u()));
    }

    @Test
    void nanAndInfinityComeBackWithoutHarm() {
        for (long n : new long[] {3, 20, 250}) {
            for (double poison : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
                NDArray values = NDArray.generate(new long[] {n, n}, i -> poison);
                LuFactors factors = Linalg.luFactor(Tensor.of(values.data(), n, n));
                for (int pivot : factors.pivots().toIntArray()) {
                    assertTrue(pivot >= 1 && pivot <= n, "pivot " + pivot);
                }
            }
        }
    }

    @Test
    void refusesWhatHasNoMatrices() {
        Check.refused(
                ShapeException.class,
                () -> Linalg.lu(Tensor.ones(DType.FLOAT64, 3)),
                "luFactor: needs a matrix or a batch of them, got shape [3] of rank 1");
        Check.refused(
                DTypeException.class,
                () -> Linalg.lu(Tensor.ones(DType.INT64, 3, 3)),
                "luFactor: needs a floating dtype, got int64 [3,3]",
                "to(DType.FLOAT64)");
        Check.refused(
                ShapeException.class,
                () -> Linalg.luFactor(Tensor.ones(DType.FLOAT64, 2, 3)).det(),
                "LuFactors.det: needs square matrices, got shape [2,3]");
    }
}
