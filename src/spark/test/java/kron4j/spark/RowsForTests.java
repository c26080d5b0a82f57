package kron4j.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/** DataFrames made for tests. */
final class RowsForTests {
    static final DataType DOUBLES = DataTypes.createArrayType(DataTypes.DoubleType, false);

    private RowsForTests() {}

    /** Rows of normal numbers. */
    static double[][] normal(long seed, int rows, int columns) {
        Random random = new Random(seed);
        double[][] result = new double[rows][columns];
        for (double[] row : result) {
            Arrays.setAll(row, i -> random.nextGaussian());
        }
        return result;
    }

    /** A column x of arrays, in as many partitions, neighbours side by side. */
    static Dataset<Row> of(SparkSession spark, int partitions, double[]... rows) {
        return of(spark, partitions, DOUBLES, Arrays.asList((Object[]) rows));
    }

    /** A column x of a type. */
    static Dataset<Row> of(SparkSession spark, int partitions, DataType type, List<?> values) {
        List<Row> rows = new ArrayList<>();
        values.forEach(v -> rows.add(RowFactory.create(v)));
        return of(spark, partitions, rows, DataTypes.createStructField("x", type, true));
    }

    static Dataset<Row> of(SparkSession spark, int partitions, List<Row> rows, StructField... fields) {
        return spark.createDataFrame(
                JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, partitions),
                DataTypes.createStructType(fields));
    }

    /** Columns x of arrays and y of numbers. */
    static Dataset<Row> of(SparkSession spark, int partitions, double[][] x, double[] y) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < x.length; i++) {
            rows.add(RowFactory.create(x[i], y[i]));
        }
        return of(
                spark,
                partitions,
                rows,
                DataTypes.createStructField("x", DOUBLES, true),
                DataTypes.createStructField("y", DataTypes.DoubleType, true));
    }
}
