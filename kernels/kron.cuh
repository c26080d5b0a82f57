// Kronecker expansion, batched or not, and every other product of two operands that stand still along some axes: out = alpha * a * b.
//
// The axes are split: the inner ones, and a chunk of the next, are the columns of a tile of the result, 16 bytes a thread; the others count the tiles.
// A thread finds its columns once and keeps its elements of a and b while the tiles that follow use the same; so an element costs next to nothing
// besides its store. The tiles of a block lie behind one another.
#pragma once

#include "k4j.cuh"

struct Kron {
    const void* a;
    const void* b;
    void* out;
    Scalar alpha;
    int64_t packed; ///< whether every tile of the result lies in one run that begins at a multiple of 16 bytes
    int64_t tiles;
    int64_t tilesPerBlock;
    int64_t columns; ///< of a tile, at most what the block's threads take
    int64_t lastColumns; ///< of the last tile along the first outer axis: fewer, if that axis is the chunks of one
    Axes inner; ///< count is `columns`
    Strides innerStrides[3]; ///< of a, b, out
    Axes outer; ///< count is `tiles`
    Strides outerStrides[3];
};

template <class T> DEVICE T product(T a, T b) { return a * b; }
template <> DEVICE int32_t product(int32_t a, int32_t b) { return int32_t(uint32_t(a) * uint32_t(b)); }
template <> DEVICE int64_t product(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }
template <> DEVICE uint8_t product(uint8_t a, uint8_t b) { return uint8_t(uint32_t(a) * b); }
template <> DEVICE bool8 product(bool8 a, bool8 b) { return a && b; }

template <class T> DEVICE void kron(const Kron& p) {
    constexpr int COUNT = sizeof(T) < 4 ? 4 : PACK<T>;
    const T* a = static_cast<const T*>(p.a);
    const T* b = static_cast<const T*>(p.b);
    T* out = static_cast<T*>(p.out);
    using C = Computed<T>;
    const C alpha = p.alpha.as<C>();
    const uint32_t first = p.packed ? threadIdx.x * COUNT : threadIdx.x;
    const uint32_t step = p.packed ? 1 : blockDim.x;
    int64_t at[COUNT][3];
    UNROLL for (int e = 0; e < COUNT; e++) {
        locate<3>(p.inner, p.innerStrides, first + e * step, at[e]);
    }
    C x[COUNT] = {};
    C y[COUNT] = {};
    int64_t heldA = 0;
    int64_t heldB = 0;
    bool holds = false;
    const uint32_t along = uint32_t(p.outer.sizes[0]);
    uint32_t tile = uint32_t(blockIdx.x * p.tilesPerBlock);
    const uint32_t end = uint32_t(min(int64_t(blockIdx.x + 1) * p.tilesPerBlock, p.tiles));
    while (tile < end) {
        int64_t base[3];
        locate<3>(p.outer, p.outerStrides, tile, base);
        uint32_t i = tile - (p.outer.rank > 1 ? divide(tile, p.outer.divisors[0]) * along : 0);
        const uint32_t runEnd = min(along, i + (end - tile));
        tile += runEnd - i;
        NO_UNROLL for (; i < runEnd; i++) {
            const bool whole = i + 1 < along || p.lastColumns == p.columns;
            const uint32_t columns = uint32_t(whole ? p.columns : p.lastColumns);
            if (!holds || base[0] != heldA) {
                UNROLL for (int e = 0; e < COUNT; e++) {
                    if (first + e * step < columns) {
                        x[e] = product(alpha, C(a[base[0] + at[e][0]]));
                    }
                }
            }
            if (!holds || base[1] != heldB) {
                UNROLL for (int e = 0; e < COUNT; e++) {
                    if (first + e * step < columns) {
                        y[e] = C(b[base[1] + at[e][1]]);
                    }
                }
            }
            heldA = base[0];
            heldB = base[1];
            holds = whole;
            if (p.packed && first + COUNT <= columns) {
                Pack<T, COUNT> pack;
                UNROLL for (int e = 0; e < COUNT; e++) {
                    pack.at[e] = T(product(x[e], y[e]));
                }
                *reinterpret_cast<Pack<T, COUNT>*>(out + base[2] + first) = pack;
            } else {
                UNROLL for (int e = 0; e < COUNT; e++) {
                    if (first + e * step < columns) {
                        out[base[2] + at[e][2]] = T(product(x[e], y[e]));
                    }
                }
            }
            UNROLL for (int k = 0; k < 3; k++) {
                base[k] += p.outerStrides[k].at[0];
            }
        }
    }
}

#define KRON(suffix, T) \
    KERNEL_BOUNDED(256, 3, kron_##suffix, Kron, p) { kron<T>(p); }
