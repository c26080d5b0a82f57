// The error function and the inverse hyperbolic ones in double, as the CPU backend has them (SpecialFunctions), within 2 ulp. A number whose rounding error
// would show is the unevaluated sum of a double and a small rest.
#pragma once

#include "k4j.cuh"

/// The polynomial with these coefficients, that of the highest power last.
template <int N> DEVICE double horner(const double (&coefficients)[N], double x) {
    double sum = coefficients[N - 1];
    UNROLL for (int i = N - 2; i >= 0; i--) {
        sum = std::fma(sum, x, coefficients[i]);
    }
    return sum;
}

/// erf(x) / x - 1 in terms of x^2 up to 1.
DEVICE double erfSeries(double square) {
    const double terms[] = {
        0x1.06eba8214db69p-3, -0x1.812746b0379e6p-2, 0x1.ce2f21a042b30p-4, -0x1.b82ce31284e00p-6, 0x1.565bcd0dbaa38p-8, -0x1.c02db3dac435fp-11,
        0x1.f9a321d5b8e1ep-14, -0x1.f4d1e3183f7aep-17, 0x1.b9df224ca4b97p-20, -0x1.5f1ecb6f0764cp-23, 0x1.f7b4bf3b13964p-27, -0x1.389d4f2641625p-30,
        0x1.05ffd737fb32ep-34
    };
    return horner(terms, square);
}

/// (1 + 2x) e^(x^2) erfc(x) - 1 in terms of (x - 3) / (x + 3) for x from 0.49 on (Schonfelder 1978).
DEVICE double erfcSeries(double t) {
    const double terms[] = {
        0x1.03148b5f9261dp-2, -0x1.15c084bb9e8f3p-3, -0x1.85a15c58aa5d1p-5, 0x1.098366a5b468cp-3, -0x1.e88b803a492ecp-4, 0x1.17ca2877f225ap-4,
        -0x1.8574c40bce218p-6, 0x1.4b884e417819bp-9, 0x1.ef1bdd44a4027p-10, -0x1.98db50a3b6e01p-11, -0x1.b9127116e31fep-14, 0x1.065a2bf608660p-13,
        0x1.4c22f5b270c45p-18, -0x1.5139db99d90aep-16, -0x1.880b2cdd369f3p-21, 0x1.d1e77bb6d73c7p-19, 0x1.7b2d87bb79351p-22, -0x1.49acdf3a11fe0p-21,
        -0x1.21e6321a9c783p-23, 0x1.a616f4259f0b3p-24, 0x1.2b048f0b3f229p-25, -0x1.67cbc424c9e78p-27, -0x1.37ff7f518904fp-28
    };
    return horner(terms, t);
}

/// (e^r - 1 - r) / r^2: the power series.
DEVICE double expSeries(double r) {
    const double terms[] = {
        1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600,
        1.0 / 6227020800.0
    };
    return horner(terms, r);
}

constexpr double LN2_ROUNDED = 0x1.62e42fefa39efp-1;
/// The first 33 bits of ln 2, so that its multiples by exponents are exact, and the rest.
constexpr double LN2_HIGH = 0x1.62e42feep-1;
constexpr double LN2_LOW = 0x1.a39ef35793c76p-33;

inline DEVICE_CALL double erfNearZero(double x) {
    if (std::fabs(x) < 0x1p-1000) {
        return std::fma(x * 0x1p100, 0x1.06eba8214db69p-3, x * 0x1p100) * 0x1p-100;
    }
    return std::fma(x, erfSeries(x * x), x);
}

/// From 0.5 to 27.3: e^(-x^2) times the rest; the exponential and the quotient have a rest each.
inline DEVICE_CALL double erfcTail(double x) {
    double square = x * x;
    double squareRest = std::fma(x, x, -square);
    double k = std::rint(square * (1 / LN2_ROUNDED));
    double high = std::fma(k, LN2_HIGH, -square);
    double low = std::fma(k, LN2_LOW, -squareRest);
    double r = high + low;
    low = high - r + low;
    double head = 1 + r;
    double tail = 1 - head + r + std::fma(r * r, expSeries(r), low);
    double rest = std::fma(head + tail, erfcSeries((x - 3) / (x + 3)), tail);
    double product = head + rest;
    rest = head - product + rest;
    double divisor = 1 + 2 * x;
    double divisorRest = x > 0.5 ? 2 * x - divisor + 1 : 0;
    double quotient = product / divisor;
    double error = std::fma(-quotient, divisor, product);
    quotient += (error + rest - quotient * divisorRest) / divisor;
    return std::scalbn(std::scalbn(quotient, 64 - int(k)), -64); // rounded once where it is subnormal
}

DEVICE double errorFunction(double x) {
    double a = std::fabs(x);
    if (a < 1) {
        return erfNearZero(x);
    }
    return a < 6 ? std::copysign(1 - erfcTail(a), x) : x != x ? x : std::copysign(1.0, x);
}

DEVICE double errorComplement(double x) {
    double a = std::fabs(x);
    if (a < 0.5) {
        return 1 - erfNearZero(x);
    }
    if (!(a < 27.3)) {
        return x > 0 ? 0 : x < 0 ? 2 : x;
    }
    return x > 0 ? erfcTail(x) : a < 6 ? 2 - erfcTail(a) : 2;
}

inline DEVICE_CALL double logWithRest(double x, double rest) { return std::log(x) + rest / x; }

inline DEVICE_CALL double log1pWithRest(double x, double rest) { return std::log1p(x) + rest / (1 + x); }

/// log(a + sqrt(s + rest)) for a from 1 on.
DEVICE double logOfSum(double a, double s, double rest) {
    double root = std::sqrt(s);
    double rootRest = (std::fma(-root, root, s) + rest) / (2 * root);
    double sum = a + root;
    return logWithRest(sum, fmax(a, root) - sum + fmin(a, root) + rootRest);
}

/// log1p(a + a^2 / (1 + sqrt(1 + a^2))) or log(a + sqrt(1 + a^2)).
DEVICE double arsinh(double x) {
    double a = std::fabs(x);
    if (!(a >= 0x1p-28)) {
        return x;
    }
    double square = a * a;
    double y;
    if (a >= 0x1p28) {
        y = logWithRest(a, 0) + LN2_ROUNDED;
    } else if (a < 1) {
        double slope = square / (1 + std::sqrt(1 + square));
        double sum = a + slope;
        y = log1pWithRest(sum, a - sum + slope);
    } else {
        double s = square + 1;
        y = logOfSum(a, s, std::fma(a, a, -square) + (square - s + 1));
    }
    return std::copysign(y, x);
}

/// log1p(t + sqrt(2t + t^2)) for t = x - 1, or log(x + sqrt(x^2 - 1)).
DEVICE double arcosh(double x) {
    if (!(x >= 1)) {
        return NAN;
    }
    if (x >= 0x1p28) {
        return logWithRest(x, 0) + LN2_ROUNDED;
    }
    if (x < 2) {
        double t = x - 1;
        double square = t * t;
        double s = 2 * t + square;
        double rest = std::fma(t, t, -square) + (2 * t - s + square);
        double root = std::sqrt(s);
        double rootRest = root == 0 ? 0 : (std::fma(-root, root, s) + rest) / (2 * root);
        double sum = root + t;
        return log1pWithRest(sum, fmax(root, t) - sum + fmin(root, t) + rootRest);
    }
    double square = x * x;
    double s = square - 1;
    return logOfSum(x, s, std::fma(x, x, -square) + (square - s - 1));
}

/// log1p(2a / (1 - a)) / 2.
DEVICE double artanh(double x) {
    double a = std::fabs(x);
    if (!(a >= 0x1p-28)) {
        return x;
    }
    if (a >= 1) {
        return a == 1 ? std::copysign(double(INFINITY), x) : NAN;
    }
    double divisor = 1 - a;
    double divisorRest = 1 - divisor - a;
    double quotient = 2 * a / divisor;
    double rest = (std::fma(-quotient, divisor, 2 * a) - quotient * divisorRest) / divisor;
    return std::copysign(0.5 * log1pWithRest(quotient, rest), x);
}

inline DEVICE_CALL double hypotenuse(double x, double y) { return std::hypot(x, y); }
