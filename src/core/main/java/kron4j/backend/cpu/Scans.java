package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.function.Supplier;
import kron4j.Layout;
import kron4j.backend.ScanOp;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Running reductions along the last axis. Lines are distributed over threads; those whose neighbours are nearer in memory than their own elements are taken
 * many at a time, step by step. A long line's running sum is cut into tiles, whose sums are found first.
 */
final class Scans {
    /** Most lines that are taken at a time where they are neighbours. */
    private static final int WIDE = 256;

    /** Tiles from which on a line's sum is computed by several threads. */
    private static final int LONG = 32;

    private final Supplier<Running> make;
    private final View[] views;
    private final Loop lines;
    private final long length;
    /** Whether neighbouring lines are nearer than the elements of one. */
    private final boolean across;
    /** Bytes of a storage that are seen at a time. */
    private final int window;
    /** Most steps along the axis that lie within a window beside as many elements of lines. */
    private final long reach;

    /** @param views out, a, and for a recurrence its links */
    private Scans(Supplier<Running> make, int window, View... views) {
        this.make = make;
        this.window = window;
        this.views = views;
        this.lines = Loop.of(Arrays.stream(views).map(Scans::first).toArray(Layout[]::new));
        this.length = views[0].shape().at(-1);
        long next = lines.strides()[0][lines.rank() - 1];
        this.across = lines.size() > 1 && next < Math.abs(views[0].layout().stride(-1));
        long widest = Arrays.stream(views)
                .mapToLong(v -> Math.abs(v.layout().stride(-1)))
                .max()
                .orElseThrow();
        this.reach = Math.max(1, Cursor.span(window) / 2 / Math.max(1, widest));
    }

    private static Layout first(View v) {
        return v.layout().select(-1, 0);
    }

    static void run(ScanOp op, View a, View out) {
        run(op, a, out, Cursor.WINDOW);
    }

    /** As {@link #run(ScanOp, View, View)}, with storages seen through at most {@code window} bytes at a time. */
    static void run(ScanOp op, View a, View out, int window) {
        Scans scans = new Scans(Running.of(op, a.dtype()), window, out, a);
        boolean one = scans.lines.size() < Parallel.threads();
        if ((!one || Parallel.threads() == 1 || scans.length < 2 * Tile.SIZE)
                && window == Cursor.WINDOW
                && LineScans.run(op, a, out)) {
            return;
        }
        if (op == ScanOp.SUM && window == Cursor.WINDOW && ColumnScans.sum(a, out, scans.lines)) {
            return;
        }
        boolean few = one && scans.length >= LONG * Tile.SIZE;
        boolean tiles = !scans.across && scans.reach >= Tile.SIZE;
        if (few && tiles && op == ScanOp.SUM && a.dtype().isFloating()) {
            scans.sumLongLines();
        } else {
            scans.run();
        }
    }

    static void recur(View links, View a, View out) {
        recur(links, a, out, Cursor.WINDOW);
    }

    /** As {@link #recur(View, View, View)}, with storages seen through at most {@code window} bytes at a time. */
    static void recur(View links, View a, View out, int window) {
        new Scans(Running.recurrence(a.dtype()), window, out, a, links).run();
    }

    private void run() {
        int steps = (int) Math.min(length, across ? 1 : Tile.SIZE);
        int most = Tile.SIZE / steps;
        long share = Math.max(1, lines.size() / (4L * Parallel.threads()));
        int together = (int) Math.min(most, across ? Math.min(WIDE, Math.max(16, share)) : most);
        Cut cut = Cut.ordered(lines, together, Cursor.span(window) / 2);
        long work = cut.capacity() * length;
        Parallel.forRange(cut.count(), 1 + Tiles.GRAIN / work, (from, to) -> {
            Worker worker = new Worker();
            for (long number = from; number < to; number++) {
                worker.lines(cut, number);
            }
        });
    }

    /** The state of one thread. */
    private final class Worker {
        private final Running running = make.get();
        private final Tile[] tiles = Tile.local();
        private final Cursor[] cursors = new Cursor[views.length];
        private final Box box = new Box(lines.rank() + 1);
        private final Box links = new Box(lines.rank() + 1);
        private final int axis = across ? 0 : lines.rank();

        Worker() {
            for (int k = 0; k < cursors.length; k++) {
                Kind kind = k == 0 ? running.result : running.operand;
                cursors[k] = Cursor.of(views[k], kind, strides(k), lines.offsets()[k], window);
            }
        }

        /** Strides of the lines and, before or behind them, of the axis. */
        private long[] strides(int operand) {
            long[] of = lines.strides()[operand];
            long[] strides = new long[of.length + 1];
            System.arraycopy(of, 0, strides, across ? 1 : 0, of.length);
            strides[across ? 0 : of.length] = views[operand].layout().stride(-1);
            return strides;
        }

        void lines(Cut cut, long number) {
            cut.place(number, box, across ? 1 : 0);
            box.extent[axis] = 1;
            int count = box.size();
            int most = (int) Math.min(reach, Tile.SIZE / count);
            running.start(count);
            for (long from = 0; from < length; from += most) {
                int n = (int) Math.min(most, length - from);
                box.start[axis] = from;
                box.extent[axis] = n;
                cursors[1].load(box, tiles[0]);
                int skipped = from == 0 ? 1 : 0;
                if (views.length > 2 && n > skipped) {
                    cut.place(number, links, across ? 1 : 0);
                    links.start[axis] = from - 1 + skipped;
                    links.extent[axis] = n - skipped;
                    cursors[2].load(links, tiles[1]);
                }
                running.step(
                        tiles,
                        across
                                ? new Running.Steps(count, n, 1, count, from, 1)
                                : new Running.Steps(count, n, n, 1, from, n - skipped));
                cursors[0].store(box, tiles[0]);
            }
        }
    }

    /** Sums within tiles, and what comes before each: the same additions as one after the other. */
    private void sumLongLines() {
        long tiles = (length + Tile.SIZE - 1) / Tile.SIZE;
        double[] before = new double[Math.toIntExact(lines.size() * tiles)];
        sumTiles(tiles, (cursors, at, to, stride, n, tile, i) -> before[i] = tile.doubles[n - 1]);
        for (int line = 0; line < lines.size(); line++) {
            double sum = Running.NOTHING;
            for (int i = (int) (line * tiles); i < (line + 1) * tiles; i++) {
                double next = sum + before[i];
                before[i] = sum;
                sum = next;
            }
        }
        sumTiles(tiles, (cursors, at, to, stride, n, tile, i) -> {
            Running.add(before[i], tile.doubles, 0, n);
            cursors[0].store(to, stride, n, tile);
        });
    }

    /** What is done with a tile of sums. */
    private interface Summed {
        void take(Cursor[] cursors, long from, long to, long stride, int n, Tile tile, int number);
    }

    private void sumTiles(long tiles, Summed body) {
        long[] steps = {views[0].layout().stride(-1), views[1].layout().stride(-1)};
        Parallel.forRange(lines.size() * tiles, 1 + Tiles.GRAIN / Tile.SIZE, (first, last) -> {
            Tile tile = Tile.local()[0];
            Cursor[] cursors = {
                Cursor.of(views[0], Kind.DOUBLE, new long[] {1}, 0), Cursor.of(views[1], Kind.DOUBLE, new long[] {1}, 0)
            };
            for (long i = first; i < last; i++) {
                long start = i % tiles * Tile.SIZE;
                int n = (int) Math.min(Tile.SIZE, length - start);
                long from = lines.position(1, i / tiles) + start * steps[1];
                long to = lines.position(0, i / tiles) + start * steps[0];
                cursors[1].load(from, steps[1], n, tile);
                Running.sum(tile.doubles, 0, n);
                body.take(cursors, from, to, steps[0], n, tile, (int) i);
            }
        });
    }
}
