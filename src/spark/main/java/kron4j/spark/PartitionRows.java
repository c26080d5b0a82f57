package kron4j.spark;

import java.io.Serializable;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.spark.ColumnReader.Place;
import org.apache.spark.sql.catalyst.InternalRow;

/** Some columns of a partition whose rows all have the same shapes, as Java arrays. */
final class PartitionRows implements Serializable {
    private static final long serialVersionUID = 1L;

    final int rows;
    private final List<Object> values = new ArrayList<>();
    private final List<long[]> shapes = new ArrayList<>();

    PartitionRows(String operation, int width, List<ColumnReader> columns, int partition, Iterator<InternalRow> part) {
        RowBuffer all = new RowBuffer(width);
        List<Shape> first = null;
        while (part.hasNext()) {
            InternalRow row = part.next();
            long number = all.size();
            List<Shape> here =
                    columns.stream().map(c -> c.shape(row, partition, number)).toList();
            if (first != null && !here.equals(first)) {
                throw new RowException(operation + ": " + new Place(partition, number) + " has shapes " + here
                        + ", the rows before have " + first + "; a batch needs rows of one shape");
            }
            first = here;
            all.add(row);
        }
        rows = all.size();
        int[] every = IntStream.range(0, rows).toArray();
        for (int c = 0; first != null && c < first.size(); c++) {
            values.add(columns.get(c).gather(all, every, rows, first.get(c)));
            shapes.add(first.get(c).dims());
        }
    }

    /**
     * {@return some rows of each column, on the current device}
     *
     * @param order indices of rows
     * @param from the first to take
     * @param to the one after the last to take
     */
    List<Tensor> pick(long[] order, int from, int to) {
        List<Tensor> picked = new ArrayList<>();
        for (int c = 0; c < values.size(); c++) {
            Shape shape = Shape.of(shapes.get(c));
            int n = (int) shape.size();
            Object all = values.get(c);
            Object some = Array.newInstance(all.getClass().getComponentType(), n * (to - from));
            for (int i = from; i < to; i++) {
                System.arraycopy(all, (int) order[i] * n, some, (i - from) * n, n);
            }
            picked.add(Tensor.of(some, Shape.of(to - from).concat(shape).dims()));
        }
        return picked;
    }
}
