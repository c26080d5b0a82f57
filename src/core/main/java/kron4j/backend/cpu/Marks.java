package kron4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Optional;
import kron4j.Layout;
import kron4j.backend.Backend;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Passes over all of an index or a mask: how far its entries reach, and where it is true. */
final class Marks {
    /** Elements that a thread takes at a time. */
    private static final int GRAIN = 1 << 16;

    /** Times eight bytes that are 0 or 1: their bits side by side in the highest byte. */
    private static final long GATHER = 0x0102040810204080L;

    /** For each byte, the places of its bits that are 1, in bytes from the lowest on. */
    private static final long[] PLACES = places();

    private static final Write WRITE = new Write();

    private Marks() {}

    private static long[] places() {
        long[] places = new long[1 << Byte.SIZE];
        for (int bits = 0; bits < places.length; bits++) {
            int count = 0;
            for (int k = 0; k < Byte.SIZE; k++) {
                if (((bits >> k) & 1) == 1) {
                    places[bits] |= (long) k << (count++ * Byte.SIZE);
                }
            }
        }
        return places;
    }

    /** As {@link Backend#bounds}; empty where that takes another way to find out. */
    static Optional<long[]> bounds(View index) {
        CpuStorage storage = (CpuStorage) index.storage();
        if (!storage.fitsOneBuffer()) {
            return Optional.empty();
        }
        Layout layout = index.layout();
        for (int axis = layout.rank() - 1; axis >= 0; axis--) {
            layout = layout.stride(axis) == 0 ? layout.select(axis, 0) : layout;
        }
        Loop loop = Loop.of(layout);
        int last = loop.rank() - 1;
        LongBuffer entries = storage.whole().asLongBuffer();
        int n = (int) loop.sizes()[last];
        int step = (int) loop.strides()[0][last];
        long[] bounds = {Long.MAX_VALUE, Long.MIN_VALUE};
        MemoryLoops loops = Loops.BEST.memory();
        int pieces = (n - 1) / GRAIN + 1;
        Parallel.forRange(loop.size() / n * pieces, 1 + GRAIN / n, (first, end) -> {
            long[] some = {Long.MAX_VALUE, Long.MIN_VALUE};
            for (long i = first; i < end; i++) {
                int start = (int) (i % pieces) * GRAIN;
                int count = Math.min(GRAIN, n - start);
                int from = (int) loop.position(0, i / pieces * n + start);
                int whole = step == 1 && loops != null ? count - count % (loops.width() / Long.BYTES) : 0;
                if (whole > 0) {
                    loops.bounds(
                            some, loops.show(storage.whole()), (long) from * Long.BYTES, (long) whole * Long.BYTES);
                }
                widen(some, entries, from + whole * step, step, count - whole);
            }
            synchronized (bounds) {
                bounds[0] = Math.min(bounds[0], some[0]);
                bounds[1] = Math.max(bounds[1], some[1]);
            }
        });
        return Optional.of(bounds);
    }

    private static void widen(long[] bounds, LongBuffer entries, int from, int step, int n) {
        long[] tile = Tile.local()[0].longs;
        for (int at = 0; at < n; at += Tile.SIZE) {
            int count = Math.min(Tile.SIZE, n - at);
            if (step == 1) {
                entries.get(from + at, tile, 0, count);
            } else {
                for (int i = 0; i < count; i++) {
                    tile[i] = entries.get(from + (at + i) * step);
                }
            }
            bounds[0] = Math.min(bounds[0], Loops.BEST.min(tile, 0, count));
            bounds[1] = Math.max(bounds[1], Loops.BEST.max(tile, 0, count));
        }
    }

    /** Writes the positions of the true elements of a vector, in order, to the start of {@code out}; returns how many, or -1 where it cannot do it. */
    static long positions(View mask, View out) {
        CpuStorage storage = (CpuStorage) mask.storage();
        CpuStorage target = (CpuStorage) out.storage();
        if (!mask.layout().isContiguous() || !storage.fitsOneBuffer() || !target.fitsOneBuffer()) {
            return -1;
        }
        int size = (int) mask.shape().size();
        int first = (int) mask.layout().offset();
        int to = (int) out.layout().offset();
        ByteBuffer marks = storage.whole();
        LongBuffer places = target.whole().asLongBuffer();
        int pieces = size < 2 * GRAIN ? 1 : Parallel.threads();
        int[] starts = new int[pieces + 1];
        Radix.each(size, pieces, (c, from, end) -> starts[c + 1] = count(marks, first + from, first + end));
        for (int c = 0; c < pieces; c++) {
            starts[c + 1] += starts[c];
        }
        Radix.each(size, pieces, (c, from, end) -> write(marks, first, from, end, places, to + starts[c]));
        return starts[pieces];
    }

    private static int count(ByteBuffer marks, int from, int end) {
        int count = 0;
        int i = from;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            count += Long.bitCount(marks.getLong(i));
        }
        for (; i < end; i++) {
            count += marks.get(i);
        }
        return count;
    }

    private static void write(ByteBuffer marks, int first, int from, int end, LongBuffer places, int to) {
        long[] tile = Tile.local()[0].longs;
        int at = to;
        for (int start = from; start < end; start += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, end - start);
            int count = WRITE.positions(marks.slice(first + start, n).order(marks.order()), start, n, tile);
            places.put(at, tile, 0, count);
            at += count;
        }
    }

    /** A loop that is {@link Alone}. */
    private static final class Write {
        private final MethodHandle loop = Alone.loop(
                Marks.class,
                "positions",
                MethodType.methodType(int.class, ByteBuffer.class, long.class, int.class, long[].class));

        int positions(ByteBuffer marks, long start, int n, long[] out) {
            try {
                return (int) loop.invokeExact(marks, start, n, out);
            } catch (Throwable e) {
                throw Alone.thrown(e);
            }
        }
    }

    /** Positions of true elements, eight at a time: what is no position of these is overwritten by the next. */
    static int positions(ByteBuffer marks, long start, int n, long[] out) {
        int count = 0;
        int i = 0;
        for (; i + Long.BYTES <= n; i += Long.BYTES) {
            int bits = (int) ((marks.getLong(i) * GATHER) >>> (Long.SIZE - Byte.SIZE));
            long places = PLACES[bits];
            long at = start + i;
            for (int k = 0; k < Long.BYTES; k++) {
                out[count + k] = at + (places & (Byte.SIZE - 1));
                places >>>= Byte.SIZE;
            }
            count += Integer.bitCount(bits);
        }
        for (; i < n; i++) {
            out[count] = start + i;
            count += marks.get(i);
        }
        return count;
    }
}
