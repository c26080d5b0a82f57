package kron4j.backend;

import kron4j.DType;

/** Elementwise operations on one operand; predicates ({@link #isPredicate}) give bool. */
public enum UnaryOp {
    NEGATIVE,
    ABS,
    SIGN,
    SQUARE,
    SQRT,
    RSQRT,
    RECIPROCAL,
    EXP,
    EXPM1,
    LOG,
    LOG1P,
    SIN,
    COS,
    TAN,
    ASIN,
    ACOS,
    ATAN,
    SINH,
    COSH,
    TANH,
    ASINH,
    ACOSH,
    ATANH,
    ERF,
    ERFC,
    ERFINV,
    LGAMMA,
    DIGAMMA,
    TRIGAMMA,
    SIGMOID,
    RELU,
    SOFTPLUS,
    FLOOR,
    CEIL,
    /** Rounds to the nearest integer, ties to even. */
    ROUND,
    /** The complex conjugate; a real number itself. */
    CONJUGATE,
    /** The angle of a complex number in radians; of a real one 0 or pi, NaN for NaN. */
    ANGLE,
    IS_NAN,
    IS_INF,
    IS_FINITE,
    LOGICAL_NOT;

    /** Returns whether the result is bool for every dtype. */
    public boolean isPredicate() {
        return ordinal() >= IS_NAN.ordinal();
    }

    /** Returns the dtype of the results for operands of a dtype: absolute values and angles of complex numbers are real. */
    public DType resultOf(DType operand) {
        return isPredicate() ? DType.BOOL : this == ABS || this == ANGLE ? operand.realPart() : operand;
    }

    /** Returns whether complex operands are refused: what needs an order, or has no complex form here. */
    public boolean needsReal() {
        return switch (this) {
            case RELU, SOFTPLUS, FLOOR, CEIL, ROUND, ERF, ERFC, ERFINV, LGAMMA, DIGAMMA, TRIGAMMA -> true;
            default -> false;
        };
    }

    /** Returns whether integer operands are refused, since the result would not be an integer. */
    public boolean needsFloating() {
        return (ordinal() >= SQRT.ordinal() && ordinal() <= SOFTPLUS.ordinal() && this != RELU) || this == ANGLE;
    }
}
