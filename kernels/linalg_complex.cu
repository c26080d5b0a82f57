#include "matrix_complex.cuh"

#include "linalg.cuh"

COMPLEX_DTYPES(LINALG)
