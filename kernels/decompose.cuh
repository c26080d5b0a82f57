// Singular values, eigenvalues, QR and Cholesky's factors of matrices up to 32 x 32, a warp for each.
//
// A matrix with NaN or infinity in it gives NaN and, where there is one, an info of one more than its size; but for Cholesky's such numbers are as others.
#pragma once

#include "cholesky.cuh"
#include "jacobi.cuh"
#include "qr.cuh"

#define DECOMPOSE(name, T)                                                                     \
    KERNEL_BOUNDED(WARP * WARPS<T>, 1, svd_##name, SvdParams, p) { svd<T>(p); }                \
    KERNEL_BOUNDED(WARP * WARPS<T>, 1, eigh_##name, EighParams, p) { eigh<T>(p); }             \
    KERNEL_BOUNDED(WARP * WARPS<T>, 1, qr_##name, QrParams, p) { qr<T>(p); }                   \
    KERNEL_BOUNDED(WARP * WARPS<T>, 1, cholesky_##name, CholeskyParams, p) { cholesky<T>(p); }
