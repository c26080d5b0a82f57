package kron4j.train;

import java.util.List;
import java.util.stream.IntStream;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.ComplexNumbers;
import kron4j.ops.Elementwise;
import kron4j.ops.Fused;
import kron4j.ops.Indexing;

/** Clips gradients. */
public final class Clipping {
    private static final Fused LARGEST = Fused.compile(x -> x[0].abs().max());
    /** A number to divide by before squaring: the largest, if it is a number above 0, else 1. */
    private static final Fused SCALE = Fused.compile(x -> Elementwise.where(
            Elementwise.logicalAnd(Elementwise.isFinite(x[0]), Elementwise.greater(x[0], 0)), x[0], 1));

    private static final Fused SQUARES =
            Fused.compile(x -> Elementwise.square(x[0].divide(x[1])).sum());
    /** The root of the factor, which does not underflow where the factor would, and is multiplied by twice. */
    private static final Fused ROOT = Fused.compile(
            x -> Elementwise.minimum(x[2].divide(x[0].sqrt()).sqrt().divide(x[1].sqrt()), 1));

    private static final Fused CLIPPED = Fused.compile(
            x -> x[0].to(x[1].dtype()).multiply(x[1]).multiply(x[1]).to(x[0].dtype()));

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
        try (TensorScope scope = gradients.get(0).device().openScope()) {
            List<Tensor> parts = gradients.stream().map(Optimizer::parts).toList();
            Tensor all = together(parts);
            Tensor scale = SCALE.apply(largest(all));
            Tensor root = ROOT.apply(SQUARES.apply(all, scale), scale, Tensor.full(all.dtype(), norm));
            List<List<Tensor>> clipped = CLIPPED.applyEach(
                    parts.stream().map(g -> new Tensor[] {g, root}).toList());
            return IntStream.range(0, gradients.size())
                    .mapToObj(i ->
                            scope.keep(like(gradients.get(i), clipped.get(i).get(0))))
                    .toList();
        }
    }

    /** The largest absolute value of elements, [], or NaN if there is one. */
    static Tensor largest(Tensor all) {
        return all.size() == 0 ? Tensor.zeros(all.dtype()) : LARGEST.apply(all);
    }

    /** The elements of all of them, in float32 if they are halves. */
    static Tensor together(List<Tensor> tensors) {
        return Indexing.concat(
                0,
                tensors.stream()
                        .map(t -> t.to(t.dtype().computed()).reshape(-1))
                        .toArray(Tensor[]::new));
    }

    /** What was computed from a gradient's parts, in its dtype. */
    static Tensor like(Tensor gradient, Tensor parts) {
        return gradient.dtype().isComplex() ? ComplexNumbers.viewAsComplex(parts) : parts;
    }
}
