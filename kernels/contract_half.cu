#include "contract.cuh"
#include "half.cuh"

SUMS(f16, float16, float, float)
SUMS(bf16, bfloat16, float, float)
/// Add up parts.
SUM(sum1_f32_f16, float, float, float, float16, 1)
SUM(sum1_f32_bf16, float, float, float, bfloat16, 1)

CONTRACT(small, f16, 3, float16, float, 64, 64, 8, 4, 4)
CONTRACT(small, bf16, 3, bfloat16, float, 64, 64, 8, 4, 4)
