package kron4j.backend.cpu;

import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import kron4j.Layout;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Runs elementwise kernels tile by tile over operands of any layout, on all cores. */
final class Tiles {
    /** Fewer elements than this are not worth another thread. */
    static final int GRAIN = 1 << 15;

    /**
     * Bytes of the widest operand that are moved at a time where several are read that lie beyond the caches. The hardware reads ahead in pages that are read often, and so
     * best if operands are read in turns much shorter than a page. Elsewhere fewer, longer turns take less time.
     */
    private static final int SHORT_TURN = 1 << 10;

    private static final int TURN = 1 << 12;

    private static final long CACHES = 12L << 20;

    private static final long[] ONE_AXIS = {1};

    private Tiles() {}

    /** Computes {@code n} elements of {@code tiles[0]} from those of {@code tiles[1]}, {@code tiles[2]}, ... */
    interface Kernel {
        void run(Tile[] tiles, int n);
    }

    /** {@code out = kernel(operands)}: {@code out} as {@code outKind}, all operands (of the shape of out) as {@code kind}. */
    static void map(Kernel kernel, Kind outKind, View out, Kind kind, View... operands) {
        map(Cursor.WINDOW, kernel, outKind, out, kind, operands);
    }

    /** As {@link #map(Kernel, Kind, View, Kind, View...)}, with storages seen through at most {@code window} bytes at a time. */
    static void map(int window, Kernel kernel, Kind outKind, View out, Kind kind, View... operands) {
        Kind[] kinds = new Kind[operands.length + 1];
        Arrays.fill(kinds, kind);
        kinds[0] = outKind;
        View[] views = new View[operands.length + 1];
        views[0] = out;
        System.arraycopy(operands, 0, views, 1, operands.length);
        run(window, kernel, kinds, views, true);
    }

    /** Computes the first view from the others, each as of its own kind. */
    static void map(Kernel kernel, Kind[] kinds, View... views) {
        run(Cursor.WINDOW, kernel, kinds, views, true);
    }

    /** Passes all elements of an operand to the kernel as {@code tiles[0]}. */
    static void visit(Kernel kernel, Kind kind, View operand) {
        run(Cursor.WINDOW, kernel, new Kind[] {kind}, new View[] {operand}, false);
    }

    private static void run(int window, Kernel kernel, Kind[] kinds, View[] views, boolean stores) {
        if (views[0].shape().size() <= Math.min(Tile.SIZE, Cursor.span(window)) && areContiguous(views)) {
            runOne(window, kernel, kinds, views, stores);
            return;
        }
        Layout[] layouts = new Layout[views.length];
        Arrays.setAll(layouts, k -> views[k].layout());
        Loop loop = Loop.of(layouts);
        if (loop.rank() == 1 && areRuns(loop) && Cursor.span(window) >= Tile.SIZE) {
            runAlong(loop, window, kernel, kinds, views, stores);
            return;
        }
        Cut cut = Cut.blocked(loop, Tile.SIZE, Cursor.span(window));
        Parallel.forRange(cut.count(), GRAIN / Tile.SIZE, (from, to) -> {
            Tile[] tiles = Tile.local();
            Cursor[] cursors = new Cursor[views.length];
            for (int k = 0; k < cursors.length; k++) {
                cursors[k] = Cursor.of(views[k], kinds[k], loop.strides()[k], loop.offsets()[k], window);
            }
            Box box = new Box(loop.rank());
            for (long number = from; number < to; number++) {
                cut.place(number, box, 0);
                for (int k = stores ? 1 : 0; k < cursors.length; k++) {
                    cursors[k].load(box, tiles[k]);
                }
                kernel.run(tiles, box.size());
                if (stores) {
                    cursors[0].store(box, tiles[0]);
                }
            }
        });
    }

    /** Elements that are moved at a time. */
    static int turn(Loop loop, View... views) {
        if (loop.rank() > 1 || !areRuns(loop)) {
            return Tile.SIZE;
        }
        int widest = 1;
        int streams = 0;
        long bytes = 0;
        for (int k = 0; k < views.length; k++) {
            int width = views[k].dtype().bytes();
            widest = Math.max(widest, width);
            if (loop.strides()[k][0] != 0) {
                streams++;
                bytes += loop.size() * width;
            }
        }
        return Math.min(Tile.SIZE, (streams > 2 && bytes > CACHES ? SHORT_TURN : TURN) / widest);
    }

    private static boolean areRuns(Loop loop) {
        for (long[] strides : loop.strides()) {
            if (strides[0] != 1 && strides[0] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Operands that are one run each, or one element. */
    private static void runAlong(Loop loop, int window, Kernel kernel, Kind[] kinds, View[] views, boolean stores) {
        int run = turn(loop, views);
        long size = loop.size();
        Parallel.forRange((size + run - 1) / run, GRAIN / run, (from, to) -> {
            Tile[] tiles = Tile.local();
            Cursor[] cursors = new Cursor[views.length];
            for (int k = 0; k < cursors.length; k++) {
                cursors[k] = Cursor.of(views[k], kinds[k], loop.strides()[k], loop.offsets()[k], window);
            }
            for (long at = from * run; at < Math.min(size, to * run); at += run) {
                int n = (int) Math.min(run, size - at);
                for (int k = stores ? 1 : 0; k < cursors.length; k++) {
                    long stride = loop.strides()[k][0];
                    cursors[k].load(loop.offsets()[k] + at * stride, stride, n, tiles[k]);
                }
                kernel.run(tiles, n);
                if (stores) {
                    cursors[0].store(loop.offsets()[0] + at, 1, n, tiles[0]);
                }
            }
        });
    }

    /** Operands that fill at most one tile each, from their first element to their last: no loop, no boxes and no threads. */
    private static void runOne(int window, Kernel kernel, Kind[] kinds, View[] views, boolean stores) {
        int n = (int) views[0].shape().size();
        if (n == 0) {
            return;
        }
        Tile[] tiles = Tile.local();
        for (int k = stores ? 1 : 0; k < views.length; k++) {
            load(window, views[k], kinds[k], n, tiles[k]);
        }
        kernel.run(tiles, n);
        if (stores) {
            store(window, views[0], kinds[0], n, tiles[0]);
        }
    }

    /** Whether {@link #loadAll} and {@link #storeAll} can be used: the elements of each view fill at most a tile, from the first to the last. */
    static boolean fitTile(View out, View a, View b) {
        long size = out.shape().size();
        return size > 0 && size <= Tile.SIZE && isRun(out) && isRun(a) && isRun(b);
    }

    private static boolean isRun(View v) {
        return v.layout().isContiguous() && ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    /** The elements of a view, to the start of a tile. */
    static void loadAll(View view, Kind kind, Tile tile) {
        load(Cursor.WINDOW, view, kind, (int) view.shape().size(), tile);
    }

    /** The elements of a view, from the start of a tile. */
    static void storeAll(View view, Kind kind, Tile tile) {
        store(Cursor.WINDOW, view, kind, (int) view.shape().size(), tile);
    }

    private static void load(int window, View view, Kind kind, int n, Tile tile) {
        long at = view.layout().offset();
        Buffer all = ((CpuStorage) view.storage()).elements();
        if (all instanceof FloatBuffer floats && kind == Kind.FLOAT) {
            floats.get((int) at, tile.floats, 0, n);
        } else if (all instanceof DoubleBuffer doubles) {
            doubles.get((int) at, tile.doubles, 0, n);
        } else if (all instanceof LongBuffer longs) {
            longs.get((int) at, tile.longs, 0, n);
        } else if (n > 0) {
            Cursor.of(view, kind, ONE_AXIS, at, window).load(at, 1, n, tile);
        }
    }

    private static void store(int window, View view, Kind kind, int n, Tile tile) {
        long at = view.layout().offset();
        Buffer all = ((CpuStorage) view.storage()).elements();
        if (all instanceof FloatBuffer floats && kind == Kind.FLOAT) {
            floats.put((int) at, tile.floats, 0, n);
        } else if (all instanceof DoubleBuffer doubles) {
            doubles.put((int) at, tile.doubles, 0, n);
        } else if (all instanceof LongBuffer longs) {
            longs.put((int) at, tile.longs, 0, n);
        } else if (n > 0) {
            Cursor.of(view, kind, ONE_AXIS, at, window).store(at, 1, n, tile);
        }
    }

    /** Whether the elements of each lie side by side in row-major order. */
    static boolean areContiguous(View... views) {
        for (View v : views) {
            if (!v.layout().isContiguous()) {
                return false;
            }
        }
        return true;
    }
}
