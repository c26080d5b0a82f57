// Sums of products. `sum` is for what reads each element about once: reductions, traces, diagonals, dot products. `contract` is for two operands
// whose elements meet many others: a GEMM on tiles in shared memory, of rows, columns and terms that are any axes in any layout. Integers are
// computed as unsigned ones, which wrap around.
#pragma once

#include "k4j.cuh"

/// n / size; the word is that of divide(), or 0 for a size from 2^31 on.
DEVICE int64_t quotient(int64_t n, int64_t size, int64_t divisor) {
    return n < INT64_C(0x80000000) && divisor != 0 ? divide(uint32_t(n), divisor) : n / size;
}

// ---- sums ----

/// An output is the sum of terms of some threads, in an order that the shapes decide. The words are a record an axis, innermost first: size, divisor
/// and strides; of the kept axes, whose first stride is the output's, and then of the reduced ones.
struct Sum {
    void* out;
    Scalar alpha;
    int64_t operands;
    const void* in[8];
    int64_t outputs;
    int64_t terms;
    int64_t group; ///< threads that share an output, a power of two
    int64_t across; ///< whether neighbouring threads take neighbouring terms of one output, and not the same term of neighbouring outputs
    int64_t parts; ///< cuts of the terms; with more than one, the result has the shape [parts, outputs]
    int64_t termsPerPart;
    int64_t kept;
    int64_t reduced;
    int64_t words[232];
};

template <int N> DEVICE int64_t locate(const Sum& p, int64_t index, int64_t (&at)[N]) {
    const int record = 3 + int(p.operands);
    int64_t out = 0;
    UNROLL for (int k = 0; k < N; k++) {
        at[k] = 0;
    }
    NO_UNROLL for (int axis = 0; axis < int(p.kept); axis++) {
        const int64_t* words = p.words + axis * record;
        int64_t rest = axis + 1 < p.kept ? quotient(index, words[0], words[1]) : 0;
        int64_t i = index - rest * words[0];
        index = rest;
        out += i * words[2];
        UNROLL for (int k = 0; k < N; k++) {
            at[k] += k < p.operands ? i * words[3 + k] : 0;
        }
    }
    return out;
}

/// Where a term lies, counted from the first.
template <int N> DEVICE void locateTerm(const Sum& p, int64_t index, int64_t (&at)[N]) {
    const int record = 2 + int(p.operands);
    const int64_t* words = p.words + p.kept * (record + 1);
    UNROLL for (int k = 0; k < N; k++) {
        at[k] = 0;
    }
    NO_UNROLL for (int axis = 0; axis < int(p.reduced); axis++, words += record) {
        int64_t rest = axis + 1 < p.reduced ? quotient(index, words[0], words[1]) : 0;
        int64_t i = index - rest * words[0];
        index = rest;
        UNROLL for (int k = 0; k < N; k++) {
            at[k] += k < p.operands ? i * words[2 + k] : 0;
        }
    }
}

/// Adds up terms in four chains. float32 chains go to float64 every eight terms, so that the error does not grow with their number.
template <class T, class Wide> struct Chains {
    static constexpr int COUNT = 4;
    T chain[COUNT];
    Wide total = Wide(0);
    int held = 0;

    DEVICE Chains() { clear(); }

    DEVICE void clear() {
        UNROLL for (int u = 0; u < COUNT; u++) {
            chain[u] = T(0);
        }
        held = 0;
    }

    DEVICE void flush() {
        total += (Wide(chain[0]) + Wide(chain[1])) + (Wide(chain[2]) + Wide(chain[3]));
        clear();
    }

    DEVICE void added() {
        if (sizeof(Wide) > sizeof(T) && ++held == 8) {
            flush();
        }
    }
};

template <class In, class T, int N> DEVICE T term(const Sum& p, const int64_t (&start)[N], const int64_t (&at)[N]) {
    T value = T(static_cast<const In*>(p.in[0])[start[0] + at[0]]);
    UNROLL for (int k = 1; k < N; k++) {
        if (N <= 2 || k < p.operands) {
            value *= T(static_cast<const In*>(p.in[k])[start[k] + at[k]]);
        }
    }
    return value;
}

template <class In, class T, class Wide, int N>
DEVICE Wide terms(const Sum& p, const int64_t (&start)[N], int64_t from, int64_t end) {
    constexpr int U = Chains<T, Wide>::COUNT;
    Chains<T, Wide> sums;
    const int64_t group = p.group;
    if (p.reduced == 1) {
        int64_t at[N];
        int64_t next[N];
        locateTerm<N>(p, from, at);
        locateTerm<N>(p, group, next);
        int64_t t = from;
        for (; t + (U - 1) * group < end; t += U * group) {
            UNROLL for (int u = 0; u < U; u++) {
                sums.chain[u] += term<In, T, N>(p, start, at);
                UNROLL for (int k = 0; k < N; k++) {
                    at[k] += next[k];
                }
            }
            sums.added();
        }
        for (; t < end; t += group) {
            sums.chain[0] += term<In, T, N>(p, start, at);
            UNROLL for (int k = 0; k < N; k++) {
                at[k] += next[k];
            }
        }
    } else {
        int64_t t = from;
        for (; t + (U - 1) * group < end; t += U * group) {
            UNROLL for (int u = 0; u < U; u++) {
                int64_t at[N];
                locateTerm<N>(p, t + u * group, at);
                sums.chain[u] += term<In, T, N>(p, start, at);
            }
            sums.added();
        }
        for (; t < end; t += group) {
            int64_t at[N];
            locateTerm<N>(p, t, at);
            sums.chain[0] += term<In, T, N>(p, start, at);
        }
    }
    sums.flush();
    return sums.total;
}

template <class T> DEVICE T shuffleDown(T value, uint32_t by) { return __shfl_down_sync(0xffffffffu, value, by); }

/// The sum of the group's values, in its first thread; all threads of the block call it.
template <class Wide> DEVICE Wide combined(Wide value, uint32_t group, bool across, uint32_t slot) {
    SHARED(Wide, values, 256);
    if (across && group <= 32) {
        for (uint32_t half = group / 2; half > 0; half /= 2) {
            value += shuffleDown(value, half);
        }
        return value;
    }
    if (group == 1) {
        return value;
    }
    const uint32_t step = across ? 1 : blockDim.x / group;
    values[threadIdx.x] = value;
    __syncthreads();
    for (uint32_t half = group / 2; half > 0; half /= 2) {
        if (slot < half) {
            values[threadIdx.x] += values[threadIdx.x + half * step];
        }
        __syncthreads();
    }
    return values[threadIdx.x];
}

template <class In, class T, class Wide, class Out, int N> DEVICE void sum(const Sum& p) {
    const uint32_t group = uint32_t(p.group);
    const uint32_t outputs = blockDim.x / group;
    const bool across = p.across != 0;
    const uint32_t slot = across ? threadIdx.x % group : threadIdx.x / outputs;
    const uint32_t output = across ? threadIdx.x / group : threadIdx.x % outputs;
    const int64_t blocks = (p.outputs + outputs - 1) / outputs;
    NO_UNROLL for (int64_t block = blockIdx.x; block < blocks * p.parts; block += gridDim.x) {
        const int64_t part = p.parts == 1 ? 0 : block / blocks;
        const int64_t index = (block - part * blocks) * outputs + output;
        int64_t at = 0;
        Wide value = Wide(0);
        if (index < p.outputs) {
            int64_t start[N];
            at = locate<N>(p, index, start);
            const int64_t from = part * p.termsPerPart;
            value = terms<In, T, Wide, N>(p, start, from + slot, min(from + p.termsPerPart, p.terms));
        }
        value = combined(value, group, across, slot);
        if (slot == 0 && index < p.outputs) {
            if (p.parts == 1) {
                static_cast<Out*>(p.out)[at] = Out(p.alpha.as<Wide>() * value);
            } else {
                static_cast<Wide*>(p.out)[part * p.outputs + index] = value;
            }
        }
    }
}

#define SUM(name, In, T, Wide, Out, N) \
    KERNEL(name, Sum, p) { sum<In, T, Wide, Out, N>(p); }
#define SUMS(suffix, In, T, Wide)           \
    SUM(sum1_##suffix, In, T, Wide, In, 1) \
    SUM(sum2_##suffix, In, T, Wide, In, 2) \
    SUM(sum8_##suffix, In, T, Wide, In, 8)

// ---- contractions of two operands ----

/// Axes that are one to a GEMM: its rows, columns, terms or batch; innermost first. They have strides in N operands.
template <int N> struct Loops {
    int64_t rank;
    int64_t count;
    int64_t sizes[12];
    int64_t divisors[12];
    int64_t strides[N][12];
};

struct Contraction {
    const void* a;
    const void* b;
    void* c;
    Scalar alpha;
    Scalar beta;
    Loops<2> rows; ///< of a and c
    Loops<2> columns; ///< of b and c
    Loops<2> terms; ///< of a and b
    Loops<3> batch; ///< of a, b and c
    int64_t rowsAcrossA; ///< whether neighbouring threads load neighbouring rows of a, and not terms
    int64_t columnsAcrossB; ///< likewise of b
    int64_t conjugateA; ///< of complex numbers: whether the conjugates are meant
    int64_t conjugateB;
    int64_t parts; ///< cuts of the terms, whose results lie partStride apart
    int64_t partStride;
    int64_t termsPerPart; ///< a multiple of what a tile takes
};

template <int N> DEVICE void locate(const Loops<N>& loops, int64_t index, int64_t (&at)[N]) {
    UNROLL for (int k = 0; k < N; k++) {
        at[k] = 0;
    }
    NO_UNROLL for (int axis = 0; axis < int(loops.rank); axis++) {
        int64_t rest = axis + 1 < loops.rank ? quotient(index, loops.sizes[axis], loops.divisors[axis]) : 0;
        int64_t i = index - rest * loops.sizes[axis];
        index = rest;
        UNROLL for (int k = 0; k < N; k++) {
            at[k] += i * loops.strides[k][axis];
        }
    }
}

DEVICE void locate(const Loops<2>& loops, int64_t index, int64_t& first, int64_t& second) {
    int64_t at[2];
    locate(loops, index, at);
    first = at[0];
    second = at[1];
}

/// Threads that each compute RM rows by RN columns of a tile of TM by TN: rows that are neighbours, and columns TN / RN apart, so that
/// neighbouring threads store neighbouring columns. While a tile of TK terms is multiplied the next one is on its way to registers. Results of a part
/// of the terms are stored as they are computed.
template <class In, class T, int TM, int TN, int TK, int RM, int RN> struct Tile {
    static constexpr int ACROSS = TN / RN;
    static constexpr int THREADS = TM / RM * ACROSS;
    static constexpr int LOADS_A = TM * TK / THREADS;
    static constexpr int LOADS_B = TN * TK / THREADS;
    static constexpr int PAD = 16 / sizeof(T);
    static_assert(LOADS_A * THREADS == TM * TK && LOADS_B * THREADS == TN * TK, "tile");

    /// Which element of a tile a thread loads as its number i: along the tile's side, or along the terms.
    template <int SIDE> static DEVICE void element(bool across, int i, int& along, int& term) {
        static_assert(THREADS % SIDE == 0 && THREADS % TK == 0, "tile");
        const int thread = int(threadIdx.x);
        along = across ? thread % SIDE : thread / TK + i * (THREADS / TK);
        term = across ? thread / SIDE + i * (THREADS / SIDE) : thread % TK;
    }

    template <int SIDE, int LOADS>
    static DEVICE void load(const In* from, bool across, bool conjugate, const int64_t* sides, int sideCount, const int64_t* terms, int termCount, T (&to)[LOADS]) {
        UNROLL for (int i = 0; i < LOADS; i++) {
            int along;
            int term;
            element<SIDE>(across, i, along, term);
            to[i] = along < sideCount && term < termCount ? T(from[sides[along] + terms[term]]) : T(0);
            if constexpr (IS_COMPLEX<T>) {
                to[i] = conjugate ? conj(to[i]) : to[i];
            }
        }
    }

    template <int SIDE, int LOADS> static DEVICE void store(bool across, const T (&from)[LOADS], T* to) {
        UNROLL for (int i = 0; i < LOADS; i++) {
            int along;
            int term;
            element<SIDE>(across, i, along, term);
            to[term * (SIDE + PAD) + along] = from[i];
        }
    }

    static DEVICE void run(const Contraction& p) {
        SHARED(T, tilesA, 2 * TK * (TM + PAD));
        SHARED(T, tilesB, 2 * TK * (TN + PAD));
        SHARED(int64_t, rowsA, TM);
        SHARED(int64_t, rowsC, TM);
        SHARED(int64_t, columnsB, TN);
        SHARED(int64_t, columnsC, TN);
        SHARED(int64_t, termsA, 2 * TK);
        SHARED(int64_t, termsB, 2 * TK);
        const int thread = int(threadIdx.x);
        const int column = thread % ACROSS;
        const int row = thread / ACROSS * RM;
        const bool rowsAcross = p.rowsAcrossA != 0;
        const bool columnsAcross = p.columnsAcrossB != 0;
        const int64_t tilesDown = (p.rows.count + TM - 1) / TM;
        const int64_t tilesAcross = (p.columns.count + TN - 1) / TN;
        const int64_t tiles = tilesDown * tilesAcross * p.batch.count * p.parts;
        NO_UNROLL for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
            int64_t rest = tile;
            const int64_t firstColumn = rest % tilesAcross * TN;
            rest /= tilesAcross;
            const int64_t firstRow = rest % tilesDown * TM;
            rest /= tilesDown;
            const int64_t batch = rest % p.batch.count;
            const int64_t part = rest / p.batch.count;
            const int rowCount = int(min(p.rows.count - firstRow, int64_t(TM)));
            const int columnCount = int(min(p.columns.count - firstColumn, int64_t(TN)));
            const int64_t firstTerm = part * p.termsPerPart;
            const int64_t lastTerm = min(firstTerm + p.termsPerPart, p.terms.count);
            int64_t at[3];
            locate(p.batch, batch, at);

            __syncthreads();
            for (int i = thread; i < rowCount; i += THREADS) {
                int64_t row[2];
                locate(p.rows, firstRow + i, row);
                rowsA[i] = at[0] + row[0];
                rowsC[i] = at[2] + part * p.partStride + row[1];
            }
            for (int i = thread; i < columnCount; i += THREADS) {
                int64_t column[2];
                locate(p.columns, firstColumn + i, column);
                columnsB[i] = at[1] + column[0];
                columnsC[i] = column[1];
            }
            for (int i = thread; i < 2 * TK && firstTerm + i < lastTerm; i += THREADS) {
                locate(p.terms, firstTerm + i, termsA[i], termsB[i]);
            }
            __syncthreads();

            T sums[RM][RN];
            UNROLL for (int i = 0; i < RM; i++) {
                UNROLL for (int j = 0; j < RN; j++) {
                    sums[i][j] = T(0);
                }
            }
            T nextA[LOADS_A];
            T nextB[LOADS_B];
            const int count = int(min(lastTerm - firstTerm, int64_t(TK)));
            load<TM>(static_cast<const In*>(p.a), rowsAcross, p.conjugateA != 0, rowsA, rowCount, termsA, count, nextA);
            load<TN>(static_cast<const In*>(p.b), columnsAcross, p.conjugateB != 0, columnsB, columnCount, termsB, count, nextB);
            int buffer = 0;
            NO_UNROLL for (int64_t term = firstTerm; term < lastTerm; term += TK, buffer ^= 1) {
                T* tileA = tilesA + buffer * TK * (TM + PAD);
                T* tileB = tilesB + buffer * TK * (TN + PAD);
                store<TM>(rowsAcross, nextA, tileA);
                store<TN>(columnsAcross, nextB, tileB);
                // Behind this barrier the tile is whole, the places of the next tile's terms are known, and nobody reads the other buffers any more.
                __syncthreads();
                if (term + TK < lastTerm) {
                    const int left = int(min(lastTerm - term - TK, int64_t(TK)));
                    const int next = (buffer ^ 1) * TK;
                    load<TM>(static_cast<const In*>(p.a), rowsAcross, p.conjugateA != 0, rowsA, rowCount, termsA + next, left, nextA);
                    load<TN>(static_cast<const In*>(p.b), columnsAcross, p.conjugateB != 0, columnsB, columnCount, termsB + next, left, nextB);
                }
                if (thread < TK && term + 2 * TK + thread < lastTerm) {
                    const int i = buffer * TK + thread;
                    locate(p.terms, term + 2 * TK + thread, termsA[i], termsB[i]);
                }
                UNROLL for (int k = 0; k < TK; k++) {
                    T x[RM];
                    T y[RN];
                    UNROLL for (int i = 0; i < RM; i++) {
                        x[i] = tileA[k * (TM + PAD) + row + i];
                    }
                    UNROLL for (int j = 0; j < RN; j++) {
                        y[j] = tileB[k * (TN + PAD) + column + j * ACROSS];
                    }
                    UNROLL for (int i = 0; i < RM; i++) {
                        UNROLL for (int j = 0; j < RN; j++) {
                            addProduct(sums[i][j], x[i], y[j]);
                        }
                    }
                }
            }

            const T alpha = p.alpha.as<T>();
            const T beta = p.beta.as<T>();
            UNROLL for (int i = 0; i < RM; i++) {
                UNROLL for (int j = 0; j < RN; j++) {
                    const int m = row + i;
                    const int n = column + j * ACROSS;
                    if (m < rowCount && n < columnCount) {
                        const int64_t to = rowsC[m] + columnsC[n];
                        if (std::is_same_v<In, T> || p.parts == 1) {
                            In& c = static_cast<In*>(p.c)[to];
                            c = In(beta == T(0) ? alpha * sums[i][j] : alpha * sums[i][j] + beta * T(c));
                        } else {
                            static_cast<T*>(p.c)[to] = alpha * sums[i][j];
                        }
                    }
                }
            }
        }
    }
};

#define CONTRACT(shape, suffix, blocks, In, T, TM, TN, TK, RM, RN)                                                          \
    KERNEL_BOUNDED((Tile<In, T, TM, TN, TK, RM, RN>::THREADS), blocks, contract_##shape##_##suffix, Contraction, p) { \
        Tile<In, T, TM, TN, TK, RM, RN>::run(p);                                                                              \
    }
