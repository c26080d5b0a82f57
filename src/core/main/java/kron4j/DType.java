package kron4j;

/**
 * The element types of tensors. Nothing outside this class may assume that a dtype is real or has a particular width: ask it.
 */
public enum DType {
    FLOAT32(4, Kind.FLOATING),
    FLOAT64(8, Kind.FLOATING),
    INT32(4, Kind.INTEGER),
    INT64(8, Kind.INTEGER),
    /** One byte per element, 0 or 1. */
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

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    public boolean isFloating() {
        return kind == Kind.FLOATING;
    }

    public boolean isInteger() {
        return kind == Kind.INTEGER;
    }

    /** Whether elements are added and multiplied: all dtypes but bool. */
    public boolean isNumber() {
        return kind != Kind.BOOLEAN;
    }

    /** Whether gradients flow through tensors of this dtype. */
    public boolean isDifferentiable() {
        return switch (kind) {
            case FLOATING -> true;
            case INTEGER, BOOLEAN -> false;
        };
    }

    /** The dtype of means, quotients and norms: this one if it is floating, else float64, as in NumPy. */
    public DType ofMeans() {
        return switch (kind) {
            case FLOATING -> this;
            case INTEGER, BOOLEAN -> FLOAT64;
        };
    }

    /** The dtype of sums and products of elements: this one if it is floating, else int64, as in NumPy. */
    public DType ofSums() {
        return switch (kind) {
            case FLOATING -> this;
            case INTEGER, BOOLEAN -> INT64;
        };
    }

    /** Whether each value of this dtype is one of {@code wider} too. */
    public boolean fits(DType wider) {
        return switch (this) {
            case FLOAT32 -> wider == FLOAT32 || wider == FLOAT64;
            case FLOAT64 -> wider == FLOAT64;
            case INT32 -> wider == INT32 || wider == INT64 || wider == FLOAT64;
            case INT64 -> wider == INT64;
            case BOOL -> true;
        };
    }

    /** Unit roundoff's double, the distance from 1 to the next larger number (2^-23 for float32); 0 for exact dtypes. */
    public double epsilon() {
        return switch (this) {
            case FLOAT32 -> Math.ulp(1.0f);
            case FLOAT64 -> Math.ulp(1.0);
            case INT32, INT64, BOOL -> 0.0;
        };
    }

    /** The name that NumPy, PyTorch and the command line use: {@code float32}, {@code bool}, ... */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /**
     * The dtype of that name.
     *
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
