package kron4j.contract;

import static kron4j.reference.Check.close;
import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerPlusDiagonal;
import kron4j.ops.Linalg;
import kron4j.reference.KronReference;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Systems, determinants and spectra of Kronecker products, from those of the factors. */
public class KroneckerSpectrumContract extends Contract {
    private static final double EPS = 0x1p-52;

    /** Entries below 1 in absolute value and a dominant diagonal: condition number of at most 3. */
    private static NDArray regular(SplittableRandom r, long n) {
        return NDArray.random(r, n, n).zip(KronReference.eye(n), (v, one) -> v + 2 * n * one);
    }

    /** Symmetric, with eigenvalues in [n, 3n]. */
    private static NDArray positive(SplittableRandom r, long n) {
        NDArray a = NDArray.random(r, n, n);
        return a.zip(a.transpose(0, 1), (x, y) -> (x + y) / 2).zip(KronReference.eye(n), (v, one) -> v + 2 * n * one);
    }

    private static NDArray dense(NDArray... factors) {
        return Arrays.stream(factors).reduce(KronReference::kron).orElseThrow();
    }

    private static Tensor[] strided(SplittableRandom r, DType dtype, NDArray... factors) {
        return Arrays.stream(factors).map(f -> strided(r, f, dtype)).toArray(Tensor[]::new);
    }

    private static double largest(NDArray a) {
        return Arrays.stream(a.data()).map(Math::abs).max().orElse(0);
    }

    @Test
    void solvesAndInverts() {
        SplittableRandom r = random(1);
        for (DType dtype : FLOATING) {
            double eps = dtype == DType.FLOAT64 ? EPS : 0x1p-23;
            NDArray[] f = {regular(r, 3), regular(r, 1), regular(r, 5), regular(r, 2)};
            NDArray dense = dense(f);
            NDArray x = NDArray.random(r, 30, 4);
            NDArray b = dense.matmul2d(x);
            KroneckerOperator k = KroneckerOperator.of(strided(r, dtype, f));
            // Condition number at most 3^3, three solves.
            double tolerance = 27 * 3 * 30 * eps * largest(x) * 4;
            close(x, k.solve(strided(r, b, dtype)), tolerance);
            close(x.select(1, 2), k.solve(strided(r, b.select(1, 2), dtype)), tolerance);
            close(x, k.inverse().apply(strided(r, b, dtype)), tolerance);
            assertEquals(dtype, k.inverse().dtype());
        }
        NDArray unimodular = NDArray.of(new double[] {2, 1, 1, 1}, 2, 2);
        Tensor u = unimodular.toTensor(DType.FLOAT64);
        KroneckerOperator k = KroneckerOperator.of(u)
                .kron(KroneckerOperator.eye(DType.FLOAT64, 3))
                .kron(KroneckerOperator.of(u));
        NDArray x = NDArray.integers(r, -5, 6, 2, 12, 3);
        Tensor b = k.apply(x.toTensor(DType.FLOAT64));
        close(x, k.solve(b), 0x1p-45);
    }

    @Test
    void solvesSylvestersEquation() {
        SplittableRandom r = random(2);
        NDArray a = regular(r, 3);
        NDArray b = regular(r, 2);
        NDArray x = NDArray.random(r, 3, 2);
        NDArray c = a.matmul2d(x).zip(x.matmul2d(b), Double::sum);
        Tensor sum = Kron.kronSum(
                a.toTensor(DType.FLOAT64), b.toTensor(DType.FLOAT64).transpose());
        Tensor solution = Linalg.solve(sum, c.toTensor(DType.FLOAT64).reshape(6));
        close(x, solution.reshape(3, 2), 100 * EPS * largest(c));
    }

    @Test
    void namesTheSingularFactor() {
        Tensor good = Tensor.of(new double[][] {{2, 1}, {1, 1}});
        Tensor bad = Tensor.of(new double[][] {{1, 2}, {2, 4}});
        KroneckerOperator k = KroneckerOperator.of(good, bad);
        refused(
                SingularMatrixException.class,
                () -> k.solve(Tensor.ones(DType.FLOAT64, 4)),
                "KroneckerOperator.solve: factor 1: the matrix of shape [2,2] is singular (pivot 1 is zero)");
        refused(SingularMatrixException.class, k::inverse, "KroneckerOperator.inverse: factor 1: inverse: the matrix");
        refused(LinalgException.class, k::cholesky, "KroneckerOperator.cholesky: factor 1: cholesky: the matrix");
        same(NDArray.of(new double[] {9, 18, 6, 12}, 4), k.apply(Tensor.ones(DType.FLOAT64, 4)));
    }

    @Test
    void takesSignsToTheirPowersExactly() {
        Tensor minus = Tensor.of(new double[][] {{0, 1}, {1, 0}});
        Tensor three = Tensor.of(new double[][] {{0, 1, 0}, {1, 0, 0}, {0, 0, 2}});
        Tensor one = Tensor.of(new double[][] {{-3}});
        // Determinants -1, -2 and -3, to the powers N/n.
        Object[][] cases = {
            {new Tensor[] {minus, minus}, 1, 0.0},
            {new Tensor[] {minus, three}, -1, Math.log(4)},
            {new Tensor[] {three, three}, 1 * -1 * -1, Math.log(64)},
            {new Tensor[] {three, one}, 1, Math.log(2) + 3 * Math.log(3)},
            {new Tensor[] {minus, one}, -1, 2 * Math.log(3)},
            {new Tensor[] {minus, three, minus}, 1, 4 * Math.log(2)}
        };
        for (Object[] c : cases) {
            Linalg.SignLog d = KroneckerOperator.of((Tensor[]) c[0]).slogdet();
            assertEquals(((Integer) c[1]).doubleValue(), d.sign().item());
            assertEquals((double) c[2], d.logAbs().item(), 16 * EPS);
        }
        KroneckerOperator odd = KroneckerOperator.identityKron(3, minus);
        assertEquals(-1, odd.slogdet().sign().item());
        assertEquals(
                1, KroneckerOperator.kronIdentity(minus, 4).slogdet().sign().item());
    }

    @Test
    void neverOverflowsALogarithm() {
        Tensor large = Tensor.eye(DType.FLOAT32, 40).multiply(1e10);
        Linalg.SignLog d = KroneckerOperator.of(large, large, large, large).slogdet();
        assertEquals(1, d.sign().item());
        double expected = 4 * Math.pow(40, 4) * Math.log(1e10);
        assertEquals(expected, d.logAbs().item(), 160 * 0x1p-23 * expected);
        double[] zero = {0, 0, 0, 1};
        Tensor singular = Tensor.of(zero, 2, 2);
        Linalg.SignLog none = KroneckerOperator.of(singular, singular).slogdet();
        assertEquals(0, none.sign().item());
        assertEquals(Double.NEGATIVE_INFINITY, none.logAbs().item());
        zero[0] = Double.NaN;
        Linalg.SignLog unknown =
                KroneckerOperator.of(singular, Tensor.of(zero, 2, 2)).slogdet();
        assertTrue(Double.isNaN(unknown.sign().item()));
        assertTrue(Double.isNaN(unknown.logAbs().item()));
    }

    @Test
    void decomposes() {
        SplittableRandom r = random(3);
        NDArray[] f = {positive(r, 4), positive(r, 3)};
        NDArray dense = KronReference.kron(dense(f), KronReference.eye(2));
        KroneckerOperator k =
                KroneckerOperator.of(strided(r, DType.FLOAT64, f)).kron(KroneckerOperator.eye(DType.FLOAT64, 2));
        double tolerance = 24 * 24 * EPS * largest(dense) * 4;
        try (KroneckerOperator.Eigh e = k.eigh()) {
            NDArray v = NDArray.of(e.v().toDense());
            NDArray w = NDArray.of(e.w());
            NDArray scaled = NDArray.generate(v.shape(), i -> v.get(i) * w.get(i[1]));
            close(dense, scaled.matmul2d(v.transpose(0, 1)).toTensor(DType.FLOAT64), tolerance);
            close(KronReference.eye(24), v.matmul2d(v.transpose(0, 1)).toTensor(DType.FLOAT64), 24 * 24 * EPS);
        }
        NDArray l = NDArray.of(k.cholesky().toDense());
        close(dense, l.matmul2d(l.transpose(0, 1)).toTensor(DType.FLOAT64), tolerance);
        assertEquals(0, l.get(0, 23));
        double[] values = k.svdvals().toDoubleArray();
        double[] expected = Linalg.svdvals(dense.toTensor(DType.FLOAT64)).toDoubleArray();
        Arrays.sort(values);
        Arrays.sort(expected);
        for (int i = 0; i < 24; i++) {
            assertEquals(expected[i], values[i], tolerance);
        }
        KroneckerOperator rectangular =
                KroneckerOperator.of(Tensor.ones(DType.FLOAT64, 2, 3), Tensor.ones(DType.FLOAT64, 5, 4));
        assertEquals(Shape.of(8), rectangular.svdvals().shape());
        assertEquals(
                Math.sqrt(120),
                Arrays.stream(rectangular.svdvals().toDoubleArray()).max().orElseThrow(),
                100 * EPS);
    }

    @Test
    void addsADiagonal() {
        SplittableRandom r = random(4);
        NDArray[] f = {positive(r, 4), positive(r, 3)};
        double c = 0.7;
        NDArray dense =
                KronReference.kron(dense(f), KronReference.eye(2)).zip(KronReference.eye(24), (v, one) -> v + c * one);
        NDArray x = NDArray.random(r, 24, 3);
        NDArray b = dense.matmul2d(x);
        // Condition number at most 9.
        double tolerance = 9 * 24 * 24 * EPS * largest(b);
        KroneckerOperator k =
                KroneckerOperator.of(strided(r, DType.FLOAT64, f)).kron(KroneckerOperator.eye(DType.FLOAT64, 2));
        KroneckerPlusDiagonal s = KroneckerPlusDiagonal.of(c, k);
        k.close();
        close(b, s.apply(x.toTensor(DType.FLOAT64)), tolerance);
        close(x, s.solve(b.toTensor(DType.FLOAT64)), tolerance);
        close(x.select(1, 1), s.solve(b.select(1, 1).toTensor(DType.FLOAT64)), tolerance);
        NDArray forms = NDArray.generate(new long[] {3}, j -> {
            double sum = 0;
            for (long i = 0; i < 24; i++) {
                sum += b.get(i, j[0]) * x.get(i, j[0]);
            }
            return sum;
        });
        close(forms, s.quadraticForm(b.toTensor(DType.FLOAT64)), tolerance * 24);
        close(forms.select(0, 2), s.quadraticForm(b.select(1, 2).toTensor(DType.FLOAT64)), tolerance * 24);
        Linalg.SignLog expected = Linalg.slogdet(dense.toTensor(DType.FLOAT64));
        assertEquals(expected.sign().item(), s.slogdet().sign().item());
        assertEquals(
                expected.logAbs().item(),
                s.slogdet().logAbs().item(),
                24 * 24 * EPS * expected.logAbs().item());
        refused(
                ShapeException.class,
                () -> s.solve(Tensor.ones(DType.FLOAT64, 23)),
                "KroneckerPlusDiagonal.solve: x of shape [23] needs 24 rows");
        s.close();
        refused(ClosedTensorException.class, () -> s.solve(b.toTensor(DType.FLOAT64)), "was closed");
    }

    @Test
    void tellsTheSignOfAnIndefiniteSum() {
        Tensor f = Tensor.of(new double[][] {{1, 0}, {0, -3}});
        // Eigenvalues of f (x) f are 1, -3, -3, 9.
        try (KroneckerPlusDiagonal s = KroneckerPlusDiagonal.of(-2, KroneckerOperator.of(f, f))) {
            assertEquals(-1, s.slogdet().sign().item());
            assertEquals(Math.log(1 * 5 * 5 * 7), s.slogdet().logAbs().item(), 16 * EPS);
        }
        try (KroneckerPlusDiagonal s = KroneckerPlusDiagonal.of(3, KroneckerOperator.of(f, f))) {
            assertEquals(0, s.slogdet().sign().item());
            assertEquals(Double.NEGATIVE_INFINITY, s.slogdet().logAbs().item());
        }
    }

    @Test
    void findsTheNearestProduct() {
        SplittableRandom r = random(5);
        for (DType dtype : FLOATING) {
            double eps = dtype == DType.FLOAT64 ? EPS : 0x1p-23;
            NDArray m = KronReference.kron(NDArray.integers(r, 1, 5, 2, 4), NDArray.integers(r, -4, 5, 3, 2));
            Kron.NearestKronecker exact = Kron.nearestKronecker(strided(r, m, dtype), Shape.of(2, 4), Shape.of(3, 2));
            double tolerance = 48 * eps * largest(m) * 8;
            close(m, Kron.kron(exact.a(), exact.b()), tolerance);
            assertEquals(0, exact.distance().item(), tolerance);
        }
        NDArray m = NDArray.random(r, 6, 8);
        Kron.NearestKronecker nearest =
                Kron.nearestKronecker(m.toTensor(DType.FLOAT64), Shape.of(2, 4), Shape.of(3, 2));
        NDArray a = NDArray.of(nearest.a());
        NDArray b = NDArray.of(nearest.b());
        double distance = distance(m, a, b);
        assertEquals(distance, nearest.distance().item(), 48 * EPS * 8);
        for (int i = 0; i < 50; i++) {
            NDArray da = NDArray.random(r, 2, 4);
            NDArray db = NDArray.random(r, 3, 2);
            double step = Math.pow(10, -r.nextInt(4));
            double moved = distance(m, a.zip(da, (x, y) -> x + step * y), b.zip(db, (x, y) -> x + step * y));
            assertTrue(moved >= distance - 48 * EPS * 8);
        }
        refused(
                ShapeException.class,
                () -> Kron.nearestKronecker(m.toTensor(DType.FLOAT64), Shape.of(2, 4), Shape.of(3, 3)),
                "nearestKronecker: shapes [2,4] and [3,3] must multiply to the matrix's shape [6,8]");
    }

    private static double distance(NDArray m, NDArray a, NDArray b) {
        NDArray difference = m.zip(KronReference.kron(a, b), (x, y) -> x - y);
        return Math.sqrt(Arrays.stream(difference.data()).map(v -> v * v).sum());
    }
}
