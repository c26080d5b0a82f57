package kron4j.backend.cpu;

import java.lang.ref.SoftReference;
import java.lang.reflect.Array;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.EnumMap;
import java.util.Map;
import kron4j.Layout;
import kron4j.backend.PerThread;
import kron4j.backend.View;
import kron4j.backend.cpu.EntryLoops.Act;

/**
 * Reads, writes or adds along lines that follow each other in memory, by {@link EntryLoops}. Each line is copied to the heap, where single elements take half the
 * time or less, but a long one that is only read. Nobody has to have checked the index. Workspace for each thread: a line.
 */
final class HeapLines {
    /** A line is copied if it has at most so many elements for each that is chosen in it. */
    private static final long WORTH = 4;

    /** Elements of the longest line that a thread keeps room for. */
    private static final long MOST = 1 << 22;

    /** Elements from which on a line that is read stays where it is. */
    private static final int FAR = 1 << 17;

    private static final long GRAIN = 1 << 14;

    /** Arrays for lines, until the memory is needed. */
    private static final PerThread<Map<Primitive, SoftReference<Object>>> KEPT =
            new PerThread<>(() -> new EnumMap<>(Primitive.class));

    private final Act act;
    private final View x;
    private final View index;
    private final View y;
    /** What the lines of y begin as. */
    private final View old;

    private final int axis;
    private final int length;
    private final int size;
    private final Primitive elements;
    private final EntryLoops loops;
    private final LongBuffer places;
    /** Elements of the index from one line to the next: none where all lines share it. */
    private final int indexStep;

    /**
     * @param x elements along the index
     * @param y lines in which it chooses
     */
    private HeapLines(Act act, View x, View index, View old, View y) {
        this.act = act;
        this.x = x;
        this.index = index;
        this.old = old;
        this.y = y;
        axis = x.shape().rank() - 1;
        length = (int) x.shape().at(-1);
        size = (int) y.shape().at(-1);
        elements = Primitive.of(y.dtype());
        loops = EntryLoops.of(elements);
        places = (LongBuffer) storage(index).elements();
        indexStep = isWhole(index) ? length : 0;
    }

    private static CpuStorage storage(View v) {
        return (CpuStorage) v.storage();
    }

    /** For {@link Gathers#takeAlong(View, int, View, View)}; null where this cannot do it, or not faster. */
    static HeapLines taking(View a, int axis, View index, View out) {
        Act act = a.shape().rank() > 0 && a.shape().at(axis) >= FAR ? Act.TAKE_FAR : Act.TAKE;
        return fits(out, axis, index, a) && isWhole(out) ? new HeapLines(act, out, index, a, a) : null;
    }

    /** For {@link Direct#put} to what is {@code old} before; null where this cannot do it, or not faster. */
    static HeapLines putting(View old, View a, int axis, View index, View out) {
        boolean fits = fits(a, axis, index, out) && isWhole(old);
        return fits ? new HeapLines(isWhole(a) ? Act.PUT : Act.PUT_ONE, a, index, old, out) : null;
    }

    /** For {@link Scatters#addAlong(View, int, View, View)} to what is {@code old} before; null where this cannot do it, or not faster. */
    static HeapLines adding(View old, View a, int axis, View index, View out) {
        boolean fits = fits(a, axis, index, out) && isWhole(old);
        return fits ? new HeapLines(isWhole(a) ? Act.ADD : Act.ADD_ONE, a, index, old, out) : null;
    }

    private static boolean fits(View x, int axis, View index, View y) {
        long length = x.shape().size() == 0 ? 0 : x.shape().at(axis);
        long size = length == 0 ? 0 : y.shape().at(axis);
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
        for (int i = 0; i < layout.rank() - 1; i++) {
            if (layout.stride(i) != 0 && layout.shape().at(i) > 1) {
                return false;
            }
        }
        return layout.stride(-1) == 1 && storage(v).fitsOneBuffer();
    }

    private boolean isTaking() {
        return act == Act.TAKE || act == Act.TAKE_FAR;
    }

    /** Does it, and returns whether all entries of the index are in [0, size); if not, what is written is undefined, but where others are skipped. */
    boolean run() {
        long lines = x.shape().size() / length;
        boolean[] outside = new boolean[1];
        if (isTaking() && lines < Parallel.threads()) {
            for (long line = 0; line < lines; line++) {
                long at = line;
                Object from = line(at);
                Parallel.forRange(length, GRAIN, (first, end) -> {
                    if (!take(at, from, (int) first, (int) end)) {
                        outside[0] = true;
                    }
                });
            }
        } else {
            Parallel.forRange(lines, 1 + GRAIN / length, (first, end) -> {
                for (long line = first; line < end; line++) {
                    if (!(isTaking() ? take(line, line(line), 0, length) : change(line))) {
                        outside[0] = true;
                    }
                }
            });
        }
        return !outside[0];
    }

    /** As {@link #run}, but refuses an index that is outside. */
    void runChecked(String operation) {
        if (!run()) {
            long[] bounds = Marks.bounds(index).orElseThrow();
            throw Gathers.outside(operation, index, axis, y, bounds[0] < 0 ? bounds[0] : bounds[1]);
        }
    }

    private boolean take(long line, Object from, int first, int end) {
        Object tile = tile();
        for (int at = first; at < end; at += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, end - at);
            if (loops.run(act, from, size, index(line, at, n), tile, n) < n) {
                return false;
            }
            write(x, line * length + at, tile, n);
        }
        return true;
    }

    private boolean change(long line) {
        Object copy = line(line);
        boolean one = act == Act.PUT_ONE || act == Act.ADD_ONE;
        Buffer terms = storage(x).elements().slice(storedAt(x, one ? 0 : line * length), one ? 1 : length);
        boolean within = loops.run(act, copy, size, index(line, 0, length), terms, length) == length;
        write(y, line * size, copy, size);
        return within;
    }

    private LongBuffer index(long line, int at, int n) {
        return places.slice(storedAt(index, line * indexStep + at), n);
    }

    private static int storedAt(View v, long element) {
        return (int) (v.layout().offset() + element);
    }

    /** The line that is read or that a result begins as: a buffer, or an array as long or longer. */
    private Object line(long line) {
        Buffer buffer = storage(old).elements();
        int at = storedAt(old, line * size);
        if (act == Act.TAKE_FAR) {
            return buffer.slice(at, size);
        }
        Object kept = kept();
        switch (elements) {
            case FLOAT -> ((FloatBuffer) buffer).get(at, (float[]) kept, 0, size);
            case DOUBLE -> ((DoubleBuffer) buffer).get(at, (double[]) kept, 0, size);
            default -> ((LongBuffer) buffer).get(at, (long[]) kept, 0, size);
        }
        return kept;
    }

    private Object kept() {
        Map<Primitive, SoftReference<Object>> all = KEPT.get();
        SoftReference<Object> known = all.get(elements);
        Object line = known == null ? null : known.get();
        if (line == null || Array.getLength(line) < size) {
            line = switch (elements) {
                case FLOAT -> new float[size];
                case DOUBLE -> new double[size];
                default -> new long[size];
            };
            all.put(elements, new SoftReference<>(line));
        }
        return line;
    }

    private Object tile() {
        Tile tile = Tile.local()[0];
        return switch (elements) {
            case FLOAT -> tile.floats;
            case DOUBLE -> tile.doubles;
            default -> tile.longs;
        };
    }

    private void write(View v, long element, Object array, int n) {
        Buffer buffer = storage(v).elements();
        int at = storedAt(v, element);
        switch (elements) {
            case FLOAT -> ((FloatBuffer) buffer).put(at, (float[]) array, 0, n);
            case DOUBLE -> ((DoubleBuffer) buffer).put(at, (double[]) array, 0, n);
            default -> ((LongBuffer) buffer).put(at, (long[]) array, 0, n);
        }
    }
}
