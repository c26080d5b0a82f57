#include "half.cuh"
#include "kron_apply.cuh"

HALF_DTYPES(KRON_APPLY)
