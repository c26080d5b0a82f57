package kron4j.backend.cpu;

import kron4j.DType;

/** What kernels compute in; storages convert at the border, so that a new dtype is a new {@link Cursor} and not a new kernel. */
enum Kind {
    /** float32, for what the JIT vectorises; everything else about float32 is computed in {@link #DOUBLE}. */
    FLOAT,
    DOUBLE,
    /** int32 (wraps when stored), int64, and bool as 0 or 1 (nonzero is stored as 1). */
    LONG;

    /** The kind of a dtype's own arithmetic. */
    static Kind of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> FLOAT;
            case FLOAT64 -> DOUBLE;
            case INT32, INT64, BOOL -> LONG;
        };
    }

    /** As {@link #of}, but with double for all floating dtypes. */
    static Kind wide(DType dtype) {
        return of(dtype) == LONG ? LONG : DOUBLE;
    }
}
