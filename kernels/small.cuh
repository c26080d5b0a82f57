// Matrices up to 32 x 32, a warp for each, in shared memory: what their decompositions share, written over the element type.
#pragma once

#include "matrix.cuh"

constexpr int MOST = WARP;
/// One more than the lanes, so that neither rows nor columns collide in a bank.
constexpr int LEAD = MOST + 1;
/// Of a block: as many as its static shared memory, 48 KiB, has room for, at most two.
template <class T> constexpr int WARPS = sizeof(T) > 8 ? 1 : 2;

template <class T> constexpr T EPSILON = std::numeric_limits<T>::epsilon();
/// Squared lengths below this, of columns next to one near 1, are those of zeros: they are far below its rounding, and their own squares underflow.
template <class T> constexpr T NOTHING = std::numeric_limits<T>::min() / (EPSILON<T> * EPSILON<T>);

template <class T> struct Work {
    T a[MOST][LEAD];
    T v[MOST][LEAD];
};

struct Output {
    Matrix at;
    Strides strides;

    template <class T> DEVICE T* begin(const Axes& batch, int64_t entry) const {
        return reinterpret_cast<T*>(at.address) + ::begin(batch, strides, entry);
    }
};

// ---- what complex elements do otherwise ----

template <class T, class F> DEVICE T eachPart(T x, F function) {
    if constexpr (IS_COMPLEX<T>) {
        return T(function(x.re), function(x.im));
    } else {
        return function(x);
    }
}

template <class T> DEVICE T conjugate(T x) {
    if constexpr (IS_COMPLEX<T>) {
        return T(x.re, -x.im);
    } else {
        return x;
    }
}

template <class T> DEVICE RealOf<T> realPart(T x) {
    if constexpr (IS_COMPLEX<T>) {
        return x.re;
    } else {
        return x;
    }
}

template <class T> DEVICE RealOf<T> squareOf(T x) {
    if constexpr (IS_COMPLEX<T>) {
        return x.re * x.re + x.im * x.im;
    } else {
        return x * x;
    }
}

template <class T> DEVICE RealOf<T> lengthOf(T x) {
    if constexpr (IS_COMPLEX<T>) {
        return hypot(x.re, x.im);
    } else {
        return fabs(x);
    }
}

/// The larger part's size; infinity for what is not finite.
template <class T> DEVICE RealOf<T> partOf(T x) {
    if (!isFinite(x)) {
        return INF<RealOf<T>>;
    }
    if constexpr (IS_COMPLEX<T>) {
        return fmax(fabs(x.re), fabs(x.im));
    } else {
        return fabs(x);
    }
}

template <class T> DEVICE T scaled(T x, int exponent) {
    return eachPart(x, [=](auto part) { return decltype(part)(ldexp(part, exponent)); });
}

/// x, or NaN.
template <class T> DEVICE T ifFinite(bool finite, T x) {
    if (!finite) {
        setNaN(x);
    }
    return x;
}

template <class T> DEVICE T sumOfLanes(T x) {
    UNROLL for (int step = WARP / 2; step > 0; step /= 2) {
        x += eachPart(x, [=](auto part) { return __shfl_xor_sync(ALL_LANES, part, step); });
    }
    return x;
}

template <class T> DEVICE T largestOfLanes(T x) {
    UNROLL for (int step = WARP / 2; step > 0; step /= 2) {
        T other = __shfl_xor_sync(ALL_LANES, x, step);
        x = other > x ? other : x;
    }
    return x;
}
