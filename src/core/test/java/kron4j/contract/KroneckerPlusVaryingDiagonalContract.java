package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.GradientException;
import kron4j.LinalgException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Iterative;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerPlusVaryingDiagonal;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
import kron4j.ops.Reduce;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Kronecker products plus diagonals that are not constant, beside formed ones. */
public class KroneckerPlusVaryingDiagonalContract extends GradientContract {
    /** {@code A A^H + I}. */
    private static Tensor positive(Tensor a) {
        return Elementwise.add(
                MatMul.matmul(a, Form.PLAIN, a, Form.ADJOINT),
                Tensor.eye(a.dtype(), a.shape().at(-1)));
    }

    private static Tensor random(SplittableRandom r, DType dtype, long... shape) {
        DType real = dtype.realPart();
        Tensor re = strided(r, NDArray.random(r, shape), real);
        return dtype.isComplex() ? ComplexNumbers.complex(re, strided(r, NDArray.random(r, shape), real)) : re;
    }

    private static Tensor dense(KroneckerOperator k, Tensor d) {
        return k.toDense().add(Creation.diag(d).to(k.dtype()));
    }

    private static void near(Tensor expected, Tensor actual, double tolerance) {
        assertArrayEquals(expected.shape().dims(), actual.shape().dims());
        assertEquals(expected.dtype(), actual.dtype());
        double difference =
                Reduce.max(Elementwise.abs(expected.subtract(actual))).item();
        assertTrue(difference <= tolerance, () -> difference + " exceeds " + tolerance);
    }

    @Test
    void solves() {
        SplittableRandom r = random(1);
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128}) {
            KroneckerOperator k =
                    KroneckerOperator.of(positive(random(r, dtype, 4, 4)), positive(random(r, dtype, 3, 3)));
            Tensor d = strided(r, NDArray.random(r, 12).map(v -> v + 1.5), dtype.realPart());
            Tensor matrix = dense(k, d);
            Tensor b = random(r, dtype, 2, 12, 3);
            double eps = dtype.epsilon();
            // Every eigenvalue of S is above 1, so that an error is at most the residual, 9 at most for |b|.
            double tolerance = 9 * Math.cbrt(eps * eps);
            try (KroneckerPlusVaryingDiagonal s = KroneckerPlusVaryingDiagonal.of(d, k)) {
                k.close();
                near(matrix.matmul(b), s.apply(b), 12 * 12 * eps * 60);
                Tensor x = Linalg.solve(matrix, b);
                near(x, s.solve(b), 2 * tolerance);
                near(x.get(1).select(1, 2), s.solve(b.get(1).select(1, 2)), 2 * tolerance);
                Tensor forms = Reduce.sum(b.conj().multiply(x), 1);
                near(forms, s.quadraticForm(b), 2 * 9 * tolerance);
                Linalg.SignLog expected = Linalg.slogdet(matrix);
                near(expected.logAbs(), s.slogdet().logAbs(), 12 * 12 * eps * 60);
                near(expected.sign(), s.slogdet().sign(), 12 * 12 * eps);
                Iterative.Solution few = s.solveEx(b.get(0), Iterative.Stop.at(10 * eps, 3));
                assertEquals(Shape.of(3), few.iterations().shape());
                assertTrue(Reduce.max(few.residual()).item() > 20 * eps);
            }
        }
    }

    @Test
    void needsFewStepsForSmallVariation() {
        SplittableRandom r = random(2);
        Tensor ill = Creation.diag(Tensor.of(new double[] {1e-4, 1, 100, 1e4}));
        KroneckerOperator k = KroneckerOperator.of(ill, ill);
        Tensor d = strided(r, NDArray.random(r, 16).map(v -> 1 + v / 100), DType.FLOAT64);
        Tensor b = random(r, DType.FLOAT64, 16);
        try (KroneckerPlusVaryingDiagonal s = KroneckerPlusVaryingDiagonal.of(d, k)) {
            Iterative.Solution found = s.solveEx(b, Iterative.Stop.at(1e-10, 50));
            // The preconditioned condition is at most 1.01 / 0.99: an error of 1/200 after each step.
            assertTrue(found.iterations().itemLong() <= 6, () -> found.iterations() + " steps");
            assertTrue(found.converged().toBooleanArray()[0]);
        }
    }

    @Test
    void estimatesDeterminants() {
        SplittableRandom r = random(3);
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX128}) {
            KroneckerOperator k =
                    KroneckerOperator.of(positive(random(r, dtype, 6, 6)), positive(random(r, dtype, 5, 5)));
            Tensor d = strided(r, NDArray.random(r, 30).map(v -> v / 2 + 1), dtype.realPart());
            double exact = Linalg.slogdet(dense(k, d)).logAbs().item();
            try (KroneckerPlusVaryingDiagonal s = KroneckerPlusVaryingDiagonal.of(d, k)) {
                KroneckerPlusVaryingDiagonal.Estimate e = s.logdet(5, 40, 10);
                assertEquals(dtype.realPart(), e.value().dtype());
                double error = e.error().item();
                assertTrue(error > 0 && error < 0.2, () -> "error " + error);
                // Four standard errors; the seed is fixed, so the outcome is too.
                assertEquals(exact, e.value().item(), 4 * error);
                assertEquals(e.value().item(), s.logdet(5, 40, 10).value().item());
            }
            try (KroneckerPlusVaryingDiagonal s =
                    KroneckerPlusVaryingDiagonal.of(Tensor.full(dtype.realPart(), 0.5, 30), k)) {
                double constant = Linalg.slogdet(dense(k, Tensor.full(dtype.realPart(), 0.5, 30)))
                        .logAbs()
                        .item();
                KroneckerPlusVaryingDiagonal.Estimate e = s.logdet(1, 2, 4);
                assertEquals(constant, e.value().item(), 30 * 30 * dtype.epsilon() * 10);
                assertEquals(0, e.error().item(), 30 * dtype.epsilon());
            }
        }
        // More steps than rows: the vectors come to an end.
        KroneckerOperator two = KroneckerOperator.of(Creation.diag(Tensor.of(new double[] {1, 2})));
        KroneckerPlusVaryingDiagonal small = KroneckerPlusVaryingDiagonal.of(Tensor.of(new double[] {1, 3}), two);
        // Diagonal, so that each probe of signs gives the trace itself.
        assertEquals(Math.log(2 * 5), small.logdet(1, 3, 50).value().item(), 1e-14);
        KroneckerPlusVaryingDiagonal one =
                KroneckerPlusVaryingDiagonal.of(Tensor.of(new double[] {4}), KroneckerOperator.eye(DType.FLOAT64, 1));
        assertEquals(Math.log(5), one.logdet(1, 2, 3).value().item(), 1e-15);
    }

    @Test
    void refuses() {
        KroneckerOperator k = KroneckerOperator.of(Creation.eye(2), Creation.eye(3));
        Tensor d = Tensor.ones(DType.FLOAT64, 6);
        refused(
                ShapeException.class,
                () -> KroneckerPlusVaryingDiagonal.of(Tensor.ones(DType.FLOAT64, 5), k),
                "KroneckerPlusVaryingDiagonal: d has shape [5], expected [6] for KroneckerOperator [2,2] (x) [3,3]");
        refused(
                DTypeException.class,
                () -> KroneckerPlusVaryingDiagonal.of(d.to(DType.FLOAT32), k),
                "d is float32",
                "needs float64");
        KroneckerPlusVaryingDiagonal s = KroneckerPlusVaryingDiagonal.of(d, k);
        refused(
                ShapeException.class,
                () -> s.solve(Tensor.ones(DType.FLOAT64, 5)),
                "KroneckerPlusVaryingDiagonal.solve: x of shape [5] needs 6 rows");
        refused(TensorException.class, () -> s.logdet(1, 1, 5), "1 probes and 5 steps; needs 2 and 1 or more");
        KroneckerPlusVaryingDiagonal indefinite =
                KroneckerPlusVaryingDiagonal.of(Tensor.of(new double[] {-9, 30, 30, 30, 30, 30}), k);
        refused(
                LinalgException.class,
                () -> indefinite.solve(Tensor.of(new double[] {1, 0, 0, 0, 0, 0})),
                "has not converged",
                "S must be positive definite");
        assertTrue(Double.isNaN(
                s.solve(Tensor.full(DType.FLOAT64, Double.NaN, 6)).get(0).item()));
    }

    private static KroneckerPlusVaryingDiagonal matrix(Tensor... x) {
        return KroneckerPlusVaryingDiagonal.of(
                ComplexNumbers.real(Elementwise.exp(ComplexNumbers.real(x[2]))),
                KroneckerOperator.of(positive(x[0]), positive(x[1])));
    }

    @Test
    void gradients() {
        NDArray[] all = {uniform(1, 2, 2), uniform(2, 2, 2), uniform(3, 4), uniform(4, 4, 2)};
        smooth("apply", x -> matrix(x).apply(x[3]), all);
        both(
                "solve",
                x -> matrix(x).solveEx(x[3], new Iterative.Stop(1e-14, 6, 0)).x(),
                all);
        smooth("quadraticForm", x -> matrix(x).quadraticForm(x[3].select(1, 0)), all);
        once("slogdet", x -> matrix(x).slogdet().logAbs(), all[0], all[1], all[2]);
        Tensor[] x = {
            all[0].toTensor(DType.FLOAT64).requiresGrad(),
            all[1].toTensor(DType.FLOAT64).requiresGrad(),
            all[2].toTensor(DType.FLOAT64).requiresGrad()
        };
        Tensor exact = matrix(x).slogdet().logAbs();
        Tensor estimate = matrix(x).logdet(3, 400, 4).value();
        for (int i = 0; i < 3; i++) {
            double[] expected = Gradients.of(Graph.RETAIN, exact, x[i]).get(0).toDoubleArray();
            double[] estimated =
                    Gradients.of(Graph.RETAIN, estimate, x[i]).get(0).toDoubleArray();
            // 400 probes of entries below 1; the seed is fixed.
            assertArrayEquals(expected, estimated, 4.0 / 20);
        }
        // Exact for diagonal matrices, whatever the signs.
        Tensor d = Tensor.of(new double[] {1, 3, 2, 5}).requiresGrad();
        Tensor f = Creation.diag(Tensor.of(new double[] {1, 2})).requiresGrad();
        Tensor log = KroneckerPlusVaryingDiagonal.of(d, KroneckerOperator.of(f, f))
                .logdet(3, 2, 4)
                .value();
        // K is diag(1, 2, 2, 4).
        double[] slopes = Gradients.of(Graph.RETAIN, log, d).get(0).toDoubleArray();
        assertArrayEquals(new double[] {1 / 2.0, 1 / 5.0, 1 / 4.0, 1 / 9.0}, slopes, 1e-7);
        refused(
                GradientException.class,
                () -> Gradients.of(Graph.DIFFERENTIABLE, log, d),
                "gradient of KroneckerPlusVaryingDiagonal.logdet: it has no gradient itself");
    }
}
