package kron4j.spark;

import java.util.Arrays;
import java.util.Iterator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.InPlace;
import kron4j.ops.MatMul;

/**
 * Means less the shift, and sums of products about the means, of n columns: [rows, means, upper triangle]. Each block is shifted by its own means too, so that
 * nothing cancels, and blocks and partitions are merged by the formulas of Chan, Golub and LeVeque (1983).
 *
 * @param shift numbers near the means, of a row
 * @param products whether the triangle is wanted
 */
record Scatter(int n, double[] shift, boolean products) implements Summary {
    /** Shifts by a row, by its finite numbers. */
    static Scatter about(double[] row, boolean products) {
        double[] shift = Arrays.stream(row).map(x -> Double.isFinite(x) ? x : 0).toArray();
        return new Scatter(row.length, shift, products);
    }

    @Override
    public double[] of(Iterator<Tensor> blocks) {
        Tensor about = Tensor.of(shift);
        Tensor means = Tensor.zeros(DType.FLOAT64, n);
        Tensor scatter = products ? Tensor.zeros(DType.FLOAT64, n, n) : null;
        long rows = 0;
        while (blocks.hasNext()) {
            try (TensorScope scope = means.device().openScope()) {
                Tensor x = scope.adopt(blocks.next());
                long more = x.shape().at(0);
                InPlace.subtract(x, about);
                Tensor centre = x.mean(0);
                InPlace.subtract(x, centre);
                Tensor rest = x.mean(0); // what rounding left
                Tensor step = centre.add(rest).subtract(means);
                double weight = (double) more / (rows + more);
                if (products) {
                    InPlace.subtract(x, rest);
                    Products.add(scatter, x);
                    InPlace.add(scatter, MatMul.outer(step, step).multiply(rows * weight));
                }
                InPlace.add(means, step.multiply(weight));
                rows += more;
            }
        }
        double[] result = new double[(int) size()];
        result[0] = rows;
        System.arraycopy(means.toDoubleArray(), 0, result, 1, n);
        if (products) {
            Triangle.pack(scatter.toDoubleArray(), n, result, 1 + n);
        }
        return result;
    }

    @Override
    public double[] merge(double[] left, double[] right) {
        double weight = right[0] / (left[0] + right[0]);
        double[] step = new double[n];
        for (int i = 0; i < n; i++) {
            step[i] = right[1 + i] - left[1 + i];
            left[1 + i] += weight * step[i];
        }
        if (products) {
            for (int i = 0, at = 1 + n; i < n; i++) {
                double factor = left[0] * weight * step[i];
                for (int j = i; j < n; j++, at++) {
                    left[at] += right[at] + factor * step[j];
                }
            }
        }
        left[0] += right[0];
        return left;
    }

    /** Returns the means. */
    double[] means(double[] summary) {
        double[] means = shift.clone();
        for (int i = 0; i < n; i++) {
            means[i] += summary[1 + i];
        }
        return means;
    }

    @Override
    public long size() {
        return 1 + n + (products ? Triangle.size(n) : 0);
    }
}
