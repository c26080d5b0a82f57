// Small services around the factorisations of the libraries: triangles that become zero, rows in a new order, arrays of pointers, and a guard that keeps
// NaN and infinity away from iterations that might not end.
#pragma once

#include "matrix.cuh"

/// Element number `index` of a batch of m x n matrices: entry, row and column.
struct Place {
    int64_t entry;
    int64_t row;
    int64_t column;

    DEVICE Place(int64_t index, int64_t m, int64_t n) {
        int64_t line = index / m;
        row = index - line * m;
        entry = line / n;
        column = line - entry * n;
    }
};

struct TriangleParams {
    int64_t m;
    int64_t n;
    Matrix a;
    int64_t upper; ///< which triangle becomes zero, without the diagonal: the upper one or the lower one
    Axes batch;
    Strides strides[1];
};

template <class T> DEVICE void zeroTriangle(const TriangleParams& p) {
    for (int64_t index = firstIndex(); index < p.batch.count * p.m * p.n; index += indexStep()) {
        Place place(index, p.m, p.n);
        if (p.upper ? place.row < place.column : place.row > place.column) {
            int64_t at = begin(p.batch, p.strides[0], place.entry) + place.row * p.a.row + place.column * p.a.column;
            reinterpret_cast<T*>(p.a.address)[at] = T(0);
        }
    }
}

struct RowsParams {
    int64_t m;
    int64_t n;
    int64_t order; ///< int64, m for each matrix; 0: the order stays
    int64_t scatters; ///< whether row i goes to order[i], or comes from there
    Matrix from;
    Matrix to;
    Axes batch;
    Strides strides[2];
};

/// Copies the rows of matrices in another order.
template <class T> DEVICE void copyRows(const RowsParams& p) {
    for (int64_t index = firstIndex(); index < p.batch.count * p.m * p.n; index += indexStep()) {
        Place place(index, p.m, p.n);
        int64_t at[2];
        locate(p.batch, p.strides, uint32_t(place.entry), at);
        int64_t other = p.order == 0 ? place.row : reinterpret_cast<const int64_t*>(p.order)[place.entry * p.m + place.row];
        int64_t from = p.scatters ? place.row : other;
        int64_t to = p.scatters ? other : place.row;
        reinterpret_cast<T*>(p.to.address)[at[1] + to * p.to.row + place.column * p.to.column] =
                reinterpret_cast<const T*>(p.from.address)[at[0] + from * p.from.row + place.column * p.from.column];
    }
}

struct PointersParams {
    int64_t address;
    int64_t bytes; ///< of an element
    int64_t pointers;
    Axes batch;
    Strides strides[1];
};

DEVICE void addresses(const PointersParams& p) {
    for (int64_t entry = firstIndex(); entry < p.batch.count; entry += indexStep()) {
        reinterpret_cast<int64_t*>(p.pointers)[entry] = p.address + begin(p.batch, p.strides[0], entry) * p.bytes;
    }
}

enum Part { ALL = 0, UPPER = 1, LOWER = 2 };

struct GuardParams {
    int64_t m;
    int64_t n;
    Matrix a;
    int64_t part; ///< what is read: Part
    int64_t flags; ///< int32 for each matrix: whether it had NaN or infinity
    Axes batch;
    Strides strides[1];
};

/// Puts zeros in the place of matrices that are not finite: a block each.
template <class T> DEVICE void guard(const GuardParams& p) {
    for (int64_t entry = blockIdx.x; entry < p.batch.count; entry += gridDim.x) {
        T* a = reinterpret_cast<T*>(p.a.address) + begin(p.batch, p.strides[0], entry);
        bool bad = false;
        for (int64_t index = threadIdx.x; index < p.m * p.n; index += blockDim.x) {
            Place place(index, p.m, p.n);
            bool read = p.part == ALL || (p.part == UPPER ? place.row <= place.column : place.row >= place.column);
            bad |= read && !isFinite(a[place.row * p.a.row + place.column * p.a.column]);
        }
        bad = __syncthreads_or(bad);
        if (threadIdx.x == 0) {
            reinterpret_cast<int32_t*>(p.flags)[entry] = bad;
        }
        for (int64_t index = threadIdx.x; bad && index < p.m * p.n; index += blockDim.x) {
            Place place(index, p.m, p.n);
            a[place.row * p.a.row + place.column * p.a.column] = T(0);
        }
    }
}

/// What matrices that the guard flagged have for a result: NaN.
template <class T> DEVICE void spoil(const GuardParams& p) {
    for (int64_t index = firstIndex(); index < p.batch.count * p.m * p.n; index += indexStep()) {
        Place place(index, p.m, p.n);
        if (reinterpret_cast<const int32_t*>(p.flags)[place.entry] != 0) {
            int64_t at = begin(p.batch, p.strides[0], place.entry) + place.row * p.a.row + place.column * p.a.column;
            setNaN(reinterpret_cast<T*>(p.a.address)[at]);
        }
    }
}

struct InfoParams {
    int64_t found; ///< int32 for each matrix, from a library; 0: none
    int64_t flags; ///< from guard; 0: none
    int64_t code; ///< for matrices that the guard flagged
    int64_t info;
    Axes batch;
    Strides strides[1];
};

DEVICE void report(const InfoParams& p) {
    for (int64_t entry = firstIndex(); entry < p.batch.count; entry += indexStep()) {
        int32_t found = p.found == 0 ? 0 : reinterpret_cast<const int32_t*>(p.found)[entry];
        bool flagged = p.flags != 0 && reinterpret_cast<const int32_t*>(p.flags)[entry] != 0;
        reinterpret_cast<int32_t*>(p.info)[begin(p.batch, p.strides[0], entry)] = flagged ? int32_t(p.code) : found < 0 ? -found : found;
    }
}

struct NotPositiveParams {
    int64_t n;
    Matrix a;
    int64_t found; ///< int32 for each matrix, from a library
    int64_t info;
    Axes batch;
    Strides strides[2]; ///< a, info
};

/// Cholesky's info: what the library found, or the first NaN on the diagonal of the factor. A warp for each matrix.
template <class T> DEVICE void notPositive(const NotPositiveParams& p) {
    int lane = threadIdx.x % WARP;
    for (int64_t entry = firstIndex() / WARP; entry < p.batch.count; entry += indexStep() / WARP) {
        int64_t at[2];
        locate(p.batch, p.strides, uint32_t(entry), at);
        const T* a = reinterpret_cast<const T*>(p.a.address) + at[0];
        int64_t first = p.n;
        for (int64_t k = lane; k < p.n && first == p.n; k += WARP) {
            T x = a[k * (p.a.row + p.a.column)];
            first = x != x ? k : first;
        }
        UNROLL for (int step = WARP / 2; step > 0; step /= 2) {
            int64_t other = __shfl_xor_sync(ALL_LANES, first, step);
            first = other < first ? other : first;
        }
        if (lane == 0) {
            int32_t found = reinterpret_cast<const int32_t*>(p.found)[entry];
            reinterpret_cast<int32_t*>(p.info)[at[1]] = found != 0 ? found : first < p.n ? int32_t(first + 1) : 0;
        }
    }
}

struct DivideParams {
    int64_t n;
    int64_t columns;
    Matrix t; ///< the triangles
    int64_t upper; ///< the first one to solve with
    int64_t transposed;
    int64_t passes; ///< 0: copies only; 1: one triangle; 2: also the other one, the lower one with ones for a diagonal
    int64_t order; ///< int64, n for each matrix: which rows the right-hand sides come from; 0: in order
    Matrix from;
    Matrix to;
    Axes batch;
    Strides strides[3];
};

constexpr int DIVIDED_COLUMNS = 64;
template <class T> constexpr T LEAST_NORMAL = std::numeric_limits<T>::min();

/// Triangular systems once more where an element of the diagonal has no normal reciprocal: divides, as the libraries do not. A block for each matrix and
/// DIVIDED_COLUMNS columns, a warp for each column.
template <class T> DEVICE void divide(const DivideParams& p) {
    int lane = threadIdx.x % WARP;
    int64_t pieces = (p.columns + DIVIDED_COLUMNS - 1) / DIVIDED_COLUMNS;
    for (int64_t piece = blockIdx.x; piece < p.batch.count * pieces; piece += gridDim.x) {
        int64_t entry = piece / pieces;
        int64_t at[3];
        locate(p.batch, p.strides, uint32_t(entry), at);
        const T* t = reinterpret_cast<const T*>(p.t.address) + at[0];
        bool odd = false;
        for (int64_t k = threadIdx.x; k < p.n; k += blockDim.x) {
            using R = RealOf<T>;
            R size = sizeOf(t[k * (p.t.row + p.t.column)]);
            R least = LEAST_NORMAL<R> * (sizeof(T) > sizeof(R) ? 4 : 1); // the larger part's reciprocal may be halved
            odd |= (size < least && size != 0) || (size > 1 / least && size < INF<R>);
        }
        if (!__syncthreads_or(odd)) {
            continue;
        }
        int64_t end = (piece % pieces + 1) * DIVIDED_COLUMNS;
        for (int64_t column = end - DIVIDED_COLUMNS + threadIdx.x / WARP; column < end && column < p.columns; column += blockDim.x / WARP) {
            const T* from = reinterpret_cast<const T*>(p.from.address) + at[1] + column * p.from.column;
            T* x = reinterpret_cast<T*>(p.to.address) + at[2] + column * p.to.column;
            for (int64_t i = lane; i < p.n; i += WARP) {
                x[i * p.to.row] = from[(p.order == 0 ? i : reinterpret_cast<const int64_t*>(p.order)[entry * p.n + i]) * p.from.row];
            }
            for (int64_t pass = 0; pass < p.passes; pass++) {
                bool upper = (p.upper != 0) == (pass == 0);
                bool downwards = upper == (p.transposed != 0);
                bool ones = p.passes == 2 && !upper;
                int64_t row = p.transposed ? p.t.column : p.t.row;
                int64_t next = p.transposed ? p.t.row : p.t.column;
                for (int64_t step = 0; step < p.n; step++) {
                    int64_t k = downwards ? step : p.n - 1 - step;
                    __syncwarp();
                    T value = x[k * p.to.row];
                    value = ones ? value : quotient(value, t[k * (row + next)]);
                    __syncwarp();
                    for (int64_t i = (downwards ? k : 0) + lane; i < (downwards ? p.n : k + 1); i += WARP) {
                        x[i * p.to.row] = i == k ? value : multiplyAdd(-t[i * row + k * next], value, x[i * p.to.row]);
                    }
                }
            }
        }
    }
}

#define LINALG(name, T)                                                            \
    KERNEL(linalg_zero_triangle_##name, TriangleParams, p) { zeroTriangle<T>(p); } \
    KERNEL(linalg_rows_##name, RowsParams, p) { copyRows<T>(p); }                \
    KERNEL(linalg_guard_##name, GuardParams, p) { guard<T>(p); }                 \
    KERNEL(linalg_spoil_##name, GuardParams, p) { spoil<T>(p); }                 \
    KERNEL(linalg_not_positive_##name, NotPositiveParams, p) { notPositive<T>(p); } \
    KERNEL(linalg_divide_##name, DivideParams, p) { divide<T>(p); }
