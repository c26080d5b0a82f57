// Copies of halves, and conversions from and to them.
#include "half.cuh"
#include "permute.cuh"

COPY(b16, uint16_t)
PERMUTE(b16, uint16_t)
HALF_DTYPES(CONVERT)

template <class From> DEVICE void narrow(const ConvertParams& p) {
    convert<From>(p, [&](const auto& places, const auto& x) {
        if (p.to == FLOAT16) {
            convertTo<float16>(p, places, x);
        } else {
            convertTo<bfloat16>(p, places, x);
        }
    });
}

#define NARROW(name, T) \
    KERNEL(narrow_##name, ConvertParams, p) { narrow<T>(p); }
ALL_DTYPES(NARROW)
HALF_DTYPES(NARROW)
