package kron4j.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import kron4j.DType;
import kron4j.Shape;
import kron4j.Tensor;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.Platform;

/** The rows of a partition as tensors [rows, width] on the current device, in order, all but the last of one size; whoever takes one closes it. */
final class Blocks implements Iterator<Tensor> {
    /** Numbers in a block that the caches hold. */
    private static final int SIZE = 1 << 18;

    /** Numbers in a block so long that its products take more time than adding them. */
    private static final int LONG = 1 << 20;

    private static final int MOST_ROWS = 1 << 14;

    /**
     * What a row of a block holds.
     *
     * @param one whether it begins with 1
     * @param columns the columns, one after another
     * @param widths how many numbers each has
     * @param first the columns' numbers in the first of all rows
     */
    record Format(boolean one, List<ColumnReader> columns, List<Integer> widths, double[] first)
            implements Serializable {
        /** Returns the format of rows like the first one. */
        static Format of(List<ColumnReader> columns, InternalRow row, Place place) {
            List<Integer> widths =
                    columns.stream().map(c -> c.count(row, place)).toList();
            Format empty = new Format(false, columns, widths, new double[0]);
            double[] first = new double[empty.width()];
            empty.read(row, place, first, Platform.DOUBLE_ARRAY_OFFSET);
            return new Format(false, columns, widths, first);
        }

        /** Returns the format of rows that begin with 1. */
        Format afterOne() {
            return new Format(true, columns, widths, first);
        }

        int width() {
            return (one ? 1 : 0) + widths.stream().mapToInt(w -> w).sum();
        }

        /**
         * Rows in a block: the same in all executors, since sums depend on it, and as many as columns or four times that, as far as a Java array holds
         * them, so that d x d results do not cost more than they sum up.
         */
        int rows() {
            int width = Math.max(1, width());
            int most = (Integer.MAX_VALUE - Double.BYTES) / Double.BYTES / width;
            int some = Math.max(Math.min(SIZE / width, MOST_ROWS), Math.min(LONG / width, 4 * width));
            return Math.min(Math.max(some, width), most);
        }

        /**
         * Copies a row's numbers as doubles.
         *
         * @param into a Java array
         * @param at where in it, for {@link Platform}
         * @throws RowException if there are not as many as in the first row, or one is missing
         */
        void read(InternalRow row, Place place, Object into, long at) {
            long next = at;
            if (one) {
                Platform.putDouble(into, next, 1);
                next += Double.BYTES;
            }
            for (int i = 0; i < widths.size(); i++) {
                ColumnReader column = columns.get(i);
                int count = column.count(row, place);
                int width = widths.get(i);
                if (count != width) {
                    throw column.refused(place, "has " + count + " numbers, the first row has " + width);
                }
                column.copy(row, into, next, ElementType.DOUBLE);
                next += (long) Double.BYTES * width;
            }
        }
    }

    private final Iterator<InternalRow> rows;
    private final Format format;
    private final int width;
    private final int most;
    private final int partition;
    private byte[] block;
    private long taken;

    Blocks(int partition, Iterator<InternalRow> rows, Format format) {
        this.rows = rows;
        this.format = format;
        this.width = format.width();
        this.most = format.rows();
        this.partition = partition;
    }

    @Override
    public boolean hasNext() {
        return rows.hasNext();
    }

    @Override
    public Tensor next() {
        if (!rows.hasNext()) {
            throw new NoSuchElementException();
        }
        TaskContext task = TaskContext.get();
        if (task != null && task.isInterrupted()) {
            throw new TaskKilledException("killed");
        }
        if (block == null) {
            block = new byte[Math.multiplyExact(most, width * Double.BYTES)];
        }
        int used = 0;
        int count = 0;
        for (; count < most && rows.hasNext(); count++) {
            format.read(rows.next(), new Place(partition, taken++), block, Platform.BYTE_ARRAY_OFFSET + (long) used);
            used += width * Double.BYTES;
        }
        return Tensor.of(DType.FLOAT64, ByteBuffer.wrap(block, 0, used), Shape.of(count, width));
    }
}
