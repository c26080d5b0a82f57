package kron4j.memory;

import kron4j.DeviceMemoryException;

/** Counts the bytes handed out and refuses requests beyond a limit. Sits on the bottom source, under the cache, so the limit covers both. */
public final class LimitedMemory implements MemorySource {
    private final String name;
    private final MemorySource upstream;
    private final MemoryLimit limit;
    private long live;
    private long peak;
    private long allocations;

    /**
     * @param name name of the device, for error texts
     * @param upstream source of the blocks
     * @param limit greatest number of bytes handed out at a time
     */
    public LimitedMemory(String name, MemorySource upstream, MemoryLimit limit) {
        this.name = name;
        this.upstream = upstream;
        this.limit = limit;
    }

    @Override
    public Block allocate(long bytes) {
        synchronized (this) {
            if (!limit.allows(live, bytes)) {
                throw new DeviceMemoryException(name + ": cannot allocate " + Bytes.text(bytes) + ": "
                        + Bytes.text(live) + " in use, limit " + Bytes.text(limit.bytes())
                        + "; close tensors or scopes, or raise the limit; see Device.memoryReport()");
            }
            live += bytes;
        }
        Block block;
        try {
            block = upstream.allocate(bytes);
        } catch (RuntimeException e) {
            synchronized (this) {
                live -= bytes;
            }
            throw e;
        }
        synchronized (this) {
            allocations++;
            live += block.bytes() - bytes;
            peak = Math.max(peak, live);
        }
        return block;
    }

    @Override
    public void free(Block block) {
        upstream.free(block);
        synchronized (this) {
            live -= block.bytes();
        }
    }

    @Override
    public long trim() {
        return upstream.trim();
    }

    @Override
    public synchronized Statistics statistics() {
        return new Statistics(live, peak, upstream.statistics().cached(), allocations);
    }
}
