package kron4j.backend.cpu;

import java.nio.ByteOrder;
import java.util.Arrays;
import kron4j.plan.Loop;

/**
 * Copies between two layouts that both have an axis of neighbours. The iteration space is cut into tiles with long runs in both storages. A tile's rows
 * are read one after the other, as long runs of the source, and {@link Turns turned} into an array with the target's runs, which stays in the
 * cache until it is full and is written run by run. So each cache line comes and goes once, also where strides are multiples of large powers of two and
 * lines displace each other. Only bits are moved: one way serves all dtypes of a width, and a NaN keeps its payload.
 */
final class Permutation {
    /** Bytes below which a piece is not worth another thread. */
    private static final int GRAIN = 1 << 17;

    /** Bytes of a tile. */
    private static final int TILE = 1 << 17;

    /** Smaller tiles take on axes that make their runs no longer. */
    private static final int SMALL = 1 << 13;

    /** Elements of a row: each is written to another cache line. */
    private static final int ROW = 1 << 8;

    /** Elements whose places are listed. */
    private static final int LISTED = 1 << 12;

    /** Bytes of the shortest row that is read alone. */
    private static final int SHORT = 32;

    private static final int LINE = 64;

    /** Bytes of an element. */
    private final int width;

    private final int rank;
    private final long[] sizes;
    /** Strides of the source in bytes. */
    private final long[] source;

    /** Strides of the target in bytes. */
    private final long[] target;

    private final long sourceStart;
    private final long targetStart;
    /** Axes by rising stride of the source; those along which it is broadcast come last. */
    private final int[] order;
    /** The axis of neighbours in the source. */
    private final int near;

    /** The axis of neighbours in the target. */
    private final int last;
    /** Whether rows along {@link #near} are turned by as many as a long has elements. */
    private final boolean turns;
    /** Extents of a tile. */
    private final int[] block;
    /** Which axes make up a row. */
    private final boolean[] read;

    /** Which axes make up a run. */
    private final boolean[] written;
    /** Bytes from one element to the next along each axis in the array of runs. */
    private final int[] steps;

    /** The length of that array. */
    private final int room;

    private Permutation(Loop loop, int bytes) {
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
        boolean suits = isSuitable();
        turns = suits && width < Long.BYTES && near != last && rowWithout(last) >= SHORT;
        room = suits ? plan() : 0;
    }

    private long[] inBytes(long[] strides, int bytes) {
        return Arrays.stream(strides).limit(rank).map(stride -> stride * bytes).toArray();
    }

    /** Copies if both layouts have neighbours; returns whether it did. */
    static boolean run(Loop loop, int width, CpuStorage from, CpuStorage to) {
        if (width > Long.BYTES
                || loop.rank() < 2
                || loop.strides()[0][loop.rank() - 1] != 1
                || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return false;
        }
        Permutation permutation = new Permutation(loop, width);
        if (!permutation.isSuitable()) {
            return false;
        }
        permutation.run(from, to);
        return true;
    }

    private boolean isSuitable() {
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
            int reading = row < (long) ROW * width ? next(false, read) : -1;
            int writing = next(true, written);
            if (writing >= 0 && read[writing] && row >= (long) LISTED * width) {
                writing = -1;
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
        long step = width;
        for (int axis = last; axis >= 0; axis--) {
            if (written[axis]) {
                steps[axis] = (int) step;
                step *= block[axis];
            }
        }
        int unitOfRuns = step < LINE ? Long.BYTES : LINE;
        step = (step + unitOfRuns - 1) / unitOfRuns * unitOfRuns;
        if (step / LINE % 2 == 0 && step >= LINE) {
            // Runs that begin in the same sets of the cache would displace each other.
            step += LINE;
        }
        for (int axis : order) {
            if (!written[axis]) {
                steps[axis] = (int) step;
                step *= block[axis];
            }
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

    private int length(int[] extents, boolean[] marks) {
        int length = width;
        for (int axis = 0; axis < rank; axis++) {
            length *= marks[axis] ? extents[axis] : 1;
        }
        return length;
    }

    private void run(CpuStorage from, CpuStorage to) {
        long tiles = 1;
        long size = width;
        for (int axis = 0; axis < rank; axis++) {
            tiles *= (sizes[axis] + block[axis] - 1) / block[axis];
            size *= block[axis];
        }
        Parallel.forRange(tiles, 1 + GRAIN / size, (first, end) -> {
            Worker worker = new Worker(from, to);
            for (long number = first; number < end; number++) {
                worker.tile(number);
            }
        });
    }

    /** Positions along some axes of a tile: in a storage and in the array of runs. */
    private final class Places {
        long[] far = {};
        int[] at = {};
        int count;

        void list(int[] extent, boolean[] without, int other, long[] strides) {
            count = 1;
            for (int axis = 0; axis < rank; axis++) {
                count *= without[axis] || axis == other ? 1 : extent[axis];
            }
            if (far.length < count) {
                far = new long[count];
                at = new int[count];
            }
            int known = 1;
            for (int axis = last; axis >= 0; axis--) {
                if (without[axis] || axis == other) {
                    continue;
                }
                int inner = known;
                for (int k = 1; k < extent[axis]; k++) {
                    for (int e = 0; e < inner; e++) {
                        far[known] = far[e] + k * strides[axis];
                        at[known++] = at[e] + k * steps[axis];
                    }
                }
            }
        }
    }

    /** The state of one thread. */
    private final class Worker {
        private final Bits reader;
        private final Bits writer;
        private final int[] extent = new int[rank];
        private final int[] known = new int[rank];
        private final Places rows = new Places();
        private final Places runs = new Places();
        private final Turns array;
        /** Where the elements of a row go, and where its longs go once turned: those of the first row, of the second, and so on. */
        private int[] places = {};

        private int[] turned = {};
        private int rowBytes;
        private int runBytes;

        Worker(CpuStorage from, CpuStorage to) {
            reader = new Bits(from);
            writer = new Bits(to);
            array = Turns.local(length(block, read) / Long.BYTES + 1, room);
        }

        /** Tiles follow one another along the source. */
        void tile(long number) {
            long x = sourceStart;
            long y = targetStart;
            long rest = number;
            for (int axis : order) {
                long tiles = (sizes[axis] + block[axis] - 1) / block[axis];
                long start = rest % tiles * block[axis];
                rest /= tiles;
                extent[axis] = (int) Math.min(block[axis], sizes[axis] - start);
                x += start * source[axis];
                y += start * target[axis];
            }
            if (!Arrays.equals(known, extent)) {
                System.arraycopy(extent, 0, known, 0, rank);
                rowBytes = length(extent, read);
                runBytes = length(extent, written);
                rows.list(extent, read, turns ? last : -1, source);
                runs.list(extent, written, -1, target);
                listPlaces();
            }
            long back = source[near] < 0 ? (extent[near] - 1L) * width : 0;
            for (int i = 0; i < rows.count; i++) {
                if (turns) {
                    turn(x - back + rows.far[i], rows.at[i]);
                } else {
                    row(x - back + rows.far[i], rows.at[i]);
                }
            }
            for (int i = 0; i < runs.count; i++) {
                writer.write(array.runs, runs.at[i], runBytes, y + runs.far[i]);
            }
        }

        /** Rows along the target's neighbours. */
        private void turn(long from, int to) {
            int count = Long.BYTES / width;
            int longs = (rowBytes + Long.BYTES - 1) / Long.BYTES;
            int i = 0;
            for (; i + count <= extent[last]; i += count) {
                for (int r = 0; r < count; r++) {
                    reader.read(from + (i + r) * source[last], rowBytes, array.rows[r]);
                }
                array.turn(width, longs);
                int elements = rowBytes / width;
                for (int r = 0; r < Math.min(count, elements); r++) {
                    array.scatter(r, (elements - r + count - 1) / count, turned, r * longs, to + i * width);
                }
            }
            for (; i < extent[last]; i++) {
                row(from + i * source[last], to + i * width);
            }
        }

        private void row(long from, int to) {
            reader.read(from, rowBytes, array.rows[0]);
            if (width == Long.BYTES) {
                array.scatter(0, rowBytes / width, places, 0, to);
            } else {
                array.scatterNarrow(width, rowBytes / width, places, to);
            }
        }

        private void listPlaces() {
            int count = rowBytes / width;
            if (places.length < count) {
                places = new int[count];
            }
            places[0] = 0;
            int length = 1;
            for (int axis : order) {
                if (!read[axis]) {
                    continue;
                }
                int inner = length;
                for (int k = 1; k < extent[axis]; k++) {
                    for (int e = 0; e < inner; e++) {
                        places[length++] = places[e] + k * steps[axis];
                    }
                }
            }
            if (source[near] < 0) {
                for (int i = 0, j = count - 1; i < j; i++, j--) {
                    int place = places[i];
                    places[i] = places[j];
                    places[j] = place;
                }
            }
            if (turns) {
                int inLong = Long.BYTES / width;
                int longs = (rowBytes + Long.BYTES - 1) / Long.BYTES;
                turned = new int[inLong * longs];
                for (int i = 0; i < count; i++) {
                    turned[i % inLong * longs + i / inLong] = places[i];
                }
            }
        }
    }
}
