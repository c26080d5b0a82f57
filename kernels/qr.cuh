// A = Q R by Householder's reflectors (LAPACK's geqr2 and org2r): the diagonal of R is real.
#pragma once

#include "small.cuh"

struct QrParams {
    int64_t rows; ///< at most 32
    int64_t columns; ///< at most 32
    int64_t inner; ///< columns of Q and rows of R
    Output a;
    Output q;
    Output r;
    Axes batch;
};

/// Applies I - tau v v^H to this lane's column of `to`; v lies below the diagonal of column k of `from`, with a one on it.
template <class T> DEVICE void reflect(const T (&from)[MOST][LEAD], int k, int rows, T tau, T (&to)[MOST][LEAD]) {
    int lane = threadIdx.x % WARP;
    T sum = to[k][lane];
    for (int i = k + 1; i < rows; i++) {
        addProduct(sum, conjugate(from[i][k]), to[i][lane]);
    }
    sum = tau * sum;
    to[k][lane] = to[k][lane] - sum;
    for (int i = k + 1; i < rows; i++) {
        to[i][lane] = to[i][lane] - sum * from[i][k];
    }
}

template <class T> DEVICE void qr(const QrParams& p) {
    using R = RealOf<T>;
    SHARED(Work<T>, shared, WARPS<T>);
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
        R largest = 0;
        for (int i = 0; i < rows && lane < columns; i++) {
            R size = partOf(work.a[i][lane]);
            largest = size > largest ? size : largest;
        }
        bool finite = largestOfLanes(largest) < INF<R>;
        int exponent = 0;
        if (finite) {
            frexp(largest, &exponent);
        }
        for (int i = 0; i < rows && lane < columns; i++) {
            work.a[i][lane] = finite ? scaled(work.a[i][lane], -exponent) : T(0);
        }
        __syncwarp();
        T tau = 0;
        for (int k = 0; k < steps; k++) {
            T x = lane > k && lane < rows ? work.a[lane][k] : T(0);
            R below = sumOfLanes(squareOf(x));
            T alpha = work.a[k][k];
            R square = below + squareOf(alpha);
            int small = 0;
            if (square < NOTHING<R>) { // what is below is nothing, and the diagonal only has to become real
                frexp(partOf(alpha), &small);
                alpha = scaled(alpha, -small);
                square = squareOf(alpha);
                below = 0;
                x = 0;
            }
            __syncwarp();
            T factor = 0;
            if (below > 0 || alpha != T(realPart(alpha))) {
                R length = sqrt(square);
                R beta = realPart(alpha) < 0 ? length : -length;
                factor = (T(beta) - alpha) / beta;
                if (lane > k && lane < rows) {
                    work.a[lane][k] = quotient(x, alpha - T(beta));
                }
                if (lane == k) {
                    work.a[k][k] = scaled(beta, small);
                }
            }
            tau = lane == k ? factor : tau;
            __syncwarp();
            if (factor != T(0) && lane > k && lane < columns) {
                reflect(work.a, k, rows, conjugate(factor), work.a);
            }
            __syncwarp();
        }
        for (int k = steps - 1; k >= 0; k--) {
            T factor = fromLane(tau, k);
            if (factor != T(0) && lane < inner) {
                reflect(work.a, k, rows, factor, work.v);
            }
        }
        __syncwarp();
        T* q = p.q.begin<T>(p.batch, entry);
        for (int j = 0; j < inner && lane < rows; j++) {
            q[lane * p.q.at.row + j * p.q.at.column] = ifFinite(finite, work.v[lane][j]);
        }
        T* r = p.r.begin<T>(p.batch, entry);
        for (int j = 0; j < columns; j++) {
            T value = scaled(work.a[lane][j], fromLane(exponent, j));
            if (lane < inner) {
                r[lane * p.r.at.row + j * p.r.at.column] = ifFinite(finite, lane <= j && lane < rows ? value : T(0));
            }
        }
    }
}
