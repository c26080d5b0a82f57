#include "half.cuh"
#include "random.cuh"

HALF_DTYPES(RANDOM)
