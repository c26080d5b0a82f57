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
 * time or less, but a long one that is only read. Nobody has to have checked the index. Workspace for each thread: a line, or a few short ones.
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
    /** Whether the index is the same for all lines. */
    private final boolean shared;

    /** Whether the index becomes positions in a block of lines first. */
    private final boolean mapped;

    /** How many lines are gone through at a time: several short ones. */
    private final int block;

    /**
     * @param x elements along the index
     * @param y lines in which it chooses
     */
    private HeapLines(Act act, View x, View index, View old, View y) {
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
        shared = !isWhole(index);
        int fit = Tile.SIZE / Math.max(length, size);
        mapped = (act == Act.TAKE || act == Act.ADD) && (fit > 1 || (shared && length <= Tile.SIZE));
        block = mapped ? Math.max(1, fit) : 1;
        Act known = act == Act.ADD ? Act.ADD_AT : Act.TAKE_AT;
        this.act = mapped ? known : act;
    }

    private static CpuStorage storage(View v) {
        return (CpuStorage) v.storage();
    }

    /** For {@link Gathers#takeAlong(View, int, View, View)}; null where this cannot do it, or not faster. */
    static HeapLines taking(View a, int axis, View index, View out) {
        if (!fits(out, axis, index, a) || !isWhole(out)) {
            return null;
        }
        return new HeapLines(a.shape().at(axis) >= FAR ? Act.TAKE_FAR : Act.TAKE, out, index, a, a);
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

    /** Does it, and returns whether all entries of the index are in [0, size); if not, what is written is undefined, but where others are skipped. */
    boolean run() {
        boolean takes = act == Act.TAKE || act == Act.TAKE_FAR || act == Act.TAKE_AT;
        int lines = (int) (x.shape().size() / length);
        boolean[] outside = new boolean[1];
        if (takes && !mapped && lines < Parallel.threads()) {
            for (int line = 0; line < lines; line++) {
                int at = line;
                Object from = lines(at, 1);
                Parallel.forRange(length, GRAIN, (first, end) -> {
                    if (!take(at * length + (int) first, index(at, (int) first), from, (int) (end - first))) {
                        outside[0] = true;
                    }
                });
            }
        } else {
            Parallel.forRange(lines, 1 + GRAIN / length, (first, end) -> {
                boolean known = false;
                for (int line = (int) first; line < end; line += block) {
                    int count = (int) Math.min(block, end - line);
                    known = mapped && (known || map(line, count));
                    boolean within = (known || !mapped) && (takes ? take(line, count) : change(line, count));
                    outside[0] |= !within;
                    known &= shared;
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

    /** Turns the index of some lines into positions in them; returns whether all of it is in [0, size). */
    private boolean map(int line, int count) {
        int[] map = Tile.local()[1].ints;
        boolean within = true;
        for (int i = 0; i < count; i++) {
            LongBuffer chosen = index(line + i, 0);
            for (int e = 0; e < length; e++) {
                long k = chosen.get(e);
                within &= k >= 0 && k < size;
                map[i * length + e] = i * size + (int) k;
            }
        }
        return within;
    }

    private boolean take(int line, int count) {
        Object from = lines(line, count);
        return mapped
                ? take(line * length, Tile.local()[1].ints, from, count * length)
                : take(line * length, index(line, 0), from, length);
    }

    private boolean take(int to, Object chosen, Object from, int n) {
        Object tile = tile();
        for (int at = 0; at < n; at += Tile.SIZE) {
            int some = Math.min(Tile.SIZE, n - at);
            Object here = at == 0 ? chosen : ((LongBuffer) chosen).slice(at, some);
            if (loops.run(act, from, size, here, tile, some) < some) {
                return false;
            }
            write(x, to + at, tile, some);
        }
        return true;
    }

    private boolean change(int line, int count) {
        Object copy = lines(line, count);
        int n = length * count;
        boolean one = act == Act.PUT_ONE || act == Act.ADD_ONE;
        Buffer terms = storage(x).elements().slice(storedAt(x, one ? 0 : line * length), one ? 1 : n);
        Object chosen = mapped ? Tile.local()[1].ints : index(line, 0);
        boolean within = loops.run(act, copy, size, chosen, terms, n) == n;
        write(y, line * size, copy, size * count);
        return within;
    }

    private LongBuffer index(int line, int at) {
        return places.slice(storedAt(index, (shared ? 0 : line * length) + at), length - at);
    }

    private static int storedAt(View v, int element) {
        return (int) v.layout().offset() + element;
    }

    /** The lines that are read or that results begin as: a buffer, or an array as long or longer. */
    private Object lines(int line, int count) {
        Buffer buffer = storage(old).elements();
        int at = storedAt(old, line * size);
        if (act == Act.TAKE_FAR) {
            return buffer.slice(at, size);
        }
        Object kept = kept();
        switch (elements) {
            case FLOAT -> ((FloatBuffer) buffer).get(at, (float[]) kept, 0, size * count);
            case DOUBLE -> ((DoubleBuffer) buffer).get(at, (double[]) kept, 0, size * count);
            default -> ((LongBuffer) buffer).get(at, (long[]) kept, 0, size * count);
        }
        return kept;
    }

    private Object kept() {
        int most = block * size;
        Map<Primitive, SoftReference<Object>> all = KEPT.get();
        SoftReference<Object> known = all.get(elements);
        Object line = known == null ? null : known.get();
        if (line == null || Array.getLength(line) < most) {
            line = switch (elements) {
                case FLOAT -> new float[most];
                case DOUBLE -> new double[most];
                default -> new long[most];
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

    private void write(View v, int element, Object array, int n) {
        Buffer buffer = storage(v).elements();
        int at = storedAt(v, element);
        switch (elements) {
            case FLOAT -> ((FloatBuffer) buffer).put(at, (float[]) array, 0, n);
            case DOUBLE -> ((DoubleBuffer) buffer).put(at, (double[]) array, 0, n);
            default -> ((LongBuffer) buffer).put(at, (long[]) array, 0, n);
        }
    }
}
