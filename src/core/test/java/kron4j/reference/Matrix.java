package kron4j.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** A row-major matrix of doubles, with what residuals and their bounds are made of. */
public record Matrix(int rows, int cols, double[] data) {
    public interface Entry {
        double at(int row, int col);
    }

    public static Matrix generate(int rows, int cols, Entry entry) {
        double[] data = new double[rows * cols];
        for (int i = 0; i < data.length; i++) {
            data[i] = entry.at(i / cols, i % cols);
        }
        return new Matrix(rows, cols, data);
    }

    public static Matrix eye(int n) {
        return generate(n, n, (i, j) -> i == j ? 1 : 0);
    }

    /** The matrices of the last two axes, in row-major order of the others. */
    public static List<Matrix> all(NDArray batch) {
        long[] shape = batch.shape();
        int rows = (int) shape[shape.length - 2];
        int cols = (int) shape[shape.length - 1];
        int count = 1;
        for (int i = 0; i < shape.length - 2; i++) {
            count *= (int) shape[i];
        }
        double[] data = batch.data();
        List<Matrix> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new Matrix(rows, cols, Arrays.copyOfRange(data, i * rows * cols, (i + 1) * rows * cols)));
        }
        return all;
    }

    public double at(int row, int col) {
        return data[row * cols + col];
    }

    public Matrix map(DoubleUnaryOperator f) {
        return new Matrix(rows, cols, Arrays.stream(data).map(f).toArray());
    }

    public Matrix abs() {
        return map(Math::abs);
    }

    public Matrix transpose() {
        return generate(cols, rows, (i, j) -> at(j, i));
    }

    public Matrix times(Matrix other) {
        double[] product = new double[rows * other.cols];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < cols; k++) {
                double factor = at(i, k);
                for (int j = 0; j < other.cols; j++) {
                    product[i * other.cols + j] += factor * other.data[k * other.cols + j];
                }
            }
        }
        return new Matrix(rows, other.cols, product);
    }

    public Matrix minus(Matrix other) {
        return generate(rows, cols, (i, j) -> at(i, j) - other.at(i, j));
    }

    /** Largest magnitude, 0 if empty; NaN if there is one. */
    public double scale() {
        return Arrays.stream(data).map(Math::abs).reduce(0, Math::max);
    }

    /** Frobenius. */
    public double norm() {
        double scale = scale();
        return scale == 0 || !Double.isFinite(scale)
                ? scale
                : scale
                        * Math.sqrt(Arrays.stream(data)
                                .map(x -> x / scale * (x / scale))
                                .sum());
    }

    public boolean isFinite() {
        return Arrays.stream(data).allMatch(Double::isFinite);
    }

    /** The part on and below the diagonal. */
    public Matrix lower() {
        return generate(rows, cols, (i, j) -> j <= i ? at(i, j) : 0);
    }

    /** The symmetric matrix with this one's lower triangle. */
    public Matrix symmetric() {
        return generate(rows, cols, (i, j) -> j <= i ? at(i, j) : at(j, i));
    }

    /** By Gauss and Jordan, with pivots; NaN or infinite if singular. */
    public Matrix inverse() {
        double scale = Math.max(scale(), Double.MIN_NORMAL);
        double[][] work = new double[rows][2 * rows];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < rows; j++) {
                work[i][j] = at(i, j) / scale;
            }
            work[i][rows + i] = 1;
        }
        for (int k = 0; k < rows; k++) {
            int pivot = k;
            for (int i = k; i < rows; i++) {
                pivot = Math.abs(work[i][k]) > Math.abs(work[pivot][k]) ? i : pivot;
            }
            double[] row = work[pivot];
            work[pivot] = work[k];
            work[k] = row;
            double head = row[k];
            for (int j = 0; j < 2 * rows; j++) {
                row[j] /= head;
            }
            for (int i = 0; i < rows; i++) {
                double factor = i == k ? 0 : work[i][k];
                for (int j = 0; j < 2 * rows && factor != 0; j++) {
                    work[i][j] -= factor * row[j];
                }
            }
        }
        return generate(rows, rows, (i, j) -> work[i][rows + j] / scale);
    }
}
