package kron4j.backend.cpu;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import kron4j.DType;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Where the first largest or least elements of float32 and float64 are: in lines of neighbours, whose extreme is found first; and across rows, of some columns at a time,
 * whose extremes so far stay in the first-level cache.
 */
final class FirstPlaces {
    /** Elements of a line whose extreme is found at a time, before its place is. */
    private static final int CHUNK = 1 << 13;

    /** Fewer columns are not worth a row. */
    private static final int LEAST = 16;

    /** Columns that are worth a thread: some cache lines. */
    private static final long GRAIN = 64;

    /** Numbers of rows up to this are exact in float32. */
    private static final long MOST_ROWS = 1 << 24;

    private final MemoryLoops loops = Loops.BEST.memory();
    private final ReduceOp fold;
    private final double sign;
    private final DType dtype;
    private final CpuStorage storage;
    private final View out;
    private final Loop kept;
    private final int length;
    private final int step;
    /** Where lines begin beside their first element: not 0 where they are read from their end. */
    private final long start;

    private FirstPlaces(ReduceOp op, View a, View out, Loop kept, Loop reduced) {
        fold = op == ReduceOp.ARGMAX ? ReduceOp.MAX : ReduceOp.MIN;
        sign = op == ReduceOp.ARGMAX ? 1 : -1;
        dtype = a.dtype();
        storage = (CpuStorage) a.storage();
        this.out = out;
        this.kept = kept;
        length = (int) reduced.size();
        step = (int) reduced.strides()[0][0];
        start = reduced.offsets()[0];
    }

    /** {@code out = op over the last axes}, if it is a position and the layouts allow it; returns whether it did. */
    static boolean run(ReduceOp op, View a, int reducedRank, View out) {
        Primitive primitive = Primitive.of(a.dtype());
        if (!Accumulator.isPosition(op)
                || Loops.BEST.memory() == null
                || (primitive != Primitive.FLOAT && primitive != Primitive.DOUBLE)
                || !((CpuStorage) a.storage()).fitsOneBuffer()
                || a.shape().size() == 0) {
            return false;
        }
        int rank = out.layout().rank();
        Loop kept = Loop.of(out.layout(), Dots.axes(a, 0, rank, a.layout().offset()));
        Loop reduced = Loop.rowMajor(Dots.axes(a, rank, rank + reducedRank, 0));
        if (reduced.rank() != 1) {
            return false;
        }
        FirstPlaces places = new FirstPlaces(op, a, out, kept, reduced);
        int last = kept.rank() - 1;
        if (places.step == 1 && places.length >= LEAST) {
            Parallel.forRange(kept.size(), 1 + Tiles.GRAIN / places.length, places::ofLines);
            return true;
        }
        return kept.strides()[0][last] == 1
                && kept.strides()[1][last] == 1
                && kept.sizes()[last] >= LEAST
                && places.length <= MOST_ROWS
                && places.acrossRows(kept.sizes()[last]);
    }

    private void ofLines(long from, long to) {
        Tile[] tiles = Tile.local();
        Cursor target = Cursor.of(out, Kind.LONG, kept.strides()[0], kept.offsets()[0]);
        Object memory = loops.show(storage.whole());
        for (long line = from; line < to; line++) {
            tiles[1].longs[0] = ofLine(memory, (int) (start + kept.position(1, line)), tiles[0]);
            target.store(kept.position(0, line), 1, 1, tiles[1]);
        }
    }

    private long ofLine(Object memory, int first, Tile tile) {
        double most = Double.NEGATIVE_INFINITY;
        int best = 0;
        for (int at = 0; at < length && !Double.isNaN(most); at += CHUNK) {
            double found = sign * extreme(memory, first + at, Math.min(CHUNK, length - at));
            if (found > most || Double.isNaN(found)) {
                most = found;
                best = at;
            }
        }
        int place = best;
        int n;
        do {
            n = Math.min(Tile.SIZE, length - place);
            int found = find(first + place, n, most, tile);
            place += found;
            n -= found;
        } while (n == 0 && place < length);
        return place;
    }

    private double extreme(Object memory, int at, int n) {
        int bytes = dtype.bytes();
        int whole = n * bytes / loops.width() * loops.width();
        double[] folded = new double[1];
        loops.fold(fold, dtype, memory, (long) at * bytes, 0, 1, whole, folded);
        double found = sign * folded[0];
        Real real = Real.of(dtype);
        for (int i = whole / bytes; i < n; i++) {
            found = Math.max(found, sign * real.get(storage.whole(), at + i));
        }
        return sign * found;
    }

    /** The number of the first of {@code n} elements that is the extreme, or NaN where that is; {@code n} if there is none. */
    private int find(int at, int n, double most, Tile tile) {
        int i = 0;
        if (Primitive.of(dtype) == Primitive.FLOAT) {
            ((FloatBuffer) storage.elements()).get(at, tile.floats, 0, n);
            if (!Double.isNaN(most)) {
                return Loops.BEST.less(tile.floats, 0, n, (float) sign, (float) most);
            }
            while (i < n && !Float.isNaN(tile.floats[i])) {
                i++;
            }
            return i;
        }
        ((DoubleBuffer) storage.elements()).get(at, tile.doubles, 0, n);
        if (!Double.isNaN(most)) {
            return Loops.BEST.less(tile.doubles, 0, n, sign, most);
        }
        while (i < n && !Double.isNaN(tile.doubles[i])) {
            i++;
        }
        return i;
    }

    /** Returns whether the result is right: there is no NaN. */
    private boolean acrossRows(long columns) {
        long share = kept.size() / Parallel.threads();
        long width = Math.min(Math.min(columns, Tile.SIZE), Math.max(GRAIN, (share + GRAIN - 1) / GRAIN * GRAIN));
        long blocks = (columns + width - 1) / width;
        AtomicBoolean right = new AtomicBoolean(true);
        Parallel.forRange(kept.size() / columns * blocks, 1 + Tiles.GRAIN / (width * length), (from, to) -> {
            for (long block = from; block < to; block++) {
                long first = block % blocks * width;
                if (!ofColumns(block / blocks * columns + first, (int) Math.min(width, columns - first))) {
                    right.set(false);
                }
            }
        });
        return right.get();
    }

    private boolean ofColumns(long line, int n) {
        Tile[] tiles = Tile.local();
        int at = (int) (start + kept.position(1, line));
        long[] places = tiles[2].longs;
        boolean right = true;
        if (Primitive.of(dtype) == Primitive.FLOAT) {
            FloatBuffer x = (FloatBuffer) storage.elements();
            float[] most = tiles[1].floats;
            float[] rows = tiles[2].floats;
            Arrays.fill(most, 0, n, Float.NEGATIVE_INFINITY);
            Arrays.fill(rows, 0, n, 0);
            for (int row = 0; row < length; row++) {
                x.get(at + row * step, tiles[0].floats, 0, n);
                Loops.BEST.place(tiles[0].floats, (float) sign, most, rows, row, n);
            }
            for (int i = 0; i < n; i++) {
                right &= !Float.isNaN(most[i]);
                places[i] = (long) rows[i];
            }
        } else {
            DoubleBuffer x = (DoubleBuffer) storage.elements();
            double[] most = tiles[1].doubles;
            double[] rows = tiles[2].doubles;
            Arrays.fill(most, 0, n, Double.NEGATIVE_INFINITY);
            Arrays.fill(rows, 0, n, 0);
            for (int row = 0; row < length; row++) {
                x.get(at + row * step, tiles[0].doubles, 0, n);
                Loops.BEST.place(tiles[0].doubles, sign, most, rows, row, n);
            }
            for (int i = 0; i < n; i++) {
                right &= !Double.isNaN(most[i]);
                places[i] = (long) rows[i];
            }
        }
        Cursor.of(out, Kind.LONG, kept.strides()[0], kept.offsets()[0]).store(kept.position(0, line), 1, n, tiles[2]);
        return right;
    }
}
