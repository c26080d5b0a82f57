// CUDA C++ for the host: what kernels/*.cu use, so that g++ compiles them for the simulated device.
//
// The threads of a block run one at a time, each until it waits for others; see src/grid.cpp. Hence plain reads and writes are atomic here, and a kernel
// that lacks a barrier shows it only by an order of threads, or where the race detector is built in; see src/races.cpp.
#pragma once

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <type_traits>

#define __device__
#define __host__
#define __global__
#define __constant__ static const
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(n) alignas(n)
#define __builtin_assume(condition) ((condition) ? void() : __builtin_unreachable())

#define KERNEL(name, Params, p) extern "C" __attribute__((visibility("default"))) void name(const Params& p)
#define KERNEL_BOUNDED(threads, blocks, name, Params, p) KERNEL(name, Params, p)
#define SHARED(Type, name, count)                      \
    static simcuda::Shared<Type, (count)> name##Shared; \
    Type(&name)[count] = name##Shared.get()
#define SHARED_DYNAMIC(Type, name) Type* const name = static_cast<Type*>(simcuda::dynamicShared())

struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x = 1, y = 1, z = 1;
};

#define HIDDEN __attribute__((visibility("hidden")))
extern HIDDEN uint3 threadIdx, blockIdx;
extern HIDDEN dim3 blockDim, gridDim;
constexpr int warpSize = 32;

namespace simcuda {

HIDDEN extern uint64_t blockStamp; ///< differs from block to block
HIDDEN void* dynamicShared();
/// A barrier's place in the sources: a test takes barriers away.
struct Place {
    const char* file;
    int line;
};
HIDDEN void syncBlock(Place place);
/// Waits for the whole block; the number of threads that brought true.
HIDDEN int countBlock(Place place, bool predicate);
HIDDEN void syncWarp(Place place, unsigned mask);
/// Waits for the warp; the values that its lanes brought, valid until this thread's exchange after the next.
HIDDEN const uint64_t* exchange(unsigned mask, uint64_t value);
HIDDEN unsigned lane();
/// Lanes that exist and have not ended.
HIDDEN unsigned activeLanes();
[[noreturn]] HIDDEN void trap(const char* what);
HIDDEN void guardShared(void* end, size_t length);
#ifdef __SANITIZE_THREAD__ // the race detector's build
#define SIMCUDA_UNCHECKED __attribute__((noinline, no_sanitize_thread))
HIDDEN void racesShared(void* bytes, size_t size);
HIDDEN void racesAtomic(void* at, size_t size, void* caller);
#define SIMCUDA_ATOMIC SIMCUDA_UNCHECKED inline
#define SIMCUDA_IS_ATOMIC(at) simcuda::racesAtomic(at, sizeof(*at), __builtin_return_address(0))
#else
#define SIMCUDA_UNCHECKED
#define SIMCUDA_ATOMIC __forceinline__
#define SIMCUDA_IS_ATOMIC(at) void()
#endif

/// A shared array of a kernel. Blocks run one after another, so one copy serves all; each finds it filled with what reads as NaN or -1.
template <class T, size_t N> struct Shared {
    alignas(T) alignas(16) unsigned char bytes[sizeof(T) * N];
    alignas(16) unsigned char guard[64];
    uint64_t stamp;

    __forceinline__ T (&get())[N] {
        if (stamp != blockStamp) fresh();
        return *reinterpret_cast<T(*)[N]>(bytes);
    }

    SIMCUDA_UNCHECKED void fresh() {
        if (!stamp) guardShared(guard, sizeof(guard));
        stamp = blockStamp;
        memset(bytes, 0xFF, sizeof(bytes));
#ifdef __SANITIZE_THREAD__
        racesShared(bytes, sizeof(bytes));
#endif
    }
};

template <class To, class From> __forceinline__ To bits(From from) {
    static_assert(sizeof(To) >= sizeof(From));
    To to{};
    memcpy(&to, &from, sizeof(From));
    return to;
}

template <class T> __forceinline__ T shuffle(unsigned mask, T value, unsigned source) {
    static_assert(sizeof(T) <= 8 && std::is_trivially_copyable<T>::value);
    uint64_t own = bits<uint64_t>(value);
    uint64_t got = exchange(mask, own)[source];
    memcpy(&value, &got, sizeof(T));
    return value;
}

} // namespace simcuda

// ---- synchronisation

#define SIMCUDA_PLACE const char *file = __builtin_FILE(), int line = __builtin_LINE() // of the call
__forceinline__ void __syncthreads(SIMCUDA_PLACE) { simcuda::syncBlock({file, line}); }
__forceinline__ int __syncthreads_count(int predicate, SIMCUDA_PLACE) { return simcuda::countBlock({file, line}, predicate != 0); }
__forceinline__ int __syncthreads_or(int predicate, SIMCUDA_PLACE) { return simcuda::countBlock({file, line}, predicate != 0) > 0; }
__forceinline__ int __syncthreads_and(int predicate, SIMCUDA_PLACE) { return simcuda::countBlock({file, line}, predicate == 0) == 0; }
__forceinline__ void __syncwarp(unsigned mask = 0xffffffffu, SIMCUDA_PLACE) { simcuda::syncWarp({file, line}, mask); }
#undef SIMCUDA_PLACE
__forceinline__ void __threadfence() {}
__forceinline__ void __threadfence_block() {}
__forceinline__ unsigned __activemask() { return simcuda::activeLanes(); }
[[noreturn]] __forceinline__ void __trap() { simcuda::trap("__trap()"); }

template <class T> __forceinline__ T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
    unsigned lane = simcuda::lane();
    return simcuda::shuffle(mask, value, (lane & ~unsigned(width - 1)) | (unsigned(source) & unsigned(width - 1)));
}
template <class T> __forceinline__ T __shfl_xor_sync(unsigned mask, T value, int with, int width = 32) {
    unsigned lane = simcuda::lane(), source = lane ^ unsigned(with);
    return simcuda::shuffle(mask, value, (source & ~unsigned(width - 1)) > (lane & ~unsigned(width - 1)) ? lane : source);
}
template <class T> __forceinline__ T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32) {
    unsigned lane = simcuda::lane();
    return simcuda::shuffle(mask, value, (lane & unsigned(width - 1)) + by < unsigned(width) ? lane + by : lane);
}
template <class T> __forceinline__ T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32) {
    unsigned lane = simcuda::lane();
    return simcuda::shuffle(mask, value, (lane & unsigned(width - 1)) >= by ? lane - by : lane);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
    unsigned lanes = simcuda::activeLanes(), result = 0;
    const uint64_t* values = simcuda::exchange(mask, predicate != 0);
    for (unsigned i = 0; i < 32; i++) {
        if ((lanes >> i & 1) && values[i]) result |= 1u << i;
    }
    return result;
}
__forceinline__ int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
__forceinline__ int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, !predicate) == 0; }

// ---- atomics

template <class T, class V> SIMCUDA_ATOMIC T atomicAdd(T* at, V value) {
    SIMCUDA_IS_ATOMIC(at);
    T old = *at;
    *at = T(old + T(value));
    return old;
}
template <class T, class V> SIMCUDA_ATOMIC T atomicSub(T* at, V value) {
    SIMCUDA_IS_ATOMIC(at);
    T old = *at;
    *at = T(old - T(value));
    return old;
}
template <class T, class V> SIMCUDA_ATOMIC T atomicExch(T* at, V value) {
    SIMCUDA_IS_ATOMIC(at);
    T old = *at;
    *at = T(value);
    return old;
}
template <class T, class V> SIMCUDA_ATOMIC T atomicMin(T* at, V value) {
    SIMCUDA_IS_ATOMIC(at);
    T old = *at;
    *at = std::min(old, T(value));
    return old;
}
template <class T, class V> SIMCUDA_ATOMIC T atomicMax(T* at, V value) {
    SIMCUDA_IS_ATOMIC(at);
    T old = *at;
    *at = std::max(old, T(value));
    return old;
}
template <class T, class V> SIMCUDA_ATOMIC T atomicOr(T* at, V value) {
    SIMCUDA_IS_ATOMIC(at);
    T old = *at;
    *at = T(old | T(value));
    return old;
}
template <class T, class V> SIMCUDA_ATOMIC T atomicAnd(T* at, V value) {
    SIMCUDA_IS_ATOMIC(at);
    T old = *at;
    *at = T(old & T(value));
    return old;
}
template <class T, class E, class V> SIMCUDA_ATOMIC T atomicCAS(T* at, E expected, V value) {
    SIMCUDA_IS_ATOMIC(at);
    T old = *at;
    if (old == T(expected)) *at = T(value);
    return old;
}

// ---- loads and stores with hints

template <class T> __forceinline__ T __ldg(const T* at) { return *at; }
template <class T> __forceinline__ T __ldcs(const T* at) { return *at; }
template <class T> __forceinline__ T __ldcg(const T* at) { return *at; }
template <class T> __forceinline__ void __stcs(T* at, T value) { *at = value; }
template <class T> __forceinline__ void __stcg(T* at, T value) { *at = value; }

// ---- vector types

#define SIMCUDA_VECTORS(T, name)                                                                       \
    struct alignas(2 * sizeof(T)) name##2 { T x, y; };                                                 \
    struct alignas(4 * sizeof(T) > 16 ? 16 : 4 * sizeof(T)) name##4 { T x, y, z, w; };                 \
    __forceinline__ name##2 make_##name##2(T x, T y) { return {x, y}; }                                \
    __forceinline__ name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
SIMCUDA_VECTORS(float, float)
SIMCUDA_VECTORS(double, double)
SIMCUDA_VECTORS(int, int)
SIMCUDA_VECTORS(unsigned, uint)
SIMCUDA_VECTORS(long long, longlong)
SIMCUDA_VECTORS(unsigned long long, ulonglong)
SIMCUDA_VECTORS(unsigned char, uchar)
#undef SIMCUDA_VECTORS

// ---- integers and bits

__forceinline__ unsigned __umulhi(unsigned a, unsigned b) { return unsigned(uint64_t(a) * b >> 32); }
__forceinline__ int __mulhi(int a, int b) { return int(int64_t(a) * b >> 32); }
__forceinline__ unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long) ((unsigned __int128) a * b >> 64); }
__forceinline__ long long __mul64hi(long long a, long long b) { return (long long) ((__int128) a * b >> 64); }
__forceinline__ int __clz(int x) { return x ? __builtin_clz(unsigned(x)) : 32; }
__forceinline__ int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long) x) : 64; }
__forceinline__ int __ffs(int x) { return __builtin_ffs(x); }
__forceinline__ int __ffsll(long long x) { return __builtin_ffsll(x); }
__forceinline__ int __popc(unsigned x) { return __builtin_popcount(x); }
__forceinline__ int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
__forceinline__ int __float_as_int(float x) { return simcuda::bits<int>(x); }
__forceinline__ unsigned __float_as_uint(float x) { return simcuda::bits<unsigned>(x); }
__forceinline__ float __int_as_float(int x) { return simcuda::bits<float>(x); }
__forceinline__ float __uint_as_float(unsigned x) { return simcuda::bits<float>(x); }
__forceinline__ long long __double_as_longlong(double x) { return simcuda::bits<long long>(x); }
__forceinline__ double __longlong_as_double(long long x) { return simcuda::bits<double>(x); }
__forceinline__ int __double2hiint(double x) { return int(simcuda::bits<uint64_t>(x) >> 32); }
__forceinline__ int __double2loint(double x) { return int(simcuda::bits<uint64_t>(x)); }
__forceinline__ double __hiloint2double(int high, int low) { return simcuda::bits<double>(uint64_t(unsigned(high)) << 32 | unsigned(low)); }

template <class A, class B> __forceinline__ std::common_type_t<A, B> min(A a, B b) {
    using T = std::common_type_t<A, B>;
    if constexpr (std::is_floating_point<T>::value) return std::fmin(T(a), T(b));
    else return T(b) < T(a) ? T(b) : T(a);
}
template <class A, class B> __forceinline__ std::common_type_t<A, B> max(A a, B b) {
    using T = std::common_type_t<A, B>;
    if constexpr (std::is_floating_point<T>::value) return std::fmax(T(a), T(b));
    else return T(a) < T(b) ? T(b) : T(a);
}

// ---- floating point

using std::isfinite;
using std::isinf;
using std::isnan;
using std::signbit;
__forceinline__ float rsqrtf(float x) { return 1 / std::sqrt(x); }
__forceinline__ double rsqrt(double x) { return 1 / std::sqrt(x); }
__forceinline__ float rsqrt(float x) { return rsqrtf(x); }
__forceinline__ float __frcp_rn(float x) { return 1 / x; }
__forceinline__ double __drcp_rn(double x) { return 1 / x; }
__forceinline__ float __fdividef(float a, float b) { return a / b; }
__forceinline__ float __fdiv_rn(float a, float b) { return a / b; }
__forceinline__ double __ddiv_rn(double a, double b) { return a / b; }
__forceinline__ float __fsqrt_rn(float x) { return std::sqrt(x); }
__forceinline__ double __dsqrt_rn(double x) { return std::sqrt(x); }
__forceinline__ float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
__forceinline__ double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }
// The rounded results below are never merged into a fused multiply-add, here by hiding them from the optimiser.
#define SIMCUDA_ROUNDED(T, name, op)            \
    __forceinline__ T name(T a, T b) {          \
        T result = a op b;                      \
        __asm__("" : "+x"(result));             \
        return result;                          \
    }
SIMCUDA_ROUNDED(float, __fadd_rn, +)
SIMCUDA_ROUNDED(float, __fsub_rn, -)
SIMCUDA_ROUNDED(float, __fmul_rn, *)
SIMCUDA_ROUNDED(double, __dadd_rn, +)
SIMCUDA_ROUNDED(double, __dsub_rn, -)
SIMCUDA_ROUNDED(double, __dmul_rn, *)
#undef SIMCUDA_ROUNDED
__forceinline__ float __expf(float x) { return std::exp(x); }
__forceinline__ float __logf(float x) { return std::log(x); }
__forceinline__ float __powf(float x, float y) { return std::pow(x, y); }
__forceinline__ void sincospi(double x, double* sine, double* cosine) {
    *sine = std::sin(M_PI * x);
    *cosine = std::cos(M_PI * x);
}
__forceinline__ double cospi(double x) { return std::cos(M_PI * x); }
__forceinline__ double sinpi(double x) { return std::sin(M_PI * x); }
__forceinline__ float cospif(float x) { return float(std::cos(M_PI * double(x))); }
__forceinline__ float sinpif(float x) { return float(std::sin(M_PI * double(x))); }
