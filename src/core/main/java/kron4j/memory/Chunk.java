package kron4j.memory;

/**
 * A piece of a segment, in use or free. A {@link Pool} splits and merges chunks; all fields are guarded by the {@link StreamOrderedMemory}, but for
 * those of the use, which have a lock of their own.
 */
final class Chunk implements MemorySource.Block {
    enum State {
        USED,
        FREE,
        /** Given back, but some of the streams that used it may not be through. */
        PENDING,
        /** Given back, but a graph still works on it. */
        HELD,
        GONE
    }

    Segment segment;
    long address;
    long bytes;
    State state = State.FREE;
    /** Neighbours in the segment. */
    Chunk before;

    Chunk after;
    /** The bins that a free chunk lies in, and its neighbours in its bin. */
    Bins home;

    Chunk previousFree;
    Chunk nextFree;
    /** When it was given back: it is safe for everybody once all of its streams are past a mark made later. */
    long epoch;
    /** The stream that wrote it last, and the bits of all that have used it since, each ordered after that write. */
    Lane writer;

    volatile long users;
    /** Whether it is live for the statistics while it is used. */
    boolean counted;
    /** How many graphs work on it. */
    int holds;
    /** In debug mode, where it was freed. */
    Throwable freed;

    @Override
    public long address() {
        return address;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    boolean isWhole() {
        return before == null && after == null;
    }

    /** A piece of upstream's memory, and the pool that its chunks belong to. */
    static final class Segment {
        final MemorySource.Block block;
        Pool pool;
        /** The one of lowest address. */
        Chunk first;

        Segment(MemorySource.Block block, Pool pool) {
            this.block = block;
            this.pool = pool;
        }
    }
}
