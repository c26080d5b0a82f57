// What all kernels share: how a kernel is declared, dtypes, and how elements are found in any layout.
//
// A kernel takes one struct of 8-byte words (integers, doubles, pointers, arrays of them), which the host packs in order. The number of blocks is the
// host's choice and never changes a result. The same sources are compiled for the host by the simulated device, whose header supplies the macros, the
// built-in variables and the intrinsics of CUDA that are used.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#ifdef __CUDACC__
#define KERNEL(name, Params, p) extern "C" __global__ void name(const __grid_constant__ Params p)
/// The same for at most `threads` threads a block, of which `blocks` should fit on a multiprocessor.
#define KERNEL_BOUNDED(threads, blocks, name, Params, p) \
    extern "C" __global__ void __launch_bounds__(threads, blocks) name(const __grid_constant__ Params p)
/// Aligned so that neighbours are loaded 16 bytes at once where their number allows it.
#define SHARED(Type, name, count) __shared__ __align__(16) Type name[count]
/// As many elements as the launch brought bytes for; one in a kernel.
#define SHARED_DYNAMIC(Type, name)              \
    extern __shared__ __align__(16) char k4jSharedDynamic[]; \
    Type* const name = reinterpret_cast<Type*>(k4jSharedDynamic)
#define UNROLL _Pragma("unroll")
#define NO_UNROLL _Pragma("unroll 1")
#else
#include "simcuda/device.h"
#define UNROLL
#define NO_UNROLL
#endif

#define DEVICE __device__ __forceinline__
/// For long functions that many places call.
#define DEVICE_CALL __device__ __noinline__

/// X(name, type) for each dtype: kernel names end in these.
#define FLOATING_DTYPES(X) X(f32, float) X(f64, double)
#define NUMBER_DTYPES(X) FLOATING_DTYPES(X) X(i32, int32_t) X(i64, int64_t)
#define ALL_DTYPES(X) NUMBER_DTYPES(X) X(i8, int8_t) X(u8, uint8_t) X(b8, bool8)
/// For kernels that only add and multiply: what wraps around has the same bits with and without a sign.
#define RING_DTYPES(X) NUMBER_DTYPES(X) X(u8, uint8_t)
/// For kernels that only move elements: by width.
#define WIDTHS(X) X(b8, uint8_t) X(b32, uint32_t) X(b64, uint64_t)

/// A truth value as stored: a byte, 0 or 1.
struct bool8 {
    uint8_t byte;
    bool8() = default;
    DEVICE bool8(bool value) : byte(value) {}
    DEVICE operator bool() const { return byte != 0; }
};

template <class T> struct Traits;
template <> struct Traits<float> {
    static constexpr bool floating = true;
    using Wide = double; ///< what the CPU computes in
};
template <> struct Traits<double> {
    static constexpr bool floating = true;
    using Wide = double;
};
template <> struct Traits<int32_t> {
    static constexpr bool floating = false;
    static constexpr int32_t least = INT32_MIN;
    static constexpr int32_t greatest = INT32_MAX;
    using Wide = int64_t;
};
template <> struct Traits<int64_t> {
    static constexpr bool floating = false;
    static constexpr int64_t least = INT64_MIN;
    static constexpr int64_t greatest = INT64_MAX;
    using Wide = int64_t;
};
template <> struct Traits<int8_t> {
    static constexpr bool floating = false;
    using Wide = int64_t;
};
template <> struct Traits<uint8_t> {
    static constexpr bool floating = false;
    using Wide = int64_t;
};
template <> struct Traits<bool8> {
    static constexpr bool floating = false;
    using Wide = int64_t;
};

/// What a dtype that is only for storage is computed in.
template <class T> struct ComputedAs { using Type = T; };
template <class T> using Computed = typename ComputedAs<T>::Type;

/// Whether numbers are made of two: they have no order.
template <class T> constexpr bool IS_COMPLEX = std::is_constructible_v<T, double, double>;

/// Parameter words that hold a number: floating dtypes as double (float32 exactly so), complex ones as two, the others as int64.
struct Scalar {
    union {
        double real;
        int64_t integer;
    };
    double imaginary;

    template <class T> DEVICE T as() const {
        if constexpr (IS_COMPLEX<T>) {
            return T(real, imaginary);
        } else if constexpr (std::is_integral_v<T> || std::is_same_v<T, bool8>) {
            return T(integer);
        } else {
            return T(real);
        }
    }
};

/// Some elements that are loaded and stored at once; aligned to their size, at most to 16 bytes.
template <class T, int N> struct alignas(sizeof(T) * N < 16 ? sizeof(T) * N : 16) Pack {
    T at[N];
};

/// As many elements as make 16 bytes.
template <class T> constexpr int PACK = 16 / sizeof(T);

template <class T> DEVICE void addProduct(T& sum, T x, T y) { sum += x * y; }

/// Most axes of a launch; the host splits what has more. Also: fewer than 2^31 elements, so that indices are 32 bits wide. Positions have 64.
constexpr int RANK = 16;

/// n / d for n below 2^31, where the word for d has a shift s = ceil(log2 d) in its high half and floor(2^32 (2^s - d) / d) + 1 in its low one
/// (Granlund and Montgomery, "Division by invariant integers using multiplication", PLDI 1994).
DEVICE uint32_t divide(uint32_t n, int64_t divisor) {
    return (__umulhi(n, uint32_t(divisor)) + n) >> uint32_t(divisor >> 32);
}

/// Sizes of an iteration space, innermost axis first.
struct Axes {
    int64_t rank; ///< at least 1
    int64_t count; ///< product of the sizes
    int64_t sizes[RANK];
    int64_t divisors[RANK]; ///< for divide()
};

/// Strides of an operand in elements, in the order of the axes.
struct Strides {
    int64_t at[RANK];
};

/// Where element `index` of the row-major order lies in each of N operands, counted from their first element.
template <int N> DEVICE void locate(const Axes& axes, const Strides (&strides)[N], uint32_t index, int64_t (&position)[N]) {
    UNROLL for (int k = 0; k < N; k++) {
        position[k] = 0;
    }
    int last = int(axes.rank) - 1;
    NO_UNROLL for (int axis = 0; axis < last; axis++) {
        uint32_t rest = divide(index, axes.divisors[axis]);
        int64_t i = index - rest * uint32_t(axes.sizes[axis]);
        UNROLL for (int k = 0; k < N; k++) {
            position[k] += i * strides[k].at[axis];
        }
        index = rest;
    }
    UNROLL for (int k = 0; k < N; k++) {
        position[k] += int64_t(index) * strides[k].at[last];
    }
}

/// This thread's number in the grid, and the number of threads in it: the start and the step of grid-stride loops.
DEVICE int64_t firstIndex() { return int64_t(blockIdx.x) * blockDim.x + threadIdx.x; }
DEVICE int64_t indexStep() { return int64_t(gridDim.x) * blockDim.x; }
