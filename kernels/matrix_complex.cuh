// What kernels for linear algebra ask of complex elements, as matrix.cuh has it for real ones.
#pragma once

#include "complex.cuh"
#include "matrix.cuh"

template <class R> struct PartOf<complex<R>> { using Type = R; };

/// The size by which libraries choose pivots.
template <class R> DEVICE R sizeOf(complex<R> z) { return fabs(z.re) + fabs(z.im); }
template <class R> DEVICE bool isFinite(complex<R> z) { return fabs(z.re) < INF<R> && fabs(z.im) < INF<R>; }
template <class R> DEVICE complex<R> multiplyAdd(complex<R> x, complex<R> y, complex<R> z) {
    addProduct(z, x, y);
    return z;
}

template <class R> DEVICE complex<R> lessProduct(complex<R> x, complex<R> y, complex<R> z) {
    return {multiplyAdd(y.im, z.im, multiplyAdd(-y.re, z.re, x.re)), multiplyAdd(-y.im, z.re, multiplyAdd(-y.re, z.im, x.im))};
}

template <class R> DEVICE void setNaN(complex<R>& z) { z = {NOT_A_NUMBER<R>, NOT_A_NUMBER<R>}; }

template <class R> DEVICE complex<R> operator/(complex<R> x, R y) { return {x.re / y, x.im / y}; }

template <class R> DEVICE complex<R> fromLane(complex<R> z, int lane) {
    return {__shfl_sync(ALL_LANES, z.re, lane), __shfl_sync(ALL_LANES, z.im, lane)};
}

template <class R> DEVICE complex<R> readNow(const complex<R>* from) { return {readNow(&from->re), readNow(&from->im)}; }

/// Exponents of which the powers of two and their reciprocals are normal numbers, so that a product with them is exact unless it leaves the range.
template <class R> constexpr int SCALES = sizeof(R) == 4 ? 120 : 1000;

DEVICE int bitsOfExponent(float x) { return int(__float_as_uint(x) >> 23 & 0xff) - 126; }
DEVICE int bitsOfExponent(double x) { return int(__double_as_longlong(x) >> 52 & 0x7ff) - 1022; }
DEVICE float powerOfTwo(float, int e) { return __uint_as_float(uint32_t(e + 127) << 23); }
DEVICE double powerOfTwo(double, int e) { return __longlong_as_double(int64_t(e + 1023) << 52); }

/// The exponent of the larger part as frexp has it, as far as SCALES go.
template <class R> DEVICE int exponentOf(complex<R> z) {
    int e = bitsOfExponent(fmax(fabs(z.re), fabs(z.im)));
    return e < -SCALES<R> ? -SCALES<R> : e > SCALES<R> ? SCALES<R> : e;
}

/// z 2^e for e up to SCALES.
template <class R> DEVICE complex<R> timesPower(complex<R> z, int e) { return powerOfTwo(R(), e) * z; }

/// By numbers near 1, so that nothing overflows or loses digits but the quotient.
template <class R> DEVICE complex<R> quotient(complex<R> x, complex<R> y) {
    int up = exponentOf(x);
    int down = exponentOf(y);
    complex<R> b = timesPower(y, -down);
    R square = b.re * b.re + b.im * b.im;
    complex<R> q = timesPower(x, -up) * conj(b);
    int e = up - down;
    return timesPower(timesPower(complex<R>(q.re / square, q.im / square), e / 2), e - e / 2);
}
