// nvcc -fmad=false
#include "complex.cuh"
#include "kron.cuh"

COMPLEX_DTYPES(KRON)
