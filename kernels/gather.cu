#include "gather.cuh"

WIDTHS(TAKE)
TAKE(b16, uint16_t)
RING_DTYPES(ADD)
