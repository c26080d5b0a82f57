package kron4j.backend.determinant;

import java.util.Arrays;

/**
 * LU with partial pivoting, row-major; every number is an unevaluated sum of two doubles (about 106 bits). Bounds the error of the logarithm of the
 * determinant rigorously. Written for matrices whose elements are at most about 2 in absolute value.
 */
final class DoubleDoubleLu {
    /** Half an ulp of 1, squared: one operation on pairs errs by at most 15 of these relative to its operands. */
    private static final double ROUNDOFF = 0x1p-53;

    /** A bound of what products lose below the smallest double. */
    private static final double UNDERFLOW = 0x1p-1000;

    private static final long GRAIN = 20_000;

    private final int n;
    private final Ranges ranges;
    private final double[] high;
    private final double[] low;
    private boolean negative;
    private boolean zeroPivot;

    // The product of the pivots: (mantissaHigh + mantissaLow) * 2^exponent, the mantissa in [sqrt(1/2), sqrt(2)].
    private double mantissaHigh = 1;
    private double mantissaLow;
    private long exponent;

    /** Factors {@code a} in place. */
    DoubleDoubleLu(double[] a, int n, Ranges ranges) {
        this.n = n;
        this.ranges = ranges;
        high = a;
        low = new double[a.length];
        for (int k = 0; k < n && !zeroPivot; k++) {
            step(k);
        }
        for (int k = 0; k < n && !zeroPivot; k++) {
            multiply(high[k * n + k], low[k * n + k]);
        }
    }

    private void step(int k) {
        int pivot = k;
        for (int i = k + 1; i < n; i++) {
            if (Math.abs(high[i * n + k]) > Math.abs(high[pivot * n + k])) {
                pivot = i;
            }
        }
        if (high[pivot * n + k] == 0) {
            zeroPivot = true;
            return;
        }
        if (pivot != k) {
            swapRows(high, k, pivot);
            swapRows(low, k, pivot);
            negative = !negative;
        }
        int rest = n - k - 1;
        double[] rowHigh = Arrays.copyOfRange(high, k * n + k + 1, k * n + n);
        double[] rowLow = Arrays.copyOfRange(low, k * n + k + 1, k * n + n);
        double divisorHigh = high[k * n + k];
        double divisorLow = low[k * n + k];
        ranges.split(rest, 1 + GRAIN / (rest + 1), (from, to) -> {
            for (int i = k + 1 + (int) from; i < k + 1 + (int) to; i++) {
                int at = i * n + k;
                double a = high[at];
                double q = a / divisorHigh;
                double p = q * divisorHigh;
                double remainder = (a - p) - Math.fma(q, divisorHigh, -p) + (low[at] - q * divisorLow);
                double correction = remainder / divisorHigh;
                double factorHigh = q + correction;
                double factorLow = correction - (factorHigh - q);
                high[at] = factorHigh;
                low[at] = factorLow;
                if (factorHigh != 0) {
                    subtract(high, low, at + 1, rowHigh, rowLow, factorHigh, factorLow);
                }
            }
        });
    }

    /** {@code c -= factor * row}, elementwise in pairs; |error| is at most 15 u^2 (|c| + |factor * row|). */
    static void subtract(
            double[] ch, double[] cl, int at, double[] rowHigh, double[] rowLow, double factorHigh, double factorLow) {
        for (int j = 0; j < rowHigh.length; j++) {
            double x = rowHigh[j];
            double p = factorHigh * x;
            double e = Math.fma(factorHigh, x, -p) + (factorHigh * rowLow[j] + factorLow * x);
            double c = ch[at + j];
            double s = c - p;
            double b = s - c;
            double t = (c - (s - b)) - (p + b) + (cl[at + j] - e);
            double z = s + t;
            double y = z - s;
            ch[at + j] = z;
            cl[at + j] = (s - (z - y)) + (t - y);
        }
    }

    private void swapRows(double[] a, int one, int other) {
        double[] kept = Arrays.copyOfRange(a, one * n, one * n + n);
        System.arraycopy(a, other * n, a, one * n, n);
        System.arraycopy(kept, 0, a, other * n, n);
    }

    private void multiply(double factorHigh, double factorLow) {
        negative ^= factorHigh < 0;
        double sign = Math.signum(factorHigh);
        int e = Math.getExponent(factorHigh);
        double x = Math.scalb(sign * factorHigh, -e);
        double y = Math.scalb(sign * factorLow, -e);
        double p = mantissaHigh * x;
        double rest = Math.fma(mantissaHigh, x, -p) + (mantissaHigh * y + mantissaLow * x);
        double half = p > Math.sqrt(2) ? 0.5 : 1;
        mantissaHigh = (p + rest) * half;
        mantissaLow = (rest - (p + rest - p)) * half;
        exponent += e + (half < 1 ? 1 : 0);
    }

    boolean isNegative() {
        return negative;
    }

    /** log2 of the product of the pivots, rounded to the nearest integer. */
    long exponent() {
        return exponent;
    }

    double mantissaHigh() {
        return mantissaHigh;
    }

    double mantissaLow() {
        return mantissaLow;
    }

    /**
     * A bound of |log|det A| - log of the product|, infinite if there is none; where it is finite, the sign is right.
     *
     * <p>P A = L U - E with |E| at most c |L||U|, c = 32 (n + 2) u^2 (Higham, Accuracy and Stability, 9.3, with the bound of {@link #subtract}). So
     * det(P A) = det(L U) det(I - M) with M = (L U)^-1 E, and |log det(I - M)| is at most -n log(1 - |M|). With U = D W, |M| is bounded by |W^-1|
     * |D^-1| |L^-1| |E|, where W^-1 and L^-1 come from substitution in double precision, whose own error is bounded by its residual.
     */
    double logError() {
        if (zeroPivot) {
            return Double.POSITIVE_INFINITY;
        }
        double[] lower = new double[n * n];
        double[] upper = new double[n * n];
        double[] v = new double[n];
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                double x = high[i * n + j];
                if (j < i) {
                    lower[i * n + j] = x;
                } else {
                    upper[i * n + j] = x / high[i * n + i];
                    sum += Math.abs(x);
                }
            }
            lower[i * n + i] = 1;
            v[i] = sum;
        }
        double unit = 32.0 * (n + 2) * ROUNDOFF * ROUNDOFF;
        double lost = n * UNDERFLOW * Math.max(1, max(v));
        double[] error = timesAbsolute(lower, v);
        for (int i = 0; i < n; i++) {
            error[i] = unit * error[i] + lost;
        }
        double[] solved = timesInverse(1, lower, inverseLower(lower), error);
        for (int i = 0; i < n; i++) {
            solved[i] /= Math.abs(high[i * n + i]);
        }
        double[] moved = timesInverse(1, upper, inverseUpper(upper), solved);
        // 1.01 and 1.5 cover the roundings of this bound itself and -log(1 - x) / x up to 0.1; a NaN fails the
        // comparison.
        double norm = 1.01 * max(moved);
        return norm < 0.1 ? 1.5 * n * norm + unit : Double.POSITIVE_INFINITY;
    }

    /**
     * A bound of |T^-1| v from an approximate inverse X: with r the norm of T X - I, |X| (v + r / (1 - r) max(v)).
     *
     * @param parts how many times the error of a real product one of T and X has; they may be given by absolute values
     */
    static double[] timesInverse(int parts, double[] t, double[] inverse, double[] v) {
        double[] ones = new double[v.length];
        Arrays.fill(ones, 1);
        double sums = max(timesAbsolute(t, timesAbsolute(inverse, ones)));
        double residual = parts * 1.01 * (v.length + 4) * ROUNDOFF * sums;
        double spread = residual < 0.5 ? 2 * residual * max(v) : Double.POSITIVE_INFINITY;
        double[] wide = v.clone();
        for (int i = 0; i < v.length; i++) {
            wide[i] += spread;
        }
        return timesAbsolute(inverse, wide);
    }

    static double max(double[] v) {
        double max = 0;
        for (double x : v) {
            max = Math.max(max, x);
        }
        return max;
    }

    /** |A| v. */
    static double[] timesAbsolute(double[] a, double[] v) {
        int n = v.length;
        double[] result = new double[n];
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += a[i * n + j] == 0 ? 0 : Math.abs(a[i * n + j]) * v[j];
            }
            result[i] = sum;
        }
        return result;
    }

    private double[] inverseLower(double[] t) {
        double[] x = new double[n * n];
        for (int i = 0; i < n; i++) {
            x[i * n + i] = 1;
            for (int k = 0; k < i; k++) {
                subtract(x, i * n, t[i * n + k], k * n, k + 1);
            }
        }
        return x;
    }

    private double[] inverseUpper(double[] t) {
        double[] x = new double[n * n];
        for (int i = n - 1; i >= 0; i--) {
            x[i * n + i] = 1;
            for (int k = i + 1; k < n; k++) {
                subtract(x, i * n + k, t[i * n + k], k * n + k, n - k);
            }
        }
        return x;
    }

    private static void subtract(double[] x, int at, double factor, int row, int length) {
        if (factor == 0) {
            return;
        }
        double[] subtracted = Arrays.copyOfRange(x, row, row + length);
        for (int j = 0; j < length; j++) {
            x[at + j] -= factor * subtracted[j];
        }
    }
}
