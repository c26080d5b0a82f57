package kron4j.memory;

/** Hands out blocks of one device's memory. Safe for use by many threads. */
public interface MemorySource {
    /**
     * Returns a block of at least {@code bytes} bytes, aligned to 64 bytes or better, with undefined content.
     *
     * @throws kron4j.DeviceMemoryException if there is no memory; names the bytes asked for, in use and allowed
     */
    Block allocate(long bytes);

    /** Takes back a block that this source handed out; it must not be used afterwards. */
    void free(Block block);

    /** Gives cached memory that is not in use back to the device; returns the number of bytes. */
    long trim();

    /** Returns the memory in use and in cache now. */
    Statistics statistics();

    /** Restarts the peak, if this source counts it. */
    default void resetPeak() {}

    /** A piece of device memory. */
    interface Block {
        /** Address of the first byte. */
        long address();

        /** Size as allocated, at least that asked for. */
        long bytes();

        static Block of(long address, long bytes) {
            return new Piece(address, bytes);
        }
    }

    /** A block without state of its own. */
    record Piece(long address, long bytes) implements Block {}

    /**
     * Statistics.
     *
     * @param live bytes in blocks that are handed out
     * @param peak highest {@code live} so far, or since {@link #resetPeak}
     * @param cached bytes held for reuse
     * @param allocations number of blocks ever handed out
     */
    record Statistics(long live, long peak, long cached, long allocations) {
        /** Bytes taken from the device: live and cached. */
        public long reserved() {
            return live + cached;
        }
    }
}
