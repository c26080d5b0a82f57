package kron4j;

/** Sends a thread's work to a stream of its own until closed; see {@link Device#openStream}. */
public interface StreamScope extends AutoCloseable {
    /**
     * Ends the scope without waiting for the work. Closing twice does nothing.
     *
     * @throws IllegalStateException in another thread, or while a scope that was opened inside it is open
     */
    @Override
    void close();
}
