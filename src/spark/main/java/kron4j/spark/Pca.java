package kron4j.spark;

import java.util.stream.Stream;
import kron4j.Tensor;
import kron4j.ops.Linalg;
import kron4j.ops.MatMul;

/**
 * Principal components of a matrix's rows, on the driver's CPU, in float64.
 *
 * @param means the columns' means, shape [d]
 * @param components one a row, shape [k, d], orthonormal, the greatest variance first; the element of greatest absolute
 *     value is positive
 * @param variances along the components, shape [k]
 * @param total the sum of all d variances
 */
public record Pca(Tensor means, Tensor components, Tensor variances, double total) implements Jobs.OfTensors {
    static Pca of(RowMoments moments, int k) {
        Tensor covariance = moments.covariance();
        Linalg.Eigh spectrum = Linalg.eigh(covariance);
        long d = covariance.shape().at(0);
        double[] rows = spectrum.v().transpose().flip(0).slice(0, 0, k).toDoubleArray();
        for (int from = 0; from < rows.length; from += (int) d) {
            int peak = from;
            for (int i = from; i < from + d; i++) {
                peak = Math.abs(rows[i]) > Math.abs(rows[peak]) ? i : peak;
            }
            if (rows[peak] < 0) {
                for (int i = from; i < from + d; i++) {
                    rows[i] = -rows[i];
                }
            }
        }
        return new Pca(
                moments.means(),
                Tensor.of(rows, k, d),
                spectrum.w().flip(0).slice(0, 0, k).contiguous(),
                covariance.diagonal().sum().item());
    }

    /**
     * {@return rows in the components' coordinates, {@code (x - means) components^T}, shape [n, k]}
     *
     * @param x rows of shape [n, d], float64, on the CPU
     */
    public Tensor project(Tensor x) {
        try (Tensor centred = x.subtract(means)) {
            return MatMul.matmul(centred, false, components, true);
        }
    }

    /** {@return the tensors that there are} */
    @Override
    public Stream<Tensor> tensors() {
        return Stream.of(means, components, variances);
    }
}
