package kron4j.memory;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Free chunks of segments, by the stream that may use them at once; settled chunks may be used by any stream. Neighbours merge as soon as one stream
 * may use both.
 */
final class Pool {
    private final Bins settled = new Bins();
    private final Bins[] lanes = new Bins[Stream.MOST];
    private final Set<Chunk.Segment> segments = new LinkedHashSet<>();
    private final boolean cuts;
    private final boolean recycles;
    /** Chunks that were merged into others, for the next split. */
    private Chunk spare;

    /**
     * @param cuts whether a request gets part of a segment; if not, it gets a whole one and uses at least seven eighths of it
     * @param recycles whether the object of a freed block may be reused for another block; if not, every second free is noticed
     */
    Pool(boolean cuts, boolean recycles) {
        this.cuts = cuts;
        this.recycles = recycles;
    }

    /** A chunk of {@code size} bytes or slightly more for a stream, or null. */
    Chunk take(long size, Lane lane) {
        int bin = Bins.bin(size);
        Bins own = lanes[lane.index];
        int mine = own == null ? -1 : own.find(bin);
        int common = settled.find(bin);
        if (mine < 0 && common < 0) {
            return null;
        }
        boolean ours = common < 0 || (mine >= 0 && mine <= common);
        Bins from = ours ? own : settled;
        Chunk chunk = from.first(ours ? mine : common);
        if (!cuts && chunk.bytes - size > chunk.bytes / 8) {
            return null;
        }
        from.remove(chunk);
        if (cuts && chunk.bytes > size) {
            from.add(split(chunk, size));
        }
        return recycles ? chunk : renewed(chunk);
    }

    /** Adds a new segment, not used yet. */
    void add(Chunk.Segment segment) {
        Chunk chunk = node();
        chunk.segment = segment;
        chunk.address = segment.block.address();
        chunk.bytes = segment.block.bytes() / Bins.GRANULE * Bins.GRANULE;
        segment.first = chunk;
        segments.add(segment);
        settled.add(chunk);
    }

    /** Adds a free chunk that one stream may use, or every stream if {@code lane} is null. */
    void give(Chunk chunk, Lane lane) {
        Bins home = lane == null ? settled : lane(lane);
        Chunk free = chunk;
        Chunk after = free.after;
        if (after != null && merges(after, home)) {
            after.home.remove(after);
            merge(free, after);
        }
        Chunk before = free.before;
        if (before != null && merges(before, home)) {
            before.home.remove(before);
            merge(before, free);
            free = before;
        }
        free.state = Chunk.State.FREE;
        home.add(free);
    }

    /** Settles the chunks that one stream freed up to the epoch that it has reached. */
    void settle(Lane lane) {
        Bins own = lanes[lane.index];
        if (own == null) {
            return;
        }
        for (Chunk chunk : own.list()) {
            if (chunk.epoch <= lane.reached) {
                own.remove(chunk);
                give(chunk, null);
            }
        }
    }

    /** Gives all free chunks to one stream, whose work of this epoch waits for the others. */
    void gather(Lane lane, long epoch) {
        Bins own = lane(lane);
        for (Bins bins : lanes) {
            if (bins != own && bins != null) {
                move(bins, lane, epoch);
            }
        }
        move(settled, lane, epoch);
    }

    private void move(Bins bins, Lane to, long epoch) {
        for (int bin = bins.find(0); bin >= 0; bin = bins.find(bin)) {
            Chunk chunk = bins.first(bin);
            bins.remove(chunk);
            chunk.epoch = epoch;
            give(chunk, to);
        }
    }

    /** Whether it has chunks that only this stream may use. */
    boolean holds(Lane lane) {
        Bins own = lanes[lane.index];
        return own != null && !own.isEmpty();
    }

    /** The settled chunks that are whole segments, the largest first. */
    List<Chunk> wholeSegments() {
        List<Chunk> whole = new ArrayList<>();
        for (Chunk chunk : settled.list()) {
            if (chunk.isWhole()) {
                whole.add(chunk);
            }
        }
        whole.sort((a, b) -> Long.compare(b.bytes, a.bytes));
        return whole;
    }

    /** Takes out a free chunk that is a whole segment. */
    void remove(Chunk chunk) {
        chunk.home.remove(chunk);
        chunk.state = Chunk.State.GONE;
        segments.remove(chunk.segment);
    }

    /** The chunks in use. */
    List<Chunk> used() {
        List<Chunk> used = new ArrayList<>();
        for (Chunk.Segment segment : segments) {
            for (Chunk chunk = segment.first; chunk != null; chunk = chunk.after) {
                if (chunk.state == Chunk.State.USED) {
                    used.add(chunk);
                }
            }
        }
        return used;
    }

    /** Moves all segments to another pool, without their free chunks, which are in no bin afterwards. */
    List<Chunk> drainTo(Pool other) {
        segments.forEach(segment -> segment.pool = other);
        segments.clear();
        List<Chunk> free = settled.list();
        for (Bins bins : lanes) {
            if (bins != null) {
                free.addAll(bins.list());
            }
        }
        free.forEach(chunk -> chunk.home.remove(chunk));
        return free;
    }

    private Bins lane(Lane lane) {
        Bins own = lanes[lane.index];
        return own != null ? own : (lanes[lane.index] = new Bins());
    }

    private boolean merges(Chunk neighbour, Bins home) {
        return neighbour.home != null && (neighbour.home == home || neighbour.home == settled);
    }

    /** Merges {@code upper}, which begins where {@code lower} ends, into it. */
    private void merge(Chunk lower, Chunk upper) {
        lower.bytes += upper.bytes;
        lower.epoch = Math.max(lower.epoch, upper.epoch);
        lower.after = upper.after;
        if (upper.after != null) {
            upper.after.before = lower;
        }
        upper.state = Chunk.State.GONE;
        upper.segment = null;
        upper.before = null;
        upper.after = recycles ? spare : null;
        spare = recycles ? upper : null;
    }

    /** Cuts a chunk to {@code size}; returns the rest. */
    private Chunk split(Chunk chunk, long size) {
        Chunk rest = node();
        rest.segment = chunk.segment;
        rest.address = chunk.address + size;
        rest.bytes = chunk.bytes - size;
        rest.epoch = chunk.epoch;
        rest.before = chunk;
        rest.after = chunk.after;
        if (rest.after != null) {
            rest.after.before = rest;
        }
        chunk.after = rest;
        chunk.bytes = size;
        return rest;
    }

    private Chunk node() {
        Chunk node = spare;
        if (node == null) {
            return new Chunk();
        }
        spare = node.after;
        node.after = null;
        node.state = Chunk.State.FREE;
        return node;
    }

    /** A new object in the place of a chunk. */
    private static Chunk renewed(Chunk chunk) {
        Chunk other = new Chunk();
        other.segment = chunk.segment;
        other.address = chunk.address;
        other.bytes = chunk.bytes;
        other.epoch = chunk.epoch;
        other.before = chunk.before;
        other.after = chunk.after;
        if (other.before != null) {
            other.before.after = other;
        } else {
            other.segment.first = other;
        }
        if (other.after != null) {
            other.after.before = other;
        }
        chunk.state = Chunk.State.GONE;
        return other;
    }
}
