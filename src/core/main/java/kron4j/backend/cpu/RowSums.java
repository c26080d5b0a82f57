package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.Layout;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Adds rows to the rows of a matrix that an index names, one after another, from memory to memory by {@link MemoryLoops}. Threads take columns. */
final class RowSums {
    /** How many rows before its turn one is asked for. */
    private static final int AHEAD = 8;

    /** Columns that are worth a thread: a cache line of them belongs to one. */
    private static final int GRAIN = 64;

    private final View a;
    private final int axis;
    private final View index;
    private final View out;
    private final Loop loop;
    private final MemoryLoops loops = Loops.BEST.memory();

    private RowSums(View a, int axis, View index, View out, Loop loop) {
        this.a = a;
        this.axis = axis;
        this.index = index;
        this.out = out;
        this.loop = loop;
    }

    /** As {@link Scatters#addAlong(View, int, View, View)}; false, and nothing is done, where it cannot do it. */
    static boolean add(View a, int axis, View index, View out) {
        MemoryLoops loops = Loops.BEST.memory();
        if (loops == null || !loops.has(BinaryOp.ADD, out.dtype()) || !isShown(a) || !isShown(out)) {
            return false;
        }
        Layout lines = Layout.of(
                index.shape(),
                Gathers.withZero(out.layout().strides(), axis),
                out.layout().offset());
        Loop loop = Loop.rowMajor(a.layout(), index.layout(), lines);
        boolean rows = loop.rank() == 2
                && loop.strides()[0][1] == 1
                && loop.strides()[1][1] == 0
                && loop.strides()[2][1] == 1
                && loop.strides()[2][0] == 0
                && loop.sizes()[1] * out.dtype().bytes() >= loops.width();
        if (rows) {
            RowSums sums = new RowSums(a, axis, index, out, loop);
            Parallel.forRange(loop.sizes()[1], GRAIN, sums::addColumns);
        }
        return rows;
    }

    private static boolean isShown(View v) {
        return ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    private static ByteBuffer whole(View v) {
        return ((CpuStorage) v.storage()).whole();
    }

    private void addColumns(long from, long to) {
        Tile[] tiles = Tile.local();
        Cursor places = Cursor.of(index, Kind.LONG, loop.strides()[1], loop.offsets()[1]);
        ByteBuffer memory = whole(out);
        Object terms = loops.show(whole(a));
        Object sums = loops.show(memory);
        int bytes = out.dtype().bytes();
        int columns = (int) (to - from);
        int whole = columns * bytes / loops.width() * loops.width();
        long first = loop.offsets()[2] + from;
        long[] rows = tiles[1].longs;
        long sum = 0;
        for (long row = 0; row < loop.sizes()[0]; row += Tile.SIZE) {
            int n = (int) Math.min(Tile.SIZE, loop.sizes()[0] - row);
            places.load(loop.offsets()[1] + row * loop.strides()[1][0], loop.strides()[1][0], n, tiles[1]);
            for (int i = 0; i < n; i++) {
                if (rows[i] < 0 || rows[i] >= out.shape().at(axis)) {
                    throw Gathers.outside("addAlong", index, axis, out, rows[i]);
                }
                rows[i] = first + rows[i] * out.layout().stride(axis);
            }
            for (int i = 0; i < n; i++) {
                long ahead = rows[Math.min(i + AHEAD, n - 1)];
                sum += memory.get((int) ahead * bytes) + memory.get((int) (ahead + columns / 2) * bytes);
                long x = loop.offsets()[0] + (row + i) * loop.strides()[0][0] + from;
                loops.run(
                        BinaryOp.ADD,
                        out.dtype(),
                        sums,
                        rows[i] * bytes,
                        terms,
                        x * bytes,
                        sums,
                        rows[i] * bytes,
                        whole);
                if (whole < columns * bytes) {
                    addRest(x + whole / bytes, rows[i] + whole / bytes, columns - whole / bytes);
                }
            }
        }
        // Memory that is asked for ahead is read for no other end.
        tiles[2].longs[0] = sum;
    }

    /** What is no whole vector at the end of a row. */
    private void addRest(long x, long y, int n) {
        Tile[] tiles = Tile.local();
        Kind kind = Kind.of(out.dtype());
        Cursor source = Cursor.of(a, kind, loop.strides()[0], loop.offsets()[0]);
        Cursor target = Cursor.of(out, kind, loop.strides()[2], loop.offsets()[2]);
        source.load(x, 1, n, tiles[0]);
        target.load(y, 1, n, tiles[3]);
        kind.compute(BinaryOp.ADD, tiles[3], tiles[0], tiles[3], n);
        target.store(y, 1, n, tiles[3]);
    }
}
