package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/**
 * Storages as elements of one width, read and written in runs from and to heap arrays, where the JIT vectorises. A buffer shows at most 2 GiB, so
 * larger storages are seen through parts that begin 1 GiB apart and overlap by half.
 */
final class Memory {
    private static final int PART_BITS = 30;

    private Memory() {}

    private static ByteBuffer[] parts(CpuStorage storage) {
        if (storage.fitsOneBuffer()) {
            return new ByteBuffer[] {storage.whole()};
        }
        long bytes = storage.size() * storage.dtype().bytes();
        ByteBuffer[] parts = new ByteBuffer[(int) (((bytes - 1) >>> PART_BITS) + 1)];
        for (int i = 0; i < parts.length; i++) {
            long from = (long) i << PART_BITS;
            parts[i] = storage.window(from, (int) Math.min(bytes - from, (1L << (PART_BITS + 1)) - 8));
        }
        return parts;
    }

    static final class Bytes {
        private static final int BITS = PART_BITS - 0;
        private final ByteBuffer[] parts;

        Bytes(CpuStorage storage) {
            parts = Memory.parts(storage);
        }

        byte get(long i) {
            return parts.length == 1
                    ? parts[0].get((int) i)
                    : parts[(int) (i >>> BITS)].get((int) (i & (1 << BITS) - 1));
        }

        void put(long i, byte x) {
            if (parts.length == 1) {
                parts[0].put((int) i, x);
            } else {
                parts[(int) (i >>> BITS)].put((int) (i & (1 << BITS) - 1), x);
            }
        }

        /** {@code tile[at + i] = this[from + i*stride]} for i below count. */
        void read(long from, long stride, byte[] tile, int at, int count) {
            if (stride == 0) {
                Arrays.fill(tile, at, at + count, get(from));
            } else if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].get((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                ByteBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    tile[at + i] = whole.get(j);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    tile[at + i] = get(from + i * stride);
                }
            }
        }

        /** {@code this[from + i*stride] = tile[at + i]} for i below count. */
        void write(long from, long stride, byte[] tile, int at, int count) {
            if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].put((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                ByteBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    whole.put(j, tile[at + i]);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    put(from + i * stride, tile[at + i]);
                }
            }
        }
    }

    static final class Ints {
        private static final int BITS = PART_BITS - 2;
        private final IntBuffer[] parts;

        Ints(CpuStorage storage) {
            parts = Arrays.stream(Memory.parts(storage))
                    .map(ByteBuffer::asIntBuffer)
                    .toArray(IntBuffer[]::new);
        }

        int get(long i) {
            return parts.length == 1
                    ? parts[0].get((int) i)
                    : parts[(int) (i >>> BITS)].get((int) (i & (1 << BITS) - 1));
        }

        void put(long i, int x) {
            if (parts.length == 1) {
                parts[0].put((int) i, x);
            } else {
                parts[(int) (i >>> BITS)].put((int) (i & (1 << BITS) - 1), x);
            }
        }

        /** {@code tile[at + i] = this[from + i*stride]} for i below count. */
        void read(long from, long stride, int[] tile, int at, int count) {
            if (stride == 0) {
                Arrays.fill(tile, at, at + count, get(from));
            } else if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].get((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                IntBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    tile[at + i] = whole.get(j);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    tile[at + i] = get(from + i * stride);
                }
            }
        }

        /** {@code this[from + i*stride] = tile[at + i]} for i below count. */
        void write(long from, long stride, int[] tile, int at, int count) {
            if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].put((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                IntBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    whole.put(j, tile[at + i]);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    put(from + i * stride, tile[at + i]);
                }
            }
        }
    }

    static final class Longs {
        private static final int BITS = PART_BITS - 3;
        private final LongBuffer[] parts;

        Longs(CpuStorage storage) {
            parts = Arrays.stream(Memory.parts(storage))
                    .map(ByteBuffer::asLongBuffer)
                    .toArray(LongBuffer[]::new);
        }

        long get(long i) {
            return parts.length == 1
                    ? parts[0].get((int) i)
                    : parts[(int) (i >>> BITS)].get((int) (i & (1 << BITS) - 1));
        }

        void put(long i, long x) {
            if (parts.length == 1) {
                parts[0].put((int) i, x);
            } else {
                parts[(int) (i >>> BITS)].put((int) (i & (1 << BITS) - 1), x);
            }
        }

        /** {@code tile[at + i] = this[from + i*stride]} for i below count. */
        void read(long from, long stride, long[] tile, int at, int count) {
            if (stride == 0) {
                Arrays.fill(tile, at, at + count, get(from));
            } else if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].get((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                LongBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    tile[at + i] = whole.get(j);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    tile[at + i] = get(from + i * stride);
                }
            }
        }

        /** {@code this[from + i*stride] = tile[at + i]} for i below count. */
        void write(long from, long stride, long[] tile, int at, int count) {
            if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].put((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                LongBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    whole.put(j, tile[at + i]);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    put(from + i * stride, tile[at + i]);
                }
            }
        }
    }

    static final class Floats {
        private static final int BITS = PART_BITS - 2;
        private final FloatBuffer[] parts;

        Floats(CpuStorage storage) {
            parts = Arrays.stream(Memory.parts(storage))
                    .map(ByteBuffer::asFloatBuffer)
                    .toArray(FloatBuffer[]::new);
        }

        float get(long i) {
            return parts.length == 1
                    ? parts[0].get((int) i)
                    : parts[(int) (i >>> BITS)].get((int) (i & (1 << BITS) - 1));
        }

        void put(long i, float x) {
            if (parts.length == 1) {
                parts[0].put((int) i, x);
            } else {
                parts[(int) (i >>> BITS)].put((int) (i & (1 << BITS) - 1), x);
            }
        }

        /** {@code tile[at + i] = this[from + i*stride]} for i below count. */
        void read(long from, long stride, float[] tile, int at, int count) {
            if (stride == 0) {
                Arrays.fill(tile, at, at + count, get(from));
            } else if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].get((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                FloatBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    tile[at + i] = whole.get(j);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    tile[at + i] = get(from + i * stride);
                }
            }
        }

        /** {@code this[from + i*stride] = tile[at + i]} for i below count. */
        void write(long from, long stride, float[] tile, int at, int count) {
            if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].put((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                FloatBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    whole.put(j, tile[at + i]);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    put(from + i * stride, tile[at + i]);
                }
            }
        }
    }

    static final class Doubles {
        private static final int BITS = PART_BITS - 3;
        private final DoubleBuffer[] parts;

        Doubles(CpuStorage storage) {
            parts = Arrays.stream(Memory.parts(storage))
                    .map(ByteBuffer::asDoubleBuffer)
                    .toArray(DoubleBuffer[]::new);
        }

        double get(long i) {
            return parts.length == 1
                    ? parts[0].get((int) i)
                    : parts[(int) (i >>> BITS)].get((int) (i & (1 << BITS) - 1));
        }

        void put(long i, double x) {
            if (parts.length == 1) {
                parts[0].put((int) i, x);
            } else {
                parts[(int) (i >>> BITS)].put((int) (i & (1 << BITS) - 1), x);
            }
        }

        /** {@code tile[at + i] = this[from + i*stride]} for i below count. */
        void read(long from, long stride, double[] tile, int at, int count) {
            if (stride == 0) {
                Arrays.fill(tile, at, at + count, get(from));
            } else if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].get((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                DoubleBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    tile[at + i] = whole.get(j);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    tile[at + i] = get(from + i * stride);
                }
            }
        }

        /** {@code this[from + i*stride] = tile[at + i]} for i below count. */
        void write(long from, long stride, double[] tile, int at, int count) {
            if (stride == 1) {
                int part = parts.length == 1 ? 0 : (int) (from >>> BITS);
                parts[part].put((int) (from - ((long) part << BITS)), tile, at, count);
            } else if (parts.length == 1) {
                DoubleBuffer whole = parts[0];
                int step = (int) stride;
                for (int i = 0, j = (int) from; i < count; i++, j += step) {
                    whole.put(j, tile[at + i]);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    put(from + i * stride, tile[at + i]);
                }
            }
        }
    }
}
