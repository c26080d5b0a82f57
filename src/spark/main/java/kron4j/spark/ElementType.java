package kron4j.spark;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.IntFunction;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Tensor;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.Platform;

/** The numbers that columns of a DataFrame and tensors have in common. */
enum ElementType {
    DOUBLE(
            DType.FLOAT64,
            DataTypes.DoubleType,
            Platform.DOUBLE_ARRAY_OFFSET,
            double[]::new,
            Tensor::toDoubleArray,
            ArrayData::toDoubleArray,
            a -> UnsafeArrayData.fromPrimitiveArray((double[]) a)),
    FLOAT(
            DType.FLOAT32,
            DataTypes.FloatType,
            Platform.FLOAT_ARRAY_OFFSET,
            float[]::new,
            Tensor::toFloatArray,
            ArrayData::toFloatArray,
            a -> UnsafeArrayData.fromPrimitiveArray((float[]) a)),
    INT(
            DType.INT32,
            DataTypes.IntegerType,
            Platform.INT_ARRAY_OFFSET,
            int[]::new,
            Tensor::toIntArray,
            ArrayData::toIntArray,
            a -> UnsafeArrayData.fromPrimitiveArray((int[]) a)),
    LONG(
            DType.INT64,
            DataTypes.LongType,
            Platform.LONG_ARRAY_OFFSET,
            long[]::new,
            Tensor::toLongArray,
            ArrayData::toLongArray,
            a -> UnsafeArrayData.fromPrimitiveArray((long[]) a));

    final DType dtype;
    final DataType sql;
    /** Where the elements of a Java array begin, for {@link Platform}. */
    final long base;

    private final IntFunction<Object> array;
    private final Function<Tensor, Object> ofTensor;
    private final Function<ArrayData, Object> ofData;
    private final Function<Object, UnsafeArrayData> toData;

    ElementType(
            DType dtype,
            DataType sql,
            long base,
            IntFunction<Object> array,
            Function<Tensor, Object> ofTensor,
            Function<ArrayData, Object> ofData,
            Function<Object, UnsafeArrayData> toData) {
        this.dtype = dtype;
        this.sql = sql;
        this.base = base;
        this.array = array;
        this.ofTensor = ofTensor;
        this.ofData = ofData;
        this.toData = toData;
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

    Object allocate(int elements) {
        return array.apply(elements);
    }

    /** {@return the elements of a tensor in row-major order, or of a column's array} */
    Object array(Tensor t) {
        return ofTensor.apply(t);
    }

    Object array(ArrayData data) {
        return ofData.apply(data);
    }

    /** Copies a number of a row to a Java array. */
    void set(InternalRow row, int column, Object target, int i) {
        Array.set(target, i, row.get(column, sql));
    }

    /** {@return an element of a Java array} */
    Object number(Object source, int i) {
        return switch (this) {
            case DOUBLE -> ((double[]) source)[i];
            case FLOAT -> ((float[]) source)[i];
            case INT -> ((int[]) source)[i];
            case LONG -> ((long[]) source)[i];
        };
    }

    /** {@return some of a Java array's elements as the value of an array column} */
    UnsafeArrayData data(Object source, int from, int count) {
        Object part = allocate(count);
        System.arraycopy(source, from, part, 0, count);
        return toData.apply(part);
    }
}
