// Batches of matrices as the kernels for linear algebra take them.
#pragma once

#include "k4j.cuh"

constexpr unsigned ALL_LANES = 0xffffffffu;
constexpr int WARP = 32;
constexpr int THREADS = 128;

template <class T> constexpr T INF = std::numeric_limits<T>::infinity();
template <class T> constexpr T NOT_A_NUMBER = std::numeric_limits<T>::quiet_NaN();

/// Matrices that lie anywhere; where in it an entry of the batch begins is said by strides of the batch's axes.
struct Matrix {
    int64_t address;
    int64_t row; ///< elements from a row to the next
    int64_t column;
};

/// Where entry e of a batch begins in an operand, in elements.
DEVICE int64_t begin(const Axes& batch, const Strides& strides, int64_t entry) {
    const Strides (&one)[1] = reinterpret_cast<const Strides (&)[1]>(strides);
    int64_t at[1];
    locate(batch, one, uint32_t(entry), at);
    return at[0];
}
