package kron4j.contract;

import static kron4j.ops.Elementwise.add;
import static kron4j.ops.Elementwise.multiply;
import static kron4j.reference.Check.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import kron4j.DType;
import kron4j.GradientException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Accuracy;
import kron4j.ops.Linalg;
import kron4j.ops.LuFactors;
import kron4j.ops.MatMul;
import kron4j.reference.Check;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Gradients of factorisations, solvers and determinants; small matrices (own kernels) and one size that takes LAPACK's way. */
public class LinalgGradientContract extends GradientContract {
    private static Tensor symmetric(Tensor a) {
        return add(a, a.transpose(-2, -1));
    }

    /** A A^T + I. */
    private static Tensor positive(Tensor a) {
        return add(
                MatMul.matmul(a, false, a, true),
                Tensor.eye(a.dtype(), a.shape().at(-1)));
    }

    @Test
    void solves() {
        smooth("solve", x -> Linalg.solve(x[0], x[1]), regular(1, 3, 3), uniform(2, 3, 2));
        smooth("solve a vector", x -> Linalg.solve(x[0], x[1]), regular(1, 2, 3, 3), uniform(2, 3));
        smooth("solve, b broadcast", x -> Linalg.solve(x[0], x[1]), regular(1, 2, 3, 3), uniform(2, 3, 1));
        smooth("solve, a broadcast", x -> Linalg.solve(x[0], x[1]), regular(1, 2, 2), uniform(2, 3, 2, 1));
        smooth("solveEx", x -> Linalg.solveEx(x[0], x[1]).result(), regular(1, 2, 2), uniform(2, 2, 1));
        smooth(
                "solve with a constant",
                x -> Linalg.solve(regular(1, 3, 3).toTensor(x[0].dtype()), x[0]),
                uniform(2, 3, 2));
        smooth("inverse", x -> Linalg.inverse(x[0]), regular(1, 2, 3, 3));
        smooth("inverseEx", x -> Linalg.inverseEx(x[0]).result(), regular(1, 2, 2));
        for (boolean upper : new boolean[] {false, true}) {
            for (boolean transposed : new boolean[] {false, true}) {
                for (boolean unit : new boolean[] {false, true}) {
                    smooth(
                            "triangularSolve " + upper + transposed + unit,
                            x -> Linalg.triangularSolve(x[0], x[1], upper, transposed, unit),
                            regular(1, 3, 3),
                            uniform(2, 2, 3, 2));
                }
            }
        }
        smooth(
                "triangularSolve a vector",
                x -> Linalg.triangularSolve(x[0], x[1], true),
                regular(1, 3, 3),
                uniform(2, 3));
    }

    @Test
    void factorsUsedAgain() {
        smooth("LuFactors.solve", x -> Linalg.luFactor(x[0]).solve(x[1]), regular(1, 3, 3), uniform(2, 3, 2));
        smooth(
                "LuFactors.solveTransposed",
                x -> Linalg.luFactor(x[0]).solveTransposed(x[1]),
                regular(1, 3, 3),
                uniform(2, 3, 2));
        smooth(
                "all of one",
                x -> {
                    LuFactors lu = Linalg.luFactor(x[0]);
                    return lu.solve(lu.solve(x[1]))
                            .multiply(lu.det())
                            .sum()
                            .add(lu.slogdet().logAbs())
                            .add(lu.inverse().sum());
                },
                regular(1, 3, 3),
                uniform(2, 3));
    }

    @Test
    void determinants() {
        for (long[] shape : new long[][] {{1, 1}, {2, 2}, {2, 3, 3}, {0, 0}, {0, 2, 2}}) {
            smooth("logabsdet", x -> Linalg.logabsdet(x[0]), regular(1, shape));
            smooth("slogdetEx", x -> Linalg.slogdetEx(x[0]).logAbs(), regular(1, shape));
            smooth(
                    "slogdet, compensated",
                    x -> Linalg.slogdet(x[0], Accuracy.COMPENSATED).logAbs(),
                    regular(1, shape));
            smooth("logdet", x -> Linalg.logdet(x[0]), regular(1, shape));
            smooth("det", x -> Linalg.det(x[0]), uniform(1, shape));
        }
        smooth(
                "det times sign",
                x -> Linalg.det(x[0]).multiply(Linalg.slogdet(x[0]).sign()),
                uniform(5, 3, 3));
        smooth("logabsdetSvd", x -> Linalg.logabsdetSvd(x[0]), regular(1, 3, 3));
        smooth("logdetCholesky", x -> Linalg.logdetCholesky(positive(x[0])), uniform(1, 3, 3));
    }

    /** As the product of the others: of rank n - 1 wherever the zero is, and of lower rank. */
    @Test
    void cofactorsOfSingularMatrices() {
        double[][] singular = {
            {1, 2, 3, 4, 5, 6, 7, 8, 9},
            {0, 1, 2, 0, 3, 4, 0, 5, 7},
            {1, 2, 3, 0, 0, 0, 4, 5, 7},
            {1, 2, 3, 2, 4, 6, 3, 6, 9},
            {0, 0, 0, 0, 0, 0, 0, 0, 0},
            {1, 0, 0, 0, 0, 0, 0, 0, 0}
        };
        for (double[] m : singular) {
            Tensor a = Tensor.of(m, 3, 3).requiresGrad();
            double[] found = Gradients.of(Linalg.det(a), a).get(0).toDoubleArray();
            double[] expected = new double[9];
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    int r = (i + 1) % 3;
                    int s = (i + 2) % 3;
                    int c = (j + 1) % 3;
                    int d = (j + 2) % 3;
                    expected[3 * i + j] = m[3 * r + c] * m[3 * s + d] - m[3 * r + d] * m[3 * s + c];
                }
            }
            assertArrayEquals(expected, found, 1e-14 * 200, Arrays.toString(m));
        }
        once("det", x -> Linalg.det(x[0]), NDArray.of(new double[] {1, 2, 2, 4}, 2, 2));
    }

    /** A polynomial has all its derivatives at matrices of every rank. */
    @Test
    void secondDerivativesOfDeterminants() {
        double[][] matrices = {
            {1, 2, 3, 4, 5, 6, 7, 8, 9},
            {1, 2, 3, 2, 4, 6, 3, 6, 9},
            {0, 0, 0, 0, 0, 0, 0, 0, 0},
            {0, 0, 0, 0, 0, 2, 0, 0, 0},
            {1, 0, 0, 0, 1, 0, 0, 0, 1},
            {0, 1, 0, 2, 0, 0, 0, 0, 3}
        };
        for (double[] m : matrices) {
            complex("det", x -> Linalg.det(x[0]), NDArray.of(m, 3, 3));
            smooth("det", x -> Linalg.det(x[0]), NDArray.of(m, 3, 3));
        }
        smooth("det", x -> Linalg.det(x[0]), NDArray.full(0, 2, 2, 2));
        Tensor a = Tensor.zeros(DType.FLOAT64, 3, 3).requiresGrad();
        Tensor g = Gradients.of(Graph.DIFFERENTIABLE, Linalg.det(a), a).get(0);
        assertArrayEquals(new double[9], Gradients.of(g.sum(), a).get(0).toDoubleArray());
    }

    /** The second derivative of a determinant of order 3 is linear, so that differences are exact. */
    @Test
    void thirdDerivativesOfDeterminants() {
        NDArray at = regular(3, 3, 3);
        Tensor a = at.toTensor(DType.FLOAT64).requiresGrad();
        double start = curvature(a).item();
        NDArray expected = NDArray.generate(new long[] {3, 3}, i -> {
            NDArray moved = NDArray.generate(new long[] {3, 3}, j -> at.get(j) + (Arrays.equals(i, j) ? 1 : 0));
            return curvature(moved.toTensor(DType.FLOAT64).requiresGrad()).item() - start;
        });
        Check.close(expected, Gradients.of(curvature(a), a).get(0), 1024 * DType.FLOAT64.epsilon() * Math.abs(start));
    }

    private static Tensor curvature(Tensor a) {
        Tensor g = Gradients.of(Graph.DIFFERENTIABLE, Linalg.det(a), a).get(0);
        Tensor along = multiply(g, uniform(1, 3, 3).toTensor(DType.FLOAT64)).sum();
        return multiply(
                        Gradients.of(Graph.DIFFERENTIABLE, along, a).get(0),
                        uniform(2, 3, 3).toTensor(DType.FLOAT64))
                .sum();
    }

    @Test
    void logDeterminantsOfSingularMatricesHaveNone() {
        Tensor a =
                Tensor.of(new double[][][] {{{1, 2}, {3, 4}}, {{1, 2}, {2, 4}}}).requiresGrad();
        refused(
                SingularMatrixException.class,
                () -> Gradients.of(Linalg.logabsdet(a).sum(), a),
                "gradient of logabsdet: matrix 1 of batch [2] with shape [2,2,2] is singular (pivot 1 is zero), where"
                        + " log|det| has no gradient; use slogdetEx");
        double[] g = Gradients.of(Linalg.slogdetEx(a).logAbs().sum(), a).get(0).toDoubleArray();
        assertEquals(-2, g[0], 1e-14);
        assertTrue(!Double.isFinite(g[4]), "not a number that looks right");
        Tensor pivots = Linalg.slogdet(a).sign();
        assertArrayEquals(new double[] {-1, 0}, pivots.toDoubleArray());
    }

    @Test
    void factorisations() {
        for (long[] shape : new long[][] {{3, 3}, {2, 2, 2}, {2, 4}, {4, 2}}) {
            NDArray a = uniform(4, shape);
            smooth("lu, l", x -> Linalg.lu(x[0]).l(), a);
            smooth("lu, u", x -> Linalg.lu(x[0]).u(), a);
            smooth(
                    "lu",
                    x -> {
                        Linalg.Lu f = Linalg.lu(x[0]);
                        return MatMul.matmul(f.l().exp(), f.u().exp());
                    },
                    a);
            smooth("qr, q", x -> Linalg.qr(x[0]).q(), a);
            smooth("qr, r", x -> Linalg.qr(x[0]).r(), a);
            smooth(
                    "qr",
                    x -> {
                        Linalg.Qr f = Linalg.qr(x[0]);
                        return MatMul.matmul(f.q().exp(), f.r().exp());
                    },
                    a);
            smooth("svdvals", x -> Linalg.svdvals(x[0]), a);
            smooth("svd, u", x -> Linalg.svd(x[0]).u(), a);
            smooth("svd, vh", x -> Linalg.svd(x[0]).vh(), a);
            smooth(
                    "svd",
                    x -> {
                        Linalg.Svd f = Linalg.svd(x[0]);
                        return MatMul.matmul(f.u().exp().multiply(f.s().unsqueeze(-2)), f.vh().exp());
                    },
                    a);
            once("full svd, s", x -> Linalg.svd(x[0], true).s(), a);
            smooth("pinv", x -> Linalg.pinv(x[0]), a);
        }
        smooth("cholesky", x -> Linalg.cholesky(positive(x[0])), uniform(1, 2, 3, 3));
        smooth("eigh, w", x -> Linalg.eigh(symmetric(x[0])).w(), uniform(1, 2, 3, 3));
        smooth("eigh, v", x -> Linalg.eigh(symmetric(x[0])).v(), uniform(1, 2, 3, 3));
        smooth(
                "eigh",
                x -> {
                    Linalg.Eigh f = Linalg.eigh(symmetric(x[0]));
                    return MatMul.matmul(f.v().exp(), f.w().unsqueeze(-1));
                },
                uniform(1, 3, 3));
        smooth("complete qr of a wide matrix", x -> Linalg.qr(x[0], true).r(), uniform(1, 2, 3));
    }

    /** Gradients of singular vectors, which 2^e A shares with A, are 2^-e times those at A, also where 4^e is beyond the range. */
    @Test
    void singularVectorsOfAnyScale() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
            int range = dtype == DType.FLOAT32 ? 100 : 900;
            for (long[] shape : new long[][] {{3, 3}, {4, 3}, {3, 4}}) {
                NDArray a = NDArray.generate(shape, i -> i[0] == i[1] ? 3 - i[0] : (i[0] + 2 * i[1]) / 16.0);
                for (int which = 0; which < 2; which++) {
                    NDArray slope = vectorSlope(a, dtype, which);
                    // Errors of a few eps of the vectors, twice divided by gaps between 3, 2 and 1.
                    double near = 32 * a.size() * dtype.epsilon() * slope.scale();
                    for (int e : new int[] {-range, -70, 70, range}) {
                        NDArray scaled = vectorSlope(a.map(x -> Math.scalb(x, e)), dtype, which);
                        Tensor back =
                                Tensor.of(scaled.map(x -> Math.scalb(x, e)).data(), shape);
                        Check.close(slope, back, near);
                    }
                }
            }
        }
    }

    /** Of the sum of i (j + 1) u_ij^2, or of that of vh. */
    private static NDArray vectorSlope(NDArray values, DType dtype, int which) {
        Tensor a = values.toTensor(dtype).requiresGrad();
        Linalg.Svd svd = Linalg.svd(a);
        Tensor vectors = which == 0 ? svd.u() : svd.vh();
        NDArray weights = NDArray.generate(vectors.shape().dims(), i -> i[0] * (i[1] + 1.0));
        multiply(multiply(vectors, vectors), weights.toTensor(dtype)).sum().backward();
        return NDArray.of(a.grad());
    }

    /** One of rank 1 stays so along the line. */
    @Test
    void pseudoinversesOfConstantRank() {
        smooth("pinv", x -> Linalg.pinv(MatMul.outer(x[0], x[1])), uniform(1, 3), uniform(2, 2));
    }

    @Test
    void largeMatrices() {
        NDArray a = regular(1, 20, 20);
        along("large solve", x -> Linalg.solve(x[0], x[1]).sum(), a, uniform(2, 20));
        along("large inverse", x -> Linalg.inverse(x[0]).sum(), a);
        along("large logabsdet", x -> Linalg.logabsdet(x[0]), a);
        along("large det", x -> Linalg.det(x[0].divide(40)), a);
    }

    @Test
    void whatIsNotDetermined() {
        Tensor a = uniform(1, 4, 2).toTensor(DType.FLOAT64).requiresGrad();
        refused(
                GradientException.class,
                () -> Gradients.of(Linalg.qr(a, true).q().sum(), a),
                "gradient of qr: the complete form of [4,2] matrices");
        refused(
                GradientException.class,
                () -> Gradients.of(Linalg.svd(a, true).u().sum(), a),
                "gradient of svd: the full form of [4,2] matrices");
    }
}
