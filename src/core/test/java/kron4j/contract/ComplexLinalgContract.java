package kron4j.contract;

import static kron4j.ops.ComplexNumbers.complex;
import static kron4j.ops.Indexing.concat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.Shape;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Linalg;
import kron4j.reference.Check;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
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

    @BeforeEach
    final void hasRoutines() {
        Assumptions.assumeTrue(device().equals(Device.cpu()), "complex factorisations on the CPU only");
    }

    /** A complex tensor of any layout. */
    private static Tensor strided(SplittableRandom random, NDArray re, NDArray im, DType dtype) {
        Tensor parts = strided(random, join(re, im), dtype.realPart());
        return complex(parts.get(0), parts.get(1));
    }

    private static NDArray join(NDArray re, NDArray im) {
        long[] shape = new long[re.rank() + 1];
        shape[0] = 2;
        System.arraycopy(re.shape(), 0, shape, 1, re.rank());
        double[] all = new double[2 * re.size()];
        System.arraycopy(re.data(), 0, all, 0, re.size());
        System.arraycopy(im.data(), 0, all, re.size(), im.size());
        return NDArray.of(all, shape);
    }

    /** A matrix in each memory order, and conjugated. */
    private void forEach(long seed, boolean regular, long[][] shapes, Consumer<Tensor> body) {
        SplittableRandom random = random(seed);
        for (DType dtype : DTypes.complex()) {
            for (long[] shape : shapes) {
                NDArray re = regular
                        ? LuContract.wellConditioned(random, shape[shape.length - 1], shape)
                        : NDArray.random(random, shape);
                NDArray im = NDArray.random(random, shape);
                Tensor a = strided(random, re, im, dtype);
                body.accept(a);
                body.accept(a.transpose(-2, -1).contiguous().transpose(-2, -1));
                body.accept(ComplexNumbers.conj(a));
            }
        }
    }

    /** Complex products by real ones of the reference. */
    private static Tensor product(Tensor... factors) {
        Tensor result = factors[0];
        for (int i = 1; i < factors.length; i++) {
            Tensor[] x = parts(result);
            Tensor[] y = parts(factors[i]);
            result = complex(
                    Products.of(x[0], y[0]).subtract(Products.of(x[1], y[1])),
                    Products.of(x[0], y[1]).add(Products.of(x[1], y[0])));
        }
        return result;
    }

    private static Tensor[] parts(Tensor a) {
        return new Tensor[] {ComplexNumbers.real(a), ComplexNumbers.imag(a)};
    }

    private static void close(Tensor expected, Tensor actual, double tolerance) {
        Tensor[] x = parts(expected);
        Tensor[] y = parts(actual);
        for (int i = 0; i < 2; i++) {
            Check.close(NDArray.of(x[i]), y[i], tolerance);
        }
    }

    private static double tolerance(Tensor a) {
        long n = Math.max(1, Math.max(a.shape().at(-1), a.shape().at(-2)));
        return 20 * n * a.dtype().epsilon();
    }

    private static Tensor unchanged(Tensor a, Consumer<Tensor> operation) {
        Tensor before = a.copy();
        operation.accept(a);
        close(before, a, 0);
        return a;
    }

    @Test
    void solvesAndInverts() {
        forEach(
                1,
                true,
                SQUARES,
                a -> unchanged(a, t -> {
                    long n = t.shape().at(-1);
                    SplittableRandom random = random(2);
                    Tensor b = strided(random, NDArray.random(random, n, 3), NDArray.random(random, n, 3), t.dtype());
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
}
