package kron4j.train;

import kron4j.DType;
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

    /** @throws kron4j.TensorException if an index is not in [-entries, entries) */
    @Override
    public Tensor apply(Tensor indices) {
        return Indexing.take(table, indices, 0);
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
