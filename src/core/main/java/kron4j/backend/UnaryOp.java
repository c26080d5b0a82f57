package kron4j.backend;

/** Elementwise operations of one operand; those under {@link #isPredicate} give bool. */
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
    /** To the nearest integer, ties to even. */
    ROUND,
    IS_NAN,
    IS_INF,
    IS_FINITE,
    LOGICAL_NOT;

    /** Whether the result is bool whatever the operand's dtype. */
    public boolean isPredicate() {
        return ordinal() >= IS_NAN.ordinal();
    }

    /** Whether integer operands are refused (the result would not be an integer). */
    public boolean needsFloating() {
        return ordinal() >= SQRT.ordinal() && ordinal() <= SOFTPLUS.ordinal() && this != RELU;
    }
}
