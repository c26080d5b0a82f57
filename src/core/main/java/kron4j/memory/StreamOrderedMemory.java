package kron4j.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import kron4j.DeviceMemoryException;

/**
 * Hands out blocks in the order of streams, so that the host does not wait. The stream that used a freed block reuses it at once, since its queue
 * keeps the order; other streams reuse it after an event. Segments from upstream are cut, best fit, neighbours merged: blocks of up to 1 MiB from
 * segments of 2 MiB, up to 20 MiB from segments of 20 MiB. Larger blocks have segments of their own, which are reused whole or given back and so do
 * not fragment.
 *
 * <p>A request that neither the stream's own free blocks nor the settled ones can serve is served, in this order: from blocks that other streams have
 * freed and finished with (by polling an event, without a wait); from upstream; by making the stream wait for the others, on the device; from upstream
 * again, after free segments went back to it. Only the last waits on the host.
 */
public final class StreamOrderedMemory implements MemorySource {
    private final String name;
    private final MemorySource upstream;
    private final long limit;
    private final Supplier<? extends Stream> current;
    private final boolean debug;
    private final Pools general;
    private final Lane[] lanes = new Lane[Stream.MOST];
    /** Freed blocks that several streams have used. */
    private final List<Chunk> pending = new ArrayList<>();
    /** Bits of the streams that record a capture. */
    private volatile long capturing;
    /** Grows with every round of marks. */
    private long epoch;

    private DeviceMemoryException refused;
    private long live;
    private long peak;
    private long reserved;
    private long allocations;

    /**
     * @param name name of the device, for error texts
     * @param upstream source of the segments
     * @param limit limit of upstream, for error texts
     * @param current supplies the calling thread's stream
     * @param debug whether to remember where blocks were freed, to report a second free
     */
    public StreamOrderedMemory(
            String name, MemorySource upstream, long limit, Supplier<? extends Stream> current, boolean debug) {
        this.name = name;
        this.upstream = upstream;
        this.limit = limit;
        this.current = current;
        this.debug = debug;
        this.general = new Pools(!debug);
    }

    /** Returns a block for the calling thread's stream; work queued there may use it at once. */
    @Override
    public Block allocate(long bytes) {
        return take(bytes, true);
    }

    /** Returns a block for a library's workspace; it counts as cached, not as live. */
    public Block workspace(long bytes) {
        return take(bytes, false);
    }

    private Block take(long bytes, boolean counted) {
        Stream stream = current.get();
        synchronized (this) {
            long cached = reserved - live;
            Lane lane = lane(stream);
            Chunk chunk = null;
            if (bytes <= Bins.MOST) {
                long size = Bins.roundUp(bytes);
                chunk = pool(size, lane).take(size, lane);
                if (chunk == null) {
                    chunk = search(size, lane);
                }
            }
            if (chunk == null) {
                throw none(bytes, cached);
            }
            chunk.state = Chunk.State.USED;
            chunk.writer = lane;
            chunk.users = lane.bit;
            chunk.counted = counted;
            if (counted) {
                live += chunk.bytes;
                peak = Math.max(peak, live);
                allocations++;
            }
            return chunk;
        }
    }

    private Pool pool(long size, Lane lane) {
        return (lane.capture == null ? general : lane.capture.pools).of(size);
    }

    private Chunk search(long size, Lane lane) {
        Pool pool = pool(size, lane);
        Chunk chunk = null;
        if (lane.capture == null) {
            settle(lane);
            chunk = pool.take(size, lane);
        }
        if (chunk == null) {
            chunk = grown(pool, size, lane);
        }
        return chunk == null ? squeeze(pool, size, lane) : chunk;
    }

    /** Gets a block when upstream has no more memory. */
    private Chunk squeeze(Pool pool, long size, Lane lane) {
        Chunk chunk = null;
        if (lane.capture == null) {
            gather(lane);
            chunk = pool.take(size, lane);
        }
        for (long enough : new long[] {size, Long.MAX_VALUE}) {
            if (chunk == null && release(enough) > 0) {
                chunk = grown(pool, size, lane);
            }
        }
        return chunk == null && pool == general.small ? general.large.take(size, lane) : chunk;
    }

    /** A block of new memory from upstream, or null. */
    private Chunk grown(Pool pool, long size, Lane lane) {
        long wanted = Pools.segment(size);
        Block block;
        try {
            block = upstream.allocate(wanted);
        } catch (DeviceMemoryException e) {
            refused = e;
            try {
                block = upstream.allocate(size);
            } catch (DeviceMemoryException last) {
                return null;
            }
        }
        reserved += block.bytes();
        pool.add(new Chunk.Segment(block, pool));
        return pool.take(size, lane);
    }

    /** Polls which streams are past their marks and settles the blocks freed before; marks the others. */
    private void settle(Lane asking) {
        for (Lane lane : lanes) {
            if (lane == null
                    || (lane.bit & capturing) != 0
                    || !((lane != asking && general.holds(lane)) || awaited(lane))) {
                continue;
            }
            if (lane.marked < 0) {
                lane.stream.mark();
                lane.marked = epoch;
            }
            if (lane.look() && lane != asking) {
                general.settle(lane);
            }
        }
        epoch++;
        settlePending();
    }

    private boolean awaited(Lane lane) {
        for (Chunk chunk : pending) {
            if ((chunk.users & lane.bit) != 0) {
                return true;
            }
        }
        return false;
    }

    private void settlePending() {
        pending.removeIf(chunk -> {
            for (long users = chunk.users; users != 0; users &= users - 1) {
                if (lanes[Long.numberOfTrailingZeros(users)].reached < chunk.epoch) {
                    return false;
                }
            }
            chunk.segment.pool.give(chunk, null);
            return true;
        });
    }

    /** Makes a stream wait for all others that have free blocks, and gives it these blocks. */
    private void gather(Lane lane) {
        long waitsFor = 0;
        for (Chunk chunk : pending) {
            waitsFor |= chunk.users;
        }
        for (Lane other : lanes) {
            if (other != null && general.holds(other)) {
                waitsFor |= other.bit;
            }
        }
        order(lane, waitsFor & ~capturing);
        pending.removeIf(chunk -> {
            Pool pool = chunk.segment.pool;
            if ((chunk.users & capturing) != 0 || !general.has(pool)) {
                return false;
            }
            chunk.epoch = epoch;
            pool.give(chunk, lane);
            return true;
        });
        general.gather(lane, epoch);
    }

    /** Makes a stream wait for the streams of these bits, on the device. */
    private void order(Lane lane, long streams) {
        for (long rest = streams & ~lane.bit; rest != 0; rest &= rest - 1) {
            lane.stream.waitFor(lanes[Long.numberOfTrailingZeros(rest)].stream);
        }
    }

    /** Gives whole free segments back to upstream, the largest first, until {@code enough} bytes are; waits for the work that may use them. */
    private long release(long enough) {
        for (Lane lane : lanes) {
            if (lane != null && (lane.bit & capturing) == 0 && (general.holds(lane) || awaited(lane))) {
                lane.stream.synchronize();
                lane.reached = epoch;
                general.settle(lane);
            }
        }
        epoch++;
        settlePending();
        long released = 0;
        for (Pool pool : general.all()) {
            for (Chunk chunk : pool.wholeSegments()) {
                if (released < enough) {
                    upstream.free(chunk.segment.block);
                    pool.remove(chunk);
                    reserved -= chunk.segment.block.bytes();
                    released += chunk.segment.block.bytes();
                }
            }
        }
        return released;
    }

    private DeviceMemoryException none(long bytes, long cached) {
        DeviceMemoryException none = new DeviceMemoryException(name + ": cannot allocate " + Bytes.text(bytes) + ": "
                + Bytes.text(live) + " in use, " + Bytes.text(cached) + " cached (freed and retried), limit "
                + Bytes.text(limit) + "; see Device.memoryReport()");
        if (refused != null) {
            none.initCause(refused);
            refused = null;
        }
        return none;
    }

    /** Takes back a block. Uses on another stream than the last writer's must have been announced with {@link #use}. */
    @Override
    public void free(Block block) {
        Chunk chunk = (Chunk) block;
        synchronized (this) {
            if (chunk.state != Chunk.State.USED) {
                throw new IllegalStateException(
                        name + ": a block was freed twice" + (debug ? "" : "; -Dkron4j.debug=true says where"),
                        chunk.freed);
            }
            if (debug) {
                chunk.freed = new Throwable("freed here before");
            }
            live -= chunk.counted ? chunk.bytes : 0;
            chunk.epoch = epoch;
            long users = chunk.users;
            if (chunk.holds > 0) {
                chunk.state = Chunk.State.HELD;
            } else if ((users & (users - 1)) == 0) {
                chunk.segment.pool.give(chunk, chunk.writer);
            } else {
                chunk.state = Chunk.State.PENDING;
                pending.add(chunk);
            }
        }
    }

    /**
     * Announces work on a block before it is queued on the calling thread's stream. Makes the stream wait for the block's last write on another stream
     * and, if the work writes, for all other uses. Cost: a comparison, as long as one stream uses the block.
     */
    public void use(Block block, boolean writes) {
        Chunk chunk = (Chunk) block;
        Stream stream = current.get();
        long bit = 1L << stream.index();
        if (chunk.users != bit || (capturing & bit) != 0) {
            synchronized (this) {
                use(chunk, lane(stream), writes);
            }
        }
    }

    private void use(Chunk chunk, Lane lane, boolean writes) {
        if (lane.capture != null) {
            lane.capture.hold(chunk, writes);
        } else if (writes) {
            order(lane, chunk.users);
            chunk.users = lane.bit;
            chunk.writer = lane;
        } else if ((chunk.users & lane.bit) == 0) {
            lane.stream.waitFor(chunk.writer.stream);
            chunk.users |= lane.bit;
        }
    }

    private Lane lane(Stream stream) {
        Lane lane = lanes[stream.index()];
        return lane != null ? lane : (lanes[stream.index()] = new Lane(stream));
    }

    /** Returns all whole free segments to upstream; waits for the work that may use them. */
    @Override
    public synchronized long trim() {
        return release(Long.MAX_VALUE) + upstream.trim();
    }

    @Override
    public synchronized void resetPeak() {
        peak = live;
    }

    @Override
    public synchronized Statistics statistics() {
        return new Statistics(live, peak, reserved - live, allocations);
    }

    /**
     * Gives the calling thread's stream memory of its own for recording a graph. Blocks that it allocates or uses until {@link Capture#end} stay reserved
     * until {@link Capture#close}. Waits for the stream.
     */
    public synchronized Capture capture() {
        Lane lane = lane(current.get());
        if (lane.capture != null) {
            throw new IllegalStateException(name + ": the stream is already recording");
        }
        lane.stream.synchronize();
        lane.reached = epoch++;
        general.settle(lane);
        settlePending();
        lane.capture = new Capture(this, lane, new Pools(!debug));
        capturing = capturing | lane.bit;
        return lane.capture;
    }

    /** Ends the recording; the blocks still in use are the graph's results. */
    synchronized void end(Capture capture) {
        capture.pools.used().forEach(chunk -> capture.hold(chunk, true));
        capture.lane.capture = null;
        capturing = capturing & ~capture.lane.bit;
    }

    /** Orders the next work of the calling thread's stream after all uses of a graph's memory; returns that stream's bit. */
    synchronized long order(Capture capture) {
        Lane lane = lane(current.get());
        order(lane, capture.launched);
        capture.held.forEach((chunk, written) -> use(chunk, lane, written));
        return lane.bit;
    }

    /** Returns a graph's own memory to the general pools once its work is done. */
    synchronized void release(Capture capture) {
        if (capture.lane.capture == capture) {
            end(capture);
        }
        long users = capture.launched | capture.lane.bit;
        await(capture.pools.drainTo(general), users);
        capture.held.keySet().forEach(chunk -> {
            if (--chunk.holds == 0 && chunk.state == Chunk.State.HELD) {
                await(List.of(chunk), users | chunk.users);
            }
        });
        capture.held.clear();
    }

    private void await(List<Chunk> chunks, long users) {
        for (Chunk chunk : chunks) {
            chunk.state = Chunk.State.PENDING;
            chunk.users = users;
            chunk.epoch = epoch;
            pending.add(chunk);
        }
    }
}
