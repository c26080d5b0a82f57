package kron4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.twitter.chill.EmptyScalaKryoInstantiator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import kron4j.DType;
import kron4j.DTypeException;
import kron4j.Device;
import kron4j.EinsumException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Einsum;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Batched linear algebra on the rows of a DataFrame. */
class MapBatchesContract extends OnSpark {
    private static final int ROWS = 23;
    private static final DataType DOUBLES = DataTypes.createArrayType(DataTypes.DoubleType);
    private static final StructType MATRICES =
            new StructType().add("id", DataTypes.IntegerType).add("a", DOUBLES).add("b", DOUBLES);

    /** Rows of a column; the partition of each follows from its id, so that some are empty. */
    private static Dataset<Row> frame(StructType schema, int partitions, List<Row> rows) {
        return spark().createDataFrame(rows, schema)
                .repartitionByRange(partitions, functions.col("id"))
                .sortWithinPartitions("id");
    }

    private static Object[] rowsOf(Tensor t) {
        int n = (int) t.shape().at(0);
        double[] all = t.toDoubleArray();
        int each = all.length / n;
        return IntStream.range(0, n)
                .mapToObj(i -> Arrays.copyOfRange(all, i * each, (i + 1) * each))
                .toArray();
    }

    private static Dataset<Row> matrices(int partitions, Tensor a, Tensor b) {
        Object[] as = rowsOf(a);
        Object[] bs = rowsOf(b);
        return frame(
                MATRICES,
                partitions,
                IntStream.range(0, as.length)
                        .mapToObj(i -> RowFactory.create(i, as[i], bs[i]))
                        .toList());
    }

    private static double[] column(Dataset<Row> rows, String name) {
        return rows.collectAsList().stream()
                .flatMap(r -> r.get(r.fieldIndex(name)) instanceof Number x
                        ? Stream.of(x)
                        : r.<Number>getList(r.fieldIndex(name)).stream())
                .mapToDouble(Number::doubleValue)
                .toArray();
    }

    @Test
    void readyFunctionsGiveTheCoresNumbersForAnyPartitions() {
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor a = Random.normal(1, DType.FLOAT64, ROWS, 5, 5);
            Tensor b = Random.normal(2, DType.FLOAT64, ROWS, 5);
            Linalg.SignLog d = Linalg.slogdet(a);
            Tensor x = Linalg.solve(a, b.unsqueeze(-1)).squeeze(-1);
            // Backward errors of LU with partial pivoting: 3 n^2 eps |L||U| A^-1, here with growth below 8.
            double bound = 3 * 25 * 8 * DType.FLOAT64.epsilon() * norms(a);
            for (int partitions : new int[] {1, 2, 7}) {
                Dataset<Row> rows = matrices(partitions, a, b);
                ArrayColumn matrix = ArrayColumn.of("a", 5, 5);
                Dataset<Row> all = MapBatches.slogdet(rows, matrix, 4, "sign", "log");
                all = MapBatches.solve(all, matrix, ArrayColumn.of("b", 5), 4, "x");
                all = MapBatches.inverse(all, matrix, 4, "inverse");
                all = MapBatches.einsum(all, "ij,j->i", List.of(matrix, ArrayColumn.of("b", -1)), 4, "ab");
                all = all.cache();
                assertEquals(partitions, all.rdd().getNumPartitions());
                assertArrayEquals(IntStream.range(0, ROWS).asDoubleStream().toArray(), column(all, "id"));
                assertArrayEquals(d.sign().toDoubleArray(), column(all, "sign"));
                assertArrayEquals(d.logAbs().toDoubleArray(), column(all, "log"), bound);
                assertArrayEquals(x.toDoubleArray(), column(all, "x"), bound);
                assertArrayEquals(Linalg.inverse(a).toDoubleArray(), column(all, "inverse"), bound);
                assertArrayEquals(Einsum.einsum("rij,rj->ri", a, b).toDoubleArray(), column(all, "ab"), bound);
                all.unpersist();
            }
        }
    }

    /** {@return the largest |A| |A^-1|^2 of the batch: what bounds errors of inverses} */
    private static double norms(Tensor a) {
        Tensor inverse = Linalg.inverse(a).abs().sum(-1).max(-1);
        return a.abs().sum(-1).max(-1).multiply(inverse).multiply(inverse).max().item();
    }

    @Test
    void emptyPartitionsAndNoRowsAtAll() {
        try (TensorScope scope = Device.cpu().openScope()) {
            Dataset<Row> none =
                    matrices(7, Tensor.eye(DType.FLOAT64, 2).unsqueeze(0), Tensor.ones(DType.FLOAT64, 1, 2));
            assertArrayEquals(
                    new double[] {0}, column(MapBatches.slogdet(none, ArrayColumn.of("a", 2, 2), 3, "s", "l"), "l"));
            Dataset<Row> empty = MapBatches.inverse(none.where("id < 0"), ArrayColumn.of("a", 2, 2), 3, "i");
            assertEquals(0, empty.count());
            assertEquals(List.of("id", "a", "b", "i"), Arrays.asList(empty.columns()));
        }
    }

    @Test
    void rowsOfSeveralShapesAreGroupedAndKeepTheirOrder() {
        StructType schema = new StructType()
                .add("id", DataTypes.IntegerType)
                .add("a", DOUBLES)
                .add("shape", DataTypes.createArrayType(DataTypes.IntegerType));
        try (TensorScope scope = Device.cpu().openScope()) {
            List<Row> rows = new ArrayList<>();
            List<Double> expected = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int n = new int[] {3, 1, 4}[i % 3];
                Tensor a = Random.normal(i, DType.FLOAT64, n, n);
                rows.add(RowFactory.create(i, a.toDoubleArray(), List.of(n, n)));
                expected.add(Linalg.slogdet(a).logAbs().item());
            }
            Dataset<Row> d = MapBatches.mapBatches(
                    frame(schema, 2, rows),
                    List.of(ArrayColumn.shapedBy("a", "shape")),
                    100,
                    List.of(
                            ResultColumn.scalar("log", DType.FLOAT64),
                            ResultColumn.scalar("together", DType.INT64),
                            ResultColumn.array("same", DType.FLOAT64).shapedBy("its")),
                    (batch, constants) -> {
                        long n = batch.get(0).shape().at(0);
                        return List.of(
                                Linalg.slogdet(batch.get(0)).logAbs(), Tensor.full(DType.INT64, n, n), batch.get(0));
                    });
            assertArrayEquals(
                    expected.stream().mapToDouble(v -> v).toArray(),
                    column(d, "log"),
                    64 * DType.FLOAT64.epsilon() * 16);
            assertTrue(Arrays.stream(column(d, "together")).allMatch(n -> n == 3 || n == 4));
            assertArrayEquals(column(d, "a"), column(d, "same"));
            assertArrayEquals(column(d, "shape"), column(d, "its"));
            // A free size instead of a stored shape: the rows' own lengths.
            Dataset<Row> sums =
                    MapBatches.einsum(frame(schema, 2, rows), "i->", List.of(ArrayColumn.of("a", -1)), 100, "s");
            assertEquals(20, column(sums, "s").length);
        }
    }

    @Test
    void floatsKroneckerOperatorsAndConstants() {
        StructType schema = new StructType()
                .add("id", DataTypes.IntegerType)
                .add("x", DataTypes.createArrayType(DataTypes.FloatType))
                .add("w", DataTypes.FloatType);
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor w = Random.normal(1, DType.FLOAT32, 4, 6);
            Tensor x = Random.normal(2, DType.FLOAT32, 9, 30);
            float[] all = x.toFloatArray();
            List<Row> rows = IntStream.range(0, 9)
                    .mapToObj(i -> RowFactory.create(i, Arrays.copyOfRange(all, 30 * i, 30 * i + 30), (float) i))
                    .toList();
            Dataset<Row> frame = frame(schema, 2, rows);
            KroneckerOperator k = KroneckerOperator.identityKron(5, w);
            double bound = 6 * DType.FLOAT32.epsilon() * 6 * 16;
            double[] expected = k.applyToRows(x).to(DType.FLOAT64).toDoubleArray();
            assertArrayEquals(
                    expected, column(MapBatches.kronApply(frame, ArrayColumn.of("x", 30), k, 4, "y"), "y"), bound);
            Dataset<Row> same = MapBatches.mapBatches(
                    frame,
                    List.of(ArrayColumn.of("x", 5, 6), ArrayColumn.scalar("w")),
                    4,
                    List.of(w),
                    List.of(ResultColumn.array("y", DType.FLOAT32), ResultColumn.scalar("v", DType.FLOAT32)),
                    (batch, constants) -> List.of(
                            batch.get(0).matmul(constants.get(0).transpose()),
                            batch.get(1).multiply(2)));
            assertArrayEquals(expected, column(same, "y"), bound);
            assertArrayEquals(LongStream.range(0, 9).mapToDouble(i -> 2 * i).toArray(), column(same, "v"));
        }
    }

    @Test
    void vectorsAreArrays() {
        List<Row> rows = List.of(
                RowFactory.create(0, Vectors.dense(1, 2, 3, 4)),
                RowFactory.create(1, Vectors.sparse(4, new int[] {0, 3}, new double[] {2, 5})));
        Dataset<Row> frame =
                frame(new StructType().add("id", DataTypes.IntegerType).add("x", SQLDataTypes.VectorType()), 1, rows);
        assertArrayEquals(
                new double[] {-2, 10},
                column(
                        MapBatches.mapBatches(
                                frame,
                                List.of(ArrayColumn.of("x", 2, 2)),
                                4,
                                List.of(ResultColumn.scalar("d", DType.FLOAT64)),
                                (batch, constants) -> List.of(Linalg.det(batch.get(0)))),
                        "d"),
                1e-14);
    }

    private static final StructType ONE =
            new StructType().add("id", DataTypes.IntegerType).add("a", DOUBLES);

    private static Dataset<Row> one(Object... arrays) {
        return frame(
                ONE,
                1,
                IntStream.range(0, arrays.length)
                        .mapToObj(i -> RowFactory.create(i, arrays[i]))
                        .toList());
    }

    /** {@return the text of what failed in a task} */
    private static String failure(Dataset<Row> rows) {
        Throwable e = assertThrows(Exception.class, rows::collectAsList);
        while (e.getCause() != null && !(e instanceof RowException)) {
            e = e.getCause();
        }
        return assertInstanceOf(RowException.class, e).getMessage();
    }

    @Test
    void badRowsAreNamed() {
        double[] good = {1, 2, 3, 4};
        ArrayColumn a = ArrayColumn.of("a", 2, 2);
        assertEquals(
                "slogdet: column 'a' at row 1 of partition 0 is null; leave such rows out, na().drop(), or fill them",
                failure(MapBatches.slogdet(one(good, null), a, 4, "s", "l")));
        assertEquals(
                "slogdet: column 'a' at row 2 of partition 0 has a null at element 3; fill nulls first",
                failure(MapBatches.slogdet(one(good, good, Arrays.asList(1.0, 2.0, 3.0, null)), a, 4, "s", "l")));
        assertEquals(
                "inverse: column 'a' at row 1 of partition 0 has 3 elements, which is not shape [2,2]",
                failure(MapBatches.inverse(one(good, new double[3]), a, 4, "i")));
        assertEquals(
                "einsum \"ij->i\": column 'a' at row 1 of partition 0 has 3 elements, which is not shape [-1,2]",
                failure(MapBatches.einsum(
                        one(good, new double[3]), "ij->i", List.of(ArrayColumn.of("a", -1, 2)), 4, "i")));
        assertEquals(
                "inverse: the matrix is singular; filter by the sign of slogdet before; it is at row 3 of partition 0",
                failure(MapBatches.inverse(one(good, good, good, new double[4], good), a, 2, "i")));
        assertEquals(
                "mapBatches: in a batch of 2 rows of shapes [[2,2]] that begins at row 0 of partition 0:"
                        + " result 'r' is float64 [2,2,2], expected float32 [2,...]",
                failure(MapBatches.mapBatches(
                        one(good, good),
                        List.of(a),
                        4,
                        List.of(ResultColumn.array("r", DType.FLOAT32)),
                        (batch, constants) -> batch)));
        assertTrue(failure(MapBatches.mapBatches(
                        one(good, good),
                        List.of(a),
                        4,
                        List.of(ResultColumn.array("r", DType.FLOAT64)),
                        (batch, constants) -> List.of()))
                .endsWith("0 tensors for 1 result columns"));
    }

    @Test
    void storedShapesAreChecked() {
        StructType schema = ONE.add("shape", DataTypes.createArrayType(DataTypes.LongType));
        List<Row> rows = List.of(
                RowFactory.create(0, new double[4], List.of(2L, 2L)),
                RowFactory.create(1, new double[4], List.of(4L, -1L)),
                RowFactory.create(2, new double[4], null),
                RowFactory.create(3, new double[4], List.of(1L << 62, 4L)));
        ArrayColumn a = ArrayColumn.shapedBy("a", "shape");
        String place = "' at row 0 of partition 0 ";
        String[] expected = {
            "slogdet: column 'a" + place + "has the shape [4,-1]; sizes are 0 or more",
            "slogdet: column 'shape" + place + "is null; leave such rows out, na().drop(), or fill them",
            "slogdet: column 'a" + place + "has 4 elements, which is not shape [" + (1L << 62) + ",4]"
        };
        for (int i = 1; i < 4; i++) {
            Dataset<Row> bad = frame(schema, 1, rows.subList(i, i + 1));
            assertEquals(expected[i - 1], failure(MapBatches.slogdet(bad, a, 4, "s", "l")));
        }
    }

    @Test
    void nanStaysInItsRowAndSingularMatricesHaveSignZero() {
        Dataset<Row> rows = one(new double[] {1, 2, 3, 4}, new double[] {1, Double.NaN, 3, 4}, new double[4]);
        Dataset<Row> d = MapBatches.slogdet(rows, ArrayColumn.of("a", 2, 2), 4, "s", "l");
        assertArrayEquals(new double[] {-1, Double.NaN, 0}, column(d, "s"));
        assertArrayEquals(
                new double[] {Math.log(2), Double.NaN, Double.NEGATIVE_INFINITY},
                column(d, "l"),
                4 * DType.FLOAT64.epsilon());
    }

    @Test
    void mistakesAreRefusedBeforeWork() {
        Dataset<Row> rows = one(new double[] {1, 2, 3, 4});
        ArrayColumn a = ArrayColumn.of("a", 2, 2);
        refused(
                RowException.class,
                "there is no column 'b'; there are [id, a]",
                () -> MapBatches.inverse(rows, ArrayColumn.of("b", 2, 2), 4, "i"));
        refused(
                RowException.class,
                "column 'id' is INT, expected ARRAY of",
                () -> MapBatches.inverse(rows, ArrayColumn.of("id", 2, 2), 4, "i"));
        refused(
                RowException.class,
                "column 'a' is ARRAY<DOUBLE>, expected DOUBLE,",
                () -> MapBatches.inverse(rows, ArrayColumn.scalar("a"), 4, "i"));
        refused(
                RowException.class,
                "of the shapes of 'a' is INT",
                () -> MapBatches.inverse(rows, ArrayColumn.shapedBy("a", "id"), 4, "i"));
        refused(RowException.class, "there is a column 'A' already", () -> MapBatches.inverse(rows, a, 4, "A"));
        refused(ShapeException.class, "blocks of 0 rows", () -> MapBatches.inverse(rows, a, 0, "i"));
        refused(ShapeException.class, "inverse", () -> MapBatches.inverse(rows, ArrayColumn.of("a", 1, 4), 4, "i"));
        refused(ShapeException.class, "solve", () -> MapBatches.solve(rows, a, ArrayColumn.of("a", 4), 4, "i"));
        refused(EinsumException.class, "no \"->\"", () -> MapBatches.einsum(rows, "ij", List.of(a), 4, "i"));
        refused(EinsumException.class, "ijk", () -> MapBatches.einsum(rows, "ijk->k", List.of(a), 4, "i"));
        refused(ShapeException.class, "no shape", () -> ArrayColumn.of("a", -1, -1));
        refused(DTypeException.class, "cannot hold bfloat16", () -> ResultColumn.array("r", DType.BFLOAT16));
        refused(
                ShapeException.class,
                "numbers have no shapes",
                () -> ResultColumn.scalar("r", DType.FLOAT32).shapedBy("s"));
        refused(
                RowException.class,
                "is a stream",
                () -> MapBatches.inverse(
                        spark().readStream().format("rate").load().selectExpr("array(1D) as a"),
                        ArrayColumn.of("a", 1, 1),
                        4,
                        "i"));
        try (TensorScope scope = Device.cpu().openScope()) {
            KroneckerOperator k = KroneckerOperator.of(Tensor.eye(DType.FLOAT64, 3));
            refused(
                    ShapeException.class,
                    "a row of shape [2,2] has 4 elements, the operator needs 3",
                    () -> MapBatches.kronApply(rows, a, k, 4, "y"));
            KroneckerOperator batch = KroneckerOperator.of(Tensor.zeros(DType.FLOAT64, 2, 2, 2));
            refused(
                    ShapeException.class,
                    "is a batch of operators",
                    () -> MapBatches.kronApply(rows, ArrayColumn.of("a", -1), batch, 4, "y"));
        }
    }

    private static void refused(Class<? extends Exception> type, String text, Executable call) {
        String message = assertThrows(type, call).getMessage();
        assertTrue(message.contains(text), message);
    }

    @Test
    void valuesTravelByKryo() {
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor t = Random.normal(1, DType.COMPLEX64, 2, 3).transpose();
            Kryo kryo = new EmptyScalaKryoInstantiator().newKryo(); // what Spark's KryoSerializer is made of
            Output written = new Output(1024);
            kryo.writeObject(written, TensorValues.of(t));
            TensorValues same = kryo.readObject(new Input(written.toBytes()), TensorValues.class);
            assertEquals("complex64 [3,2]", same.toString());
            assertArrayEquals(t.toComplexArray(), same.tensor().toComplexArray());
        }
    }
}
