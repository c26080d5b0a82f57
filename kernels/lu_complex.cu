// As for real numbers, except that
// - pivots are the largest by |re| + |im|, as LAPACK's izamax has it;
// - matrices of up to 4 columns take 8 lanes;
// - in complex128, where a row of 64 columns has no room in the registers of a thread, nor one of 16 columns in those of 1024 threads, 32 columns are the
//   most, larger matrices are factored by panels, and panels have up to 512 rows. Nothing spills (REPORT.md).
#include "lu_rows_complex.cuh"

#include "lu.cuh"

#define EACH(name, T, ROWS)                                                             \
    KERNEL_BOUNDED(THREADS, 4, lu_8_##name, LuParams, p) { byLanes<T, 8>(p); }          \
    KERNEL_BOUNDED(THREADS, 3, lu_16_##name, LuParams, p) { byLanes<T, 16>(p); }        \
    KERNEL_BOUNDED((BLOCK<T, 32>), 2, lu_32_##name, LuParams, p) { byLanes<T, 32>(p); } \
    KERNEL_BOUNDED(ROWS, 1, lu_panel_##name, LuParams, p) { panels<T, ROWS>(p); }

EACH(c64, complex64, 1024)
EACH(c128, complex128, 512)
KERNEL_BOUNDED(64, 1, lu_64_c64, LuParams, p) { byBlocks<complex64>(p); }
