package kron4j.contract;

import static kron4j.contract.ComplexMatrices.close;
import static kron4j.contract.ComplexMatrices.forEach;
import static kron4j.contract.ComplexMatrices.parts;
import static kron4j.contract.ComplexMatrices.product;
import static kron4j.contract.ComplexMatrices.tolerance;
import static kron4j.contract.ComplexMatrices.unchanged;
import static kron4j.ops.ComplexNumbers.complex;
import static kron4j.ops.Indexing.concat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.ops.Accuracy;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Linalg;
import kron4j.reference.Check;
import kron4j.reference.DTypes;
import kron4j.reference.ExactComplexDeterminant;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Factorisations of complex matrices, of any layout; halves are refused. */
public class ComplexLinalgContract extends Contract {
    private static final long[][] SQUARES = {
        {0, 0},
        {1, 1},
        {2, 2},
        {0, 3, 3},
        {3, 0, 0},
        {2, 3, 5, 5},
        {3, 16, 16},
        {2, 17, 17},
        {33, 33},
        {64, 64},
        {70, 70}
    };

    private static final long[][] RECTANGLES = {
        {0, 0}, {1, 1}, {3, 2}, {2, 3}, {0, 3}, {3, 0}, {2, 5, 4}, {2, 4, 7}, {20, 20}, {40, 33}, {33, 40}, {70, 64}
    };

    @Test
    void solvesAndInverts() {
        forEach(
                1,
                true,
                SQUARES,
                a -> unchanged(a, t -> {
                    long n = t.shape().at(-1);
                    SplittableRandom random = random(2);
                    Tensor b = ComplexMatrices.strided(
                            random, NDArray.random(random, n, 3), NDArray.random(random, n, 3), t.dtype());
                    Tensor x = Linalg.solve(t, b);
                    close(b.expand(x.shape().dims()), product(t, x), tolerance(t));
                    close(x, Linalg.luFactor(t).solve(b), tolerance(t));
                    Tensor y = Linalg.luFactor(t).solveTransposed(b);
                    close(b.expand(y.shape().dims()), product(t.transpose(-2, -1), y), tolerance(t));
                    Tensor identity = complex(
                            Tensor.eye(t.dtype().realPart(), n).expand(t.shape().dims()),
                            Tensor.zeros(t.dtype().realPart(), t.shape().dims()));
                    close(identity, product(Linalg.inverse(t), t), tolerance(t));
                    Linalg.Lu lu = Linalg.lu(t);
                    close(t, product(lu.p(), lu.l(), lu.u()), n * tolerance(t));
                }));
    }

    @Test
    void factorsRectangles() {
        forEach(
                3,
                false,
                RECTANGLES,
                a -> unchanged(a, t -> {
                    Linalg.Lu lu = Linalg.lu(t);
                    long n = Math.max(1, Math.max(t.shape().at(-1), t.shape().at(-2)));
                    close(
                            t,
                            product(lu.p(), lu.l(), lu.u()),
                            4 * n * n * t.dtype().epsilon());
                }));
    }

    /** By LU of the real matrix of the same rank, [[Re, -Im], [Im, Re]], whose determinant is |det|^2. */
    @Test
    void determinants() {
        forEach(
                4,
                true,
                SQUARES,
                a -> unchanged(a, t -> {
                    Linalg.SignLog d = Linalg.slogdet(t);
                    assertEquals(t.dtype(), d.sign().dtype());
                    assertEquals(t.dtype().realPart(), d.logAbs().dtype());
                    Tensor[] part = parts(t.to(DType.COMPLEX128));
                    Tensor top = concat(-1, part[0], part[1].multiply(-1));
                    Tensor bottom = concat(-1, part[1], part[0]);
                    Tensor square = Linalg.slogdet(concat(-2, top, bottom)).logAbs();
                    Check.close(NDArray.of(square.multiply(0.5)), d.logAbs(), tolerance(t) * 8);
                    Check.close(NDArray.of(square.multiply(0.5)), Linalg.logabsdetSvd(t), tolerance(t) * 8);
                    double[] sign = d.sign().toComplexArray();
                    double[] det = Linalg.det(t).toComplexArray();
                    double[] log = d.logAbs().toDoubleArray();
                    double[] logdet = Linalg.logdet(t).toComplexArray();
                    for (int i = 0; i < log.length; i++) {
                        double size = Math.exp(log[i]);
                        assertEquals(
                                1,
                                Math.hypot(sign[2 * i], sign[2 * i + 1]),
                                4 * t.dtype().epsilon());
                        double range = t.dtype() == DType.COMPLEX64 ? Float.MAX_VALUE : Double.MAX_VALUE;
                        if (size < range) {
                            assertEquals(sign[2 * i] * size, det[2 * i], tolerance(t) * 8 * size);
                            assertEquals(sign[2 * i + 1] * size, det[2 * i + 1], tolerance(t) * 8 * size);
                        }
                        assertEquals(log[i], logdet[2 * i], 0);
                        assertEquals(
                                sign[2 * i],
                                Math.cos(logdet[2 * i + 1]),
                                4 * t.dtype().epsilon());
                        assertEquals(
                                sign[2 * i + 1],
                                Math.sin(logdet[2 * i + 1]),
                                4 * t.dtype().epsilon());
                    }
                }));
    }

    private static Tensor square(DType dtype, Complex... entries) {
        return Tensor.of(entries, 2, 2).to(dtype);
    }

    @Test
    void determinantsOfSmallIntegers() {
        for (DType dtype : DTypes.complex()) {
            Tensor a = square(dtype, new Complex(1, 1), new Complex(2, 0), new Complex(0, 1), new Complex(3, -1));
            // (1+i)(3-i) - 2i = 4
            assertArrayEquals(new double[] {4, 0}, Linalg.det(a).toComplexArray(), 8 * dtype.epsilon());
            assertArrayEquals(new double[] {1, 0}, Linalg.slogdet(a).sign().toComplexArray(), 4 * dtype.epsilon());
            Tensor turned = square(dtype, Complex.I, Complex.I, new Complex(0, -1), Complex.I);
            // i^2 - i (-i) = -2
            assertArrayEquals(new double[] {-2, 0}, Linalg.det(turned).toComplexArray(), 8 * dtype.epsilon());
        }
    }

    @Test
    void singularMatricesAreNamed() {
        for (DType dtype : DTypes.complex()) {
            for (long n : new long[] {2, 5, 17, 70}) {
                Tensor a = Tensor.zeros(dtype, 2, n, n);
                Check.refused(
                        SingularMatrixException.class, () -> Linalg.inverse(a), "matrix 0 of batch [2]", "is singular");
                Linalg.SignLog d = Linalg.slogdet(a);
                assertArrayEquals(new double[4], d.sign().toComplexArray());
                assertArrayEquals(
                        new double[] {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY},
                        d.logAbs().toDoubleArray());
                assertArrayEquals(new double[4], Linalg.det(a).toComplexArray());
                Tensor nan = complex(
                        Tensor.eye(dtype.realPart(), n),
                        Tensor.full(dtype.realPart(), 0, n, n).add(Double.NaN));
                assertTrue(Double.isNaN(Linalg.slogdet(nan).logAbs().item()), "NaN in an imaginary part");
                assertTrue(Double.isNaN(Linalg.slogdet(nan).sign().itemComplex().re()));
                assertTrue(Double.isNaN(Linalg.slogdet(nan).sign().itemComplex().im()));
            }
        }
    }

    @Test
    void halvesAreRefused() {
        for (DType dtype : DTypes.halves()) {
            Tensor a = Tensor.empty(device(), dtype, Shape.of(2, 2));
            for (Consumer<Tensor> operation : List.<Consumer<Tensor>>of(
                    Linalg::lu,
                    Linalg::luFactor,
                    t -> Linalg.solve(t, t),
                    Linalg::inverse,
                    Linalg::det,
                    Linalg::slogdet,
                    Linalg::cholesky,
                    Linalg::qr,
                    Linalg::svd,
                    Linalg::svdvals,
                    Linalg::eigh,
                    Linalg::pinv,
                    Linalg::matrixRank,
                    t -> Linalg.triangularSolve(t, t, true))) {
                Check.refused(
                        DTypeException.class,
                        () -> operation.accept(a),
                        "takes float32, float64, complex64 or complex128, got " + dtype + " [2,2]",
                        "convert it with to(DType.FLOAT32)");
            }
        }
    }

    /** As double has lost all digits: rows that are i times each other up to 2^-40. */
    @Test
    void compensatedDeterminants() {
        SplittableRandom random = random(5);
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {0, 1, 2, 5, 9}) {
                double[] all = new double[2 * 2 * n * n];
                for (int i = 0; i < all.length; i++) {
                    all[i] = random.nextInt(-9, 10);
                }
                for (int j = 0; j < n && n > 1; j++) {
                    all[2 * (n - 1) * n + 2 * j] = -all[2 * j + 1];
                    all[2 * (n - 1) * n + 2 * j + 1] = all[2 * j] + (j == 0 ? 0x1p-20 : 0);
                }
                Tensor parts = Tensor.of(all).reshape(2, n, n, 2);
                Tensor a = complex(parts.select(-1, 0), parts.select(-1, 1)).to(dtype);
                Linalg.SignLog d = Linalg.slogdet(a, Accuracy.COMPENSATED);
                double[] stored = a.toComplexArray();
                double[] sign = d.sign().toComplexArray();
                double[] log = d.logAbs().toDoubleArray();
                for (int e = 0; e < 2; e++) {
                    double[] one = Arrays.copyOfRange(stored, e * 2 * n * n, (e + 1) * 2 * n * n);
                    ExactComplexDeterminant exact = ExactComplexDeterminant.of(one, n);
                    double ulp = dtype.epsilon() * Math.max(Math.abs(exact.logAbs()), Double.MIN_NORMAL);
                    assertEquals(exact.logAbs(), log[e], 3 * ulp);
                    assertEquals(exact.re(), sign[2 * e], 2 * dtype.epsilon());
                    assertEquals(exact.im(), sign[2 * e + 1], 2 * dtype.epsilon());
                }
            }
        }
    }

    /** NaN and infinities go where arithmetic takes them: never a number that looks right, and never into a neighbour. */
    @Test
    void whatIsNotFinite() {
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 2, 3, 17, 66}) {
                for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
                    for (int place : new int[] {0, n / 2 * (n + 1), n * n - 1, n - 1}) {
                        for (int part = 0; part < 2; part++) {
                            double[] all = new double[2 * 2 * n * n];
                            for (int k = 0; k < n; k++) {
                                all[2 * k * (n + 1)] = 2;
                                all[2 * n * n + 2 * k * (n + 1) + 1] = 1;
                            }
                            all[2 * place + part] = bad;
                            Tensor a = ComplexNumbers.viewAsComplex(
                                    Tensor.of(all).reshape(2, n, n, 2).to(dtype.realPart()));
                            double[] log = Linalg.slogdet(a).logAbs().toDoubleArray();
                            double[] sign = Linalg.slogdet(a).sign().toComplexArray();
                            assertTrue(!Double.isFinite(log[0]), () -> "log " + log[0]);
                            boolean zero = log[0] < 0; // a number over infinity
                            assertTrue(zero ? sign[0] == 0 && sign[1] == 0 : Double.isNaN(sign[0] * sign[1]));
                            assertEquals(0, log[1], 4 * dtype.epsilon());
                            assertEquals(1, Math.hypot(sign[2], sign[3]), 4 * dtype.epsilon());
                            Tensor x = Linalg.solveEx(
                                            a, ComplexNumbers.viewAsComplex(Tensor.ones(dtype.realPart(), n, 1, 2)))
                                    .result();
                            assertTrue(
                                    Arrays.stream(x.get(1).toComplexArray()).allMatch(Double::isFinite), "a neighbour");
                        }
                    }
                }
            }
        }
    }

    /** Pivots whose reciprocals, or whose squares of moduli, are beyond the range. */
    @Test
    void pivotsAtTheEndsOfTheRange() {
        for (DType dtype : DTypes.complex()) {
            double least = dtype.realPart() == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
            for (double size :
                    new double[] {least / 64, least, 2 * least, 1 / least, Math.sqrt(least), 1 / Math.sqrt(least)}) {
                for (int n : new int[] {1, 3, 40}) {
                    double[] all = new double[2 * n * n];
                    for (int k = 0; k < n; k++) {
                        all[2 * k * (n + 1)] = size;
                        all[2 * k * (n + 1) + 1] = -size;
                    }
                    Tensor a = ComplexNumbers.viewAsComplex(
                            Tensor.of(all).reshape(n, n, 2).to(dtype.realPart()));
                    Tensor b = a.slice(-1, 0, 1).multiply(2.0);
                    double[] x = Linalg.solve(a, b).toComplexArray();
                    assertEquals(2, x[0], 16 * dtype.epsilon(), () -> dtype + " " + size);
                    assertEquals(0, x[1], 16 * dtype.epsilon(), () -> dtype + " " + size);
                    double log = Linalg.slogdet(a).logAbs().item();
                    double stored = Math.abs(a.toComplexArray()[0]);
                    double expected = n * (Math.log(stored) + 0.5 * Math.log(2));
                    assertEquals(expected, log, 4 * n * dtype.epsilon() * Math.abs(expected / n));
                }
            }
        }
    }
}
