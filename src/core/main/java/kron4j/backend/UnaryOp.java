package kron4j.backend;

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
    SIGMOID,
    RELU,
    SOFTPLUS,
    FLOOR,
    CEIL,
    /** Rounds to the nearest integer, ties to even. */
    ROUND,
    IS_NAN,
    IS_INF,
    IS_FINITE,
    LOGICAL_NOT;

    /** Returns whether the result is bool for every dtype. */
    public boolean isPredicate() {
        return ordinal() >= IS_NAN.ordinal();
    }

    /** Returns whether integer operands are refused, since the result would not be an integer. */
    public boolean needsFloating() {
        return ordinal() >= SQRT.ordinal() && ordinal() <= SOFTPLUS.ordinal() && this != RELU;
    }
}
