#include "lu_packed.cuh"

struct OrderParams {
    int64_t m;
    int64_t steps;
    int64_t pivots;
    int64_t pivotStride;
    int64_t order;
    int64_t orderStride;
    Axes batch;
    Strides strides[2];
};

/// The order of the rows after the exchanges: a block each, in shared memory where it fits.
KERNEL(lu_order, OrderParams, p) {
    constexpr int MOST = 8192;
    SHARED(int32_t, shared, MOST);
    for (int64_t entry = blockIdx.x; entry < p.batch.count; entry += gridDim.x) {
        int64_t at[2];
        locate(p.batch, p.strides, uint32_t(entry), at);
        const int32_t* pivots = reinterpret_cast<const int32_t*>(p.pivots) + at[0];
        int64_t* order = reinterpret_cast<int64_t*>(p.order) + at[1];
        bool fits = p.m <= MOST;
        for (int64_t i = threadIdx.x; i < p.m; i += blockDim.x) {
            if (fits) {
                shared[i] = int32_t(i);
            } else {
                order[i * p.orderStride] = i;
            }
        }
        __syncthreads();
        if (threadIdx.x == 0) {
            for (int64_t k = 0; k < p.steps; k++) {
                int64_t other = pivots[k * p.pivotStride] - 1;
                if (fits) {
                    int32_t kept = shared[k];
                    shared[k] = shared[other];
                    shared[other] = kept;
                } else {
                    int64_t kept = order[k * p.orderStride];
                    order[k * p.orderStride] = order[other * p.orderStride];
                    order[other * p.orderStride] = kept;
                }
            }
        }
        __syncthreads();
        for (int64_t i = threadIdx.x; fits && i < p.m; i += blockDim.x) {
            order[i * p.orderStride] = shared[i];
        }
    }
}

FLOATING_DTYPES(PACKED)

#define EACH(name, T) \
    KERNEL_BOUNDED(64, 1, lu_substitute_64_##name, SubstituteParams, p) { substitutions<T, 64>(p); }

FLOATING_DTYPES(EACH)
