package kron4j.train;

import kron4j.DType;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.ops.Indexing;
import kron4j.ops.Random;

/**
 * Looks up a row of a table for each index: integers [...] to [..., width]. The table is [entries, width], standard
 * normal at first.
 */
public final class Embedding implements Layer {
    private final Parameters parameters = new Parameters();
    private final Tensor table;

    /**
     * Makes a layer on the current device.
     *
     * @param random source of the first values
     * @param dtype float32, float64, or a half for {@link MixedPrecision}
     * @param entries rows of the table
     * @param width columns of the table
     */
    public Embedding(Random.Generator random, DType dtype, long entries, long width) {
        table = parameters.add("table", Initializers.normal(random, dtype, 1, entries, width));
    }

    /**
     * Returns the rows of the table without waiting for the device.
     *
     * @param indices integers [...], in [-entries, entries); on a card an index out of range gives a row of NaN
     * @return the rows, [..., width], owned by the current scope
     * @throws kron4j.TensorException on the CPU if an index is out of range
     */
    @Override
    public Tensor apply(Tensor indices) {
        return rows(table, indices);
    }

    /** The rows of a table; see {@link #apply}. */
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
