package kron4j.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import kron4j.DType;
import kron4j.Device;
import kron4j.EinsumException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Einsum;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;

/**
 * Computes on the rows of a DataFrame in batches: a block of rows becomes one tensor for each column, and the results become
 * columns beside those of the row.
 *
 * <pre>{@code
 * Dataset<Row> d = MapBatches.slogdet(rows, ArrayColumn.of("a", 8, 8), 4096, "sign", "logdet");
 *
 * Dataset<Row> g = MapBatches.einsum(                      // bilinear pooling of two feature maps a row
 *         rows, "hwm,hwn->mn", List.of(ArrayColumn.of("f1", 7, 7, 32), ArrayColumn.of("f2", 7, 7, 16)), 256, "g");
 *
 * Dataset<Row> n = MapBatches.mapBatches(
 *         rows, List.of(ArrayColumn.of("x", 100)), 1024, List.of(ResultColumn.scalar("norm", DType.FLOAT64)),
 *         (batch, constants) -> List.of(Norms.vectorNorm(batch.get(0), 2, false, 1)));
 * }</pre>
 *
 * <p><b>Rows.</b> The order of rows and their partitions stay as they are, and a row's result depends on its own values only, within the rounding of the
 * operation: it is the same for any number of partitions. A block is up to {@code size} consecutive rows of a partition; those of
 * equal shapes in it are one batch, so rows of several shapes are computed in several batches. Sort by shape, or raise the size, where there are many.
 * A partition without rows calls nothing.
 *
 * <p><b>Bad input.</b> A null, a null in an array, and an array whose length does not fit its shape fail the job with a {@link RowException}
 * (the cause of Spark's exception) that names column, row and partition; so does what the operation refuses. NaN and infinities are numbers
 * like others: they reach the results of their own row and of no other.
 *
 * <p><b>Where.</b> Tasks compute as {@link TaskDevice} says. A block's tensors are freed after it, so a task takes the memory of one block: {@code size} rows and
 * their results. Constants are sent once to an executor, and lie on the device once for each running task. All columns pass through the task: select the
 * needed ones before. If the rows come out of a shuffle, Spark runs that when the method is called, not later. Needs a classic session, not Spark Connect, and
 * no streaming.
 */
public final class MapBatches {
    private MapBatches() {}

    /**
     * Applies a function to batches of rows.
     *
     * @param rows the input
     * @param columns what the function gets, in this order
     * @param size the most rows of a block, at least 1
     * @param results the new columns, one for each tensor that the function returns
     * @param fn computes a batch
     * @return the rows with the new columns
     * @throws RowException if a column is missing, has another type, or a new one has a name that is taken
     * @throws ShapeException if there are no columns or results, or the size is below 1
     */
    public static Dataset<Row> mapBatches(
            Dataset<Row> rows, List<ArrayColumn> columns, int size, List<ResultColumn> results, BatchFunction fn) {
        return mapBatches(rows, columns, size, List.of(), results, fn);
    }

    /**
     * Applies a function with constants to batches of rows.
     *
     * @param rows the input
     * @param columns what the function gets, in this order
     * @param size the most rows of a block, at least 1
     * @param constants tensors that the function gets with each batch; copied now
     * @param results the new columns, one for each tensor that the function returns
     * @param fn computes a batch
     * @return the rows with the new columns
     * @throws RowException if a column is missing, has another type, or a new one has a name that is taken
     * @throws ShapeException if there are no columns or results, or the size is below 1
     */
    public static Dataset<Row> mapBatches(
            Dataset<Row> rows,
            List<ArrayColumn> columns,
            int size,
            List<Tensor> constants,
            List<ResultColumn> results,
            BatchFunction fn) {
        return map("mapBatches", rows, columns, size, constants, results, fn);
    }

    /**
     * Adds signs and logarithms of determinants: {@link Linalg#slogdet(Tensor)} of each row's matrix. A singular matrix has sign 0 and -infinity.
     *
     * @param rows the input
     * @param a the column of matrices [n, n], double or float
     * @param size the most rows of a block, at least 1
     * @param sign name of the new column of signs: 1, -1 or 0
     * @param logAbs name of the new column of log|det|
     * @return the rows with the new columns, of the matrices' type
     * @throws ShapeException if a given shape is not square
     */
    public static Dataset<Row> slogdet(Dataset<Row> rows, ArrayColumn a, int size, String sign, String logAbs) {
        DType dtype = dtype("slogdet", rows, a);
        return ready(
                "slogdet",
                rows,
                List.of(a),
                size,
                List.of(),
                List.of(ResultColumn.scalar(sign, dtype), ResultColumn.scalar(logAbs, dtype)),
                (batch, constants) -> {
                    Linalg.SignLog d = Linalg.slogdetEx(batch.get(0));
                    return List.of(d.sign(), d.logAbs());
                });
    }

    /**
     * Adds solutions of {@code A x = b}: {@link Linalg#solve} of each row's matrix and right-hand side.
     *
     * @param rows the input
     * @param a the column of matrices [n, n], double or float
     * @param b the column of right-hand sides [n] or [n, k], of the same type
     * @param size the most rows of a block, at least 1
     * @param x name of the new column, arrays of the shape of b
     * @return the rows with the new column
     * @throws ShapeException if given shapes do not fit; where a matrix is singular, the job fails with a {@link RowException} that names its row: filter by
     *     the sign of {@link #slogdet} before
     */
    public static Dataset<Row> solve(Dataset<Row> rows, ArrayColumn a, ArrayColumn b, int size, String x) {
        return ready(
                "solve",
                rows,
                List.of(a, b),
                size,
                List.of(),
                List.of(ResultColumn.array(x, dtype("solve", rows, a))),
                (batch, constants) -> {
                    Tensor right = batch.get(1);
                    boolean vectors = right.rank() == 2;
                    Tensor solved =
                            regular("solve", Linalg.solveEx(batch.get(0), vectors ? right.unsqueeze(-1) : right));
                    return List.of(vectors ? solved.squeeze(-1) : solved);
                });
    }

    /**
     * Adds inverses: {@link Linalg#inverse} of each row's matrix.
     *
     * @param rows the input
     * @param a the column of matrices [n, n], double or float
     * @param size the most rows of a block, at least 1
     * @param inverse name of the new column, arrays of n*n numbers
     * @return the rows with the new column
     * @throws ShapeException if a given shape is not square; where a matrix is singular, the job fails with a {@link RowException} that names its row: filter
     *     by the sign of {@link #slogdet} before
     */
    public static Dataset<Row> inverse(Dataset<Row> rows, ArrayColumn a, int size, String inverse) {
        return ready(
                "inverse",
                rows,
                List.of(a),
                size,
                List.of(),
                List.of(ResultColumn.array(inverse, dtype("inverse", rows, a))),
                (batch, constants) -> List.of(regular("inverse", Linalg.inverseEx(batch.get(0)))));
    }

    /**
     * Adds the einsum of each row's tensors: {@link Einsum#einsum(String, Tensor...)}.
     *
     * @param rows the input
     * @param equation of one row, with its result's labels, as in {@code "ij,jk->ik"}
     * @param operands the columns, all of one type
     * @param size the most rows of a block, at least 1
     * @param result name of the new column: numbers if the equation ends in {@code ->}, else arrays
     * @return the rows with the new column
     * @throws EinsumException if the equation or given shapes do not fit
     */
    public static Dataset<Row> einsum(
            Dataset<Row> rows, String equation, List<ArrayColumn> operands, int size, String result) {
        String batched = batched(equation);
        DType dtype = dtype("einsum", rows, operands.get(0));
        return ready(
                "einsum \"" + equation + "\"",
                rows,
                operands,
                size,
                List.of(),
                List.of(
                        equation.strip().endsWith("->")
                                ? ResultColumn.scalar(result, dtype)
                                : ResultColumn.array(result, dtype)),
                (batch, constants) -> List.of(Einsum.einsum(batched, batch.toArray(Tensor[]::new))));
    }

    /** {@return the equation with a label of the rows in front of each operand and of the result} */
    private static String batched(String equation) {
        int arrow = equation.indexOf("->");
        if (arrow < 0) {
            throw new EinsumException(
                    EinsumException.Kind.BAD_ARROW,
                    "einsum \"" + equation + "\": no \"->\"; on columns the result's labels must be written");
        }
        String label = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                .chars()
                .filter(c -> equation.indexOf(c) < 0)
                .mapToObj(c -> String.valueOf((char) c))
                .findFirst()
                .orElseThrow(() -> new EinsumException(
                        EinsumException.Kind.BAD_CHAR,
                        "einsum \"" + equation + "\": no label is left for the rows; it uses all 52"));
        return label
                + equation.substring(0, arrow).replace(",", "," + label)
                + "->"
                + label
                + equation.substring(arrow + 2);
    }

    /**
     * Adds {@code K x} for each row's vector: {@link KroneckerOperator#applyToRows}, K never formed. The factors are sent once to an executor.
     *
     * <pre>{@code
     * try (TensorScope scope = Device.cpu().openScope()) {
     *     KroneckerOperator k = KroneckerOperator.identityKron(30, w);       // w [10, 784]
     *     y = MapBatches.kronApply(rows, ArrayColumn.of("x", 23_520), k, 128, "y");
     * }
     * }</pre>
     *
     * @param rows the input
     * @param x the column of arrays of N numbers, of the operator's dtype
     * @param k [M, N], without leading axes; its factors are copied now
     * @param size the most rows of a block, at least 1
     * @param y name of the new column, arrays of M numbers
     * @return the rows with the new column
     * @throws ShapeException if the operator is a batch, or a given shape has not N elements
     */
    public static Dataset<Row> kronApply(Dataset<Row> rows, ArrayColumn x, KroneckerOperator k, int size, String y) {
        if (k.batch().rank() > 0) {
            throw new ShapeException("kronApply: " + k + " is a batch of operators, " + k.batch()
                    + "; use mapBatches with its factors as constants");
        }
        List<Tensor> matrices = new ArrayList<>();
        long[] identities = k
                .factors(
                        matrix -> {
                            matrices.add(matrix);
                            return -1L;
                        },
                        identity -> identity)
                .stream()
                .mapToLong(Long::longValue)
                .toArray();
        long columns = k.cols();
        return ready(
                "kronApply",
                rows,
                List.of(x),
                size,
                matrices,
                List.of(ResultColumn.array(y, k.dtype())),
                (batch, constants) -> {
                    Tensor data = batch.get(0);
                    Shape row = data.shape().slice(1, data.rank());
                    if (row.size() != columns) {
                        throw new ShapeException("kronApply: a row of shape " + row + " has " + row.size()
                                + " elements, the operator needs " + columns);
                    }
                    return List.of(operator(data.dtype(), identities, constants)
                            .applyToRows(data.reshape(data.shape().at(0), columns)));
                });
    }

    private static KroneckerOperator operator(DType dtype, long[] identities, List<Tensor> matrices) {
        KroneckerOperator product = null;
        int next = 0;
        for (long identity : identities) {
            KroneckerOperator factor =
                    identity < 0 ? KroneckerOperator.of(matrices.get(next++)) : KroneckerOperator.eye(dtype, identity);
            product = product == null ? factor : product.kron(factor);
        }
        return product;
    }

    private static Tensor regular(String operation, Linalg.WithInfo computed) {
        int[] info = computed.info().toIntArray();
        for (int i = 0; i < info.length; i++) {
            if (info[i] != 0) {
                throw new EntryException(
                        i, operation + ": the matrix is singular; filter by the sign of slogdet before");
            }
        }
        return computed.result();
    }

    private static DType dtype(String operation, Dataset<Row> rows, ArrayColumn column) {
        return column.reader(operation, rows.schema()).element().dtype;
    }

    /** Lets the operation check given shapes and dtypes on a batch of no rows, before any work. */
    private static Dataset<Row> ready(
            String operation,
            Dataset<Row> rows,
            List<ArrayColumn> columns,
            int size,
            List<Tensor> constants,
            List<ResultColumn> results,
            BatchFunction fn) {
        List<Shape> shapes = columns.stream().map(ArrayColumn::fixed).toList();
        if (shapes.stream().allMatch(Objects::nonNull)) {
            try (TensorScope scope = Device.cpu().openScope()) {
                List<Tensor> none = new ArrayList<>();
                for (int i = 0; i < shapes.size(); i++) {
                    none.add(Tensor.zeros(
                            dtype(operation, rows, columns.get(i)),
                            Shape.of(0).concat(shapes.get(i)).dims()));
                }
                fn.apply(none, constants.stream().map(t -> t.to(scope.device())).toList());
            }
        }
        return map(operation, rows, columns, size, constants, results, fn);
    }

    private static Dataset<Row> map(
            String operation,
            Dataset<Row> rows,
            List<ArrayColumn> columns,
            int size,
            List<Tensor> constants,
            List<ResultColumn> results,
            BatchFunction fn) {
        if (size < 1 || columns.isEmpty() || results.isEmpty()) {
            throw new ShapeException(operation + ": " + columns.size() + " columns, " + results.size()
                    + " results, blocks of " + size + " rows; expected at least 1 of each");
        }
        org.apache.spark.sql.classic.Dataset<Row> classic = Frames.classic(operation, rows);
        StructType schema = rows.schema();
        List<TensorReader> readers =
                columns.stream().map(c -> c.reader(operation, schema)).toList();
        StructType with = schema;
        for (ResultColumn result : results) {
            with = result.addTo(with);
        }
        requireDistinct(operation, schema, with);
        JavaSparkContext context =
                JavaSparkContext.fromSparkContext(classic.sparkSession().sparkContext());
        Broadcast<List<TensorValues>> sent = constants.isEmpty()
                ? null
                : context.broadcast(
                        new ArrayList<>(constants.stream().map(TensorValues::of).toList()));
        BatchedRows.Plan plan = new BatchedRows.Plan(
                operation, schema.size(), new ArrayList<>(readers), size, new ArrayList<>(results), sent, fn);
        JavaRDD<InternalRow> computed = classic.queryExecution()
                .toRdd()
                .toJavaRDD()
                .mapPartitionsWithIndex((partition, part) -> new BatchedRows(plan, partition, part), true);
        return classic.sparkSession().internalCreateDataFrame(computed.rdd(), with, false);
    }

    /** Refuses new columns whose names are taken, which Spark tells apart by case only if asked to. */
    private static void requireDistinct(String operation, StructType schema, StructType with) {
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        names.addAll(Arrays.asList(schema.fieldNames()));
        for (int i = schema.size(); i < with.size(); i++) {
            String name = with.fieldNames()[i];
            if (!names.add(name)) {
                throw new RowException(
                        operation + ": there is a column '" + name + "' already; name the result otherwise");
            }
        }
    }
}
