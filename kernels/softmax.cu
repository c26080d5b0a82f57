#include "softmax.cuh"

FLOATING_DTYPES(SOFTMAX)
