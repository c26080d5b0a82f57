package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.GradientException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerPlusDiagonal;
import kron4j.ops.KroneckerPlusVaryingDiagonal;
import kron4j.ops.Linalg;
import kron4j.ops.Reduce;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Kronecker operators of batches, each beside operators of single matrices, and square ones of factors that are not square. */
public class KroneckerBatchContract extends GradientContract {
    private static Tensor random(SplittableRandom r, DType dtype, long... shape) {
        DType wide = dtype.isHalf() ? DType.FLOAT32 : dtype.realPart();
        Tensor re = strided(r, NDArray.random(r, shape), wide);
        return dtype.isComplex()
                ? ComplexNumbers.complex(re, strided(r, NDArray.random(r, shape), wide))
                : re.to(dtype);
    }

    /** With a dominant diagonal. */
    private static Tensor regular(SplittableRandom r, DType dtype, long... shape) {
        long n = shape[shape.length - 1];
        return random(r, dtype, shape).add(Creation.eye(dtype, n).multiply(2 * n));
    }

    private static Tensor hermitian(Tensor a) {
        return a.add(a.transpose(-2, -1).conj());
    }

    private static void near(Tensor expected, Tensor actual, double tolerance) {
        assertArrayEquals(expected.shape().dims(), actual.shape().dims());
        assertEquals(expected.dtype(), actual.dtype());
        if (expected.size() > 0) {
            Tensor wide = expected.subtract(actual);
            double difference = Reduce.max(Elementwise.abs(wide)).item();
            assertTrue(difference <= tolerance, () -> difference + " exceeds " + tolerance);
        }
    }

    private interface Applied {
        Tensor of(KroneckerOperator k, Tensor x);
    }

    /** Compares with the operators of single matrices, over the batch [2, 3]. */
    private static void each(Tensor[] factors, double tolerance, Applied f, Tensor x) {
        Tensor[] results = new Tensor[6];
        for (int i = 0; i < 6; i++) {
            long row = i / 3;
            long column = i % 3;
            KroneckerOperator single = KroneckerOperator.of(
                    Arrays.stream(factors).map(t -> picked(t, 2, row, column)).toArray(Tensor[]::new));
            results[i] = f.of(single, x.rank() == 1 ? x : picked(x, 2, row, column));
        }
        Shape own = results[0].shape();
        Tensor expected = Indexing.stack(0, results).reshape(Shape.of(2, 3).concat(own));
        near(expected, f.of(KroneckerOperator.of(factors), x), tolerance);
    }

    /** The matrix of a place of the batch, where axes of size 1 are shared. */
    private static Tensor picked(Tensor t, int core, long row, long column) {
        Tensor wide = t;
        while (wide.rank() < core + 2) {
            wide = wide.unsqueeze(0);
        }
        return wide.select(0, wide.shape().at(0) == 1 ? 0 : row)
                .select(0, wide.shape().at(1) == 1 ? 0 : column);
    }

    @Test
    void multiply() {
        SplittableRandom r = random(1);
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.BFLOAT16}) {
            double tolerance = 60 * 8 * dtype.epsilon();
            Tensor[] f = {random(r, dtype, 2, 1, 3, 2), random(r, dtype, 3, 2, 4), random(r, dtype, 2, 3)};
            assertEquals(Shape.of(2, 3, 12, 24), KroneckerOperator.of(f).shape());
            assertEquals(Shape.of(2, 3), KroneckerOperator.of(f).batch());
            each(f, tolerance, KroneckerOperator::apply, random(r, dtype, 24));
            each(f, tolerance, KroneckerOperator::apply, random(r, dtype, 24, 5));
            each(f, tolerance, KroneckerOperator::apply, random(r, dtype, 3, 24, 5));
            each(f, tolerance, KroneckerOperator::applyToRows, random(r, dtype, 2, 1, 5, 24));
            each(f, tolerance, KroneckerOperator::applyToRows, random(r, dtype, 24));
            each(f, tolerance, KroneckerOperator::applyRight, random(r, dtype, 2, 3, 5, 12));
            each(f, tolerance, (k, x) -> k.adjoint().apply(x), random(r, dtype, 12));
            each(f, tolerance, (k, x) -> k.kron(KroneckerOperator.eye(dtype, 2)).apply(x), random(r, dtype, 48));
            Tensor x = random(r, dtype, 1);
            each(f, tolerance, (k, y) -> k.toDense(), x);
            each(f, tolerance, (k, y) -> k.row(7), x);
            each(f, tolerance, (k, y) -> k.entry(7, 13), x);
        }
        KroneckerOperator large =
                KroneckerOperator.of(Tensor.ones(DType.FLOAT32, 5, 40, 30), Tensor.ones(DType.FLOAT32, 5, 30, 40));
        near(Tensor.full(DType.FLOAT32, 1200, 5, 1200), large.apply(Tensor.ones(DType.FLOAT32, 1200)), 0);
    }

    @Test
    void solveAndDecompose() {
        SplittableRandom r = random(2);
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX128}) {
            Tensor[] f = {regular(r, dtype, 2, 1, 3, 3), regular(r, dtype, 3, 2, 2), regular(r, dtype, 2, 2)};
            double tolerance = 27 * 3 * 12 * 8 * dtype.epsilon();
            each(f, tolerance, KroneckerOperator::solve, random(r, dtype, 12));
            each(f, tolerance, KroneckerOperator::solve, random(r, dtype, 3, 12, 2));
            each(f, tolerance, (k, x) -> k.inverse().apply(x), random(r, dtype, 12));
            Tensor x = random(r, dtype, 1);
            double large = 12 * 12 * 12 * 512 * dtype.epsilon();
            each(f, large, (k, y) -> k.slogdet().logAbs(), x);
            each(f, large, (k, y) -> k.slogdet().sign(), x);
            each(f, large, (k, y) -> k.trace(), x);
            each(f, large, (k, y) -> k.diag(), x);
            each(f, large, (k, y) -> k.svdvals(), x);
            Tensor[] h = {hermitian(f[0]), hermitian(f[1])};
            each(h, large, (k, y) -> k.cholesky().toDense(), x);
            try (KroneckerOperator.Eigh e = KroneckerOperator.of(h).eigh()) {
                assertEquals(Shape.of(2, 3, 6), e.w().shape());
                Tensor v = e.v().toDense();
                Tensor scaled = v.multiply(e.w().to(dtype).unsqueeze(-2));
                near(
                        KroneckerOperator.of(h).toDense(),
                        scaled.matmul(v.transpose(-2, -1).conj()),
                        large);
            }
        }
    }

    @Test
    void emptyAndRefused() {
        Tensor a = Tensor.ones(DType.FLOAT64, 2, 2, 2);
        KroneckerOperator none = KroneckerOperator.of(Tensor.ones(DType.FLOAT64, 0, 2, 2), Creation.eye(3));
        assertEquals(Shape.of(0, 6), none.apply(Tensor.ones(DType.FLOAT64, 6)).shape());
        assertEquals(Shape.of(0), none.slogdet().sign().shape());
        KroneckerOperator thin = KroneckerOperator.of(Tensor.ones(DType.FLOAT64, 2, 0, 3), Creation.eye(3));
        assertEquals(
                Shape.of(2, 0, 4), thin.apply(Tensor.ones(DType.FLOAT64, 9, 4)).shape());
        assertEquals(
                Shape.of(2, 9, 4),
                thin.transpose().apply(Tensor.ones(DType.FLOAT64, 0, 4)).shape());
        refused(
                ShapeException.class,
                () -> KroneckerOperator.of(a, Tensor.ones(DType.FLOAT64, 3, 2, 2)),
                "KroneckerOperator: shapes [2], [3] do not broadcast");
        KroneckerOperator k = KroneckerOperator.of(a, Creation.eye(2));
        refused(
                ShapeException.class,
                () -> k.apply(Tensor.ones(DType.FLOAT64, 3, 4, 1)),
                "KroneckerOperator.apply: shapes [2], [3] do not broadcast");
        refused(
                ShapeException.class,
                () -> k.apply(Tensor.ones(DType.FLOAT64, 5)),
                "product of factor columns is 4 for [2,2,2] (x) [2,2]");
        refused(
                SingularMatrixException.class,
                () -> k.solve(Tensor.ones(DType.FLOAT64, 4)),
                "KroneckerOperator.solve: factor 0: matrix 0 of batch [2]");
        refused(
                ShapeException.class,
                () -> KroneckerPlusDiagonal.of(1, k),
                "KroneckerPlusDiagonal: KroneckerOperator [2,2,2] (x) [2,2] float64 has factors with leading axes");
        refused(
                ShapeException.class,
                () -> KroneckerPlusVaryingDiagonal.of(Tensor.ones(DType.FLOAT64, 4), k),
                "KroneckerPlusVaryingDiagonal: KroneckerOperator [2,2,2]");
    }

    @Test
    void squareProductsOfOtherFactors() {
        SplittableRandom r = random(3);
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.FLOAT16}) {
            Tensor[][] cases = {
                {random(r, dtype, 2, 3), random(r, dtype, 3, 2)},
                {random(r, dtype, 2, 2), random(r, dtype, 4, 1), random(r, dtype, 3, 6), random(r, dtype, 1, 2)},
                {random(r, dtype, 3, 1), random(r, dtype, 2, 2), random(r, dtype, 1, 3), random(r, dtype, 3, 3)},
                {random(r, dtype, 5, 2, 3), random(r, dtype, 3, 2)}
            };
            for (Tensor[] f : cases) {
                KroneckerOperator k = KroneckerOperator.of(f);
                Tensor dense = k.toDense();
                near(dense.diagonal().contiguous(), k.diag(), 4 * dtype.epsilon());
                near(Reduce.sum(dense.diagonal(), -1), k.trace(), 60 * dtype.epsilon());
                if (!dtype.isHalf()) {
                    Linalg.SignLog d = k.slogdet();
                    assertEquals(k.batch(), d.sign().shape());
                    assertEquals(0, Reduce.max(Elementwise.abs(d.sign())).item());
                    assertEquals(
                            Double.NEGATIVE_INFINITY, Reduce.max(d.logAbs()).item());
                }
            }
        }
        Tensor a = Tensor.ones(DType.FLOAT64, 2, 3);
        KroneckerOperator k = KroneckerOperator.of(a, a.transpose());
        refused(
                ShapeException.class,
                () -> k.solve(Tensor.ones(DType.FLOAT64, 6)),
                "KroneckerOperator.solve: needs square factors, got [2,3] (x) [3,2]; their product is square but singular,"
                        + " its rank is at most 4 of 6",
                "Linalg.pinv(toDense())");
        // With an identity between: the product of all three is square, no shorter run is.
        KroneckerOperator around = KroneckerOperator.of(a)
                .kron(KroneckerOperator.eye(DType.FLOAT64, 2))
                .kron(KroneckerOperator.of(a.transpose()));
        near(around.toDense().diagonal().contiguous(), around.diag(), 0);
        Tensor nan = Tensor.full(DType.FLOAT64, Double.NaN, 3, 2);
        assertTrue(Double.isNaN(KroneckerOperator.of(a, nan).slogdet().logAbs().item()));
        KroneckerOperator nothing =
                KroneckerOperator.of(Tensor.ones(DType.FLOAT64, 0, 3), Tensor.ones(DType.FLOAT64, 2, 0));
        assertEquals(1, nothing.slogdet().sign().item());
        assertEquals(Shape.of(0), nothing.diag().shape());
        assertEquals(0, nothing.trace().item());
        Tensor tracked = a.copy().requiresGrad();
        Tensor log = KroneckerOperator.of(tracked, a.transpose()).slogdet().logAbs();
        refused(
                GradientException.class,
                () -> Gradients.of(log, tracked),
                "gradient of KroneckerOperator.slogdet: the product of factors that are not square is singular");
    }

    private static KroneckerOperator operator(Tensor... x) {
        return KroneckerOperator.of(x[0], x[1]);
    }

    @Test
    void gradients() {
        NDArray[] f = {regular(1, 2, 1, 2, 2), regular(2, 2, 2, 2), uniform(3, 4, 2)};
        NDArray[] wide = {uniform(1, 2, 2, 1), uniform(2, 1, 2), uniform(3, 2, 2)};
        smooth("batched apply", x -> operator(x).apply(x[2]), wide);
        complex("batched apply", x -> operator(x).apply(x[2].select(1, 0)), wide);
        once("batched rows", x -> operator(x).applyToRows(x[2].transpose()), wide);
        once("solve batches", x -> operator(x).solve(x[2]), f);
        once("slogdet of batches", x -> operator(x).slogdet().logAbs(), f[0], f[1]);
        once("batched trace", x -> operator(x).trace(), f[0], f[1]);
        once("batched dense", x -> operator(x).toDense(), f[0], f[1]);
        bothOnce("diagonal", x -> operator(x).diag(), uniform(1, 2, 3), uniform(2, 3, 2));
        once("trace", x -> operator(x).trace(), uniform(1, 2, 2, 3), uniform(2, 3, 2));
    }
}
