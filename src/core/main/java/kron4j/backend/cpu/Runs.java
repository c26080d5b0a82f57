package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import kron4j.Complex;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Arithmetic on operands whose innermost axis is a run, or one element: from memory to memory by {@link MemoryLoops}. One element is a number of the loop, or where no
 * loop has that, repeated in a buffer that stays in the nearest cache. What is no whole vector at the end of a run goes through tiles.
 */
final class Runs {
    /** Shorter runs, in bytes, are not worth their set-up; nor, below the second, is what is left at the end of each. */
    private static final int SHORT = 256;

    private static final int UNEVEN = 1024;

    /** Bytes of a run that a thread takes at a time. */
    private static final int PIECE = 1 << 16;

    /** Pieces that are left to the kernel after an attempt that failed. */
    private static final int PATIENCE = 15;

    /** Rows that a loop takes at a time. */
    private static final int MANY_ROWS = 64;

    /** Exponents of divisors that powers of 2 bring near 1. */
    private static final int MODERATE = 1000;

    /** Bytes of a repeated element. */
    private static final int REPEATED = 1 << 10;

    /** Bytes of a repeated number. */
    private static final int REPEATED_NUMBER = 1 << 12;

    private static final ThreadLocal<ByteBuffer> BUFFER = ThreadLocal.withInitial(() -> buffer(REPEATED));
    private static final ThreadLocal<ByteBuffer> NUMBERS = ThreadLocal.withInitial(() -> buffer(REPEATED_NUMBER));

    /** Computes so many bytes, whole vectors, of the result from the operands: the memories and the byte positions in them are those of {@link #views}. */
    private interface Step {
        void run(Object[] memory, long[] at, long bytes);
    }

    /** As a {@link Step}, but returns whether the result is right; else the kernel computes it again. */
    private interface Attempt {
        boolean run(Object[] memory, long[] at, long bytes);
    }

    /** As a {@link Step}, for so many rows that are {@code steps} bytes apart. */
    private interface Rows {
        void run(Object[] memory, long[] at, long[] steps, int count, long bytes);
    }

    private final MemoryLoops loops = Loops.BEST.memory();
    /** The result and the operands. */
    private final View[] views;

    private final Attempt step;
    /** Computes several rows at once, or null. */
    private final Rows rows;
    /** Which operand is repeated in a buffer, or 0. */
    private final int repeated;

    private final Loop loop;
    /** In which the kernel has the result and the operands. */
    private final Kind[] kinds;

    private final Tiles.Kernel kernel;
    /** Bytes of an element of the result, and of each view. */
    private final int bytes;

    private final int[] sizes;
    /** Elements that are whole vectors of all views. */
    private final int together;

    private final int last;
    private final long length;
    private final long piece;
    private final long pieces;

    private Runs(Step step, int repeated, Loop loop, Kind kind, Tiles.Kernel kernel, View... views) {
        this(
                (memory, at, n) -> {
                    step.run(memory, at, n);
                    return true;
                },
                null,
                repeated,
                loop,
                same(kind, views),
                kernel,
                views);
    }

    private Runs(Rows rows, Loop loop, Kind kind, Tiles.Kernel kernel, View... views) {
        this(
                (memory, at, n) -> {
                    rows.run(memory, at, new long[at.length], 1, n);
                    return true;
                },
                rows,
                0,
                loop,
                same(kind, views),
                kernel,
                views);
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static Kind[] same(Kind kind, View... views) {
        return Collections.nCopies(views.length, kind).toArray(Kind[]::new);
    }

    private Runs(Attempt step, Rows rows, int repeated, Loop loop, Kind[] kinds, Tiles.Kernel kernel, View... views) {
        this.views = views;
        this.step = step;
        this.rows = rows;
        this.repeated = repeated;
        this.loop = loop;
        this.kinds = kinds;
        this.kernel = kernel;
        this.sizes = Arrays.stream(views).mapToInt(v -> v.dtype().bytes()).toArray();
        this.bytes = sizes[0];
        this.together = loops.width() / Arrays.stream(sizes).min().getAsInt();
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
        MemoryLoops loops = Loops.BEST.memory();
        DType dtype = a.dtype();
        if (loops == null || !loops.has(op, dtype) || !isSeen(a) || !isSeen(b) || !isSeen(out)) {
            return false;
        }
        Loop loop = Loop.of(out.layout(), a.layout(), b.layout());
        int last = loop.rank() - 1;
        long x = loop.strides()[1][last];
        long y = loop.strides()[2][last];
        if ((x != 1 && x != 0) || (y != 1 && y != 0) || x + y == 0 || !suits(loop, out)) {
            return false;
        }
        int constant = x == 0 ? 1 : y == 0 ? 2 : 0;
        int other = 3 - constant;
        if (constant > 0 && op == BinaryOp.MULTIPLY && dtype.isComplex() && loops.scales(dtype)) {
            ByteBuffer factors = ((CpuStorage) (constant == 1 ? a : b).storage()).whole();
            Step step = (m, at, n) ->
                    loops.scale(dtype, complex(factors, dtype, at[constant]), m[other], at[other], m[0], at[0], n);
            new Runs(step, 0, loop, kind, kernel, out, a, b).run();
            return true;
        }
        int row = constant == 0 && last > 0 && loops.hasRows(op, dtype) ? sharedRow(op, loop) : 0;
        if (row > 0) {
            int of = 3 - row;
            Rows rows = (m, at, steps, count, n) ->
                    loops.run(op, dtype, count, m[of], at[of], steps[of], m[row], at[row], m[0], at[0], steps[0], n);
            new Runs(rows, loop, kind, kernel, out, a, b).run();
            return true;
        }
        if (constant > 0 && loops.hasInteger(op, dtype)) {
            ByteBuffer integers = ((CpuStorage) (constant == 1 ? a : b).storage()).whole();
            Rows rows = (m, at, steps, count, n) -> {
                long[] each = new long[count];
                for (int r = 0; r < count; r++) {
                    each[r] = Repeats.eight(dtype.bytes(), integers, (int) (at[constant] + r * steps[constant]));
                }
                loops.run(op, each, dtype, m[other], at[other], steps[other], m[0], at[0], steps[0], n);
            };
            new Runs(rows, loop, kind, kernel, out, a, b).run();
            return true;
        }
        if (constant == 0 || !loops.hasNumber(op, dtype)) {
            Step step = (m, at, n) -> loops.run(op, dtype, m[1], at[1], m[2], at[2], m[0], at[0], n);
            new Runs(step, constant, loop, kind, kernel, out, a, b).run();
            return true;
        }
        ByteBuffer numbers = ((CpuStorage) (constant == 1 ? a : b).storage()).whole();
        Rows rows = (m, at, steps, count, n) -> {
            double[] each = new double[count];
            for (int r = 0; r < count; r++) {
                each[r] = number(numbers, dtype, at[constant] + r * steps[constant]);
            }
            loops.run(op, constant == 1, each, dtype, m[other], at[other], steps[other], m[0], at[0], steps[0], n);
        };
        new Runs(rows, loop, kind, kernel, out, a, b).run();
        return true;
    }

    /** The operand that is the same in all rows that lie beside each other, if the other one may come first; else 0. */
    private static int sharedRow(BinaryOp op, Loop loop) {
        int beside = loop.rank() - 2;
        boolean commutes = op != BinaryOp.SUBTRACT;
        return loop.strides()[2][beside] == 0 ? 2 : commutes && loop.strides()[1][beside] == 0 ? 1 : 0;
    }

    private static double number(ByteBuffer elements, DType dtype, long at) {
        return Real.of(dtype).get(elements, (int) at / dtype.bytes());
    }

    private static Complex complex(ByteBuffer elements, DType dtype, long at) {
        Real real = Real.of(dtype.realPart());
        int place = (int) at / dtype.realPart().bytes();
        return new Complex(real.get(elements, place), real.get(elements, place + 1));
    }

    /** {@code out = op(a)} as the other. */
    static boolean run(UnaryOp op, View a, View out, Kind kind, Tiles.Kernel kernel) {
        MemoryLoops loops = Loops.BEST.memory();
        DType dtype = a.dtype();
        return loops != null
                && dtype.bytes() == out.dtype().bytes()
                && loops.has(op, dtype)
                && run((m, at, n) -> loops.run(op, dtype, m[1], at[1], m[0], at[0], n), a, out, kind, kernel);
    }

    /** {@code out = op(a, number)}, or {@code op(number, a)} where it comes first, as the others. The kernel has the operand alone. */
    static boolean run(BinaryOp op, View a, double number, boolean first, View out, Kind kind, Tiles.Kernel kernel) {
        MemoryLoops loops = Loops.BEST.memory();
        DType dtype = out.dtype();
        double[] one = {number};
        Step step = (m, at, n) -> loops.run(op, first, one, dtype, m[1], at[1], 0, m[0], at[0], 0, n);
        return loops != null && a.dtype() == dtype && loops.hasNumber(op, dtype) && run(step, a, out, kind, kernel);
    }

    /** The same of integers. */
    static boolean run(BinaryOp op, View a, long number, boolean first, View out, Kind kind, Tiles.Kernel kernel) {
        MemoryLoops loops = Loops.BEST.memory();
        DType dtype = a.dtype();
        if (loops != null && dtype.bytes() == out.dtype().bytes() && loops.hasInteger(op, dtype)) {
            long[] one = {number};
            return run(
                    (m, at, n) -> loops.run(op, one, dtype, m[1], at[1], 0, m[0], at[0], 0, n), a, out, kind, kernel);
        }
        Element element =
                buffer -> buffer.putLong(0, Repeats.eight(number, out.dtype().bytes()));
        return run(op, a, element, first, out, kind, kernel);
    }

    /** The same of complex numbers. */
    static boolean run(BinaryOp op, View a, Complex number, boolean first, View out, Kind kind, Tiles.Kernel kernel) {
        Real real = Real.of(a.dtype().realPart());
        Element element = buffer -> {
            real.put(buffer, 0, number.re());
            real.put(buffer, 1, number.im());
        };
        return run(op, a, element, first, out, kind, kernel);
    }

    /** Puts an element to the beginning of a buffer, if it is shorter than eight bytes, as often as these hold it. */
    private interface Element {
        void put(ByteBuffer buffer);
    }

    private static boolean run(
            BinaryOp op, View a, Element number, boolean first, View out, Kind kind, Tiles.Kernel kernel) {
        MemoryLoops loops = Loops.BEST.memory();
        DType dtype = a.dtype();
        if (loops == null || dtype.bytes() != out.dtype().bytes() || !loops.has(op, dtype)) {
            return false;
        }
        Step step = (m, at, n) -> {
            ByteBuffer buffer = NUMBERS.get();
            Object memory = loops.show(buffer);
            number.put(buffer);
            fill(loops, buffer, memory, Math.max(Long.BYTES, dtype.bytes()), (int) Math.min(REPEATED_NUMBER, n));
            for (long done = 0; done < n; done += REPEATED_NUMBER) {
                long some = Math.min(REPEATED_NUMBER, n - done);
                if (first) {
                    loops.run(op, dtype, memory, 0, m[1], at[1] + done, m[0], at[0] + done, some);
                } else {
                    loops.run(op, dtype, m[1], at[1] + done, memory, 0, m[0], at[0] + done, some);
                }
            }
        };
        return run(step, a, out, kind, kernel);
    }

    /**
     * {@code out = factor * a} as {@link #run}; the parts of the factor are those of real elements in turn. The kernel has the operand alone.
     */
    static boolean scale(Complex factor, View a, View out, Kind kind, Tiles.Kernel kernel) {
        MemoryLoops loops = Loops.BEST.memory();
        DType dtype = out.dtype();
        Step step = (m, at, n) -> loops.scale(dtype, factor, m[1], at[1], m[0], at[0], n);
        return loops != null && loops.scales(dtype) && run(step, a, out, kind, kernel);
    }

    /**
     * {@code out = a / divisor} as the others, with {@code z / z = 1}: the conjugate of a divisor near 1 is the factor, its square the divisor of real numbers. Powers
     * of 2 are multiplied to the factor or the divisor, whichever they make larger, so that what underflows does so in the quotient.
     */
    static boolean divide(View a, Complex divisor, View out, Kind kind, Tiles.Kernel kernel) {
        MemoryLoops loops = Loops.BEST.memory();
        DType dtype = out.dtype();
        int k = Math.getExponent(Math.max(Math.abs(divisor.re()), Math.abs(divisor.im())));
        if (loops == null || !loops.scales(dtype) || Math.abs(k) > MODERATE || a.overlaps(out)) {
            return false;
        }
        double re = Math.scalb(divisor.re(), -k);
        double im = Math.scalb(divisor.im(), -k);
        double up = Math.scalb(1, Math.max(0, -k));
        Complex factor = new Complex(re * up, -im * up);
        double square = Math.scalb(re * re + im * im, Math.max(0, k));
        return attempt(
                (m, at, n) -> loops.divide(dtype, factor, square, m[1], at[1], m[0], at[0], n), a, out, kind, kernel);
    }

    /** {@code out = re + i im} as the others. */
    static boolean join(View re, View im, View out) {
        MemoryLoops loops = Loops.BEST.memory();
        if (loops == null || !loops.hasPairs() || !isSeen(re) || !isSeen(im) || !isSeen(out)) {
            return false;
        }
        Loop loop = Loop.of(out.layout(), re.layout(), im.layout());
        int last = loop.rank() - 1;
        if (loop.strides()[1][last] != 1 || loop.strides()[2][last] != 1 || !suits(loop, out)) {
            return false;
        }
        Kind kind = Kind.of(re.dtype());
        Tiles.Kernel kernel = (t, n) -> ComplexPairs.join(kind, t[1], t[2], t[0], n);
        Step step = (m, at, n) -> loops.join(re.dtype().bytes(), m[1], at[1], m[2], at[2], m[0], at[0], n);
        new Runs(step, 0, loop, kind, kernel, out, re, im).run();
        return true;
    }

    private static boolean run(Step step, View a, View out, Kind kind, Tiles.Kernel kernel) {
        Attempt always = (m, at, n) -> {
            step.run(m, at, n);
            return true;
        };
        return attempt(always, a, out, kind, kernel);
    }

    private static boolean attempt(Attempt step, View a, View out, Kind kind, Tiles.Kernel kernel) {
        if (!isSeen(a) || !isSeen(out)) {
            return false;
        }
        Loop loop = Loop.of(out.layout(), a.layout());
        if (loop.strides()[1][loop.rank() - 1] != 1 || !suits(loop, out)) {
            return false;
        }
        new Runs(step, null, 0, loop, same(kind, out, a), kernel, out, a).run();
        return true;
    }

    /**
     * Converts elements as the others.
     *
     * @param from kind of the operand in the kernel
     * @param to that of the result
     */
    static boolean convert(View a, View out, Kind from, Kind to, Tiles.Kernel kernel) {
        MemoryLoops loops = Loops.BEST.memory();
        DType source = a.dtype();
        DType target = out.dtype();
        if (loops == null || !loops.converts(source, target) || !isSeen(a) || !isSeen(out)) {
            return false;
        }
        Loop loop = Loop.of(out.layout(), a.layout());
        if (loop.strides()[1][loop.rank() - 1] != 1 || !suits(loop, out)) {
            return false;
        }
        Attempt step = (m, at, n) -> loops.convert(source, target, m[1], at[1], m[0], at[0], n / target.bytes());
        new Runs(step, null, 0, loop, new Kind[] {to, from}, kernel, out, a).run();
        return true;
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
        long count = loop.size() / length;
        long grain = 1 + Tiles.GRAIN / Math.min(length, piece);
        Parallel.forRange(count * pieces, grain, (from, to) -> new Worker().compute(from, to));
    }

    /** Repeats the first so many bytes, eight or more, until there are {@code size}. */
    private static void fill(MemoryLoops loops, ByteBuffer buffer, Object memory, int bytes, int size) {
        boolean isShort = bytes == Long.BYTES;
        if (isShort) {
            loops.fill(memory, 0, size, buffer.getLong(0));
        }
        for (int done = isShort ? size : bytes; done < size; done *= 2) {
            buffer.put(done, buffer, 0, Math.min(done, size - done));
        }
    }

    /** The state of one thread. */
    private final class Worker {
        private final Object[] memory = new Object[views.length];
        /** Byte positions. */
        private final long[] at = new long[views.length];

        /** Bytes from a row to the next. */
        private final long[] steps = new long[views.length];

        private final ByteBuffer buffer = BUFFER.get();
        private long known = -1;
        private int filled;
        /** Pieces without an attempt. */
        private int left;

        Worker() {
            for (int k = 0; k < memory.length; k++) {
                memory[k] = loops.show(k > 0 && k == repeated ? buffer : whole(k));
                steps[k] = last > 0 ? loop.strides()[k][last - 1] * sizes[k] : 0;
            }
        }

        private ByteBuffer whole(int k) {
            return ((CpuStorage) views[k].storage()).whole();
        }

        /** Computes the pieces [from, to), of rows that follow each other in one axis without finding the place of each. */
        void compute(long from, long to) {
            long beside = pieces == 1 && last > 0 ? loop.sizes()[last - 1] : 1;
            for (long i = from; i < to; ) {
                long start = i % pieces * piece;
                int n = (int) Math.min(piece, length - start);
                for (int k = 0; k < at.length; k++) {
                    at[k] = loop.position(k, i / pieces * length + start) * sizes[k];
                }
                long next = Math.min(to, i - i % beside + beside);
                while (i < next) {
                    int some = 1;
                    if (rows != null && beside > 1 && n % together == 0) {
                        some = (int) Math.min(MANY_ROWS, next - i);
                        rows.run(memory, at, steps, some, (long) n * bytes);
                    } else {
                        compute(n);
                    }
                    i += some;
                    for (int k = 0; k < at.length && beside > 1; k++) {
                        at[k] += some * steps[k];
                    }
                }
            }
        }

        /** Computes {@code n} elements of a run. */
        private void compute(int n) {
            int even = n / together * together;
            boolean right = true;
            if (repeated > 0) {
                repeat(even * bytes);
            } else if (left > 0) {
                left--;
                right = false;
            } else if (even > 0) {
                right = step.run(memory, at, even * bytes);
                left = right ? 0 : PATIENCE;
            }
            for (int done = right ? even : 0; done < n; done += Tile.SIZE) {
                rest(done, Math.min(Tile.SIZE, n - done));
            }
        }

        /** Computes so many bytes, as many at a time as the buffer has, which the element fills. */
        private void repeat(int size) {
            int some = Math.min(size, REPEATED);
            if (at[repeated] != known || some > filled) {
                known = at[repeated];
                filled = some;
                buffer.put(0, whole(repeated), (int) known, bytes);
                if (bytes < Long.BYTES) {
                    buffer.putLong(0, Repeats.eight(bytes, buffer, 0));
                }
                fill(loops, buffer, memory[repeated], Math.max(Long.BYTES, bytes), some);
            }
            long[] place = at.clone();
            place[repeated] = 0;
            for (int done = 0; done < size; done += some) {
                step.run(memory, place, Math.min(some, size - done));
                for (int k = 0; k < place.length; k++) {
                    place[k] += k == repeated ? 0 : some;
                }
            }
        }

        private void rest(int from, int n) {
            Tile[] tiles = Tile.local();
            for (int k = 1; k < at.length; k++) {
                long stride = loop.strides()[k][last];
                cursor(k).load(at[k] / sizes[k] + from * stride, stride, n, tiles[k]);
            }
            kernel.run(tiles, n);
            cursor(0).store(at[0] / bytes + from, 1, n, tiles[0]);
        }

        private Cursor cursor(int k) {
            return Cursor.of(views[k], kinds[k], loop.strides()[k], loop.offsets()[k]);
        }
    }
}
