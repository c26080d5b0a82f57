package kron4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import kron4j.Device;
import kron4j.TensorScope;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;

/** What rows may not be. */
class RowMatrixRefusalTest extends OnSpark {
    private static final double NAN = Double.NaN;

    @Test
    void rowsOfSeveralLengthsAreNamed() {
        double[] two = {1, 2};
        double[] three = {1, 2, 3};
        assertRefused(
                "column 'x' at row 1 of partition 1 has 3 numbers, the first row has 2",
                () -> RowMatrix.of(RowsForTests.of(spark(), 2, two, two, two, three), "x")
                        .gram());
        assertRefused(
                "column 'x' at row 0 of partition 1 has 1 numbers, the first row has 2",
                () -> RowMatrix.of(
                                RowsForTests.of(
                                        spark(),
                                        2,
                                        SQLDataTypes.VectorType(),
                                        Arrays.asList(
                                                Vectors.dense(two), Vectors.sparse(1, new int[0], new double[0]))),
                                "x")
                        .moments());
    }

    @Test
    void nullsAreNamed() {
        assertRefused(
                "column 'x' at row 0 of partition 0 is null; leave such rows out, na().drop(), or fill them",
                () -> RowMatrix.of(
                                RowsForTests.of(spark(), 1, RowsForTests.DOUBLES, Arrays.asList(null, new double[1])),
                                "x")
                        .gram());
        assertRefused(
                "column 'x' at row 1 of partition 0 is null",
                () -> RowMatrix.of(
                                RowsForTests.of(spark(), 1, RowsForTests.DOUBLES, Arrays.asList(new double[1], null)),
                                "x")
                        .gram());
        assertRefused(
                "column 'x' at row 1 of partition 0 has a null at element 1; fill nulls first",
                () -> RowMatrix.of(
                                RowsForTests.of(
                                        spark(),
                                        1,
                                        DataTypes.createArrayType(DataTypes.DoubleType, true),
                                        Arrays.asList(new Double[] {1.0, 2.0}, new Double[] {1.0, null})),
                                "x")
                        .gram());
    }

    @Test
    void nanStaysInItsColumn() {
        double[][] x = {{1, 2}, {3, NAN}, {5, 6}};
        RowMatrix rows = RowMatrix.of(RowsForTests.of(spark(), 2, x), "x");
        try (TensorScope scope = Device.cpu().openScope()) {
            assertArrayEquals(new double[] {35, NAN, NAN, NAN}, rows.gram().toDoubleArray());
            RowMoments moments = rows.moments();
            assertArrayEquals(new double[] {3, NAN}, moments.means().toDoubleArray(), 1e-15);
            assertArrayEquals(new double[] {8, NAN, NAN, NAN}, moments.scatter().toDoubleArray(), 1e-14);
            assertEquals(3, moments.count());
            assertRefused("NaN or infinit", () -> rows.pca(1));
            assertRefused("linear model: the rows hold NaN or infinities", () -> rows.leastSquares("x"));
            assertEquals(NAN, rows.logDetGram());
        }
    }

    @Test
    void whatCannotBeIsRefusedBeforeWork() {
        assertRefused(
                "column 'x' has no rows",
                () -> RowMatrix.of(RowsForTests.of(spark(), 2, RowsForTests.DOUBLES, Arrays.asList()), "x")
                        .gram());
        assertRefused(
                "column 'x' is STRING, expected numbers, ARRAY of numbers, or vectors of Spark ML",
                () -> RowMatrix.of(spark().sql("select 'a' as x"), "x"));
        RowMatrix one = RowMatrix.of(RowsForTests.of(spark(), 1, new double[] {1, 2}), "x");
        assertRefused("pca: 3 components of 2 columns; ask for 1 to 2", () -> one.pca(3));
        assertRefused("covariance: 1 rows with ddof=1", () -> one.pca(1));
        assertRefused(
                "covariance: these moments are without products", () -> new RowMoments(3, null, null).covariance());
        for (double penalty : new double[] {-1, NAN, Double.POSITIVE_INFINITY}) {
            assertRefused(
                    "linear model: penalty " + penalty + "; it is finite, 0 or more",
                    () -> one.linearModel("x", penalty, true, LinearModel.Solver.QR));
        }
        assertRefused(
                "RowMatrix of 50000 columns: a matrix of 50000 columns has more numbers than an array of the driver"
                        + " can have",
                () -> RowMatrix.of(spark().sql("select array_repeat(1D, 50000) as x"), "x")
                        .gram());
        assertRefused(
                "RowMatrix of 40000 columns: 1 partial results of 6104 MiB exceed spark.driver.maxResultSize=1024 MiB",
                () -> RowMatrix.of(spark().sql("select array_repeat(1D, 40000) as x"), "x")
                        .moments());
        assertRefused(
                "a constant; leave it out, or penalise",
                () -> RowMatrix.of(RowsForTests.of(spark(), 2, new double[] {1, 2}, new double[] {2, 4}), "x")
                        .leastSquares("x"));
    }
}
