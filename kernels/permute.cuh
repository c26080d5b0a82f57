// Copies between any layouts. Elements move by width, whatever their dtype: `copy` in the order of the target, for what is contiguous along the same
// axis on both sides; `permute` through tiles in shared memory, so that reads and writes both run along what is contiguous on their side. `convert`
// also casts, as Java does.
#pragma once

#include "sweep.cuh"

struct alignas(16) bits128 {
    uint64_t low, high;
};

#define COPY_WIDTHS(X) WIDTHS(X) X(b128, bits128)

struct CopyParams {
    Operands<2> operands;
};

template <class T> DEVICE void copy(const CopyParams& p) {
    constexpr int V = sizeof(T) >= 16 ? 2 : 4;
    sweep<V>(p.operands, [&](const Places<2, V>& places) {
        T x[V];
        load(p.operands, 1, places, x);
        store(p.operands, places, x);
    });
}

#define COPY(name, T) \
    KERNEL(copy_##name, CopyParams, p) { copy<T>(p); }

// ---- tiles ----

/// Threads of a block, and elements of a tile that each of them moves.
constexpr int TILE_THREADS = 256;
template <class T> constexpr int MOVED = sizeof(T) == 1 ? 8 : 4;
constexpr int TILE_RANK = 12;

/// One walk over a tile: over its elements in the order of one side.
struct TileSide {
    int64_t divisors[TILE_RANK]; ///< of the extents, in this side's order, innermost first
    int64_t extents[TILE_RANK];
    int64_t strides[TILE_RANK]; ///< in this side's memory
    int64_t steps[TILE_RANK]; ///< of Cell::packed
};

/// Tiles lie along axes whose sizes are numbers of tiles; strides are those from tile to tile. Up to two axes (the cut ones) may be no multiples of the
/// tile's extent: along axis cutAxis[c], whose size is cutSize[c], elements from cutExtent[c] * (number of the tile) on.
struct PermuteParams {
    Axes tiles;
    Strides strides[2]; ///< target, source
    void* target;
    const void* source;
    int64_t rank; ///< axes of a tile
    int64_t volume; ///< elements of a tile
    int64_t cutAxis[2]; ///< among the tiles' axes, or -1
    int64_t cutSize[2];
    int64_t cutExtent[2];
    TileSide sides[2]; ///< target, source
};

/// Where an element of a tile lies, in two registers: the host keeps tiles within 2^31 elements of memory, and extents of cut axes below ABSENT.
struct Cell {
    int32_t position; ///< in its side's memory, from the tile's first element
    uint32_t packed; ///< in shared memory (16 bits), index along each cut axis (8 bits each)

    DEVICE bool isWithin(const int (&left)[2]) const { return cut(0) < left[0] && cut(1) < left[1]; }
    DEVICE int shared() const { return packed & 0xffff; }
    DEVICE int cut(int c) const { return packed >> (16 + 8 * c) & 0xff; }
};

/// The index along a cut axis of what a tile does not have.
constexpr int ABSENT = 255;

DEVICE Cell cell(const PermuteParams& p, const TileSide& side, uint32_t index) {
    Cell c = {0, index < p.volume ? 0u : uint32_t(ABSENT) << 16};
    NO_UNROLL for (int axis = 0; axis < int(p.rank) && index < p.volume; axis++) {
        uint32_t rest = divide(index, side.divisors[axis]);
        uint32_t i = index - rest * uint32_t(side.extents[axis]);
        c.position += int32_t(i) * int32_t(side.strides[axis]);
        c.packed += i * uint32_t(side.steps[axis]);
        index = rest;
    }
    return c;
}

/// Keeps threads that write columns of 32 off each other's banks.
DEVICE int32_t padded(int32_t index) { return index + (index >> 5); }

template <class T> DEVICE void permute(const PermuteParams& p) {
    constexpr int N = MOVED<T>;
    constexpr int VOLUME = N * TILE_THREADS;
    SHARED(T, tile, VOLUME + VOLUME / 32);
    T* target = static_cast<T*>(p.target);
    const T* source = static_cast<const T*>(p.source);
    Cell to[N];
    Cell from[N];
    UNROLL for (int j = 0; j < N; j++) {
        uint32_t index = threadIdx.x + j * TILE_THREADS;
        to[j] = cell(p, p.sides[0], index);
        from[j] = cell(p, p.sides[1], index);
    }
    NO_UNROLL for (int64_t number = blockIdx.x; number < p.tiles.count; number += gridDim.x) {
        const T* read = source;
        T* written = target;
        int left[2] = {ABSENT, ABSENT};
        uint32_t index = uint32_t(number);
        NO_UNROLL for (int axis = 0; axis < int(p.tiles.rank); axis++) {
            uint32_t rest = divide(index, p.tiles.divisors[axis]);
            int64_t i = index - rest * uint32_t(p.tiles.sizes[axis]);
            written += i * p.strides[0].at[axis];
            read += i * p.strides[1].at[axis];
            UNROLL for (int c = 0; c < 2; c++) {
                if (p.cutAxis[c] == axis) {
                    left[c] = int(min(p.cutSize[c] - i * p.cutExtent[c], int64_t(ABSENT)));
                }
            }
            index = rest;
        }
        T moved[N];
        UNROLL for (int j = 0; j < N; j++) {
            if (from[j].isWithin(left)) {
                moved[j] = read[from[j].position];
            }
        }
        __syncthreads(); // the tile before has been written out
        UNROLL for (int j = 0; j < N; j++) {
            if (from[j].isWithin(left)) {
                tile[padded(from[j].shared())] = moved[j];
            }
        }
        __syncthreads();
        UNROLL for (int j = 0; j < N; j++) {
            if (to[j].isWithin(left)) {
                written[to[j].position] = tile[padded(to[j].shared())];
            }
        }
    }
}

#define PERMUTE(name, T) \
    KERNEL_BOUNDED(TILE_THREADS, sizeof(T) == 1 ? 2 : sizeof(T) == 16 ? 3 : 4, permute_##name, PermuteParams, p) { permute<T>(p); }

// ---- conversion ----

/// In the order of kron4j.DType.
enum DType { FLOAT32, FLOAT64, FLOAT16, BFLOAT16, COMPLEX128, COMPLEX64, INT32, INT64, INT8, UINT8, BOOL };

struct ConvertParams {
    Operands<2> operands;
    int64_t to;
};

/// Java's cast: towards zero, what is too large to the nearest, NaN to 0; to bytes the low bits of the cast to 32 bits. To halves each number is rounded once.
template <class To, class From> DEVICE To castTo(From x) {
    if constexpr (Traits<From>::floating && sizeof(To) == 1) {
        return To(castTo<int32_t>(x));
    } else if constexpr (Traits<From>::floating && !Traits<To>::floating) {
        constexpr From limit = sizeof(To) == 4 ? From(2147483648.0) : From(9223372036854775808.0);
        return x >= limit ? Traits<To>::greatest : x < -limit ? Traits<To>::least : x == x ? To(x) : To(0);
    } else {
        return To(x);
    }
}

template <class To, class From, int V>
DEVICE void convertTo(const ConvertParams& p, const Places<2, V>& places, const From (&x)[V]) {
    To z[V];
    UNROLL for (int j = 0; j < V; j++) {
        if constexpr (std::is_same_v<To, bool8>) {
            z[j] = Computed<From>(x[j]) != Computed<From>(0);
        } else {
            z[j] = castTo<To>(Computed<From>(x[j]));
        }
    }
    store(p.operands, places, z);
}

template <class From, class Convert> DEVICE void convert(const ConvertParams& p, Convert to) {
    constexpr int V = 4;
    sweep<V>(p.operands, [&](const Places<2, V>& places) {
        From x[V];
        load(p.operands, 1, places, x);
        to(places, x);
    });
}

/// To what is neither half nor complex.
template <class From> DEVICE void convert(const ConvertParams& p) {
    convert<From>(p, [&](const auto& places, const auto& x) {
        switch (p.to) {
            case FLOAT32: convertTo<float>(p, places, x); break;
            case FLOAT64: convertTo<double>(p, places, x); break;
            case INT32: convertTo<int32_t>(p, places, x); break;
            case INT64: convertTo<int64_t>(p, places, x); break;
            case INT8: convertTo<int8_t>(p, places, x); break;
            case UINT8: convertTo<uint8_t>(p, places, x); break;
            default: convertTo<bool8>(p, places, x);
        }
    });
}

#define CONVERT(name, T) \
    KERNEL(convert_##name, ConvertParams, p) { convert<T>(p); }
