// Determinants of packed LU factors.
#pragma once

#include "lu.cuh"

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
        for (int64_t k = lane; k < p.n; k += WARP) {
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
