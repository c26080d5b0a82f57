package kron4j.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import kron4j.Shape;
import kron4j.Tensor;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.Platform;

/** Some columns of rows that all have the same shapes, each in one piece: what becomes tensors. */
final class EqualRows implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

    private final String operation;
    private final List<TensorReader> columns;
    /** For each column, as shapes are not serialisable. */
    private final long[][] shapes;

    private final int[] widths;
    private final byte[][] values;
    private int count;

    EqualRows(String operation, List<TensorReader> columns, List<Shape> shapes) {
        this.operation = operation;
        this.columns = columns;
        this.shapes = shapes.stream().map(Shape::dims).toArray(long[][]::new);
        widths = new int[shapes.size()];
        for (int c = 0; c < widths.length; c++) {
            widths[c] =
                    bytes(shapes.get(c).size() * columns.get(c).element().dtype.bytes());
        }
        values = new byte[shapes.size()][0];
    }

    /**
     * {@return a partition's rows}
     *
     * @throws RowException if they are not of one shape
     */
    static EqualRows of(String operation, List<TensorReader> columns, int partition, Iterator<InternalRow> part) {
        EqualRows rows = null;
        List<Shape> first = null;
        for (long number = 0; part.hasNext(); number++) {
            InternalRow row = part.next();
            Place place = new Place(partition, number);
            List<Shape> here = columns.stream().map(c -> c.shape(row, place)).toList();
            if (first == null) {
                first = here;
                rows = new EqualRows(operation, columns, here);
            } else if (!here.equals(first)) {
                throw new RowException(operation + ": " + place + " has shapes " + here + ", the rows before have "
                        + first + "; a batch needs rows of one shape");
            }
            rows.add(row);
        }
        return rows == null ? new EqualRows(operation, columns, List.of()) : rows;
    }

    int count() {
        return count;
    }

    void clear() {
        count = 0;
    }

    /** Adds a row of these shapes. */
    void add(InternalRow row) {
        for (int c = 0; c < widths.length; c++) {
            int end = bytes((count + 1L) * widths[c]);
            if (end > values[c].length) {
                values[c] = Arrays.copyOf(values[c], (int) Math.min(Math.max(end, 2L * values[c].length), MOST_BYTES));
            }
            columns.get(c).copy(row, values[c], Platform.BYTE_ARRAY_OFFSET + (long) count * widths[c]);
        }
        count++;
    }

    private int bytes(long bytes) {
        if (bytes > MOST_BYTES) {
            throw new RowException(operation + ": " + (count + 1) + " rows of shapes " + shapes()
                    + " are more than the 2^31 bytes that a Java array holds; choose a smaller size, or more"
                    + " partitions");
        }
        return (int) bytes;
    }

    List<Shape> shapes() {
        return Arrays.stream(shapes).map(Shape::of).toList();
    }

    /** {@return for each column a tensor of all rows, on the current device} */
    List<Tensor> tensors() {
        return tensors(values, count);
    }

    /**
     * {@return for each column a tensor of some rows, on the current device}
     *
     * @param order indices of rows
     * @param from the first to take
     * @param to the one after the last to take
     */
    List<Tensor> tensors(long[] order, int from, int to) {
        byte[][] some = new byte[values.length][];
        for (int c = 0; c < some.length; c++) {
            int width = widths[c];
            some[c] = new byte[width * (to - from)];
            for (int i = from; i < to; i++) {
                System.arraycopy(values[c], (int) order[i] * width, some[c], (i - from) * width, width);
            }
        }
        return tensors(some, to - from);
    }

    private List<Tensor> tensors(byte[][] bytes, int rows) {
        Tensor[] made = new Tensor[bytes.length];
        for (int c = 0; c < made.length; c++) {
            made[c] = Tensor.of(
                    columns.get(c).element().dtype,
                    ByteBuffer.wrap(bytes[c], 0, rows * widths[c]),
                    Shape.of(rows).concat(Shape.of(shapes[c])));
        }
        return List.of(made);
    }
}
