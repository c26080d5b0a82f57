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
 * Gradients by reverse-mode differentiation. Mark parameters with {@link Tensor#requiresGrad}, compute a loss, then call
 * {@link #of(Tensor, Tensor...) of}; or call {@link Tensor#backward} and read {@link Tensor#grad}.
 *
 * <pre>{@code
 * Tensor w = Random.normal(1, DType.FLOAT64, 3, 3).requiresGrad();
 * Tensor loss = Linalg.logabsdet(w);
 * List<Tensor> gradients = Gradients.of(loss, w);          // [W^-T]; frees the record of the forward
 *
 * Tensor first = Gradients.of(Graph.DIFFERENTIABLE, Elementwise.square(w).sum(), w).get(0);
 * Tensor second = Gradients.of(first.sum(), w).get(0);     // a gradient of a gradient
 * }</pre>
 *
 * <p>A gradient has its parameter's shape, dtype and device, is row-major, and is owned by the current scope. It shares
 * memory with nothing; with {@link Graph#DIFFERENTIABLE} gradients may share memory among themselves. A parameter that
 * the loss does not depend on has gradient zero.
 *
 * <p>The gradient with respect to complex numbers z of a real loss L is {@code dL/dRe z + j dL/dIm z}, so that a step against
 * it descends (PyTorch's and TensorFlow's convention; JAX's is the conjugate). A complex result y needs weights v: then L is
 * the real part of {@code sum(conj(v) y)}.
 *
 * <p>Cost: per operation and operand that needs a gradient, 1 to 2 times the operation's forward. Tensors saved for an
 * operation's gradient are freed as the sweep passes it. No method here waits for the device.
 */
public final class Gradients {
    private Gradients() {}

    /**
     * Returns {@code d loss / d parameter} for each parameter and frees the record of the forward.
     *
     * @param loss a real tensor of one element
     * @param parameters leaves, or results that the loss was computed from
     * @return the gradients, in the order of the parameters
     * @throws GradientException if the loss has several elements, is complex, or was not computed from a tensor that requires
     *     gradients, if a parameter does not require any, or if the record was freed before
     */
    public static List<Tensor> of(Tensor loss, Tensor... parameters) {
        return of(Graph.FREE, loss, List.of(parameters));
    }

    /**
     * Returns {@code d loss / d parameter} for each parameter and frees the record of the forward.
     *
     * @param loss a real tensor of one element
     * @param parameters leaves, or results that the loss was computed from
     * @return the gradients, in the order of the parameters
     * @throws GradientException as {@link #of(Tensor, Tensor...)}
     */
    public static List<Tensor> of(Tensor loss, List<Tensor> parameters) {
        return of(Graph.FREE, loss, parameters);
    }

    /**
     * Returns {@code d loss / d parameter} for each parameter.
     *
     * @param graph whether the record of the forward is freed, kept, or kept with the gradients recorded too
     * @param loss a real tensor of one element
     * @param parameters leaves, or results that the loss was computed from
     * @return the gradients, in the order of the parameters
     * @throws GradientException as {@link #of(Tensor, Tensor...)}
     */
    public static List<Tensor> of(Graph graph, Tensor loss, Tensor... parameters) {
        return of(graph, loss, List.of(parameters));
    }

    /**
     * Returns {@code d loss / d parameter} for each parameter.
     *
     * @param graph whether the record of the forward is freed, kept, or kept with the gradients recorded too
     * @param loss a real tensor of one element
     * @param parameters leaves, or results that the loss was computed from
     * @return the gradients, in the order of the parameters
     * @throws GradientException as {@link #of(Tensor, Tensor...)}
     */
    public static List<Tensor> of(Graph graph, Tensor loss, List<Tensor> parameters) {
        requireScalar("Gradients.of", loss);
        try (Tensor one = one(loss)) {
            return compute("Gradients.of", graph, List.of(loss), List.of(one), parameters);
        }
    }

    /**
     * Returns the vector-Jacobian product {@code sum over i of v[i] * d y[i] / d parameter} for each parameter and frees
     * the record of the forward.
     *
     * @param y of any shape
     * @param v weights, in the shape and dtype of y
     * @param parameters leaves, or results that y was computed from
     * @return the products, in the order of the parameters
     * @throws GradientException if y was not computed from a tensor that requires gradients, if a parameter does not
     *     require any, or if the record was freed before
     * @throws ShapeException if v differs from y in shape
     * @throws DTypeException if v differs from y in dtype
     */
    public static List<Tensor> vjp(Tensor y, Tensor v, Tensor... parameters) {
        return vjp(Graph.FREE, List.of(y), List.of(v), List.of(parameters));
    }

    /**
     * Returns the vector-Jacobian product for each parameter, as {@link #vjp(Tensor, Tensor, Tensor...)}.
     *
     * @param graph whether the record of the forward is freed, kept, or kept with the products recorded too
     * @param y of any shape
     * @param v weights, in the shape and dtype of y
     * @param parameters leaves, or results that y was computed from
     * @return the products, in the order of the parameters
     */
    public static List<Tensor> vjp(Graph graph, Tensor y, Tensor v, Tensor... parameters) {
        return vjp(graph, List.of(y), List.of(v), List.of(parameters));
    }

    /**
     * Returns for each parameter the sum of the vector-Jacobian products of several results, computed in one sweep.
     *
     * @param graph whether the record of the forward is freed, kept, or kept with the products recorded too
     * @param y the results, one or more, of any shapes
     * @param v weights of each result, in its shape and dtype
     * @param parameters leaves, or results that y was computed from
     * @return the sums, in the order of the parameters
     * @throws GradientException as {@link #vjp(Tensor, Tensor, Tensor...)}, or if y and v differ in length
     */
    public static List<Tensor> vjp(Graph graph, List<Tensor> y, List<Tensor> v, List<Tensor> parameters) {
        return compute("Gradients.vjp", graph, y, v, parameters);
    }

    /**
     * Adds {@code d loss / d leaf} to {@link Tensor#grad} of every leaf that the loss was computed from, and frees the
     * record of the forward. Call {@link #zero(Tensor...)} before the next step.
     *
     * @param loss a real tensor of one element
     * @throws GradientException as {@link #of(Tensor, Tensor...)}
     */
    public static void backward(Tensor loss) {
        backward(Graph.FREE, loss);
    }

    /**
     * Adds {@code d loss / d leaf} to {@link Tensor#grad} of every leaf that the loss was computed from.
     *
     * @param graph {@link Graph#FREE} or {@link Graph#RETAIN}; for gradients of gradients use
     *     {@link #of(Graph, Tensor, Tensor...)}
     * @param loss a real tensor of one element
     * @throws GradientException as {@link #of(Tensor, Tensor...)}, or if the graph is {@link Graph#DIFFERENTIABLE}
     */
    public static void backward(Graph graph, Tensor loss) {
        requireScalar("backward", loss);
        try (Tensor one = one(loss)) {
            backward(graph, loss, one);
        }
    }

    /**
     * Adds the vector-Jacobian products of y with v to {@link Tensor#grad} of every leaf that y was computed from.
     *
     * @param graph {@link Graph#FREE} or {@link Graph#RETAIN}
     * @param y of any shape
     * @param v weights, in the shape and dtype of y
     * @throws GradientException as {@link #vjp(Tensor, Tensor, Tensor...)}, or if the graph is
     *     {@link Graph#DIFFERENTIABLE}
     */
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

    /**
     * Returns the sum of a leaf's gradients since the last {@link #zero(Tensor...)}; see {@link Tensor#grad}.
     *
     * @param leaf a tensor marked by {@link Tensor#requiresGrad}
     * @return a handle of the sum, or zeros if there is none, in the leaf's shape and dtype
     * @throws GradientException if the tensor is no leaf
     */
    public static Tensor accumulated(Tensor leaf) {
        return leaf("grad", leaf).accumulated();
    }

    /**
     * Sets {@link Tensor#grad} of these leaves to zero and frees its memory.
     *
     * @param leaves tensors marked by {@link Tensor#requiresGrad}
     * @throws GradientException if one of them is no leaf
     */
    public static void zero(Tensor... leaves) {
        zero(List.of(leaves));
    }

    /**
     * Sets {@link Tensor#grad} of these leaves to zero and frees its memory.
     *
     * @param leaves tensors marked by {@link Tensor#requiresGrad}
     * @throws GradientException if one of them is no leaf
     */
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
        if (loss.dtype().isComplex()) {
            throw new GradientException(operation + ": the loss is " + loss.dtype()
                    + ", and only real numbers are less or more; take real, imag or abs of it, or use Gradients.vjp with a"
                    + " complex weight");
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
                            + " was not computed from a tensor that requires gradients: requiresGrad() was not called"
                            + " before the forward, or the forward ran inside NoGrad, or the result depends on it only"
                            + " by operations that are constant almost everywhere (sign, floor, round, comparisons,"
                            + " argmax, conversion to integers)");
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

    /** The gradient as a row-major tensor that shares its memory with nothing, owned by the current scope. */
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
