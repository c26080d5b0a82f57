// What kernels for LU ask of complex elements, as lu_rows.cuh has it for real ones.
#pragma once

#include "matrix_complex.cuh"

#include "lu_rows.cuh"

/// A product of complex numbers that neither overflows nor underflows: mantissa * 2^exponent, the mantissa's larger part in [1/2, 1).
template <class R> struct Product<complex<R>> {
    enum { NEGATIVE = 1, ZERO = 2, INFINITE = 4 };

    complex<R> mantissa = {1, 0};
    int exponent = 0;
    int flags = 0;

    DEVICE void times(complex<R> z) {
        R size = fmax(fabs(z.re), fabs(z.im));
        if (z != z) {
            setNaN(mantissa);
        } else if (size == 0) {
            flags |= ZERO;
        } else if (size == INF<R>) {
            flags |= INFINITE;
        } else {
            int e = exponentOf(z);
            times(timesPower(z, -e), e);
        }
    }

    DEVICE void times(complex<R> fraction, int e) {
        mantissa = mantissa * fraction;
        int more = exponentOf(mantissa);
        if (!isNaN()) {
            mantissa = timesPower(mantissa, -more);
            exponent += e + more;
        }
    }

    /// The product of those of W neighbouring lanes.
    template <int W> DEVICE void ofLanes() {
        NO_UNROLL for (int step = W / 2; step > 0; step /= 2) {
            complex<R> fraction = {__shfl_xor_sync(ALL_LANES, mantissa.re, step), __shfl_xor_sync(ALL_LANES, mantissa.im, step)};
            int e = __shfl_xor_sync(ALL_LANES, exponent, step);
            int f = __shfl_xor_sync(ALL_LANES, flags, step);
            times(fraction, e);
            flags = ((flags ^ f) & NEGATIVE) | ((flags | f) & (ZERO | INFINITE));
        }
    }

    DEVICE bool isNaN() const { return mantissa != mantissa; }
    DEVICE R modulus() const { return hypot(mantissa.re, mantissa.im); }

    DEVICE complex<R> sign() const {
        if (flags & (ZERO | INFINITE)) {
            complex<R> none = {0, 0};
            if (isNaN() || !(flags & ZERO)) {
                setNaN(none);
            }
            return none;
        }
        R size = flags & NEGATIVE ? -modulus() : modulus();
        return {mantissa.re / size, mantissa.im / size};
    }

    DEVICE R logAbs() const {
        if (isNaN() || !(flags & (ZERO | INFINITE))) {
            Product<R> size;
            size.times(modulus());
            size.exponent += exponent;
            return size.logAbs();
        }
        return flags & ZERO ? -INF<R> : INF<R>;
    }

    DEVICE complex<R> value() const {
        if (isNaN() || !(flags & (ZERO | INFINITE))) {
            R sign = flags & NEGATIVE ? -1 : 1;
            return {R(ldexp(sign * mantissa.re, exponent)), R(ldexp(sign * mantissa.im, exponent))};
        }
        return flags & ZERO ? complex<R>(0, 0) : complex<R>(INF<R>, NOT_A_NUMBER<R>);
    }
};
