package kron4j.memory;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The memory of a recorded graph, which runs again and again at the same addresses. Blocks that were allocated during the recording, and blocks that
 * the graph uses, are reused by nothing else until this is closed, even if they are freed meanwhile.
 */
public final class Capture implements AutoCloseable {
    private final StreamOrderedMemory memory;
    final Lane lane;
    final Pools pools;
    /** Blocks from outside that the graph uses, and whether it writes them. */
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

    /** Ends the recording; the stream allocates as before. */
    public void end() {
        memory.end(this);
    }

    /** Makes the calling thread's stream wait for uses of the graph's memory on other streams; call it before launching the graph there. */
    public void order() {
        launched = memory.order(this);
    }

    /** Releases the memory for reuse once the graph's last run is done. Blocks that are in use stay in use. */
    @Override
    public void close() {
        memory.release(this);
    }
}
