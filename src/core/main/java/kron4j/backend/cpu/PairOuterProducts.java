package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Elementwise products of complex numbers whose rows are outer products with rows of whole vectors, as in Kronecker products of small matrices: from memory to memory, each number
 * of the first factor times several rows of the second.
 */
final class PairOuterProducts {
    private final MemoryLoops loops = Loops.BEST.memory();
    private final Loop loop;
    private final View out;
    private final View a;
    private final View b;
    private final int last;
    private final int bytes;
    /** Bytes of a row of b, and numbers of a that it is multiplied by. */
    private final long width;

    private final long count;
    /** Rows of b that are multiplied by the same numbers, and how many of them at a time. */
    private final long rows;

    private final int some;
    private final long pieces;

    private PairOuterProducts(Loop loop, View out, View a, View b) {
        this.loop = loop;
        this.out = out;
        this.a = a;
        this.b = b;
        last = loop.rank() - 1;
        bytes = out.dtype().bytes();
        width = loop.sizes()[last] * bytes;
        count = loop.sizes()[last - 1];
        rows = last > 1 && loop.strides()[1][last - 2] == 0 ? loop.sizes()[last - 2] : 1;
        some = (int) Math.min(rows, 1 + Tiles.GRAIN / (count * loop.sizes()[last]));
        pieces = (rows + some - 1) / some;
    }

    /** {@code out = a * b} if its rows are such outer products, of one factor or the other; returns whether they are. */
    static boolean run(View a, View b, View out) {
        MemoryLoops loops = Loops.BEST.memory();
        if (loops == null
                || !out.dtype().isComplex()
                || !loops.has(BinaryOp.MULTIPLY, out.dtype())
                || !isSeen(a)
                || !isSeen(b)
                || !isSeen(out)) {
            return false;
        }
        Loop loop = Loop.of(out.layout(), a.layout(), b.layout());
        int last = loop.rank() - 1;
        if (last < 1
                || loop.size() == 0
                || loop.strides()[0][last] != 1
                || loop.strides()[0][last - 1] != loop.sizes()[last]
                || loop.sizes()[last] * out.dtype().bytes() % loops.width() != 0) {
            return false;
        }
        if (isOuter(loop, 1, 2)) {
            new PairOuterProducts(loop, out, a, b).run();
            return true;
        }
        if (isOuter(loop, 2, 1)) {
            new PairOuterProducts(Loop.of(out.layout(), b.layout(), a.layout()), out, b, a).run();
            return true;
        }
        return false;
    }

    private static boolean isSeen(View v) {
        return ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    /** Whether along the last two axes one operand changes in the first, the other, a run, in the second. */
    private static boolean isOuter(Loop loop, int slow, int fast) {
        int last = loop.rank() - 1;
        return loop.strides()[slow][last] == 0
                && loop.strides()[fast][last] == 1
                && loop.strides()[fast][last - 1] == 0;
    }

    private void run() {
        long inner = rows * count * loop.sizes()[last];
        long grain = 1 + Tiles.GRAIN * pieces / inner;
        Parallel.forRange(loop.size() / inner * pieces, grain, (from, to) -> {
            Object source = loops.show(whole(b));
            Object target = loops.show(whole(out));
            Tile tile = Tile.local()[0];
            for (long i = from; i < to; i++) {
                long first = i % pieces * some;
                int n = (int) Math.min(some, rows - first);
                compute(i / pieces * inner, first, n, source, target, tile);
            }
        });
    }

    private static ByteBuffer whole(View v) {
        return ((CpuStorage) v.storage()).whole();
    }

    /** Computes {@code n} rows from the {@code first} on of those at an index. */
    private void compute(long index, long first, int n, Object source, Object target, Tile tile) {
        long stepB = rows == 1 ? 0 : loop.strides()[2][last - 2] * bytes;
        long step = rows == 1 ? 0 : loop.strides()[0][last - 2] * bytes;
        long x = loop.position(1, index);
        long y = loop.position(2, index) * bytes + first * stepB;
        long z = loop.position(0, index) * bytes + first * step;
        for (long done = 0; done < count; done += Tile.SIZE) {
            int numbers = (int) Math.min(Tile.SIZE, count - done);
            read(x + done * loop.strides()[1][last - 1], numbers, tile);
            loops.outer(
                    out.dtype(),
                    tile.doubles,
                    tile.imaginary,
                    numbers,
                    source,
                    y,
                    width,
                    n,
                    stepB,
                    target,
                    z + done * width,
                    step);
        }
    }

    private void read(long at, int n, Tile tile) {
        Real real = Real.of(out.dtype().realPart());
        ByteBuffer numbers = whole(a);
        for (int i = 0; i < n; i++) {
            int place = (int) (2 * (at + i * loop.strides()[1][last - 1]));
            tile.doubles[i] = real.get(numbers, place);
            tile.imaginary[i] = real.get(numbers, place + 1);
        }
    }
}
