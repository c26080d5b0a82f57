// Elementwise operations: fill, of one operand, of two, and where. Results are those of the CPU backend: integers wrap, integer division rounds down,
// maxima and minima are NaN if an operand is. float32 functions are computed in float32, to the accuracy of CUDA's library (at most 4 ulp).
#pragma once

#include "gamma.cuh"
#include "sweep.cuh"

/// Elements that a thread takes at a time: 16 bytes of them; of bytes 4 (more would hold too many positions in registers).
template <class T> constexpr int TAKEN = sizeof(T) == 1 ? 4 : 16 / sizeof(T);

/// What the arithmetic is done in: of bytes and truth values in integers, whose low bits are stored.
template <class T> struct Arithmetic { using Type = Computed<T>; };
template <> struct Arithmetic<int8_t> { using Type = int32_t; };
template <> struct Arithmetic<uint8_t> { using Type = int32_t; };
template <> struct Arithmetic<bool8> { using Type = int32_t; };

struct FillParams {
    Operands<1> operands;
    int64_t bits;
};

template <class T> DEVICE void fill(const FillParams& p) {
    constexpr int V = TAKEN<T>;
    T z[V];
    UNROLL for (int j = 0; j < V; j++) {
        z[j] = T(p.bits);
    }
    sweep<V>(p.operands, [&](const Places<1, V>& places) { store(p.operands, places, z); });
}

#define FILL(name, T) \
    KERNEL(fill_##name, FillParams, p) { fill<T>(p); }

// ---- one operand ----

/// In the order of kron4j.backend.UnaryOp, as are all of these.
enum UnaryOp {
    NEGATIVE, ABS, SIGN, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, TANH, ASINH, ACOSH, ATANH,
    ERF, ERFC, ERFINV, LGAMMA, DIGAMMA, TRIGAMMA, SIGMOID, RELU, SOFTPLUS, FLOOR, CEIL, ROUND, CONJUGATE, ANGLE, IS_NAN, IS_INF, IS_FINITE, LOGICAL_NOT
};

struct UnaryParams {
    Operands<2> operands;
    int64_t op;
};

/// What takes more than a few instructions, once for all elements that a thread takes.
template <class T> DEVICE_CALL T function(int op, T x) {
    switch (op) {
        case SQRT: return std::sqrt(x);
        case RSQRT: return 1 / std::sqrt(x);
        case RECIPROCAL: return 1 / x;
        case EXP: return std::exp(x);
        case EXPM1: return std::expm1(x);
        case LOG: return std::log(x);
        case LOG1P: return std::log1p(x);
        case SIN: return std::sin(x);
        case COS: return std::cos(x);
        case TAN: return std::tan(x);
        case ASIN: return std::asin(x);
        case ACOS: return std::acos(x);
        case ATAN: return std::atan(x);
        case SINH: return std::sinh(x);
        case COSH: return std::cosh(x);
        case TANH: return std::tanh(x);
        case SIGMOID: {
            T e = std::exp(-std::fabs(x));
            T s = 1 / (1 + e);
            return x < 0 ? e * s : s;
        }
        case SOFTPLUS: return (x > 0 ? x : T(0)) + std::log1p(std::exp(-std::fabs(x)));
        default: return T(special(op - ASINH, double(x)));
    }
}

template <class T> DEVICE T floatingUnary(int op, T x) {
    switch (op) {
        case NEGATIVE: return -x;
        case ABS: return std::fabs(x);
        case SIGN: return x > 0 ? T(1) : x < 0 ? T(-1) : x;
        case SQUARE: return x * x;
        case RELU: return x <= 0 ? T(0) : x;
        case FLOOR: return std::floor(x);
        case CEIL: return std::ceil(x);
        case ROUND: return std::rint(x);
        case CONJUGATE: return x;
        case ANGLE: return x != x ? x : std::signbit(x) ? T(3.14159265358979323846) : T(0);
        default: return function(op, x);
    }
}

/// Wrapping arithmetic is that of unsigned integers.
template <class T> DEVICE T integerUnary(int op, T x) {
    using U = std::make_unsigned_t<T>;
    switch (op) {
        case NEGATIVE: return T(-U(x));
        case ABS: return x < 0 ? T(-U(x)) : x;
        case SIGN: return T((x > 0) - (x < 0));
        case SQUARE: return T(U(x) * U(x));
        case RELU: return x < 0 ? T(0) : x;
        default: return x;
    }
}

template <class T> DEVICE bool test(int op, T x) {
    if (op == LOGICAL_NOT) {
        return x == T(0);
    }
    if constexpr (Traits<T>::floating) {
        return op == IS_NAN ? std::isnan(x) : op == IS_INF ? std::isinf(x) : std::isfinite(x);
    } else {
        return op == IS_FINITE;
    }
}

template <class T> DEVICE void unary(const UnaryParams& p) {
    constexpr int V = TAKEN<T>;
    sweep<V>(p.operands, [&](const Places<2, V>& places) {
        T x[V];
        load(p.operands, 1, places, x);
        UNROLL for (int j = 0; j < V; j++) {
            using A = typename Arithmetic<T>::Type;
            if constexpr (Traits<T>::floating) {
                x[j] = T(floatingUnary(int(p.op), A(x[j])));
            } else {
                x[j] = T(integerUnary<A>(int(p.op), x[j]));
            }
        }
        store(p.operands, places, x);
    });
}

template <class T> DEVICE void tests(const UnaryParams& p) {
    constexpr int V = TAKEN<T>;
    sweep<V>(p.operands, [&](const Places<2, V>& places) {
        T x[V];
        bool8 z[V];
        load(p.operands, 1, places, x);
        UNROLL for (int j = 0; j < V; j++) {
            z[j] = test(int(p.op), typename Arithmetic<T>::Type(x[j]));
        }
        store(p.operands, places, z);
    });
}

#define UNARY(name, T)                              \
    KERNEL(unary_##name, UnaryParams, p) { unary<T>(p); } \
    KERNEL(test_##name, UnaryParams, p) { tests<T>(p); }

// ---- two operands ----

enum BinaryOp {
    ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, POWER, MAXIMUM, MINIMUM, ATAN2, HYPOT, FMOD, EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER,
    GREATER_EQUAL, LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR
};

/// An operand without data is the scalar.
struct BinaryParams {
    Operands<3> operands;
    int64_t op;
    Scalar scalar;
};

/// NaN if either is; +0 is more than -0.
template <class T> DEVICE T maximum(T x, T y) {
    if constexpr (Traits<T>::floating) {
        return x > y || x != x || (x == y && !std::signbit(x)) ? x : y;
    } else {
        return x > y ? x : y;
    }
}

template <class T> DEVICE T minimum(T x, T y) {
    if constexpr (Traits<T>::floating) {
        return x < y || x != x || (x == y && std::signbit(x)) ? x : y;
    } else {
        return x < y ? x : y;
    }
}

template <class T> DEVICE_CALL T function(int op, T x, T y) {
    switch (op) {
        case DIVIDE: return x / y;
        case HYPOT: return T(hypotenuse(double(x), double(y)));
        case FMOD:
        case REMAINDER: {
            T r = std::fmod(x, y);
            return op == FMOD ? r : r == 0 ? std::copysign(T(0), y) : (r < 0) != (y < 0) ? r + y : r;
        }
        case POWER: return std::pow(x, y);
        default: return std::atan2(x, y);
    }
}

template <class T> DEVICE T floatingBinary(int op, T x, T y) {
    switch (op) {
        case ADD: return x + y;
        case SUBTRACT: return x - y;
        case MULTIPLY: return x * y;
        case MAXIMUM: return maximum(x, y);
        case MINIMUM: return minimum(x, y);
        default: return function(op, x, y);
    }
}

/// Rounds down. The host refuses a divisor 0 beforehand; -1 is handled apart because the smallest number by it overflows.
template <class T> DEVICE T floorDivide(T x, T y) {
    if (y == 0 || y == -1) {
        return T(-std::make_unsigned_t<T>(x));
    }
    T q = x / y;
    return q * y != x && (x < 0) != (y < 0) ? q - 1 : q;
}

template <class T> DEVICE T remainder(T x, T y) { return y == 0 || y == -1 ? T(0) : T(x % y); }

template <class T> DEVICE T floorRemainder(T x, T y) {
    T r = remainder(x, y);
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

template <class T> DEVICE T integerPower(T x, T y) {
    using U = std::make_unsigned_t<T>;
    U result = 1;
    U square = U(x);
    for (U e = U(y); e != 0; e >>= 1) {
        result *= e & 1 ? square : U(1);
        square *= square;
    }
    return T(result);
}

template <class T> DEVICE_CALL T integerFunction(int op, T x, T y) {
    return op == DIVIDE ? floorDivide(x, y) : op == REMAINDER ? floorRemainder(x, y) : op == FMOD ? remainder(x, y) : integerPower(x, y);
}

template <class T> DEVICE T integerBinary(int op, T x, T y) {
    using U = std::make_unsigned_t<T>;
    switch (op) {
        case ADD: return T(U(x) + U(y));
        case SUBTRACT: return T(U(x) - U(y));
        case MULTIPLY: return T(U(x) * U(y));
        case MAXIMUM: return maximum(x, y);
        case MINIMUM: return minimum(x, y);
        default: return integerFunction(op, x, y);
    }
}

template <class T> DEVICE bool compare(int op, T x, T y) {
    switch (op) {
        case EQUAL: return x == y;
        case NOT_EQUAL: return x != y;
        case LESS: return x < y;
        case LESS_EQUAL: return x <= y;
        case GREATER: return x > y;
        case GREATER_EQUAL: return x >= y;
        case LOGICAL_AND: return x != T(0) && y != T(0);
        case LOGICAL_OR: return x != T(0) || y != T(0);
        default: return (x != T(0)) != (y != T(0));
    }
}

/// In what the arithmetic is done in: a scalar is not rounded to what is stored.
template <class T, int V, class A> DEVICE void loadOrScalar(const BinaryParams& p, int k, const Places<3, V>& places, A (&x)[V]) {
    if (p.operands.data[k] != nullptr) {
        T loaded[V];
        load(p.operands, k, places, loaded);
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = A(loaded[j]);
        }
        return;
    }
    UNROLL for (int j = 0; j < V; j++) {
        x[j] = p.scalar.as<A>();
    }
}

template <class T> DEVICE void binary(const BinaryParams& p) {
    constexpr int V = TAKEN<T>;
    sweep<V>(p.operands, [&](const Places<3, V>& places) {
        typename Arithmetic<T>::Type x[V];
        typename Arithmetic<T>::Type y[V];
        T z[V];
        loadOrScalar<T>(p, 1, places, x);
        loadOrScalar<T>(p, 2, places, y);
        UNROLL for (int j = 0; j < V; j++) {
            if constexpr (Traits<T>::floating) {
                z[j] = T(floatingBinary(int(p.op), x[j], y[j]));
            } else {
                z[j] = T(integerBinary(int(p.op), x[j], y[j]));
            }
        }
        store(p.operands, places, z);
    });
}

template <class T> DEVICE void compare(const BinaryParams& p) {
    constexpr int V = TAKEN<T>;
    sweep<V>(p.operands, [&](const Places<3, V>& places) {
        typename Arithmetic<T>::Type x[V];
        typename Arithmetic<T>::Type y[V];
        bool8 z[V];
        loadOrScalar<T>(p, 1, places, x);
        loadOrScalar<T>(p, 2, places, y);
        UNROLL for (int j = 0; j < V; j++) {
            z[j] = compare(int(p.op), x[j], y[j]);
        }
        store(p.operands, places, z);
    });
}

#define BINARY(name, T)                               \
    KERNEL(binary_##name, BinaryParams, p) { binary<T>(p); } \
    KERNEL(compare_##name, BinaryParams, p) { compare<T>(p); }

// ---- where ----

/// out, condition, a, b.
struct WhereParams {
    Operands<4> operands;
};

template <class T> DEVICE void where(const WhereParams& p) {
    constexpr int V = TAKEN<T>;
    sweep<V>(p.operands, [&](const Places<4, V>& places) {
        bool8 condition[V];
        T x[V];
        T y[V];
        load(p.operands, 1, places, condition);
        load(p.operands, 2, places, x);
        load(p.operands, 3, places, y);
        UNROLL for (int j = 0; j < V; j++) {
            x[j] = condition[j] ? x[j] : y[j];
        }
        store(p.operands, places, x);
    });
}

#define WHERE(name, T) \
    KERNEL(where_##name, WhereParams, p) { where<T>(p); }
