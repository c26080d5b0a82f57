#include "reduce.cuh"

ALL_DTYPES(REDUCE)
ALL_DTYPES(FIND)
