package kron4j.backend.cpu;

import java.nio.ShortBuffer;
import java.util.Arrays;
import kron4j.backend.ReduceOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Sums and extremes of halves by vectors, along lines of neighbours, and sums across rows. Sums are of floats within a piece, and those of pieces of doubles, in an order that depends on sizes only.
 */
final class HalfFolds {
    /** Shorter lines and rows are left to others. */
    private static final int SHORT = 64;

    /** Elements of a line, and rows, whose result is combined with others. */
    private static final int CHUNK = 16 * HalfRuns.PIECE;

    /** Rows that are added up in float32. */
    private static final int ROWS = 64;

    private static final HalfLoops LOOPS = Loops.BEST.halfMemory();

    private final ReduceOp op;
    private final double scale;
    private final Half half;
    private final View a;
    private final View out;
    private final Loop kept;
    private final int length;
    private final int step;
    /** Where lines begin beside their first element: not 0 where they are read from their end. */
    private final long start;

    private final Object memory;

    private HalfFolds(ReduceOp op, double scale, View a, View out, Loop kept, Loop reduced) {
        this.op = op;
        this.scale = scale;
        this.half = Half.of(a.dtype());
        this.a = a;
        this.out = out;
        this.kept = kept;
        this.length = (int) reduced.size();
        this.step = (int) reduced.strides()[0][0];
        this.start = reduced.offsets()[0];
        this.memory = LOOPS == null ? null : LOOPS.show(((CpuStorage) a.storage()).whole());
    }

    /** {@code out = scale * op over the last axes}, if there is a loop for it and the layouts allow it; returns whether it did. */
    static boolean run(ReduceOp op, Number scale, View a, int reducedRank, View out) {
        boolean has = op == ReduceOp.SUM || op == ReduceOp.MAX || op == ReduceOp.MIN;
        if (!has || !a.dtype().isHalf() || Loops.BEST.bits() == 0 || !((CpuStorage) a.storage()).fitsOneBuffer()) {
            return false;
        }
        int rank = out.layout().rank();
        Loop kept = Loop.of(out.layout(), Dots.axes(a, 0, rank, a.layout().offset()));
        Loop reduced = Loop.of(Dots.axes(a, rank, rank + reducedRank, 0));
        if (kept.rank() != 1 || reduced.rank() != 1 || a.shape().size() == 0) {
            return false;
        }
        HalfFolds folds = new HalfFolds(op, scale.doubleValue(), a, out, kept, reduced);
        long next = kept.strides()[1][0];
        if (folds.step == 1 && reduced.size() >= SHORT) {
            folds.lines();
            return true;
        }
        boolean isAcross = op == ReduceOp.SUM && next == 1 && kept.size() >= SHORT && folds.step >= kept.size();
        if (isAcross) {
            folds.rows();
        }
        return isAcross;
    }

    /** Room for a piece, up to the end of a vector. */
    private short[] piece() {
        return new short[Math.min(HalfRuns.PIECE, length + Tile.SIZE)];
    }

    private ShortBuffer elements() {
        return ((CpuStorage) a.storage()).whole().asShortBuffer();
    }

    /** Stores results that are side by side among the kept ones. */
    private void store(long first, double[] results, int n) {
        Tile tile = Tile.local()[0];
        Cursor target = Cursor.of(out, Kind.DOUBLE, kept.strides()[0], kept.offsets()[0]);
        for (int from = 0; from < n; from += Tile.SIZE) {
            int some = Math.min(Tile.SIZE, n - from);
            for (int i = 0; i < some; i++) {
                tile.doubles[i] = scale * results[from + i];
            }
            target.store(kept.position(0, first + from), kept.strides()[0][0], some, tile);
        }
    }

    private void lines() {
        int chunks = (length + CHUNK - 1) / CHUNK;
        int together = chunks > 1 ? 1 : Math.max(1, CHUNK / length);
        if (chunks == 1) {
            long blocks = (kept.size() + together - 1) / together;
            Parallel.forRange(blocks, 1, (from, to) -> {
                short[] x = piece();
                double[] results = new double[together];
                for (long block = from; block < to; block++) {
                    long first = block * together;
                    int n = (int) Math.min(together, kept.size() - first);
                    for (int i = 0; i < n; i++) {
                        results[i] = fold(x, start + kept.position(1, first + i), length);
                    }
                    store(first, results, n);
                }
            });
            return;
        }
        double[] partial = new double[Math.toIntExact(kept.size() * chunks)];
        Parallel.forRange(partial.length, 1, (from, to) -> {
            short[] x = piece();
            for (int i = (int) from; i < to; i++) {
                int begin = i % chunks * CHUNK;
                long at = start + kept.position(1, i / chunks) + begin;
                partial[i] = fold(x, at, Math.min(CHUNK, length - begin));
            }
        });
        double[] results = new double[(int) kept.size()];
        for (int line = 0; line < results.length; line++) {
            results[line] = partial[line * chunks];
            for (int i = 1; i < chunks; i++) {
                results[line] = combine(results[line], partial[line * chunks + i]);
            }
        }
        store(0, results, results.length);
    }

    /** The result of a part of a line. */
    private double fold(short[] x, long at, int n) {
        ShortBuffer elements = elements();
        double result = 0;
        for (int from = 0; from < n; from += HalfRuns.PIECE) {
            int some = Math.min(HalfRuns.PIECE, n - from);
            double next;
            if (op == ReduceOp.SUM && LOOPS != null && some % LOOPS.length() == 0 && canSum(at + from, some)) {
                next = LOOPS.sum(half, memory, (int) (at + from) * Short.BYTES, some);
            } else {
                elements.get((int) at + from, x, 0, some);
                next = fold(x, some);
            }
            result = from == 0 ? next : combine(result, next);
        }
        return result;
    }

    private boolean canSum(long at, int n) {
        return LOOPS.canSum(half, memory, (int) at * Short.BYTES, n);
    }

    private double fold(short[] x, int n) {
        return switch (op) {
            case SUM -> Loops.BEST.sum(half, x, n);
            case MAX -> Loops.BEST.max(half, x, n);
            case MIN -> Loops.BEST.min(half, x, n);
            default -> throw new AssertionError(op);
        };
    }

    private double combine(double x, double y) {
        return switch (op) {
            case SUM -> x + y;
            case MAX -> Math.max(x, y);
            case MIN -> Math.min(x, y);
            default -> throw new AssertionError(op);
        };
    }

    /** Blocks of rows, and of the lines that cross them. */
    private void rows() {
        int blocks = (length + ROWS - 1) / ROWS;
        int share = (int) Math.max(1, blocks * kept.size() / Tiles.GRAIN / Reductions.PIECES);
        int pieces = (blocks + share - 1) / share;
        int width = (int) Math.min(HalfRuns.PIECE, kept.size());
        int parts = (int) (kept.size() + width - 1) / width;
        double[][] partial = new double[Math.multiplyExact(pieces, parts)][];
        Parallel.forRange(partial.length, 1 + Tiles.GRAIN / (share * ROWS * width), (from, to) -> {
            for (int i = (int) from; i < to; i++) {
                int first = i / pieces * width;
                int n = (int) Math.min(width, kept.size() - first);
                int row = i % pieces * share * ROWS;
                partial[i] = sums(first, n, row, Math.min(length, row + share * ROWS));
            }
        });
        for (int part = 0; part < parts; part++) {
            double[] results = partial[part * pieces];
            for (int i = 1; i < pieces; i++) {
                for (int j = 0; j < results.length; j++) {
                    results[j] += partial[part * pieces + i][j];
                }
            }
            store(part * width, results, results.length);
        }
    }

    /** The sums over the rows [from, to) for n lines. */
    private double[] sums(int first, int n, int from, int to) {
        short[] x = new short[HalfRuns.PIECE];
        float[] recent = new float[HalfRuns.PIECE];
        double[] sums = new double[n];
        for (int row = from; row < to; row += ROWS) {
            int rows = Math.min(ROWS, to - row);
            int at = (int) (start + kept.position(1, first) + (long) row * step);
            add(x, recent, sums, n, at, rows);
        }
        return sums;
    }

    /** Adds up some rows of n lines. */
    private void add(short[] x, float[] recent, double[] sums, int n, int at, int rows) {
        ShortBuffer elements = elements();
        Arrays.fill(recent, 0, n, 0);
        for (int row = 0; row < rows; row++) {
            elements.get(at + row * step, x, 0, n);
            Loops.BEST.add(half, x, recent, n);
        }
        for (int j = 0; j < n; j++) {
            sums[j] += recent[j];
        }
    }
}
