package kron4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import kron4j.Device;
import kron4j.TensorScope;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class RowMatrixContract extends OnSpark {
    @Test
    void gramOfThreeRows() {
        Dataset<Row> frame = spark().sql("select explode(array(array(1D, 2D), array(3D, 4D), array(5D, 6D))) as x");
        try (TensorScope scope = Device.cpu().openScope()) {
            double[] gram = RowMatrix.of(frame, "x").gram().toDoubleArray();
            assertArrayEquals(new double[] {35, 44, 44, 56}, gram);
        }
    }
}
