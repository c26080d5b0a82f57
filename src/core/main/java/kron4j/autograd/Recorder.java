package kron4j.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import kron4j.Tensor;
import kron4j.autograd.Node.Part;
import kron4j.autograd.Node.Saved;

/**
 * Says how gradients of results become gradients of operands. The functions must not hold tensors themselves: what they need is saved for them and
 * given to them, and nothing is saved for operands that need no gradient. They return a tensor of the operand's shape or of a shape that it broadcasts
 * to, which is then summed back; it may be one of their arguments.
 */
public final class Recorder {
    private final Node node;
    private final Tensor[] results;
    private final List<Part> parts = new ArrayList<>();

    Recorder(String operation, Tensor... results) {
        this.node = new Node(operation, false, results);
        this.results = results;
    }

    /** The gradient of one operand from that of the result and from what was saved. */
    @FunctionalInterface
    public interface Vjp {
        Tensor of(Tensor g, Tensor[] saved);
    }

    /** The gradients of several operands, computed together. */
    @FunctionalInterface
    public interface JointVjp {
        /**
         * @param g of each result; null where none flows to it
         * @return of each operand, in their order; what the others need not is ignored and may be null
         */
        Tensor[] of(Tensor[] g, Tensor[] saved);
    }

    /** {@code vjp(g)}. */
    public Recorder gradient(Tensor operand, UnaryOperator<Tensor> vjp) {
        return add(new Tensor[] {operand}, new Tensor[0], (g, s) -> new Tensor[] {vjp.apply(g[0])});
    }

    /** {@code vjp(g, saved)}. */
    public Recorder gradient(Tensor operand, Tensor saved, BinaryOperator<Tensor> vjp) {
        return add(new Tensor[] {operand}, new Tensor[] {saved}, (g, s) -> new Tensor[] {vjp.apply(g[0], s[0])});
    }

    /** {@code vjp(g, saved)}. */
    public Recorder gradient(Tensor operand, Tensor[] saved, Vjp vjp) {
        return add(new Tensor[] {operand}, saved, (g, s) -> new Tensor[] {vjp.of(g[0], s)});
    }

    /** {@code vjp(g, saved)} for several operands, or of several results. */
    public Recorder gradients(Tensor[] operands, Tensor[] saved, JointVjp vjp) {
        return add(operands, saved, vjp::of);
    }

    private Recorder add(Tensor[] operands, Tensor[] saved, Node.Vjp vjp) {
        Value[] values = new Value[operands.length];
        boolean needed = false;
        for (int i = 0; i < operands.length; i++) {
            values[i] = Node.of(operands[i]);
            needed |= values[i] != null;
        }
        return needed ? add(values, saved, vjp) : this;
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
