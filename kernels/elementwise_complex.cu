// nvcc -fmad=false
// Complex numbers are computed in double and rounded once when stored, as on the CPU.
#include "complex_functions.cuh"
#include "elementwise.cuh"

template <> struct Arithmetic<complex64> { using Type = complex128; };

DEVICE_CALL complex128 function(int op, complex128 z) {
    switch (op) {
        case SIGN: return sign(z);
        case SQRT: return sqrt(z);
        case RSQRT: return reciprocal(sqrt(z));
        case RECIPROCAL: return reciprocal(z);
        case EXP: return exp(z);
        case EXPM1: return expm1(z);
        case LOG: return log(z);
        case LOG1P: return log1p(z);
        case SIN: return turnBack(sinh({-z.im, z.re}));
        case COS: return cosh({-z.im, z.re});
        case TAN: return turnBack(tanh({-z.im, z.re}));
        case ASIN: return asin(z);
        case ACOS: return acos(z);
        case ATAN: return turnBack(atanh({-z.im, z.re}));
        case SINH: return sinh(z);
        case COSH: return cosh(z);
        case TANH: return tanh(z);
        case ASINH: return asinh(z);
        case ACOSH: return acosh(z);
        case ATANH: return atanh(z);
        default: return sigmoid(z);
    }
}

DEVICE complex128 floatingUnary(int op, complex128 z) {
    switch (op) {
        case NEGATIVE: return -z;
        case CONJUGATE: return conj(z);
        case SQUARE: return z * z;
        default: return function(op, z);
    }
}

DEVICE bool test(int op, complex128 z) {
    switch (op) {
        case LOGICAL_NOT: return z == complex128(0);
        case IS_NAN: return std::isnan(z.re) || std::isnan(z.im);
        case IS_INF: return std::isinf(z.re) || std::isinf(z.im);
        default: return std::isfinite(z.re) && std::isfinite(z.im);
    }
}

COMPLEX_DTYPES(UNARY)

DEVICE_CALL complex128 function(int op, complex128 x, complex128 y) { return op == DIVIDE ? x / y : power(x, y); }

DEVICE complex128 floatingBinary(int op, complex128 x, complex128 y) {
    switch (op) {
        case ADD: return x + y;
        case SUBTRACT: return x - y;
        case MULTIPLY: return x * y;
        default: return function(op, x, y);
    }
}

DEVICE bool compare(int op, complex128 x, complex128 y) {
    const complex128 zero(0);
    switch (op) {
        case EQUAL: return x == y;
        case NOT_EQUAL: return x != y;
        case LOGICAL_AND: return x != zero && y != zero;
        case LOGICAL_OR: return x != zero || y != zero;
        default: return (x != zero) != (y != zero);
    }
}

COMPLEX_DTYPES(BINARY)

// ---- real results ----

template <class T, class R> DEVICE void real(const UnaryParams& p) {
    constexpr int V = TAKEN<T>;
    sweep<V>(p.operands, [&](const Places<2, V>& places) {
        T x[V];
        R z[V];
        load(p.operands, 1, places, x);
        UNROLL for (int j = 0; j < V; j++) {
            z[j] = R(p.op == ABS ? absolute(complex128(x[j])) : angle(complex128(x[j])));
        }
        store(p.operands, places, z);
    });
}

KERNEL(real_c64, UnaryParams, p) { real<complex64, float>(p); }
KERNEL(real_c128, UnaryParams, p) { real<complex128, double>(p); }
