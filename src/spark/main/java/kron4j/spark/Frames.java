package kron4j.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Ways into a DataFrame's rows as Spark keeps them, whose arrays are not boxed. */
final class Frames {
    private Frames() {}

    /**
     * {@return the DataFrame with its plan}
     *
     * @throws RowException for one of Spark Connect, or a stream
     */
    static org.apache.spark.sql.classic.Dataset<Row> classic(String operation, Dataset<Row> rows) {
        if (!(rows instanceof org.apache.spark.sql.classic.Dataset<Row> classic)) {
            throw new RowException(
                    operation + ": the DataFrame is of " + rows.getClass().getName()
                            + ", which has no partitions to compute on; use a classic session, as spark-submit makes it, not Spark Connect");
        }
        if (rows.isStreaming()) {
            throw new RowException(operation + ": the DataFrame is a stream; use it inside foreachBatch");
        }
        return classic;
    }
}
