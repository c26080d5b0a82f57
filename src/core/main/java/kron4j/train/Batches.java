package kron4j.train;

import java.util.Arrays;
import kron4j.Device;
import kron4j.Tensor;
import kron4j.TensorException;
import kron4j.TensorScope;
import kron4j.ops.Indexing;
import kron4j.ops.Random;

/**
 * Minibatches of {@code examples} examples in random order. The order of an epoch depends on the seed and the epoch's number only, so that a resumed training sees
 * what an uninterrupted one would have seen.
 *
 * @param examples how many there are
 * @param size of a batch; what is left over at the end of an epoch is not used in it
 */
public record Batches(long seed, int examples, int size) {
    public Batches {
        if (size < 1 || examples < size) {
            throw new TensorException(
                    "Batches: batches of " + size + " of " + examples + " examples; need 1 to as many as there are");
        }
    }

    public int perEpoch() {
        return examples / size;
    }

    /** The examples of a training's batch number {@code step}, counted over all epochs: int64 [size]. */
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
     * Rows of {@code data}, whose first axis counts the examples. Waits for nothing: an index outside is an error on the CPU, and on a card as in
     * {@link Indexing#takeEx}.
     */
    public Tensor pick(Tensor data, Tensor indices) {
        if (data.rank() == 0 || data.shape().at(0) != examples) {
            throw new TensorException("Batches: data of shape " + data.shape() + " for " + examples
                    + " examples; the first axis must count them");
        }
        return Embedding.rows(data, indices);
    }
}
