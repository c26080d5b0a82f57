package kron4j.backend;

/** Work that a device has recorded, to be run again and again; see {@link kron4j.DeviceGraph}. */
public interface Recording extends AutoCloseable {
    /** Queues the work. */
    void replay();

    /** Gives up its memory, once its last run is done; closing twice does nothing. */
    @Override
    void close();
}
