package kron4j.backend.cpu;

import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Elementwise products whose rows are outer products with a short second factor, as in Kronecker products of small matrices. On the heap, each element
 * of the first factor's row is repeated, and the second's row as a whole; both stay as long as the next rows need the same. Where rows of the result
 * that share the first factor's row lie side by side, a tile takes several of them.
 */
final class OuterProducts {
    /** Rows of the second factor of at least this length are multiplied one by one as fast. */
    private static final int WIDE = 64;

    /** Bytes of rows of the second factor that are multiplied by a number each from memory to memory, where there are loops for that, see {@link Runs}. */
    private static final int LONG = 1 << 10;

    /** Rows of the result below this length are not worth their set-up. */
    private static final int SHORT = 32;

    private final Loop loop;
    private final View out;
    private final View a;
    private final View b;
    private final Kind kind;
    /** Length of a row of a, and of b. */
    private final long length;

    private final int width;
    /** Whether a tile takes several rows, or a piece of one. */
    private final boolean several;
    /** Rows, or elements of a row of a, in a tile; and number of such parts. */
    private final int part;

    private final long parts;
    /** The axes that are neither parted nor those of a row. */
    private final int outer;

    private OuterProducts(Loop loop, View out, View a, View b) {
        this.loop = loop;
        this.out = out;
        this.a = a;
        this.b = b;
        this.kind = Kind.of(out.dtype());
        int last = loop.rank() - 1;
        this.width = (int) loop.sizes()[last];
        this.length = loop.sizes()[last - 1];
        long row = length * width;
        int next = last - 2;
        this.several = next >= 0 && 2 * row <= Tile.SIZE && stride(1, next) == 0 && stride(0, next) == row;
        long side = several ? loop.sizes()[next] : length;
        this.part = (int) Math.min(side, Tile.SIZE / (several ? row : width));
        this.parts = (side + part - 1) / part;
        this.outer = several ? next : last - 1;
    }

    /** {@code out = a * b} if its rows are such outer products, of one factor or the other; returns whether they are. */
    static boolean run(View a, View b, View out) {
        if (out.dtype().isComplex() || a.layout().isContiguous() || b.layout().isContiguous()) {
            return false;
        }
        Loop loop = Loop.of(out.layout(), a.layout(), b.layout());
        int last = loop.rank() - 1;
        if (last < 1
                || loop.size() == 0
                || loop.strides()[0][last] != 1
                || loop.strides()[0][last - 1] != loop.sizes()[last]) {
            return false;
        }
        if (isOuter(loop, 1, 2)) {
            return run(loop, out, a, b);
        }
        return isOuter(loop, 2, 1) && run(Loop.of(out.layout(), b.layout(), a.layout()), out, b, a);
    }

    private static boolean run(Loop loop, View out, View a, View b) {
        int last = loop.rank() - 1;
        boolean isLong = loop.sizes()[last] * out.dtype().bytes() >= LONG && loop.strides()[2][last] == 1;
        if (isLong && Loops.BEST.memory() != null) {
            return false;
        }
        if (OuterBlocks.run(loop, out, a, b)) {
            return true;
        }
        if (loop.sizes()[last] >= WIDE || loop.sizes()[last] * loop.sizes()[last - 1] < SHORT) {
            return false;
        }
        new OuterProducts(loop, out, a, b).run();
        return true;
    }

    /** Whether along the last two axes one operand changes in the first, the other in the second. */
    private static boolean isOuter(Loop loop, int slow, int fast) {
        int last = loop.rank() - 1;
        long stepSlow = loop.strides()[slow][last - 1];
        long stepFast = loop.strides()[fast][last];
        return stepSlow != 0
                && stepFast != 0
                && loop.strides()[slow][last] == 0
                && loop.strides()[fast][last - 1] == 0
                && Math.max(Math.abs(stepSlow), Math.abs(stepFast)) < Cursor.span(Cursor.WINDOW) / Tile.SIZE;
    }

    private long stride(int operand, int axis) {
        return loop.strides()[operand][axis];
    }

    private void run() {
        long rows = 1;
        for (int axis = 0; axis < outer; axis++) {
            rows *= loop.sizes()[axis];
        }
        long count = rows;
        long elements = (several ? length : 1) * part * width;
        Parallel.forRange(count * parts, 1 + Tiles.GRAIN / elements, (from, to) -> {
            Worker worker = new Worker();
            for (long i = from; i < to; i++) {
                worker.compute(i % count, i / count);
            }
        });
    }

    /** The state of one thread. */
    private final class Worker {
        private final Tile[] tiles = Tile.local();
        private final Object repeated = kind.elements(tiles[2]);
        private final Cursor to = cursor(out, 0);
        private final Cursor fromA = cursor(a, 1);
        private final Cursor fromB = cursor(b, 2);
        private final int last = loop.rank() - 1;
        /** Where the rows in tiles 1 and 2 begin. */
        private long atA = -1;

        private long atB = -1;

        private Cursor cursor(View view, int operand) {
            return Cursor.of(view, kind, loop.strides()[operand], loop.offsets()[operand]);
        }

        /** Computes a part at an index of the outer axes. */
        void compute(long index, long number) {
            long at = loop.offsets()[0];
            long x = loop.offsets()[1];
            long y = loop.offsets()[2];
            long rest = index;
            for (int axis = outer - 1; axis >= 0; axis--) {
                long i = rest % loop.sizes()[axis];
                rest /= loop.sizes()[axis];
                at += i * stride(0, axis);
                x += i * stride(1, axis);
                y += i * stride(2, axis);
            }
            long first = number * part;
            int some = (int) Math.min(part, (several ? loop.sizes()[outer] : length) - first);
            int axis = several ? outer : last - 1;
            at += first * stride(0, axis);
            x += first * stride(1, axis);
            y += first * stride(2, axis);
            int rows = several ? some : 1;
            int columns = several ? (int) length : some;
            loadRows(rows, columns, x, y);
            int n = rows * columns * width;
            kind.compute(BinaryOp.MULTIPLY, tiles[1], tiles[2], tiles[0], n);
            to.store(at, 1, n, tiles[0]);
        }

        /** The last parts may be smaller than those before, which have what they need. */
        private void loadRows(int rows, int columns, long x, long y) {
            if (x != atA) {
                atA = x;
                fromA.load(x, stride(1, last - 1), columns, tiles[1]);
                kind.spread(tiles[1], columns, width);
                kind.repeat(tiles[1], columns * width, rows);
            }
            if (y != atB) {
                atB = y;
                for (int row = 0; row < rows; row++) {
                    fromB.load(y + (several ? row * stride(2, outer) : 0), stride(2, last), width, tiles[3]);
                    Tile.repeat(kind.elements(tiles[3]), width, columns, repeated, row * columns * width);
                }
            }
        }
    }
}
