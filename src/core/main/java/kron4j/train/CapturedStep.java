package kron4j.train;

import kron4j.DeviceGraph;
import kron4j.Tensor;

/**
 * A training step recorded as one graph of a CUDA card by {@link Trainer#capture}: forward, backward and update cost the
 * host one call. Put the next batch into the tensors that the loss reads with {@link kron4j.ops.InPlace#assign}, then call
 * {@link #step}.
 */
public final class CapturedStep implements AutoCloseable {
    private final Trainer trainer;
    private final DeviceGraph graph;
    private final Tensor loss;

    CapturedStep(Trainer trainer, DeviceGraph graph, Tensor loss) {
        this.trainer = trainer;
        this.graph = graph;
        this.loss = loss;
    }

    /**
     * Enqueues one step with the schedule's learning rate and counts it.
     *
     * @return the loss before the step, []; the same tensor every time, owned by the scope around the capture
     */
    public Tensor step() {
        trainer.counted(graph::replay);
        return loss;
    }

    /** Frees the graph and the memory that it keeps. */
    @Override
    public void close() {
        graph.close();
    }
}
