package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.ref.SoftReference;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import kron4j.Layout;
import kron4j.backend.PerThread;
import kron4j.backend.View;

/**
 * Reads, writes or adds along lines that follow each other in memory. Each line is copied to the heap, where single elements take half the time or less.
 * Workspace for each thread: a line.
 */
final class HeapLines {
    /** A line is copied if it has at most so many elements for each that is chosen in it. */
    private static final long WORTH = 4;

    /** Elements of the longest line that a thread keeps room for. */
    private static final long MOST = 1 << 22;

    private static final long GRAIN = 1 << 14;

    private enum Act {
        TAKE,
        PUT,
        ADD,
        /** Adds the same, the tile's first element, everywhere. */
        ADD_ONE
    }

    /** Arrays for lines, until the memory is needed. */
    private static final class Kept {
        private SoftReference<float[]> floats = new SoftReference<>(null);
        private SoftReference<double[]> doubles = new SoftReference<>(null);
        private SoftReference<long[]> longs = new SoftReference<>(null);
    }

    private static final PerThread<Kept> KEPT = new PerThread<>(Kept::new);

    /** The loops over the elements of a line, each {@link Alone}: inlined together they take up to twice the time. */
    private static final class Chosen {
        private final Map<Act, MethodHandle> loops = new EnumMap<>(Act.class);

        Chosen(Class<?> arrays) {
            MethodType type = MethodType.methodType(void.class, arrays, long[].class, int.class, arrays);
            MethodType general = type.changeParameterType(0, Object.class).changeParameterType(3, Object.class);
            Map<Act, String> names = Map.of(Act.TAKE, "take", Act.PUT, "put", Act.ADD, "add", Act.ADD_ONE, "addOne");
            names.forEach((act, name) ->
                    loops.put(act, Alone.loop(HeapLines.class, name, type).asType(general)));
        }

        void run(Act act, Object line, long[] chosen, int n, Object tile) {
            try {
                loops.get(act).invokeExact(line, chosen, n, tile);
            } catch (Throwable e) {
                throw Alone.thrown(e);
            }
        }
    }

    private static final Chosen FLOATS = new Chosen(float[].class);
    private static final Chosen DOUBLES = new Chosen(double[].class);
    private static final Chosen LONGS = new Chosen(long[].class);

    private final String operation;
    private final Act act;
    private final View x;
    private final View index;
    private final View y;
    private final int length;
    private final int size;
    private final LongBuffer places;
    /** Elements of the index from one line to the next: none where all lines share it. */
    private final int indexStep;

    /** Whether the elements along the index are one, again and again. */
    private final boolean one;

    /**
     * @param x elements along the index
     * @param y lines in which it chooses
     */
    private HeapLines(Act act, View x, View index, View y) {
        this.act = act;
        this.x = x;
        this.index = index;
        this.y = y;
        operation = act == Act.TAKE ? "takeAlong" : "addAlong";
        length = (int) x.shape().at(-1);
        size = (int) y.shape().at(-1);
        places = (LongBuffer) storage(index).elements();
        indexStep = isWhole(index) ? length : 0;
        one = !isWhole(x);
    }

    private static CpuStorage storage(View v) {
        return (CpuStorage) v.storage();
    }

    /** As {@link Gathers#takeAlong(View, int, View, View)}; false, and nothing is done, where it cannot do it or not faster. */
    static boolean take(View a, int axis, View index, View out) {
        return fits(out, axis, index, a) && new HeapLines(Act.TAKE, out, index, a).run();
    }

    /** As {@link Direct#put}; false, and nothing is done, where it cannot do it or not faster. */
    static boolean put(View a, int axis, View index, View out) {
        return fits(a, axis, index, out) && new HeapLines(Act.PUT, a, index, out).run();
    }

    /** As {@link Scatters#addAlong(View, int, View, View)}; false, and nothing is done, where it cannot do it or not faster. */
    static boolean add(View a, int axis, View index, View out) {
        return fits(a, axis, index, out) && new HeapLines(Act.ADD, a, index, out).run();
    }

    private static boolean fits(View x, int axis, View index, View y) {
        long length = x.shape().at(axis);
        long size = y.shape().at(axis);
        return axis == x.shape().rank() - 1
                && length > 0
                && size <= Math.min(WORTH * length, MOST)
                && Primitive.of(y.dtype()).isCommon()
                && x.shape().with(axis, size).equals(y.shape())
                && (isWhole(x) || isOne(x))
                && (isWhole(index) || isShared(index))
                && isWhole(y);
    }

    private static boolean isWhole(View v) {
        return v.layout().isContiguous() && storage(v).fitsOneBuffer();
    }

    /** Whether it is one element everywhere. */
    private static boolean isOne(View v) {
        for (long stride : v.layout().strides()) {
            if (stride != 0) {
                return false;
            }
        }
        return storage(v).fitsOneBuffer();
    }

    /** Whether it is the same for each line. */
    private static boolean isShared(View v) {
        Layout layout = v.layout();
        for (int axis = 0; axis < layout.rank() - 1; axis++) {
            if (layout.stride(axis) != 0 && layout.shape().at(axis) > 1) {
                return false;
            }
        }
        return layout.stride(-1) == 1 && storage(v).fitsOneBuffer();
    }

    private boolean run() {
        long lines = x.shape().size() / length;
        boolean shared = act == Act.TAKE && lines < Parallel.threads();
        if (shared) {
            for (long line = 0; line < lines; line++) {
                long at = line;
                Object copy = copied(at);
                Parallel.forRange(length, GRAIN, (from, to) -> along(at, copy, (int) from, (int) to, false));
            }
        } else {
            Parallel.forRange(lines, 1 + GRAIN / length, (from, to) -> {
                for (long line = from; line < to; line++) {
                    Object copy = copied(line);
                    along(line, copy, 0, length, line > from && indexStep == 0 && length <= Tile.SIZE);
                    putBack(line, copy);
                }
            });
        }
        return true;
    }

    /** The line, in an array as long or longer. */
    private Object copied(long line) {
        int at = (int) (y.layout().offset() + line * size);
        Kept kept = KEPT.get();
        switch (Primitive.of(y.dtype())) {
            case FLOAT -> {
                float[] copy = kept.floats.get();
                if (copy == null || copy.length < size) {
                    copy = new float[size];
                    kept.floats = new SoftReference<>(copy);
                }
                ((FloatBuffer) storage(y).elements()).get(at, copy, 0, size);
                return copy;
            }
            case DOUBLE -> {
                double[] copy = kept.doubles.get();
                if (copy == null || copy.length < size) {
                    copy = new double[size];
                    kept.doubles = new SoftReference<>(copy);
                }
                ((DoubleBuffer) storage(y).elements()).get(at, copy, 0, size);
                return copy;
            }
            case LONG -> {
                long[] copy = kept.longs.get();
                if (copy == null || copy.length < size) {
                    copy = new long[size];
                    kept.longs = new SoftReference<>(copy);
                }
                ((LongBuffer) storage(y).elements()).get(at, copy, 0, size);
                return copy;
            }
            default -> throw new IllegalStateException(y.dtype().toString());
        }
    }

    private void putBack(long line, Object copy) {
        int at = (int) (y.layout().offset() + line * size);
        if (act == Act.TAKE) {
            return;
        }
        switch (Primitive.of(y.dtype())) {
            case FLOAT -> ((FloatBuffer) storage(y).elements()).put(at, (float[]) copy, 0, size);
            case DOUBLE -> ((DoubleBuffer) storage(y).elements()).put(at, (double[]) copy, 0, size);
            default -> ((LongBuffer) storage(y).elements()).put(at, (long[]) copy, 0, size);
        }
    }

    /**
     * Goes along the index of a line from {@code from} to {@code to}.
     *
     * @param read whether this thread's tile has the line's index already
     */
    private void along(long line, Object copy, int from, int to, boolean read) {
        Tile[] tiles = Tile.local();
        long[] chosen = tiles[1].longs;
        int first = (int) (index.layout().offset() + line * indexStep);
        int start = (int) (x.layout().offset() + line * length);
        for (int at = from; at < to; at += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, to - at);
            if (!read) {
                places.get(first + at, chosen, 0, n);
            }
            boolean within = (read && act != Act.PUT) || Loops.BEST.areWithin(chosen, n, size);
            if (!within && act != Act.PUT) {
                refuse(chosen, n);
            }
            switch (Primitive.of(y.dtype())) {
                case FLOAT -> floats((float[]) copy, chosen, n, start + at, within);
                case DOUBLE -> doubles((double[]) copy, chosen, n, start + at, within);
                default -> longs((long[]) copy, chosen, n, start + at, within);
            }
        }
    }

    private void refuse(long[] chosen, int n) {
        for (int i = 0; i < n; i++) {
            if (chosen[i] < 0 || chosen[i] >= size) {
                throw Gathers.outside(operation, index, x.shape().rank() - 1, y, chosen[i]);
            }
        }
    }

    private void floats(float[] line, long[] chosen, int n, int at, boolean within) {
        float[] tile = Tile.local()[0].floats;
        FloatBuffer elements = (FloatBuffer) storage(x).elements();
        if (act == Act.TAKE) {
            FLOATS.run(Act.TAKE, line, chosen, n, tile);
            elements.put(at, tile, 0, n);
            return;
        }
        if (one && act == Act.ADD) {
            tile[0] = elements.get((int) x.layout().offset());
            FLOATS.run(Act.ADD_ONE, line, chosen, n, tile);
            return;
        }
        if (one) {
            Arrays.fill(tile, 0, n, elements.get((int) x.layout().offset()));
        } else {
            elements.get(at, tile, 0, n);
        }
        if (act == Act.ADD) {
            FLOATS.run(Act.ADD, line, chosen, n, tile);
        } else if (within) {
            FLOATS.run(Act.PUT, line, chosen, n, tile);
        } else {
            for (int i = 0; i < n; i++) {
                if (chosen[i] >= 0 && chosen[i] < size) {
                    line[(int) chosen[i]] = tile[i];
                }
            }
        }
    }

    static void take(float[] line, long[] chosen, int n, float[] tile) {
        for (int i = 0; i < n; i++) {
            tile[i] = line[(int) chosen[i]];
        }
    }

    static void put(float[] line, long[] chosen, int n, float[] tile) {
        for (int i = 0; i < n; i++) {
            line[(int) chosen[i]] = tile[i];
        }
    }

    static void add(float[] line, long[] chosen, int n, float[] tile) {
        for (int i = 0; i < n; i++) {
            line[(int) chosen[i]] += tile[i];
        }
    }

    static void addOne(float[] line, long[] chosen, int n, float[] tile) {
        float one = tile[0];
        for (int i = 0; i < n; i++) {
            line[(int) chosen[i]] += one;
        }
    }

    private void doubles(double[] line, long[] chosen, int n, int at, boolean within) {
        double[] tile = Tile.local()[0].doubles;
        DoubleBuffer elements = (DoubleBuffer) storage(x).elements();
        if (act == Act.TAKE) {
            DOUBLES.run(Act.TAKE, line, chosen, n, tile);
            elements.put(at, tile, 0, n);
            return;
        }
        if (one && act == Act.ADD) {
            tile[0] = elements.get((int) x.layout().offset());
            DOUBLES.run(Act.ADD_ONE, line, chosen, n, tile);
            return;
        }
        if (one) {
            Arrays.fill(tile, 0, n, elements.get((int) x.layout().offset()));
        } else {
            elements.get(at, tile, 0, n);
        }
        if (act == Act.ADD) {
            DOUBLES.run(Act.ADD, line, chosen, n, tile);
        } else if (within) {
            DOUBLES.run(Act.PUT, line, chosen, n, tile);
        } else {
            for (int i = 0; i < n; i++) {
                if (chosen[i] >= 0 && chosen[i] < size) {
                    line[(int) chosen[i]] = tile[i];
                }
            }
        }
    }

    static void take(double[] line, long[] chosen, int n, double[] tile) {
        for (int i = 0; i < n; i++) {
            tile[i] = line[(int) chosen[i]];
        }
    }

    static void put(double[] line, long[] chosen, int n, double[] tile) {
        for (int i = 0; i < n; i++) {
            line[(int) chosen[i]] = tile[i];
        }
    }

    static void add(double[] line, long[] chosen, int n, double[] tile) {
        for (int i = 0; i < n; i++) {
            line[(int) chosen[i]] += tile[i];
        }
    }

    static void addOne(double[] line, long[] chosen, int n, double[] tile) {
        double one = tile[0];
        for (int i = 0; i < n; i++) {
            line[(int) chosen[i]] += one;
        }
    }

    private void longs(long[] line, long[] chosen, int n, int at, boolean within) {
        long[] tile = Tile.local()[0].longs;
        LongBuffer elements = (LongBuffer) storage(x).elements();
        if (act == Act.TAKE) {
            LONGS.run(Act.TAKE, line, chosen, n, tile);
            elements.put(at, tile, 0, n);
            return;
        }
        if (one && act == Act.ADD) {
            tile[0] = elements.get((int) x.layout().offset());
            LONGS.run(Act.ADD_ONE, line, chosen, n, tile);
            return;
        }
        if (one) {
            Arrays.fill(tile, 0, n, elements.get((int) x.layout().offset()));
        } else {
            elements.get(at, tile, 0, n);
        }
        if (act == Act.ADD) {
            LONGS.run(Act.ADD, line, chosen, n, tile);
        } else if (within) {
            LONGS.run(Act.PUT, line, chosen, n, tile);
        } else {
            for (int i = 0; i < n; i++) {
                if (chosen[i] >= 0 && chosen[i] < size) {
                    line[(int) chosen[i]] = tile[i];
                }
            }
        }
    }

    static void take(long[] line, long[] chosen, int n, long[] tile) {
        for (int i = 0; i < n; i++) {
            tile[i] = line[(int) chosen[i]];
        }
    }

    static void put(long[] line, long[] chosen, int n, long[] tile) {
        for (int i = 0; i < n; i++) {
            line[(int) chosen[i]] = tile[i];
        }
    }

    static void add(long[] line, long[] chosen, int n, long[] tile) {
        for (int i = 0; i < n; i++) {
            line[(int) chosen[i]] += tile[i];
        }
    }

    static void addOne(long[] line, long[] chosen, int n, long[] tile) {
        long one = tile[0];
        for (int i = 0; i < n; i++) {
            line[(int) chosen[i]] += one;
        }
    }
}
