package kron4j.backend.cpu;

/**
 * The exponential, the logarithm and functions made of them, to about 1 ulp (tanh, sigmoid and softplus: 2). The JIT vectorises the loops with the
 * arithmetic; only exponent bits are handled one by one. Method: argument reduction by ln 2 in two parts (Cody
 * and Waite, 1980), then the power series of e^r - 1 and of 2 artanh(s), with remainders below 2^-57. Output arrays must not be inputs.
 */
final class Transcendentals {
    private static final double LOG2_E = 1 / Math.log(2);
    /** The first 33 bits of ln 2, so that its multiples by exponents are exact, and the rest. */
    private static final double LN2_HIGH = 0x1.62e42feep-1;

    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;
    private static final double TO_INTEGER = 0x1.8p52;
    /** Exponentials of arguments up to this size, and their reciprocals, are normal numbers. */
    private static final double NORMAL = 708;

    private static final long SQRT_HALF = Double.doubleToRawLongBits(Math.sqrt(0.5));
    private static final int MANTISSA = 52;

    private Transcendentals() {}

    /** {@code e^x = (1 + z) * 2^k} for x of moderate size. Adding and subtracting {@link #TO_INTEGER} rounds, in a way that vectorises. */
    private static void reduce(double[] x, double[] z, double[] k, int n) {
        for (int i = 0; i < n; i++) {
            double t = (x[i] * LOG2_E + TO_INTEGER) - TO_INTEGER;
            double r = (x[i] - t * LN2_HIGH) - t * LN2_LOW;
            double q = 1.0 / 87178291200L * r + 1.0 / 6227020800L;
            q = q * r + 1.0 / 479001600;
            q = q * r + 1.0 / 39916800;
            q = q * r + 1.0 / 3628800;
            q = q * r + 1.0 / 362880;
            q = q * r + 1.0 / 40320;
            q = q * r + 1.0 / 5040;
            q = q * r + 1.0 / 720;
            q = q * r + 1.0 / 120;
            q = q * r + 1.0 / 24;
            q = q * r + 1.0 / 6;
            q = q * r + 0.5;
            z[i] = r + r * r * q;
            k[i] = t;
        }
    }

    private static double twoTo(double k) {
        return Double.longBitsToDouble(((long) k + Double.MAX_EXPONENT) << MANTISSA);
    }

    static void exp(double[] x, double[] z, double[] k, int n) {
        reduce(x, z, k, n);
        for (int i = 0; i < n; i++) {
            z[i] = (1 + z[i]) * twoTo(k[i]);
        }
        for (int i = 0; i < n; i++) {
            if (!(Math.abs(x[i]) < NORMAL)) {
                z[i] = Math.exp(x[i]);
            }
        }
    }

    /** 1 / (1 + e^-x), and e^x where e^-x overflows. */
    static void sigmoid(double[] x, double[] z, double[] k, double[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = -x[i];
        }
        exp(y, z, k, n);
        for (int i = 0; i < n; i++) {
            z[i] = 1 / (1 + z[i]);
        }
        for (int i = 0; i < n; i++) {
            if (x[i] < -NORMAL) {
                z[i] = Math.exp(x[i]);
            }
        }
    }

    /** (e^2|x| - 1) / (e^2|x| + 1) with the sign of x; 1 from 22 on. */
    static void tanh(double[] x, double[] z, double[] k, double[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = 2 * Math.abs(x[i]);
        }
        reduce(y, z, k, n);
        for (int i = 0; i < n; i++) {
            k[i] = twoTo(k[i]);
        }
        for (int i = 0; i < n; i++) {
            double e = z[i] * k[i] + (k[i] - 1);
            z[i] = e / (e + 2);
        }
        for (int i = 0; i < n; i++) {
            z[i] = Math.abs(x[i]) > 22 ? Math.signum(x[i]) : Math.copySign(z[i], x[i]);
        }
    }

    /** max(x, 0) + log(1 + e^-|x|). */
    static void softplus(double[] x, double[] z, double[] k, double[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = -Math.abs(x[i]);
        }
        exp(y, z, k, n);
        for (int i = 0; i < n; i++) {
            double s = z[i] / (2 + z[i]);
            double w = s * s;
            double p = 1.0 / 33 * w + 1.0 / 31;
            p = p * w + 1.0 / 29;
            p = p * w + 1.0 / 27;
            p = p * w + 1.0 / 25;
            p = p * w + 1.0 / 23;
            p = p * w + 1.0 / 21;
            p = p * w + 1.0 / 19;
            p = p * w + 1.0 / 17;
            p = p * w + 1.0 / 15;
            p = p * w + 1.0 / 13;
            p = p * w + 1.0 / 11;
            p = p * w + 1.0 / 9;
            p = p * w + 1.0 / 7;
            p = p * w + 1.0 / 5;
            p = p * w + 1.0 / 3;
            z[i] = 2 * (s + s * w * p);
        }
        for (int i = 0; i < n; i++) {
            z[i] += Math.max(x[i], 0.0);
        }
    }

    /** x = (1 + f) 2^k with 1 + f between sqrt(1/2) and sqrt(2); log(1 + f) = 2 artanh(f / (2 + f)). */
    static void log(double[] x, double[] z, double[] k, int n) {
        for (int i = 0; i < n; i++) {
            double v = x[i];
            boolean subnormal = v < Double.MIN_NORMAL;
            long bits = Double.doubleToRawLongBits(subnormal ? v * 0x1p54 : v);
            long exponent = (bits - SQRT_HALF) >> MANTISSA;
            z[i] = Double.longBitsToDouble(bits - (exponent << MANTISSA)) - 1;
            k[i] = subnormal ? exponent - 54 : exponent;
        }
        for (int i = 0; i < n; i++) {
            double f = z[i];
            double s = f / (2 + f);
            double w = s * s;
            double p = 2.0 / 23 * w + 2.0 / 21;
            p = p * w + 2.0 / 19;
            p = p * w + 2.0 / 17;
            p = p * w + 2.0 / 15;
            p = p * w + 2.0 / 13;
            p = p * w + 2.0 / 11;
            p = p * w + 2.0 / 9;
            p = p * w + 2.0 / 7;
            p = p * w + 2.0 / 5;
            p = p * w + 2.0 / 3;
            double square = 0.5 * f * f;
            z[i] = k[i] * LN2_HIGH - ((square - (s * (square + w * p) + k[i] * LN2_LOW)) - f);
        }
        for (int i = 0; i < n; i++) {
            double v = x[i];
            if (!(v > 0 && v < Double.POSITIVE_INFINITY)) {
                z[i] = Math.log(v);
            }
        }
    }
}
