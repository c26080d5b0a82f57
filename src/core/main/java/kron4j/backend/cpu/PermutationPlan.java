package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.plan.Loop;

/** How a {@link Permutation} is cut into tiles, and how a tile lies in its array. */
class PermutationPlan {
    /** Bytes of a tile. */
    private static final int TILE = 1 << 17;

    /** Smaller tiles take on axes that make their runs no longer. */
    private static final int SMALL = 1 << 13;

    /** Elements of a row, or of a run if runs are gathered: each is in another cache line of the array. */
    private static final int ROW = 1 << 8;

    /** Elements whose places are listed. */
    private static final int LISTED = 1 << 12;

    /** Elements of the shortest row that is read alone. */
    private static final int SHORT = 48;

    /** Bytes of a matrix's row that is not read as part of a matrix. */
    private static final int WIDE = 256;

    private static final int LINE = 64;

    /** Bytes of an element. */
    final int width;

    final int rank;
    final long[] sizes;
    /** Strides of the source in bytes. */
    final long[] source;

    /** Strides of the target in bytes. */
    final long[] target;

    final long sourceStart;
    final long targetStart;
    /** Axes by rising stride of the source; those along which it is broadcast come last. */
    final int[] order;
    /** The axis of neighbours in the source. */
    final int near;

    /** The axis of neighbours in the target. */
    final int last;
    /** Whether rows along {@link #near} are turned by as many as a long has elements. */
    final boolean turns;
    /** Whether rows are made of small matrices, each turned as a whole. */
    final boolean hasMatrices;
    /** Whether a tile's rows are kept in the array, from which its runs are gathered, and not its runs, to which rows are scattered. */
    final boolean gathers;
    /** Extents of a tile. */
    final int[] block;
    /** Which axes make up a row. */
    final boolean[] read;

    /** Which axes make up a run. */
    final boolean[] written;
    /** From one element to the next along each axis in the array, in bytes, or where it has rows, in longs. */
    final int[] steps;

    /** Bytes of that array. */
    final int room;

    PermutationPlan(Loop loop, int bytes) {
        int axes = loop.rank();
        long run = loop.strides()[1][axes - 1] == 1 ? loop.sizes()[axes - 1] * bytes : bytes;
        // Runs of a few bytes are elements, and other runs of longs are an axis of longs.
        boolean merges = run <= Long.BYTES && Long.bitCount(run) == 1 && run > bytes;
        boolean longs = run % Long.BYTES == 0;
        rank = axes - (merges ? 1 : 0);
        last = rank - 1;
        width = merges ? (int) run : longs ? Long.BYTES : bytes;
        sizes = Arrays.copyOf(loop.sizes(), rank);
        source = inBytes(loop.strides()[1], bytes);
        target = inBytes(loop.strides()[0], bytes);
        if (longs && run > Long.BYTES) {
            sizes[last] = run / Long.BYTES;
            source[last] = Long.BYTES;
            target[last] = Long.BYTES;
        }
        sourceStart = loop.offsets()[1] * bytes;
        targetStart = loop.offsets()[0] * bytes;
        order = order();
        near = Math.abs(source[last]) == width ? last : order[0];
        block = new int[rank];
        read = new boolean[rank];
        written = new boolean[rank];
        steps = new int[rank];
        gathers = width == Long.BYTES;
        boolean suits = isSuitable();
        long row = suits && near != last ? rowWithout(last) : 0;
        boolean follows = row == source[last] && source[near] > 0 && row < WIDE;
        turns = width < Long.BYTES && !follows && row >= (long) SHORT * width;
        room = suits ? plan() : 0;
        int columns = Long.BYTES / width;
        hasMatrices = suits && follows && read[last] && Math.min(block[near], block[last]) >= columns && columns > 1;
    }

    private long[] inBytes(long[] strides, int bytes) {
        return Arrays.stream(strides).limit(rank).map(stride -> stride * bytes).toArray();
    }

    /** Whether both layouts have neighbours; nothing else is known where they have none. */
    final boolean isSuitable() {
        return target[last] == width && Math.abs(source[near]) == width;
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

    /** Bytes of the longest run of the source that keeps clear of an axis. */
    private long rowWithout(int other) {
        long run = width;
        for (int axis : order) {
            if (axis == other || Math.abs(source[axis]) != run) {
                break;
            }
            run *= sizes[axis];
            if (source[axis] < 0) {
                break;
            }
        }
        return run;
    }

    /** Chooses the extents of a tile, doubling the shorter of its runs; returns the bytes of its array. */
    private int plan() {
        Arrays.fill(block, 1);
        long bytes = width;
        while (bytes < TILE) {
            chain(false, read);
            chain(true, written);
            long row = length(block, read);
            long run = length(block, written);
            int reading = gathers || row < (long) ROW * width ? next(false, read) : -1;
            int writing = !gathers || run < (long) ROW * width ? next(true, written) : -1;
            if ((gathers ? run : row) >= (long) LISTED * width) {
                reading = reading >= 0 && gathers && written[reading] ? -1 : reading;
                writing = writing >= 0 && !gathers && read[writing] ? -1 : writing;
            }
            int axis = reading < 0 || (writing >= 0 && run <= row) ? writing : reading;
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
        int unit = Math.max(1, LINE / width);
        for (int axis = 0; axis < rank; axis++) {
            long parts = (sizes[axis] + block[axis] - 1) / block[axis];
            long even = (sizes[axis] + parts - 1) / parts;
            block[axis] = (int) Math.min(sizes[axis], even < 2L * unit ? even : (even + unit - 1) / unit * unit);
        }
        chain(false, read);
        chain(true, written);
        return place();
    }

    /** Lays out the array: along the axes of a run, or of a row, and then along the others, so that lines do not meet in the same sets of the cache. */
    private int place() {
        boolean[] inside = gathers ? read : written;
        long step = width;
        for (int i = 0; i < rank; i++) {
            int axis = gathers ? order[i] : last - i;
            if (inside[axis]) {
                steps[axis] = (int) step;
                step *= block[axis];
            }
        }
        int unit = step < LINE ? Long.BYTES : LINE;
        step = (step + unit - 1) / unit * unit;
        step += step >= LINE && step / LINE % 2 == 0 ? LINE : 0;
        for (int i = 0; i < rank; i++) {
            int axis = gathers ? last - i : order[i];
            if (!inside[axis]) {
                steps[axis] = (int) step;
                step *= block[axis];
            }
        }
        if (gathers) {
            for (int axis = 0; axis < rank; axis++) {
                steps[axis] /= Long.BYTES;
            }
            steps[near] *= source[near] < 0 ? -1 : 1;
        }
        return (int) step;
    }

    /** Marks the axes along which a tile is one run in the source, or in the target. */
    private void chain(boolean writes, boolean[] marks) {
        Arrays.fill(marks, false);
        long[] strides = writes ? target : source;
        int first = writes ? last : near;
        marks[first] = true;
        long run = (long) width * block[first];
        boolean whole = strides[first] > 0 && block[first] == sizes[first];
        for (int i = 0; i < rank && whole; i++) {
            int axis = writes ? last - i : order[i];
            if (axis == first) {
                continue;
            }
            if (strides[axis] != run || (!writes && turns && axis == last)) {
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
        int length = width;
        for (int axis = 0; axis < rank; axis++) {
            length *= marks[axis] ? extents[axis] : 1;
        }
        return length;
    }
}
