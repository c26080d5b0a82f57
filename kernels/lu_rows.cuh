// What the kernels for LU share: rows of a matrix among lanes or threads, products of pivots, substitution.
#pragma once

#include "matrix.cuh"

/// Right-hand sides that are solved at once: four numbers of each row.
template <class T> constexpr int COLUMNS = IS_COMPLEX<T> ? 2 : 4;

/// W lanes of a warp, a matrix row each.
template <class T, int W> struct Lanes {
    const int row;
    const int first; ///< lane of row 0

    DEVICE Lanes() : row(threadIdx.x % W), first(threadIdx.x % WARP - threadIdx.x % W) {}

    /// The first row whose key is the largest; `key` becomes that on every lane.
    DEVICE int largest(RealOf<T>& key) {
        RealOf<T> mine = key;
        UNROLL for (int step = W / 2; step > 0; step /= 2) {
            RealOf<T> other = __shfl_xor_sync(ALL_LANES, key, step);
            key = other > key ? other : key;
        }
        return __ffs(__ballot_sync(ALL_LANES, mine == key) >> first) - 1;
    }

    /// What the other rows will ask this one for; nothing to do where lanes can be asked.
    DEVICE void publish(const T (&)[W], int, int) {}

    /// What `source` has in register j.
    DEVICE T of(T mine, int, int source) const { return fromLane(mine, first + source); }

    DEVICE int positionOf(int mine, int source) const { return __shfl_sync(ALL_LANES, mine, first + source); }
};

/// A product that neither overflows nor underflows: mantissa * 2^exponent, the mantissa in [1/2, 1].
template <class T> struct Product {
    enum { NEGATIVE = 1, ZERO = 2, INFINITE = 4 };

    T mantissa = 1;
    int exponent = 0;
    int flags = 0;

    DEVICE void times(T x) {
        flags ^= x < 0 ? NEGATIVE : 0;
        flags |= x == 0 ? ZERO : 0;
        T size = fabs(x);
        if (size == INF<T>) {
            flags |= INFINITE;
        } else if (x != 0) {
            int e = 0;
            T fraction = x == x ? frexp(size, &e) : x;
            times(fraction, e);
        }
    }

    DEVICE void times(T fraction, int e) {
        mantissa *= fraction;
        exponent += e;
        if (mantissa < T(0.5)) {
            mantissa *= 2;
            exponent--;
        }
    }

    /// The product of those of W neighbouring lanes.
    template <int W> DEVICE void ofLanes() {
        UNROLL for (int step = W / 2; step > 0; step /= 2) {
            T fraction = __shfl_xor_sync(ALL_LANES, mantissa, step);
            int e = __shfl_xor_sync(ALL_LANES, exponent, step);
            int f = __shfl_xor_sync(ALL_LANES, flags, step);
            times(fraction, e);
            flags = ((flags ^ f) & NEGATIVE) | ((flags | f) & (ZERO | INFINITE));
        }
    }

    DEVICE bool isNaN() const { return mantissa != mantissa; }

    DEVICE T sign() const { return isNaN() ? mantissa : flags & ZERO ? T(0) : flags & NEGATIVE ? T(-1) : T(1); }

    DEVICE T logAbs() const {
        if (isNaN()) {
            return mantissa;
        }
        if (flags & (ZERO | INFINITE)) {
            return flags & ZERO ? -INF<T> : INF<T>;
        }
        // ln 2 in two parts: the fma adds the larger with one rounding.
        const T high = T(0.693147180559945309417232121458);
        const T low = sizeof(T) == 4 ? T(-1.904654299957767e-9) : T(2.3190468138462996e-17);
        bool lower = mantissa < T(0.75);
        T e = T(lower ? exponent - 1 : exponent);
        return fma(e, high, fma(e, low, log(lower ? 2 * mantissa : mantissa)));
    }

    DEVICE T value() const {
        if (isNaN()) {
            return mantissa;
        }
        T size = flags & ZERO ? T(0) : flags & INFINITE ? INF<T> : T(ldexp(mantissa, exponent));
        return flags & NEGATIVE && !(flags & ZERO) ? -size : size;
    }
};

/// Where determinants go; an address of 0: not asked for.
struct Determinant {
    int64_t sign;
    int64_t logAbs;
    int64_t det;
    Strides signStrides;
    Strides logStrides;
    Strides detStrides;

    DEVICE bool isAsked() const { return sign != 0 || det != 0; }

    template <class T, class Of> DEVICE void write(const Axes& batch, int64_t entry, const Product<Of>& product) const {
        if (sign != 0) {
            reinterpret_cast<T*>(sign)[begin(batch, signStrides, entry)] = T(product.sign());
            reinterpret_cast<RealOf<T>*>(logAbs)[begin(batch, logStrides, entry)] = RealOf<T>(product.logAbs());
        }
        if (det != 0) {
            reinterpret_cast<T*>(det)[begin(batch, detStrides, entry)] = T(product.value());
        }
    }
};

// ---- substitution ----

/// What is solved for, in place.
struct RightHandSides {
    int64_t columns;
    int64_t transposed;
    Matrix b;
};

/// Packed factors in shared memory, of the matrices of a block.
template <class T, int W, int GROUPS> struct Packed {
    T at[GROUPS][W][W + 1];
    int order[GROUPS][W]; ///< A[order] = L U
};

/// Solves for COLUMNS right-hand sides: element `lane + r * W` of column c is x[c][r], in the order of the positions.
template <class T, int W, int R, int LD>
DEVICE void substitute(const Lanes<T, W>& lanes, const T (&lu)[R * W][LD], int n, bool transposed, T (&x)[COLUMNS<T>][R]) {
    for (int pass = 0; pass < 2; pass++) {
        // A = L U: L, then U; transposed: U^T, then L^T. L has ones on the diagonal.
        bool downwards = pass == 0;
        bool divide = downwards == transposed;
        NO_UNROLL for (int step = 0; step < n; step++) {
            int k = downwards ? step : n - 1 - step;
            UNROLL for (int c = 0; c < COLUMNS<T>; c++) {
                T value = lanes.of(R == 2 && k >= W ? x[c][R - 1] : x[c][0], 0, k % W);
                if (divide) {
                    value = quotient(value, lu[k][k]);
                }
                UNROLL for (int r = 0; r < R; r++) {
                    int i = lanes.row + r * W;
                    if (i == k) {
                        x[c][r] = value;
                    } else if (downwards ? i > k && i < n : i < k) {
                        x[c][r] = lessProduct(x[c][r], transposed ? lu[k][i] : lu[i][k], value);
                    }
                }
            }
        }
    }
}

/// Columns first, first + step, ... in runs of COLUMNS.
template <class T, int W, int R, int LD>
DEVICE void solveColumns(
        const RightHandSides& p, const Lanes<T, W>& lanes, const T (&lu)[R * W][LD], const int* order, int n, int64_t at, bool there, int64_t first, int64_t step) {
    T* b = reinterpret_cast<T*>(p.b.address) + at;
    for (int64_t column = first * COLUMNS<T>; column < p.columns; column += step * COLUMNS<T>) {
        T x[COLUMNS<T>][R];
        UNROLL for (int c = 0; c < COLUMNS<T>; c++) {
            UNROLL for (int r = 0; r < R; r++) {
                int i = lanes.row + r * W;
                bool inside = i < n && column + c < p.columns;
                x[c][r] = inside ? b[(p.transposed ? i : order[i]) * p.b.row + (column + c) * p.b.column] : T(0);
            }
        }
        substitute(lanes, lu, n, p.transposed != 0, x);
        __syncwarp(); // all have read what now others replace
        UNROLL for (int c = 0; c < COLUMNS<T>; c++) {
            UNROLL for (int r = 0; r < R; r++) {
                int i = lanes.row + r * W;
                if (there && i < n && column + c < p.columns) {
                    b[(p.transposed ? order[i] : i) * p.b.row + (column + c) * p.b.column] = x[c][r];
                }
            }
        }
    }
}
