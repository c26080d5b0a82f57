// Singular values and eigenvalues by Jacobi's method: in every step the lanes rotate up to 16 disjoint pairs of columns at once (the pairs of a round-robin
// tournament); a sweep meets every pair. Singular values: one-sided rotations make the columns orthogonal (Hestenes 1958; Demmel and Veselic, "Jacobi's method
// is more accurate than QR", SIAM J. Matrix Anal. Appl. 13, 1992). Eigenvalues: two-sided rotations (Golub and Van Loan, Matrix Computations, 8.5). Of complex
// columns a rotation turns the phase too (Forsythe and Henrici, "The cyclic Jacobi method for computing the principal values of a complex matrix", Trans. Amer.
// Math. Soc. 94, 1960). Powers of two keep the elements near 1.
#pragma once

#include "small.cuh"

/// Ten are enough for any matrix seen; more than this is reported.
constexpr int SWEEPS = 40;

/// Pair i of round `step` of a tournament of `players`, an even number.
DEVICE void meet(int players, int step, int i, int& one, int& other) {
    int ring = players - 1;
    one = i == 0 ? ring : (step + i) % ring;
    other = i == 0 ? step : (step - i + ring) % ring;
}

/// The rotation with which columns c x - conj(s) y and s x + c y become what they should.
template <class T> struct Rotation {
    using R = RealOf<T>;

    R c = 1;
    T s = 0;
    R shift = 0; ///< what alpha loses and beta gains

    /// That which makes [[alpha, gamma], [conj(gamma), beta]] diagonal.
    DEVICE void diagonalise(R alpha, R beta, T gamma) {
        R size = IS_COMPLEX<T> ? lengthOf(gamma) : realPart(gamma);
        R zeta = (beta - alpha) / (2 * size);
        R steep = fabs(zeta);
        R root = steep < 1 / EPSILON<R> ? steep + sqrt(1 + steep * steep) : 2 * steep;
        R t = (zeta < 0 ? -1 : 1) / root;
        c = 1 / sqrt(1 + t * t);
        if constexpr (IS_COMPLEX<T>) {
            s = c * t * (gamma / size);
        } else {
            s = c * t;
        }
        shift = t * size;
    }

    DEVICE void turn(T& x, T& y) const {
        T kept = x;
        x = c * kept - conjugate(s) * y;
        y = s * kept + c * y;
    }

    DEVICE Rotation of(int lane) const {
        Rotation r;
        r.c = fromLane(c, lane);
        r.s = fromLane(s, lane);
        return r;
    }

    /// For rows.
    DEVICE Rotation conjugated() const {
        Rotation r;
        r.c = c;
        r.s = conjugate(s);
        return r;
    }
};

/// How many values come before this lane's, of `count`, in descending or ascending order.
template <class T> DEVICE int rankOf(T mine, int count, bool descending) {
    int lane = threadIdx.x % WARP;
    int rank = 0;
    for (int j = 0; j < count; j++) {
        T other = __shfl_sync(ALL_LANES, mine, j);
        bool before = descending ? other > mine : other < mine;
        rank += before || (other == mine && j < lane);
    }
    return rank;
}

// ---- A = U diag(s) V^H ----

struct SvdParams {
    int64_t rows; ///< at most 32
    int64_t columns; ///< at most as many
    int64_t width; ///< columns of U; 0: singular values only
    Output a;
    Output s;
    Output u;
    Output v; ///< becomes conj(V)
    int64_t info; ///< int32
    Strides infoStrides;
    Axes batch;
};

/// One sweep over the pairs of columns; whether any pair had to be rotated.
template <class T> DEVICE bool orthogonalise(Work<T>& work, int rows, int columns, bool vectors) {
    int lane = threadIdx.x % WARP;
    int players = columns + columns % 2;
    using R = RealOf<T>;
    R tolerance = EPSILON<R> * rows * (IS_COMPLEX<T> ? 2 : 1);
    bool any = false;
    for (int step = 0; step < players - 1; step++) {
        // Two lanes for each pair, one for the even rows and one for the odd ones.
        int pair = lane % (WARP / 2);
        int one = 0;
        int other = 0;
        meet(players, step, pair, one, other);
        bool valid = pair < players / 2 && one < columns && other < columns;
        R alpha = 0;
        R beta = 0;
        T gamma = 0;
        for (int r = lane / (WARP / 2); valid && r < rows; r += 2) {
            T x = work.a[r][one];
            T y = work.a[r][other];
            alpha += squareOf(x);
            beta += squareOf(y);
            addProduct(gamma, conjugate(x), y);
        }
        alpha += fromLane(alpha, lane ^ WARP / 2);
        beta += fromLane(beta, lane ^ WARP / 2);
        gamma += fromLane(gamma, lane ^ WARP / 2);
        Rotation<T> mine;
        bool there = valid && alpha >= NOTHING<R> && beta >= NOTHING<R>;
        bool turns = there && lengthOf(gamma) > tolerance * sqrt(alpha) * sqrt(beta);
        if (turns) {
            mine.diagonalise(alpha, beta, gamma);
        }
        unsigned turning = __ballot_sync(ALL_LANES, turns);
        __syncwarp();
        any |= turning != 0;
        for (int i = 0; i < players / 2; i++) {
            if (turning >> i & 1) {
                Rotation<T> rotation = mine.of(i);
                meet(players, step, i, one, other);
                if (lane < rows) {
                    rotation.turn(work.a[lane][one], work.a[lane][other]);
                }
                if (vectors && lane < columns) {
                    rotation.turn(work.v[lane][one], work.v[lane][other]);
                }
            }
        }
        __syncwarp();
    }
    return any;
}

/// Fills the columns of a that are not in `present` so that all are orthonormal, by Gram and Schmidt, twice, from the unit vectors that are farthest off. Each lane
/// keeps to its own row.
template <class T> DEVICE void complete(Work<T>& work, int rows, int width, unsigned present) {
    using R = RealOf<T>;
    int lane = threadIdx.x % WARP;
    for (int j = 0; j < width; j++) {
        if (present >> j & 1) {
            continue;
        }
        R left = lane < rows ? 1 : -1;
        for (int k = 0; k < width; k++) {
            left -= lane < rows && (present >> k & 1) ? squareOf(work.a[lane][k]) : R(0);
        }
        R most = largestOfLanes(left);
        T x = lane == __ffs(__ballot_sync(ALL_LANES, left == most)) - 1 ? 1 : 0;
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k < width; k++) {
                if (present >> k & 1) {
                    T component = lane < rows ? work.a[lane][k] : T(0);
                    x = x - sumOfLanes(x * conjugate(component)) * component;
                }
            }
            x = x / R(sqrt(sumOfLanes(squareOf(x))));
        }
        if (lane < rows) {
            work.a[lane][j] = x;
        }
        present |= 1u << j;
    }
}

template <class T> DEVICE void svd(const SvdParams& p) {
    using R = RealOf<T>;
    SHARED(Work<T>, shared, WARPS<T>);
    Work<T>& work = shared[threadIdx.x / WARP];
    int lane = threadIdx.x % WARP;
    int rows = int(p.rows);
    int columns = int(p.columns);
    int width = int(p.width);
    for (int64_t entry = firstIndex() / WARP; entry < p.batch.count; entry += indexStep() / WARP) {
        const T* a = p.a.begin<T>(p.batch, entry);
        R largest = 0;
        for (int j = 0; j < columns; j++) {
            T x = lane < rows ? a[lane * p.a.at.row + j * p.a.at.column] : T(0);
            work.a[lane][j] = x;
            work.v[lane][j] = lane == j ? 1 : 0;
            R size = partOf(x);
            largest = size > largest ? size : largest;
        }
        largest = largestOfLanes(largest);
        bool finite = largest < INF<R>;
        int exponent = 0;
        if (finite) {
            frexp(largest, &exponent);
        }
        for (int j = 0; j < columns; j++) {
            work.a[lane][j] = finite ? scaled(work.a[lane][j], -exponent) : T(0);
        }
        __syncwarp();
        int sweep = 0;
        while (sweep < SWEEPS && orthogonalise(work, rows, columns, width > 0)) {
            sweep++;
        }
        R square = 0;
        for (int r = 0; r < rows && lane < columns; r++) {
            square += squareOf(work.a[r][lane]);
        }
        R value = square < NOTHING<R> ? R(0) : R(sqrt(square));
        int rank = rankOf(value, columns, true);
        R* s = p.s.begin<R>(p.batch, entry);
        if (lane < columns) {
            s[rank * p.s.at.row] = ifFinite(finite, scaled(value, exponent));
        }
        if (lane == 0) {
            int info = !finite ? columns + 1 : sweep == SWEEPS ? columns : 0;
            reinterpret_cast<int32_t*>(p.info)[begin(p.batch, p.infoStrides, entry)] = info;
        }
        if (width > 0) {
            __syncwarp(); // each lane has read a column, and now changes a row
            for (int j = 0; j < columns; j++) {
                R length = fromLane(value, j);
                if (length > 0) {
                    work.a[lane][j] = work.a[lane][j] / length;
                }
            }
            complete(work, rows, width, __ballot_sync(ALL_LANES, lane < columns && value > 0));
            T* u = p.u.begin<T>(p.batch, entry);
            T* v = p.v.begin<T>(p.batch, entry);
            for (int j = 0; j < width; j++) {
                int to = j < columns ? fromLane(rank, j) : j;
                if (lane < rows) {
                    u[lane * p.u.at.row + to * p.u.at.column] = ifFinite(finite, work.a[lane][j]);
                }
                if (lane < columns && j < columns) {
                    v[lane * p.v.at.row + to * p.v.at.column] = ifFinite(finite, conjugate(work.v[lane][j]));
                }
            }
        }
        __syncwarp();
    }
}

// ---- A = V diag(w) V^H ----

struct EighParams {
    int64_t n; ///< at most 32
    int64_t upper; ///< which triangle is read, without the imaginary parts of its diagonal
    Output a; ///< becomes V
    Output w;
    int64_t info; ///< int32
    Strides infoStrides;
    Axes batch;
};

/// One sweep over the pairs of rows and columns; whether any pair had to be rotated.
template <class T> DEVICE bool diagonalise(Work<T>& work, int n) {
    using R = RealOf<T>;
    int lane = threadIdx.x % WARP;
    int players = n + n % 2;
    // The largest element was near 1: what is left beside the diagonal moves no eigenvalue by more than its rounding.
    R threshold = EPSILON<R> / (4 * n);
    bool any = false;
    for (int step = 0; step < players - 1; step++) {
        int mineOne = 0;
        int mineOther = 0;
        meet(players, step, lane, mineOne, mineOther);
        bool turns = lane < players / 2 && mineOne < n && mineOther < n && lengthOf(work.a[mineOne][mineOther]) > threshold;
        Rotation<T> mine;
        R alpha = 0;
        R beta = 0;
        if (turns) {
            alpha = realPart(work.a[mineOne][mineOne]);
            beta = realPart(work.a[mineOther][mineOther]);
            mine.diagonalise(alpha, beta, work.a[mineOne][mineOther]);
            alpha -= mine.shift;
            beta += mine.shift;
        }
        unsigned turning = __ballot_sync(ALL_LANES, turns);
        __syncwarp();
        any |= turning != 0;
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < players / 2; i++) {
                if (turning >> i & 1) {
                    Rotation<T> rotation = mine.of(i);
                    int one = 0;
                    int other = 0;
                    meet(players, step, i, one, other);
                    if (lane < n && side == 0) {
                        rotation.turn(work.a[lane][one], work.a[lane][other]);
                        rotation.turn(work.v[lane][one], work.v[lane][other]);
                    } else if (lane < n) {
                        rotation.conjugated().turn(work.a[one][lane], work.a[other][lane]);
                    }
                }
            }
            __syncwarp();
        }
        if (turns) {
            work.a[mineOne][mineOne] = alpha;
            work.a[mineOther][mineOther] = beta;
            work.a[mineOne][mineOther] = 0;
            work.a[mineOther][mineOne] = 0;
        }
        __syncwarp();
    }
    return any;
}

template <class T> DEVICE void eigh(const EighParams& p) {
    using R = RealOf<T>;
    SHARED(Work<T>, shared, WARPS<T>);
    Work<T>& work = shared[threadIdx.x / WARP];
    int lane = threadIdx.x % WARP;
    int n = int(p.n);
    for (int64_t entry = firstIndex() / WARP; entry < p.batch.count; entry += indexStep() / WARP) {
        T* a = p.a.begin<T>(p.batch, entry);
        R largest = 0;
        for (int j = 0; j < n; j++) {
            bool swapped = p.upper ? lane > j : lane < j;
            int row = swapped ? j : lane;
            int column = swapped ? lane : j;
            T x = lane < n ? a[row * p.a.at.row + column * p.a.at.column] : T(0);
            T read = lane == j ? T(realPart(x)) : swapped ? conjugate(x) : x;
            work.a[lane][j] = read;
            work.v[lane][j] = lane == j ? 1 : 0;
            R size = isFinite(x) ? partOf(read) : INF<R>; // an imaginary part that does not count sets no scale
            largest = size > largest ? size : largest;
        }
        largest = largestOfLanes(largest);
        bool finite = largest < INF<R>;
        int exponent = 0;
        if (finite) {
            frexp(largest, &exponent);
        }
        for (int j = 0; j < n; j++) {
            work.a[lane][j] = finite ? scaled(work.a[lane][j], -exponent) : T(0);
        }
        __syncwarp();
        int sweep = 0;
        while (sweep < SWEEPS && diagonalise(work, n)) {
            sweep++;
        }
        R value = lane < n ? realPart(work.a[lane][lane]) : R(0);
        int rank = rankOf(value, n, false);
        R* w = p.w.begin<R>(p.batch, entry);
        if (lane < n) {
            w[rank * p.w.at.row] = ifFinite(finite, scaled(value, exponent));
        }
        for (int j = 0; j < n; j++) {
            int to = fromLane(rank, j);
            if (lane < n) {
                a[lane * p.a.at.row + to * p.a.at.column] = ifFinite(finite, work.v[lane][j]);
            }
        }
        if (lane == 0) {
            int info = !finite ? n + 1 : sweep == SWEEPS ? n : 0;
            reinterpret_cast<int32_t*>(p.info)[begin(p.batch, p.infoStrides, entry)] = info;
        }
    }
}
