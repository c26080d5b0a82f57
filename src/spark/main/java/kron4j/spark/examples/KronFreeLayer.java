package kron4j.spark.examples;

import java.util.List;
import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.ops.Creation;
import kron4j.ops.Einsum;
import kron4j.ops.Elementwise;
import kron4j.ops.KroneckerOperator;
import kron4j.ops.Random;
import kron4j.spark.ArrayColumn;
import kron4j.spark.MapBatches;
import kron4j.spark.ResultColumn;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A layer {@code (I_30 (x) W) x} over the rows of a DataFrame: thirty digits of 784 pixels in each become thirty times ten numbers. The matrix of 300 x 23,520 is never
 * formed; W is sent once to an executor.
 *
 * <pre>spark-submit --class kron4j.spark.examples.KronFreeLayer kron4j-spark-0.1.0-SNAPSHOT-all.jar [rows] [partitions]</pre>
 */
public final class KronFreeLayer {
    private static final int BLOCKS = 30;
    private static final int PIXELS = 784;
    private static final int CLASSES = 10;

    private KronFreeLayer() {}

    /**
     * Runs the layer and prints how long it took.
     *
     * @param arguments the numbers of rows, 1,666 if left out, and of partitions, 8
     */
    public static void main(String... arguments) {
        int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1666;
        int partitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        SparkSession spark = SparkSession.builder().appName("kron-free layer").getOrCreate();
        try {
            long start = System.nanoTime();
            double error = largestError(spark, rows, partitions);
            System.out.printf(
                    "%,d rows of %,d float32 numbers to %d in %.1f s; largest difference to an einsum in float64: %.1e%n",
                    rows, BLOCKS * PIXELS, BLOCKS * CLASSES, (System.nanoTime() - start) * 1e-9, error);
        } finally {
            spark.stop();
        }
    }

    /**
     * Runs the layer.
     *
     * @param spark the session
     * @param rows how many
     * @param partitions how many
     * @return the largest difference of ten rows to what {@code einsum} computes of them on the driver
     */
    public static double largestError(SparkSession spark, int rows, int partitions) {
        try (TensorScope scope = Device.cpu().openScope()) {
            Tensor w = Random.normal(1, DType.FLOAT32, CLASSES, PIXELS).multiply(1 / Math.sqrt(PIXELS));
            Dataset<Row> y = MapBatches.kronApply(
                    digits(spark, rows, partitions),
                    ArrayColumn.of("x", BLOCKS * PIXELS),
                    KroneckerOperator.identityKron(BLOCKS, w),
                    128,
                    "y");
            y = y.select("id", "x", "y").persist();
            y.count(); // all rows
            double largest = 0;
            for (Row row : y.orderBy("id").limit(10).collectAsList()) {
                Tensor x = doubles(row.getList(1), BLOCKS, PIXELS);
                Tensor expected = Einsum.einsum("kn,mn->km", x, w.to(DType.FLOAT64));
                Tensor difference = doubles(row.getList(2), BLOCKS, CLASSES).subtract(expected);
                largest = Math.max(largest, difference.abs().max().item());
            }
            y.unpersist();
            return largest;
        }
    }

    /** Makes rows in the tasks, a function of their numbers, so that nothing has to be read. */
    private static Dataset<Row> digits(SparkSession spark, int rows, int partitions) {
        return MapBatches.mapBatches(
                spark.range(0, rows, 1, partitions).toDF("id"),
                List.of(ArrayColumn.scalar("id")),
                128,
                List.of(ResultColumn.array("x", DType.FLOAT32)),
                (batch, constants) -> {
                    Tensor first = batch.get(0).to(DType.FLOAT64).multiply(BLOCKS * PIXELS);
                    Tensor index = first.unsqueeze(1).add(Creation.arange(DType.FLOAT64, 0, BLOCKS * PIXELS, 1));
                    return List.of(Elementwise.sin(index).abs().to(DType.FLOAT32));
                });
    }

    private static Tensor doubles(List<Float> values, long... shape) {
        return Tensor.of(values.stream().mapToDouble(Float::doubleValue).toArray(), shape);
    }
}
