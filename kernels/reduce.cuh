// Reductions over axes of any strides. Which elements are combined in which order depends on sizes and strides only: results are reproducible.
//
// A group of threads works on each output: each thread takes every group-th element, 8 at a time (combined pairwise), and a tree in shared memory
// combines the threads. Where outputs are too few to fill the card, the elements are split among several groups, whose partial results a second launch
// reduces in order. Sums and products are accumulated in double or int64, so that a float32 sum is rounded once.
#pragma once

#include "k4j.cuh"

constexpr int REDUCE_THREADS = 256;
constexpr int TAKEN = 8;

/// In the order of kron4j.backend.ReduceOp.
enum ReduceOp { SUM, PROD, MAX, MIN, ARGMAX, ARGMIN, ANY, ALL };

struct ReduceParams {
    Axes kept;
    Strides keptStrides[2]; ///< of the output, of the operand
    Axes reduced;
    Strides reducedStrides[1];
    void* out; ///< if toPartial: partial results, those of one split after those of another
    const void* a; ///< if fromPartial: partial results
    int64_t* outPositions; ///< of partial ARGMAX and ARGMIN
    const int64_t* positions; ///< likewise, of the operand
    int64_t op;
    int64_t group; ///< threads for each output: a power of two
    int64_t across; ///< 1: neighbouring threads take neighbouring outputs; 0: neighbouring elements
    int64_t splits;
    int64_t length; ///< elements in a split, but for the last
    int64_t firstSplit; ///< where this launch's partial results go
    int64_t firstPosition; ///< of this launch's elements among all that are reduced
    int64_t fromPartial;
    int64_t toPartial;
};

/// What a thread does: its output, its place in the group, its elements.
struct Part {
    int64_t output; ///< may be beyond the last one
    int64_t split;
    int slot; ///< output among the block's
    int lane; ///< thread among the group's
    int outputs; ///< of the block
    int64_t begin, end; ///< elements: begin, begin + group, ...
    int64_t from, to; ///< positions of the first element, of the output
};

DEVICE Part part(const ReduceParams& p, int64_t work) {
    Part t;
    int group = int(p.group);
    t.outputs = REDUCE_THREADS / group;
    t.slot = p.across ? threadIdx.x % t.outputs : threadIdx.x / group;
    t.lane = p.across ? threadIdx.x / t.outputs : threadIdx.x % group;
    int64_t blocks = (p.kept.count + t.outputs - 1) / t.outputs;
    t.split = work / blocks;
    t.output = work % blocks * t.outputs + t.slot;
    t.begin = t.split * p.length + t.lane;
    t.end = min(p.reduced.count, (t.split + 1) * p.length);
    if (t.output < p.kept.count) {
        int64_t at[2];
        locate(p.kept, p.keptStrides, uint32_t(t.output), at);
        t.to = p.toPartial ? (p.firstSplit + t.split) * p.kept.count + t.output : at[0];
        t.from = at[1];
    } else {
        t.end = 0;
    }
    return t;
}

DEVICE int64_t works(const ReduceParams& p) {
    int64_t outputs = REDUCE_THREADS / p.group;
    return (p.kept.count + outputs - 1) / outputs * p.splits;
}

/// Where the thread's next TAKEN elements lie; those beyond the end where the first one lies.
DEVICE void locateTaken(const ReduceParams& p, const Part& t, int64_t element, int64_t (&at)[TAKEN]) {
    UNROLL for (int j = 0; j < TAKEN; j++) {
        int64_t i = element + j * p.group;
        int64_t step[1];
        locate(p.reduced, p.reducedStrides, uint32_t(i < t.end ? i : element), step);
        at[j] = t.from + step[0];
    }
}

// ---- values

template <class W> DEVICE W plus(W x, W y) {
    if constexpr (Traits<W>::floating) {
        return x + y;
    } else {
        return W(uint64_t(x) + uint64_t(y));
    }
}

template <class W> DEVICE W times(W x, W y) {
    if constexpr (IS_COMPLEX<W>) { // a single infinite factor is the product: by 1 + 0j it has NaN
        return x == W(1) ? y : y == W(1) ? x : x * y;
    } else if constexpr (Traits<W>::floating) {
        return x * y;
    } else {
        return W(uint64_t(x) * uint64_t(y));
    }
}

/// NaN if either is; +0 is more than -0.
template <class W> DEVICE W larger(W x, W y) {
    if constexpr (Traits<W>::floating) {
        return x > y || x != x || (x == y && !std::signbit(x)) ? x : y;
    } else {
        return x > y ? x : y;
    }
}

template <class W> DEVICE W smaller(W x, W y) {
    if constexpr (Traits<W>::floating) {
        return x < y || x != x || (x == y && std::signbit(x)) ? x : y;
    } else {
        return x < y ? x : y;
    }
}

template <class W> DEVICE W identity(int op) {
    if (op == SUM || op == PROD) {
        return W(op == PROD);
    }
    bool most = op == MIN || op == ALL;
    if constexpr (IS_COMPLEX<W>) {
        return W(1);
    } else if constexpr (Traits<W>::floating) {
        return most ? W(INFINITY) : W(-INFINITY);
    } else {
        return most ? Traits<W>::greatest : Traits<W>::least;
    }
}

/// The first n elements, pairwise; destroys them.
template <class W, class F> DEVICE W tree(W (&x)[TAKEN], F combine) {
    UNROLL for (int width = TAKEN / 2; width > 0; width /= 2) {
        UNROLL for (int j = 0; j < width; j++) {
            x[j] = combine(x[j], x[j + width]);
        }
    }
    return x[0];
}

template <class W> DEVICE W fold(int op, W (&x)[TAKEN]) {
    if constexpr (IS_COMPLEX<W>) { // products only
        return tree(x, [](W v, W w) { return times(v, w); });
    } else switch (op) {
        case SUM: return tree(x, [](W v, W w) { return plus(v, w); });
        case PROD: return tree(x, [](W v, W w) { return times(v, w); });
        case MAX: case ANY: return tree(x, [](W v, W w) { return larger(v, w); });
        default: return tree(x, [](W v, W w) { return smaller(v, w); });
    }
}

template <class W> DEVICE W combine(int op, W x, W y) {
    if constexpr (IS_COMPLEX<W>) {
        return times(x, y);
    } else switch (op) {
        case SUM: return plus(x, y);
        case PROD: return times(x, y);
        case MAX: case ANY: return larger(x, y);
        default: return smaller(x, y);
    }
}

/// The thread's next TAKEN elements: all loads first, then what needs their values.
template <class T, class W> DEVICE void read(const ReduceParams& p, const Part& t, int64_t element, W (&x)[TAKEN]) {
    int64_t at[TAKEN];
    locateTaken(p, t, element, at);
    if (p.fromPartial) {
        UNROLL for (int j = 0; j < TAKEN; j++) {
            x[j] = static_cast<const W*>(p.a)[at[j]];
        }
    } else {
        T loaded[TAKEN];
        UNROLL for (int j = 0; j < TAKEN; j++) {
            loaded[j] = static_cast<const T*>(p.a)[at[j]];
        }
        UNROLL for (int j = 0; j < TAKEN; j++) {
            x[j] = p.op >= ANY ? W(loaded[j] != T(0)) : W(loaded[j]);
        }
    }
    UNROLL for (int j = 0; j < TAKEN; j++) {
        if (element + j * p.group >= t.end) {
            x[j] = identity<W>(int(p.op));
        }
    }
}

template <class T, class W> DEVICE void write(const ReduceParams& p, int64_t at, W result) {
    if (p.toPartial) {
        static_cast<W*>(p.out)[at] = result;
    } else if (p.op >= ANY) {
        static_cast<bool8*>(p.out)[at] = result != W(0);
    } else {
        static_cast<T*>(p.out)[at] = T(result);
    }
}

template <class T> DEVICE void reduce(const ReduceParams& p) {
    using W = typename Traits<T>::Wide;
    SHARED(W, results, REDUCE_THREADS);
    int op = int(p.op);
    int group = int(p.group);
    NO_UNROLL for (int64_t work = blockIdx.x; work < works(p); work += gridDim.x) {
        Part t = part(p, work);
        W result = identity<W>(op);
        NO_UNROLL for (int64_t i = t.begin; i < t.end; i += TAKEN * group) {
            W x[TAKEN];
            read<T, W>(p, t, i, x);
            result = combine(op, result, fold(op, x));
        }
        if (group > 1) {
            int own = t.lane * t.outputs + t.slot;
            results[own] = result;
            NO_UNROLL for (int width = group / 2; width > 0; width /= 2) {
                __syncthreads();
                if (t.lane < width) {
                    result = combine(op, result, results[own + width * t.outputs]);
                    results[own] = result;
                }
            }
            __syncthreads(); // before the next work
        }
        if (t.lane == 0 && t.output < p.kept.count) {
            write<T, W>(p, t.to, result);
        }
    }
}

#define REDUCE(name, T) \
    KERNEL_BOUNDED(REDUCE_THREADS, 3, reduce_##name, ReduceParams, p) { reduce<T>(p); }

// ---- positions

template <class T> struct Extreme {
    T value;
    int64_t position; ///< NOWHERE: of no element
};
constexpr int64_t NOWHERE = INT64_MAX;

/// Whether x beats y, wherever they lie: NaN beats all numbers.
template <class T> DEVICE bool beats(bool greatest, T x, T y) {
    if constexpr (Traits<T>::floating) {
        return y == y && !(greatest ? x <= y : x >= y);
    } else {
        return greatest ? x > y : x < y;
    }
}

template <class T> DEVICE Extreme<T> better(bool greatest, Extreme<T> x, Extreme<T> y) {
    if (x.position == NOWHERE || y.position == NOWHERE) {
        return x.position == NOWHERE ? y : x;
    }
    return beats(greatest, x.value, y.value) || (!beats(greatest, y.value, x.value) && x.position < y.position) ? x : y;
}

template <class T> DEVICE void find(const ReduceParams& p) {
    SHARED(T, values, REDUCE_THREADS);
    SHARED(int64_t, positions, REDUCE_THREADS);
    bool greatest = p.op == ARGMAX;
    int group = int(p.group);
    const T* a = static_cast<const T*>(p.a);
    NO_UNROLL for (int64_t work = blockIdx.x; work < works(p); work += gridDim.x) {
        Part t = part(p, work);
        Extreme<T> best = {T(0), NOWHERE};
        NO_UNROLL for (int64_t i = t.begin; i < t.end; i += TAKEN * group) {
            int64_t at[TAKEN];
            T x[TAKEN];
            locateTaken(p, t, i, at);
            UNROLL for (int j = 0; j < TAKEN; j++) {
                x[j] = a[at[j]];
            }
            UNROLL for (int j = 0; j < TAKEN; j++) {
                int64_t element = i + j * group;
                if (element < t.end) {
                    best = better(greatest, best, {x[j], p.fromPartial ? p.positions[at[j]] : p.firstPosition + element});
                }
            }
        }
        if (group > 1) {
            int own = t.lane * t.outputs + t.slot;
            values[own] = best.value;
            positions[own] = best.position;
            NO_UNROLL for (int width = group / 2; width > 0; width /= 2) {
                __syncthreads();
                if (t.lane < width) {
                    int other = own + width * t.outputs;
                    best = better(greatest, best, {values[other], positions[other]});
                    values[own] = best.value;
                    positions[own] = best.position;
                }
            }
            __syncthreads(); // before the next work
        }
        if (t.lane == 0 && t.output < p.kept.count) {
            if (p.toPartial) {
                static_cast<T*>(p.out)[t.to] = best.value;
                p.outPositions[t.to] = best.position;
            } else {
                static_cast<int64_t*>(p.out)[t.to] = best.position;
            }
        }
    }
}

#define FIND(name, T) \
    KERNEL_BOUNDED(REDUCE_THREADS, 3, find_##name, ReduceParams, p) { find<T>(p); }
