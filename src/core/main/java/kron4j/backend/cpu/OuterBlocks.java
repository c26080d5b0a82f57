package kron4j.backend.cpu;

import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Elementwise products whose rows are outer products, as in Kronecker products, by vectors: an array takes as many rows of the result as are worth a copy, of
 * what both factors have for them.
 */
final class OuterBlocks {
    /** Elements of a block of the result. */
    private static final long BLOCK = 8192;

    /** Elements that are worth another thread. */
    private static final long GRAIN = 1 << 15;

    /** Shorter rows are not worth a call each. */
    private static final int SHORT = 8;

    private final Loop loop;
    private final Products products;
    private final Operand out;
    private final Operand a;
    private final Operand b;
    private final int last;
    /** The axis of which a block takes a part, and what is behind it as a whole. */
    private final int parted;

    private final int part;
    private final long parts;
    /** Elements behind the axis. */
    private final int inner;

    private OuterBlocks(Loop loop, Products products, View out, View a, View b) {
        this.loop = loop;
        this.products = products;
        this.out = new Operand(out, 0);
        this.a = new Operand(a, 1);
        this.b = new Operand(b, 2);
        this.last = loop.rank() - 1;
        int axis = last;
        long elements = loop.sizes()[last];
        while (axis > 0
                && loop.strides()[0][axis - 1] == elements
                && (axis == last || elements * loop.sizes()[axis - 1] <= BLOCK)) {
            axis--;
            elements *= loop.sizes()[axis];
        }
        this.parted = axis;
        this.inner = (int) (elements / loop.sizes()[axis]);
        this.part = (int) Math.max(1, Math.min(loop.sizes()[axis], BLOCK / inner));
        this.parts = (loop.sizes()[axis] + part - 1) / part;
    }

    /**
     * Multiplies, if there are vectors and rows of fitting lengths.
     *
     * @param loop over out, a and b, whose last axis only b changes along, and a only along the one before; rows of out have no gaps
     */
    static boolean run(Loop loop, View out, View a, View b) {
        Products products = Loops.BEST.products(out.dtype());
        int last = loop.rank() - 1;
        if (products == null
                || loop.strides()[2][last] != 1
                || loop.sizes()[last] > BLOCK
                || loop.sizes()[last] * loop.sizes()[last - 1] < SHORT) {
            return false;
        }
        OuterBlocks all = new OuterBlocks(loop, products, out, a, b);
        if (!all.a.isClose() || !all.b.isClose()) {
            return false;
        }
        all.run();
        return true;
    }

    private void run() {
        long count = parts;
        for (int axis = 0; axis < parted; axis++) {
            count *= loop.sizes()[axis];
        }
        Parallel.forRange(count, 1 + GRAIN / ((long) part * inner), (from, to) -> {
            Object[] arrays = products.local();
            for (long i = from; i < to; i++) {
                block(i, arrays);
            }
        });
    }

    private void block(long number, Object... arrays) {
        long first = number % parts * part;
        long rest = number / parts;
        int some = (int) Math.min(part, loop.sizes()[parted] - first);
        long at = out.start(rest, first);
        a.read(rest, first, some, arrays[1]);
        b.read(rest, first, some, arrays[2]);
        rows(parted, some, 0, 0, 0, arrays);
        products.write(out.storage, at, some * inner, arrays[0], 0);
    }

    /** Computes the rows below an axis, of which {@code size} indices are wanted; the row's own axes are the last two. */
    private void rows(int axis, int size, int at, int x, int y, Object... arrays) {
        if (axis >= last - 2) {
            int m = axis == last - 1 ? size : (int) loop.sizes()[last - 1];
            products.outerRows(
                    arrays[1],
                    x,
                    a.step(axis),
                    a.step(last - 1),
                    m,
                    arrays[2],
                    y,
                    b.step(axis),
                    (int) loop.sizes()[last],
                    axis == last - 1 ? 1 : size,
                    arrays[0],
                    at);
            return;
        }
        for (int i = 0; i < size; i++) {
            rows(
                    axis + 1,
                    (int) loop.sizes()[axis + 1],
                    at + i * out.step(axis),
                    x + i * a.step(axis),
                    y + i * b.step(axis),
                    arrays);
        }
    }

    private final class Operand {
        private final int operand;
        private final CpuStorage storage;

        Operand(View view, int operand) {
            this.operand = operand;
            this.storage = (CpuStorage) view.storage();
        }

        int step(int axis) {
            return (int) loop.strides()[operand][axis];
        }

        /** Where a block begins. */
        long start(long outer, long first) {
            long at = loop.offsets()[operand] + first * loop.strides()[operand][parted];
            long rest = outer;
            for (int axis = parted - 1; axis >= 0; axis--) {
                at += rest % loop.sizes()[axis] * loop.strides()[operand][axis];
                rest /= loop.sizes()[axis];
            }
            return at;
        }

        /** Reads from the first to the last element that a block needs. */
        void read(long outer, long first, int some, Object to) {
            products.read(storage, start(outer, first), (int) span(some), to, 0);
        }

        private long span(int some) {
            long span = 1 + (some - 1) * loop.strides()[operand][parted];
            for (int axis = parted + 1; axis <= last; axis++) {
                span += (loop.sizes()[axis] - 1) * loop.strides()[operand][axis];
            }
            return span;
        }

        /** Whether what a block needs lies close together, in ascending order. */
        boolean isClose() {
            for (int axis = parted; axis <= last; axis++) {
                if (loop.strides()[operand][axis] < 0) {
                    return false;
                }
            }
            return span(part) <= BLOCK;
        }
    }
}
