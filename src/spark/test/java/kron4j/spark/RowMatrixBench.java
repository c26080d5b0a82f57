package kron4j.spark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import kron4j.Device;
import kron4j.TensorScope;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.mllib.linalg.Vector;
import org.apache.spark.mllib.linalg.distributed.RowMatrix;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.StorageLevel;

/**
 * Gram matrix and principal components beside MLlib's in {@code local[2]}, in turns, in one JVM; prints the least CPU seconds of each, which other
 * work on the machine hardly changes. Both read what
 * was cached before, each in its own form: a DataFrame of vectors here, an RDD of vectors there. Wants {@code -Xmx5g}. Arguments: columns, 256 512 1024 if
 * none.
 */
final class RowMatrixBench {
    private static final int NUMBERS = 32 << 20;
    private static final int TURNS = 6;
    private static final int COMPONENTS = 10;
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private RowMatrixBench() {}

    public static void main(String[] args) {
        System.setProperty("kron4j.cpu.threads", "1"); // as in an executor; here the driver computes first
        SparkSession spark = OnSpark.quiet("local[2]").getOrCreate();
        List<Integer> widths = args.length == 0
                ? List.of(256, 512, 1024)
                : Arrays.stream(args).map(Integer::valueOf).toList();
        System.out.println("rows x columns | partitions | operation | MLlib CPU s | Kron4J CPU s | times | shuffled");
        for (int d : widths) {
            for (int partitions : d == 512 ? new int[] {1, 2, 8} : new int[] {2}) {
                compare(spark, d, partitions);
            }
        }
        spark.stop();
    }

    private static void compare(SparkSession spark, int d, int partitions) {
        int n = NUMBERS / d;
        JavaRDD<Row> rows = JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(IntStream.range(0, n).boxed().toList(), partitions)
                .map(i -> {
                    Random random = new Random(i);
                    double[] row = new double[d];
                    Arrays.setAll(row, j -> random.nextGaussian() * (1 + j));
                    return RowFactory.create(Vectors.dense(row));
                });
        Dataset<Row> frame = spark.createDataFrame(
                        rows,
                        DataTypes.createStructType(
                                List.of(DataTypes.createStructField("x", SQLDataTypes.VectorType(), false))))
                .persist(StorageLevel.MEMORY_ONLY());
        JavaRDD<Vector> vectors = frame.javaRDD()
                .map(row -> org.apache.spark.mllib.linalg.Vectors.fromML(row.getAs(0)))
                .persist(StorageLevel.MEMORY_ONLY());
        vectors.count();
        RowMatrix theirs = new RowMatrix(vectors.rdd());
        kron4j.spark.RowMatrix ours = kron4j.spark.RowMatrix.of(frame, "x");
        double[] least = {1e9, 1e9, 1e9, 1e9};
        try (TensorScope all = Device.cpu().openScope()) {
            for (int turn = 0; turn < TURNS; turn++) {
                double[][] results = new double[4][];
                measure(0, least, results, () -> theirs.computeGramianMatrix().toArray());
                measure(1, least, results, () -> ours.gram().toDoubleArray());
                check(results[0], results[1], 1e-12 * n * d * d);
                if (partitions == 2) {
                    measure(
                            2,
                            least,
                            results,
                            () -> theirs.computePrincipalComponents(COMPONENTS).toArray());
                    measure(
                            3,
                            least,
                            results,
                            () -> ours.pca(COMPONENTS).components().toDoubleArray());
                    for (int i = 0; i < results[2].length; i++) { // signs are free
                        results[2][i] = Math.abs(results[2][i]);
                        results[3][i] = Math.abs(results[3][i]);
                    }
                    check(results[2], results[3], 1e-8);
                }
            }
            all.device().synchronize();
        }
        // A result leaves each partition for the driver; in clusters with more partitions they go through executors.
        double shuffled = 8e-6 * partitions * (1 + d * (d + 1L) / 2);
        print(n, d, partitions, "gram", least[0], least[1], shuffled);
        if (partitions == 2) {
            print(n, d, partitions, "pca", least[2], least[3], shuffled);
        }
        vectors.unpersist(true);
        frame.unpersist(true);
    }

    private interface Work {
        double[] run();
    }

    private static void measure(int which, double[] least, double[][] results, Work work) {
        long begin = PROCESS.getProcessCpuTime();
        results[which] = work.run();
        least[which] = Math.min(least[which], (PROCESS.getProcessCpuTime() - begin) / 1e9);
    }

    private static void check(double[] theirs, double[] ours, double tolerance) {
        for (int i = 0; i < theirs.length; i++) {
            if (!(Math.abs(theirs[i] - ours[i]) <= tolerance)) {
                throw new IllegalStateException("element " + i + ": " + theirs[i] + " there, " + ours[i] + " here");
            }
        }
    }

    private static void print(int n, int d, int partitions, String what, double theirs, double ours, double shuffled) {
        System.out.printf(
                Locale.ROOT,
                "%d x %d | %d | %s | %.3f | %.3f | %.1f | %.1f MB%n",
                n,
                d,
                partitions,
                what,
                theirs,
                ours,
                theirs / ours,
                shuffled);
    }
}
