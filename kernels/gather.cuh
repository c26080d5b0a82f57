// Elements at positions that another operand holds, and the adjoint: adding to such positions. Indices are checked by the caller; those outside are
// taken as the nearest inside, so that nothing beyond the operands is touched.
#pragma once

#include "sweep.cuh"

struct TakeParams {
    Operands<3> operands; ///< out, index, what is read (without the axis that is indexed)
    int64_t size; ///< of that axis
    int64_t step; ///< its stride
};

DEVICE int64_t inside(int64_t index, int64_t size) { return index < 0 ? 0 : index < size ? index : size - 1; }

/// Packs lie across the indexed axis only: all of a pack share one index.
template <class T> DEVICE void take(const TakeParams& p) {
    constexpr int V = 4;
    const int64_t* index = static_cast<const int64_t*>(p.operands.data[1]);
    sweep<V>(p.operands, [&](Places<3, V> places) {
        int indices = p.operands.packed ? 1 : places.count;
        UNROLL for (int j = 0; j < V; j++) {
            if (j < indices) {
                places.at[j][2] += inside(index[places.at[j][1]], p.size) * p.step;
            }
        }
        T x[V];
        load(p.operands, 2, places, x);
        store(p.operands, places, x);
    });
}

#define TAKE(name, T) \
    KERNEL(take_##name, TakeParams, p) { take<T>(p); }

struct LastParams {
    Axes axes;
    Strides strides[3]; ///< index, out (without the axis that is indexed), position along that axis
    const int64_t* index;
    int64_t* out;
    int64_t first; ///< position along the axis
    int64_t size; ///< of the axis of out
    int64_t step; ///< its stride
};

/// The last position that names each element; indices outside are skipped.
KERNEL(last_index, LastParams, p) {
    NO_UNROLL for (int64_t i = firstIndex(); i < p.axes.count; i += indexStep()) {
        int64_t at[3];
        locate(p.axes, p.strides, uint32_t(i), at);
        int64_t index = p.index[at[0]];
        if (index >= 0 && index < p.size) {
            atomicMax(reinterpret_cast<long long*>(p.out + at[1] + index * p.step), static_cast<long long>(p.first + at[2]));
        }
    }
}

/// Everything without the indexed axis, whose strides and sizes come extra.
struct AddParams {
    Axes lines;
    Strides strides[3]; ///< out, index, what is added
    void* out;
    const int64_t* index;
    const void* a;
    int64_t steps[3];
    int64_t length; ///< indices in a line
    int64_t size; ///< elements of out in a line
    int64_t parts; ///< of the elements of out in a line; each thread looks after one part
};

/// Each thread reads all indices of its line and adds what belongs to its part, in order: no two threads add to one element.
template <class T> DEVICE void add(const AddParams& p) {
    constexpr int AHEAD = 8;
    T* out = static_cast<T*>(p.out);
    const T* a = static_cast<const T*>(p.a);
    NO_UNROLL for (int64_t i = firstIndex(); i < p.lines.count * p.parts; i += indexStep()) {
        int64_t part = i / p.lines.count;
        int64_t from = part * p.size / p.parts;
        int64_t to = (part + 1) * p.size / p.parts;
        int64_t at[3];
        locate(p.lines, p.strides, uint32_t(i % p.lines.count), at);
        NO_UNROLL for (int64_t first = 0; first < p.length; first += AHEAD) {
            int64_t indices[AHEAD];
            UNROLL for (int j = 0; j < AHEAD; j++) {
                int64_t last = p.length - 1;
                indices[j] = __ldg(p.index + at[1] + min(first + j, last) * p.steps[1]);
            }
            UNROLL for (int j = 0; j < AHEAD; j++) {
                int64_t index = inside(indices[j], p.size);
                if (index >= from && index < to && first + j < p.length) {
                    T& sum = out[at[0] + index * p.steps[0]];
                    T term = a[at[2] + (first + j) * p.steps[2]];
                    if constexpr (Traits<T>::floating) {
                        sum += term;
                    } else {
                        using U = std::make_unsigned_t<T>;
                        sum = T(U(sum) + U(term));
                    }
                }
            }
        }
    }
}

#define ADD(name, T) \
    KERNEL(add_##name, AddParams, p) { add<T>(p); }
