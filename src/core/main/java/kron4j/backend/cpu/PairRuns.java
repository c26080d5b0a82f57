package kron4j.backend.cpu;

import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Functions of complex elements, and copies of every second real one, whose innermost axis is a run: from memory to memory by {@link MemoryLoops}. What is no whole vector at the
 * end of a run goes through tiles.
 */
final class PairRuns {
    /** Shorter runs, in vectors, are not worth their set-up; nor, below the second, is what is left at the end of each. */
    private static final int SHORT = 2;

    private static final int UNEVEN = 8;

    /** Elements of a run that a thread takes at a time. */
    private static final int PIECE = 1 << 13;

    private final MemoryLoops loops = Loops.BEST.memory();
    private final PairLoop op;
    private final View[] views;
    private final Kind[] kinds;
    private final Loop loop;
    private final Tiles.Kernel kernel;
    private final int width;
    private final int last;
    private final long length;
    private final long pieces;

    private PairRuns(PairLoop op, View[] views, Kind[] kinds, Loop loop, int width, Tiles.Kernel kernel) {
        this.op = op;
        this.views = views;
        this.kinds = kinds;
        this.loop = loop;
        this.width = width;
        this.kernel = kernel;
        this.last = loop.rank() - 1;
        this.length = loop.sizes()[last];
        this.pieces = (length + PIECE - 1) / PIECE;
    }

    /**
     * {@code out = op(a)} if the layouts allow it; returns whether it did.
     *
     * @param kernel computes what is left, {@code a} being of the kind {@code from}, {@code out} of the kind {@code to}
     */
    static boolean run(PairLoop op, View a, Kind from, View out, Kind to, Tiles.Kernel kernel) {
        Loop loop = Loop.of(out.layout(), a.layout());
        int width = (out.dtype().isComplex() ? out.dtype().realPart() : out.dtype()).bytes();
        boolean run = loop.strides()[1][loop.rank() - 1] == 1 && suits(loop, a, out, width);
        if (run) {
            new PairRuns(op, new View[] {out, a}, new Kind[] {to, from}, loop, width, kernel).run();
        }
        return run;
    }

    /** Copies every second element of at most eight bytes, if the layouts allow it; returns whether it did. */
    static boolean copy(View a, View out) {
        Loop loop = Loop.of(out.layout(), a.layout());
        int width = out.dtype().bytes();
        if (loop.strides()[1][loop.rank() - 1] != 2 || width > Double.BYTES || !suits(loop, a, out, width)) {
            return false;
        }
        boolean hasNext = a.layout().highest() + 1 < a.storage().size();
        if (!hasNext && a.layout().lowest() == 0) {
            return false;
        }
        Kind kind = Kind.narrow(out.dtype());
        PairLoop op = hasNext ? PairLoop.FIRST : PairLoop.SECOND;
        Tiles.Kernel kernel = (t, n) -> kind.copy(t[1], t[0], n);
        new PairRuns(op, new View[] {out, a}, new Kind[] {kind, kind}, loop, width, kernel).run();
        return true;
    }

    private static boolean suits(Loop loop, View a, View out, int width) {
        MemoryLoops loops = Loops.BEST.memory();
        if (loops == null || !loops.hasPairs() || !isSeen(a) || !isSeen(out)) {
            return false;
        }
        int last = loop.rank() - 1;
        int lanes = loops.width() / width;
        long size = loop.sizes()[last];
        boolean even = size >= UNEVEN * lanes || size % lanes == 0;
        return loop.size() > 0 && loop.strides()[0][last] == 1 && size >= SHORT * lanes && even;
    }

    private static boolean isSeen(View v) {
        return ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    private void run() {
        long rows = loop.size() / length;
        long grain = 1 + Tiles.GRAIN / Math.min(length, PIECE);
        Parallel.forRange(rows * pieces, grain, (from, to) -> {
            Object x = loops.show(((CpuStorage) views[1].storage()).whole());
            Object z = loops.show(((CpuStorage) views[0].storage()).whole());
            for (long i = from; i < to; i++) {
                long start = i % pieces * PIECE;
                compute(x, z, i / pieces * length + start, (int) Math.min(PIECE, length - start));
            }
        });
    }

    /** Computes {@code n} elements from the {@code index}-th on. */
    private void compute(Object x, Object z, long index, int n) {
        long from = loop.position(1, index);
        long to = loop.position(0, index);
        int lanes = loops.width() / width;
        int even = n / lanes * lanes;
        long first = from * views[1].dtype().bytes() - (op == PairLoop.SECOND ? width : 0);
        loops.run(op, width, x, first, z, to * views[0].dtype().bytes(), (long) even * width);
        if (even < n) {
            long step = loop.strides()[1][last];
            Tile[] tiles = Tile.local();
            cursor(1).load(from + even * step, step, n - even, tiles[1]);
            kernel.run(tiles, n - even);
            cursor(0).store(to + even, 1, n - even, tiles[0]);
        }
    }

    private Cursor cursor(int k) {
        return Cursor.of(views[k], kinds[k], loop.strides()[k], loop.offsets()[k]);
    }
}
