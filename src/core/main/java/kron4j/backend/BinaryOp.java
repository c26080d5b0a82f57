package kron4j.backend;

/** Elementwise operations on two operands of one dtype; predicates ({@link #isPredicate}) give bool. */
public enum BinaryOp {
    ADD,
    SUBTRACT,
    MULTIPLY,
    /** True division for floating dtypes; for integers floor division, as Python's {@code //}. */
    DIVIDE,
    /** Python's {@code %}: the sign of the divisor. */
    REMAINDER,
    POWER,
    /** NaN if either is NaN. */
    MAXIMUM,
    /** NaN if either is NaN. */
    MINIMUM,
    ATAN2,
    /** {@code sqrt(a^2 + b^2)} without over- or underflow in between; infinite if one is infinite, even with NaN. */
    HYPOT,
    /** C's fmod: the sign of the dividend. */
    FMOD,
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    LOGICAL_AND,
    LOGICAL_OR,
    LOGICAL_XOR;

    /** Whether complex operands are refused: what needs an order. */
    public boolean needsReal() {
        return switch (this) {
            case REMAINDER, MAXIMUM, MINIMUM, ATAN2, HYPOT, FMOD, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL -> true;
            default -> false;
        };
    }

    /** Whether integer operands are refused, since the result would not be an integer. */
    public boolean needsFloating() {
        return this == ATAN2 || this == HYPOT;
    }

    /** Whether integers have no result for some right operands, which are refused. */
    public boolean isPartial() {
        return switch (this) {
            case DIVIDE, REMAINDER, FMOD, POWER -> true;
            default -> false;
        };
    }

    /** Whether it compares numbers. */
    public boolean isComparison() {
        return switch (this) {
            case EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL -> true;
            default -> false;
        };
    }

    /** Whether the result is bool whatever the operands' dtype. */
    public boolean isPredicate() {
        return ordinal() >= EQUAL.ordinal();
    }
}
