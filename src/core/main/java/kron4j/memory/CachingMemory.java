package kron4j.memory;

import java.util.Arrays;
import kron4j.DeviceMemoryException;

/**
 * Keeps freed blocks for reuse, by size classes an eighth of a power of two apart, so that at most 12.5 % of a block is unused. When upstream has
 * no memory, frees the cache and tries once more.
 */
public final class CachingMemory implements MemorySource {
    private final MemorySource upstream;
    private final MemoryLimit maxCached;
    /** For each size class the free blocks, the last one freed first. */
    private final Free[] free = new Free[index(Long.MAX_VALUE) + 1];

    private long cached;

    /**
     * @param upstream source of the blocks
     * @param maxCached greatest size of the cache in bytes; a block that would exceed it goes back at once
     */
    public CachingMemory(MemorySource upstream, MemoryLimit maxCached) {
        this.upstream = upstream;
        this.maxCached = maxCached;
    }

    private record Free(Block block, Free next) {}

    /** The number of the largest size class of at most {@code bytes}. */
    static int index(long bytes) {
        long units = bytes / 64;
        int shift = Math.max(0, 63 - Long.numberOfLeadingZeros(units) - 3);
        return (shift << 3) + (int) (units >> shift);
    }

    /** The size of the class that serves {@code bytes}. */
    static long sizeClass(long bytes) {
        return Bytes.inEighths(bytes);
    }

    @Override
    public Block allocate(long bytes) {
        long size = sizeClass(bytes);
        int index = index(size);
        synchronized (this) {
            Free first = free[index];
            if (first != null) {
                free[index] = first.next;
                cached -= first.block.bytes();
                return first.block;
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
            if (maxCached.allows(cached, block.bytes())) {
                cached += block.bytes();
                int index = index(block.bytes());
                free[index] = new Free(block, free[index]);
                return;
            }
        }
        upstream.free(block);
    }

    @Override
    public synchronized long trim() {
        long returned = cached;
        for (Free first : free) {
            for (Free f = first; f != null; f = f.next) {
                upstream.free(f.block);
            }
        }
        Arrays.fill(free, null);
        cached = 0;
        return returned + upstream.trim();
    }

    @Override
    public synchronized Statistics statistics() {
        Statistics up = upstream.statistics();
        return new Statistics(up.live() - cached, up.peak(), up.cached() + cached, up.allocations());
    }
}
