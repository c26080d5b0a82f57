package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.Layout;
import kron4j.ShapeException;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Reads elements at positions given by an index tensor. */
final class Gathers {
    private static final int LONG_RUN = 16;

    /** How many runs before its turn one is asked for. */
    private static final int AHEAD = 16;

    private Gathers() {}

    static void takeAlong(View a, int axis, View index, View out) {
        HeapLines lines = HeapLines.taking(a, axis, index, out);
        if (lines != null) {
            lines.runChecked("takeAlong");
            return;
        }
        if (out.shape().size() > 0 && Direct.take(a, axis, index, out)) {
            return;
        }
        takeAlong(a, axis, index, out, Cursor.WINDOW);
    }

    /** As {@link #takeAlong(View, int, View, View)}, with storages seen through at most {@code window} bytes at a time. */
    static void takeAlong(View a, int axis, View index, View out, int window) {
        if (out.shape().size() == 0) {
            return;
        }
        Layout lines = Layout.of(
                out.shape(), withZero(a.layout().strides(), axis), a.layout().offset());
        Loop loop = Loop.of(out.layout(), index.layout(), lines);
        int last = loop.rank() - 1;
        if (last > 0 && loop.strides()[1][last] == 0 && loop.sizes()[last] >= LONG_RUN) {
            takeRuns(a, axis, index, out, loop, window);
        } else {
            takeElements(a, axis, index, out, loop, window);
        }
    }

    private static void takeElements(View a, int axis, View index, View out, Loop loop, int window) {
        Kind kind = Kind.narrow(out.dtype());
        Cut cut = Cut.blocked(loop, Tile.SIZE, Cursor.span(window));
        Parallel.forRange(cut.count(), Tiles.GRAIN / Tile.SIZE, (from, to) -> {
            Tile[] tiles = Tile.local();
            Cursor target = Cursor.of(out, kind, loop.strides()[0], loop.offsets()[0], window);
            Cursor indices = Cursor.of(index, Kind.LONG, loop.strides()[1], loop.offsets()[1], window);
            Cursor source = Cursor.of(a, kind, loop.strides()[2], loop.offsets()[2], window);
            Box box = new Box(loop.rank());
            for (long number = from; number < to; number++) {
                cut.place(number, box, 0);
                indices.load(box, tiles[1]);
                source.positions(box, tiles[2].longs);
                choose("takeAlong", a, axis, index, tiles[1].longs, tiles[2].longs, box.size());
                source.gather(tiles[2].longs, box.size(), tiles[0]);
                target.store(box, tiles[0]);
            }
        });
    }

    /** Moves whole runs where the index is the same along the innermost axis, as for rows of a matrix. */
    private static void takeRuns(View a, int axis, View index, View out, Loop loop, int window) {
        Kind kind = Kind.narrow(out.dtype());
        int last = loop.rank() - 1;
        long length = loop.sizes()[last];
        long outStep = loop.strides()[0][last];
        long step = loop.strides()[2][last];
        int piece = (int) Math.max(
                1, Math.min(Tile.SIZE, Cursor.span(window) / Math.max(1, Math.max(outStep, Math.abs(step)))));
        boolean whole = outStep == 1 && step == 1 && window == Cursor.WINDOW;
        ByteBuffer from = whole ? ((CpuStorage) a.storage()).whole() : null;
        ByteBuffer to = whole ? ((CpuStorage) out.storage()).whole() : null;
        int width = out.dtype().bytes();
        Loop outer = loop.outer();
        Cut cut = Cut.ordered(outer, (int) Math.max(1, Math.min(Tile.SIZE, Tiles.GRAIN / length)), Cursor.span(window));
        Parallel.forRange(cut.count(), 1, (first, end) -> {
            Tile[] tiles = Tile.local();
            Cursor target = Cursor.of(out, kind, outer.strides()[0], outer.offsets()[0], window);
            Cursor indices = Cursor.of(index, Kind.LONG, outer.strides()[1], outer.offsets()[1], window);
            Cursor source = Cursor.of(a, kind, outer.strides()[2], outer.offsets()[2], window);
            Box box = new Box(outer.rank());
            for (long number = first; number < end; number++) {
                cut.place(number, box, 0);
                indices.load(box, tiles[1]);
                source.positions(box, tiles[2].longs);
                choose("takeAlong", a, axis, index, tiles[1].longs, tiles[2].longs, box.size());
                target.positions(box, tiles[3].longs);
                if (from != null && to != null) {
                    tiles[0].longs[0] =
                            move(from, tiles[2].longs, to, tiles[3].longs, box.size(), (int) length * width, width);
                    continue;
                }
                for (int i = 0; i < box.size(); i++) {
                    for (long e = 0; e < length; e += piece) {
                        int n = (int) Math.min(piece, length - e);
                        source.load(tiles[2].longs[i] + e * step, step, n, tiles[0]);
                        target.store(tiles[3].longs[i] + e * outStep, outStep, n, tiles[0]);
                    }
                }
            }
        });
    }

    /**
     * Moves {@code n} runs of so many bytes. A byte at the start and one in the middle of each are read some runs before, so that memory has sent them by then.
     *
     * @return the sum of these bytes, so that they are read
     */
    private static int move(ByteBuffer from, long[] at, ByteBuffer to, long[] there, int n, int bytes, int width) {
        int sum = 0;
        for (int i = 0; i < n; i++) {
            int ahead = (int) at[Math.min(i + AHEAD, n - 1)] * width;
            sum += from.get(ahead) + from.get(ahead + bytes / 2);
            to.put((int) there[i] * width, from, (int) at[i] * width, bytes);
        }
        return sum;
    }

    /** Turns positions of lines into positions of the chosen elements. */
    static void choose(String operation, View a, int axis, View index, long[] chosen, long[] positions, int n) {
        long size = a.shape().at(axis);
        long step = a.layout().stride(axis);
        for (int i = 0; i < n; i++) {
            if (chosen[i] < 0 || chosen[i] >= size) {
                throw outside(operation, index, axis, a, chosen[i]);
            }
            positions[i] += chosen[i] * step;
        }
    }

    static long[] withZero(long[] strides, int axis) {
        strides[axis] = 0;
        return strides;
    }

    static ShapeException outside(String operation, View index, int axis, View a, long value) {
        return new ShapeException(operation + ": index " + value + " (in indices of shape " + index.shape()
                + ") is outside [0, " + a.shape().at(axis) + "), the size of axis " + axis + " of shape " + a.shape());
    }
}
