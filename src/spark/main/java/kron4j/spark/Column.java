package kron4j.spark;

import java.io.Serializable;
import kron4j.DTypeException;
import kron4j.spark.ColumnReader.Place;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.unsafe.Platform;

/** A column of numbers, and how the numbers of a row are read from it: from Spark's own rows, which hold them unboxed and in one piece. */
final class Column implements Serializable {
    private static final long serialVersionUID = 1L;
    /** The type of Spark ML's vectors, and of the older MLlib's; known by its name, so that spark-mllib need not be there. */
    private static final String VECTORS = "VectorUDT";

    private enum Kind {
        NUMBER,
        DOUBLES,
        FLOATS,
        VECTOR
    }

    private final String name;
    private final int ordinal;
    private final Kind kind;
    private final boolean nullable;

    private Column(String name, int ordinal, Kind kind, boolean nullable) {
        this.name = name;
        this.ordinal = ordinal;
        this.kind = kind;
        this.nullable = nullable;
    }

    /**
     * Returns the column as Spark computes it, of a type that {@link #of} reads: whole numbers and decimals become doubles.
     *
     * @throws DTypeException if it holds no numbers
     */
    static org.apache.spark.sql.Column readable(org.apache.spark.sql.Column column, String name, DataType type) {
        if (type instanceof NumericType) {
            return column.cast(DataTypes.DoubleType);
        }
        if (type instanceof ArrayType array && array.elementType() instanceof NumericType element) {
            return element.equals(DataTypes.DoubleType) || element.equals(DataTypes.FloatType)
                    ? column
                    : column.cast(DataTypes.createArrayType(DataTypes.DoubleType, array.containsNull()));
        }
        if (isVector(type)) {
            return column;
        }
        throw new DTypeException("column '" + name + "' is of type " + type.catalogString()
                + "; rows of numbers are array<double>, array<float> or Spark ML's vectors");
    }

    /** Returns the reader of a readable column. */
    static Column of(String name, int ordinal, DataType type) {
        if (type instanceof ArrayType array) {
            Kind kind = array.elementType().equals(DataTypes.FloatType) ? Kind.FLOATS : Kind.DOUBLES;
            return new Column(name, ordinal, kind, array.containsNull());
        }
        return new Column(name, ordinal, isVector(type) ? Kind.VECTOR : Kind.NUMBER, false);
    }

    private static boolean isVector(DataType type) {
        return type instanceof UserDefinedType<?> udt
                && udt.getClass().getSimpleName().equals(VECTORS);
    }

    /** Whether a row has one number here that is not in an array. */
    boolean isNumber() {
        return kind == Kind.NUMBER;
    }

    /** Returns how many numbers a row has here. */
    int width(InternalRow row, Place place) {
        requireValue(row, place);
        return switch (kind) {
            case NUMBER -> 1;
            case DOUBLES, FLOATS -> row.getArray(ordinal).numElements();
            case VECTOR -> vectorSize(row.getStruct(ordinal, 4));
        };
    }

    /**
     * Copies a row's numbers.
     *
     * @param into gets them from {@code at} on; is 0 there
     * @throws RowException if there are not {@code width}, or one is missing
     */
    void read(InternalRow row, Place place, double[] into, int at, int width) {
        requireValue(row, place);
        switch (kind) {
            case NUMBER -> into[at] = row.getDouble(ordinal);
            case DOUBLES -> {
                ArrayData array = array(row, place, width);
                if (array instanceof UnsafeArrayData unsafe) {
                    Platform.copyMemory(
                            unsafe.getBaseObject(),
                            unsafe.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(width),
                            into,
                            Platform.DOUBLE_ARRAY_OFFSET + (long) at * Double.BYTES,
                            (long) width * Double.BYTES);
                } else {
                    System.arraycopy(array.toDoubleArray(), 0, into, at, width);
                }
            }
            case FLOATS -> {
                ArrayData array = array(row, place, width);
                for (int i = 0; i < width; i++) {
                    into[at + i] = array.getFloat(i);
                }
            }
            case VECTOR -> readVector(row.getStruct(ordinal, 4), place, into, at, width);
        }
    }

    private void requireValue(InternalRow row, Place place) {
        if (row.isNullAt(ordinal)) {
            throw new RowException(
                    "RowMatrix: " + place + " is null in column '" + name + "'; leave such rows out: na().drop()");
        }
    }

    private ArrayData array(InternalRow row, Place place, int width) {
        ArrayData array = row.getArray(ordinal);
        requireWidth(array.numElements(), place, width);
        if (nullable && ColumnReader.hasNull(array)) {
            for (int i = 0; i < width; i++) {
                if (array.isNullAt(i)) {
                    throw new RowException("RowMatrix: " + place + ": element " + i + " of column '" + name
                            + "' is null; replace or leave out");
                }
            }
        }
        return array;
    }

    private void requireWidth(int found, Place place, int width) {
        if (found != width) {
            throw new RowException("RowMatrix: " + place + " has " + found + " numbers in column '" + name
                    + "', the first row has " + width);
        }
    }

    /** Vectors are rows (type, size, indices, values): sparse ones of type 0, dense ones of type 1 with values only. */
    private static int vectorSize(InternalRow vector) {
        return vector.getByte(0) == 0 ? vector.getInt(1) : vector.getArray(3).numElements();
    }

    private void readVector(InternalRow vector, Place place, double[] into, int at, int width) {
        requireWidth(vectorSize(vector), place, width);
        double[] values = vector.getArray(3).toDoubleArray();
        if (vector.getByte(0) == 0) {
            int[] indices = vector.getArray(2).toIntArray();
            for (int i = 0; i < indices.length; i++) {
                into[at + indices[i]] = values[i];
            }
        } else {
            System.arraycopy(values, 0, into, at, width);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
