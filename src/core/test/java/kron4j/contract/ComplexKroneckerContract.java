package kron4j.contract;

import static kron4j.reference.Check.refused;
import static kron4j.reference.ComplexArray.close;
import static kron4j.reference.ComplexArray.einsum;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.Complex;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerPlusDiagonal;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
import kron4j.reference.ComplexArray;
import kron4j.reference.DTypes;
import org.junit.jupiter.api.Test;

/** Kronecker products of complex matrices that are not formed, on any device. */
public class ComplexKroneckerContract extends Contract {
    /** Of small integers, whose sums are exact in any order. */
    private static final double EXACT = 0;

    private static ComplexArray dense(ComplexArray... factors) {
        ComplexArray product = factors[0];
        for (int k = 1; k < factors.length; k++) {
            long[] a = product.shape();
            long[] b = factors[k].shape();
            product = einsum("ij,kl->ikjl", product, factors[k]).with(v -> v.reshape(a[0] * b[0], a[1] * b[1]));
        }
        return product;
    }

    private static ComplexArray transposed(ComplexArray a) {
        return a.with(v -> v.transpose(0, 1));
    }

    @Test
    void products() {
        SplittableRandom random = random(1);
        long[][][] cases = {
            {{2, 3}, {3, 2}, {2, 2}},
            {{20, 11}, {7, 30}},
            {{4, 4}},
            {{1, 3}, {3, 1}, {2, 5}, {2, 1}},
            {{40, 40}, {3, 2}}
        };
        for (long[][] shapes : cases) {
            ComplexArray[] factors = new ComplexArray[shapes.length];
            for (int k = 0; k < shapes.length; k++) {
                factors[k] = ComplexArray.integers(random, 2, shapes[k]);
            }
            ComplexArray dense = dense(factors);
            long m = dense.shape()[0];
            long n = dense.shape()[1];
            ComplexArray x = ComplexArray.integers(random, 2, n, 3);
            ComplexArray y = ComplexArray.integers(random, 2, 2, m);
            for (DType dtype : DTypes.complex()) {
                Tensor[] tensors = new Tensor[factors.length];
                for (int k = 0; k < tensors.length; k++) {
                    tensors[k] = strided(random, factors[k], dtype);
                }
                KroneckerOperator op = KroneckerOperator.of(tensors);
                close(dense, op.toDense(), EXACT);
                close(einsum("ij,jk->ik", dense, x), op.apply(strided(random, x, dtype)), EXACT);
                close(
                        einsum("ij,j->i", dense, x.with(v -> v.select(1, 1))),
                        op.apply(x.toTensor(dtype).select(1, 1)),
                        EXACT);
                close(einsum("ki,ij->kj", y, dense), op.applyRight(strided(random, y, dtype)), EXACT);
                close(
                        einsum("jk,ij->ki", x, dense),
                        op.applyToRows(x.toTensor(dtype).transpose()),
                        EXACT);
                close(transposed(dense).conj(), op.adjoint().toDense(), EXACT);
                close(transposed(dense), op.transpose().toDense(), EXACT);
                close(
                        einsum("ki,ij->jk", y, dense.conj()),
                        op.adjoint().apply(y.toTensor(dtype).transpose()),
                        EXACT);
                close(dense.with(v -> v.select(0, m - 1)), op.row(m - 1), EXACT);
                close(dense.with(v -> v.select(0, 1).select(0, n - 1)), op.entry(1, n - 1), EXACT);
            }
        }
    }

    @Test
    void identities() {
        SplittableRandom random = random(2);
        ComplexArray w = ComplexArray.integers(random, 2, 3, 3);
        ComplexArray x = ComplexArray.integers(random, 2, 6, 2);
        ComplexArray eye = ComplexArray.of(new double[] {1, 0, 0, 0, 0, 0, 1, 0}, 2, 2);
        for (DType dtype : DTypes.complex()) {
            KroneckerOperator left = KroneckerOperator.identityKron(2, w.toTensor(dtype));
            KroneckerOperator right = KroneckerOperator.kronIdentity(w.toTensor(dtype), 2);
            close(einsum("ij,jk->ik", dense(eye, w), x), left.apply(x.toTensor(dtype)), EXACT);
            close(einsum("ij,jk->ik", dense(w, eye), x), right.apply(x.toTensor(dtype)), EXACT);
            close(dense(eye, w), left.adjoint().adjoint().toDense(), EXACT);
            close(
                    dense(w, eye, w),
                    right.kron(KroneckerOperator.of(w.toTensor(dtype))).toDense(),
                    EXACT);
        }
    }

    /** An upper triangular 2 x 2 matrix and a permutation of 3: determinants 2i * 1 and 1, so that det K = (2i)^3 * 1. */
    @Test
    void determinants() {
        ComplexArray a = ComplexArray.of(new double[] {0, 2, 5, -1, 0, 0, 1, 0}, 2, 2);
        ComplexArray b = ComplexArray.of(new double[] {0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0}, 3, 3);
        for (DType dtype : DTypes.complex()) {
            KroneckerOperator op = KroneckerOperator.of(a.toTensor(dtype), b.toTensor(dtype));
            Linalg.SignLog d = op.slogdet();
            assertEquals(dtype.realPart(), d.logAbs().dtype());
            assertArrayEquals(new double[] {0, -1}, d.sign().toComplexArray(), 4 * dtype.epsilon());
            assertEquals(3 * Math.log(2), d.logAbs().item(), 4 * dtype.epsilon());
            assertArrayEquals(new double[] {0, 0}, op.trace().toComplexArray());

            Tensor singular =
                    ComplexArray.of(new double[] {1, 1, 1, 1, 2, 0, 2, 0}, 2, 2).toTensor(dtype);
            Linalg.SignLog none =
                    KroneckerOperator.of(singular, b.toTensor(dtype)).slogdet();
            assertArrayEquals(new double[] {0, 0}, none.sign().toComplexArray());
            assertEquals(Double.NEGATIVE_INFINITY, none.logAbs().item());

            Linalg.SignLog empty = KroneckerOperator.of(Tensor.zeros(dtype, 0, 0), b.toTensor(dtype))
                    .slogdet();
            assertArrayEquals(new double[] {1, 0}, empty.sign().toComplexArray());
            assertEquals(0, empty.logAbs().item());
        }
    }

    /** The modulus of the sign stays 1 in powers of any size. */
    @Test
    void signsOfLargePowers() {
        double angle = 0.001;
        Tensor rotation = Tensor.of(new Complex[] {Complex.polar(1, angle)}, 1, 1);
        KroneckerOperator op = KroneckerOperator.of(rotation).kron(KroneckerOperator.eye(DType.COMPLEX128, 100_003));
        Complex sign = op.slogdet().sign().itemComplex();
        assertEquals(1, sign.abs(), 2 * Math.ulp(1.0));
        double expected = Math.IEEEremainder(100_003 * angle, 2 * Math.PI);
        assertEquals(expected, sign.angle(), 4 * 100_003 * Math.ulp(1.0));
    }

    /** Hermitian, with eigenvalues well above 0. */
    private static Tensor positive(SplittableRandom random, DType dtype, int n) {
        Tensor a = ComplexArray.random(random, n, n).toTensor(dtype);
        return MatMul.matmul(a, Form.PLAIN, a, Form.ADJOINT)
                .add(Tensor.eye(dtype, n).multiply(n));
    }

    @Test
    void systemsAndSpectra() {
        SplittableRandom random = random(4);
        for (DType dtype : DTypes.complex()) {
            Tensor a = positive(random, dtype, 3);
            Tensor b = positive(random, dtype, 4);
            Tensor general = ComplexArray.random(random, 4, 4)
                    .toTensor(dtype)
                    .add(Tensor.eye(dtype, 4).multiply(4));
            Tensor x = ComplexArray.random(random, 12, 2).toTensor(dtype);
            double tolerance = 2000 * dtype.epsilon();

            KroneckerOperator regular = KroneckerOperator.of(a, general);
            near(x, regular.solve(regular.apply(x)), tolerance);
            near(x, regular.inverse().apply(regular.apply(x)), tolerance);
            Linalg.SignLog dense = Linalg.slogdet(regular.toDense());
            near(dense.sign(), regular.slogdet().sign(), tolerance);
            assertEquals(dense.logAbs().item(), regular.slogdet().logAbs().item(), tolerance * 12);
            near(regular.toDense().diagonal(), regular.diag(), tolerance * 64);
            double[] values =
                    Arrays.stream(regular.svdvals().toDoubleArray()).sorted().toArray();
            double[] expected = Linalg.svdvals(regular.toDense()).toDoubleArray();
            for (int i = 0; i < values.length; i++) {
                assertEquals(expected[i], values[values.length - 1 - i], tolerance * 64 * expected[0]);
            }

            KroneckerOperator op = KroneckerOperator.of(a, b);
            try (KroneckerOperator.Eigh e = op.eigh()) {
                assertEquals(dtype.realPart(), e.w().dtype());
                Tensor scaled =
                        e.v().adjoint().toDense().multiply(e.w().to(dtype).unsqueeze(1));
                near(op.toDense(), e.v().apply(scaled), tolerance * 64);
            }
            KroneckerOperator l = op.cholesky();
            near(op.toDense(), MatMul.matmul(l.toDense(), Form.PLAIN, l.toDense(), Form.ADJOINT), tolerance * 64);
        }
    }

    private static void near(Tensor expected, Tensor actual, double tolerance) {
        double scale = Math.max(1, expected.abs().max().item());
        double distance = expected.subtract(actual).abs().max().item();
        assertTrue(distance <= tolerance * scale, () -> distance + " of " + scale);
    }

    @Test
    void plusAComplexMultipleOfTheIdentity() {
        SplittableRandom random = random(5);
        Complex c = new Complex(0.5, -2);
        for (DType dtype : DTypes.complex()) {
            Tensor a = positive(random, dtype, 3);
            Tensor b = positive(random, dtype, 2);
            Tensor x = ComplexArray.random(random, 6, 2).toTensor(dtype);
            double tolerance = 2000 * dtype.epsilon();
            try (KroneckerPlusDiagonal s = KroneckerPlusDiagonal.of(c, KroneckerOperator.of(a, b))) {
                Tensor dense = Kron.kron(a, b).add(Tensor.eye(dtype, 6).multiply(c));
                near(dense.matmul(x), s.apply(x), tolerance);
                near(x, s.solve(dense.matmul(x)), tolerance);
                near(Linalg.slogdet(dense).sign(), s.slogdet().sign(), tolerance);
                assertEquals(
                        Linalg.slogdet(dense).logAbs().item(),
                        s.slogdet().logAbs().item(),
                        10 * tolerance);
                Tensor forms = x.conj().multiply(Linalg.solve(dense, x)).sum(0);
                near(forms, s.quadraticForm(x), tolerance);
            }
        }
        KroneckerOperator real = KroneckerOperator.of(Tensor.eye(DType.FLOAT64, 2));
        refused(
                DTypeException.class,
                () -> KroneckerPlusDiagonal.of(c, real),
                "KroneckerPlusDiagonal: the complex scalar 0.5-2.0j with a tensor of float64 []");
    }

    @Test
    void nearestOfAProductIsTheProduct() {
        SplittableRandom random = random(6);
        for (DType dtype : DTypes.complex()) {
            Tensor m = Kron.kron(
                    ComplexArray.random(random, 3, 2).toTensor(dtype),
                    ComplexArray.random(random, 2, 4).toTensor(dtype));
            Kron.NearestKronecker n = Kron.nearestKronecker(m, Shape.of(3, 2), Shape.of(2, 4));
            near(m, Kron.kron(n.a(), n.b()), 200 * dtype.epsilon());
            assertEquals(0, n.distance().item(), 200 * dtype.epsilon());
        }
    }

    /** The other members of the family, by their definitions. */
    @Test
    void relatives() {
        SplittableRandom random = random(7);
        ComplexArray a = ComplexArray.integers(random, 3, 2, 3);
        ComplexArray b = ComplexArray.integers(random, 3, 4, 3);
        ComplexArray c = ComplexArray.integers(random, 3, 5, 2, 3);
        ComplexArray square = ComplexArray.integers(random, 3, 3, 3);
        ComplexArray eye = ComplexArray.of(
                IntStream.range(0, 18).mapToDouble(i -> i % 8 == 0 ? 1 : 0).toArray(), 3, 3);
        for (DType dtype : DTypes.complex()) {
            Tensor x = strided(random, a, dtype);
            Tensor y = strided(random, b, dtype);
            close(einsum("ir,jr->ijr", a, b).with(v -> v.reshape(8, 3)), Kron.khatriRao(x, y), EXACT);
            close(
                    einsum("ri,rj->rij", transposed(a), transposed(b)).with(v -> v.reshape(3, 8)),
                    Kron.faceSplitting(x.transpose(), y.transpose()),
                    EXACT);
            close(
                    einsum("nij,kl->nikjl", c, b).with(v -> v.reshape(5, 8, 9)),
                    Kron.batchedKron(strided(random, c, dtype), y),
                    EXACT);
            Tensor sum = Kron.kronSum(square.toTensor(dtype), square.toTensor(dtype));
            ComplexArray left = dense(square, eye);
            ComplexArray right = dense(eye, square);
            close(ComplexArray.of(left.toTensor(dtype).add(right.toTensor(dtype))), sum, EXACT);
            close(a, Kron.blocks(new Tensor[][] {{x.slice(1, 0, 1), x.slice(1, 1, 3)}}), EXACT);
        }
    }
}
