#include "random.cuh"

RING_DTYPES(RANDOM)
RANDOM(b8, bool8)
