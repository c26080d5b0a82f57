package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.LinalgException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.SignLog;
import kron4j.reference.Check;
import kron4j.reference.ExactDeterminant;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Determinants in working precision, against exact arithmetic. */
public class SlogdetContract extends Contract {
    @Test
    void agreesWithExactArithmetic() {
        SplittableRandom random = random(6);
        for (DType dtype : FLOATING) {
            for (int n : new int[] {1, 2, 3, 4, 8, 16, 17, 30}) {
                NDArray a = NDArray.random(random, 3, n, n);
                Tensor t = strided(random, a, dtype);
                SignLog d = Linalg.slogdet(t);
                double[] det = Linalg.det(t).toDoubleArray();
                for (int e = 0; e < 3; e++) {
                    ExactDeterminant exact = ExactDeterminant.of(a.select(0, e).data(), n);
                    // Backward error n eps, condition numbers of these below 1e3.
                    double tolerance = 1e3 * n * dtype.epsilon();
                    assertEquals(exact.sign(), d.sign().toDoubleArray()[e]);
                    assertEquals(exact.logAbs(), d.logAbs().toDoubleArray()[e], tolerance);
                    assertEquals(1, det[e] / (exact.sign() * Math.exp(exact.logAbs())), tolerance);
                    assertEquals(exact.logAbs(), Linalg.logabsdet(t).toDoubleArray()[e], tolerance);
                    assertEquals(exact.logAbs(), Linalg.logabsdetSvd(t).toDoubleArray()[e], tolerance);
                }
                Check.same(a, t);
            }
        }
    }

    @Test
    void largeSizesByFactoring() {
        for (DType dtype : FLOATING) {
            // A = I + u v^T scaled by 3: det = 3^n (1 + v.u)
            int n = 260;
            Tensor a = Tensor.of(
                            NDArray.generate(new long[] {n, n}, i -> (i[0] == i[1] ? 3 : 0) + 3 * (i[0] % 3) / 256.0)
                                    .data(),
                            n,
                            n)
                    .to(dtype);
            double trace = 0;
            for (int i = 0; i < n; i++) {
                trace += i % 3 / 256.0;
            }
            assertEquals(
                    n * Math.log(3) + Math.log1p(trace),
                    Linalg.slogdet(a).logAbs().item(),
                    10 * n * dtype.epsilon());
            assertEquals(1, Linalg.slogdet(a).sign().item());
        }
    }

    @Test
    void neverOverflowsOrUnderflows() {
        Tensor ten = Tensor.zeros(DType.FLOAT64, 500, 500);
        device().backend().fill(10, ten.view().with(ten.layout().diagonal(0, 0, 1)));
        assertEquals(1151.2925464970228, Linalg.slogdet(ten).logAbs().item(), Math.ulp(1151.0));
        assertEquals(Double.POSITIVE_INFINITY, Linalg.det(ten).item());
        Tensor tiny = Tensor.zeros(DType.FLOAT32, 512, 512);
        device().backend().fill(2e-6f, tiny.view().with(tiny.layout().diagonal(0, 0, 1)));
        assertEquals(512 * Math.log(2e-6f), Linalg.slogdet(tiny).logAbs().item(), 6718 * Math.ulp(1.0f));
        assertEquals(0, Linalg.det(tiny).item());
        Tensor mixed = Tensor.of(new double[][] {{1e300, 0, 0}, {0, 1e-310, 0}, {0, 0, 1e200}});
        assertEquals(1, Linalg.det(mixed).item() / 1e190, 1e-12);
        assertEquals(190 * Math.log(10), Linalg.logdet(mixed).item(), 1e-12);
    }

    @Test
    void conventions() {
        for (DType dtype : FLOATING) {
            SignLog empty = Linalg.slogdet(Tensor.ones(dtype, 2, 0, 0));
            Check.same(NDArray.full(1, 2), empty.sign());
            Check.same(NDArray.full(0, 2), empty.logAbs());
            Check.same(NDArray.full(1, 2), Linalg.det(Tensor.ones(dtype, 2, 0, 0)));
            Check.same(
                    NDArray.of(new double[0], 0),
                    Linalg.slogdet(Tensor.ones(dtype, 0, 3, 3)).sign());
            Check.same(NDArray.of(new double[0], 0), Linalg.det(Tensor.ones(dtype, 0, 30, 30)));
            for (long n : new long[] {2, 20, 210}) {
                expect(Tensor.ones(dtype, n, n), 0, Double.NEGATIVE_INFINITY);
                Tensor unit = Tensor.zeros(dtype, n, n);
                device().backend().fill(1, unit.view().with(unit.layout().diagonal(0, 0, 1)));
                expect(unit, 1, 0);
                expect(unit.flip(0), n / 2 % 2 == 0 ? 1 : -1, 0);
                device().backend()
                        .fill(
                                Double.NaN,
                                unit.view().with(unit.layout().select(0, 0).select(0, n - 1)));
                expect(unit, Double.NaN, Double.NaN);
                expect(Tensor.full(dtype, Double.NaN, n, n), Double.NaN, Double.NaN);
            }
            Tensor infinite = Tensor.of(new double[][] {{Double.POSITIVE_INFINITY, 1}, {1, 2}})
                    .to(dtype);
            expect(infinite, 1, Double.POSITIVE_INFINITY);
        }
    }

    private static void expect(Tensor a, double sign, double logAbs) {
        SignLog d = Linalg.slogdet(a);
        assertEquals(sign, d.sign().item(), "sign of " + a.shape());
        assertEquals(logAbs, d.logAbs().item(), "log of " + a.shape());
        SignLog factored = Linalg.luFactor(a).slogdet();
        assertEquals(sign, factored.sign().item(), "sign from factors of " + a.shape());
        assertEquals(logAbs, factored.logAbs().item(), "log from factors of " + a.shape());
    }

    @Test
    void logdetOfNegativeIsNaN() {
        Tensor a = Tensor.of(new double[][][] {{{0, 1}, {1, 0}}, {{2, 0}, {0, 2}}, {{1, 1}, {1, 1}}});
        assertArrayEquals(
                new double[] {Double.NaN, Math.log(4), Double.NEGATIVE_INFINITY},
                Linalg.logdet(a).toDoubleArray(),
                1e-15);
    }

    @Test
    void byCholesky() {
        Tensor a = Tensor.of(new double[][][] {{{4, 9}, {2, 5}}, {{1, 0}, {0, 9}}});
        assertArrayEquals(
                new double[] {Math.log(16), Math.log(9)},
                Linalg.logdetCholesky(a).toDoubleArray(),
                8 * Math.ulp(1.0));
        Check.refused(
                LinalgException.class,
                () -> Linalg.logdetCholesky(Tensor.of(new double[][][] {{{1, 0}, {0, 1}}, {{1, 2}, {2, 1}}})),
                "logdetCholesky: matrix 1 of batch [2] with shape [2,2,2] is not positive definite",
                "minor of order 2");
    }

    @Test
    void refusesWhatIsNoSquareMatrix() {
        Check.refused(
                ShapeException.class,
                () -> Linalg.slogdet(Tensor.ones(DType.FLOAT64, 2, 3)),
                "slogdet: needs square matrices, got shape [2,3] with 2 rows and 3 columns");
        Check.refused(ShapeException.class, () -> Linalg.det(Tensor.ones(DType.FLOAT64, 3)), "det: needs a matrix");
        Check.refused(
                DTypeException.class,
                () -> Linalg.slogdet(Tensor.ones(DType.INT32, 2, 2)),
                "slogdet: needs a floating dtype, got int32 [2,2]");
    }
}
