package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.LinalgException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.Eigh;
import kron4j.ops.Linalg.Qr;
import kron4j.ops.Linalg.Svd;
import kron4j.ops.MatMul;
import kron4j.reference.Check;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Cholesky, QR, SVD, eigh: structure, reconstruction, layouts, what they refuse. */
public class DecompositionContract extends Contract {
    private static final long[][] SHAPES = {
        {1, 1}, {4, 4}, {2, 5, 3}, {2, 3, 5}, {2, 2, 17, 17}, {70, 9}, {0, 3}, {3, 0}, {0, 0}, {0, 4, 4}, {2, 0, 3}
    };
    private static final long[] SIZES = {0, 1, 2, 5, 16, 33};

    static double tolerance(long[] shape, DType dtype) {
        // Backward errors are some n eps times norms below n for elements in [-1, 1).
        long n = Math.max(1, Math.max(shape[shape.length - 1], shape[shape.length - 2]));
        return 4 * n * n * dtype.epsilon();
    }

    static NDArray identity(long[] batch, long n) {
        long[] shape = Arrays.copyOf(batch, batch.length + 2);
        shape[batch.length] = n;
        shape[batch.length + 1] = n;
        return NDArray.generate(shape, i -> i[i.length - 2] == i[i.length - 1] ? 1 : 0);
    }

    /** The columns are orthonormal. */
    static void orthonormal(Tensor q, double tolerance) {
        long[] shape = q.shape().dims();
        long[] batch = Arrays.copyOf(shape, shape.length - 2);
        Check.close(identity(batch, shape[shape.length - 1]), Products.of(q.transpose(-1, -2), q), tolerance);
    }

    static Tensor scaledColumns(Tensor u, Tensor s) {
        NDArray factor = NDArray.of(s.unsqueeze(-2));
        NDArray columns = NDArray.of(u).pick(u.rank() - 1, positions(s.shape().at(-1)));
        NDArray scaled = columns.zip(factor, (x, y) -> x * y);
        return Tensor.of(scaled.data(), scaled.shape());
    }

    private static long[] positions(long n) {
        long[] positions = new long[(int) n];
        Arrays.setAll(positions, i -> i);
        return positions;
    }

    @Test
    void qr() {
        SplittableRandom random = random(11);
        for (DType dtype : FLOATING) {
            for (long[] shape : SHAPES) {
                NDArray a = NDArray.random(random, shape);
                Tensor t = strided(random, a, dtype);
                long m = shape[shape.length - 2];
                long n = shape[shape.length - 1];
                double tolerance = tolerance(shape, dtype);
                for (boolean complete : new boolean[] {false, true}) {
                    Qr qr = Linalg.qr(t, complete);
                    assertEquals(complete ? m : Math.min(m, n), qr.q().shape().at(-1));
                    Check.close(a, Products.of(qr.q(), qr.r()), tolerance);
                    orthonormal(qr.q(), tolerance);
                    NDArray r = NDArray.of(qr.r());
                    NDArray.forEach(
                            r.shape(),
                            i -> assertTrue(i[i.length - 2] <= i[i.length - 1] || r.get(i) == 0, "upper triangular"));
                    assertTrue(qr.q().layout().isContiguous() && qr.r().layout().isContiguous());
                }
                Check.same(a, t);
            }
        }
    }

    /** A D = Q (R D): columns of very different sizes come out as right as those that are alike. */
    @Test
    void qrOfScaledColumns() {
        SplittableRandom random = random(71);
        for (DType dtype : FLOATING) {
            int step = dtype == DType.FLOAT32 ? 60 : 600;
            for (long[] shape : new long[][] {{4, 3}, {20, 5}, {9, 20, 5}, {2, 7, 7}, {32, 32}}) {
                int last = shape.length - 1;
                NDArray a = NDArray.random(random, shape);
                NDArray scales = NDArray.generate(shape, i -> Math.scalb(1.0, step * (int) (i[last] % 3 - 1)));
                Qr qr = Linalg.qr(a.zip(scales, (x, y) -> (float) x * y).toTensor(dtype));
                NDArray r = NDArray.of(qr.r());
                NDArray back = NDArray.generate(r.shape(), i -> Math.scalb(r.get(i), -step * (int) (i[last] % 3 - 1)));
                double tolerance = tolerance(shape, dtype);
                orthonormal(qr.q(), tolerance);
                Check.close(a.map(x -> (float) x), Products.of(qr.q(), back.toTensor(dtype)), tolerance);
            }
        }
    }

    @Test
    void svd() {
        SplittableRandom random = random(12);
        for (DType dtype : FLOATING) {
            for (long[] shape : SHAPES) {
                NDArray a = NDArray.random(random, shape);
                Tensor t = strided(random, a, dtype);
                long m = shape[shape.length - 2];
                long n = shape[shape.length - 1];
                long k = Math.min(m, n);
                double tolerance = tolerance(shape, dtype);
                for (boolean full : new boolean[] {false, true}) {
                    Svd svd = Linalg.svd(t, full);
                    assertEquals(full ? m : k, svd.u().shape().at(-1));
                    assertEquals(full ? n : k, svd.vh().shape().at(-2));
                    Tensor rows = svd.vh().slice(-2, 0, k);
                    Check.close(a, Products.of(scaledColumns(svd.u(), svd.s()), rows), tolerance);
                    orthonormal(svd.u(), tolerance);
                    orthonormal(svd.vh().transpose(-1, -2), tolerance);
                    descending(svd.s());
                    Check.close(NDArray.of(svd.s()), Linalg.svdvals(t), tolerance);
                }
                Check.same(a, t);
            }
        }
    }

    static void descending(Tensor s) {
        double[] values = s.toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            boolean first = i % s.shape().at(-1) == 0;
            assertTrue(values[i] >= 0 && (first || values[i] <= values[i - 1]), "descending");
        }
    }

    @Test
    void knownSingularValues() {
        Tensor a = Tensor.of(new double[][] {{3, 0}, {4, 5}});
        assertArrayEquals(
                new double[] {Math.sqrt(45), Math.sqrt(5)}, Linalg.svdvals(a).toDoubleArray(), 1e-14);
    }

    @Test
    void eighReadsTheLowerTriangle() {
        SplittableRandom random = random(13);
        for (DType dtype : FLOATING) {
            for (long n : SIZES) {
                NDArray values = NDArray.random(random, 2, n, n);
                NDArray symmetric = NDArray.generate(
                        values.shape(), i -> values.get(i[0], Math.max(i[1], i[2]), Math.min(i[1], i[2])));
                Tensor t = strided(random, values, dtype);
                Eigh e = Linalg.eigh(t);
                double tolerance = tolerance(values.shape(), dtype);
                orthonormal(e.v(), tolerance);
                Check.close(symmetric, Products.of(scaledColumns(e.v(), e.w()), e.v().transpose(-1, -2)), tolerance);
                double[] w = e.w().toDoubleArray();
                for (int i = 0; i < w.length; i++) {
                    assertTrue(i % n == 0 || w[i] >= w[i - 1], "ascending");
                }
                assertTrue(e.v().layout().isContiguous());
                Check.same(values, t);
            }
        }
        Eigh known = Linalg.eigh(Tensor.of(new double[][] {{2, 99}, {1, 2}}));
        assertArrayEquals(new double[] {1, 3}, known.w().toDoubleArray(), 1e-15);
    }

    @Test
    void choleskyReadsTheLowerTriangle() {
        SplittableRandom random = random(14);
        for (DType dtype : FLOATING) {
            for (long n : SIZES) {
                NDArray values = LuContract.wellConditioned(random, n, 2, n, n);
                NDArray symmetric = NDArray.generate(
                        values.shape(), i -> values.get(i[0], Math.max(i[1], i[2]), Math.min(i[1], i[2])));
                Tensor t = strided(random, values, dtype);
                Tensor l = Linalg.cholesky(t);
                NDArray lower = NDArray.of(l);
                NDArray.forEach(lower.shape(), i -> assertTrue(i[1] >= i[2] || lower.get(i) == 0, "lower triangular"));
                Check.close(symmetric, Products.of(l, l.transpose(-1, -2)), 2 * n * tolerance(values.shape(), dtype));
                assertTrue(l.layout().isContiguous());
                Check.same(values, t);
            }
        }
        Check.same(NDArray.of(new double[] {2, 0, 1, 3}, 2, 2), Linalg.cholesky(Tensor.of(new double[][] {
            {4, 7}, {2, 10}
        })));
    }

    @Test
    void notPositiveDefiniteIsNamed() {
        Tensor a = Tensor.of(new double[][][] {{{1, 0}, {0, 1}}, {{1, 2}, {2, 1}}});
        Check.refused(
                LinalgException.class,
                () -> Linalg.cholesky(a),
                "cholesky: matrix 1 of batch [2] with shape [2,2,2] is not positive definite "
                        + "(its leading minor of order 2 is not positive)");
    }

    @Test
    void nanDoesNotConverge() {
        Tensor a = Tensor.full(DType.FLOAT64, Double.NaN, 3, 3);
        Check.refused(
                LinalgException.class, () -> Linalg.svd(a), "svd: the matrix of shape [3,3] did not converge", "NaN");
        Check.refused(LinalgException.class, () -> Linalg.svdvals(a), "svdvals: the matrix of shape [3,3]");
        Check.refused(LinalgException.class, () -> Linalg.eigh(a), "eigh: the matrix of shape [3,3] did not converge");
    }

    @Test
    void refusesWhatHasNoMatrices() {
        Tensor vector = Tensor.ones(DType.FLOAT64, 3);
        Tensor flat = Tensor.ones(DType.FLOAT64, 2, 3);
        Tensor integers = Tensor.ones(DType.INT32, 3, 3);
        Check.refused(ShapeException.class, () -> Linalg.qr(vector), "qr: needs a matrix");
        Check.refused(ShapeException.class, () -> Linalg.svd(vector), "svd: needs a matrix");
        Check.refused(ShapeException.class, () -> Linalg.cholesky(flat), "cholesky: needs square", "[2,3]");
        Check.refused(ShapeException.class, () -> Linalg.eigh(flat), "eigh: needs square", "[2,3]");
        Check.refused(DTypeException.class, () -> Linalg.qr(integers), "qr: needs a floating dtype, got int32");
        Check.refused(DTypeException.class, () -> Linalg.eigh(integers), "eigh: needs a floating dtype, got int32");
    }

    /** Singular values up to max(m, n) eps of the largest are zeros by default. */
    @Test
    void pinvsToleranceGrowsWithTheLongerSide() {
        for (DType dtype : FLOATING) {
            for (boolean tall : new boolean[] {true, false}) {
                NDArray diagonal = NDArray.generate(
                        tall ? new long[] {40, 2} : new long[] {2, 40},
                        i -> i[0] != i[1] ? 0 : i[0] == 0 ? 1 : 20 * dtype.epsilon());
                double[] pinv = Linalg.pinv(diagonal.toTensor(dtype)).toDoubleArray();
                assertEquals(1, pinv[0], 4 * dtype.epsilon());
                assertEquals(0, pinv[tall ? 41 : 3], "20 eps is below 40 eps");
                double[] all =
                        Linalg.pinv(diagonal.toTensor(dtype), dtype.epsilon()).toDoubleArray();
                assertEquals(1, all[tall ? 41 : 3] * 20 * dtype.epsilon(), 4 * dtype.epsilon());
            }
        }
    }

    @Test
    void pinvSolvesLeastSquares() {
        SplittableRandom random = random(15);
        for (DType dtype : FLOATING) {
            for (long[] shape : SHAPES) {
                NDArray a = NDArray.random(random, shape);
                Tensor t = strided(random, a, dtype);
                Tensor inverse = Linalg.pinv(t);
                // Penrose's first condition; the condition numbers of these are below 1000.
                Check.close(a, Products.of(t, inverse, t), 1000 * tolerance(shape, dtype));
                Check.same(a, t);
            }
        }
        Tensor rankOne = Tensor.of(new double[][] {{1, 2}, {2, 4}, {0, 0}});
        Check.close(NDArray.of(new double[] {0.04, 0.08, 0, 0.08, 0.16, 0}, 2, 3), Linalg.pinv(rankOne), 1e-15);
        Check.close(NDArray.full(0, 2, 2), Linalg.pinv(Tensor.zeros(DType.FLOAT64, 2, 2)), 0);
        Check.refused(
                LinalgException.class,
                () -> Linalg.pinv(Tensor.full(DType.FLOAT64, Double.NaN, 2, 2)),
                "pinv: the matrix of shape [2,2] did not converge");
    }

    @Test
    void rankCountsSignificantSingularValues() {
        Tensor a = Tensor.of(new double[][][] {{{1, 2}, {2, 4}}, {{1, 0}, {0, 1e-12}}, {{0, 0}, {0, 0}}});
        assertArrayEquals(new long[] {1, 2, 0}, Linalg.matrixRank(a).toLongArray());
        assertArrayEquals(new long[] {1, 1, 0}, Linalg.matrixRank(a, 1e-6).toLongArray());
        assertEquals(0, Linalg.matrixRank(Tensor.ones(DType.FLOAT32, 0, 3)).itemLong());
        Check.refused(
                ShapeException.class, () -> Linalg.matrixRank(Tensor.ones(DType.FLOAT64, 3)), "matrixRank: needs");
        Check.refused(
                DTypeException.class, () -> Linalg.pinv(Tensor.ones(DType.INT64, 3, 3)), "pinv: needs a floating");
    }

    /** Sizes at which a library might use threads of its own, from threads whose stacks are those of Java. */
    @Test
    void mediumSizes() {
        SplittableRandom random = random(17);
        for (DType dtype : FLOATING) {
            for (long n : new long[] {100, 150, 199}) {
                Tensor a = Tensor.of(
                                LuContract.wellConditioned(random, n, 2, n, n).data(), 2, n, n)
                        .to(dtype);
                NDArray identity = identity(new long[] {2}, n);
                double tolerance = 100 * n * dtype.epsilon();
                Check.close(identity, MatMul.matmul(a, Linalg.inverse(a)), tolerance);
                Check.close(
                        identity,
                        MatMul.matmul(Linalg.qr(a).q(), true, Linalg.qr(a).q(), false),
                        tolerance);
                Check.close(
                        identity,
                        MatMul.matmul(Linalg.eigh(a).v(), true, Linalg.eigh(a).v(), false),
                        tolerance);
                Check.close(
                        identity,
                        MatMul.matmul(Linalg.svd(a).u(), true, Linalg.svd(a).u(), false),
                        tolerance);
                Tensor l = Linalg.cholesky(a);
                Tensor product = MatMul.matmul(l, false, l, true);
                Check.close(NDArray.of(product.diagonal()), a.diagonal(), n * tolerance);
            }
        }
    }
}
