// Programs of elementwise steps, interpreted: a thread runs each step for several elements before the next one, so that finding out what to do costs
// little. The result of a step is in hand for the next; what is needed later is in a place of the thread's local memory. Steps have the results of the
// kernels in elementwise.cuh, reductions those of reduce.cuh: both take their arithmetic from there. Truth values are the numbers 0 and 1.
#pragma once

#include "elementwise.cuh"
#include "half.cuh"
#define TAKEN FOLDED // elements that reductions take at a time; elementwise kernels call theirs so
#include "reduce.cuh"
#undef TAKEN

constexpr int FUSED_AXES = 6;
constexpr int FUSED_OPERANDS = 20; ///< targets and what is loaded
constexpr int FUSED_STEPS = 80;
constexpr int FUSED_CONSTANTS = 24;
constexpr int FUSED_PLACES = 16;
constexpr int FUSED_ROWS = 379; ///< words, as many as a launch has room for

/// Elements that a thread takes at a time.
template <class T> constexpr int FUSED_TAKEN = 32 / sizeof(T);
/// And where they are reduced.
constexpr int FUSED_FOLDED = 4;

/// In the order of UnaryOp, then of BinaryOp from FIRST_BINARY on, then these.
enum FusedOp { FIRST_BINARY = 48, FIRST_TERNARY = 80, WHERE_STEP = FIRST_TERNARY, MOVE, TO_TRUTH };

/// How elements lie in memory.
enum FusedType { AS_COMPUTED, AS_TRUTH, AS_FLOAT16, AS_BFLOAT16 };

struct FusedAxes {
    int64_t rank;
    int64_t count;
    int64_t sizes[FUSED_AXES]; ///< innermost first
    int64_t divisors[FUSED_AXES];
};

struct FusedStrides {
    int64_t at[FUSED_AXES];
};

/// A step, from the low byte on: operation, three operands, the place that keeps the result (or NOWHERE_KEPT), and whether the first two are exchanged. An
/// operand has what it is in its two high bits: in a place, loaded, constant, or the result of the step before. Only the second one is loaded; it is the
/// one of a step that has one. The first `targets` operands of the program are written, from the steps' operands in the bytes of `results`.
struct FusedProgram {
    int64_t count;
    int64_t targets;
    int64_t results;
    int64_t types[2]; ///< four bits for each operand of the program, 16 in a word
    void* data[FUSED_OPERANDS];
    int64_t steps[FUSED_STEPS];
    double constants[FUSED_CONSTANTS];
};

enum FusedOperand { IN_PLACE, LOADED, CONSTANT, BEFORE };
constexpr int NOWHERE_KEPT = 0xff;

DEVICE int typeOf(const FusedProgram& p, int operand) { return int(p.types[operand / 16] >> (operand % 16 * 4) & 15); }

/// Where element `index` of the row-major order lies.
DEVICE int64_t locate(const int64_t* sizes, const int64_t* divisors, int last, const FusedStrides& strides, uint32_t index) {
    int64_t position = 0;
    NO_UNROLL for (int axis = 0; axis < last; axis++) {
        uint32_t rest = divide(index, divisors[axis]);
        position += int64_t(index - rest * uint32_t(sizes[axis])) * strides.at[axis];
        index = rest;
    }
    return position + int64_t(index) * strides.at[last];
}

template <class S, class T, int V> DEVICE void loadPack(const void* data, int64_t at, T (&x)[V]) {
    Pack<S, V> pack = *reinterpret_cast<const Pack<S, V>*>(static_cast<const S*>(data) + at);
    UNROLL for (int j = 0; j < V; j++) {
        x[j] = T(pack.at[j]);
    }
}

template <class T> DEVICE void storeOne(int type, void* data, int64_t at, T z) {
    if (type == AS_TRUTH) {
        static_cast<bool8*>(data)[at] = z != T(0);
        return;
    }
    if constexpr (sizeof(T) == 4) {
        if (type == AS_FLOAT16) {
            static_cast<float16*>(data)[at] = float16(z);
            return;
        }
        if (type == AS_BFLOAT16) {
            static_cast<bfloat16*>(data)[at] = bfloat16(z);
            return;
        }
    }
    static_cast<T*>(data)[at] = z;
}

template <class S, class T, int V> DEVICE void storePack(void* data, int64_t at, const T (&z)[V]) {
    Pack<S, V> pack;
    UNROLL for (int j = 0; j < V; j++) {
        pack.at[j] = S(z[j]);
    }
    *reinterpret_cast<Pack<S, V>*>(static_cast<S*>(data) + at) = pack;
}

// ---- steps ----

template <class T, int V, class F> DEVICE void each(T (&x)[V], F f) {
    UNROLL for (int j = 0; j < V; j++) {
        x[j] = T(f(x[j]));
    }
}

template <class T, int V, class F> DEVICE void each(const T (&x)[V], T (&y)[V], F f) {
    UNROLL for (int j = 0; j < V; j++) {
        y[j] = T(f(x[j], y[j]));
    }
}

/// Every step, once for all elements: code for each is kept for the most frequent ones.
template <class T> DEVICE_CALL T anyUnary(int op, T x) {
    return op == SIGN ? floatingUnary(op, x) + T(0) /* -0 becomes 0 */ : op < IS_NAN ? floatingUnary(op, x) : T(test(op, x));
}

template <class T> DEVICE_CALL T anyBinary(int op, T x, T y) { return op < EQUAL ? floatingBinary(op, x, y) : T(compare(op, x, y)); }

template <class T, int V> DEVICE void unaryStep(int op, T (&x)[V]) {
    switch (op) {
        case NEGATIVE: each(x, [](T v) { return -v; }); break;
        case SQUARE: each(x, [](T v) { return v * v; }); break;
        default: each(x, [=](T v) { return anyUnary(op, v); });
    }
}

/// Replaces the right operand.
template <class T, int V> DEVICE void binaryStep(int op, const T (&x)[V], T (&y)[V]) {
    switch (op) {
        case ADD: each(x, y, [](T v, T w) { return v + w; }); break;
        case SUBTRACT: each(x, y, [](T v, T w) { return v - w; }); break;
        case MULTIPLY: each(x, y, [](T v, T w) { return v * w; }); break;
        default: each(x, y, [=](T v, T w) { return anyBinary(op, v, w); });
    }
}

/// What a thread has of V elements: the values in places, and the result of the step before.
template <class T, int V> struct Hand {
    T places[FUSED_PLACES][V];
    T before[V];
};

template <class T, int V> DEVICE void fetch(const FusedProgram& p, const Hand<T, V>& hand, int operand, T (&x)[V]) {
    int index = operand & 63;
    int from = operand >> 6;
    UNROLL for (int j = 0; j < V; j++) {
        x[j] = from == IN_PLACE ? hand.places[index][j] : from == CONSTANT ? T(p.constants[index]) : hand.before[j];
    }
}

/// Runs all steps for V elements; load(k, x) loads them from operand k.
template <class T, int V, class Load> DEVICE void interpret(const FusedProgram& p, Hand<T, V>& hand, Load load) {
    NO_UNROLL for (int s = 0; s < int(p.count); s++) {
        uint64_t step = uint64_t(p.steps[s]);
        int op = int(step & 0xff);
        int second = int(step >> 16 & 0xff);
        T x[V];
        T y[V];
        if (second >> 6 == LOADED) {
            load(second & 63, y);
        } else {
            fetch(p, hand, second, y);
        }
        if (op < FIRST_BINARY) {
            unaryStep(op, y);
        } else if (op == TO_TRUTH) {
            each(y, [](T v) { return v != T(0); });
        } else if (op != MOVE) {
            fetch(p, hand, int(step >> 8 & 0xff), x);
            if (step >> 40 & 1) {
                UNROLL for (int j = 0; j < V; j++) {
                    T v = x[j];
                    x[j] = y[j];
                    y[j] = v;
                }
            }
            if (op == WHERE_STEP) {
                T z[V];
                fetch(p, hand, int(step >> 24 & 0xff), z);
                UNROLL for (int j = 0; j < V; j++) {
                    y[j] = x[j] != T(0) ? y[j] : z[j];
                }
            } else {
                binaryStep(op - FIRST_BINARY, x, y);
            }
        }
        int kept = int(step >> 32 & 0xff);
        UNROLL for (int j = 0; j < V; j++) {
            hand.before[j] = y[j];
        }
        if (kept != NOWHERE_KEPT) {
            UNROLL for (int j = 0; j < V; j++) {
                hand.places[kept][j] = y[j];
            }
        }
    }
}

/// Elements from anywhere.
template <class T, int V> DEVICE void gather(int type, const void* data, const int64_t (&at)[V], T (&x)[V]) {
    if (type == AS_TRUTH) {
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = T(static_cast<const bool8*>(data)[at[j]].byte != 0);
        }
    } else if (sizeof(T) == 4 && type == AS_FLOAT16) {
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = T(float(static_cast<const float16*>(data)[at[j]]));
        }
    } else if (sizeof(T) == 4 && type == AS_BFLOAT16) {
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = T(float(static_cast<const bfloat16*>(data)[at[j]]));
        }
    } else {
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = static_cast<const T*>(data)[at[j]];
        }
    }
}

// ---- elementwise ----

/// Where the operands of one shape lie.
struct FusedSpace {
    FusedAxes axes;
    FusedStrides strides[FUSED_OPERANDS];
};

/// `packed` as in sweep.cuh: bit k says whether operand k steps by one element along the innermost axis, which counts packs then.
///
/// Or the program runs for each of several groups of operands, which are packed or the same number everywhere: the latter are in program.data, which counts
/// columns of `rows` for the others. A row has the group's first pack, groups beginning with a block, its number of elements, negative if some operand is not
/// aligned for packs, and the operands in the columns.
struct FusedParams {
    FusedProgram program;
    int64_t packed;
    int64_t elements;
    int64_t groups; ///< 0 for a space
    int64_t width;  ///< words of a row
    union {
        FusedSpace space;
        int64_t rows[FUSED_ROWS];
    };
};

/// The row of the last group that begins at a pack or before.
DEVICE const int64_t* rowOf(const FusedParams& p, int64_t pack) {
    int low = 0;
    int high = int(p.groups);
    NO_UNROLL while (high - low > 1) {
        int middle = (low + high) / 2;
        bool before = p.rows[middle * p.width] <= pack;
        low = before ? middle : low;
        high = before ? high : middle;
    }
    return p.rows + low * p.width;
}

template <class T> DEVICE void fused(const FusedParams& p) {
    constexpr int V = FUSED_TAKEN<T>;
    const FusedProgram& program = p.program;
    const FusedAxes& axes = p.space.axes;
    bool grouped = p.groups != 0;
    bool packed = p.packed != 0;
    int last = grouped ? 0 : int(axes.rank) - 1;
    int64_t block = int64_t(blockDim.x) * (packed ? 1 : V);
    int64_t end = grouped ? p.elements : axes.count;
    NO_UNROLL for (int64_t start = blockIdx.x * block; start < end; start += gridDim.x * block) {
        const int64_t* row = grouped ? rowOf(p, start) : nullptr;
        int64_t first = start + threadIdx.x - (grouped ? row[0] : 0);
        bool aligned = !grouped || row[1] > 0;
        int64_t elements = !grouped ? p.elements : aligned ? row[1] : -row[1];
        int64_t steps = grouped ? (elements + V - 1) / V : axes.count;
        if (first >= steps) {
            continue;
        }
        int64_t rest = packed ? elements - first * V : (steps - first + blockDim.x - 1) / blockDim.x;
        int count = rest < V ? int(rest) : V;
        bool whole = packed && aligned && count == V;
        auto dataOf = [&](int k) {
            bool own = grouped && (p.packed >> k & 1);
            return own ? reinterpret_cast<void*>(row[2 + reinterpret_cast<int64_t>(program.data[k])]) : program.data[k];
        };
        auto at = [&](int k, int64_t index) {
            return grouped ? (p.packed >> k & 1) * index * V
                           : locate(axes.sizes, axes.divisors, last, p.space.strides[k], uint32_t(index));
        };
        auto load = [&](int k, T(&x)[V]) {
            const void* data = dataOf(k);
            int type = typeOf(program, k);
            int64_t from = at(k, first);
            if (whole && (p.packed >> k & 1)) {
                if (type == AS_TRUTH) {
                    loadPack<bool8>(data, from, x);
                } else if (sizeof(T) == 4 && type == AS_FLOAT16) {
                    loadPack<float16>(data, from, x);
                } else if (sizeof(T) == 4 && type == AS_BFLOAT16) {
                    loadPack<bfloat16>(data, from, x);
                } else {
                    loadPack<T>(data, from, x);
                }
                return;
            }
            int64_t places[V];
            UNROLL for (int j = 0; j < V; j++) {
                places[j] = from;
            }
            if (!packed) {
                UNROLL for (int j = 1; j < V; j++) {
                    places[j] = j < count ? at(k, first + j * int64_t(blockDim.x)) : from;
                }
            } else if (p.packed >> k & 1) {
                UNROLL for (int j = 1; j < V; j++) {
                    places[j] = from + (j < count ? j : 0);
                }
            }
            gather(type, data, places, x);
        };
        Hand<T, V> hand;
        interpret(program, hand, load);
        T z[V];
        NO_UNROLL for (int k = 0; k < int(program.targets); k++) {
            fetch(program, hand, int(program.results >> (8 * k) & 0xff), z);
            void* data = dataOf(k);
            int type = typeOf(program, k);
            int64_t to = at(k, first);
            if (!whole) {
                UNROLL for (int j = 0; j < V; j++) {
                    if (j < count) {
                        storeOne(type, data, packed ? to + j : at(k, first + j * int64_t(blockDim.x)), z[j]);
                    }
                }
            } else if (type == AS_TRUTH) {
                each(z, [](T v) { return v != T(0); });
                storePack<bool8>(data, to, z);
            } else if (sizeof(T) == 4 && type == AS_FLOAT16) {
                storePack<float16>(data, to, z);
            } else if (sizeof(T) == 4 && type == AS_BFLOAT16) {
                storePack<bfloat16>(data, to, z);
            } else {
                storePack<T>(data, to, z);
            }
        }
    }
}

// ---- reductions ----

/// Sums, maxima and minima.
template <class W> DEVICE W merge(int op, W x, W y) { return op == SUM ? x + y : op == MAX ? larger(x, y) : smaller(x, y); }

/// The first operand is written; the strides of `reduce` are its.
struct FusedReduceParams {
    ReduceParams reduce;
    FusedStrides kept[FUSED_OPERANDS];
    FusedStrides reduced[FUSED_OPERANDS];
    FusedProgram program;
};

template <class T> DEVICE void fusedReduce(const FusedReduceParams& p) {
    constexpr int V = FUSED_FOLDED;
    using W = typename Traits<T>::Wide;
    SHARED(W, results, REDUCE_THREADS);
    const ReduceParams& r = p.reduce;
    int op = int(r.op);
    int group = int(r.group);
    NO_UNROLL for (int64_t work = blockIdx.x; work < works(r); work += gridDim.x) {
        Part t = part(r, work);
        W result = identity<W>(op);
        NO_UNROLL for (int64_t i = t.begin; i < t.end; i += V * group) {
            auto load = [&](int k, T(&x)[V]) {
                int64_t from = locate(r.kept.sizes, r.kept.divisors, int(r.kept.rank) - 1, p.kept[k], uint32_t(t.output));
                int64_t places[V];
                UNROLL for (int j = 0; j < V; j++) {
                    int64_t e = i + j * group;
                    uint32_t index = uint32_t(e < t.end ? e : i);
                    places[j] = from + locate(r.reduced.sizes, r.reduced.divisors, int(r.reduced.rank) - 1, p.reduced[k], index);
                }
                gather(typeOf(p.program, k), p.program.data[k], places, x);
            };
            Hand<T, V> hand;
            interpret(p.program, hand, load);
            T z[V];
            fetch(p.program, hand, int(p.program.results & 0xff), z);
            UNROLL for (int j = 0; j < V; j++) {
                result = i + j * group < t.end ? merge(op, result, W(z[j])) : result;
            }
        }
        if (group > 1) {
            int own = t.lane * t.outputs + t.slot;
            results[own] = result;
            NO_UNROLL for (int width = group / 2; width > 0; width /= 2) {
                __syncthreads();
                if (t.lane < width) {
                    result = merge(op, result, results[own + width * t.outputs]);
                    results[own] = result;
                }
            }
            __syncthreads(); // before the next work
        }
        if (t.lane == 0 && t.output < r.kept.count) {
            if (r.toPartial) {
                static_cast<W*>(r.out)[t.to] = result;
            } else {
                storeOne<T>(typeOf(p.program, 0), r.out, t.to, T(result));
            }
        }
    }
}

#define FUSED(name, T)                                \
    KERNEL_BOUNDED(REDUCE_THREADS, 4, fused_##name, FusedParams, p) { fused<T>(p); } \
    KERNEL_BOUNDED(REDUCE_THREADS, 2, fusedReduce_##name, FusedReduceParams, p) { fusedReduce<T>(p); }
