package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Convolution;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.KroneckerPlusDiagonal;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Gradients of Kronecker products, formed and not, and of convolutions. */
public class KronGradientContract extends GradientContract {
    private static Tensor symmetric(Tensor a) {
        return Elementwise.add(a, a.adjoint());
    }

    @Test
    void formed() {
        both("kron", x -> Kron.kron(x[0], x[1]), uniform(1, 2, 3), uniform(2, 3, 2));
        both("kron of ranks", x -> Kron.kron(x[0], x[1]), uniform(1, 3), uniform(2, 2, 2, 2));
        both("kron of other ranks", x -> Kron.kron(x[0], x[1]), uniform(1, 2, 1, 2), uniform(2));
        both("kron of one", x -> Kron.kron(x[0]), uniform(1, 2, 3));
        both("kron of four", x -> Kron.kron(x), uniform(1, 2, 1), uniform(2, 1, 2), uniform(3, 2), uniform(4, 2, 2));
        both("kron of itself", x -> Kron.kron(x[0], x[0]), uniform(1, 2, 2));
        both("empty kron", x -> Kron.kron(x[0], x[1]), uniform(1, 0, 2), uniform(2, 2, 2));
        both("batchedKron", x -> Kron.batchedKron(x[0], x[1]), uniform(1, 2, 2, 1), uniform(2, 2, 1, 1, 2));
        both("kronByReshape", x -> Kron.kronByReshape(x[0], x[1]), uniform(1, 2), uniform(2, 2, 2));
        both("kronByBlocks", x -> Kron.kronByBlocks(x[0], x[1]), uniform(1, 2, 1), uniform(2, 2, 2));
        both("kronByConvolution", x -> Kron.kronByConvolution(x[0], x[1]), uniform(1, 2, 2), uniform(2, 1, 2));
        both("kronSum", x -> Kron.kronSum(x), uniform(1, 2, 2), uniform(2, 3, 3), uniform(3, 1, 1));
        both("kronSum of itself", x -> Kron.kronSum(x[0], x[0]), uniform(1, 2, 2));
        both("khatriRao", x -> Kron.khatriRao(x), uniform(1, 2, 3), uniform(2, 3, 3), uniform(3, 1, 3));
        both("faceSplitting", x -> Kron.faceSplitting(x), uniform(1, 2, 3), uniform(2, 2, 2));
        both(
                "blocks",
                x -> Kron.blocks(new Tensor[][] {{x[0], x[1]}, {x[2], x[0].transpose()}}),
                uniform(1, 2, 2),
                uniform(2, 2, 2),
                uniform(3, 2, 2));
        both(
                "nearestKronecker",
                x -> {
                    Kron.NearestKronecker n = Kron.nearestKronecker(x[0], Shape.of(2, 1), Shape.of(1, 2));
                    return Kron.kron(n.a(), n.b()).sum().add(n.distance().to(x[0].dtype()));
                },
                uniform(1, 2, 2));
    }

    @Test
    void operators() {
        NDArray[] square = {regular(1, 2, 2), regular(2, 3, 3), regular(3, 2, 2), uniform(4, 12, 2)};
        NDArray[] factors = {square[0], square[1], square[2]};
        NDArray[] wide = {uniform(1, 2, 3), uniform(2, 3, 2), uniform(3, 2, 1), uniform(4, 6, 2)};
        both("apply", x -> operator(x).apply(x[3]), wide);
        both("apply to a vector", x -> operator(x).apply(x[3].select(1, 0)), wide);
        both("apply to batches", x -> operator(x).apply(x[3].unsqueeze(0).expand(2, 6, 2)), wide);
        both("applyRight", x -> operator(x).transpose().applyRight(x[3].transpose()), wide);
        both("applyToRows", x -> operator(x).applyToRows(x[3].transpose()), wide);
        composed(
                "groups",
                x -> operatorOf(x[0], x[1]).apply(x[2]),
                uniform(1, 32, 2),
                uniform(2, 3, 12),
                uniform(3, 24, 2));
        composed(
                "groups of rows",
                x -> operatorOf(x[0], x[1]).applyToRows(x[2]),
                uniform(1, 32, 2),
                uniform(2, 3, 12),
                uniform(3, 24));
        both("transpose", x -> operator(x).transpose().apply(x[3]), square);
        both("toDense", x -> operator(x).toDense(), wide[0], wide[1], wide[2]);
        both("row", x -> operator(x).row(5), wide[0], wide[1], wide[2]);
        both("entry", x -> operator(x).entry(5, 3), wide[0], wide[1], wide[2]);
        both("solve", x -> operator(x).solve(x[3]), square);
        both("inverse", x -> operator(x).inverse().apply(x[3]), square);
        both("slogdet", x -> operator(x).slogdet().logAbs(), factors);
        complex("slogdet, sign", x -> operator(x).slogdet().sign(), factors);
        both("trace", x -> operator(x).trace(), factors);
        both("diag", x -> operator(x).diag(), factors);
        both("svdvals", x -> operator(x).svdvals(), factors);
        both(
                "eigh",
                x -> symmetric(operatorOf(symmetric(x[0]), symmetric(x[1]))
                        .eigh()
                        .w()
                        .unsqueeze(0)
                        .expand(6, 6)),
                uniform(1, 2, 2),
                uniform(2, 3, 3));
        both(
                "cholesky",
                x -> operatorOf(positive(x[0]), positive(x[1])).cholesky().toDense(),
                uniform(1, 2, 2),
                uniform(2, 2, 2));
        both(
                "identityKron",
                x -> KroneckerOperator.identityKron(3, x[0]).apply(x[1]),
                uniform(1, 2, 2),
                uniform(2, 6, 2));
        both("kronIdentity", x -> KroneckerOperator.kronIdentity(x[0], 3).solve(x[1]), regular(1, 2, 2), uniform(2, 6));
    }

    private static Tensor positive(Tensor a) {
        return Elementwise.add(
                MatMul.matmul(a, Form.PLAIN, a, Form.ADJOINT),
                Tensor.eye(a.dtype(), a.shape().at(-1)));
    }

    private static KroneckerOperator operator(Tensor... x) {
        return KroneckerOperator.of(x[0], x[1], x[2]);
    }

    private static KroneckerOperator operatorOf(Tensor... factors) {
        return KroneckerOperator.of(factors);
    }

    @Test
    void withADiagonal() {
        NDArray[] all = {uniform(1, 2, 2), uniform(2, 3, 3), between(4, 0.5, 1), uniform(3, 6, 2)};
        both("eigenvalues", x -> plusDiagonal(x).eigenvalues().exp(), all[0], all[1], all[2]);
        both("slogdet", x -> plusDiagonal(x).slogdet().logAbs(), all[0], all[1], all[2]);
        both("apply", x -> plusDiagonal(x).apply(x[3]), all);
        both("solve", x -> plusDiagonal(x).solve(x[3]), all);
        bothOnce("solve a vector", x -> plusDiagonal(x).solve(x[3].select(1, 0)), all);
        both("quadraticForm", x -> plusDiagonal(x).quadraticForm(x[3]), all);
        bothOnce(
                "of a number",
                x -> KroneckerPlusDiagonal.of(2, operatorOf(positive(x[0]))).quadraticForm(x[1]),
                uniform(1, 2, 2),
                uniform(2, 2));
        bothOnce(
                "of identities",
                x -> KroneckerPlusDiagonal.of(x[1], KroneckerOperator.identityKron(2, positive(x[0])))
                        .quadraticForm(x[2]),
                uniform(1, 2, 2),
                between(2, 1, 2),
                uniform(3, 4));
    }

    private static KroneckerPlusDiagonal plusDiagonal(Tensor... x) {
        return KroneckerPlusDiagonal.of(x[2], operatorOf(positive(x[0]), positive(x[1])));
    }

    /** Eigenvectors are not unique then, but nothing depends on which were found. */
    @Test
    void equalEigenvalues() {
        Tensor k = Tensor.eye(DType.FLOAT64, 3).requiresGrad();
        Tensor b = Tensor.of(new double[] {1, 2, 3});
        Tensor form = KroneckerPlusDiagonal.of(1, operatorOf(k)).quadraticForm(b);
        double[] expected = new double[9];
        for (int i = 0; i < 9; i++) {
            expected[i] = -(i / 3 + 1) * (i % 3 + 1) / 4.0;
        }
        assertArrayEquals(expected, Gradients.of(form, k).get(0).toDoubleArray(), 1e-14);
        // Of b^T (2 I + t J)^-1 b, for J of ones: -b^T J b / 4, and 2 b^T J^2 b / 8.
        Tensor t = Tensor.of(0.0).requiresGrad();
        Tensor moved = t.multiply(Tensor.ones(DType.FLOAT64, 3, 3)).add(Tensor.eye(DType.FLOAT64, 3));
        Tensor again = KroneckerPlusDiagonal.of(1, operatorOf(moved)).quadraticForm(b);
        Tensor first = Gradients.of(Graph.DIFFERENTIABLE, again, t).get(0);
        assertEquals(-9, first.item(), 1e-13);
        assertEquals(27, Gradients.of(first, t).get(0).item(), 1e-12);
    }

    @Test
    void convolutions() {
        int[][][] cases = {{{1, 1}, {0, 0}}, {{2, 2}, {0, 0}}, {{2, 3}, {0, 1}}, {{3, 1}, {1, 0}}};
        for (int[][] c : cases) {
            both(
                    "convTranspose2d",
                    x -> Convolution.convTranspose2d(x[0], x[1], c[0], c[1]),
                    uniform(1, 2, 2, 2, 3),
                    uniform(2, 2, 2, 2, 2));
        }
        both(
                "convTranspose2d of matrices",
                x -> Convolution.convTranspose2d(x[0], x[1], 1, 0),
                uniform(1, 2, 3),
                uniform(2, 2, 2));
        both(
                "convolution by unfold",
                x -> Einsum.einsum("ncijkl,ockl->noij", x[0].unfold(2, 2, 1).unfold(3, 2, 2), x[1]),
                uniform(1, 2, 2, 3, 4),
                uniform(2, 2, 2, 2, 2));
    }
}
