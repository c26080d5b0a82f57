package kron4j.spark;

import java.io.Serializable;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import kron4j.DeviceException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.spark.ColumnReader.Place;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;

/** The rows of a partition with their results, computed block by block as they are asked for. */
final class BatchedRows implements Iterator<InternalRow> {
    /**
     * What an executor has to know.
     *
     * @param size the most rows of a block
     * @param constants null if there are none
     */
    record Plan(
            String operation,
            List<ColumnReader> columns,
            int size,
            List<ResultColumn> results,
            Broadcast<List<TensorValues>> constants,
            BatchFunction fn)
            implements Serializable {
        int width() {
            return results.stream().mapToInt(r -> r.hasShapes() ? 2 : 1).sum();
        }
    }

    private final Plan plan;
    private final int partition;
    private final Iterator<InternalRow> rows;
    /** On the device from the first block on; closed with the task. */
    private List<Tensor> constants;

    private long before;
    private Iterator<InternalRow> ready = Collections.emptyIterator();

    BatchedRows(Plan plan, int partition, Iterator<InternalRow> rows) {
        this.plan = plan;
        this.partition = partition;
        this.rows = rows;
    }

    @Override
    public boolean hasNext() {
        if (!ready.hasNext() && rows.hasNext()) {
            ready = block();
        }
        return ready.hasNext();
    }

    @Override
    public InternalRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.next();
    }

    private Iterator<InternalRow> block() {
        List<InternalRow> block = new ArrayList<>();
        Map<List<Shape>, List<Integer>> groups = new LinkedHashMap<>();
        List<Shape> last = null;
        List<Integer> group = null;
        while (rows.hasNext() && block.size() < plan.size) {
            InternalRow row = rows.next().copy(); // Spark reuses its memory
            List<Shape> shapes = shapes(row, before + block.size());
            if (!shapes.equals(last)) {
                group = groups.computeIfAbsent(shapes, s -> new ArrayList<>());
                last = shapes;
            }
            group.add(block.size());
            block.add(row);
        }
        Object[][] results = new Object[block.size()][plan.width()];
        TaskDevice.compute(device -> {
            openConstants();
            groups.forEach((shapes, members) -> compute(block, shapes, members, results));
            return null;
        });
        before += block.size();
        List<InternalRow> joined = new ArrayList<>(block.size());
        for (int i = 0; i < results.length; i++) {
            joined.add(new JoinedRow(block.get(i), new GenericInternalRow(results[i])));
        }
        return joined.iterator();
    }

    private List<Shape> shapes(InternalRow row, long number) {
        Place place = new Place(partition, number);
        if (plan.columns.size() == 1) {
            return List.of(plan.columns.get(0).shape(row, place));
        }
        return plan.columns.stream().map(c -> c.shape(row, place)).toList();
    }

    private void openConstants() {
        if (constants == null) {
            constants = new ArrayList<>();
            TaskContext.get().addTaskCompletionListener(done -> {
                constants.forEach(Tensor::close);
            });
            if (plan.constants != null) {
                plan.constants.value().forEach(values -> constants.add(values.tensor().keep()));
            }
        }
    }

    private void compute(List<InternalRow> block, List<Shape> shapes, List<Integer> members, Object[][] results) {
        try {
            List<InternalRow> own = members.stream().map(block::get).toList();
            List<Tensor> batch = new ArrayList<>();
            for (int c = 0; c < shapes.size(); c++) {
                batch.add(Tensor.of(
                        plan.columns.get(c).gather(own, shapes.get(c)),
                        Shape.of(own.size()).concat(shapes.get(c)).dims()));
            }
            List<Tensor> computed = plan.fn.apply(batch, constants);
            if (computed.size() != plan.results.size()) {
                throw new ShapeException(computed.size() + " tensors for " + plan.results.size() + " result columns");
            }
            int column = 0;
            for (int r = 0; r < computed.size(); r++) {
                column = write(plan.results.get(r), computed.get(r), members, results, column);
            }
        } catch (DeviceException | RowException e) {
            throw e;
        } catch (EntryException e) {
            throw new RowException(
                    e.getMessage() + "; it is at " + new Place(partition, before + members.get(e.entry)), e);
        } catch (TensorException e) {
            throw new RowException(
                    plan.operation + ": in a batch of " + members.size() + " rows of shapes " + shapes
                            + " that begins at " + new Place(partition, before + members.get(0)) + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** {@return the index of the next column} */
    private static int write(
            ResultColumn result, Tensor computed, List<Integer> members, Object[][] results, int column) {
        Shape shape = computed.shape();
        ElementType element = result.element();
        if (computed.dtype() != element.dtype
                || shape.rank() == 0
                || shape.at(0) != members.size()
                || (result.isScalar() && shape.rank() > 1)) {
            throw new ShapeException("result '" + result.name() + "' is " + computed.dtype() + " " + shape
                    + ", expected " + element.dtype + " [" + members.size() + (result.isScalar() ? "]" : ",...]"));
        }
        Object values = element.array(computed);
        Shape each = shape.slice(1, shape.rank());
        int n = (int) each.size();
        for (int i = 0; i < members.size(); i++) {
            Object[] row = results[members.get(i)];
            row[column] = result.isScalar() ? Array.get(values, i) : element.data(values, i * n, n);
            if (result.hasShapes()) {
                row[column + 1] = UnsafeArrayData.fromPrimitiveArray(each.dims());
            }
        }
        return column + (result.hasShapes() ? 2 : 1);
    }
}
