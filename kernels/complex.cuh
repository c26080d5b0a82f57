// Complex numbers, real part first.
#pragma once

#include "k4j.cuh"

template <class R> struct alignas(2 * sizeof(R)) complex {
    R re, im;

    complex() = default;
    DEVICE complex(R re, R im = R(0)) : re(re), im(im) {}
    template <class S> DEVICE explicit complex(complex<S> z) : re(R(z.re)), im(R(z.im)) {}

    DEVICE complex& operator+=(complex z) {
        re += z.re;
        im += z.im;
        return *this;
    }
    DEVICE complex& operator*=(complex z) { return *this = *this * z; }
};

template <class R> DEVICE complex<R> operator-(complex<R> x) { return {-x.re, -x.im}; }
template <class R> DEVICE complex<R> operator+(complex<R> x, complex<R> y) { return {x.re + y.re, x.im + y.im}; }
template <class R> DEVICE complex<R> operator-(complex<R> x, complex<R> y) { return {x.re - y.re, x.im - y.im}; }
template <class R> DEVICE complex<R> operator*(complex<R> x, complex<R> y) { return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re}; }
template <class R> DEVICE complex<R> operator*(R x, complex<R> y) { return {x * y.re, x * y.im}; }
template <class R> DEVICE bool operator==(complex<R> x, complex<R> y) { return x.re == y.re && x.im == y.im; }
template <class R> DEVICE bool operator!=(complex<R> x, complex<R> y) { return !(x == y); }
template <class R> DEVICE complex<R> conj(complex<R> x) { return {x.re, -x.im}; }

using complex64 = complex<float>;
using complex128 = complex<double>;

#define COMPLEX_DTYPES(X) X(c64, complex64) X(c128, complex128)

/// Sums, products and functions are computed in double, as the CPU does.
template <class R> struct Traits<complex<R>> {
    static constexpr bool floating = true;
    using Wide = complex128;
};

/// Adds a product; each multiplication may be fused with the addition that follows.
template <class R> DEVICE void addProduct(complex<R>& sum, complex<R> x, complex<R> y) {
    sum.re += x.re * y.re;
    sum.re -= x.im * y.im;
    sum.im += x.re * y.im;
    sum.im += x.im * y.re;
}

template <class R> DEVICE complex<R> shuffleDown(complex<R> x, uint32_t by) {
    return {__shfl_down_sync(0xffffffffu, x.re, by), __shfl_down_sync(0xffffffffu, x.im, by)};
}
