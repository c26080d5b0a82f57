#include "linalg.cuh"

/// The addresses of the matrices of a batch.
KERNEL(linalg_pointers, PointersParams, p) { addresses(p); }

/// What LAPACK's info becomes.
KERNEL(linalg_info, InfoParams, p) { report(p); }

FLOATING_DTYPES(LINALG)
