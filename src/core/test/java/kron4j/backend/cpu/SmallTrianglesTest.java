package kron4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.InPlace;
import kron4j.ops.LeastSquares;
import kron4j.ops.Linalg;
import kron4j.ops.Norms;
import kron4j.ops.Random;
import org.junit.jupiter.api.Test;

/** QR, singular values and least squares of many small matrices are those of each by itself, signs too. */
class SmallTrianglesTest {
    private static final List<DType> DTYPES = List.of(DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128);

    private static final int COUNT = 21;

    /** Some matrices have zeros where a reflector is made, equal columns, or numbers that need scaling. */
    private static Tensor matrices(DType dtype, int m, int n) {
        Tensor a = Random.normal(m + n, dtype, COUNT, m, n);
        InPlace.fill(a.select(0, 1).select(1, 0).slice(0, 1, m), 0);
        InPlace.fill(a.select(0, 2).select(1, n - 1), 0);
        InPlace.fill(a.select(0, 3).slice(0, 1, m), 0);
        InPlace.assign(a.select(0, 4).select(1, n - 1), a.select(0, 4).select(1, 0));
        InPlace.fill(a.select(0, 5), 0);
        InPlace.multiply(a.select(0, 6), 0x1p100);
        InPlace.multiply(a.select(0, 7), 0x1p-100);
        InPlace.multiply(a.select(0, 8).select(1, 0), 0x1p-100);
        if (dtype.isComplex()) {
            InPlace.fill(a.get(9, 0, 0), new Complex(0, 2));
            InPlace.fill(a.select(0, 10).select(1, 0).slice(0, 1, m), 0);
            InPlace.fill(a.get(10, 0, 0), new Complex(-1, 2));
        }
        return a;
    }

    private static void assertAsAlone(Function<Tensor, List<Tensor>> function, String name) {
        for (DType dtype : DTYPES) {
            for (int[] shape : new int[][] {{1, 1}, {2, 1}, {2, 2}, {5, 3}, {16, 16}, {32, 8}, {64, 16}, {32, 32}}) {
                try (TensorScope scope = Device.cpu().openScope()) {
                    Tensor a = matrices(dtype, shape[0], shape[1]);
                    List<Tensor> together = function.apply(a);
                    for (int i = 0; i < COUNT; i++) {
                        List<Tensor> alone = function.apply(a.slice(0, i, i + 1));
                        for (int k = 0; k < alone.size(); k++) {
                            double[] expected = numbers(alone.get(k));
                            double most =
                                    Arrays.stream(expected).map(Math::abs).max().orElse(0);
                            assertArrayEquals(
                                    expected,
                                    numbers(together.get(k).slice(0, i, i + 1)),
                                    32 * shape[0] * dtype.epsilon() * most,
                                    name + " " + a.shape() + " " + dtype + " " + i);
                        }
                    }
                }
            }
        }
    }

    private static double[] numbers(Tensor x) {
        Tensor parts = x.dtype().isComplex() ? ComplexNumbers.viewAsReal(x) : x;
        return parts.toDoubleArray();
    }

    @Test
    void singularValues() {
        assertAsAlone(a -> List.of(Linalg.svdvals(a)), "svdvals");
    }

    /** Q of columns that the others leave nothing of, and of tiny ones beside large ones, is any; here R and A = Q R are compared. */
    @Test
    void factors() {
        assertAsAlone(
                a -> {
                    Linalg.Qr qr = Linalg.qr(a);
                    return List.of(qr.r(), qr.q().matmul(qr.r()));
                },
                "qr");
        for (DType dtype : DTYPES) {
            try (TensorScope scope = Device.cpu().openScope()) {
                Tensor q = Linalg.qr(matrices(dtype, 32, 8)).q();
                for (int i = 0; i < COUNT; i++) {
                    Tensor one = q.select(0, i);
                    Tensor gram = ComplexNumbers.adjoint(one).matmul(one);
                    Tensor identity = Linalg.qr(Tensor.zeros(dtype, 8, 8)).q();
                    assertEquals(0, Norms.matrixNorm(gram.subtract(identity)).item(), 256 * dtype.epsilon());
                }
            }
        }
    }

    @Test
    void columnsWhoseSquaresVanish() {
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor a = Random.normal(6, DType.FLOAT64, COUNT, 20, 5);
            Tensor first = Linalg.qr(a).r().select(1, 0);
            InPlace.multiply(a.select(2, 0), 0x1p-600);
            Tensor scaled = Linalg.qr(a).r().select(1, 0);
            InPlace.multiply(scaled.select(1, 0), 0x1p600);
            assertArrayEquals(first.toDoubleArray(), scaled.toDoubleArray(), 32 * 20 * 5 * DType.FLOAT64.epsilon());
        }
    }

    /** What they cannot do, LAPACK does instead, with the same results. */
    @Test
    void rotationsFindSingularValues() {
        for (DType dtype : List.of(DType.FLOAT64, DType.COMPLEX128)) {
            try (TensorScope scope = Device.cpu().openScope()) {
                Tensor a = Random.normal(5, dtype, COUNT, 12, 12);
                Entries entries = new Entries(a.transpose(1, 2).view(), 2);
                if (!SmallSingularValues.suit(entries)) {
                    return;
                }
                SmallTriangles triangles = new SmallTriangles(entries);
                triangles.factor(0, triangles.lanes);
                double[] values = new double[triangles.lanes * 12];
                double[] scratch = triangles.doubles(12 * 12);
                assertTrue(triangles.qr.singularValues(triangles.packed, 12, 12, triangles.diagonal, scratch, values));
            }
        }
    }

    /** Of matrices whose columns are nearly orthogonal, so that errors stay small. */
    @Test
    void leastSquares() {
        for (DType dtype : DTYPES) {
            for (int columns : new int[] {1, 3}) {
                int n = 3 + 9 * columns;
                try (TensorScope scope = Device.cpu().openScope()) {
                    Tensor a = Random.normal(1, dtype, COUNT, 90, n);
                    Tensor b = Random.normal(2, dtype, COUNT, 90, columns);
                    InPlace.multiply(a.select(0, 3), 0x1p-100);
                    InPlace.fill(b.select(0, 4), 0);
                    LeastSquares.Solution all = LeastSquares.lstsq(a, b);
                    Tensor full = LeastSquares.lstsqFullRank(a, b);
                    for (int i = 0; i < COUNT; i++) {
                        LeastSquares.Solution one = LeastSquares.lstsq(a.select(0, i), b.select(0, i));
                        double[] expected = numbers(one.x());
                        double most =
                                Arrays.stream(expected).map(Math::abs).max().orElse(0);
                        double bound = 32 * 90 * dtype.epsilon() * most;
                        assertArrayEquals(expected, numbers(all.x().select(0, i)), bound);
                        assertArrayEquals(expected, numbers(full.select(0, i)), bound);
                        assertEquals(n, all.rank().get(i).itemLong());
                        double[] values = one.singularValues().toDoubleArray();
                        assertArrayEquals(
                                values,
                                all.singularValues().select(0, i).toDoubleArray(),
                                32 * 90 * dtype.epsilon() * values[0]);
                    }
                }
            }
        }
    }
}
