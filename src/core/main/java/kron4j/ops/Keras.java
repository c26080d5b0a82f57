package kron4j.ops;

import java.util.Arrays;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;

/**
 * The products {@code dot} and {@code batch_dot} of {@code keras.backend}, the latter as it is now and as it was up to
 * Keras 2.2.4.
 *
 * <pre>{@code
 * Tensor a = Keras.dot(Tensor.ones(DType.FLOAT32, 1, 2, 3, 4), Tensor.ones(DType.FLOAT32, 8, 7, 4, 5));  // [1,2,3,8,7,5]
 * Tensor b = Keras.batchDot(Tensor.ones(DType.FLOAT32, 10, 4, 5), Tensor.ones(DType.FLOAT32, 10, 5, 8)); // [10,4,8]
 * }</pre>
 *
 * <p>Operands, results and gradients as in {@link MatMul}.
 */
public final class Keras {
    private Keras() {}

    /**
     * {@return the sum over the last axis of x and the second to last of y ({@code K.dot})} Result axes are the others
     * of x, then of y: (1,2,3,4).(8,7,4,5) gives (1,2,3,8,7,5).
     *
     * @param x [..., n]
     * @param y [..., n, m]
     * @throws ShapeException if the contracted sizes differ, with the sizes of the matrices that Keras would multiply,
     *     or if x is a scalar, y has fewer than two axes, or x is a vector and y a matrix
     */
    public static Tensor dot(Tensor x, Tensor y) {
        boolean matrices = x.rank() <= 2 && y.rank() <= 2;
        if (x.rank() < (matrices ? 2 : 1) || y.rank() < 2) {
            throw new ShapeException("Keras.dot: shapes " + x.shape() + " and " + y.shape()
                    + ": x and y need two axes or more (x one if y has three)");
        }
        long inner = x.shape().at(-1);
        long rows = y.shape().at(-2);
        if (inner != rows) {
            throw new ShapeException(
                    "Keras.dot: shapes " + x.shape() + " and " + y.shape() + ": sizes must be equal, but are "
                            + inner + " and " + rows + " for the matrices " + Shape.of(others(x, -1), inner) + ", "
                            + Shape.of(rows, others(y, -2)));
        }
        return MatMul.tensordot("Keras.dot", x, y, new int[] {-1}, new int[] {-2});
    }

    private static long others(Tensor t, int axis) {
        return t.shape().with(axis, 1).size();
    }

    /**
     * {@return the product of {@code K.batch_dot} since Keras 2.2.5} Axis 0 is the batch, one axis of x and one of y
     * are summed over, and all others stay: those of x, then of y. Two matrices give (batch, 1).
     *
     * @param x [batch, ...]
     * @param y [batch, ...]
     * @param axes none for [last of x, second to last of y], or the last of y if it is a matrix; one for both; or one
     *     for x and one for y. Negative ones count from the end.
     * @throws ShapeException if an operand has fewer than two axes, the batch sizes or the summed sizes differ, or an
     *     axis is 0
     */
    public static Tensor batchDot(Tensor x, Tensor y, int... axes) {
        String shapes = "Keras.batchDot: shapes " + x.shape() + " and " + y.shape();
        if (x.rank() < 2 || y.rank() < 2) {
            throw new ShapeException(shapes + " need two axes or more");
        }
        if (axes.length > 2) {
            throw new ShapeException(
                    shapes + ": axes " + Arrays.toString(axes) + "; expected none, one, or one for each operand");
        }
        int axisX = x.shape().axis("Keras.batchDot", axes.length == 0 ? -1 : axes[0]);
        int axisY = y.shape().axis("Keras.batchDot", axes.length > 0 ? axes[axes.length - 1] : y.rank() == 2 ? -1 : -2);
        if (axisX == 0 || axisY == 0) {
            throw new ShapeException(shapes + ": axes [" + axisX + ", " + axisY
                    + "]: axis 0 is the batch and cannot be summed over; add a batch axis with unsqueeze(0)");
        }
        if (x.shape().at(0) != y.shape().at(0)) {
            throw new ShapeException(shapes + ": batch sizes " + x.shape().at(0) + " and "
                    + y.shape().at(0) + " differ");
        }
        if (x.shape().at(axisX) != y.shape().at(axisY)) {
            throw new ShapeException(shapes + " with axes [" + axisX + ", " + axisY + "]: sizes "
                    + x.shape().at(axisX) + " and " + y.shape().at(axisY) + " differ");
        }
        int[] labelsX = new int[x.rank()];
        int[] labelsY = new int[y.rank()];
        int[] out = new int[x.rank() + y.rank() - 3];
        long[] dims = new long[out.length];
        dims[0] = x.shape().at(0);
        int next = 1;
        for (int i = 1; i < x.rank(); i++) {
            labelsX[i] = i == axisX ? out.length : next;
            if (i != axisX) {
                dims[next] = x.shape().at(i);
                out[next] = next++;
            }
        }
        for (int i = 1; i < y.rank(); i++) {
            labelsY[i] = i == axisY ? out.length : next;
            if (i != axisY) {
                dims[next] = y.shape().at(i);
                out[next] = next++;
            }
        }
        Shape shape = out.length == 1 ? Shape.of(dims[0], 1) : Shape.of(dims);
        return Contractions.pair("Keras.batchDot", x, labelsX, y, labelsY, out.length + 1, out, shape);
    }

    /**
     * {@return the product of {@code K.batch_dot} up to Keras 2.2.4} The operand with fewer axes gets trailing axes of
     * size 1. Then the last two axes are multiplied as matrices, transposed where {@code axes} asks for it, and all
     * leading axes are batch: (10,12,4,5).(10,12,5,8) gives (10,12,4,8). Two matrices are multiplied elementwise and
     * summed, which gives (batch, 1).
     *
     * @param x [batch, ...]
     * @param y [batch, ...]
     * @param axes none for [last of x, second to last of y]; one for both; or one for x and one for y (further ones are
     *     ignored). As in Keras, x is transposed unless its axis is literally rank - 1, y if its axis is.
     * @throws ShapeException if the leading sizes or the summed sizes differ, or a padded axis cannot be removed from
     *     the result
     */
    public static Tensor batchDotLegacy(Tensor x, Tensor y, int... axes) {
        if (x.rank() == 0 || y.rank() == 0) {
            throw new ShapeException(
                    "Keras.batchDotLegacy: shapes " + x.shape() + " and " + y.shape() + ": a scalar has no batch axis");
        }
        Operands.sameDType("Keras.batchDotLegacy", x, y);
        Operands.requireNumber("Keras.batchDotLegacy", x);
        Operands.sameDevice("Keras.batchDotLegacy", x, y);
        int axisX = axes.length == 0 ? x.rank() - 1 : axes[0];
        int axisY = axes.length == 0 ? y.rank() - 2 : axes[Math.min(1, axes.length - 1)];
        int rank = Math.max(x.rank(), y.rank());
        try (Tensor paddedX = padded(x, rank);
                Tensor paddedY = padded(y, rank);
                Tensor product = rank <= 2
                        ? elementwise(paddedX, paddedY, axisX, axisY)
                        : matrices(paddedX, axisX != rank - 1, paddedY, axisY == rank - 1)) {
            int padding = Math.abs(x.rank() - y.rank());
            int first = x.rank() > y.rank() ? x.rank() + y.rank() - 3 : x.rank() - 1;
            return product.viewBy(l -> {
                Layout layout = l;
                for (int i = 0; i < padding; i++) {
                    if (layout.shape().at(first) != 1) {
                        throw new ShapeException("Keras.batchDotLegacy: shapes " + x.shape() + " and " + y.shape()
                                + ": the axis added to the shorter one has size "
                                + layout.shape().at(first) + " in the result and cannot be removed");
                    }
                    layout = layout.squeeze(first);
                }
                return layout.rank() == 1 ? layout.unsqueeze(1) : layout;
            });
        }
    }

    private static Tensor padded(Tensor t, int rank) {
        long[] dims = Arrays.copyOf(t.shape().dims(), rank);
        Arrays.fill(dims, t.rank(), rank, 1);
        return t.reshape(dims);
    }

    private static Tensor elementwise(Tensor x, Tensor y, int axisX, int axisY) {
        if (x.rank() < 2) {
            throw new ShapeException(
                    "Keras.batchDotLegacy: shapes " + x.shape() + " and " + y.shape() + " need two axes or more");
        }
        boolean transposed = axisX != axisY;
        Shape product = transposed ? Shape.of(x.shape().at(1), x.shape().at(0)) : x.shape();
        Shape.broadcast("Keras.batchDotLegacy", product, y.shape());
        int summed = y.shape().axis("Keras.batchDotLegacy", axisY);
        return Einsum.einsum((transposed ? "ji" : "ij") + ",ij->" + (summed == 0 ? "j" : "i"), x, y);
    }

    private static Tensor matrices(Tensor x, boolean transposeX, Tensor y, boolean transposeY) {
        int batch = x.rank() - 2;
        if (!x.shape().slice(0, batch).equals(y.shape().slice(0, batch))) {
            throw new ShapeException("Keras.batchDotLegacy: shapes " + x.shape() + " and " + y.shape()
                    + ": leading sizes must be equal; batchDot does not need this");
        }
        long columns = x.shape().at(transposeX ? -2 : -1);
        long rows = y.shape().at(transposeY ? -1 : -2);
        if (columns != rows) {
            throw new ShapeException("Keras.batchDotLegacy: shapes " + x.shape() + " and " + y.shape()
                    + ": summed sizes " + columns + " and " + rows + " differ");
        }
        return MatMul.matmul(x, transposeX, y, transposeY);
    }
}
