#include "half.cuh"
#include "reduce.cuh"

HALF_DTYPES(REDUCE)
HALF_DTYPES(FIND)
