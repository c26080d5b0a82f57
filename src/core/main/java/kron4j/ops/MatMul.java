package kron4j.ops;

import java.util.Arrays;
import java.util.stream.IntStream;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.ops.Contractions.Labelled;

/**
 * Products of matrices and tensors.
 *
 * <pre>{@code
 * Tensor c = MatMul.matmul(a, b);                             // [..., m, l] and [..., l, n] give [..., m, n]
 * Tensor d = MatMul.matmul(a, true, a, false);                // a^T a, without a copy
 * Tensor e = MatMul.tensordot(x, y, new int[] {0, 2}, new int[] {1, 0});
 * }</pre>
 *
 * <p>Operands: any dtype but bool (integers wrap around in their own dtype), one dtype and one device, any strides;
 * transposes cost no copy. Results are new row-major tensors, owned by the current scope. {@link Einsum} says how
 * infinities behave in products with broadcast views. Gradients: products of the result's gradient with the other
 * operand, as differentiable as these. Only {@link #vdot} and the forms that say so conjugate complex operands.
 */
public final class MatMul {
    private MatMul() {}

    /** How a product reads the matrices of an operand; no form costs a copy where the device's GEMM takes it. */
    public enum Form {
        /** The matrices as they are. */
        PLAIN(false, false),
        /** Rows and columns exchanged. */
        TRANSPOSED(true, false),
        /** The complex conjugates; of real numbers they are plain. */
        CONJUGATED(false, true),
        /** The conjugate transposes; of real numbers they are the transposes. */
        ADJOINT(true, true);

        private final boolean transposed;
        private final boolean conjugated;

        Form(boolean transposed, boolean conjugated) {
            this.transposed = transposed;
            this.conjugated = conjugated;
        }

        private static Form of(boolean transposed) {
            return transposed ? TRANSPOSED : PLAIN;
        }
    }

    /**
     * {@return the matrix product {@code c[..., i, j] = sum over l of a[..., i, l] * b[..., l, j]}
     * ({@code numpy.matmul})} Leading axes broadcast; a 1-D operand is a row on the left, a column on the right, and
     * its axis disappears.
     *
     * @param a [..., m, l] or [l]
     * @param b [..., l, n] or [l]
     * @throws ShapeException if an operand is a scalar, inner sizes differ, or leading axes do not broadcast
     */
    public static Tensor matmul(Tensor a, Tensor b) {
        return matmul(a, false, b, false);
    }

    /**
     * {@return the matrix product of the operands, transposed or not; see {@link #matmul(Tensor, Tensor)}}
     *
     * @param a the left operand
     * @param transposeA whether the last two axes of a are exchanged; a 1-D operand has nothing to exchange
     * @param b the right operand
     * @param transposeB the same for b
     * @throws ShapeException if an operand is a scalar, inner sizes differ, or leading axes do not broadcast
     */
    public static Tensor matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        return matmul("matmul", a, Form.of(transposeA), b, Form.of(transposeB));
    }

    /**
     * {@return the matrix product of the operands, each in a form: {@code matmul(a, ADJOINT, b, PLAIN)} is a^H b; see
     * {@link #matmul(Tensor, Tensor)}}
     *
     * @param a the left operand
     * @param formA how a is read; a 1-D operand has nothing to exchange, but is conjugated
     * @param b the right operand
     * @param formB the same for b
     * @throws ShapeException if an operand is a scalar, inner sizes differ, or leading axes do not broadcast
     */
    public static Tensor matmul(Tensor a, Form formA, Tensor b, Form formB) {
        return matmul("matmul", a, formA, b, formB);
    }

    /**
     * {@return the product of {@code tf.matmul}: as {@link #matmul(Tensor, boolean, Tensor, boolean)}, for operands
     * with at least two axes}
     *
     * @param a the left operand
     * @param transposeA whether the last two axes of a are exchanged
     * @param b the right operand
     * @param transposeB the same for b
     * @throws ShapeException if an operand has fewer than two axes, inner sizes differ, or leading axes do not
     *     broadcast
     */
    public static Tensor tfMatmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        if (a.rank() < 2 || b.rank() < 2) {
            throw new ShapeException("tfMatmul: operands " + a.shape() + " and " + b.shape()
                    + " need two axes or more; add one with unsqueeze, or use matmul");
        }
        return matmul("tfMatmul", a, Form.of(transposeA), b, Form.of(transposeB));
    }

    /**
     * {@return the product of {@code tf.matmul}: as {@link #matmul(Tensor, Tensor)}, for operands with at least two
     * axes}
     *
     * @param a the left operand
     * @param b the right operand
     * @throws ShapeException if an operand has fewer than two axes, inner sizes differ, or leading axes do not
     *     broadcast
     */
    public static Tensor tfMatmul(Tensor a, Tensor b) {
        return tfMatmul(a, false, b, false);
    }

    private static Tensor matmul(String op, Tensor a, Form formA, Tensor b, Form formB) {
        if (a.rank() == 0 || b.rank() == 0) {
            throw new ShapeException(op + ": operand " + (a.rank() == 0 ? 0 : 1) + " is a scalar (shapes " + a.shape()
                    + ", " + b.shape() + "); multiply by it instead");
        }
        boolean row = a.rank() == 1;
        boolean column = b.rank() == 1;
        int innerA = row ? 0 : formA.transposed ? a.rank() - 2 : a.rank() - 1;
        int innerB = column ? 0 : formB.transposed ? b.rank() - 1 : b.rank() - 2;
        requireEqual(op, a, innerA, b, innerB);
        int batchA = Math.max(0, a.rank() - 2);
        int batchB = Math.max(0, b.rank() - 2);
        Shape batch = Shape.broadcast(op, a.shape().slice(0, batchA), b.shape().slice(0, batchB));
        int m = batch.rank();
        int n = m + 1;
        int k = m + 2;
        int[] labelsA = leading(m, batchA, a.rank());
        int[] labelsB = leading(m, batchB, b.rank());
        int[] out = leading(m, m, m + (row ? 0 : 1) + (column ? 0 : 1));
        Shape shape = batch;
        if (!row) {
            int outer = 2 * a.rank() - 3 - innerA;
            labelsA[outer] = m;
            out[m] = m;
            shape = shape.concat(Shape.of(a.shape().at(outer)));
        }
        if (!column) {
            int outer = 2 * b.rank() - 3 - innerB;
            labelsB[outer] = n;
            out[out.length - 1] = n;
            shape = shape.concat(Shape.of(b.shape().at(outer)));
        }
        labelsA[innerA] = k;
        labelsB[innerB] = k;
        return Contractions.pair(
                op,
                new Labelled(a, labelsA, formA.conjugated),
                new Labelled(b, labelsB, formB.conjugated),
                m + 3,
                out,
                shape);
    }

    /** Labels axes whose first {@code batch} ones are the last of {@code total} batch labels. */
    private static int[] leading(int total, int batch, int length) {
        int[] labels = new int[length];
        for (int i = 0; i < batch; i++) {
            labels[i] = total - batch + i;
        }
        return labels;
    }

    private static void requireEqual(String op, Tensor a, int axisA, Tensor b, int axisB) {
        if (a.shape().at(axisA) != b.shape().at(axisB)) {
            throw new ShapeException(
                    op + ": contracted sizes differ: " + a.shape().at(axisA) + " at axis " + axisA + " of " + a.shape()
                            + ", " + b.shape().at(axisB) + " at axis " + axisB + " of " + b.shape());
        }
    }

    /**
     * {@return the sum over the last {@code axes} axes of a and the first of b ({@code numpy.tensordot})}
     *
     * @param a the left operand
     * @param b the right operand
     * @param axes how many; 0 gives the outer product
     * @throws ShapeException if there are not so many axes, or their sizes differ (1 does not broadcast)
     */
    public static Tensor tensordot(Tensor a, Tensor b, int axes) {
        if (axes < 0 || axes > a.rank() || axes > b.rank()) {
            throw new ShapeException("tensordot: " + axes + " axes of shapes " + a.shape() + " and " + b.shape()
                    + "; give 0 to " + Math.min(a.rank(), b.rank()));
        }
        int first = a.rank() - axes;
        return tensordot(
                a,
                b,
                IntStream.range(first, a.rank()).toArray(),
                IntStream.range(0, axes).toArray());
    }

    /**
     * {@return the sum over pairs of axes ({@code numpy.tensordot})} Result axes are the others of a, then those of b.
     *
     * @param a the left operand
     * @param b the right operand
     * @param axesA the summed axes of a
     * @param axesB the summed axes of b, in the same order
     * @throws ShapeException if the lists differ in length, an axis repeats, or sizes differ (1 does not broadcast)
     */
    public static Tensor tensordot(Tensor a, Tensor b, int[] axesA, int[] axesB) {
        if (axesA.length != axesB.length) {
            throw new ShapeException("tensordot: axes " + Arrays.toString(axesA) + " of " + a.shape() + " and "
                    + Arrays.toString(axesB) + " of " + b.shape() + " differ in number");
        }
        return tensordot("tensordot", a, b, axesA, axesB);
    }

    static Tensor tensordot(String op, Tensor a, Tensor b, int[] axesA, int[] axesB) {
        return tensordot(op, a, false, b, axesA, axesB);
    }

    private static Tensor tensordot(String op, Tensor a, boolean conjugated, Tensor b, int[] axesA, int[] axesB) {
        int[] labelsA = new int[a.rank()];
        int[] labelsB = new int[b.rank()];
        Arrays.fill(labelsA, -1);
        Arrays.fill(labelsB, -1);
        for (int i = 0; i < axesA.length; i++) {
            int axisA = a.shape().axis(op, axesA[i]);
            int axisB = b.shape().axis(op, axesB[i]);
            requireEqual(op, a, axisA, b, axisB);
            if (labelsA[axisA] >= 0 || labelsB[axisB] >= 0) {
                throw new ShapeException(op + ": an axis repeats in " + Arrays.toString(axesA) + " of " + a.shape()
                        + " and " + Arrays.toString(axesB) + " of " + b.shape());
            }
            labelsA[axisA] = i;
            labelsB[axisB] = i;
        }
        int labels = axesA.length;
        int[] out = new int[a.rank() + b.rank() - 2 * labels];
        long[] dims = new long[out.length];
        int next = 0;
        for (int operand = 0; operand < 2; operand++) {
            int[] of = operand == 0 ? labelsA : labelsB;
            for (int axis = 0; axis < of.length; axis++) {
                if (of[axis] < 0) {
                    of[axis] = labels + next;
                    dims[next] = (operand == 0 ? a : b).shape().at(axis);
                    out[next++] = of[axis];
                }
            }
        }
        return Contractions.pair(
                op,
                new Labelled(a, labelsA, conjugated),
                new Labelled(b, labelsB),
                labels + out.length,
                out,
                Shape.of(dims));
    }

    /**
     * {@return the sum over the last axis of a and the second to last of b, or its only one ({@code numpy.dot})} Result
     * axes are the others of a, then of b. With a scalar, the product.
     *
     * @param a the left operand
     * @param b the right operand
     * @throws ShapeException if the summed sizes differ
     */
    public static Tensor dot(Tensor a, Tensor b) {
        if (a.rank() == 0 || b.rank() == 0) {
            return tensordot("dot", a, b, new int[0], new int[0]);
        }
        return tensordot("dot", a, b, new int[] {-1}, new int[] {b.rank() == 1 ? 0 : -2});
    }

    /**
     * {@return the sum over the last axes ({@code numpy.inner}); with a scalar, the product}
     *
     * @param a the left operand
     * @param b the right operand
     * @throws ShapeException if the last sizes differ
     */
    public static Tensor inner(Tensor a, Tensor b) {
        int[] last = a.rank() == 0 || b.rank() == 0 ? new int[0] : new int[] {-1};
        return tensordot("inner", a, b, last, last);
    }

    /**
     * {@return the outer product {@code c[i, j] = a[i] * b[j]} of the operands, flattened to 1-D ({@code numpy.outer})}
     *
     * @param a the left operand
     * @param b the right operand
     */
    public static Tensor outer(Tensor a, Tensor b) {
        int[] labelsA = IntStream.range(0, a.rank()).toArray();
        int[] labelsB = IntStream.range(a.rank(), a.rank() + b.rank()).toArray();
        int labels = a.rank() + b.rank();
        return Contractions.pair(
                "outer",
                a,
                labelsA,
                b,
                labelsB,
                labels,
                IntStream.range(0, labels).toArray(),
                Shape.of(a.size(), b.size()));
    }

    /**
     * {@return the sum of products of the elements in row-major order, those of a conjugated, a scalar
     * ({@code numpy.vdot})}
     *
     * @param a the left operand, conjugated if it is complex
     * @param b the right operand
     * @throws ShapeException if the numbers of elements differ
     */
    public static Tensor vdot(Tensor a, Tensor b) {
        if (a.size() != b.size()) {
            throw new ShapeException("vdot: sizes differ: " + a.size() + " elements of " + a.shape() + ", " + b.size()
                    + " of " + b.shape());
        }
        if (!a.shape().equals(b.shape())) {
            try (Tensor flatA = a.reshape(-1);
                    Tensor flatB = b.reshape(-1)) {
                return vdot(flatA, flatB);
            }
        }
        int[] axes = IntStream.range(0, a.rank()).toArray();
        return tensordot("vdot", a, true, b, axes, axes);
    }

    /**
     * {@return {@code y[..., o] = sum over i, j of x1[..., i] * w[o, i, j] * x2[..., j]}
     * ({@code torch.nn.functional.bilinear} without bias)}
     *
     * @param x1 [..., n1]
     * @param w [out, n1, n2]
     * @param x2 [..., n2]; leading axes equal those of x1
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor bilinear(Tensor x1, Tensor w, Tensor x2) {
        boolean fits = x1.rank() >= 1
                && x2.rank() == x1.rank()
                && w.rank() == 3
                && x1.shape().slice(0, x1.rank() - 1).equals(x2.shape().slice(0, x2.rank() - 1))
                && x1.shape().at(-1) == w.shape().at(1)
                && x2.shape().at(-1) == w.shape().at(2);
        if (!fits) {
            throw new ShapeException("bilinear: x1 " + x1.shape() + ", w " + w.shape() + ", x2 " + x2.shape()
                    + "; expected [..., n1], [out, n1, n2], [..., n2]");
        }
        return Einsum.einsum("...i,oij,...j->...o", x1, w, x2);
    }

    /**
     * {@return {@link #bilinear(Tensor, Tensor, Tensor)} plus a bias}
     *
     * @param x1 [..., n1]
     * @param w [out, n1, n2]
     * @param x2 [..., n2]; leading axes equal those of x1
     * @param bias [out]
     * @throws ShapeException if the shapes do not fit
     */
    public static Tensor bilinear(Tensor x1, Tensor w, Tensor x2, Tensor bias) {
        if (bias.rank() != 1 || w.rank() != 3 || bias.shape().at(0) != w.shape().at(0)) {
            throw new ShapeException(
                    "bilinear: bias " + bias.shape() + " for w " + w.shape() + "; expected [out] for [out, n1, n2]");
        }
        Operands.sameDType("bilinear", x1, bias);
        Operands.sameDevice("bilinear", x1, bias);
        bias.view();
        try (Tensor product = bilinear(x1, w, x2)) {
            return Elementwise.add(product, bias);
        }
    }
}
