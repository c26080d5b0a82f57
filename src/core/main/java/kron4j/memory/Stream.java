package kron4j.memory;

/**
 * A queue of work on a device. The work of one stream runs in order; that of different streams in any order, unless one waits for the other. Only
 * {@link #synchronize} blocks the caller.
 */
public interface Stream {
    /** How many streams a device may have at a time. */
    int MOST = 64;

    /** A number in [0, {@link #MOST}) that no other stream of the device has. */
    int index();

    /** Whatever is queued here from now on runs after what {@code other} has queued by now. */
    void waitFor(Stream other);

    /** Marks the end of what is queued by now; the mark before is forgotten. */
    void mark();

    /** Whether everything before the mark is done. */
    boolean reachedMark();

    /** Waits until everything queued by now is done. */
    void synchronize();
}
