package kron4j;

import kron4j.backend.Recording;

/**
 * Operations that were recorded on a CUDA card, to be run again and again by a single call: small operations in a row then cost the card's time only.
 *
 * <pre>{@code
 * Tensor x = Tensor.zeros(FLOAT32, 64, 512);             // what the graph reads
 * Tensor[] y = new Tensor[1];
 * try (DeviceGraph step = device.capture(() -> y[0] = Softmax.softmax(x.matmul(w), -1))) {
 *     for (Tensor batch : batches) {
 *         InPlace.assign(x, batch);
 *         step.replay();
 *         use(y[0]);                                     // of this run
 *     }
 * }
 * }</pre>
 *
 * <p>While it is recorded, nothing is computed: results have content after the first {@link #replay}. Each run reads what it read when it was
 * recorded, at the same place, and writes its results to the same place, so a result holds what the last run wrote. Scalars and seeds of random
 * numbers are those of the recording.
 *
 * <p>Ownership: the graph keeps all memory that it reads and writes until it is closed, even of tensors that were closed meanwhile; results belong to
 * the scope in which they were made, and stay valid after the graph was closed. Any thread may replay; runs are ordered with the other work of that
 * thread's stream. A forgotten graph is freed some time after.
 */
public final class DeviceGraph implements AutoCloseable {
    private final Device device;
    private final Recording recording;
    private volatile boolean closed;

    DeviceGraph(Device device, Recording recording) {
        this.device = device;
        this.recording = recording;
    }

    public Device device() {
        return device;
    }

    /**
     * Queues a run of the recorded operations; does not wait.
     *
     * @throws CaptureException if this was closed, or while the calling thread records another graph
     */
    public void replay() {
        if (closed) {
            throw new CaptureException(device + ": the graph was closed");
        }
        recording.replay();
    }

    /** Gives up the graph and the memory it keeps, once its last run is done. Closing twice does nothing. */
    @Override
    public void close() {
        closed = true;
        recording.close();
    }
}
