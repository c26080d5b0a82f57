#include "kron_apply.cuh"

FLOATING_DTYPES(KRON_APPLY)
