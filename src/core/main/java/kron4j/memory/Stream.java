package kron4j.memory;

/**
 * A queue of work on a device. Work of one stream runs in order; work of different streams runs in any order, unless one waits for the other. Only
 * {@link #synchronize} blocks the caller.
 */
public interface Stream {
    /** Greatest number of streams of a device at a time. */
    int MOST = 64;

    /** Returns a number in [0, {@link #MOST}) that no other stream of the device has. */
    int index();

    /** Orders work queued here from now on after the work that {@code other} has queued so far. */
    void waitFor(Stream other);

    /** Marks the end of the work queued so far; the previous mark is forgotten. */
    void mark();

    /** Returns whether all work before the mark is done. */
    boolean reachedMark();

    /** Waits until all work queued so far is done. */
    void synchronize();
}
