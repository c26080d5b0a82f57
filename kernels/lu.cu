#include "lu.cuh"

#define EACH(name, T)                                                               \
    KERNEL_BOUNDED(THREADS, 7, lu_4_##name, LuParams, p) { byLanes<T, 4>(p); }      \
    KERNEL_BOUNDED(THREADS, 5, lu_8_##name, LuParams, p) { byLanes<T, 8>(p); }      \
    KERNEL_BOUNDED(THREADS, 4, lu_16_##name, LuParams, p) { byLanes<T, 16>(p); }    \
    KERNEL_BOUNDED(THREADS, 3, lu_32_##name, LuParams, p) { byLanes<T, 32>(p); }    \
    KERNEL_BOUNDED(64, 1, lu_64_##name, LuParams, p) { byBlocks<T>(p); }            \
    KERNEL_BOUNDED(1024, 1, lu_panel_##name, LuParams, p) { panels<T, 1024>(p); }

FLOATING_DTYPES(EACH)
