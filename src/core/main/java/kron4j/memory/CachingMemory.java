package kron4j.memory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import kron4j.DeviceMemoryException;

/**
 * Keeps freed blocks for reuse, by size classes an eighth of a power of two apart, so that at most 12.5 % of a block is unused. When upstream has
 * no memory, frees the cache and tries once more.
 */
public final class CachingMemory implements MemorySource {
    private final MemorySource upstream;
    private final long maxCached;
    private final Map<Long, Deque<Block>> free = new TreeMap<>();
    private long cached;

    /**
     * @param upstream source of the blocks
     * @param maxCached greatest size of the cache in bytes; a block that would exceed it goes back at once
     */
    public CachingMemory(MemorySource upstream, long maxCached) {
        this.upstream = upstream;
        this.maxCached = maxCached;
    }

    /** The size of the class that serves {@code bytes}. */
    static long sizeClass(long bytes) {
        return Bytes.inEighths(bytes);
    }

    @Override
    public Block allocate(long bytes) {
        long size = sizeClass(bytes);
        synchronized (this) {
            Deque<Block> blocks = free.get(size);
            if (blocks != null && !blocks.isEmpty()) {
                cached -= size;
                return blocks.pop();
            }
        }
        try {
            return upstream.allocate(size);
        } catch (DeviceMemoryException first) {
            if (trim() == 0) {
                throw first;
            }
            return upstream.allocate(size);
        }
    }

    @Override
    public void free(Block block) {
        synchronized (this) {
            if (cached + block.bytes() <= maxCached) {
                cached += block.bytes();
                free.computeIfAbsent(block.bytes(), size -> new ArrayDeque<>()).push(block);
                return;
            }
        }
        upstream.free(block);
    }

    @Override
    public synchronized long trim() {
        long returned = cached;
        free.values().forEach(blocks -> blocks.forEach(upstream::free));
        free.clear();
        cached = 0;
        return returned + upstream.trim();
    }

    @Override
    public synchronized Statistics statistics() {
        Statistics up = upstream.statistics();
        return new Statistics(up.live() - cached, up.peak(), up.cached() + cached, up.allocations());
    }
}
