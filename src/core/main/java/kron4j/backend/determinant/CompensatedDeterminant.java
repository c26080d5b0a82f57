package kron4j.backend.determinant;

import java.math.BigInteger;

/**
 * Sign and logarithm of the determinant, right to two ulp: by double-double LU if its error bound suffices; else by the only integer within the bound,
 * if there is just one (elements are integers times powers of two, and so is the determinant); else by exact arithmetic. The matrix is first scaled by
 * powers of two, without loss.
 */
public final class CompensatedDeterminant {
    /** ln 2 in two parts; multiples of the first by exponents below 2^20 are exact. */
    private static final double LN2_HIGH = 0x1.62e42feep-1;

    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;
    private static final double HALF_ULP = 0x1p-53;

    /** Below this an element is so far from the largest of its row that scaling might lose it. */
    private static final int SMALLEST_EXPONENT = -900;

    private final double sign;
    private final double logAbs;

    private CompensatedDeterminant(double sign, double logAbs) {
        this.sign = sign;
        this.logAbs = logAbs;
    }

    /** 1, -1, 0 or NaN. */
    public double sign() {
        return sign;
    }

    /** Natural logarithm of the absolute value. */
    public double logAbs() {
        return logAbs;
    }

    /** Computes it for n x n doubles, finite or not, in either order of axes; {@code a} is not modified. */
    public static CompensatedDeterminant of(double[] a, int n, Ranges ranges) {
        boolean finite = true;
        for (double x : a) {
            finite &= Math.abs(x) <= Double.MAX_VALUE;
        }
        if (!finite) {
            return plain(a.clone(), n);
        }
        double[] scaled = a.clone();
        long[] exponent = new long[1];
        Scaling scaling = scale(scaled, n, exponent);
        if (scaling == Scaling.ZERO_LINE) {
            return new CompensatedDeterminant(0, Double.NEGATIVE_INFINITY);
        }
        ModularDeterminant modular = new ModularDeterminant(a, n);
        if (scaling == Scaling.EXACT) {
            DoubleDoubleLu lu = new DoubleDoubleLu(scaled, n, ranges);
            double error = lu.logError();
            if (error < Double.POSITIVE_INFINITY) {
                double sign = lu.isNegative() ? -1 : 1;
                double log = log(lu.exponent() + exponent[0], lu.mantissaHigh() - 1 + lu.mantissaLow());
                if (isEnough(error, log)) {
                    return new CompensatedDeterminant(sign, log);
                }
                long integer = onlyInteger(
                        lu.mantissaHigh(),
                        lu.mantissaLow(),
                        lu.exponent() + exponent[0] - modular.gridExponent(),
                        error);
                if (integer != 0) {
                    return exact(BigInteger.valueOf(integer), modular.gridExponent(), sign);
                }
            }
        }
        BigInteger integer = modular.integer(ranges);
        return exact(integer.abs(), modular.gridExponent(), integer.signum());
    }

    private static CompensatedDeterminant plain(double[] a, int n) {
        int[] pivots = new int[n];
        PivotProduct product = new PivotProduct();
        SmallLu.REAL.factor(a, n, n, pivots);
        SmallLu.REAL.determinant(a, n, pivots, product);
        return new CompensatedDeterminant(product.sign(), product.logAbs());
    }

    private enum Scaling {
        EXACT,
        ZERO_LINE,
        TOO_WIDE
    }

    /** Divides rows, then columns, by powers of two so that the largest elements are in [1, 2). */
    private static Scaling scale(double[] a, int n, long[] exponent) {
        for (int pass = 0; pass < 2; pass++) {
            int lineStep = pass == 0 ? n : 1;
            int step = pass == 0 ? 1 : n;
            for (int line = 0; line < n; line++) {
                double largest = 0;
                for (int i = 0; i < n; i++) {
                    largest = Math.max(largest, Math.abs(a[line * lineStep + i * step]));
                }
                if (largest == 0) {
                    return Scaling.ZERO_LINE;
                }
                int e = Math.getExponent(largest);
                if (e < Double.MIN_EXPONENT) {
                    return Scaling.TOO_WIDE;
                }
                exponent[0] += e;
                for (int i = 0; i < n; i++) {
                    int at = line * lineStep + i * step;
                    if (a[at] != 0 && Math.getExponent(a[at]) - e < SMALLEST_EXPONENT) {
                        return Scaling.TOO_WIDE;
                    }
                    a[at] = Math.scalb(a[at], -e);
                }
            }
        }
        return Scaling.EXACT;
    }

    /** Whether a logarithm with this error is right to two ulp: half an ulp for the error, the rest for its own rounding. */
    static boolean isEnough(double error, double log) {
        return error <= HALF_ULP * Math.abs(log);
    }

    /** The only integer within the relative error of (high + low) 2^exponent, or 0 if there may be several or none, or it exceeds 2^50. */
    static long onlyInteger(double mantissaHigh, double mantissaLow, long exponent, double error) {
        if (exponent < -1 || exponent > 50) {
            return 0;
        }
        double high = Math.scalb(mantissaHigh, (int) exponent);
        double low = Math.scalb(mantissaLow, (int) exponent);
        double integer = Math.rint(high);
        double distance = Math.abs(high - integer + low) + 1.01 * error * high;
        return distance < 0.25 ? (long) integer : 0;
    }

    private static CompensatedDeterminant exact(BigInteger size, long exponent, double sign) {
        if (size.signum() == 0) {
            return new CompensatedDeterminant(0, Double.NEGATIVE_INFINITY);
        }
        int bits = size.bitLength() - 1;
        // The power of two next to it: 2^bits or, above sqrt(2) of that, the one after.
        BigInteger square = size.multiply(size);
        int power = square.bitLength() - 1 > 2 * bits ? bits + 1 : bits;
        BigInteger rest = size.subtract(BigInteger.ONE.shiftLeft(power));
        int drop = Math.max(0, rest.bitLength() - 64);
        double f = Math.scalb(rest.shiftRight(drop).doubleValue(), drop - power);
        return new CompensatedDeterminant(sign, log(power + exponent, f));
    }

    /** log((1 + f) 2^exponent) for f in [sqrt(1/2) - 1, sqrt(2) - 1]: no cancellation between the two parts. */
    private static double log(long exponent, double f) {
        return exponent * LN2_HIGH + (exponent * LN2_LOW + Math.log1p(f));
    }
}
