package kron4j;

import kron4j.backend.Recording;

/**
 * Operations recorded on a CUDA card, to be run again and again by a single call. A row of small operations then costs
 * the card's time only.
 *
 * <pre>{@code
 * Tensor x = Tensor.zeros(DType.FLOAT32, 64, 512);       // the graph reads it
 * Tensor[] y = new Tensor[1];
 * try (DeviceGraph step = device.capture(() -> y[0] = Softmax.softmax(x.matmul(w), -1))) {
 *     for (Tensor batch : batches) {
 *         InPlace.assign(x, batch);
 *         step.replay();
 *         System.out.println(Reduce.argmax(y[0], -1));   // of this run
 *     }
 * }
 * }</pre>
 *
 * <p>Recording computes nothing: results have content after the first {@link #replay}. Each run reads and writes the
 * same memory as the recording, so a result holds what the last run wrote. Scalars and seeds of random numbers are
 * those of the recording.
 *
 * <p>Ownership: the graph keeps all memory that it reads and writes until it is closed, even that of tensors closed
 * meanwhile. Results belong to the scope in which they were made, and stay valid after the graph is closed. Any thread
 * may replay; runs are ordered with the other work of that thread's stream. A forgotten graph is freed some time after.
 */
public final class DeviceGraph implements AutoCloseable {
    private final Device device;
    private final Recording recording;
    private volatile boolean closed;

    DeviceGraph(Device device, Recording recording) {
        this.device = device;
        this.recording = recording;
    }

    /** {@return the card that runs the operations} */
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

    /** Frees the graph and the memory that it keeps, once its last run is done. Closing twice does nothing. */
    @Override
    public void close() {
        closed = true;
        recording.close();
    }
}
