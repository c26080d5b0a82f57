package kron4j.train;

import java.util.List;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.Elementwise;
import kron4j.ops.Reduce;

/** Bounds on gradients. */
public final class Clipping {
    private Clipping() {}

    /**
     * The gradients times {@code min(1, norm / n)} with n the Euclidean norm of all of them together; NaN stays NaN. Computed on the device.
     *
     * <p>Source: Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks (ICML 2013).
     */
    public static List<Tensor> byNorm(List<Tensor> gradients, double norm) {
        if (!(norm > 0)) {
            throw new TensorException("Clipping.byNorm: norm " + norm + " is not positive");
        }
        try (TensorScope scope = gradients.get(0).device().openScope()) {
            Tensor squares = null;
            for (Tensor g : gradients) {
                Tensor square = Reduce.sum(Elementwise.square(g));
                squares = squares == null ? square : squares.add(square);
            }
            Tensor factor = Elementwise.minimum(Elementwise.divide(norm, squares.sqrt()), 1);
            return gradients.stream().map(g -> scope.keep(g.multiply(factor))).toList();
        }
    }
}
