// nvcc -fmad=false
#include "complex.cuh"
#include "scan.cuh"

DEVICE complex128 scaled(complex128 z, int64_t e) { return {scaled(z.re, e), scaled(z.im, e)}; }

/// Scaled by the larger part, if both are finite.
DEVICE Ranged<complex128> ranged(complex128 m, int64_t e) {
    int re = exponentOf(m.re);
    int im = exponentOf(m.im);
    bool finite = m.re - m.re == 0 && m.im - m.im == 0;
    int k = finite ? max(re, im) : 0;
    int half = k / 2;
    return {powerOfTwo(half - k) * (powerOfTwo(-half) * m), {e + k}};
}

SCAN_PROD(c128, complex128)
SCAN_RECUR(c128, complex128)
