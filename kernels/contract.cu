#include "contract.cuh"

SUMS(f32, float, float, double)
SUMS(f64, double, double, double)
SUMS(i32, uint32_t, uint32_t, uint32_t)
SUMS(i64, uint64_t, uint64_t, uint64_t)
/// Bytes are added up in 32 bits.
SUM(sum8_u8, uint8_t, uint32_t, uint32_t, uint8_t, 8)
/// Whether the sum is not 0.
SUM(sum8_b8, bool8, uint64_t, uint64_t, bool8, 8)
/// Add up parts.
SUM(sum1_f64_f32, double, double, double, float, 1)
SUM(sum1_i32_u8, uint32_t, uint32_t, uint32_t, uint8_t, 1)
SUM(sum1_i64_b8, uint64_t, uint64_t, uint64_t, bool8, 1)

CONTRACT(large, f32, 1, float, float, 128, 128, 8, 8, 8)
CONTRACT(large, f64, 1, double, double, 128, 128, 8, 8, 8)
CONTRACT(small, f32, 3, float, float, 64, 64, 8, 4, 4)
CONTRACT(small, f64, 2, double, double, 64, 64, 8, 4, 4)
CONTRACT(small, i32, 3, uint32_t, uint32_t, 64, 64, 8, 4, 4)
CONTRACT(small, i64, 2, uint64_t, uint64_t, 64, 64, 8, 4, 4)
CONTRACT(small, u8, 3, uint8_t, uint8_t, 64, 64, 8, 4, 4)
CONTRACT(wide, f32, 4, float, float, 16, 128, 8, 4, 4)
CONTRACT(wide, f64, 4, double, double, 16, 128, 8, 4, 4)
