package kron4j.backend.cpu;

/**
 * Arc sine and arc cosine of complex numbers (Hull, Fairgrieve, Tang: Implementing the complex arcsine and arccosine functions using exception handling, ACM TOMS 23, 1997).
 * Both parts are accurate to a few ulps everywhere.
 */
final class ComplexArcs {
    /** Squares of numbers between these neither over- nor underflow. */
    private static final double SMALL = 0x1p-509;

    private static final double LARGE = 0x1p508;
    private static final double EPSILON = Math.ulp(1.0);
    private static final double LN2 = Math.log(2);
    private static final double HALF_PI = Math.PI / 2;

    /** Up to here the arc sine is computed from the sine. */
    private static final double SINE = 0.6417;

    private ComplexArcs() {}

    static void asin(double re, double im, Tile z, int i) {
        compute(re, im, z, i, false);
        z.doubles[i] = Math.copySign(z.doubles[i], re);
        z.imaginary[i] = Math.copySign(z.imaginary[i], im);
    }

    static void acos(double re, double im, Tile z, int i) {
        compute(re, im, z, i, true);
        if (Math.copySign(1, re) < 0) {
            z.doubles[i] = Math.PI - z.doubles[i];
        }
        z.imaginary[i] = Math.copySign(z.imaginary[i], -im);
    }

    /** {@code -i asin(iz)}. */
    static void asinh(double re, double im, Tile z, int i) {
        asin(-im, re, z, i);
        ComplexFunctions.turnBack(z, i);
    }

    /** {@code acos(z)}, turned so that its real part is positive. */
    static void acosh(double re, double im, Tile z, int i) {
        acos(re, im, z, i);
        double angle = z.doubles[i];
        z.doubles[i] = Math.abs(z.imaginary[i]);
        z.imaginary[i] = Math.copySign(angle, im);
    }

    /** The arc sine, or the arc cosine, of {@code |re| + |im|j}, with a positive imaginary part. */
    private static void compute(double re, double im, Tile z, int i, boolean cosine) {
        double x = Math.abs(re);
        double y = Math.abs(im);
        if (!(x < Double.POSITIVE_INFINITY && y < Double.POSITIVE_INFINITY)) {
            special(x, y, z, i, cosine);
        } else if (x > SMALL && x < LARGE && y > SMALL && y < LARGE) {
            ordinary(x, y, z, i, cosine);
        } else {
            extreme(x, y, z, i, cosine);
        }
    }

    private static void ordinary(double x, double y, Tile z, int i, boolean cosine) {
        double square = y * y;
        double plus = x + 1;
        double r = Math.sqrt(plus * plus + square);
        double s = Math.sqrt((x - 1) * (x - 1) + square);
        double a = 0.5 * (r + s);
        double b = x / a;
        if (b <= SINE) {
            z.doubles[i] = cosine ? Math.acos(b) : Math.asin(b);
        } else {
            double sum = a + x;
            double root = x <= 1
                    ? Math.sqrt(0.5 * sum * (square / (r + plus) + (s + (1 - x))))
                    : y * Math.sqrt(0.5 * (sum / (r + plus) + sum / (s + (x - 1))));
            z.doubles[i] = cosine ? Math.atan(root / x) : Math.atan(x / root);
        }
        if (a <= 1.5) {
            double above = 0.5 * (square / (r + plus) + (x < 1 ? square / (s + (1 - x)) : s + (x - 1)));
            z.imaginary[i] = Math.log1p(above + Math.sqrt(above * (a + 1)));
        } else {
            z.imaginary[i] = Math.log(a + Math.sqrt(a * a - 1));
        }
    }

    private static void extreme(double x, double y, Tile z, int i, boolean cosine) {
        double real;
        double imaginary;
        if (y <= EPSILON * Math.abs(x - 1) && x != 1) {
            if (x < 1) {
                real = cosine ? Math.acos(x) : Math.asin(x);
                imaginary = y / Math.sqrt((1 - x) * (1 + x));
            } else if (x < LARGE) {
                double root = Math.sqrt((x - 1) * (x + 1));
                real = cosine ? y / root : HALF_PI;
                imaginary = Math.log1p((x - 1) + root);
            } else {
                real = cosine ? y / x : HALF_PI;
                imaginary = LN2 + Math.log(x);
            }
        } else if (y <= SMALL) {
            imaginary = Math.sqrt(y);
            real = cosine ? imaginary : HALF_PI - imaginary;
        } else if (EPSILON * y - 1 >= x) {
            real = cosine ? HALF_PI : x / y;
            imaginary = LN2 + Math.log(y);
        } else if (x > 1) {
            real = cosine ? Math.atan(y / x) : Math.atan(x / y);
            imaginary = LN2 + Math.log(y) + 0.5 * Math.log1p(x / y * (x / y));
        } else {
            double a = Math.sqrt(1 + y * y);
            real = cosine ? HALF_PI : x / a;
            imaginary = 0.5 * Math.log1p(2 * y * (y + a));
        }
        z.doubles[i] = real;
        z.imaginary[i] = imaginary;
    }

    private static void special(double x, double y, Tile z, int i, boolean cosine) {
        boolean infinite = Double.isInfinite(x) || Double.isInfinite(y);
        double sine;
        if (Double.isNaN(x) || Double.isNaN(y)) {
            sine = x == 0 ? 0 : Double.NaN;
        } else {
            sine = !Double.isInfinite(x) ? 0 : Double.isInfinite(y) ? Math.PI / 4 : HALF_PI;
        }
        z.doubles[i] = cosine ? HALF_PI - sine : sine;
        z.imaginary[i] = infinite ? Double.POSITIVE_INFINITY : Double.NaN;
    }
}
