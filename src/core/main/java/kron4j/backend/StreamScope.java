package kron4j.backend;

/** The time in which a thread's work goes to a stream of its own; see {@link kron4j.Device#openStream}. */
public interface StreamScope extends AutoCloseable {
    /**
     * Ends it; does not wait for the work. Closing twice does nothing.
     *
     * @throws IllegalStateException in another thread, or while a scope that was opened inside it is open
     */
    @Override
    void close();
}
