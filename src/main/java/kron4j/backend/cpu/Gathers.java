package kron4j.backend.cpu;

import kron4j.Layout;
import kron4j.ShapeException;
import kron4j.backend.View;

/** Reads at positions that other tensors hold. */
final class Gathers {
    private Gathers() {}

    static void takeAlong(View a, int axis, View index, View out) {
        long size = a.shape().at(axis);
        long step = a.layout().stride(axis);
        Layout lines = a.layout().shape().at(axis) == 0
                ? a.layout()
                : Layout.of(
                        out.shape(),
                        withZero(a.layout().strides(), axis),
                        a.layout().offset());
        if (out.shape().size() == 0) {
            return;
        }
        if (size == 0) {
            throw outside(index, axis, a, "any");
        }
        Kind kind = Kind.of(out.dtype());
        Loop loop = Loop.of(out.layout(), index.layout(), lines);
        Cut cut = Cut.blocked(loop, Tile.SIZE, Cursor.span(Cursor.WINDOW));
        Parallel.forRange(cut.count(), Tiles.GRAIN / Tile.SIZE, (from, to) -> {
            Tile[] tiles = Tile.local();
            Cursor target = Cursor.of(out, kind, loop.strides()[0], loop.offsets()[0]);
            Cursor indices = Cursor.of(index, Kind.LONG, loop.strides()[1], loop.offsets()[1]);
            Cursor source = Cursor.of(a, kind, loop.strides()[2], loop.offsets()[2]);
            Box box = new Box(loop.rank());
            for (long number = from; number < to; number++) {
                cut.place(number, box, 0);
                int n = box.size();
                long[] chosen = tiles[1].longs;
                long[] positions = tiles[2].longs;
                indices.load(box, tiles[1]);
                source.positions(box, positions);
                for (int i = 0; i < n; i++) {
                    if (chosen[i] < 0 || chosen[i] >= size) {
                        throw outside(index, axis, a, Long.toString(chosen[i]));
                    }
                    positions[i] += chosen[i] * step;
                }
                source.gather(positions, n, tiles[0]);
                target.store(box, tiles[0]);
            }
        });
    }

    private static long[] withZero(long[] strides, int axis) {
        strides[axis] = 0;
        return strides;
    }

    private static ShapeException outside(View index, int axis, View a, String value) {
        return new ShapeException("takeAlong: index " + value + " (in indices of shape " + index.shape()
                + ") is outside [0, " + a.shape().at(axis) + "), the size of axis " + axis + " of shape " + a.shape());
    }
}
