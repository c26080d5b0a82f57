package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.DType;
import kron4j.plan.Loop;

/**
 * Copies between two layouts that both have an axis of stride 1. Matrices along these two axes are transposed from memory to memory, or, if it is
 * the same axis, copied by rows, each by one call of LAPACK's plain moves. They move bits, so one kernel serves all dtypes of a width and a NaN
 * keeps its payload. The iteration space is cut into tiles with long runs in both storages; the matrices of a tile are moved one after the other.
 */
final class Permutation {
    /** Bytes below which a piece is not worth another thread. */
    private static final int GRAIN = 1 << 17;

    /** Length of a tile in the source in bytes: runs that the hardware prefetches. */
    private static final int SOURCE_RUN = 1024;

    /** Length of a tile in the target in bytes. */
    private static final int TARGET_RUN = 256;

    /** Smaller matrices are not worth a call each. */
    private static final int SMALL = 64;

    private final int width;
    private final Loop loop;
    private final int rank;
    /** Axes by rising stride of the source; those along which it is broadcast come last. */
    private final int[] order;
    /** Extents of a tile. */
    private final int[] block;
    /** The axes of the matrices: their rows in the target lie along the last axis, in the source along {@code run}. */
    private final int last;

    private final int run;
    /** Axis of the rows, if {@code run} is the last axis. */
    private final int rows;

    private Permutation(Loop loop, int width) {
        this.loop = loop;
        this.width = width;
        this.rank = loop.rank();
        this.last = rank - 1;
        this.order = order(loop.strides()[1]);
        this.run = loop.strides()[1][last] == 1 ? last : order[0];
        this.rows = run == last ? order[order[0] == last ? 1 : 0] : last;
        this.block = extents(TARGET_RUN / width, SOURCE_RUN / width);
    }

    /** Copies if the layouts suit the calls; returns whether it did. */
    static boolean run(Loop loop, int width, CpuStorage from, CpuStorage to) {
        boolean words = width == Integer.BYTES || width == Long.BYTES;
        if (!words || loop.rank() < 2 || loop.strides()[0][loop.rank() - 1] != 1) {
            return false;
        }
        Permutation permutation = new Permutation(loop, width);
        if (!permutation.isMadeOfMatrices()) {
            return false;
        }
        permutation.run(from, to);
        return true;
    }

    private boolean isMadeOfMatrices() {
        long[] source = loop.strides()[1];
        int other = run == last ? rows : run;
        return source[run] == 1
                && (long) block[last] * block[other] >= SMALL
                && isLeading(source[rows], block[run])
                && isLeading(loop.strides()[0][other], block[last]);
    }

    private static boolean isLeading(long stride, int extent) {
        return stride >= extent && stride <= Integer.MAX_VALUE;
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

    /** Extents with runs of at least the given numbers of elements in the target and in the source, as far as the axes go. */
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

    private void run(CpuStorage from, CpuStorage to) {
        long tiles = 1;
        long size = width;
        for (int axis = 0; axis < rank; axis++) {
            tiles *= (loop.sizes()[axis] + block[axis] - 1) / block[axis];
            size *= block[axis];
        }
        Parallel.forRange(tiles, 1 + GRAIN / size, (first, end) -> {
            Worker worker = new Worker(from, to);
            for (long number = first; number < end; number++) {
                worker.tile(number);
            }
        });
    }

    /** The state of one thread. */
    private final class Worker {
        private final Blas moves;
        private final int[] extent = new int[rank];
        private final int[] index = new int[rank];

        Worker(CpuStorage from, CpuStorage to) {
            DType word = width == Integer.BYTES ? DType.FLOAT32 : DType.FLOAT64;
            moves = Blas.of(word, from.address(), 0, to.address());
        }

        /** Tiles follow one another along the source. */
        void tile(long number) {
            long source = loop.offsets()[1];
            long target = loop.offsets()[0];
            long rest = number;
            for (int axis : order) {
                long tiles = (loop.sizes()[axis] + block[axis] - 1) / block[axis];
                long start = rest % tiles * block[axis];
                rest /= tiles;
                extent[axis] = (int) Math.min(block[axis], loop.sizes()[axis] - start);
                source += start * loop.strides()[1][axis];
                target += start * loop.strides()[0][axis];
            }
            Arrays.fill(index, 0);
            while (true) {
                matrix(source, target);
                int axis = rank - 1;
                while (axis >= 0 && (axis == run || axis == rows || index[axis] == extent[axis] - 1)) {
                    source -= index[axis] * loop.strides()[1][axis];
                    target -= index[axis] * loop.strides()[0][axis];
                    index[axis--] = 0;
                }
                if (axis < 0) {
                    return;
                }
                index[axis]++;
                source += loop.strides()[1][axis];
                target += loop.strides()[0][axis];
            }
        }

        private void matrix(long source, long target) {
            int m = extent[rows];
            int n = extent[run];
            int lda = (int) loop.strides()[1][rows];
            int ldb = (int) loop.strides()[0][run == last ? rows : run];
            if (run == last) {
                moves.copy(m, n, source, lda, target, ldb);
            } else {
                moves.transpose(m, n, source, lda, target, ldb);
            }
        }
    }
}
