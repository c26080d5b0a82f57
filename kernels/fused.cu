#include "fused.cuh"

FLOATING_DTYPES(FUSED)
