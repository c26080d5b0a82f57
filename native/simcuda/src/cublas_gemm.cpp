// Products of matrices.
#include "cublas.h"

#include <complex>

using namespace sim;

namespace {

struct Gemm {
    const char* name;
    int opA, opB;
    int64_t m, n, k, leadA, leadB, leadC, strideA, strideB, strideC, batch;
    bool tf32; ///< factors are rounded to the 10 bits that tensor cores read

    int64_t rowsA() const { return opA ? k : m; }
    int64_t columnsA() const { return opA ? m : k; }
    int64_t rowsB() const { return opB ? n : k; }
    int64_t columnsB() const { return opB ? k : n; }

    bool valid() const {
        return opA >= 0 && opA <= 2 && opB >= 0 && opB <= 2 && m >= 0 && n >= 0 && k >= 0 && batch >= 0 && leadA >= std::max<int64_t>(1, rowsA())
            && leadB >= std::max<int64_t>(1, rowsB()) && leadC >= std::max<int64_t>(1, m);
    }
    bool small() const { // what OpenBLAS counts in int
        return std::max({m, n, k, leadA, leadB, leadC}) <= std::numeric_limits<int>::max();
    }
    bool empty() const { return m == 0 || n == 0 || batch == 0; }
};

float rounded(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    if (std::isfinite(value)) bits = (bits + 0x0fff + (bits >> 13 & 1)) & ~0x1fffu;
    memcpy(&value, &bits, 4);
    return value;
}
double rounded(double value) { return rounded(float(value)); }
template <class R> std::complex<R> rounded(std::complex<R> value) { return {rounded(value.real()), rounded(value.imag())}; }

template <class T> std::vector<T> rounded(int64_t rows, int64_t columns, const T* a, int64_t lead) {
    std::vector<T> result(size_t(rows * columns));
    for (int64_t j = 0; j < columns; j++) {
        for (int64_t i = 0; i < rows; i++) {
            result[size_t(i + j * rows)] = rounded(a[i + j * lead]);
        }
    }
    return result;
}

/// One product. C is not read where beta is 0.
template <class T> void multiply(const Gemm& g, T alpha, const T* a, const T* b, T beta, T* c) {
    int m = int(g.m), n = int(g.n), k = int(g.k), leadA = int(g.leadA), leadB = int(g.leadB), leadC = int(g.leadC);
    if (beta == T(0)) fillMatrix(m, n, c, leadC, T(0));
    std::vector<T> roundA, roundB;
    if (g.tf32 && k > 0) {
        roundA = rounded(g.rowsA(), g.columnsA(), a, g.leadA);
        roundB = rounded(g.rowsB(), g.columnsB(), b, g.leadB);
        a = roundA.data();
        b = roundB.data();
        leadA = std::max(1, int(g.rowsA()));
        leadB = std::max(1, int(g.rowsB()));
    }
    FORTRAN_OF(T, gemm, transposed(g.opA), transposed(g.opB), &m, &n, &k, &alpha, a, &leadA, b, &leadB, &beta, c, &leadC);
}

struct Float16 {
    _Float16 value;
    Float16(float x = 0) : value(_Float16(x)) {}
    operator float() const { return float(value); }
};

struct Bfloat16 {
    uint16_t bits;
    Bfloat16(float x = 0) {
        uint32_t all;
        memcpy(&all, &x, 4);
        bits = uint16_t(x != x ? all >> 16 | 0x40 : (all + 0x7fff + (all >> 16 & 1)) >> 16);
    }
    operator float() const {
        uint32_t all = uint32_t(bits) << 16;
        float x;
        memcpy(&x, &all, 4);
        return x;
    }
};

/// The columns one after the other.
template <class H> std::vector<float> widened(int64_t rows, int64_t columns, const H* a, int64_t lead) {
    std::vector<float> result;
    for (int64_t j = 0; j < columns; j++) result.insert(result.end(), a + j * lead, a + j * lead + rows);
    return result;
}

/// Halves are multiplied and added up in float; the result is rounded once.
template <class H> void multiplyHalves(const Gemm& g, float alpha, const H* a, const H* b, float beta, H* c) {
    std::vector<float> wideA = widened(g.rowsA(), g.columnsA(), a, g.leadA), wideB = widened(g.rowsB(), g.columnsB(), b, g.leadB);
    std::vector<float> wideC = beta == 0 ? std::vector<float>(size_t(g.m * g.n)) : widened(g.m, g.n, c, g.leadC);
    Gemm wide = g;
    wide.leadA = std::max<int64_t>(1, g.rowsA());
    wide.leadB = std::max<int64_t>(1, g.rowsB());
    wide.leadC = std::max<int64_t>(1, g.m);
    multiply<float>(wide, alpha, wideA.data(), wideB.data(), beta, wideC.data());
    for (int64_t j = 0; j < g.n; j++) std::copy_n(wideC.begin() + j * g.m, g.m, c + j * g.leadC);
}
void multiply(const Gemm& g, float alpha, const Float16* a, const Float16* b, float beta, Float16* c) { multiplyHalves(g, alpha, a, b, beta, c); }
void multiply(const Gemm& g, float alpha, const Bfloat16* a, const Bfloat16* b, float beta, Bfloat16* c) { multiplyHalves(g, alpha, a, b, beta, c); }

template <class T, class S = T>
int strided(Call& call, Blas* blas, Stream* stream, const Gemm& g, const S* alpha, const T* a, const T* b, const S* beta, T* c) {
    REQUIRE(g.valid());
    if (g.empty()) return 0;
    if (!g.small()) return CUBLAS_STATUS_NOT_SUPPORTED;
    REQUIRE(checkScalar(blas, g.name, "alpha", alpha) && checkScalar(blas, g.name, "beta", beta));
    REQUIRE(checkArray(g.name, "A", a, span(g.rowsA(), g.columnsA(), g.leadA, g.strideA, g.batch)));
    REQUIRE(checkArray(g.name, "B", b, span(g.rowsB(), g.columnsB(), g.leadB, g.strideB, g.batch)));
    REQUIRE(checkArray(g.name, "C", c, span(g.m, g.n, g.leadC, g.strideC, g.batch)));
    auto times = scalar(blas, alpha), plus = scalar(blas, beta);
    return RUN(g.name, {
        open(a);
        open(b);
        open(c);
        for (int64_t i = 0; i < g.batch; i++) multiply(g, times.get(), a + i * g.strideA, b + i * g.strideB, plus.get(), c + i * g.strideC);
        return 0;
    });
}

template <class T, class S = T>
int batched(Call& call, Blas* blas, Stream* stream, const Gemm& g, const S* alpha, const T* const* a, const T* const* b, const S* beta, T* const* c) {
    REQUIRE(g.valid());
    if (g.empty()) return 0;
    if (!g.small()) return CUBLAS_STATUS_NOT_SUPPORTED;
    REQUIRE(checkScalar(blas, g.name, "alpha", alpha) && checkScalar(blas, g.name, "beta", beta));
    auto count = size_t(g.batch);
    REQUIRE(checkArray(g.name, "array of A", a, count) && checkArray(g.name, "array of B", b, count) && checkArray(g.name, "array of C", c, count));
    auto times = scalar(blas, alpha), plus = scalar(blas, beta);
    return RUN(g.name, {
        auto as = pointers(g.name, "A", a, g.batch, span(g.rowsA(), g.columnsA(), g.leadA));
        auto bs = pointers(g.name, "B", b, g.batch, span(g.rowsB(), g.columnsB(), g.leadB));
        auto cs = pointers(g.name, "C", c, g.batch, span(g.m, g.n, g.leadC));
        if (as.empty() || bs.empty() || cs.empty()) return CUDA_ERROR_ILLEGAL_ADDRESS;
        for (size_t i = 0; i < cs.size(); i++) multiply(g, times.get(), as[i], bs[i], plus.get(), cs[i]);
        return 0;
    });
}

enum { R_32F = 0, R_64F = 1, R_16F = 2, C_32F = 4, C_64F = 5, R_16BF = 14 };

/// Whether the math mode decides if factors are rounded.
template <class T> constexpr bool IS_SINGLE = std::is_same_v<T, float> || std::is_same_v<T, std::complex<float>>;

/// 0, or why these types are not taken; says whether factors are rounded.
int checkTypes(const Blas* blas, int a, int b, int c, int compute, bool* tf32) {
    *tf32 = (a == R_32F || a == C_32F) && (compute == 77 || (compute == 68 && blas->mathMode == 3));
    bool single = (a == R_32F || a == C_32F) && b == a && c == a && (compute == 68 || compute == 69 || compute == 77);
    bool full = (a == R_64F || a == C_64F) && b == a && c == a && (compute == 70 || compute == 71);
    bool half = (a == R_16F || a == R_16BF) && b == a && c == a && compute == 68;
    return single || full || half ? 0 : CUBLAS_STATUS_NOT_SUPPORTED;
}

} // namespace

#define GEMMS(P, T, suffix, Int)                                                                                                                       \
    API cublas##P##gemm_v2##suffix(void* handle, int opA, int opB, Int m, Int n, Int k, const T* alpha, const T* a, Int leadA, const T* b, Int leadB,  \
                                   const T* beta, T* c, Int leadC) {                                                                                   \
        ENTER(cublas##P##gemm_v2##suffix);                                                                                                             \
        Gemm g{"cublas" #P "gemm", opA, opB, m, n, k, leadA, leadB, leadC, 0, 0, 0, 1, IS_SINGLE<T> && blas->mathMode == 3};                         \
        return strided<T>(call, blas, stream, g, alpha, a, b, beta, c);                                                                                \
    }                                                                                                                                                  \
    API cublas##P##gemmStridedBatched##suffix(void* handle, int opA, int opB, Int m, Int n, Int k, const T* alpha, const T* a, Int leadA,              \
                                              long long strideA, const T* b, Int leadB, long long strideB, const T* beta, T* c, Int leadC,             \
                                              long long strideC, Int batch) {                                                                          \
        ENTER(cublas##P##gemmStridedBatched##suffix);                                                                                                  \
        Gemm g{"cublas" #P "gemmStridedBatched", opA, opB, m, n, k, leadA, leadB, leadC, strideA, strideB, strideC, batch,                             \
               IS_SINGLE<T> && blas->mathMode == 3};                                                                                                 \
        return strided<T>(call, blas, stream, g, alpha, a, b, beta, c);                                                                                \
    }                                                                                                                                                  \
    API cublas##P##gemmBatched##suffix(void* handle, int opA, int opB, Int m, Int n, Int k, const T* alpha, const T* const* a, Int leadA,              \
                                       const T* const* b, Int leadB, const T* beta, T* const* c, Int leadC, Int batch) {                               \
        ENTER(cublas##P##gemmBatched##suffix);                                                                                                         \
        Gemm g{"cublas" #P "gemmBatched", opA, opB, m, n, k, leadA, leadB, leadC, 0, 0, 0, batch, IS_SINGLE<T> && blas->mathMode == 3};              \
        return batched<T>(call, blas, stream, g, alpha, a, b, beta, c);                                                                                \
    }
GEMMS(S, float, , int)
GEMMS(D, double, , int)
GEMMS(C, std::complex<float>, , int)
GEMMS(Z, std::complex<double>, , int)
GEMMS(S, float, _64, int64_t)
GEMMS(D, double, _64, int64_t)
GEMMS(C, std::complex<float>, _64, int64_t)
GEMMS(Z, std::complex<double>, _64, int64_t)

#define EX(function, ...)                                                                                 \
    bool tf32;                                                                                            \
    if (int refused = checkTypes(blas, typeA, typeB, typeC, compute, &tf32)) return refused;              \
    g.tf32 = tf32;                                                                                        \
    if (typeA == R_32F) return function<float>(__VA_ARGS__(float, float));                                \
    if (typeA == R_16F) return function<Float16, float>(__VA_ARGS__(Float16, float));                     \
    if (typeA == R_16BF) return function<Bfloat16, float>(__VA_ARGS__(Bfloat16, float));                  \
    if (typeA == C_32F) return function<std::complex<float>>(__VA_ARGS__(std::complex<float>, std::complex<float>));       \
    if (typeA == C_64F) return function<std::complex<double>>(__VA_ARGS__(std::complex<double>, std::complex<double>));   \
    return function<double>(__VA_ARGS__(double, double))
#define ARRAYS(T, S) call, blas, stream, g, (const S*) alpha, (const T*) a, (const T*) b, (const S*) beta, (T*) c
#define ARRAYS_OF_POINTERS(T, S) call, blas, stream, g, (const S*) alpha, (const T* const*) a, (const T* const*) b, (const S*) beta, (T* const*) c

#define GEMMS_EX(suffix, Int)                                                                                                                          \
    API cublasGemmEx##suffix(void* handle, int opA, int opB, Int m, Int n, Int k, const void* alpha, const void* a, int typeA, Int leadA,              \
                             const void* b, int typeB, Int leadB, const void* beta, void* c, int typeC, Int leadC, int compute, int) {                 \
        ENTER(cublasGemmEx##suffix);                                                                                                                   \
        Gemm g{"cublasGemmEx", opA, opB, m, n, k, leadA, leadB, leadC, 0, 0, 0, 1, false};                                                             \
        EX(strided, ARRAYS);                                                                                                                           \
    }                                                                                                                                                  \
    API cublasGemmStridedBatchedEx##suffix(void* handle, int opA, int opB, Int m, Int n, Int k, const void* alpha, const void* a, int typeA,           \
                                           Int leadA, long long strideA, const void* b, int typeB, Int leadB, long long strideB, const void* beta,     \
                                           void* c, int typeC, Int leadC, long long strideC, Int batch, int compute, int) {                            \
        ENTER(cublasGemmStridedBatchedEx##suffix);                                                                                                     \
        Gemm g{"cublasGemmStridedBatchedEx", opA, opB, m, n, k, leadA, leadB, leadC, strideA, strideB, strideC, batch, false};                         \
        EX(strided, ARRAYS);                                                                                                                           \
    }                                                                                                                                                  \
    API cublasGemmBatchedEx##suffix(void* handle, int opA, int opB, Int m, Int n, Int k, const void* alpha, const void* const* a, int typeA,           \
                                    Int leadA, const void* const* b, int typeB, Int leadB, const void* beta, void* const* c, int typeC, Int leadC,     \
                                    Int batch, int compute, int) {                                                                                     \
        ENTER(cublasGemmBatchedEx##suffix);                                                                                                            \
        Gemm g{"cublasGemmBatchedEx", opA, opB, m, n, k, leadA, leadB, leadC, 0, 0, 0, batch, false};                                                  \
        EX(batched, ARRAYS_OF_POINTERS);                                                                                                               \
    }
GEMMS_EX(, int)
GEMMS_EX(_64, int64_t)
