package kron4j.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.unsafe.Platform;

/**
 * Copies a column's numbers out of Spark's own rows, which hold them unboxed and in one piece: of numbers, arrays, or Spark ML's vectors,
 * which are rows (type, size, indices, values), sparse ones of type 0, dense ones of type 1 with values only.
 */
final class ColumnReader implements Serializable {
    private static final long serialVersionUID = 1L;
    /** The type of Spark ML's vectors, and of the older MLlib's; known by its name, so that spark-mllib need not be there. */
    private static final String VECTORS = "VectorUDT";

    private enum Kind {
        NUMBER,
        ARRAY,
        VECTOR
    }

    private final String operation;
    private final String name;
    private final int index;
    private final Kind kind;
    private final ElementType element;
    private final boolean nullable;

    private ColumnReader(String operation, String name, int index, Kind kind, ElementType element, boolean nullable) {
        this.operation = operation;
        this.name = name;
        this.index = index;
        this.kind = kind;
        this.element = element;
        this.nullable = nullable;
    }

    /**
     * {@return the reader of a column, or null if it holds no numbers of a tensor's types}
     *
     * @throws RowException if there is no such column
     */
    static ColumnReader of(String operation, StructType schema, String name) {
        List<String> names = Arrays.asList(schema.fieldNames());
        int index = names.indexOf(name);
        if (index < 0) {
            throw new RowException(operation + ": there is no column '" + name + "'; there are " + names);
        }
        return of(operation, name, index, schema.apply(index).dataType());
    }

    /** {@return the reader of a column of a type, or null if it holds no numbers of a tensor's types} */
    static ColumnReader of(String operation, String name, int index, DataType type) {
        if (isVector(type)) {
            return new ColumnReader(operation, name, index, Kind.VECTOR, ElementType.DOUBLE, false);
        }
        if (type instanceof ArrayType array) {
            ElementType element = ElementType.of(array.elementType());
            return element == null
                    ? null
                    : new ColumnReader(operation, name, index, Kind.ARRAY, element, array.containsNull());
        }
        ElementType element = ElementType.of(type);
        return element == null ? null : new ColumnReader(operation, name, index, Kind.NUMBER, element, false);
    }

    private static boolean isVector(DataType type) {
        return type instanceof UserDefinedType<?> udt
                && udt.getClass().getSimpleName().equals(VECTORS);
    }

    ElementType element() {
        return element;
    }

    /** {@return whether a row has one number here that is not in an array} */
    boolean isNumber() {
        return kind == Kind.NUMBER;
    }

    /** {@return how many numbers a row has here} */
    int count(InternalRow row, Place place) {
        if (row.isNullAt(index)) {
            throw refused(place, "is null; leave such rows out, na().drop(), or fill them");
        }
        return switch (kind) {
            case NUMBER -> 1;
            case ARRAY -> {
                UnsafeArrayData array = (UnsafeArrayData) row.getArray(index);
                if (nullable) {
                    requireNoNull(array, place);
                }
                yield array.numElements();
            }
            case VECTOR -> {
                InternalRow vector = row.getStruct(index, 4);
                yield vector.getByte(0) == 0
                        ? vector.getInt(1)
                        : vector.getArray(3).numElements();
            }
        };
    }

    private void requireNoNull(UnsafeArrayData array, Place place) {
        int n = array.numElements();
        // Spark's layout: the number of elements in 8 bytes, then a bit for each, set where it is null.
        long bits = 0;
        for (int i = 0; i < n; i += Long.SIZE) {
            bits |= Platform.getLong(array.getBaseObject(), array.getBaseOffset() + Long.BYTES + i / Byte.SIZE);
        }
        for (int i = 0; bits != 0 && i < n; i++) {
            if (array.isNullAt(i)) {
                throw refused(place, "has a null at element " + i + "; fill nulls first");
            }
        }
    }

    /**
     * Copies a row's numbers, as many as {@link #count} says.
     *
     * @param target a Java array
     * @param at where in it, for {@link Platform}
     * @param as the type there: the column's, or double
     */
    void copy(InternalRow row, Object target, long at, ElementType as) {
        switch (kind) {
            case NUMBER -> {
                UnsafeRow unsafe = (UnsafeRow) row;
                long fields = UnsafeRow.calculateBitSetWidthInBytes(unsafe.numFields());
                element.copy(
                        unsafe.getBaseObject(),
                        unsafe.getBaseOffset() + fields + (long) Long.BYTES * index,
                        target,
                        at,
                        1,
                        as);
            }
            case ARRAY -> copy((UnsafeArrayData) row.getArray(index), target, at, as);
            case VECTOR -> {
                InternalRow vector = row.getStruct(index, 4);
                UnsafeArrayData values = (UnsafeArrayData) vector.getArray(3);
                if (vector.getByte(0) == 0) {
                    scatter((UnsafeArrayData) vector.getArray(2), values, vector.getInt(1), target, at);
                } else {
                    copy(values, target, at, as);
                }
            }
        }
    }

    private void copy(UnsafeArrayData array, Object target, long at, ElementType as) {
        int n = array.numElements();
        long from = array.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(n);
        element.copy(array.getBaseObject(), from, target, at, n, as);
    }

    private static void scatter(UnsafeArrayData indices, UnsafeArrayData values, int size, Object target, long at) {
        for (int i = 0; i < size; i++) {
            Platform.putDouble(target, at + (long) Double.BYTES * i, 0);
        }
        for (int i = 0; i < indices.numElements(); i++) {
            Platform.putDouble(target, at + (long) Double.BYTES * indices.getInt(i), values.getDouble(i));
        }
    }

    /** {@return what says that a row's value cannot be used} */
    RowException refused(Place place, String why) {
        return new RowException(operation + ": column '" + name + "' at " + place + " " + why);
    }
}
