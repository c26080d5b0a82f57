#include "matrix_complex.cuh"

#include "linalg.cuh"

// ---- determinants of packed LU factors ----

#include "lu_packed.cuh"

/// A product of complex numbers that neither overflows nor underflows: mantissa * 2^exponent, the mantissa's larger part in [1/2, 1).
template <> struct Product<complex128> {
    enum { NEGATIVE = 1, ZERO = 2, INFINITE = 4 };

    complex128 mantissa = {1, 0};
    int exponent = 0;
    int flags = 0;

    DEVICE void times(complex128 z) {
        bool nan = z != z;
        double size = fmax(fabs(z.re), fabs(z.im));
        if (nan) {
            mantissa = {NOT_A_NUMBER<double>, NOT_A_NUMBER<double>};
        } else if (size == 0) {
            flags |= ZERO;
        } else if (size == INF<double>) {
            flags |= INFINITE;
        } else {
            int e = 0;
            frexp(size, &e);
            times(complex128(ldexp(z.re, -e), ldexp(z.im, -e)), e);
        }
    }

    DEVICE void times(complex128 fraction, int e) {
        mantissa = mantissa * fraction;
        exponent += e;
        int more = 0;
        frexp(fmax(fabs(mantissa.re), fabs(mantissa.im)), &more);
        if (!isNaN()) {
            mantissa = {ldexp(mantissa.re, -more), ldexp(mantissa.im, -more)};
            exponent += more;
        }
    }

    /// The product of those of W neighbouring lanes.
    template <int W> DEVICE void ofLanes() {
        UNROLL for (int step = W / 2; step > 0; step /= 2) {
            complex128 fraction = {__shfl_xor_sync(ALL_LANES, mantissa.re, step), __shfl_xor_sync(ALL_LANES, mantissa.im, step)};
            int e = __shfl_xor_sync(ALL_LANES, exponent, step);
            int f = __shfl_xor_sync(ALL_LANES, flags, step);
            times(fraction, e);
            flags = ((flags ^ f) & NEGATIVE) | ((flags | f) & (ZERO | INFINITE));
        }
    }

    DEVICE bool isNaN() const { return mantissa != mantissa; }
    DEVICE double modulus() const { return hypot(mantissa.re, mantissa.im); }

    DEVICE complex128 sign() const {
        if (flags & (ZERO | INFINITE)) {
            return isNaN() || !(flags & ZERO) ? complex128(NOT_A_NUMBER<double>, NOT_A_NUMBER<double>) : complex128(0, 0);
        }
        double size = flags & NEGATIVE ? -modulus() : modulus();
        return {mantissa.re / size, mantissa.im / size};
    }

    DEVICE double logAbs() const {
        if (isNaN() || flags == 0 || flags == NEGATIVE) {
            Product<double> size;
            size.times(modulus());
            size.exponent += exponent;
            return size.logAbs();
        }
        return flags & ZERO ? -INF<double> : INF<double>;
    }

    DEVICE complex128 value() const {
        if (isNaN() || flags == 0 || flags == NEGATIVE) {
            double sign = flags & NEGATIVE ? -1 : 1;
            return {ldexp(sign * mantissa.re, exponent), ldexp(sign * mantissa.im, exponent)};
        }
        return flags & ZERO ? complex128(0, 0) : complex128(INF<double>, NOT_A_NUMBER<double>);
    }
};

#define EACH(name, T)                                                                                     \
    LINALG(name, T)                                                                                       \
    KERNEL_BOUNDED(THREADS, 1, lu_nan_##name, NaNParams, p) { findNaN<T>(p); }                            \
    KERNEL_BOUNDED(THREADS, 1, lu_determinant_##name, PackedDeterminantParams, p) { determinants<T>(p); }

COMPLEX_DTYPES(EACH)
