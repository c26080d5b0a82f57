package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.SignLog;
import kron4j.ops.Linalg.WithInfo;
import kron4j.ops.LuFactors;
import kron4j.reference.Check;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** LU and what follows from it at the sizes where a device changes its way, with batches of any kind. */
public class LinalgSizesContract extends Contract {
    private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 80, 97, 130};

    /** Rows of diagonally dominant matrices in random order: condition numbers below 4, and every step exchanges. */
    private static NDArray matrices(SplittableRandom random, int batch, int n) {
        NDArray rows = LuContract.wellConditioned(random, n, batch, n, n);
        int[] order = shuffled(random, n);
        return NDArray.generate(new long[] {batch, n, n}, i -> rows.get(i[0], order[(int) i[1]], i[2]));
    }

    private static int[] shuffled(SplittableRandom random, int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /** Sign and logarithm by elimination in double precision. */
    private static double[] slogdet(NDArray matrix) {
        int n = (int) matrix.shape()[0];
        double[] a = matrix.data().clone();
        double sign = 1;
        double log = 0;
        for (int k = 0; k < n; k++) {
            int pivot = k;
            for (int i = k; i < n; i++) {
                pivot = Math.abs(a[i * n + k]) > Math.abs(a[pivot * n + k]) ? i : pivot;
            }
            for (int j = 0; j < n; j++) {
                double kept = a[k * n + j];
                a[k * n + j] = a[pivot * n + j];
                a[pivot * n + j] = kept;
            }
            sign *= (pivot == k ? 1 : -1) * Math.signum(a[k * n + k]);
            log += Math.log(Math.abs(a[k * n + k]));
            for (int i = k + 1; i < n; i++) {
                double factor = a[i * n + k] / a[k * n + k];
                for (int j = k; j < n; j++) {
                    a[i * n + j] -= factor * a[k * n + j];
                }
            }
        }
        return new double[] {sign, log};
    }

    private static NDArray identity(int batch, int n) {
        return NDArray.generate(new long[] {batch, n, n}, i -> i[1] == i[2] ? 1 : 0);
    }

    private static double[] logs(SignLog d) {
        return d.logAbs().toDoubleArray();
    }

    private static double[] signs(SignLog d) {
        return d.sign().toDoubleArray();
    }

    @Test
    void everySizeFactorsSolvesAndInverts() {
        SplittableRandom random = random(31);
        for (DType dtype : FLOATING) {
            for (int n : SIZES) {
                NDArray a = matrices(random, 2, n);
                NDArray b = NDArray.random(random, 2, n, 5);
                Tensor t = strided(random, a, dtype);
                Tensor rows = strided(random, a, dtype).contiguous();
                double tolerance = 40 * n * dtype.epsilon();
                for (Tensor each : new Tensor[] {t, rows, rows.transpose(1, 2)}) {
                    NDArray values = NDArray.of(each);
                    double size = 4.0 * n;
                    Linalg.Lu lu = Linalg.lu(each);
                    Check.close(values, Products.of(lu.p(), lu.l(), lu.u()), size * tolerance);
                    Check.close(b, Products.of(each, Linalg.solve(each, strided(random, b, dtype))), tolerance);
                    Check.close(identity(2, n), Products.of(each, Linalg.inverse(each)), tolerance);
                    SignLog direct = Linalg.slogdet(each);
                    SignLog factored = Linalg.luFactor(each).slogdet();
                    for (int e = 0; e < 2; e++) {
                        double[] expected = slogdet(values.select(0, e));
                        double near = tolerance + Math.abs(expected[1]) * dtype.epsilon();
                        assertEquals(expected[0], signs(direct)[e], "sign for n = " + n);
                        assertEquals(expected[1], logs(direct)[e], near, "logarithm for n = " + n);
                        assertEquals(expected[0], signs(factored)[e], "sign from factors for n = " + n);
                        assertEquals(expected[1], logs(factored)[e], near, "logarithm from factors for n = " + n);
                    }
                }
                Check.same(a, t);
            }
        }
    }

    @Test
    void rectanglesFactor() {
        SplittableRandom random = random(32);
        int[][] shapes = {{65, 20}, {20, 65}, {64, 33}, {33, 64}, {100, 70}, {70, 100}, {1, 70}, {70, 1}, {5, 32}};
        for (DType dtype : FLOATING) {
            for (int[] shape : shapes) {
                NDArray a = NDArray.random(random, 2, shape[0], shape[1]);
                Linalg.Lu lu = Linalg.lu(strided(random, a, dtype));
                double n = Math.max(shape[0], shape[1]);
                Check.close(a, Products.of(lu.p(), lu.l(), lu.u()), 4 * n * n * dtype.epsilon());
            }
        }
    }

    @Test
    void infoSaysWhichPivotIsZero() {
        for (DType dtype : FLOATING) {
            for (int n : SIZES) {
                for (int k : new int[] {0, n / 2, n - 1}) {
                    NDArray values = NDArray.generate(
                            new long[] {3, n, n}, i -> i[1] != i[2] || (i[0] == 1 && i[1] == k) ? 0 : 2);
                    Tensor a = Tensor.of(values.data(), 3, n, n).to(dtype);
                    int[] info = {0, k + 1, 0};
                    assertArrayEquals(info, Linalg.luFactor(a).info().toIntArray(), "n = " + n);
                    WithInfo solved = Linalg.solveEx(a, Tensor.full(dtype, 2, n));
                    assertArrayEquals(info, solved.info().toIntArray(), "solve, n = " + n);
                    Check.same(NDArray.full(1, n), solved.result().get(0));
                    Check.same(NDArray.full(1, n), solved.result().get(2));
                    assertArrayEquals(info, Linalg.inverseEx(a).info().toIntArray(), "inverse, n = " + n);
                    for (SignLog d :
                            new SignLog[] {Linalg.slogdet(a), Linalg.luFactor(a).slogdet()}) {
                        assertArrayEquals(new double[] {1, 0, 1}, signs(d), 0);
                        assertEquals(Double.NEGATIVE_INFINITY, logs(d)[1]);
                        assertEquals(n * Math.log(2), logs(d)[2], n * dtype.epsilon());
                    }
                    double power = Math.scalb(1.0, n);
                    double det = dtype == DType.FLOAT32 ? (float) power : power;
                    assertArrayEquals(new double[] {det, 0, det}, Linalg.det(a).toDoubleArray(), 0);
                }
            }
        }
    }

    @Test
    void oneBadMatrixStaysAlone() {
        for (DType dtype : FLOATING) {
            for (int n : SIZES) {
                for (int[] place : new int[][] {{0, n - 1}, {n - 1, 0}, {n / 2, n / 2}}) {
                    NDArray values = NDArray.generate(
                            new long[] {3, n, n},
                            i -> i[0] == 1 && i[1] == place[0] && i[2] == place[1]
                                    ? Double.NaN
                                    : i[1] == i[2] && (i[0] != 1 || i[1] != 0) ? 1 : 0);
                    Tensor a = Tensor.of(values.data(), 3, n, n).to(dtype);
                    for (SignLog d :
                            new SignLog[] {Linalg.slogdet(a), Linalg.luFactor(a).slogdet()}) {
                        assertArrayEquals(new double[] {1, Double.NaN, 1}, signs(d), 0, "n = " + n);
                        assertArrayEquals(new double[] {0, Double.NaN, 0}, logs(d), 0, "n = " + n);
                    }
                    for (int pivot : Linalg.luFactor(a).pivots().toIntArray()) {
                        assertTrue(pivot >= 1 && pivot <= n, "pivot " + pivot);
                    }
                }
            }
        }
    }

    @Test
    void infinityIsLargerThanAll() {
        for (DType dtype : FLOATING) {
            for (int n : new int[] {2, 9, 20, 40, 70}) {
                NDArray values = NDArray.generate(
                        new long[] {n, n}, i -> i[0] != i[1] ? 0 : i[0] == n / 2 ? Double.NEGATIVE_INFINITY : 1);
                Tensor a = Tensor.of(values.data(), n, n).to(dtype);
                // 0 * infinity among the products of the elimination makes NaN only in rows that are not eliminated.
                SignLog d = Linalg.slogdet(a);
                boolean nan =
                        Double.isNaN(d.sign().item()) && Double.isNaN(d.logAbs().item());
                boolean infinite = d.sign().item() == -1 && d.logAbs().item() == Double.POSITIVE_INFINITY;
                assertTrue(nan || infinite, () -> "got " + d.sign() + ", " + d.logAbs());
            }
        }
    }

    @Test
    void scalesThatOverflowTheDeterminant() {
        SplittableRandom random = random(33);
        for (DType dtype : FLOATING) {
            int power = dtype == DType.FLOAT32 ? 60 : 500;
            for (int n : new int[] {3, 8, 20, 32, 50, 64, 100}) {
                NDArray a = matrices(random, 1, n);
                for (int sign : new int[] {-1, 1}) {
                    double scale = Math.scalb(1.0, sign * power);
                    Tensor t = Tensor.of(a.map(x -> x * scale).data(), 1, n, n).to(dtype);
                    double[] expected = slogdet(a.select(0, 0));
                    double log = expected[1] + n * sign * power * Math.log(2);
                    double tolerance = 40 * n * dtype.epsilon() + 2 * Math.abs(log) * dtype.epsilon();
                    for (SignLog d :
                            new SignLog[] {Linalg.slogdet(t), Linalg.luFactor(t).slogdet()}) {
                        assertEquals(expected[0], signs(d)[0]);
                        assertEquals(log, logs(d)[0], tolerance, "n = " + n);
                    }
                    if (n >= 8) {
                        double det = Linalg.det(t).item();
                        assertTrue(sign < 0 ? det == 0 : det == expected[0] * Double.POSITIVE_INFINITY, "det " + det);
                    }
                }
            }
        }
    }

    /** Hadamard's matrices: every candidate for a pivot is as large as every other. */
    @Test
    void tiesAreBrokenAlikeEverywhere() {
        for (DType dtype : FLOATING) {
            for (int n = 1; n <= 128; n *= 2) {
                NDArray one = NDArray.generate(new long[] {n, n}, i -> Long.bitCount(i[0] & i[1]) % 2 == 0 ? 1 : -1);
                Tensor a = Tensor.of(one.expand(5, n, n).data(), 5, n, n).to(dtype);
                LuFactors factors = Linalg.luFactor(a);
                int[] pivots = factors.pivots().toIntArray();
                for (int e = 1; e < 5; e++) {
                    assertArrayEquals(
                            Arrays.copyOf(pivots, n), Arrays.copyOfRange(pivots, e * n, (e + 1) * n), "n = " + n);
                }
                SignLog d = Linalg.slogdet(a);
                assertEquals(n / 2.0 * Math.log(n), logs(d)[4], n * dtype.epsilon(), "n = " + n);
                Check.same(NDArray.full(signs(d)[0], 5), factors.slogdet().sign());
                Check.same(NDArray.of(d.logAbs()), Linalg.slogdet(a).logAbs());
            }
        }
    }

    @Test
    void batchesOfAnyKind() {
        SplittableRandom random = random(34);
        for (DType dtype : FLOATING) {
            for (int n : new int[] {1, 3, 20, 40, 70}) {
                NDArray a = matrices(random, 1, n);
                Tensor one = Tensor.of(a.data(), 1, n, n).to(dtype);
                double log = Linalg.slogdet(one).logAbs().item();
                Tensor repeated = one.viewAs(one.layout().expand(Shape.of(7, n, n)));
                Check.same(NDArray.full(log, 7), Linalg.slogdet(repeated).logAbs());
                Tensor none = Tensor.ones(dtype, 2, 0, n, n);
                assertArrayEquals(
                        new long[] {2, 0}, Linalg.slogdet(none).sign().shape().dims());
                assertArrayEquals(
                        new long[] {2, 0, n, n}, Linalg.inverse(none).shape().dims());
            }
            NDArray many = NDArray.generate(
                    new long[] {1000, 3, 3}, i -> i[1] == i[2] ? 1 + i[0] % 7 : i[1] < i[2] ? i[0] % 5 : 0);
            double[] logs =
                    logs(Linalg.slogdet(Tensor.of(many.data(), 1000, 3, 3).to(dtype)));
            for (int e = 0; e < 1000; e++) {
                assertEquals(3 * Math.log(1 + e % 7), logs[e], 8 * dtype.epsilon());
            }
            NDArray deep = NDArray.random(random, 2, 1, 3, 1, 2, 1, 2, 2, 1, 2, 3, 3);
            Tensor t = strided(random, deep, dtype);
            SignLog d = Linalg.slogdet(t);
            double[] all = logs(d);
            NDArray flat = NDArray.of(t).reshape(all.length, 3, 3);
            for (int e = 0; e < all.length; e++) {
                double[] expected = slogdet(flat.select(0, e));
                assertEquals(expected[0], signs(d)[e]);
                // Condition numbers of these are below 1e4.
                assertEquals(expected[1], all[e], 1e4 * dtype.epsilon());
            }
        }
    }
}
