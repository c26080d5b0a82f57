package kron4j.spark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import kron4j.spark.examples.LogDeterminants;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.StorageLevel;
import scala.collection.Seq;

/**
 * log|det| of 8 x 8 matrices in a cached DataFrame beside a function of a row in Java that eliminates, and beside reading the rows alone, in
 * {@code local[2]}, in turns, in one JVM; prints the least CPU nanoseconds a row of each. Nothing is shuffled. Argument: rows, a million if none.
 */
final class DeterminantsBench {
    private static final int N = 8;
    private static final int TURNS = 8;
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private DeterminantsBench() {}

    public static void main(String[] args) {
        int n = args.length == 0 ? 1_000_000 : Integer.parseInt(args[0]);
        SparkSession spark = OnSpark.quiet("local[2]").getOrCreate();
        spark.udf().register("logdet", (UDF1<Seq<Double>, Double>) DeterminantsBench::logDet, DataTypes.DoubleType);
        System.out.println("rows | partitions | function CPU ns | Kron4J CPU ns | reading CPU ns | times");
        for (int partitions : new int[] {2, 8}) {
            Dataset<Row> rows =
                    LogDeterminants.matrices(spark, n, partitions).select("a").persist(StorageLevel.MEMORY_ONLY());
            check(rows.limit(1000));
            rows.count();
            double[] least = {1e9, 1e9, 1e9};
            for (int turn = 0; turn < TURNS; turn++) {
                measure(0, least, rows.selectExpr("logdet(a)"));
                measure(1, least, ours(rows).select("l"));
                measure(2, least, rows.selectExpr("a[0]"));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d | %d | %.0f | %.0f | %.0f | %.1f%n",
                    n,
                    partitions,
                    least[0] / n,
                    least[1] / n,
                    least[2] / n,
                    least[0] / least[1]);
            rows.unpersist(true);
        }
        spark.stop();
    }

    private static Dataset<Row> ours(Dataset<Row> rows) {
        return MapBatches.slogdet(rows, ArrayColumn.of("a", N, N), 512, "s", "l");
    }

    private static void check(Dataset<Row> rows) {
        double apart = ours(rows).selectExpr("max(abs(l - logdet(a)))").first().getDouble(0);
        if (!(apart < 1e-8)) {
            throw new IllegalStateException("logarithms are " + apart + " apart");
        }
    }

    private static void measure(int which, double[] least, Dataset<Row> work) {
        long begin = PROCESS.getProcessCpuTime();
        work.write().format("noop").mode("overwrite").save();
        least[which] = Math.min(least[which], PROCESS.getProcessCpuTime() - begin);
    }

    private static double logDet(Seq<Double> row) {
        double[] a = new double[N * N];
        for (int i = 0; i < a.length; i++) {
            a[i] = row.apply(i);
        }
        double product = 1;
        for (int k = 0; k < N; k++) {
            int pivot = k;
            for (int i = k + 1; i < N; i++) {
                pivot = Math.abs(a[i * N + k]) > Math.abs(a[pivot * N + k]) ? i : pivot;
            }
            for (int j = k; j < N && pivot != k; j++) {
                double kept = a[k * N + j];
                a[k * N + j] = a[pivot * N + j];
                a[pivot * N + j] = kept;
            }
            product *= a[k * N + k];
            for (int i = k + 1; i < N; i++) {
                double factor = a[i * N + k] / a[k * N + k];
                for (int j = k + 1; j < N; j++) {
                    a[i * N + j] -= factor * a[k * N + j];
                }
            }
        }
        return Math.log(Math.abs(product));
    }
}
