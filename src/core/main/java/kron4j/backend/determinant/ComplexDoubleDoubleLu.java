package kron4j.backend.determinant;

import java.util.Arrays;

/**
 * LU with partial pivoting of a complex matrix, row-major, as {@link DoubleDoubleLu} for real ones: each part is an unevaluated sum of two doubles.
 * Elements are at most about 2 in absolute value.
 */
final class ComplexDoubleDoubleLu {
    /** Half an ulp of 1. */
    private static final double ROUNDOFF = 0x1p-53;

    /** A bound of what products lose below the smallest double. */
    private static final double UNDERFLOW = 0x1p-1000;

    /** Real products in a complex one, which err as many times as much. */
    private static final int PARTS = 4;

    private static final long GRAIN = 5_000;

    private final int n;
    private final double[] reHigh;
    private final double[] reLow;
    private final double[] imHigh;
    private final double[] imLow;
    private boolean zeroPivot;

    // The product of the pivots: a mantissa of parts in two doubles, its square of modulus in [1/2, 2], times
    // 2^exponent.
    private Wide mantissa = new Wide(1, 0, 0, 0);
    private long exponent;

    /** A complex number of parts in two doubles. */
    private record Wide(double reHigh, double reLow, double imHigh, double imLow) {
        /** Exact, by a power of two. */
        Wide scaled(int by) {
            return new Wide(
                    Math.scalb(reHigh, by), Math.scalb(reLow, by), Math.scalb(imHigh, by), Math.scalb(imLow, by));
        }

        Wide times(Wide x) {
            double[] high = new double[2];
            double[] low = new double[2];
            double[] row = {x.reHigh, x.imHigh};
            double[] rowLow = {x.reLow, x.imLow};
            DoubleDoubleLu.subtract(high, low, 0, row, rowLow, -reHigh, -reLow);
            double[] turned = {-x.imHigh, x.reHigh};
            double[] turnedLow = {-x.imLow, x.reLow};
            DoubleDoubleLu.subtract(high, low, 0, turned, turnedLow, -imHigh, -imLow);
            return new Wide(high[0], low[0], high[1], low[1]);
        }

        Wide negative() {
            return new Wide(-reHigh, -reLow, -imHigh, -imLow);
        }

        double largest() {
            return Math.max(Math.abs(reHigh), Math.abs(imHigh));
        }

        /** |z|^2 - 1, without cancellation beyond that of |z|^2 near 1. */
        double squareLess1() {
            double p = reHigh * reHigh;
            double q = imHigh * imHigh;
            double sum = p + q;
            double kept = sum - p;
            double lost = (p - (sum - kept)) + (q - kept);
            double rest = Math.fma(reHigh, reHigh, -p) + Math.fma(imHigh, imHigh, -q);
            return (sum - 1) + (lost + rest + 2 * (reHigh * reLow + imHigh * imLow));
        }
    }

    /** Factors {@code a}, of real and imaginary parts in turn. */
    ComplexDoubleDoubleLu(double[] a, int n, Ranges ranges) {
        this.n = n;
        reHigh = new double[n * n];
        reLow = new double[n * n];
        imHigh = new double[n * n];
        imLow = new double[n * n];
        for (int i = 0; i < n * n; i++) {
            reHigh[i] = a[2 * i];
            imHigh[i] = a[2 * i + 1];
        }
        for (int k = 0; k < n && !zeroPivot; k++) {
            step(k, ranges);
        }
        for (int k = 0; k < n && !zeroPivot; k++) {
            multiply(at(k * n + k));
        }
    }

    private Wide at(int i) {
        return new Wide(reHigh[i], reLow[i], imHigh[i], imLow[i]);
    }

    private void step(int k, Ranges ranges) {
        int pivot = k;
        for (int i = k + 1; i < n; i++) {
            if (at(i * n + k).largest() > at(pivot * n + k).largest()) {
                pivot = i;
            }
        }
        if (at(pivot * n + k).largest() == 0) {
            zeroPivot = true;
            return;
        }
        if (pivot != k) {
            for (double[] part : new double[][] {reHigh, reLow, imHigh, imLow}) {
                double[] kept = Arrays.copyOfRange(part, k * n, k * n + n);
                System.arraycopy(part, pivot * n, part, k * n, n);
                System.arraycopy(kept, 0, part, pivot * n, n);
            }
            mantissa = mantissa.negative();
        }
        int rest = n - k - 1;
        double[] xHigh = Arrays.copyOfRange(reHigh, k * n + k + 1, k * n + n);
        double[] xLow = Arrays.copyOfRange(reLow, k * n + k + 1, k * n + n);
        double[] yHigh = Arrays.copyOfRange(imHigh, k * n + k + 1, k * n + n);
        double[] yLow = Arrays.copyOfRange(imLow, k * n + k + 1, k * n + n);
        Wide divisor = at(k * n + k);
        ranges.split(rest, 1 + GRAIN / (rest + 1), (from, to) -> {
            for (int i = k + 1 + (int) from; i < k + 1 + (int) to; i++) {
                int at = i * n + k;
                Wide f = quotient(at(at), divisor);
                reHigh[at] = f.reHigh();
                reLow[at] = f.reLow();
                imHigh[at] = f.imHigh();
                imLow[at] = f.imLow();
                if (f.largest() != 0) {
                    DoubleDoubleLu.subtract(reHigh, reLow, at + 1, xHigh, xLow, f.reHigh(), f.reLow());
                    DoubleDoubleLu.subtract(reHigh, reLow, at + 1, yHigh, yLow, -f.imHigh(), -f.imLow());
                    DoubleDoubleLu.subtract(imHigh, imLow, at + 1, yHigh, yLow, f.reHigh(), f.reLow());
                    DoubleDoubleLu.subtract(imHigh, imLow, at + 1, xHigh, xLow, f.imHigh(), f.imLow());
                }
            }
        });
    }

    /** {@code a / d} by a quotient in double and one correction; |error * d| is at most 200 u^2 |a|. */
    private static Wide quotient(Wide a, Wide d) {
        double square = d.reHigh * d.reHigh + d.imHigh * d.imHigh;
        double re = (a.reHigh * d.reHigh + a.imHigh * d.imHigh) / square;
        double im = (a.imHigh * d.reHigh - a.reHigh * d.imHigh) / square;
        Wide left = new Wide(-re, 0, -im, 0).times(d);
        double x = left.reHigh + a.reHigh + (left.reLow + a.reLow);
        double y = left.imHigh + a.imHigh + (left.imLow + a.imLow);
        double moreRe = (x * d.reHigh + y * d.imHigh) / square;
        double moreIm = (y * d.reHigh - x * d.imHigh) / square;
        double reSum = re + moreRe;
        double imSum = im + moreIm;
        return new Wide(reSum, moreRe - (reSum - re), imSum, moreIm - (imSum - im));
    }

    private void multiply(Wide factor) {
        int e = Math.getExponent(factor.largest());
        if (e < Double.MIN_EXPONENT) {
            zeroPivot = true; // the digits of subnormal pivots are lost
            return;
        }
        Wide product = mantissa.times(factor.scaled(-e));
        double square = product.squareLess1() + 1;
        int half = square > 2 ? -1 : 0;
        while (Math.scalb(square, 2 * half) > 2) {
            half--;
        }
        while (Math.scalb(square, 2 * half) < 0.5) {
            half++;
        }
        mantissa = product.scaled(half);
        exponent += e - half;
    }

    /** log2 of the modulus of the product of the pivots, rounded to the nearest integer. */
    long exponent() {
        return exponent;
    }

    double re() {
        return mantissa.reHigh();
    }

    double im() {
        return mantissa.imHigh();
    }

    /** The square of the mantissa's modulus, less 1. */
    double squareLess1() {
        return mantissa.squareLess1();
    }

    /**
     * A bound of |log det A - log of the product|, as for real matrices: a step errs by at most 64 u^2 (|c| + |factor * row|), four real ones together,
     * and division by 200 u^2, so that |E| is at most c |L||U| with c = 160 (n + 2) u^2.
     */
    double logError() {
        if (zeroPivot) {
            return Double.POSITIVE_INFINITY;
        }
        double[][] lower = new double[2][n * n];
        double[][] upper = new double[2][n * n];
        double[] diagonal = new double[n];
        double[] v = new double[n];
        for (int i = 0; i < n; i++) {
            double re = reHigh[i * n + i];
            double im = imHigh[i * n + i];
            double square = re * re + im * im;
            diagonal[i] = Math.sqrt(square);
            double sum = 0;
            for (int j = 0; j < n; j++) {
                double x = reHigh[i * n + j];
                double y = imHigh[i * n + j];
                if (j < i) {
                    lower[0][i * n + j] = x;
                    lower[1][i * n + j] = y;
                } else {
                    upper[0][i * n + j] = (x * re + y * im) / square;
                    upper[1][i * n + j] = (y * re - x * im) / square;
                    sum += Math.hypot(x, y);
                }
            }
            lower[0][i * n + i] = 1;
            upper[0][i * n + i] = 1;
            upper[1][i * n + i] = 0;
            v[i] = sum;
        }
        double unit = 160.0 * (n + 2) * ROUNDOFF * ROUNDOFF;
        double lost = n * UNDERFLOW * Math.max(1, DoubleDoubleLu.max(v));
        double[] sizes = moduli(lower);
        double[] error = DoubleDoubleLu.timesAbsolute(sizes, v);
        for (int i = 0; i < n; i++) {
            error[i] = unit * error[i] + lost;
        }
        double[] solved = DoubleDoubleLu.timesInverse(PARTS, sizes, moduli(inverse(lower, true)), error);
        for (int i = 0; i < n; i++) {
            solved[i] /= diagonal[i];
        }
        double[] moved = DoubleDoubleLu.timesInverse(PARTS, moduli(upper), moduli(inverse(upper, false)), solved);
        // As for real matrices; a NaN fails the comparison.
        double norm = 1.01 * DoubleDoubleLu.max(moved);
        return norm < 0.1 ? 1.5 * n * norm + unit : Double.POSITIVE_INFINITY;
    }

    private static double[] moduli(double[][] a) {
        double[] result = new double[a[0].length];
        Arrays.setAll(result, i -> Math.hypot(a[0][i], a[1][i]));
        return result;
    }

    /** The inverse of a triangle with unit diagonal, by substitution. */
    private double[][] inverse(double[][] t, boolean lower) {
        double[][] x = new double[2][n * n];
        for (int step = 0; step < n; step++) {
            int i = lower ? step : n - 1 - step;
            x[0][i * n + i] = 1;
            for (int k = lower ? 0 : i + 1; k < (lower ? i : n); k++) {
                double re = t[0][i * n + k];
                double im = t[1][i * n + k];
                if (re == 0 && im == 0) {
                    continue;
                }
                for (int j = lower ? 0 : k; j < (lower ? k + 1 : n); j++) {
                    double p = x[0][k * n + j];
                    double q = x[1][k * n + j];
                    x[0][i * n + j] -= re * p - im * q;
                    x[1][i * n + j] -= re * q + im * p;
                }
            }
        }
        return x;
    }
}
