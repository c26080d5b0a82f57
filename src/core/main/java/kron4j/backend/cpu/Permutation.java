package kron4j.backend.cpu;

import java.nio.ByteOrder;
import java.util.Arrays;
import kron4j.plan.Loop;

/**
 * Copies between two layouts that both have an axis of neighbours. The iteration space is cut into tiles with long runs in both storages. A tile's rows are read one
 * after the other, as long runs of the source, and turned into runs of the target, which are written whole. Between the two is an array that stays in the cache: of
 * rows where elements are longs, or else of runs, since narrower elements are {@link Turns turned} a few rows at a time. So each cache line comes and goes once, also where
 * strides are multiples of large powers of two and lines displace each other. Only bits are moved: one way serves all dtypes of a width, and a NaN keeps its payload.
 */
final class Permutation extends PermutationPlan {
    /** Bytes below which a piece is not worth another thread. */
    private static final int GRAIN = 1 << 17;

    private Permutation(Loop loop, int bytes) {
        super(loop, bytes);
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

    /** Positions along some axes of a tile: in a storage and in the array. */
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
        /** The matrices of a row, and the axes along which there are no others. */
        private final Places matrices = new Places();

        private final boolean[] outside = new boolean[rank];
        private final Turns array;
        /** Where the elements of a row go, and where its longs go once turned: those of the first row, of the second, and so on. */
        private int[] places = {};

        private int[] turned = {};
        private int rowBytes;
        private int runBytes;

        Worker(CpuStorage from, CpuStorage to) {
            reader = new Bits(from);
            writer = new Bits(to);
            array = gathers
                    ? Turns.local(length(block, written) / Long.BYTES, room / Long.BYTES, 0)
                    : Turns.local(length(block, read) / Long.BYTES + 1, 0, room);
            for (int axis = 0; axis < rank; axis++) {
                outside[axis] = !read[axis] || axis == near || axis == last;
            }
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
                if (hasMatrices) {
                    matrices.list(extent, outside, -1, source);
                }
                if (gathers) {
                    list(runBytes / width, written, true);
                } else {
                    listPlaces();
                }
            }
            long back = source[near] < 0 ? (extent[near] - 1L) * width : 0;
            if (gathers) {
                gather(x - back, (int) (back / Long.BYTES), y);
            } else {
                scatter(x - back, y);
            }
        }

        private void gather(long from, int first, long to) {
            for (int i = 0; i < rows.count; i++) {
                reader.read(from + rows.far[i], rowBytes, array.longs, rows.at[i]);
            }
            for (int i = 0; i < runs.count; i++) {
                array.gather(first + runs.at[i], places, runBytes / Long.BYTES);
                writer.write(array.rows[0], runBytes / Long.BYTES, to + runs.far[i]);
            }
        }

        private void scatter(long x, long y) {
            for (int i = 0; i < rows.count; i++) {
                if (turns) {
                    turn(x + rows.far[i], rows.at[i]);
                } else {
                    row(x + rows.far[i], rows.at[i]);
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
                    reader.read(from + (i + r) * source[last], rowBytes, array.rows[r], 0);
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
            if (hasMatrices && Math.min(extent[near], extent[last]) * width >= Long.BYTES) {
                reader.read(from, rowBytes, array.row);
                for (int i = 0; i < matrices.count; i++) {
                    array.turn(
                            width,
                            (int) matrices.far[i],
                            (int) source[last],
                            to + matrices.at[i],
                            steps[near],
                            extent[last],
                            extent[near]);
                }
                return;
            }
            reader.read(from, rowBytes, array.rows[0], 0);
            array.scatterNarrow(width, rowBytes / width, places, to);
        }

        /** Lists the places of elements along some axes, by rising stride of the source, or from the target's innermost axis on. */
        private void list(int count, boolean[] along, boolean inwards) {
            if (places.length < count) {
                places = new int[count];
            }
            places[0] = 0;
            int length = 1;
            for (int i = 0; i < rank; i++) {
                int axis = inwards ? last - i : order[i];
                if (!along[axis]) {
                    continue;
                }
                int inner = length;
                for (int k = 1; k < extent[axis]; k++) {
                    for (int e = 0; e < inner; e++) {
                        places[length++] = places[e] + k * steps[axis];
                    }
                }
            }
        }

        private void listPlaces() {
            int count = rowBytes / width;
            list(count, read, false);
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
