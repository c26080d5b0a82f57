// A = L L^H, or U^H U, column by column (LAPACK's potf2).
#pragma once

#include "small.cuh"

struct CholeskyParams {
    int64_t n; ///< at most 32
    int64_t upper; ///< which triangle is read, without the imaginary parts of its diagonal, and becomes the factor; the other one becomes 0
    Output a;
    int64_t info; ///< int32: the order of the first leading minor that is not positive, or 0
    Strides infoStrides;
    Axes batch;
};

template <class T> DEVICE void cholesky(const CholeskyParams& p) {
    using R = RealOf<T>;
    using Triangle = T[MOST][LEAD];
    SHARED(Triangle, shared, WARPS<T>);
    Triangle& l = shared[threadIdx.x / WARP];
    int lane = threadIdx.x % WARP;
    int n = int(p.n);
    // Of U^H U the adjoint of U is computed: a lane has a row of L, so a column of U.
    int64_t row = p.upper ? p.a.at.column : p.a.at.row;
    int64_t column = p.upper ? p.a.at.row : p.a.at.column;
    for (int64_t entry = firstIndex() / WARP; entry < p.batch.count; entry += indexStep() / WARP) {
        T* a = p.a.begin<T>(p.batch, entry);
        for (int j = 0; j < n; j++) {
            T x = lane < n && lane >= j ? a[lane * row + j * column] : T(0);
            l[lane][j] = lane == j ? T(realPart(x)) : p.upper ? conjugate(x) : x;
        }
        int info = 0;
        for (int k = 0; k < n && info == 0; k++) {
            T sum = l[lane][k];
            for (int j = 0; j < k; j++) {
                addProduct(sum, -l[lane][j], conjugate(l[k][j]));
            }
            R pivot = fromLane(realPart(sum), k);
            R root = sqrt(pivot);
            if (!(pivot > 0)) {
                info = k + 1;
            } else if (lane >= k) {
                l[lane][k] = lane == k ? T(root) : sum / root;
            }
            __syncwarp();
        }
        for (int j = 0; j < n; j++) {
            if (lane < n) {
                a[lane * row + j * column] = lane < j ? T(0) : p.upper ? conjugate(l[lane][j]) : l[lane][j];
            }
        }
        if (lane == 0) {
            reinterpret_cast<int32_t*>(p.info)[begin(p.batch, p.infoStrides, entry)] = info;
        }
    }
}
