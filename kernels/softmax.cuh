// Softmax and its logarithm along an axis: one pass finds the maximum and the sum of the exponentials together (Milakov and Gimelshein, "Online
// normalizer calculation for softmax", 2018), a second writes the results. A group of threads works on each line, as in reduce.cu.
#pragma once

#include "k4j.cuh"

constexpr int SOFTMAX_THREADS = 256;
constexpr int TAKEN = 4;

struct SoftmaxParams {
    Axes lines;
    Strides strides[2]; ///< of the first elements of the lines: out, a
    void* out;
    const void* a;
    int64_t steps[2]; ///< along the axis
    int64_t length;
    int64_t log; ///< whether the logarithm is wanted
    int64_t group; ///< threads for each line: a power of two
    int64_t across; ///< 1: neighbouring threads take neighbouring lines; 0: neighbouring elements
};

/// The largest of some elements, and the sum of their exponentials over that of the largest.
template <class T> struct Sum {
    T largest;
    double sum;
};

/// e^(x - largest), 1 for the largest itself even if it is infinite.
template <class T> DEVICE T share(T x, T largest) { return x == largest ? T(1) : std::exp(x - largest); }

template <class T> DEVICE T larger(T x, T y) { return x > y || x != x ? x : y; }

template <class T> DEVICE Sum<T> plus(Sum<T> x, Sum<T> y) {
    T largest = larger(x.largest, y.largest);
    return {largest, x.sum * share(x.largest, largest) + y.sum * share(y.largest, largest)};
}

template <class T> DEVICE void softmax(const SoftmaxParams& p) {
    using C = Computed<T>;
    SHARED(C, maxima, SOFTMAX_THREADS);
    SHARED(double, sums, SOFTMAX_THREADS);
    int group = int(p.group);
    int lines = SOFTMAX_THREADS / group;
    int slot = p.across ? threadIdx.x % lines : threadIdx.x / group;
    int lane = p.across ? threadIdx.x / lines : threadIdx.x % group;
    int own = lane * lines + slot;
    int64_t works = (p.lines.count + lines - 1) / lines;
    NO_UNROLL for (int64_t work = blockIdx.x; work < works; work += gridDim.x) {
        int64_t line = work * lines + slot;
        int64_t at[2] = {0, 0};
        int64_t length = line < p.lines.count ? p.length : 0;
        if (length > 0) {
            locate(p.lines, p.strides, uint32_t(line), at);
        }
        T* out = static_cast<T*>(p.out) + at[0];
        const T* a = static_cast<const T*>(p.a) + at[1];
        Sum<C> total = {C(-INFINITY), 0};
        NO_UNROLL for (int64_t i = lane; i < length; i += TAKEN * group) {
            C x[TAKEN];
            UNROLL for (int j = 0; j < TAKEN; j++) {
                int64_t element = i + j * group;
                x[j] = element < length ? C(a[element * p.steps[1]]) : C(-INFINITY);
            }
            C largest = larger(larger(x[0], x[1]), larger(x[2], x[3]));
            largest = larger(total.largest, largest);
            double sum = total.sum * share(total.largest, largest);
            UNROLL for (int j = 0; j < TAKEN; j++) {
                sum += share(x[j], largest);
            }
            total = {largest, sum};
        }
        if (group > 1) {
            maxima[own] = total.largest;
            sums[own] = total.sum;
            NO_UNROLL for (int width = group / 2; width > 0; width /= 2) {
                __syncthreads();
                if (lane < width) {
                    int other = own + width * lines;
                    total = plus(total, {maxima[other], sums[other]});
                    maxima[own] = total.largest;
                    sums[own] = total.sum;
                }
            }
            __syncthreads();
            total = {maxima[slot], sums[slot]};
            __syncthreads(); // before the next work
        }
        // inf - inf is NaN, and so are its shares of the others.
        C sum = total.largest == C(INFINITY) ? C(NAN) : C(total.sum);
        C logarithm = std::log(sum);
        NO_UNROLL for (int64_t i = lane; i < length; i += group) {
            C x = C(a[i * p.steps[1]]) - total.largest;
            out[i * p.steps[0]] = T(p.log ? x - logarithm : std::exp(x) / sum);
        }
    }
}

#define SOFTMAX(name, T) \
    KERNEL(softmax_##name, SoftmaxParams, p) { softmax<T>(p); }
