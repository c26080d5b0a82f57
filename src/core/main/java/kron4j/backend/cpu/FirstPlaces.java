package kron4j.backend.cpu;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import kron4j.DType;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Where the first largest or least elements of float32 and float64 are in lines of neighbours, whose extreme is found first. */
final class FirstPlaces {
    /** Elements of a line whose extreme is found at a time, before its place is. */
    private static final int CHUNK = 1 << 13;

    private final MemoryLoops loops = Loops.BEST.memory();
    private final ReduceOp fold;
    private final double sign;
    private final DType dtype;
    private final CpuStorage storage;
    private final View out;
    private final Loop kept;
    private final int length;
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
        // The loops that find extremes keep their speed if no line is short.
        boolean isLong =
                reduced.size() * a.dtype().bytes() > 2L * Loops.BEST.memory().width();
        if (reduced.rank() != 1 || reduced.strides()[0][0] != 1 || !isLong) {
            return false;
        }
        FirstPlaces places = new FirstPlaces(op, a, out, kept, reduced);
        Parallel.forRange(kept.size(), 1 + Tiles.GRAIN / places.length, places::ofLines);
        return true;
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
        // What is less than a vector is taken with elements before it, which are known.
        int some = Math.max(n, loops.width() / bytes);
        double[] folded = new double[1];
        loops.fold(fold, dtype, memory, (long) (at + n - some) * bytes, 0, 1, (long) some * bytes, folded);
        return folded[0];
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
}
