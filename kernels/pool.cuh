// Sums and maxima over windows of images of up to three axes, and by the adjoint plan the gradients of sums: a thread for each window. No two threads
// write one element, so that nothing depends on their order.
#pragma once

#include "k4j.cuh"

/// The windows along an axis: plan/WindowPlan.java.
struct WindowAxis {
    int64_t size; ///< elements of a
    int64_t stride; ///< of a
    int64_t factor;
    int64_t from;
    int64_t to;
    int64_t divisor;
    int64_t step;
};

/// Images [n, channels, three axes]; results and places are row-major.
struct PoolParams {
    Axes results; ///< [n, channels, windows..] of this launch, five axes or fewer after those of one element
    WindowAxis axes[3];
    int64_t image; ///< strides of a
    int64_t channel;
    const void* a;
    void* out;
    int64_t* places;
};

struct Range {
    int64_t first;
    int64_t end;
};

DEVICE int64_t floorDivide(int64_t x, int64_t divisor) {
    if (divisor == 1) {
        return x;
    }
    int64_t quotient = x / divisor;
    return quotient - (quotient * divisor > x);
}

/// The elements of a window that there are.
DEVICE Range range(const WindowAxis& axis, int64_t window) {
    int64_t first = floorDivide(axis.factor * window + axis.from, axis.divisor);
    int64_t end = floorDivide(axis.factor * window + axis.to, axis.divisor);
    if (first < 0) {
        first += (axis.step - 1 - first) / axis.step * axis.step;
    }
    return {first, end < axis.size ? end : axis.size};
}

/// Calls body(element, place) for the elements of the window that result i has.
template <class T, class Body> DEVICE void window(const PoolParams& p, uint32_t i, Body body) {
    int64_t index[5];
    uint32_t rest = i;
    NO_UNROLL for (int axis = 0; axis < 4; axis++) {
        uint32_t quotient = divide(rest, p.results.divisors[axis]);
        index[axis] = rest - quotient * uint32_t(p.results.sizes[axis]);
        rest = quotient;
    }
    const T* a = static_cast<const T*>(p.a) + rest * p.image + index[3] * p.channel;
    Range x = range(p.axes[0], index[2]);
    Range y = range(p.axes[1], index[1]);
    Range z = range(p.axes[2], index[0]);
    NO_UNROLL for (int64_t j = x.first; j < x.end; j += p.axes[0].step) {
        NO_UNROLL for (int64_t k = y.first; k < y.end; k += p.axes[1].step) {
            const T* row = a + j * p.axes[0].stride + k * p.axes[1].stride;
            int64_t place = (j * p.axes[1].size + k) * p.axes[2].size;
            NO_UNROLL for (int64_t l = z.first; l < z.end; l += p.axes[2].step) {
                body(row[l * p.axes[2].stride], place + l);
            }
        }
    }
}

template <class T> DEVICE void sumWindows(const PoolParams& p) {
    T* out = static_cast<T*>(p.out);
    NO_UNROLL for (int64_t i = firstIndex(); i < p.results.count; i += indexStep()) {
        T sum = 0;
        window<T>(p, uint32_t(i), [&](T x, int64_t) { sum += x; });
        out[i] = sum;
    }
}

template <class T> DEVICE void maxWindows(const PoolParams& p) {
    T* out = static_cast<T*>(p.out);
    NO_UNROLL for (int64_t i = firstIndex(); i < p.results.count; i += indexStep()) {
        T best = T(-INFINITY);
        int64_t at = -1;
        window<T>(p, uint32_t(i), [&](T x, int64_t place) {
            if (at < 0 || x > best || (x != x && best == best)) {
                best = x;
                at = place;
            }
        });
        out[i] = best;
        p.places[i] = at < 0 ? 0 : at;
    }
}

#define POOL(name, T)                                            \
    KERNEL(sum_windows_##name, PoolParams, p) { sumWindows<T>(p); } \
    KERNEL(max_windows_##name, PoolParams, p) { maxWindows<T>(p); }
