package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.List;
import kron4j.Layout;
import kron4j.backend.BinaryOp;
import kron4j.backend.FusedProgram;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Reductions of an operand, or of the product of several. The kept axes are cut into boxes, and each box's reduced axes into chunks. Results of chunks are combined in order, and all borders depend on
 * sizes only, so results do not depend on the number of threads. If the elements of a line lie close together, lines are folded one by one; if kept
 * elements do (column sums), whole rows are folded into a row of accumulators.
 */
final class Reductions {
    /** Enough pieces for the threads of any machine. */
    static final long PIECES = 64;

    /** From this length on, a line in one piece is folded as rows of a tile's width, and these at the end: the JIT vectorises that. */
    private static final long LANES = 16 * Tile.SIZE;

    /** Fewer elements than this are not worth another thread, even if each is a cache line. */
    static final int FEW = 1 << 12;

    /** Side of the blocks for finding positions down columns. */
    private static final int SIDE = 32;

    private final ReduceOp op;
    private final Number scale;
    private final View[] operands;
    /** Computes the elements from the operands; null for their product. */
    private final FusedProgram program;
    /** The operand that comes first here and in the program is the one of this number, and the other way round. */
    private final int leader;

    private final View out;
    private final Kind kind;
    private final Loop kept;
    private final Loop reduced;
    /** Whether complex elements are read as pairs. */
    private final boolean pairs;

    private final boolean rows;
    /** Whether elements are folded position by position, pieces of lines as they lie side by side, and each piece at the end. */
    private final boolean pieces;

    private final Cut keptCut;
    private final Cut reducedCut;
    private final int window;

    private Reductions(
            ReduceOp op,
            Number scale,
            View[] views,
            FusedProgram program,
            int leader,
            int reducedRank,
            View out,
            int window) {
        this.op = op;
        this.scale = scale;
        this.operands = swapped(views, leader);
        this.program = program;
        this.leader = leader;
        this.out = out;
        this.window = window;
        this.pairs = op == ReduceOp.PROD && operands[0].dtype().isComplex();
        this.kind = pairs
                ? Kind.of(operands[0].dtype().realPart())
                : program == null && operands.length == 1
                        ? Accumulator.kindOfStored(op, operands[0].dtype())
                        : Accumulator.kind(op, program == null ? operands[0].dtype() : program.computed());
        int keptRank = out.layout().rank();
        Layout[] keptAxes = new Layout[operands.length + 1];
        Layout[] reducedAxes = new Layout[operands.length];
        for (int k = 0; k < operands.length; k++) {
            Layout layout = operands[k].layout();
            keptAxes[k] = axes(layout, 0, keptRank, layout.offset());
            reducedAxes[k] = axes(layout, keptRank, keptRank + reducedRank, 0);
        }
        keptAxes[operands.length] = out.layout();
        boolean positions = Accumulator.isPosition(op);
        this.kept = Loop.of(keptAxes);
        this.reduced = positions ? Loop.rowMajor(reducedAxes) : Loop.of(reducedAxes);
        boolean columns = isColumnar(0);
        boolean mixed = false;
        for (int k = 1; k < operands.length; k++) {
            mixed |= isColumnar(k) != columns;
        }
        boolean lanes = !mixed
                && !pairs
                && !Accumulator.foldsLines(op, kind)
                && last(reduced.strides()[0]) == 1
                && reduced.size() >= LANES
                && !nextLineIsNear();
        this.rows = (columns || lanes) && !positions;
        long span = Cursor.span(window) / 2;
        if (columns || mixed) {
            int width = mixed || positions ? (int) Math.min(last(kept.sizes()), SIDE) : rowWidth();
            keptCut = Cut.ordered(kept, width, span);
            reducedCut = Cut.ordered(reduced, Tile.SIZE / width, span);
        } else {
            int length = (int) Math.min(nextLineIsNear() ? last(reduced.sizes()) : reduced.size(), Tile.SIZE);
            reducedCut = Cut.ordered(reduced, length, span);
            keptCut = Cut.ordered(kept, Tile.SIZE / length, span);
        }
        this.pieces =
                !columns && !mixed && !positions && nextLineIsNear() && reducedCut.capacity() == last(reduced.sizes());
    }

    /** Kept elements in a box: as long a run as there is, or, if few rows are folded, several of them. */
    private int rowWidth() {
        long several = Math.min(kept.size(), Tile.SIZE / reduced.size());
        return (int) Math.min(Tile.SIZE, Math.max(last(kept.sizes()), several));
    }

    /** Whether the elements of operand k lie closer together along the kept axes than along the reduced ones. */
    private boolean isColumnar(int k) {
        long keptStep = Math.abs(last(kept.strides()[k]));
        return keptStep != 0 && keptStep < Math.abs(last(reduced.strides()[k]));
    }

    /** Whether each element is in a cache line of its own. */
    private boolean isGathered() {
        long line = 64 / operands[0].dtype().bytes();
        long keptStep = Math.abs(last(kept.strides()[0]));
        return Math.abs(last(reduced.strides()[0])) >= line && (keptStep == 0 || keptStep >= line);
    }

    /** Whether memory goes on with the next line after the innermost reduced axis, so that pieces of many lines are one run. */
    private boolean nextLineIsNear() {
        int next = reduced.rank() - 2;
        return next >= 0 && Math.abs(last(kept.strides()[0])) < Math.abs(reduced.strides()[0][next]);
    }

    static void reduce(ReduceOp op, View a, int reducedRank, View out) {
        if (op == ReduceOp.SUM) {
            sumProduct(1.0, List.of(a), reducedRank, out);
        } else if (!TruthFolds.run(op, a, reducedRank, out)
                && !LineFolds.run(op, a, reducedRank, out)
                && !ColumnPositions.run(op, a, reducedRank, out)
                && !FirstPlaces.run(op, a, reducedRank, out)
                && !(op == ReduceOp.PROD && ComplexProducts.run(a, reducedRank, out))
                && !HalfFolds.run(op, 1.0, a, reducedRank, out)) {
            reduce(op, 1.0, reducedRank, out, Cursor.WINDOW, a);
        }
    }

    /** {@code out = scale * sum over the last axes of the product of the operands}; an integer scale for integers. */
    static void sumProduct(Number scale, List<View> operands, int reducedRank, View out) {
        if (operands.size() == 1
                && (LineSums.run(scale, operands.get(0), reducedRank, out)
                        || HalfFolds.run(ReduceOp.SUM, scale, operands.get(0), reducedRank, out))) {
            return;
        }
        View[] views = operands.toArray(View[]::new);
        for (int k = 1; k < views.length; k++) {
            if (elements(views[k]) > elements(views[0])) {
                View larger = views[k];
                views[k] = views[0];
                views[0] = larger;
            }
        }
        reduce(ReduceOp.SUM, scale, reducedRank, out, Cursor.WINDOW, views);
    }

    /** As the others, with storages seen through at most {@code window} bytes at a time; the operand with most elements should come first. */
    static void reduce(ReduceOp op, Number scale, int reducedRank, View out, int window, View... operands) {
        if (out.shape().size() == 0) {
            return;
        }
        if (operands[0].shape().size() == 0) {
            Pointwise.fill(op == ReduceOp.PROD || op == ReduceOp.ALL ? 1L : 0L, out);
            return;
        }
        new Reductions(op, scale, operands, null, 0, reducedRank, out, window).run();
    }

    /** Reduces the result of a program along the last axes of its loads, of which there is at least one. */
    static void fused(FusedProgram program, ReduceOp op, int reducedRank, List<View> loads, View out) {
        View[] views = loads.toArray(View[]::new);
        int leader = 0;
        for (int k = 1; k < views.length; k++) {
            leader = elements(views[k]) > elements(views[leader]) ? k : leader;
        }
        new Reductions(op, 1.0, views, program, leader, reducedRank, out, Cursor.WINDOW).run();
    }

    /** A copy with the first element and another one exchanged. */
    private static <T> T[] swapped(T[] all, int other) {
        T[] copy = all.clone();
        copy[0] = all[other];
        copy[other] = all[0];
        return copy;
    }

    private static long elements(View view) {
        long elements = 1;
        for (int i = 0; i < view.layout().rank(); i++) {
            elements *= view.layout().stride(i) == 0 ? 1 : view.shape().at(i);
        }
        return elements;
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
            long grain = Math.max(1, (isGathered() ? FEW : Tiles.GRAIN) / Tile.SIZE / reducedCut.count());
            Parallel.forRange(keptCut.count(), grain, (from, to) -> {
                Accumulator total = accumulator();
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
                Accumulator total = accumulator();
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

    private Accumulator accumulator() {
        int lines = keptCut.capacity();
        int size = rows || pieces ? lines * reducedCut.capacity() : lines;
        return pairs ? new PairProducts(kind, size) : Accumulator.of(op, kind, size);
    }

    /** The state of one thread. */
    private final class Part {
        private final Tile tile = Tile.local()[0];
        private final Tile factor = Tile.local()[1];
        private final Cursor[] sources = new Cursor[operands.length];
        private final FusedTiles steps = program == null ? null : FusedTiles.of(program);
        /** As the program counts them. */
        private final Cursor[] loads;

        private final Cursor target;
        private final Box box = new Box(kept.rank() + reduced.rank());
        private final Box keptBox = new Box(kept.rank());

        Part() {
            for (int k = 0; k < sources.length; k++) {
                long[] keptStrides = kept.strides()[k];
                long[] strides = reduced.strides()[k];
                int load = k == 0 ? leader : k == leader ? 0 : k;
                sources[k] = Cursor.of(
                        operands[k],
                        steps == null ? kind : steps.kindOf(load),
                        rows ? join(strides, keptStrides) : join(keptStrides, strides),
                        kept.offsets()[k] + reduced.offsets()[k],
                        window);
            }
            loads = swapped(sources, leader);
            int k = operands.length;
            target = Cursor.of(out, Kind.wide(out.dtype()), kept.strides()[k], kept.offsets()[k], window);
        }

        /** Reduces the boxes [from, to) of the reduced axes for one box of the kept ones. */
        void accumulate(long number, long from, long to, Accumulator total) {
            keptCut.place(number, keptBox, 0);
            keptCut.place(number, box, rows ? reduced.rank() : 0);
            int lines = keptBox.size();
            total.reset(lines);
            for (long i = from; i < to; i++) {
                reducedCut.place(i, box, rows ? 0 : kept.rank());
                Tile elements = elements();
                int length = box.size() / lines;
                if (rows) {
                    total.addRows(elements, length);
                } else if (pieces) {
                    total.addPieces(elements, length);
                } else {
                    total.addLines(elements, length, Accumulator.isPosition(op) ? position() : 0);
                }
            }
        }

        /** The box's elements that are reduced. */
        private Tile elements() {
            if (steps != null) {
                steps.compute(loads, box);
                return steps.result(0);
            }
            sources[0].load(box, tile);
            for (int k = 1; k < sources.length; k++) {
                sources[k].load(box, factor);
                kind.compute(BinaryOp.MULTIPLY, tile, factor, tile, box.size());
            }
            return tile;
        }

        /** The position of the box's beginning in the row-major order of the reduced axes. */
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
            if (!scale.equals(1.0)) {
                kind.wide().scale(scale, tile, tile, keptBox.size());
            }
            target.store(keptBox, tile);
        }
    }
}
