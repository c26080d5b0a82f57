#include "half.cuh"
#include "softmax.cuh"

HALF_DTYPES(SOFTMAX)
