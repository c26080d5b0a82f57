package kron4j.train;

import java.util.Arrays;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.Indexing;
import kron4j.ops.Random;

/**
 * Minibatches of {@code examples} examples in random order. The order of an epoch depends only on the seed and the epoch's
 * number, so a resumed training sees the same batches as an uninterrupted one.
 *
 * <pre>{@code
 * Tensor data = Random.normal(1, DType.FLOAT32, 1000, 8);
 * Batches batches = new Batches(2, 1000, 32);
 * Tensor first = batches.pick(data, batches.indices(0));   // [32, 8]
 * }</pre>
 *
 * @param seed decides the order of every epoch
 * @param examples number of examples, at least {@code size}
 * @param size examples in a batch, at least 1; the remainder of an epoch is left out of it
 */
public record Batches(long seed, int examples, int size) {
    /**
     * Checks the sizes.
     *
     * @param seed any
     * @param examples at least {@code size}
     * @param size at least 1
     * @throws TensorException if a number is outside its range
     */
    public Batches {
        if (size < 1 || examples < size) {
            throw new TensorException(
                    "Batches: size " + size + " for " + examples + " examples; expected 1 to the number of examples");
        }
    }

    /**
     * Returns the number of batches in an epoch.
     *
     * @return {@code examples / size}, rounded down
     */
    public int perEpoch() {
        return examples / size;
    }

    /**
     * Returns the examples of a batch.
     *
     * @param step number of the batch, counted from 0 over all epochs
     * @return their indices on the current device, int64 [size]
     */
    public Tensor indices(long step) {
        long epoch = step / perEpoch();
        int from = (int) (step % perEpoch()) * size;
        long[] order;
        // On the CPU, where nothing has to be waited for; the numbers are the same on every device.
        try (TensorScope host = Device.cpu().openScope()) {
            order = Random.permutation(seed, epoch, examples).toLongArray(); // one stream for each epoch
        }
        return Tensor.of(Arrays.copyOfRange(order, from, from + size));
    }

    /**
     * Returns rows of {@code data} without waiting for the device.
     *
     * @param data [examples, ...]
     * @param indices integers [n]; on a card an index out of range gives a row of NaN, as in {@link Indexing#takeEx}
     * @return the rows, [n, ...]
     * @throws TensorException if the first axis of the data does not count the examples, or on the CPU if an index is out
     *     of range
     */
    public Tensor pick(Tensor data, Tensor indices) {
        if (data.rank() == 0 || data.shape().at(0) != examples) {
            throw new TensorException("Batches: data of shape " + data.shape() + " for " + examples
                    + " examples; the first axis must count them");
        }
        return Embedding.rows(data, indices);
    }
}
