package kron4j.backend.cuda;

import java.util.Arrays;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/**
 * How {@code kernels/permute.cuh} moves elements through tiles: a tile spans the axes that are innermost on the target's side and those that are
 * innermost on the source's, far enough on both that whole runs are written and read.
 */
final class PermutePlan {
    static final int THREADS = 256;

    /** Axes of a tile, as in the kernels. */
    private static final int TILE_RANK = 12;

    /** Runs of a tile in elements: the longest tried (the kernels count up to 254 along an axis), and the step to the next. */
    private static final int LONGEST = 128;

    private static final int STEP = 4;

    /** With fewer elements than this, tiles do not pay. */
    private static final int FEW = 32;

    private static final long BLOCKS = 1 << 11;

    private final Loop loop;
    private final long[] extents;
    /** Axes from the innermost on, in the order of the target, and of the source. */
    private final int[][] orders;

    private PermutePlan(Loop loop, long[] extents, int[][] orders) {
        this.loop = loop;
        this.extents = extents;
        this.orders = orders;
    }

    /** For target and source in a loop in the target's order, or null if tiles do not help. */
    static PermutePlan of(Loop loop, int width) {
        int rank = loop.rank();
        int[] target = new int[rank];
        Arrays.setAll(target, i -> rank - 1 - i);
        int[] source = bySteps(loop.strides()[1]);
        int most = THREADS * (width == 1 ? 8 : 4);
        for (int run = LONGEST; run > 1; run -= STEP) {
            long[] extents = new long[rank];
            Arrays.fill(extents, 1);
            reach(extents, loop.sizes(), target, rank, run);
            reach(extents, loop.sizes(), source, distinct(loop.strides()[1]), run);
            PermutePlan plan = new PermutePlan(loop, extents, new int[][] {target, source});
            if (plan.volume() <= most && plan.span() < Integer.MAX_VALUE) {
                return plan.volume() >= FEW ? plan : null;
            }
        }
        return null;
    }

    /** Axes from the smallest step on; those along which the source is one element last. */
    private static int[] bySteps(long[] strides) {
        Integer[] axes = new Integer[strides.length];
        Arrays.setAll(axes, i -> strides.length - 1 - i);
        Arrays.sort(axes, (i, j) -> Long.compareUnsigned(Math.abs(strides[i]) - 1, Math.abs(strides[j]) - 1));
        return Arrays.stream(axes).mapToInt(Integer::intValue).toArray();
    }

    private static int distinct(long[] strides) {
        return (int) Arrays.stream(strides).filter(s -> s != 0).count();
    }

    /** Extends the tile along the first {@code count} axes of an order until its run there is about {@code run} elements long. */
    private static void reach(long[] extents, long[] sizes, int[] order, int count, long run) {
        long length = 1;
        for (int i = 0; i < count; i++) {
            int axis = order[i];
            extents[axis] = Math.max(extents[axis], Math.min(sizes[axis], Math.max(1, run / length)));
            length *= extents[axis];
            if (extents[axis] < sizes[axis]) {
                return;
            }
        }
    }

    /** Per axis of the loop: how far a tile reaches. */
    long[] extents() {
        return extents.clone();
    }

    private long volume() {
        long volume = 1;
        for (long extent : extents) {
            volume *= extent;
        }
        return volume;
    }

    /** Distance between the outermost elements of a tile, on the side where it is larger. */
    private long span() {
        long span = 0;
        for (long[] strides : loop.strides()) {
            long reach = 0;
            for (int axis = 0; axis < extents.length; axis++) {
                reach += Math.abs(strides[axis]) * (extents[axis] - 1);
            }
            span = Math.max(span, reach);
        }
        return span;
    }

    private long tiles(int axis) {
        return (loop.sizes()[axis] + extents[axis] - 1) / extents[axis];
    }

    /** Few enough to take several tiles each when there are many: what a thread works out beforehand serves all of them. */
    long blocks() {
        long tiles = 1;
        for (int axis = 0; axis < extents.length; axis++) {
            tiles *= tiles(axis);
        }
        return Math.min(tiles, BLOCKS);
    }

    /** The struct PermuteParams. */
    Words put(Words words, long target, long source) {
        int rank = loop.rank();
        long[] tiles = new long[rank];
        long[][] steps = new long[2][rank];
        for (int axis = 0; axis < rank; axis++) {
            tiles[axis] = tiles(axis);
            steps[0][axis] = loop.strides()[0][axis] * extents[axis];
            steps[1][axis] = loop.strides()[1][axis] * extents[axis];
        }
        int[] cut = cutAxes();
        int[] inside =
                Arrays.stream(orders[1]).filter(axis -> extents[axis] > 1).toArray();
        Axes.put(words, tiles, steps);
        words.put(target).put(source).put(inside.length).put(volume());
        for (int axis : cut) {
            words.put(axis < 0 ? -1 : rank - 1 - axis);
        }
        for (int axis : cut) {
            words.put(axis < 0 ? 0 : loop.sizes()[axis]);
        }
        for (int axis : cut) {
            words.put(axis < 0 ? 0 : extents[axis]);
        }
        long[] packed = packed(inside, cut);
        for (int side = 0; side < 2; side++) {
            int[] order = Arrays.stream(orders[side])
                    .filter(axis -> extents[axis] > 1)
                    .toArray();
            long[] strides = loop.strides()[side];
            words.put(words(order, axis -> Axes.divisor(extents[axis])), TILE_RANK);
            words.put(words(order, axis -> extents[axis]), TILE_RANK);
            words.put(words(order, axis -> strides[axis]), TILE_RANK);
            words.put(words(order, axis -> packed[axis]), TILE_RANK);
        }
        return words;
    }

    private static long[] words(int[] axes, java.util.function.IntToLongFunction word) {
        return Arrays.stream(axes).mapToLong(word).toArray();
    }

    /** The axes that tiles cut into pieces, the last perhaps smaller: two at most, -1 for none. */
    private int[] cutAxes() {
        int[] cut = {-1, -1};
        int count = 0;
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] > 1 && extents[axis] < loop.sizes()[axis]) {
                cut[count++] = axis;
            }
        }
        return cut;
    }

    /** Per axis the step of {@code Cell::packed}: in shared memory, where the tile lies in the source's order, and along the cut axes. */
    private long[] packed(int[] inside, int[] cut) {
        long[] packed = new long[extents.length];
        long step = 1;
        for (int axis : inside) {
            packed[axis] = step + (axis == cut[0] ? 1L << 16 : 0) + (axis == cut[1] ? 1L << 24 : 0);
            step *= extents[axis];
        }
        return packed;
    }
}
