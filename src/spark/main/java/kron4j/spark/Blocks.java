package kron4j.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import kron4j.Tensor;
import kron4j.spark.ColumnReader.Place;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.catalyst.InternalRow;

/** The rows of a partition as tensors [rows, width] on the current device, in order, all but the last of one size; whoever takes one closes it. */
final class Blocks implements Iterator<Tensor> {
    /** Numbers in a block. */
    private static final int SIZE = 1 << 20;

    private static final int MOST_ROWS = 1 << 14;

    /**
     * What a row of a block holds.
     *
     * @param one whether it begins with 1
     * @param columns the columns, one after another
     * @param widths how many numbers each has
     * @param first the columns' numbers in the first of all rows
     */
    record Format(boolean one, List<Column> columns, List<Integer> widths, double[] first) implements Serializable {
        /** Returns the format of rows like the first one. */
        static Format of(List<Column> columns, InternalRow row, Place place) {
            List<Integer> widths =
                    columns.stream().map(c -> c.width(row, place)).toList();
            Format empty = new Format(false, columns, widths, new double[0]);
            double[] first = new double[empty.width()];
            empty.read(row, place, first, 0);
            return new Format(false, columns, widths, first);
        }

        /** Returns the format of rows that begin with 1. */
        Format afterOne() {
            return new Format(true, columns, widths, first);
        }

        int width() {
            return (one ? 1 : 0) + widths.stream().mapToInt(w -> w).sum();
        }

        /** Rows in a block: the same in all executors, since sums depend on it, and as many as columns or more, so that d x d results do not cost more than they sum up. */
        int rows() {
            int width = width();
            return Math.max(Math.min(SIZE / Math.max(1, width), MOST_ROWS), width);
        }

        void read(InternalRow row, Place place, double[] into, int at) {
            if (one) {
                into[at++] = 1;
            }
            for (int i = 0; i < widths.size(); i++) {
                columns.get(i).read(row, place, into, at, widths.get(i));
                at += widths.get(i);
            }
        }
    }

    private final Iterator<InternalRow> rows;
    private final Format format;
    private final int width;
    private final int partition;
    private double[] block;
    private long taken;

    Blocks(int partition, Iterator<InternalRow> rows, Format format) {
        this.rows = rows;
        this.format = format;
        this.width = format.width();
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
            block = new double[Math.multiplyExact(format.rows(), width)];
        } else {
            Arrays.fill(block, 0);
        }
        int used = 0;
        for (; used + width <= block.length && rows.hasNext(); used += width) {
            format.read(rows.next(), new Place(partition, taken++), block, used);
        }
        return Tensor.of(used == block.length ? block : Arrays.copyOf(block, used), used / width, width);
    }
}
