// Sorting lines and searching in sorted ones. Elements are compared by keys, unsigned integers of the same order. A block sorts a run of elements in
// shared memory by Batcher's bitonic network ("Sorting networks and their applications", AFIPS 1968); positions decide between equal keys, so that the
// order is stable. Runs of longer lines are merged two by two, each block cutting its part out of both (Odeh, Green, Mwassi, Shmueli and Birk, "Merge
// path - parallel merging made simple", 2012).
#pragma once

#include "k4j.cuh"

constexpr int SORT_THREADS = 256;
constexpr int RUN = 2048;
constexpr int EACH = RUN / SORT_THREADS;

/// How elements become keys.
struct Form {
    int64_t bytes;
    int64_t most; ///< all bits of an element
    int64_t sign; ///< its sign; 0 if there is none
    int64_t infinity; ///< the bits of infinity; 0 if there is none
    int64_t descending;
};

/// -0.0 is 0.0, and NaN the greatest in both orders.
template <class Key> DEVICE Key keyOf(const Form& form, const void* a, int64_t at) {
    Key bits;
    switch (form.bytes) {
        case 1: bits = static_cast<const uint8_t*>(a)[at]; break;
        case 2: bits = static_cast<const uint16_t*>(a)[at]; break;
        case 4: bits = static_cast<const uint32_t*>(a)[at]; break;
        default: bits = Key(static_cast<const uint64_t*>(a)[at]);
    }
    Key most = Key(form.most);
    Key sign = Key(form.sign);
    if (form.infinity != 0) {
        Key magnitude = bits & (sign - 1);
        if (magnitude > Key(form.infinity)) {
            return most;
        }
        bits = magnitude == 0 ? sign : (bits & sign) != 0 ? most ^ bits : bits | sign;
    } else {
        bits ^= sign;
    }
    return form.descending ? most ^ bits : bits;
}

struct RunsParams {
    Axes lines;
    Strides strides[2]; ///< of the first elements of the lines: index, a
    int64_t* index; ///< if a run is a line
    const void* a;
    int64_t steps[2]; ///< along the axis
    int64_t wanted; ///< elements of index in a line
    int64_t length;
    Form form;
    int64_t segment; ///< elements of a run, a power of two of at most RUN
    int64_t runs; ///< in a line
    void* keys; ///< of all lines one after another, if a line is several runs
    int32_t* order; ///< their positions in the line
};

/// A thread loads and stores the same places of shared memory, so that no barrier is needed before the next work.
template <class Key> DEVICE void sortRuns(const RunsParams& p) {
    SHARED(Key, keys, RUN);
    SHARED(int32_t, order, RUN);
    int segment = int(p.segment);
    int together = RUN / segment;
    int64_t units = p.lines.count * p.runs;
    int64_t works = (units + together - 1) / together;
    NO_UNROLL for (int64_t work = blockIdx.x; work < works; work += gridDim.x) {
        NO_UNROLL for (int e = threadIdx.x; e < RUN; e += SORT_THREADS) {
            int64_t unit = work * together + e / segment;
            int64_t line = unit / p.runs;
            int64_t i = unit % p.runs * RUN + e % segment;
            Key key = ~Key(0);
            if (line < p.lines.count && i < p.length) {
                int64_t at[2];
                locate(p.lines, p.strides, uint32_t(line), at);
                key = keyOf<Key>(p.form, p.a, at[1] + i * p.steps[1]);
            }
            keys[e] = key;
            order[e] = int32_t(i);
        }
        NO_UNROLL for (int size = 2; size <= segment; size *= 2) {
            NO_UNROLL for (int apart = size / 2; apart > 0; apart /= 2) {
                __syncthreads();
                UNROLL for (int t = threadIdx.x; t < RUN / 2; t += SORT_THREADS) {
                    int low = 2 * t - (t & (apart - 1));
                    int high = low + apart;
                    bool rises = (low & (segment - 1) & size) == 0;
                    Key x = keys[low];
                    Key y = keys[high];
                    int32_t i = order[low];
                    int32_t j = order[high];
                    bool greater = x > y || (x == y && i > j);
                    if (greater == rises) {
                        keys[low] = y;
                        keys[high] = x;
                        order[low] = j;
                        order[high] = i;
                    }
                }
            }
        }
        __syncthreads();
        NO_UNROLL for (int e = threadIdx.x; e < RUN; e += SORT_THREADS) {
            int64_t unit = work * together + e / segment;
            int64_t line = unit / p.runs;
            int64_t i = unit % p.runs * RUN + e % segment;
            if (line < p.lines.count && i < p.length) {
                if (p.runs == 1) {
                    int64_t at[2];
                    locate(p.lines, p.strides, uint32_t(line), at);
                    if (i < p.wanted) {
                        p.index[at[0] + i * p.steps[0]] = order[e];
                    }
                } else {
                    static_cast<Key*>(p.keys)[line * p.length + i] = keys[e];
                    p.order[line * p.length + i] = order[e];
                }
            }
        }
    }
}

#define SORT_RUNS(name, Key) \
    KERNEL(sort_runs_##name, RunsParams, p) { sortRuns<Key>(p); }

struct MergeParams {
    Axes lines;
    Strides strides[1]; ///< of index
    int64_t* index; ///< of the last pass
    int64_t step; ///< along the axis
    int64_t wanted; ///< elements of index in a line
    int64_t length;
    int64_t width; ///< of the runs: a multiple of RUN
    const void* keys;
    const int32_t* order;
    void* outKeys;
    int32_t* outOrder; ///< null in the last pass
};

/// How many of the first `count` elements of the merged runs are of the first run; the warp searches.
template <class Key> DEVICE int64_t firsts(const Key* a, int64_t aSize, const Key* b, int64_t bSize, int64_t count) {
    int lane = threadIdx.x % 32;
    int64_t low = count > bSize ? count - bSize : 0;
    int64_t high = count < aSize ? count : aSize;
    NO_UNROLL while (low < high) {
        int64_t step = (high - low + 31) / 32;
        int64_t i = low + lane * step;
        bool before = i < high && a[i] <= b[count - 1 - i];
        int known = __popc(__ballot_sync(0xffffffffu, before));
        if (known == 0) {
            high = low;
        } else {
            int64_t next = low + known * step;
            low += (known - 1) * step + 1;
            high = next < high ? next : high;
        }
    }
    return low;
}

/// As in sortRuns, no barrier is needed before the next work.
template <class Key> DEVICE void merge(const MergeParams& p) {
    SHARED(Key, keys, RUN);
    SHARED(int32_t, order, RUN);
    SHARED(int64_t, cuts, 2);
    int64_t tiles = (p.length + RUN - 1) / RUN;
    int64_t works = p.lines.count * tiles;
    NO_UNROLL for (int64_t work = blockIdx.x; work < works; work += gridDim.x) {
        int64_t line = work / tiles;
        int64_t tile = work % tiles * RUN;
        int64_t start = tile / (2 * p.width) * (2 * p.width);
        int64_t aSize = min(p.width, p.length - start);
        int64_t bSize = min(p.width, p.length - start - aSize);
        const Key* a = static_cast<const Key*>(p.keys) + line * p.length + start;
        const Key* b = a + aSize;
        const int32_t* aOrder = p.order + line * p.length + start;
        const int32_t* bOrder = aOrder + aSize;
        int64_t from = tile - start;
        int64_t to = min(from + RUN, aSize + bSize);
        int warp = threadIdx.x / 32;
        if (warp < 2) {
            int64_t cut = firsts(a, aSize, b, bSize, warp == 0 ? from : to);
            if (threadIdx.x % 32 == 0) {
                cuts[warp] = cut;
            }
        }
        __syncthreads();
        int64_t aFrom = cuts[0];
        int64_t bFrom = from - aFrom;
        int aCount = int(cuts[1] - aFrom);
        int count = int(to - from);
        NO_UNROLL for (int e = threadIdx.x; e < count; e += SORT_THREADS) {
            bool first = e < aCount;
            int64_t at = first ? aFrom + e : bFrom + (e - aCount);
            keys[e] = first ? a[at] : b[at];
            order[e] = first ? aOrder[at] : bOrder[at];
        }
        __syncthreads();
        int own = min(int(threadIdx.x) * EACH, count);
        int bCount = count - aCount;
        int low = max(0, own - bCount);
        int high = min(own, aCount);
        NO_UNROLL while (low < high) {
            int middle = (low + high) / 2;
            if (keys[middle] <= keys[aCount + own - 1 - middle]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        int i = low;
        int j = aCount + own - low;
        Key merged[EACH];
        int32_t places[EACH];
        UNROLL for (int k = 0; k < EACH; k++) {
            bool first = i < aCount && (j >= count || keys[i] <= keys[j]);
            int at = min(first ? i : j, count - 1);
            merged[k] = keys[at];
            places[k] = order[at];
            i += first;
            j += !first;
        }
        __syncthreads();
        UNROLL for (int k = 0; k < EACH; k++) {
            if (own + k < count) {
                keys[own + k] = merged[k];
                order[own + k] = places[k];
            }
        }
        __syncthreads();
        int64_t at[1] = {0};
        if (p.outOrder == nullptr) {
            locate(p.lines, p.strides, uint32_t(line), at);
        }
        NO_UNROLL for (int e = threadIdx.x; e < count; e += SORT_THREADS) {
            if (p.outOrder == nullptr) {
                if (tile + e < p.wanted) {
                    p.index[at[0] + (tile + e) * p.step] = order[e];
                }
            } else {
                static_cast<Key*>(p.outKeys)[line * p.length + tile + e] = keys[e];
                p.outOrder[line * p.length + tile + e] = order[e];
            }
        }
    }
}

#define MERGE(name, Key) \
    KERNEL(merge_##name, MergeParams, p) { merge<Key>(p); }

struct SearchParams {
    Axes axes;
    Strides strides[3]; ///< out, what is sought, the first elements of sorted lines
    int64_t* out;
    const void* sought;
    const void* lines;
    int64_t step; ///< along the lines
    int64_t length;
    int64_t right; ///< whether places are after what is equal
    Form form;
};

DEVICE void search(const SearchParams& p) {
    NO_UNROLL for (int64_t i = firstIndex(); i < p.axes.count; i += indexStep()) {
        int64_t at[3];
        locate(p.axes, p.strides, uint32_t(i), at);
        uint64_t key = keyOf<uint64_t>(p.form, p.sought, at[1]);
        int64_t low = 0;
        int64_t high = p.length;
        NO_UNROLL while (low < high) {
            int64_t middle = (low + high) / 2;
            uint64_t there = keyOf<uint64_t>(p.form, p.lines, at[2] + middle * p.step);
            if (there < key || (p.right && there == key)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        p.out[at[0]] = low;
    }
}
