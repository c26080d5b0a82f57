package kron4j.contract;

import static kron4j.contract.ComplexMatrices.close;
import static kron4j.contract.ComplexMatrices.product;
import static kron4j.contract.ComplexMatrices.unchanged;
import static kron4j.ops.ComplexNumbers.adjoint;
import static kron4j.ops.ComplexNumbers.complex;
import static kron4j.ops.ComplexNumbers.imag;
import static kron4j.ops.ComplexNumbers.real;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import kron4j.Complex;
import kron4j.DType;
import kron4j.LinalgException;
import kron4j.Tensor;
import kron4j.backend.LinalgBackend;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.reference.Check;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Decompositions of complex matrices at every size around those where a device changes its way, of matrices that are hard. */
public class ComplexSpectraContract extends Contract {
    private static final int LARGEST = 34;

    private static Tensor matrices(SplittableRandom random, DType dtype, long... shape) {
        return ComplexMatrices.strided(random, NDArray.random(random, shape), NDArray.random(random, shape), dtype);
    }

    /** Some n eps times a norm below 2 n, where elements are about 1. */
    private static double error(Tensor a) {
        long n = Math.max(a.shape().at(-1), a.shape().at(-2));
        return 8 * n * n * a.dtype().epsilon();
    }

    private static double largest(Tensor a) {
        return Math.max(real(a).abs().max().item(), imag(a).abs().max().item());
    }

    private static Tensor identity(Tensor like) {
        DType part = like.dtype().realPart();
        long n = like.shape().at(-1);
        return complex(
                Tensor.eye(part, n).expand(like.shape().dims()),
                Tensor.zeros(part, like.shape().dims()));
    }

    private static void orthonormal(Tensor q, double tolerance) {
        Tensor square = product(adjoint(q), q);
        close(identity(square), square, tolerance);
    }

    private static Tensor scaled(Tensor u, Tensor s) {
        return Elementwise.multiply(
                u.slice(-1, 0, s.shape().at(-1)), s.to(u.dtype()).unsqueeze(-2));
    }

    /** A = U S V^H, in both forms; differences are rounding errors of the largest element, or of the smallest numbers. */
    private static void svd(Tensor a) {
        double tolerance = error(a) * largest(a) + lost(a);
        for (boolean full : new boolean[] {false, true}) {
            Linalg.Svd d = Linalg.svd(a, full);
            Tensor rows = d.vh().slice(-2, 0, d.s().shape().at(-1));
            close(a, product(scaled(d.u(), d.s()), rows), tolerance);
            orthonormal(d.u(), error(a));
            orthonormal(adjoint(d.vh()), error(a));
            DecompositionContract.descending(d.s());
            Check.close(NDArray.of(d.s()), Linalg.svdvals(a), tolerance);
        }
    }

    /** What the check itself may lose: products of subnormal numbers, of which an element is a sum of n, are rounded to multiples of the smallest. */
    private static double lost(Tensor a) {
        return 4 * Math.max(a.shape().at(-1), a.shape().at(-2)) * smallest(a.dtype());
    }

    private static double smallest(DType dtype) {
        return dtype == DType.COMPLEX64 ? Float.MIN_VALUE : Double.MIN_VALUE;
    }

    /** A = V W V^H; of the matrices only the lower triangle, and the real parts of the diagonal, are good. */
    private static void eigh(Tensor hermitian, Tensor a) {
        double tolerance = 2 * error(a) * largest(hermitian) + lost(a);
        Linalg.Eigh e = Linalg.eigh(a);
        orthonormal(e.v(), error(a));
        close(hermitian, product(scaled(e.v(), e.w()), adjoint(e.v())), tolerance);
        double[] w = e.w().toDoubleArray();
        for (int i = 0; i < w.length; i++) {
            assertTrue(i % e.w().shape().at(-1) == 0 || w[i - 1] <= w[i], "ascending");
        }
    }

    private static void qr(Tensor a) {
        for (boolean complete : new boolean[] {false, true}) {
            Linalg.Qr qr = Linalg.qr(a, complete);
            close(a, product(qr.q(), qr.r()), error(a) * largest(a) + lost(a));
            orthonormal(qr.q(), error(a));
            close(Indexing.triu(qr.r(), 0), qr.r(), 0);
            Tensor diagonal = imag(qr.r().diagonal());
            Check.same(NDArray.full(0, diagonal.shape().dims()), diagonal);
        }
    }

    private static Tensor hermitian(Tensor a) {
        return a.add(adjoint(a)).multiply(0.5);
    }

    /** NaN above the diagonal, and large imaginary parts on it. */
    private static Tensor onlyLower(Tensor hermitian) {
        long[] shape = hermitian.shape().dims();
        DType part = hermitian.dtype().realPart();
        Tensor above = Indexing.triu(Tensor.ones(part, shape), 1);
        Tensor re =
                Elementwise.where(Elementwise.greater(above, 0), Tensor.full(part, Double.NaN, shape), real(hermitian));
        return complex(re, imag(hermitian).add(Indexing.triu(Tensor.full(part, 1e30, shape), 0)));
    }

    @Test
    void everySize() {
        SplittableRandom random = random(51);
        for (DType dtype : DTypes.complex()) {
            for (int n = 1; n <= LARGEST; n++) {
                int batch = n <= 8 ? 2 : 1;
                Tensor square = matrices(random, dtype, batch, n, n);
                unchanged(square, ComplexSpectraContract::svd);
                unchanged(square, ComplexSpectraContract::qr);
                int other = 5 * n % LARGEST + 1;
                Tensor rectangle = matrices(random, dtype, batch, n, other);
                unchanged(rectangle, ComplexSpectraContract::svd);
                unchanged(rectangle, ComplexSpectraContract::qr);
                Tensor hermitian = hermitian(square);
                unchanged(square, a -> eigh(hermitian, onlyLower(hermitian)));
                Tensor definite = hermitian.add(identity(square).multiply(2.0 * n));
                Tensor l = Linalg.cholesky(onlyLower(definite));
                close(Indexing.tril(l, 0), l, 0);
                close(definite, product(l, adjoint(l)), 3 * n * error(square));
            }
        }
    }

    @Test
    void batchesOfAnyKind() {
        SplittableRandom random = random(52);
        for (DType dtype : DTypes.complex()) {
            Tensor deep = matrices(random, dtype, 3, 1, 2, 4, 5).permute(2, 0, 1, 4, 3);
            unchanged(deep, ComplexSpectraContract::svd);
            unchanged(deep, ComplexSpectraContract::qr);
            Tensor one = matrices(random, dtype, 1, 6, 6);
            Tensor repeated = one.expand(5, 6, 6);
            unchanged(repeated, ComplexSpectraContract::svd);
            Tensor hermitian = hermitian(repeated);
            unchanged(hermitian, a -> eigh(hermitian, a));
            // Of unitary matrices every pair of columns has the same length: only rounding errors are left to rotate
            // by.
            for (int n = 2; n <= 5; n++) {
                Tensor unitary = Linalg.qr(matrices(random, dtype, 400, n, n)).q();
                Check.close(NDArray.full(1, 400, n), Linalg.svdvals(unitary), 8 * n * dtype.epsilon());
            }
        }
    }

    private static Tensor scaledBy(NDArray re, NDArray im, double scale, DType dtype) {
        DType part = dtype.realPart();
        return complex(
                re.map(x -> x * scale).toTensor(part), im.map(x -> x * scale).toTensor(part));
    }

    @Test
    void elementsOfEveryMagnitude() {
        SplittableRandom random = random(53);
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 3, 20, 32, 34}) {
                NDArray re = NDArray.random(random, n, n).map(x -> (float) x);
                NDArray im = NDArray.random(random, n, n).map(x -> (float) x);
                Tensor a = scaledBy(re, im, 1, dtype);
                Tensor definite = hermitian(a).add(identity(a).multiply(2.0 * n));
                double[] s = Linalg.svdvals(a).toDoubleArray();
                double[] w = Linalg.eigh(hermitian(a)).w().toDoubleArray();
                double[] l = real(Linalg.cholesky(definite).diagonal()).toDoubleArray();
                double tolerance = 20 * n * dtype.epsilon() * s[0];
                int[] powers =
                        dtype == DType.COMPLEX64 ? new int[] {-100, -60, 60, 100} : new int[] {-996, -498, 498, 996};
                for (int power : powers) {
                    double scale = Math.scalb(1.0, power);
                    Tensor t = scaledBy(re, im, scale, dtype);
                    svd(t);
                    qr(t);
                    eigh(hermitian(t), hermitian(t));
                    Tensor imaginary = scaledBy(NDArray.full(0, n, n), im, scale, dtype);
                    svd(imaginary);
                    qr(imaginary);
                    assertArrayEquals(s, over(Linalg.svdvals(t), scale), tolerance);
                    assertArrayEquals(w, over(Linalg.eigh(hermitian(t)).w(), scale), tolerance);
                    Tensor factor = Linalg.cholesky(definite.multiply(scale));
                    assertArrayEquals(l, over(real(factor.diagonal()), Math.scalb(1.0, power / 2)), tolerance);
                }
                // Subnormal numbers, of few bits.
                double scale = 3 * smallest(dtype);
                Tensor tiny = scaledBy(re.map(x -> Math.rint(9 * x)), im.map(x -> Math.rint(9 * x)), scale, dtype);
                svd(tiny);
                qr(tiny);
                Tensor lower = Indexing.tril(tiny, -1);
                Tensor mirrored = lower.add(adjoint(lower));
                eigh(mirrored, mirrored);
            }
        }
    }

    private static double[] over(Tensor values, double scale) {
        double[] all = values.dtype().isComplex() ? values.toComplexArray() : values.toDoubleArray();
        for (int i = 0; i < all.length; i++) {
            all[i] /= scale;
        }
        return all;
    }

    /** Rows and columns of very different sizes. */
    @Test
    void gradedMatrices() {
        SplittableRandom random = random(54);
        for (DType dtype : DTypes.complex()) {
            int step = dtype == DType.COMPLEX64 ? 7 : 60;
            for (long[] shape : new long[][] {{9, 9}, {12, 7}, {7, 12}}) {
                NDArray re = NDArray.random(random, shape);
                NDArray im = NDArray.random(random, shape);
                for (int which = 0; which < 4; which++) {
                    int kind = which;
                    NDArray scales = NDArray.generate(
                            shape,
                            i -> Math.scalb(
                                    1.0, -step * (int) (kind < 2 ? i[kind] : kind == 2 ? i[0] + i[1] : 12 - i[0])));
                    Tensor a = complex(
                            re.zip(scales, (x, y) -> x * y).toTensor(dtype.realPart()),
                            im.zip(scales, (x, y) -> x * y).toTensor(dtype.realPart()));
                    svd(a);
                    qr(a);
                    if (shape[0] == shape[1]) {
                        Tensor lower = Indexing.tril(a, 0);
                        Tensor hermitian = hermitian(lower);
                        eigh(hermitian, hermitian);
                    }
                }
            }
        }
    }

    @Test
    void matricesWithoutFullRank() {
        SplittableRandom random = random(55);
        for (DType dtype : DTypes.complex()) {
            for (long[] shape : new long[][] {{1, 1}, {2, 2}, {8, 6}, {6, 8}, {32, 32}, {34, 33}}) {
                Tensor x = matrices(random, dtype, shape);
                Tensor rankOne = x.slice(1, 0, 1).matmul(x.slice(0, 0, 1));
                Tensor repeated = Indexing.concat(1, x.slice(1, 0, (shape[1] + 1) / 2), x.slice(1, 0, shape[1] / 2));
                Tensor zero = Tensor.zeros(dtype, shape);
                Tensor gaps = complex(
                        NDArray.generate(shape, i -> 0).toTensor(dtype.realPart()),
                        NDArray.generate(shape, i -> i[0] == i[1] && i[0] % 2 == 0 ? 3 : 0)
                                .toTensor(dtype.realPart()));
                for (Tensor a : new Tensor[] {rankOne, repeated, zero, gaps}) {
                    svd(a);
                    qr(a);
                }
                if (shape[1] > 1) {
                    double[] s = Linalg.svdvals(rankOne).toDoubleArray();
                    assertTrue(s[1] <= 4 * shape[0] * dtype.epsilon() * s[0], "second singular value");
                }
                assertEquals(0, largest(Linalg.pinv(zero)));
            }
        }
    }

    /** Mirrors have one eigenvalue -1 and else 1. */
    @Test
    void eigenvaluesThatRepeat() {
        SplittableRandom random = random(56);
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 2, 3, 17, 31, 32, 33}) {
                Tensor z = matrices(random, DType.COMPLEX128, n, 1);
                double length = z.abs().multiply(z.abs()).sum().item();
                Tensor square = z.multiply(-2 / length).matmul(adjoint(z));
                Tensor mirror = square.add(identity(square)).to(dtype);
                eigh(mirror, mirror);
                double[] w = Linalg.eigh(mirror).w().toDoubleArray();
                for (int i = 0; i < n; i++) {
                    assertEquals(i == 0 ? -1 : 1, w[i], 20 * n * dtype.epsilon());
                }
                Tensor zero = Tensor.zeros(dtype, n, n);
                eigh(zero, zero);
                eigh(identity(mirror), identity(mirror));
            }
        }
    }

    @Test
    void singleNumbersAndColumns() {
        for (DType dtype : DTypes.complex()) {
            double eps = dtype.epsilon();
            Tensor z = Tensor.of(new Complex[] {new Complex(-3, 4)}, 1, 1).to(dtype);
            Linalg.Svd d = Linalg.svd(z);
            assertEquals(5, d.s().item(), 10 * eps);
            assertArrayEquals(new double[] {-0.6, 0.8}, product(d.u(), d.vh()).toComplexArray(), 4 * eps, "the phase");
            assertEquals(-3, Linalg.eigh(z).w().item());
            assertEquals(1, Linalg.eigh(z).v().abs().item(), eps);
            // R's diagonal has the sign that the element's real part has not.
            assertArrayEquals(new double[] {5, 0}, Linalg.qr(z).r().toComplexArray(), 10 * eps);
            Tensor column = Tensor.of(new Complex[] {new Complex(0, 3), new Complex(4, 0)}, 2, 1)
                    .to(dtype);
            Linalg.Qr qr = Linalg.qr(column);
            assertArrayEquals(new double[] {-5, 0}, qr.r().toComplexArray(), 10 * eps);
            assertArrayEquals(new double[] {0, -0.6, -0.8, 0}, qr.q().toComplexArray(), 4 * eps);
            double tiny = Math.scalb(1.0, dtype == DType.COMPLEX64 ? -100 : -600);
            Linalg.Qr small = Linalg.qr(Tensor.of(
                            new Complex[] {new Complex(1, 0), new Complex(1, 0), new Complex(0, 0), new Complex(0, tiny)
                            },
                            2,
                            2)
                    .to(dtype));
            assertArrayEquals(new double[] {-1, 0}, over(small.r().diagonal().slice(0, 1, 2), tiny), 4 * eps);
            assertArrayEquals(new double[] {0, -1}, small.q().get(1, 1).toComplexArray(), 4 * eps);
        }
    }

    @Test
    void choleskyNamesTheMinor() {
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 2, 9, 32, 33}) {
                for (int k : new int[] {0, n / 2, n - 1}) {
                    for (double bad : new double[] {-1, 0, Double.NaN}) {
                        NDArray re = NDArray.generate(
                                new long[] {3, n, n}, i -> i[1] != i[2] ? 0 : i[0] == 1 && i[1] == k ? bad : 4);
                        Tensor a = scaledBy(re, NDArray.full(0, 3, n, n), 1, dtype);
                        Check.refused(
                                LinalgException.class,
                                () -> Linalg.cholesky(a),
                                "cholesky: matrix 1 of batch [3]",
                                "leading minor of order " + (k + 1));
                    }
                }
            }
        }
    }

    /** The backend takes either triangle. */
    @Test
    void eitherTriangle() {
        SplittableRandom random = random(57);
        LinalgBackend linalg = device().backend().linalg();
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128}) {
            for (int n : new int[] {1, 2, 13, 32, 33}) {
                Tensor z = matrices(random, dtype.toComplex(), 3, n, n);
                Tensor hermitian = hermitian(z).add(identity(z).multiply(2.0 * n));
                Tensor a = dtype.isComplex() ? hermitian : real(hermitian).contiguous();
                Tensor info = Tensor.zeros(DType.INT32, 3);
                Tensor w = Tensor.zeros(dtype.realPart(), 3, n);
                for (boolean upper : new boolean[] {false, true}) {
                    Tensor half = upper ? Indexing.triu(a, 0) : Indexing.tril(a, 0);
                    Tensor factor = half.transpose(1, 2).copy().transpose(1, 2);
                    linalg.cholesky(factor.view(), upper, info.view());
                    Tensor lower = upper ? adjoint(factor) : factor;
                    assertEquals(0, Indexing.triu(lower, 1).abs().max().item());
                    Tensor square = lower.matmul(adjoint(lower)).subtract(a);
                    assertEquals(0, square.abs().max().item(), 4 * n * error(z));
                    Tensor v = half.transpose(1, 2).copy().transpose(1, 2);
                    linalg.eigh(v.view(), upper, w.view(), info.view());
                    Tensor back = scaled(v, w).matmul(adjoint(v)).subtract(a);
                    assertEquals(0, back.abs().max().item(), 4 * n * error(z));
                    assertArrayEquals(new int[3], info.toIntArray());
                }
            }
        }
    }
}
