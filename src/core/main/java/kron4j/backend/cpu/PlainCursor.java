package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import kron4j.backend.View;

/** Moves integers, halves and truth values as they are: tiles have them in their own width. */
final class PlainCursor {
    /** Below this, a bulk move costs more than single elements. */
    private static final int SHORT = 6;

    private PlainCursor() {}

    static final class OfInt extends Cursor {
        private IntBuffer buffer;

        OfInt(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asIntBuffer();
        }

        @Override
        Object elements(Tile tile) {
            return tile.ints;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            int[] ints = tile.ints;
            if (stride == 1 && n >= SHORT) {
                buffer.get(at, ints, to, n);
            } else if (stride == 0) {
                Arrays.fill(ints, to, to + n, buffer.get(at));
            } else {
                for (int i = 0; i < n; i++) {
                    ints[to + i] = buffer.get(at + i * stride);
                }
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            int[] ints = tile.ints;
            if (stride == 1 && n >= SHORT) {
                buffer.put(at, ints, from, n);
            } else {
                for (int i = 0; i < n; i++) {
                    buffer.put(at + i * stride, ints[from + i]);
                }
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            int[] ints = tile.ints;
            for (int i = 0; i < n; i++) {
                ints[i] = buffer.get(at + map[i]);
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            int[] ints = tile.ints;
            for (int i = 0; i < n; i++) {
                buffer.put(at + map[i], ints[i]);
            }
        }
    }

    static final class OfShort extends Cursor {
        private ShortBuffer buffer;

        OfShort(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asShortBuffer();
        }

        @Override
        Object elements(Tile tile) {
            return tile.shorts;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            short[] shorts = tile.shorts;
            if (stride == 1 && n >= SHORT) {
                buffer.get(at, shorts, to, n);
            } else if (stride == 0) {
                Arrays.fill(shorts, to, to + n, buffer.get(at));
            } else {
                for (int i = 0; i < n; i++) {
                    shorts[to + i] = buffer.get(at + i * stride);
                }
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            short[] shorts = tile.shorts;
            if (stride == 1 && n >= SHORT) {
                buffer.put(at, shorts, from, n);
            } else {
                for (int i = 0; i < n; i++) {
                    buffer.put(at + i * stride, shorts[from + i]);
                }
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            short[] shorts = tile.shorts;
            for (int i = 0; i < n; i++) {
                shorts[i] = buffer.get(at + map[i]);
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            short[] shorts = tile.shorts;
            for (int i = 0; i < n; i++) {
                buffer.put(at + map[i], shorts[i]);
            }
        }
    }

    static final class OfByte extends Cursor {
        private ByteBuffer buffer;

        OfByte(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes;
        }

        @Override
        Object elements(Tile tile) {
            return tile.bytes;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            byte[] bytes = tile.bytes;
            if (stride == 1 && n >= SHORT) {
                buffer.get(at, bytes, to, n);
            } else if (stride == 0) {
                Arrays.fill(bytes, to, to + n, buffer.get(at));
            } else {
                for (int i = 0; i < n; i++) {
                    bytes[to + i] = buffer.get(at + i * stride);
                }
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            byte[] bytes = tile.bytes;
            if (stride == 1 && n >= SHORT) {
                buffer.put(at, bytes, from, n);
            } else {
                for (int i = 0; i < n; i++) {
                    buffer.put(at + i * stride, bytes[from + i]);
                }
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            byte[] bytes = tile.bytes;
            for (int i = 0; i < n; i++) {
                bytes[i] = buffer.get(at + map[i]);
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            byte[] bytes = tile.bytes;
            for (int i = 0; i < n; i++) {
                buffer.put(at + map[i], bytes[i]);
            }
        }
    }
}
