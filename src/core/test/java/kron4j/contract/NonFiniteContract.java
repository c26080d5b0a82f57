package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import kron4j.DType;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.backend.LinalgBackend;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerPlusDiagonal;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.Qr;
import kron4j.reference.Check;
import org.junit.jupiter.api.Test;

/**
 * Matrices with NaN and infinities: no iteration begins with one, at once an exception names it, and none harms its neighbours in a batch. Everything
 * that factors without iterating lets them go where arithmetic takes them.
 */
public class NonFiniteContract extends Contract {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double[] BAD = {Double.NaN, INF, -INF};
    /** Above this not every place is tried. */
    private static final int EVERY_PLACE = 6;

    private static final int SOME_PLACES = 5;

    private static final int[] SIZES = {1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 17, 31, 32, 33, 65, 100};

    /** All places of m x n, or some that include the corners. */
    private static int[] places(SplittableRandom random, int m, int n) {
        if (Math.max(m, n) <= EVERY_PLACE) {
            int[] all = new int[m * n];
            Arrays.setAll(all, i -> i);
            return all;
        }
        int[] some = random.ints(SOME_PLACES, 0, m * n).toArray();
        some[0] = 0;
        some[1] = n - 1;
        some[2] = (m - 1) * n;
        some[3] = m * n - 1;
        return some;
    }

    /** For each place a matrix with {@code bad} there, and a good one as the last: [places + 1, m, n]. */
    private static Tensor batch(int[] places, int m, int n, double bad, DType dtype) {
        double[] values = new double[(places.length + 1) * m * n];
        for (int i = 0; i < values.length; i++) {
            int row = i / n % m;
            int column = i % n;
            values[i] = row == column ? 3 : 1.0 / (1 + row + column);
        }
        for (int e = 0; e < places.length; e++) {
            values[e * m * n + places[e]] = bad;
        }
        return Tensor.of(values, places.length + 1, m, n).to(dtype);
    }

    private static int[] expected(int[] places, int code, IntPredicate isRead) {
        int[] info = new int[places.length + 1];
        for (int k = 0; k < places.length; k++) {
            info[k] = isRead.test(places[k]) ? code : 0;
        }
        return info;
    }

    private static Tensor columnMajor(Tensor a) {
        return a.transpose(-1, -2).copy().transpose(-1, -2);
    }

    /** Within minutes, as machines may be busy; a library that spins would never end, so another thread waits for it. */
    private void inTime(Runnable body) {
        assertTimeoutPreemptively(Duration.ofMinutes(5), () -> {
            try (TensorScope inner = device().openScope()) {
                body.run();
            }
        });
    }

    @Test
    void noIterationBegins() {
        inTime(this::batchesOfEverySize);
    }

    private void batchesOfEverySize() {
        SplittableRandom random = random(51);
        LinalgBackend linalg = device().backend().linalg();
        for (DType dtype : FLOATING) {
            for (int n : SIZES) {
                for (double bad : BAD) {
                    try (TensorScope inner = device().openScope()) {
                        int[] places = places(random, n, n);
                        Tensor a = batch(places, n, n, bad, dtype);
                        Tensor info = Tensor.zeros(DType.INT32, places.length + 1);
                        Tensor values = Tensor.zeros(dtype, places.length + 1, n);
                        linalg.svdvals(columnMajor(a).view(), values.view(), info.view());
                        String what = dtype + ", n = " + n + ", " + bad;
                        int[] all = expected(places, n + 1, p -> true);
                        assertArrayEquals(all, info.toIntArray(), () -> "svdvals: " + what);
                        Tensor u = columnMajor(a);
                        Tensor vt = columnMajor(a);
                        linalg.svd(columnMajor(a).view(), u.view(), values.view(), vt.view(), info.view());
                        assertArrayEquals(all, info.toIntArray(), () -> "svd: " + what);
                        assertTrue(
                                Arrays.stream(values.get(places.length).toDoubleArray())
                                        .allMatch(Double::isFinite),
                                () -> "a good one: " + what);
                        linalg.eigh(columnMajor(a).view(), false, values.view(), info.view());
                        assertArrayEquals(
                                expected(places, n + 1, p -> p / n >= p % n), info.toIntArray(), () -> "eigh: " + what);
                        linalg.eigh(columnMajor(a).view(), true, values.view(), info.view());
                        assertArrayEquals(
                                expected(places, n + 1, p -> p / n <= p % n),
                                info.toIntArray(),
                                () -> "eigh, upper: " + what);
                    }
                }
            }
        }
    }

    @Test
    void norWithRectangles() {
        inTime(this::rectangles);
    }

    private void rectangles() {
        SplittableRandom random = random(52);
        LinalgBackend linalg = device().backend().linalg();
        for (DType dtype : FLOATING) {
            for (int[] shape : new int[][] {{1, 4}, {4, 1}, {3, 5}, {5, 3}, {40, 3}, {3, 40}, {70, 33}}) {
                for (double bad : BAD) {
                    int[] places = places(random, shape[0], shape[1]);
                    int k = Math.min(shape[0], shape[1]);
                    Tensor info = Tensor.zeros(DType.INT32, places.length + 1);
                    Tensor values = Tensor.zeros(dtype, places.length + 1, k);
                    Tensor a = columnMajor(batch(places, shape[0], shape[1], bad, dtype));
                    linalg.svdvals(a.view(), values.view(), info.view());
                    assertArrayEquals(expected(places, k + 1, p -> true), info.toIntArray());
                }
            }
        }
    }

    /** What iterates, by the name that its exception begins with. */
    private static Map<String, Consumer<Tensor>> iterations() {
        return Map.of(
                "svd: matrix 2 of batch [3] with shape ", Linalg::svd,
                "svdvals: matrix 2 of batch [3] with shape ", Linalg::svdvals,
                "eigh: matrix 2 of batch [3] with shape ", Linalg::eigh,
                "pinv: matrix 2 of batch [3] with shape ", Linalg::pinv,
                "matrixRank: matrix 2 of batch [3] with shape ", Linalg::matrixRank,
                "logabsdetSvd: matrix 2 of batch [3] with shape ", Linalg::logabsdetSvd,
                "gradient of det: matrix 2 of batch [3] with shape ",
                        a -> {
                            Tensor x = a.detach().requiresGrad();
                            Gradients.of(Linalg.det(x).sum(), x);
                        });
    }

    private static Map<String, Consumer<Tensor>> iterationsOfFactors() {
        return Map.of(
                "KroneckerOperator.svdvals: factor 1: svdvals: the matrix of shape ",
                        a -> KroneckerOperator.of(Tensor.eye(a.dtype(), 2), a).svdvals(),
                "KroneckerOperator.eigh: factor 1: eigh: the matrix of shape ",
                        a -> KroneckerOperator.of(Tensor.eye(a.dtype(), 2), a).eigh(),
                "KroneckerOperator.eigh: factor 0: eigh: the matrix of shape ",
                        a -> KroneckerPlusDiagonal.of(1, KroneckerOperator.of(a)));
    }

    @Test
    void exceptionsNameTheMatrix() {
        inTime(this::exceptions);
    }

    private void exceptions() {
        for (DType dtype : FLOATING) {
            for (int n : new int[] {1, 3, 20, 40}) {
                for (double bad : BAD) {
                    Tensor good = Tensor.eye(dtype, n);
                    Tensor a = good.unsqueeze(0).expand(3, n, n).copy();
                    device().backend()
                            .fill(
                                    bad,
                                    a.view()
                                            .with(a.layout()
                                                    .select(0, 2)
                                                    .select(0, n - 1)
                                                    .select(0, 0)));
                    iterations()
                            .forEach((text, operation) -> Check.refused(
                                    LinalgException.class,
                                    () -> operation.accept(a),
                                    text + a.shape() + " did not converge: it contains NaN or infinities"));
                    Tensor factor = a.get(2);
                    iterationsOfFactors()
                            .forEach((text, operation) -> Check.refused(
                                    LinalgException.class,
                                    () -> operation.accept(factor),
                                    text + factor.shape() + " did not converge: it contains NaN or infinities"));
                    Check.refused(
                            LinalgException.class,
                            () -> Linalg.svd(factor),
                            "svd: the matrix of shape " + factor.shape() + " did not converge");
                }
            }
        }
    }

    @Test
    void nearestKroneckerSaysSo() {
        for (DType dtype : FLOATING) {
            for (double bad : BAD) {
                Tensor a = Tensor.full(dtype, bad, 6, 6);
                Check.refused(
                        LinalgException.class,
                        () -> Kron.nearestKronecker(a, Shape.of(2, 3), Shape.of(3, 2)),
                        "nearestKronecker of shape [6,6], rearranged: the matrix of shape [6,6] did not converge",
                        "NaN or infinities");
            }
        }
    }

    /** The upper triangle is not looked at. */
    @Test
    void whatIsNotReadDoesNoHarm() {
        for (DType dtype : FLOATING) {
            for (int n : new int[] {2, 20, 40}) {
                for (double bad : BAD) {
                    Tensor a = Tensor.eye(dtype, n);
                    device().backend()
                            .fill(bad, a.view().with(a.layout().select(0, 0).select(0, n - 1)));
                    assertEquals(n, Linalg.eigh(a).w().sum().item(), n * dtype.epsilon());
                    assertEquals(n, Linalg.cholesky(a).sum().item());
                }
            }
        }
    }

    @Test
    void factoringLetsThemThrough() {
        for (DType dtype : FLOATING) {
            for (int n : new int[] {1, 2, 5, 16, 17, 33, 65, 80}) {
                for (int[] place : new int[][] {{0, 0}, {n - 1, 0}, {n / 2, n / 2}, {n - 1, n - 1}}) {
                    Tensor a = Tensor.eye(dtype, n).unsqueeze(0).expand(2, n, n).copy();
                    device().backend()
                            .fill(
                                    Double.NaN,
                                    a.view()
                                            .with(a.layout()
                                                    .select(0, 0)
                                                    .select(0, place[0])
                                                    .select(0, place[1])));
                    String what = dtype + ", n = " + n + ", at " + Arrays.toString(place);
                    for (Tensor t : List.of(
                            Linalg.slogdet(a).sign(),
                            Linalg.slogdet(a).logAbs(),
                            Linalg.slogdetEx(a).logAbs(),
                            Linalg.det(a),
                            Linalg.luFactor(a).det(),
                            Linalg.luFactor(a).slogdet().sign(),
                            Linalg.logdet(a),
                            Linalg.solve(a, Tensor.ones(dtype, n, 2)).sum(-1, -2),
                            Linalg.solveEx(a, Tensor.ones(dtype, n)).result().sum(-1),
                            Linalg.inverse(a).sum(-1, -2),
                            Linalg.inverseEx(a).result().sum(-1, -2),
                            Linalg.luFactor(a).inverse().sum(-1, -2),
                            Linalg.luFactor(a).solve(Tensor.ones(dtype, n, 2)).sum(-1, -2))) {
                        assertTrue(Double.isNaN(t.get(0).item()), () -> what + ": " + t);
                        assertTrue(Double.isFinite(t.get(1).item()), () -> what + ": " + t);
                    }
                    assertArrayEquals(
                            new int[] {0, 0}, Linalg.luFactor(a).info().toIntArray(), what);
                    assertArrayEquals(
                            new int[] {0, 0},
                            Linalg.solveEx(a, Tensor.ones(dtype, n)).info().toIntArray(),
                            what);
                    assertArrayEquals(
                            new int[] {0, 0}, Linalg.inverseEx(a).info().toIntArray(), what);
                    Check.refused(
                            LinalgException.class,
                            () -> Linalg.cholesky(a),
                            "cholesky: matrix 0 of batch [2] with shape " + a.shape() + " is not positive definite");
                }
            }
        }
    }

    /** A column of zeros but for a NaN has no zero pivot, wherever the NaN stands. */
    @Test
    void nanIsNoZeroPivot() {
        for (DType dtype : FLOATING) {
            for (int n : new int[] {2, 5, 16, 17, 33, 65, 80}) {
                for (int row : new int[] {0, n / 2, n - 1}) {
                    Tensor a = Tensor.eye(dtype, n);
                    device().backend().fill(0, a.view().with(a.layout().slice(1, n / 2, n / 2 + 1, 1)));
                    device().backend()
                            .fill(
                                    Double.NaN,
                                    a.view().with(a.layout().select(0, row).select(0, n / 2)));
                    int info = (int) Linalg.luFactor(a).info().itemLong();
                    // Above the diagonal it is multiplied with 0 and added to the pivot.
                    assertEquals(0, info, dtype + ", n = " + n + ", row " + row);
                    assertTrue(Double.isNaN(Linalg.slogdet(a).sign().item()));
                }
            }
        }
    }

    @Test
    void qrOfNonFiniteIsNaN() {
        for (DType dtype : FLOATING) {
            for (int[] shape : new int[][] {{1, 1}, {3, 3}, {5, 3}, {3, 5}, {32, 32}, {40, 40}, {70, 9}, {9, 70}}) {
                for (double bad : BAD) {
                    for (boolean complete : new boolean[] {false, true}) {
                        int[] places = {0, shape[0] * shape[1] - 1};
                        Qr qr = Linalg.qr(batch(places, shape[0], shape[1], bad, dtype), complete);
                        for (Tensor t : List.of(qr.q(), qr.r())) {
                            for (int e = 0; e < 3; e++) {
                                boolean nan = e < 2;
                                assertTrue(
                                        Arrays.stream(t.get(e).toDoubleArray())
                                                .allMatch(x -> nan ? Double.isNaN(x) : Double.isFinite(x)),
                                        () -> dtype + " " + Arrays.toString(shape) + " " + bad);
                            }
                        }
                    }
                }
            }
        }
    }
}
