package kron4j.backend.cpu;

import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import kron4j.DType;
import kron4j.Layout;
import kron4j.backend.PerThread;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.plan.Loop;

/**
 * Sorts lines along the last axis, stably, by the {@link Keys} of their elements: many lines on all cores, or few long ones one by one on all cores.
 * Workspace for each thread: 8 bytes an element, 16 of positions or of dtypes of 8 bytes, 28 of both.
 */
final class Sorts {
    /** Elements of shorter lines are sorted by one thread. */
    private static final int LONG = 1 << 15;

    /** Fewer elements are not worth another thread. */
    private static final long GRAIN = 1 << 12;

    /** If less than this part of a line is wanted, the rest is left out before sorting, by so many bits of the keys. */
    private static final int FEW = 4;

    private static final int DIGIT = 11;

    /** Many lines of up to so many elements are sorted by a network though only some are wanted. */
    private static final int FULLY_SORTED = 256;

    /** A thread keeps its arrays for lines of at most so many elements. */
    private static final int KEPT = 1 << 20;

    /** Arrays of keys: two of 32 bits, two of 64. */
    private record Arrays(int[] ints, int[] otherInts, long[] longs, long[] otherLongs) {}

    /** The arrays and the network of the last sorts, until the memory is needed. */
    private static final class Kept {
        private SoftReference<Arrays> arrays = new SoftReference<>(null);
        private SoftReference<Networks> network = new SoftReference<>(null);
    }

    private static final PerThread<Kept> LAST = new PerThread<>(Kept::new);

    /** So few are found by insertion into those that are the first ones so far, if their square is at most so many times the length. */
    private static final int INSERTED = 128;

    private static final int PART = 4;

    /** Fewer elements are not copied to be neighbours. */
    private static final int APART = 1 << 12;

    private static final long LOW = 0xffffffffL;

    private final View a;
    private final View out;
    private final boolean descending;
    /** Whether positions are wanted, or elements. */
    private final boolean positions;

    private final DType dtype;
    private final Primitive primitive;
    private final Kind kind;
    private final Loop lines;
    private final int length;
    /** Elements of a line that are wanted, the first ones in order. */
    private final int wanted;

    /** Distances of neighbours in a line, and how many of them a tile takes. */
    private final long step;

    private final long outStep;
    private final int piece;
    private final int chunks;
    /** Whether lines are sorted many at a time, by a network. */
    private final boolean together;

    private Sorts(View a, boolean descending, boolean positions, View out) {
        int last = a.layout().rank() - 1;
        this.a = a;
        this.out = out;
        this.descending = descending;
        this.positions = positions;
        dtype = a.dtype();
        primitive = Primitive.of(dtype);
        kind = Kind.of(dtype);
        length = Math.toIntExact(a.shape().at(last));
        wanted = (int) out.shape().at(last);
        step = a.layout().stride(last);
        outStep = out.layout().stride(last);
        long far = Math.max(1, Math.max(Math.abs(step), Math.abs(outStep)));
        piece = (int) Math.max(1, Math.min(Tile.SIZE, Cursor.span(Cursor.WINDOW) / far));
        lines = Loop.of(
                Dots.axes(out, 0, last, out.layout().offset()),
                Dots.axes(a, 0, last, a.layout().offset()));
        chunks = lines.size() < Parallel.threads() && length >= LONG ? Parallel.threads() : 1;
        together = Networks.isWorth(lines.size(), length)
                && (wanted == length || length <= FULLY_SORTED)
                && !(positions && Keys.areLong(dtype))
                && follow(out, 0)
                && follow(a, 1);
    }

    /** {@code out} gets the elements of {@code a} in order. */
    static void sort(View a, boolean descending, View out) {
        if (a.shape().size() > 0) {
            packed(a, out, (x, y) -> new Sorts(x, descending, false, y).run());
        }
    }

    /** {@code index}, of int64, gets the positions of the elements of {@code a} in order: of as many as it has room for. */
    static void argsort(View a, boolean descending, View index) {
        if (index.shape().size() > 0) {
            packed(a, index, (x, y) -> new Sorts(x, descending, true, y).run());
        }
    }

    /** What reads a view and writes another. */
    private interface Step {
        void run(View a, View out);
    }

    /** Copies what is not contiguous along the last axis, where there are many lines: all of a cache line is used then. */
    private static void packed(View a, View out, Step step) {
        if (apart(a)) {
            copied(a, x -> {
                Copies.copy(a, x);
                packed(x, out, step);
            });
        } else if (apart(out)) {
            copied(out, y -> {
                step.run(a, y);
                Copies.copy(y, out);
            });
        } else {
            step.run(a, out);
        }
    }

    private static boolean apart(View v) {
        long size = v.shape().size();
        long n = v.shape().at(-1);
        long step = Math.abs(v.layout().stride(-1));
        return step > 1 && n > 1 && size > n && size >= APART;
    }

    private static void copied(View like, Consumer<View> body) {
        Storage storage =
                like.storage().backend().allocate(like.dtype(), like.shape().size());
        try {
            body.accept(new View(storage, Layout.contiguous(like.shape())));
        } finally {
            storage.release();
        }
    }

    private void run() {
        if (chunks > 1) {
            sortLines(0, lines.size());
        } else {
            Parallel.forRange(lines.size(), 1 + GRAIN / length, this::sortLines);
        }
    }

    private void sortLines(long from, long to) {
        Worker worker = new Worker();
        worker.lines(from, to);
        worker.release();
    }

    private Cursor cursor(View view, Kind of, int operand) {
        return Cursor.of(view, of, lines.strides()[operand], lines.offsets()[operand]);
    }

    /** Elements of a line, by a tile. */
    private interface Piece {
        void run(Tile tile, int at, int n);
    }

    /** Whether the lines of an operand are one run, each of which begins where the one before ends. */
    private boolean follow(View v, int operand) {
        return lines.rank() == 1
                && lines.strides()[operand][0] == v.shape().at(-1)
                && v.layout().stride(-1) == 1
                && ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    /** Whether elements are as long as keys, and next to each other in one buffer. */
    private boolean isPlain(View v, long apart) {
        return (primitive.isCommon() || primitive == Primitive.INT)
                && apart == 1
                && ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    /** What one thread, or all together, have for a line. */
    private final class Worker {
        private final boolean[] negative = new boolean[chunks];
        private final Cursor reading = cursor(a, kind, 1);
        private final Cursor writing = cursor(out, positions ? Kind.LONG : kind, 0);
        /** Elements that have keys: those of a line, or those among which the wanted ones are. */
        private int count;
        /** The positions of these elements, if they are not all of a line. */
        private int[] chosen = new int[0];

        private int[] ints;
        private int[] otherInts;
        private long[] longs;
        private long[] otherLongs;
        private long[] packed = new long[0];
        private long[] otherPacked = packed;
        /** The low bits of {@link #packed} that have positions. */
        private long low = LOW;

        Worker() {
            Arrays known = LAST.get().arrays.get();
            ints = known == null ? new int[0] : known.ints;
            otherInts = known == null ? ints : known.otherInts;
            longs = known == null ? packed : known.longs;
            otherLongs = known == null ? packed : known.otherLongs;
        }

        void release() {
            if (length <= KEPT) {
                LAST.get().arrays = new SoftReference<>(new Arrays(ints, otherInts, longs, otherLongs));
            }
        }

        void lines(long from, long to) {
            long line = from;
            if (together) {
                Networks network = network();
                for (int n; Networks.isWorth(to - line, length); line += n) {
                    n = (int) Math.min(network.lines(), to - line);
                    if (!sortTogether(network, line, n)) {
                        oneByOne(line, line + n);
                    }
                }
            }
            oneByOne(line, to);
        }

        private Networks network() {
            Kept kept = LAST.get();
            Networks known = kept.network.get();
            if (known == null || known.length() != length) {
                known = new Networks(length);
                kept.network = new SoftReference<>(known);
            }
            return known;
        }

        /** Sorts {@code n} lines by a network; false, and nothing is done, where their keys do not tell zeros apart. */
        private boolean sortTogether(Networks network, long line, int n) {
            count = network.room();
            boolean negativeZero = load(lines.position(1, line), n * length);
            long target = lines.position(0, line);
            if (positions) {
                packed = grown(packed);
                packLines(ints, packed, n, length);
                network.sort(packed, n);
                positionsOfLines(packed, n, length, wanted);
                ((CpuStorage) out.storage()).whole().asLongBuffer().put((int) target, packed, 0, n * wanted);
            } else if (negativeZero) {
                return false;
            } else if (Keys.areLong(dtype)) {
                network.sort(longs, n);
                storeKeys(target, longs, n * length);
            } else {
                network.sort(ints, n);
                storeKeys(target, ints, n * length);
            }
            return true;
        }

        private void oneByOne(long from, long to) {
            for (long line = from; line < to; line++) {
                long source = lines.position(1, line);
                long target = lines.position(0, line);
                count = length;
                boolean negativeZero = load(source, length);
                if (positions) {
                    if (wanted <= INSERTED && wanted < length / FEW && wanted * wanted / PART <= length) {
                        insert();
                    } else {
                        if (wanted < length / FEW) {
                            choose();
                        }
                        order();
                    }
                    store(target, wanted, (tile, at, n) -> low(packed, low, at, n, tile.longs));
                } else if (negativeZero) {
                    // Keys do not tell zeros apart.
                    order();
                    storeChosen(source, target);
                } else {
                    storeSorted(target);
                }
            }
        }

        /** Makes the keys of {@code size} elements of a line, or of lines that follow each other; returns whether there is a -0.0. */
        private boolean load(long source, int size) {
            boolean wide = Keys.areLong(dtype);
            ints = wide ? ints : grown(ints);
            longs = wide ? grown(longs) : longs;
            Radix.each(size, chunks, (c, from, to) -> {
                Cursor cursor = chunks == 1 ? reading : cursor(a, kind, 1);
                Tile tile = Tile.local()[0];
                if (isPlain(a, step)) {
                    negative[c] = loadBits(source + from, from, to);
                    return;
                }
                negative[c] = false;
                for (int at = from; at < to; at += piece) {
                    int n = Math.min(piece, to - at);
                    cursor.load(source + at * step, step, n, tile);
                    negative[c] |= wide
                            ? Keys.of(dtype, tile, n, descending, longs, at)
                            : Keys.of(dtype, tile, n, descending, ints, at);
                }
            });
            boolean any = false;
            for (boolean one : negative) {
                any |= one;
            }
            return any;
        }

        private boolean loadBits(long at, int from, int to) {
            ByteBuffer whole = ((CpuStorage) a.storage()).whole();
            if (primitive == Primitive.FLOAT || primitive == Primitive.INT) {
                whole.asIntBuffer().get((int) at, ints, from, to - from);
                if (primitive == Primitive.FLOAT) {
                    return Keys.ofBits(ints, from, to, descending);
                }
                if (descending) {
                    Keys.turn(ints, from, to);
                }
                return false;
            }
            whole.asLongBuffer().get((int) at, longs, from, to - from);
            if (primitive == Primitive.DOUBLE) {
                return Keys.ofBits(longs, from, to, descending);
            }
            if (descending) {
                Keys.turn(longs, from, to);
            }
            return false;
        }

        private void storeBits(long target, int[] sorted, int n) {
            Radix.each(n, chunks, (c, from, to) -> {
                if (primitive == Primitive.FLOAT) {
                    Keys.toBits(sorted, from, to, descending);
                } else if (descending) {
                    Keys.turn(sorted, from, to);
                }
                ByteBuffer whole = ((CpuStorage) out.storage()).whole();
                whole.asIntBuffer().put((int) target + from, sorted, from, to - from);
            });
        }

        private void storeBits(long target, long[] sorted, int n) {
            Radix.each(n, chunks, (c, from, to) -> {
                if (primitive == Primitive.DOUBLE) {
                    Keys.toBits(sorted, from, to, descending);
                } else if (descending) {
                    Keys.turn(sorted, from, to);
                }
                ByteBuffer whole = ((CpuStorage) out.storage()).whole();
                whole.asLongBuffer().put((int) target + from, sorted, from, to - from);
            });
        }

        private void storeSorted(long target) {
            if (Keys.areLong(dtype)) {
                otherLongs = grown(otherLongs);
                Radix.sort(longs, otherLongs, 0, length, 0, chunks);
                storeKeys(target, longs, length);
            } else {
                otherInts = grown(otherInts);
                storeKeys(target, Radix.sort(ints, otherInts, length, chunks), length);
            }
        }

        private void storeKeys(long target, int[] sorted, int size) {
            if (isPlain(out, outStep)) {
                storeBits(target, sorted, size);
            } else {
                store(target, size, (tile, at, n) -> Keys.toNumbers(dtype, sorted, at, n, descending, tile));
            }
        }

        private void storeKeys(long target, long[] sorted, int size) {
            if (isPlain(out, outStep)) {
                storeBits(target, sorted, size);
            } else {
                store(target, size, (tile, at, n) -> Keys.toNumbers(dtype, sorted, at, n, descending, tile));
            }
        }

        private void store(long target, int size, Piece make) {
            Radix.each(size, chunks, (c, from, to) -> {
                Cursor cursor = chunks == 1 ? writing : cursor(out, positions ? Kind.LONG : kind, 0);
                Tile tile = Tile.local()[0];
                for (int at = from; at < to; at += piece) {
                    int n = Math.min(piece, to - at);
                    make.run(tile, at, n);
                    cursor.store(target + at * outStep, outStep, n, tile);
                }
            });
        }

        private void storeChosen(long source, long target) {
            Radix.each(length, chunks, (c, from, to) -> {
                Cursor chosen = cursor(a, kind, 1);
                Cursor cursor = cursor(out, kind, 0);
                Tile[] tiles = Tile.local();
                long[] places = tiles[1].longs;
                for (int at = from; at < to; at += piece) {
                    int n = Math.min(piece, to - at);
                    low(packed, low, at, n, places);
                    for (int i = 0; i < n; i++) {
                        places[i] = source + places[i] * step;
                    }
                    chosen.gather(places, n, tiles[0]);
                    cursor.store(target + at * outStep, outStep, n, tiles[0]);
                }
            });
        }

        /** Finds the positions of the first elements in order: few are before the last of the first ones so far. */
        private void insert() {
            boolean wide = Keys.areLong(dtype);
            low = LOW;
            packed = packed.length < wanted ? new long[wanted] : packed;
            otherPacked = otherPacked.length < wanted ? new long[wanted] : otherPacked;
            int from = 0;
            int known = 0;
            while (from < length) {
                long key = wide ? longs[from] : ints[from];
                int at = known < wanted ? known++ : wanted - 1;
                while (at > 0 && otherPacked[at - 1] > key) {
                    otherPacked[at] = otherPacked[at - 1];
                    packed[at] = packed[at - 1];
                    at--;
                }
                otherPacked[at] = key;
                packed[at] = from++;
                if (known == wanted) {
                    long last = otherPacked[wanted - 1];
                    from = wide ? less(longs, from, length, last) : less(ints, from, length, (int) last);
                }
            }
        }

        /** Keeps the keys whose highest digits are not greater than that of the last wanted one. */
        private void choose() {
            boolean wide = Keys.areLong(dtype);
            int[] counts = new int[1 << DIGIT];
            if (wide) {
                count(longs, length, counts);
            } else {
                count(ints, length, counts);
            }
            int digit = 0;
            int sum = counts[0];
            while (sum < wanted) {
                sum += counts[++digit];
            }
            if (sum > length / 2) {
                return;
            }
            chosen = chosen.length < sum ? new int[sum] : chosen;
            if (wide) {
                keep(longs, length, digit, chosen);
            } else {
                keep(ints, length, digit, chosen);
            }
            count = sum;
        }

        /** Sorts positions, in the low bits of {@link #packed}, by keys of 32 bits, or by as many bits of distances from the least key of 64 as there is room for. */
        private void order() {
            packed = grown(packed);
            otherPacked = grown(otherPacked);
            if (Keys.areLong(dtype)) {
                orderLong();
            } else {
                low = LOW;
                Radix.each(count, chunks, (c, from, to) -> pack(ints, packed, from, to));
                Radix.sort(packed, otherPacked, 0, count, Integer.SIZE, chunks);
            }
            if (count < length) {
                unpack(packed, low, chosen, wanted);
                low = LOW;
            }
        }

        private void orderLong() {
            long least = Long.MAX_VALUE;
            long most = Long.MIN_VALUE;
            for (int i = 0; i < count; i++) {
                least = Math.min(least, longs[i]);
                most = Math.max(most, longs[i]);
            }
            long first = least;
            int room = Integer.SIZE - Integer.numberOfLeadingZeros(count - 1);
            int dropped = Math.max(0, room + Long.SIZE - Long.numberOfLeadingZeros(most - least) - (Long.SIZE - 1));
            low = (1L << room) - 1;
            Radix.each(count, chunks, (c, from, to) -> pack(longs, packed, from, to, first, dropped, room));
            Radix.sort(packed, otherPacked, 0, count, room, chunks);
            if (dropped > 0) {
                orderEqual(room);
            }
        }

        /** Sorts what is equal but for dropped bits: within each such run, distances leave room for positions. */
        private void orderEqual(int room) {
            for (int from = 0, to; from < count; from = to) {
                to = from + 1;
                while (to < count && (packed[from] ^ packed[to]) >>> room == 0) {
                    to++;
                }
                if (to - from > 1) {
                    long least = Long.MAX_VALUE;
                    for (int i = from; i < to; i++) {
                        least = Math.min(least, longs[(int) (packed[i] & low)]);
                    }
                    for (int i = from; i < to; i++) {
                        long position = packed[i] & low;
                        packed[i] = ((longs[(int) position] - least) << room) | position;
                    }
                    Radix.sort(packed, otherPacked, from, to, room, 1);
                }
            }
        }

        private int[] grown(int[] array) {
            return array.length < count ? new int[count] : array;
        }

        private long[] grown(long[] array) {
            return array.length < count ? new long[count] : array;
        }
    }

    /** The place from {@code from} on of the first key that is less than one, or {@code n}. */
    private static int less(int[] keys, int from, int n, int than) {
        int i = from;
        while (i < n && keys[i] >= than) {
            i++;
        }
        return i;
    }

    private static int less(long[] keys, int from, int n, long than) {
        int i = from;
        while (i < n && keys[i] >= than) {
            i++;
        }
        return i;
    }

    private static void low(long[] packed, long low, int at, int n, long[] positions) {
        for (int i = 0; i < n; i++) {
            positions[i] = packed[at + i] & low;
        }
    }

    private static void packLines(int[] keys, long[] packed, int lines, int length) {
        for (int at = 0; at < lines * length; at += length) {
            for (int i = 0; i < length; i++) {
                packed[at + i] = ((long) keys[at + i] << Integer.SIZE) | i;
            }
        }
    }

    /** The positions of the first {@code wanted} elements of each line, of all lines in a row. */
    private static void positionsOfLines(long[] packed, int lines, int length, int wanted) {
        for (int l = 0; l < lines; l++) {
            for (int i = 0; i < wanted; i++) {
                packed[l * wanted + i] = packed[l * length + i] & LOW;
            }
        }
    }

    private static void pack(int[] keys, long[] packed, int from, int to) {
        for (int i = from; i < to; i++) {
            packed[i] = ((long) keys[i] << Integer.SIZE) | i;
        }
    }

    private static void pack(long[] keys, long[] packed, int from, int to, long first, int dropped, int room) {
        for (int i = from; i < to; i++) {
            packed[i] = (((keys[i] - first) >>> dropped) << room) | i;
        }
    }

    private static void unpack(long[] packed, long low, int[] order, int n) {
        for (int i = 0; i < n; i++) {
            packed[i] = order[(int) (packed[i] & low)];
        }
    }

    private static void count(int[] keys, int n, int[] counts) {
        for (int i = 0; i < n; i++) {
            counts[digit(keys[i])]++;
        }
    }

    private static void count(long[] keys, int n, int[] counts) {
        for (int i = 0; i < n; i++) {
            counts[digit((int) (keys[i] >> Integer.SIZE))]++;
        }
    }

    private static int digit(int key) {
        return (key >> (Integer.SIZE - DIGIT)) + (1 << (DIGIT - 1));
    }

    private static void keep(int[] keys, int n, int digit, int[] chosen) {
        int kept = 0;
        for (int i = 0; i < n; i++) {
            if (digit(keys[i]) <= digit) {
                chosen[kept] = i;
                keys[kept++] = keys[i];
            }
        }
    }

    private static void keep(long[] keys, int n, int digit, int[] chosen) {
        int kept = 0;
        for (int i = 0; i < n; i++) {
            if (digit((int) (keys[i] >> Integer.SIZE)) <= digit) {
                chosen[kept] = i;
                keys[kept++] = keys[i];
            }
        }
    }
}
