#include "pool.cuh"

FLOATING_DTYPES(POOL)
