package kron4j.spark;

import java.util.Arrays;
import java.util.function.Function;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Tensor;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.Platform;

/** The numbers that columns of a DataFrame and tensors have in common. */
enum ElementType {
    DOUBLE(DType.FLOAT64, DataTypes.DoubleType, Platform.DOUBLE_ARRAY_OFFSET, Tensor::toDoubleArray),
    FLOAT(DType.FLOAT32, DataTypes.FloatType, Platform.FLOAT_ARRAY_OFFSET, Tensor::toFloatArray),
    INT(DType.INT32, DataTypes.IntegerType, Platform.INT_ARRAY_OFFSET, Tensor::toIntArray),
    LONG(DType.INT64, DataTypes.LongType, Platform.LONG_ARRAY_OFFSET, Tensor::toLongArray);

    final DType dtype;
    final DataType sql;
    /** Where the elements of a Java array begin, for {@link Platform}. */
    final long base;

    private final Function<Tensor, Object> array;

    ElementType(DType dtype, DataType sql, long base, Function<Tensor, Object> array) {
        this.dtype = dtype;
        this.sql = sql;
        this.base = base;
        this.array = array;
    }

    /** {@return the type of a column's elements, or null if no tensor has such ones} */
    static ElementType of(DataType type) {
        return Arrays.stream(values())
                .filter(e -> e.sql.equals(type))
                .findFirst()
                .orElse(null);
    }

    static ElementType of(String operation, DType dtype) {
        return Arrays.stream(values())
                .filter(e -> e.dtype == dtype)
                .findFirst()
                .orElseThrow(() -> new DTypeException(operation + ": a column cannot hold " + dtype
                        + ", only float64, float32, int32 and int64; convert with to(DType), complex numbers with"
                        + " ComplexNumbers.viewAsReal"));
    }

    /** {@return the elements of a tensor in row-major order, as a Java array} */
    Object array(Tensor t) {
        return array.apply(t);
    }

    /**
     * Copies elements between Java arrays, from and to offsets for {@link Platform}.
     *
     * @param as the type there: this one, or double
     */
    void copy(Object source, long from, Object target, long at, int count, ElementType as) {
        if (as == this) {
            Platform.copyMemory(source, from, target, at, (long) count * dtype.bytes());
            return;
        }
        for (int i = 0; i < count; i++) {
            long there = at + (long) Double.BYTES * i;
            switch (this) {
                case DOUBLE -> Platform.putDouble(target, there, Platform.getDouble(source, from + 8L * i));
                case FLOAT -> Platform.putDouble(target, there, Platform.getFloat(source, from + 4L * i));
                case INT -> Platform.putDouble(target, there, Platform.getInt(source, from + 4L * i));
                case LONG -> Platform.putDouble(target, there, Platform.getLong(source, from + 8L * i));
            }
        }
    }

    /** Sets a column of a row to an element of a Java array. */
    void set(InternalRow row, int column, Object source, int i) {
        switch (this) {
            case DOUBLE -> row.setDouble(column, ((double[]) source)[i]);
            case FLOAT -> row.setFloat(column, ((float[]) source)[i]);
            case INT -> row.setInt(column, ((int[]) source)[i]);
            case LONG -> row.setLong(column, ((long[]) source)[i]);
        }
    }
}
