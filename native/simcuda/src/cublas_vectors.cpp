// Vectors, products with a vector, sums of matrices.
#include "cublas.h"

using namespace sim;

namespace {

/// A vector as BLAS counts it: with a negative step from its end.
template <class T> struct Vector {
    T* data;
    int64_t count, step;
    T& operator[](int64_t i) const { return data[(step < 0 ? i - (count - 1) : i) * step]; }
    size_t span() const { return count > 0 ? size_t((count - 1) * std::abs(step) + 1) : 0; }
};

template <class T> bool check(const char* name, const char* what, const Vector<T>& vector) {
    return checkArray(name, what, vector.data, vector.span());
}

/// Enqueues what gives one number, and waits for it where it goes to the host.
template <class R, class F> int toScalar(Call& call, Blas* blas, Stream* stream, const char* name, R* result, F compute) {
    REQUIRE(checkScalar(blas, name, "result", result));
    bool host = blas->pointerMode == 0;
    if (host) {
        if (refuseWait(stream, name)) return CUBLAS_STATUS_EXECUTION_FAILED;
    }
    int error = RUN(name, {
        if (!host) open(result);
        *result = compute();
        return 0;
    });
    return error || !host ? error : translate(CUBLAS, drain(call.lock, stream));
}

template <class T>
int gemv(Call& call, Blas* blas, Stream* stream, const char* name, int op, int64_t m, int64_t n, const T* alpha, const T* a, int64_t lead, int64_t strideA,
         const T* x, int64_t stepX, int64_t strideX, const T* beta, T* y, int64_t stepY, int64_t strideY, int64_t batch) {
    REQUIRE(op >= 0 && op <= 2 && m >= 0 && n >= 0 && lead >= std::max<int64_t>(1, m) && stepX != 0 && stepY != 0 && batch >= 0);
    if (m == 0 || n == 0 || batch == 0) return 0;
    REQUIRE(checkScalar(blas, name, "alpha", alpha) && checkScalar(blas, name, "beta", beta));
    int64_t lengthX = op ? m : n, lengthY = op ? n : m;
    REQUIRE(checkArray(name, "A", a, span(m, n, lead, strideA, batch)));
    REQUIRE(checkArray(name, "x", x, size_t((batch - 1) * strideX) + Vector<const T>{x, lengthX, stepX}.span()));
    REQUIRE(checkArray(name, "y", y, size_t((batch - 1) * strideY) + Vector<T>{y, lengthY, stepY}.span()));
    auto times = scalar(blas, alpha), plus = scalar(blas, beta);
    return RUN(name, {
        open(a);
        open(x);
        open(y);
        for (int64_t i = 0; i < batch; i++) {
            Vector<const T> from{x + i * strideX, lengthX, stepX};
            Vector<T> to{y + i * strideY, lengthY, stepY};
            T factor = times.get(), kept = plus.get();
            for (int64_t row = 0; row < lengthY; row++) {
                T sum = 0;
                for (int64_t k = 0; k < lengthX; k++) sum += a[i * strideA + (op ? k + row * lead : row + k * lead)] * from[k];
                to[row] = factor * sum + (kept == 0 ? 0 : kept * to[row]);
            }
        }
        return 0;
    });
}

template <class T>
int geam(Call& call, Blas* blas, Stream* stream, const char* name, int opA, int opB, int64_t m, int64_t n, const T* alpha, const T* a, int64_t leadA,
         const T* beta, const T* b, int64_t leadB, T* c, int64_t leadC) {
    REQUIRE(m >= 0 && n >= 0 && leadC >= std::max<int64_t>(1, m));
    if (m == 0 || n == 0) return 0;
    REQUIRE(checkScalar(blas, name, "alpha", alpha) && checkScalar(blas, name, "beta", beta));
    auto times = scalar(blas, alpha), plus = scalar(blas, beta);
    bool readsA = blas->pointerMode == 1 || *alpha != 0, readsB = blas->pointerMode == 1 || *beta != 0;
    REQUIRE(!readsA || (leadA >= (opA ? n : m) && checkArray(name, "A", a, opA ? span(n, m, leadA) : span(m, n, leadA))));
    REQUIRE(!readsB || (leadB >= (opB ? n : m) && checkArray(name, "B", b, opB ? span(n, m, leadB) : span(m, n, leadB))));
    REQUIRE(checkArray(name, "C", c, span(m, n, leadC)));
    REQUIRE(a != c || !readsA || (opA == 0 && leadA == leadC));
    REQUIRE(b != c || !readsB || (opB == 0 && leadB == leadC));
    return RUN(name, {
        open(c);
        if (readsA) open(a);
        if (readsB) open(b);
        T x = times.get(), y = plus.get();
        for (int64_t j = 0; j < n; j++) {
            for (int64_t i = 0; i < m; i++) {
                T sum = x == 0 ? 0 : x * a[opA ? j + i * leadA : i + j * leadA];
                c[i + j * leadC] = y == 0 ? sum : sum + y * b[opB ? j + i * leadB : i + j * leadB];
            }
        }
        return 0;
    });
}

} // namespace

#define VECTORS(P, T, suffix, Int)                                                                                                                      \
    API cublas##P##dot_v2##suffix(void* handle, Int n, const T* x, Int stepX, const T* y, Int stepY, T* result) {                                       \
        ENTER(cublas##P##dot_v2##suffix);                                                                                                               \
        Vector<const T> a{x, n, stepX}, b{y, n, stepY};                                                                                                 \
        REQUIRE(check("cublas" #P "dot", "x", a) && check("cublas" #P "dot", "y", b));                                                                  \
        return toScalar(call, blas, stream, "cublas" #P "dot", result, [=] {                                                                            \
            T sum = 0;                                                                                                                                  \
            for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];                                                                                         \
            return sum;                                                                                                                                 \
        });                                                                                                                                             \
    }                                                                                                                                                   \
    API cublas##P##nrm2_v2##suffix(void* handle, Int n, const T* x, Int step, T* result) {                                                              \
        ENTER(cublas##P##nrm2_v2##suffix);                                                                                                              \
        Vector<const T> a{x, n, step};                                                                                                                  \
        REQUIRE(check("cublas" #P "nrm2", "x", a));                                                                                                     \
        return toScalar(call, blas, stream, "cublas" #P "nrm2", result, [=] {                                                                           \
            long double sum = 0;                                                                                                                        \
            for (int64_t i = 0; i < n; i++) sum += (long double) a[i] * a[i];                                                                           \
            return T(std::sqrt(sum));                                                                                                                   \
        });                                                                                                                                             \
    }                                                                                                                                                   \
    API cublas##P##asum_v2##suffix(void* handle, Int n, const T* x, Int step, T* result) {                                                              \
        ENTER(cublas##P##asum_v2##suffix);                                                                                                              \
        Vector<const T> a{x, n, step};                                                                                                                  \
        REQUIRE(check("cublas" #P "asum", "x", a));                                                                                                     \
        return toScalar(call, blas, stream, "cublas" #P "asum", result, [=] {                                                                           \
            T sum = 0;                                                                                                                                  \
            for (int64_t i = 0; i < n; i++) sum += std::abs(a[i]);                                                                                      \
            return sum;                                                                                                                                 \
        });                                                                                                                                             \
    }                                                                                                                                                   \
    API cublas##P##scal_v2##suffix(void* handle, Int n, const T* alpha, T* x, Int step) {                                                               \
        ENTER(cublas##P##scal_v2##suffix);                                                                                                              \
        Vector<T> a{x, n, step};                                                                                                                        \
        REQUIRE(checkScalar(blas, "cublas" #P "scal", "alpha", alpha) && check("cublas" #P "scal", "x", a));                                            \
        auto times = scalar(blas, alpha);                                                                                                               \
        return RUN("cublas" #P "scal", {                                                                                                                \
            open(x);                                                                                                                                    \
            for (int64_t i = 0; i < n; i++) a[i] *= times.get();                                                                                        \
            return 0;                                                                                                                                   \
        });                                                                                                                                             \
    }                                                                                                                                                   \
    API cublas##P##axpy_v2##suffix(void* handle, Int n, const T* alpha, const T* x, Int stepX, T* y, Int stepY) {                                       \
        ENTER(cublas##P##axpy_v2##suffix);                                                                                                              \
        Vector<const T> a{x, n, stepX};                                                                                                                 \
        Vector<T> b{y, n, stepY};                                                                                                                       \
        REQUIRE(checkScalar(blas, "cublas" #P "axpy", "alpha", alpha) && check("cublas" #P "axpy", "x", a) && check("cublas" #P "axpy", "y", b));       \
        auto times = scalar(blas, alpha);                                                                                                               \
        return RUN("cublas" #P "axpy", {                                                                                                                \
            open(x);                                                                                                                                    \
            open(y);                                                                                                                                    \
            for (int64_t i = 0; i < n; i++) b[i] += times.get() * a[i];                                                                                 \
            return 0;                                                                                                                                   \
        });                                                                                                                                             \
    }                                                                                                                                                   \
    API cublas##P##copy_v2##suffix(void* handle, Int n, const T* x, Int stepX, T* y, Int stepY) {                                                       \
        ENTER(cublas##P##copy_v2##suffix);                                                                                                              \
        Vector<const T> a{x, n, stepX};                                                                                                                 \
        Vector<T> b{y, n, stepY};                                                                                                                       \
        REQUIRE(check("cublas" #P "copy", "x", a) && check("cublas" #P "copy", "y", b));                                                                \
        return RUN("cublas" #P "copy", {                                                                                                                \
            open(x);                                                                                                                                    \
            open(y);                                                                                                                                    \
            for (int64_t i = 0; i < n; i++) b[i] = a[i];                                                                                                \
            return 0;                                                                                                                                   \
        });                                                                                                                                             \
    }                                                                                                                                                   \
    API cublas##P##ger_v2##suffix(void* handle, Int m, Int n, const T* alpha, const T* x, Int stepX, const T* y, Int stepY, T* a, Int lead) {           \
        ENTER(cublas##P##ger_v2##suffix);                                                                                                               \
        Vector<const T> u{x, m, stepX}, v{y, n, stepY};                                                                                                 \
        REQUIRE(m >= 0 && n >= 0 && lead >= std::max<Int>(1, m) && stepX != 0 && stepY != 0);                                                           \
        REQUIRE(checkScalar(blas, "cublas" #P "ger", "alpha", alpha) && check("cublas" #P "ger", "x", u) && check("cublas" #P "ger", "y", v));          \
        REQUIRE(checkArray("cublas" #P "ger", "A", a, span(m, n, lead)));                                                                               \
        auto times = scalar(blas, alpha);                                                                                                               \
        return RUN("cublas" #P "ger", {                                                                                                                 \
            if (m == 0 || n == 0) return 0;                                                                                                             \
            open(a);                                                                                                                                    \
            open(x);                                                                                                                                    \
            open(y);                                                                                                                                    \
            T factor = times.get();                                                                                                                     \
            for (int64_t j = 0; j < n; j++) {                                                                                                           \
                for (int64_t i = 0; i < m; i++) a[i + j * int64_t(lead)] += factor * u[i] * v[j];                                                       \
            }                                                                                                                                           \
            return 0;                                                                                                                                   \
        });                                                                                                                                             \
    }                                                                                                                                                   \
    API cublas##P##gemv_v2##suffix(void* handle, int op, Int m, Int n, const T* alpha, const T* a, Int lead, const T* x, Int stepX, const T* beta,      \
                                   T* y, Int stepY) {                                                                                                   \
        ENTER(cublas##P##gemv_v2##suffix);                                                                                                              \
        return gemv<T>(call, blas, stream, "cublas" #P "gemv", op, m, n, alpha, a, lead, 0, x, stepX, 0, beta, y, stepY, 0, 1);                         \
    }                                                                                                                                                   \
    API cublas##P##gemvStridedBatched##suffix(void* handle, int op, Int m, Int n, const T* alpha, const T* a, Int lead, long long strideA, const T* x,  \
                                              Int stepX, long long strideX, const T* beta, T* y, Int stepY, long long strideY, Int batch) {             \
        ENTER(cublas##P##gemvStridedBatched##suffix);                                                                                                   \
        return gemv<T>(call, blas, stream, "cublas" #P "gemvStridedBatched", op, m, n, alpha, a, lead, strideA, x, stepX, strideX, beta, y, stepY,      \
                       strideY, batch);                                                                                                                 \
    }                                                                                                                                                   \
    API cublas##P##geam##suffix(void* handle, int opA, int opB, Int m, Int n, const T* alpha, const T* a, Int leadA, const T* beta, const T* b,         \
                                Int leadB, T* c, Int leadC) {                                                                                           \
        ENTER(cublas##P##geam##suffix);                                                                                                                 \
        return geam<T>(call, blas, stream, "cublas" #P "geam", opA, opB, m, n, alpha, a, leadA, beta, b, leadB, c, leadC);                              \
    }                                                                                                                                                   \
    API cublas##P##dgmm##suffix(void* handle, int side, Int m, Int n, const T* a, Int leadA, const T* x, Int step, T* c, Int leadC) {                   \
        ENTER(cublas##P##dgmm##suffix);                                                                                                                 \
        REQUIRE(m >= 0 && n >= 0 && leadA >= std::max<Int>(1, m) && leadC >= std::max<Int>(1, m));                                                      \
        Vector<const T> v{x, side == 0 ? m : n, step};                                                                                                  \
        REQUIRE(check("cublas" #P "dgmm", "x", v) && checkArray("cublas" #P "dgmm", "A", a, span(m, n, leadA)));                                        \
        REQUIRE(checkArray("cublas" #P "dgmm", "C", c, span(m, n, leadC)));                                                                             \
        return RUN("cublas" #P "dgmm", {                                                                                                                \
            if (m == 0 || n == 0) return 0;                                                                                                             \
            open(a);                                                                                                                                    \
            open(x);                                                                                                                                    \
            open(c);                                                                                                                                    \
            for (int64_t j = 0; j < n; j++) {                                                                                                           \
                for (int64_t i = 0; i < m; i++) c[i + j * int64_t(leadC)] = a[i + j * int64_t(leadA)] * v[side == 0 ? i : j];                           \
            }                                                                                                                                           \
            return 0;                                                                                                                                   \
        });                                                                                                                                             \
    }
VECTORS(S, float, , int)
VECTORS(D, double, , int)
VECTORS(S, float, _64, int64_t)
VECTORS(D, double, _64, int64_t)
