package kron4j.autograd;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import kron4j.Tensor;
import kron4j.TensorScope;

/**
 * Trades time for memory: what a part of the computation would save for its gradient is dropped, and computed again when a sweep comes to it. Between
 * forward and backward only the part's operands are held.
 */
// T. Chen, B. Xu, C. Zhang, C. Guestrin: Training deep nets with sublinear memory cost (2016), arXiv 1604.06174.
public final class Checkpoint {
    private Checkpoint() {}

    /** {@code part.apply(x)}; see {@link #of(Function, Tensor...)}. */
    public static Tensor of(UnaryOperator<Tensor> part, Tensor x) {
        return of((Tensor[] all) -> part.apply(all[0]), x);
    }

    /**
     * {@code part.apply(operands)}, recomputed in the backward. Gradients also flow to tensors that the part uses without being given them, as the parameters
     * of a layer; those must then still be open.
     *
     * @param part gives the same result when it is called again, without side effects; what it draws from a {@link kron4j.ops.Random.Generator} in this thread
     *     is the same again
     * @param operands given to it each time, and held until then
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

    /** What was there before the part began and takes part in its gradient. */
    private static Value[] ends(Tensor recorded, long start) {
        Sweep probe = new Sweep("Checkpoint.of", Graph.RETAIN, start, List.of(recorded));
        try {
            return probe.ends().stream().filter(v -> v.node.order <= start).toArray(Value[]::new);
        } finally {
            probe.close();
        }
    }

    private static Tensor[] recomputed(
            Function<Tensor[], Tensor> part, long[] drawn, Tensor g, Tensor[] operands, Value[] ends) {
        Graph graph = NoGrad.isOff() ? Graph.FREE : Graph.DIFFERENTIABLE;
        long start = Node.count();
        Tensor again;
        try (NoGrad on = NoGrad.recordingAgain();
                Draws draws = Draws.repeat(drawn)) {
            again = part.apply(operands);
            draws.requireAll();
        }
        Sweep sweep = new Sweep("Checkpoint.of", graph, start, List.of(again));
        Tensor[] gradients =
                sweep.run(List.of(again), List.of(g), Arrays.asList(ends)).toArray(Tensor[]::new);
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
