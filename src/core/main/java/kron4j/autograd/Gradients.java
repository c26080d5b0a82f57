package kron4j.autograd;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import kron4j.DTypeException;
import kron4j.GradientException;
import kron4j.ShapeException;
import kron4j.Tensor;
import kron4j.TensorScope;

/**
 * Gradients by reverse mode. Mark what they are wanted of with {@link Tensor#requiresGrad}, compute, then ask here for them, or call
 * {@link Tensor#backward} and read {@link Tensor#grad}. Gradients have the shape, dtype and device of what they are of, belong to the current scope, are
 * row-major, and share memory with nothing (with {@link Graph#DIFFERENTIABLE} they may share it among themselves). A parameter that the loss does not depend on
 * has gradient zero. No call here waits for the device.
 *
 * <p>Cost: of an operation, 1 to 2 times that of its forward per operand that needs a gradient. Memory: what operations saved is freed as the sweep
 * passes them.
 */
public final class Gradients {
    private Gradients() {}

    /**
     * {@code d loss / d parameter} for each parameter; frees the record of the forward.
     *
     * @param loss one element
     * @param parameters leaves or whatever the loss was computed from; the same order in the result
     * @throws GradientException if the loss is not a scalar or was not computed from tensors that require gradients, a parameter does not require
     *     any, or the record was freed before
     */
    public static List<Tensor> of(Tensor loss, Tensor... parameters) {
        return of(Graph.FREE, loss, List.of(parameters));
    }

    public static List<Tensor> of(Tensor loss, List<Tensor> parameters) {
        return of(Graph.FREE, loss, parameters);
    }

    /** {@link #of(Tensor, Tensor...)} that keeps the record, or records the gradients too. */
    public static List<Tensor> of(Graph graph, Tensor loss, Tensor... parameters) {
        return of(graph, loss, List.of(parameters));
    }

    public static List<Tensor> of(Graph graph, Tensor loss, List<Tensor> parameters) {
        requireScalar("Gradients.of", loss);
        try (Tensor one = one(loss)) {
            return compute("Gradients.of", graph, List.of(loss), List.of(one), parameters);
        }
    }

    /**
     * The vector-Jacobian product {@code sum over i of v[i] * d y[i] / d parameter} for each parameter, for y of any shape.
     *
     * @param v shape and dtype of y
     */
    public static List<Tensor> vjp(Tensor y, Tensor v, Tensor... parameters) {
        return vjp(Graph.FREE, List.of(y), List.of(v), List.of(parameters));
    }

    public static List<Tensor> vjp(Graph graph, Tensor y, Tensor v, Tensor... parameters) {
        return vjp(graph, List.of(y), List.of(v), List.of(parameters));
    }

    /** The sum of the vector-Jacobian products of several results, in one sweep. */
    public static List<Tensor> vjp(Graph graph, List<Tensor> y, List<Tensor> v, List<Tensor> parameters) {
        return compute("Gradients.vjp", graph, y, v, parameters);
    }

    /**
     * Adds {@code d loss / d leaf} to {@link Tensor#grad} of every leaf that the loss was computed from; frees the record of the forward. Call
     * {@link #zero} before the next step.
     *
     * @param loss one element
     * @throws GradientException as {@link #of(Tensor, Tensor...)}
     */
    public static void backward(Tensor loss) {
        backward(Graph.FREE, loss);
    }

    /** {@link #backward(Tensor)} that keeps the record; for gradients of gradients use {@link #of(Graph, Tensor, Tensor...)}. */
    public static void backward(Graph graph, Tensor loss) {
        requireScalar("backward", loss);
        try (Tensor one = one(loss)) {
            backward(graph, loss, one);
        }
    }

    /** Adds the vector-Jacobian products with {@code v} to the leaves' {@link Tensor#grad}. */
    public static void backward(Graph graph, Tensor y, Tensor v) {
        if (graph == Graph.DIFFERENTIABLE) {
            throw new GradientException("backward: grad() is not differentiable; use Gradients.vjp or Gradients.of");
        }
        check("backward", List.of(y), List.of(v));
        Sweep sweep = new Sweep("backward", graph, 0, List.of(y));
        List<Value> leaves = sweep.ends();
        List<Tensor> gradients = sweep.run(List.of(y), List.of(v), leaves);
        for (int i = 0; i < leaves.size(); i++) {
            if (gradients.get(i) != null) {
                leaves.get(i).accumulate(own(gradients.get(i)).keep());
            }
        }
    }

    /** What {@link #backward} added up for a leaf; see {@link Tensor#grad}. */
    public static Tensor accumulated(Tensor leaf) {
        return leaf("grad", leaf).accumulated();
    }

    /** Sets {@link Tensor#grad} of these leaves to zero, and frees it. */
    public static void zero(Tensor... leaves) {
        zero(List.of(leaves));
    }

    public static void zero(List<Tensor> leaves) {
        leaves.forEach(t -> leaf("Gradients.zero", t).forget());
    }

    private static Value leaf(String operation, Tensor tensor) {
        Value v = Node.of(tensor);
        if (v == null || !v.isLeaf()) {
            throw new GradientException(operation + ": the tensor of shape " + tensor.shape()
                    + (v == null
                            ? " does not require gradients; call requiresGrad() on it before the forward"
                            : " was computed by " + v.node.operation
                                    + "; gradients add up in leaves only, use Gradients.of for others"));
        }
        return v;
    }

    private static void requireScalar(String operation, Tensor loss) {
        if (loss.size() != 1) {
            throw new GradientException(operation + ": the loss has shape " + loss.shape()
                    + ", not one element; sum it, or use Gradients.vjp with weights of that shape");
        }
    }

    private static Tensor one(Tensor like) {
        return Tensor.make(
                like.device(),
                like.dtype(),
                like.shape(),
                out -> out.storage().backend().fill(1L, out));
    }

    private static void check(String operation, List<Tensor> y, List<Tensor> v) {
        if (y.size() != v.size()) {
            throw new GradientException(operation + ": " + y.size() + " results but " + v.size() + " weights");
        }
        boolean any = false;
        for (int i = 0; i < y.size(); i++) {
            Tensor t = y.get(i);
            t.view();
            any |= Node.of(t) != null;
            if (!t.shape().equals(v.get(i).shape())) {
                throw new ShapeException(operation + ": result " + i + " has shape " + t.shape() + ", its weights "
                        + v.get(i).shape() + "; they must be equal");
            }
            if (t.dtype() != v.get(i).dtype()) {
                throw new DTypeException(operation + ": result " + i + " is " + t.dtype() + ", its weights "
                        + v.get(i).dtype() + "; convert one with to(DType)");
            }
        }
        if (!any) {
            throw new GradientException(
                    operation + ": the result of shape " + y.get(0).shape()
                            + " was not computed from a tensor that requires gradients: requiresGrad() was not called before the"
                            + " forward, or the forward ran inside NoGrad, or all that leads here is constant almost everywhere and"
                            + " has no gradient (sign, floor, round, comparisons, argmax, conversion to integers)");
        }
    }

    private static List<Tensor> compute(
            String operation, Graph graph, List<Tensor> y, List<Tensor> v, List<Tensor> parameters) {
        check(operation, y, v);
        List<Value> targets = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            Tensor p = parameters.get(i);
            p.view();
            Value target = Node.of(p);
            if (target == null) {
                throw new GradientException(operation + ": parameter " + i + " of shape " + p.shape()
                        + " does not require gradients; call requiresGrad() on it before the forward");
            }
            targets.add(target);
        }
        List<Tensor> found = new Sweep(operation, graph, 0, y).run(y, v, targets);
        List<Tensor> results = new ArrayList<>();
        Map<Tensor, Boolean> taken = new IdentityHashMap<>();
        for (int i = 0; i < found.size(); i++) {
            Tensor g = found.get(i);
            if (g == null) {
                Tensor p = parameters.get(i);
                results.add(Tensor.make(
                        p.device(),
                        p.dtype(),
                        p.shape(),
                        out -> out.storage().backend().fill(0L, out)));
            } else if (taken.putIfAbsent(g, true) != null) {
                results.add(g.copy()); // the same parameter twice
            } else {
                results.add(graph == Graph.DIFFERENTIABLE ? adopt(g.layout().isContiguous() ? g : copy(g)) : own(g));
            }
        }
        return List.copyOf(results);
    }

    /** As a row-major tensor that shares its memory with nobody, owned by the current scope. */
    private static Tensor own(Tensor g) {
        return adopt(g.layout().isContiguous() && !g.storage().isShared() ? g : copy(g));
    }

    private static Tensor copy(Tensor g) {
        try (g) {
            return g.copy();
        }
    }

    private static Tensor adopt(Tensor t) {
        return TensorScope.innermost().map(scope -> scope.adopt(t)).orElseGet(t::keep);
    }
}
