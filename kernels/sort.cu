#include "sort.cuh"

SORT_RUNS(b32, uint32_t)
SORT_RUNS(b64, uint64_t)
MERGE(b32, uint32_t)
MERGE(b64, uint64_t)

KERNEL(search_sorted, SearchParams, p) { search(p); }
