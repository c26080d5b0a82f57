package kron4j.memory;

/** Hands out blocks of one device's memory. Safe for use by many threads. */
public interface MemorySource {
    /**
     * A block of at least {@code bytes} bytes, aligned to 64 bytes or better, with undefined content.
     *
     * @throws kron4j.DeviceMemoryException if there is none, with the numbers
     */
    Block allocate(long bytes);

    /** Takes back a block that this source handed out; it must not be used any more. */
    void free(Block block);

    /** Returns what is cached but not in use to the device; the number of bytes returned. */
    long trim();

    /** The memory in use and in cache now. */
    Statistics statistics();

    /** Counts the peak from now on, where it is counted. */
    default void resetPeak() {}

    /** A piece of device memory. */
    interface Block {
        /** Where it begins. */
        long address();

        /** Its size, as allocated (not less than asked for). */
        long bytes();

        static Block of(long address, long bytes) {
            return new Piece(address, bytes);
        }
    }

    /** A block that is no more than its place. */
    record Piece(long address, long bytes) implements Block {}

    /**
     * Numbers in bytes.
     *
     * @param live in blocks that are handed out
     * @param peak the highest {@code live} so far, or since {@link #resetPeak}
     * @param cached held for reuse
     * @param allocations how many blocks were ever handed out
     */
    record Statistics(long live, long peak, long cached, long allocations) {
        /** What the device gave: live and cached. */
        public long reserved() {
            return live + cached;
        }
    }
}
