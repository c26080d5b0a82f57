package kron4j.train;

import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.ops.Indexing;
import kron4j.ops.Random;

/** A row of a table for each index: int32 or int64 [...] to [..., width]. The table is [entries, width], standard normal at first. */
public final class Embedding implements Layer {
    private final Parameters parameters = new Parameters();
    private final Tensor table;

    public Embedding(Random.Generator random, DType dtype, long entries, long width) {
        table = parameters.add("table", Initializers.normal(random, dtype, 1, entries, width));
    }

    /**
     * Indices are in [-entries, entries). Another one is an error on the CPU; on a card, which would have to be waited for, it gives a row of NaN.
     *
     * @throws kron4j.TensorException for such an index on the CPU
     */
    @Override
    public Tensor apply(Tensor indices) {
        return rows(table, indices);
    }

    /** As {@link #apply} says. */
    static Tensor rows(Tensor table, Tensor indices) {
        return indices.device().equals(Device.cpu())
                ? Indexing.take(table, indices, 0)
                : Indexing.takeEx(table, indices, 0);
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
