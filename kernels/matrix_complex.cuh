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

template <class R> DEVICE void setNaN(complex<R>& z) { z = {NOT_A_NUMBER<R>, NOT_A_NUMBER<R>}; }

template <class R> DEVICE complex<R> operator/(complex<R> x, R y) { return {x.re / y, x.im / y}; }

/// By numbers near 1, so that nothing overflows or loses digits but the quotient.
template <class R> DEVICE complex<R> quotient(complex<R> x, complex<R> y) {
    int up = 0;
    int down = 0;
    frexp(fmax(fabs(x.re), fabs(x.im)), &up);
    R size = fmax(fabs(y.re), fabs(y.im));
    frexp(size, &down);
    if (!(size > 0 && size < INF<R>)) {
        down = 0;
    }
    complex<R> a = {R(ldexp(x.re, -up)), R(ldexp(x.im, -up))};
    complex<R> b = {R(ldexp(y.re, -down)), R(ldexp(y.im, -down))};
    R square = b.re * b.re + b.im * b.im;
    complex<R> q = a * conj(b);
    return {R(ldexp(q.re / square, up - down)), R(ldexp(q.im / square, up - down))};
}
