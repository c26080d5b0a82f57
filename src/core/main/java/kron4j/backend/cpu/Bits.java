package kron4j.backend.cpu;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

/** Moves runs of elements of some width, whatever they are, between a storage and arrays. Belongs to one thread. */
final class Bits {
    /** Windows begin at multiples of this many bytes, and reach over the next one's beginning. */
    private static final int WINDOW = 1 << 30;

    private final CpuStorage storage;
    private final int width;
    private final ByteBuffer[] windows;
    /** As elements that begin at each of an element's bytes. */
    private final Buffer[] views;

    Bits(CpuStorage storage, int width) {
        this.storage = storage;
        this.width = width;
        int count = storage.fitsOneBuffer() ? 1 : (int) (bytes() / WINDOW) + 1;
        windows = new ByteBuffer[count];
        views = new Buffer[count * width];
        if (storage.fitsOneBuffer()) {
            windows[0] = storage.whole();
        }
    }

    private long bytes() {
        return storage.size() * storage.dtype().bytes();
    }

    private int window(long at) {
        int number = windows.length == 1 ? 0 : (int) (at / WINDOW);
        if (windows[number] == null) {
            long start = (long) number * WINDOW;
            windows[number] = storage.window(start, (int) Math.min(Integer.MAX_VALUE, bytes() - start));
        }
        return number;
    }

    private int within(long at) {
        return windows.length == 1 ? (int) at : (int) (at % WINDOW);
    }

    /** All elements of a window that begin as many bytes after a whole element as the one at some byte. */
    private Buffer view(long at) {
        int number = window(at);
        int phase = (int) (at % width);
        Buffer view = views[number * width + phase];
        if (view == null) {
            ByteBuffer window = windows[number];
            ByteBuffer bytes = window.slice(phase, window.capacity() - phase).order(window.order());
            view = switch (width) {
                case Byte.BYTES -> bytes;
                case Integer.BYTES -> bytes.asIntBuffer();
                case Long.BYTES -> bytes.asLongBuffer();
                default -> throw new AssertionError(width);
            };
            views[number * width + phase] = view;
        }
        return view;
    }

    void read(long from, int count, byte[] to, int first) {
        ((ByteBuffer) view(from)).get(within(from), to, first, count);
    }

    void read(long from, int count, int[] to, int first) {
        ((IntBuffer) view(from)).get(within(from) / Integer.BYTES, to, first, count);
    }

    void read(long from, int count, long[] to, int first) {
        ((LongBuffer) view(from)).get(within(from) / Long.BYTES, to, first, count);
    }

    void write(byte[] from, int first, int count, long to) {
        ((ByteBuffer) view(to)).put(within(to), from, first, count);
    }

    void write(int[] from, int first, int count, long to) {
        ((IntBuffer) view(to)).put(within(to) / Integer.BYTES, from, first, count);
    }

    void write(long[] from, int first, int count, long to) {
        ((LongBuffer) view(to)).put(within(to) / Long.BYTES, from, first, count);
    }

    /** Copies {@code count} bytes of another storage. */
    void copy(Bits from, long x, int count, long y) {
        windows[window(y)].put(within(y), from.windows[from.window(x)], from.within(x), count);
    }
}
