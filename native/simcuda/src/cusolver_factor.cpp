// LU, Cholesky and QR.
#include "cusolver.h"

using namespace sim;

namespace {

bool validMatrix(int64_t m, int64_t n, int64_t lead) { return m >= 0 && n >= 0 && lead >= std::max<int64_t>(1, m); }

} // namespace

#define LU(P, T)                                                                                                                 \
    API cusolverDn##P##getrf_bufferSize(void* handle, int m, int n, T*, int lead, int* length) {                                 \
        ENTER(cusolverDn##P##getrf_bufferSize);                                                                                  \
        REQUIRE(validMatrix(m, n, lead));                                                                                        \
        *length = std::max(1, std::min(m, n) * 32);                                                                              \
        return 0;                                                                                                                \
    }                                                                                                                            \
    API cusolverDn##P##getrf(void* handle, int m, int n, T* a, int lead, T* work, int* pivots, int* info) {                      \
        ENTER(cusolverDn##P##getrf);                                                                                             \
        REQUIRE(validMatrix(m, n, lead) && checkArray(self, "A", a, span(m, n, lead)) && checkArray(self, "info", info, 1));     \
        REQUIRE(!pivots || checkArray(self, "pivots", pivots, size_t(std::min(m, n))));                                          \
        int length = std::max(1, std::min(m, n) * 32);                                                                           \
        REQUIRE(checkArray(self, "workspace", work, size_t(length)));                                                            \
        return RUN({                                                                                                             \
            open(a);                                                                                                             \
            open(info);                                                                                                          \
            if (pivots) open(pivots);                                                                                            \
            spoil(work, length);                                                                                                 \
            *info = m && n ? factorise(m, n, a, lead, pivots) : 0;                                                               \
            return 0;                                                                                                            \
        });                                                                                                                      \
    }                                                                                                                            \
    API cusolverDn##P##getrs(void* handle, int op, int n, int columns, const T* a, int lead, const int* pivots, T* b, int leadB, \
                             int* info) {                                                                                        \
        ENTER(cusolverDn##P##getrs);                                                                                             \
        REQUIRE(op >= 0 && op <= 2 && columns >= 0 && validMatrix(n, n, lead) && validMatrix(n, columns, leadB));                \
        REQUIRE(checkArray(self, "A", a, span(n, n, lead)) && checkArray(self, "B", b, span(n, columns, leadB)));                \
        REQUIRE(checkArray(self, "info", info, 1) && (!pivots || checkArray(self, "pivots", pivots, size_t(n))));                \
        return RUN({                                                                                                             \
            open(a);                                                                                                             \
            open(b);                                                                                                             \
            open(info);                                                                                                          \
            if (pivots) open(pivots);                                                                                            \
            *info = 0;                                                                                                           \
            solveFactorised<T>(operation<T>(op), n, columns, a, lead, pivots, b, leadB);                                         \
            return 0;                                                                                                            \
        });                                                                                                                      \
    }
FOR_FLOATING(LU)
FOR_COMPLEX(LU)

#define CHOLESKY(P, T)                                                                                                                \
    API cusolverDn##P##potrf_bufferSize(void* handle, int fill, int n, T*, int lead, int* length) {                                   \
        ENTER(cusolverDn##P##potrf_bufferSize);                                                                                       \
        REQUIRE(fill >= 0 && fill <= 1 && validMatrix(n, n, lead));                                                                   \
        *length = std::max(1, n * 32);                                                                                                \
        return 0;                                                                                                                     \
    }                                                                                                                                 \
    API cusolverDn##P##potrf(void* handle, int fill, int n, T* a, int lead, T* work, int length, int* info) {                         \
        ENTER(cusolverDn##P##potrf);                                                                                                  \
        REQUIRE(fill >= 0 && fill <= 1 && validMatrix(n, n, lead) && checkArray(self, "A", a, span(n, n, lead)));                     \
        REQUIRE(length >= std::max(1, n * 32) && checkArray(self, "workspace", work, size_t(length)));                                \
        REQUIRE(checkArray(self, "info", info, 1));                                                                                   \
        return RUN({                                                                                                                  \
            open(a);                                                                                                                  \
            open(info);                                                                                                               \
            spoil(work, length);                                                                                                      \
            *info = 0;                                                                                                                \
            if (n) FORTRAN_OF(T, potrf, upLo(fill), &n, a, &lead, info);                                                              \
            return 0;                                                                                                                 \
        });                                                                                                                           \
    }                                                                                                                                 \
    API cusolverDn##P##potrs(void* handle, int fill, int n, int columns, const T* a, int lead, T* b, int leadB, int* info) {          \
        ENTER(cusolverDn##P##potrs);                                                                                                  \
        REQUIRE(fill >= 0 && fill <= 1 && columns >= 0 && validMatrix(n, n, lead) && validMatrix(n, columns, leadB));                 \
        REQUIRE(checkArray(self, "A", a, span(n, n, lead)) && checkArray(self, "B", b, span(n, columns, leadB)));                     \
        REQUIRE(checkArray(self, "info", info, 1));                                                                                   \
        return RUN({                                                                                                                  \
            open(a);                                                                                                                  \
            open(b);                                                                                                                  \
            open(info);                                                                                                               \
            *info = 0;                                                                                                                \
            if (n && columns) FORTRAN_OF(T, potrs, upLo(fill), &n, &columns, a, &lead, b, &leadB, info);                              \
            return 0;                                                                                                                 \
        });                                                                                                                           \
    }                                                                                                                                 \
    API cusolverDn##P##potrfBatched(void* handle, int fill, int n, T* const* a, int lead, int* info, int batch) {                     \
        ENTER(cusolverDn##P##potrfBatched);                                                                                           \
        REQUIRE(fill >= 0 && fill <= 1 && batch >= 0 && validMatrix(n, n, lead));                                                     \
        if (batch == 0 || n == 0) return 0;                                                                                           \
        REQUIRE(checkArray(self, "array of A", a, size_t(batch)) && checkArray(self, "info", info, size_t(batch)));                   \
        return RUN({                                                                                                                  \
            auto as = pointers(self, "A", a, batch, span(n, n, lead));                                                                \
            if (as.empty()) return CUDA_ERROR_ILLEGAL_ADDRESS;                                                                        \
            open(info);                                                                                                               \
            for (size_t i = 0; i < as.size(); i++) FORTRAN_OF(T, potrf, upLo(fill), &n, as[i], &lead, info + i);                      \
            return 0;                                                                                                                 \
        });                                                                                                                           \
    }                                                                                                                                 \
    API cusolverDn##P##potrsBatched(void* handle, int fill, int n, int columns, T* const* a, int lead, T* const* b, int leadB,        \
                                    int* info, int batch) {                                                                           \
        ENTER(cusolverDn##P##potrsBatched);                                                                                           \
        REQUIRE(fill >= 0 && fill <= 1 && columns == 1 && batch >= 0 && validMatrix(n, n, lead) && validMatrix(n, 1, leadB));         \
        if (batch == 0 || n == 0) return 0;                                                                                           \
        REQUIRE(checkArray(self, "array of A", a, size_t(batch)) && checkArray(self, "array of B", b, size_t(batch)));                \
        REQUIRE(checkArray(self, "info", info, 1));                                                                                   \
        return RUN({                                                                                                                  \
            auto as = pointers(self, "A", a, batch, span(n, n, lead));                                                                \
            auto bs = pointers(self, "B", b, batch, span(n, 1, leadB));                                                               \
            if (as.empty() || bs.empty()) return CUDA_ERROR_ILLEGAL_ADDRESS;                                                          \
            open(info);                                                                                                               \
            for (size_t i = 0; i < as.size(); i++) FORTRAN_OF(T, potrs, upLo(fill), &n, &columns, as[i], &lead, bs[i], &leadB, info); \
            return 0;                                                                                                                 \
        });                                                                                                                           \
    }
FOR_FLOATING(CHOLESKY)
FOR_COMPLEX(CHOLESKY)

#define QR(P, T, orgqr, ormqr)                                                                                                              \
    API cusolverDn##P##geqrf_bufferSize(void* handle, int m, int n, T*, int lead, int* length) {                                            \
        ENTER(cusolverDn##P##geqrf_bufferSize);                                                                                             \
        REQUIRE(validMatrix(m, n, lead));                                                                                                   \
        *length = std::max(1, n * 32);                                                                                                      \
        return 0;                                                                                                                           \
    }                                                                                                                                       \
    API cusolverDn##P##geqrf(void* handle, int m, int n, T* a, int lead, T* tau, T* work, int length, int* info) {                          \
        ENTER(cusolverDn##P##geqrf);                                                                                                        \
        REQUIRE(validMatrix(m, n, lead) && checkArray(self, "A", a, span(m, n, lead)) && checkArray(self, "info", info, 1));                \
        REQUIRE(checkArray(self, "tau", tau, size_t(std::min(m, n))));                                                                      \
        REQUIRE(length >= std::max(1, n * 32) && checkArray(self, "workspace", work, size_t(length)));                                      \
        return RUN({                                                                                                                        \
            open(a);                                                                                                                        \
            open(tau);                                                                                                                      \
            open(info);                                                                                                                     \
            spoil(work, length);                                                                                                            \
            *info = 0;                                                                                                                      \
            if (m == 0 || n == 0) return 0;                                                                                                 \
            Scratch<T> scratch;                                                                                                             \
            FORTRAN_OF(T, geqrf, &m, &n, a, &lead, tau, scratch.data(), &scratch.length, info);                                             \
            scratch.size();                                                                                                                 \
            FORTRAN_OF(T, geqrf, &m, &n, a, &lead, tau, scratch.data(), &scratch.length, info);                                             \
            return 0;                                                                                                                       \
        });                                                                                                                                 \
    }                                                                                                                                       \
    API cusolverDn##P##orgqr##_bufferSize(void* handle, int m, int n, int k, const T*, int lead, const T*, int* length) {                   \
        ENTER(cusolverDn##P##orgqr##_bufferSize);                                                                                           \
        REQUIRE(validMatrix(m, n, lead) && n <= m && k >= 0 && k <= n);                                                                     \
        *length = std::max(1, n * 32);                                                                                                      \
        return 0;                                                                                                                           \
    }                                                                                                                                       \
    API cusolverDn##P##orgqr(void* handle, int m, int n, int k, T* a, int lead, const T* tau, T* work, int length, int* info) {             \
        ENTER(cusolverDn##P##orgqr);                                                                                                        \
        REQUIRE(validMatrix(m, n, lead) && n <= m && k >= 0 && k <= n && checkArray(self, "A", a, span(m, n, lead)));                       \
        REQUIRE(checkArray(self, "tau", tau, size_t(k)) && checkArray(self, "info", info, 1));                                              \
        REQUIRE(length >= std::max(1, n * 32) && checkArray(self, "workspace", work, size_t(length)));                                      \
        return RUN({                                                                                                                        \
            open(a);                                                                                                                        \
            open(tau);                                                                                                                      \
            open(info);                                                                                                                     \
            spoil(work, length);                                                                                                            \
            *info = 0;                                                                                                                      \
            if (m == 0 || n == 0) return 0;                                                                                                 \
            Scratch<T> scratch;                                                                                                             \
            FORTRAN_OF(T, orgqr, &m, &n, &k, a, &lead, tau, scratch.data(), &scratch.length, info);                                         \
            scratch.size();                                                                                                                 \
            FORTRAN_OF(T, orgqr, &m, &n, &k, a, &lead, tau, scratch.data(), &scratch.length, info);                                         \
            return 0;                                                                                                                       \
        });                                                                                                                                 \
    }                                                                                                                                       \
    API cusolverDn##P##ormqr##_bufferSize(void* handle, int side, int op, int m, int n, int k, const T*, int lead, const T*, const T*,      \
                                        int leadC, int* length) {                                                                           \
        ENTER(cusolverDn##P##ormqr##_bufferSize);                                                                                           \
        int order = side == 0 ? m : n;                                                                                                      \
        REQUIRE(op >= 0 && op <= 2 && validMatrix(order, k, lead) && k <= order && validMatrix(m, n, leadC));                               \
        *length = std::max(1, std::max(m, n) * 32);                                                                                         \
        return 0;                                                                                                                           \
    }                                                                                                                                       \
    API cusolverDn##P##ormqr(void* handle, int side, int op, int m, int n, int k, const T* a, int lead, const T* tau, T* c,                 \
                             int leadC, T* work, int length, int* info) {                                                                   \
        ENTER(cusolverDn##P##ormqr);                                                                                                        \
        int order = side == 0 ? m : n;                                                                                                      \
        REQUIRE(op >= 0 && op <= 2 && validMatrix(order, k, lead) && k <= order && validMatrix(m, n, leadC));                               \
        REQUIRE(checkArray(self, "A", a, span(order, k, lead)) && checkArray(self, "C", c, span(m, n, leadC)));                             \
        REQUIRE(checkArray(self, "tau", tau, size_t(k)) && checkArray(self, "info", info, 1));                                              \
        REQUIRE(length >= std::max(1, std::max(m, n) * 32) && checkArray(self, "workspace", work, size_t(length)));                         \
        return RUN({                                                                                                                        \
            open(a);                                                                                                                        \
            open(tau);                                                                                                                      \
            open(c);                                                                                                                        \
            open(info);                                                                                                                     \
            spoil(work, length);                                                                                                            \
            *info = 0;                                                                                                                      \
            if (m == 0 || n == 0 || k == 0) return 0;                                                                                       \
            const char *where = side == 0 ? "L" : "R", *how = operation<T>(op);                                                             \
            std::vector<T> reflectors(size_t(order) * size_t(k)); /* LAPACK changes them for a time */                                      \
            copyMatrix(order, k, a, lead, reflectors.data(), order);                                                                        \
            Scratch<T> scratch;                                                                                                             \
            FORTRAN_OF(T, ormqr, where, how, &m, &n, &k, reflectors.data(), &order, tau, c, &leadC, scratch.data(), &scratch.length, info); \
            scratch.size();                                                                                                                 \
            FORTRAN_OF(T, ormqr, where, how, &m, &n, &k, reflectors.data(), &order, tau, c, &leadC, scratch.data(), &scratch.length, info); \
            return 0;                                                                                                                       \
        });                                                                                                                                 \
    }
QR(S, float, orgqr, ormqr)
QR(D, double, orgqr, ormqr)
QR(C, std::complex<float>, ungqr, unmqr)
QR(Z, std::complex<double>, ungqr, unmqr)

// ---- the 64-bit calls, LU

#define REAL(type) ((type) == 0 || (type) == 1)

API cusolverDnXgetrf_bufferSize(void* handle, void*, int64_t m, int64_t n, int type, const void*, int64_t lead, int, size_t* onDevice, size_t* onHost) {
    ENTER(cusolverDnXgetrf_bufferSize);
    REQUIRE(validMatrix(m, n, lead) && REAL(type));
    *onDevice = size_t(std::max<int64_t>(1, std::min(m, n) * 32)) * 8;
    *onHost = 0;
    return 0;
}

template <class T> static int factorise64(int64_t m, int64_t n, T* a, int64_t lead, int64_t* pivots, int* info) {
    std::vector<int> narrow(size_t(std::min(m, n)));
    *info = m && n ? factorise(int(m), int(n), a, int(lead), pivots ? narrow.data() : nullptr) : 0;
    if (pivots) std::copy(narrow.begin(), narrow.end(), pivots);
    return 0;
}

API cusolverDnXgetrf(void* handle, void*, int64_t m, int64_t n, int type, void* a, int64_t lead, int64_t* pivots, int, void* work, size_t onDevice, void*,
                     size_t, int* info) {
    ENTER(cusolverDnXgetrf);
    size_t needed = size_t(std::max<int64_t>(1, std::min(m, n) * 32)) * 8;
    REQUIRE(validMatrix(m, n, lead) && lead <= std::numeric_limits<int>::max() && REAL(type) && onDevice >= needed);
    REQUIRE(checkArray(self, "workspace", static_cast<char*>(work), onDevice) && checkArray(self, "info", info, 1));
    REQUIRE(checkArray(self, "A", static_cast<char*>(a), span(m, n, lead) * (type == 0 ? 4 : 8)));
    REQUIRE(!pivots || checkArray(self, "pivots", pivots, size_t(std::min(m, n))));
    return RUN({
        open(a);
        open(info);
        if (pivots) open(pivots);
        spoil(static_cast<char*>(work), int(needed));
        return type == 0 ? factorise64(m, n, static_cast<float*>(a), lead, pivots, info) : factorise64(m, n, static_cast<double*>(a), lead, pivots, info);
    });
}

API cusolverDnXgetrs(void* handle, void*, int op, int64_t n, int64_t columns, int type, const void* a, int64_t lead, const int64_t* pivots, int typeB, void* b,
                     int64_t leadB, int* info) {
    ENTER(cusolverDnXgetrs);
    REQUIRE(validMatrix(n, n, lead) && validMatrix(n, columns, leadB) && std::max(lead, leadB) <= std::numeric_limits<int>::max());
    REQUIRE(op >= 0 && op <= 2 && REAL(type) && typeB == type && checkArray(self, "info", info, 1));
    size_t bytes = type == 0 ? 4 : 8;
    REQUIRE(checkArray(self, "A", static_cast<const char*>(a), span(n, n, lead) * bytes));
    REQUIRE(checkArray(self, "B", static_cast<char*>(b), span(n, columns, leadB) * bytes));
    REQUIRE(!pivots || checkArray(self, "pivots", pivots, size_t(n)));
    return RUN({
        open(a);
        open(b);
        open(info);
        std::vector<int> narrow;
        if (pivots) {
            open(pivots);
            narrow.assign(pivots, pivots + n);
        }
        const int* rows = pivots ? narrow.data() : nullptr;
        *info = 0;
        if (type == 0) solveFactorised(transposed(op), int(n), int(columns), static_cast<const float*>(a), int(lead), rows, static_cast<float*>(b), int(leadB));
        else solveFactorised(transposed(op), int(n), int(columns), static_cast<const double*>(a), int(lead), rows, static_cast<double*>(b), int(leadB));
        return 0;
    });
}
