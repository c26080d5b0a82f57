// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), with the same numbers as the CPU backend: the key is the seed;
// the counter is the number of a block in its low 64 bits and the stream in its high ones. A block's four words are four elements of dtypes that need up
// to 32 bits, or two pairs (high word first) of wider ones. Normal numbers come from pairs, in double, by functions that are defined to the last bit.
#pragma once

#include "k4j.cuh"

/// In the order of kron4j.backend.Distribution.
enum Distribution { UNIFORM, NORMAL, BITS };

struct RandomParams {
    Axes axes; ///< in row-major order
    Strides strides[1];
    void* out;
    int64_t distribution;
    int64_t seed;
    int64_t stream;
    int64_t first; ///< number of the first element
    int64_t packed; ///< whether the four or two elements of a block lie in a row, aligned, from element 0 on
};

struct Block {
    uint32_t words[4];

    DEVICE uint64_t pair(int i) const { return uint64_t(words[2 * i]) << 32 | words[2 * i + 1]; }
    /// In [0, 1), of 53 bits.
    DEVICE double uniform(int i) const { return double(pair(i) >> 11) * 0x1p-53; }
};

DEVICE Block philox(uint64_t seed, uint64_t number, uint64_t stream) {
    uint32_t x0 = uint32_t(number);
    uint32_t x1 = uint32_t(number >> 32);
    uint32_t x2 = uint32_t(stream);
    uint32_t x3 = uint32_t(stream >> 32);
    uint32_t k0 = uint32_t(seed);
    uint32_t k1 = uint32_t(seed >> 32);
    UNROLL for (int round = 0; round < 10; round++) {
        uint64_t p0 = uint64_t(0xD2511F53u) * x0;
        uint64_t p1 = uint64_t(0xCD9E8D57u) * x2;
        x0 = uint32_t(p1 >> 32) ^ x1 ^ k0;
        x1 = uint32_t(p1);
        x2 = uint32_t(p0 >> 32) ^ x3 ^ k1;
        x3 = uint32_t(p0);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {{x0, x1, x2, x3}};
}

// ---- normal numbers

/// A double whose every operation is rounded: nothing is fused. With it, log, cosine and sine below give what fdlibm 5.3 defines, as Java's StrictMath.
struct Rounded {
    double value;
    DEVICE Rounded(double x) : value(x) {}
};
DEVICE Rounded operator+(Rounded x, Rounded y) { return __dadd_rn(x.value, y.value); }
DEVICE Rounded operator-(Rounded x, Rounded y) { return __dsub_rn(x.value, y.value); }
DEVICE Rounded operator*(Rounded x, Rounded y) { return __dmul_rn(x.value, y.value); }
DEVICE Rounded operator/(Rounded x, Rounded y) { return __ddiv_rn(x.value, y.value); }

DEVICE int32_t highWord(Rounded x) { return __double2hiint(x.value); }

/// The logarithm of a normal number in (0, 1]: of 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), by log(1 + f) = 2 artanh(f / (2 + f)).
DEVICE Rounded logarithm(Rounded x) {
    const Rounded ln2High = 6.93147180369123816490e-01;
    const Rounded ln2Low = 1.90821492927058770002e-10;
    int32_t high = highWord(x);
    int32_t mantissa = high & 0xfffff;
    int32_t halve = (mantissa + 0x95f64) & 0x100000;
    int32_t k = (high >> 20) - 1023 + (halve >> 20);
    Rounded f = Rounded(__hiloint2double(mantissa | (halve ^ 0x3ff00000), __double2loint(x.value))) - 1.0;
    Rounded dk = double(k);
    if ((0xfffff & (2 + mantissa)) < 3) { // |f| < 2^-20
        if (f.value == 0) {
            return k == 0 ? Rounded(0) : dk * ln2High + dk * ln2Low;
        }
        Rounded r = f * f * (Rounded(0.5) - Rounded(0.33333333333333333) * f);
        return k == 0 ? f - r : dk * ln2High - ((r - dk * ln2Low) - f);
    }
    Rounded s = f / (Rounded(2.0) + f);
    Rounded z = s * s;
    Rounded w = z * z;
    Rounded even = w * (Rounded(3.999999999940941908e-01) + w * (Rounded(2.222219843214978396e-01) + w * Rounded(1.531383769920937332e-01)));
    Rounded odd = z * (Rounded(6.666666666666735130e-01)
            + w * (Rounded(2.857142874366239149e-01) + w * (Rounded(1.818357216161805012e-01) + w * Rounded(1.479819860511658591e-01))));
    Rounded r = odd + even;
    if (((mantissa - 0x6147a) | (0x6b851 - mantissa)) > 0) {
        Rounded half = Rounded(0.5) * f * f;
        return k == 0 ? f - (half - s * (half + r)) : dk * ln2High - ((half - (s * (half + r) + dk * ln2Low)) - f);
    }
    return k == 0 ? f - s * (f - r) : dk * ln2High - ((s * (f - r) - dk * ln2Low) - f);
}

/// Sine of x + y, |x| at most pi/4 and y its tail; without one, y is taken for exactly 0.
DEVICE Rounded sineNearZero(Rounded x, Rounded y, bool tail) {
    if ((highWord(x) & 0x7fffffff) < 0x3e400000) { // |x| < 2^-27
        return x;
    }
    Rounded z = x * x;
    Rounded v = z * x;
    Rounded r = Rounded(8.33333333332248946124e-03)
            + z * (Rounded(-1.98412698298579493134e-04)
                    + z * (Rounded(2.75573137070700676789e-06) + z * (Rounded(-2.50507602534068634195e-08) + z * Rounded(1.58969099521155010221e-10))));
    const Rounded third = -1.66666666666666324348e-01;
    return tail ? x - ((z * (Rounded(0.5) * y - v * r) - y) - v * third) : x + v * (third + z * r);
}

DEVICE Rounded cosineNearZero(Rounded x, Rounded y) {
    int32_t high = highWord(x) & 0x7fffffff;
    if (high < 0x3e400000) {
        return 1.0;
    }
    Rounded z = x * x;
    Rounded r = z
            * (Rounded(4.16666666666666019037e-02)
                    + z * (Rounded(-1.38888888888741095749e-03)
                            + z * (Rounded(2.48015872894767294178e-05)
                                    + z * (Rounded(-2.75573143513906633035e-07)
                                            + z * (Rounded(2.08757232129817482790e-09) + z * Rounded(-1.13596475577881948265e-11))))));
    if (high < 0x3fd33333) { // |x| < 0.3
        return Rounded(1.0) - (Rounded(0.5) * z - (z * r - x * y));
    }
    Rounded quarter = high > 0x3fe90000 ? 0.28125 : __hiloint2double(high - 0x00200000, 0); // about |x| / 4
    Rounded half = Rounded(0.5) * z - quarter;
    Rounded rest = Rounded(1.0) - quarter;
    return rest - (half - (z * r - x * y));
}

/// x in [0, 2 pi] as n * pi/2 + y + tail with |y| at most pi/4; returns n. pi/2 in parts of 33 bits (Cody and Waite).
DEVICE int quadrant(Rounded x, Rounded& y, Rounded& tail) {
    const Rounded first = 1.57079632673412561417e+00;
    const Rounded firstTail = 6.07710050650619224932e-11;
    const Rounded second = 6.07710050630396597660e-11;
    const Rounded secondTail = 2.02226624879595063154e-21;
    const Rounded third = 2.02226624871116645580e-21;
    const Rounded thirdTail = 8.47842766036889956997e-32;
    int32_t high = highWord(x);
    if (high <= 0x3fe921fb) {
        y = x;
        tail = 0;
        return 0;
    }
    if (high < 0x4002d97c) { // below 3 pi/4
        Rounded z = x - first;
        bool near = high == 0x3ff921fb;
        z = near ? z - second : z;
        Rounded rest = near ? secondTail : firstTail;
        y = z - rest;
        tail = (z - y) - rest;
        return 1;
    }
    int n = int((x * Rounded(6.36619772367581382433e-01) + 0.5).value);
    Rounded fn = double(n);
    Rounded r = x - fn * first;
    Rounded w = fn * firstTail;
    y = r - w;
    int exponent = high >> 20;
    bool near = high == (n == 2 ? 0x400921fb : n == 3 ? 0x4012d97c : 0x401921fb);
    if (near && exponent - (highWord(y) >> 20 & 0x7ff) > 16) { // cancelled by a multiple of pi/2
        Rounded t = r;
        w = fn * second;
        r = t - w;
        w = fn * secondTail - ((t - r) - w);
        y = r - w;
        if (exponent - (highWord(y) >> 20 & 0x7ff) > 49) {
            t = r;
            w = fn * third;
            r = t - w;
            w = fn * thirdTail - ((t - r) - w);
            y = r - w;
        }
    }
    tail = (r - y) - w;
    return n;
}

/// Box and Muller's transform of a block: the cosine, then the sine.
DEVICE void normal(const Block& block, double (&z)[2]) {
    Rounded radius = std::sqrt((Rounded(-2.0) * logarithm(Rounded(1.0) - block.uniform(0))).value);
    Rounded y = 0;
    Rounded tail = 0;
    int n = quadrant(Rounded(6.283185307179586) * block.uniform(1), y, tail);
    double sine = sineNearZero(y, tail, n > 0).value;
    double cosine = cosineNearZero(y, tail).value;
    double s = n & 1 ? cosine : sine;
    double c = n & 1 ? sine : cosine;
    z[0] = (radius * ((n + 1) & 2 ? -c : c)).value;
    z[1] = (radius * (n & 2 ? -s : s)).value;
}

// ---- elements

/// Whether a block is two elements (else four).
template <class T> DEVICE bool isPaired(int64_t distribution) { return sizeof(T) == 8 || distribution == NORMAL; }

template <class T> DEVICE void elements(int distribution, const Block& block, T (&z)[4]) {
    if constexpr (Traits<T>::floating) {
        if (distribution == NORMAL) {
            double pair[2];
            normal(block, pair);
            z[0] = T(Computed<T>(pair[0]));
            z[1] = T(Computed<T>(pair[1]));
        } else if constexpr (sizeof(T) == 8) {
            z[0] = block.uniform(0);
            z[1] = block.uniform(1);
        } else {
            UNROLL for (int j = 0; j < 4; j++) {
                z[j] = T(float(block.words[j] >> 8) * 0x1p-24f);
            }
        }
    } else if constexpr (sizeof(T) == 8) {
        z[0] = T(block.pair(0));
        z[1] = T(block.pair(1));
    } else {
        UNROLL for (int j = 0; j < 4; j++) {
            if constexpr (std::is_same_v<T, bool8>) {
                z[j] = block.words[j] >> 31 != 0;
            } else {
                z[j] = T(block.words[j]);
            }
        }
    }
}

template <class T> DEVICE void random(const RandomParams& p) {
    T* out = static_cast<T*>(p.out);
    int each = isPaired<T>(p.distribution) ? 2 : 4;
    int64_t firstBlock = p.first / each;
    int64_t blocks = (p.first + p.axes.count + each - 1) / each - firstBlock;
    NO_UNROLL for (int64_t i = firstIndex(); i < blocks; i += indexStep()) {
        T z[4];
        elements(int(p.distribution), philox(p.seed, firstBlock + i, p.stream), z);
        int64_t element = (firstBlock + i) * each - p.first;
        if (p.packed && element + each <= p.axes.count) {
            if (each == 4) {
                *reinterpret_cast<Pack<T, 4>*>(out + element) = {{z[0], z[1], z[2], z[3]}};
            } else {
                *reinterpret_cast<Pack<T, 2>*>(out + element) = {{z[0], z[1]}};
            }
            continue;
        }
        UNROLL for (int j = 0; j < 4; j++) {
            if (j < each && element + j >= 0 && element + j < p.axes.count) {
                int64_t at[1];
                locate(p.axes, p.strides, uint32_t(element + j), at);
                out[at[0]] = z[j];
            }
        }
    }
}

#define RANDOM(name, T) \
    KERNEL(random_##name, RandomParams, p) { random<T>(p); }
