package kron4j.backend.cpu;

/**
 * The error function and the inverse hyperbolic ones, within 1.5 ulp. What would lose digits is computed with the rounding errors of its terms: a number is the
 * unevaluated sum of a double and a small rest. The same formulas are in {@code kernels/special.cuh}.
 */
final class SpecialFunctions {
    /** {@code erf(x) / x - 1} for {@code x^2} up to 1; interpolated at Chebyshev's points, as the other tables, to 2^-55. */
    private static final double[] ERF = {
        0x1.06eba8214db69p-3,
        -0x1.812746b0379e6p-2,
        0x1.ce2f21a042b30p-4,
        -0x1.b82ce31284e00p-6,
        0x1.565bcd0dbaa38p-8,
        -0x1.c02db3dac435fp-11,
        0x1.f9a321d5b8e1ep-14,
        -0x1.f4d1e3183f7aep-17,
        0x1.b9df224ca4b97p-20,
        -0x1.5f1ecb6f0764cp-23,
        0x1.f7b4bf3b13964p-27,
        -0x1.389d4f2641625p-30,
        0x1.05ffd737fb32ep-34
    };

    /** {@code (1 + 2x) e^(x^2) erfc(x) - 1} in terms of {@code (x - 3) / (x + 3)} for x from 0.49 on (Schonfelder 1978). */
    private static final double[] ERFC = {
        0x1.03148b5f9261dp-2,
        -0x1.15c084bb9e8f3p-3,
        -0x1.85a15c58aa5d1p-5,
        0x1.098366a5b468cp-3,
        -0x1.e88b803a492ecp-4,
        0x1.17ca2877f225ap-4,
        -0x1.8574c40bce218p-6,
        0x1.4b884e417819bp-9,
        0x1.ef1bdd44a4027p-10,
        -0x1.98db50a3b6e01p-11,
        -0x1.b9127116e31fep-14,
        0x1.065a2bf608660p-13,
        0x1.4c22f5b270c45p-18,
        -0x1.5139db99d90aep-16,
        -0x1.880b2cdd369f3p-21,
        0x1.d1e77bb6d73c7p-19,
        0x1.7b2d87bb79351p-22,
        -0x1.49acdf3a11fe0p-21,
        -0x1.21e6321a9c783p-23,
        0x1.a616f4259f0b3p-24,
        0x1.2b048f0b3f229p-25,
        -0x1.67cbc424c9e78p-27,
        -0x1.37ff7f518904fp-28
    };

    /** {@code (e^r - 1 - r) / r^2} for |r| up to half of ln 2: the power series. */
    static final double[] EXP = {
        1.0 / 2,
        1.0 / 6,
        1.0 / 24,
        1.0 / 120,
        1.0 / 720,
        1.0 / 5040,
        1.0 / 40320,
        1.0 / 362880,
        1.0 / 3628800,
        1.0 / 39916800,
        1.0 / 479001600,
        1.0 / 6227020800L
    };

    static final double LN2 = 0x1.62e42fefa39efp-1;
    /** The first 33 bits of ln 2, so that its multiples by exponents are exact, and the rest. */
    static final double LN2_HIGH = 0x1.62e42feep-1;

    static final double LN2_LOW = 0x1.a39ef35793c76p-33;
    /** From here on erfc is 0, and below minus this 2. */
    private static final double ERFC_END = 27.3;
    /** From here on {@code sqrt(x^2 + 1)} is x. */
    private static final double LARGE = 0x1p28;

    private SpecialFunctions() {}

    static double horner(double[] coefficients, double x) {
        double sum = coefficients[coefficients.length - 1];
        for (int i = coefficients.length - 2; i >= 0; i--) {
            sum = sum * x + coefficients[i];
        }
        return sum;
    }

    static double erf(double x) {
        double a = Math.abs(x);
        if (a < 1) {
            return a < 0x1p-1000 ? (x * 0x1p100 + x * 0x1p100 * ERF[0]) * 0x1p-100 : x + x * horner(ERF, x * x);
        }
        return a < 6 ? Math.copySign(1 - erfcTail(a), x) : !Double.isNaN(a) ? Math.copySign(1, x) : x;
    }

    static double erfc(double x) {
        double a = Math.abs(x);
        if (a < 0.5) {
            return 1 - (x + x * horner(ERF, x * x));
        }
        if (!(a < ERFC_END)) {
            return x > 0 ? 0 : x < 0 ? 2 : x;
        }
        return x > 0 ? erfcTail(x) : 2 - (a < 6 ? erfcTail(a) : 0);
    }

    /** From 0.5 on: {@code e^(-x^2)} times the rest; the exponential and the quotient have a rest each. */
    private static double erfcTail(double x) {
        double square = x * x;
        double squareRest = Math.fma(x, x, -square);
        double k = Math.rint(square * (1 / LN2));
        double high = k * LN2_HIGH - square;
        double low = k * LN2_LOW - squareRest;
        double r = high + low;
        low = high - r + low;
        double head = 1 + r;
        double tail = 1 - head + r + (low + r * r * horner(EXP, r));
        double p = horner(ERFC, (x - 3) / (x + 3));
        double rest = tail + (head + tail) * p;
        double product = head + rest;
        rest = head - product + rest;
        double divisor = 1 + 2 * x;
        double divisorRest = x > 0.5 ? 2 * x - divisor + 1 : 0;
        double quotient = product / divisor;
        double error = Math.fma(-quotient, divisor, product);
        quotient += (error + rest - quotient * divisorRest) / divisor;
        return quotient * twoTo(64 - k) * 0x1p-64; // rounded once where it is subnormal
    }

    private static double twoTo(double k) {
        return Double.longBitsToDouble(((long) k + Double.MAX_EXPONENT) << 52);
    }

    /** {@code log1p(a + a^2 / (1 + sqrt(1 + a^2)))} or {@code log(a + sqrt(1 + a^2))}. */
    static double asinh(double x) {
        double a = Math.abs(x);
        if (!(a >= 0x1p-28)) {
            return x;
        }
        if (a >= LARGE) {
            return Math.copySign(Math.log(a) + LN2, x);
        }
        double square = a * a;
        if (a < 1) {
            double slope = square / (1 + Math.sqrt(1 + square));
            double sum = a + slope;
            return Math.copySign(log1p(sum, a - sum + slope), x);
        }
        double s = square + 1;
        double rest = Math.fma(a, a, -square) + (square - s + 1);
        return Math.copySign(logOfSum(a, s, rest), x);
    }

    /** {@code log1p(t + sqrt(2t + t^2))} for {@code t = x - 1}, or {@code log(x + sqrt(x^2 - 1))}. */
    static double acosh(double x) {
        if (!(x >= 1)) {
            return Double.NaN;
        }
        if (x >= LARGE) {
            return Math.log(x) + LN2;
        }
        if (x < 2) {
            double t = x - 1;
            double square = t * t;
            double s = 2 * t + square;
            double rest = Math.fma(t, t, -square) + (2 * t - s + square);
            double root = Math.sqrt(s);
            double rootRest = root == 0 ? 0 : (Math.fma(-root, root, s) + rest) / (2 * root);
            double sum = root + t;
            return log1p(sum, (root > t ? root - sum + t : t - sum + root) + rootRest);
        }
        double square = x * x;
        double s = square - 1;
        double rest = Math.fma(x, x, -square) + (square - s - 1);
        return logOfSum(x, s, rest);
    }

    /** {@code log1p(2a / (1 - a)) / 2}. */
    static double atanh(double x) {
        double a = Math.abs(x);
        if (!(a >= 0x1p-28)) {
            return x;
        }
        if (a >= 1) {
            return a == 1 ? Math.copySign(Double.POSITIVE_INFINITY, x) : Double.NaN;
        }
        double divisor = 1 - a;
        double divisorRest = 1 - divisor - a;
        double quotient = 2 * a / divisor;
        double rest = (Math.fma(-quotient, divisor, 2 * a) - quotient * divisorRest) / divisor;
        return Math.copySign(0.5 * log1p(quotient, rest), x);
    }

    /** {@code log(a + sqrt(s + rest))} for a from 1 on. */
    private static double logOfSum(double a, double s, double rest) {
        double root = Math.sqrt(s);
        double rootRest = (Math.fma(-root, root, s) + rest) / (2 * root);
        double sum = a + root;
        double larger = Math.max(a, root);
        return Math.log(sum) + (larger - sum + Math.min(a, root) + rootRest) / sum;
    }

    private static double log1p(double x, double rest) {
        return Math.log1p(x) + rest / (1 + x);
    }
}
