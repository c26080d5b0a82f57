package kron4j.spark.examples;

import java.util.List;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.ops.Creation;
import kron4j.ops.Elementwise;
import kron4j.spark.ArrayColumn;
import kron4j.spark.MapBatches;
import kron4j.spark.ResultColumn;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Signs and log|det| of a million small matrices, one in each row of a DataFrame.
 *
 * <pre>spark-submit --class kron4j.spark.examples.LogDeterminants kron4j-spark-0.1.0-SNAPSHOT-all.jar [rows] [partitions]</pre>
 */
public final class LogDeterminants {
    private static final int N = 8;

    private LogDeterminants() {}

    /**
     * Computes the determinants and prints their sum by sign.
     *
     * @param arguments the numbers of rows, a million if left out, and of partitions, 8
     */
    public static void main(String... arguments) {
        int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int partitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        SparkSession spark = SparkSession.builder().appName("log-determinants").getOrCreate();
        try {
            long start = System.nanoTime();
            bySign(spark, rows, partitions).show();
            System.out.printf("%,d determinants in %.1f s%n", rows, (System.nanoTime() - start) * 1e-9);
        } finally {
            spark.stop();
        }
    }

    /**
     * {@return for each sign the number of matrices and the mean of log|det|: columns sign, count, mean}
     *
     * @param spark the session
     * @param rows how many matrices
     * @param partitions how many
     */
    public static Dataset<Row> bySign(SparkSession spark, int rows, int partitions) {
        return MapBatches.slogdet(matrices(spark, rows, partitions), ArrayColumn.of("a", N, N), 1024, "sign", "logdet")
                .groupBy("sign")
                .agg(functions.count("*").as("count"), functions.avg("logdet").as("mean"))
                .orderBy("sign");
    }

    /**
     * {@return matrices that are made in the tasks, a function of their numbers: columns id, a}
     *
     * @param spark the session
     * @param rows how many matrices
     * @param partitions how many
     */
    public static Dataset<Row> matrices(SparkSession spark, int rows, int partitions) {
        return MapBatches.mapBatches(
                spark.range(0, rows, 1, partitions).toDF("id"),
                List.of(ArrayColumn.scalar("id")),
                1024,
                List.of(ResultColumn.array("a", DType.FLOAT64)),
                (batch, constants) -> {
                    Tensor first = batch.get(0).to(DType.FLOAT64).multiply(N * N);
                    Tensor index = first.unsqueeze(1).add(Creation.arange(DType.FLOAT64, 0, N * N, 1));
                    return List.of(Elementwise.sin(Elementwise.square(index)));
                });
    }
}
