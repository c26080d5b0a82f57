package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.plan.Loop;

/**
 * Copies between two layouts whose lines hold several elements each. The iteration space is cut into tiles with long runs in both storages. A tile's rows are
 * read a few at a time, as long runs of the source, and turned into an array that lies as the target does and stays in the cache, from which runs are written whole.
 * So each cache line comes and goes once, also where strides are multiples of large powers of two and lines displace each other. Only bits are moved: one way serves
 * all dtypes of a width, and a NaN keeps its payload.
 */
final class Permutation extends PermutationPlan {
    /** Bytes below which a piece is not worth another thread. */
    private static final int GRAIN = 1 << 17;

    /** Elements of adjoining rows that are read at a time. */
    private static final int GROUP = 1 << 11;

    private static final int LINE = 64;

    private Permutation(Loop loop, int bytes) {
        super(loop, bytes);
    }

    /** Copies if both layouts have neighbours; returns whether it did. */
    static boolean run(Loop loop, int bytes, CpuStorage from, CpuStorage to) {
        if (bytes > Long.BYTES) {
            return false;
        }
        Permutation permutation = new Permutation(loop, bytes);
        if (!permutation.isSuitable()) {
            return false;
        }
        permutation.run(from, to);
        return true;
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

    /** Positions along some axes of a tile: in a storage, in bytes, and in the array. */
    private final class Places {
        long[] far = {};
        int[] at = {};
        int count;

        /** Lists them by rising stride of the source, or from the target's innermost axis on. */
        void list(int[] extent, boolean[] along, boolean outwards, long[] strides) {
            count = count(extent, along);
            if (far.length < count) {
                far = new long[count];
                at = new int[count];
            }
            int known = 1;
            for (int i = 0; i < rank; i++) {
                int axis = outwards ? last - i : order[i];
                if (!along[axis]) {
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

    private boolean[] without(boolean[] some, boolean[] others) {
        boolean[] rest = new boolean[rank];
        for (int axis = 0; axis < rank; axis++) {
            rest[axis] = !some[axis] && !others[axis];
        }
        return rest;
    }

    /** The state of one thread. */
    private final class Worker {
        private final Bits reader;
        private final Bits writer;
        private final Turns array;
        private final int[] extent = new int[rank];
        private final int[] known = new int[rank];
        /** Of what is turned as a whole, of the rows in there, of a row's elements, and of the target's runs. */
        private final Places parts = new Places();

        private final Places rows = new Places();
        private final Places columns = new Places();
        private final Places runs = new Places();

        private final boolean[] outer = without(read, turned);
        private final boolean[] otherRuns = without(written, new boolean[rank]);
        /** The axes of a row, without that of the target's neighbours. */
        private final boolean[] across = read.clone();
        /** From one row to the next in the array of rows. */
        private int pitch;
        /** Elements of a row with those between them. */
        private int span;
        /** Whether rows are one piece of the source, and how many short ones are read at a time. */
        private boolean adjoin;

        private int group;

        Worker(CpuStorage from, CpuStorage to) {
            reader = new Bits(from, Turns.unit(width));
            writer = new Bits(to, Turns.unit(width));
            across[last] = false;
            int widest = (count(block, read) + 2 * LINE) * Math.abs(step);
            array = Turns.local(width, GROUP + Turns.ROWS * widest, room);
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
                list();
            }
            for (int i = 0; i < parts.count; i++) {
                long from = x + parts.far[i];
                if (read[last]) {
                    line(from, parts.at[i]);
                } else if (Math.min(columns.count, rows.count) < Turns.ROWS) {
                    narrow(from, parts.at[i]);
                } else {
                    turn(from, parts.at[i]);
                }
            }
            int run = count(extent, written);
            for (int i = 0; i < runs.count; i++) {
                array.write(writer, runs.at[i], run, y + runs.far[i]);
            }
        }

        private void list() {
            parts.list(extent, outer, false, source);
            rows.list(extent, turned, true, source);
            columns.list(extent, across, false, source);
            runs.list(extent, otherRuns, true, target);
            int row = count(extent, read) * Math.abs(step);
            span = row - Math.abs(step) + 1;
            adjoin = true;
            for (int i = 0; i < rows.count; i++) {
                adjoin &= rows.far[i] == (long) i * row * width;
            }
            int line = LINE / width;
            pitch = adjoin ? row : (span / line + 1 | 1) * line;
            group = Math.max(Turns.ROWS, GROUP / pitch);
        }

        /** A row along the target's neighbours: runs of them go to the places of the other axes. */
        private void line(long from, int to) {
            int n = extent[last];
            int first = step < 0 ? span - 1 : 0;
            array.read(reader, from - (long) first * width, span, 0);
            if (n >= Turns.ROWS) {
                for (int i = 0; i < columns.count; i++) {
                    array.gather(first + i * n * step, step, to + columns.at[i], n);
                }
            } else {
                for (int i = 0; i < n; i++) {
                    array.scatter(first + i * step, n * step, to + i, columns.at, columns.count);
                }
            }
        }

        private void read(long from, int first, int count) {
            if (adjoin) {
                array.read(reader, from + rows.far[first], (count - 1) * pitch + span, 0);
                return;
            }
            for (int i = 0; i < count; i++) {
                array.read(reader, from + rows.far[first + i], span, i * pitch);
            }
        }

        /** Few rows, or of few elements. */
        private void narrow(long from, int to) {
            int size = columns.count < Turns.ROWS ? group : Turns.ROWS;
            for (int i = 0; i < rows.count; i += size) {
                int n = Math.min(size, rows.count - i);
                read(from, i, n);
                if (columns.count < n) {
                    for (int k = 0; k < columns.count; k++) {
                        array.gather(k * step, pitch, to + columns.at[k] + i, n);
                    }
                } else {
                    for (int k = 0; k < n; k++) {
                        array.scatter(k * pitch, step, to + i + k, columns.at, columns.count);
                    }
                }
            }
        }

        /** By as many rows as are turned together; the last ones may be turned again. */
        private void turn(long from, int to) {
            for (int i = 0; i < rows.count; i += Turns.ROWS) {
                int first = Math.min(i, rows.count - Turns.ROWS);
                read(from, first, Turns.ROWS);
                array.turn(0, pitch, step, to + first, columns.at, columns.count);
            }
        }
    }
}
