package kron4j.backend;

/** Recorded work of a device, to be run again and again; see {@link kron4j.DeviceGraph}. */
public interface Recording extends AutoCloseable {
    /** Queues the work. */
    void replay();

    /** Frees its memory once its last run is done; closing twice does nothing. */
    @Override
    void close();
}
