package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import kron4j.Complex;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Arithmetic on operands whose innermost axis is a run, or one element: from memory to memory by {@link MemoryLoops}. One element is repeated in a buffer
 * that stays in the nearest cache. What is no whole vector at the end of a run goes through tiles.
 */
final class Runs {
    /** Shorter runs, in bytes, are not worth their set-up; nor, below the second, is what is left at the end of each. */
    private static final int SHORT = 256;

    private static final int UNEVEN = 1024;

    /** Bytes of a run that a thread takes at a time. */
    private static final int PIECE = 1 << 16;

    /** Bytes of a repeated element. */
    private static final int REPEATED = 1 << 10;

    private static final ThreadLocal<ByteBuffer> BUFFER =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(REPEATED).order(ByteOrder.nativeOrder()));

    private final MemoryLoops loops = Loops.BEST.memory();
    private final BinaryOp op;
    private final DType dtype;
    /** The result and the operands. */
    private final View[] views;

    /** The factor of the only operand, or null. */
    private final Complex factor;

    private final Loop loop;
    private final Kind kind;
    private final Tiles.Kernel kernel;
    private final int bytes;
    private final int last;
    private final long length;
    private final long piece;
    private final long pieces;

    private Runs(BinaryOp op, View[] views, Complex factor, Loop loop, Kind kind, Tiles.Kernel kernel) {
        this.op = op;
        this.dtype = views[0].dtype();
        this.views = views;
        this.factor = factor;
        this.loop = loop;
        this.kind = kind;
        this.kernel = kernel;
        this.bytes = dtype.bytes();
        this.last = loop.rank() - 1;
        this.length = loop.sizes()[last];
        this.piece = PIECE / bytes;
        this.pieces = (length + piece - 1) / piece;
    }

    /**
     * {@code out = op(a, b)} if the layouts allow it and there is a loop for it; returns whether it did.
     *
     * @param kind in which the kernel computes what is left
     */
    static boolean run(BinaryOp op, View a, View b, View out, Kind kind, Tiles.Kernel kernel) {
        if (!has(op, out) || !isSeen(a) || !isSeen(b) || !isSeen(out)) {
            return false;
        }
        Loop loop = Loop.of(out.layout(), a.layout(), b.layout());
        int last = loop.rank() - 1;
        long x = loop.strides()[1][last];
        long y = loop.strides()[2][last];
        if ((x != 1 && x != 0) || (y != 1 && y != 0) || x + y == 0 || !suits(loop, out)) {
            return false;
        }
        new Runs(op, new View[] {out, a, b}, null, loop, kind, kernel).run();
        return true;
    }

    /**
     * {@code out = factor * a} as {@link #run}; the parts of the factor are those of real elements in turn. The kernel has the operand alone.
     */
    static boolean scale(Complex factor, View a, View out, Kind kind, Tiles.Kernel kernel) {
        MemoryLoops loops = Loops.BEST.memory();
        if (loops == null || !loops.scales(out.dtype()) || !isSeen(a) || !isSeen(out)) {
            return false;
        }
        Loop loop = Loop.of(out.layout(), a.layout());
        if (loop.strides()[1][loop.rank() - 1] != 1 || !suits(loop, out)) {
            return false;
        }
        new Runs(BinaryOp.MULTIPLY, new View[] {out, a}, factor, loop, kind, kernel).run();
        return true;
    }

    private static boolean has(BinaryOp op, View out) {
        MemoryLoops loops = Loops.BEST.memory();
        return loops != null && loops.has(op, out.dtype());
    }

    /** Whether the innermost axis is a run of the result that is worth it. */
    private static boolean suits(Loop loop, View out) {
        int last = loop.rank() - 1;
        long run = loop.sizes()[last] * out.dtype().bytes();
        boolean even = run >= UNEVEN || run % Loops.BEST.memory().width() == 0;
        return loop.size() > 0 && loop.strides()[0][last] == 1 && run >= SHORT && even;
    }

    private static boolean isSeen(View v) {
        return ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    private void run() {
        long rows = loop.size() / length;
        long grain = 1 + Tiles.GRAIN / Math.min(length, piece);
        Parallel.forRange(rows * pieces, grain, (from, to) -> {
            Worker worker = new Worker();
            for (long i = from; i < to; i++) {
                long start = i % pieces * piece;
                worker.compute(i / pieces * length + start, (int) Math.min(piece, length - start));
            }
        });
    }

    /** The state of one thread. */
    private final class Worker {
        private final Object[] memory = new Object[views.length];
        private final long[] at = new long[views.length];
        private final ByteBuffer repeated = BUFFER.get();
        /** Which operand is repeated, or 0, and the place of the element that is. */
        private final int constant =
                loop.strides()[1][last] == 0 ? 1 : factor == null && loop.strides()[2][last] == 0 ? 2 : 0;

        private long known = -1;
        private int filled;

        Worker() {
            for (int k = 0; k < memory.length; k++) {
                memory[k] = loops.show(k > 0 && k == constant ? repeated : whole(k));
            }
        }

        private ByteBuffer whole(int k) {
            return ((CpuStorage) views[k].storage()).whole();
        }

        /** Computes {@code n} elements from the {@code index}-th on. */
        void compute(long index, int n) {
            for (int k = 0; k < at.length; k++) {
                at[k] = loop.position(k, index);
            }
            int even = n * bytes / loops.width() * loops.width();
            int step = even;
            if (factor != null) {
                loops.scale(dtype, factor, memory[1], place(1, 0), memory[0], place(0, 0), even);
            } else if (constant > 0) {
                step = Math.min(even, REPEATED);
                repeat(at[constant], step);
            }
            for (int done = factor == null ? 0 : even; done < even; done += step) {
                int some = Math.min(step, even - done);
                loops.run(
                        op,
                        dtype,
                        memory[1],
                        place(1, done),
                        memory[2],
                        place(2, done),
                        memory[0],
                        place(0, done),
                        some);
            }
            if (even < n * bytes) {
                rest(even / bytes, n - even / bytes);
            }
        }

        private long place(int k, int done) {
            return k > 0 && k == constant ? 0 : at[k] * bytes + done;
        }

        /** Fills the buffer with an element. */
        private void repeat(long element, int size) {
            if (element != known || size > filled) {
                known = element;
                filled = size;
                repeated.put(0, whole(constant), (int) element * bytes, bytes);
                for (int done = bytes; done < size; done *= 2) {
                    repeated.put(done, repeated, 0, Math.min(done, size - done));
                }
            }
        }

        private void rest(int from, int n) {
            Tile[] tiles = Tile.local();
            for (int k = 1; k < at.length; k++) {
                long stride = loop.strides()[k][last];
                cursor(k).load(at[k] + from * stride, stride, n, tiles[k]);
            }
            kernel.run(tiles, n);
            cursor(0).store(at[0] + from, 1, n, tiles[0]);
        }

        private Cursor cursor(int k) {
            return Cursor.of(views[k], kind, loop.strides()[k], loop.offsets()[k]);
        }
    }
}
