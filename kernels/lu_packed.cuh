// What follows from packed LU factors: solutions, determinants; exchanges and triangles for factoring by panels.
#pragma once

#include "lu_rows.cuh"

struct SubstituteParams {
    int64_t n;
    Matrix a;
    int64_t pivots; ///< int32
    int64_t pivotStride;
    RightHandSides right;
    Axes batch;
    Strides strides[3]; ///< a, right, pivots
};

/// A block of W threads for each matrix of up to W rows.
template <class T, int W> DEVICE void substitutions(const SubstituteParams& p) {
    using Factors = Packed<T, W, 1>;
    SHARED(Factors, packed, 1);
    SHARED(int, exchanges, W);
    Lanes<T, WARP> lanes;
    auto& lu = packed[0].at[0];
    auto& order = packed[0].order[0];
    int row = threadIdx.x;
    for (int64_t entry = blockIdx.x; entry < p.batch.count; entry += gridDim.x) {
        int64_t at[3];
        locate(p.batch, p.strides, uint32_t(entry), at);
        const T* a = reinterpret_cast<const T*>(p.a.address) + at[0];
        const int32_t* pivots = reinterpret_cast<const int32_t*>(p.pivots) + at[2];
        if (row < p.n) {
            for (int j = 0; j < p.n; j++) {
                lu[row][j] = a[row * p.a.row + j * p.a.column];
            }
            exchanges[row] = pivots[row * p.pivotStride] - 1;
            order[row] = row;
        }
        __syncthreads();
        if (row == 0) {
            for (int k = 0; k < p.n; k++) {
                int kept = order[k];
                order[k] = order[exchanges[k]];
                order[exchanges[k]] = kept;
            }
        }
        __syncthreads();
        solveColumns<T, WARP, W / WARP>(p.right, lanes, lu, order, int(p.n), at[1], true, row / WARP, W / WARP);
        __syncthreads();
    }
}

// ---- determinants ----

struct NaNParams {
    int64_t n;
    Matrix a;
    int64_t flags; ///< int32, `pieces` for each matrix
    int64_t pieces;
    Axes batch;
    Strides strides[1];
};

/// Which pieces (runs of columns) of matrices have a NaN in them: a block each.
template <class T> DEVICE void findNaN(const NaNParams& p) {
    SHARED(int, found, THREADS / WARP);
    int64_t width = (p.n + p.pieces - 1) / p.pieces;
    for (int64_t piece = blockIdx.x; piece < p.batch.count * p.pieces; piece += gridDim.x) {
        int64_t at[1];
        locate(p.batch, p.strides, uint32_t(piece / p.pieces), at);
        int64_t first = piece % p.pieces * width;
        bool nan = false;
        for (int64_t j = first; j < first + width && j < p.n; j++) {
            const T* column = reinterpret_cast<const T*>(p.a.address) + at[0] + j * p.a.column;
            for (int64_t i = threadIdx.x; i < p.n; i += THREADS) {
                T x = column[i * p.a.row];
                nan |= x != x;
            }
        }
        unsigned lanes = __ballot_sync(ALL_LANES, nan);
        if (threadIdx.x % WARP == 0) {
            found[threadIdx.x / WARP] = lanes != 0;
        }
        __syncthreads();
        if (threadIdx.x == 0) {
            int any = 0;
            for (int warp = 0; warp < THREADS / WARP; warp++) {
                any |= found[warp];
            }
            reinterpret_cast<int32_t*>(p.flags)[piece] = any;
        }
        __syncthreads();
    }
}

struct PackedDeterminantParams {
    int64_t n;
    Matrix a;
    Determinant determinant;
    int64_t pivots; ///< int32
    int64_t pivotStride;
    int64_t flags; ///< from findNaN
    int64_t pieces;
    Axes batch;
    Strides strides[2]; ///< a, pivots
};

/// A warp for each matrix.
template <class T> DEVICE void determinants(const PackedDeterminantParams& p) {
    int lane = threadIdx.x % WARP;
    for (int64_t entry = firstIndex() / WARP; entry < p.batch.count; entry += indexStep() / WARP) {
        int64_t at[2];
        locate(p.batch, p.strides, uint32_t(entry), at);
        const T* a = reinterpret_cast<const T*>(p.a.address) + at[0];
        const int32_t* pivots = reinterpret_cast<const int32_t*>(p.pivots) + at[1];
        using Wide = typename Traits<T>::Wide;
        Product<Wide> product;
        NO_UNROLL for (int64_t k = lane; k < p.n; k += WARP) {
            product.times(Wide(a[k * (p.a.row + p.a.column)]));
            product.flags ^= pivots[k * p.pivotStride] != k + 1 ? Product<Wide>::NEGATIVE : 0;
        }
        bool nan = false;
        for (int64_t i = lane; i < p.pieces; i += WARP) {
            nan |= reinterpret_cast<const int32_t*>(p.flags)[entry * p.pieces + i] != 0;
        }
        if (nan) {
            product.times(Wide(NOT_A_NUMBER<double>));
        }
        product.template ofLanes<WARP>();
        if (lane == 0) {
            p.determinant.template write<T>(p.batch, entry, product);
        }
    }
}

// ---- exchanges and triangles of 16, for factoring by panels ----

struct ExchangeParams {
    int64_t rows; ///< of the part of the matrix whose rows are exchanged: at most 1024
    int64_t columns;
    Matrix a;
    int64_t steps;
    int64_t pivots; ///< int32, those of the part's first rows
    int64_t pivotStride;
    int64_t before; ///< the number of the part's first row in the whole
    Axes batch;
    Strides strides[2]; ///< a, pivots
};

/// A row that moves: where it goes and where it comes from.
struct Move {
    int16_t to;
    int16_t from;
};

/// What the exchanges come to, for the rows that move, in `moves`, which has room for all rows; how many they are. For one warp.
DEVICE int movesOf(const ExchangeParams& p, const int32_t* pivots, Move* moves) {
    int lane = threadIdx.x % WARP;
    int rows = int(p.rows);
    int steps = int(p.steps);
    for (int i = lane; i < rows; i += WARP) {
        moves[i].from = int16_t(i);
    }
    __syncwarp();
    for (int first = 0; first < steps; first += WARP) {
        int exchanged = first + lane < steps ? int(pivots[(first + lane) * p.pivotStride] - 1 - p.before) : 0;
        for (int k = first; k < first + WARP && k < steps; k++) {
            int other = __shfl_sync(ALL_LANES, exchanged, k - first);
            if (lane == 0) {
                int16_t kept = moves[k].from;
                moves[k].from = moves[other].from;
                moves[other].from = kept;
            }
        }
    }
    __syncwarp();
    int count = 0;
    for (int first = 0; first < rows; first += WARP) {
        int i = first + lane;
        int16_t from = i < rows ? moves[i].from : int16_t(i);
        unsigned moving = __ballot_sync(ALL_LANES, from != i);
        __syncwarp(); // all have read what now others replace: no row gets a later place
        if (from != i) {
            moves[count + __popc(moving & ((1u << lane) - 1))] = {int16_t(i), from};
        }
        count += __popc(moving);
    }
    return count;
}

/// Exchanges rows as the pivots say: a block for each matrix and 64 of its columns, a warp for one column at a time.
template <class T> DEVICE void exchange(const ExchangeParams& p) {
    constexpr int MOST = sizeof(T) > 8 ? 512 : 1024; // of panels' rows
    constexpr int WARPS = THREADS / WARP;
    constexpr int WIDTH = 64;
    SHARED(Move, moves, MOST);
    SHARED(int, count, 1);
    SHARED(T, column, WARPS * MOST);
    int64_t pieces = (p.columns + WIDTH - 1) / WIDTH;
    int lane = threadIdx.x % WARP;
    int warp = threadIdx.x / WARP;
    T* mine = column + warp * MOST;
    for (int64_t piece = blockIdx.x; piece < p.batch.count * pieces; piece += gridDim.x) {
        int64_t at[2];
        locate(p.batch, p.strides, uint32_t(piece / pieces), at);
        const int32_t* pivots = reinterpret_cast<const int32_t*>(p.pivots) + at[1];
        if (warp == 0) {
            int moving = movesOf(p, pivots, moves);
            if (lane == 0) {
                count[0] = moving;
            }
        }
        __syncthreads();
        int64_t first = piece % pieces * WIDTH;
        int64_t last = first + WIDTH < p.columns ? first + WIDTH : p.columns;
        for (int64_t j = first + warp; j < last; j += WARPS) {
            T* a = reinterpret_cast<T*>(p.a.address) + at[0] + j * p.a.column;
            for (int i = lane; i < count[0]; i += WARP) {
                mine[i] = a[moves[i].from * p.a.row];
            }
            __syncwarp();
            for (int i = lane; i < count[0]; i += WARP) {
                a[moves[i].to * p.a.row] = mine[i];
            }
        }
        __syncthreads();
    }
}

struct LowerParams {
    int64_t n; ///< at most 16
    int64_t columns;
    Matrix l;
    Matrix b;
    Axes batch;
    Strides strides[2];
};

/// B := L^-1 B for the unit lower triangle of L: a block for each matrix and 128 columns, a thread for each column.
template <class T> DEVICE void solveLower(const LowerParams& p) {
    constexpr int W = 16;
    SHARED(T, lower, W * W);
    int64_t pieces = (p.columns + THREADS - 1) / THREADS;
    for (int64_t piece = blockIdx.x; piece < p.batch.count * pieces; piece += gridDim.x) {
        int64_t at[2];
        locate(p.batch, p.strides, uint32_t(piece / pieces), at);
        for (int e = threadIdx.x; e < W * W; e += THREADS) {
            int i = e % W;
            int j = e / W;
            bool below = i < p.n && j < i;
            lower[e] = below ? reinterpret_cast<const T*>(p.l.address)[at[0] + i * p.l.row + j * p.l.column] : T(0);
        }
        __syncthreads();
        int64_t column = piece % pieces * THREADS + threadIdx.x;
        if (column < p.columns) {
            T* b = reinterpret_cast<T*>(p.b.address) + at[1] + column * p.b.column;
            T x[W];
            UNROLL for (int i = 0; i < W; i++) {
                x[i] = i < p.n ? b[i * p.b.row] : T(0);
            }
            if constexpr (IS_COMPLEX<T>) { // a quarter of the code: the column rotates by one register at each step
                NO_UNROLL for (int k = 0; k < W; k++) {
                    T value = x[0];
                    UNROLL for (int i = 1; i < W; i++) {
                        x[i - 1] = k + i < W ? lessProduct(x[i], lower[k * W + k + i], value) : x[i];
                    }
                    x[W - 1] = value;
                }
            } else {
                UNROLL for (int k = 0; k < W - 1; k++) {
                    UNROLL for (int i = k + 1; i < W; i++) {
                        x[i] = lessProduct(x[i], lower[k * W + i], x[k]);
                    }
                }
            }
            UNROLL for (int i = 1; i < W; i++) {
                if (i < p.n) {
                    b[i * p.b.row] = x[i];
                }
            }
        }
        __syncthreads();
    }
}

#define PACKED(name, T)                                                                                   \
    KERNEL_BOUNDED(32, 1, lu_substitute_32_##name, SubstituteParams, p) { substitutions<T, 32>(p); }      \
    KERNEL_BOUNDED(THREADS, 1, lu_nan_##name, NaNParams, p) { findNaN<T>(p); }                            \
    KERNEL_BOUNDED(THREADS, 1, lu_determinant_##name, PackedDeterminantParams, p) { determinants<T>(p); } \
    KERNEL_BOUNDED(THREADS, 1, lu_exchange_##name, ExchangeParams, p) { exchange<T>(p); }                 \
    KERNEL_BOUNDED(THREADS, 1, lu_lower_##name, LowerParams, p) { solveLower<T>(p); }
