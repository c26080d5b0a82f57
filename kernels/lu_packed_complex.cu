// Of 64 x 64 matrices in complex128, the factors have no room in the shared memory of a block.
#include "lu_rows_complex.cuh"

#include "lu_packed.cuh"

COMPLEX_DTYPES(PACKED)
KERNEL_BOUNDED(64, 1, lu_substitute_64_c64, SubstituteParams, p) { substitutions<complex64, 64>(p); }
