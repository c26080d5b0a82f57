package kron4j.memory;

/**
 * A piece of a segment, in use or free. A {@link Pool} splits and merges chunks. The {@link StreamOrderedMemory} guards all fields except those of
 * the use, which have their own lock.
 */
final class Chunk implements MemorySource.Block {
    enum State {
        USED,
        FREE,
        /** Freed, but a stream that used it may not be done. */
        PENDING,
        /** Freed, but a graph still uses it. */
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
    /** Epoch in which it was freed; any stream may use it once all of its streams are past a later mark. */
    long epoch;
    /** The stream that wrote it last, and the bits of all that have used it since, each ordered after that write. */
    Lane writer;

    volatile long users;
    /** Whether it counts as live in the statistics while in use. */
    boolean counted;
    /** Number of graphs that use it. */
    int holds;
    /** Place where it was freed, in debug mode. */
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

    /** A piece of upstream's memory, with the pool of its chunks. */
    static final class Segment {
        final MemorySource.Block block;
        Pool pool;
        /** The chunk of lowest address. */
        Chunk first;

        Segment(MemorySource.Block block, Pool pool) {
            this.block = block;
            this.pool = pool;
        }
    }
}
