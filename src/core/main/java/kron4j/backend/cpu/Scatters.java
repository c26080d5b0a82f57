package kron4j.backend.cpu;

import kron4j.Layout;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Adds elements at positions given by an index tensor. */
final class Scatters {
    /** Least number of lines that a thread takes at a time: two cache lines of float32. */
    private static final long FEW = 32;

    private Scatters() {}

    static void addAlong(View a, int axis, View index, View out) {
        addAlong(a, axis, index, out, Cursor.WINDOW);
    }

    /**
     * As {@link #addAlong(View, int, View, View)}, with storages seen through at most {@code window} bytes at a time. Lines along the axis are distributed over
     * threads, and each is added up in order.
     */
    static void addAlong(View a, int axis, View index, View out, int window) {
        if (a.shape().size() == 0) {
            return;
        }
        Loop lines = Loop.of(first(out, axis), first(a, axis), first(index, axis));
        long few = Math.max(FEW, lines.size() / (4L * Parallel.threads()));
        Cut cut = Cut.blocked(lines, (int) Math.min(Tile.SIZE, few), Cursor.span(window));
        Kind kind = Kind.of(out.dtype());
        Parallel.forRange(cut.count(), 1, (from, to) -> {
            Tile[] tiles = Tile.local();
            Cursor target = Cursor.of(out, kind, along(lines, 0, 0), lines.offsets()[0], window);
            Cursor source = Cursor.of(a, kind, along(lines, 1, a.layout().stride(axis)), lines.offsets()[1], window);
            Cursor indices = Cursor.of(
                    index, Kind.LONG, along(lines, 2, index.layout().stride(axis)), lines.offsets()[2], window);
            Box box = new Box(lines.rank() + 1);
            for (long number = from; number < to; number++) {
                cut.place(number, box, 1);
                int n = box.size();
                for (long j = 0; j < a.shape().at(axis); j++) {
                    box.start[0] = j;
                    indices.load(box, tiles[1]);
                    target.positions(box, tiles[2].longs);
                    Gathers.choose("addAlong", out, axis, index, tiles[1].longs, tiles[2].longs, n);
                    target.gather(tiles[2].longs, n, tiles[3]);
                    source.load(box, tiles[0]);
                    kind.compute(BinaryOp.ADD, tiles[3], tiles[0], tiles[3], n);
                    target.scatter(tiles[2].longs, n, tiles[3]);
                }
            }
        });
    }

    /** The first element of every line. */
    private static Layout first(View view, int axis) {
        return Layout.of(
                view.shape().with(axis, 1),
                view.layout().strides(),
                view.layout().offset());
    }

    /** Strides of the axis, then of the lines. */
    private static long[] along(Loop lines, int operand, long stride) {
        long[] strides = new long[lines.rank() + 1];
        strides[0] = stride;
        System.arraycopy(lines.strides()[operand], 0, strides, 1, lines.rank());
        return strides;
    }
}
