// Singular values, eigenvalues and QR of matrices up to 32 x 32: a warp for each, in shared memory.
//
// The first two by Jacobi's method: in every step the lanes rotate up to 16 disjoint pairs of columns at once (the pairs of a round-robin tournament); a sweep meets every pair. Singular values: one-sided rotations make the
// columns orthogonal (Hestenes 1958; Demmel and Veselic, "Jacobi's method is more accurate than QR", SIAM J. Matrix Anal. Appl. 13, 1992). Eigenvalues:
// two-sided rotations (Golub and Van Loan, Matrix Computations, 8.5). Powers of two keep the elements near 1.
//
// A matrix with NaN or infinity in it gives NaN and, where there is one, an info of one more than its size.
#include "matrix.cuh"

constexpr int MOST = WARP;
/// One more than the lanes, so that neither rows nor columns collide in a bank.
constexpr int LEAD = MOST + 1;
constexpr int WARPS = 2;
/// Ten are enough for any matrix seen; more than this is reported.
constexpr int SWEEPS = 40;

template <class T> constexpr T EPSILON = std::numeric_limits<T>::epsilon();
/// Squared lengths below this, of columns next to one near 1, are those of zeros: they are far below its rounding, and their own squares underflow.
template <class T> constexpr T NOTHING = std::numeric_limits<T>::min() / (EPSILON<T> * EPSILON<T>);

template <class T> struct Work {
    T a[MOST][LEAD];
    T v[MOST][LEAD];
};

template <class T> DEVICE T sumOfLanes(T x) {
    UNROLL for (int step = WARP / 2; step > 0; step /= 2) {
        x += __shfl_xor_sync(ALL_LANES, x, step);
    }
    return x;
}

template <class T> DEVICE T largestOfLanes(T x) {
    UNROLL for (int step = WARP / 2; step > 0; step /= 2) {
        T other = __shfl_xor_sync(ALL_LANES, x, step);
        x = other > x ? other : x;
    }
    return x;
}

/// Pair i of round `step` of a tournament of `players`, an even number.
DEVICE void meet(int players, int step, int i, int& one, int& other) {
    int ring = players - 1;
    one = i == 0 ? ring : (step + i) % ring;
    other = i == 0 ? step : (step - i + ring) % ring;
}

/// The rotation (c, s) with which c x - s y and s x + c y become what they should; t = s / c.
template <class T> struct Rotation {
    T c = 1;
    T s = 0;
    T t = 0;

    /// That which makes [[alpha, gamma], [gamma, beta]] diagonal.
    DEVICE void diagonalise(T alpha, T beta, T gamma) {
        T zeta = (beta - alpha) / (2 * gamma);
        T size = fabs(zeta);
        T root = size < 1 / EPSILON<T> ? size + sqrt(1 + size * size) : 2 * size;
        t = (zeta < 0 ? -1 : 1) / root;
        c = 1 / sqrt(1 + t * t);
        s = c * t;
    }

    DEVICE void turn(T& x, T& y) const {
        T kept = x;
        x = c * kept - s * y;
        y = s * kept + c * y;
    }

    DEVICE Rotation of(int lane) const {
        Rotation r;
        r.c = __shfl_sync(ALL_LANES, c, lane);
        r.s = __shfl_sync(ALL_LANES, s, lane);
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

struct Output {
    Matrix at;
    Strides strides;

    template <class T> DEVICE T* begin(const Axes& batch, int64_t entry) const {
        return reinterpret_cast<T*>(at.address) + ::begin(batch, strides, entry);
    }
};

// ---- A = U diag(s) V^T ----

struct SvdParams {
    int64_t rows; ///< at most 32
    int64_t columns; ///< at most as many
    int64_t width; ///< columns of U; 0: singular values only
    Output a;
    Output s;
    Output u;
    Output v;
    int64_t info; ///< int32
    Strides infoStrides;
    Axes batch;
};

/// One sweep over the pairs of columns; whether any pair had to be rotated.
template <class T> DEVICE bool orthogonalise(Work<T>& work, int rows, int columns, bool vectors) {
    int lane = threadIdx.x % WARP;
    int players = columns + columns % 2;
    T tolerance = EPSILON<T> * rows;
    bool any = false;
    for (int step = 0; step < players - 1; step++) {
        // Two lanes for each pair, one for the even rows and one for the odd ones.
        int pair = lane % (WARP / 2);
        int one = 0;
        int other = 0;
        meet(players, step, pair, one, other);
        bool valid = pair < players / 2 && one < columns && other < columns;
        T alpha = 0;
        T beta = 0;
        T gamma = 0;
        for (int r = lane / (WARP / 2); valid && r < rows; r += 2) {
            T x = work.a[r][one];
            T y = work.a[r][other];
            alpha += x * x;
            beta += y * y;
            gamma += x * y;
        }
        alpha += __shfl_xor_sync(ALL_LANES, alpha, WARP / 2);
        beta += __shfl_xor_sync(ALL_LANES, beta, WARP / 2);
        gamma += __shfl_xor_sync(ALL_LANES, gamma, WARP / 2);
        Rotation<T> mine;
        bool there = valid && alpha >= NOTHING<T> && beta >= NOTHING<T>;
        bool turns = there && fabs(gamma) > tolerance * sqrt(alpha) * sqrt(beta);
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
    int lane = threadIdx.x % WARP;
    for (int j = 0; j < width; j++) {
        if (present >> j & 1) {
            continue;
        }
        T left = lane < rows ? 1 : -1;
        for (int k = 0; k < width; k++) {
            left -= lane < rows && (present >> k & 1) ? work.a[lane][k] * work.a[lane][k] : 0;
        }
        T most = largestOfLanes(left);
        T x = lane == __ffs(__ballot_sync(ALL_LANES, left == most)) - 1 ? 1 : 0;
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k < width; k++) {
                if (present >> k & 1) {
                    T component = lane < rows ? work.a[lane][k] : 0;
                    x -= sumOfLanes(x * component) * component;
                }
            }
            x /= sqrt(sumOfLanes(x * x));
        }
        if (lane < rows) {
            work.a[lane][j] = x;
        }
        present |= 1u << j;
    }
}

template <class T> DEVICE void svd(const SvdParams& p) {
    SHARED(Work<T>, shared, WARPS);
    Work<T>& work = shared[threadIdx.x / WARP];
    int lane = threadIdx.x % WARP;
    int rows = int(p.rows);
    int columns = int(p.columns);
    int width = int(p.width);
    for (int64_t entry = firstIndex() / WARP; entry < p.batch.count; entry += indexStep() / WARP) {
        const T* a = p.a.begin<T>(p.batch, entry);
        T largest = 0;
        for (int j = 0; j < columns; j++) {
            T x = lane < rows ? a[lane * p.a.at.row + j * p.a.at.column] : T(0);
            work.a[lane][j] = x;
            work.v[lane][j] = lane == j ? 1 : 0;
            T size = fabs(x) < INF<T> ? T(fabs(x)) : INF<T>;
            largest = size > largest ? size : largest;
        }
        largest = largestOfLanes(largest);
        bool finite = largest < INF<T>;
        int exponent = 0;
        if (finite) {
            frexp(largest, &exponent);
        }
        for (int j = 0; j < columns; j++) {
            work.a[lane][j] = finite ? T(ldexp(work.a[lane][j], -exponent)) : T(0);
        }
        __syncwarp();
        int sweep = 0;
        while (sweep < SWEEPS && orthogonalise(work, rows, columns, width > 0)) {
            sweep++;
        }
        T square = 0;
        for (int r = 0; r < rows && lane < columns; r++) {
            square += work.a[r][lane] * work.a[r][lane];
        }
        T value = square < NOTHING<T> ? T(0) : T(sqrt(square));
        int rank = rankOf(value, columns, true);
        T* s = p.s.begin<T>(p.batch, entry);
        if (lane < columns) {
            s[rank * p.s.at.row] = finite ? T(ldexp(value, exponent)) : NOT_A_NUMBER<T>;
        }
        if (lane == 0) {
            int info = !finite ? columns + 1 : sweep == SWEEPS ? columns : 0;
            reinterpret_cast<int32_t*>(p.info)[begin(p.batch, p.infoStrides, entry)] = info;
        }
        if (width > 0) {
            __syncwarp(); // each lane has read a column, and now changes a row
            for (int j = 0; j < columns; j++) {
                T length = __shfl_sync(ALL_LANES, value, j);
                if (length > 0) {
                    work.a[lane][j] /= length;
                }
            }
            complete(work, rows, width, __ballot_sync(ALL_LANES, lane < columns && value > 0));
            T* u = p.u.begin<T>(p.batch, entry);
            T* v = p.v.begin<T>(p.batch, entry);
            for (int j = 0; j < width; j++) {
                int to = j < columns ? __shfl_sync(ALL_LANES, rank, j) : j;
                if (lane < rows) {
                    u[lane * p.u.at.row + to * p.u.at.column] = finite ? work.a[lane][j] : NOT_A_NUMBER<T>;
                }
                if (lane < columns && j < columns) {
                    v[lane * p.v.at.row + to * p.v.at.column] = finite ? work.v[lane][j] : NOT_A_NUMBER<T>;
                }
            }
        }
        __syncwarp();
    }
}

// ---- A = V diag(w) V^T ----

struct EighParams {
    int64_t n; ///< at most 32
    int64_t upper; ///< which triangle is read
    Output a; ///< becomes V
    Output w;
    int64_t info; ///< int32
    Strides infoStrides;
    Axes batch;
};

/// One sweep over the pairs of rows and columns; whether any pair had to be rotated.
template <class T> DEVICE bool diagonalise(Work<T>& work, int n) {
    int lane = threadIdx.x % WARP;
    int players = n + n % 2;
    // The largest element was near 1: what is left beside the diagonal moves no eigenvalue by more than its rounding.
    T threshold = EPSILON<T> / (4 * n);
    bool any = false;
    for (int step = 0; step < players - 1; step++) {
        int mineOne = 0;
        int mineOther = 0;
        meet(players, step, lane, mineOne, mineOther);
        bool turns = lane < players / 2 && mineOne < n && mineOther < n && fabs(work.a[mineOne][mineOther]) > threshold;
        Rotation<T> mine;
        T alpha = 0;
        T beta = 0;
        if (turns) {
            T gamma = work.a[mineOne][mineOther];
            mine.diagonalise(work.a[mineOne][mineOne], work.a[mineOther][mineOther], gamma);
            alpha = work.a[mineOne][mineOne] - mine.t * gamma;
            beta = work.a[mineOther][mineOther] + mine.t * gamma;
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
                        rotation.turn(work.a[one][lane], work.a[other][lane]);
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
    SHARED(Work<T>, shared, WARPS);
    Work<T>& work = shared[threadIdx.x / WARP];
    int lane = threadIdx.x % WARP;
    int n = int(p.n);
    for (int64_t entry = firstIndex() / WARP; entry < p.batch.count; entry += indexStep() / WARP) {
        T* a = p.a.begin<T>(p.batch, entry);
        T largest = 0;
        for (int j = 0; j < n; j++) {
            bool swapped = p.upper ? lane > j : lane < j;
            int row = swapped ? j : lane;
            int column = swapped ? lane : j;
            T x = lane < n ? a[row * p.a.at.row + column * p.a.at.column] : T(0);
            work.a[lane][j] = x;
            work.v[lane][j] = lane == j ? 1 : 0;
            T size = fabs(x) < INF<T> ? T(fabs(x)) : INF<T>;
            largest = size > largest ? size : largest;
        }
        largest = largestOfLanes(largest);
        bool finite = largest < INF<T>;
        int exponent = 0;
        if (finite) {
            frexp(largest, &exponent);
        }
        for (int j = 0; j < n; j++) {
            work.a[lane][j] = finite ? T(ldexp(work.a[lane][j], -exponent)) : T(0);
        }
        __syncwarp();
        int sweep = 0;
        while (sweep < SWEEPS && diagonalise(work, n)) {
            sweep++;
        }
        T value = lane < n ? work.a[lane][lane] : T(0);
        int rank = rankOf(value, n, false);
        T* w = p.w.begin<T>(p.batch, entry);
        if (lane < n) {
            w[rank * p.w.at.row] = finite ? T(ldexp(value, exponent)) : NOT_A_NUMBER<T>;
        }
        for (int j = 0; j < n; j++) {
            int to = __shfl_sync(ALL_LANES, rank, j);
            if (lane < n) {
                a[lane * p.a.at.row + to * p.a.at.column] = finite ? work.v[lane][j] : NOT_A_NUMBER<T>;
            }
        }
        if (lane == 0) {
            int info = !finite ? n + 1 : sweep == SWEEPS ? n : 0;
            reinterpret_cast<int32_t*>(p.info)[begin(p.batch, p.infoStrides, entry)] = info;
        }
    }
}

// ---- A = Q R ----

struct QrParams {
    int64_t rows; ///< at most 32
    int64_t columns; ///< at most 32
    int64_t inner; ///< columns of Q and rows of R
    Output a;
    Output q;
    Output r;
    Axes batch;
};

/// Applies I - tau v v^T to this lane's column of `to`; v lies below the diagonal of column k of `from`, with a one on it.
template <class T> DEVICE void reflect(const T (&from)[MOST][LEAD], int k, int rows, T tau, T (&to)[MOST][LEAD]) {
    int lane = threadIdx.x % WARP;
    T sum = to[k][lane];
    for (int i = k + 1; i < rows; i++) {
        sum += from[i][k] * to[i][lane];
    }
    sum *= tau;
    to[k][lane] -= sum;
    for (int i = k + 1; i < rows; i++) {
        to[i][lane] -= sum * from[i][k];
    }
}

/// By Householder's reflectors (LAPACK's geqr2 and org2r).
template <class T> DEVICE void qr(const QrParams& p) {
    SHARED(Work<T>, shared, WARPS);
    Work<T>& work = shared[threadIdx.x / WARP];
    int lane = threadIdx.x % WARP;
    int rows = int(p.rows);
    int columns = int(p.columns);
    int inner = int(p.inner);
    int steps = rows < columns ? rows : columns;
    for (int64_t entry = firstIndex() / WARP; entry < p.batch.count; entry += indexStep() / WARP) {
        const T* a = p.a.begin<T>(p.batch, entry);
        for (int j = 0; j < columns; j++) {
            work.a[lane][j] = lane < rows ? a[lane * p.a.at.row + j * p.a.at.column] : T(0);
        }
        for (int j = 0; j < inner; j++) {
            work.v[lane][j] = lane == j ? 1 : 0;
        }
        __syncwarp();
        // A D = Q (R D): each column, now a lane's, has a scale of its own.
        T largest = 0;
        for (int i = 0; i < rows && lane < columns; i++) {
            T size = fabs(work.a[i][lane]) < INF<T> ? T(fabs(work.a[i][lane])) : INF<T>;
            largest = size > largest ? size : largest;
        }
        bool finite = largestOfLanes(largest) < INF<T>;
        int exponent = 0;
        if (finite) {
            frexp(largest, &exponent);
        }
        for (int i = 0; i < rows && lane < columns; i++) {
            work.a[i][lane] = finite ? T(ldexp(work.a[i][lane], -exponent)) : T(0);
        }
        __syncwarp();
        T tau = 0;
        for (int k = 0; k < steps; k++) {
            T x = lane > k && lane < rows ? work.a[lane][k] : T(0);
            T below = sumOfLanes(x * x);
            T alpha = work.a[k][k];
            __syncwarp();
            T factor = 0;
            if (below > 0 && below + alpha * alpha >= NOTHING<T>) {
                T length = sqrt(below + alpha * alpha);
                T beta = alpha < 0 ? length : -length;
                factor = (beta - alpha) / beta;
                if (lane > k && lane < rows) {
                    work.a[lane][k] = x / (alpha - beta);
                }
                if (lane == k) {
                    work.a[k][k] = beta;
                }
            }
            tau = lane == k ? factor : tau;
            __syncwarp();
            if (factor != 0 && lane > k && lane < columns) {
                reflect(work.a, k, rows, factor, work.a);
            }
            __syncwarp();
        }
        for (int k = steps - 1; k >= 0; k--) {
            T factor = __shfl_sync(ALL_LANES, tau, k);
            if (factor != 0 && lane < inner) {
                reflect(work.a, k, rows, factor, work.v);
            }
        }
        __syncwarp();
        T* q = p.q.begin<T>(p.batch, entry);
        for (int j = 0; j < inner && lane < rows; j++) {
            q[lane * p.q.at.row + j * p.q.at.column] = finite ? work.v[lane][j] : NOT_A_NUMBER<T>;
        }
        T* r = p.r.begin<T>(p.batch, entry);
        for (int j = 0; j < columns; j++) {
            T value = ldexp(work.a[lane][j], __shfl_sync(ALL_LANES, exponent, j));
            if (lane < inner) {
                r[lane * p.r.at.row + j * p.r.at.column] = !finite ? NOT_A_NUMBER<T> : lane <= j && lane < rows ? value : T(0);
            }
        }
    }
}

#define EACH(name, T)                                                          \
    KERNEL_BOUNDED(WARP * WARPS, 1, svd_##name, SvdParams, p) { svd<T>(p); }   \
    KERNEL_BOUNDED(WARP * WARPS, 1, eigh_##name, EighParams, p) { eigh<T>(p); } \
    KERNEL_BOUNDED(WARP * WARPS, 1, qr_##name, QrParams, p) { qr<T>(p); }

FLOATING_DTYPES(EACH)
