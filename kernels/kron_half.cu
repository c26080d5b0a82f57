#include "half.cuh"
#include "kron.cuh"

HALF_DTYPES(KRON)
