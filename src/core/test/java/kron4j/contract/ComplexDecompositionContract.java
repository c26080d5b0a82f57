package kron4j.contract;

import static kron4j.contract.ComplexMatrices.close;
import static kron4j.contract.ComplexMatrices.forEach;
import static kron4j.contract.ComplexMatrices.product;
import static kron4j.contract.ComplexMatrices.tolerance;
import static kron4j.contract.ComplexMatrices.unchanged;
import static kron4j.ops.ComplexNumbers.adjoint;
import static kron4j.ops.ComplexNumbers.complex;
import static kron4j.ops.ComplexNumbers.conj;
import static kron4j.ops.ComplexNumbers.imag;
import static kron4j.ops.ComplexNumbers.real;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.Complex;
import kron4j.DType;
import kron4j.LinalgException;
import kron4j.Tensor;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Linalg;
import kron4j.reference.Check;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Cholesky, triangles, QR, SVD, eigenvalues of complex matrices: structure, reconstruction, which triangle is read. */
public class ComplexDecompositionContract extends Contract {
    private static final long[][] SHAPES = {
        {1, 1}, {4, 4}, {2, 5, 3}, {2, 3, 5}, {2, 17, 17}, {40, 9}, {0, 3}, {3, 0}, {0, 0}, {0, 4, 4}, {2, 0, 3}
    };
    private static final long[][] SQUARES = {{0, 0}, {1, 1}, {2, 2}, {2, 5, 5}, {16, 16}, {33, 33}};

    private static Tensor identity(Tensor like, long n) {
        long[] shape = like.shape().dims();
        shape[shape.length - 1] = n;
        shape[shape.length - 2] = n;
        DType part = like.dtype().realPart();
        return complex(Tensor.eye(part, n).expand(shape), Tensor.zeros(part, shape));
    }

    private static void orthonormal(Tensor q, double tolerance) {
        close(identity(q, q.shape().at(-1)), product(adjoint(q), q), tolerance);
    }

    private static Tensor scaled(Tensor u, Tensor s) {
        return Elementwise.multiply(
                u.slice(-1, 0, s.shape().at(-1)), s.to(u.dtype()).unsqueeze(-2));
    }

    /** Backward errors are some n eps times norms below 2 n. */
    private static double error(Tensor a) {
        long n = Math.max(1, Math.max(a.shape().at(-1), a.shape().at(-2)));
        return 8 * n * n * a.dtype().epsilon();
    }

    @Test
    void qr() {
        forEach(
                11,
                false,
                SHAPES,
                a -> unchanged(a, t -> {
                    for (boolean complete : new boolean[] {false, true}) {
                        Linalg.Qr qr = Linalg.qr(t, complete);
                        close(t, product(qr.q(), qr.r()), error(t));
                        orthonormal(qr.q(), error(t));
                        close(Indexing.triu(qr.r(), 0), qr.r(), 0);
                    }
                }));
    }

    @Test
    void svd() {
        forEach(
                12,
                false,
                SHAPES,
                a -> unchanged(a, t -> {
                    for (boolean full : new boolean[] {false, true}) {
                        Linalg.Svd d = Linalg.svd(t, full);
                        assertEquals(t.dtype().realPart(), d.s().dtype());
                        long k = d.s().shape().at(-1);
                        close(t, product(scaled(d.u(), d.s()), d.vh().slice(-2, 0, k)), error(t));
                        orthonormal(d.u(), error(t));
                        orthonormal(adjoint(d.vh()), error(t));
                        Check.close(NDArray.of(d.s()), Linalg.svdvals(t), error(t));
                    }
                    Tensor p = Linalg.pinv(t);
                    double conditioned = 1e4 * error(t); // of random matrices with elements in [-1, 1)
                    close(t, product(t, p, t), conditioned);
                    close(adjoint(product(t, p)), product(t, p), conditioned);
                }));
        for (DType dtype : DTypes.complex()) {
            Tensor column = Tensor.of(new Complex[] {new Complex(1, 1), Complex.I, new Complex(2, 0)}, 3, 1)
                    .to(dtype);
            assertEquals(
                    1,
                    Linalg.matrixRank(product(column, adjoint(column)).to(dtype))
                            .itemLong());
        }
    }

    @Test
    void choleskyReadsTheLowerTriangle() {
        forEach(13, false, SQUARES, a -> {
            Tensor hermitian =
                    product(a, adjoint(a)).add(identity(a, a.shape().at(-1)).to(DType.COMPLEX128));
            Tensor p = hermitian.to(a.dtype());
            Tensor l = Linalg.cholesky(p);
            close(Indexing.tril(l, 0), l, 0);
            close(p, product(l, adjoint(l)), 2 * a.shape().at(-1) * error(a));
            Tensor upper = Indexing.triu(Tensor.ones(DType.FLOAT64, a.shape().dims()), 1)
                    .to(a.dtype());
            close(l, Linalg.cholesky(p.add(upper.multiply(77.0))), 0);
            Check.close(NDArray.of(Linalg.slogdet(p).logAbs()), Linalg.logdetCholesky(p), 100 * tolerance(a));
        });
        for (DType dtype : DTypes.complex()) {
            Tensor a = Tensor.of(
                            new Complex[] {new Complex(4, 9), new Complex(7, 7), new Complex(0, 2), new Complex(5, -3)},
                            2,
                            2)
                    .to(dtype);
            // [[4, .], [2i, 5]] = L L^H with L = [[2, 0], [i, 2]]; the imaginary parts of the diagonal do not count
            assertArrayEquals(
                    new double[] {2, 0, 0, 0, 0, 1, 2, 0}, Linalg.cholesky(a).toComplexArray(), 4 * dtype.epsilon());
            Check.refused(
                    LinalgException.class,
                    () -> Linalg.cholesky(a.multiply(-1.0)),
                    "cholesky: the matrix of shape [2,2] is not positive definite");
        }
    }

    @Test
    void triangles() {
        forEach(
                14,
                true,
                SQUARES,
                a -> unchanged(a, t -> {
                    long n = t.shape().at(-1);
                    SplittableRandom random = random(15);
                    Tensor b = ComplexMatrices.strided(
                            random, NDArray.random(random, n, 3), NDArray.random(random, n, 3), t.dtype());
                    for (boolean upper : new boolean[] {false, true}) {
                        for (boolean transposed : new boolean[] {false, true}) {
                            for (boolean unit : new boolean[] {false, true}) {
                                Tensor x = Linalg.triangularSolve(t, b, upper, transposed, unit);
                                Tensor triangle =
                                        upper ? Indexing.triu(t, unit ? 1 : 0) : Indexing.tril(t, unit ? -1 : 0);
                                Tensor whole = unit ? triangle.add(identity(t, n)) : triangle;
                                Tensor op = transposed ? whole.transpose(-2, -1) : whole;
                                double size = n == 0
                                        ? 1
                                        : Math.max(
                                                1,
                                                x.size() == 0
                                                        ? 1
                                                        : x.abs().max().item());
                                close(b.expand(x.shape().dims()), product(op, x), size * n * tolerance(t));
                            }
                        }
                    }
                }));
    }

    @Test
    void eighReadsTheLowerTriangleAndNoImaginaryDiagonal() {
        forEach(16, false, SQUARES, a -> {
            Tensor h = a.add(adjoint(a));
            long n = a.shape().at(-1);
            Linalg.Eigh e = Linalg.eigh(h);
            assertEquals(a.dtype().realPart(), e.w().dtype());
            orthonormal(e.v(), error(a));
            close(h, product(scaled(e.v(), e.w()), adjoint(e.v())), 2 * error(a));
            DType part = a.dtype().realPart();
            Tensor ignored =
                    complex(Indexing.triu(Tensor.ones(part, n, n), 1), Indexing.triu(Tensor.ones(part, n, n), 0));
            Linalg.Eigh same = Linalg.eigh(h.add(ignored.multiply(5.0)));
            Check.close(NDArray.of(e.w()), same.w(), error(a));
        });
        for (DType dtype : DTypes.complex()) {
            Tensor a = Tensor.of(
                            new Complex[] {new Complex(2, 0), new Complex(0, -1), new Complex(0, 1), new Complex(2, 0)},
                            2,
                            2)
                    .to(dtype);
            assertArrayEquals(new double[] {1, 3}, Linalg.eigh(a).w().toDoubleArray(), 8 * dtype.epsilon());
            for (double ignored : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
                Tensor b = Tensor.of(
                                new Complex[] {
                                    new Complex(2, ignored),
                                    new Complex(ignored, 1),
                                    new Complex(1, 1),
                                    new Complex(3, ignored)
                                },
                                2,
                                2)
                        .to(dtype);
                assertArrayEquals(new double[] {1, 4}, Linalg.eigh(b).w().toDoubleArray(), 16 * dtype.epsilon());
                Tensor refused = Tensor.of(
                                new Complex[] {
                                    new Complex(ignored, 0), new Complex(0, 0), new Complex(0, 0), new Complex(1, 0)
                                },
                                2,
                                2)
                        .to(dtype);
                Check.refused(LinalgException.class, () -> Linalg.eigh(refused), "eigh", "NaN or infinities");
            }
        }
    }

    @Test
    void eig() {
        forEach(
                17,
                false,
                SQUARES,
                a -> unchanged(a, t -> {
                    Linalg.Eig e = Linalg.eig(t);
                    assertEquals(t.dtype(), e.w().dtype());
                    close(product(t, e.v()), Elementwise.multiply(e.v(), e.w().unsqueeze(-2)), error(t));
                    Tensor lengths =
                            real(Elementwise.multiply(e.v(), conj(e.v()))).sum(-2);
                    Check.close(
                            NDArray.of(
                                    Tensor.ones(lengths.dtype(), lengths.shape().dims())),
                            lengths,
                            error(t));
                    sameSums(e.w(), Linalg.eigvals(t), error(t));
                }));
    }

    /** Without regard to the order: the sums of the first three powers. */
    private static void sameSums(Tensor w, Tensor other, double tolerance) {
        Tensor x = w;
        Tensor y = other;
        double scale = w.size() == 0 ? 1 : Math.max(1, w.abs().max().item());
        for (int k = 1; k <= 3; k++) {
            double unit = k * Math.pow(scale, k - 1) * Math.max(1, w.shape().at(-1)) * tolerance;
            close(x.sum(-1), y.sum(-1), unit);
            x = Elementwise.multiply(x, w);
            y = Elementwise.multiply(y, other);
        }
    }

    /** A rotation, a companion matrix of (x - 1)(x - 2)(x - 3), a defective matrix, and real eigenvalues that are exactly real. */
    @Test
    void eigenvaluesOfRealMatrices() {
        for (DType dtype : FLOATING) {
            Tensor rotation = Tensor.of(new double[][] {{0, -1}, {1, 0}}).to(dtype);
            Linalg.Eig e = Linalg.eig(rotation);
            assertEquals(dtype.toComplex(), e.w().dtype());
            assertArrayEquals(new double[] {0, 1, 0, -1}, e.w().toComplexArray(), 2 * dtype.epsilon());
            close(conj(e.v().select(-1, 0)), e.v().select(-1, 1), 0);
            close(product(rotation, e.v()), Elementwise.multiply(e.v(), e.w().unsqueeze(-2)), 4 * dtype.epsilon());
            Tensor companion = Tensor.of(new double[][] {{6, -11, 6}, {1, 0, 0}, {0, 1, 0}})
                    .to(dtype);
            Tensor w = Linalg.eigvals(companion);
            assertArrayEquals(new double[3], imag(w).toDoubleArray(), "exactly real");
            double[] sorted = real(w).toDoubleArray();
            Arrays.sort(sorted);
            assertArrayEquals(new double[] {1, 2, 3}, sorted, 500 * dtype.epsilon());
            Tensor jordan = Tensor.of(new double[][] {{2, 1}, {0, 2}}).to(dtype);
            assertArrayEquals(new double[] {2, 0, 2, 0}, Linalg.eigvals(jordan).toComplexArray());
            Tensor batch = Tensor.of(new double[2][0][0]).to(dtype);
            assertEquals(0, Linalg.eigvals(batch).size());
        }
    }

    @Test
    void iterationsRefuseWhatIsNotFinite() {
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 3, 33}) {
                for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
                    for (int part = 0; part < 2; part++) {
                        double[] all = new double[2 * 2 * n * n];
                        all[2 * n * n + 2 * n * (n - 1) + part] =
                                bad; // the first column's last row, of the second matrix
                        Tensor parts = Tensor.of(all).reshape(2, n, n, 2).to(dtype.realPart());
                        Tensor a = complex(parts.select(-1, 0), parts.select(-1, 1));
                        String text = "matrix 1 of batch [2] with shape [2," + n + "," + n
                                + "] did not converge: it contains NaN or infinities";
                        Check.refused(LinalgException.class, () -> Linalg.svd(a), "svd: " + text);
                        Check.refused(LinalgException.class, () -> Linalg.svdvals(a), "svdvals: " + text);
                        Check.refused(LinalgException.class, () -> Linalg.pinv(a), "pinv: " + text);
                        Check.refused(LinalgException.class, () -> Linalg.eig(a), "eig: " + text);
                        Check.refused(LinalgException.class, () -> Linalg.eigvals(a), "eigvals: " + text);
                        if (n > 1 || part == 0) { // an imaginary part of the diagonal does not count
                            Check.refused(LinalgException.class, () -> Linalg.eigh(a), "eigh: " + text);
                        }
                        double[] r = Linalg.qr(a).r().get(1).toComplexArray();
                        assertEquals(Double.NaN, r[0]);
                    }
                }
            }
        }
    }
}
