package kron4j.memory;

import java.util.ArrayList;
import java.util.List;

/** The three pools of blocks of different sizes. */
final class Pools {
    private static final long SMALL = 1 << 20;
    /** Granularity of the device's own allocations. */
    private static final long SMALL_SEGMENT = 2 << 20;

    private static final long LARGE_SEGMENT = 20 << 20;

    final Pool small;
    final Pool large;
    /** Blocks that have a segment each. */
    private final Pool huge;

    private final List<Pool> all;

    Pools(boolean recycle) {
        small = new Pool(true, recycle);
        large = new Pool(true, recycle);
        huge = new Pool(false, recycle);
        all = List.of(huge, large, small);
    }

    /** The pool for blocks of a size. */
    Pool of(long size) {
        return size <= SMALL ? small : size <= LARGE_SEGMENT ? large : huge;
    }

    /** The bytes of a segment for blocks of a size. */
    static long segment(long size) {
        return size <= SMALL
                ? SMALL_SEGMENT
                : Math.max(LARGE_SEGMENT, (size + SMALL_SEGMENT - 1) / SMALL_SEGMENT * SMALL_SEGMENT);
    }

    /** The pools, the one of the largest blocks first. */
    List<Pool> all() {
        return all;
    }

    boolean has(Pool pool) {
        return all.contains(pool);
    }

    boolean holds(Lane lane) {
        return small.holds(lane) || large.holds(lane) || huge.holds(lane);
    }

    void settle(Lane lane) {
        all.forEach(pool -> pool.settle(lane));
    }

    void gather(Lane lane, long epoch) {
        all.forEach(pool -> pool.gather(lane, epoch));
    }

    List<Chunk> used() {
        List<Chunk> used = new ArrayList<>();
        all.forEach(pool -> used.addAll(pool.used()));
        return used;
    }

    List<Chunk> drainTo(Pools others) {
        List<Chunk> free = small.drainTo(others.small);
        free.addAll(large.drainTo(others.large));
        free.addAll(huge.drainTo(others.huge));
        return free;
    }
}
