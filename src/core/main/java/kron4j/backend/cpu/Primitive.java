package kron4j.backend.cpu;

import kron4j.DType;

/** Java's type of a dtype's elements as they lie in memory, for loops that read buffers and arrays of it. */
enum Primitive {
    FLOAT,
    DOUBLE,
    LONG,
    INT,
    BYTE,
    /** A byte from 0 to 255. */
    UNSIGNED,
    /** A byte that is 0 or 1. */
    TRUTH,
    /** Halves and pairs, for which Java has none. */
    NONE;

    /** Whether it is float, double or long: what lines of numbers most often are. */
    boolean isCommon() {
        return this == FLOAT || this == DOUBLE || this == LONG;
    }

    static Primitive of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> FLOAT;
            case FLOAT64 -> DOUBLE;
            case INT64 -> LONG;
            case INT32 -> INT;
            case INT8 -> BYTE;
            case UINT8 -> UNSIGNED;
            case BOOL -> TRUTH;
            case FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128 -> NONE;
        };
    }
}
