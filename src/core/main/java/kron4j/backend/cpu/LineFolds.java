package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import kron4j.DType;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Extremes and products of floating lines of neighbours, and extremes of lines of int32 and bytes and across rows of numbers, by {@link MemoryLoops}. Pieces of a line are combined in an order that depends on sizes only.
 */
final class LineFolds {
    /** Most elements of a line whose fold is combined with others. */
    private static final int CHUNK = 1 << 16;

    /** Bytes of rows that are folded at a time, and fewest and most rows: few enough that the processor reads ahead in each. */
    private static final int BLOCK = 1 << 16;

    private static final int FEW_ROWS = 8;
    private static final int MANY_ROWS = 64;

    private final MemoryLoops loops = Loops.BEST.memory();
    private final ReduceOp op;
    private final DType dtype;
    private final View out;
    private final Loop kept;
    private final long length;
    /** Where lines begin beside their first element: not 0 where they are read from their end. */
    private final long start;

    private final ByteBuffer elements;
    private final Object memory;

    private LineFolds(ReduceOp op, View a, View out, Loop kept, Loop reduced) {
        this.op = op;
        this.dtype = a.dtype();
        this.out = out;
        this.kept = kept;
        this.length = reduced.size();
        this.start = reduced.offsets()[0];
        this.elements = ((CpuStorage) a.storage()).whole();
        this.memory = loops.show(elements);
    }

    /** {@code out = op over the last axes}, if there is a loop for it and the layouts allow it; returns whether it did. */
    static boolean run(ReduceOp op, View a, int reducedRank, View out) {
        MemoryLoops loops = Loops.BEST.memory();
        if (loops == null
                || !(loops.folds(op, a.dtype()) || loops.foldsRows(op, a.dtype()))
                || a.dtype() != out.dtype()
                || !((CpuStorage) a.storage()).fitsOneBuffer()
                || a.shape().size() == 0) {
            return false;
        }
        int rank = out.layout().rank();
        Loop kept = Loop.of(out.layout(), Dots.axes(a, 0, rank, a.layout().offset()));
        Loop reduced = Loop.of(Dots.axes(a, rank, rank + reducedRank, 0));
        if (reduced.rank() != 1) {
            return false;
        }
        LineFolds folds = new LineFolds(op, a, out, kept, reduced);
        long step = reduced.strides()[0][0];
        // Once a loop was compiled for lines of two vectors or less, those of many take twice as long.
        if (step == 1
                && loops.folds(op, a.dtype())
                && reduced.size() * a.dtype().bytes() > 2L * loops.width()) {
            folds.lines();
            return true;
        }
        boolean areRows = loops.foldsRows(op, a.dtype())
                && kept.rank() == 1
                && kept.strides()[0][0] == 1
                && kept.strides()[1][0] == 1
                && kept.size() * a.dtype().bytes() >= 2L * loops.width()
                && step >= kept.size()
                && ((CpuStorage) out.storage()).fitsOneBuffer();
        return areRows && folds.rows(step);
    }

    private double combined(double x, double y) {
        return op == ReduceOp.PROD ? x * y : op == ReduceOp.MAX ? Math.max(x, y) : Math.min(x, y);
    }

    private void lines() {
        long chunks = (length + CHUNK - 1) / CHUNK;
        long grain = 1 + Tiles.GRAIN / Math.min(length, CHUNK);
        if (chunks == 1) {
            long side = kept.sizes()[kept.rank() - 1];
            Parallel.forRange(kept.size(), grain, (from, to) -> {
                Worker worker = new Worker();
                double[] found = new double[(int) Math.min(to - from, Tile.SIZE)];
                int n;
                for (long line = from; line < to; line += n) {
                    n = (int) Math.min(found.length, Math.min(to, line - line % side + side) - line);
                    worker.fold(start + kept.position(1, line), n, (int) length, found);
                    worker.store(line, found, n);
                }
            });
            return;
        }
        long chunk = (length + chunks - 1) / chunks;
        double[] partial = new double[Math.toIntExact(kept.size() * chunks)];
        Parallel.forRange(partial.length, grain, (from, to) -> {
            Worker worker = new Worker();
            double[] found = new double[1];
            for (int i = (int) from; i < to; i++) {
                long begin = i % chunks * chunk;
                long at = start + kept.position(1, i / chunks) + begin;
                worker.fold(at, 1, (int) Math.min(chunk, length - begin), found);
                partial[i] = found[0];
            }
        });
        Worker worker = new Worker();
        for (int line = 0; line < kept.size(); line++) {
            double[] found = {partial[(int) (line * chunks)]};
            for (int i = 1; i < chunks; i++) {
                found[0] = combined(found[0], partial[(int) (line * chunks) + i]);
            }
            worker.store(line, found, 1);
        }
    }

    /** Folds rows that are {@code step} apart; returns whether the result is right: none has NaN. */
    private boolean rows(long step) {
        int bytes = dtype.bytes();
        long row = kept.size() * bytes;
        long width = 2L * loops.width();
        long first = (start + kept.offsets()[1]) * bytes;
        long to = kept.offsets()[0] * bytes;
        ByteBuffer results = ((CpuStorage) out.storage()).whole();
        Object target = loops.show(results);
        results.put((int) to, elements, (int) first, (int) row);
        AtomicBoolean right = new AtomicBoolean(true);
        long blocks = row / width;
        long some = Math.max(FEW_ROWS, Math.min(MANY_ROWS, BLOCK / row));
        Parallel.forRange(blocks, 1 + Tiles.GRAIN * bytes / (width * length), (from, end) -> {
            for (long done = 0; done < length; done += some) {
                long at = first + done * step * bytes;
                int n = (int) Math.min(some, length - done);
                // What is no block at the end is taken with columns of the last one, again.
                long last = end == blocks ? row - width : (end - 1) * width;
                for (long column = from * width; column <= last; column = next(column, width, last)) {
                    if (!loops.foldRows(op, dtype, memory, at + column, step * bytes, n, target, to + column)) {
                        right.set(false);
                    }
                }
            }
        });
        return right.get();
    }

    private static long next(long column, long width, long last) {
        return column == last ? last + 1 : Math.min(column + width, last);
    }

    /** The state of one thread. */
    private final class Worker {
        private final Real real = op == ReduceOp.PROD ? Real.of(dtype) : null;
        private final Tile tile = Tile.local()[0];
        private final Kind kind = Kind.wide(dtype);
        private final Cursor target = Cursor.of(out, kind, kept.strides()[0], kept.offsets()[0]);

        /** Folds lines of {@code n} elements that lie beside each other along the last kept axis. */
        void fold(long at, int count, int n, double[] found) {
            int bytes = dtype.bytes();
            long step = kept.strides()[1][kept.rank() - 1];
            int part = op == ReduceOp.PROD ? loops.width() / bytes : 1;
            int whole = n / part * part;
            loops.fold(op, dtype, memory, at * bytes, step * bytes, count, (long) whole * bytes, found);
            for (int line = 0; line < count && whole < n; line++) {
                for (int i = whole; i < n; i++) {
                    found[line] *= real.get(elements, (int) (at + line * step) + i);
                }
            }
        }

        void store(long line, double[] found, int n) {
            System.arraycopy(found, 0, tile.doubles, 0, n);
            for (int i = 0; i < n && kind == Kind.LONG; i++) {
                tile.longs[i] = (long) found[i];
            }
            target.store(kept.position(0, line), kept.strides()[0][kept.rank() - 1], n, tile);
        }
    }
}
