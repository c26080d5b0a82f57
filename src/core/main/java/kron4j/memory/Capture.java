package kron4j.memory;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The memory of a recorded graph, which runs again and again at the same addresses: nothing that was allocated while it was recorded, and nothing that
 * it uses, serves anybody else until this is closed, whether it is freed meanwhile or not.
 */
public final class Capture implements AutoCloseable {
    private final StreamOrderedMemory memory;
    final Lane lane;
    final Pools pools;
    /** Blocks of others that the graph uses, and whether it writes them. */
    final Map<Chunk, Boolean> held = new IdentityHashMap<>();
    /** Bits of the streams that the graph ran on last. */
    long launched;

    Capture(StreamOrderedMemory memory, Lane lane, Pools pools) {
        this.memory = memory;
        this.lane = lane;
        this.pools = pools;
    }

    void hold(Chunk chunk, boolean writes) {
        if (held.put(chunk, writes || held.getOrDefault(chunk, false)) == null) {
            chunk.holds++;
        }
    }

    /** The recording is over: the stream allocates as before. */
    public void end() {
        memory.end(this);
    }

    /** To be called before the graph is launched on the calling thread's stream: makes that wait for who used the graph's memory on other streams. */
    public void order() {
        launched = memory.order(this);
    }

    /** Gives up the memory, for others to use once the graph's last run is done. Blocks that are in use stay in use. */
    @Override
    public void close() {
        memory.release(this);
    }
}
