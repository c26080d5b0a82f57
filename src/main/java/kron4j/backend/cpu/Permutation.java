package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.plan.Loop;

/**
 * Copies between two layouts that run along different axes. Cuts the iteration space into tiles that are long runs in both storages: along the
 * fastest axes of the one and of the other. A tile is loaded in runs to the heap and stored in the other order, again along runs.
 */
final class Permutation {
    /** Bytes below which a piece is not worth another thread. */
    private static final int GRAIN = 1 << 17;

    /** Bytes that a tile is long in the target. */
    private static final int TARGET_RUN = 128;

    /** Extents below this make no inner loop. */
    private static final int SHORT = 8;

    private final int width;
    private final Loop loop;
    private final int rank;
    /** Axes by rising stride of the source, but those it is broadcast along last. */
    private final int[] order;
    /** Extents of a tile. */
    private final int[] block;

    Permutation(Loop loop, int width) {
        this.loop = loop;
        this.width = width;
        this.rank = loop.rank();
        this.order = order(loop.strides()[1]);
        this.block = block();
    }

    private static int[] order(long[] strides) {
        int[] order = new int[strides.length];
        for (int axis = 0; axis < order.length; axis++) {
            int at = axis;
            while (at > 0 && key(strides[order[at - 1]]) > key(strides[axis])) {
                order[at] = order[--at];
            }
            order[at] = axis;
        }
        return order;
    }

    private static long key(long stride) {
        return stride == 0 ? Long.MAX_VALUE : Math.abs(stride);
    }

    /** Two cache lines on the side of the target, and on that of the source as much as fits: long runs are prefetched, short ones not. */
    private int[] block() {
        long capacity = Words.TILE_BYTES / width;
        long target = Math.max(1, TARGET_RUN / width);
        int[] best = extents(1, 1);
        for (long source = 1; source <= capacity; source *= 2) {
            int[] wider = extents(target, source);
            if (size(wider) > capacity) {
                break;
            }
            best = wider;
        }
        return best;
    }

    /** Extents with runs of at least that many elements in the target and in the source, as far as the axes go. */
    private int[] extents(long target, long source) {
        int[] extents = new int[rank];
        Arrays.fill(extents, 1);
        long length = 1;
        for (int axis = rank - 1; axis >= 0 && length < target; axis--) {
            extents[axis] = (int) Math.min(loop.sizes()[axis], (target + length - 1) / length);
            length *= extents[axis];
        }
        length = 1;
        for (int i = 0; i < rank && length < source; i++) {
            int axis = order[i];
            extents[axis] = (int) Math.max(extents[axis], Math.min(loop.sizes()[axis], (source + length - 1) / length));
            length *= extents[axis];
        }
        return extents;
    }

    private static long size(int[] extents) {
        long size = 1;
        for (int e : extents) {
            size *= e;
        }
        return size;
    }

    void run(CpuStorage from, CpuStorage to) {
        long tiles = 1;
        for (int axis = 0; axis < rank; axis++) {
            tiles *= (loop.sizes()[axis] + block[axis] - 1) / block[axis];
        }
        long grain = 1 + GRAIN / (size(block) * width);
        Parallel.forRange(tiles, grain, (first, last) -> new Worker(Words.of(width, from, to)).run(first, last));
    }

    private final class Worker {
        private final Words words;
        private final int[] extent = new int[rank];
        private final int[] index = new int[rank];
        /** Steps in the tile. */
        private final int[] steps = new int[rank];

        private long from;
        private long to;

        Worker(Words words) {
            this.words = words;
        }

        void run(long first, long last) {
            for (long number = first; number < last; number++) {
                place(number);
                int start = pack(false);
                if (inOrder()) {
                    load();
                    store();
                } else {
                    start = pack(true);
                    load();
                    permute(start);
                }
            }
        }

        private void place(long number) {
            from = loop.offsets()[1];
            to = loop.offsets()[0];
            long rest = number;
            for (int axis = rank - 1; axis >= 0; axis--) {
                long tiles = (loop.sizes()[axis] + block[axis] - 1) / block[axis];
                long start = rest % tiles * block[axis];
                rest /= tiles;
                extent[axis] = (int) Math.min(block[axis], loop.sizes()[axis] - start);
                from += start * loop.strides()[1][axis];
                to += start * loop.strides()[0][axis];
            }
        }

        /**
         * Lays out the tile in the order of the source's memory; the result is where element (0, 0, ...) then lies. A step of many whole lines maps
         * to few sets of the cache, and is padded by a line.
         */
        private int pack(boolean padded) {
            int step = 1;
            int start = 0;
            for (int i = 0; i < rank; i++) {
                int axis = order[i];
                long stride = loop.strides()[1][axis];
                steps[axis] = Long.signum(stride) * step;
                if (stride < 0) {
                    start += (extent[axis] - 1) * step;
                }
                step *= stride == 0 ? 1 : extent[axis];
                if (padded && step * width % Words.CROWDED == 0) {
                    step += Words.LINE / width;
                }
            }
            return start;
        }

        /** Whether the tile has the order of the target. */
        private boolean inOrder() {
            int step = 1;
            for (int axis = rank - 1; axis >= 0; axis--) {
                if (extent[axis] != 1 && steps[axis] != step) {
                    return false;
                }
                step *= extent[axis];
            }
            return true;
        }

        private void load() {
            long[] strides = loop.strides()[1];
            int inner = order[0];
            long stride = Math.abs(strides[inner]);
            int count = stride == 0 ? 1 : extent[inner];
            int outer = 1;
            while (outer < rank
                    && stride != 0
                    && Math.abs(strides[order[outer]]) == stride * count
                    && Math.abs(steps[order[outer]]) == count) {
                count *= extent[order[outer++]];
            }
            long position = from;
            int at = 0;
            for (int axis = 0; axis < rank; axis++) {
                position += strides[axis] < 0 ? (extent[axis] - 1) * strides[axis] : 0;
                index[axis] = 0;
            }
            while (true) {
                words.load(position, stride, at, count);
                int i = outer;
                while (i < rank && (strides[order[i]] == 0 || index[order[i]] == extent[order[i]] - 1)) {
                    int axis = order[i++];
                    position -= index[axis] * Math.abs(strides[axis]);
                    at -= index[axis] * Math.abs(steps[axis]);
                    index[axis] = 0;
                }
                if (i >= rank) {
                    return;
                }
                index[order[i]]++;
                position += Math.abs(strides[order[i]]);
                at += Math.abs(steps[order[i]]);
            }
        }

        private void store() {
            long[] strides = loop.strides()[0];
            int outer = rank - 1;
            long stride = strides[outer];
            int count = extent[outer--];
            while (outer >= 0 && strides[outer] == stride * count) {
                count *= extent[outer--];
            }
            Arrays.fill(index, 0);
            long position = to;
            for (int at = 0; ; at += count) {
                words.store(position, stride, at, count);
                int axis = outer;
                while (axis >= 0 && index[axis] == extent[axis] - 1) {
                    position -= index[axis] * strides[axis];
                    index[axis--] = 0;
                }
                if (axis < 0) {
                    return;
                }
                index[axis]++;
                position += strides[axis];
            }
        }

        private void permute(int start) {
            long[] strides = loop.strides()[0];
            int inner = extent[rank - 1] >= SHORT ? rank - 1 : widest(-1);
            int middle = widest(inner);
            Arrays.fill(index, 0);
            long position = to;
            int at = start;
            while (true) {
                words.permute(
                        middle < 0 ? 1 : extent[middle],
                        extent[inner],
                        position,
                        middle < 0 ? 0 : strides[middle],
                        strides[inner],
                        at,
                        middle < 0 ? 0 : steps[middle],
                        steps[inner]);
                int axis = rank - 1;
                while (axis >= 0 && (axis == inner || axis == middle || index[axis] == extent[axis] - 1)) {
                    position -= index[axis] * strides[axis];
                    at -= index[axis] * steps[axis];
                    index[axis--] = 0;
                }
                if (axis < 0) {
                    return;
                }
                index[axis]++;
                position += strides[axis];
                at += steps[axis];
            }
        }

        /** The axis of largest extent, the last of equals, but for one; negative if there is no other. */
        private int widest(int but) {
            int widest = -1;
            for (int axis = rank - 1; axis >= 0; axis--) {
                if (axis != but && (widest < 0 || extent[axis] > extent[widest])) {
                    widest = axis;
                }
            }
            return widest;
        }
    }
}
