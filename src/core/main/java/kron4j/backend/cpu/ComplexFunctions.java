package kron4j.backend.cpu;

/**
 * Functions of single complex numbers {@code x + yj}, written to an element of a tile. The distance from the exact result is at most a few ulps of its absolute value.
 * Branches, signs of zero and special values are those of C99's Annex G; where it leaves a sign open, the one that keeps an odd function odd.
 */
final class ComplexFunctions {
    /** Squared absolute values between these are exact to two ulps: neither of the squares that count has over- or underflowed. */
    static final double SMALL = 0x1p-800;

    static final double LARGE = 0x1p800;

    /** Exponentials of larger arguments are computed as the square of half of it, so that a factor can bring the product back into range. */
    static final double NORMAL = 708;

    /** Exponentials of twice this size make no difference to 1. */
    static final double FLAT = 22;

    private static final double INFINITY = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;
    private static final double LN2 = Math.log(2);

    private ComplexFunctions() {}

    @FunctionalInterface
    interface Unary {
        void at(double x, double y, Tile z, int i);
    }

    private static void set(Tile z, int i, double re, double im) {
        z.doubles[i] = re;
        z.imaginary[i] = im;
    }

    /** Multiplies the element by -i: the trigonometric functions are the hyperbolic ones of iz, turned back. */
    static void turnBack(Tile z, int i) {
        set(z, i, z.imaginary[i], -z.doubles[i]);
    }

    static boolean isOrdinary(double square) {
        return square >= SMALL && square <= LARGE;
    }

    /** The larger exponent of two finite numbers, one of which is not 0. */
    private static int exponent(double x, double y) {
        return Math.getExponent(Math.max(Math.abs(x), Math.abs(y)));
    }

    static double abs(double x, double y) {
        double square = x * x + y * y;
        return isOrdinary(square) ? Math.sqrt(square) : Math.hypot(x, y);
    }

    static boolean isNearOne(double square) {
        return square > 0.5 && square < 2;
    }

    /** {@code |x + yj|^2 - 1}, with the rounding errors of its terms. */
    static double aboveOne(double x, double y) {
        double a = Math.max(Math.abs(x), Math.abs(y));
        double b = Math.min(Math.abs(x), Math.abs(y));
        double p = a * a;
        double q = b * b;
        double t = p - 1;
        double sum = t + q;
        double part = sum - t;
        double rest = (t - (sum - part)) + (q - part) + Math.fma(a, a, -p) + Math.fma(b, b, -q);
        return sum + rest;
    }

    /** {@code log|x + yj|}, accurate near 1 too. */
    private static double logAbs(double x, double y) {
        double a = Math.max(Math.abs(x), Math.abs(y));
        double b = Math.min(Math.abs(x), Math.abs(y));
        double square = a * a + b * b;
        if (isNearOne(square)) {
            return 0.5 * Math.log1p(aboveOne(a, b));
        }
        if (isOrdinary(square) || a == 0) {
            return 0.5 * Math.log(square);
        }
        if (Double.isInfinite(x) || Double.isInfinite(y)) {
            return INFINITY;
        }
        int k = exponent(x, y);
        double u = Math.scalb(x, -k);
        double v = Math.scalb(y, -k);
        return k * LN2 + 0.5 * Math.log(u * u + v * v);
    }

    static void log(double x, double y, Tile z, int i) {
        set(z, i, logAbs(x, y), Math.atan2(y, x));
    }

    static void log1p(double x, double y, Tile z, int i) {
        boolean near = Math.abs(x) <= 0.25 && Math.abs(y) <= 0.25;
        set(z, i, near ? 0.5 * Math.log1p(x * (2 + x) + y * y) : logAbs(1 + x, y), Math.atan2(y, 1 + x));
    }

    static void sqrt(double x, double y, Tile z, int i) {
        double square = x * x + y * y;
        if (isOrdinary(square)) {
            double t = Math.sqrt(0.5 * (Math.abs(x) + Math.sqrt(square)));
            if (x >= 0) {
                set(z, i, t, y / (2 * t));
            } else {
                set(z, i, Math.abs(y) / (2 * t), Math.copySign(t, y));
            }
        } else if (Double.isInfinite(y)) {
            set(z, i, INFINITY, y);
        } else if (Double.isNaN(x) || (Double.isNaN(y) && !Double.isInfinite(x))) {
            set(z, i, NAN, NAN);
        } else if (x == INFINITY) {
            set(z, i, x, 0 * y);
        } else if (x == -INFINITY) {
            set(z, i, Math.abs(0 * y), Math.copySign(INFINITY, y));
        } else if (x == 0 && y == 0) {
            set(z, i, 0, y);
        } else {
            int half = exponent(x, y) >> 1;
            sqrt(Math.scalb(x, -2 * half), Math.scalb(y, -2 * half), z, i);
            set(z, i, Math.scalb(z.doubles[i], half), Math.scalb(z.imaginary[i], half));
        }
    }

    static void rsqrt(double x, double y, Tile z, int i) {
        sqrt(x, y, z, i);
        reciprocal(z.doubles[i], z.imaginary[i], z, i);
    }

    static void reciprocal(double x, double y, Tile z, int i) {
        double divisor = Math.max(Math.abs(x), Math.abs(y));
        if (divisor > 0 && divisor < INFINITY) {
            int k = Math.getExponent(divisor);
            double u = Math.scalb(x, -k);
            double v = Math.scalb(y, -k);
            double square = u * u + v * v;
            set(z, i, Math.scalb(u / square, -k), Math.scalb(-v / square, -k));
        } else if (divisor == 0) {
            set(z, i, Math.copySign(INFINITY, x), NAN);
        } else if (Double.isInfinite(x) || Double.isInfinite(y)) {
            set(z, i, 0 * unit(x), -0.0 * unit(y));
        } else {
            set(z, i, NAN, NAN);
        }
    }

    /** {@code (a + bj) / (c + dj)}. Both are scaled by powers of 2, so that only the quotient can over- or underflow. */
    static void divide(double a, double b, double c, double d, Tile z, int i) {
        double larger = Math.max(Math.abs(a), Math.abs(b));
        double divisor = Math.max(Math.abs(c), Math.abs(d));
        if (divisor > 0 && divisor < INFINITY && larger < INFINITY) {
            int k = Math.getExponent(divisor);
            int m = Math.getExponent(larger);
            double u = Math.scalb(c, -k);
            double v = Math.scalb(d, -k);
            double p = Math.scalb(a, -m);
            double q = Math.scalb(b, -m);
            double square = u * u + v * v;
            set(z, i, Math.scalb((p * u + q * v) / square, m - k), Math.scalb((q * u - p * v) / square, m - k));
        } else if (divisor == 0) {
            double signed = Math.copySign(INFINITY, c);
            set(z, i, signed * a, signed * b);
        } else if ((Double.isInfinite(a) || Double.isInfinite(b)) && Double.isFinite(c) && Double.isFinite(d)) {
            double p = unit(a);
            double q = unit(b);
            set(z, i, INFINITY * (p * c + q * d), INFINITY * (q * c - p * d));
        } else if ((Double.isInfinite(c) || Double.isInfinite(d)) && Double.isFinite(a) && Double.isFinite(b)) {
            double u = unit(c);
            double v = unit(d);
            set(z, i, 0 * (a * u + b * v), 0 * (b * u - a * v));
        } else {
            set(z, i, NAN, NAN);
        }
    }

    /** An infinite number as 1 with its sign, any other as 0 with its sign. */
    private static double unit(double x) {
        return Math.copySign(Double.isInfinite(x) ? 1 : 0, x);
    }

    static void sign(double x, double y, Tile z, int i) {
        double abs = abs(x, y);
        if (abs == 0) {
            set(z, i, 0, 0);
        } else if (abs == INFINITY && Double.isFinite(x) && Double.isFinite(y)) {
            sign(x / 4, y / 4, z, i);
        } else if (abs < Double.MIN_NORMAL) {
            sign(x * 0x1p600, y * 0x1p600, z, i);
        } else if (abs < INFINITY) {
            set(z, i, x / abs, y / abs);
        } else if (Double.isNaN(abs)
                || Double.isNaN(x)
                || Double.isNaN(y)
                || (Double.isInfinite(x) && Double.isInfinite(y))) {
            set(z, i, NAN, NAN);
        } else {
            set(z, i, unit(x) + 0.0, unit(y) + 0.0);
        }
    }

    /** {@code factor e^x (c + sj)} for finite c and s, none of them 0. */
    private static void scaledExp(double x, double factor, double c, double s, Tile z, int i) {
        if (Math.abs(x) < NORMAL) {
            double e = factor * Math.exp(x);
            set(z, i, e * c, e * s);
        } else {
            double root = Math.exp(0.5 * x);
            set(z, i, root * c * (factor * root), root * s * (factor * root));
        }
    }

    static void exp(double x, double y, Tile z, int i) {
        if (y == 0) {
            set(z, i, Math.exp(x), y);
        } else if (Double.isFinite(y)) {
            scaledExp(x, 1, Math.cos(y), Math.sin(y), z, i);
        } else if (x == -INFINITY) {
            set(z, i, 0, Math.copySign(0, y));
        } else {
            set(z, i, x == INFINITY ? x : NAN, NAN);
        }
    }

    static void expm1(double x, double y, Tile z, int i) {
        if (y == 0) {
            set(z, i, Math.expm1(x), y);
        } else if (Math.abs(x) < NORMAL) {
            double sin = Math.sin(0.5 * y);
            set(z, i, Math.expm1(x) * Math.cos(y) - 2 * sin * sin, Math.exp(x) * Math.sin(y));
        } else {
            exp(x, y, z, i);
            z.doubles[i] -= 1;
        }
    }

    static void sinh(double x, double y, Tile z, int i) {
        if (y == 0) {
            set(z, i, Math.sinh(x), y);
        } else if (x == 0) {
            set(z, i, Double.isFinite(y) ? x * Math.cos(y) : x, Math.sin(y));
        } else if (!Double.isFinite(y)) {
            set(z, i, Double.isInfinite(x) ? x : NAN, NAN);
        } else if (Math.abs(x) > NORMAL) {
            scaledExp(Math.abs(x), 0.5, Math.copySign(1, x) * Math.cos(y), Math.sin(y), z, i);
        } else {
            set(z, i, Math.sinh(x) * Math.cos(y), Math.cosh(x) * Math.sin(y));
        }
    }

    static void cosh(double x, double y, Tile z, int i) {
        if (y == 0) {
            set(z, i, Math.cosh(x), Math.copySign(1, x) * y);
        } else if (x == 0) {
            set(z, i, Math.cos(y), Double.isFinite(y) ? x * Math.sin(y) : x);
        } else if (!Double.isFinite(y)) {
            set(z, i, Double.isInfinite(x) ? INFINITY : NAN, NAN);
        } else if (Math.abs(x) > NORMAL) {
            scaledExp(Math.abs(x), 0.5, Math.cos(y), Math.copySign(1, x) * Math.sin(y), z, i);
        } else {
            set(z, i, Math.cosh(x) * Math.cos(y), Math.sinh(x) * Math.sin(y));
        }
    }

    static void tanh(double x, double y, Tile z, int i) {
        if (y == 0) {
            set(z, i, Math.tanh(x), y);
        } else if (x == 0) {
            set(z, i, x, Math.tan(y));
        } else if (Math.abs(x) > FLAT) {
            double turn = Double.isFinite(y) ? Math.sin(y) * Math.cos(y) : Math.copySign(1, y);
            double im = Double.isFinite(y) || Double.isInfinite(x) ? 4 * turn * Math.exp(-2 * Math.abs(x)) : NAN;
            set(z, i, Double.isNaN(im) ? NAN : Math.copySign(1, x), im);
        } else {
            double sinh = Math.sinh(x);
            double cos = Math.cos(y);
            double square = sinh * sinh + cos * cos;
            set(z, i, sinh * Math.cosh(x) / square, Math.sin(y) * cos / square);
        }
    }

    /** {@code (e^x - 1 + 2 cos^2(y/2) + j sin y) / (4 sinh^2(x/2) + 4 cos^2(y/2))}, whose terms cancel nowhere. */
    static void sigmoid(double x, double y, Tile z, int i) {
        if (y == 0) {
            set(z, i, 1 / (1 + Math.exp(-x)), y);
        } else if (x < -2 * FLAT) {
            exp(x, y, z, i);
        } else if (x > 2 * FLAT) {
            double turn = Double.isFinite(y) ? Math.sin(y) : Math.copySign(1, y);
            double im = Double.isFinite(y) || x == INFINITY ? turn * Math.exp(-x) : NAN;
            set(z, i, Double.isNaN(im) ? NAN : 1, im);
        } else {
            double sinh = Math.sinh(0.5 * x);
            double cos = Math.cos(0.5 * y);
            double square = 4 * (sinh * sinh + cos * cos);
            set(z, i, (Math.expm1(x) + 2 * cos * cos) / square, 2 * Math.sin(0.5 * y) * cos / square);
        }
    }

    static void sin(double x, double y, Tile z, int i) {
        sinh(-y, x, z, i);
        turnBack(z, i);
    }

    static void cos(double x, double y, Tile z, int i) {
        cosh(-y, x, z, i);
    }

    static void tan(double x, double y, Tile z, int i) {
        tanh(-y, x, z, i);
        turnBack(z, i);
    }

    static void atan(double x, double y, Tile z, int i) {
        atanh(-y, x, z, i);
        turnBack(z, i);
    }

    /** {@code log1p(4x / ((1-x)^2 + y^2)) / 4} and half the angle of {@code 1 - x^2 - y^2 + 2yj} (Kahan: Branch cuts, 1987), for x of either sign. */
    static void atanh(double x, double y, Tile z, int i) {
        double a = Math.abs(x);
        double re;
        double im;
        if (Double.isInfinite(a) || Double.isInfinite(y)) {
            re = 0;
            im = Double.isNaN(y) ? NAN : Math.copySign(Math.PI / 2, y);
        } else if (Double.isNaN(a) || Double.isNaN(y)) {
            re = a == 0 ? 0 : NAN;
            im = NAN;
        } else if (Math.max(a, Math.abs(y)) > 0x1p60) {
            double abs = Math.hypot(0.25 * a, 0.25 * y);
            re = 0.0625 * a / abs / abs;
            im = Math.copySign(Math.PI / 2, y);
        } else {
            double square = (1 - a) * (1 - a) + y * y;
            re = square >= SMALL || y == 0 ? 0.25 * Math.log1p(4 * a / square) : 0.5 * (LN2 - Math.log(Math.abs(y)));
            im = 0.5 * Math.atan2(2 * y, (1 - a) * (1 + a) - y * y);
        }
        set(z, i, Math.copySign(re, x), im);
    }
}
