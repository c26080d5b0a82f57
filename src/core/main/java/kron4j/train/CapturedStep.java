package kron4j.train;

import kron4j.DeviceGraph;
import kron4j.Tensor;

/**
 * A step of a training as one recorded graph of a CUDA card, from {@link Trainer#capture}: forward, backward and update cost the host one call. Put the next batch
 * into the tensors that the loss reads with {@link kron4j.ops.InPlace#assign}, then call {@link #step}.
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

    /** Queues one step and counts it; the learning rate is that of the schedule. Gives the loss before the step, []: the same tensor every time. */
    public Tensor step() {
        trainer.counted(graph::replay);
        return loss;
    }

    /** Gives up the graph and the memory it keeps. */
    @Override
    public void close() {
        graph.close();
    }
}
