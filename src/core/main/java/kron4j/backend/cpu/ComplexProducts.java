package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.util.Arrays;
import kron4j.DType;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Products of complex numbers along lines of neighbours, and across rows, by {@link MemoryLoops}: in double, from memory to registers. Pieces are combined in an order that
 * depends on sizes only.
 */
final class ComplexProducts {
    /** Fewer vectors in a line are not worth their set-up. */
    private static final int SHORT = 4;

    /** Numbers of a line, or rows, whose product is combined with others. */
    private static final int CHUNK = 1 << 14;

    /** Bytes of rows that are multiplied at a time, and fewest and most rows: few enough that the processor reads ahead in each. */
    private static final int BLOCK = 1 << 17;

    private static final int FEW_ROWS = 8;
    private static final int MANY_ROWS = 32;

    private final MemoryLoops loops = Loops.BEST.memory();
    private final DType dtype;
    private final View out;
    private final Loop kept;
    private final ByteBuffer elements;
    private final Object memory;
    private final Real real;
    private final int bytes;
    private final int turn;
    private final long length;
    /** Where lines begin beside their first element: not 0 where they are read from their end. */
    private final long start;

    private ComplexProducts(View a, View out, Loop kept, Loop reduced) {
        this.dtype = a.dtype();
        this.out = out;
        this.kept = kept;
        this.elements = ((CpuStorage) a.storage()).whole();
        this.memory = loops.show(elements);
        this.real = Real.of(dtype.realPart());
        this.bytes = dtype.bytes();
        this.turn = loops.products();
        this.length = reduced.size();
        this.start = reduced.offsets()[0];
    }

    /**
     * {@code out = product over the last axes}, if the layouts allow it and no product has an infinite part or one that is 0 or not a number: then factors that are 1
     * must be left out. Returns whether it did.
     */
    static boolean run(View a, int reducedRank, View out) {
        MemoryLoops loops = Loops.BEST.memory();
        if (!a.dtype().isComplex()
                || loops == null
                || !loops.hasPairs()
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
        ComplexProducts products = new ComplexProducts(a, out, kept, reduced);
        long step = reduced.strides()[0][0];
        if (step == 1 && reduced.size() >= (long) SHORT * products.turn) {
            return products.lines();
        }
        boolean areRows =
                kept.rank() == 1 && kept.strides()[1][0] == 1 && kept.size() >= products.turn && step >= kept.size();
        return areRows && products.rows(step);
    }

    private boolean lines() {
        int chunks = (int) ((length + CHUNK - 1) / CHUNK);
        int lines = Math.toIntExact(kept.size());
        Parts parts = new Parts(lines * chunks);
        Parallel.forRange(lines * chunks, 1 + Tiles.GRAIN / Math.min(length, CHUNK), (from, to) -> {
            Parts some = new Parts(turn);
            double[] lanes = new double[2 * turn];
            for (int i = (int) from; i < to; i++) {
                some.clear();
                long begin = i % chunks * (long) CHUNK;
                line(start + kept.position(1, i / chunks) + begin, (int) Math.min(CHUNK, length - begin), lanes, some);
                parts.re[i] = some.re[0];
                parts.im[i] = some.im[0];
            }
        });
        for (int line = 0; line < lines; line++) {
            parts.re[line] = parts.re[line * chunks];
            parts.im[line] = parts.im[line * chunks];
            for (int chunk = 1; chunk < chunks; chunk++) {
                parts.multiply(line, line * chunks + chunk, 1);
            }
        }
        return parts.store(lines);
    }

    /** Multiplies {@code n} numbers; their product is the first of those. */
    private void line(long at, int n, double[] lanes, Parts some) {
        int turns = n / turn;
        loops.products(dtype, memory, at * bytes, (long) turn * bytes, turns, lanes, some.re, some.im, 0);
        for (int half = turn / 2; half > 0; half /= 2) {
            some.multiply(0, half, half);
        }
        for (int i = turns * turn; i < n; i++) {
            some.re[1] = real.get(elements, (int) (2 * (at + i)));
            some.im[1] = real.get(elements, (int) (2 * (at + i)) + 1);
            some.multiply(0, 1, 1);
        }
    }

    private boolean rows(long step) {
        int columns = Math.toIntExact(kept.size());
        int blocks = (columns + turn - 1) / turn;
        int width = blocks * turn;
        int chunks = (int) ((length + CHUNK - 1) / CHUNK);
        Parts parts = new Parts(Math.multiplyExact(width, chunks));
        long first = start + kept.offsets()[1];
        int some = (int) Math.max(FEW_ROWS, Math.min(MANY_ROWS, BLOCK / (step * bytes)));
        long grain = 1 + Tiles.GRAIN / (turn * Math.min(length, CHUNK));
        Parallel.forRange((long) blocks * chunks, grain, (from, to) -> {
            double[] lanes = new double[2 * turn];
            for (long i = from; i < to; ) {
                int chunk = (int) (i / blocks);
                long end = Math.min(to, (chunk + 1L) * blocks);
                long last = Math.min(length, (chunk + 1L) * CHUNK);
                for (long row = (long) chunk * CHUNK; row < last; row += some) {
                    int n = (int) Math.min(some, last - row);
                    for (long block = i; block < end; block++) {
                        // What is no block at the end is taken with columns of the last one, again.
                        long column = Math.min(block % blocks * turn, columns - turn);
                        long at = (first + row * step + column) * bytes;
                        loops.products(
                                dtype, memory, at, step * bytes, n, lanes, parts.re, parts.im, (int) block * turn);
                    }
                }
                i = end;
            }
        });
        for (int chunk = 1; chunk < chunks; chunk++) {
            parts.multiply(0, chunk * width, width);
        }
        System.arraycopy(parts.re, width - turn, parts.re, columns - turn, turn);
        System.arraycopy(parts.im, width - turn, parts.im, columns - turn, turn);
        return parts.store(columns);
    }

    /** Real and imaginary parts of products, at first of none. */
    private final class Parts {
        private final double[] re;
        private final double[] im;

        Parts(int n) {
            re = new double[n];
            im = new double[n];
            clear();
        }

        void clear() {
            Arrays.fill(re, 1);
            Arrays.fill(im, 0);
        }

        /** Multiplies {@code n} products by others. */
        void multiply(int at, int other, int n) {
            PairProducts.multiply(re, im, at, other, n);
        }

        /** Writes the first {@code n} products if all are plain; returns whether they are. */
        boolean store(int n) {
            for (int i = 0; i < n; i++) {
                if (!PairProducts.isPlain(re[i], im[i])) {
                    return false;
                }
            }
            Tile tile = Tile.local()[0];
            Cursor target = Cursor.of(out, Kind.COMPLEX, kept.strides()[0], kept.offsets()[0]);
            int beside = kept.rank() == 1 ? Tile.SIZE : 1;
            for (int i = 0; i < n; i += beside) {
                int some = Math.min(beside, n - i);
                System.arraycopy(re, i, tile.doubles, 0, some);
                System.arraycopy(im, i, tile.imaginary, 0, some);
                target.store(kept.position(0, i), kept.strides()[0][kept.rank() - 1], some, tile);
            }
            return true;
        }
    }
}
