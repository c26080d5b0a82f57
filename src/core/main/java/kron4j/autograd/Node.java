package kron4j.autograd;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import kron4j.GradientException;
import kron4j.History;
import kron4j.Tensor;

/**
 * A recorded operation. The handles of its results and the nodes computed from them hold it; the last to release it frees
 * the tensors that it saved.
 */
final class Node {
    private static final AtomicLong COUNT = new AtomicLong();
    /** Nodes that this thread is about to free: a queue instead of a recursion as deep as the graph. */
    private static final ThreadLocal<ArrayDeque<Node>> FREEING = ThreadLocal.withInitial(ArrayDeque::new);

    /** Later than all nodes that this one was computed from. */
    final long order = COUNT.incrementAndGet();

    final String operation;
    final Value[] values;
    private final AtomicInteger holders = new AtomicInteger();
    private final boolean leaf;
    /** Null once freed. */
    private volatile List<Part> parts;

    /** Makes the operands' gradients; {@code g[i]} is the gradient of result i, or null if none flows to it. */
    @FunctionalInterface
    interface Vjp {
        Tensor[] apply(Tensor[] g, Tensor[] saved);
    }

    /** Gradients that are computed together. */
    record Part(Value[] operands, Saved[] saved, Vjp vjp) {
        void free(Node node) {
            for (Saved s : saved) {
                s.free(node);
            }
            for (Value v : operands) {
                if (v != null) {
                    v.release();
                }
            }
        }
    }

    /**
     * A handle that no scope owns.
     *
     * @param result index of the operation's result that it is, or -1; a result is saved without its history, or the node would hold itself
     */
    record Saved(Tensor tensor, int result) {
        static Saved of(Node node, Tensor tensor, int result) {
            Tensor handle = (result < 0 ? tensor.viewAs(tensor.layout()) : tensor.detach()).keep();
            handle.storage().pin(node);
            return new Saved(handle, result);
        }

        /** The tensor, with its history if recording; valid until the node is freed or the current scope closes. */
        Tensor unpack(Node node, boolean recording) {
            return result >= 0 && recording ? tensor.detach().attach(node.values[result]) : tensor;
        }

        void free(Node node) {
            tensor.storage().unpin(node);
            tensor.close();
        }
    }

    Node(String operation, boolean leaf, Tensor... results) {
        this.operation = operation;
        this.leaf = leaf;
        this.parts = List.of();
        this.values = new Value[results.length];
        for (int i = 0; i < results.length; i++) {
            values[i] = new Value(this, i, results[i]);
        }
    }

    static long count() {
        return COUNT.get();
    }

    static Value of(Tensor tensor) {
        History h = tensor.history();
        return h instanceof Value v ? v : null;
    }

    boolean isLeaf() {
        return leaf;
    }

    void record(List<Part> gradients) {
        parts = List.copyOf(gradients);
    }

    /**
     * The gradients to compute.
     *
     * @throws GradientException if it was freed
     */
    List<Part> parts(String caller) {
        List<Part> all = parts;
        if (all == null) {
            throw new GradientException(caller + ": the record of " + operation + " (result of shape " + values[0].shape
                    + ") was freed by an earlier backward; give Graph.RETAIN to the first one to use it twice");
        }
        return all;
    }

    void retain() {
        holders.incrementAndGet();
    }

    void release() {
        if (holders.decrementAndGet() > 0) {
            return;
        }
        ArrayDeque<Node> queue = FREEING.get();
        queue.add(this);
        if (queue.size() > 1) {
            return; // the loop below is running further up the stack
        }
        while (!queue.isEmpty()) {
            Node next = queue.peek();
            next.free();
            for (Value v : next.values) {
                v.forget();
            }
            queue.remove();
        }
    }

    /** Frees the saved tensors and releases the operands; the node cannot be swept any more. */
    void free() {
        List<Part> gone;
        synchronized (this) {
            gone = parts;
            parts = null;
        }
        if (gone != null) {
            gone.forEach(p -> p.free(this));
        }
    }

    /** Cheaper than an identity hash, which the JVM has to make up. */
    @Override
    public int hashCode() {
        return Long.hashCode(order);
    }

    @Override
    public String toString() {
        return operation;
    }
}
