package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;

/** Moves runs of bytes between a storage and arrays. Belongs to one thread. */
final class Bits {
    /** Windows begin at multiples of this many bytes, and reach over the next one's beginning. */
    private static final int WINDOW = 1 << 30;

    private final CpuStorage storage;
    private final ByteBuffer[] windows;
    /** As longs that begin at each of a long's bytes. */
    private final LongBuffer[] longs;

    Bits(CpuStorage storage) {
        this.storage = storage;
        int count = storage.fitsOneBuffer() ? 1 : (int) (bytes() / WINDOW) + 1;
        windows = new ByteBuffer[count];
        longs = new LongBuffer[count * Long.BYTES];
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

    private LongBuffer view(int number, int at) {
        int phase = at % Long.BYTES;
        LongBuffer view = longs[number * Long.BYTES + phase];
        if (view == null) {
            ByteBuffer bytes = windows[number];
            view = bytes.slice(phase, bytes.capacity() - phase)
                    .order(bytes.order())
                    .asLongBuffer();
            longs[number * Long.BYTES + phase] = view;
        }
        return view;
    }

    /** Reads {@code count} bytes into longs from {@code first} on, and anything behind them into the last one. */
    void read(long from, int count, long[] to, int first) {
        int number = window(from);
        int at = (int) (from - (long) number * WINDOW);
        int whole = count / Long.BYTES;
        view(number, at).get(at / Long.BYTES, to, first, whole);
        int rest = count % Long.BYTES;
        if (rest > 0) {
            ByteBuffer bytes = windows[number];
            to[first + whole] = count > Long.BYTES
                    ? bytes.getLong(at + count - Long.BYTES) >>> ((Long.BYTES - rest) * Byte.SIZE)
                    : few(bytes, at, rest);
        }
    }

    void read(long from, int count, byte[] to) {
        int number = window(from);
        windows[number].get((int) (from - (long) number * WINDOW), to, 0, count);
    }

    private static long few(ByteBuffer bytes, int at, int count) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (bytes.get(at + i) & 0xffL) << (i * Byte.SIZE);
        }
        return value;
    }

    void write(byte[] from, int at, int count, long to) {
        int number = window(to);
        windows[number].put((int) (to - (long) number * WINDOW), from, at, count);
    }

    void write(long[] from, int count, long to) {
        int number = window(to);
        int at = (int) (to - (long) number * WINDOW);
        view(number, at).put(at / Long.BYTES, from, 0, count);
    }

    /** Copies {@code count} bytes of another storage. */
    void copy(Bits from, long x, int count, long y) {
        int read = from.window(x);
        int number = window(y);
        windows[number].put(
                (int) (y - (long) number * WINDOW), from.windows[read], (int) (x - (long) read * WINDOW), count);
    }
}
