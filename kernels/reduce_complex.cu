// nvcc -fmad=false
// Products of complex numbers; their sums are those of their parts.
#include "complex.cuh"
#include "reduce.cuh"

COMPLEX_DTYPES(REDUCE)
