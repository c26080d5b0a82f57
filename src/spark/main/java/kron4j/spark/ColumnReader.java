package kron4j.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.IntStream;
import kron4j.Shape;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.Platform;

/** Reads a column's tensors out of Spark's rows, copying each element once. */
final class ColumnReader implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final long LARGEST = 1L << 31;

    private final String operation;
    private final String name;
    private final int index;
    private final ElementType element;
    /** Empty for a scalar and for stored shapes; a size of -1 is what the length makes it. */
    private final long[] dims;
    /** Index of the column of shapes and the type of its sizes, or -1 and null. */
    private final int shapes;

    private final ElementType sizes;
    private final boolean scalar;
    /** The shape of all rows, made by the first one; null while unknown, or where rows differ. */
    private transient Shape fixed;

    ColumnReader(
            String operation,
            String name,
            int index,
            ElementType element,
            long[] dims,
            int shapes,
            ElementType sizes,
            boolean scalar) {
        this.operation = operation;
        this.name = name;
        this.index = index;
        this.element = element;
        this.dims = dims;
        this.shapes = shapes;
        this.sizes = sizes;
        this.scalar = scalar;
    }

    ElementType element() {
        return element;
    }

    /**
     * {@return the shape of a row's tensor}
     *
     * @param row from the column's DataFrame
     * @param partition its number, for the message
     * @param number of the row there
     * @throws RowException if it is null, has a null in it, or the number of elements does not fit
     */
    Shape shape(InternalRow row, int partition, long number) {
        if (row.isNullAt(index)) {
            throw refused(new Place(partition, number), "is null; filter nulls out, or fill them");
        }
        if (scalar) {
            return Shape.SCALAR;
        }
        ArrayData data = row.getArray(index);
        int count = data.numElements();
        if (hasNull(data)) {
            throw refused(new Place(partition, number), "has a null in it; fill nulls first");
        }
        if (fixed != null && fixed.size() == count) {
            return fixed;
        }
        Place place = new Place(partition, number);
        long[] shape = shapes < 0 ? dims.clone() : stored(row, place);
        long known = 1;
        int free = -1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == -1) {
                free = i;
            } else {
                known = Math.min(known, LARGEST) * Math.min(shape[i], LARGEST);
            }
        }
        if (free >= 0 && known > 0 && count % known == 0) {
            shape[free] = count / known;
        } else if (free >= 0 || known != count) {
            throw refused(place, "has " + count + " elements, which is not shape " + text(shape));
        } else if (shapes < 0) {
            fixed = Shape.of(shape);
            return fixed;
        }
        return Shape.of(shape);
    }

    private long[] stored(InternalRow row, Place place) {
        if (row.isNullAt(shapes)) {
            throw refused(place, "has no shape: it is null");
        }
        ArrayData data = row.getArray(shapes);
        if (hasNull(data)) {
            throw refused(place, "has a shape with a null in it");
        }
        long[] shape = sizes == ElementType.INT
                ? Arrays.stream(data.toIntArray()).asLongStream().toArray()
                : data.toLongArray();
        if (Arrays.stream(shape).anyMatch(n -> n < 0)) {
            throw refused(place, "has the shape " + text(shape) + "; sizes are 0 or more");
        }
        return shape;
    }

    static boolean hasNull(ArrayData data) {
        int n = data.numElements();
        if (data instanceof UnsafeArrayData unsafe) {
            // Spark's layout: the number of elements in 8 bytes, then a bit for each, set where it is null.
            long bits = 0;
            for (int i = 0; i < n; i += Long.SIZE) {
                bits |= Platform.getLong(unsafe.getBaseObject(), unsafe.getBaseOffset() + Long.BYTES + i / Byte.SIZE);
            }
            return bits != 0;
        }
        return IntStream.range(0, n).anyMatch(data::isNullAt);
    }

    /**
     * {@return the elements of rows, one after the other, as a Java array}
     *
     * @param members which rows: the first {@code count} of these
     * @param shape what {@link #shape} says of all of them
     */
    Object gather(RowBuffer rows, int[] members, int count, Shape shape) {
        long each = shape.size();
        if (each * count > Integer.MAX_VALUE - 8) {
            throw new RowException(operation + ": column '" + name + "': " + count + " rows of " + each
                    + " numbers are more than a Java array holds; choose a smaller size, or more partitions");
        }
        Object values = element.allocate((int) each * count);
        for (int i = 0; i < count; i++) {
            read(rows.get(members[i]), values, i * (int) each);
        }
        return values;
    }

    private void read(InternalRow row, Object target, int from) {
        if (scalar) {
            element.set(row, index, target, from);
            return;
        }
        ArrayData data = row.getArray(index);
        int n = data.numElements();
        if (data instanceof UnsafeArrayData unsafe) {
            int width = element.dtype.bytes();
            Platform.copyMemory(
                    unsafe.getBaseObject(),
                    unsafe.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(n),
                    target,
                    element.base + (long) from * width,
                    (long) n * width);
        } else {
            System.arraycopy(element.array(data), 0, target, from, n);
        }
    }

    private RowException refused(Place place, String why) {
        return new RowException(operation + ": column '" + name + "' at " + place + " " + why);
    }

    private static String text(long... shape) {
        return Arrays.toString(shape).replace(" ", "");
    }

    /** Where a row is: its partition, and the rows before it there. */
    record Place(int partition, long row) {
        @Override
        public String toString() {
            return "row " + row + " of partition " + partition;
        }
    }
}
