package kron4j.spark;

import java.util.List;
import kron4j.Tensor;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The rows of a DataFrame's column as a matrix that no machine holds as a whole. */
public final class RowMatrix {
    private final Dataset<Row> rows;

    private RowMatrix(Dataset<Row> rows) {
        this.rows = rows;
    }

    /**
     * {@return the matrix whose rows are a column's arrays}
     *
     * @param frame the rows
     * @param column the column of {@code array<double>}
     */
    public static RowMatrix of(Dataset<Row> frame, String column) {
        return new RowMatrix(frame.select(column));
    }

    /** {@return the Gram matrix {@code X^T X}, shape [d, d], float64, on the driver's CPU} */
    public Tensor gram() {
        return rows.javaRDD()
                .mapPartitions(part -> TaskDevice.compute(device -> {
                    Tensor sum = null;
                    while (part.hasNext()) {
                        Tensor row = Tensor.of(part.next().<Double>getList(0).stream()
                                .mapToDouble(x -> x)
                                .toArray());
                        Tensor product = row.unsqueeze(1).multiply(row);
                        sum = sum == null ? product : sum.add(product);
                    }
                    return sum == null
                            ? List.<double[]>of().iterator()
                            : List.of(sum.toDoubleArray()).iterator();
                }))
                .collect()
                .stream()
                .map(g -> Tensor.of(g, (long) Math.sqrt(g.length), (long) Math.sqrt(g.length)))
                .reduce(Tensor::add)
                .orElseThrow();
    }
}
