package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.Layout;
import kron4j.backend.Backend;
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

    /** As {@link Backend#lastAlong}: each line's positions are stored in order. */
    static void lastAlong(View index, int axis, View out) {
        lastAlong(index, axis, out, Cursor.WINDOW);
    }

    /** As {@link #lastAlong(View, int, View)}, with storages seen through at most {@code window} bytes at a time. */
    static void lastAlong(View index, int axis, View out, int window) {
        Loop lines = Loop.of(first(out, axis), first(index, axis));
        long length = index.shape().at(axis);
        long size = out.shape().at(axis);
        long step = out.layout().stride(axis);
        long span = Cursor.span(window) / 2;
        long reach = span / Math.max(1, Math.abs(index.layout().stride(axis)));
        int most = (int) Math.max(1, Math.min(reach, Math.min(length, Tile.SIZE)));
        Cut cut = Cut.ordered(lines, Tile.SIZE / most, span);
        Parallel.forRange(cut.count(), 1 + Tiles.GRAIN / (cut.capacity() * length), (from, to) -> {
            Tile[] tiles = Tile.local();
            Cursor target = Cursor.of(out, Kind.LONG, behind(lines, 0, 0), lines.offsets()[0], window);
            Cursor indices = Cursor.of(
                    index, Kind.LONG, behind(lines, 1, index.layout().stride(axis)), lines.offsets()[1], window);
            Box box = new Box(lines.rank() + 1);
            for (long number = from; number < to; number++) {
                cut.place(number, box, 0);
                for (long start = 0; start < length; start += most) {
                    int n = (int) Math.min(most, length - start);
                    box.start[lines.rank()] = start;
                    box.extent[lines.rank()] = n;
                    indices.load(box, tiles[0]);
                    target.positions(box, tiles[1].longs);
                    int count = 0;
                    for (int e = 0; e < box.size(); e++) {
                        long chosen = tiles[0].longs[e];
                        if (chosen >= 0 && chosen < size) {
                            tiles[1].longs[count] = tiles[1].longs[e] + chosen * step;
                            tiles[2].longs[count++] = start + e % n;
                        }
                    }
                    target.scatter(tiles[1].longs, count, tiles[2]);
                }
            }
        });
    }

    /** Strides of the lines, then of the axis. */
    private static long[] behind(Loop lines, int operand, long stride) {
        long[] strides = Arrays.copyOf(lines.strides()[operand], lines.rank() + 1);
        strides[lines.rank()] = stride;
        return strides;
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
