package kron4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorScope;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Statistics of rows in tasks. */
class RowMatrixContract extends OnSpark {
    private static final double EPS = Math.ulp(1.0);
    private TensorScope scope;

    @BeforeEach
    void openScope() {
        scope = Device.cpu().openScope();
    }

    @AfterEach
    void closeScope() {
        if (scope != null) { // else the device under test is not there, and the test was skipped
            scope.close();
        }
    }

    private static double[] gram(double[][] x, double[] shift) {
        int d = shift.length;
        double[] sum = new double[d * d];
        for (double[] row : x) {
            for (int i = 0; i < d * d; i++) {
                sum[i] += (row[i / d] - shift[i / d]) * (row[i % d] - shift[i % d]);
            }
        }
        return sum;
    }

    private static double[] means(double[][] x) {
        double[] sum = new double[x[0].length];
        for (double[] row : x) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += row[i] / x.length;
            }
        }
        return sum;
    }

    /** Of n products or sums of numbers below 5. */
    private static double rounding(int n) {
        return 2 * n * EPS * n * 25;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void momentsAndProductsOfPartitions(int partitions) {
        for (int n : new int[] {1, 3, 40}) { // 3 rows in 7 partitions: empty ones
            double[][] x = RowsForTests.normal(n, n, 5);
            RowMatrix rows = RowMatrix.of(RowsForTests.of(spark(), partitions, x), "x");
            assertArrayEquals(gram(x, new double[5]), rows.gram().toDoubleArray(), rounding(n));
            RowMoments moments = rows.moments();
            assertEquals(n, moments.count());
            assertArrayEquals(means(x), moments.means().toDoubleArray(), rounding(n));
            assertArrayEquals(gram(x, means(x)), moments.scatter().toDoubleArray(), rounding(n));
            double[] r = rows.qrR().toDoubleArray();
            double[][] lines = new double[5][];
            for (int i = 0; i < 5; i++) {
                lines[i] = Arrays.copyOfRange(r, 5 * i, 5 * i + 5);
                assertTrue(lines[i][i] >= 0);
            }
            assertArrayEquals(gram(x, new double[5]), gram(lines, new double[5]), rounding(n) + rounding(5));
            if (n == 40) {
                RowMoments light = rows.means();
                assertEquals(n, light.count());
                assertArrayEquals(means(x), light.means().toDoubleArray(), rounding(n));
                assertArrayEquals(
                        Arrays.stream(gram(x, means(x))).map(s -> s / (n - 1)).toArray(),
                        moments.covariance().toDoubleArray(),
                        rounding(n));
            }
        }
    }

    /** Products of strips of columns: as many as for one, of which the last is narrow. */
    @Test
    void wideRowsOfFloats() {
        double[][] x = RowsForTests.normal(8, 12, 150);
        List<Object> floats = new ArrayList<>();
        for (double[] row : x) {
            float[] narrow = new float[150];
            for (int i = 0; i < 150; i++) {
                narrow[i] = (float) row[i];
                row[i] = narrow[i];
            }
            floats.add(narrow);
        }
        RowMatrix rows = RowMatrix.of(
                RowsForTests.of(spark(), 2, DataTypes.createArrayType(DataTypes.FloatType, false), floats), "x");
        assertArrayEquals(gram(x, new double[150]), rows.gram().toDoubleArray(), rounding(12));
        assertArrayEquals(gram(x, means(x)), rows.moments().scatter().toDoubleArray(), rounding(12));
    }

    /** By one call, however often it reads them; and by a batch's plan. */
    @Test
    void shuffledRowsAreShuffledOnce() {
        LongAccumulator read = spark().sparkContext().longAccumulator();
        double[][] x = {{1, 2}, {3, 4}, {1 + 1e-9, 2}, {3, 4 + 1e-9}};
        Dataset<Row> rows = RowsForTests.of(spark(), 2, x, new double[] {1, 2, 3, 4});
        Dataset<Row> shuffled = spark().createDataFrame(
                        rows.javaRDD().map(row -> {
                            read.add(1);
                            return row;
                        }),
                        rows.schema())
                .repartition(3);
        assertEquals(
                LinearModel.Solver.QR,
                RowMatrix.of(shuffled, "x")
                        .linearModel("y", 0, false, LinearModel.Solver.QR)
                        .solver());
        assertEquals(4, read.value());
        Dataset<Row> batches = MapBatches.einsum(shuffled, "i->", List.of(ArrayColumn.of("x", 2)), 2, "sum");
        assertEquals(4, batches.count());
        assertEquals(4, batches.collectAsList().size());
        assertEquals(8, read.value());
    }

    @Test
    void manyPartitionsAreMergedInTheirOrder() {
        Random random = new Random(3);
        double[][] x = new double[60][2];
        for (double[] row : x) {
            row[0] = Math.scalb(random.nextGaussian(), random.nextInt(50));
            row[1] = 1;
        }
        RowMatrix rows = RowMatrix.of(RowsForTests.of(spark(), 20, x), "x");
        double[] first = rows.moments().scatter().toDoubleArray();
        assertArrayEquals(first, rows.moments().scatter().toDoubleArray());
        assertEquals(60, rows.gram().toDoubleArray()[3]);
    }

    @Test
    void aLargeMeanCancelsNothing() {
        double[][] x = new double[100][1];
        for (int i = 0; i < 100; i++) {
            x[i][0] = 1e12 + i % 2;
        }
        RowMatrix rows = RowMatrix.of(RowsForTests.of(spark(), 3, x), "x");
        assertEquals(25, rows.moments().scatter().item(), 25 * 100 * EPS);
        assertEquals(1e12 + 0.5, rows.means().means().item(), 1e12 * EPS);
    }

    @Test
    void numbersOfAllKindsAreOneMatrix() {
        double[][] x = {{1, 0, 2}, {0, 0, -3}, {0.5, 4, 0}};
        double[] expected = gram(x, new double[3]);
        List<Object> floats = new ArrayList<>();
        List<Object> vectors = new ArrayList<>();
        for (double[] row : x) {
            floats.add(new float[] {(float) row[0], (float) row[1], (float) row[2]});
            vectors.add(
                    vectors.size() == 1
                            ? Vectors.dense(row)
                            : Vectors.dense(row).toSparse());
        }
        assertArrayEquals(
                expected,
                RowMatrix.of(
                                RowsForTests.of(
                                        spark(), 2, DataTypes.createArrayType(DataTypes.FloatType, false), floats),
                                "x")
                        .gram()
                        .toDoubleArray());
        assertArrayEquals(
                expected,
                RowMatrix.of(RowsForTests.of(spark(), 2, SQLDataTypes.VectorType(), vectors), "x")
                        .gram()
                        .toDoubleArray());
        assertArrayEquals(
                new double[] {10},
                RowMatrix.of(spark().sql("select explode(array(1, 3)) as x"), "x")
                        .gram()
                        .toDoubleArray());
        assertArrayEquals(
                new double[] {1, 2, 2, 4},
                RowMatrix.of(spark().sql("select array(1L, 2L) as x"), "x")
                        .gram()
                        .toDoubleArray());
    }

    @Test
    void componentsOfRotatedAxes() {
        // Axes (3, 4)/5 and (4, -3)/5, with standard deviations 2 and 1 about (1, 2).
        double[][] x = {{1 + 1.2, 2 + 1.6}, {1 - 1.2, 2 - 1.6}, {1 + 0.8, 2 - 0.6}, {1 - 0.8, 2 + 0.6}};
        Pca pca = RowMatrix.of(RowsForTests.of(spark(), 2, x), "x").pca(2);
        double tolerance = 64 * EPS;
        assertArrayEquals(new double[] {1, 2}, pca.means().toDoubleArray(), tolerance);
        assertArrayEquals(new double[] {0.6, 0.8, 0.8, -0.6}, pca.components().toDoubleArray(), tolerance);
        assertArrayEquals(new double[] {8.0 / 3, 2.0 / 3}, pca.variances().toDoubleArray(), tolerance);
        assertEquals(10.0 / 3, pca.total(), tolerance);
        assertArrayEquals(
                new double[] {2, 0},
                pca.project(Tensor.of(new double[][] {x[0]})).toDoubleArray(),
                tolerance);
        Pca one = RowMatrix.of(RowsForTests.of(spark(), 2, x), "x").pca(1);
        assertArrayEquals(new double[] {0.6, 0.8}, one.components().toDoubleArray(), tolerance);
        assertArrayEquals(new double[] {8.0 / 3}, one.variances().toDoubleArray(), tolerance);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void modelsFindTheirCoefficients(int partitions) {
        double[][] x = RowsForTests.normal(5, 30, 3);
        double[] y = new double[30];
        for (int i = 0; i < 30; i++) {
            y[i] = 2 * x[i][0] - x[i][1] + 0.5 * x[i][2] + 7;
        }
        RowMatrix rows = RowMatrix.of(RowsForTests.of(spark(), partitions, x, y), "x");
        double tolerance = 1e3 * 30 * EPS; // the squared condition of 30 normal rows is below 10
        for (LinearModel.Solver solver : LinearModel.Solver.values()) {
            LinearModel model = rows.linearModel("y", 0, true, solver);
            assertArrayEquals(new double[] {2, -1, 0.5}, model.coefficients().toDoubleArray(), tolerance);
            assertEquals(7, model.intercept().item(), tolerance);
        }
        // Ridge: (X^T X + p) w = X^T y, checked by its residual.
        double penalty = 4;
        for (LinearModel.Solver solver : new LinearModel.Solver[] {LinearModel.Solver.GRAM, LinearModel.Solver.QR}) {
            for (boolean intercept : new boolean[] {true, false}) {
                LinearModel model = rows.linearModel("y", penalty, intercept, solver);
                double[] w = model.coefficients().toDoubleArray();
                double c = model.intercept().item();
                double[] slope = {-penalty * w[0], -penalty * w[1], -penalty * w[2]};
                double rest = 0;
                for (int i = 0; i < 30; i++) {
                    double residual = y[i] - c - w[0] * x[i][0] - w[1] * x[i][1] - w[2] * x[i][2];
                    rest += residual;
                    for (int j = 0; j < 3; j++) {
                        slope[j] += residual * x[i][j];
                    }
                }
                assertArrayEquals(new double[3], slope, tolerance * 30);
                assertEquals(0, intercept ? rest : c, tolerance * 30);
                assertEquals(solver, model.solver());
            }
        }
        assertEquals(LinearModel.Solver.GRAM, rows.ridge("y", 1).solver());
        LinearModel model = rows.leastSquares("x"); // on themselves
        assertArrayEquals(
                new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, model.coefficients().toDoubleArray(), tolerance);
        assertArrayEquals(new double[3], model.intercept().toDoubleArray(), tolerance);
        assertArrayEquals(x[4], model.predict(Tensor.of(new double[][] {x[4]})).toDoubleArray(), tolerance);
    }

    @Test
    void illConditionedRowsAreSolvedByQr() {
        double[][] x = RowsForTests.normal(6, 40, 2);
        double[] y = new double[40];
        for (int i = 0; i < 40; i++) {
            x[i][1] = x[i][0] + 1e-9 * x[i][1];
            y[i] = x[i][0] + x[i][1];
        }
        RowMatrix rows = RowMatrix.of(RowsForTests.of(spark(), 3, x, y), "x");
        LinearModel model = rows.leastSquares("y");
        assertEquals(LinearModel.Solver.QR, model.solver());
        assertArrayEquals(new double[] {1, 1}, model.coefficients().toDoubleArray(), 40 * EPS * 1e10);
        assertRefused(
                "linear model by GRAM: the Gram matrix of 2 columns is singular to rounding",
                () -> rows.linearModel("y", 0, true, LinearModel.Solver.GRAM));
        // det = |x0|^2 |u|^2, u the second column without its part along the first, in 30 digits
        BigDecimal[] g = {BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO};
        for (double[] row : x) {
            BigDecimal a = new BigDecimal(row[0]);
            BigDecimal b = new BigDecimal(row[1]);
            g[0] = g[0].add(a.multiply(a));
            g[1] = g[1].add(a.multiply(b));
            g[2] = g[2].add(b.multiply(b));
        }
        double det = g[0].multiply(g[2]).subtract(g[1].multiply(g[1])).doubleValue();
        assertEquals(Math.log(det), rows.logDetGram(), 40 * EPS * 1e10);
    }

    @Test
    void determinantOfTheGramMatrix() {
        double[][] x = {{3, 0}, {0, 2}, {0, 0}, {4, 0}};
        assertEquals(
                Math.log(100), RowMatrix.of(RowsForTests.of(spark(), 3, x), "x").logDetGram(), 64 * EPS);
        assertEquals(
                Double.NEGATIVE_INFINITY,
                RowMatrix.of(RowsForTests.of(spark(), 2, new double[] {1, 2}), "x")
                        .logDetGram());
    }
}
