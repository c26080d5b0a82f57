#include "complex.cuh"
#include "kron_apply.cuh"

COMPLEX_DTYPES(KRON_APPLY)
