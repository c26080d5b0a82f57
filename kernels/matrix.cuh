// Batches of matrices as the kernels for linear algebra take them.
#pragma once

#include "k4j.cuh"

constexpr unsigned ALL_LANES = 0xffffffffu;
constexpr int WARP = 32;
constexpr int THREADS = 128;

template <class T> constexpr T INF = std::numeric_limits<T>::infinity();
template <class T> constexpr T NOT_A_NUMBER = std::numeric_limits<T>::quiet_NaN();

template <class T> struct PartOf { using Type = T; };
/// What an element is made of: itself if it is real.
template <class T> using RealOf = typename PartOf<T>::Type;

// What complex elements do otherwise.
DEVICE float sizeOf(float x) { return fabs(x); }
DEVICE double sizeOf(double x) { return fabs(x); }
template <class T> DEVICE bool isFinite(T x) { return sizeOf(x) < INF<T>; }
template <class T> DEVICE T quotient(T x, T y) { return x / y; }
template <class T> DEVICE T multiplyAdd(T x, T y, T z) { return fma(x, y, z); }
template <class T> DEVICE T lessProduct(T x, T y, T z) { return x - y * z; }
template <class T> DEVICE void setNaN(T& x) { x = NOT_A_NUMBER<T>; }
template <class T> DEVICE T fromLane(T x, int lane) { return __shfl_sync(ALL_LANES, x, lane); }
/// Reads memory at each call, so that what is there takes no registers.
template <class T> DEVICE T readNow(const T* from) { return *static_cast<const volatile T*>(from); }

/// Matrices that lie anywhere; where in it an entry of the batch begins is said by strides of the batch's axes.
struct Matrix {
    int64_t address;
    int64_t row; ///< elements from a row to the next
    int64_t column;
};

/// Where entry e of a batch begins in an operand, in elements.
DEVICE int64_t begin(const Axes& batch, const Strides& strides, int64_t entry) {
    const Strides (&one)[1] = reinterpret_cast<const Strides (&)[1]>(strides);
    int64_t at[1];
    locate(batch, one, uint32_t(entry), at);
    return at[0];
}
