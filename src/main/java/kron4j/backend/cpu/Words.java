package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/**
 * Elements of one width as plain bits, loaded in runs from a storage to a heap tile and stored from there in another order. Bits, so that one kernel
 * serves all dtypes of a width and a NaN keeps its payload. Belongs to one thread.
 */
abstract class Words {
    /** Bytes in a tile: runs of 512 bytes and more on both sides, and still well inside the second-level cache. */
    static final int TILE_BYTES = 1 << 16;

    /** Bytes in a line of the cache. */
    static final int LINE = 64;

    /** Steps of a multiple of this many bytes use an eighth of the nearest cache or less. */
    static final int CROWDED = 512;

    /** What a tile takes with its padding, a line for every {@link #CROWDED} bytes at the most at each of a few levels. */
    private static final int PADDED_BYTES = TILE_BYTES + TILE_BYTES / 2;

    /** Elements that are gathered before they are stored at once. */
    private static final int ROW = 128;

    /** The words of dtypes of that many bytes. */
    static Words of(int bytes, CpuStorage from, CpuStorage to) {
        return switch (bytes) {
            case Byte.BYTES -> new Of1(from, to);
            case Integer.BYTES -> new Of4(from, to);
            case Long.BYTES -> new Of8(from, to);
            default -> throw new IllegalArgumentException("no kernel for elements of " + bytes + " bytes");
        };
    }

    /** {@code tile[at + i] = from[position + i*stride]} for i below count. */
    abstract void load(long position, long stride, int at, int count);

    /** {@code to[position + i*stride] = tile[at + i]} for i below count. */
    abstract void store(long position, long stride, int at, int count);

    /** {@code to[position + i*t1 + j*t0] = tile[at + i*s1 + j*s0]} for i below n1 and j below n0. */
    abstract void permute(int n1, int n0, long position, long t1, long t0, int at, int s1, int s0);

    private static final class Of8 extends Words {
        private static final ThreadLocal<long[]> TILE =
                ThreadLocal.withInitial(() -> new long[PADDED_BYTES / Long.BYTES]);

        private final Window in;
        private final Window out;
        private final LongBuffer[] from;
        private final LongBuffer[] to;
        private final long[] tile = TILE.get();
        private final long[] line = new long[ROW];

        Of8(CpuStorage in, CpuStorage out) {
            this.in = new Window(in, 3);
            this.out = new Window(out, 3);
            from = Arrays.stream(this.in.parts).map(ByteBuffer::asLongBuffer).toArray(LongBuffer[]::new);
            to = Arrays.stream(this.out.parts).map(ByteBuffer::asLongBuffer).toArray(LongBuffer[]::new);
        }

        @Override
        void load(long position, long stride, int at, int count) {
            if (stride == 1) {
                from[in.part(position)].get(in.index(position), tile, at, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                long p = position + i * stride;
                tile[at + i] = from[in.part(p)].get(in.index(p));
            }
        }

        @Override
        void store(long position, long stride, int at, int count) {
            if (stride == 1) {
                to[out.part(position)].put(out.index(position), tile, at, count);
            } else {
                permute(1, count, position, 0, stride, at, 0, 1);
            }
        }

        @Override
        void permute(int n1, int n0, long position, long t1, long t0, int at, int s1, int s0) {
            for (int i = 0; i < n1; i++) {
                long p = position + i * t1;
                if (to.length == 1 && t0 == 1) {
                    row(to[0], (int) p, at + i * s1, s0, n0);
                } else if (to.length == 1) {
                    column(to[0], (int) p, (int) t0, tile, at + i * s1, s0, n0);
                } else {
                    for (int j = 0; j < n0; j++) {
                        to[out.part(p + j * t0)].put(out.index(p + j * t0), tile[at + i * s1 + j * s0]);
                    }
                }
            }
        }

        private void row(LongBuffer to, int p, int at, int step, int count) {
            for (int done = 0; done < count; done += ROW) {
                int n = Math.min(ROW, count - done);
                gather(tile, at + done * step, step, line, n);
                to.put(p + done, line, 0, n);
            }
        }

        private static void gather(long[] tile, int at, int step, long[] line, int count) {
            int x = at;
            int j = 0;
            for (; j + 7 < count; j += 8) {
                line[j] = tile[x];
                line[j + 1] = tile[x + step];
                line[j + 2] = tile[x + 2 * step];
                line[j + 3] = tile[x + 3 * step];
                line[j + 4] = tile[x + 4 * step];
                line[j + 5] = tile[x + 5 * step];
                line[j + 6] = tile[x + 6 * step];
                line[j + 7] = tile[x + 7 * step];
                x += 8 * step;
            }
            for (; j < count; j++) {
                line[j] = tile[x];
                x += step;
            }
        }

        private static void column(LongBuffer to, int p, int stride, long[] tile, int at, int step, int count) {
            int x = at;
            int y = p;
            for (int j = 0; j < count; j++) {
                to.put(y, tile[x]);
                x += step;
                y += stride;
            }
        }
    }

    private static final class Of4 extends Words {
        private static final ThreadLocal<int[]> TILE =
                ThreadLocal.withInitial(() -> new int[PADDED_BYTES / Integer.BYTES]);

        private final Window in;
        private final Window out;
        private final IntBuffer[] from;
        private final IntBuffer[] to;
        private final int[] tile = TILE.get();
        private final int[] line = new int[ROW];

        Of4(CpuStorage in, CpuStorage out) {
            this.in = new Window(in, 2);
            this.out = new Window(out, 2);
            from = Arrays.stream(this.in.parts).map(ByteBuffer::asIntBuffer).toArray(IntBuffer[]::new);
            to = Arrays.stream(this.out.parts).map(ByteBuffer::asIntBuffer).toArray(IntBuffer[]::new);
        }

        @Override
        void load(long position, long stride, int at, int count) {
            if (stride == 1) {
                from[in.part(position)].get(in.index(position), tile, at, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                long p = position + i * stride;
                tile[at + i] = from[in.part(p)].get(in.index(p));
            }
        }

        @Override
        void store(long position, long stride, int at, int count) {
            if (stride == 1) {
                to[out.part(position)].put(out.index(position), tile, at, count);
            } else {
                permute(1, count, position, 0, stride, at, 0, 1);
            }
        }

        @Override
        void permute(int n1, int n0, long position, long t1, long t0, int at, int s1, int s0) {
            for (int i = 0; i < n1; i++) {
                long p = position + i * t1;
                if (to.length == 1 && t0 == 1) {
                    row(to[0], (int) p, at + i * s1, s0, n0);
                } else if (to.length == 1) {
                    column(to[0], (int) p, (int) t0, tile, at + i * s1, s0, n0);
                } else {
                    for (int j = 0; j < n0; j++) {
                        to[out.part(p + j * t0)].put(out.index(p + j * t0), tile[at + i * s1 + j * s0]);
                    }
                }
            }
        }

        private void row(IntBuffer to, int p, int at, int step, int count) {
            for (int done = 0; done < count; done += ROW) {
                int n = Math.min(ROW, count - done);
                gather(tile, at + done * step, step, line, n);
                to.put(p + done, line, 0, n);
            }
        }

        private static void gather(int[] tile, int at, int step, int[] line, int count) {
            int x = at;
            int j = 0;
            for (; j + 7 < count; j += 8) {
                line[j] = tile[x];
                line[j + 1] = tile[x + step];
                line[j + 2] = tile[x + 2 * step];
                line[j + 3] = tile[x + 3 * step];
                line[j + 4] = tile[x + 4 * step];
                line[j + 5] = tile[x + 5 * step];
                line[j + 6] = tile[x + 6 * step];
                line[j + 7] = tile[x + 7 * step];
                x += 8 * step;
            }
            for (; j < count; j++) {
                line[j] = tile[x];
                x += step;
            }
        }

        private static void column(IntBuffer to, int p, int stride, int[] tile, int at, int step, int count) {
            int x = at;
            int y = p;
            for (int j = 0; j < count; j++) {
                to.put(y, tile[x]);
                x += step;
                y += stride;
            }
        }
    }

    private static final class Of1 extends Words {
        private static final ThreadLocal<byte[]> TILE = ThreadLocal.withInitial(() -> new byte[PADDED_BYTES]);

        private final Window in;
        private final Window out;
        private final ByteBuffer[] from;
        private final ByteBuffer[] to;
        private final byte[] tile = TILE.get();
        private final byte[] line = new byte[ROW];

        Of1(CpuStorage in, CpuStorage out) {
            this.in = new Window(in, 0);
            this.out = new Window(out, 0);
            from = this.in.parts;
            to = this.out.parts;
        }

        @Override
        void load(long position, long stride, int at, int count) {
            if (stride == 1) {
                from[in.part(position)].get(in.index(position), tile, at, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                long p = position + i * stride;
                tile[at + i] = from[in.part(p)].get(in.index(p));
            }
        }

        @Override
        void store(long position, long stride, int at, int count) {
            if (stride == 1) {
                to[out.part(position)].put(out.index(position), tile, at, count);
            } else {
                permute(1, count, position, 0, stride, at, 0, 1);
            }
        }

        @Override
        void permute(int n1, int n0, long position, long t1, long t0, int at, int s1, int s0) {
            for (int i = 0; i < n1; i++) {
                long p = position + i * t1;
                if (to.length == 1 && t0 == 1) {
                    row(to[0], (int) p, at + i * s1, s0, n0);
                } else if (to.length == 1) {
                    column(to[0], (int) p, (int) t0, tile, at + i * s1, s0, n0);
                } else {
                    for (int j = 0; j < n0; j++) {
                        to[out.part(p + j * t0)].put(out.index(p + j * t0), tile[at + i * s1 + j * s0]);
                    }
                }
            }
        }

        private void row(ByteBuffer to, int p, int at, int step, int count) {
            for (int done = 0; done < count; done += ROW) {
                int n = Math.min(ROW, count - done);
                gather(tile, at + done * step, step, line, n);
                to.put(p + done, line, 0, n);
            }
        }

        private static void gather(byte[] tile, int at, int step, byte[] line, int count) {
            int x = at;
            int j = 0;
            for (; j + 7 < count; j += 8) {
                line[j] = tile[x];
                line[j + 1] = tile[x + step];
                line[j + 2] = tile[x + 2 * step];
                line[j + 3] = tile[x + 3 * step];
                line[j + 4] = tile[x + 4 * step];
                line[j + 5] = tile[x + 5 * step];
                line[j + 6] = tile[x + 6 * step];
                line[j + 7] = tile[x + 7 * step];
                x += 8 * step;
            }
            for (; j < count; j++) {
                line[j] = tile[x];
                x += step;
            }
        }

        private static void column(ByteBuffer to, int p, int stride, byte[] tile, int at, int step, int count) {
            int x = at;
            int y = p;
            for (int j = 0; j < count; j++) {
                to.put(y, tile[x]);
                x += step;
                y += stride;
            }
        }
    }
}
