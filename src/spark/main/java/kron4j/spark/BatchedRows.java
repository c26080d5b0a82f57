package kron4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
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

/** The rows of a partition with their results, computed block by block as they are asked for. A row that is given is valid until the next one. */
final class BatchedRows implements Iterator<InternalRow> {
    /**
     * What an executor has to know.
     *
     * @param width the number of the input's columns
     * @param size the most rows of a block
     * @param constants null if there are none
     */
    record Plan(
            String operation,
            int width,
            List<ColumnReader> columns,
            int size,
            List<ResultColumn> results,
            Broadcast<List<TensorValues>> constants,
            BatchFunction fn)
            implements Serializable {}

    /** The rows of a block that have these shapes, and afterwards their results as Java arrays. */
    private static final class Group {
        final List<Shape> shapes;
        int[] members = new int[16];
        int count;
        final List<Object> results = new ArrayList<>();
        final List<Shape> resultShapes = new ArrayList<>();

        Group(List<Shape> shapes) {
            this.shapes = shapes;
        }

        void add(int row) {
            if (count == members.length) {
                members = Arrays.copyOf(members, 2 * count);
            }
            members[count++] = row;
        }
    }

    private final Plan plan;
    private final int partition;
    private final Iterator<InternalRow> rows;
    /** On the device from the first block on; closed with the task. */
    private List<Tensor> constants;

    private final RowBuffer block;
    /** For each row of the block its group, and its index there. */
    private final List<Group> groupOf = new ArrayList<>();

    private int[] indexOf = new int[16];
    /** The next row to be given, and the number of rows of the partition before the block. */
    private int next;

    private long before;
    private final GenericInternalRow added;
    private final JoinedRow joined = new JoinedRow();

    BatchedRows(Plan plan, int partition, Iterator<InternalRow> rows) {
        this.plan = plan;
        this.partition = partition;
        this.rows = rows;
        block = new RowBuffer(plan.width);
        added = new GenericInternalRow(
                plan.results.stream().mapToInt(r -> r.hasShapes() ? 2 : 1).sum());
    }

    @Override
    public boolean hasNext() {
        if (next == block.size() && rows.hasNext()) {
            before += block.size();
            next = 0;
            read();
        }
        return next < block.size();
    }

    @Override
    public InternalRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Group group = groupOf.get(next);
        int column = 0;
        for (int r = 0; r < plan.results.size(); r++) {
            ResultColumn result = plan.results.get(r);
            Shape shape = group.resultShapes.get(r);
            int n = (int) shape.size();
            Object values = group.results.get(r);
            int at = indexOf[next] * n;
            added.update(
                    column++,
                    result.isScalar()
                            ? result.element().number(values, at)
                            : result.element().data(values, at, n));
            if (result.hasShapes()) {
                added.update(column++, UnsafeArrayData.fromPrimitiveArray(shape.dims()));
            }
        }
        return joined.apply(block.get(next++), added);
    }

    /** Reads the next block and computes its results. */
    private void read() {
        block.clear();
        groupOf.clear();
        Map<List<Shape>, Group> groups = new LinkedHashMap<>();
        Group group = null;
        while (rows.hasNext() && block.size() < plan.size) {
            InternalRow row = rows.next();
            List<Shape> shapes = shapes(row, before + block.size());
            if (group == null || !shapes.equals(group.shapes)) {
                group = groups.computeIfAbsent(shapes, Group::new);
            }
            if (groupOf.size() == indexOf.length) {
                indexOf = Arrays.copyOf(indexOf, 2 * indexOf.length);
            }
            indexOf[groupOf.size()] = group.count;
            groupOf.add(group);
            group.add(block.size());
            block.add(row);
        }
        TaskDevice.compute(device -> {
            openConstants();
            groups.values().forEach(this::compute);
            return null;
        });
    }

    private List<Shape> shapes(InternalRow row, long number) {
        if (plan.columns.size() == 1) {
            return List.of(plan.columns.get(0).shape(row, partition, number));
        }
        return plan.columns.stream().map(c -> c.shape(row, partition, number)).toList();
    }

    private void openConstants() {
        if (constants == null) {
            constants = new ArrayList<>();
            TaskContext.get().addTaskCompletionListener(done -> {
                constants.forEach(Tensor::close);
            });
            if (plan.constants != null) {
                plan.constants
                        .value()
                        .forEach(values -> constants.add(values.tensor().keep()));
            }
        }
    }

    private void compute(Group group) {
        try {
            List<Tensor> batch = new ArrayList<>();
            for (int c = 0; c < group.shapes.size(); c++) {
                Shape shape = group.shapes.get(c);
                batch.add(Tensor.of(
                        plan.columns.get(c).gather(block, group.members, group.count, shape),
                        Shape.of(group.count).concat(shape).dims()));
            }
            List<Tensor> computed = plan.fn.apply(batch, constants);
            if (computed.size() != plan.results.size()) {
                throw new ShapeException(computed.size() + " tensors for " + plan.results.size() + " result columns");
            }
            for (int r = 0; r < computed.size(); r++) {
                take(group, plan.results.get(r), computed.get(r));
            }
        } catch (DeviceException | RowException e) {
            throw e;
        } catch (EntryException e) {
            throw new RowException(e.getMessage() + "; it is at " + place(group.members[e.entry]), e);
        } catch (TensorException e) {
            throw new RowException(
                    plan.operation + ": in a batch of " + group.count + " rows of shapes " + group.shapes
                            + " that begins at " + place(group.members[0]) + ": " + e.getMessage(),
                    e);
        }
    }

    private Place place(int row) {
        return new Place(partition, before + row);
    }

    private static void take(Group group, ResultColumn result, Tensor computed) {
        Shape shape = computed.shape();
        ElementType element = result.element();
        if (computed.dtype() != element.dtype
                || shape.rank() == 0
                || shape.at(0) != group.count
                || (result.isScalar() && shape.rank() > 1)) {
            throw new ShapeException("result '" + result.name() + "' is " + computed.dtype() + " " + shape
                    + ", expected " + element.dtype + " [" + group.count + (result.isScalar() ? "]" : ",...]"));
        }
        group.results.add(element.array(computed));
        group.resultShapes.add(shape.slice(1, shape.rank()));
    }
}
