package kron4j.contract;

import static kron4j.contract.ComplexMatrices.close;
import static kron4j.contract.ComplexMatrices.product;
import static kron4j.contract.ComplexMatrices.tolerance;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import kron4j.Complex;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.SignLog;
import kron4j.ops.LuFactors;
import kron4j.reference.ComplexArray;
import kron4j.reference.DTypes;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** LU of complex matrices and what follows from it, at each size up to 70, against elimination in plain Java. */
public class ComplexLuContract extends Contract {
    /** Where a device changes its way. */
    private static final int[] SIZES = {1, 2, 3, 8, 9, 16, 17, 32, 33, 64, 65, 100};

    private static final List<UnaryOperator<Tensor>> OPERATIONS = List.of(
            Linalg::det,
            a -> Linalg.slogdet(a).logAbs(),
            a -> Linalg.slogdet(a).sign(),
            Linalg::inverse,
            a -> Linalg.luFactor(a).lu());

    /** Pivots (1-based), and the determinant's sign and logarithm. */
    private record Reference(int[] pivots, double re, double im, double log) {}

    /** LU as LAPACK has it: pivots of the largest |re| + |im|, the first of equals. */
    private static Reference eliminate(ComplexArray matrix) {
        int n = (int) matrix.shape()[0];
        double[] re = matrix.re().data().clone();
        double[] im = matrix.im().data().clone();
        int[] pivots = new int[n];
        double angle = 0;
        double log = 0;
        for (int k = 0; k < n; k++) {
            int pivot = k;
            for (int i = k; i < n; i++) {
                pivot = size(re, im, i * n + k) > size(re, im, pivot * n + k) ? i : pivot;
            }
            pivots[k] = pivot + 1;
            for (double[] part : new double[][] {re, im}) {
                for (int j = 0; j < n; j++) {
                    double kept = part[k * n + j];
                    part[k * n + j] = part[pivot * n + j];
                    part[pivot * n + j] = kept;
                }
            }
            double x = re[k * n + k];
            double y = im[k * n + k];
            log += Math.log(Math.hypot(x, y));
            angle += Math.atan2(y, x) + (pivot == k ? 0 : Math.PI);
            for (int i = k + 1; i < n; i++) {
                double u = (re[i * n + k] * x + im[i * n + k] * y) / (x * x + y * y);
                double v = (im[i * n + k] * x - re[i * n + k] * y) / (x * x + y * y);
                for (int j = k; j < n; j++) {
                    re[i * n + j] -= u * re[k * n + j] - v * im[k * n + j];
                    im[i * n + j] -= u * im[k * n + j] + v * re[k * n + j];
                }
            }
        }
        return new Reference(pivots, Math.cos(angle), Math.sin(angle), log);
    }

    private static double size(double[] re, double[] im, int at) {
        return Math.abs(re[at]) + Math.abs(im[at]);
    }

    /** Diagonally dominant rows in random order: every step exchanges, and errors grow by little. */
    private static ComplexArray matrices(SplittableRandom random, int batch, int n) {
        NDArray re = LuContract.wellConditioned(random, n, batch, n, n);
        NDArray im = NDArray.random(random, batch, n, n);
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return new ComplexArray(re, im)
                .with(part -> NDArray.generate(part.shape(), i -> part.get(i[0], order[(int) i[1]], i[2])));
    }

    @Test
    void everySizeFactorsSolvesAndInverts() {
        SplittableRandom random = random(1);
        for (DType dtype : DTypes.complex()) {
            for (int n = 1; n <= 70; n += n < 35 || n > 60 ? 1 : 5) {
                ComplexArray values = matrices(random, 2, n);
                Tensor scattered = strided(random, values, dtype);
                Tensor a = n % 3 == 0
                        ? scattered
                        : n % 3 == 1
                                ? scattered.contiguous()
                                : scattered.transpose(1, 2).contiguous().transpose(1, 2);
                LuFactors factors = Linalg.luFactor(a);
                check(values, dtype, factors.pivots(), factors.slogdet());
                check(values, dtype, factors.pivots(), Linalg.slogdet(a));
                Linalg.Lu lu = Linalg.lu(a);
                close(a, product(lu.p(), lu.l(), lu.u()), 4 * n * tolerance(a));
                Tensor b = strided(random, ComplexArray.random(random, 2, n, 5), dtype);
                close(b, product(a, Linalg.solve(a, b)), tolerance(a));
                close(b, product(a, factors.solve(b)), tolerance(a));
                close(b, product(a.transpose(1, 2), factors.solveTransposed(b)), tolerance(a));
                Tensor conjugated = ComplexNumbers.conj(a);
                Tensor identity = product(Linalg.inverse(conjugated), conjugated);
                close(Tensor.eye(DType.FLOAT64, n).to(dtype).expand(2, n, n), identity, tolerance(a));
            }
        }
    }

    private static void check(ComplexArray values, DType dtype, Tensor pivots, SignLog d) {
        int n = (int) values.shape()[1];
        for (int e = 0; e < values.shape()[0]; e++) {
            int entry = e;
            Reference expected = eliminate(values.with(part -> part.select(0, entry)));
            assertArrayEquals(expected.pivots, pivots.get(e).toIntArray(), () -> dtype + ", n = " + n);
            double tolerance = 40 * n * dtype.epsilon();
            assertEquals(expected.log, d.logAbs().get(e).item(), tolerance + expected.log * dtype.epsilon());
            Complex sign = d.sign().get(e).itemComplex();
            assertEquals(expected.re, sign.re(), tolerance, () -> dtype + ", n = " + n);
            assertEquals(expected.im, sign.im(), tolerance, () -> dtype + ", n = " + n);
        }
    }

    @Test
    void rectanglesFactor() {
        SplittableRandom random = random(2);
        int[][] shapes = {
            {65, 20}, {20, 65}, {64, 33}, {33, 64}, {100, 70}, {70, 100}, {1, 70}, {70, 1}, {5, 32}, {3, 2}, {300, 20},
            {520, 3}
        };
        for (DType dtype : DTypes.complex()) {
            for (int[] shape : shapes) {
                Tensor a = strided(random, ComplexArray.random(random, 2, shape[0], shape[1]), dtype);
                Linalg.Lu lu = Linalg.lu(a);
                double n = Math.max(shape[0], shape[1]);
                close(a, product(lu.p(), lu.l(), lu.u()), 4 * n * n * dtype.epsilon());
            }
        }
    }

    /** By |re| + |im|, not by the modulus; the first of equals. */
    @Test
    void pivotsAreThoseOfLapack() {
        Complex[][] columns = {
            {new Complex(1.5, 0), new Complex(1, 0), new Complex(-0.8, 0.8)},
            {new Complex(0.5, 0.5), new Complex(1, 0), new Complex(0, -1)},
            {new Complex(0.25, 0), new Complex(0, -1), new Complex(0.5, 0.5)}
        };
        firstPivots(columns, 2, 0, 1);
    }

    /** The CPU's library compares with NaN in ways of its own. */
    @Test
    @OnlyOn({DeviceUnderTest.SIM, DeviceUnderTest.GPU})
    void whatIsNotFiniteComesBeforeAllNumbers() {
        Complex[][] columns = {
            {new Complex(1e30, 0), new Complex(Double.NaN, 0), new Complex(Double.POSITIVE_INFINITY, 0)},
            {new Complex(1e30, 0), new Complex(0, Double.NEGATIVE_INFINITY), new Complex(0, Double.NaN)},
            {new Complex(1e30, 0), new Complex(1e30, 0), new Complex(1, Double.NaN)}
        };
        firstPivots(columns, 1, 1, 2);
    }

    /** First columns with entries in the first, the middle and the last row, and which of them becomes the pivot. */
    private static void firstPivots(Complex[][] columns, int... chosen) {
        for (DType dtype : DTypes.complex()) {
            for (int n : SIZES) {
                int[] rows = {0, n / 2, n - 1};
                for (int c = 0; c < columns.length && n > 2; c++) {
                    Complex[] values = identity(n, Complex.I);
                    for (int i = 0; i < 3; i++) {
                        values[rows[i] * n] = columns[c][i];
                    }
                    Tensor a = Tensor.of(values, n, n).to(dtype).expand(3, n, n);
                    int[] first = Linalg.luFactor(a).pivots().select(1, 0).toIntArray();
                    int expected = rows[chosen[c]] + 1;
                    assertArrayEquals(new int[] {expected, expected, expected}, first, dtype + ", n = " + n + ", " + c);
                }
            }
        }
    }

    private static Complex[] identity(int n, Complex diagonal) {
        Complex[] values = new Complex[n * n];
        Arrays.setAll(values, i -> i % (n + 1) == 0 ? diagonal : new Complex(0, 0));
        return values;
    }

    @Test
    void infoSaysWhichPivotIsZero() {
        for (DType dtype : DTypes.complex()) {
            for (int n : SIZES) {
                for (int k : new int[] {0, n / 2, n - 1}) {
                    Complex[] once = identity(n, new Complex(0, 2));
                    Complex[] values = new Complex[3 * n * n];
                    Arrays.setAll(values, i -> once[i % (n * n)]);
                    values[n * n + k * (n + 1)] = new Complex(0, 0);
                    Tensor a = Tensor.of(values, 3, n, n).to(dtype);
                    int[] info = {0, k + 1, 0};
                    assertArrayEquals(info, Linalg.luFactor(a).info().toIntArray(), "n = " + n);
                    Linalg.WithInfo solved = Linalg.solveEx(a, a.get(0));
                    assertArrayEquals(info, solved.info().toIntArray(), "solve, n = " + n);
                    Tensor identity = Tensor.eye(DType.FLOAT64, n).to(dtype);
                    close(identity, solved.result().get(0), 2 * dtype.epsilon());
                    close(identity, solved.result().get(2), 2 * dtype.epsilon());
                    assertArrayEquals(info, Linalg.inverseEx(a).info().toIntArray(), "inverse, n = " + n);
                    double[] turn = {Math.cos(n * Math.PI / 2), Math.sin(n * Math.PI / 2)};
                    double[] signs = {turn[0], turn[1], 0, 0, turn[0], turn[1]};
                    for (SignLog d :
                            new SignLog[] {Linalg.slogdet(a), Linalg.luFactor(a).slogdet()}) {
                        assertArrayEquals(signs, d.sign().toComplexArray(), 1e-13);
                        double[] logs = d.logAbs().toDoubleArray();
                        assertEquals(Double.NEGATIVE_INFINITY, logs[1]);
                        assertEquals(n * Math.log(2), logs[2], n * dtype.epsilon());
                    }
                    double[] det = Linalg.det(a).toComplexArray();
                    double[] expected = Arrays.stream(signs)
                            .map(s -> s * Math.scalb(1.0, n))
                            .toArray();
                    assertArrayEquals(expected, det, 1e-13 * Math.scalb(1.0, n));
                }
            }
        }
    }

    /** Determinants of n factors that each have 2^500 or 2^-500, in single precision 2^60. */
    @Test
    void scalesThatOverflowTheDeterminant() {
        SplittableRandom random = random(3);
        for (DType dtype : DTypes.complex()) {
            int power = dtype == DType.COMPLEX64 ? 60 : 500;
            for (int n : SIZES) {
                ComplexArray a = matrices(random, 1, n);
                Reference expected = eliminate(a.with(part -> part.select(0, 0)));
                for (int way : new int[] {-power, power}) {
                    Tensor t = a.times(Math.scalb(1.0, way), 0).toTensor(dtype);
                    double log = expected.log + n * way * Math.log(2);
                    double tolerance = 40 * n * dtype.epsilon() + 2 * Math.abs(log) * dtype.epsilon();
                    for (SignLog d :
                            new SignLog[] {Linalg.slogdet(t), Linalg.luFactor(t).slogdet()}) {
                        assertEquals(log, d.logAbs().toDoubleArray()[0], tolerance, () -> dtype + ", n = " + n);
                        assertEquals(expected.re, d.sign().get(0).itemComplex().re(), 40 * n * dtype.epsilon());
                        assertEquals(expected.im, d.sign().get(0).itemComplex().im(), 40 * n * dtype.epsilon());
                    }
                    if (n >= 8) {
                        double size = Linalg.det(t).get(0).itemComplex().abs();
                        assertEquals(way < 0 ? 0 : Double.POSITIVE_INFINITY, size, 0);
                    }
                }
            }
        }
    }

    /** NaN in any place, and in either part, makes determinants of its matrix NaN and of no other. */
    @Test
    void nanAnywhere() {
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {4, 9, 17, 33, 65}) {
                int[] places = n == 4 ? all(n * n) : new int[] {0, n - 1, n * n / 2, (n - 1) * n, n * n - 1};
                Complex[] once = identity(n, Complex.I);
                for (int place : places) {
                    Complex[] values = new Complex[3 * n * n];
                    Arrays.setAll(values, i -> once[i % (n * n)]);
                    values[n * n + place] = place % 2 == 0 ? new Complex(0, Double.NaN) : new Complex(Double.NaN, 0);
                    Tensor a = Tensor.of(values, 3, n, n).to(dtype);
                    for (SignLog d :
                            new SignLog[] {Linalg.slogdet(a), Linalg.luFactor(a).slogdet()}) {
                        assertArrayEquals(
                                new double[] {0, Double.NaN, 0}, d.logAbs().toDoubleArray(), 0, "n = " + n);
                        Complex sign = d.sign().get(1).itemComplex();
                        assertTrue(Double.isNaN(sign.re()) && Double.isNaN(sign.im()), "n = " + n);
                    }
                }
            }
        }
    }

    private static int[] all(int count) {
        int[] places = new int[count];
        Arrays.setAll(places, i -> i);
        return places;
    }

    @Test
    void batchesOfAnyKind() {
        SplittableRandom random = random(4);
        for (DType dtype : DTypes.complex()) {
            for (int n : new int[] {1, 3, 20, 40, 70}) {
                Tensor one = matrices(random, 1, n).toTensor(dtype);
                for (UnaryOperator<Tensor> operation : OPERATIONS) {
                    Tensor alone = operation.apply(one);
                    Tensor repeated = operation.apply(one.expand(7, n, n));
                    for (int e = 0; e < 7; e++) {
                        assertArrayEquals(
                                alone.get(0).to(DType.COMPLEX128).toComplexArray(),
                                repeated.get(e).to(DType.COMPLEX128).toComplexArray(),
                                0,
                                () -> dtype + ", n = " + n);
                    }
                    assertEquals(
                            0,
                            operation
                                    .apply(Tensor.zeros(dtype, 0, n, n))
                                    .shape()
                                    .at(0));
                }
            }
            ComplexArray deep = matrices(random, 48, 3).with(part -> part.reshape(2, 1, 3, 1, 2, 1, 2, 2, 1, 3, 3));
            Tensor t = strided(random, deep, dtype);
            Tensor flat = t.reshape(48, 3, 3);
            // A view may be read as its transpose, which rounds differently.
            assertArrayEquals(
                    Linalg.slogdet(flat).logAbs().toDoubleArray(),
                    Linalg.slogdet(t).logAbs().toDoubleArray(),
                    tolerance(t));
            close(flat, Linalg.inverse(Linalg.inverse(t)).reshape(48, 3, 3), 9 * tolerance(t));
        }
    }
}
