package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.Layout;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Reads, writes or adds elements at positions given by an index tensor, where every storage is shown by one buffer: run by run in row-major order, so that along
 * the axis elements are visited in order. Only other axes are cut for threads.
 */
final class Direct {
    /** Elements that are worth a thread. */
    private static final long GRAIN = 1 << 14;

    /** Shorter runs are not worth being set up. */
    private static final long SHORT = 8;

    /** From this length on, runs of one position are moved or added as a whole. */
    private static final int ROW = 16;

    private static final long NOWHERE = -1;

    private enum Act {
        TAKE,
        PUT,
        ADD,
        LAST
    }

    private final Act act;
    private final View x;
    private final View index;
    private final View y;
    private final int axis;
    private final Loop loop;
    private final int last;
    private final long step;
    private final long size;

    /**
     * @param x elements along the index, or for {@link Act#LAST} their numbers
     * @param y lines in which it chooses
     */
    private Direct(Act act, View x, Layout along, View index, View y, int axis) {
        this.act = act;
        this.x = x;
        this.index = index;
        this.y = y;
        this.axis = axis;
        Layout lines = Layout.of(
                index.shape(),
                Gathers.withZero(y.layout().strides(), axis),
                y.layout().offset());
        loop = Loop.rowMajor(along, index.layout(), lines);
        last = loop.rank() - 1;
        step = y.layout().stride(axis);
        size = y.shape().at(axis);
    }

    private static boolean shown(View... views) {
        boolean all = true;
        for (View v : views) {
            all &= ((CpuStorage) v.storage()).fitsOneBuffer();
        }
        return all;
    }

    /** As {@link Gathers#takeAlong}; false, and nothing is done, where it cannot do it or not faster. */
    static boolean take(View a, int axis, View index, View out) {
        if (!shown(a, index, out)) {
            return false;
        }
        Direct d = new Direct(Act.TAKE, out, out.layout(), index, a, axis);
        if (d.isShort() || (d.loop.strides()[1][d.last] == 0 && d.loop.sizes()[d.last] >= ROW)) {
            return false;
        }
        d.run();
        return true;
    }

    /** Whether {@link #put} can do it. */
    static boolean canPut(View a, View index, View out) {
        return shown(a, index, out);
    }

    /** Writes elements in order; what no index names stays, and indices outside are skipped. */
    static void put(View a, int axis, View index, View out) {
        new Direct(Act.PUT, a, a.layout(), index, out, axis).run();
    }

    /** As {@link Scatters#addAlong(View, int, View, View)}; false, and nothing is done, where it cannot do it or not faster. */
    static boolean add(View a, int axis, View index, View out) {
        if (!shown(a, index, out) || out.dtype().isHalf() || out.dtype().isComplex()) {
            return false;
        }
        Direct d = new Direct(Act.ADD, a, a.layout(), index, out, axis);
        if (d.isShort()) {
            return false;
        }
        d.run();
        return true;
    }

    /** As {@link Scatters#lastAlong(View, int, View)}; false, and nothing is done, where it cannot do it. */
    static boolean last(View index, int axis, View out) {
        if (!shown(index, out)) {
            return false;
        }
        long[] steps = new long[index.shape().rank()];
        steps[axis] = 1;
        new Direct(Act.LAST, out, Layout.of(index.shape(), steps, 0), index, out, axis).run();
        return true;
    }

    private boolean isShort() {
        return loop.sizes()[last] < SHORT && loop.size() > Tile.SIZE;
    }

    private void run() {
        int cut = 0;
        boolean any = act == Act.TAKE;
        if (any) {
            cut = loop.sizes()[0] < Parallel.threads() ? last : 0;
        } else {
            for (int i = 0; i <= last; i++) {
                boolean other = loop.strides()[2][i] != 0;
                cut = other && (loop.strides()[2][cut] == 0 || loop.sizes()[i] > loop.sizes()[cut]) ? i : cut;
            }
        }
        int along = cut;
        long count = loop.sizes()[along];
        if ((!any && loop.strides()[2][along] == 0) || loop.size() < 2 * GRAIN) {
            new Worker().rows(along, 0, count);
        } else {
            // A cache line of the result belongs to one thread.
            long grain = Math.max(along == last ? 64 : 1, GRAIN * count / loop.size());
            Parallel.forRange(count, grain, (from, to) -> new Worker().rows(along, from, to));
        }
    }

    private final class Worker {
        private final Kind kind = act == Act.ADD ? Kind.of(y.dtype()) : Kind.narrow(y.dtype());
        private final Tile[] tiles = Tile.local();
        private final Cursor places = cursor(index, Kind.LONG, 1);
        private final Cursor source = cursor(x, kind, 0);
        private final Cursor lines = cursor(y, kind, 2);
        /** Where the indices of the last map begin, and how many they are: often those of the next line too. */
        private long mapped = NOWHERE;

        private int length;

        private Cursor cursor(View view, Kind of, int operand) {
            return Cursor.of(view, of, loop.strides()[operand], loop.offsets()[operand]);
        }

        /** Visits the part of the space in which the number along axis {@code cut} is in [from, to). */
        void rows(int cut, long from, long to) {
            long[] sizes = loop.sizes().clone();
            sizes[cut] = to - from;
            long[] at = loop.offsets().clone();
            move(at, cut, from);
            long[] number = new long[last];
            while (true) {
                for (long start = 0; start < sizes[last]; start += Tile.SIZE) {
                    int n = (int) Math.min(Tile.SIZE, sizes[last] - start);
                    piece(at[0] + start * stride(0), at[1] + start * stride(1), at[2] + start * stride(2), n);
                }
                int i = last - 1;
                while (i >= 0 && ++number[i] == sizes[i]) {
                    move(at, i, 1 - sizes[i]);
                    number[i--] = 0;
                }
                if (i < 0) {
                    return;
                }
                move(at, i, 1);
            }
        }

        private void move(long[] at, int along, long by) {
            for (int k = 0; k < at.length; k++) {
                at[k] += by * loop.strides()[k][along];
            }
        }

        private long stride(int operand) {
            return loop.strides()[operand][last];
        }

        private void piece(long here, long chosen, long there, int n) {
            long[] indices = tiles[1].longs;
            int[] map = tiles[2].ints;
            if (chosen != mapped || n != length) {
                mapped = NOWHERE;
                boolean together = stride(1) == 0 && stride(2) != 0 && n >= ROW && act != Act.LAST;
                places.load(chosen, stride(1), together ? 1 : n, tiles[1]);
                if (together && Loops.BEST.areWithin(indices, 1, size)) {
                    row(here, there + indices[0] * step, n);
                    return;
                }
                if (together) {
                    Arrays.fill(indices, 0, n, indices[0]);
                }
                if (!Loops.BEST.areWithin(indices, n, size)) {
                    one(here, there, n);
                    return;
                }
                map(indices, n, (int) stride(2), (int) step, map);
                mapped = chosen;
                length = n;
            }
            int at = (int) there;
            switch (act) {
                case TAKE -> {
                    lines.loadMapped(tiles[0], n, at, map);
                    source.store(here, stride(0), n, tiles[0]);
                }
                case PUT -> {
                    source.load(here, stride(0), n, tiles[0]);
                    lines.storeMapped(tiles[0], n, at, map);
                }
                case ADD -> {
                    source.load(here, stride(0), n, tiles[0]);
                    lines.addMapped(tiles[0], n, at, map);
                }
                case LAST -> {
                    for (int i = 0; i < n; i++) {
                        tiles[0].longs[i] = here + i * stride(0);
                    }
                    lines.storeMapped(tiles[0], n, at, map);
                }
            }
        }

        /** A run that goes to one place and those beside it. */
        private void row(long here, long there, int n) {
            source.load(here, stride(0), n, tiles[0]);
            if (act == Act.ADD) {
                lines.load(there, stride(2), n, tiles[3]);
                kind.compute(BinaryOp.ADD, tiles[3], tiles[0], tiles[3], n);
                lines.store(there, stride(2), n, tiles[3]);
            } else {
                lines.store(there, stride(2), n, tiles[0]);
            }
        }

        /** Where an index is outside: refuses it, or leaves it out. */
        private void one(long here, long there, int n) {
            for (int i = 0; i < n; i++) {
                long k = tiles[1].longs[i];
                if (k >= 0 && k < size) {
                    long at = here + i * stride(0);
                    if (act == Act.LAST) {
                        tiles[0].longs[0] = at;
                    } else if (act == Act.PUT) {
                        source.load(at, 1, 1, tiles[0]);
                    } else {
                        continue;
                    }
                    lines.store(there + i * stride(2) + k * step, 1, 1, tiles[0]);
                } else if (act == Act.TAKE || act == Act.ADD) {
                    throw Gathers.outside(act == Act.TAKE ? "takeAlong" : "addAlong", index, axis, y, k);
                }
            }
        }
    }

    private static void map(long[] indices, int n, int apart, int step, int[] map) {
        if (step == 1) {
            for (int i = 0; i < n; i++) {
                map[i] = i * apart + (int) indices[i];
            }
        } else {
            for (int i = 0; i < n; i++) {
                map[i] = i * apart + (int) indices[i] * step;
            }
        }
    }
}
