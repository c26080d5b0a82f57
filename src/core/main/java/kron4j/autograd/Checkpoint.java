package kron4j.autograd;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import kron4j.Tensor;
import kron4j.TensorScope;

/**
 * Trades time for memory: a part of the computation saves nothing for its gradient but its operands, and is computed
 * again when the backward reaches it. Cost: one more forward of the part.
 *
 * <pre>{@code
 * Tensor w = Random.normal(1, DType.FLOAT64, 64, 64).requiresGrad();
 * Tensor h = Random.normal(2, DType.FLOAT64, 128, 64);
 * for (int i = 0; i < 10; i++) {
 *     h = Checkpoint.of(x -> Elementwise.tanh(MatMul.matmul(x, w)), h);
 * }
 * Tensor gradient = Gradients.of(h.sum(), w).get(0);
 * }</pre>
 */
// T. Chen, B. Xu, C. Zhang, C. Guestrin: Training deep nets with sublinear memory cost (2016), arXiv 1604.06174.
public final class Checkpoint {
    private Checkpoint() {}

    /**
     * Computes {@code part.apply(x)}, and again in the backward; see {@link #of(Function, Tensor...)}.
     *
     * @param part without side effects; must give the same result each time
     * @param x held until the backward
     * @return the part's result, owned by the current scope
     */
    public static Tensor of(UnaryOperator<Tensor> part, Tensor x) {
        return of((Tensor[] all) -> part.apply(all[0]), x);
    }

    /**
     * Computes {@code part.apply(operands)}, and again in the backward. Gradients also flow to tensors that the part
     * uses without being given them, such as a layer's parameters; these must still be open in the backward.
     *
     * @param part without side effects; must give the same result each time. A {@link kron4j.ops.Random.Generator} that
     *     it draws from in this thread gives the same numbers again
     * @param operands at least one; held until the backward
     * @return the part's result, owned by the current scope
     */
    public static Tensor of(Function<Tensor[], Tensor> part, Tensor... operands) {
        try (TensorScope scope = operands[0].device().openScope()) {
            long start = Node.count();
            Tensor recorded;
            long[] drawn;
            try (Draws draws = Draws.remember()) {
                recorded = part.apply(operands.clone());
                drawn = draws.remembered();
            }
            if (!Tape.records(recorded)) {
                return scope.keep(recorded.viewAs(recorded.layout()));
            }
            Value[] ends = ends(recorded, start);
            Tensor result = recorded.detach();
            Recorder recorder = new Recorder("checkpoint", result);
            recorder.add(ends, operands, (g, saved) -> recomputed(part, drawn, g[0], saved, ends));
            recorder.attach();
            return scope.keep(result);
        }
    }

    /** The values that existed before a part began, after the node of order {@code start}, and that its gradient flows to. */
    static Value[] ends(Tensor recorded, long start) {
        Sweep probe = new Sweep("Checkpoint.of", Graph.RETAIN, start, List.of(recorded));
        try {
            return probe.ends().stream().filter(v -> v.node.order <= start).toArray(Value[]::new);
        } finally {
            probe.close();
        }
    }

    private static Tensor[] recomputed(
            Function<Tensor[], Tensor> part, long[] drawn, Tensor g, Tensor[] operands, Value[] ends) {
        try (Draws draws = Draws.repeat(drawn)) {
            return again(
                    () -> {
                        Tensor result = part.apply(operands);
                        draws.requireAll();
                        return result;
                    },
                    g,
                    ends);
        }
    }

    /** Computes a part again, recorded, and sends the gradient of its result to the ends; zeros where none arrives. */
    static Tensor[] again(Supplier<Tensor> part, Tensor g, Value[] ends) {
        Graph graph = NoGrad.isOff() ? Graph.FREE : Graph.DIFFERENTIABLE;
        long start = Node.count();
        Tensor result;
        try (NoGrad on = NoGrad.recordingAgain()) {
            result = part.get();
        }
        Sweep sweep = new Sweep("Checkpoint.of", graph, start, List.of(result));
        Tensor[] gradients =
                sweep.run(List.of(result), List.of(g), Arrays.asList(ends)).toArray(Tensor[]::new);
        for (int i = 0; i < gradients.length; i++) {
            Tensor found = gradients[i];
            Value end = ends[i];
            gradients[i] = found != null
                    ? TensorScope.innermost().orElseThrow().adopt(found)
                    : Tensor.make(
                            end.device,
                            end.dtype,
                            end.shape,
                            out -> end.device.backend().fill(0L, out));
        }
        return gradients;
    }
}
