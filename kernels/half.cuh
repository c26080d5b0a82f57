// float16 and bfloat16: storage, computed in float and rounded once when stored, to the nearest, ties to even; what is too large becomes infinite.
#pragma once

#include "k4j.cuh"

/// The number itself if it is a float, else of its two neighbours the one with an odd last bit, which rounds to halves as the number does.
DEVICE float odd(double x) {
    float near = float(x);
    uint32_t bits = __float_as_uint(near);
    if (double(near) == x || (bits & 1) != 0 || x != x) {
        return near;
    }
    return __uint_as_float(std::fabs(double(near)) > std::fabs(x) ? bits - 1 : bits + 1);
}

DEVICE float odd(float x) { return x; }

/// An integer rounds to a double in the same way: what a double cannot hold is kept as a set last bit.
DEVICE float odd(int64_t x) {
    bool exact = x > -(INT64_C(1) << 53) && x < INT64_C(1) << 53;
    return odd(double(exact || (x & 0x7ff) == 0 ? x : (x & ~INT64_C(0x7ff)) | 0x800));
}

template <class T> DEVICE float odd(T x) { return odd(int64_t(x)); }

struct float16 {
    uint16_t bits;

    float16() = default;
    template <class T> DEVICE explicit float16(T x) : bits(of(odd(x))) {}
    DEVICE operator float() const {
#ifdef __CUDACC__
        float x;
        asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
        return x;
#else
        uint32_t sign = uint32_t(bits & 0x8000) << 16;
        uint32_t size = bits & 0x7fff;
        if (size >= 0x7c00) {
            return __uint_as_float(sign | 0x7f800000 | (size & 0x3ff) << 13);
        }
        return size < 0x400 ? std::copysign(float(size) * 0x1p-24f, __uint_as_float(sign)) : __uint_as_float(sign | ((size << 13) + 0x38000000));
#endif
    }

    static DEVICE uint16_t of(float x) {
#ifdef __CUDACC__
        uint16_t bits;
        asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
        return bits;
#else
        uint32_t sign = __float_as_uint(x) >> 16 & 0x8000;
        uint32_t size = __float_as_uint(x) & 0x7fffffff;
        if (size > 0x7f800000) {
            return uint16_t(sign | 0x7e00 | (size >> 13 & 0x1ff));
        }
        if (size >= 0x47800000) {
            return uint16_t(sign | 0x7c00);
        }
        if (size < 0x38800000) { // the sum's last bit is worth 2^-24
            return uint16_t(sign | (__float_as_uint(__uint_as_float(size) + 0.5f) - 0x3f000000));
        }
        return uint16_t(sign | ((size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13));
#endif
    }
};

struct bfloat16 {
    uint16_t bits;

    bfloat16() = default;
    template <class T> DEVICE explicit bfloat16(T x) : bits(of(odd(x))) {}
    DEVICE operator float() const { return __uint_as_float(uint32_t(bits) << 16); }

    static DEVICE uint16_t of(float x) {
        uint32_t all = __float_as_uint(x);
        return uint16_t(x != x ? all >> 16 | 0x40 : (all + 0x7fff + (all >> 16 & 1)) >> 16);
    }
};

#define HALF_DTYPES(X) X(f16, float16) X(bf16, bfloat16)

template <> struct Traits<float16> {
    static constexpr bool floating = true;
    using Wide = float;
};
template <> struct Traits<bfloat16> {
    static constexpr bool floating = true;
    using Wide = float;
};
template <> struct ComputedAs<float16> { using Type = float; };
template <> struct ComputedAs<bfloat16> { using Type = float; };
