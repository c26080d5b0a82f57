package kron4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import kron4j.DeviceException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorException;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.types.StructType;

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
            List<TensorReader> columns,
            int size,
            List<ResultColumn> results,
            Broadcast<List<TensorValues>> constants,
            BatchFunction fn)
            implements Serializable {}

    /** The rows of a block that have these shapes, and afterwards their results as Java arrays. */
    private static final class Group {
        final EqualRows rows;
        final List<Shape> shapes;
        int[] members = new int[16];
        final List<Object> results = new ArrayList<>();
        final List<Shape> resultShapes = new ArrayList<>();

        Group(Plan plan, List<Shape> shapes) {
            rows = new EqualRows(plan.operation, plan.columns, shapes);
            this.shapes = shapes;
        }

        void add(InternalRow row, int member) {
            if (rows.count() == members.length) {
                members = Arrays.copyOf(members, 2 * members.length);
            }
            members[rows.count()] = member;
            rows.add(row);
        }

        void clear() {
            rows.clear();
            results.clear();
            resultShapes.clear();
        }
    }

    private final Plan plan;
    private final int partition;
    private final Iterator<InternalRow> rows;
    /** On the device from the first block on; closed with the task. */
    private List<Tensor> constants;

    private final RowBuffer block;
    /** Those of the last block too, whose memory is used again. */
    private final Map<List<Shape>, Group> groups = new LinkedHashMap<>();
    /** For each row of the block its group, and its index there. */
    private final List<Group> groupOf = new ArrayList<>();

    private int[] indexOf = new int[16];
    private final Shape[] shapes;
    /** The next row to be given, and the number of rows of the partition before the block. */
    private int next;

    private long before;
    private final SpecificInternalRow added;
    private final ArrayCell[] cells;
    private final JoinedRow joined = new JoinedRow();

    BatchedRows(Plan plan, int partition, Iterator<InternalRow> rows) {
        this.plan = plan;
        this.partition = partition;
        this.rows = rows;
        block = new RowBuffer(plan.width);
        shapes = new Shape[plan.columns.size()];
        StructType types = new StructType();
        for (ResultColumn result : plan.results) {
            types = result.addTo(types);
        }
        added = new SpecificInternalRow(types);
        cells = Stream.generate(ArrayCell::new).limit(types.size()).toArray(ArrayCell[]::new);
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
            if (result.isScalar()) {
                result.element().set(added, column, values, at);
            } else {
                added.update(column, cells[column].set(result.element(), values, at, n));
            }
            column++;
            if (result.hasShapes()) {
                added.update(column, cells[column].set(ElementType.LONG, shape.dims(), 0, shape.rank()));
                column++;
            }
        }
        return joined.apply(block.get(next++), added);
    }

    /** Reads the next block and computes its results. */
    private void read() {
        block.clear();
        groupOf.clear();
        groups.values().removeIf(group -> group.rows.count() == 0);
        groups.values().forEach(Group::clear);
        Group group = null;
        while (rows.hasNext() && block.size() < plan.size) {
            InternalRow row = rows.next();
            group = group(row, group);
            if (groupOf.size() == indexOf.length) {
                indexOf = Arrays.copyOf(indexOf, 2 * indexOf.length);
            }
            indexOf[groupOf.size()] = group.rows.count();
            groupOf.add(group);
            group.add(row, block.size());
            block.add(row);
        }
        TaskDevice.compute(device -> {
            openConstants();
            groups.values().stream().filter(g -> g.rows.count() > 0).forEach(this::compute);
            return null;
        });
    }

    /** {@return the group of a row, mostly that of the row before} */
    private Group group(InternalRow row, Group previous) {
        Place place = place(block.size());
        boolean same = previous != null;
        for (int c = 0; c < shapes.length; c++) {
            shapes[c] = plan.columns.get(c).shape(row, place);
            same = same && shapes[c].equals(previous.shapes.get(c));
        }
        return same ? previous : groups.computeIfAbsent(List.of(shapes), key -> new Group(plan, key));
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
            List<Tensor> computed = plan.fn.apply(group.rows.tensors(), constants);
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
                    plan.operation + ": in a batch of " + group.rows.count() + " rows of shapes " + group.shapes
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
                || shape.at(0) != group.rows.count()
                || (result.isScalar() && shape.rank() > 1)) {
            throw new ShapeException("result '" + result.name() + "' is " + computed.dtype() + " " + shape
                    + ", expected " + element.dtype + " [" + group.rows.count() + (result.isScalar() ? "]" : ",...]"));
        }
        group.results.add(element.array(computed));
        group.resultShapes.add(shape.slice(1, shape.rank()));
    }
}
