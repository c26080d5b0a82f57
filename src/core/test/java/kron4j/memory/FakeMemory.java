package kron4j.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.TreeMap;
import kron4j.DeviceMemoryException;

/** A device of a given size without any memory: addresses only, and every free is checked. */
final class FakeMemory implements MemorySource {
    private final long capacity;
    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    private long next = 256;
    private long used;

    FakeMemory(long capacity) {
        this.capacity = capacity;
    }

    @Override
    public synchronized Block allocate(long bytes) {
        if (bytes > capacity - used) {
            throw new DeviceMemoryException("fake: no " + bytes + " bytes left of " + capacity);
        }
        Block block = Block.of(next, bytes);
        next += (bytes + 511) / 256 * 256;
        used += bytes;
        blocks.put(block.address(), block);
        return block;
    }

    @Override
    public synchronized void free(Block block) {
        assertEquals(block, blocks.remove(block.address()), "freed what is not allocated");
        used -= block.bytes();
    }

    @Override
    public long trim() {
        return 0;
    }

    @Override
    public synchronized Statistics statistics() {
        return new Statistics(used, 0, 0, 0);
    }

    long capacity() {
        return capacity;
    }

    synchronized long used() {
        return used;
    }
}
