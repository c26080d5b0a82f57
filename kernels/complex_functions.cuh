// Functions of complex numbers in double, as the CPU backend has them (ComplexFunctions, ComplexArcs, ComplexPower): the distance from the exact result is
// a few ulps of its absolute value; branches, signs of zero and special values are those of C99's Annex G and of NumPy. Nothing may be fused: compile
// with -fmad=false.
#pragma once

#include "complex.cuh"

/// Squared absolute values between these are exact to two ulps: neither of the squares that count has over- or underflowed.
DEVICE bool isOrdinary(double square) { return square >= 0x1p-800 && square <= 0x1p800; }

/// Exponentials of larger arguments are computed as the square of half of it, so that a factor can bring the product back into range.
constexpr double NORMAL_EXPONENT = 708;
/// Exponentials of twice this size make no difference to 1.
constexpr double FLAT = 22;
constexpr double LN2 = 0.693147180559945309417;
constexpr double PI = 3.14159265358979323846;

/// As Java has it: -1023 of 0 and subnormal numbers.
DEVICE int exponent(double x) { return (__double2hiint(x) >> 20 & 0x7ff) - 1023; }

/// -i z: the trigonometric functions are the hyperbolic ones of iz, turned back.
DEVICE complex128 turnBack(complex128 z) { return {z.im, -z.re}; }

/// The larger absolute value of the parts; NaN if one is.
DEVICE double larger(complex128 z) {
    double x = std::fabs(z.re);
    double y = std::fabs(z.im);
    return x > y || x != x ? x : y;
}

/// cos y + j sin y.
DEVICE_CALL complex128 turn(double y) {
    return {std::cos(y), std::sin(y)};
}

DEVICE_CALL double exponential(double x) { return std::exp(x); }
DEVICE_CALL double logarithm(double x) { return std::log(x); }
DEVICE_CALL double logarithm1p(double x) { return std::log1p(x); }
DEVICE_CALL double angle(complex128 z) { return std::atan2(z.im, z.re); }

DEVICE double absolute(complex128 z) {
    double square = z.re * z.re + z.im * z.im;
    return isOrdinary(square) ? std::sqrt(square) : std::hypot(z.re, z.im);
}

/// An infinite number as 1 with its sign, any other as 0 with its sign.
DEVICE double unit(double x) { return std::copysign(std::isinf(x) ? 1.0 : 0.0, x); }

/// Both are scaled by powers of 2, so that only the quotient can over- or underflow.
DEVICE_CALL complex128 scaledDivide(complex128 x, complex128 y) {
    double divided = larger(x);
    double divisor = larger(y);
    if (divisor > 0 && divisor < INFINITY && divided < INFINITY) {
        int k = exponent(divisor);
        int m = exponent(divided);
        complex128 u = {std::scalbn(y.re, -k), std::scalbn(y.im, -k)};
        complex128 p = {std::scalbn(x.re, -m), std::scalbn(x.im, -m)};
        double square = u.re * u.re + u.im * u.im;
        return {std::scalbn((p.re * u.re + p.im * u.im) / square, m - k), std::scalbn((p.im * u.re - p.re * u.im) / square, m - k)};
    }
    if (divisor == 0) {
        double signedInfinity = std::copysign(double(INFINITY), y.re);
        return {signedInfinity * x.re, signedInfinity * x.im};
    }
    if ((std::isinf(x.re) || std::isinf(x.im)) && std::isfinite(y.re) && std::isfinite(y.im)) {
        complex128 p = {unit(x.re), unit(x.im)};
        return {INFINITY * (p.re * y.re + p.im * y.im), INFINITY * (p.im * y.re - p.re * y.im)};
    }
    if ((std::isinf(y.re) || std::isinf(y.im)) && std::isfinite(x.re) && std::isfinite(x.im)) {
        complex128 u = {unit(y.re), unit(y.im)};
        return {0.0 * (x.re * u.re + x.im * u.im), 0.0 * (x.im * u.re - x.re * u.im)};
    }
    return {NAN, NAN};
}

DEVICE_CALL complex128 reciprocal(complex128 z) {
    double divisor = larger(z);
    if (divisor > 0 && divisor < INFINITY) {
        int k = exponent(divisor);
        complex128 u = {std::scalbn(z.re, -k), std::scalbn(z.im, -k)};
        double square = u.re * u.re + u.im * u.im;
        return {std::scalbn(u.re / square, -k), std::scalbn(-u.im / square, -k)};
    }
    if (divisor == 0) {
        return {std::copysign(double(INFINITY), z.re), NAN};
    }
    if (std::isinf(z.re) || std::isinf(z.im)) {
        return {0 * unit(z.re), -0.0 * unit(z.im)};
    }
    return {NAN, NAN};
}

/// Whether the larger part is a number whose square neither over- nor underflows.
DEVICE bool isModerate(complex128 z) {
    double size = larger(z);
    return size > 0x1p-400 && size < 0x1p400;
}

/// By the plain formula where its products are in range, else with scaling.
DEVICE complex128 operator/(complex128 x, complex128 y) {
    if (isModerate(x) && isModerate(y)) {
        double square = y.re * y.re + y.im * y.im;
        return {(x.re * y.re + x.im * y.im) / square, (x.im * y.re - x.re * y.im) / square};
    }
    return scaledDivide(x, y);
}

/// log|z|, accurate near 1 too: there |z|^2 - 1 is computed with the rounding errors of its terms.
DEVICE_CALL double logAbs(complex128 z) {
    double a = larger(z);
    double b = fmin(std::fabs(z.re), std::fabs(z.im));
    double square = a * a + b * b;
    if (square > 0.5 && square < 2) {
        double p = a * a;
        double q = b * b;
        double t = p - 1;
        double sum = t + q;
        double part = sum - t;
        double rest = (t - (sum - part)) + (q - part) + std::fma(a, a, -p) + std::fma(b, b, -q);
        return 0.5 * logarithm1p(sum + rest);
    }
    if (isOrdinary(square) || a == 0) {
        return 0.5 * logarithm(square);
    }
    if (std::isinf(z.re) || std::isinf(z.im)) {
        return INFINITY;
    }
    int k = exponent(a);
    complex128 u = {std::scalbn(z.re, -k), std::scalbn(z.im, -k)};
    return k * LN2 + 0.5 * logarithm(u.re * u.re + u.im * u.im);
}

DEVICE complex128 log(complex128 z) { return {logAbs(z), angle(z)}; }

DEVICE complex128 log1p(complex128 z) {
    bool near = std::fabs(z.re) <= 0.25 && std::fabs(z.im) <= 0.25;
    complex128 next = {1 + z.re, z.im};
    return {near ? 0.5 * logarithm1p(z.re * (2 + z.re) + z.im * z.im) : logAbs(next), angle(next)};
}

/// Of a number whose square is in range.
DEVICE complex128 ordinarySqrt(complex128 z) {
    double t = std::sqrt(0.5 * (std::fabs(z.re) + std::sqrt(z.re * z.re + z.im * z.im)));
    if (z.re >= 0) {
        return {t, z.im / (2 * t)};
    }
    return {std::fabs(z.im) / (2 * t), std::copysign(t, z.im)};
}

DEVICE_CALL complex128 sqrt(complex128 z) {
    if (isOrdinary(z.re * z.re + z.im * z.im)) {
        return ordinarySqrt(z);
    }
    if (std::isinf(z.im)) {
        return {INFINITY, z.im};
    }
    if (z.re != z.re || (z.im != z.im && !std::isinf(z.re))) {
        return {NAN, NAN};
    }
    if (z.re == INFINITY) {
        return {z.re, 0 * z.im};
    }
    if (z.re == -INFINITY) {
        return {std::fabs(0 * z.im), std::copysign(double(INFINITY), z.im)};
    }
    if (z.re == 0 && z.im == 0) {
        return {0, z.im};
    }
    int half = exponent(larger(z)) >> 1;
    complex128 root = ordinarySqrt({std::scalbn(z.re, -2 * half), std::scalbn(z.im, -2 * half)});
    return {std::scalbn(root.re, half), std::scalbn(root.im, half)};
}

DEVICE complex128 sign(complex128 z) {
    double abs = absolute(z);
    if (abs == INFINITY && std::isfinite(z.re) && std::isfinite(z.im)) {
        z = {z.re / 4, z.im / 4};
        abs = absolute(z);
    } else if (abs < 0x1p-1022) {
        z = {z.re * 0x1p600, z.im * 0x1p600};
        abs = absolute(z);
    }
    if (abs == 0) {
        return {0, 0};
    }
    if (abs < INFINITY) {
        return {z.re / abs, z.im / abs};
    }
    if (z.re != z.re || z.im != z.im || (std::isinf(z.re) && std::isinf(z.im))) {
        return {NAN, NAN};
    }
    return {unit(z.re) + 0.0, unit(z.im) + 0.0};
}

/// factor e^x z for z of finite parts.
DEVICE complex128 scaledExp(double x, double factor, complex128 z) {
    if (std::fabs(x) < NORMAL_EXPONENT) {
        double e = factor * exponential(x);
        return {e * z.re, e * z.im};
    }
    double root = exponential(0.5 * x);
    return {root * z.re * (factor * root), root * z.im * (factor * root)};
}

DEVICE complex128 exp(complex128 z) {
    if (z.im == 0) {
        return {exponential(z.re), z.im};
    }
    if (std::isfinite(z.im)) {
        return scaledExp(z.re, 1, turn(z.im));
    }
    if (z.re == -INFINITY) {
        return {0, std::copysign(0.0, z.im)};
    }
    return {z.re == INFINITY ? z.re : NAN, NAN};
}

DEVICE complex128 expm1(complex128 z) {
    if (z.im == 0) {
        return {std::expm1(z.re), z.im};
    }
    if (std::fabs(z.re) < NORMAL_EXPONENT) {
        double sin = turn(0.5 * z.im).im;
        complex128 whole = turn(z.im);
        return {std::expm1(z.re) * whole.re - 2 * sin * sin, exponential(z.re) * whole.im};
    }
    complex128 e = exp(z);
    return {e.re - 1, e.im};
}

DEVICE_CALL complex128 sinh(complex128 z) {
    complex128 t = turn(z.im);
    if (z.im == 0) {
        return {std::sinh(z.re), z.im};
    }
    if (z.re == 0) {
        return {std::isfinite(z.im) ? z.re * t.re : z.re, t.im};
    }
    if (!std::isfinite(z.im)) {
        return {std::isinf(z.re) ? z.re : NAN, NAN};
    }
    if (std::fabs(z.re) > NORMAL_EXPONENT) {
        return scaledExp(std::fabs(z.re), 0.5, {std::copysign(1.0, z.re) * t.re, t.im});
    }
    return {std::sinh(z.re) * t.re, std::cosh(z.re) * t.im};
}

DEVICE_CALL complex128 cosh(complex128 z) {
    complex128 t = turn(z.im);
    if (z.im == 0) {
        return {std::cosh(z.re), std::copysign(1.0, z.re) * z.im};
    }
    if (z.re == 0) {
        return {t.re, std::isfinite(z.im) ? z.re * t.im : z.re};
    }
    if (!std::isfinite(z.im)) {
        return {std::isinf(z.re) ? INFINITY : NAN, NAN};
    }
    if (std::fabs(z.re) > NORMAL_EXPONENT) {
        return scaledExp(std::fabs(z.re), 0.5, {t.re, std::copysign(1.0, z.re) * t.im});
    }
    return {std::cosh(z.re) * t.re, std::sinh(z.re) * t.im};
}

DEVICE_CALL complex128 tanh(complex128 z) {
    if (z.im == 0) {
        return {std::tanh(z.re), z.im};
    }
    if (z.re == 0) {
        return {z.re, std::tan(z.im)};
    }
    complex128 t = turn(z.im);
    if (std::fabs(z.re) > FLAT) {
        double both = std::isfinite(z.im) ? t.im * t.re : std::copysign(1.0, z.im);
        double im = std::isfinite(z.im) || std::isinf(z.re) ? 4 * both * exponential(-2 * std::fabs(z.re)) : NAN;
        return {im != im ? NAN : std::copysign(1.0, z.re), im};
    }
    double s = std::sinh(z.re);
    double square = s * s + t.re * t.re;
    return {s * std::cosh(z.re) / square, t.im * t.re / square};
}

/// (e^x - 1 + 2 cos^2(y/2) + j sin y) / (4 sinh^2(x/2) + 4 cos^2(y/2)), whose terms cancel nowhere.
DEVICE_CALL complex128 sigmoid(complex128 z) {
    if (z.im == 0) {
        return {1 / (1 + exponential(-z.re)), z.im};
    }
    if (z.re < -2 * FLAT) {
        return exp(z);
    }
    if (z.re > 2 * FLAT) {
        double sin = std::isfinite(z.im) ? turn(z.im).im : std::copysign(1.0, z.im);
        double im = std::isfinite(z.im) || z.re == INFINITY ? sin * exponential(-z.re) : NAN;
        return {im != im ? NAN : 1.0, im};
    }
    double s = std::sinh(0.5 * z.re);
    complex128 half = turn(0.5 * z.im);
    double square = 4 * (s * s + half.re * half.re);
    return {(std::expm1(z.re) + 2 * half.re * half.re) / square, 2 * half.im * half.re / square};
}

/// log1p(4x / ((1-x)^2 + y^2)) / 4 and half the angle of 1 - x^2 - y^2 + 2yj (Kahan: Branch cuts, 1987), for x of either sign.
DEVICE_CALL complex128 atanh(complex128 z) {
    double a = std::fabs(z.re);
    double re;
    double im;
    if (std::isinf(a) || std::isinf(z.im)) {
        re = 0;
        im = z.im != z.im ? NAN : std::copysign(PI / 2, z.im);
    } else if (a != a || z.im != z.im) {
        re = a == 0 ? 0 : NAN;
        im = NAN;
    } else if (fmax(a, std::fabs(z.im)) > 0x1p60) {
        double abs = std::hypot(0.25 * a, 0.25 * z.im);
        re = 0.0625 * a / abs / abs;
        im = std::copysign(PI / 2, z.im);
    } else {
        double square = (1 - a) * (1 - a) + z.im * z.im;
        re = square >= 0x1p-800 || z.im == 0 ? 0.25 * logarithm1p(4 * a / square) : 0.5 * (LN2 - logarithm(std::fabs(z.im)));
        im = 0.5 * angle({(1 - a) * (1 + a) - z.im * z.im, 2 * z.im});
    }
    return {std::copysign(re, z.re), im};
}

/// Arc sine, or arc cosine, of a number with positive parts, with a positive imaginary part (Hull, Fairgrieve, Tang: Implementing the complex arcsine and arccosine
/// functions using exception handling, ACM TOMS 23, 1997).
DEVICE_CALL complex128 arc(double x, double y, bool cosine) {
    constexpr double small = 0x1p-509; // squares of numbers between these neither over- nor underflow
    constexpr double large = 0x1p508;
    constexpr double epsilon = 0x1p-52;
    if (!(x < INFINITY && y < INFINITY)) {
        double sine = x != x || y != y ? (x == 0 ? 0.0 : NAN) : !std::isinf(x) ? 0.0 : std::isinf(y) ? PI / 4 : PI / 2;
        bool infinite = std::isinf(x) || std::isinf(y);
        return {cosine ? PI / 2 - sine : sine, infinite ? INFINITY : NAN};
    }
    if (x > small && x < large && y > small && y < large) {
        double square = y * y;
        double plus = x + 1;
        double r = std::sqrt(plus * plus + square);
        double s = std::sqrt((x - 1) * (x - 1) + square);
        double a = 0.5 * (r + s);
        double b = x / a;
        double re;
        if (b <= 0.6417) {
            re = cosine ? std::acos(b) : std::asin(b);
        } else {
            double sum = a + x;
            double root = x <= 1 ? std::sqrt(0.5 * sum * (square / (r + plus) + (s + (1 - x)))) : y * std::sqrt(0.5 * (sum / (r + plus) + sum / (s + (x - 1))));
            re = std::atan(cosine ? root / x : x / root);
        }
        if (a <= 1.5) {
            double above = 0.5 * (square / (r + plus) + (x < 1 ? square / (s + (1 - x)) : s + (x - 1)));
            return {re, logarithm1p(above + std::sqrt(above * (a + 1)))};
        }
        return {re, logarithm(a + std::sqrt(a * a - 1))};
    }
    if (y <= epsilon * std::fabs(x - 1) && x != 1) {
        if (x < 1) {
            return {cosine ? std::acos(x) : std::asin(x), y / std::sqrt((1 - x) * (1 + x))};
        }
        if (x < large) {
            double root = std::sqrt((x - 1) * (x + 1));
            return {cosine ? y / root : PI / 2, logarithm1p((x - 1) + root)};
        }
        return {cosine ? y / x : PI / 2, LN2 + logarithm(x)};
    }
    if (y <= small) {
        double root = std::sqrt(y);
        return {cosine ? root : PI / 2 - root, root};
    }
    if (epsilon * y - 1 >= x) {
        return {cosine ? PI / 2 : x / y, LN2 + logarithm(y)};
    }
    if (x > 1) {
        return {std::atan(cosine ? y / x : x / y), LN2 + logarithm(y) + 0.5 * logarithm1p(x / y * (x / y))};
    }
    double a = std::sqrt(1 + y * y);
    return {cosine ? PI / 2 : x / a, 0.5 * logarithm1p(2 * y * (y + a))};
}

DEVICE complex128 asin(complex128 z) {
    complex128 a = arc(std::fabs(z.re), std::fabs(z.im), false);
    return {std::copysign(a.re, z.re), std::copysign(a.im, z.im)};
}

DEVICE complex128 acos(complex128 z) {
    complex128 a = arc(std::fabs(z.re), std::fabs(z.im), true);
    return {std::signbit(z.re) ? PI - a.re : a.re, std::copysign(a.im, -z.im)};
}

DEVICE complex128 asinh(complex128 z) { return turnBack(asin({-z.im, z.re})); }

/// acos z, turned so that its real part is positive.
DEVICE complex128 acosh(complex128 z) {
    complex128 a = acos(z);
    return {std::fabs(a.im), std::copysign(a.re, z.im)};
}

/// By repeated squaring; the exponent is whole and not 0. Sets whether that stayed in range, or the base is not finite.
DEVICE complex128 wholePower(complex128 base, int exponent, bool& right) {
    complex128 square = base;
    int n = exponent < 0 ? -exponent : exponent;
    NO_UNROLL while ((n & 1) == 0) {
        square = square * square;
        n >>= 1;
    }
    complex128 result = square;
    NO_UNROLL while ((n >>= 1) > 0) {
        square = square * square;
        if ((n & 1) == 1) {
            result = result * square;
        }
    }
    double abs = larger(result);
    bool inRange = abs < INFINITY && (exponent == 1 || exponent == -1 || abs > 0x1p-900);
    right = inRange || !std::isfinite(base.re) || !std::isfinite(base.im);
    return exponent > 0 ? result : complex128{1, 0} / result;
}

/// 0^0 is 1; whole exponents up to 100 by multiplication as in NumPy, negative ones as quotients of 1; others by absolute value and angle, where real exponents
/// keep the sign of an angle that is zero.
DEVICE_CALL complex128 power(complex128 x, complex128 y) {
    if (y.re == 0 && y.im == 0) {
        return {1, 0};
    }
    if (x.re == 0 && x.im == 0) {
        double result = y.re > 0 && y.im == y.im ? 0.0 : NAN;
        return {result, result};
    }
    if (y.im == 0 && y.re == std::rint(y.re) && std::fabs(y.re) <= 100) {
        bool right;
        complex128 result = wholePower(x, int(y.re), right);
        if (right) {
            return result;
        }
    }
    double abs = absolute(x);
    double direction = angle(x);
    double size = std::pow(abs, y.re) * (y.im == 0 ? 1 : exponential(-y.im * direction));
    if (size >= 0x1p-1022 && size < INFINITY && abs < INFINITY) {
        complex128 t = turn(y.im == 0 ? y.re * direction : y.re * direction + y.im * logarithm(abs));
        return {size * t.re, size * t.im};
    }
    complex128 l = log(x);
    return exp({y.re * l.re - y.im * l.im, y.re * l.im + y.im * l.re});
}
