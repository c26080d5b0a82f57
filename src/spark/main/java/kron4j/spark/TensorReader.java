package kron4j.spark;

import java.io.Serializable;
import java.util.Arrays;
import kron4j.Shape;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.Platform;

/** Reads a column's tensors: its numbers, and the shape of each row's. */
final class TensorReader implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final long LARGEST = 1L << 31;

    private final ColumnReader numbers;
    /** Empty for a column of numbers and for stored shapes; a size of -1 is what the length makes it. */
    private final long[] dims;
    /** The column of shapes, or null. */
    private final ColumnReader shapes;
    /** The shape of rows as long as the last one, unless shapes are stored. */
    private transient Shape last;

    TensorReader(ColumnReader numbers, long[] dims, ColumnReader shapes) {
        this.numbers = numbers;
        this.dims = dims;
        this.shapes = shapes;
    }

    ElementType element() {
        return numbers.element();
    }

    /**
     * {@return the shape of a row's tensor}
     *
     * @param row from the column's DataFrame
     * @throws RowException if it is null, has a null in it, or the number of elements does not fit
     */
    Shape shape(InternalRow row, Place place) {
        int count = numbers.count(row, place);
        if (numbers.isNumber()) {
            return Shape.SCALAR;
        }
        if (last != null && last.size() == count) {
            return last;
        }
        long[] shape = shapes == null ? dims.clone() : stored(row, place);
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
            throw numbers.refused(place, "has " + count + " elements, which is not shape " + text(shape));
        }
        Shape made = Shape.of(shape);
        if (shapes == null) {
            last = made;
        }
        return made;
    }

    private long[] stored(InternalRow row, Place place) {
        int rank = shapes.count(row, place);
        long[] shape = new long[rank];
        if (shapes.element() == ElementType.LONG) {
            shapes.copy(row, shape, Platform.LONG_ARRAY_OFFSET, ElementType.LONG);
        } else {
            int[] narrow = new int[rank];
            shapes.copy(row, narrow, Platform.INT_ARRAY_OFFSET, ElementType.INT);
            Arrays.setAll(shape, i -> narrow[i]);
        }
        if (Arrays.stream(shape).anyMatch(n -> n < 0)) {
            throw numbers.refused(place, "has the shape " + text(shape) + "; sizes are 0 or more");
        }
        return shape;
    }

    /** Copies a row's numbers to a Java array, from an offset for {@link Platform} on. */
    void copy(InternalRow row, Object target, long at) {
        numbers.copy(row, target, at, element());
    }

    private static String text(long... shape) {
        return Arrays.toString(shape).replace(" ", "");
    }
}
