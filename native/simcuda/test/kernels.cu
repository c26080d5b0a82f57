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
    if (threadIdx.x == 1 && blockIdx.x == 0) {
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

// ---- for the race detector

/// Blocks write the same word: by an atomic when count is 0, and one reads it besides when count is 2.
KERNEL(test_race_blocks, SumParams, p) {
    if (threadIdx.x > 0) return;
    if (p.count == 1) p.out[0] = blockIdx.x;
    else atomicAdd(&p.out[0], 1);
    if (p.count == 2) p.out[1 + blockIdx.x] = p.out[0];
}

/// Lanes hand values over in shared memory: after __syncwarp when count is 0, with nothing between when it is 1, with a shuffle when it is 2.
KERNEL(test_race_warp, SumParams, p) {
    SHARED(double, part, 32);
    double value = p.in[threadIdx.x];
    part[threadIdx.x] = 0;
    __syncwarp();
    part[threadIdx.x] = value;
    if (p.count == 0) __syncwarp();
    if (p.count == 2) value = __shfl_xor_sync(0xffffffffu, value, 1);
    p.out[threadIdx.x] = part[31 - threadIdx.x] + value;
}

/// The threads of a warp are ordered by __syncwarp, those of two are not: they read the other warp's half when count is 1.
KERNEL(test_race_warps, SumParams, p) {
    SHARED(double, part, 64);
    part[threadIdx.x] = 0;
    __syncthreads();
    part[threadIdx.x] = p.in[threadIdx.x];
    __syncwarp();
    p.out[threadIdx.x] = part[threadIdx.x ^ (p.count == 1 ? 32 : 1)];
}

/// The sum of test_sum for piece after piece; without the barrier before the next piece when count is 1.
KERNEL(test_race_pieces, SumParams, p) {
    SHARED(double, part, 64);
    for (unsigned piece = blockIdx.x; piece < 4; piece += gridDim.x) {
        part[threadIdx.x] = p.in[piece * 64 + threadIdx.x];
        __syncthreads();
        double sum = 0;
        for (unsigned i = 0; i < 64; i++) sum += part[i];
        if (threadIdx.x == 63) p.out[piece] = sum;
        if (p.count != 1) __syncthreads();
    }
}

/// Bytes beside each other are written by different threads, also of different blocks.
KERNEL(test_race_bytes, SumParams, p) { reinterpret_cast<char*>(p.out)[blockIdx.x * blockDim.x + threadIdx.x] = 1; }

/// Dynamic shared memory, reversed without a barrier when count is 1.
KERNEL(test_race_dynamic, SumParams, p) {
    SHARED_DYNAMIC(double, buffer);
    buffer[threadIdx.x] = 0;
    __syncthreads();
    buffer[threadIdx.x] = p.in[threadIdx.x];
    if (p.count != 1) __syncthreads();
    p.out[threadIdx.x] = buffer[blockDim.x - 1 - threadIdx.x];
}

/// Reads shared memory of which count bytes were written, and a word that was not if count is 0.
KERNEL(test_unwritten, SumParams, p) {
    SHARED(char, part, 64);
    SHARED(int, one, 1);
    if (threadIdx.x < p.count) part[threadIdx.x] = 1;
    if (threadIdx.x == 0 && p.count > 0) one[0] = 1;
    __syncthreads();
    p.out[threadIdx.x] = part[threadIdx.x] + one[0];
}
