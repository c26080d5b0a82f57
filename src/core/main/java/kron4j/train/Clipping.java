package kron4j.train;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.Indexing;
import kron4j.ops.Reduce;

/** Clips gradients. */
public final class Clipping {
    private Clipping() {}

    /**
     * Returns the gradients times {@code min(1, norm / n)}, n being the Euclidean norm of all of them together; right also
     * where n overflows the dtype. One NaN makes all elements NaN; an infinite element becomes NaN and the finite ones 0.
     * Computed on the device, without waiting for it. Real and imaginary parts of complex gradients count as elements.
     *
     * <p>Source: Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks (ICML 2013).
     *
     * @param gradients one or more, of any shapes
     * @param norm greatest norm, above 0
     * @return the clipped gradients, in the same order
     * @throws TensorException if the norm is not positive
     */
    public static List<Tensor> byNorm(List<Tensor> gradients, double norm) {
        if (!(norm > 0)) {
            throw new TensorException("Clipping.byNorm: norm " + norm + " is not positive");
        }
        if (gradients.stream().anyMatch(g -> g.dtype().isHalf())) {
            try (TensorScope scope = gradients.get(0).device().openScope()) {
                List<Tensor> clipped = byNorm(
                        gradients.stream().map(g -> g.to(g.dtype().computed())).toList(), norm);
                return IntStream.range(0, clipped.size())
                        .mapToObj(i ->
                                scope.keep(clipped.get(i).to(gradients.get(i).dtype())))
                        .toList();
            }
        }
        try (TensorScope scope = gradients.get(0).device().openScope()) {
            List<Tensor> parts = gradients.stream().map(Optimizer::parts).toList();
            Tensor largest = Reduce.max(stacked(parts, g -> Reduce.norm(g, Double.POSITIVE_INFINITY, false)));
            Tensor usable = Elementwise.logicalAnd(Elementwise.isFinite(largest), Elementwise.greater(largest, 0));
            Tensor scale = Elementwise.where(usable, largest, 1);
            Tensor ratio = stacked(parts, g -> Reduce.sum(Elementwise.square(g.divide(scale))))
                    .sum()
                    .sqrt();
            // The root of the factor, which does not underflow where the factor would, and is multiplied by twice.
            Tensor root =
                    Elementwise.minimum(Elementwise.divide(norm, ratio).sqrt().divide(scale.sqrt()), 1);
            return gradients.stream().map(g -> scope.keep(clipped(g, root))).toList();
        }
    }

    private static Tensor clipped(Tensor gradient, Tensor root) {
        Tensor clipped = Optimizer.parts(gradient).multiply(root).multiply(root);
        return gradient.dtype().isComplex() ? ComplexNumbers.viewAsComplex(clipped) : clipped;
    }

    private static Tensor stacked(List<Tensor> gradients, UnaryOperator<Tensor> each) {
        return Indexing.stack(
                0,
                gradients.stream()
                        .map(g -> {
                            try (TensorScope scope = g.device().openScope()) {
                                return scope.keep(each.apply(g));
                            }
                        })
                        .toArray(Tensor[]::new));
    }
}
