#include "elementwise.cuh"
#include "half.cuh"

FILL(b16, uint16_t)
WHERE(b16, uint16_t)
HALF_DTYPES(UNARY)
HALF_DTYPES(BINARY)
