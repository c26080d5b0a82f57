// LU with partial pivoting of matrices up to 64 x 64, a whole matrix in registers: each lane (of 4, 8, 16 or 32 of a warp, or each thread of a block of
// 64) holds a row. Rows are not moved while factoring: each keeps the position that LAPACK's exchanges would have given it. The columns rotate by one
// register at each step, so that the code of a step is there once and every register has a constant name. From the factors come, in the same kernel, what
// is asked for: the determinant, the packed factors, solutions. Also panels of 16 columns and up to 1024 rows, of which larger matrices are factored.
//
// Of several candidates of the same size the first row of the matrix becomes the pivot; NaN and infinity are larger than all others. A column of zeros is
// left as it is and reported, as LAPACK does.
#pragma once

#include "lu_rows.cuh"

/// The threads of a block, a matrix row each; W columns.
template <class T, int W, int THREADS_MOST> struct Team {
    using R = RealOf<T>;
    struct Shared {
        R key[THREADS_MOST / WARP];
        int best[THREADS_MOST / WARP];
        T pivotRow[W];
        int position;
    };
    const int row;
    Shared& shared;

    DEVICE explicit Team(Shared& s) : row(threadIdx.x), shared(s) {}

    DEVICE int largest(R& key) {
        R mine = key;
        UNROLL for (int step = WARP / 2; step > 0; step /= 2) {
            R other = __shfl_xor_sync(ALL_LANES, key, step);
            key = other > key ? other : key;
        }
        unsigned lanes = __ballot_sync(ALL_LANES, mine == key);
        int warp = row / WARP;
        if (row % WARP == 0) {
            shared.key[warp] = key;
            shared.best[warp] = warp * WARP + __ffs(lanes) - 1;
        }
        __syncthreads();
        int best = 0;
        for (int w = 1; w < int(blockDim.x) / WARP; w++) {
            best = shared.key[w] > shared.key[best] ? w : best;
        }
        key = shared.key[best];
        return shared.best[best];
    }

    DEVICE void publish(const T (&a)[W], int position, int source) {
        if (row == source) {
            UNROLL for (int j = 0; j < W; j++) {
                shared.pivotRow[j] = a[j];
            }
            shared.position = position;
        }
        __syncthreads();
    }

    DEVICE T of(T, int j, int) const { return readNow(shared.pivotRow + j); }

    DEVICE int positionOf(int, int) const { return shared.position; }
};

/// What factoring leaves in a row beside the factors.
template <class T> struct Row {
    int position; ///< of the row in P A
    T pivot; ///< of the step with the number of this row
    int exchanged; ///< LAPACK's ipiv of that step
    bool negative; ///< whether the permutation is odd
    int info; ///< LAPACK's
};

/// P A = L U of m x n; register j holds column j before and column (j + min(m, n)) mod W after.
template <class T, int W, class Group> DEVICE Row<T> factor(Group& group, T (&a)[W], int m, int n) {
    Row<T> out{group.row, T(1), group.row + 1, false, 0};
    bool open = group.row < m;
    int steps = m < n ? m : n;
    NO_UNROLL for (int k = 0; k < steps; k++) {
        T head = a[0];
        RealOf<T> size = sizeOf(head);
        RealOf<T> key = !open ? RealOf<T>(-1) : size == size ? size : INF<RealOf<T>>;
        int source = group.largest(key);
        bool regular = key > 0;
        group.publish(a, out.position, source);
        T pivot = group.of(head, 0, source);
        int from = group.positionOf(out.position, source);
        if (regular) {
            if (out.position == k) {
                out.position = from;
            }
            if (group.row == source) {
                out.position = k;
            }
            out.negative ^= from != k;
        } else {
            from = k;
            pivot = 0;
            out.info = out.info == 0 ? k + 1 : out.info;
        }
        if (group.row == k) {
            out.pivot = pivot;
            out.exchanged = from + 1;
        }
        open = open && out.position != k;
        bool eliminate = open && regular;
        T factor = eliminate ? quotient(head, pivot) : T(0);
        UNROLL for (int block = 1; block < W; block += 4) {
            if (block + k < n) {
                UNROLL for (int j = block; j < block + 4 && j < W; j++) {
                    T changed = lessProduct(a[j], factor, group.of(a[j], j, source));
                    a[j - 1] = eliminate && j + k < n ? changed : a[j];
                }
            } else {
                UNROLL for (int j = block; j < block + 4 && j < W; j++) {
                    a[j - 1] = a[j];
                }
            }
        }
        a[W - 1] = open ? factor : head;
    }
    return out;
}

/// Row `row` of matrix `at`; what lies outside of m x n becomes 0. Whether an element is NaN.
template <class T, int W> DEVICE bool load(const Matrix& matrix, int64_t at, int row, int m, int n, T (&a)[W]) {
    const T* from = reinterpret_cast<const T*>(matrix.address) + at + row * matrix.row;
    bool nan = false;
    UNROLL for (int j = 0; j < W; j++, from += matrix.column) {
        a[j] = row < m && j < n ? *from : T(0);
        nan |= a[j] != a[j];
    }
    return nan;
}

struct LuParams {
    int64_t m;
    int64_t n;
    Matrix a;
    Determinant determinant;
    int64_t packs; ///< whether the factors take the place of A
    int64_t pivots; ///< int32
    int64_t pivotStride;
    int64_t before; ///< rows and columns before these in the matrix that this panel is part of
    int64_t info; ///< int32
    RightHandSides right;
    Axes batch;
    Strides aStrides;
    Strides pivotStrides;
    Strides infoStrides;
    Strides rightStrides;
};

/// Calls put(column, value) for the elements of factored row `number`.
template <class T, int W, class Put> DEVICE void eachElement(const LuParams& p, int number, const T (&a)[W], Put put) {
    int column = int(p.m < p.n ? p.m : p.n) % W;
    UNROLL for (int j = 0; j < W; j++, column = column + 1 < W ? column + 1 : 0) {
        if (number < p.m && column < p.n) {
            put(column, a[j]);
        }
    }
}

/// Row i of the packed factors.
template <class T> DEVICE T* factorRow(const LuParams& p, int64_t entry, int i) {
    return reinterpret_cast<T*>(p.a.address) + begin(p.batch, p.aStrides, entry) + i * p.a.row;
}

DEVICE void storePivot(const LuParams& p, int64_t entry, int number, int exchanged) {
    if (number < p.m && number < p.n) {
        int64_t at = begin(p.batch, p.pivotStrides, entry) + number * p.pivotStride;
        reinterpret_cast<int32_t*>(p.pivots)[at] = exchanged + int32_t(p.before);
    }
}

/// Of the first zero pivot; panels after the first keep what an earlier one found.
DEVICE void report(const LuParams& p, int64_t entry, int info) {
    int32_t* to = reinterpret_cast<int32_t*>(p.info) + begin(p.batch, p.infoStrides, entry);
    if (p.before == 0) {
        *to = info;
    } else if (info != 0 && *to == 0) {
        *to = info + int32_t(p.before);
    }
}

/// Puts a factored row where the factors are stored and solutions are computed from.
template <class T, int W, int LD> DEVICE void pack(const LuParams& p, const Row<T>& row, int number, const T (&a)[W], T (&lu)[W][LD], int (&order)[W]) {
    if (number < p.m) {
        order[row.position] = number;
    }
    eachElement(p, number, a, [&](int column, T x) { lu[row.position][column] = x; });
}

template <class T, int W, int LD> DEVICE void store(const LuParams& p, int64_t entry, int number, const Row<T>& row, const T (&lu)[W][LD]) {
    T* to = factorRow<T>(p, entry, number);
    NO_UNROLL for (int j = 0; number < p.m && j < p.n; j++) {
        to[j * p.a.column] = lu[number][j];
    }
    storePivot(p, entry, number, row.exchanged);
}

/// How many threads of a block take matrices of W columns: as many as there is shared memory for.
template <class T, int W> constexpr int BLOCK = sizeof(T) * W <= 256 ? THREADS : THREADS / 2;

/// W lanes for each matrix.
template <class T, int W> DEVICE void byLanes(const LuParams& p) {
    using Shared = Packed<T, W, BLOCK<T, W> / W>;
    SHARED(Shared, packed, 1);
    Lanes<T, W> lanes;
    auto& lu = packed[0].at[threadIdx.x / W];
    auto& order = packed[0].order[threadIdx.x / W];
    for (int64_t base = firstIndex() / WARP * (WARP / W); base < p.batch.count; base += indexStep() / W) {
        bool there = base + lanes.first / W < p.batch.count;
        int64_t entry = there ? base + lanes.first / W : p.batch.count - 1;
        T a[W];
        // As bits, and not as a flag that would be computed later from elements kept in registers.
        unsigned nan = __ballot_sync(ALL_LANES, load(p.a, begin(p.batch, p.aStrides, entry), lanes.row, int(p.m), int(p.n), a));
        Row<T> row = factor(lanes, a, int(p.m), int(p.n));
        if (p.info != 0 && there && lanes.row == 0) {
            report(p, entry, row.info);
        }
        if (p.packs != 0 || p.right.columns != 0) {
            pack(p, row, lanes.row, a, lu, order);
            __syncwarp();
        }
        if (p.packs != 0 && there) {
            store(p, entry, lanes.row, row, lu);
        }
        if (p.determinant.isAsked()) {
            Product<T> product;
            T pivot = row.pivot;
            if (nan >> (lanes.first + lanes.row) & 1) {
                setNaN(pivot);
            }
            product.times(pivot);
            product.template ofLanes<W>();
            product.flags ^= row.negative ? Product<T>::NEGATIVE : 0;
            if (there && lanes.row == 0) {
                p.determinant.template write<T>(p.batch, entry, product);
            }
        }
        if (p.right.columns != 0) {
            solveColumns<T, W, 1>(p.right, lanes, lu, order, int(p.n), begin(p.batch, p.rightStrides, entry), there, 0, 1);
        }
        __syncwarp();
    }
}

/// A block of 64 threads for each matrix.
template <class T> DEVICE void byBlocks(const LuParams& p) {
    constexpr int W = 64;
    using Shared = typename Team<T, W, W>::Shared;
    using Factors = Packed<T, W, 1>;
    SHARED(Shared, shared, 1);
    SHARED(Factors, packed, 1);
    SHARED(T, pivots, W);
    SHARED(bool8, spoiled, W);
    Team<T, W, W> team(shared[0]);
    Lanes<T, WARP> lanes;
    for (int64_t entry = blockIdx.x; entry < p.batch.count; entry += gridDim.x) {
        T a[W];
        bool nan = load(p.a, begin(p.batch, p.aStrides, entry), team.row, int(p.m), int(p.n), a);
        spoiled[team.row] = nan; // kept there: in a register it would keep the elements that it is computed from
        Row<T> row = factor(team, a, int(p.m), int(p.n));
        if (p.info != 0 && team.row == 0) {
            report(p, entry, row.info);
        }
        pivots[team.row] = row.pivot;
        if (spoiled[team.row]) {
            setNaN(pivots[team.row]);
        }
        if (p.packs != 0 || p.right.columns != 0) {
            pack(p, row, team.row, a, packed[0].at[0], packed[0].order[0]);
        }
        __syncthreads();
        if (p.packs != 0) {
            store(p, entry, team.row, row, packed[0].at[0]);
        }
        if (p.determinant.isAsked() && team.row < WARP) {
            Product<T> product;
            product.times(pivots[team.row]);
            product.times(pivots[team.row + WARP]);
            product.template ofLanes<WARP>();
            product.flags ^= row.negative ? Product<T>::NEGATIVE : 0;
            if (team.row == 0) {
                p.determinant.template write<T>(p.batch, entry, product);
            }
        }
        if (p.right.columns != 0) {
            int64_t at = begin(p.batch, p.rightStrides, entry);
            solveColumns<T, WARP, 2>(p.right, lanes, packed[0].at[0], packed[0].order[0], int(p.n), at, true, team.row / WARP, W / WARP);
        }
    }
}

/// A block for each panel of up to 16 columns and as many rows as there are threads, up to MOST; packs only.
template <class T, int MOST> DEVICE void panels(const LuParams& p) {
    constexpr int W = 16;
    using Shared = typename Team<T, W, MOST>::Shared;
    SHARED(Shared, shared, 1);
    Team<T, W, MOST> team(shared[0]);
    for (int64_t entry = blockIdx.x; entry < p.batch.count; entry += gridDim.x) {
        T a[W];
        load(p.a, begin(p.batch, p.aStrides, entry), team.row, int(p.m), int(p.n), a);
        Row<T> row = factor(team, a, int(p.m), int(p.n));
        T* to = factorRow<T>(p, entry, row.position);
        eachElement(p, team.row, a, [&](int column, T x) { to[column * p.a.column] = x; });
        storePivot(p, entry, team.row, row.exchanged);
        if (team.row == 0) {
            report(p, entry, row.info);
        }
    }
}
