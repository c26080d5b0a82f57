package kron4j.backend.determinant;

/** LU of complex matrices, of real and imaginary parts in turn. A pivot's size is the sum of its parts' sizes, as in LAPACK. */
final class ComplexLu implements SmallLu {
    @Override
    public int factor(double[] a, int rows, int cols, int[] pivots) {
        int info = 0;
        int steps = Math.min(rows, cols);
        for (int k = 0; k < steps; k++) {
            int column = 2 * k * rows;
            int pivot = k;
            double largest = size(a, column + 2 * k);
            for (int i = k + 1; i < rows; i++) {
                double candidate = size(a, column + 2 * i);
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
            for (int i = k + 1; i < rows; i++) {
                divide(a, column + 2 * i, a, column + 2 * k);
            }
            for (int j = k + 1; j < cols; j++) {
                subtract(a, 2 * (j * rows + k), a, column, 2 * (k + 1), 2 * rows, a, 2 * j * rows);
            }
        }
        return info;
    }

    /** {@code b[i] -= factor * a[i]} for positions in [from, to) of two columns. */
    private static void subtract(
            double[] f, int factor, double[] a, int column, int from, int to, double[] b, int target) {
        double re = f[factor];
        double im = f[factor + 1];
        for (int i = from; i < to; i += 2) {
            double x = a[column + i];
            double y = a[column + i + 1];
            b[target + i] -= re * x - im * y;
            b[target + i + 1] -= re * y + im * x;
        }
    }

    /** Returns the magnitude for choosing pivots: NaN and infinity come first, as for reals. */
    private static double size(double[] a, int at) {
        double size = Math.abs(a[at]) + Math.abs(a[at + 1]);
        return Double.isNaN(size) ? Double.POSITIVE_INFINITY : size;
    }

    /** {@code a := a / d}, which overflows and loses digits only if the quotient does. */
    private static void divide(double[] a, int at, double[] d, int divisor) {
        double x = a[at];
        double y = a[at + 1];
        double c = d[divisor];
        double e = d[divisor + 1];
        double size = Math.max(Math.abs(c), Math.abs(e));
        double divided = Math.max(Math.abs(x), Math.abs(y));
        if (size > SMALL && size < LARGE && (divided == 0 || (divided > SMALL && divided < LARGE))) {
            double square = c * c + e * e;
            a[at] = (x * c + y * e) / square;
            a[at + 1] = (y * c - x * e) / square;
            return;
        }
        int down = exponent(size);
        int up = exponent(divided);
        c = Math.scalb(c, -down);
        e = Math.scalb(e, -down);
        x = Math.scalb(x, -up);
        y = Math.scalb(y, -up);
        double square = c * c + e * e;
        a[at] = Math.scalb((x * c + y * e) / square, up - down);
        a[at + 1] = Math.scalb((y * c - x * e) / square, up - down);
    }

    /** The exponent that brings a number near 1, or 0 if none does. */
    private static int exponent(double x) {
        int e = Math.getExponent(x);
        if (e > Double.MAX_EXPONENT || x == 0) {
            return 0;
        }
        return e >= Double.MIN_EXPONENT ? e : Math.getExponent(x * 0x1p54) - 54;
    }

    @Override
    public void determinant(double[] lu, int n, int[] pivots, PivotProduct product) {
        product.clear();
        for (int k = 0; k < n; k++) {
            int at = 2 * (k * n + k);
            product.times(lu[at], lu[at + 1]);
            if (pivots[k] != k + 1) {
                product.negate();
            }
        }
        for (int i = 0; i < 2 * n * n; i++) {
            if (Double.isNaN(lu[i])) {
                product.poison();
                return;
            }
        }
    }

    private static void swapRows(double[] a, int rows, int cols, int one, int other) {
        for (int j = 0; j < cols; j++) {
            for (int part = 0; part < 2; part++) {
                int x = 2 * (j * rows + one) + part;
                int y = 2 * (j * rows + other) + part;
                double kept = a[x];
                a[x] = a[y];
                a[y] = kept;
            }
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
            int x = 2 * c * n;
            for (int k = 0; k < n; k++) {
                subtract(b, x + 2 * k, lu, 2 * k * n, 2 * (k + 1), 2 * n, b, x);
            }
            for (int k = n - 1; k >= 0; k--) {
                divide(b, x + 2 * k, lu, 2 * (k * n + k));
                subtract(b, x + 2 * k, lu, 2 * k * n, 0, 2 * k, b, x);
            }
        }
    }

    @Override
    public void solveTransposed(double[] lu, int n, int[] pivots, double[] b, int columns) {
        for (int c = 0; c < columns; c++) {
            int x = 2 * c * n;
            for (int k = 0; k < n; k++) {
                subtractDot(lu, 2 * k * n, b, x, 0, k, k);
                divide(b, x + 2 * k, lu, 2 * (k * n + k));
            }
            for (int k = n - 1; k >= 0; k--) {
                subtractDot(lu, 2 * k * n, b, x, k + 1, n, k);
            }
        }
        for (int k = n - 1; k >= 0; k--) {
            if (pivots[k] != k + 1) {
                swapRows(b, n, columns, k, pivots[k] - 1);
            }
        }
    }

    /** {@code b[k] -= a . b} over the elements [from, to) of a column of a and one of b. */
    private static void subtractDot(double[] a, int column, double[] b, int x, int from, int to, int k) {
        double re = b[x + 2 * k];
        double im = b[x + 2 * k + 1];
        for (int i = 2 * from; i < 2 * to; i += 2) {
            double p = a[column + i];
            double q = a[column + i + 1];
            double r = b[x + i];
            double s = b[x + i + 1];
            re -= p * r - q * s;
            im -= p * s + q * r;
        }
        b[x + 2 * k] = re;
        b[x + 2 * k + 1] = im;
    }
}
