package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.function.Consumer;
import kron4j.Layout;
import kron4j.backend.Backend;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Adds elements at positions given by an index tensor. */
final class Scatters {
    /** Least number of lines that a thread takes at a time: two cache lines of float32. */
    private static final long FEW = 32;

    /** Most lines that are taken at a time where they are neighbours. */
    private static final int WIDE = 64;

    /** Elements from which on several threads share a line. */
    private static final long PARTED = 1 << 16;

    private Scatters() {}

    static void addAlong(View a, int axis, View index, View out) {
        HeapLines lines = HeapLines.adding(out, a, axis, index, out);
        if (lines != null) {
            lines.runChecked("addAlong");
            return;
        }
        if (a.shape().size() > 0 && (RowSums.add(a, axis, index, out) || Direct.add(a, axis, index, out))) {
            return;
        }
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
        boolean plain = !out.dtype().isHalf() && !out.dtype().isComplex();
        if (plain
                && Cursor.of(out, Kind.of(out.dtype()), new long[1], 0, window).seesAll()) {
            addInOrder(a, axis, index, out, window);
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

    /**
     * Adds element by element. Where lines are few, several threads go through each, and each of them adds what goes to its part of the result.
     */
    private static void addInOrder(View a, int axis, View index, View out, int window) {
        Lines lines = new Lines(axis, index, out, window, a);
        Kind kind = Kind.of(out.dtype());
        long size = out.shape().at(axis);
        long parts = lines.loop.size() * lines.length < PARTED
                ? 1
                : Math.max(1, Math.min(size, Parallel.threads() / lines.cut.count()));
        Parallel.forRange(lines.cut.count() * parts, lines.grain(), (from, to) -> {
            Tile[] tiles = Tile.local();
            Cursor target = lines.cursor(out, kind, 0, 0);
            Cursor indices = lines.cursor(index, Kind.LONG, 1, index.layout().stride(axis));
            Cursor source = lines.cursor(a, kind, 2, a.layout().stride(axis));
            for (long number = from; number < to; number++) {
                long first = number % parts * size / parts;
                long end = (number % parts + 1) * size / parts;
                lines.each(number / parts, box -> {
                    indices.load(box, tiles[1]);
                    target.positions(box, tiles[2].longs);
                    Gathers.choose("addAlong", out, axis, index, tiles[1].longs, tiles[2].longs, box.size());
                    for (int e = 0; parts > 1 && e < box.size(); e++) {
                        boolean mine = tiles[1].longs[e] >= first && tiles[1].longs[e] < end;
                        tiles[2].longs[e] = mine ? tiles[2].longs[e] : -1;
                    }
                    source.load(box, tiles[0]);
                    target.add(tiles[2].longs, box.size(), tiles[0]);
                });
            }
        });
    }

    /** As {@link Backend#lastAlong}: each line's positions are stored in order. */
    static void lastAlong(View index, int axis, View out) {
        if (Direct.last(index, axis, out)) {
            return;
        }
        lastAlong(index, axis, out, Cursor.WINDOW);
    }

    /** As {@link #lastAlong(View, int, View)}, with storages seen through at most {@code window} bytes at a time. */
    static void lastAlong(View index, int axis, View out, int window) {
        Lines lines = new Lines(axis, index, out, window);
        long size = out.shape().at(axis);
        long step = out.layout().stride(axis);
        Parallel.forRange(lines.cut.count(), lines.grain(), (from, to) -> {
            Tile[] tiles = Tile.local();
            Cursor target = lines.cursor(out, Kind.LONG, 0, 0);
            Cursor indices = lines.cursor(index, Kind.LONG, 1, index.layout().stride(axis));
            for (long number = from; number < to; number++) {
                lines.each(number, box -> {
                    indices.load(box, tiles[0]);
                    target.positions(box, tiles[1].longs);
                    long start = box.start[lines.axis];
                    int n = box.extent[lines.axis];
                    int width = box.size() / n;
                    int count = 0;
                    for (int e = 0; e < box.size(); e++) {
                        long chosen = tiles[0].longs[e];
                        if (chosen >= 0 && chosen < size) {
                            tiles[1].longs[count] = tiles[1].longs[e] + chosen * step;
                            tiles[2].longs[count++] = start + (lines.across ? e / width : e % n);
                        }
                    }
                    target.scatter(tiles[1].longs, count, tiles[2]);
                });
            }
        });
    }

    /** Lines along an axis in boxes, each line in order; with the axis outermost where neighbouring lines are nearer than the elements of one. */
    private static final class Lines {
        private final Loop loop;
        private final Cut cut;
        private final boolean across;
        private final int axis;
        private final long length;
        private final int steps;
        private final int window;

        /** @param more operands of the shape of the index */
        Lines(int along, View index, View out, int window, View... more) {
            Layout[] layouts = new Layout[more.length + 2];
            layouts[0] = first(out, along);
            layouts[1] = first(index, along);
            long widest = Math.abs(index.layout().stride(along));
            for (int i = 0; i < more.length; i++) {
                layouts[i + 2] = first(more[i], along);
                widest = Math.max(widest, Math.abs(more[i].layout().stride(along)));
            }
            this.window = window;
            loop = Loop.of(layouts);
            length = index.shape().at(along);
            long step = Math.abs(out.layout().stride(along));
            across = loop.size() > 1 && loop.strides()[0][loop.rank() - 1] < step;
            axis = across ? 0 : loop.rank();
            long span = Cursor.span(window) / 2;
            long most = Math.max(1, span / Math.max(1, widest));
            cut = Cut.ordered(loop, across ? WIDE : (int) (Tile.SIZE / Math.min(length, Tile.SIZE)), span);
            steps = (int) Math.min(most, Tile.SIZE / cut.capacity());
        }

        long grain() {
            return 1 + Tiles.GRAIN / (cut.capacity() * length);
        }

        Cursor cursor(View v, Kind kind, int operand, long stride) {
            long[] strides = across ? along(loop, operand, stride) : behind(loop, operand, stride);
            return Cursor.of(v, kind, strides, loop.offsets()[operand], window);
        }

        void each(long number, Consumer<Box> body) {
            Box box = new Box(loop.rank() + 1);
            cut.place(number, box, across ? 1 : 0);
            for (long start = 0; start < length; start += steps) {
                box.start[axis] = start;
                box.extent[axis] = (int) Math.min(steps, length - start);
                body.accept(box);
            }
        }
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
