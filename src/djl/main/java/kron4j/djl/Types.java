package kron4j.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.EnumMap;
import java.util.Map;
import kron4j.DType;
import kron4j.Tensor;

/** DJL's dtypes and shapes as Kron4J's, and PyTorch's rules for operands of several dtypes. */
final class Types {
    private static final Map<DataType, DType> TO = new EnumMap<>(Map.of(
            DataType.FLOAT32, DType.FLOAT32,
            DataType.FLOAT64, DType.FLOAT64,
            DataType.FLOAT16, DType.FLOAT16,
            DataType.BFLOAT16, DType.BFLOAT16,
            DataType.INT8, DType.INT8,
            DataType.UINT8, DType.UINT8,
            DataType.INT32, DType.INT32,
            DataType.INT64, DType.INT64,
            DataType.BOOLEAN, DType.BOOL,
            DataType.COMPLEX64, DType.COMPLEX64));

    private static final Map<DType, DataType> FROM = new EnumMap<>(DType.class);

    static {
        TO.forEach((type, dtype) -> FROM.put(dtype, type));
    }

    private Types() {}

    static DType of(DataType type) {
        DType dtype = TO.get(type);
        if (dtype == null) {
            throw new UnsupportedOperationException("Kron4J has no arrays of " + type + "; it has " + TO.keySet());
        }
        return dtype;
    }

    static DataType of(DType dtype) {
        DataType type = FROM.get(dtype);
        if (type == null) {
            throw new UnsupportedOperationException("DJL has no arrays of " + dtype);
        }
        return type;
    }

    static long[] of(Shape shape) {
        return shape.getShape();
    }

    static Shape of(kron4j.Shape shape) {
        return new Shape(shape.dims());
    }

    /** 0 for bool, 1 for integers, 2 for floating, 3 for complex numbers: an operand without axes counts only if its kind is higher. */
    private static int kind(DType dtype) {
        return dtype.isComplex() ? 3 : dtype.isFloating() ? 2 : dtype.isInteger() ? 1 : 0;
    }

    /** The dtype in which an operation on both is computed, as PyTorch's {@code result_type}; where that is int16, int32. */
    static DType common(Tensor a, Tensor b) {
        if (a.rank() > 0 == b.rank() > 0) {
            return wider(a.dtype(), b.dtype());
        }
        DType axes = a.rank() > 0 ? a.dtype() : b.dtype();
        DType scalar = a.rank() > 0 ? b.dtype() : a.dtype();
        if (kind(scalar) <= kind(axes)) {
            return axes;
        }
        return scalar.isComplex() ? wider(axes, scalar) : scalar;
    }

    /** The same for an operand and a number. */
    static DType common(Tensor a, Number b) {
        boolean floating = b instanceof Float || b instanceof Double;
        if (kind(a.dtype()) >= (floating ? 2 : 1)) {
            return a.dtype();
        }
        DType dtype = of(b);
        return a.rank() == 0 ? wider(a.dtype(), dtype) : dtype;
    }

    /** The dtype of a number, as {@code NDManager.create(Number)} makes arrays. */
    static DType of(Number n) {
        if (n instanceof Float) {
            return DType.FLOAT32;
        }
        if (n instanceof Double) {
            return DType.FLOAT64;
        }
        if (n instanceof Long) {
            return DType.INT64;
        }
        if (n instanceof Integer || n instanceof Short) {
            return DType.INT32;
        }
        if (n instanceof Byte) {
            return DType.INT8;
        }
        throw new IllegalArgumentException("Numbers of " + n.getClass().getName() + " are not supported");
    }

    static DType wider(DType a, DType b) {
        if (a == b) {
            return a;
        }
        if (kind(a) != kind(b)) {
            DType higher = kind(a) > kind(b) ? a : b;
            boolean wide = (higher == a ? b : a) == DType.FLOAT64;
            return higher.isComplex() && wide ? DType.COMPLEX128 : higher;
        }
        if (a.bytes() != b.bytes()) {
            return a.bytes() > b.bytes() ? a : b;
        }
        return a.isFloating() ? DType.FLOAT32 : DType.INT32;
    }

    /** Whether PyTorch lets an operation in place turn the second dtype into the first. */
    static boolean fits(DType target, DType result) {
        return kind(result) <= kind(target);
    }

    /** Integers and bool as float32, as PyTorch's functions take them. */
    static Tensor floating(Tensor a) {
        return kind(a.dtype()) < 2 ? a.to(DType.FLOAT32) : a;
    }
}
