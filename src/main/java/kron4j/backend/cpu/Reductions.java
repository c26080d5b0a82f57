package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.Layout;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;

/**
 * Reductions. The kept axes are cut into boxes, and each box's reduced axes into chunks, whose results are combined in order; all borders depend on
 * sizes only, so results do not depend on the number of threads. Where the elements of a line lie close together, lines are folded one by one;
 * where instead kept elements do (column sums), whole rows are folded into a row of accumulators.
 */
final class Reductions {
    /** Enough pieces for the threads of any machine. */
    private static final long PIECES = 64;

    /** From this length on, a line in one piece is folded as rows of a tile's width, and these at the end: the JIT vectorises that. */
    private static final long LANES = 16 * Tile.SIZE;

    /** Side of the blocks in which positions are looked for down columns. */
    private static final int SIDE = 32;

    private final ReduceOp op;
    private final View a;
    private final View out;
    private final Kind kind;
    private final Loop kept;
    private final Loop reduced;
    private final boolean rows;
    private final Cut keptCut;
    private final Cut reducedCut;
    private final int size;
    private final long[] strides;
    private final long offset;

    private Reductions(ReduceOp op, View a, int reducedRank, View out) {
        this.op = op;
        this.a = a;
        this.out = out;
        this.kind = Accumulator.kind(op, a.dtype());
        int keptRank = a.layout().rank() - reducedRank;
        this.kept = Loop.of(axes(a.layout(), 0, keptRank, a.layout().offset()), out.layout());
        Layout line = axes(a.layout(), keptRank, a.layout().rank(), 0);
        this.reduced = Accumulator.isPosition(op) ? Loop.rowMajor(line) : Loop.of(line);
        long keptStep = last(kept.strides()[0]);
        long lineStep = last(reduced.strides()[0]);
        boolean columns = keptStep != 0 && Math.abs(keptStep) < Math.abs(lineStep);
        boolean lanes = Math.abs(lineStep) == 1 && reduced.size() >= LANES;
        this.rows = (columns || lanes) && !Accumulator.isPosition(op);
        long span = Cursor.span(Cursor.WINDOW) / 2;
        if (columns) {
            int width = (int) Math.min(last(kept.sizes()), rows ? Tile.SIZE : SIDE);
            keptCut = Cut.ordered(kept, width, span);
            reducedCut = Cut.ordered(reduced, Tile.SIZE / width, span);
        } else {
            int length = (int) Math.min(reduced.size(), Tile.SIZE);
            reducedCut = Cut.ordered(reduced, length, span);
            keptCut = Cut.ordered(kept, Tile.SIZE / length, span);
        }
        this.size = rows ? Tile.SIZE : keptCut.capacity();
        this.strides =
                rows ? join(reduced.strides()[0], kept.strides()[0]) : join(kept.strides()[0], reduced.strides()[0]);
        this.offset = kept.offsets()[0] + reduced.offsets()[0];
    }

    static void reduce(ReduceOp op, View a, int reducedRank, View out) {
        if (out.shape().size() == 0) {
            return;
        }
        if (a.shape().size() == 0) {
            Pointwise.fill(op == ReduceOp.PROD || op == ReduceOp.ALL ? 1L : 0L, out);
            return;
        }
        new Reductions(op, a, reducedRank, out).run();
    }

    private static Layout axes(Layout a, int from, int to, long offset) {
        return Layout.of(a.shape().slice(from, to), Arrays.copyOfRange(a.strides(), from, to), offset);
    }

    private static long last(long[] values) {
        return values[values.length - 1];
    }

    private static long[] join(long[] a, long[] b) {
        long[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }

    private void run() {
        long chunks = Math.max(1, Math.min(PIECES / keptCut.count(), reducedCut.count() * Tile.SIZE / Tiles.GRAIN));
        if (chunks == 1) {
            long grain = Math.max(1, Tiles.GRAIN / Tile.SIZE / reducedCut.count());
            Parallel.forRange(keptCut.count(), grain, (from, to) -> {
                Accumulator total = Accumulator.of(op, kind, size);
                Part part = new Part();
                for (long number = from; number < to; number++) {
                    part.accumulate(number, 0, reducedCut.count(), total);
                    part.store(number, total);
                }
            });
            return;
        }
        Accumulator[] partial = new Accumulator[(int) (keptCut.count() * chunks)];
        long step = (reducedCut.count() + chunks - 1) / chunks;
        Parallel.forRange(partial.length, 1, (from, to) -> {
            Part part = new Part();
            for (long i = from; i < to; i++) {
                Accumulator total = Accumulator.of(op, kind, size);
                long first = Math.min(reducedCut.count(), i % chunks * step);
                part.accumulate(i / chunks, first, Math.min(reducedCut.count(), first + step), total);
                total.finish();
                partial[(int) i] = total;
            }
        });
        Part part = new Part();
        for (int number = 0; number < keptCut.count(); number++) {
            Accumulator total = partial[(int) (number * chunks)];
            for (int i = 1; i < chunks; i++) {
                total.add(partial[(int) (number * chunks) + i], 0);
            }
            part.store(number, total);
        }
    }

    /** What one thread works with. */
    private final class Part {
        private final Tile tile = Tile.local()[0];
        private final Cursor source = Cursor.of(a, kind, strides, offset);
        private final Cursor target = Cursor.of(out, Kind.wide(out.dtype()), kept.strides()[1], kept.offsets()[1]);
        private final Box box = new Box(strides.length);
        private final Box keptBox = new Box(kept.rank());

        /** Reduces the boxes [from, to) of the reduced axes for one box of the kept ones. */
        void accumulate(long number, long from, long to, Accumulator total) {
            keptCut.place(number, keptBox, 0);
            keptCut.place(number, box, rows ? reduced.rank() : 0);
            int lines = keptBox.size();
            total.reset(lines);
            for (long i = from; i < to; i++) {
                reducedCut.place(i, box, rows ? 0 : kept.rank());
                source.load(box, tile);
                int length = box.size() / lines;
                if (rows) {
                    total.addRows(tile, length);
                } else {
                    total.addLines(tile, length, Accumulator.isPosition(op) ? position() : 0);
                }
            }
        }

        /** Where in the row-major order of the reduced axes the box begins. */
        private long position() {
            long position = 0;
            for (int i = 0; i < reduced.rank(); i++) {
                position = position * reduced.sizes()[i] + box.start[kept.rank() + i];
            }
            return position;
        }

        void store(long number, Accumulator total) {
            keptCut.place(number, keptBox, 0);
            total.store(tile);
            target.store(keptBox, tile);
        }
    }
}
