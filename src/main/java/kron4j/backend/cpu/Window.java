package kron4j.backend.cpu;

import java.nio.ByteBuffer;

/**
 * A storage as buffers: one if it fits, else parts that begin 1 GiB apart and overlap, because a buffer shows at most 2 GiB. A run of at most 1 GiB
 * lies in the part of its first element.
 */
final class Window {
    private static final int PART_BITS = 30;

    final ByteBuffer[] parts;
    private final int bits;
    private final long mask;

    /** With elements of {@code 1 << widthBits} bytes. */
    Window(CpuStorage storage, int widthBits) {
        if (storage.fitsOneBuffer()) {
            parts = new ByteBuffer[] {storage.whole()};
            bits = Long.SIZE - 1;
            mask = Long.MAX_VALUE;
            return;
        }
        bits = PART_BITS - widthBits;
        mask = (1L << bits) - 1;
        long bytes = storage.size() << widthBits;
        parts = new ByteBuffer[(int) ((bytes - 1) >>> PART_BITS) + 1];
        for (int i = 0; i < parts.length; i++) {
            long from = (long) i << PART_BITS;
            parts[i] = storage.window(from, (int) Math.min(bytes - from, Integer.MAX_VALUE >> 4 << 4));
        }
    }

    /** The part where an element lies. */
    int part(long element) {
        return (int) (element >>> bits);
    }

    /** Where in its part it lies. */
    int index(long element) {
        return (int) (element & mask);
    }
}
