// What batched GEMMs of cuBLAS need beside cuBLAS.
#include "k4j.cuh"

/// A batch of matrices in three operands: nested loops, innermost first, with the operands' steps in bytes.
struct GemmBatch {
    int64_t count; ///< product of the sizes
    int64_t rank;
    int64_t sizes[RANK];
    int64_t steps[3][RANK];
    int64_t first[3]; ///< addresses of the first matrices
    int64_t* addresses; ///< [3, count], to write
};

/// Where each matrix of the batch begins: the arrays of pointers that cuBLAS takes.
KERNEL(gemm_addresses, GemmBatch, p) {
    for (int64_t g = firstIndex(); g < p.count; g += indexStep()) {
        int64_t at[3] = {p.first[0], p.first[1], p.first[2]};
        int64_t rest = g;
        NO_UNROLL for (int64_t axis = 0; axis < p.rank; axis++) {
            int64_t i = rest % p.sizes[axis];
            rest /= p.sizes[axis];
            UNROLL for (int k = 0; k < 3; k++) {
                at[k] += i * p.steps[k][axis];
            }
        }
        UNROLL for (int k = 0; k < 3; k++) {
            p.addresses[k * p.count + g] = at[k];
        }
    }
}
