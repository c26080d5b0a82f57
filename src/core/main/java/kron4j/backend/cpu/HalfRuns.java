package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import kron4j.Layout;
import kron4j.backend.BinaryOp;
import kron4j.backend.PerThread;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/**
 * Operations in float32 on halves that lie side by side, by long pieces: from memory to memory where there is a loop for it ({@link HalfLoops}), else as bits or by way of floats in arrays, as what is
 * no whole vector at the end. float16 is multiplied and divided, and computed with numbers, in arrays: that takes fewer steps than from memory. Each method returns whether the operation is one of these and the layouts allow it.
 */
final class HalfRuns {
    /** Elements of a piece: the first-level cache has room for three arrays of halves and three of floats. */
    static final int PIECE = 2 * Tile.SIZE;

    private static final HalfLoops LOOPS = Loops.BEST.halfMemory();
    private static final PerThread<HalfRuns> MINE = new PerThread<>(HalfRuns::new);

    private final short[] x = new short[PIECE];
    private final short[] y = new short[PIECE];
    private final short[] z = new short[PIECE];
    private final float[] wideX = new float[PIECE];
    private final float[] wideY = new float[PIECE];
    private final float[] wideZ = new float[PIECE];
    /** A row, again and again. */
    private final Run repeated =
            new Run(ByteBuffer.allocateDirect(PIECE * Short.BYTES).order(ByteOrder.nativeOrder()), 0);

    private HalfRuns() {}

    /** Elements of a storage from an offset on. */
    private static final class Run {
        private final ByteBuffer bytes;
        private final int offset;
        private final Object memory;

        Run(View v) {
            this(((CpuStorage) v.storage()).whole(), (int) v.layout().offset());
        }

        Run(ByteBuffer bytes, int offset) {
            this.bytes = bytes;
            this.offset = offset;
            this.memory = LOOPS == null ? null : LOOPS.show(bytes);
        }

        /** The byte where a half begins. */
        int half(int at) {
            return (offset + at) * Short.BYTES;
        }

        void get(int at, short[] to, int n) {
            bytes.asShortBuffer().get(offset + at, to, 0, n);
        }

        void put(int at, short[] from, int n) {
            bytes.asShortBuffer().put(offset + at, from, 0, n);
        }

        void get(int at, float[] to, int n) {
            bytes.asFloatBuffer().get(offset + at, to, 0, n);
        }

        void put(int at, float[] from, int n) {
            bytes.asFloatBuffer().put(offset + at, from, 0, n);
        }
    }

    private interface Piece {
        /** Computes {@code n} elements from the {@code at}-th on. */
        void compute(HalfRuns mine, int at, int n);
    }

    /** {@code out = op(a)}. */
    static boolean run(UnaryOp op, View a, View out) {
        if (op == UnaryOp.SQUARE) {
            return run(BinaryOp.MULTIPLY, a, a, out);
        }
        if (!a.dtype().isHalf() || op.isPredicate() || !Loops.BEST.hasFloats(op) || !areRuns(a, out)) {
            return false;
        }
        Half half = Half.of(a.dtype());
        Run source = new Run(a);
        Run target = new Run(out);
        boolean direct = LOOPS != null && LOOPS.has(op);
        each(out, (mine, at, n) -> {
            int done = direct ? whole(n) : 0;
            if (done > 0
                    && !LOOPS.run(half, op, source.memory, source.half(at), target.memory, target.half(at), done)) {
                done = 0;
            }
            if (done < n) {
                source.get(at + done, mine.x, n - done);
                mine.compute(half, op, n - done);
                target.put(at + done, mine.z, n - done);
            }
        });
        return true;
    }

    /** {@code out = op(a, scalar)}, or {@code op(scalar, a)}. */
    static boolean run(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        if (!a.dtype().isHalf() || op.isPredicate() || !Loops.BEST.hasFloats(op) || !areRuns(a, out)) {
            return false;
        }
        if (op == BinaryOp.SUBTRACT && !scalarFirst) {
            return run(BinaryOp.ADD, a, -scalar.floatValue(), false, out);
        }
        Half half = Half.of(a.dtype());
        float number = scalar.floatValue();
        boolean isLast = !scalarFirst || op == BinaryOp.ADD || op == BinaryOp.MULTIPLY;
        boolean isPlain = Float.isFinite(number) && (number != 0 || op != BinaryOp.DIVIDE);
        boolean simple = isLast && isPlain;
        boolean direct = simple && LOOPS != null && LOOPS.takesNumber(half, op);
        Run source = new Run(a);
        Run target = new Run(out);
        each(out, (mine, at, n) -> {
            int done = direct ? whole(n) : 0;
            if (done > 0) {
                LOOPS.run(op, source.memory, source.half(at), number, target.memory, target.half(at), done);
            }
            if (done < n) {
                int rest = n - done;
                source.get(at + done, mine.x, rest);
                boolean one = simple && half == Half.FLOAT16 && Loops.BEST.float16(op, mine.x, number, mine.z, rest);
                if (!one) {
                    Arrays.fill(scalarFirst ? mine.wideX : mine.wideY, 0, rest, number);
                    Loops.BEST.widen(half, mine.x, scalarFirst ? mine.wideY : mine.wideX, 0, rest);
                    mine.compute(half, op, rest);
                }
                target.put(at + done, mine.z, rest);
            }
        });
        return true;
    }

    /** {@code out = op(a, b)}, where b may be a row that repeats. */
    static boolean run(BinaryOp op, View a, View b, View out) {
        if (!a.dtype().isHalf() || op.isPredicate() || !Loops.BEST.hasFloats(op) || !areRuns(a, out)) {
            return false;
        }
        int row = rowOf(b);
        if (row == 0) {
            return false;
        }
        Half half = Half.of(a.dtype());
        int size = (int) out.shape().size();
        boolean repeats = row < size && row <= PIECE;
        int line = repeats ? PIECE / row * row : row;
        int pieces = (line + PIECE - 1) / PIECE;
        Run left = new Run(a);
        Run right = new Run(b);
        Run result = new Run(out);
        Parallel.forRange((long) (size + line - 1) / line * pieces, Tiles.GRAIN / PIECE, (from, to) -> {
            HalfRuns mine = MINE.get();
            if (repeats) {
                right.get(0, mine.y, row);
                Tile.repeat(mine.y, row, line / row);
                mine.repeated.put(0, mine.y, line);
            }
            for (int i = (int) from; i < to; i++) {
                int begin = i % pieces * PIECE;
                int at = i / pieces * line + begin;
                int n = Math.min(Math.min(PIECE, line - begin), size - at);
                mine.compute(half, op, left, at, repeats ? mine.repeated : right, begin, result, n);
            }
        });
        return true;
    }

    /** {@code out = g slopes[a]}, of the bits of a. */
    static boolean multiply(float[] slopes, View a, View g, View out) {
        if (!areRuns(a, out) || !isRun(g)) {
            return false;
        }
        Half half = Half.of(out.dtype());
        Run source = new Run(a);
        Run weights = new Run(g);
        Run target = new Run(out);
        each(out, (mine, at, n) -> {
            source.get(at, mine.x, n);
            lookUp(slopes, mine.x, mine.wideX, n);
            weights.get(at, mine.y, n);
            Loops.BEST.widen(half, mine.y, mine.wideY, 0, n);
            mine.compute(half, BinaryOp.MULTIPLY, n);
            target.put(at, mine.z, n);
        });
        return true;
    }

    private static void lookUp(float[] table, short[] x, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = table[x[i] & 0xffff];
        }
    }

    /** {@code out = a} in another dtype, one of them half and the other half or float32. */
    static boolean convert(View a, View out) {
        if (!areRuns(a, out)) {
            return false;
        }
        Run source = new Run(a);
        Run target = new Run(out);
        boolean fromHalf = a.dtype().isHalf();
        boolean toHalf = out.dtype().isHalf();
        each(out, (mine, at, n) -> {
            if (fromHalf) {
                source.get(at, mine.x, n);
                Loops.BEST.widen(Half.of(a.dtype()), mine.x, mine.wideX, 0, n);
            } else {
                source.get(at, mine.wideX, n);
            }
            if (toHalf) {
                Loops.BEST.narrow(Half.of(out.dtype()), mine.wideX, mine.z, 0, n);
                target.put(at, mine.z, n);
            } else {
                target.put(at, mine.wideX, n);
            }
        });
        return true;
    }

    private static void each(View out, Piece piece) {
        Parallel.forRange(out.shape().size(), Tiles.GRAIN, (from, to) -> {
            HalfRuns mine = MINE.get();
            for (int at = (int) from; at < to; at += PIECE) {
                piece.compute(mine, at, (int) Math.min(PIECE, to - at));
            }
        });
    }

    /** Elements of whole vectors. */
    private static int whole(int n) {
        return n - n % LOOPS.length();
    }

    private void compute(Half half, BinaryOp op, Run a, int at, Run b, int begin, Run out, int n) {
        int done = LOOPS != null && LOOPS.has(half, op) ? whole(n) : 0;
        if (done > 0
                && !LOOPS.run(
                        half, op, a.memory, a.half(at), b.memory, b.half(begin), out.memory, out.half(at), done)) {
            done = 0;
        }
        if (done < n) {
            int rest = n - done;
            a.get(at + done, x, rest);
            b.get(begin + done, y, rest);
            if (half != Half.FLOAT16 || !Loops.BEST.float16(op, x, y, z, rest)) {
                Loops.BEST.widen(half, x, wideX, 0, rest);
                Loops.BEST.widen(half, y, wideY, 0, rest);
                compute(half, op, rest);
            }
            out.put(at + done, z, rest);
        }
    }

    private void compute(Half half, BinaryOp op, int n) {
        Loops.BEST.floats(op, wideX, wideY, wideZ, n);
        Loops.BEST.narrow(half, wideZ, z, 0, n);
    }

    private void compute(Half half, UnaryOp op, int n) {
        if (op == UnaryOp.NEGATIVE) {
            negative(x, z, n);
        } else if (op == UnaryOp.ABS) {
            abs(x, z, n);
        } else if (op == UnaryOp.RELU && Loops.BEST.largestSize(x, n) <= half.infinity()) {
            relu(x, z, n);
        } else {
            Loops.BEST.widen(half, x, wideX, 0, n);
            Loops.BEST.floats(op, wideX, wideY, n);
            Loops.BEST.narrow(half, wideY, z, 0, n);
        }
    }

    private static void negative(short[] x, short[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (short) (x[i] ^ 0x8000);
        }
    }

    private static void abs(short[] x, short[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (short) (x[i] & 0x7fff);
        }
    }

    /** Of elements none of which is NaN. */
    private static void relu(short[] x, short[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = (short) (x[i] & ~(x[i] >> 15));
        }
    }

    private static boolean areRuns(View a, View out) {
        return isRun(a) && isRun(out);
    }

    private static boolean isRun(View v) {
        return v.layout().isContiguous() && ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    /** Elements that lie side by side and repeat, or are all; 0 if the layout is another. */
    private static int rowOf(View b) {
        Layout layout = b.layout();
        int axis = layout.rank() - 1;
        long row = 1;
        for (; axis >= 0 && isNext(layout, axis, row); axis--) {
            row *= b.shape().at(axis);
        }
        while (axis >= 0 && (layout.stride(axis) == 0 || layout.shape().at(axis) == 1)) {
            axis--;
        }
        return axis < 0 && ((CpuStorage) b.storage()).fitsOneBuffer() ? (int) row : 0;
    }

    private static boolean isNext(Layout layout, int axis, long row) {
        return layout.stride(axis) == row || layout.shape().at(axis) == 1;
    }
}
