package kron4j.autograd;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kron4j.DType;
import kron4j.GradientException;
import kron4j.Shape;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Node.Part;
import kron4j.autograd.Node.Saved;
import kron4j.backend.BinaryOp;

/**
 * One pass over the nodes that some tensors were computed from, the latest first, so that a node is visited when the gradients of all its results are
 * complete. Gradients are freed as soon as they have been passed on.
 */
final class Sweep {
    private final String caller;
    private final Graph graph;
    /** Nodes up to this order only receive gradients; they are not expanded. */
    private final long floor;
    /** Nodes, the latest first; held until they have been visited. */
    private final List<Node> nodes;

    private int visited;
    /** The gradients that have arrived so far; handles that no scope owns. */
    private final Map<Value, Tensor> sums = new HashMap<>();

    Sweep(String caller, Graph graph, long floor, List<Tensor> from) {
        this.caller = caller;
        this.graph = graph;
        this.floor = floor;
        this.nodes = reach(from);
        nodes.forEach(Node::retain);
    }

    /** All nodes above the floor that the tensors were computed from, and those on or below it that these were directly computed from. */
    private List<Node> reach(List<Tensor> from) {
        Set<Node> seen = new HashSet<>();
        Deque<Node> open = new ArrayDeque<>();
        for (Tensor t : from) {
            Value v = Node.of(t);
            if (v != null && seen.add(v.node)) {
                open.add(v.node);
            }
        }
        while (!open.isEmpty()) {
            Node node = open.remove();
            if (node.order <= floor) {
                continue;
            }
            for (Part part : node.parts(caller)) {
                for (Value v : part.operands()) {
                    if (v != null && seen.add(v.node)) {
                        open.add(v.node);
                    }
                }
            }
        }
        List<Node> result = new ArrayList<>(seen);
        result.sort(Comparator.comparingLong((Node n) -> n.order).reversed());
        return result;
    }

    /** The leaves, and the values below the floor, that gradients can reach. */
    List<Value> ends() {
        List<Value> ends = new ArrayList<>();
        for (Node n : nodes) {
            if (n.isLeaf() || n.order <= floor) {
                ends.addAll(List.of(n.values));
            }
        }
        return ends;
    }

    /**
     * Sends {@code weights} back from the tensors to {@code targets}.
     *
     * @return the gradient of each target, owned by no scope, or null if none arrived
     */
    List<Tensor> run(List<Tensor> from, List<Tensor> weights, List<Value> targets) {
        Set<Value> wanted = new HashSet<>(targets);
        Map<Node, Boolean> leads = leading(wanted);
        boolean recording = graph == Graph.DIFFERENTIABLE;
        Map<Value, Tensor> arrived = new HashMap<>();
        try (NoGrad off = recording ? NoGrad.recordingAgain() : NoGrad.open()) {
            for (int i = 0; i < from.size(); i++) {
                Value v = Node.of(from.get(i));
                if (v != null) {
                    arrive(v, weights.get(i), v.node);
                }
            }
            while (visited < nodes.size()) {
                Node node = nodes.get(visited);
                Tensor[] g = new Tensor[node.values.length];
                boolean any = false;
                for (int i = 0; i < g.length; i++) {
                    g[i] = rounded(sums.remove(node.values[i]), node.values[i].dtype);
                    any |= g[i] != null;
                    if (g[i] != null) {
                        arrived.put(node.values[i], g[i]);
                    }
                }
                if (any && node.order > floor && leads.get(node)) {
                    for (Part part : node.parts(caller)) {
                        pass(node, part, g, leads, recording);
                    }
                }
                for (Value v : node.values) {
                    if (arrived.containsKey(v) && !wanted.contains(v)) {
                        arrived.remove(v).close();
                    }
                }
                leave(node);
                visited++;
            }
        } catch (RuntimeException | Error e) {
            arrived.values().forEach(Tensor::close);
            throw e;
        } finally {
            sums.values().forEach(Tensor::close);
            close();
        }
        List<Tensor> result = new ArrayList<>();
        for (Value t : targets) {
            result.add(arrived.get(t));
        }
        return result;
    }

    /** Whether gradients that arrive at a node go on to one that is wanted. */
    private Map<Node, Boolean> leading(Set<Value> wanted) {
        Set<Node> ends = new HashSet<>();
        wanted.forEach(v -> ends.add(v.node));
        Map<Node, Boolean> leads = new HashMap<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            boolean yes = ends.contains(node);
            if (node.order > floor && !yes) {
                for (Part part : node.parts(caller)) {
                    for (Value v : part.operands()) {
                        yes = yes || (v != null && leads.get(v.node));
                    }
                }
            }
            leads.put(node, yes);
        }
        return leads;
    }

    private void pass(Node node, Part part, Tensor[] g, Map<Node, Boolean> leads, boolean recording) {
        boolean needed = false;
        for (Value v : part.operands()) {
            needed |= v != null && leads.get(v.node);
        }
        if (!needed) {
            return;
        }
        try (TensorScope scope = node.values[0].device.openScope()) {
            Saved[] saved = part.saved();
            Tensor[] unpacked = new Tensor[saved.length];
            for (int i = 0; i < saved.length; i++) {
                unpacked[i] = saved[i].unpack(node, recording);
            }
            Tensor[] results = part.vjp().apply(g, unpacked);
            for (int i = 0; i < results.length; i++) {
                Value v = part.operands()[i];
                if (v != null && leads.get(v.node)) {
                    Tensor fitting = fit(results[i], v.shape, node);
                    Anomaly.checkGradient(node, fitting);
                    arrive(v, fitting, node);
                }
            }
        }
    }

    /** The gradient summed over the axes that were broadcast, or broadcast itself. */
    private static Tensor fit(Tensor g, Shape shape, Node node) {
        if (g.shape().equals(shape)) {
            return g;
        }
        int extra = g.rank() - shape.rank();
        int[] summed = new int[g.rank()];
        int n = 0;
        for (int axis = 0; axis < g.rank(); axis++) {
            if (axis < extra || (shape.at(axis - extra) == 1 && g.shape().at(axis) != 1)) {
                summed[n++] = axis;
            }
        }
        if (n > 0) {
            return fit(g.sum(Arrays.copyOf(summed, n)).reshape(kept(g, shape, extra)), shape, node);
        }
        try {
            return g.expand(shape.dims());
        } catch (ShapeException e) {
            throw new GradientException("gradient of " + node.operation + ": shape " + g.shape()
                    + " does not broadcast to or from that of the operand, " + shape);
        }
    }

    private static Shape kept(Tensor g, Shape shape, int extra) {
        long[] dims = new long[shape.rank()];
        for (int axis = 0; axis < dims.length; axis++) {
            int from = axis + extra;
            dims[axis] = from < 0 || shape.at(axis) == 1 ? 1 : g.shape().at(from);
        }
        return Shape.of(dims);
    }

    private void arrive(Value v, Tensor g, Node from) {
        if (g.dtype() != v.dtype) {
            throw new GradientException("gradient of " + from.operation + ": dtype " + g.dtype() + " for an operand of "
                    + v.dtype + " " + v.shape);
        }
        Tensor handle = g.viewAs(g.layout()).keep();
        Tensor before = sums.get(v);
        sums.put(v, before == null ? handle : sum(inFloat32(before), inFloat32(handle)));
    }

    /** Several gradients of halves add up in float32. */
    private static Tensor inFloat32(Tensor t) {
        return converted(t, t.dtype().computed());
    }

    private static Tensor rounded(Tensor sum, DType dtype) {
        return sum == null ? null : converted(sum, dtype);
    }

    /** The tensor in a dtype; closes it if that is another one. */
    private static Tensor converted(Tensor t, DType dtype) {
        if (t.dtype() == dtype) {
            return t;
        }
        try (t) {
            return t.to(dtype).keep();
        }
    }

    /** The sum of two gradients; closes both. In place where nothing else holds the first one. */
    static Tensor sum(Tensor a, Tensor b) {
        try (b) {
            if (!a.storage().isShared() && a.layout().isContiguous() && !Tape.records(a, b)) {
                a.device().backend().binary(BinaryOp.ADD, a.view(), b.view(), a.view());
                return a;
            }
            try (a) {
                return a.add(b).keep();
            }
        }
    }

    private void leave(Node node) {
        if (graph == Graph.FREE && !node.isLeaf() && node.order > floor) {
            node.free();
        }
        node.release();
    }

    /** Releases the nodes that were not visited. */
    void close() {
        while (visited < nodes.size()) {
            nodes.get(visited++).release();
        }
    }
}
