package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.DType;
import kron4j.Layout;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Finds places in sorted lines by halving, comparing {@link Keys}. A line in which much is sought is copied first: 8 bytes an element. */
final class Searches {
    /** A line is copied if it has at most so many elements for each that is sought in it. */
    private static final long WORTH = 16;

    private static final long GRAIN = 1 << 10;

    private final View lines;
    private final View sought;
    private final View out;
    private final boolean right;
    private final DType dtype;
    private final Kind kind;
    private final Loop loop;
    private final long length;
    private final long step;
    /** Elements of the innermost axis, which are sought in one line. */
    private final long run;

    private Searches(View lines, View sought, boolean right, View out) {
        this.lines = lines;
        this.sought = sought;
        this.out = out;
        this.right = right;
        dtype = lines.dtype();
        kind = Kind.wide(dtype);
        int rank = out.layout().rank();
        length = lines.shape().at(rank);
        step = lines.layout().stride(rank);
        Layout starts = Layout.of(
                out.shape(),
                Arrays.copyOf(lines.layout().strides(), rank),
                lines.layout().offset());
        loop = Loop.of(out.layout(), sought.layout(), starts);
        int last = loop.rank() - 1;
        run = loop.strides()[2][last] == 0 ? loop.sizes()[last] : 1;
    }

    /** {@code out = } places in the lines along the last axis of {@code lines}, one for each element sought. */
    static void run(View lines, View sought, boolean right, View out) {
        if (out.shape().size() > 0) {
            new Searches(lines, sought, right, out).run();
        }
    }

    private void run() {
        long count = loop.size() / run;
        boolean copies = length <= WORTH * run && length < Integer.MAX_VALUE - 8;
        if (count < Parallel.threads()) {
            for (long line = 0; line < count; line++) {
                Line in = new Line();
                long first = line * run;
                if (copies) {
                    in.copy(loop.position(2, first));
                }
                Parallel.forRange(run, GRAIN, (from, to) -> new Worker(in).search(first + from, first + to));
            }
            return;
        }
        Parallel.forRange(count, Math.max(1, GRAIN / run), (from, to) -> {
            Line in = new Line();
            Worker worker = new Worker(in);
            for (long line = from; line < to; line++) {
                if (copies) {
                    in.copy(loop.position(2, line * run));
                }
                worker.search(line * run, (line + 1) * run);
            }
        });
    }

    /** The keys of a line. */
    private final class Line {
        private long[] keys = new long[0];
        private boolean copied;
        /** The numbers themselves, if they are floats; and how many of them there are for a distance of 1, if they are about equally far apart, else 0. */
        private double[] values = new double[0];

        private double density;

        void copy(long start) {
            keys = keys.length < length ? new long[(int) length] : keys;
            Primitive type = Primitive.of(dtype);
            boolean wide = type == Primitive.FLOAT || type == Primitive.DOUBLE;
            values = wide && values.length < length ? new double[(int) length] : values;
            Cursor cursor = cursor(lines, 2);
            Tile tile = Tile.local()[0];
            int piece =
                    (int) Math.max(1, Math.min(Tile.SIZE, Cursor.span(Cursor.WINDOW) / Math.max(1, Math.abs(step))));
            for (long at = 0; at < length; at += piece) {
                int n = (int) Math.min(piece, length - at);
                cursor.load(start + at * step, step, n, tile);
                if (wide) {
                    System.arraycopy(tile.doubles, 0, values, (int) at, n);
                }
                Keys.of(dtype, tile, n, false, keys, (int) at);
            }
            copied = true;
            density = wide && length > 1 ? density(values, (int) length) : 0;
        }
    }

    /** What a thread seeks. */
    private final class Worker {
        private final Line line;
        private final Cursor wanted = cursor(sought, 1);
        private final Cursor target = Cursor.of(out, Kind.LONG, loop.strides()[0], loop.offsets()[0]);
        private final Cursor there = cursor(lines, 2);
        private final Tile[] tiles = Tile.local();
        private final long[] key = new long[1];
        private final long[] keys = new long[Tile.SIZE];

        Worker(Line line) {
            this.line = line;
        }

        /** Elements of one run, by their numbers. */
        void search(long from, long to) {
            int last = loop.rank() - 1;
            long apart = run == 1 ? 0 : loop.strides()[1][last];
            long outApart = run == 1 ? 0 : loop.strides()[0][last];
            long far = Math.max(1, Math.max(Math.abs(apart), outApart));
            int piece = (int) Math.max(1, Math.min(Tile.SIZE, Cursor.span(Cursor.WINDOW) / far));
            for (long first = from; first < to; first += piece) {
                int n = (int) Math.min(piece, to - first);
                wanted.load(loop.position(1, first), apart, n, tiles[0]);
                if (line.density > 0) {
                    near(line.values, (int) length, line.density, tiles[0].doubles, n, right, tiles[1].longs);
                    target.store(loop.position(0, first), outApart, n, tiles[1]);
                    continue;
                }
                Keys.of(dtype, tiles[0], n, false, keys, 0);
                if (line.copied) {
                    among(line.keys, (int) length, keys, n, right, tiles[1].longs);
                } else {
                    for (int i = 0; i < n; i++) {
                        tiles[1].longs[i] = place(loop.position(2, first), keys[i]);
                    }
                }
                target.store(loop.position(0, first), outApart, n, tiles[1]);
            }
        }

        private long place(long start, long wanted) {
            long low = 0;
            long high = length;
            while (low < high) {
                long middle = (low + high) >>> 1;
                there.load(start + middle * step, 1, 1, tiles[2]);
                Keys.of(dtype, tiles[2], 1, false, key, 0);
                if (isBefore(key[0], wanted)) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        private boolean isBefore(long there, long wanted) {
            return right ? there <= wanted : there < wanted;
        }
    }

    /** How many numbers there are for a distance of 1, if each is within one place of where that puts it; else 0. */
    private static double density(double[] sorted, int n) {
        double density = (n - 1) / (sorted[n - 1] - sorted[0]);
        for (int i = 0; i < n; i++) {
            if (!(Math.abs((sorted[i] - sorted[0]) * density - i) <= 1)) {
                return 0;
            }
        }
        return density;
    }

    /** Begins where numbers that are about equally far apart have the wanted one, and goes on to the place from there. */
    private static void near(
            double[] sorted, int length, double density, double[] wanted, int n, boolean right, long[] out) {
        double first = sorted[0];
        for (int i = 0; i < n; i++) {
            double v = wanted[i];
            int at = Math.max(-1, Math.min(length - 1, (int) ((v - first) * density))) + 1;
            if (right) {
                while (at > 0 && sorted[at - 1] > v) {
                    at--;
                }
                while (at < length && sorted[at] <= v) {
                    at++;
                }
            } else {
                while (at > 0 && sorted[at - 1] >= v) {
                    at--;
                }
                while (at < length && sorted[at] < v) {
                    at++;
                }
            }
            out[i] = Double.isNaN(v) ? length : at;
        }
    }

    /** Halves for four numbers at a time, without a branch that depends on them, so that their reads overlap. Changes {@code wanted}. */
    private static void among(long[] sorted, int length, long[] wanted, int n, boolean right, long[] out) {
        boolean greatest = false;
        for (int i = 0; right && i < n; i++) {
            greatest |= wanted[i] == Long.MAX_VALUE;
            wanted[i]++;
        }
        int i = 0;
        for (; i + 3 < n; i += 4) {
            long a = wanted[i];
            long b = wanted[i + 1];
            long c = wanted[i + 2];
            long d = wanted[i + 3];
            int atA = 0;
            int atB = 0;
            int atC = 0;
            int atD = 0;
            for (int rest = length; rest > 0; ) {
                int half = (rest + 1) >>> 1;
                atA += half & less(sorted[atA + half - 1], a);
                atB += half & less(sorted[atB + half - 1], b);
                atC += half & less(sorted[atC + half - 1], c);
                atD += half & less(sorted[atD + half - 1], d);
                rest -= half;
            }
            out[i] = atA;
            out[i + 1] = atB;
            out[i + 2] = atC;
            out[i + 3] = atD;
        }
        for (; i < n; i++) {
            int at = 0;
            for (int rest = length; rest > 0; ) {
                int half = (rest + 1) >>> 1;
                at += half & less(sorted[at + half - 1], wanted[i]);
                rest -= half;
            }
            out[i] = at;
        }
        for (int e = 0; greatest && e < n; e++) {
            // One more than the greatest number was the least.
            out[e] = wanted[e] == Long.MIN_VALUE ? length : out[e];
        }
    }

    /** -1 if {@code a < b}, else 0. */
    private static int less(long a, long b) {
        return (int) (((a & ~b) | (~(a ^ b) & (a - b))) >> (Long.SIZE - 1));
    }

    private Cursor cursor(View view, int operand) {
        return Cursor.of(view, kind, loop.strides()[operand], loop.offsets()[operand]);
    }
}
