package kron4j.backend.cpu;

/**
 * Powers of complex numbers: {@code 0^0 = 1}, whole exponents up to 100 by multiplication as in NumPy, negative ones as quotients of 1; others by absolute value and
 * angle, where real exponents keep the sign of an angle that is zero.
 */
final class ComplexPower {
    private static final double MOST = 100;

    private ComplexPower() {}

    /** {@code (a + bj)^(c + dj)}. */
    static void power(double a, double b, double c, double d, Tile z, int i) {
        if (c == 0 && d == 0) {
            set(z, i, 1, 0);
        } else if (a == 0 && b == 0) {
            double result = c > 0 && !Double.isNaN(d) ? 0 : Double.NaN;
            set(z, i, result, result);
        } else if (d != 0 || c != Math.rint(c) || Math.abs(c) > MOST || !whole(a, b, (int) c, z, i)) {
            general(a, b, c, d, z, i);
        }
    }

    private static void set(Tile z, int i, double re, double im) {
        z.doubles[i] = re;
        z.imaginary[i] = im;
    }

    /** By repeated squaring; returns whether that stayed in range, or the base is not finite. */
    private static boolean whole(double a, double b, int exponent, Tile z, int i) {
        double x = a;
        double y = b;
        int n = Math.abs(exponent);
        while ((n & 1) == 0) {
            double re = x * x - y * y;
            y = x * y + y * x;
            x = re;
            n >>= 1;
        }
        double u = x;
        double v = y;
        while ((n >>= 1) > 0) {
            double re = x * x - y * y;
            y = x * y + y * x;
            x = re;
            if ((n & 1) == 1) {
                double product = u * x - v * y;
                v = u * y + v * x;
                u = product;
            }
        }
        double abs = Math.max(Math.abs(u), Math.abs(v));
        boolean inRange = abs < Double.POSITIVE_INFINITY && (Math.abs(exponent) == 1 || abs > 0x1p-900);
        if (exponent > 0) {
            set(z, i, u, v);
        } else {
            ComplexKernels.divide(1, 0, u, v, z, i);
        }
        return inRange || !Double.isFinite(a) || !Double.isFinite(b);
    }

    private static void general(double a, double b, double c, double d, Tile z, int i) {
        double abs = ComplexFunctions.abs(a, b);
        double angle = Math.atan2(b, a);
        double size = Math.pow(abs, c) * (d == 0 ? 1 : Math.exp(-d * angle));
        if (size >= Double.MIN_NORMAL && size < Double.POSITIVE_INFINITY && abs < Double.POSITIVE_INFINITY) {
            double turn = d == 0 ? c * angle : c * angle + d * Math.log(abs);
            set(z, i, size * Math.cos(turn), size * Math.sin(turn));
        } else {
            ComplexFunctions.log(a, b, z, i);
            double x = z.doubles[i];
            double y = z.imaginary[i];
            ComplexFunctions.exp(c * x - d * y, c * y + d * x, z, i);
        }
    }
}
