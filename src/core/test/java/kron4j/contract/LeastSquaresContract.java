package kron4j.contract;

import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kron4j.ClosedTensorException;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.DeviceGraph;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.InPlace;
import kron4j.ops.Indexing;
import kron4j.ops.LeastSquares;
import kron4j.ops.LeastSquares.Solution;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.Norms;
import kron4j.reference.Check;
import kron4j.reference.Known;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Least squares against NumPy: every shape and rank, batches, what they refuse, gradients through the pseudoinverse. */
public class LeastSquaresContract extends GradientContract {
    private static final List<String> FULL = List.of("tall", "wide", "square", "complex");
    private static final List<String> DEFICIENT = List.of("deficient", "complexdeficient");
    /** Condition numbers of the known matrices are below 16, their squares, which errors of least squares have, below this. */
    private static final double UNITS = 16 * 256;

    @Test
    void asNumPyHasIt() {
        for (DType dtype : FLOATING) {
            for (List<String> names : List.of(FULL, DEFICIENT)) {
                for (String name : names) {
                    String key = "lstsq." + name;
                    Tensor a = Known.tensor(key + ".a", dtype);
                    Tensor b = Known.tensor(key + ".b", dtype);
                    Solution solution = LeastSquares.lstsq(a, b);
                    Known.close(key + ".x", solution.x(), UNITS);
                    Known.close(key + ".s", solution.singularValues(), 64);
                    assertEquals(
                            (long) Known.array(key + ".rank").get(),
                            solution.rank().itemLong());
                    NDArray residuals = Known.array(key + ".residuals");
                    // squares of residuals, which are right to an error of x times a
                    double scale = NDArray.of(b.abs()).scale();
                    Check.close(residuals, solution.residuals(), UNITS * dtype.epsilon() * scale * scale);
                    if (names.equals(FULL)) {
                        Known.close(key + ".x", LeastSquares.lstsqFullRank(a, b), UNITS);
                    }
                }
            }
        }
    }

    @Test
    void batchesAndLayouts() {
        for (DType dtype : FLOATING) {
            NDArray a = NDArray.random(random(1), 2, 1, 5, 3);
            NDArray b = NDArray.random(random(2), 4, 5, 2);
            Tensor ta = strided(random(3), a, dtype);
            Tensor tb = strided(random(4), b, dtype);
            Solution all = LeastSquares.lstsq(ta, tb);
            assertArrayEquals(new long[] {2, 4, 3, 2}, all.x().shape().dims());
            assertArrayEquals(new long[] {2, 4, 2}, all.residuals().shape().dims());
            assertArrayEquals(new long[] {2, 1}, all.rank().shape().dims());
            assertArrayEquals(new long[] {2, 1, 3}, all.singularValues().shape().dims());
            Tensor direct = LeastSquares.lstsqFullRank(ta, tb);
            for (int i = 0; i < 2; i++) {
                for (int j = 0; j < 4; j++) {
                    Tensor one = LeastSquares.lstsq(ta.get(i, 0), tb.get(j)).x();
                    Check.close(NDArray.of(one), all.x().get(i, j), UNITS * dtype.epsilon());
                    Check.close(NDArray.of(one), direct.get(i, j), UNITS * dtype.epsilon());
                }
            }
            Check.same(a, ta);
            Check.same(b, tb);
        }
    }

    /** A^H (b - A x) = 0, and x is orthogonal to the null space: it is A^+ A x. */
    @Test
    void normalEquations() {
        for (long[] shape : new long[][] {{20, 4}, {4, 20}, {40, 40}, {1, 1}, {200, 40}, {90, 80}, {40, 200}}) {
            Tensor a = NDArray.random(random(5), shape).toTensor(DType.FLOAT64);
            Tensor b = NDArray.random(random(6), shape[0], 3).toTensor(DType.FLOAT64);
            Solution s = LeastSquares.lstsq(a, b);
            double[] values = s.singularValues().toDoubleArray();
            double condition = values[0] / values[values.length - 1];
            double bound = 64
                    * shape[0]
                    * shape[1]
                    * condition
                    * DType.FLOAT64.epsilon()
                    * NDArray.of(s.x()).scale();
            Tensor residual = b.subtract(MatMul.matmul(a, s.x()));
            Check.close(NDArray.full(0, shape[1], 3), MatMul.matmul(a, true, residual, false), bound);
            Check.close(NDArray.of(s.x()), Linalg.pinv(a).matmul(a).matmul(s.x()), bound);
            Check.close(NDArray.of(s.x()), LeastSquares.lstsqFullRank(a, b), bound);
        }
    }

    @Test
    void ranksByTheTolerance() {
        Tensor a = Tensor.of(new double[][] {{4, 0}, {0, 1}, {0, 0}});
        Tensor b = Tensor.of(new double[] {8, 3, 2});
        Solution all = LeastSquares.lstsq(a, b, 0.2);
        assertArrayEquals(new double[] {2, 3}, all.x().toDoubleArray(), 1e-15);
        assertEquals(4, all.residuals().item(), 1e-14);
        Solution one = LeastSquares.lstsq(a, b, 0.3);
        assertEquals(1, one.rank().itemLong());
        assertArrayEquals(new double[] {2, 0}, one.x().toDoubleArray(), 1e-15);
        assertEquals(13, one.residuals().item(), 1e-14);
        for (DType dtype : FLOATING) {
            double least = dtype.epsilon() / 4;
            Tensor narrow =
                    Tensor.of(new double[][] {{1, 0}, {0, least}, {0, 0}}).to(dtype);
            Tensor right = Tensor.of(new double[] {8, 3, 2}).to(dtype);
            Solution every = LeastSquares.lstsq(narrow, right, 0);
            assertEquals(2, every.rank().itemLong());
            assertArrayEquals(new double[] {8, 3 / least}, every.x().toDoubleArray(), 16);
            for (double none : new double[] {1, Double.POSITIVE_INFINITY}) {
                assertEquals(0, LeastSquares.lstsq(narrow, right, none).rank().itemLong());
            }
        }
        Solution zero = LeastSquares.lstsq(Tensor.zeros(DType.FLOAT64, 3, 2), b);
        assertEquals(0, zero.rank().itemLong());
        assertArrayEquals(new double[2], zero.x().toDoubleArray());
    }

    @Test
    void nothingAndWhatIsNotFinite() {
        for (long[] shape : new long[][] {{0, 3}, {3, 0}, {0, 0}, {2, 3, 0}, {0, 3, 2}}) {
            long m = shape[shape.length - 2];
            long n = shape[shape.length - 1];
            Solution s = LeastSquares.lstsq(Tensor.zeros(DType.FLOAT64, shape), Tensor.ones(DType.FLOAT64, m, 2));
            assertEquals(n, s.x().shape().at(-2));
            assertEquals(2, s.x().shape().at(-1));
            if (n == 0 || m == 0) {
                assertTrue(Arrays.stream(s.rank().toLongArray()).allMatch(r -> r == 0));
            }
        }
        assertArrayEquals(
                new double[] {3, 3},
                LeastSquares.lstsq(Tensor.zeros(DType.FLOAT64, 3, 0), Tensor.ones(DType.FLOAT64, 3, 2))
                        .residuals()
                        .toDoubleArray());
        Tensor a = Tensor.of(new double[][][] {
            {{Double.NaN, 1}, {2, 3}}, {{1, Double.POSITIVE_INFINITY}, {2, 3}}, {{2, 0}, {0, 1}}
        });
        Solution s = LeastSquares.lstsq(a, Tensor.of(new double[] {2, 3}));
        double nan = Double.NaN;
        assertArrayEquals(new double[] {nan, nan, nan, nan, 1, 3}, s.x().toDoubleArray(), 1e-15);
        assertArrayEquals(new long[] {0, 0, 2}, s.rank().toLongArray());
    }

    /** A^T (b - A x) = 0 with half as many directions as columns. */
    @Test
    void deficientOfManyRows() {
        for (DType dtype : FLOATING) {
            Tensor half = NDArray.random(random(7), 300, 20).toTensor(dtype);
            Tensor a = Indexing.concat(1, half, half);
            Tensor b = NDArray.random(random(8), 300, 2).toTensor(dtype);
            Solution s = LeastSquares.lstsq(a, b);
            assertEquals(20, s.rank().itemLong());
            NDArray expected = NDArray.of(Elementwise.multiply(LeastSquares.lstsqFullRank(half, b), 0.5));
            Check.close(expected, s.x().slice(0, 0, 20), UNITS * dtype.epsilon());
            Check.close(expected, s.x().slice(0, 20, 40), UNITS * dtype.epsilon());
        }
    }

    /** Of every kind side by side, each as if it were alone; errors of least squares are the square of the condition number among the values that count. */
    @Test
    void batchesOfSmallMatrices() {
        int count = 19;
        for (DType dtype : FLOATING) {
            for (int[] shape : new int[][] {{32, 8}, {8, 8}, {64, 16}, {65, 16}, {40, 17}, {5, 1}, {1, 1}}) {
                int n = shape[1];
                Tensor a = NDArray.random(random(13), count, shape[0], n).toTensor(dtype);
                Tensor b = NDArray.random(random(14), count, shape[0], 2).toTensor(dtype);
                InPlace.assign(a.get(3).select(1, n - 1), a.get(3).select(1, 0));
                InPlace.fill(a.get(5, 0, 0), Double.NaN);
                InPlace.fill(a.get(6, 0, 0), Double.NEGATIVE_INFINITY);
                InPlace.fill(a.get(7), 0);
                InPlace.fill(b.get(8), 0);
                InPlace.fill(b.get(9, 0, 1), Double.NaN);
                InPlace.multiply(a.get(10), 0x1p110);
                InPlace.multiply(a.get(11), 0x1p-120);
                InPlace.multiply(b.get(12), 0x1p-120);
                Solution all = LeastSquares.lstsq(a, b);
                Tensor full = LeastSquares.lstsqFullRank(a, b);
                for (int i = 0; i < count; i++) {
                    Solution one = LeastSquares.lstsq(a.get(i), b.get(i));
                    String which = dtype + " " + Arrays.toString(shape) + " " + i;
                    int rank = Math.toIntExact(one.rank().itemLong());
                    assertEquals(rank, all.rank().get(i).itemLong(), which);
                    double[] values = one.singularValues().toDoubleArray();
                    double[] found = all.singularValues().get(i).toDoubleArray();
                    assertArrayEquals(
                            values, found, 64 * shape[0] * dtype.epsilon() * size(one.singularValues()), which);
                    double condition = rank == 0 ? 1 : values[0] / values[rank - 1];
                    double unit = 64 * shape[0] * n * condition * condition * dtype.epsilon();
                    assertArrayEquals(
                            one.x().toDoubleArray(), all.x().get(i).toDoubleArray(), unit * size(one.x()), which);
                    assertArrayEquals(
                            one.residuals().toDoubleArray(),
                            all.residuals().get(i).toDoubleArray(),
                            unit * size(b.get(i)) * size(b.get(i)),
                            which);
                    if (rank == n) {
                        assertArrayEquals(
                                one.x().toDoubleArray(), full.get(i).toDoubleArray(), unit * size(one.x()), which);
                    }
                }
                Solution later = LeastSquares.lstsq(a.slice(0, 1, count), b.slice(0, 1, count));
                Check.same(NDArray.of(all.x().slice(0, 1, count)), later.x());
                Check.same(NDArray.of(all.singularValues().slice(0, 1, count)), later.singularValues());
            }
        }
    }

    /** Tolerances above and below the quotient of the least and the largest singular value, near and far. */
    @Test
    void ranksAreThoseOfSingularValues() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.COMPLEX64, DType.COMPLEX128}) {
            for (long[] shape : new long[][] {{9, 32, 8}, {9, 64, 16}, {3, 70, 20}, {200, 40}, {50, 50}, {6, 9}}) {
                Tensor re = NDArray.random(random(15), shape).toTensor(dtype.realPart());
                Tensor im = NDArray.random(random(16), shape).toTensor(dtype.realPart());
                Tensor a = dtype.isComplex() ? ComplexNumbers.complex(re, im) : re;
                Tensor b = Tensor.ones(dtype, shape[shape.length - 2]);
                Tensor expected = Linalg.svdvals(a);
                double[] values = expected.toDoubleArray();
                int n = Math.toIntExact(expected.shape().at(-1));
                double unit = 64 * shape[shape.length - 2] * dtype.epsilon();
                for (double factor : new double[] {0.001, 0.9, 1.1, 1000}) {
                    double rcond = factor * values[n - 1] / values[0];
                    Solution found = LeastSquares.lstsq(a, b, rcond);
                    long count = Arrays.stream(values, 0, n)
                            .filter(s -> s > rcond * values[0])
                            .count();
                    assertEquals(count, found.rank().toLongArray()[0], dtype + Arrays.toString(shape) + factor);
                    Check.close(NDArray.of(expected), found.singularValues(), unit * values[0]);
                }
            }
        }
    }

    /** They belong to the scope of the solution, whoever asks first, and are gone with it. */
    @Test
    void singularValuesOnDemand() {
        Tensor a = NDArray.random(random(17), 30, 5).toTensor(DType.FLOAT64);
        Tensor b = Tensor.ones(DType.FLOAT64, 30);
        NDArray expected = NDArray.of(Linalg.svdvals(a));
        double bound = 64 * 30 * DType.FLOAT64.epsilon() * expected.scale();
        Solution solution = LeastSquares.lstsq(a, b);
        try (TensorScope scope = device().openScope()) {
            Check.close(expected, solution.singularValues(), bound);
        }
        InPlace.fill(a, 0);
        Check.close(expected, solution.singularValues(), bound);
        solution.close();
        assertTrue(solution.singularValues().isClosed());

        Solution closed = LeastSquares.lstsq(Tensor.ones(DType.FLOAT64, 30, 5), b);
        closed.close();
        closed.close();
        refused(ClosedTensorException.class, () -> closed.singularValues().toDoubleArray(), "closed");
        Solution gone;
        try (TensorScope scope = device().openScope()) {
            gone = LeastSquares.lstsq(Tensor.ones(DType.FLOAT64, 30, 5), b);
        }
        refused(ClosedTensorException.class, () -> gone.singularValues().toDoubleArray(), "closed");
    }

    @Test
    void severalThreadsAskForSingularValues() {
        Tensor a = NDArray.random(random(18), 40, 60, 20).toTensor(DType.FLOAT64);
        Tensor b = Tensor.ones(DType.FLOAT64, 60);
        NDArray expected = NDArray.of(Linalg.svdvals(a));
        Solution solution = LeastSquares.lstsq(a, b);
        IntStream.range(0, 8)
                .parallel()
                .forEach(i -> Check.close(
                        expected, solution.singularValues(), 64 * 60 * DType.FLOAT64.epsilon() * expected.scale()));
    }

    /** The greatest finite size, so that NaN is compared with NaN; at least the least number. */
    private static double size(Tensor x) {
        return Arrays.stream(x.toDoubleArray())
                        .filter(Double::isFinite)
                        .map(Math::abs)
                        .max()
                        .orElse(0)
                + Double.MIN_VALUE;
    }

    /** Magnitudes whose squares and reciprocals overflow; subnormal numbers have a precision of their own. */
    @Test
    void fullRankOfAnyMagnitude() {
        for (long[] shape : new long[][] {{32, 8}, {200, 40}, {90, 80}}) {
            Tensor a = NDArray.random(random(11), shape).toTensor(DType.FLOAT64);
            Tensor b = NDArray.random(random(12), shape[0], 2).toTensor(DType.FLOAT64);
            Solution plain = LeastSquares.lstsq(a, b);
            for (double factor : new double[] {0x1p1000, 0x1p-1000, 0x1p-1040}) {
                Solution scaled = LeastSquares.lstsq(a.multiply(factor), b.multiply(factor));
                assertEquals(shape[1], scaled.rank().itemLong());
                double unit = Math.max(DType.FLOAT64.epsilon(), Double.MIN_VALUE / factor);
                double bound = 64 * shape[0] * shape[1] * Norms.cond(a).item() * unit;
                Check.close(
                        NDArray.of(plain.x()),
                        scaled.x(),
                        bound * NDArray.of(plain.x()).scale());
                double most = plain.singularValues().get(0).item();
                for (int i = 0; i < shape[1]; i++) {
                    double value = scaled.singularValues().get(i).item() / factor;
                    assertEquals(plain.singularValues().get(i).item(), value, 64 * shape[0] * unit * most);
                }
            }
        }
    }

    @Test
    void columnsThatAreNotFiniteSpoilNoOthers() {
        for (long[] shape : new long[][] {{5, 3}, {3, 5}, {200, 40}, {90, 80}, {40, 200}}) {
            Tensor a = NDArray.random(random(9), shape).toTensor(DType.FLOAT64);
            Tensor b = NDArray.random(random(10), shape[0], 3).toTensor(DType.FLOAT64);
            double bound = 64 * shape[0] * shape[1] * Norms.cond(a).item() * DType.FLOAT64.epsilon();
            for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
                Tensor odd = b.copy();
                InPlace.fill(odd.get(1, 0), value);
                InPlace.fill(odd.get(2, 2), value);
                for (Tensor[] pair : new Tensor[][] {
                    {LeastSquares.lstsq(a, b).x(), LeastSquares.lstsq(a, odd).x()},
                    {LeastSquares.lstsqFullRank(a, b), LeastSquares.lstsqFullRank(a, odd)}
                }) {
                    NDArray expected = NDArray.of(pair[0].select(1, 1));
                    Check.close(expected, pair[1].select(1, 1), bound * expected.scale());
                    for (int column : new int[] {0, 2}) {
                        double[] spoilt = pair[1].select(1, column).toDoubleArray();
                        assertTrue(Arrays.stream(spoilt).noneMatch(Double::isFinite), Arrays.toString(shape));
                    }
                }
            }
        }
    }

    @Test
    void refusals() {
        Tensor a = Tensor.ones(DType.FLOAT64, 3, 2);
        Tensor b = Tensor.ones(DType.FLOAT64, 2);
        refused(
                ShapeException.class,
                () -> LeastSquares.lstsq(a, b),
                "lstsq: a of shape [3,2] needs b with 3 rows",
                "[2]");
        refused(ShapeException.class, () -> LeastSquares.lstsqFullRank(a, b), "lstsqFullRank: a of shape [3,2]");
        refused(ShapeException.class, () -> LeastSquares.lstsq(b, b), "lstsq: needs a matrix", "[2]");
        refused(ShapeException.class, () -> LeastSquares.lstsq(a, b.get(0)), "lstsq: b is a scalar");
        refused(DTypeException.class, () -> LeastSquares.lstsq(a, b.to(DType.FLOAT32)), "lstsq: operands have dtypes");
        Tensor half = a.to(DType.FLOAT16);
        refused(DTypeException.class, () -> LeastSquares.lstsq(half, half), "lstsq: ", "to(DType.FLOAT32)");
        refused(TensorException.class, () -> LeastSquares.lstsq(a, a, -1), "lstsq: rcond is -1.0", "[3,2]");
        refused(TensorException.class, () -> LeastSquares.lstsq(a, a, Double.NaN), "lstsq: rcond is NaN");
        refused(
                ShapeException.class,
                () -> LeastSquares.lstsq(Tensor.ones(DType.FLOAT64, 2, 3, 2), Tensor.ones(DType.FLOAT64, 4, 3, 1)),
                "lstsq: ",
                "[2]",
                "[4]");
    }

    @Test
    void gradients() {
        for (long[] shape : new long[][] {{3, 2}, {2, 3}}) {
            NDArray a = uniform(4, shape);
            NDArray b = uniform(5, shape[0], 1);
            composed("lstsq", x -> LeastSquares.lstsq(x[0], x[1]).x(), a, b);
            composedOnce("lstsq residuals", x -> LeastSquares.lstsq(x[0], x[1]).residuals(), a, b);
            composed("lstsqFullRank", x -> LeastSquares.lstsqFullRank(x[0], x[1]), a, b);
        }
        along(
                "lstsq singular values",
                x -> LeastSquares.lstsq(x[0], x[1]).singularValues(),
                uniform(4, 3, 2),
                uniform(5, 3));
        along("lstsq of batches", x -> LeastSquares.lstsq(x[0], x[1]).x(), uniform(4, 2, 1, 3, 2), uniform(5, 2, 3, 1));
        along("lstsq of a vector", x -> LeastSquares.lstsq(x[0], x[1]).x(), uniform(4, 2, 3, 2), uniform(5, 3));
    }

    /** Of rank 1 along the line: the pseudoinverse and what is made of it. */
    @Test
    void gradientsAtDeficientRank() {
        Operation solve =
                x -> LeastSquares.lstsq(MatMul.outer(x[0], x[1]), x[2]).x();
        composed("lstsq", solve, uniform(1, 3), uniform(2, 2), uniform(3, 3, 1));
        composed("lstsq wide", solve, uniform(1, 2), uniform(2, 3), uniform(3, 2, 1));
        composedOnce("pinv", x -> Linalg.pinv(MatMul.outer(x[0], x[1])), uniform(1, 3), uniform(2, 2));
    }

    @Test
    void neverWaits() {
        Device device = device();
        if (device.equals(Device.cpu())) {
            return;
        }
        Tensor a = NDArray.random(random(1), 2, 5, 3).toTensor(DType.FLOAT64);
        Tensor b = NDArray.random(random(2), 2, 5, 1).toTensor(DType.FLOAT64);
        NDArray expected = NDArray.of(LeastSquares.lstsq(a, b).x());
        Tensor[] x = new Tensor[2];
        try (DeviceGraph graph = device.capture(() -> {
            x[0] = LeastSquares.lstsq(a, b).x();
            x[1] = LeastSquares.lstsqFullRank(a, b);
        })) {
            graph.replay();
            Check.same(expected, x[0]);
            Check.close(expected, x[1], UNITS * DType.FLOAT64.epsilon());
        }
    }

    @Test
    void complexVectors() {
        Tensor a = Known.tensor("lstsq.complex.a", DType.FLOAT64);
        Tensor b = Known.tensor("lstsq.complex.b", DType.FLOAT64).select(-1, 1);
        Tensor expected = Known.tensor("lstsq.complex.x", DType.FLOAT64).select(-1, 1);
        Tensor x = LeastSquares.lstsq(ComplexNumbers.conj(a), ComplexNumbers.conj(b))
                .x();
        ComplexMatrices.close(expected, ComplexNumbers.conj(x), UNITS * DType.FLOAT64.epsilon());
    }
}
