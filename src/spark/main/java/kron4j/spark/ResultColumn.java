package kron4j.spark;

import java.io.Serializable;
import kron4j.DType;
import kron4j.ShapeException;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Says which column a result of {@link MapBatches} becomes.
 *
 * <pre>{@code
 * ResultColumn.array("y", DType.FLOAT64)                       // each row's elements in row-major order
 * ResultColumn.array("y", DType.FLOAT64).shapedBy("y_shape")   // and their shape, array<bigint>
 * ResultColumn.scalar("logdet", DType.FLOAT64)                 // of a result [rows]: a number a row
 * }</pre>
 */
public final class ResultColumn implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final ElementType element;
    private final boolean scalar;
    /** Null if no column has the shapes. */
    private final String shape;

    private ResultColumn(String name, ElementType element, boolean scalar, String shape) {
        this.name = name;
        this.element = element;
        this.scalar = scalar;
        this.shape = shape;
    }

    /**
     * {@return a column of arrays}
     *
     * @param name of the new column
     * @param dtype of the result: float64, float32, int32 or int64
     * @throws kron4j.DTypeException for other dtypes
     */
    public static ResultColumn array(String name, DType dtype) {
        return new ResultColumn(name, ElementType.of("ResultColumn '" + name + "'", dtype), false, null);
    }

    /**
     * {@return a column of numbers}
     *
     * @param name of the new column
     * @param dtype of the result: float64, float32, int32 or int64
     * @throws kron4j.DTypeException for other dtypes
     */
    public static ResultColumn scalar(String name, DType dtype) {
        return new ResultColumn(name, ElementType.of("ResultColumn '" + name + "'", dtype), true, null);
    }

    /**
     * {@return the same column of arrays, and one more with the shapes}
     *
     * @param column name of the new column of {@code array<bigint>}
     * @throws ShapeException for a column of numbers, which have no shapes
     */
    public ResultColumn shapedBy(String column) {
        if (scalar) {
            throw new ShapeException("ResultColumn '" + name + "': numbers have no shapes; use ResultColumn.array");
        }
        return new ResultColumn(name, element, false, column);
    }

    String name() {
        return name;
    }

    ElementType element() {
        return element;
    }

    boolean isScalar() {
        return scalar;
    }

    boolean hasShapes() {
        return shape != null;
    }

    StructType addTo(StructType schema) {
        StructType with = schema.add(name, scalar ? element.sql : DataTypes.createArrayType(element.sql, false), false);
        return shape == null ? with : with.add(shape, DataTypes.createArrayType(DataTypes.LongType, false), false);
    }
}
