package kron4j.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.GradientException;
import kron4j.SingularMatrixException;
import kron4j.Tensor;
import kron4j.autograd.Gradients;
import kron4j.autograd.Graph;
import kron4j.ops.Accuracy;
import kron4j.ops.Convolution;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Kron;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;
import kron4j.ops.Reduce;
import kron4j.ops.Softmax;
import kron4j.reference.Check;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Operands without elements have gradients: empty ones, and zeros of the other operands. And where there is none at all, the error says why. */
public class EmptyGradientContract extends Contract {
    private static final long[][] MATRICES = {{0, 3}, {3, 0}, {0, 0}, {2, 0, 3}, {0, 3, 3}, {2, 3, 0}, {2, 0, 0}};

    private static Tensor leaf(long... shape) {
        return Tensor.full(DType.FLOAT64, 0.5, shape).requiresGrad();
    }

    /** The sum of the results has gradients of the operands' shapes, once and twice, all zero. */
    private static void flows(String what, UnaryOperator<Tensor[]> operation, Tensor... operands) {
        for (int result = 0; result < operation.apply(operands).length; result++) {
            Tensor y = operation.apply(operands)[result];
            List<Tensor> g = Gradients.of(Graph.DIFFERENTIABLE, y.multiply(y).sum(), operands);
            for (int i = 0; i < operands.length; i++) {
                assertEquals(operands[i].shape(), g.get(i).shape(), what);
                Check.close(NDArray.full(0, operands[i].shape().dims()), g.get(i), Double.MIN_VALUE);
            }
        }
    }

    private static void each(Map<String, UnaryOperator<Tensor>> operations, Tensor x) {
        operations.forEach((name, op) -> flows(name + " of " + x.shape(), t -> new Tensor[] {op.apply(t[0])}, x));
    }

    @Test
    void ofOneOperand() {
        Map<String, UnaryOperator<Tensor>> all = new TreeMap<>();
        all.put("exp", Elementwise::exp);
        all.put("clamp", x -> Elementwise.clamp(x, 0, 1));
        all.put("sum", x -> Reduce.sum(x, -1));
        all.put("mean", x -> Reduce.mean(x, true, -1));
        all.put("logsumexp", x -> Reduce.logsumexp(x, -1));
        all.put("var", x -> Reduce.var(x, -1));
        all.put("prod", Reduce::prod);
        all.put("softmax", x -> Softmax.softmax(x, -1));
        all.put("flip", x -> x.flip(0));
        all.put("reshape", x -> x.reshape(0, 5));
        all.put("tril", x -> Indexing.tril(x, 0));
        all.put("diagonal", Tensor::diagonal);
        all.put("svdvals", Linalg::svdvals);
        all.put("svd", x -> Linalg.svd(x).u());
        all.put("qr", x -> Linalg.qr(x).r());
        all.put("lu", x -> Linalg.lu(x).u());
        all.put("pinv", Linalg::pinv);
        for (long[] shape : MATRICES) {
            each(all, leaf(shape));
        }
    }

    @Test
    void ofSquareMatrices() {
        Map<String, UnaryOperator<Tensor>> all = new TreeMap<>();
        all.put("det", Linalg::det);
        all.put("logabsdet", Linalg::logabsdet);
        all.put("compensated", x -> Linalg.slogdet(x, Accuracy.COMPENSATED).logAbs());
        all.put("logabsdetSvd", Linalg::logabsdetSvd);
        all.put("logdetCholesky", Linalg::logdetCholesky);
        all.put("cholesky", Linalg::cholesky);
        all.put("eigh", x -> Linalg.eigh(x).v());
        all.put("inverse", Linalg::inverse);
        for (long[] shape : new long[][] {{0, 0}, {2, 0, 0}, {0, 3, 3}}) {
            Tensor a = leaf(shape);
            each(all, a);
            for (long columns : new long[] {0, 2}) {
                Tensor b = leaf(shape[shape.length - 1], columns);
                flows("solve", t -> new Tensor[] {Linalg.solve(t[0], t[1])}, a, b);
                flows("triangularSolve", t -> new Tensor[] {Linalg.triangularSolve(t[0], t[1], true)}, a, b);
            }
        }
    }

    @Test
    void ofProducts() {
        Tensor full = leaf(2, 3);
        for (long[] shape : new long[][] {{0, 3}, {3, 0}, {0, 0}}) {
            Tensor x = leaf(shape);
            Tensor y = leaf(shape);
            flows("matmul", t -> new Tensor[] {MatMul.matmul(t[0], false, t[1], true)}, x, y);
            flows("einsum", t -> new Tensor[] {Einsum.einsum("ij,ik->jk", t[0], t[1])}, x, y);
            flows("outer", t -> new Tensor[] {MatMul.outer(t[0], t[1])}, x, full);
            flows("khatriRao", t -> new Tensor[] {Kron.khatriRao(t[0], t[1])}, x, y);
            for (Tensor[] pair : new Tensor[][] {{x, y}, {x, full}, {full, x}}) {
                flows("kron", t -> new Tensor[] {Kron.kron(t)}, pair);
                flows("kronByReshape", t -> new Tensor[] {Kron.kronByReshape(t[0], t[1])}, pair);
                flows("kronByBlocks", t -> new Tensor[] {Kron.kronByBlocks(t[0], t[1])}, pair);
                flows("kronByConvolution", t -> new Tensor[] {Kron.kronByConvolution(t[0], t[1])}, pair);
                flows("convTranspose2d", t -> new Tensor[] {Convolution.convTranspose2d(t[0], t[1], 2, 0)}, pair);
                flows("convTranspose2d", t -> new Tensor[] {Convolution.convTranspose2d(t[0], t[1], 1, 1)}, pair);
            }
        }
        Tensor kernel = leaf(2, 3, 2, 2);
        for (long[] shape : new long[][] {{0, 2, 4, 4}, {2, 2, 0, 4}, {2, 2, 4, 0}}) {
            flows("conv", t -> new Tensor[] {Convolution.convTranspose2d(t[0], t[1], 2, 0)}, leaf(shape), kernel);
        }
        for (long[] shape : new long[][] {{0, 3, 2, 2}, {2, 0, 2, 2}, {2, 3, 0, 2}, {2, 3, 2, 0}}) {
            Tensor image = leaf(1, shape[0], 4, 4);
            flows("conv", t -> new Tensor[] {Convolution.convTranspose2d(t[0], t[1], 2, 0)}, image, leaf(shape));
        }
    }

    @Test
    void ofKroneckerOperators() {
        Tensor a = leaf(2, 3);
        for (long[] shape : new long[][] {{3, 2}, {0, 2}, {3, 0}, {0, 0}}) {
            Tensor b = leaf(shape);
            long rows = 2 * shape[0];
            long cols = 3 * shape[1];
            for (long n : shape[0] * shape[1] == 0 ? new long[] {0, 2} : new long[] {0}) {
                flows(
                        "apply",
                        t -> new Tensor[] {KroneckerOperator.of(t[0], t[1]).apply(t[2])},
                        a,
                        b,
                        leaf(cols, n));
                flows(
                        "apply",
                        t -> new Tensor[] {KroneckerOperator.of(t[0], t[1]).apply(t[2])},
                        a,
                        b,
                        leaf(n, cols, n));
                flows(
                        "right",
                        t -> new Tensor[] {KroneckerOperator.of(t[0], t[1]).applyRight(t[2])},
                        a,
                        b,
                        leaf(n, rows));
                flows(
                        "rows",
                        t -> new Tensor[] {KroneckerOperator.of(t[0], t[1]).applyToRows(t[2])},
                        a,
                        b,
                        leaf(n, cols));
            }
        }
        Tensor singular = leaf(2, 2);
        Tensor none = leaf(0, 0);
        flows(
                "slogdet",
                t -> new Tensor[] {KroneckerOperator.of(t[0], t[1]).slogdet().logAbs()},
                none,
                singular);
        assertEquals(0, KroneckerOperator.of(none, singular).slogdet().logAbs().item());
        flows("solve", t -> new Tensor[] {KroneckerOperator.of(t[0]).solve(t[1])}, none, leaf(0, 2));
    }

    /** What has no gradient says what is undefined. */
    @Test
    void whatHasNone() {
        Tensor x = leaf(2, 2);
        for (Tensor loss :
                Arrays.asList(Elementwise.sign(x).sum(), Elementwise.floor(x).sum())) {
            Check.refused(
                    GradientException.class,
                    () -> Gradients.of(loss, x),
                    "was not computed from a tensor that requires gradients",
                    "constant almost everywhere (sign, floor");
        }
        Tensor g = Gradients.of(Graph.DIFFERENTIABLE, Linalg.det(x), x).get(0);
        Tensor h = Gradients.of(Graph.DIFFERENTIABLE, g.multiply(g).sum(), x).get(0);
        Check.refused(
                SingularMatrixException.class,
                () -> Gradients.of(h.multiply(x).sum(), x),
                "third gradient of det: the matrix of shape [2,2] is singular (pivot 1 is zero)",
                "det has gradients of the first and second order there");
    }
}
