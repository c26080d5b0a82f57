// Kernels of the simulator's own tests.
#include "simcuda/device.h"

struct SumParams {
    const double* in;
    double* out;
    int64_t count;
};

/// out[block] = sum of the block's stretch of in, through shared memory and a tree with barriers.
KERNEL(test_sum, SumParams, p) {
    SHARED(double, part, 256);
    int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    part[threadIdx.x] = i < p.count ? p.in[i] : 0;
    __syncthreads();
    for (unsigned step = blockDim.x / 2; step > 0; step /= 2) {
        if (threadIdx.x < step) part[threadIdx.x] += part[threadIdx.x + step];
        __syncthreads();
    }
    if (threadIdx.x == 0) p.out[blockIdx.x] = part[0];
}

/// The same without the first barrier.
KERNEL(test_sum_racy, SumParams, p) {
    SHARED(double, part, 256);
    part[threadIdx.x] = p.in[threadIdx.x];
    if (threadIdx.x == 0) {
        double sum = 0;
        for (unsigned k = 0; k < blockDim.x; k++) sum += part[k];
        p.out[0] = sum;
    }
}

/// out[i] = sum over the warp of in, by shuffles; the last warp may be partial.
KERNEL(test_warp, SumParams, p) {
    double value = threadIdx.x < p.count ? p.in[threadIdx.x] : 0;
    for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffffu, value, step);
    p.out[threadIdx.x] = __shfl_sync(0xffffffffu, value, 0);
}

/// out[0] = number of threads of the grid with an even index in their block, out[1] = votes of one block, out[2] = ballot of a warp.
KERNEL(test_votes, SumParams, p) {
    bool even = threadIdx.x % 2 == 0;
    if (even) atomicAdd(&p.out[0], 1.0);
    int votes = __syncthreads_count(even);
    unsigned ballot = __ballot_sync(0xffffffffu, even);
    if (threadIdx.x == 1) {
        p.out[1] = votes;
        p.out[2] = ballot;
    }
}

/// Dynamic shared memory: out = in reversed within the block. Half of the threads end before the barrier when count is 0.
KERNEL(test_reverse, SumParams, p) {
    SHARED_DYNAMIC(double, buffer);
    buffer[threadIdx.x] = p.in[threadIdx.x];
    __syncthreads();
    p.out[threadIdx.x] = buffer[blockDim.x - 1 - threadIdx.x];
}

/// Threads leave before the barrier: those that stay go on.
KERNEL(test_leave, SumParams, p) {
    if (threadIdx.x >= 10) return;
    __syncthreads();
    p.out[threadIdx.x] = threadIdx.x;
}

/// Waits for ever: half of a warp waits for the warp, half for the block.
KERNEL(test_hang, SumParams, p) {
    if (threadIdx.x < 16) __syncthreads();
    else __syncwarp();
    p.out[0] = 1;
}

/// out[count] = 1, wherever that is.
KERNEL(test_store, SumParams, p) { p.out[p.count] = 1; }

/// out[i] = out[i] * 2 + 1 over a grid-stride loop.
KERNEL(test_step, SumParams, p) {
    for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < p.count; i += int64_t(gridDim.x) * blockDim.x) p.out[i] = p.out[i] * 2 + 1;
}
