package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceGraph;
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
import kron4j.ops.Iterative.Solution;
import kron4j.ops.Iterative.Stop;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerSum;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
import kron4j.ops.Reduce;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Iterative solvers beside direct ones. */
public class IterativeContract extends GradientContract {
    private static final DType[] FACTORED = {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128};

    private static Tensor random(SplittableRandom r, DType dtype, long... shape) {
        DType real = dtype.realPart();
        Tensor re = strided(r, NDArray.random(r, shape), real);
        return dtype.isComplex() ? ComplexNumbers.complex(re, strided(r, NDArray.random(r, shape), real)) : re;
    }

    /** Hermitian with eigenvalues in [n, 3 n] or so. */
    private static Tensor definite(SplittableRandom r, DType dtype, int n) {
        Tensor a = random(r, dtype, n, n);
        return a.add(a.adjoint()).multiply(0.5).add(Creation.eye(dtype, n).multiply(2 * n));
    }

    private static Tensor indefinite(SplittableRandom r, DType dtype, int n) {
        double[] signs = new double[n];
        for (int i = 0; i < n; i++) {
            signs[i] = i % 2 == 0 ? 4 * n : -4 * n;
        }
        return definite(r, dtype, n).add(Creation.diag(Tensor.of(signs)).to(dtype));
    }

    private static void near(Tensor expected, Tensor actual, double tolerance) {
        assertArrayEquals(expected.shape().dims(), actual.shape().dims());
        assertEquals(expected.dtype(), actual.dtype());
        double difference =
                Reduce.max(Elementwise.abs(expected.subtract(actual))).item();
        assertTrue(difference <= tolerance, () -> difference + " exceeds " + tolerance);
    }

    @Test
    void solveDefiniteSystems() {
        SplittableRandom r = random(1);
        for (DType dtype : FACTORED) {
            Tensor a = definite(r, dtype, 9);
            Tensor b = random(r, dtype, 2, 9, 3);
            Tensor expected = Linalg.solve(a, b);
            double tolerance = Math.cbrt(dtype.epsilon() * dtype.epsilon());
            // A residual of tolerance |b|, |b| < 6 in complex numbers, smallest eigenvalue above 1.
            for (Solution s : new Solution[] {Iterative.cg(a::matmul, b), Iterative.minres(a::matmul, b)}) {
                near(expected, s.x(), 2 * 6 * tolerance);
                assertEquals(Shape.of(2, 3), s.residual().shape());
                assertEquals(dtype.realPart(), s.residual().dtype());
                assertTrue(Reduce.max(s.residual()).item() <= 2 * tolerance);
                assertEquals(6, Reduce.sum(s.converged()).itemLong());
                int[] steps = s.iterations().toIntArray();
                for (int each : steps) {
                    assertTrue(each > 2 && each <= 12, () -> each + " steps");
                }
            }
            Tensor vector = b.get(1).select(1, 2);
            near(expected.get(1).select(1, 2), Iterative.cg(a::matmul, vector).x(), 12 * tolerance);
            assertEquals(
                    Shape.of(), Iterative.cg(a::matmul, vector).iterations().shape());
        }
    }

    @Test
    void solveIndefiniteSystems() {
        SplittableRandom r = random(2);
        for (DType dtype : FACTORED) {
            Tensor a = indefinite(r, dtype, 8);
            Tensor b = random(r, dtype, 8, 3);
            Tensor expected = Linalg.solve(a, b);
            double tolerance = Math.cbrt(dtype.epsilon() * dtype.epsilon());
            Solution s = Iterative.minres(a::matmul, b);
            near(expected, s.x(), 12 * tolerance);
            assertEquals(3, Reduce.sum(s.converged()).itemLong());
            // The diagonal's magnitudes are near those of the eigenvalues.
            Tensor weights = Elementwise.reciprocal(
                            Elementwise.abs(a.diagonal()).to(dtype))
                    .unsqueeze(1);
            Solution preconditioned = Iterative.minres(a::matmul, weights::multiply, b, Stop.at(tolerance, 40));
            near(expected, preconditioned.x(), 60 * tolerance);
        }
        // Here p^H A p = 0 for the first direction: conjugate gradients cannot begin, minimal residuals can.
        Tensor swap = Tensor.of(new double[][] {{0, 1}, {1, 0}});
        Tensor b = Tensor.of(new double[] {1, 0});
        Solution stuck = Iterative.cg(swap::matmul, b);
        assertFalse(stuck.converged().toBooleanArray()[0]);
        assertEquals(0, stuck.iterations().itemLong());
        assertArrayEquals(
                new double[] {0, 1}, Iterative.minres(swap::matmul, b).x().toDoubleArray(), 1e-15);
    }

    @Test
    void solveWhateverApplies() {
        SplittableRandom r = random(3);
        KroneckerOperator k = KroneckerOperator.of(definite(r, DType.FLOAT64, 4), definite(r, DType.FLOAT64, 3));
        KroneckerSum sum = KroneckerSum.hermitian(definite(r, DType.FLOAT64, 4), definite(r, DType.FLOAT64, 3));
        Tensor d = Elementwise.square(random(r, DType.FLOAT64, 12));
        UnaryOperator<Tensor> all =
                x -> k.apply(x).add(sum.apply(x)).add(d.unsqueeze(1).multiply(x));
        Tensor dense = k.toDense().add(sum.toDense()).add(Creation.diag(d));
        Tensor b = random(r, DType.FLOAT64, 12, 2);
        near(Linalg.solve(dense, b), Iterative.cg(all, b).x(), 1e-9);
        // The inverse as preconditioner: one step.
        Tensor inverse = Linalg.inverse(dense);
        Solution exact = Iterative.cg(all, inverse::matmul, b, Stop.at(1e-12, 50));
        assertArrayEquals(new int[] {1, 1}, exact.iterations().toIntArray());
        near(Linalg.solve(dense, b), exact.x(), 1e-12);
    }

    @Test
    void columnsStopByThemselves() {
        Tensor a = Creation.diag(Tensor.of(new double[] {1, 2, 3, 4, 5}));
        // An eigenvector, zeros, a sum of two eigenvectors, NaN, tiny and huge numbers.
        Tensor b = Tensor.of(new double[][] {
                    {1, 0, 0, 0, 0},
                    {0, 0, 0, 0, 0},
                    {1, 1, 0, 0, 0},
                    {Double.NaN, 0, 0, 0, 0},
                    {1e-300, 1e-300, 0, 0, 0},
                    {1e300, 0, 1e300, 0, 0}
                })
                .transpose();
        for (Solution s : new Solution[] {
            Iterative.cg(a::matmul, UnaryOperator.identity(), b, Stop.at(1e-14, 20)),
            Iterative.minres(a::matmul, UnaryOperator.identity(), b, Stop.at(1e-14, 20)),
            Iterative.minres(a::matmul, UnaryOperator.identity(), b, new Stop(1e-14, 7, 0))
        }) {
            int[] steps = s.iterations().toIntArray();
            assertArrayEquals(new int[] {1, 0, 2, 0, 2, 2}, steps);
            boolean[] converged = s.converged().toBooleanArray();
            assertArrayEquals(new boolean[] {true, true, true, false, true, true}, converged);
            double[] x = s.x().transpose().contiguous().toDoubleArray();
            assertEquals(1, x[0], 1e-15);
            assertEquals(0, x[5]);
            assertEquals(0.5, x[11], 1e-14);
            assertTrue(Double.isNaN(x[15]));
            assertEquals(5e-301, x[21], 1e-314);
            assertEquals(1e300 / 3, x[27], 1e286);
        }
        Solution short_ =
                Iterative.cg(a::matmul, UnaryOperator.identity(), Tensor.ones(DType.FLOAT64, 5), Stop.at(1e-12, 3));
        assertFalse(short_.converged().toBooleanArray()[0]);
        assertEquals(3, short_.iterations().itemLong());
        assertTrue(short_.residual().item() > 1e-12);
        Solution none = Iterative.cg(a::matmul, UnaryOperator.identity(), b, Stop.at(1e-12, 0));
        assertEquals(0, none.x().get(0, 0).item());
        Solution empty = Iterative.cg(x -> x, Tensor.ones(DType.FLOAT64, 3, 0));
        assertEquals(Shape.of(3, 0), empty.x().shape());
        Solution nothing = Iterative.minres(x -> x, Tensor.ones(DType.FLOAT64, 0, 2));
        assertEquals(Shape.of(0, 2), nothing.x().shape());
        // The identity gives its operand back.
        assertArrayEquals(
                new double[] {3, 4},
                Iterative.cg(x -> x, Tensor.of(new double[] {3, 4})).x().toDoubleArray(),
                1e-15);
    }

    /** {@code 2 I - shifts}, of eigenvalues {@code 2 - 2 cos(pi k / (n + 1))}. */
    private static Tensor laplacian(DType dtype, long n) {
        Tensor shifts = Creation.eye(DType.FLOAT64, n, n, 1).add(Creation.eye(DType.FLOAT64, n, n, -1));
        return Creation.eye(n).multiply(2).subtract(shifts).to(dtype);
    }

    @Test
    void findFewEigenvalues() {
        SplittableRandom r = random(5);
        for (DType dtype : FACTORED) {
            KroneckerSum grid = KroneckerSum.hermitian(laplacian(dtype, 6), laplacian(dtype, 7));
            double[] all = Linalg.eigh(grid.toDense()).w().toDoubleArray();
            double tolerance = Math.cbrt(dtype.epsilon() * dtype.epsilon());
            for (boolean largest : new boolean[] {false, true}) {
                Iterative.Eigenpairs e = Iterative.lobpcg(grid::apply, random(r, dtype, 42, 4), largest);
                assertTrue(e.iterations() > 1 && e.iterations() < 150, () -> e.iterations() + " steps");
                // A residual bounds the distance to an eigenvalue; all below 8.
                assertTrue(
                        Reduce.max(e.residual()).item() <= 8 * 2 * tolerance,
                        () -> e.residual().toString());
                double[] w = e.w().toDoubleArray();
                for (int i = 0; i < 4; i++) {
                    assertEquals(all[largest ? 41 - i : i], w[i], 8 * tolerance);
                }
                near(
                        Creation.eye(dtype, 4),
                        MatMul.matmul(e.v(), Form.ADJOINT, e.v(), Form.PLAIN),
                        100 * dtype.epsilon());
            }
        }
        KroneckerSum grid = KroneckerSum.hermitian(laplacian(DType.FLOAT64, 20), laplacian(DType.FLOAT64, 20));
        Tensor start = random(r, DType.FLOAT64, 400, 3);
        Stop stop = new Stop(1e-8, 200, 1);
        int plain = Iterative.lobpcg(grid::apply, UnaryOperator.identity(), start, false, stop)
                .iterations();
        int preconditioned =
                Iterative.lobpcg(grid::apply, grid::solve, start, false, stop).iterations();
        assertTrue(3 * preconditioned < plain, () -> preconditioned + " steps, without preconditioner " + plain);
    }

    @Test
    void eigenvaluesThatAreHardToTell() {
        SplittableRandom r = random(6);
        // Equal eigenvalues, over ten orders of magnitude, of start vectors that are all the same.
        double[] values = new double[40];
        for (int i = 0; i < 40; i++) {
            values[i] = i < 3 ? 1e-5 : i < 8 ? 1 : 1e4 + i;
        }
        Tensor diagonal = Tensor.of(values).unsqueeze(1);
        Tensor start = random(r, DType.FLOAT64, 40, 1).expand(40, 5);
        Iterative.Eigenpairs e = Iterative.lobpcg(
                diagonal::multiply, Elementwise.reciprocal(diagonal)::multiply, start, false, new Stop(1e-13, 100, 1));
        double[] w = e.w().toDoubleArray();
        assertArrayEquals(new double[] {1e-5, 1e-5, 1e-5, 1, 1}, w, 1e-8);
        // Start vectors that are eigenvectors already, the identity, and too few rows for three blocks.
        Tensor units = Creation.eye(DType.FLOAT64, 40, 2, 0);
        assertEquals(0, Iterative.lobpcg(diagonal::multiply, units, false).iterations());
        Tensor ones =
                Iterative.lobpcg(x -> x, random(r, DType.FLOAT64, 20, 2), true).w();
        assertArrayEquals(new double[] {1, 1}, ones.toDoubleArray(), 1e-14);
        Tensor small = definite(r, DType.FLOAT64, 5);
        double[] exact = Linalg.eigh(small).w().toDoubleArray();
        double[] found = Iterative.lobpcg(small::matmul, random(r, DType.FLOAT64, 5, 2), true)
                .w()
                .toDoubleArray();
        assertArrayEquals(new double[] {exact[4], exact[3]}, found, 1e-12);
        assertEquals(
                Shape.of(9, 0),
                Iterative.lobpcg(x -> x, Tensor.ones(DType.FLOAT64, 9, 0), false)
                        .v()
                        .shape());
        Tensor nan = Tensor.full(DType.FLOAT64, Double.NaN, 20, 2);
        refused(LinalgException.class, () -> Iterative.lobpcg(x -> x, nan, false), "contains NaN");
        refused(
                ShapeException.class,
                () -> Iterative.lobpcg(x -> x, Tensor.ones(DType.FLOAT64, 3), false),
                "lobpcg: start has shape [3]");
        refused(
                DTypeException.class,
                () -> Iterative.lobpcg(x -> x, Tensor.ones(DType.INT32, 3, 1), false),
                "lobpcg: ");
    }

    @Test
    void refuse() {
        Tensor b = Tensor.ones(DType.FLOAT64, 3);
        refused(ShapeException.class, () -> Iterative.cg(x -> x, Tensor.of(2.0)), "cg: b is a scalar");
        refused(
                ShapeException.class,
                () -> Iterative.cg(x -> x.slice(0, 0, 2), b),
                "cg: the operator made shape [2] of x of shape [3]");
        refused(
                DTypeException.class,
                () -> Iterative.minres(x -> x.to(DType.FLOAT32), b),
                "minres: the operator made float32 of x, which is float64");
        refused(DTypeException.class, () -> Iterative.cg(x -> x, b.to(DType.FLOAT16)), "cg: takes float32, float64");
        refused(DTypeException.class, () -> Iterative.cg(x -> x, b.to(DType.INT32)), "cg: needs a floating dtype");
        refused(TensorException.class, () -> Stop.at(-1, 5), "Stop: tolerance -1.0");
        refused(TensorException.class, () -> new Stop(0.1, 5, -1), "asking every -1");
    }

    private static Tensor positive(Tensor a) {
        return Elementwise.add(
                MatMul.matmul(a, Form.PLAIN, a, Form.ADJOINT),
                Tensor.eye(a.dtype(), a.shape().at(-1)));
    }

    @Test
    void gradients() {
        Stop exact = new Stop(1e-13, 5, 0);
        both(
                "cg",
                x -> {
                    Tensor a = positive(x[0]);
                    return Iterative.cg(a::matmul, UnaryOperator.identity(), x[1], exact)
                            .x();
                },
                uniform(1, 2, 2),
                uniform(2, 2, 2));
        smooth(
                "minres",
                x -> {
                    Tensor a = Elementwise.add(x[0], x[0].adjoint());
                    return Iterative.minres(a::matmul, UnaryOperator.identity(), x[1], exact)
                            .x();
                },
                regular(1, 2, 2),
                uniform(2, 2));
        Tensor start = NDArray.random(random(9), 6, 1).toTensor(DType.FLOAT64);
        along(
                "eigenvalues",
                x -> {
                    Tensor a = Elementwise.add(x[0], x[0].adjoint());
                    Tensor first = start.to(a.dtype());
                    double tolerance = 100 * a.dtype().epsilon();
                    return Iterative.lobpcg(
                                    a::matmul, UnaryOperator.identity(), first, true, new Stop(tolerance, 60, 1))
                            .w();
                },
                uniform(1, 6, 6));
    }

    @Test
    void secondGradients() {
        Tensor a = Creation.diag(Tensor.of(new double[] {1, 2})).requiresGrad();
        Tensor b = Tensor.ones(DType.FLOAT64, 2).requiresGrad();
        Tensor square =
                Elementwise.square(Iterative.cg(a.detach()::matmul, b).x()).sum();
        Tensor first = Gradients.of(Graph.DIFFERENTIABLE, square, b).get(0);
        assertArrayEquals(new double[] {2, 0.5}, first.toDoubleArray(), 1e-10);
        assertArrayEquals(
                new double[] {2, 0.5}, Gradients.of(first.sum(), b).get(0).toDoubleArray(), 1e-10);
        // The sum of b_i / a_ii has the slope -b_i / a_ii^2, and that 2 b_i / a_ii^3.
        Tensor tracked = Iterative.minres(a::matmul, b).x().sum();
        List<Tensor> slopes = Gradients.of(Graph.DIFFERENTIABLE, tracked, a, b);
        Tensor slope = slopes.get(0).diagonal(0, 0, 1).sum();
        List<Tensor> second = Gradients.of(slope, a, b);
        assertArrayEquals(
                new double[] {2, 0.25}, second.get(0).diagonal(0, 0, 1).toDoubleArray(), 1e-9);
        assertArrayEquals(new double[] {-1, -0.25}, second.get(1).toDoubleArray(), 1e-9);
    }

    @Test
    void replayed() {
        if (device().equals(Device.cpu())) {
            return;
        }
        Tensor a = Creation.diag(Tensor.of(new double[] {1, 2, 4}));
        Tensor b = Tensor.of(new double[] {1, 1, 1});
        Tensor[] x = new Tensor[2];
        try (DeviceGraph graph = device().capture(() -> {
            x[0] = Iterative.cg(a::matmul, UnaryOperator.identity(), b, new Stop(1e-15, 3, 0))
                    .x();
            x[1] = Iterative.minres(a::matmul, UnaryOperator.identity(), b, new Stop(1e-15, 3, 0))
                    .x();
        })) {
            graph.replay();
            assertArrayEquals(new double[] {1, 0.5, 0.25}, x[0].toDoubleArray(), 1e-14);
            assertArrayEquals(new double[] {1, 0.5, 0.25}, x[1].toDoubleArray(), 1e-14);
        }
    }

    /** Of a system without a solution, the residual is the least there is, however many steps there are. */
    @Test
    void minimalResidualsOfSingularSystems() {
        for (double[] diagonal : new double[][] {{1, 0}, {1, 2, 0}, {1, 2, 2, 0, 0}}) {
            Tensor d = Tensor.of(diagonal);
            Tensor b = Creation.onesLike(d);
            long zeros = Arrays.stream(diagonal).filter(x -> x == 0).count();
            Solution s = Iterative.minres(x -> x.multiply(d), UnaryOperator.identity(), b, Stop.at(1e-10, 20));
            Tensor residual = b.subtract(s.x().multiply(d));
            assertEquals(Math.sqrt(zeros), Reduce.norm(residual).item(), 1e-14, Arrays.toString(diagonal));
            assertFalse(s.converged().item() != 0);
        }
    }
}
