// A Kronecker product of small matrices times data, [lead, N, post] to [lead, M, post], in one launch: a block takes some of lead and post through all
// factors in shared memory, so that the data is read and written once.
#pragma once

#include "k4j.cuh"

/// The last factor is applied first. A step sees the tile as [before, n, after] and makes it [before, m, after]; `after` counts columns of post too.
struct KronApply {
    const void* x;
    void* out;
    int64_t lead;
    int64_t post;
    int64_t rows; ///< of lead in a tile
    int64_t columns; ///< of post in a tile
    int64_t columnsDivisor; ///< for divide(), as the others
    int64_t tilesAcross; ///< ceil(post / columns)
    int64_t tiles;
    int64_t width; ///< N: elements of a tile for one row and column, as they are read
    int64_t widthDivisor;
    int64_t height; ///< M
    int64_t buffer; ///< elements of each of the two copies of a tile
    int64_t factors;
    const void* factor[8]; ///< the last first, as the rest
    int64_t m[8];
    int64_t n[8];
    int64_t rowStride[8];
    int64_t columnStride[8];
    int64_t before[8];
    int64_t after[8];
    int64_t afterDivisor[8];
};

/// An element more after every 32 keeps elements that are a power of two apart in different banks.
DEVICE uint32_t padded(uint32_t at) { return at + (at >> 5); }

template <class T> DEVICE void kronApply(const KronApply& p) {
    constexpr int ROWS = 4; // of a factor that a thread computes at a time
    constexpr int COUNT = 4; // columns of the tile that it computes them for
    constexpr int LOADS = 8; // of the data that it has under way at a time
    using C = Computed<T>;
    SHARED_DYNAMIC(C, shared);
    C* const factors = shared + 2 * p.buffer;
    const int64_t last = p.factors - 1;
    // Transposed, and filled up with zeros to whole groups of ROWS.
    C* at = factors;
    for (int64_t f = 0; f <= last; f++) {
        const uint32_t m = uint32_t(p.m[f]);
        const uint32_t n = uint32_t(p.n[f]);
        const uint32_t padM = (m + ROWS - 1) / ROWS * ROWS;
        const T* from = static_cast<const T*>(p.factor[f]);
        for (uint32_t i = threadIdx.x; i < padM * n; i += blockDim.x) {
            const uint32_t row = i % padM;
            at[i] = row < m ? C(from[row * p.rowStride[f] + i / padM * p.columnStride[f]]) : C(0);
        }
        at += padM * n;
    }
    const uint32_t columns = uint32_t(p.columns);
    NO_UNROLL for (int64_t tile = blockIdx.x; tile < p.tiles; tile += gridDim.x) {
        const int64_t firstRow = tile / p.tilesAcross * p.rows;
        const int64_t firstColumn = tile % p.tilesAcross * p.columns;
        const uint32_t rowCount = uint32_t(min(p.rows, p.lead - firstRow));
        const uint32_t columnCount = uint32_t(min(p.columns, p.post - firstColumn));
        const T* x = static_cast<const T*>(p.x) + firstRow * p.width * p.post + firstColumn;
        T* out = static_cast<T*>(p.out) + firstRow * p.height * p.post + firstColumn;
        C* in = shared;
        C* next = shared + p.buffer;
        __syncthreads();
        const uint32_t elements = uint32_t(p.rows * p.width) * columns;
        NO_UNROLL for (uint32_t first = threadIdx.x; first < elements; first += LOADS * blockDim.x) {
            C loaded[LOADS];
            UNROLL for (int l = 0; l < LOADS; l++) {
                const uint32_t i = first + l * blockDim.x;
                const uint32_t line = divide(i, p.columnsDivisor);
                const uint32_t column = i - line * columns;
                const bool there = i < elements && column < columnCount && divide(line, p.widthDivisor) < rowCount;
                loaded[l] = there ? C(x[line * p.post + column]) : C(0);
            }
            UNROLL for (int l = 0; l < LOADS; l++) {
                const uint32_t i = first + l * blockDim.x;
                if (i < elements) {
                    in[padded(i)] = loaded[l];
                }
            }
        }
        at = factors;
        NO_UNROLL for (int64_t f = 0; f <= last; f++) {
            __syncthreads();
            const uint32_t m = uint32_t(p.m[f]);
            const uint32_t n = uint32_t(p.n[f]);
            const uint32_t groups = (m + ROWS - 1) / ROWS;
            const uint32_t after = uint32_t(p.after[f]);
            const uint32_t count = uint32_t(p.before[f]) * after;
            const uint32_t share = (count + COUNT - 1) / COUNT;
            NO_UNROLL for (uint32_t item = threadIdx.x; item < groups * share; item += blockDim.x) {
                const uint32_t group = item / share;
                const uint32_t first = item - group * share;
                uint32_t from[COUNT];
                uint32_t to[COUNT];
                UNROLL for (int c = 0; c < COUNT; c++) {
                    const uint32_t column = min(first + c * share, count - 1);
                    const uint32_t block = divide(column, p.afterDivisor[f]);
                    const uint32_t rest = column - block * after;
                    from[c] = block * n * after + rest;
                    to[c] = (block * m + group * ROWS) * after + rest;
                }
                C sums[ROWS][COUNT];
                UNROLL for (int r = 0; r < ROWS; r++) {
                    UNROLL for (int c = 0; c < COUNT; c++) {
                        sums[r][c] = C(0);
                    }
                }
                const C* row = at + group * ROWS;
                NO_UNROLL for (uint32_t j = 0; j < n; j++, row += groups * ROWS) {
                    C y[COUNT];
                    UNROLL for (int c = 0; c < COUNT; c++) {
                        y[c] = in[padded(from[c] + j * after)];
                    }
                    UNROLL for (int r = 0; r < ROWS; r += PACK<C>) {
                        const Pack<C, PACK<C>> z = *reinterpret_cast<const Pack<C, PACK<C>>*>(row + r);
                        UNROLL for (int i = 0; i < PACK<C>; i++) {
                            UNROLL for (int c = 0; c < COUNT; c++) {
                                addProduct(sums[r + i][c], z.at[i], y[c]);
                            }
                        }
                    }
                }
                UNROLL for (int c = 0; c < COUNT; c++) {
                    if (first + c * share < count) {
                        UNROLL for (int r = 0; r < ROWS; r++) {
                            const uint32_t i = to[c] + r * after;
                            if (group * ROWS + r >= m) {
                                break;
                            }
                            if (f < last) {
                                next[padded(i)] = sums[r][c];
                                continue;
                            }
                            // The first factor: what is behind it are lines of the result, and before it rows of lead.
                            const uint32_t line = divide(i, p.columnsDivisor);
                            const uint32_t column = i - line * columns;
                            if (column < columnCount && line < rowCount * uint32_t(p.height)) {
                                out[line * p.post + column] = T(sums[r][c]);
                            }
                        }
                    }
                }
            }
            C* const swapped = in;
            in = next;
            next = swapped;
            at += groups * ROWS * n;
        }
    }
}

#define KRON_APPLY(suffix, T) \
    KERNEL_BOUNDED(512, 1, kronApply_##suffix, KronApply, p) { kronApply<T>(p); }
