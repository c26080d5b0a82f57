package kron4j.backend.cpu;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import kron4j.memory.MemorySource;

/** The source of one block: the memory of a caller-owned buffer, kept reachable as long as the block is in use. */
final class Borrowed implements MemorySource {
    private final ByteBuffer owner;

    Borrowed(ByteBuffer owner) {
        this.owner = owner;
    }

    @Override
    public Block allocate(long bytes) {
        throw new UnsupportedOperationException("borrowed memory");
    }

    @Override
    public void free(Block block) {
        Reference.reachabilityFence(owner);
    }

    @Override
    public long trim() {
        return 0;
    }

    @Override
    public Statistics statistics() {
        return new Statistics(0, 0, 0, 0);
    }
}
