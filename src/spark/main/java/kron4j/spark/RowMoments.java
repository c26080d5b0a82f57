package kron4j.spark;

import java.util.stream.Stream;
import kron4j.Tensor;
import kron4j.TensorException;

/**
 * Moments of a matrix's rows, on the driver's CPU, in float64.
 *
 * @param count the number n of rows
 * @param means the columns' means, shape [d]
 * @param scatter the sums of products about the means, shape [d, d]; null if they were not asked for
 */
public record RowMoments(long count, Tensor means, Tensor scatter) implements Jobs.OfTensors {
    /**
     * {@return the covariance matrix, {@code scatter / (n - 1)}, shape [d, d]}
     *
     * @throws RowException if there are no two rows
     */
    public Tensor covariance() {
        return covariance(1);
    }

    /**
     * {@return {@code scatter / (n - ddof)}, shape [d, d]}
     *
     * @param ddof 1 for a sample of what is meant, 0 for all of it
     * @throws RowException if there are not more than {@code ddof} rows
     * @throws TensorException if these moments are without products
     */
    public Tensor covariance(int ddof) {
        if (scatter == null) {
            throw new TensorException("covariance: these moments are without products; use RowMatrix.moments()");
        }
        if (count <= ddof) {
            throw new RowException("covariance: " + count + " rows with ddof=" + ddof + "; it takes more rows");
        }
        return scatter.divide(count - ddof);
    }

    /** {@return the tensors that there are} */
    @Override
    public Stream<Tensor> tensors() {
        return scatter == null ? Stream.of(means) : Stream.of(means, scatter);
    }
}
