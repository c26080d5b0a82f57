package kron4j.fuzz;

import java.util.List;
import java.util.SplittableRandom;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.reference.Matrix;
import kron4j.reference.NDArray;

/** Batches of matrices of all kinds: random, graded, tiny, huge, singular, with NaN and infinities. */
final class MatrixDraw {
    private final Draw draw;
    private final DType dtype;
    private final SplittableRandom from;
    private final int kinds;

    /** @param kinds how many of the kinds may come, the ordinary ones first; 8 are finite, 9 all */
    MatrixDraw(Draw draw, DType dtype, int kinds) {
        this.draw = draw;
        this.dtype = dtype;
        this.kinds = kinds;
        this.from = draw.elements();
    }

    /** Leading axes for matrices of that many elements. */
    long[] batch(long elements) {
        return draw.shape(draw.below(3), (int) Math.max(1, Math.min(12, 3000 / Math.max(1, elements))));
    }

    Operand matrices(long[] batch, int rows, int cols) {
        long[] shape = java.util.Arrays.copyOf(batch, batch.length + 2);
        shape[batch.length] = rows;
        shape[batch.length + 1] = cols;
        double[] data = new double[NDArray.full(0, shape).size()];
        int kind = draw.below(kinds);
        boolean mixed = draw.oneIn(4);
        for (int at = 0; at < data.length; at += rows * cols) {
            double[] one = matrix(mixed && from.nextBoolean() ? from.nextInt(kinds) : kind, rows, cols)
                    .data();
            System.arraycopy(one, 0, data, at, one.length);
        }
        NDArray values = NDArray.of(data, shape).map(x -> dtype == DType.FLOAT32 ? (float) x : x);
        return Operand.of(draw, values, dtype);
    }

    private double uniform() {
        return (float) (2 * from.nextDouble() - 1);
    }

    private Matrix matrix(int kind, int rows, int cols) {
        Matrix random = Matrix.generate(rows, cols, (i, j) -> uniform());
        double large = dtype == DType.FLOAT32 ? 1e30 : 1e150;
        return switch (kind) {
            case 0 -> random;
            case 1 -> Matrix.generate(rows, cols, (i, j) -> from.nextInt(-3, 4));
            case 2 -> Matrix.generate(rows, cols, (i, j) -> i == j ? 1 + from.nextInt(3) : 0.25 * uniform());
            case 3 -> random.map(x -> x * large);
            case 4 -> random.map(x -> x / large);
            case 5 -> Matrix.generate(rows, cols, (i, j) -> random.at(i, j) * Math.scalb(1, from.nextInt(-20, 20)));
            case 6 -> {
                int zero = from.nextInt(Math.max(1, rows));
                yield Matrix.generate(rows, cols, (i, j) -> i == zero ? 0 : random.at(i, j));
            }
            case 7 -> {
                Matrix thin = Matrix.generate(rows, 1, (i, j) -> from.nextInt(-3, 4));
                yield thin.times(Matrix.generate(1, cols, (i, j) -> from.nextInt(-3, 4)));
            }
            default -> {
                double[] data = random.data();
                double[] bad = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
                for (int n = from.nextInt(3); n >= 0 && data.length > 0; n--) {
                    data[from.nextInt(data.length)] = bad[from.nextInt(3)];
                }
                yield random;
            }
        };
    }

    static List<Matrix> all(Tensor t) {
        return Matrix.all(NDArray.of(t));
    }

    /** A residual's norm within its bound; where that is not a number, something overflowed, and nothing is asked. */
    static void small(DType dtype, String what, double size, double bound) {
        double least = 100 * (dtype == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL);
        Verify.that(
                !Double.isFinite(bound) || size <= bound + least,
                what + ": residual " + size + ", expected at most " + bound);
    }

    static void orthonormal(DType dtype, String what, Matrix q) {
        small(
                dtype,
                what + ": columns",
                q.transpose().times(q).minus(Matrix.eye(q.cols())).norm(),
                30 * (q.rows() + q.cols() + 1) * Math.sqrt(q.cols() + 1.0) * dtype.epsilon());
    }
}
