package kron4j.backend.cpu;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import kron4j.Layout;
import kron4j.backend.BinaryOp;
import kron4j.backend.PerThread;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/**
 * Operations in float32 on halves that lie side by side, by long pieces: as bits or in one pass where there is a loop for it, else by way of floats. Each method returns whether the operation is one
 * of these and the layouts allow it.
 */
final class HalfRuns {
    /** Elements of a piece: the first-level cache has room for its three arrays of halves and three of floats. */
    static final int PIECE = 2 * Tile.SIZE;

    private static final PerThread<HalfRuns> MINE = new PerThread<>(HalfRuns::new);

    private final short[] x = new short[PIECE];
    private final short[] y = new short[PIECE];
    private final short[] z = new short[PIECE];
    private final float[] wideX = new float[PIECE];
    private final float[] wideY = new float[PIECE];
    private final float[] wideZ = new float[PIECE];

    private HalfRuns() {}

    private interface Piece {
        /** Computes the first {@code n} elements of z from those of x. */
        void compute(HalfRuns mine, int n);
    }

    /** {@code out = op(a)}. */
    static boolean run(UnaryOp op, View a, View out) {
        if (!a.dtype().isHalf() || op.isPredicate() || !Loops.BEST.hasFloats(op) || !areRuns(a, out)) {
            return false;
        }
        Half half = Half.of(a.dtype());
        map(a, out, (mine, n) -> mine.compute(half, op, n));
        return true;
    }

    /** {@code out = op(a, scalar)}, or {@code op(scalar, a)}. */
    static boolean run(BinaryOp op, View a, Number scalar, boolean scalarFirst, View out) {
        if (!a.dtype().isHalf() || op.isPredicate() || !Loops.BEST.hasFloats(op) || !areRuns(a, out)) {
            return false;
        }
        Half half = Half.of(a.dtype());
        float number = scalar.floatValue();
        boolean isLast = !scalarFirst || op == BinaryOp.ADD || op == BinaryOp.MULTIPLY;
        boolean isPlain = Float.isFinite(number) && (number != 0 || op != BinaryOp.DIVIDE);
        boolean hasLoop = isLast && isPlain && Loops.BEST.hasHalves(op);
        map(a, out, (mine, n) -> {
            if (!hasLoop || !Loops.BEST.halves(half, op, mine.x, number, mine.z, n)) {
                Arrays.fill(scalarFirst ? mine.wideX : mine.wideY, 0, n, number);
                Loops.BEST.widen(half, mine.x, scalarFirst ? mine.wideY : mine.wideX, 0, n);
                mine.inFloats(half, op, n);
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
        ShortBuffer left = halves(a, size);
        ShortBuffer right = halves(b, row);
        ShortBuffer result = halves(out, size);
        Parallel.forRange((long) (size + line - 1) / line * pieces, Tiles.GRAIN / PIECE, (from, to) -> {
            HalfRuns mine = MINE.get();
            if (repeats) {
                right.get(0, mine.y, 0, row);
                Tile.repeat(mine.y, row, line / row);
            }
            for (int i = (int) from; i < to; i++) {
                int begin = i % pieces * PIECE;
                int at = i / pieces * line + begin;
                int n = Math.min(Math.min(PIECE, line - begin), size - at);
                left.get(at, mine.x, 0, n);
                if (!repeats) {
                    right.get(begin, mine.y, 0, n);
                }
                mine.compute(half, op, n);
                result.put(at, mine.z, 0, n);
            }
        });
        return true;
    }

    /** {@code out = a} in another dtype, one of them half and the other half or float32. */
    static boolean convert(View a, View out) {
        if (!areRuns(a, out)) {
            return false;
        }
        int size = (int) out.shape().size();
        boolean fromHalf = a.dtype().isHalf();
        boolean toHalf = out.dtype().isHalf();
        Parallel.forRange(size, Tiles.GRAIN, (from, to) -> {
            HalfRuns mine = MINE.get();
            for (int at = (int) from; at < to; at += PIECE) {
                int n = (int) Math.min(PIECE, to - at);
                if (fromHalf) {
                    halves(a, size).get(at, mine.x, 0, n);
                    Loops.BEST.widen(Half.of(a.dtype()), mine.x, mine.wideX, 0, n);
                } else {
                    floats(a, size).get(at, mine.wideX, 0, n);
                }
                if (toHalf) {
                    Loops.BEST.narrow(Half.of(out.dtype()), mine.wideX, mine.z, 0, n);
                    halves(out, size).put(at, mine.z, 0, n);
                } else {
                    floats(out, size).put(at, mine.wideX, 0, n);
                }
            }
        });
        return true;
    }

    private static void map(View a, View out, Piece piece) {
        int size = (int) out.shape().size();
        ShortBuffer source = halves(a, size);
        ShortBuffer target = halves(out, size);
        Parallel.forRange(size, Tiles.GRAIN, (from, to) -> {
            HalfRuns mine = MINE.get();
            for (int at = (int) from; at < to; at += PIECE) {
                int n = (int) Math.min(PIECE, to - at);
                source.get(at, mine.x, 0, n);
                piece.compute(mine, n);
                target.put(at, mine.z, 0, n);
            }
        });
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

    private void compute(Half half, BinaryOp op, int n) {
        if (!Loops.BEST.hasHalves(op) || !Loops.BEST.halves(half, op, x, y, z, n)) {
            Loops.BEST.widen(half, x, wideX, 0, n);
            Loops.BEST.widen(half, y, wideY, 0, n);
            inFloats(half, op, n);
        }
    }

    private void inFloats(Half half, BinaryOp op, int n) {
        Loops.BEST.floats(op, wideX, wideY, wideZ, n);
        Loops.BEST.narrow(half, wideZ, z, 0, n);
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

    private static ShortBuffer halves(View v, int size) {
        ShortBuffer all = ((CpuStorage) v.storage()).whole().asShortBuffer();
        return v.layout().offset() == 0 ? all : all.slice((int) v.layout().offset(), size);
    }

    private static FloatBuffer floats(View v, int size) {
        FloatBuffer all = ((CpuStorage) v.storage()).whole().asFloatBuffer();
        return v.layout().offset() == 0 ? all : all.slice((int) v.layout().offset(), size);
    }
}
