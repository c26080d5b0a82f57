package kron4j.memory;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import kron4j.DeviceMemoryException;

/**
 * When upstream has no memory, asks the JVM to find forgotten tensors and tries again, as long as that frees something: on a busy machine the
 * freeing thread may be slow.
 */
public final class CollectingMemory implements MemorySource {
    /** Longest wait for a sign of life from the cleaner's thread. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);
    /** Longest time in which other threads may take the freed memory first. */
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);

    private final MemorySource upstream;
    private final AtomicLong frees = new AtomicLong();

    public CollectingMemory(MemorySource upstream) {
        this.upstream = upstream;
    }

    @Override
    public Block allocate(long bytes) {
        try {
            return upstream.allocate(bytes);
        } catch (DeviceMemoryException full) {
            return allocateFromForgotten(bytes, full);
        }
    }

    private Block allocateFromForgotten(long bytes, DeviceMemoryException full) {
        DeviceMemoryException reason = full;
        long begin = System.nanoTime();
        for (int round = 0; ; round++) {
            long before = frees.get();
            try {
                Forgotten.collect(System.nanoTime() + PATIENCE);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw reason;
            }
            try {
                return upstream.allocate(bytes);
            } catch (DeviceMemoryException e) {
                reason = e;
            }
            boolean progress = round == 0 || frees.get() > before;
            if (!progress || System.nanoTime() - begin > LIMIT) {
                throw reason;
            }
        }
    }

    @Override
    public void free(Block block) {
        upstream.free(block);
        frees.incrementAndGet();
    }

    @Override
    public long trim() {
        return upstream.trim();
    }

    @Override
    public void resetPeak() {
        upstream.resetPeak();
    }

    @Override
    public Statistics statistics() {
        return upstream.statistics();
    }
}
