// Triangular systems, and batches of small LU factorisations.
#include "cublas.h"

using namespace sim;

namespace {

struct Trsm {
    const char* name;
    int side, fill, op, diagonal;
    int64_t m, n, leadA, leadB;

    bool valid() const {
        return m >= 0 && n >= 0 && leadA >= std::max<int64_t>(1, order()) && leadB >= std::max<int64_t>(1, m) && side >= 0 && side <= 1 && fill >= 0
            && fill <= 1 && op >= 0 && op <= 2 && diagonal >= 0 && diagonal <= 1;
    }
    int64_t order() const { return side == 0 ? m : n; }

    template <class T> void run(T alpha, const T* a, T* b) const {
        int rows = int(m), columns = int(n), leadOfA = int(leadA), leadOfB = int(leadB);
        FORTRAN_OF(T, trsm, side == 0 ? "L" : "R", upLo(fill), operation<T>(op), diagonal == 0 ? "N" : "U", &rows, &columns, &alpha, a, &leadOfA, b, &leadOfB);
    }
};

/// The inverse from an LU factorisation; 0, or which pivot is zero.
template <class T> int invert(int n, const T* lu, int lead, const int* pivots, T* out, int leadOut) {
    for (int k = 0; k < n; k++) {
        if (lu[k + size_t(k) * size_t(lead)] == 0) return k + 1;
    }
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < n; i++) out[i + size_t(j) * size_t(leadOut)] = i == j;
    }
    solveFactorised<T>("N", n, n, lu, lead, pivots, out, leadOut);
    return 0;
}

} // namespace

#define TRSMS(P, T, suffix, Int)                                                                                                                       \
    API cublas##P##trsm_v2##suffix(void* handle, int side, int fill, int op, int diagonal, Int m, Int n, const T* alpha, const T* a, Int leadA, T* b,  \
                                   Int leadB) {                                                                                                        \
        ENTER(cublas##P##trsm_v2##suffix);                                                                                                             \
        Trsm t{"cublas" #P "trsm", side, fill, op, diagonal, m, n, leadA, leadB};                                                                      \
        REQUIRE(t.valid());                                                                                                                            \
        if (m == 0 || n == 0) return 0;                                                                                                                \
        REQUIRE(checkScalar(blas, t.name, "alpha", alpha) && checkArray(t.name, "A", a, span(t.order(), t.order(), leadA)));                           \
        REQUIRE(checkArray(t.name, "B", b, span(m, n, leadB)));                                                                                        \
        auto times = scalar(blas, alpha);                                                                                                              \
        return RUN(t.name, {                                                                                                                           \
            open(a);                                                                                                                                   \
            open(b);                                                                                                                                   \
            t.run(times.get(), a, b);                                                                                                                  \
            return 0;                                                                                                                                  \
        });                                                                                                                                            \
    }                                                                                                                                                  \
    API cublas##P##trsmBatched##suffix(void* handle, int side, int fill, int op, int diagonal, Int m, Int n, const T* alpha, const T* const* a,        \
                                       Int leadA, T* const* b, Int leadB, Int batch) {                                                                 \
        ENTER(cublas##P##trsmBatched##suffix);                                                                                                         \
        Trsm t{"cublas" #P "trsmBatched", side, fill, op, diagonal, m, n, leadA, leadB};                                                               \
        REQUIRE(t.valid() && batch >= 0);                                                                                                              \
        if (m == 0 || n == 0 || batch == 0) return 0;                                                                                                  \
        REQUIRE(checkScalar(blas, t.name, "alpha", alpha) && checkArray(t.name, "array of A", a, size_t(batch)));                                      \
        REQUIRE(checkArray(t.name, "array of B", b, size_t(batch)));                                                                                   \
        auto times = scalar(blas, alpha);                                                                                                              \
        return RUN(t.name, {                                                                                                                           \
            auto as = pointers(t.name, "A", a, batch, span(t.order(), t.order(), t.leadA));                                                            \
            auto bs = pointers(t.name, "B", b, batch, span(t.m, t.n, t.leadB));                                                                        \
            if (as.empty() || bs.empty()) return CUDA_ERROR_ILLEGAL_ADDRESS;                                                                           \
            for (size_t i = 0; i < bs.size(); i++) t.run(times.get(), as[i], bs[i]);                                                                   \
            return 0;                                                                                                                                  \
        });                                                                                                                                            \
    }
TRSMS(S, float, , int)
TRSMS(D, double, , int)
TRSMS(C, std::complex<float>, , int)
TRSMS(Z, std::complex<double>, , int)
TRSMS(S, float, _64, int64_t)
TRSMS(D, double, _64, int64_t)

#define BATCHED(P, T)                                                                                                                                  \
    API cublas##P##getrfBatched(void* handle, int n, T* const* a, int lead, int* pivots, int* info, int batch) {                                       \
        ENTER(cublas##P##getrfBatched);                                                                                                                \
        const char* name = "cublas" #P "getrfBatched";                                                                                                 \
        REQUIRE(n >= 0 && batch >= 0 && lead >= std::max(1, n));                                                                                       \
        if (batch == 0 || n == 0) return 0;                                                                                                            \
        auto count = size_t(batch);                                                                                                                    \
        REQUIRE(checkArray(name, "array of A", a, count) && checkArray(name, "info", info, count));                                                    \
        REQUIRE(!pivots || checkArray(name, "pivots", pivots, count * size_t(n)));                                                                     \
        return RUN(name, {                                                                                                                             \
            auto as = pointers(name, "A", a, batch, span(n, n, lead));                                                                                 \
            if (as.empty()) return CUDA_ERROR_ILLEGAL_ADDRESS;                                                                                         \
            open(info);                                                                                                                                \
            if (pivots) open(pivots);                                                                                                                  \
            for (size_t i = 0; i < count; i++) info[i] = factorise(n, n, as[i], lead, pivots ? pivots + i * size_t(n) : nullptr);                      \
            return 0;                                                                                                                                  \
        });                                                                                                                                            \
    }                                                                                                                                                  \
    API cublas##P##getrsBatched(void* handle, int op, int n, int columns, const T* const* a, int lead, const int* pivots, T* const* b, int leadB,      \
                                int* info, int batch) {                                                                                                \
        ENTER(cublas##P##getrsBatched);                                                                                                                \
        const char* name = "cublas" #P "getrsBatched";                                                                                                 \
        REQUIRE(checkHost(name, "info", info, sizeof(int)));                                                                                           \
        *info = n < 0 ? -2 : columns < 0 ? -3 : lead < std::max(1, n) ? -5 : leadB < std::max(1, n) ? -8 : batch < 0 ? -10 : 0;                        \
        REQUIRE(*info == 0);                                                                                                                           \
        if (batch == 0 || n == 0 || columns == 0) return 0;                                                                                            \
        auto count = size_t(batch);                                                                                                                    \
        REQUIRE(checkArray(name, "array of A", a, count) && checkArray(name, "array of B", b, count));                                                 \
        REQUIRE(!pivots || checkArray(name, "pivots", pivots, count * size_t(n)));                                                                     \
        return RUN(name, {                                                                                                                             \
            auto as = pointers(name, "A", a, batch, span(n, n, lead));                                                                                 \
            auto bs = pointers(name, "B", b, batch, span(n, columns, leadB));                                                                          \
            if (as.empty() || bs.empty()) return CUDA_ERROR_ILLEGAL_ADDRESS;                                                                           \
            if (pivots) open(pivots);                                                                                                                  \
            for (size_t i = 0; i < count; i++) {                                                                                                       \
                solveFactorised<T>(transposed(op), n, columns, as[i], lead, pivots ? pivots + i * size_t(n) : nullptr, bs[i], leadB);                  \
            }                                                                                                                                          \
            return 0;                                                                                                                                  \
        });                                                                                                                                            \
    }                                                                                                                                                  \
    API cublas##P##getriBatched(void* handle, int n, const T* const* a, int lead, const int* pivots, T* const* c, int leadC, int* info, int batch) {   \
        ENTER(cublas##P##getriBatched);                                                                                                                \
        const char* name = "cublas" #P "getriBatched";                                                                                                 \
        REQUIRE(n >= 0 && batch >= 0 && lead >= std::max(1, n) && leadC >= std::max(1, n));                                                            \
        if (batch == 0 || n == 0) return 0;                                                                                                            \
        auto count = size_t(batch);                                                                                                                    \
        REQUIRE(checkArray(name, "array of A", a, count) && checkArray(name, "array of C", c, count) && checkArray(name, "info", info, count));        \
        REQUIRE(!pivots || checkArray(name, "pivots", pivots, count * size_t(n)));                                                                     \
        return RUN(name, {                                                                                                                             \
            auto as = pointers(name, "A", a, batch, span(n, n, lead));                                                                                 \
            auto cs = pointers(name, "C", c, batch, span(n, n, leadC));                                                                                \
            if (as.empty() || cs.empty()) return CUDA_ERROR_ILLEGAL_ADDRESS;                                                                           \
            open(info);                                                                                                                                \
            if (pivots) open(pivots);                                                                                                                  \
            for (size_t i = 0; i < count; i++) {                                                                                                       \
                if (as[i] == cs[i]) {                                                                                                                  \
                    report("%s: A and C are the same matrix", name);                                                                                   \
                    return CUDA_ERROR_ILLEGAL_ADDRESS;                                                                                                 \
                }                                                                                                                                      \
                info[i] = invert<T>(n, as[i], lead, pivots ? pivots + i * size_t(n) : nullptr, cs[i], leadC);                                          \
            }                                                                                                                                          \
            return 0;                                                                                                                                  \
        });                                                                                                                                            \
    }                                                                                                                                                  \
    API cublas##P##matinvBatched(void* handle, int n, const T* const* a, int lead, T* const* c, int leadC, int* info, int batch) {                     \
        ENTER(cublas##P##matinvBatched);                                                                                                               \
        const char* name = "cublas" #P "matinvBatched";                                                                                                \
        REQUIRE(n >= 0 && n <= 32 && batch >= 0 && lead >= std::max(1, n) && leadC >= std::max(1, n));                                                 \
        if (batch == 0 || n == 0) return 0;                                                                                                            \
        auto count = size_t(batch);                                                                                                                    \
        REQUIRE(checkArray(name, "array of A", a, count) && checkArray(name, "array of C", c, count) && checkArray(name, "info", info, count));        \
        return RUN(name, {                                                                                                                             \
            auto as = pointers(name, "A", a, batch, span(n, n, lead));                                                                                 \
            auto cs = pointers(name, "C", c, batch, span(n, n, leadC));                                                                                \
            if (as.empty() || cs.empty()) return CUDA_ERROR_ILLEGAL_ADDRESS;                                                                           \
            open(info);                                                                                                                                \
            std::vector<T> lu(size_t(n) * size_t(n));                                                                                                  \
            std::vector<int> pivots(size_t(n), 0);                                                                                                     \
            for (size_t i = 0; i < count; i++) {                                                                                                       \
                copyMatrix(n, n, as[i], lead, lu.data(), n);                                                                                           \
                info[i] = factorise(n, n, lu.data(), n, pivots.data());                                                                                \
                if (info[i] == 0) invert<T>(n, lu.data(), n, pivots.data(), cs[i], leadC);                                                             \
            }                                                                                                                                          \
            return 0;                                                                                                                                  \
        });                                                                                                                                            \
    }
FOR_FLOATING(BATCHED)
