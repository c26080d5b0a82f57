// Singular values and symmetric eigenvalues. Input that is not finite does not converge: info is positive and the results are NaN.
#include "cusolver.h"

using namespace sim;

namespace {

bool validMatrix(int m, int n, int lead) { return m >= 0 && n >= 0 && lead >= std::max(1, m); }

struct Svd {
    char jobU, jobV; // as LAPACK takes them: A all, S some, N none
    int m, n, leadA, leadU, leadV;
    bool transposedV; // V^T as LAPACK gives it, or V

    int rank() const { return std::min(m, n); }
    int columnsU() const { return jobU == 'A' ? m : jobU == 'S' ? rank() : 0; }
    int columnsV() const { return jobV == 'A' ? n : jobV == 'S' ? rank() : 0; } // of V

    template <class T> int run(T* a, RealOf<T>* s, T* u, T* v) const {
        int k = rank(), rowsV = columnsV(), leadVT = std::max(1, rowsV), info = 0;
        bool converges = finite(m, n, a, leadA);
        std::vector<T> vt(size_t(leadVT) * size_t(std::max(1, n)));
        Scratch<T> scratch;
        if (k > 0 && converges) {
            int leadOfU = std::max(1, leadU);
            std::vector<RealOf<T>> parts(size_t(5 * k));
            for (int pass = 0; pass < 2; pass++) {
                if constexpr (IS_COMPLEX<T>) {
                    FORTRAN_OF(T, gesvd, &jobU, &jobV, &m, &n, a, &leadA, s, u, &leadOfU, vt.data(), &leadVT, scratch.data(), &scratch.length, parts.data(),
                               &info);
                } else {
                    FORTRAN_OF(T, gesvd, &jobU, &jobV, &m, &n, a, &leadA, s, u, &leadOfU, vt.data(), &leadVT, scratch.data(), &scratch.length, &info);
                }
                if (pass == 0) scratch.size();
            }
        } else if (!converges) {
            std::fill_n(s, k, NAN_OF<RealOf<T>>);
            if (jobU != 'N') fillMatrix(m, columnsU(), u, leadU, NAN_OF<T>);
            std::fill(vt.begin(), vt.end(), NAN_OF<T>);
            info = k + 1;
        }
        for (int i = 0; i < rowsV; i++) {
            for (int j = 0; j < n; j++) v[transposedV ? i + size_t(j) * size_t(leadV) : j + size_t(i) * size_t(leadV)] = vt[size_t(i) + size_t(j) * size_t(leadVT)];
        }
        return info;
    }
};

template <class T> int eigen(int vectors, int fill, int n, T* a, int lead, RealOf<T>* w) {
    int info = 0;
    if (n == 0) return 0;
    std::vector<T> whole(size_t(n) * size_t(n)); // of the triangle that is read
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < n; i++) whole[i + size_t(j) * size_t(n)] = (fill == 0) == (i >= j) || i == j ? a[i + size_t(j) * size_t(lead)] : T(0);
    }
    if (!finite(n, n, whole.data(), n)) {
        std::fill_n(w, n, NAN_OF<RealOf<T>>);
        if (vectors) fillMatrix(n, n, a, lead, NAN_OF<T>);
        return n + 1;
    }
    const char* job = vectors ? "V" : "N";
    Scratch<T> scratch;
    std::vector<int> integers(1);
    int integersLength = -1;
    Scratch<RealOf<T>> parts;
    for (int pass = 0; pass < 2; pass++) {
        if constexpr (IS_COMPLEX<T>) {
            FORTRAN_OF(T, heevd, job, upLo(fill), &n, a, &lead, w, scratch.data(), &scratch.length, parts.data(), &parts.length, integers.data(),
                       &integersLength, &info);
        } else {
            FORTRAN_OF(T, syevd, job, upLo(fill), &n, a, &lead, w, scratch.data(), &scratch.length, integers.data(), &integersLength, &info);
        }
        if (pass == 0) {
            scratch.size();
            parts.size();
            integersLength = std::max(1, integers[0]);
            integers.resize(size_t(integersLength));
        }
    }
    return info;
}

int lengthFor(int m, int n) { return std::max(1, (m + n) * 32); }

} // namespace

#define SVDS(P, T)                                                                                                                                              \
    API cusolverDn##P##gesvd_bufferSize(void* handle, int m, int n, int* length) {                                                                              \
        ENTER(cusolverDn##P##gesvd_bufferSize);                                                                                                                 \
        REQUIRE(m >= n && n >= 0);                                                                                                                              \
        *length = lengthFor(m, n);                                                                                                                              \
        return 0;                                                                                                                                               \
    }                                                                                                                                                           \
    API cusolverDn##P##gesvd(void* handle, signed char jobU, signed char jobV, int m, int n, T* a, int lead, RealOf<T>* s, T* u, int leadU, T* v, int leadV,    \
                             T* work, int length, RealOf<T>*, int* info) {                                                                                      \
        ENTER(cusolverDn##P##gesvd);                                                                                                                            \
        REQUIRE(m >= n && validMatrix(m, n, lead) && length >= lengthFor(m, n)); /* more columns than rows are not taken */                                     \
        REQUIRE(strchr("ASN", jobU) && strchr("ASN", jobV)); /* overwriting A is not simulated */                                                               \
        Svd svd{char(jobU), char(jobV), m, n, lead, leadU, leadV, true};                                                                                        \
        REQUIRE(checkArray(self, "A", a, span(m, n, lead)) && checkArray(self, "S", s, size_t(n)) && checkArray(self, "info", info, 1));                        \
        REQUIRE(jobU == 'N' || (leadU >= m && checkArray(self, "U", u, span(m, svd.columnsU(), leadU))));                                                       \
        REQUIRE(jobV == 'N' || (leadV >= svd.columnsV() && checkArray(self, "VT", v, span(svd.columnsV(), n, leadV))));                                         \
        REQUIRE(checkArray(self, "workspace", work, size_t(length)));                                                                                           \
        return RUN({                                                                                                                                            \
            spoil(work, length);                                                                                                                                \
            *info = svd.run(a, s, u, v);                                                                                                                        \
            return 0;                                                                                                                                           \
        });                                                                                                                                                     \
    }                                                                                                                                                           \
    API cusolverDn##P##gesvdj_bufferSize(void* handle, int, int, int m, int n, const T*, int lead, const RealOf<T>*, const T*, int, const T*, int, int* length, \
                                         JacobiParams*) {                                                                                                       \
        ENTER(cusolverDn##P##gesvdj_bufferSize);                                                                                                                \
        REQUIRE(validMatrix(m, n, lead));                                                                                                                       \
        *length = lengthFor(m, n);                                                                                                                              \
        return 0;                                                                                                                                               \
    }                                                                                                                                                           \
    API cusolverDn##P##gesvdj(void* handle, int vectors, int economy, int m, int n, T* a, int lead, RealOf<T>* s, T* u, int leadU, T* v, int leadV, T* work,    \
                              int length, int* info, JacobiParams*) {                                                                                           \
        ENTER(cusolverDn##P##gesvdj);                                                                                                                           \
        REQUIRE(validMatrix(m, n, lead) && length >= lengthFor(m, n));                                                                                          \
        char job = !vectors ? 'N' : economy ? 'S' : 'A';                                                                                                        \
        Svd svd{job, job, m, n, lead, leadU, leadV, false};                                                                                                     \
        REQUIRE(checkArray(self, "A", a, span(m, n, lead)) && checkArray(self, "S", s, size_t(svd.rank())) && checkArray(self, "info", info, 1));               \
        REQUIRE(!vectors || (leadU >= m && checkArray(self, "U", u, span(m, svd.columnsU(), leadU))));                                                          \
        REQUIRE(!vectors || (leadV >= n && checkArray(self, "V", v, span(n, svd.columnsV(), leadV))));                                                          \
        REQUIRE(checkArray(self, "workspace", work, size_t(length)));                                                                                           \
        return RUN({                                                                                                                                            \
            spoil(work, length);                                                                                                                                \
            *info = svd.run(a, s, u, v);                                                                                                                        \
            return 0;                                                                                                                                           \
        });                                                                                                                                                     \
    }                                                                                                                                                           \
    API cusolverDn##P##gesvdjBatched_bufferSize(void* handle, int, int m, int n, const T*, int lead, const RealOf<T>*, const T*, int, const T*, int,            \
                                                int* length, JacobiParams*, int batch) {                                                                        \
        ENTER(cusolverDn##P##gesvdjBatched_bufferSize);                                                                                                         \
        REQUIRE(validMatrix(m, n, lead) && m <= 32 && n <= 32 && batch >= 0);                                                                                   \
        *length = lengthFor(m, n) * std::max(1, batch);                                                                                                         \
        return 0;                                                                                                                                               \
    }                                                                                                                                                           \
    API cusolverDn##P##gesvdjBatched(void* handle, int vectors, int m, int n, T* a, int lead, RealOf<T>* s, T* u, int leadU, T* v, int leadV, T* work,          \
                                     int length, int* info, JacobiParams* params, int batch) {                                                                  \
        ENTER(cusolverDn##P##gesvdjBatched);                                                                                                                    \
        REQUIRE(validMatrix(m, n, lead) && m <= 32 && n <= 32 && batch >= 0 && length >= lengthFor(m, n) * batch);                                              \
        if (batch == 0) return 0;                                                                                                                               \
        char job = vectors ? 'A' : 'N';                                                                                                                         \
        Svd svd{job, job, m, n, lead, leadU, leadV, false};                                                                                                     \
        int k = svd.rank();                                                                                                                                     \
        REQUIRE(checkArray(self, "A", a, span(m, n, lead, int64_t(lead) * n, batch)) && checkArray(self, "S", s, size_t(k) * size_t(batch)));                   \
        REQUIRE(!vectors || (leadU >= m && checkArray(self, "U", u, span(m, m, leadU, int64_t(leadU) * m, batch))));                                            \
        REQUIRE(!vectors || (leadV >= n && checkArray(self, "V", v, span(n, n, leadV, int64_t(leadV) * n, batch))));                                            \
        REQUIRE(checkArray(self, "workspace", work, size_t(length)) && checkArray(self, "info", info, size_t(batch)));                                          \
        bool ascending = params && !params->sort; /* unsorted: in any order but the sorted one */                                                               \
        return RUN({                                                                                                                                            \
            spoil(work, length);                                                                                                                                \
            for (size_t i = 0; i < size_t(batch); i++) {                                                                                                        \
                T* ui = vectors ? u + i * size_t(leadU) * size_t(m) : u;                                                                                        \
                T* vi = vectors ? v + i * size_t(leadV) * size_t(n) : v;                                                                                        \
                info[i] = svd.run(a + i * size_t(lead) * size_t(n), s + i * size_t(k), ui, vi);                                                                 \
                for (int j = 0; ascending && j < k / 2; j++) {                                                                                                  \
                    std::swap(s[i * size_t(k) + size_t(j)], s[i * size_t(k) + size_t(k - 1 - j)]);                                                              \
                    if (!vectors) continue;                                                                                                                     \
                    std::swap_ranges(ui + size_t(j) * size_t(leadU), ui + size_t(j) * size_t(leadU) + m, ui + size_t(k - 1 - j) * size_t(leadU));               \
                    std::swap_ranges(vi + size_t(j) * size_t(leadV), vi + size_t(j) * size_t(leadV) + n, vi + size_t(k - 1 - j) * size_t(leadV));               \
                }                                                                                                                                               \
            }                                                                                                                                                   \
            return 0;                                                                                                                                           \
        });                                                                                                                                                     \
    }                                                                                                                                                           \
    API cusolverDn##P##gesvdaStridedBatched_bufferSize(void* handle, int, int rank, int m, int n, const T*, int lead, long long, const RealOf<T>*, long long,   \
                                                       const T*, int, long long, const T*, int, long long, int* length, int batch) {                            \
        ENTER(cusolverDn##P##gesvdaStridedBatched_bufferSize);                                                                                                  \
        REQUIRE(validMatrix(m, n, lead) && m >= n && rank >= 0 && rank <= n && batch >= 0);                                                                     \
        *length = lengthFor(m, n) * std::max(1, batch);                                                                                                         \
        return 0;                                                                                                                                               \
    }                                                                                                                                                           \
    API cusolverDn##P##gesvdaStridedBatched(void* handle, int vectors, int rank, int m, int n, const T* a, int lead, long long strideA, RealOf<T>* s,           \
                                            long long strideS, T* u, int leadU, long long strideU, T* v, int leadV, long long strideV, T* work,                 \
                                            int length, int* info, double* residuals, int batch) {                                                              \
        ENTER(cusolverDn##P##gesvdaStridedBatched);                                                                                                             \
        REQUIRE(validMatrix(m, n, lead) && m >= n && rank >= 0 && rank <= n && batch >= 0 && length >= lengthFor(m, n) * batch);                                \
        if (batch == 0) return 0;                                                                                                                               \
        REQUIRE(checkArray(self, "A", a, span(m, n, lead, strideA, batch)) && checkArray(self, "S", s, span(rank, 1, rank, strideS, batch)));                   \
        REQUIRE(!vectors || (leadU >= m && checkArray(self, "U", u, span(m, rank, leadU, strideU, batch))));                                                    \
        REQUIRE(!vectors || (leadV >= n && checkArray(self, "V", v, span(n, rank, leadV, strideV, batch))));                                                    \
        REQUIRE(checkArray(self, "workspace", work, size_t(length)) && checkArray(self, "info", info, size_t(batch)));                                          \
        REQUIRE(!residuals || checkHost(self, "residuals", residuals, size_t(batch) * 8));                                                                      \
        if (residuals) std::fill_n(residuals, batch, 0.0);                                                                                                      \
        return RUN({                                                                                                                                            \
            spoil(work, length);                                                                                                                                \
            int leadOfV = std::max(1, n);                                                                                                                       \
            Svd svd{vectors ? 'S' : 'N', vectors ? 'S' : 'N', m, n, std::max(1, m), std::max(1, m), leadOfV, false};                                            \
            std::vector<T> ai(size_t(m) * size_t(n)), ui(size_t(m) * size_t(n)), vi(size_t(n) * size_t(n));                                                     \
            std::vector<RealOf<T>> si(size_t(n), 0);                                                                                                            \
            for (long long i = 0; i < batch; i++) {                                                                                                             \
                copyMatrix(m, n, a + i * strideA, lead, ai.data(), m);                                                                                          \
                info[i] = svd.run(ai.data(), si.data(), ui.data(), vi.data());                                                                                  \
                std::copy_n(si.begin(), rank, s + i * strideS);                                                                                                 \
                if (!vectors) continue;                                                                                                                         \
                copyMatrix(m, rank, ui.data(), m, u + i * strideU, leadU);                                                                                      \
                copyMatrix(n, rank, vi.data(), n, v + i * strideV, leadV);                                                                                      \
            }                                                                                                                                                   \
            return 0;                                                                                                                                           \
        });                                                                                                                                                     \
    }
FOR_FLOATING(SVDS)
FOR_COMPLEX(SVDS)

#define EIGEN_CHECKS(batch)                                                                                                                            \
    REQUIRE(fill >= 0 && fill <= 1 && vectors >= 0 && vectors <= 1 && validMatrix(n, n, lead) && (batch) >= 0 && length >= lengthFor(n, n) * (batch)); \
    REQUIRE(checkArray(self, "A", a, span(n, n, lead, int64_t(lead) * n, batch)) && checkArray(self, "W", w, size_t(n) * size_t(batch)));              \
    REQUIRE(checkArray(self, "workspace", work, size_t(length)) && checkArray(self, "info", info, size_t(batch)))

#define EIGEN(P, T, syevd, syevj)                                                                                                                              \
    API cusolverDn##P##syevd##_bufferSize(void* handle, int, int, int n, const T*, int lead, const RealOf<T>*, int* length) {                                  \
        ENTER(cusolverDn##P##syevd##_bufferSize);                                                                                                              \
        REQUIRE(validMatrix(n, n, lead));                                                                                                                      \
        *length = lengthFor(n, n);                                                                                                                             \
        return 0;                                                                                                                                              \
    }                                                                                                                                                          \
    API cusolverDn##P##syevd(void* handle, int vectors, int fill, int n, T* a, int lead, RealOf<T>* w, T* work, int length, int* info) {                       \
        ENTER(cusolverDn##P##syevd);                                                                                                                           \
        EIGEN_CHECKS(1);                                                                                                                                       \
        return RUN({                                                                                                                                           \
            spoil(work, length);                                                                                                                               \
            *info = eigen(vectors, fill, n, a, lead, w);                                                                                                       \
            return 0;                                                                                                                                          \
        });                                                                                                                                                    \
    }                                                                                                                                                          \
    API cusolverDn##P##syevj##_bufferSize(void* handle, int, int, int n, const T*, int lead, const RealOf<T>*, int* length, JacobiParams*) {                   \
        ENTER(cusolverDn##P##syevj##_bufferSize);                                                                                                              \
        REQUIRE(validMatrix(n, n, lead));                                                                                                                      \
        *length = lengthFor(n, n);                                                                                                                             \
        return 0;                                                                                                                                              \
    }                                                                                                                                                          \
    API cusolverDn##P##syevj(void* handle, int vectors, int fill, int n, T* a, int lead, RealOf<T>* w, T* work, int length, int* info, JacobiParams*) {        \
        ENTER(cusolverDn##P##syevj);                                                                                                                           \
        EIGEN_CHECKS(1);                                                                                                                                       \
        return RUN({                                                                                                                                           \
            spoil(work, length);                                                                                                                               \
            *info = eigen(vectors, fill, n, a, lead, w);                                                                                                       \
            return 0;                                                                                                                                          \
        });                                                                                                                                                    \
    }                                                                                                                                                          \
    API cusolverDn##P##syevj##Batched_bufferSize(void* handle, int, int, int n, const T*, int lead, const RealOf<T>*, int* length, JacobiParams*, int batch) { \
        ENTER(cusolverDn##P##syevj##Batched_bufferSize);                                                                                                       \
        REQUIRE(validMatrix(n, n, lead) && batch >= 0);                                                                                                        \
        *length = lengthFor(n, n) * std::max(1, batch);                                                                                                        \
        return 0;                                                                                                                                              \
    }                                                                                                                                                          \
    API cusolverDn##P##syevj##Batched(void* handle, int vectors, int fill, int n, T* a, int lead, RealOf<T>* w, T* work, int length, int* info,                \
                                    JacobiParams* params, int batch) {                                                                                         \
        ENTER(cusolverDn##P##syevj##Batched);                                                                                                                  \
        if (batch == 0) return 0;                                                                                                                              \
        EIGEN_CHECKS(batch);                                                                                                                                   \
        bool descending = params && !params->sort; /* unsorted: in any order but the sorted one */                                                             \
        return RUN({                                                                                                                                           \
            spoil(work, length);                                                                                                                               \
            for (size_t i = 0; i < size_t(batch); i++) {                                                                                                       \
                T* ai = a + i * size_t(lead) * size_t(n);                                                                                                      \
                RealOf<T>* wi = w + i * size_t(n);                                                                                                             \
                info[i] = eigen(vectors, fill, n, ai, lead, wi);                                                                                               \
                for (int j = 0; descending && j < n / 2; j++) {                                                                                                \
                    T *left = ai + size_t(j) * size_t(lead), *right = ai + size_t(n - 1 - j) * size_t(lead);                                                   \
                    std::swap(wi[j], wi[n - 1 - j]);                                                                                                           \
                    if (vectors) std::swap_ranges(left, left + n, right);                                                                                      \
                }                                                                                                                                              \
            }                                                                                                                                                  \
            return 0;                                                                                                                                          \
        });                                                                                                                                                    \
    }
EIGEN(S, float, syevd, syevj)
EIGEN(D, double, syevd, syevj)
EIGEN(C, std::complex<float>, heevd, heevj)
EIGEN(Z, std::complex<double>, heevd, heevj)
