// Running reductions along an axis, and linear recurrences. Which elements are combined in which order depends on sizes and strides only: results are
// reproducible.
//
// A group of threads takes a line, or a chunk of one, tile by tile: each thread combines a few neighbours, a scan over the group's threads (within warps by
// shuffles, Hillis and Steele, "Data parallel algorithms", 1986; then over the warps) says what comes before them, and a carry what came before the tile. Where
// lines are nearer to each other than their elements, a group is one thread. Lines that are too few to fill the card are cut into chunks, which takes three
// launches: what each chunk comes to, a scan over the chunks, and the results. No block waits for another. Float32 is carried in double.
#pragma once

#include "k4j.cuh"

constexpr int SCAN_THREADS = 256;
constexpr int SCAN_WARP = 32;

/// In the order of kron4j.backend.ScanOp.
enum ScanOp { SUM, PROD, MAX, MIN, LOGSUMEXP };

/// What a launch does.
enum Phase { RESULTS, TOTALS, CARRIES };

struct ScanParams {
    Axes lines;
    Strides strides[3]; ///< of the first elements of the lines: out, a, links
    void* out;
    const void* a;
    const void* links; ///< of recurrences
    int64_t steps[3]; ///< along the axis
    int64_t length;
    int64_t op;
    int64_t group; ///< threads for each chunk: 1, 32 or 256
    int64_t chunk; ///< elements of a chunk, but for the last: a multiple of what a group takes
    int64_t chunks; ///< of a line
    void* totals; ///< if there are several: what each chunk comes to, then what comes before it, line by line in each chunk
    int64_t phase;
};

// ---- what is carried ----

template <class S> DEVICE S shuffle(S x, int by, bool fromLast) {
    constexpr int WORDS = sizeof(S) / sizeof(uint32_t);
    uint32_t words[WORDS];
    memcpy(words, &x, sizeof(S));
    UNROLL for (int i = 0; i < WORDS; i++) {
        words[i] = fromLast ? __shfl_sync(0xffffffffu, words[i], SCAN_WARP - 1) : __shfl_up_sync(0xffffffffu, words[i], by);
    }
    memcpy(&x, words, sizeof(S));
    return x;
}

/// What changes no number by being added to it, not even -0.
template <class W> struct Adding {
    using State = W;
    static constexpr int TAKEN = 4; ///< neighbours that a thread takes
    static DEVICE State none() { return State(-0.0); }
    static DEVICE State combine(int64_t, State x, State y) { return x + y; }
};

template <class T> struct Sums : Adding<std::conditional_t<Traits<T>::floating, double, uint64_t>> {
    using State = std::conditional_t<Traits<T>::floating, double, uint64_t>;
    static DEVICE State load(const T* a, const T*, int64_t) { return State(*a); }
    static DEVICE T result(State x) { return T(x); }
};

/// A number that does not leave its range: m * 2^e, with the larger part of m in [1/2, 1). EMPTY is the product of nothing.
template <class W> struct Ranged {
    W m;
    int64_t exponent[sizeof(W) / sizeof(int64_t)]; ///< the first; no byte is left without a value

    DEVICE int64_t e() const { return exponent[0]; }
};
constexpr int64_t EMPTY = INT64_MIN;

/// The exponent of a number as 2^e * [1/2, 1); 0 of what is not finite; small enough of what is below the normal ones.
DEVICE int exponentOf(double x) {
    int bits = int(uint64_t(__double_as_longlong(x)) >> 52 & 0x7ff);
    return bits == 0x7ff ? 0 : bits - 1022;
}

DEVICE double powerOfTwo(int e) { return __longlong_as_double(int64_t(1023 + e) << 52); }

static DEVICE_CALL double scaled(double x, int64_t e) { return ldexp(x, int(e < -4000 ? -4000 : e > 4000 ? 4000 : e)); }

/// Of a large number in two steps, because 2^-1024 is none.
DEVICE Ranged<double> ranged(double m, int64_t e) {
    int k = exponentOf(m);
    int half = k / 2;
    return {m * powerOfTwo(-half) * powerOfTwo(half - k), {e + k}};
}

template <class W> DEVICE_CALL Ranged<W> product(Ranged<W> x, Ranged<W> y) {
    if (x.e() == EMPTY || y.e() == EMPTY) {
        return x.e() == EMPTY ? y : x;
    }
    return ranged(x.m * y.m, x.e() + y.e());
}

template <class W> struct Multiplying {
    using State = Ranged<W>;
    static constexpr int TAKEN = 1;
    static DEVICE State none() { return {W(1), {EMPTY}}; }
    static DEVICE State combine(int64_t, State x, State y) { return product(x, y); }
};

template <class T> struct Products : Multiplying<typename Traits<T>::Wide> {
    using W = typename Traits<T>::Wide;
    static DEVICE Ranged<W> load(const T* a, const T*, int64_t) { return ranged(W(*a), 0); }
    static DEVICE T result(Ranged<W> x) { return T(scaled(x.m, x.e())); }
};

struct IntegerProducts {
    using State = uint64_t;
    static constexpr int TAKEN = 1;
    static DEVICE State none() { return 1; }
    static DEVICE State combine(int64_t, State x, State y) { return x * y; }
    static DEVICE State load(const int64_t* a, const int64_t*, int64_t) { return State(*a); }
    static DEVICE int64_t result(State x) { return int64_t(x); }
};

template <class W> struct Place {
    int64_t at; ///< negative: of no element
    W value;
};

/// The later of two extremes, and the better; NaN beats all numbers.
template <class W> DEVICE_CALL Place<W> better(int64_t op, Place<W> x, Place<W> y) {
    bool later = op == MAX ? y.value >= x.value : y.value <= x.value;
    return x.at < 0 || (y.at >= 0 && (later || y.value != y.value)) ? y : x;
}

template <class W> struct Choosing {
    using State = Place<W>;
    static constexpr int TAKEN = 1;
    static DEVICE State none() { return {-1, W(0)}; }
    static DEVICE State combine(int64_t op, State x, State y) { return better(op, x, y); }
};

template <class T> struct Places : Choosing<typename Traits<T>::Wide> {
    using W = typename Traits<T>::Wide;
    static DEVICE Place<W> load(const T* a, const T*, int64_t i) { return {i, W(*a)}; }
    static DEVICE int64_t result(Place<W> x) { return x.at; }
};

/// The largest element, and the sum of the exponentials over that of the largest.
struct Exponentials {
    double sum;
    double largest;
};

static DEVICE_CALL Exponentials together(Exponentials x, Exponentials y) {
    if (y.largest == x.largest || x.largest != x.largest) { // equal infinities too
        return {x.sum + y.sum, x.largest};
    }
    bool grows = !(y.largest < x.largest);
    double share = std::exp(grows ? x.largest - y.largest : y.largest - x.largest);
    return grows ? Exponentials{x.sum * share + y.sum, y.largest} : Exponentials{x.sum + y.sum * share, x.largest};
}

static DEVICE_CALL double logarithm(Exponentials x) { return x.largest + std::log(x.sum); }

struct AddingExponentials {
    using State = Exponentials;
    static constexpr int TAKEN = 1;
    static DEVICE State none() { return {0, -INFINITY}; }
    static DEVICE State combine(int64_t, State x, State y) { return together(x, y); }
};

template <class T> struct Logarithms : AddingExponentials {
    static DEVICE Exponentials load(const T* a, const T*, int64_t) { return {1, double(*a)}; }
    static DEVICE T result(Exponentials x) { return T(logarithm(x)); }
};

/// y -> d y + x. The product d of the links stays within its range, so that it does not turn 0 into NaN.
template <class W> struct Step {
    W x;
    Ranged<W> d; ///< EMPTY: the identity
};

template <class W> DEVICE_CALL Step<W> inTurn(Step<W> first, Step<W> then) {
    if (first.d.e() == EMPTY || then.d.e() == EMPTY) {
        return first.d.e() == EMPTY ? then : first;
    }
    return {scaled(then.d.m * first.x, then.d.e()) + then.x, product(first.d, then.d)};
}

template <class W> struct Stepping {
    using State = Step<W>;
    static constexpr int TAKEN = 1;
    static DEVICE State none() { return {W(0), {W(0), {EMPTY}}}; }
    static DEVICE State combine(int64_t, State x, State y) { return inTurn(x, y); }
};

template <class T> struct Recurrences : Stepping<typename Traits<T>::Wide> {
    using W = typename Traits<T>::Wide;
    /// The first element has no link, and nothing before it that one would matter to.
    static DEVICE Step<W> load(const T* a, const T* link, int64_t i) { return {W(*a), ranged(i == 0 ? W(1) : W(*link), 0)}; }
    static DEVICE T result(Step<W> s) { return T(s.x); }
};

// ---- scans ----

/// What comes before this thread in the group, and, as the second, what the whole group comes to.
template <class S> struct Scanned {
    S before;
    S total;
};

template <class Monoid, class S = typename Monoid::State> DEVICE_CALL Scanned<S> scanned(int64_t op, S own, S* warps) {
    int lane = threadIdx.x % SCAN_WARP;
    NO_UNROLL for (int by = 1; by < SCAN_WARP; by *= 2) {
        S other = shuffle(own, by, false);
        if (lane >= by) {
            own = Monoid::combine(op, other, own);
        }
    }
    S before = shuffle(own, 1, false);
    if (lane == 0) {
        before = Monoid::none();
    }
    S total = shuffle(own, 0, true);
    if (warps != nullptr) {
        int warp = threadIdx.x / SCAN_WARP;
        if (lane == 0) {
            warps[warp] = total;
        }
        __syncthreads();
        total = Monoid::none();
        S others = total;
        NO_UNROLL for (int w = 0; w < SCAN_THREADS / SCAN_WARP; w++) {
            others = w == warp ? total : others;
            total = Monoid::combine(op, total, warps[w]);
        }
        before = Monoid::combine(op, others, before);
        __syncthreads(); // before the next tile
    }
    return {before, total};
}

template <class Monoid, class Op, class T, class R = T> DEVICE void scan(const ScanParams& p) {
    using S = typename Monoid::State;
    constexpr int TAKEN = Monoid::TAKEN;
    SHARED(S, warps, SCAN_THREADS / SCAN_WARP);
    int group = int(p.group);
    int lane = threadIdx.x % group;
    int64_t units = p.lines.count * p.chunks;
    int64_t together = SCAN_THREADS / group;
    S* totals = static_cast<S*>(p.totals);
    NO_UNROLL for (int64_t first = blockIdx.x * together; first < units; first += gridDim.x * together) {
        int64_t unit = first + threadIdx.x / group;
        int64_t line = unit % p.lines.count;
        int64_t at[3] = {0, 0, 0};
        int64_t begin = 0;
        int64_t end = 0;
        if (unit < units) {
            locate(p.lines, p.strides, uint32_t(line), at);
            begin = unit / p.lines.count * p.chunk;
            end = min(p.length, begin + p.chunk);
        }
        R* out = static_cast<R*>(p.out) + at[0];
        const T* a = static_cast<const T*>(p.a) + at[1];
        const T* links = static_cast<const T*>(p.links) + at[2];
        S carry = p.phase == RESULTS && totals != nullptr && unit < units ? totals[unit] : Monoid::none();
        NO_UNROLL for (int64_t tile = begin; tile < end; tile += group * TAKEN) {
            int64_t i = tile + lane * TAKEN;
            S x[TAKEN];
            UNROLL for (int j = 0; j < TAKEN; j++) {
                int64_t k = i + j;
                x[j] = k >= end ? Monoid::none() : p.phase == CARRIES ? totals[k * p.lines.count + line]
                    : Op::load(a + k * p.steps[1], links + (k - 1) * p.steps[2], k);
            }
            UNROLL for (int j = 1; j < TAKEN; j++) {
                x[j] = Monoid::combine(p.op, x[j - 1], x[j]);
            }
            S past = carry;
            if (group == 1) {
                carry = Monoid::combine(p.op, carry, x[TAKEN - 1]);
            } else {
                Scanned<S> all = scanned<Monoid>(p.op, x[TAKEN - 1], p.group > SCAN_WARP ? warps : nullptr);
                past = Monoid::combine(p.op, carry, all.before);
                carry = Monoid::combine(p.op, carry, all.total);
            }
            if (p.phase != TOTALS) {
                UNROLL for (int j = 0; j < TAKEN; j++) {
                    int64_t k = i + j;
                    if (k < end && p.phase == RESULTS) {
                        out[k * p.steps[0]] = Op::result(Monoid::combine(p.op, past, x[j]));
                    } else if (k < end) {
                        totals[k * p.lines.count + line] = j == 0 ? past : Monoid::combine(p.op, past, x[j == 0 ? 0 : j - 1]);
                    }
                }
            }
        }
        if (p.phase == TOTALS && lane == 0 && unit < units) {
            totals[unit] = carry;
        }
    }
}

#define SCAN(op, name, Monoid, ...) \
    KERNEL_BOUNDED(SCAN_THREADS, 2, scan_##op##_##name, ScanParams, p) { scan<Monoid, __VA_ARGS__>(p); }
#define SCAN_SUM(name, T) SCAN(sum, name, Adding<double>, Sums<T>, T)
#define SCAN_PROD(name, T) SCAN(prod, name, Multiplying<Traits<T>::Wide>, Products<T>, T)
#define SCAN_PLACE(name, T) SCAN(place, name, Choosing<Traits<T>::Wide>, Places<T>, T, int64_t)
#define SCAN_LOG(name, T) SCAN(log, name, AddingExponentials, Logarithms<T>, T)
#define SCAN_RECUR(name, T) SCAN(recur, name, Stepping<Traits<T>::Wide>, Recurrences<T>, T)
