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
    /** IEEE 754 half precision, 2 bytes: storage; computed in float32 and rounded once. */
    FLOAT16(2, Kind.FLOATING),
    /** The upper half of a float32, 2 bytes: storage; computed in float32 and rounded once. */
    BFLOAT16(2, Kind.FLOATING),
    /** Complex numbers of two float64, 16 bytes: real part, imaginary part. */
    COMPLEX128(16, Kind.COMPLEX),
    /** Complex numbers of two float32, 8 bytes: real part, imaginary part. */
    COMPLEX64(8, Kind.COMPLEX),
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
        COMPLEX,
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

    /** {@return whether elements are real floating-point numbers: float16, bfloat16, float32 or float64} */
    public boolean isFloating() {
        return kind == Kind.FLOATING;
    }

    /** {@return whether elements are complex numbers: complex64 or complex128} */
    public boolean isComplex() {
        return kind == Kind.COMPLEX;
    }

    /** {@return whether elements have two bytes and are computed in float32: float16 or bfloat16} */
    public boolean isHalf() {
        return this == FLOAT16 || this == BFLOAT16;
    }

    /** {@return whether numbers end long before those that they are computed in: true for float16, which ends at 65504} */
    public boolean hasNarrowRange() {
        return this == FLOAT16;
    }

    /** {@return the dtype of real and imaginary parts, and of absolute values: this one if it is not complex} */
    public DType realPart() {
        return switch (this) {
            case COMPLEX64 -> FLOAT32;
            case COMPLEX128 -> FLOAT64;
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16, INT32, INT64, INT8, UINT8, BOOL -> this;
        };
    }

    /**
     * {@return the dtype of complex numbers whose parts have this one: complex64 for float32, complex128 for float64, a
     * complex one itself}
     *
     * @throws DTypeException for other dtypes, whose numbers are not the parts of any
     */
    public DType toComplex() {
        return switch (this) {
            case FLOAT32, COMPLEX64 -> COMPLEX64;
            case FLOAT64, COMPLEX128 -> COMPLEX128;
            case FLOAT16, BFLOAT16, INT32, INT64, INT8, UINT8, BOOL ->
                throw new DTypeException("complex: there are no complex numbers of two " + this
                        + "; convert with to(DType.FLOAT32) or to(DType.FLOAT64)");
        };
    }

    /** {@return the dtype in which elements are computed and summed: float32 for float16 and bfloat16, else this one} */
    public DType computed() {
        return isHalf() ? FLOAT32 : this;
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
            case FLOATING, COMPLEX -> true;
            case INTEGER, BOOLEAN -> false;
        };
    }

    /** {@return the dtype of means, quotients and norms: this one if it is floating or complex, else float64, as in NumPy} */
    public DType ofMeans() {
        return switch (kind) {
            case FLOATING, COMPLEX -> this;
            case INTEGER, BOOLEAN -> FLOAT64;
        };
    }

    /** {@return the dtype of sums and products of elements: this one if it is floating or complex, else int64, as in NumPy} */
    public DType ofSums() {
        return switch (kind) {
            case FLOATING, COMPLEX -> this;
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
            case FLOAT32 -> (wider.kind == kind && wider.bytes >= bytes) || wider.isComplex();
            case FLOAT64 -> wider == FLOAT64 || wider == COMPLEX128;
            case FLOAT16, BFLOAT16 -> wider == this || FLOAT32.fits(wider);
            case COMPLEX64 -> wider.isComplex();
            case COMPLEX128, INT64 -> wider == this;
            case INT32 -> wider == INT32 || wider == INT64 || FLOAT64.fits(wider);
            case INT8 -> (wider.kind == kind && wider != UINT8) || wider.isHalf() || FLOAT32.fits(wider);
            case UINT8 -> (wider.kind == kind && wider != INT8) || wider.isHalf() || FLOAT32.fits(wider);
            case BOOL -> true;
        };
    }

    /**
     * {@return the distance from 1 to the next larger number (2^-23 for float32, 2^-52 for float64, 2^-10 for float16,
     * 2^-7 for bfloat16), of complex numbers that of their parts; 0 for exact dtypes}
     */
    public double epsilon() {
        return switch (this) {
            case FLOAT32, COMPLEX64 -> Math.ulp(1.0f);
            case FLOAT64, COMPLEX128 -> Math.ulp(1.0);
            case FLOAT16 -> 0x1p-10;
            case BFLOAT16 -> 0x1p-7;
            case INT32, INT64, INT8, UINT8, BOOL -> 0.0;
        };
    }

    /**
     * {@return the largest finite number (65504 for float16), of complex numbers that of their parts; 2^63-1 for int64, 1 for bool} For int64 it is
     * rounded up to 2^63.
     */
    public double largest() {
        return switch (this) {
            case FLOAT32, COMPLEX64 -> Float.MAX_VALUE;
            case FLOAT64, COMPLEX128 -> Double.MAX_VALUE;
            case FLOAT16 -> 65504;
            case BFLOAT16 -> 0x1.fep127;
            case INT32 -> Integer.MAX_VALUE;
            case INT64 -> Long.MAX_VALUE;
            case INT8 -> Byte.MAX_VALUE;
            case UINT8 -> 255;
            case BOOL -> 1;
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
