package kron4j.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import kron4j.DType;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Node.Part;
import kron4j.autograd.Node.Saved;

/**
 * Records how gradients of an operation's results become gradients of its operands; given to the callback of
 * {@link Tape#record(String, Tensor, java.util.function.Consumer, Tensor...)}.
 *
 * <p>The functions must not hold tensors themselves: pass the tensors that they need as {@code saved}, and they are handed
 * back in the backward. Nothing is saved for operands that need no gradient. A function returns a tensor of the operand's
 * shape, or of a shape that the operand broadcasts to; the latter is summed back. It may return one of its arguments.
 */
public final class Recorder {
    private final Node node;
    private final Tensor[] results;
    private final List<Part> parts = new ArrayList<>();
    private boolean products;

    Recorder(String operation, Tensor... results) {
        this.node = new Node(operation, false, results);
        this.results = results;
    }

    /** Gradient of one operand. */
    @FunctionalInterface
    public interface Vjp {
        /**
         * Computes the operand's gradient.
         *
         * @param g gradient of the result, in its shape
         * @param saved the saved tensors, in the order recorded
         * @return the operand's gradient, in its shape or one that it broadcasts to
         */
        Tensor of(Tensor g, Tensor[] saved);
    }

    /** Gradients of several operands, computed together. */
    @FunctionalInterface
    public interface JointVjp {
        /**
         * Computes the operands' gradients.
         *
         * @param g gradient of each result; null where none flows to it
         * @param saved the saved tensors, in the order recorded
         * @return the gradient of each operand; ignored, and may be null, for operands that need none
         */
        Tensor[] of(Tensor[] g, Tensor[] saved);
    }

    /**
     * Says that the gradients recorded next are products, which round once in themselves. Other gradients that need saved
     * tensors are computed from halves in float32, and their results rounded.
     *
     * @return this
     */
    public Recorder products() {
        products = true;
        return this;
    }

    /**
     * Records {@code vjp(g)} as the operand's gradient.
     *
     * @param operand nothing is recorded if it needs no gradient
     * @param vjp from the gradient of the result
     * @return this
     */
    public Recorder gradient(Tensor operand, UnaryOperator<Tensor> vjp) {
        return add(new Tensor[] {operand}, new Tensor[0], (g, s) -> new Tensor[] {vjp.apply(g[0])});
    }

    /**
     * Records {@code vjp(g, saved)} as the operand's gradient.
     *
     * @param operand nothing is recorded if it needs no gradient
     * @param saved kept open until the record is freed
     * @param vjp from the gradient of the result and the saved tensor
     * @return this
     */
    public Recorder gradient(Tensor operand, Tensor saved, BinaryOperator<Tensor> vjp) {
        return add(new Tensor[] {operand}, new Tensor[] {saved}, (g, s) -> new Tensor[] {vjp.apply(g[0], s[0])});
    }

    /**
     * Records {@code vjp(g, saved)} as the operand's gradient.
     *
     * @param operand nothing is recorded if it needs no gradient
     * @param saved kept open until the record is freed
     * @param vjp from the gradient of the result and the saved tensors
     * @return this
     */
    public Recorder gradient(Tensor operand, Tensor[] saved, Vjp vjp) {
        return add(new Tensor[] {operand}, saved, (g, s) -> new Tensor[] {vjp.of(g[0], s)});
    }

    /**
     * Records the gradients of several operands, or those of an operation with several results.
     *
     * @param operands nothing is recorded if none of them needs a gradient
     * @param saved kept open until the record is freed
     * @param vjp from the gradients of the results and the saved tensors
     * @return this
     */
    public Recorder gradients(Tensor[] operands, Tensor[] saved, JointVjp vjp) {
        return add(operands, saved, vjp::of);
    }

    /**
     * Records the gradients of the solution x of {@code A x = b}, the only result, to any order: with {@code l = A^-H g} that of b is l, and what A is
     * made of gets what the gradient of the product makes of -l. The product is computed once here and once in the backward, at x.
     *
     * @param b the right-hand side
     * @param saved kept open until the record is freed
     * @param product {@code A x} from x and the saved tensors; linear in x. What else it uses must still be open in the backward
     * @param adjoint l from g and the saved tensors; recorded itself where gradients are
     * @return this
     */
    public Recorder solution(Tensor b, Tensor[] saved, Vjp product, Vjp adjoint) {
        long start = Node.count();
        Value right = Node.of(b);
        Value[] ends;
        try (TensorScope scope = b.device().openScope()) {
            ends = Checkpoint.ends(product.of(results[0], saved), start);
        }
        Value[] operands = Arrays.copyOf(ends, ends.length + 1);
        operands[ends.length] = right;
        Tensor[] kept = Arrays.copyOf(saved, saved.length + 1);
        kept[saved.length] = results[0];
        return add(operands, kept, (g, s) -> {
            Tensor[] own = Arrays.copyOf(s, s.length - 1);
            Tensor l = adjoint.of(g[0], own);
            Tensor[] gradients = ends.length == 0
                    ? new Tensor[0]
                    : Checkpoint.again(() -> product.of(s[s.length - 1], own), l.negate(), ends);
            gradients = Arrays.copyOf(gradients, ends.length + 1);
            gradients[ends.length] = l;
            return gradients;
        });
    }

    private Recorder add(Tensor[] operands, Tensor[] saved, Node.Vjp vjp) {
        Value[] values = new Value[operands.length];
        boolean needed = false;
        for (int i = 0; i < operands.length; i++) {
            values[i] = Node.of(operands[i]);
            needed |= values[i] != null;
        }
        boolean halves = saved.length > 0 && !products && results[0].dtype().isHalf();
        return needed ? add(values, saved, halves ? inFloat32(vjp, results[0].dtype()) : vjp) : this;
    }

    private static Node.Vjp inFloat32(Node.Vjp vjp, DType half) {
        return (g, saved) -> {
            Tensor[] gradients =
                    vjp.apply(converted(g, half, half.computed()), converted(saved, half, half.computed()));
            return converted(gradients, half.computed(), half);
        };
    }

    private static Tensor[] converted(Tensor[] tensors, DType from, DType to) {
        return Arrays.stream(tensors)
                .map(t -> t != null && t.dtype() == from ? t.to(to) : t)
                .toArray(Tensor[]::new);
    }

    Recorder add(Value[] operands, Tensor[] saved, Node.Vjp vjp) {
        Saved[] kept = new Saved[saved.length];
        for (int i = 0; i < saved.length; i++) {
            kept[i] = Saved.of(node, saved[i], indexOf(saved[i]));
        }
        for (Value v : operands) {
            if (v != null) {
                v.retain();
            }
        }
        parts.add(new Part(operands, kept, vjp));
        return this;
    }

    private int indexOf(Tensor tensor) {
        for (int i = 0; i < results.length; i++) {
            if (results[i] == tensor) {
                return i;
            }
        }
        return -1;
    }

    void attach() {
        node.record(parts);
        for (int i = 0; i < results.length; i++) {
            results[i].attach(node.values[i]);
        }
    }
}
