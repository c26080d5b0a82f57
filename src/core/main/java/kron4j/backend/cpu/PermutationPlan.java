package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.plan.Loop;

/** How a {@link Permutation} is cut into tiles, and how a tile lies in its array. */
class PermutationPlan {
    /** Bytes of a tile, which stays in the second-level cache. */
    private static final int TILE = 1 << 18;

    /** Smaller tiles take on axes that make their runs no longer. */
    private static final int SMALL = 1 << 13;

    /** Bytes of a tile that is not turned, or of few rows or columns: one that stays in the first-level cache and has long runs all the same. */
    private static final int NARROW_TILE = 1 << 13;

    /** Bytes of the widest elements. */
    private static final int WIDEST = 16;

    private static final int LINE = 64;

    /** Bytes of an element. */
    final int width;

    final int rank;
    final long[] sizes;
    /** Strides of the source in bytes; below zero only along the target's neighbours. */
    final long[] source;

    /** Strides of the target in bytes. */
    final long[] target;

    final long sourceStart;
    final long targetStart;
    /** Axes by rising stride of the source; those along which it is broadcast come last. */
    final int[] order;
    /** The axis of the nearest elements in the source. */
    final int near;

    /** The axis of neighbours in the target. */
    final int last;
    /** Elements of the source from one to the next along {@link #near}. */
    final int step;
    /** Extents of a tile. */
    final int[] block;
    /** Which axes make up a row: elements in one piece of the source, {@link #step} apart. */
    final boolean[] read;

    /** Which axes make up a run of the target. */
    final boolean[] written;
    /** Whose elements are neighbours of one another in the target, without those of a row. */
    final boolean[] turned;
    /** Elements of the tile's array from one to the next along each axis. */
    final int[] steps;

    /** Elements of that array. */
    final int room;

    PermutationPlan(Loop loop, int bytes) {
        int axes = loop.rank();
        boolean both = loop.strides()[1][axes - 1] == 1 && loop.strides()[0][axes - 1] == 1;
        long run = both ? loop.sizes()[axes - 1] * bytes : bytes;
        // Runs in both are made of elements as wide as possible, of which a line of the source has several.
        long parts = run;
        for (long stride : loop.strides()[1]) {
            parts |= Math.abs(stride) * bytes < LINE ? stride * bytes : 0;
        }
        width = both ? (int) Math.min(WIDEST, Long.lowestOneBit(parts)) : bytes;
        rank = axes - (run == width && axes > 1 && both ? 1 : 0);
        last = rank - 1;
        sizes = Arrays.copyOf(loop.sizes(), rank);
        source = inBytes(loop.strides()[1], bytes);
        target = inBytes(loop.strides()[0], bytes);
        if (rank == axes && both) {
            sizes[last] = run / width;
            source[last] = width;
            target[last] = width;
        }
        long x = loop.offsets()[1] * bytes;
        long y = loop.offsets()[0] * bytes;
        for (int axis = 0; axis < last; axis++) {
            if (source[axis] < 0) {
                x += (sizes[axis] - 1) * source[axis];
                y += (sizes[axis] - 1) * target[axis];
                source[axis] = -source[axis];
                target[axis] = -target[axis];
            }
        }
        sourceStart = x;
        targetStart = y;
        order = order();
        near = order[0];
        step = (int) (source[near] / width);
        block = new int[rank];
        read = new boolean[rank];
        written = new boolean[rank];
        turned = new boolean[rank];
        steps = new int[rank];
        if (isSuitable()) {
            plan(near == last && sizes[last] * width >= NARROW_TILE ? NARROW_TILE : TILE);
            if (near != last && Math.min(count(block, read), count(block, turned)) < Turns.ROWS) {
                plan(NARROW_TILE);
            }
        }
        room = isSuitable() ? place() : 0;
    }

    private long[] inBytes(long[] strides, int bytes) {
        return Arrays.stream(strides).limit(rank).map(stride -> stride * bytes).toArray();
    }

    /** Whether lines of both have several elements; nothing else is known where they have not. */
    final boolean isSuitable() {
        return target[last] == width && source[last] != 0 && Math.abs(source[near]) < LINE && source[near] != 0;
    }

    private int[] order() {
        int[] sorted = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            int at = axis;
            while (at > 0 && key(source[sorted[at - 1]]) > key(source[axis])) {
                sorted[at] = sorted[--at];
            }
            sorted[at] = axis;
        }
        return sorted;
    }

    private static long key(long stride) {
        return stride == 0 ? Long.MAX_VALUE : Math.abs(stride);
    }

    /** Chooses the extents of a tile of so many bytes, doubling the shorter of its runs. */
    private void plan(int most) {
        Arrays.fill(block, 1);
        Arrays.fill(turned, false);
        long bytes = width;
        while (bytes < most) {
            chain(false, read);
            chain(true, written);
            int reading = next(false, read);
            int writing = next(true, written);
            int axis =
                    reading < 0 || (writing >= 0 && length(block, written) <= length(block, read)) ? writing : reading;
            if (axis < 0 && bytes < SMALL) {
                axis = unfinished();
            }
            if (axis < 0) {
                break;
            }
            int extent = (int) Math.min(sizes[axis], 2L * block[axis]);
            bytes = bytes / block[axis] * extent;
            block[axis] = extent;
        }
        int unit = LINE / width;
        for (int axis = 0; axis < rank; axis++) {
            long parts = (sizes[axis] + block[axis] - 1) / block[axis];
            long even = (sizes[axis] + parts - 1) / parts;
            block[axis] = (int) Math.min(sizes[axis], even < 2L * unit ? even : (even + unit - 1) / unit * unit);
        }
        chain(false, read);
        chain(true, written);
        for (int axis = last; axis >= 0 && written[axis] && !read[axis]; axis--) {
            turned[axis] = true;
        }
    }

    /** Lays out the array, and returns its elements: along the axes of a run, and then along the others, so that lines do not meet in the same sets of the cache. */
    private int place() {
        int unit = LINE / width;
        int next = 1;
        for (int axis = last; axis >= 0; axis--) {
            if (!written[axis] && (axis == last || written[axis + 1]) && next >= unit) {
                next = (next + unit - 1) / unit * unit;
                next += next / unit % 2 == 0 ? unit : 0;
            }
            steps[axis] = next;
            next *= block[axis];
        }
        return next;
    }

    /** Marks the axes along which a tile is one run in the source, or in the target. */
    private void chain(boolean writes, boolean[] marks) {
        Arrays.fill(marks, false);
        long[] strides = writes ? target : source;
        int first = writes ? last : near;
        marks[first] = true;
        long run = strides[first] * block[first];
        boolean whole = run > 0 && block[first] == sizes[first];
        for (int i = 0; i < rank && whole; i++) {
            int axis = writes ? last - i : order[i];
            if (axis == first) {
                continue;
            }
            if (strides[axis] != run || (!writes && axis == last)) {
                return;
            }
            marks[axis] = true;
            run *= block[axis];
            whole = block[axis] == sizes[axis];
        }
    }

    /** The axis along which a marked run can grow, or -1. */
    private int next(boolean writes, boolean[] marks) {
        for (int i = 0; i < rank; i++) {
            int axis = writes ? last - i : order[i];
            if (block[axis] < sizes[axis]) {
                return marks[axis] ? axis : -1;
            }
        }
        return -1;
    }

    /** The innermost axis of the target along which a tile can grow, or -1. */
    private int unfinished() {
        int axis = last;
        while (axis >= 0 && block[axis] == sizes[axis]) {
            axis--;
        }
        return axis;
    }

    /** Bytes of a run along marked axes. */
    final int length(int[] extents, boolean[] marks) {
        return width * count(extents, marks);
    }

    /** Elements along marked axes. */
    static int count(int[] extents, boolean[] marks) {
        int count = 1;
        for (int axis = 0; axis < marks.length; axis++) {
            count *= marks[axis] ? extents[axis] : 1;
        }
        return count;
    }
}
