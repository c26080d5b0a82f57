#include "complex.cuh"
#include "contract.cuh"

SUMS(c64, complex64, complex64, complex128)
SUMS(c128, complex128, complex128, complex128)
/// Adds up parts.
SUM(sum1_c128_c64, complex128, complex128, complex128, complex64, 1)

CONTRACT(small, c64, 2, complex64, complex64, 64, 64, 8, 4, 4)
CONTRACT(small, c128, 1, complex128, complex128, 64, 64, 8, 4, 4)
