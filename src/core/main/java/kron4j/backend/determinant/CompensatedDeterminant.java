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
    private final double imaginarySign;
    private final double logAbs;

    private CompensatedDeterminant(double sign, double imaginarySign, double logAbs) {
        this.sign = sign;
        this.imaginarySign = imaginarySign;
        this.logAbs = logAbs;
    }

    private CompensatedDeterminant(double sign, double logAbs) {
        this(sign, 0, logAbs);
    }

    /** 1, -1, 0 or NaN; of a complex determinant the real part of a number of modulus 1. */
    public double sign() {
        return sign;
    }

    /** The imaginary part of the sign. */
    public double imaginarySign() {
        return imaginarySign;
    }

    /** Natural logarithm of the absolute value. */
    public double logAbs() {
        return logAbs;
    }

    /** Computes it for n x n doubles, finite or not, in either order of axes; {@code a} is not modified. */
    public static CompensatedDeterminant of(double[] a, int n, Ranges ranges) {
        if (!isFinite(a)) {
            return plain(SmallLu.REAL, a.clone(), n);
        }
        double[] scaled = a.clone();
        long[] exponent = new long[1];
        Scaling scaling = scale(scaled, n, 1, exponent);
        if (scaling == Scaling.ZERO_LINE) {
            return new CompensatedDeterminant(0, Double.NEGATIVE_INFINITY);
        }
        ModularDeterminant modular = new ModularDeterminant(a, n, 1);
        if (scaling == Scaling.EXACT) {
            DoubleDoubleLu lu = new DoubleDoubleLu(scaled, n, ranges);
            double error = lu.logError();
            if (error < Double.POSITIVE_INFINITY) {
                double sign = lu.isNegative() ? -1 : 1;
                double log = log(lu.exponent() + exponent[0], Math.log1p(lu.mantissaHigh() - 1 + lu.mantissaLow()));
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
        BigInteger integer = modular.integer(ranges)[0];
        return exact(integer.abs(), modular.gridExponent(), integer.signum());
    }

    /**
     * Computes it for n x n complex numbers, of two doubles each. The sign is right to a few ulp of 1, and so are its parts where one is near 0; where
     * exact arithmetic decides, each part is right to a few ulp of its own.
     */
    public static CompensatedDeterminant ofComplex(double[] a, int n, Ranges ranges) {
        if (!isFinite(a)) {
            return plain(SmallLu.COMPLEX, a.clone(), n);
        }
        double[] scaled = a.clone();
        long[] exponent = new long[1];
        Scaling scaling = scale(scaled, n, 2, exponent);
        if (scaling == Scaling.ZERO_LINE) {
            return new CompensatedDeterminant(0, Double.NEGATIVE_INFINITY);
        }
        if (scaling == Scaling.EXACT) {
            ComplexDoubleDoubleLu lu = new ComplexDoubleDoubleLu(scaled, n, ranges);
            double error = lu.logError();
            double log = error < Double.POSITIVE_INFINITY
                    ? log(lu.exponent() + exponent[0], 0.5 * Math.log1p(lu.squareLess1()))
                    : 0;
            if (error <= HALF_ULP && isEnough(error, log)) {
                return ofDirection(lu.re(), lu.im(), log);
            }
        }
        ModularDeterminant modular = new ModularDeterminant(a, n, 2);
        BigInteger[] integer = modular.integer(ranges);
        BigInteger re = integer[0];
        BigInteger im = integer[1];
        CompensatedDeterminant square = exact(re.multiply(re).add(im.multiply(im)), 2 * modular.gridExponent(), 1);
        int bits = Math.max(re.bitLength(), im.bitLength());
        return square.sign == 0 ? square : ofDirection(scaled(re, bits), scaled(im, bits), 0.5 * square.logAbs);
    }

    private static CompensatedDeterminant ofDirection(double re, double im, double logAbs) {
        double size = Math.hypot(re, im);
        return new CompensatedDeterminant(re / size, im / size, logAbs);
    }

    /** {@code x 2^-bits}. */
    private static double scaled(BigInteger x, int bits) {
        int drop = Math.max(0, x.bitLength() - 64);
        return Math.scalb(x.shiftRight(drop).doubleValue(), drop - bits);
    }

    private static boolean isFinite(double[] a) {
        boolean finite = true;
        for (double x : a) {
            finite &= Math.abs(x) <= Double.MAX_VALUE;
        }
        return finite;
    }

    private static CompensatedDeterminant plain(SmallLu lu, double[] a, int n) {
        int[] pivots = new int[n];
        PivotProduct product = new PivotProduct();
        lu.factor(a, n, n, pivots);
        lu.determinant(a, n, pivots, product);
        return new CompensatedDeterminant(product.sign(), product.imaginarySign(), product.logAbs());
    }

    private enum Scaling {
        EXACT,
        ZERO_LINE,
        TOO_WIDE
    }

    /** Divides rows, then columns, by powers of two so that the largest elements are in [1, 2). */
    private static Scaling scale(double[] a, int n, int parts, long[] exponent) {
        for (int pass = 0; pass < 2; pass++) {
            int lineStep = pass == 0 ? n : 1;
            int step = pass == 0 ? 1 : n;
            for (int line = 0; line < n; line++) {
                double largest = 0;
                for (int i = 0; i < n * parts; i++) {
                    largest = Math.max(largest, Math.abs(a[at(line * lineStep, step, i, parts)]));
                }
                if (largest == 0) {
                    return Scaling.ZERO_LINE;
                }
                int e = Math.getExponent(largest);
                if (e < Double.MIN_EXPONENT) {
                    return Scaling.TOO_WIDE;
                }
                exponent[0] += e;
                for (int i = 0; i < n * parts; i++) {
                    int at = at(line * lineStep, step, i, parts);
                    if (a[at] != 0 && Math.getExponent(a[at]) - e < SMALLEST_EXPONENT) {
                        return Scaling.TOO_WIDE;
                    }
                    a[at] = Math.scalb(a[at], -e);
                }
            }
        }
        return Scaling.EXACT;
    }

    private static int at(int first, int step, int part, int parts) {
        return (first + part / parts * step) * parts + part % parts;
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
        return new CompensatedDeterminant(sign, log(power + exponent, Math.log1p(f)));
    }

    /** log(m 2^exponent) for m in [sqrt(1/2), sqrt(2)], whose logarithm is given: no cancellation between the two parts. */
    private static double log(long exponent, double rest) {
        return exponent * LN2_HIGH + (exponent * LN2_LOW + rest);
    }
}
