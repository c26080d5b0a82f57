package kron4j.contract;

import kron4j.Complex;
import kron4j.Tensor;
import kron4j.ops.Einsum;
import kron4j.ops.Keras;
import kron4j.ops.MatMul;
import kron4j.ops.MatMul.Form;
import kron4j.reference.NDArray;
import org.junit.jupiter.api.Test;

/** Gradients of matmul and its relatives, and of einsum. */
public class ContractionGradientContract extends GradientContract {
    @Test
    void matmul() {
        long[][][] shapes = {
            {{2, 3}, {3, 4}},
            {{3}, {3}},
            {{3}, {3, 2}},
            {{2, 3}, {3}},
            {{2, 2, 3}, {3, 2}},
            {{3}, {2, 3, 2}},
            {{2, 1, 2, 3}, {3, 3, 1}},
            {{1, 2, 3}, {2, 3, 1}},
            {{2, 0}, {0, 3}},
            {{0, 2}, {2, 3}}
        };
        for (long[][] s : shapes) {
            both("matmul", x -> MatMul.matmul(x[0], x[1]), uniform(1, s[0]), uniform(2, s[1]));
        }
        both("matmul flags", x -> MatMul.matmul(x[0], true, x[1], true), uniform(1, 2, 3, 2), uniform(2, 4, 3));
        both("of itself", x -> MatMul.matmul(x[0], true, x[0], false), uniform(1, 3, 2));
        both("tfMatmul", x -> MatMul.tfMatmul(x[0], x[1]), uniform(1, 2, 2, 3), uniform(2, 2, 3, 1));
    }

    @Test
    void forms() {
        for (Form left : Form.values()) {
            for (Form right : Form.values()) {
                complex(
                        left + " by " + right,
                        x -> MatMul.matmul(x[0], left, x[1], right),
                        left == Form.TRANSPOSED || left == Form.ADJOINT ? uniform(1, 3, 2) : uniform(1, 2, 3),
                        right == Form.TRANSPOSED || right == Form.ADJOINT ? uniform(2, 2, 3) : uniform(2, 3, 2));
            }
        }
        both("adjoint of itself", x -> MatMul.matmul(x[0], Form.ADJOINT, x[0], Form.PLAIN), uniform(1, 3, 2));
        both(
                "vector",
                x -> MatMul.matmul(x[0], Form.ADJOINT, x[1], Form.CONJUGATED),
                uniform(1, 3),
                uniform(2, 2, 3, 2));
    }

    @Test
    void relatives() {
        both("tensordot", x -> MatMul.tensordot(x[0], x[1], 2), uniform(1, 2, 3, 4), uniform(2, 3, 4, 2));
        both(
                "tensordot of axes",
                x -> MatMul.tensordot(x[0], x[1], new int[] {2, 0}, new int[] {0, -1}),
                uniform(1, 2, 3, 4),
                uniform(2, 4, 3, 2));
        both("tensordot 0", x -> MatMul.tensordot(x[0], x[1], 0), uniform(1, 2), uniform(2, 3));
        both("dot", x -> MatMul.dot(x[0], x[1]), uniform(1, 2, 3), uniform(2, 2, 3, 2));
        both("dot with a scalar", x -> MatMul.dot(x[0], x[1]), uniform(1), uniform(2, 2, 3));
        both("inner", x -> MatMul.inner(x[0], x[1]), uniform(1, 2, 3), uniform(2, 4, 3));
        both("outer", x -> MatMul.outer(x[0], x[1]), uniform(1, 2, 2), uniform(2, 3));
        both("vdot", x -> MatMul.vdot(x[0], x[1]), uniform(1, 2, 3), uniform(2, 3, 2));
        both(
                "bilinear",
                x -> MatMul.bilinear(x[0], x[1], x[2], x[3]),
                uniform(1, 2, 3),
                uniform(2, 2, 3, 2),
                uniform(3, 2, 2),
                uniform(4, 2));
        both("Keras.dot", x -> Keras.dot(x[0], x[1]), uniform(1, 2, 2, 3), uniform(2, 2, 3, 2));
        both("batchDot", x -> Keras.batchDot(x[0], x[1]), uniform(1, 2, 2, 3), uniform(2, 2, 3, 2));
        both("batchDot of matrices", x -> Keras.batchDot(x[0], x[1]), uniform(1, 2, 3), uniform(2, 2, 3));
        both("batchDot of axes", x -> Keras.batchDot(x[0], x[1], 1, 2), uniform(1, 2, 3, 2), uniform(2, 2, 2, 3));
        both("batchDotLegacy", x -> Keras.batchDotLegacy(x[0], x[1]), uniform(1, 2, 2, 3), uniform(2, 2, 3, 2));
        both(
                "batchDotLegacy, padded",
                x -> Keras.batchDotLegacy(x[0], x[1], 2, 1),
                uniform(1, 2, 2, 3),
                uniform(2, 2, 3));
        both("batchDotLegacy of matrices", x -> Keras.batchDotLegacy(x[0], x[1]), uniform(1, 2, 3), uniform(2, 3, 2));
    }

    @Test
    void einsum() {
        einsum("ij,jk->ik", new long[] {2, 3}, new long[] {3, 2});
        einsum("ahwm,ahwn->amn", new long[] {2, 2, 1, 3}, new long[] {2, 2, 1, 2});
        einsum("ij->ji", new long[] {2, 3});
        einsum("ij->", new long[] {2, 3});
        einsum("ij->i", new long[] {2, 3});
        einsum("ii->i", new long[] {3, 3});
        einsum("ii", new long[] {3, 3});
        einsum("iij->j", new long[] {2, 2, 3});
        einsum("i->ii", new long[] {3});
        einsum("ij->iij", new long[] {2, 3});
        einsum("i,j->ij", new long[] {2}, new long[] {3});
        einsum("ij,kl->", new long[] {2, 3}, new long[] {2, 2});
        einsum(",ij->ij", new long[] {}, new long[] {2, 2});
        einsum(",", new long[] {}, new long[] {});
        einsum("...ij,...jk->...ik", new long[] {2, 1, 2, 3}, new long[] {3, 3, 2});
        einsum("...,...->...", new long[] {2, 3}, new long[] {3});
        einsum("...i->i...", new long[] {2, 3});
        einsum("ij,jk,kl->il", new long[] {2, 3}, new long[] {3, 2}, new long[] {2, 2});
        einsum("ij,jk,kl,lm->im", new long[] {2, 1}, new long[] {3, 2}, new long[] {2, 2}, new long[] {2, 2});
        einsum("ij,ij,ij->", new long[] {2, 3}, new long[] {1, 3}, new long[] {2, 1});
        einsum("ii,ij->j", new long[] {1, 1}, new long[] {3, 2});
        einsum("iij,jj->i", new long[] {2, 2, 3}, new long[] {3, 3});
        einsum("ij,jk->ik", new long[] {2, 0}, new long[] {0, 2});
        einsum("i,i->", new long[] {0}, new long[] {0});
        both("alpha", x -> Einsum.einsum(-2.5, "ij,jk->ki", x[0], x[1]), uniform(1, 2, 3), uniform(2, 3, 2));
        both("of itself", x -> Einsum.einsum("ij,jk,ki->", x[0], x[0], x[0]), uniform(1, 3, 3));
        complex(
                "complex alpha",
                x -> Einsum.einsum(new Complex(0.5, -2), "ij,jk,kl->li", x),
                uniform(1, 2, 3),
                uniform(2, 3, 2),
                uniform(3, 2, 3));
        both(
                "sublists",
                x -> Einsum.einsum(
                        new Tensor[] {x[0], x[1]},
                        new int[][] {{70, Einsum.ELLIPSIS}, {Einsum.ELLIPSIS, 99}},
                        new int[] {99, Einsum.ELLIPSIS}),
                uniform(1, 2, 3),
                uniform(2, 3, 2));
        both(
                "within a memory limit",
                x -> Einsum.einsum(256, 1, "ij,jk->ik", x[0], x[1]),
                uniform(1, 4, 4),
                uniform(2, 4, 4));
    }

    private void einsum(String equation, long[]... shapes) {
        NDArray[] operands = new NDArray[shapes.length];
        for (int k = 0; k < shapes.length; k++) {
            operands[k] = uniform(k, shapes[k]);
        }
        both(equation, x -> Einsum.einsum(equation, x), operands);
    }
}
