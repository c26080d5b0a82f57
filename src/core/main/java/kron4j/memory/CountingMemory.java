package kron4j.memory;

/** Counts the live and peak bytes of its users, above the cache. */
public final class CountingMemory implements MemorySource {
    private final MemorySource upstream;
    private long live;
    private long peak;
    private long allocations;

    public CountingMemory(MemorySource upstream) {
        this.upstream = upstream;
    }

    @Override
    public Block allocate(long bytes) {
        Block block = upstream.allocate(bytes);
        synchronized (this) {
            live += block.bytes();
            peak = Math.max(peak, live);
            allocations++;
        }
        return block;
    }

    @Override
    public void free(Block block) {
        synchronized (this) {
            live -= block.bytes(); // first, so that a block that is handed on at once does not count twice
        }
        upstream.free(block);
    }

    @Override
    public long trim() {
        return upstream.trim();
    }

    @Override
    public synchronized void resetPeak() {
        peak = live;
    }

    @Override
    public synchronized Statistics statistics() {
        return new Statistics(live, peak, upstream.statistics().cached(), allocations);
    }
}
