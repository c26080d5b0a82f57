package kron4j.backend.cpu;

import kron4j.DType;
import kron4j.plan.Loop;

/**
 * Transposing copies from memory to memory: of matrices with few rows or few columns, whose runs are all walked at a time, and of few ints or longs, at strides that keep
 * a tile's lines apart in the second-level cache.
 */
final class DirectTransposes {
    /** Bytes below which a piece is not worth another thread. */
    private static final int GRAIN = 1 << 17;

    /** Greatest number of few rows or columns. */
    private static final int FEW = 8;

    /** Columns or rows that are copied at a time with them. */
    private static final int MANY = 1 << 11;

    /** So few elements are moved faster than tiles are planned. */
    private static final int SMALL = 1 << 14;

    /** Elements of other tiles along the source's neighbours. */
    private static final int LONG = 128;

    /** Elements of other tiles along the target's neighbours. */
    private static final int SHORT = 32;

    /** Where strides are multiples of so many bytes, the lines of a tile's rows are in less than eight sets of the cache. */
    private static final int APART = 1 << 14;

    private final Loop loop;
    private final int width;
    /** The axes of neighbours in the source and in the target. */
    private final int near;

    private final int last;
    private final long rows;
    private final long columns;

    private DirectTransposes(Loop loop, int width, int near) {
        this.loop = loop;
        this.width = width;
        this.near = near;
        last = loop.rank() - 1;
        boolean few = Math.min(loop.sizes()[near], loop.sizes()[last]) <= FEW;
        rows = Math.min(loop.sizes()[near], few ? MANY : LONG);
        columns = Math.min(loop.sizes()[last], few ? MANY : SHORT);
    }

    /** Copies if the layouts suit; returns whether it did. */
    static boolean run(Loop loop, int width, CpuStorage from, CpuStorage to) {
        int near = loop.rank() - 2;
        while (near >= 0 && loop.strides()[1][near] != 1) {
            near--;
        }
        boolean shown = from.fitsOneBuffer() && to.fitsOneBuffer() && width <= Long.BYTES;
        if (!shown || near < 0 || loop.strides()[0][loop.rank() - 1] != 1) {
            return false;
        }
        DirectTransposes transposes = new DirectTransposes(loop, width, near);
        if (!transposes.suit()) {
            return false;
        }
        transposes.run(from, to);
        return true;
    }

    private boolean suit() {
        long x = loop.sizes()[near];
        long y = loop.sizes()[last];
        if (Math.min(x, y) <= FEW) {
            return near == last - 1 && Math.max(x, y) >= MANY / 4;
        }
        boolean plain = width >= Integer.BYTES && loop.size() < SMALL;
        return plain && Math.min(x, y) >= SHORT && isApart(loop.strides()[1][last]) && isApart(loop.strides()[0][near]);
    }

    private boolean isApart(long stride) {
        return stride * width % APART != 0 && areLeading(stride, Math.max(rows, columns));
    }

    private static boolean areLeading(long stride, long extent) {
        return stride >= extent && stride <= Integer.MAX_VALUE;
    }

    private void run(CpuStorage from, CpuStorage to) {
        long high = (loop.sizes()[near] + rows - 1) / rows;
        long wide = (loop.sizes()[last] + columns - 1) / columns;
        long outer = loop.size() / loop.sizes()[near] / loop.sizes()[last];
        long step = loop.strides()[1][last];
        long leading = loop.strides()[0][near];
        boolean words = width >= Integer.BYTES && areLeading(step, rows) && areLeading(leading, columns);
        Parallel.forRange(outer * high * wide, 1 + GRAIN / (rows * columns * width), (first, end) -> {
            DType word = width == Integer.BYTES ? DType.FLOAT32 : DType.FLOAT64;
            Blas blas = words ? Blas.of(word, from.address(), 0, to.address()) : null;
            for (long number = first; number < end; number++) {
                long i = number % high * rows;
                long j = number / high % wide * columns;
                long m = Math.min(rows, loop.sizes()[near] - i);
                long n = Math.min(columns, loop.sizes()[last] - j);
                long x = place(1, number / high / wide) + i + j * step;
                long y = place(0, number / high / wide) + i * leading + j;
                if (words) {
                    blas.transpose((int) n, (int) m, x, (int) step, y, (int) leading);
                } else {
                    Loop tile = new Loop(new long[] {m, n}, new long[][] {{leading, 1}, {1, step}}, new long[] {y, x});
                    SmallCopies.run(tile, width, from, to);
                }
            }
        });
    }

    /** Where a matrix begins. */
    private long place(int operand, long number) {
        long place = loop.offsets()[operand];
        long rest = number;
        for (int axis = last - 1; axis >= 0; axis--) {
            if (axis != near) {
                place += rest % loop.sizes()[axis] * loop.strides()[operand][axis];
                rest /= loop.sizes()[axis];
            }
        }
        return place;
    }
}
