package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.util.Arrays;
import kron4j.backend.View;

/**
 * Moves boxes of one operand between its storage and tiles, converting between its dtype and a {@link Kind}. Belongs to one thread. A storage too
 * large for one buffer is seen through a window that follows the boxes.
 */
abstract class Cursor {
    /** Greatest number of bytes that one buffer shows. */
    static final int WINDOW = Integer.MAX_VALUE;

    /** Shorter runs are moved element by element, by a map. */
    private static final int SHORT = 8;

    private final CpuStorage storage;
    private final long[] strides;
    private final long offset;
    private final int[] index;
    private final int bytes;
    private final int window;
    private int[] map;
    private int[] mapped;
    private long low;
    private long high;

    Cursor(View view, long[] strides, long offset, int window) {
        this.storage = (CpuStorage) view.storage();
        this.strides = strides;
        this.offset = offset;
        this.index = new int[strides.length];
        this.bytes = view.dtype().bytes();
        this.window = window / bytes;
        if (storage.fitsOneBuffer() && storage.size() <= this.window) {
            high = storage.size();
            seeAll(storage);
        }
    }

    /** Greatest distance of elements in a box, for every dtype. */
    static long span(int window) {
        return window / (2 * Double.BYTES);
    }

    static Cursor of(View view, Kind kind, long[] strides, long offset) {
        return of(view, kind, strides, offset, WINDOW);
    }

    /**
     * A cursor over a view whose axes are given by {@code strides}, in at most {@code window} bytes at a time. The kind of complex elements' parts moves pairs as
     * they are.
     */
    static Cursor of(View view, Kind kind, long[] strides, long offset, int window) {
        return switch (view.dtype()) {
            case FLOAT32 ->
                kind == Kind.FLOAT
                        ? new Cursors.OfFloat(view, strides, offset, window)
                        : new Cursors.OfFloatAsDouble(view, strides, offset, window);
            case FLOAT64 -> new Cursors.OfDouble(view, strides, offset, window);
            case FLOAT16, BFLOAT16 ->
                kind == Kind.SHORT
                        ? new PlainCursor.OfShort(view, strides, offset, window)
                        : new HalfCursor(view, kind, strides, offset, window);
            case COMPLEX64 ->
                kind == Kind.COMPLEX
                        ? new ComplexCursor.OfFloat(view, strides, offset, window)
                        : new PairCursor.OfFloat(view, strides, offset, window);
            case COMPLEX128 ->
                kind == Kind.COMPLEX
                        ? new ComplexCursor.OfDouble(view, strides, offset, window)
                        : new PairCursor.OfDouble(view, strides, offset, window);
            case INT32 ->
                kind == Kind.INT
                        ? new PlainCursor.OfInt(view, strides, offset, window)
                        : new Cursors.OfInt(view, strides, offset, window);
            case INT64 -> new Cursors.OfLong(view, strides, offset, window);
            case INT8, UINT8, BOOL ->
                kind.isOfBytes()
                        ? new PlainCursor.OfByte(view, strides, offset, window)
                        : ByteCursor.of(view, strides, offset, window);
        };
    }

    /** Makes positions relative to the start of a buffer. */
    abstract void see(ByteBuffer buffer);

    /** Makes positions relative to the start of the storage, which fits one buffer. */
    void seeAll(CpuStorage all) {
        see(all.whole());
    }

    /** Loads {@code n} elements from {@code at}, {@code at + stride}, ... into the tile from {@code to} on. */
    abstract void loadRun(Tile tile, int to, int n, int at, int stride);

    /** Stores {@code n} elements of the tile from {@code from} on at {@code at}, {@code at + stride}, ... */
    abstract void storeRun(Tile tile, int from, int n, int at, int stride);

    /** Loads the elements at {@code at + map[i]} for i below n into the tile from its start. */
    abstract void loadMapped(Tile tile, int n, int at, int[] map);

    /** Stores the tile's first {@code n} elements at {@code at + map[i]}. */
    abstract void storeMapped(Tile tile, int n, int at, int[] map);

    /** Repeats each of the first {@code n} elements of the tile {@code times} times, in place. */
    void spread(Tile tile, int n, int times) {
        Tile.spread(elements(tile), n, times);
    }

    /** Repeats the first {@code n} elements of the tile as a whole until there are {@code times} copies. */
    void repeat(Tile tile, int n, int times) {
        Tile.repeat(elements(tile), n, times);
    }

    /** The array that holds the tile's elements. */
    abstract Object elements(Tile tile);

    /** Loads the box in row-major order into the tile from its start. */
    final void load(Box box, Tile tile) {
        walk(box, tile, true);
    }

    /** Stores the tile into the box. */
    final void store(Box box, Tile tile) {
        walk(box, tile, false);
    }

    /** Loads {@code n} elements from the position {@code at} of the storage on, {@code stride} apart, to the start of the tile. */
    final void load(long at, long stride, int n, Tile tile) {
        long width = (n - 1) * stride;
        seek(Math.min(at, at + width), Math.max(at, at + width));
        loadRun(tile, 0, n, (int) (at - low), n == 1 ? 1 : (int) stride);
    }

    /** Stores the start of the tile as {@link #load(long, long, int, Tile)} loads it. */
    final void store(long at, long stride, int n, Tile tile) {
        long width = (n - 1) * stride;
        seek(Math.min(at, at + width), Math.max(at, at + width));
        storeRun(tile, 0, n, (int) (at - low), n == 1 ? 1 : (int) stride);
    }

    /** Loads the elements at these positions of the storage into {@code tile}. */
    final void gather(long[] positions, int n, Tile tile) {
        if (high - low == storage.size()) {
            for (int e = 0; e < n; e++) {
                tile.ints[e] = (int) positions[e];
            }
            loadMapped(tile, n, 0, tile.ints);
            return;
        }
        for (int e = 0; e < n; e++) {
            seek(positions[e], positions[e]);
            loadRun(tile, e, 1, (int) (positions[e] - low), 1);
        }
    }

    /** Stores {@code tile} at these positions of the storage. */
    final void scatter(long[] positions, int n, Tile tile) {
        if (high - low == storage.size()) {
            for (int e = 0; e < n; e++) {
                tile.ints[e] = (int) positions[e];
            }
            storeMapped(tile, n, 0, tile.ints);
            return;
        }
        for (int e = 0; e < n; e++) {
            seek(positions[e], positions[e]);
            storeRun(tile, e, 1, (int) (positions[e] - low), 1);
        }
    }

    /** Whether the whole storage is seen at once. */
    final boolean seesAll() {
        return high - low == storage.size();
    }

    /** Adds the tile's first {@code n} elements at these positions of a storage that is seen as a whole, one after another; nothing at negative ones. */
    final void add(long[] positions, int n, Tile tile) {
        for (int e = 0; e < n; e++) {
            tile.ints[e] = (int) positions[e];
        }
        addMapped(tile, n, 0, tile.ints);
    }

    /** Adds the tile's first {@code n} elements at {@code at + map[i]} unless it is negative; halves and complex numbers are added as what they are computed in. */
    void addMapped(Tile tile, int n, int at, int[] map) {
        throw new IllegalStateException("no sums in " + getClass().getSimpleName());
    }

    /** Writes the positions of the box's elements in the storage. */
    final void positions(Box box, long[] positions) {
        int inner = strides.length - 1;
        int n = box.extent[inner];
        int size = box.size();
        for (int from = 0; from < size; from += n) {
            long at = offset + box.start[inner] * strides[inner];
            int row = from / n;
            for (int i = inner - 1; i >= 0; i--) {
                at += (box.start[i] + row % box.extent[i]) * strides[i];
                row /= box.extent[i];
            }
            for (int i = 0; i < n; i++) {
                positions[from + i] = at + i * strides[inner];
            }
        }
    }

    /** Loads or stores run by run. Elements that repeat along the innermost or the outermost axis are loaded once and repeated in the tile. */
    private void walk(Box box, Tile tile, boolean load) {
        if (strides.length == 1) {
            long at = offset + box.start[0] * strides[0];
            if (load) {
                load(at, strides[0], box.extent[0], tile);
            } else {
                store(at, strides[0], box.extent[0], tile);
            }
            return;
        }
        int[] extent = box.extent;
        int at = show(box);
        int rows = box.size();
        int inner = strides.length;
        int n;
        int stride;
        int spread = 1;
        boolean constant;
        do {
            inner--;
            while (inner > 0 && extent[inner] == 1) {
                inner--;
            }
            n = extent[inner];
            stride = n == 1 ? 1 : (int) strides[inner];
            rows /= n;
            while (inner > 0 && (extent[inner - 1] == 1 || strides[inner - 1] == (long) stride * n)) {
                n *= extent[--inner];
                rows /= extent[inner];
            }
            constant = load && stride == 0 && rows > 1;
            spread = constant ? n : spread;
        } while (constant);
        int repeats = load && rows > 1 ? repeats(extent) : 1;
        rows /= repeats;
        if (n < SHORT && rows >= SHORT && spread == 1) {
            if (load) {
                loadMapped(tile, n * rows, at, map(extent));
                repeat(tile, n * rows, repeats);
            } else {
                storeMapped(tile, n * rows, at, map(extent));
            }
            return;
        }
        Arrays.fill(index, 0);
        for (int row = 0; ; ) {
            if (load) {
                loadRun(tile, row * n, n, at, stride);
            } else {
                storeRun(tile, row * n, n, at, stride);
            }
            if (++row == rows) {
                break;
            }
            int axis = inner - 1;
            while (++index[axis] == extent[axis]) {
                at -= (int) ((extent[axis] - 1) * strides[axis]);
                index[axis--] = 0;
            }
            at += (int) strides[axis];
        }
        spread(tile, n * rows, spread);
        repeat(tile, n * rows * spread, repeats);
    }

    /** Moves the window over the box; returns the position of its first element in the window. */
    private int show(Box box) {
        long start = offset;
        long below = 0;
        long above = 0;
        for (int i = 0; i < strides.length; i++) {
            start += box.start[i] * strides[i];
            long width = (box.extent[i] - 1) * strides[i];
            below += Math.min(0, width);
            above += Math.max(0, width);
        }
        seek(start + below, start + above);
        return (int) (start - low);
    }

    /** Number of times that the box repeats its part at the first index of its outermost axis. */
    private int repeats(int[] extent) {
        int outer = 0;
        while (extent[outer] == 1) {
            outer++;
        }
        return strides[outer] == 0 ? extent[outer] : 1;
    }

    /** Positions of a box's elements relative to its first one, kept because consecutive boxes mostly have the same extents. */
    private int[] map(int[] extent) {
        if (map == null) {
            map = new int[Tile.SIZE];
            mapped = new int[extent.length];
        }
        if (!Arrays.equals(mapped, extent)) {
            System.arraycopy(extent, 0, mapped, 0, extent.length);
            int count = 1;
            map[0] = 0;
            for (int axis = extent.length - 1; axis >= 0; axis--) {
                for (int i = 1; i < extent[axis]; i++) {
                    int step = (int) (i * strides[axis]);
                    for (int e = 0; e < count; e++) {
                        map[i * count + e] = map[e] + step;
                    }
                }
                count *= extent[axis];
            }
        }
        return map;
    }

    /** The position of the box's first element in the storage. */
    final long position(Box box) {
        long at = offset;
        for (int i = 0; i < strides.length; i++) {
            at += box.start[i] * strides[i];
        }
        return at;
    }

    /** Makes the window show the elements [lowest, highest]; returns the position of the lowest in it. */
    final int visible(long lowest, long highest) {
        seek(lowest, highest);
        return (int) (lowest - low);
    }

    /** Makes the window show the elements [lowest, highest]. */
    private void seek(long lowest, long highest) {
        if (lowest < low || highest >= high) {
            long before = (window - (highest - lowest)) / 2;
            low = Math.max(0, Math.min(lowest - before, storage.size() - window));
            high = Math.min(low + window, storage.size());
            see(storage.window(low * bytes, (int) (high - low) * bytes));
        }
    }
}
