#include "matrix_complex.cuh"

#include "decompose.cuh"

COMPLEX_DTYPES(DECOMPOSE)
