#include "kron.cuh"

RING_DTYPES(KRON)
KRON(b8, bool8)
