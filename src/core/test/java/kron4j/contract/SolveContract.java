package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.ShapeException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Linalg;
import kron4j.ops.Linalg.WithInfo;
import kron4j.reference.Check;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** solve, inverse, triangularSolve and the forms that never throw. */
public class SolveContract extends Contract {
    /** a, b, x */
    private static final long[][][] SHAPES = {
        {{1, 1}, {1}, {1}},
        {{3, 3}, {3}, {3}},
        {{3, 3}, {3, 2}, {3, 2}},
        {{5, 3, 3}, {3}, {5, 3}},
        {{5, 3, 3}, {3, 4}, {5, 3, 4}},
        {{3, 3}, {5, 3, 4}, {5, 3, 4}},
        {{2, 1, 4, 4}, {3, 4, 1}, {2, 3, 4, 1}},
        {{0, 0}, {0}, {0}},
        {{0, 0}, {0, 3}, {0, 3}},
        {{0, 3, 3}, {3}, {0, 3}},
        {{3, 3}, {3, 0}, {3, 0}},
        {{16, 16}, {16, 80}, {16, 80}},
        {{2, 20, 20}, {20, 3}, {2, 20, 3}},
        {{201, 201}, {201}, {201}},
    };

    @Test
    void multipliesBack() {
        SplittableRandom random = random(3);
        for (DType dtype : FLOATING) {
            for (long[][] shapes : SHAPES) {
                long n = shapes[0][shapes[0].length - 1];
                NDArray a = LuContract.wellConditioned(random, n, shapes[0]);
                NDArray b = NDArray.random(random, shapes[1]);
                Tensor left = strided(random, a, dtype);
                Tensor right = strided(random, b, dtype);
                Tensor x = Linalg.solve(left, right);
                assertArrayEquals(shapes[2], x.shape().dims());
                assertTrue(x.layout().isContiguous());
                Tensor columns = b.rank() == 1 ? x.unsqueeze(-1) : x;
                NDArray expected = b.rank() == 1 ? b.reshape(n, 1) : b;
                Check.close(
                        expected.expand(columns.shape().dims()),
                        Products.of(strided(random, a, dtype), columns),
                        20 * n * dtype.epsilon());
                Check.same(a, left);
                Check.same(b, right);
                WithInfo ex = Linalg.solveEx(left, right);
                Check.same(NDArray.of(x), ex.result());
                assertTrue(ex.info().shape().equals(left.shape().slice(0, left.rank() - 2)));
            }
        }
    }

    @Test
    void inverseTimesItselfIsIdentity() {
        SplittableRandom random = random(4);
        for (DType dtype : FLOATING) {
            for (long n : new long[] {0, 1, 2, 16, 17, 202}) {
                NDArray a = LuContract.wellConditioned(random, n, 2, n, n);
                for (Tensor t : new Tensor[] {
                    strided(random, a, dtype),
                    strided(random, a, dtype).contiguous(),
                    strided(random, a.transpose(1, 2), dtype).contiguous().transpose(1, 2)
                }) {
                    NDArray identity = NDArray.generate(new long[] {2, n, n}, i -> i[1] == i[2] ? 1 : 0);
                    Tensor inverse = Linalg.inverse(t);
                    Check.close(identity, Products.of(t, inverse), 20 * n * dtype.epsilon());
                    assertTrue(inverse.layout().isContiguous());
                    Check.same(NDArray.of(inverse), Linalg.inverseEx(t).result());
                    Check.same(a, t);
                }
            }
        }
        assertArrayEquals(
                new long[] {0, 3, 3},
                Linalg.inverse(Tensor.ones(DType.FLOAT64, 0, 3, 3)).shape().dims());
    }

    @Test
    void singularMatricesAreNamed() {
        double[][][] batch = new double[5][3][3];
        for (int i = 0; i < 5; i++) {
            batch[i] = new double[][] {{2, 0, 0}, {0, 3, 0}, {0, 0, i == 3 ? 0 : 5}};
        }
        Tensor a = Tensor.of(batch);
        Check.refused(
                SingularMatrixException.class,
                () -> Linalg.inverse(a),
                "inverse: matrix 3 of batch [5] with shape [5,3,3] is singular (pivot 2 is zero); "
                        + "use inverseEx to get info per entry instead");
        Check.refused(
                SingularMatrixException.class,
                () -> Linalg.solve(a.reshape(1, 5, 3, 3), Tensor.ones(DType.FLOAT64, 3)),
                "solve: matrix [0,3] of batch [1,5] with shape [1,5,3,3] is singular",
                "use solveEx");
        Check.refused(
                SingularMatrixException.class,
                () -> Linalg.inverse(Tensor.zeros(DType.FLOAT32, 20, 20)),
                "inverse: the matrix of shape [20,20] is singular (pivot 0 is zero)");
        WithInfo x = Linalg.solveEx(a, Tensor.of(new double[] {2, 3, 5}));
        assertArrayEquals(new int[] {0, 0, 0, 3, 0}, x.info().toIntArray());
        assertArrayEquals(new double[] {1, 1, 1}, x.result().get(4).toDoubleArray());
        assertArrayEquals(new int[] {0, 0, 0, 3, 0}, Linalg.inverseEx(a).info().toIntArray());
        Check.same(NDArray.of(Tensor.of(batch)), a);
    }

    @Test
    void aMatrixIsNotABatchOfVectors() {
        Check.refused(
                ShapeException.class,
                () -> Linalg.solve(Tensor.ones(DType.FLOAT64, 5, 3, 3), Tensor.ones(DType.FLOAT64, 5, 3)),
                "solve: a of shape [5,3,3] needs b with 3 rows, got shape [5,3] with 5",
                "b is a vector only if its rank is 1",
                "solve(a, b.unsqueeze(-1)).squeeze(-1)");
    }

    @Test
    void refusesWhatDoesNotFit() {
        Tensor a = Tensor.ones(DType.FLOAT64, 3, 3);
        Check.refused(
                ShapeException.class,
                () -> Linalg.solve(a, Tensor.ones(DType.FLOAT64, 4)),
                "needs b with 3 rows, got shape [4]");
        Check.refused(ShapeException.class, () -> Linalg.solve(a, Tensor.of(1.0)), "b is a scalar");
        Check.refused(
                ShapeException.class,
                () -> Linalg.solve(Tensor.ones(DType.FLOAT64, 2, 3), Tensor.ones(DType.FLOAT64, 2)),
                "solve: needs square matrices, got shape [2,3] with 2 rows and 3 columns");
        Check.refused(
                ShapeException.class,
                () -> Linalg.solve(Tensor.ones(DType.FLOAT64, 2, 3, 3), Tensor.ones(DType.FLOAT64, 5, 3, 1)),
                "solve: shapes [2], [5] do not broadcast");
        Check.refused(
                DTypeException.class,
                () -> Linalg.solve(a, Tensor.ones(DType.FLOAT32, 3)),
                "float64 [3,3], float32 [3]");
        Check.refused(
                ShapeException.class, () -> Linalg.inverse(Tensor.ones(DType.FLOAT64, 2, 3)), "inverse: needs square");
        Check.refused(DTypeException.class, () -> Linalg.inverse(Tensor.ones(DType.INT32, 3, 3)), "int32 [3,3]");
    }

    @Test
    void nanSpreadsWithoutException() {
        for (long n : new long[] {3, 30}) {
            Tensor a = Tensor.full(DType.FLOAT64, Double.NaN, n, n);
            for (double x : Linalg.solve(a, Tensor.ones(DType.FLOAT64, n)).toDoubleArray()) {
                assertTrue(Double.isNaN(x));
            }
        }
    }

    @Test
    void triangularSolveReadsOneTriangle() {
        SplittableRandom random = random(5);
        for (DType dtype : FLOATING) {
            for (long n : new long[] {1, 4, 33}) {
                NDArray full = LuContract.wellConditioned(random, n, 2, n, n);
                NDArray b = NDArray.random(random, 3, 1, n, 2);
                for (int form = 0; form < 24; form++) {
                    boolean upper = form % 2 == 1;
                    boolean transposed = form / 2 % 2 == 1;
                    boolean unit = form / 4 % 2 == 1;
                    Tensor t = strided(random, full, dtype);
                    if (form / 8 == 1) {
                        t = t.contiguous();
                    } else if (form / 8 == 2) {
                        t = t.transpose(1, 2).contiguous().transpose(1, 2);
                    }
                    // The unit diagonal goes with small neighbours, or the solution would grow by n^n.
                    double small = unit ? 1.0 / (4 * n) : 1;
                    Tensor scaled = Tensor.of(NDArray.of(t).map(v -> v * small).data(), 2, n, n)
                            .to(dtype);
                    Tensor operand = form / 8 == 1
                            ? scaled
                            : scaled.transpose(1, 2).contiguous().transpose(1, 2);
                    NDArray values = NDArray.of(operand);
                    NDArray triangle = NDArray.generate(
                            values.shape(),
                            i -> i[1] == i[2] && unit ? 1 : i[1] == i[2] || i[1] < i[2] == upper ? values.get(i) : 0);
                    Tensor x = Linalg.triangularSolve(operand, strided(random, b, dtype), upper, transposed, unit);
                    NDArray used = transposed ? triangle.transpose(1, 2) : triangle;
                    Check.close(
                            b.expand(3, 2, n, 2),
                            Products.of(Tensor.of(used.data(), 2, n, n), x),
                            40 * n * dtype.epsilon());
                }
            }
        }
        Tensor lower = Tensor.of(new double[][] {{2, Double.NaN}, {1, 4}});
        assertArrayEquals(
                new double[] {1, 0.5},
                Linalg.triangularSolve(lower, Tensor.of(new double[] {2, 3}), false)
                        .toDoubleArray());
    }

    @Test
    void manyThreadsShareTheOperands() {
        SplittableRandom random = random(16);
        long[] sizes = {8, 60, 150, 230};
        Tensor[] matrices = new Tensor[sizes.length];
        double[][] inverses = new double[sizes.length][];
        for (int k = 0; k < sizes.length; k++) {
            long n = sizes[k];
            matrices[k] = Tensor.of(LuContract.wellConditioned(random, n, n, n).data(), n, n);
            inverses[k] = Linalg.inverse(matrices[k]).toDoubleArray();
        }
        IntStream.range(0, 24).parallel().forEach(i -> {
            int k = i % sizes.length;
            try (TensorScope own = device().openScope();
                    Tensor inverse = Linalg.inverse(matrices[k]);
                    Tensor ones = Tensor.ones(DType.FLOAT64, sizes[k]);
                    Tensor x = Linalg.solve(matrices[k], ones)) {
                // How the library splits work among cores may change the order of sums.
                double tolerance = 20 * sizes[k] * Math.ulp(1.0);
                assertArrayEquals(inverses[k], inverse.toDoubleArray(), tolerance);
                double sum = 0;
                for (int j = 0; j < sizes[k]; j++) {
                    sum += inverses[k][j];
                }
                assertEquals(sum, x.toDoubleArray()[0], tolerance);
            }
        });
    }
}
