package kron4j.backend.cpu;

import static kron4j.backend.cpu.GammaTables.COTANGENT;
import static kron4j.backend.cpu.GammaTables.DIGAMMA_FROM_ONE;
import static kron4j.backend.cpu.GammaTables.DIGAMMA_FROM_TWO;
import static kron4j.backend.cpu.GammaTables.DIGAMMA_SERIES;
import static kron4j.backend.cpu.GammaTables.INVERSE_ERF;
import static kron4j.backend.cpu.GammaTables.INVERSE_ERF_MIDDLE;
import static kron4j.backend.cpu.GammaTables.INVERSE_ERF_TAIL;
import static kron4j.backend.cpu.GammaTables.NEAR_ONE;
import static kron4j.backend.cpu.GammaTables.NEAR_ROOT;
import static kron4j.backend.cpu.GammaTables.NEAR_TWO;
import static kron4j.backend.cpu.GammaTables.SINE;
import static kron4j.backend.cpu.GammaTables.STIRLING;
import static kron4j.backend.cpu.GammaTables.TANGENT;
import static kron4j.backend.cpu.GammaTables.TRIGAMMA_SERIES;
import static kron4j.backend.cpu.SpecialFunctions.EXP;
import static kron4j.backend.cpu.SpecialFunctions.LN2;
import static kron4j.backend.cpu.SpecialFunctions.LN2_HIGH;
import static kron4j.backend.cpu.SpecialFunctions.LN2_LOW;
import static kron4j.backend.cpu.SpecialFunctions.horner;

/**
 * The logarithm of the gamma function, its first two derivatives, and the inverse of the error function, within 2 ulp. Polynomials are interpolated at
 * Chebyshev's points to 2^-55; the same formulas are in {@code kernels/gamma.cuh}.
 */
final class GammaFunctions {
    private static final double EULER = 0x1.2788cfc6fb619p-1;
    private static final double EULER_REST = -0x1.6cb90701fbfabp-58;
    private static final double ONE_LESS_EULER = 0x1.b0ee6072093cep-2;
    /** Where digamma is 0 and log gamma least. */
    private static final double ROOT = 0x1.762d86356be3fp+0;

    private static final double ROOT_REST = 0x1.b86a722197829p-54;
    private static final double ROOT_LESS_ONE = 0x1.d8b618d5af8fep-2;
    private static final double ROOT_LESS_ONE_REST = -0x1.1e563779a1f5bp-56;
    private static final double ROOT_LESS_ONE_ROUNDED = ROOT - 1;
    private static final double MIDDLE_SLOPE = 0x1.e6f0cbb873616p-1;
    private static final double MIDDLE_SLOPE_REST = 0x1.8f70c7a125e6ap-55;
    private static final double LATE_SLOPE = 0x1.5ab6aae23d76fp-1;
    private static final double LATE_SLOPE_REST = -0x1.9ac326c8c6415p-56;
    private static final double LEAST = -0x1.f19b9bcc38a42p-4;
    private static final double LEAST_REST = 0x1.f095c88d5a6cdp-59;
    private static final double LEAST_SLOPE = -0x1.aa2d9b3ce29e0p-54;
    /** {@code log(2 pi) / 2 - 1 / 2}. */
    private static final double STIRLING_CONSTANT = 0x1.acfe390c97d69p-2;
    /** From here on the asymptotic series hold. */
    private static final double LARGE = 8;

    private static final double HALF_ROOT_PI = 0x1.c5bf891b4ef6bp-1;
    private static final double HALF_ROOT_PI_REST = -0x1.1ad618f6b35b8p-55;

    private GammaFunctions() {}

    /** {@code log |gamma(x)|}; what is shifted or reflected is a logarithm of a product, which is kept with its rounding error. */
    static double lgamma(double x) {
        double a = Math.abs(x);
        if (!(a <= Double.MAX_VALUE)) {
            return a;
        }
        if (a < 0.5) {
            return ofOnePlus(x) - Math.log(a);
        }
        if (x >= LARGE) {
            return stirling(x, 0, 0);
        }
        if (x > 0 && x < 3) {
            return ofOnePlus(x - 1);
        }
        if (x == Math.rint(x) && x < 0) {
            return Double.POSITIVE_INFINITY;
        }
        if (x <= -LARGE) {
            return reflected(x);
        }
        double step = x < 0 ? 1 : -1;
        double y = x < 0 ? x : x - 1;
        double product = y;
        double rest = 0;
        while (y < -0.5 || y >= 2) {
            y += step;
            double next = product * y;
            rest = Math.fma(product, y, -next) + rest * y;
            product = next;
        }
        double logarithm = Math.log(Math.abs(product)) + rest / product;
        return x < 0 ? ofOnePlus(y) - logarithm : ofOnePlus(y - 1) + logarithm;
    }

    /** {@code log gamma(1 + z)} for z from -0.5 to 2. */
    private static double ofOnePlus(double z) {
        if (z <= 0.25) {
            return z * (-EULER + (z * horner(NEAR_ONE, z) - EULER_REST)) + 0.0; // 0, not -0
        }
        if (z < 0.75) {
            double t = z - ROOT_LESS_ONE_ROUNDED;
            return LEAST + (LEAST_REST + t * (LEAST_SLOPE + t * horner(NEAR_ROOT, t)));
        }
        double w = z - 1;
        return w * (ONE_LESS_EULER + (w * horner(NEAR_TWO, w) + EULER_REST));
    }

    /** Stirling's formula {@code (x - 1/2) (log x - 1) + ...} plus another number with its rest. */
    private static double stirling(double x, double other, double otherRest) {
        double log = Math.log(x);
        double factor = x - 0.5;
        double head = factor * (log - 1);
        if (head == Double.POSITIVE_INFINITY) {
            return head;
        }
        double inverse = 1 / x;
        double rest = Math.fma(factor, log - 1, -head) + factor * logarithmRest(x, log) + (x - factor - 0.5) * log;
        rest += STIRLING_CONSTANT + inverse * horner(STIRLING, inverse * inverse);
        double sum = head + other;
        return sum + (head - sum + other + (rest + otherRest));
    }

    /** {@code -log |gamma(-x) x sin(pi x) / pi|} for x up to -8, no whole number. */
    private static double reflected(double x) {
        double f = x - Math.rint(x);
        double product = x * f;
        double change = f * f * horner(SINE, f * f);
        double head = product + product * change;
        double rest = Math.fma(product, change, product - head) + Math.fma(x, f, -product) * (1 + change);
        double log = Math.log(Math.abs(head));
        return -stirling(-x, log, logarithmRest(Math.abs(head), log) + rest / head);
    }

    /** What is missing from a rounded logarithm of x, a normal number: {@code x e^-log - 1}. */
    private static double logarithmRest(double x, double log) {
        double k = Math.rint(log * (1 / LN2));
        double high = k * LN2_HIGH - log;
        double low = k * LN2_LOW;
        double r = high + low;
        low = high - r + low;
        double head = 1 + r;
        double tail = 1 - head + r + (low + r * r * horner(EXP, r));
        double mantissa = Math.scalb(x, -(int) k);
        return Math.fma(mantissa, head, -1) + mantissa * tail;
    }

    /** The derivative of log gamma; NaN at its poles but 0, and at -infinity. */
    static double digamma(double x) {
        if (x > 0) {
            return ofPositive(x);
        }
        double f = x - Math.rint(x);
        if (!(Math.abs(f) > 0)) {
            return x == 0 ? Math.copySign(Double.POSITIVE_INFINITY, -x) : Double.NaN;
        }
        double mirrored = x > -1 ? digammaOfOnePlus(-x) : ofPositive(-x) - 1 / x;
        double h = 0.5 - Math.abs(f);
        if (h < 0.25) {
            return mirrored - Math.copySign(h * horner(TANGENT, h * h), f);
        }
        double inverse = 1 / f;
        return mirrored - (inverseRest(f, inverse) + f * horner(COTANGENT, f * f)) - inverse;
    }

    private static double ofPositive(double x) {
        if (x < 1) {
            double inverse = 1 / x;
            return digammaOfOnePlus(x) - inverseRest(x, inverse) - inverse;
        }
        if (x < 2) {
            return digammaOfOnePlus(x - 1);
        }
        if (x < LARGE) {
            double sum = 0;
            double rest = 0;
            double y = x;
            while (y >= 3) {
                y -= 1;
                double next = sum + 1 / y;
                rest += sum - next + 1 / y;
                sum = next;
            }
            double t = y - ROOT;
            double slope = (y - 2.5) * horner(DIGAMMA_FROM_TWO, y - 2.5);
            return sum + (t * LATE_SLOPE + (t * (slope + LATE_SLOPE_REST) - ROOT_REST * (LATE_SLOPE + slope) + rest));
        }
        double log = Math.log(x);
        if (log == Double.POSITIVE_INFINITY) {
            return x;
        }
        double inverse = 1 / x;
        double square = inverse * inverse;
        return log + (logarithmRest(x, log) - (0.5 * inverse + square * horner(DIGAMMA_SERIES, square)));
    }

    /** What is missing from a rounded {@code 1 / x}; 0 if that is infinite. */
    private static double inverseRest(double x, double inverse) {
        return Double.isInfinite(inverse) ? 0 : Math.fma(-inverse, x, 1) * inverse;
    }

    /** For z from 0 to 1. */
    private static double digammaOfOnePlus(double z) {
        double u = z - 0.5;
        double t = z - ROOT_LESS_ONE;
        double slope = u * horner(DIGAMMA_FROM_ONE, u);
        return t * MIDDLE_SLOPE + (t * (slope + MIDDLE_SLOPE_REST) - ROOT_LESS_ONE_REST * (MIDDLE_SLOPE + slope));
    }

    /** The second derivative of log gamma; infinite at its poles, NaN at -infinity. */
    static double trigamma(double x) {
        if (x >= LARGE) {
            return trigammaSeries(x);
        }
        if (x > 0) {
            return inverseSquare(x, 0) + trigammaOfOnePlus(x);
        }
        double f = x - Math.rint(x);
        if (!(Math.abs(f) > 0)) {
            return f + Double.POSITIVE_INFINITY;
        }
        double change = f * f * horner(SINE, f * f);
        double sine = f + f * change;
        return inverseSquare(sine, Math.fma(f, change, f - sine)) - trigammaOfOnePlus(-x);
    }

    /** {@code 1 / (x + rest)^2}. */
    private static double inverseSquare(double x, double rest) {
        double inverse = 1 / x;
        double inverseError = (Math.fma(-inverse, x, 1) - inverse * rest) * inverse;
        double square = inverse * inverse;
        return Double.isInfinite(square)
                ? square
                : square + (Math.fma(inverse, inverse, -square) + 2 * inverse * inverseError);
    }

    private static double trigammaOfOnePlus(double z) {
        int first = z < 8 ? 9 - (int) z : 1;
        double sum = 0;
        for (int k = first - 1; k > 0; k--) {
            sum += inverseSquare(z + k, 0);
        }
        return sum + trigammaSeries(z + first);
    }

    private static double trigammaSeries(double x) {
        double inverse = 1 / x;
        double square = inverse * inverse;
        return inverse + square * (0.5 + inverse * horner(TRIGAMMA_SERIES, square));
    }

    /** The inverse of erf. */
    static double erfinv(double x) {
        double a = Math.abs(x);
        if (a < 0.625) {
            return x * HALF_ROOT_PI + x * (HALF_ROOT_PI_REST + x * x * horner(INVERSE_ERF, x * x));
        }
        if (!(a < 1)) {
            return a == 1 ? x * Double.POSITIVE_INFINITY : Double.NaN;
        }
        double square = -Math.log(1 - a);
        double u = Math.sqrt(square);
        double rest = Math.fma(-u, u, square) / (2 * u);
        double less = u < 2.25 ? horner(INVERSE_ERF_MIDDLE, u - 1.5) : horner(INVERSE_ERF_TAIL, u - 4);
        return Math.copySign(u - (less - rest), x);
    }
}
