package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Accuracy;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.SignLog;
import kron4j.reference.Check;
import kron4j.reference.ExactDeterminant;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Determinants that have to be right to a few ulp, whatever the condition number. */
public class CompensatedSlogdetContract extends Contract {
    private static void exact(NDArray a) {
        int n = (int) a.shape()[0];
        ExactDeterminant exact = ExactDeterminant.of(a.data(), n);
        SignLog d = Linalg.slogdet(Tensor.of(a.data(), n, n), Accuracy.COMPENSATED);
        assertEquals(exact.sign(), d.sign().item(), () -> "sign of " + a);
        near(exact.logAbs(), d.logAbs().item(), 2 * Math.ulp(exact.logAbs()));
    }

    private static void near(double expected, double actual, double tolerance) {
        assertTrue(
                expected == actual || Math.abs(expected - actual) <= tolerance,
                () -> "log is " + actual + ", exactly " + expected + ", tolerance " + tolerance);
    }

    private static NDArray square(int n, NDArray.Element element) {
        return NDArray.generate(new long[] {n, n}, element);
    }

    private static double binomial(long n, long k) {
        double result = 1;
        for (long i = 1; i <= k; i++) {
            result = result * (n - k + i) / i;
        }
        return result;
    }

    @Test
    void pascalHasDeterminantOne() {
        for (int n : new int[] {1, 2, 10, 15, 20, 25}) {
            Tensor a = Tensor.of(square(n, i -> binomial(i[0] + i[1], i[0])).data(), n, n);
            SignLog d = Linalg.slogdet(a, Accuracy.COMPENSATED);
            assertEquals(1, d.sign().item());
            assertEquals(0, d.logAbs().item());
        }
    }

    @Test
    void illConditionedMatrices() {
        for (int n = 2; n <= 16; n++) {
            exact(square(n, i -> 1.0 / (i[0] + i[1] + 1)));
            exact(square(n, i -> Math.pow(i[0] + 1, i[1])));
            exact(square(n, i -> 1.0 / (i[0] + i[1] + 0.5)));
        }
        exact(NDArray.of(new double[] {1L << 27 | 1, 1L << 27, 1L << 27, (1L << 27) - 1}, 2, 2));
        exact(NDArray.of(new double[] {64919121, -159018721, 41869520.5, -102558961}, 2, 2));
    }

    @Test
    void nearOne() {
        exact(NDArray.of(new double[] {0x1p-60, 1, 1, 1}, 2, 2));
        exact(NDArray.of(new double[] {1 + 0x1p-52, 0x1p-300, 0x1p-300, 1}, 2, 2));
        exact(NDArray.of(new double[] {1, 0x1p-80, 0x1p-80, 1}, 2, 2));
        exact(NDArray.of(new double[] {1 - 0x1p-53, 0, 0, 1 + 0x1p-52}, 2, 2));
        exact(NDArray.of(new double[] {3, 1, 0, 0x1.5555555555555p-2}, 2, 2));
    }

    @Test
    void randomMatrices() {
        SplittableRandom random = random(8);
        for (int n : new int[] {1, 2, 3, 5, 8, 17}) {
            for (int repeat = 0; repeat < 3; repeat++) {
                exact(NDArray.random(random, n, n));
                exact(square(n, i -> random.nextDouble() * Math.pow(2, random.nextInt(-40, 40))));
                exact(NDArray.integers(random, -3, 4, n, n));
            }
        }
        exact(NDArray.integers(random, -3, 4, 40, 40));
    }

    @Test
    void singularMatricesAreSingularExactly() {
        SplittableRandom random = random(9);
        for (int n : new int[] {2, 3, 7, 20}) {
            NDArray a = NDArray.random(random, n, n);
            exact(square(n, i -> i[0] == n - 1 ? a.get(0, i[1]) : a.get(i)));
            exact(square(n, i -> i[1] == n - 1 ? 3 * a.get(i[0], 0) / 4 : a.get(i)));
            exact(square(n, i -> i[0] * n + i[1] + 1));
            exact(square(n, i -> i[1] == 1 ? 0 : a.get(i)));
            // One ulp away from singular.
            exact(square(n, i -> i[0] != n - 1 ? a.get(i) : a.get(0, i[1]) + (i[1] == 0 ? Math.ulp(a.get(0, 0)) : 0)));
        }
        exact(square(5, i -> 0));
    }

    @Test
    void elementsOfEveryMagnitude() {
        exact(NDArray.of(new double[] {1e300, 1, 1, 1e300}, 2, 2));
        exact(NDArray.of(new double[] {1e-300, 1e300, 1e-300, 1e-300}, 2, 2));
        exact(NDArray.of(new double[] {Double.MIN_VALUE, 0, 0, Double.MAX_VALUE}, 2, 2));
        exact(NDArray.of(new double[] {Double.MIN_VALUE, Double.MIN_VALUE, Double.MIN_VALUE, -Double.MIN_VALUE}, 2, 2));
        exact(NDArray.of(new double[] {1e-200, 0, 0, 0, 1e-200, 0, 1e200, 3, 1e-200}, 3, 3));
    }

    @Test
    void largeMatrices() {
        int n = 200;
        Tensor ten = Tensor.zeros(DType.FLOAT64, 500, 500);
        device().backend().fill(10, ten.view().with(ten.layout().diagonal(0, 0, 1)));
        near(1151.2925464970228, Linalg.logabsdet(ten, Accuracy.COMPENSATED).item(), Math.ulp(1151.0));
        // The second difference has determinant n + 1.
        Tensor band = Tensor.of(
                square(n, i -> i[0] == i[1] ? 2 : Math.abs(i[0] - i[1]) == 1 ? -1 : 0)
                        .data(),
                n,
                n);
        near(Math.log(n + 1), Linalg.logdet(band, Accuracy.COMPENSATED).item(), Math.ulp(5.3));
        near(
                -n * Math.log(10) + Math.log(n + 1),
                Linalg.logdet(Tensor.of(NDArray.of(band).map(x -> x / 10).data(), n, n), Accuracy.COMPENSATED)
                        .item(),
                1e-12);
    }

    @Test
    void layoutsDtypesBatchesAndConventions() {
        SplittableRandom random = random(10);
        for (DType dtype : FLOATING) {
            NDArray a = NDArray.random(random, 2, 3, 6, 6);
            Tensor t = strided(random, a, dtype);
            SignLog d = Linalg.slogdet(t, Accuracy.COMPENSATED);
            for (int e = 0; e < 6; e++) {
                NDArray one = a.select(0, e / 3).select(0, e % 3);
                ExactDeterminant exact = ExactDeterminant.of(one.data(), 6);
                assertEquals(exact.sign(), d.sign().toDoubleArray()[e]);
                near(exact.logAbs(), d.logAbs().toDoubleArray()[e], 2 * dtype.epsilon() * Math.abs(exact.logAbs()));
            }
            Check.same(a, t);
            SignLog empty = Linalg.slogdet(Tensor.ones(dtype, 2, 0, 0), Accuracy.COMPENSATED);
            Check.same(NDArray.full(1, 2), empty.sign());
            Check.same(NDArray.full(0, 2), empty.logAbs());
            assertEquals(
                    0,
                    Linalg.logabsdet(Tensor.ones(dtype, 0, 3, 3), Accuracy.COMPENSATED)
                            .size());
            SignLog nan = Linalg.slogdet(
                    Tensor.of(new double[][] {{1, Double.NaN}, {0, 0}}).to(dtype), Accuracy.COMPENSATED);
            assertEquals(Double.NaN, nan.sign().item());
            assertEquals(Double.NaN, nan.logAbs().item());
            SignLog infinite = Linalg.slogdet(
                    Tensor.of(new double[][] {{Double.POSITIVE_INFINITY, 1}, {1, 2}})
                            .to(dtype),
                    Accuracy.COMPENSATED);
            assertEquals(1, infinite.sign().item());
            assertEquals(Double.POSITIVE_INFINITY, infinite.logAbs().item());
        }
    }
}
