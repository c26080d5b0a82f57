package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.Check.same;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.ClosedTensorException;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.LinalgException;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerSum;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.MatrixFunctions;
import kron4j.ops.Reduce;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Kronecker sums that are not formed, beside those formed. */
public class KroneckerSumContract extends GradientContract {
    private static final double EPS = 0x1p-52;

    /** Entries below 1 in absolute value and 2n on the diagonal: eigenvalues within n of 2n. */
    private static NDArray regular(SplittableRandom r, int n) {
        return NDArray.generate(new long[] {n, n}, i -> r.nextDouble(-1, 1) + (i[0] == i[1] ? 2 * n : 0));
    }

    private static NDArray symmetric(SplittableRandom r, int n) {
        NDArray a = regular(r, n);
        return a.zip(a.transpose(0, 1), (x, y) -> (x + y) / 2);
    }

    private static Tensor complex(SplittableRandom r, DType dtype, int n) {
        NDArray re = regular(r, n);
        NDArray im = NDArray.random(r, n, n);
        DType real = dtype.realPart();
        return ComplexNumbers.complex(re.toTensor(real), im.toTensor(real));
    }

    private static double largest(Tensor t) {
        return Reduce.max(Elementwise.abs(t)).item();
    }

    private static void near(Tensor expected, Tensor actual, double tolerance) {
        assertArrayEquals(expected.shape().dims(), actual.shape().dims());
        assertEquals(expected.dtype(), actual.dtype());
        double difference = expected.size() == 0 ? 0 : largest(expected.subtract(actual));
        assertTrue(difference <= tolerance, () -> difference + " exceeds " + tolerance);
    }

    @Test
    void multipliesAsTheFormedSum() {
        SplittableRandom r = random(1);
        for (DType dtype : FLOATING) {
            Tensor[] f = {
                strided(r, regular(r, 3), dtype), strided(r, regular(r, 1), dtype), strided(r, regular(r, 4), dtype)
            };
            Tensor dense = Kron.kronSum(f);
            double tolerance = 3 * 8 * 20 * dtype.epsilon();
            try (KroneckerSum s = KroneckerSum.of(f)) {
                assertEquals(12, s.rows());
                Tensor x = strided(r, NDArray.random(r, 2, 12, 5), dtype);
                near(MatMul.matmul(dense, x), s.apply(x), tolerance);
                near(
                        MatMul.matmul(dense, x.get(1).select(1, 2)),
                        s.apply(x.get(1).select(1, 2)),
                        tolerance);
                Tensor rows = strided(r, NDArray.random(r, 2, 5, 12), dtype);
                near(MatMul.matmul(rows, dense), s.applyRight(rows), tolerance);
                near(MatMul.matmul(rows.get(0, 3), dense), s.applyRight(rows.get(0, 3)), tolerance);
                near(dense.transpose().matmul(x), s.transpose().apply(x), tolerance);
                near(dense, s.toDense(), 0);
                near(dense.diagonal(), s.diag(), tolerance);
                near(dense.diagonal().sum(), s.trace(), 12 * tolerance);
            }
        }
        Tensor[] z = {complex(r, DType.COMPLEX128, 2), complex(r, DType.COMPLEX128, 3)};
        Tensor x = complex(r, DType.COMPLEX128, 6);
        KroneckerSum s = KroneckerSum.of(z);
        near(s.toDense().matmul(x), s.apply(x), 6 * 20 * 20 * EPS);
        near(s.toDense().adjoint().matmul(x), s.adjoint().apply(x), 6 * 20 * 20 * EPS);
        Tensor half = Tensor.of(new double[][] {{1, 2}, {3, 4}}).to(DType.FLOAT16);
        same(
                NDArray.of(new double[] {6, 10, 10, 14}, 4),
                KroneckerSum.of(half, half).apply(Tensor.ones(DType.FLOAT16, 4)));
    }

    @Test
    void solvesSylvestersEquation() {
        SplittableRandom r = random(2);
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128}) {
            Tensor a = dtype.isComplex() ? complex(r, dtype, 4) : strided(r, regular(r, 4), dtype);
            Tensor b = dtype.isComplex() ? complex(r, dtype, 3) : strided(r, regular(r, 3), dtype);
            Tensor x = NDArray.random(r, 4, 3).toTensor(dtype.realPart()).to(dtype);
            Tensor c = a.matmul(x).add(x.matmul(b));
            // Condition of S below 7, of both bases of eigenvectors below 10, each product over at most 4 * 3 terms.
            double tolerance = 7 * 100 * 12 * dtype.epsilon();
            near(x, KroneckerSum.sylvester(a, b, c), tolerance);
            KroneckerSum three = KroneckerSum.of(a, b, b);
            Tensor y = NDArray.random(r, 2, 36, 2).toTensor(dtype.realPart()).to(dtype);
            near(y, three.solve(three.apply(y)), 3 * 10 * tolerance);
            Linalg.WithInfo right = three.solveEx(three.apply(y.get(0)));
            assertEquals(0, right.info().itemLong());
            near(y.get(0), right.result(), 30 * tolerance);
        }
    }

    @Test
    void solvesHermitianSums() {
        SplittableRandom r = random(3);
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX128}) {
            Tensor[] f = {
                symmetric(r, 4).toTensor(dtype.realPart()), symmetric(r, 3).toTensor(dtype.realPart())
            };
            if (dtype.isComplex()) {
                f = new Tensor[] {hermitianOf(complex(r, dtype, 4)), hermitianOf(complex(r, dtype, 3))};
            }
            KroneckerSum s = KroneckerSum.hermitian(f);
            Tensor dense = s.toDense();
            Tensor x = NDArray.random(r, 12, 2).toTensor(dtype.realPart()).to(dtype);
            double tolerance = 12 * 12 * 8 * dtype.epsilon() * largest(dense);
            near(x, s.solve(s.apply(x)), tolerance);
            near(s.solve(x), KroneckerSum.of(f).solve(x), tolerance);
            try (KroneckerOperator.Eigh e = s.eigh()) {
                Tensor v = e.v().toDense();
                near(dense, v.multiply(e.w().to(dtype)).matmul(v.adjoint()), tolerance);
                near(e.w(), s.eigvals().real().contiguous(), tolerance);
            }
            Linalg.SignLog expected = Linalg.slogdet(dense);
            near(expected.logAbs(), s.slogdet().logAbs(), tolerance);
            near(expected.sign(), s.slogdet().sign(), tolerance);
            near(expected.logAbs(), KroneckerSum.of(f).slogdet().logAbs(), tolerance);
        }
    }

    @Test
    void tellsEigenvaluesAndSignedDeterminants() {
        // Eigenvalues +-i of the first, 1 and -3 of the second: (1 + 1)(9 + 1) is the determinant.
        Tensor turn = Tensor.of(new double[][] {{0, -1}, {1, 0}});
        Tensor triangle = Tensor.of(new double[][] {{1, 5}, {0, -3}});
        KroneckerSum s = KroneckerSum.of(turn, triangle);
        Linalg.SignLog d = s.slogdet();
        assertEquals(1, d.sign().item());
        assertEquals(Math.log(20), d.logAbs().item(), 64 * EPS);
        double[] parts = ComplexNumbers.viewAsReal(s.eigvals()).toDoubleArray();
        String[] found = new String[4];
        Arrays.setAll(found, i -> Math.round(parts[2 * i]) + " " + Math.round(parts[2 * i + 1]));
        Arrays.sort(found);
        assertArrayEquals(new String[] {"-3 -1", "-3 1", "1 -1", "1 1"}, found);
        SplittableRandom r = random(4);
        for (int i = 0; i < 5; i++) {
            NDArray a = NDArray.random(r, 3, 3);
            NDArray b = NDArray.random(r, 2, 2);
            Tensor[] f = {a.toTensor(DType.FLOAT64), b.toTensor(DType.FLOAT64)};
            Linalg.SignLog dense = Linalg.slogdet(Kron.kronSum(f));
            Linalg.SignLog own = KroneckerSum.of(f).slogdet();
            assertEquals(dense.sign().item(), own.sign().item());
            assertEquals(dense.logAbs().item(), own.logAbs().item(), 1e-9);
        }
        Tensor z = complex(r, DType.COMPLEX128, 3);
        Tensor y = complex(r, DType.COMPLEX128, 2);
        Complex sign = Linalg.slogdet(Kron.kronSum(z, y)).sign().itemComplex();
        Complex own = KroneckerSum.of(z, y).slogdet().sign().itemComplex();
        assertEquals(sign.re(), own.re(), 1e-12);
        assertEquals(sign.im(), own.im(), 1e-12);
        Linalg.SignLog zero = KroneckerSum.hermitian(Tensor.of(new double[][] {{2}}), Tensor.of(new double[][] {{-2}}))
                .slogdet();
        assertEquals(0, zero.sign().item());
        assertEquals(Double.NEGATIVE_INFINITY, zero.logAbs().item());
    }

    @Test
    void hasTheProductOfExponentials() {
        SplittableRandom r = random(5);
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX128}) {
            Tensor[] f = {complex(r, dtype.toComplex(), 2), complex(r, dtype.toComplex(), 3)};
            for (int i = 0; i < 2; i++) {
                f[i] = f[i].multiply(0.1);
                f[i] = dtype.isComplex() ? f[i] : f[i].real().contiguous();
            }
            KroneckerSum s = KroneckerSum.of(f);
            Tensor expected = MatrixFunctions.expm(s.toDense());
            Tensor x = complex(r, dtype.toComplex(), 6);
            x = dtype.isComplex() ? x : x.real().contiguous();
            // Norms of at most 1 and 2 before, e^3 after; 13 terms and some squarings of each.
            near(expected.matmul(x), s.expm().apply(x), 20 * 20 * 6 * 16 * dtype.epsilon());
        }
        refused(
                DTypeException.class,
                () -> KroneckerSum.of(Tensor.ones(DType.FLOAT16, 2, 2)).expm(),
                "KroneckerSum.expm: takes float32");
    }

    @Test
    void refusesWhatHasNoSolution() {
        Tensor a = Tensor.of(new double[][] {{1, 2}, {0, 3}});
        Tensor b = Tensor.of(new double[][] {{-3, 0}, {1, 5}});
        Tensor right = Tensor.ones(DType.FLOAT64, 4);
        KroneckerSum s = KroneckerSum.of(a, b);
        refused(
                SingularMatrixException.class,
                () -> s.solve(right),
                "KroneckerSum.solve: [2,2] (+) [2,2] is singular: the sum of eigenvalues number",
                "use solveEx");
        int place = (int) s.solveEx(right).info().itemLong() - 1;
        double[] sums = s.eigvals().real().toDoubleArray();
        assertEquals(0, sums[place], 16 * EPS);
        refused(SingularMatrixException.class, () -> KroneckerSum.sylvester(a, b.transpose(), right.reshape(2, 2)));
        Tensor jordan = Tensor.of(new double[][] {{1, 1, 0}, {0, 1, 1}, {0, 0, 1}});
        KroneckerSum defective = KroneckerSum.of(jordan, jordan);
        refused(
                LinalgException.class,
                () -> defective.solve(Tensor.ones(DType.FLOAT64, 9)),
                "without a basis of eigenvectors",
                "use Linalg.solve(toDense(), b)");
        assertEquals(-1, defective.solveEx(Tensor.ones(DType.FLOAT64, 9)).info().itemLong());
        refused(
                LinalgException.class,
                () -> KroneckerSum.hermitian(a, a).solve(right),
                "has a factor that is not Hermitian");
        Tensor nan = Tensor.of(new double[] {Double.NaN, 1, 1, 1});
        Tensor spread = KroneckerSum.hermitian(
                        a.add(a.transpose()), Tensor.eye(DType.FLOAT64, 2).multiply(9))
                .solve(nan);
        assertTrue(Double.isNaN(spread.get(0).item()));
        Tensor broken = Tensor.of(new double[][] {{Double.NaN, 1}, {1, 1}});
        refused(LinalgException.class, () -> KroneckerSum.of(a, broken).solve(right), "contains NaN");
    }

    @Test
    void refusesOperandsThatDoNotFit() {
        Tensor a = Tensor.ones(DType.FLOAT64, 2, 2);
        refused(ShapeException.class, KroneckerSum::of, "no factors");
        refused(
                ShapeException.class,
                () -> KroneckerSum.of(a, Tensor.ones(DType.FLOAT64, 2, 3)),
                "square matrices, got [2,2] (+) [2,3]");
        refused(DTypeException.class, () -> KroneckerSum.of(a, a.to(DType.FLOAT32)), "KroneckerSum: ");
        refused(DTypeException.class, () -> KroneckerSum.of(a.to(DType.INT32)), "KroneckerSum: needs a floating dtype");
        KroneckerSum s = KroneckerSum.of(a, a);
        refused(
                ShapeException.class,
                () -> s.apply(Tensor.ones(DType.FLOAT64, 5)),
                "KroneckerSum.apply: x of shape [5] needs 4 rows for [2,2] (+) [2,2]");
        refused(
                ShapeException.class,
                () -> s.applyRight(Tensor.ones(DType.FLOAT64, 4, 5)),
                "needs 4 columns for [2,2] (+) [2,2]");
        refused(DTypeException.class, () -> s.solve(Tensor.ones(DType.FLOAT32, 4)), "KroneckerSum.solve");
        refused(
                ShapeException.class,
                () -> KroneckerSum.sylvester(a, a, Tensor.ones(DType.FLOAT64, 2, 3)),
                "sylvester: a of shape [2,2]",
                "[2,3]");
        Tensor half = a.to(DType.BFLOAT16);
        refused(
                DTypeException.class,
                () -> KroneckerSum.of(half).solve(Tensor.ones(DType.BFLOAT16, 2)),
                "KroneckerSum.solve: takes float32");
        s.close();
        refused(ClosedTensorException.class, () -> s.apply(Tensor.ones(DType.FLOAT64, 4)), "was closed");
    }

    @Test
    void empty() {
        KroneckerSum s = KroneckerSum.of(Tensor.ones(DType.FLOAT64, 2, 2), Tensor.ones(DType.FLOAT64, 0, 0));
        assertEquals(0, s.rows());
        assertArrayEquals(
                new long[] {0, 3},
                s.apply(Tensor.ones(DType.FLOAT64, 0, 3)).shape().dims());
        assertArrayEquals(
                new long[] {0}, s.solve(Tensor.ones(DType.FLOAT64, 0)).shape().dims());
        assertEquals(0, s.trace().item());
        assertEquals(1, s.slogdet().sign().item());
        assertEquals(0, s.slogdet().logAbs().item());
        Tensor none = KroneckerSum.of(Tensor.eye(DType.FLOAT64, 2)).solve(Tensor.ones(DType.FLOAT64, 2, 0));
        assertArrayEquals(new long[] {2, 0}, none.shape().dims());
    }

    private static Tensor hermitianOf(Tensor a) {
        return Elementwise.add(a, a.adjoint());
    }

    @Test
    void gradients() {
        NDArray[] f = {regular(1, 1, 1), regular(2, 2, 2), uniform(4, 2, 1)};
        smooth("sum's apply", x -> KroneckerSum.of(x[0], x[1]).apply(x[2]), f);
        once("sum's applyRight", x -> KroneckerSum.of(x[0], x[1]).applyRight(x[2].transpose()), f);
        complex("solve a sum", x -> KroneckerSum.of(x[0], x[1]).solve(x[2]), f);
        once(
                "solve a Hermitian sum",
                x -> KroneckerSum.hermitian(hermitianOf(x[0]), hermitianOf(x[1]))
                        .solve(x[2].select(1, 0)),
                f);
        NDArray[] two = {regular(1, 2, 2), regular(2, 2, 2)};
        smooth("slogdet of a sum", x -> KroneckerSum.of(x[0], x[1]).slogdet().logAbs(), two);
        once("eigvals of a sum", x -> KroneckerSum.of(x[0], x[1]).eigvals().abs(), two);
        once(
                "slogdet of a Hermitian sum",
                x -> KroneckerSum.hermitian(hermitianOf(x[0]), hermitianOf(x[1]))
                        .slogdet()
                        .logAbs(),
                two);
        once("expm of a sum", x -> KroneckerSum.of(x[0], x[1]).expm().toDense(), uniform(1, 1, 1), uniform(2, 2, 2));
        once("sum's diag", x -> KroneckerSum.of(x[0], x[1]).diag(), two);
        once("sum's trace", x -> KroneckerSum.of(x[0], x[1]).trace(), two);
    }
}
