package kron4j.backend.determinant;

/** LU of real matrices. */
final class RealLu implements SmallLu {
    @Override
    public int factor(double[] a, int rows, int cols, int[] pivots) {
        int info = 0;
        int steps = Math.min(rows, cols);
        for (int k = 0; k < steps; k++) {
            int column = k * rows;
            int pivot = k;
            double largest = size(a[column + k]);
            for (int i = k + 1; i < rows; i++) {
                double candidate = size(a[column + i]);
                if (candidate > largest) {
                    largest = candidate;
                    pivot = i;
                }
            }
            pivots[k] = pivot + 1;
            if (largest == 0) {
                info = info == 0 ? k + 1 : info;
                continue;
            }
            if (pivot != k) {
                swapRows(a, rows, cols, k, pivot);
            }
            double diagonal = a[column + k];
            for (int i = k + 1; i < rows; i++) {
                a[column + i] /= diagonal;
            }
            for (int j = k + 1; j < cols; j++) {
                double factor = a[j * rows + k];
                for (int i = k + 1; i < rows; i++) {
                    a[j * rows + i] -= factor * a[column + i];
                }
            }
        }
        return info;
    }

    /** Returns the magnitude for choosing pivots: NaN and infinity come first, as in {@code kernels/lu.cuh}. */
    private static double size(double x) {
        return Double.isNaN(x) ? Double.POSITIVE_INFINITY : Math.abs(x);
    }

    @Override
    public void determinant(double[] lu, int n, int[] pivots, PivotProduct product) {
        product.clear();
        for (int k = 0; k < n; k++) {
            product.times(lu[k * n + k]);
            if (pivots[k] != k + 1) {
                product.negate();
            }
        }
        for (double x : lu) {
            if (Double.isNaN(x)) {
                product.poison();
                return;
            }
        }
    }

    private static void swapRows(double[] a, int rows, int cols, int one, int other) {
        for (int j = 0; j < cols; j++) {
            double kept = a[j * rows + one];
            a[j * rows + one] = a[j * rows + other];
            a[j * rows + other] = kept;
        }
    }

    @Override
    public void solve(double[] lu, int n, int[] pivots, double[] b, int columns) {
        for (int k = 0; k < n; k++) {
            if (pivots[k] != k + 1) {
                swapRows(b, n, columns, k, pivots[k] - 1);
            }
        }
        for (int c = 0; c < columns; c++) {
            int x = c * n;
            for (int k = 0; k < n; k++) {
                double value = b[x + k];
                for (int i = k + 1; i < n; i++) {
                    b[x + i] -= value * lu[k * n + i];
                }
            }
            for (int k = n - 1; k >= 0; k--) {
                double value = b[x + k] / lu[k * n + k];
                b[x + k] = value;
                for (int i = 0; i < k; i++) {
                    b[x + i] -= value * lu[k * n + i];
                }
            }
        }
    }

    @Override
    public void solveTransposed(double[] lu, int n, int[] pivots, double[] b, int columns) {
        for (int c = 0; c < columns; c++) {
            int x = c * n;
            for (int k = 0; k < n; k++) {
                double sum = b[x + k];
                for (int i = 0; i < k; i++) {
                    sum -= lu[k * n + i] * b[x + i];
                }
                b[x + k] = sum / lu[k * n + k];
            }
            for (int k = n - 1; k >= 0; k--) {
                double sum = b[x + k];
                for (int i = k + 1; i < n; i++) {
                    sum -= lu[k * n + i] * b[x + i];
                }
                b[x + k] = sum;
            }
        }
        for (int k = n - 1; k >= 0; k--) {
            if (pivots[k] != k + 1) {
                swapRows(b, n, columns, k, pivots[k] - 1);
            }
        }
    }
}
