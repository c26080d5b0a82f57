// Tests of the stand-ins for cuBLAS and cuSOLVER: that results satisfy what defines them, and what info, modes and NaN do.
#include <cmath>

#include "test.h"

extern "C" {
int cublasCreate_v2(void**);
int cublasDestroy_v2(void*);
int cublasSetStream_v2(void*, void*);
int cublasSetWorkspace_v2(void*, void*, size_t);
int cublasSetPointerMode_v2(void*, int);
int cublasSetMathMode(void*, int);
int cublasDgemm_v2(void*, int, int, int, int, int, const double*, const double*, int, const double*, int, const double*, double*, int);
int cublasSgemm_v2(void*, int, int, int, int, int, const float*, const float*, int, const float*, int, const float*, float*, int);
int cublasDgemmStridedBatched_64(void*, int, int, int64_t, int64_t, int64_t, const double*, const double*, int64_t, long long, const double*, int64_t, long long,
                                 const double*, double*, int64_t, long long, int64_t);
int cublasGemmEx(void*, int, int, int, int, int, const void*, const void*, int, int, const void*, int, int, const void*, void*, int, int, int, int);
int cublasDgetrfBatched(void*, int, double* const*, int, int*, int*, int);
int cublasDgetriBatched(void*, int, const double* const*, int, const int*, double* const*, int, int*, int);
int cublasDgetrsBatched(void*, int, int, int, const double* const*, int, const int*, double* const*, int, int*, int);
int cublasDtrsm_v2(void*, int, int, int, int, int, int, const double*, const double*, int, double*, int);
int cublasDdot_v2(void*, int, const double*, int, const double*, int, double*);
int cublasZhemm_v2();
int cusolverDnCreate(void**);
int cusolverDnDestroy(void*);
int cusolverDnDgetrf_bufferSize(void*, int, int, double*, int, int*);
int cusolverDnDgetrf(void*, int, int, double*, int, double*, int*, int*);
int cusolverDnDgetrs(void*, int, int, int, const double*, int, const int*, double*, int, int*);
int cusolverDnDpotrf_bufferSize(void*, int, int, double*, int, int*);
int cusolverDnDpotrf(void*, int, int, double*, int, double*, int, int*);
int cusolverDnDgeqrf_bufferSize(void*, int, int, double*, int, int*);
int cusolverDnDgeqrf(void*, int, int, double*, int, double*, double*, int, int*);
int cusolverDnDorgqr(void*, int, int, int, double*, int, const double*, double*, int, int*);
int cusolverDnDormqr(void*, int, int, int, int, int, const double*, int, const double*, double*, int, double*, int, int*);
int cusolverDnDgesvd_bufferSize(void*, int, int, int*);
int cusolverDnDgesvd(void*, signed char, signed char, int, int, double*, int, double*, double*, int, double*, int, double*, int, double*, int*);
int cusolverDnDgesvdaStridedBatched(void*, int, int, int, int, const double*, int, long long, double*, long long, double*, int, long long, double*, int,
                                    long long, double*, int, int*, double*, int);
int cusolverDnDsyevd(void*, int, int, int, double*, int, double*, double*, int, int*);
}

namespace {

using Matrix = std::vector<double>; // column-major

/// So many elements, not filled.
struct Room {
    size_t count;
};
Room room(int count) { return {size_t(count)}; }

/// A block of device memory, seen as what a call takes.
template <class T> struct Device {
    T* at;
    size_t count;
    explicit Device(const std::vector<T>& values) : at(reinterpret_cast<T*>(allocate(values.size() * sizeof(T)))), count(values.size()) {
        REQUIRE(cuMemcpyHtoD_v2(address(), values.data(), count * sizeof(T)) == 0);
    }
    explicit Device(Room room) : at(reinterpret_cast<T*>(allocate(room.count * sizeof(T)))), count(room.count) {}
    Address address() const { return reinterpret_cast<Address>(at); }
    operator T*() const { return at; }
    std::vector<T> get() const {
        std::vector<T> values(count);
        REQUIRE(cuMemcpyDtoH_v2(values.data(), address(), count * sizeof(T)) == 0);
        return values;
    }
};

Matrix random(int rows, int columns, uint64_t seed) {
    Matrix a(size_t(rows) * size_t(columns));
    for (double& x : a) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        x = double(int64_t(seed) >> 40) / (1 << 23);
    }
    return a;
}

Matrix product(int m, int n, int k, const Matrix& a, const Matrix& b, bool transposeA = false, bool transposeB = false) {
    Matrix c(size_t(m) * size_t(n));
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) {
            for (int l = 0; l < k; l++) c[size_t(i + j * m)] += a[size_t(transposeA ? l + i * k : i + l * m)] * b[size_t(transposeB ? j + l * n : l + j * k)];
        }
    }
    return c;
}

/// Whether all differ by at most n units in the last place of a number of size 1 to n.
bool near(const Matrix& a, const Matrix& b, int n) {
    for (size_t i = 0; i < a.size(); i++) {
        if (!(std::fabs(a[i] - b[i]) <= n * n * 2.3e-16)) return false;
    }
    return a.size() == b.size();
}

struct Blas {
    void* handle;
    Blas() { REQUIRE(cublasCreate_v2(&handle) == 0); }
    ~Blas() { REQUIRE(cublasDestroy_v2(handle) == 0); }
};

struct Solver {
    void* handle;
    Solver() { REQUIRE(cusolverDnCreate(&handle) == 0); }
    ~Solver() { REQUIRE(cusolverDnDestroy(handle) == 0); }
};

const double ONE = 1, ZERO = 0, HALF = 0.5;

TEST(gemm_of_every_transpose) {
    Blas blas;
    const int m = 5, n = 7, k = 6;
    for (int op = 0; op < 4; op++) {
        Matrix a = random(m, k, 1), b = random(k, n, 2);
        Device<double> da(a), db(b), dc{room(m * n)}; // C is NaN and must not be read
        REQUIRE(cublasDgemm_v2(blas.handle, op & 1, op >> 1, m, n, k, &ONE, da, op & 1 ? k : m, db, op & 2 ? n : k, &ZERO, dc, m) == 0);
        REQUIRE(near(dc.get(), product(m, n, k, a, b, op & 1, op & 2), k));
    }
}

TEST(gemm_with_scalars_on_the_device_and_in_batches) {
    Blas blas;
    Matrix a = random(3, 3, 1), b = random(3, 3, 2);
    Device<double> da(a), db(b), dc(Matrix(18, 2.0)), alpha(Matrix{0.5}), beta(Matrix{2.0});
    REQUIRE(cublasSetPointerMode_v2(blas.handle, 1) == 0);
    REQUIRE(cublasDgemmStridedBatched_64(blas.handle, 0, 0, 3, 3, 3, alpha, da, 3, 0, db, 3, 0, beta, dc, 3, 9, 2) == 0);
    Matrix expected = product(3, 3, 3, a, b);
    for (double& x : expected) x = 0.5 * x + 4;
    expected.insert(expected.end(), expected.begin(), expected.end());
    REQUIRE(near(dc.get(), expected, 9));
    REQUIRE(cublasSetPointerMode_v2(blas.handle, 0) == 0);
    REQUIRE(cublasDgemm_v2(blas.handle, 0, 0, 3, 3, 3, alpha, da, 3, db, 3, &ZERO, dc, 3) == CUBLAS_STATUS_INVALID_VALUE);
    REQUIRE(reports("alpha") == 1);
    REQUIRE(cublasDgemm_v2(blas.handle, 0, 0, 4, 3, 3, &ONE, da, 4, db, 3, &ZERO, dc, 4) == CUBLAS_STATUS_INVALID_VALUE); // A is too short
    REQUIRE(reports("A: 96 bytes from byte 0 of block") == 1);
    REQUIRE(cublasDgemm_v2(blas.handle, 0, 0, 3, 3, 3, &ONE, da, 2, db, 3, &ZERO, dc, 3) == CUBLAS_STATUS_INVALID_VALUE); // lead
}

TEST(tf32_is_used_where_it_is_asked_for) {
    Blas blas;
    const float one = 1, zero = 0, x = 1 + 1.0f / 4096;
    Device<float> a(std::vector<float>{x}), c{room(1)};
    REQUIRE(cublasSgemm_v2(blas.handle, 0, 0, 1, 1, 1, &one, a, 1, a, 1, &zero, c, 1) == 0 && c.get()[0] == x * x);
    REQUIRE(cublasGemmEx(blas.handle, 0, 0, 1, 1, 1, &one, a, 0, 1, a, 0, 1, &zero, c, 0, 1, 77, -1) == 0 && c.get()[0] == 1);
    REQUIRE(cublasGemmEx(blas.handle, 0, 0, 1, 1, 1, &one, a, 0, 1, a, 0, 1, &zero, c, 0, 1, 70, -1) == CUBLAS_STATUS_NOT_SUPPORTED);
    REQUIRE(cublasSetMathMode(blas.handle, 3) == 0);
    REQUIRE(cublasSgemm_v2(blas.handle, 0, 0, 1, 1, 1, &one, a, 1, a, 1, &zero, c, 1) == 0 && c.get()[0] == 1);
}

TEST(batched_lu_solves_inverts_and_finds_zero_pivots) {
    Blas blas;
    const int n = 4;
    Matrix a = random(n, n, 1), singular(16, 1.0), b = random(n, 2, 3);
    Device<double> da(a), ds(singular), dx(b), dy(b), inverse{room(16)}, other{room(16)};
    Device<double*> as(std::vector<double*>{da, ds}), cs(std::vector<double*>{inverse, other}), bs(std::vector<double*>{dx, dy});
    Device<int> pivots{room(2 * n)}, info{room(2)};
    REQUIRE(cublasDgetrfBatched(blas.handle, n, as, n, pivots, info, 2) == 0);
    REQUIRE(info.get() == std::vector<int>({0, 2}));
    int hostInfo = 7;
    REQUIRE(cublasDgetrsBatched(blas.handle, 0, n, 2, as, n, pivots, bs, n, &hostInfo, 1) == 0 && hostInfo == 0);
    REQUIRE(near(product(n, 2, n, a, dx.get()), b, 20));
    REQUIRE(cublasDgetriBatched(blas.handle, n, as, n, pivots, cs, n, info, 2) == 0 && info.get() == std::vector<int>({0, 2}));
    REQUIRE(near(product(n, n, n, a, inverse.get()), {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, 20));
    Device<double*> wrong(std::vector<double*>{da, reinterpret_cast<double*>(&hostInfo)});
    REQUIRE(cublasDgetrfBatched(blas.handle, n, wrong, n, pivots, info, 2) == 0);
    REQUIRE(cuCtxSynchronize() == CUDA_ERROR_ILLEGAL_ADDRESS && reports("no device pointer") == 1);
    control()->heal = 1;
}

TEST(triangles_are_solved) {
    Blas blas;
    Matrix upper{2, 0, 1, 4}, b = random(2, 3, 1); // [2 1; 0 4]
    Device<double> a(upper), x(b);
    REQUIRE(cublasDtrsm_v2(blas.handle, 0, 1, 0, 0, 2, 3, &HALF, a, 2, x, 2) == 0);
    Matrix back = product(2, 3, 2, upper, x.get());
    for (double& y : back) y *= 2;
    REQUIRE(near(back, b, 4));
}

TEST(a_number_for_the_host_waits_and_one_for_the_device_does_not) {
    Blas blas;
    control()->seed = 0;
    Device<double> x(Matrix{1, 2, 3}), result{room(1)};
    double dot = 0;
    REQUIRE(cublasDdot_v2(blas.handle, 3, x, 1, x, 1, &dot) == 0 && dot == 14);
    REQUIRE(cublasDdot_v2(blas.handle, 2, x, 2, x, -2, &dot) == 0 && dot == 6);
    REQUIRE(cublasSetPointerMode_v2(blas.handle, 1) == 0);
    REQUIRE(cublasDdot_v2(blas.handle, 3, x, 1, x, 1, result) == 0 && control()->pending == 1);
    REQUIRE(result.get()[0] == 14);
}

TEST(lu_of_cusolver) {
    Solver solver;
    const int n = 40;
    Matrix a = random(n, n, 5), b = random(n, 3, 6);
    int length = 0;
    Device<double> da(a), db(b);
    Device<int> pivots{room(n)}, info(std::vector<int>{7});
    REQUIRE(cusolverDnDgetrf_bufferSize(solver.handle, n, n, da, n, &length) == 0 && length > 0);
    Device<double> work{room(length)};
    REQUIRE(cusolverDnDgetrf(solver.handle, n, n, da, n, work, pivots, info) == 0 && info.get()[0] == 0);
    REQUIRE(cusolverDnDgetrs(solver.handle, 1, n, 3, da, n, pivots, db, n, info) == 0 && info.get()[0] == 0);
    REQUIRE(near(product(n, 3, n, a, db.get(), true), b, 20 * n));
    Device<double> tooShort{room(length - 1)};
    REQUIRE(cusolverDnDgetrf(solver.handle, n, n, da, n, tooShort, pivots, info) == CUSOLVER_STATUS_INVALID_VALUE);
    REQUIRE(reports("workspace") == 1);
    Device<double> zero(Matrix(4, 0.0));
    REQUIRE(cusolverDnDgetrf(solver.handle, 2, 2, zero, 2, work, pivots, info) == 0 && info.get()[0] == 1);
}

TEST(cholesky_tells_where_it_ends) {
    Solver solver;
    Device<double> a(Matrix{4, 2, 2, 5}), indefinite(Matrix{1, 2, 2, 1}), work{room(64)};
    Device<int> info{room(1)};
    REQUIRE(cusolverDnDpotrf(solver.handle, 0, 2, a, 2, work, 64, info) == 0 && info.get()[0] == 0);
    REQUIRE(a.get() == Matrix({2, 1, 2, 2})); // the upper triangle is left alone
    REQUIRE(cusolverDnDpotrf(solver.handle, 0, 2, indefinite, 2, work, 64, info) == 0 && info.get()[0] == 2);
}

TEST(qr_is_a_factorisation) {
    Solver solver;
    const int m = 6, n = 4;
    Matrix a = random(m, n, 9), r(n * n), qtA;
    Device<double> da(a), tau{room(n)}, work{room(m * 32)}, c(a);
    Device<int> info{room(1)};
    REQUIRE(cusolverDnDgeqrf(solver.handle, m, n, da, m, tau, work, m * 32, info) == 0 && info.get()[0] == 0);
    Matrix packed = da.get();
    for (int j = 0; j < n; j++) {
        for (int i = 0; i <= j; i++) r[size_t(i + j * n)] = packed[size_t(i + j * m)];
    }
    REQUIRE(cusolverDnDormqr(solver.handle, 0, 1, m, n, n, da, m, tau, c, m, work, m * 32, info) == 0 && info.get()[0] == 0);
    qtA = c.get();
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) REQUIRE(std::fabs(qtA[size_t(i + j * m)] - (i <= j ? r[size_t(i + j * n)] : 0)) < 1e-14);
    }
    REQUIRE(da.get() == packed);
    REQUIRE(cusolverDnDorgqr(solver.handle, m, n, n, da, m, tau, work, m * 32, info) == 0 && info.get()[0] == 0);
    REQUIRE(near(product(m, n, n, da.get(), r), a, 10));
}

TEST(svd_and_eigenvalues_rebuild_the_matrix) {
    Solver solver;
    const int m = 5, n = 3;
    Matrix a = random(m, n, 4);
    Device<double> da(a), s{room(n)}, u{room(m * m)}, v{room(n * n)}, work{room(4000)};
    Device<int> info{room(1)};
    REQUIRE(cusolverDnDgesvd(solver.handle, 'S', 'S', m, n, da, m, s, u, m, v, n, work, 4000, nullptr, info) == 0 && info.get()[0] == 0);
    Matrix scaled = u.get(), values = s.get();
    scaled.resize(size_t(m * n));
    REQUIRE(values[0] >= values[1] && values[1] >= values[2]);
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) scaled[size_t(i + j * m)] *= values[size_t(j)];
    }
    REQUIRE(near(product(m, n, n, scaled, v.get()), a, 10));
    REQUIRE(cusolverDnDgesvd(solver.handle, 'S', 'S', n, m, da, n, s, u, n, v, n, work, 4000, nullptr, info) == CUSOLVER_STATUS_INVALID_VALUE);

    Device<double> again(a), s2{room(n)}, u2{room(m * n)}, v2{room(n * n)}; // gives V, not its transpose
    double residual;
    REQUIRE(cusolverDnDgesvdaStridedBatched(solver.handle, 1, n, m, n, again, m, 0, s2, 0, u2, m, 0, v2, n, 0, work, 4000, info, &residual, 1) == 0);
    scaled = u2.get();
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) scaled[size_t(i + j * m)] *= values[size_t(j)];
    }
    REQUIRE(near(product(m, n, n, scaled, v2.get(), false, true), a, 10));
    REQUIRE(again.get() == a);

    const double nan = std::nan("");
    Device<double> symmetric(Matrix{2, nan, 1, 3}), w{room(2)}; // only the upper triangle is read
    REQUIRE(cusolverDnDsyevd(solver.handle, 1, 1, 2, symmetric, 2, w, work, 4000, info) == 0 && info.get()[0] == 0);
    REQUIRE(near(w.get(), {(5 - std::sqrt(5)) / 2, (5 + std::sqrt(5)) / 2}, 4));
    Device<double> broken(Matrix{2, 1, nan, 3});
    REQUIRE(cusolverDnDsyevd(solver.handle, 1, 1, 2, broken, 2, w, work, 4000, info) == 0 && info.get()[0] > 0 && std::isnan(w.get()[1]));
}

TEST(handles_know_their_stream) {
    Blas blas;
    void* stream;
    control()->seed = 0;
    REQUIRE(cuStreamCreate(&stream, 1) == 0 && cublasSetStream_v2(blas.handle, stream) == 0);
    Device<double> x(Matrix{2}), y{room(1)};
    REQUIRE(cublasDgemm_v2(blas.handle, 0, 0, 1, 1, 1, &ONE, x, 1, x, 1, &ZERO, y, 1) == 0);
    REQUIRE(std::isnan(y.get()[0])); // not ordered with the null stream
    REQUIRE(cuStreamSynchronize(stream) == 0 && y.get()[0] == 4);
    REQUIRE(cuStreamDestroy_v2(stream) == 0);
    REQUIRE(cublasDgemm_v2(blas.handle, 0, 0, 1, 1, 1, &ONE, x, 1, x, 1, &ZERO, y, 1) == CUBLAS_STATUS_EXECUTION_FAILED);
    REQUIRE(reports("stream was destroyed") == 1);
    REQUIRE(cublasZhemm_v2() == CUBLAS_STATUS_NOT_SUPPORTED && reports("cublasZhemm_v2 is not simulated") == 1);
}

TEST(a_capture_needs_a_workspace_of_the_callers) {
    Blas blas;
    void* stream;
    Graph* graph;
    Device<double> x(Matrix{3}), y(Matrix{0}), room(Matrix(64, 0.0));
    REQUIRE(cuStreamCreate(&stream, 1) == 0 && cublasSetStream_v2(blas.handle, stream) == 0);
    auto multiply = [&] { return cublasDgemm_v2(blas.handle, 0, 0, 1, 1, 1, &ONE, x, 1, x, 1, &ZERO, y, 1); };
    REQUIRE(multiply() == 0);
    REQUIRE(cuStreamBeginCapture_v2(stream, 1) == 0);
    REQUIRE(multiply() == CUBLAS_STATUS_NOT_SUPPORTED);
    REQUIRE(reports("captured without a workspace") == 1);
    double* place = room;
    REQUIRE(cublasSetWorkspace_v2(blas.handle, place, 512) == 0 && multiply() == 0);
    REQUIRE(cuStreamEndCapture(stream, &graph) == 0 && cuGraphDestroy(graph) == 0);
    REQUIRE(cublasSetWorkspace_v2(blas.handle, place + 1, 256) == CUBLAS_STATUS_INVALID_VALUE); // not aligned
    REQUIRE(cublasSetStream_v2(blas.handle, stream) == 0); // forgets the workspace
    REQUIRE(cuStreamBeginCapture_v2(stream, 1) == 0);
    REQUIRE(multiply() == CUBLAS_STATUS_NOT_SUPPORTED);
    REQUIRE(reports("captured without a workspace") == 1);
    REQUIRE(cuStreamEndCapture(stream, &graph) == 0 && cuGraphDestroy(graph) == 0);
    REQUIRE(cuStreamDestroy_v2(stream) == 0);
}

} // namespace
