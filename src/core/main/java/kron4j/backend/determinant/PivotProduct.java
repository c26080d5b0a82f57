package kron4j.backend.determinant;

/**
 * The product of the pivots as sign, mantissa and exponent, so that neither it nor its logarithm overflows or underflows. Each factor costs one rounding
 * of half an ulp (no more than LU itself), and one logarithm is taken at the end: as accurate as a compensated sum of logarithms, at a tenth of its cost.
 */
public final class PivotProduct {
    /** ln 2 in two parts; the first has 21 trailing zero bits, so that its multiples by an exponent are exact. */
    private static final double LN2_HIGH = 0x1.62e42feep-1;

    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;
    private static final double SUBNORMAL_SCALE = 0x1p54;

    private static final long FRACTION = (1L << 52) - 1;
    private static final long ONE = Double.doubleToRawLongBits(1.0);

    private double sign = 1;
    private double mantissa = 1;
    /** The mantissa's imaginary part, 0 as long as all factors are real. */
    private double imaginary;

    private long exponent;
    private boolean zero;
    private boolean infinite;

    /** Resets to the empty product, 1. */
    public void clear() {
        sign = 1;
        mantissa = 1;
        imaginary = 0;
        exponent = 0;
        zero = false;
        infinite = false;
    }

    /** Resets to {@code signed * 2^power}, where {@code |signed|} is in [1, 2). */
    public void set(double signed, long power) {
        clear();
        sign = Math.signum(signed);
        mantissa = Math.abs(signed);
        exponent = power;
    }

    /** Changes the sign. */
    public void negate() {
        sign = -sign;
    }

    /** Multiplies by a complex pivot. */
    public void times(double re, double im) {
        double size = Math.max(Math.abs(re), Math.abs(im));
        if (Double.isNaN(size)) {
            mantissa = Double.NaN;
            return;
        } else if (size == 0) {
            zero = true;
            return;
        } else if (size == Double.POSITIVE_INFINITY) {
            infinite = true;
            imaginary = Double.NaN;
        }
        if (infinite) {
            return;
        }
        double up = size < Double.MIN_NORMAL ? SUBNORMAL_SCALE : 1;
        int e = Math.getExponent(size * up);
        exponent += e - (up > 1 ? 54 : 0);
        double x = scaled(re * up, -e);
        double y = scaled(im * up, -e);
        double product = mantissa * x - imaginary * y;
        imaginary = mantissa * y + imaginary * x;
        mantissa = product;
        int more = Math.getExponent(Math.max(Math.abs(mantissa), Math.abs(imaginary)));
        mantissa = scaled(mantissa, -more);
        imaginary = scaled(imaginary, -more);
        exponent += more;
    }

    /** {@link Math#scalb}, by one product where the power of 2 is a normal number. */
    private static double scaled(double x, int e) {
        return e < Double.MIN_EXPONENT || e > Double.MAX_EXPONENT
                ? Math.scalb(x, e)
                : x * Double.longBitsToDouble((long) (e + Double.MAX_EXPONENT) << 52);
    }

    /** Multiplies by a real pivot; not after a complex one. */
    public void times(double factor) {
        double size = Math.abs(factor);
        if (factor < 0) {
            sign = -sign;
        }
        int e = Math.getExponent(size);
        if (e > Double.MIN_EXPONENT - 1 && e <= Double.MAX_EXPONENT) {
            mantissa *= Double.longBitsToDouble((Double.doubleToRawLongBits(size) & FRACTION) | ONE);
            exponent += e;
            if (mantissa >= 2) {
                mantissa *= 0.5;
                exponent++;
            }
        } else if (size == 0) {
            zero = true;
        } else if (size == Double.POSITIVE_INFINITY) {
            infinite = true;
        } else if (Double.isNaN(size)) {
            mantissa = Double.NaN;
        } else {
            times(size * SUBNORMAL_SCALE);
            exponent -= 54;
        }
    }

    /** Becomes NaN, for a NaN elsewhere in the matrix. */
    public void poison() {
        mantissa = Double.NaN;
    }

    private boolean isReal() {
        return imaginary == 0 && mantissa > 0;
    }

    /** 1, -1, 0 or NaN; of complex factors the real part of a number of modulus 1, NaN of an infinite product. */
    public double sign() {
        if (Double.isNaN(mantissa) || zero || isReal()) {
            return Double.isNaN(mantissa) ? Double.NaN : zero ? 0 : sign;
        }
        return infinite ? Double.NaN : sign * mantissa / Math.hypot(mantissa, imaginary);
    }

    /** The imaginary part of the sign. */
    public double imaginarySign() {
        if (Double.isNaN(mantissa) || zero) {
            return Double.isNaN(mantissa) ? Double.NaN : 0;
        }
        return infinite ? Double.NaN : sign * imaginary / Math.hypot(mantissa, imaginary);
    }

    /** Natural logarithm of the absolute value. */
    public double logAbs() {
        if (Double.isNaN(mantissa)) {
            return Double.NaN;
        } else if (zero) {
            return Double.NEGATIVE_INFINITY;
        } else if (infinite) {
            return Double.POSITIVE_INFINITY;
        }
        double size = isReal() ? mantissa : Math.hypot(mantissa, imaginary);
        boolean upper = size > 1.5;
        double near = upper ? size * 0.5 : size;
        long e = upper ? exponent + 1 : exponent;
        return e * LN2_HIGH + (e * LN2_LOW + Math.log(near));
    }

    /** The product, or its real part; infinite or 0 only if it is out of range. */
    public double value() {
        if (Double.isNaN(mantissa)) {
            return Double.NaN;
        } else if (zero) {
            return 0;
        } else if (infinite) {
            return sign * Double.POSITIVE_INFINITY;
        }
        return sign * Math.scalb(mantissa, range());
    }

    /** The product's imaginary part. */
    public double imaginaryValue() {
        if (Double.isNaN(mantissa) || infinite) {
            return Double.NaN;
        }
        return zero ? 0 : sign * Math.scalb(imaginary, range());
    }

    private int range() {
        return (int) Math.max(-3000, Math.min(3000, exponent));
    }
}
