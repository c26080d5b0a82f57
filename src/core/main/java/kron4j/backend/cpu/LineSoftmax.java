package kron4j.backend.cpu;

import kron4j.Layout;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.backend.cpu.LineLoops.Step;
import kron4j.plan.Loop;

/**
 * Softmax of lines whose elements lie side by side, in tiles: a line that fits one is read and written once, and several short ones at a time; a longer one
 * is read three times. A result depends on its line only.
 */
final class LineSoftmax {
    /** From this length on, a line is worth vectors of its own. */
    static final int ALONE = 64;

    private final View a;
    private final View out;
    private final boolean log;
    private final Kind kind;
    private final Loop lines;
    private final long length;
    /** Number of lines that a tile takes at a time. */
    private final int together;
    /** Whether a line is long enough for vectors of its own. */
    private final boolean alone;
    /** Loops from memory to memory, or null. */
    private final LineLoops loops;

    private LineSoftmax(View a, boolean log, View out, Kind kind) {
        int last = a.layout().rank() - 1;
        Layout[] kept = {
            Dots.axes(out, 0, last, out.layout().offset()),
            Dots.axes(a, 0, last, a.layout().offset())
        };
        this.a = a;
        this.out = out;
        this.log = log;
        this.kind = kind;
        this.length = a.shape().at(last);
        this.lines = Loop.of(kept);
        boolean near = lines.rank() == 1 && lines.strides()[0][0] == length && lines.strides()[1][0] == length;
        this.together = near ? (int) Math.max(1, Tile.SIZE / length) : 1;
        this.alone = Loops.BEST.bits() > 0 && length >= ALONE;
        this.loops = alone && inMemory() ? Loops.BEST.lines() : null;
    }

    /** {@code out = softmax(a)} along the last axis, or its logarithm, if the layouts allow it; returns whether it did. */
    static boolean run(View a, boolean log, View out) {
        int last = a.layout().rank() - 1;
        long length = a.shape().at(last);
        Kind kind = Kind.of(a.dtype()).of(UnaryOp.EXP);
        boolean wide = kind != Kind.of(a.dtype());
        if (a.layout().stride(last) != 1 || out.layout().stride(last) != 1 || (wide && length > Tile.SIZE)) {
            return false;
        }
        new LineSoftmax(a, log, out, kind).run();
        return true;
    }

    /** Whether lines of float32 are whole vectors. */
    private boolean inMemory() {
        return Loops.BEST.lines() != null
                && Primitive.of(a.dtype()) == Primitive.FLOAT
                && length * Float.BYTES % Loops.BEST.lines().width() == 0
                && ((CpuStorage) a.storage()).fitsOneBuffer()
                && ((CpuStorage) out.storage()).fitsOneBuffer();
    }

    private void run() {
        if (loops != null) {
            Parallel.forRange(lines.size(), 1 + Tiles.GRAIN / length, this::inMemory);
            return;
        }
        long blocks = (lines.size() + together - 1) / together;
        Parallel.forRange(blocks, 1 + Tiles.GRAIN / (length * together), (from, to) -> {
            Worker worker = new Worker();
            for (long block = from; block < to; block++) {
                long first = block * together;
                if (length > Tile.SIZE) {
                    worker.line(first);
                } else {
                    worker.block(first, (int) Math.min(together, lines.size() - first));
                }
            }
        });
    }

    /** Lines that stay in the nearest cache from the first loop to the last, with the same bits as through tiles. */
    private void inMemory(long from, long to) {
        Object x = loops.show(((CpuStorage) a.storage()).whole());
        Object z = loops.show(((CpuStorage) out.storage()).whole());
        long bytes = length * Float.BYTES;
        for (long line = from; line < to; line++) {
            long i = lines.position(1, line) * Float.BYTES;
            long k = lines.position(0, line) * Float.BYTES;
            float[] lanes = loops.run(Step.LARGEST, x, i, null, 0, null, 0, bytes, 0, 0, 0);
            float max = Folds.max(lanes, 0, lanes.length);
            lanes = loops.run(Step.EXPONENTIALS, x, i, null, 0, z, k, bytes, max, 0, 0);
            float sum = Folds.sum(lanes, 0, lanes.length);
            if (log) {
                loops.run(Step.SHIFT, x, i, null, 0, z, k, bytes, max, (float) Math.log(sum), 0);
            } else {
                loops.run(Step.SCALE, z, k, null, 0, z, k, bytes, 1 / sum, 0, 0);
            }
        }
    }

    /** The state of one thread. */
    private final class Worker {
        private final Tile[] tiles = Tile.local();
        private final Tile x = tiles[1];
        private final Tile e = tiles[0];
        private final Cursor source = Cursor.of(a, kind, lines.strides()[1], lines.offsets()[1]);
        private final Cursor target = Cursor.of(out, kind, lines.strides()[0], lines.offsets()[0]);

        /** A few short lines. */
        void block(long first, int count) {
            int width = (int) length;
            int n = count * width;
            source.load(lines.position(1, first), 1, n, x);
            if (alone) {
                for (int at = 0; at < n; at += width) {
                    double max = max(at, width);
                    finish(max, exponentials(max, at, width), at, width);
                }
            } else {
                for (int at = 0; at < n; at += width) {
                    subtract(max(at, width), at, width);
                }
                kind.compute(UnaryOp.EXP, tiles, n);
                for (int at = 0; at < n; at += width) {
                    finish(0, sum(at, width), at, width);
                }
            }
            target.store(lines.position(0, first), 1, n, log ? x : e);
        }

        /** A line of several tiles. */
        void line(long number) {
            long from = lines.position(1, number);
            long to = lines.position(0, number);
            double max = Double.NEGATIVE_INFINITY;
            for (long at = 0; at < length; at += Tile.SIZE) {
                max = Math.max(max, max(0, load(from, at)));
            }
            double sum = 0;
            for (long at = 0; at < length; at += Tile.SIZE) {
                sum += exponentials(max, 0, load(from, at));
            }
            for (long at = 0; at < length; at += Tile.SIZE) {
                int n = load(from, at);
                if (!log) {
                    exponentials(max, 0, n);
                }
                finish(max, sum, 0, n);
                target.store(to + at, 1, n, log ? x : e);
            }
        }

        private int load(long line, long at) {
            int n = (int) Math.min(Tile.SIZE, length - at);
            source.load(line + at, 1, n, x);
            return n;
        }

        private double max(int at, int n) {
            return kind == Kind.FLOAT ? Loops.BEST.largest(x.floats, at, n) : Loops.BEST.max(x.doubles, at, n);
        }

        /** The exponentials of elements less their largest; returns the sum. */
        private double exponentials(double max, int at, int n) {
            if (Loops.BEST.bits() == 0) {
                subtract(max, at, n);
                kind.compute(UnaryOp.EXP, tiles, n);
                return sum(at, n);
            }
            return kind == Kind.FLOAT
                    ? Loops.BEST.exponentials(x.floats, (float) max, e.floats, at, n)
                    : Loops.BEST.exponentials(x.doubles, max, e.doubles, at, n);
        }

        private double sum(int at, int n) {
            return kind == Kind.FLOAT ? Folds.sum(e.floats, at, n) : Folds.sum(e.doubles, at, n);
        }

        private void subtract(double shift, int at, int n) {
            if (kind == Kind.FLOAT) {
                LineSoftmax.subtract((float) shift, x.floats, at, n);
            } else {
                LineSoftmax.subtract(shift, x.doubles, at, n);
            }
        }

        /** The results of elements less a shift, or of their exponentials, and the sum of these. */
        private void finish(double shift, double sum, int at, int n) {
            if (log) {
                if (shift != 0) {
                    subtract(shift, at, n);
                }
                subtract(Math.log(sum), at, n);
            } else if (kind == Kind.FLOAT) {
                scale(1 / (float) sum, e.floats, at, n);
            } else {
                divide(sum, e.doubles, at, n);
            }
        }
    }

    private static void subtract(float shift, float[] x, int at, int n) {
        for (int i = at; i < at + n; i++) {
            x[i] -= shift;
        }
    }

    private static void subtract(double shift, double[] x, int at, int n) {
        for (int i = at; i < at + n; i++) {
            x[i] -= shift;
        }
    }

    private static void scale(float factor, float[] x, int at, int n) {
        for (int i = at; i < at + n; i++) {
            x[i] *= factor;
        }
    }

    private static void divide(double sum, double[] x, int at, int n) {
        for (int i = at; i < at + n; i++) {
            x[i] /= sum;
        }
    }
}
