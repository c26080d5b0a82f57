package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import kron4j.DType;
import kron4j.backend.View;

/** The cursor of dtypes of one byte. */
class ByteCursor extends Cursor {
    /** Below this, a bulk move costs more than single elements. */
    private static final int SHORT = 6;

    /** Clears what a long gets of a byte's sign, where the byte has none. */
    private final long mask;

    private ByteBuffer buffer;

    private ByteCursor(View view, long[] strides, long offset, int window, boolean signed) {
        super(view, strides, offset, window);
        this.mask = signed ? -1 : 0xff;
    }

    static ByteCursor of(View view, long[] strides, long offset, int window) {
        return view.dtype() == DType.BOOL
                ? new OfBool(view, strides, offset, window)
                : new ByteCursor(view, strides, offset, window, Primitive.of(view.dtype()) == Primitive.BYTE);
    }

    @Override
    final void see(ByteBuffer bytes) {
        buffer = bytes;
    }

    @Override
    final Object elements(Tile tile) {
        return tile.longs;
    }

    @Override
    final void loadRun(Tile tile, int to, int n, int at, int stride) {
        long[] longs = tile.longs;
        if (stride == 1 && n >= SHORT) {
            byte[] bytes = tile.bytes;
            buffer.get(at, bytes, to, n);
            for (int i = to; i < to + n; i++) {
                longs[i] = bytes[i] & mask;
            }
        } else {
            for (int i = 0; i < n; i++) {
                longs[to + i] = buffer.get(at + i * stride) & mask;
            }
        }
    }

    @Override
    final void storeRun(Tile tile, int from, int n, int at, int stride) {
        byte[] bytes = tile.bytes;
        narrow(tile.longs, bytes, from, n);
        if (stride == 1 && n >= SHORT) {
            buffer.put(at, bytes, from, n);
        } else {
            for (int i = 0; i < n; i++) {
                buffer.put(at + i * stride, bytes[from + i]);
            }
        }
    }

    @Override
    final void loadMapped(Tile tile, int n, int at, int[] map) {
        long[] longs = tile.longs;
        for (int i = 0; i < n; i++) {
            longs[i] = buffer.get(at + map[i]) & mask;
        }
    }

    @Override
    final void addMapped(Tile tile, int n, int at, int[] map) {
        long[] longs = tile.longs;
        for (int i = 0; i < n; i++) {
            int place = at + map[i];
            if (place >= 0) {
                buffer.put(place, (byte) (buffer.get(place) + longs[i]));
            }
        }
    }

    @Override
    final void storeMapped(Tile tile, int n, int at, int[] map) {
        byte[] bytes = tile.bytes;
        narrow(tile.longs, bytes, 0, n);
        for (int i = 0; i < n; i++) {
            buffer.put(at + map[i], bytes[i]);
        }
    }

    /** Makes bytes of the numbers from {@code from} on, in the same places. */
    void narrow(long[] longs, byte[] bytes, int from, int n) {
        for (int i = from; i < from + n; i++) {
            bytes[i] = (byte) longs[i];
        }
    }

    /** Bool: what is not 0 is stored as 1. */
    static final class OfBool extends ByteCursor {
        OfBool(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window, true);
        }

        @Override
        void narrow(long[] longs, byte[] bytes, int from, int n) {
            for (int i = from; i < from + n; i++) {
                bytes[i] = (byte) ((longs[i] | -longs[i]) >>> 63);
            }
        }
    }
}
