package kron4j;

/**
 * The element types of tensors. Only this class knows which dtypes are real and how wide they are: all other code asks
 * it.
 */
public enum DType {
    /** IEEE 754 single precision, 4 bytes. */
    FLOAT32(4, Kind.FLOATING),
    /** IEEE 754 double precision, 8 bytes. */
    FLOAT64(8, Kind.FLOATING),
    /** Signed 32-bit integers, which wrap around. */
    INT32(4, Kind.INTEGER),
    /** Signed 64-bit integers, which wrap around. */
    INT64(8, Kind.INTEGER),
    /** Signed bytes, -128 to 127, which wrap around. */
    INT8(1, Kind.INTEGER),
    /** Unsigned bytes, 0 to 255, which wrap around: pixels, for example. */
    UINT8(1, Kind.INTEGER),
    /** Truth values, one byte per element: 0 or 1. */
    BOOL(1, Kind.BOOLEAN);

    private enum Kind {
        FLOATING,
        INTEGER,
        BOOLEAN
    }

    private final int bytes;
    private final Kind kind;

    DType(int bytes, Kind kind) {
        this.bytes = bytes;
        this.kind = kind;
    }

    /** {@return the size of one element in bytes} */
    public int bytes() {
        return bytes;
    }

    /** {@return whether elements are floating-point numbers: float32 or float64} */
    public boolean isFloating() {
        return kind == Kind.FLOATING;
    }

    /** {@return whether elements are integers: int32, int64, int8 or uint8} */
    public boolean isInteger() {
        return kind == Kind.INTEGER;
    }

    /** {@return whether elements are added and multiplied: true for all dtypes but bool} */
    public boolean isNumber() {
        return kind != Kind.BOOLEAN;
    }

    /** {@return whether gradients flow through tensors of this dtype} */
    public boolean isDifferentiable() {
        return switch (kind) {
            case FLOATING -> true;
            case INTEGER, BOOLEAN -> false;
        };
    }

    /** {@return the dtype of means, quotients and norms: this one if it is floating, else float64, as in NumPy} */
    public DType ofMeans() {
        return switch (kind) {
            case FLOATING -> this;
            case INTEGER, BOOLEAN -> FLOAT64;
        };
    }

    /** {@return the dtype of sums and products of elements: this one if it is floating, else int64, as in NumPy} */
    public DType ofSums() {
        return switch (kind) {
            case FLOATING -> this;
            case INTEGER, BOOLEAN -> INT64;
        };
    }

    /**
     * {@return whether each value of this dtype is a value of {@code wider} too}
     *
     * @param wider any dtype
     */
    public boolean fits(DType wider) {
        return switch (this) {
            case FLOAT32 -> wider == FLOAT32 || wider == FLOAT64;
            case FLOAT64 -> wider == FLOAT64;
            case INT32 -> wider == INT32 || wider == INT64 || wider == FLOAT64;
            case INT64 -> wider == INT64;
            case INT8 ->
                switch (wider) {
                    case INT8, INT32, INT64, FLOAT32, FLOAT64 -> true;
                    case UINT8, BOOL -> false;
                };
            case UINT8 ->
                switch (wider) {
                    case UINT8, INT32, INT64, FLOAT32, FLOAT64 -> true;
                    case INT8, BOOL -> false;
                };
            case BOOL -> true;
        };
    }

    /**
     * {@return the distance from 1 to the next larger number (2^-23 for float32, 2^-52 for float64); 0 for exact
     * dtypes}
     */
    public double epsilon() {
        return switch (this) {
            case FLOAT32 -> Math.ulp(1.0f);
            case FLOAT64 -> Math.ulp(1.0);
            case INT32, INT64, INT8, UINT8, BOOL -> 0.0;
        };
    }

    /** {@return the name in NumPy, PyTorch and on the command line: {@code float32}, {@code bool}, ...} */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /**
     * {@return the dtype with this name}
     *
     * @param name as {@link #toString} gives it
     * @throws DTypeException for any other name
     */
    public static DType of(String name) {
        for (DType dtype : values()) {
            if (dtype.toString().equals(name)) {
                return dtype;
            }
        }
        throw new DTypeException("dtype: '" + name + "' is not one of " + java.util.Arrays.toString(values()));
    }
}
