package kron4j.backend.cpu;

import java.nio.ShortBuffer;
import java.util.Arrays;
import kron4j.Layout;
import kron4j.backend.BinaryOp;
import kron4j.backend.PerThread;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;

/** Operations on halves that lie side by side: long pieces of them as they are. */
final class HalfRuns {
    /** Elements of a piece, of which the first-level cache has room for three. */
    private static final int PIECE = 4096;

    private static final PerThread<short[][]> PIECES = new PerThread<>(() -> new short[3][PIECE]);

    private HalfRuns() {}

    /** {@code out = op(a, b)} if there is a loop for it and the layouts allow it; returns whether it did. b may be a row that repeats. */
    static boolean run(BinaryOp op, View a, View b, View out) {
        if (!a.dtype().isHalf() || !Loops.BEST.hasHalves(op) || !isRun(a) || !isRun(out)) {
            return false;
        }
        int row = rowOf(b);
        if (row == 0 || !((CpuStorage) b.storage()).fitsOneBuffer()) {
            return false;
        }
        Half half = Half.of(a.dtype());
        int size = (int) out.shape().size();
        boolean repeats = row < size;
        int piece = repeats ? PIECE / row * row : PIECE;
        ShortBuffer left = elements(a, size);
        ShortBuffer right = elements(b, row);
        ShortBuffer result = elements(out, size);
        Parallel.forRange((size + piece - 1) / piece, Tiles.GRAIN / PIECE, (from, to) -> {
            short[][] pieces = PIECES.get();
            short[] x = pieces[1];
            short[] y = pieces[2];
            short[] z = pieces[0];
            if (repeats) {
                right.get(0, y, 0, row);
                Tile.repeat(y, row, piece / row);
            }
            for (int at = (int) from * piece; at < Math.min(size, to * piece); at += piece) {
                int n = Math.min(piece, size - at);
                left.get(at, x, 0, n);
                if (!repeats) {
                    right.get(at, y, 0, n);
                }
                if (!Loops.BEST.halves(half, op, x, y, z, n)) {
                    inFloats(half, op, x, y, z, n);
                }
                result.put(at, z, 0, n);
            }
        });
        return true;
    }

    /** {@code out = op(a, number)}, as the other. */
    static boolean run(BinaryOp op, View a, float number, View out) {
        boolean isPlain = Float.isFinite(number) && (number != 0 || op != BinaryOp.DIVIDE);
        if (!isPlain || !a.dtype().isHalf() || !Loops.BEST.hasHalves(op) || !isRun(a) || !isRun(out)) {
            return false;
        }
        Half half = Half.of(a.dtype());
        map(a, out, (x, z, n) -> {
            if (!Loops.BEST.halves(half, op, x, number, z, n)) {
                inFloats(half, op, x, number, z, n);
            }
        });
        return true;
    }

    /** {@code out = op(a)} if it takes only bits, and the layouts allow it; returns whether it did. */
    static boolean run(UnaryOp op, View a, View out) {
        if (!a.dtype().isHalf() || !isRun(a) || !isRun(out)) {
            return false;
        }
        switch (op) {
            case NEGATIVE -> map(a, out, HalfRuns::negative);
            case ABS -> map(a, out, HalfRuns::abs);
            default -> {
                return false;
            }
        }
        return true;
    }

    private interface Piece {
        void compute(short[] x, short[] z, int n);
    }

    private static void map(View a, View out, Piece loop) {
        int size = (int) out.shape().size();
        ShortBuffer source = elements(a, size);
        ShortBuffer target = elements(out, size);
        Parallel.forRange(size, Tiles.GRAIN, (from, to) -> {
            short[][] pieces = PIECES.get();
            for (int at = (int) from; at < to; at += PIECE) {
                int n = (int) Math.min(PIECE, to - at);
                source.get(at, pieces[1], 0, n);
                loop.compute(pieces[1], pieces[0], n);
                target.put(at, pieces[0], 0, n);
            }
        });
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

    /** A piece in which there are infinities or NaN. */
    private static void inFloats(Half half, BinaryOp op, short[] x, short[] y, short[] z, int n) {
        float[] left = new float[PIECE];
        float[] right = new float[PIECE];
        half.widen(x, left, 0, n);
        half.widen(y, right, 0, n);
        Loops.BEST.floats(op, left, right, left, n);
        half.narrow(left, z, 0, n);
    }

    private static void inFloats(Half half, BinaryOp op, short[] x, float number, short[] z, int n) {
        float[] left = new float[PIECE];
        float[] right = new float[PIECE];
        half.widen(x, left, 0, n);
        Arrays.fill(right, 0, n, number);
        Loops.BEST.floats(op, left, right, left, n);
        half.narrow(left, z, 0, n);
    }

    private static boolean isRun(View v) {
        return v.layout().isContiguous() && ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    /** Elements that lie side by side and are repeated, all of them if they are not; 0 if the layout is another, or the row too long or too short. */
    private static int rowOf(View b) {
        Layout layout = b.layout();
        if (layout.isContiguous()) {
            return (int) b.shape().size();
        }
        long row = 1;
        int axis = layout.rank() - 1;
        while (axis >= 0 && (layout.stride(axis) == row || b.shape().at(axis) == 1)) {
            row *= b.shape().at(axis--);
        }
        while (axis >= 0 && layout.stride(axis) == 0) {
            axis--;
        }
        return axis < 0 && row > 1 && row <= PIECE ? (int) row : 0;
    }

    private static ShortBuffer elements(View v, int size) {
        ShortBuffer all = ((CpuStorage) v.storage()).whole().asShortBuffer();
        return v.layout().offset() == 0 ? all : all.slice((int) v.layout().offset(), size);
    }
}
