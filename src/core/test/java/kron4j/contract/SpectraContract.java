package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.backend.LinalgBackend;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.Eigh;
import kron4j.ops.Linalg.Svd;
import kron4j.reference.Check;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Singular values and eigenvalues at the sizes where a device changes its way, of matrices that are hard or bad. */
public class SpectraContract extends Contract {
    private static final long[][] SHAPES = {
        {3, 1, 1},
        {2, 2, 1},
        {2, 1, 2},
        {3, 8, 8},
        {2, 16, 15},
        {3, 31, 31},
        {2, 32, 32},
        {2, 33, 33},
        {3, 32, 5},
        {2, 5, 32},
        {2, 33, 5},
        {2, 5, 33},
        {40, 2, 2}
    };

    private static void decomposes(NDArray values, Tensor a, DType dtype) {
        double size = Arrays.stream(values.data()).map(Math::abs).max().orElse(0);
        double tolerance = DecompositionContract.tolerance(values.shape(), dtype);
        long m = a.shape().at(-2);
        long n = a.shape().at(-1);
        for (boolean full : new boolean[] {false, true}) {
            Svd svd = Linalg.svd(a, full);
            Tensor rows = svd.vh().slice(-2, 0, Math.min(m, n));
            Check.close(
                    values,
                    Products.of(DecompositionContract.scaledColumns(svd.u(), svd.s()), rows),
                    Math.max(tolerance * size, Double.MIN_NORMAL));
            DecompositionContract.orthonormal(svd.u(), tolerance);
            DecompositionContract.orthonormal(svd.vh().transpose(-1, -2), tolerance);
            DecompositionContract.descending(svd.s());
            Check.close(NDArray.of(svd.s()), Linalg.svdvals(a), tolerance * size + Double.MIN_NORMAL);
        }
    }

    @Test
    void singularValuesAtEverySize() {
        SplittableRandom random = random(41);
        for (DType dtype : FLOATING) {
            for (long[] shape : SHAPES) {
                NDArray a = NDArray.random(random, shape);
                Tensor t = strided(random, a, dtype);
                decomposes(a, t, dtype);
                Check.same(a, t);
            }
        }
    }

    @Test
    void matricesWithoutFullRank() {
        SplittableRandom random = random(42);
        for (DType dtype : FLOATING) {
            for (long[] shape : new long[][] {{8, 6}, {6, 8}, {32, 32}, {40, 36}, {3, 3}}) {
                NDArray x = NDArray.random(random, shape);
                NDArray rankOne = NDArray.generate(shape, i -> (float) (x.get(i[0], 0) * x.get(0, i[1])));
                NDArray repeated = NDArray.generate(shape, i -> x.get(i[0], i[1] / 2));
                NDArray zero = NDArray.full(0, shape);
                NDArray gaps = NDArray.generate(shape, i -> i[0] == i[1] && i[0] % 2 == 0 ? 3 : 0);
                for (NDArray a : new NDArray[] {rankOne, repeated, zero, gaps}) {
                    decomposes(a, strided(random, a, dtype), dtype);
                }
                double[] s = Linalg.svdvals(Tensor.of(rankOne.data(), shape).to(dtype))
                        .toDoubleArray();
                // The elements of a rank-one matrix of floats are rounded themselves.
                assertTrue(s[1] <= shape[0] * DType.FLOAT32.epsilon() * s[0], "second singular value");
            }
        }
    }

    @Test
    void elementsOfEveryMagnitude() {
        SplittableRandom random = random(43);
        for (DType dtype : FLOATING) {
            for (long n : new long[] {3, 20, 32, 36}) {
                NDArray a = LuContract.wellConditioned(random, n, n, n);
                NDArray symmetric = NDArray.generate(a.shape(), i -> a.get(Math.max(i[0], i[1]), Math.min(i[0], i[1])));
                double[] s = Linalg.svdvals(Tensor.of(a.data(), n, n).to(dtype)).toDoubleArray();
                double[] w = Linalg.eigh(Tensor.of(symmetric.data(), n, n).to(dtype))
                        .w()
                        .toDoubleArray();
                for (int power : dtype == DType.FLOAT32 ? new int[] {-100, 100} : new int[] {-900, 900}) {
                    double scale = Math.scalb(1.0, power);
                    double tolerance = 10 * n * dtype.epsilon();
                    Tensor scaled =
                            Tensor.of(a.map(x -> x * scale).data(), n, n).to(dtype);
                    Tensor scaledSymmetric = Tensor.of(
                                    symmetric.map(x -> x * scale).data(), n, n)
                            .to(dtype);
                    double[] large = Linalg.svdvals(scaled).toDoubleArray();
                    double[] values = Linalg.eigh(scaledSymmetric).w().toDoubleArray();
                    for (int i = 0; i < n; i++) {
                        assertEquals(1, large[i] / scale / s[i], tolerance);
                        assertEquals(w[i], values[i] / scale, tolerance * Math.abs(w[(int) n - 1]));
                    }
                }
            }
        }
    }

    @Test
    void eigenvaluesThatRepeat() {
        SplittableRandom random = random(44);
        for (DType dtype : FLOATING) {
            for (long n : new long[] {1, 2, 3, 17, 31, 32, 33}) {
                NDArray x = NDArray.random(random, n);
                double square = Arrays.stream(x.data()).map(v -> v * v).sum();
                NDArray mirror = NDArray.generate(
                        new long[] {n, n}, i -> (i[0] == i[1] ? 1 : 0) - 2 * x.get(i[0]) * x.get(i[1]) / square);
                NDArray ones = NDArray.full(1, n, n);
                for (NDArray a : new NDArray[] {mirror, ones, DecompositionContract.identity(new long[0], n)}) {
                    Eigh e = Linalg.eigh(Tensor.of(a.data(), n, n).to(dtype));
                    double tolerance = DecompositionContract.tolerance(a.shape(), dtype);
                    DecompositionContract.orthonormal(e.v(), tolerance);
                    Tensor product =
                            Products.of(DecompositionContract.scaledColumns(e.v(), e.w()), e.v().transpose(-1, -2));
                    Check.close(a, product, tolerance * n);
                }
                double[] w = Linalg.eigh(Tensor.of(mirror.data(), n, n).to(dtype))
                        .w()
                        .toDoubleArray();
                for (int i = 0; i < n; i++) {
                    assertEquals(i == 0 ? -1 : 1, w[i], 10 * n * dtype.epsilon());
                }
            }
        }
    }

    @Test
    void oneBadMatrixStaysAlone() {
        for (DType dtype : FLOATING) {
            for (int n : new int[] {3, 32, 40}) {
                NDArray values = NDArray.generate(
                        new long[] {3, n, n},
                        i -> i[0] == 1 && i[1] == 0 && i[2] == 0 ? Double.NaN : i[1] == i[2] ? 2 : 0);
                LinalgBackend linalg = device().backend().linalg();
                Tensor info = Tensor.zeros(DType.INT32, 3);
                Tensor vector = Tensor.zeros(dtype, 3, n);
                Tensor work = Tensor.of(values.data(), 3, n, n).to(dtype).transpose(1, 2);
                linalg.svdvals(work.view(), vector.view(), info.view());
                alone(info, vector);
                work = Tensor.of(values.data(), 3, n, n).to(dtype).transpose(1, 2);
                Tensor u = Tensor.zeros(dtype, 3, n, n).transpose(1, 2);
                Tensor vt = Tensor.zeros(dtype, 3, n, n).transpose(1, 2);
                linalg.svd(work.view(), u.view(), vector.view(), vt.view(), info.view());
                alone(info, vector);
                work = Tensor.of(values.data(), 3, n, n).to(dtype).transpose(1, 2);
                linalg.eigh(work.view(), true, vector.view(), info.view());
                alone(info, vector);
                work = Tensor.of(values.data(), 3, n, n).to(dtype).transpose(1, 2);
                linalg.cholesky(work.view(), true, info.view());
                assertArrayEquals(new int[] {0, 1, 0}, info.toIntArray(), "info");
                Check.close(NDArray.full(Math.sqrt(2), n), work.get(2).diagonal(), dtype.epsilon());
            }
        }
    }

    @Test
    void orthogonalFactorsAtEverySize() {
        SplittableRandom random = random(45);
        for (DType dtype : FLOATING) {
            for (long[] shape : SHAPES) {
                NDArray a = NDArray.random(random, shape);
                NDArray repeated = NDArray.generate(shape, i -> a.get(i[0], i[1], i[2] / 2));
                NDArray gaps = NDArray.generate(shape, i -> i[1] == i[2] && i[1] % 2 == 1 ? 3 : 0);
                double tolerance = DecompositionContract.tolerance(shape, dtype);
                for (NDArray values : new NDArray[] {a, repeated, gaps}) {
                    for (double scale : new double[] {1, dtype == DType.FLOAT32 ? 0x1p100 : 0x1p900}) {
                        NDArray scaled = values.map(x -> x * scale);
                        Tensor t = strided(random, scaled, dtype);
                        for (boolean complete : new boolean[] {false, true}) {
                            Linalg.Qr qr = Linalg.qr(t, complete);
                            DecompositionContract.orthonormal(qr.q(), tolerance);
                            Check.close(scaled, Products.of(qr.q(), qr.r()), 3 * tolerance * scale);
                        }
                    }
                }
            }
        }
    }

    private static void alone(Tensor info, Tensor values) {
        int[] found = info.toIntArray();
        assertArrayEquals(new int[] {0, 0}, new int[] {found[0], found[2]}, "info of good ones");
        assertNotEquals(0, found[1], "info of the bad one");
        for (int e : new int[] {0, 2}) {
            for (double x : values.get(e).toDoubleArray()) {
                assertEquals(2, x, 16 * values.dtype().epsilon());
            }
        }
    }
}
