package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.DType;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Positions of extremes across rows, by {@link MemoryLoops}: blocks of rows, and in each of them a vector of columns at a time. */
final class ColumnPositions {
    /** Rows of a block: few enough that the processor reads ahead in each. */
    private static final int ROWS = 64;

    private final MemoryLoops loops = Loops.BEST.memory();
    private final boolean least;
    private final DType dtype;
    private final View out;
    private final Loop kept;
    private final int length;
    private final long start;
    private final long step;
    private final Object memory;

    private ColumnPositions(boolean least, View a, View out, Loop kept, Loop reduced) {
        this.least = least;
        this.dtype = a.dtype();
        this.out = out;
        this.kept = kept;
        this.length = (int) reduced.size();
        this.start = reduced.offsets()[0];
        this.step = reduced.strides()[0][0];
        this.memory = loops.show(((CpuStorage) a.storage()).whole());
    }

    /** {@code out = op over the last axes}, if there is a loop for it and the layouts allow it; returns whether it did. */
    static boolean run(ReduceOp op, View a, int reducedRank, View out) {
        MemoryLoops loops = Loops.BEST.memory();
        if (loops == null
                || !Accumulator.isPosition(op)
                || !loops.findsPositions(a.dtype())
                || !((CpuStorage) a.storage()).fitsOneBuffer()
                || a.shape().size() == 0) {
            return false;
        }
        int rank = out.layout().rank();
        Loop kept = Loop.of(out.layout(), Dots.axes(a, 0, rank, a.layout().offset()));
        Loop reduced = Loop.rowMajor(Dots.axes(a, rank, rank + reducedRank, 0));
        int last = kept.rank() - 1;
        if (reduced.rank() != 1
                || kept.strides()[1][last] != 1
                || kept.sizes()[last] * a.dtype().bytes() < loops.width()
                || Math.abs(reduced.strides()[0][0]) < kept.sizes()[last]) {
            return false;
        }
        new ColumnPositions(op == ReduceOp.ARGMIN, a, out, kept, reduced).run();
        return true;
    }

    private void run() {
        long side = kept.sizes()[kept.rank() - 1];
        long blocks = (side + Tile.SIZE - 1) / Tile.SIZE;
        // Blocks of nearly one width, so that each has a vector's columns.
        int width = (int) ((side + blocks - 1) / blocks);
        long grain = 1 + Tiles.GRAIN / ((long) width * length);
        Parallel.forRange(kept.size() / side * blocks, grain, (from, to) -> {
            Worker worker = new Worker();
            for (long i = from; i < to; i++) {
                long column = i % blocks * width;
                worker.compute(i / blocks * side + column, (int) Math.min(width, side - column));
            }
        });
    }

    /** The state of one thread. */
    private final class Worker {
        private final int lanes = loops.width() / dtype.bytes();
        private final int[] keys = new int[dtype.bytes() == Integer.BYTES ? Tile.SIZE : 0];
        private final int[] places = new int[keys.length];
        private final long[] wideKeys = new long[Tile.SIZE - keys.length];
        private final Tile tile = Tile.local()[0];
        private final Cursor target = Cursor.of(out, Kind.LONG, kept.strides()[0], kept.offsets()[0]);

        /** Finds the positions of so many columns. */
        void compute(long first, int columns) {
            Arrays.fill(keys, Integer.MIN_VALUE);
            Arrays.fill(wideKeys, Long.MIN_VALUE);
            Arrays.fill(places, 0);
            Arrays.fill(tile.longs, 0, columns, 0);
            long at = start + kept.position(1, first);
            for (int row = 0; row < length; row += ROWS) {
                int n = Math.min(ROWS, length - row);
                for (int column = 0; column < columns; column += lanes) {
                    // What is no vector at the end is taken with columns of the last one, again.
                    int to = Math.min(column, columns - lanes);
                    long place = (at + row * step + to) * dtype.bytes();
                    boolean narrow = keys.length > 0;
                    loops.findPositions(
                            least,
                            dtype,
                            memory,
                            place,
                            step * dtype.bytes(),
                            row,
                            n,
                            narrow ? keys : wideKeys,
                            narrow ? places : tile.longs,
                            to);
                }
            }
            for (int i = 0; i < columns && keys.length > 0; i++) {
                tile.longs[i] = places[i];
            }
            target.store(kept.position(0, first), kept.strides()[0][kept.rank() - 1], columns, tile);
        }
    }
}
