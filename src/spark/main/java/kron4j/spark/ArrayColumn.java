package kron4j.spark;

import java.util.Arrays;
import kron4j.Shape;
import kron4j.ShapeException;
import org.apache.spark.sql.types.StructType;

/**
 * Says which column of a DataFrame holds tensors, and of which shape each row's is. The column is
 * {@code array<double|float|int|bigint>} of the elements in row-major order, or of Spark ML's vectors; its type decides the dtype.
 *
 * <pre>{@code
 * ArrayColumn.of("a", 8, 8)             // each row's array has 64 numbers: a matrix
 * ArrayColumn.of("f", -1, 32)           // as many rows of 32 as there are numbers; may differ from row to row
 * ArrayColumn.of("x", -1)               // a vector of any length
 * ArrayColumn.scalar("label")           // a column of numbers
 * ArrayColumn.shapedBy("a", "shape")    // the row's shape is in the column shape, array<int|bigint>
 * }</pre>
 */
public final class ArrayColumn {
    private final String name;
    private final long[] dims;
    /** Null if the shape is given. */
    private final String shape;

    private ArrayColumn(String name, long[] dims, String shape) {
        this.name = name;
        this.dims = dims;
        this.shape = shape;
    }

    /**
     * {@return a column of arrays with a given shape}
     *
     * @param name of the column
     * @param dims the sizes, at least one; one of them may be -1, which each row's length decides
     * @throws ShapeException if there are none, one is below -1, or two are -1
     */
    public static ArrayColumn of(String name, long... dims) {
        if (dims.length == 0 || Arrays.stream(dims).anyMatch(d -> d < -1) || free(dims) > 1) {
            throw new ShapeException("ArrayColumn '" + name + "': " + Arrays.toString(dims)
                    + " is no shape; give sizes, of which one may be -1, or use ArrayColumn.scalar for a"
                    + " column of numbers");
        }
        return new ArrayColumn(name, dims.clone(), null);
    }

    /**
     * {@return a column of arrays whose shapes are in another column}
     *
     * @param name of the column
     * @param shape name of the column of shapes, {@code array<int|bigint>}
     */
    public static ArrayColumn shapedBy(String name, String shape) {
        return new ArrayColumn(name, new long[0], shape);
    }

    /**
     * {@return a column of numbers: a batch of rows is a vector}
     *
     * @param name of the column, {@code double|float|int|bigint}
     */
    public static ArrayColumn scalar(String name) {
        return new ArrayColumn(name, new long[0], null);
    }

    /** {@return the column's name} */
    public String name() {
        return name;
    }

    private static long free(long... dims) {
        return Arrays.stream(dims).filter(d -> d == -1).count();
    }

    boolean isScalar() {
        return dims.length == 0 && shape == null;
    }

    /** {@return the shape of every row, or null if rows may differ} */
    Shape fixed() {
        return shape == null && free(dims) == 0 ? Shape.of(dims) : null;
    }

    /** Finds the column and checks its type. */
    TensorReader reader(String operation, StructType schema) {
        ColumnReader numbers = ColumnReader.of(operation, schema, name);
        if (numbers == null || numbers.isNumber() != isScalar()) {
            throw new RowException(operation + ": column '" + name + "' is " + type(schema, name) + ", expected "
                    + (isScalar()
                            ? "DOUBLE, FLOAT, INT or BIGINT"
                            : "ARRAY of DOUBLE, FLOAT, INT or BIGINT, or vectors of Spark ML")
                    + "; cast it");
        }
        ColumnReader shapes = shape == null ? null : ColumnReader.of(operation, schema, shape);
        if (shape != null
                && (shapes == null
                        || shapes.isNumber()
                        || (shapes.element() != ElementType.INT && shapes.element() != ElementType.LONG))) {
            throw new RowException(operation + ": column '" + shape + "' of the shapes of '" + name + "' is "
                    + type(schema, shape) + ", expected ARRAY<INT> or ARRAY<BIGINT>");
        }
        return new TensorReader(numbers, dims, shapes);
    }

    private static String type(StructType schema, String column) {
        return schema.apply(column).dataType().sql();
    }

    @Override
    public String toString() {
        return shape != null ? name + " shaped by " + shape : name + " " + Arrays.toString(dims);
    }
}
