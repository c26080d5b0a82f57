// Walking over the elements of operands that share an iteration space, several at a time.
#pragma once

#include "k4j.cuh"

/// What elementwise kernels take first: N operands, the first of which is written.
///
/// If `packed`, neighbours along the innermost axis are taken V at a time: axis 0 counts packs, bit k of `packed` says whether operand k steps by one
/// element along it (and is aligned for packs) or is the same for all of a pack; only a space of one axis may end in a part of a pack. Otherwise
/// elements are taken one by one, which any strides allow.
template <int N> struct Operands {
    Axes axes;
    Strides strides[N];
    void* data[N];
    int64_t packed; ///< bits; at least bit 0 is set if any
    int64_t elements;
};

/// Elements of which a thread has the positions, if they are not packed: more would cost too many registers.
template <int V> constexpr int SINGLE = V < 4 ? V : 4;

/// The up to V elements that a thread has in hand.
template <int N, int V> struct Places {
    int64_t at[SINGLE<V>][N]; ///< if packed, only at[0]
    int count;
};

/// Calls body(places) until all elements are done. Threads beside each other take elements beside each other.
template <int V, int N, class Body> DEVICE void sweep(const Operands<N>& p, Body body) {
    int64_t block = int64_t(blockDim.x) * (p.packed ? 1 : SINGLE<V>);
    NO_UNROLL for (int64_t start = blockIdx.x * block; start < p.axes.count; start += gridDim.x * block) {
        Places<N, V> places;
        places.count = 0;
        int64_t first = start + threadIdx.x;
        if (p.packed) {
            if (first < p.axes.count) {
                locate(p.axes, p.strides, uint32_t(first), places.at[0]);
                int64_t rest = p.elements - first * V;
                places.count = rest < V ? int(rest) : V;
            }
        } else {
            UNROLL for (int j = 0; j < SINGLE<V>; j++) {
                int64_t i = first + j * int64_t(blockDim.x);
                if (i < p.axes.count) {
                    locate(p.axes, p.strides, uint32_t(i), places.at[j]);
                    places.count = j + 1;
                }
            }
        }
        if (places.count > 0) {
            body(places);
        }
    }
}

template <class T, int V, int N> DEVICE void load(const Operands<N>& p, int k, const Places<N, V>& places, T (&x)[V]) {
    const T* data = static_cast<const T*>(p.data[k]);
    if (p.packed == 0) {
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = j < SINGLE<V> && j < places.count ? data[places.at[j % SINGLE<V>][k]] : T();
        }
    } else if ((p.packed >> k & 1) == 0) {
        T value = data[places.at[0][k]];
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = value;
        }
    } else if (places.count == V) {
        Pack<T, V> pack = *reinterpret_cast<const Pack<T, V>*>(data + places.at[0][k]);
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = pack.at[j];
        }
    } else {
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = j < places.count ? data[places.at[0][k] + j] : T();
        }
    }
}

template <class T, int V, int N> DEVICE void store(const Operands<N>& p, const Places<N, V>& places, const T (&z)[V]) {
    T* data = static_cast<T*>(p.data[0]);
    if (p.packed == 0) {
        UNROLL for (int j = 0; j < V; j++) {
            if (j < SINGLE<V> && j < places.count) {
                data[places.at[j % SINGLE<V>][0]] = z[j];
            }
        }
    } else if (places.count == V) {
        Pack<T, V> pack;
        UNROLL for (int j = 0; j < V; j++) {
            pack.at[j] = z[j];
        }
        *reinterpret_cast<Pack<T, V>*>(data + places.at[0][0]) = pack;
    } else {
        UNROLL for (int j = 0; j < V; j++) {
            if (j < places.count) {
                data[places.at[0][0] + j] = z[j];
            }
        }
    }
}
