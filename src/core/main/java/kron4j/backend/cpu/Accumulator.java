package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.DType;
import kron4j.backend.BinaryOp;
import kron4j.backend.ReduceOp;

/** The running results of up to a tile of reductions ("lines") side by side. */
abstract class Accumulator {
    /** Lines of fewer elements are added up without lanes. */
    private static final int SHORT = 8;

    /** The reduction: ANY and ALL are the maximum and the minimum of truth values. */
    final ReduceOp op;

    final boolean ofTruth;
    private int lines;
    /** Number of accumulators in use: equally many for each line, interleaved by line. */
    private int width;
    /** Number of neighbouring accumulators of one line, if they hold pieces of lines. */
    private int piece;

    Accumulator(ReduceOp op) {
        this.op = op == ReduceOp.ANY ? ReduceOp.MAX : op == ReduceOp.ALL ? ReduceOp.MIN : op;
        this.ofTruth = isTruth(op);
    }

    /** Makes room for {@code size} accumulators. */
    static Accumulator of(ReduceOp op, Kind kind, int size) {
        boolean position = isPosition(op);
        return switch (kind) {
            case FLOAT -> new Floats(op, size);
            case DOUBLE -> position ? new Positions(op, size, 0) : new Doubles(op, size);
            case COMPLEX -> isTruth(op) ? new ComplexTruths(op, size) : new ComplexAccumulator(size);
            case LONG -> position ? new Positions(op, 0, size) : new Longs(op, size);
            case INT, BYTE, UNSIGNED -> new NarrowLongs(op, kind, size);
            case SHORT -> throw new AssertionError(kind);
        };
    }

    private static boolean isTruth(ReduceOp op) {
        return op == ReduceOp.ANY || op == ReduceOp.ALL;
    }

    /** Whether the result is a position, not a value. */
    static boolean isPosition(ReduceOp op) {
        return op == ReduceOp.ARGMAX || op == ReduceOp.ARGMIN;
    }

    /** The kind in which operands are read for this reduction. */
    static Kind kind(ReduceOp op, DType dtype) {
        return switch (op) {
            case SUM, MAX, MIN -> Kind.of(dtype);
            case PROD, ARGMAX, ARGMIN, ANY, ALL -> Kind.wide(dtype);
        };
    }

    /** As {@link #kind}, for elements as they are stored: integers and truth values in their own width where that suffices. */
    static Kind kindOfStored(ReduceOp op, DType dtype) {
        Kind kind = kind(op, dtype);
        boolean narrow = op == ReduceOp.SUM || op == ReduceOp.MAX || op == ReduceOp.MIN || dtype == DType.BOOL;
        return kind == Kind.LONG && narrow && op != ReduceOp.PROD && !isPosition(op) ? Kind.narrow(dtype) : kind;
    }

    /** Whether pieces of lines are folded as fast as rows are: by vectors, to results that depend on no order. */
    static boolean foldsLines(ReduceOp op, Kind kind) {
        if (op == ReduceOp.PROD) {
            return false;
        }
        boolean whole = kind != Kind.FLOAT && kind != Kind.DOUBLE && kind != Kind.COMPLEX;
        return Loops.BEST.bits() > 0 && (whole || op == ReduceOp.MAX || op == ReduceOp.MIN);
    }

    /** Starts {@code count} new lines. */
    final void reset(int count) {
        lines = count;
        width = count;
        piece = 1;
        clear();
    }

    /** Takes {@code length} elements of each line, line after line, beginning at {@code position} of their lines. */
    final void addLines(Tile tile, int length, long position) {
        if (ofTruth) {
            truth(tile, lines * length);
        }
        if (op == ReduceOp.SUM && length < SHORT) {
            addShort(tile, lines, length);
            return;
        }
        for (int j = 0; j < lines; j++) {
            fold(tile, j * length, length, j, position);
        }
    }

    /** Adds a few elements to each line. */
    void addShort(Tile tile, int lines, int length) {
        for (int j = 0; j < lines; j++) {
            fold(tile, j * length, length, j, 0);
        }
    }

    /** Takes {@code length} rows of one element of each line. */
    final void addRows(Tile tile, int length) {
        int n = lines * length;
        if (ofTruth) {
            truth(tile, n);
        }
        width = Math.max(width, n);
        foldRows(tile, n);
    }

    /** Takes a piece of each line, piece after piece; all of one length until the next reset. */
    final void addPieces(Tile tile, int length) {
        piece = length;
        addRows(tile, length);
    }

    /** Merges the results of a later part of the same lines, or of its own spare accumulators from {@code from} on. */
    final void add(Accumulator later, int from) {
        for (int j = 0; j < lines; j++) {
            combine(j, later, from + j);
        }
    }

    /** Writes the results to the start of the tile, as doubles or longs by the result's kind. */
    final void store(Tile tile) {
        finish();
        write(tile, lines);
    }

    /** Merges the results into the first accumulators. */
    final void finish() {
        flush();
        if (piece > 1) {
            for (int j = 0; j < lines; j++) {
                take(j, j * piece);
                for (int i = 1; i < piece; i++) {
                    combine(j, this, j * piece + i);
                }
            }
            width = lines;
            piece = 1;
        }
        for (int from = lines; from < width; from += lines) {
            add(this, from);
        }
        width = lines;
    }

    abstract void clear();

    abstract void truth(Tile tile, int n);

    abstract void fold(Tile tile, int from, int n, int line, long position);

    abstract void foldRows(Tile tile, int n);

    /** Flushes everything taken so far to the accumulators. */
    void flush() {}

    /** Moves an accumulator's result to a line's own. */
    abstract void take(int line, int from);

    abstract void combine(int line, Accumulator other, int from);

    abstract void write(Tile tile, int n);

    private static class Doubles extends Accumulator {
        final double[] values;

        Doubles(ReduceOp op, int size) {
            super(op);
            values = new double[size];
        }

        @Override
        void clear() {
            Arrays.fill(values, identity());
        }

        final double identity() {
            return switch (op) {
                case SUM -> 0;
                case PROD -> 1;
                case MAX -> Double.NEGATIVE_INFINITY;
                case MIN -> Double.POSITIVE_INFINITY;
                default -> throw new AssertionError(op);
            };
        }

        @Override
        void truth(Tile tile, int n) {
            for (int i = 0; i < n; i++) {
                tile.doubles[i] = tile.doubles[i] != 0 ? 1 : 0;
            }
        }

        @Override
        void fold(Tile tile, int from, int n, int line, long position) {
            double[] x = tile.doubles;
            double v = values[line];
            values[line] = switch (op) {
                case SUM -> v + Folds.sum(x, from, n);
                case PROD -> v * Loops.BEST.product(x, from, n);
                case MAX -> Math.max(v, Loops.BEST.max(x, from, n));
                case MIN -> Math.min(v, Loops.BEST.min(x, from, n));
                default -> throw new AssertionError(op);
            };
        }

        @Override
        void addShort(Tile tile, int lines, int length) {
            double[] x = tile.doubles;
            for (int j = 0, at = 0; j < lines; j++) {
                double sum = 0;
                for (int end = at + length; at < end; at++) {
                    sum += x[at];
                }
                values[j] += sum;
            }
        }

        @Override
        void foldRows(Tile tile, int n) {
            BinaryKernels.doubles(elementwise(op), values, tile.doubles, values, n);
        }

        @Override
        void take(int line, int from) {
            values[line] = values[from];
        }

        @Override
        void combine(int line, Accumulator other, int from) {
            values[line] = combine(values[line], ((Doubles) other).values[from]);
        }

        final double combine(double v, double w) {
            return switch (op) {
                case SUM -> v + w;
                case PROD -> v * w;
                case MAX -> Math.max(v, w);
                case MIN -> Math.min(v, w);
                default -> throw new AssertionError(op);
            };
        }

        @Override
        void write(Tile tile, int n) {
            System.arraycopy(values, 0, tile.doubles, 0, n);
            for (int i = 0; i < n && ofTruth; i++) {
                tile.longs[i] = (long) values[i];
            }
        }
    }

    /** Truth of complex elements: whether one of the parts is not 0. */
    private static final class ComplexTruths extends Doubles {
        ComplexTruths(ReduceOp op, int size) {
            super(op, size);
        }

        @Override
        void truth(Tile tile, int n) {
            for (int i = 0; i < n; i++) {
                tile.doubles[i] = tile.doubles[i] != 0 || tile.imaginary[i] != 0 ? 1 : 0;
            }
        }
    }

    /** Results in double of elements in float. Rows are added up in float, which is fast, but only for a few rows, which keeps it exact enough. */
    private static final class Floats extends Doubles {
        private static final int ROWS = 64;

        private final float[] recent;
        private int rows;
        private int used;

        Floats(ReduceOp op, int size) {
            super(op, size);
            recent = new float[size];
            Arrays.fill(recent, (float) identity());
        }

        @Override
        void fold(Tile tile, int from, int n, int line, long position) {
            float[] x = tile.floats;
            double v = values[line];
            values[line] = switch (op) {
                case SUM -> v + Folds.sum(x, from, n);
                case MAX -> Math.max(v, Loops.BEST.max(x, from, n));
                case MIN -> Math.min(v, Loops.BEST.min(x, from, n));
                default -> throw new AssertionError(op);
            };
        }

        @Override
        void addShort(Tile tile, int lines, int length) {
            float[] x = tile.floats;
            for (int j = 0, at = 0; j < lines; j++) {
                float sum = 0;
                for (int end = at + length; at < end; at++) {
                    sum += x[at];
                }
                values[j] += sum;
            }
        }

        @Override
        void foldRows(Tile tile, int n) {
            used = Math.max(used, n);
            BinaryKernels.floats(elementwise(op), recent, tile.floats, recent, n);
            if (++rows == ROWS) {
                flush();
            }
        }

        @Override
        void flush() {
            for (int i = 0; i < used; i++) {
                values[i] = combine(values[i], recent[i]);
            }
            Arrays.fill(recent, 0, used, (float) identity());
            used = 0;
            rows = 0;
        }
    }

    private static class Longs extends Accumulator {
        final long[] values;

        Longs(ReduceOp op, int size) {
            super(op);
            values = new long[size];
        }

        @Override
        void clear() {
            Arrays.fill(
                    values,
                    switch (op) {
                        case SUM -> 0;
                        case PROD -> 1;
                        case MAX -> Long.MIN_VALUE;
                        case MIN -> Long.MAX_VALUE;
                        default -> throw new AssertionError(op);
                    });
        }

        @Override
        void truth(Tile tile, int n) {
            for (int i = 0; i < n; i++) {
                tile.longs[i] = tile.longs[i] != 0 ? 1 : 0;
            }
        }

        @Override
        void fold(Tile tile, int from, int n, int line, long position) {
            long[] x = tile.longs;
            long v = values[line];
            values[line] = switch (op) {
                case SUM -> v + Loops.BEST.sum(x, from, n);
                case PROD -> v * Folds.product(x, from, n);
                case MAX -> Math.max(v, Loops.BEST.max(x, from, n));
                case MIN -> Math.min(v, Loops.BEST.min(x, from, n));
                default -> throw new AssertionError(op);
            };
        }

        @Override
        void foldRows(Tile tile, int n) {
            BinaryKernels.longs(elementwise(op), values, tile.longs, values, n);
        }

        @Override
        void take(int line, int from) {
            values[line] = values[from];
        }

        @Override
        void combine(int line, Accumulator other, int from) {
            long v = values[line];
            long w = ((Longs) other).values[from];
            values[line] = switch (op) {
                case SUM -> v + w;
                case PROD -> v * w;
                case MAX -> Math.max(v, w);
                case MIN -> Math.min(v, w);
                default -> throw new AssertionError(op);
            };
        }

        @Override
        void write(Tile tile, int n) {
            System.arraycopy(values, 0, tile.longs, 0, n);
        }
    }

    /** Results in long of elements in ints or bytes. */
    private static final class NarrowLongs extends Longs {
        private final Kind kind;
        private final byte flip;
        private final int mask;

        NarrowLongs(ReduceOp op, Kind kind, int size) {
            super(op, size);
            this.kind = kind;
            this.flip = kind == Kind.UNSIGNED ? Truths.UNSIGNED : 0;
            this.mask = kind == Kind.UNSIGNED ? 0xff : -1;
        }

        @Override
        void truth(Tile tile, int n) {
            Loops.BEST.test(BinaryOp.LOGICAL_OR, tile.bytes, tile.bytes, (byte) 0, tile, n);
        }

        @Override
        void fold(Tile tile, int from, int n, int line, long position) {
            long v = values[line];
            values[line] = switch (op) {
                case SUM -> v + sum(tile, from, n);
                case MAX -> Math.max(v, max(tile, from, n));
                case MIN -> Math.min(v, min(tile, from, n));
                default -> throw new AssertionError(op);
            };
        }

        private long sum(Tile tile, int from, int n) {
            return kind == Kind.INT ? Loops.BEST.sum(tile.ints, from, n) : Loops.BEST.sum(tile.bytes, mask, from, n);
        }

        private long max(Tile tile, int from, int n) {
            return kind == Kind.INT
                    ? Loops.BEST.max(tile.ints, from, n)
                    : (Loops.BEST.max(tile.bytes, flip, from, n) ^ flip) & mask;
        }

        private long min(Tile tile, int from, int n) {
            return kind == Kind.INT
                    ? Loops.BEST.min(tile.ints, from, n)
                    : (Loops.BEST.min(tile.bytes, flip, from, n) ^ flip) & mask;
        }

        @Override
        void foldRows(Tile tile, int n) {
            if (kind == Kind.INT) {
                for (int i = 0; i < n; i++) {
                    tile.longs[i] = tile.ints[i];
                }
            } else {
                Loops.BEST.convert(tile.bytes, mask, tile.longs, n);
            }
            super.foldRows(tile, n);
        }
    }

    private static BinaryOp elementwise(ReduceOp op) {
        return switch (op) {
            case SUM -> BinaryOp.ADD;
            case PROD -> BinaryOp.MULTIPLY;
            case MAX -> BinaryOp.MAXIMUM;
            case MIN -> BinaryOp.MINIMUM;
            default -> throw new AssertionError(op);
        };
    }

    /** The first extreme value of each line, and its position, or -1 while there is none. */
    private static final class Positions extends Accumulator {
        private final boolean real;
        private final boolean greatest;
        private final double[] doubles;
        private final long[] longs;
        private final long[] positions;

        /** The positions of lines of doubles or longs. */
        Positions(ReduceOp op, int ofDoubles, int ofLongs) {
            super(op);
            real = ofDoubles > 0;
            greatest = op == ReduceOp.ARGMAX;
            doubles = new double[ofDoubles];
            longs = new long[ofLongs];
            positions = new long[ofDoubles + ofLongs];
        }

        @Override
        void clear() {
            Arrays.fill(positions, -1);
        }

        @Override
        void truth(Tile tile, int n) {
            throw new AssertionError(op);
        }

        @Override
        void foldRows(Tile tile, int n) {
            throw new AssertionError(op);
        }

        @Override
        void fold(Tile tile, int from, int n, int line, long position) {
            if (real) {
                double[] x = tile.doubles;
                int best = greatest ? Folds.argmax(x, from, n) : Folds.argmin(x, from, n);
                take(line, x[best], position + best - from);
            } else {
                long[] x = tile.longs;
                int best = greatest ? Folds.argmax(x, from, n) : Folds.argmin(x, from, n);
                take(line, x[best], position + best - from);
            }
        }

        @Override
        void take(int line, int from) {
            throw new AssertionError(op);
        }

        @Override
        void combine(int line, Accumulator other, int from) {
            Positions later = (Positions) other;
            if (real) {
                take(line, later.doubles[from], later.positions[from]);
            } else {
                take(line, later.longs[from], later.positions[from]);
            }
        }

        private void take(int line, double value, long position) {
            double best = doubles[line];
            boolean better = !Double.isNaN(best) && !(greatest ? value <= best : value >= best);
            if (position >= 0 && (positions[line] < 0 || better)) {
                doubles[line] = value;
                positions[line] = position;
            }
        }

        private void take(int line, long value, long position) {
            boolean better = greatest ? value > longs[line] : value < longs[line];
            if (position >= 0 && (positions[line] < 0 || better)) {
                longs[line] = value;
                positions[line] = position;
            }
        }

        @Override
        void write(Tile tile, int n) {
            System.arraycopy(positions, 0, tile.longs, 0, n);
        }
    }
}
