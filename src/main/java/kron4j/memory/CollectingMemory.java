package kron4j.memory;

import kron4j.DeviceMemoryException;

/**
 * When upstream has no memory, asks the JVM to find forgotten tensors, whose cleaners free their blocks, and tries again for up to half a second.
 */
public final class CollectingMemory implements MemorySource {
    private static final int ATTEMPTS = 8;

    private final MemorySource upstream;

    public CollectingMemory(MemorySource upstream) {
        this.upstream = upstream;
    }

    @Override
    public Block allocate(long bytes) {
        long pause = 1;
        for (int attempt = 0; ; attempt++) {
            try {
                return upstream.allocate(bytes);
            } catch (DeviceMemoryException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                if (attempt == 0) {
                    System.gc();
                }
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
                pause *= 2;
            }
        }
    }

    @Override
    public void free(Block block) {
        upstream.free(block);
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
