package kron4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import kron4j.Shape;
import kron4j.Tensor;
import kron4j.ops.ComplexNumbers;

/** The sums of losses and gradients over rows. */
final class BatchSum implements Serializable {
    private static final long serialVersionUID = 1L;

    long rows;
    double loss;
    /** float[] or double[] for each parameter, the parts of complex numbers one after the other. */
    private final List<Object> gradients = new ArrayList<>();

    /**
     * Takes the means over some rows.
     *
     * @param rows how many
     */
    BatchSum(long rows, double loss, List<Tensor> gradients) {
        this.rows = rows;
        this.loss = rows * loss;
        for (Tensor g : gradients) {
            Tensor real = g.dtype().isComplex() ? ComplexNumbers.viewAsReal(g.contiguous()) : g;
            this.gradients.add(ElementType.of("BatchSum", real.dtype()).array(real.multiply(rows)));
        }
    }

    /** Adds another sum to this one. */
    BatchSum add(BatchSum other) {
        rows += other.rows;
        loss += other.loss;
        for (int i = 0; i < gradients.size(); i++) {
            if (gradients.get(i) instanceof float[] a && other.gradients.get(i) instanceof float[] b) {
                for (int j = 0; j < a.length; j++) {
                    a[j] += b[j];
                }
            } else if (gradients.get(i) instanceof double[] a && other.gradients.get(i) instanceof double[] b) {
                for (int j = 0; j < a.length; j++) {
                    a[j] += b[j];
                }
            }
        }
        return this;
    }

    /** {@return the mean gradients, on the current device, shaped as the parameters} */
    List<Tensor> means(List<Tensor> parameters) {
        List<Tensor> means = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            Tensor p = parameters.get(i);
            boolean complex = p.dtype().isComplex();
            Shape shape = complex ? p.shape().concat(Shape.of(2)) : p.shape();
            Tensor mean = Tensor.of(gradients.get(i), shape.dims()).divide(rows);
            means.add(complex ? ComplexNumbers.viewAsComplex(mean) : mean);
        }
        return means;
    }
}
