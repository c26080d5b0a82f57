#include "decompose.cuh"

FLOATING_DTYPES(DECOMPOSE)
