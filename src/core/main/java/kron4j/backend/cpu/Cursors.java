package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import kron4j.backend.View;

/** The dtypes' cursors. Contiguous runs are moved in bulk; elements of stride 0 are read once. */
final class Cursors {
    /** Below this, a bulk move costs more than single elements. */
    private static final int SHORT = 6;

    private Cursors() {}

    static final class OfFloat extends Cursor {
        private FloatBuffer buffer;

        OfFloat(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asFloatBuffer();
        }

        @Override
        void seeAll(CpuStorage all) {
            buffer = (FloatBuffer) all.elements();
        }

        @Override
        Object elements(Tile tile) {
            return tile.floats;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            loadFloats(buffer, tile.floats, to, n, at, stride);
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            storeFloats(buffer, tile.floats, from, n, at, stride);
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            float[] floats = tile.floats;
            for (int i = 0; i < n; i++) {
                floats[i] = buffer.get(at + map[i]);
            }
        }

        @Override
        void addMapped(Tile tile, int n, int at, int[] map) {
            float[] floats = tile.floats;
            for (int i = 0; i < n; i++) {
                int place = at + map[i];
                if (place >= 0) {
                    buffer.put(place, buffer.get(place) + floats[i]);
                }
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            float[] floats = tile.floats;
            for (int i = 0; i < n; i++) {
                buffer.put(at + map[i], floats[i]);
            }
        }
    }

    static final class OfFloatAsDouble extends Cursor {
        private FloatBuffer buffer;

        OfFloatAsDouble(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asFloatBuffer();
        }

        @Override
        void seeAll(CpuStorage all) {
            buffer = (FloatBuffer) all.elements();
        }

        @Override
        Object elements(Tile tile) {
            return tile.doubles;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            float[] floats = tile.floats;
            double[] doubles = tile.doubles;
            loadFloats(buffer, floats, to, n, at, stride);
            for (int i = to; i < to + n; i++) {
                doubles[i] = floats[i];
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            float[] floats = tile.floats;
            double[] doubles = tile.doubles;
            for (int i = from; i < from + n; i++) {
                floats[i] = (float) doubles[i];
            }
            storeFloats(buffer, floats, from, n, at, stride);
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            double[] doubles = tile.doubles;
            for (int i = 0; i < n; i++) {
                doubles[i] = buffer.get(at + map[i]);
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            double[] doubles = tile.doubles;
            for (int i = 0; i < n; i++) {
                buffer.put(at + map[i], (float) doubles[i]);
            }
        }
    }

    private static void loadFloats(FloatBuffer buffer, float[] floats, int to, int n, int at, int stride) {
        if (stride == 1 && n >= SHORT) {
            buffer.get(at, floats, to, n);
        } else if (stride == 0) {
            Arrays.fill(floats, to, to + n, buffer.get(at));
        } else {
            for (int i = 0; i < n; i++) {
                floats[to + i] = buffer.get(at + i * stride);
            }
        }
    }

    private static void storeFloats(FloatBuffer buffer, float[] floats, int from, int n, int at, int stride) {
        if (stride == 1 && n >= SHORT) {
            buffer.put(at, floats, from, n);
        } else {
            for (int i = 0; i < n; i++) {
                buffer.put(at + i * stride, floats[from + i]);
            }
        }
    }

    static final class OfDouble extends Cursor {
        private DoubleBuffer buffer;

        OfDouble(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asDoubleBuffer();
        }

        @Override
        void seeAll(CpuStorage all) {
            buffer = (DoubleBuffer) all.elements();
        }

        @Override
        Object elements(Tile tile) {
            return tile.doubles;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            double[] doubles = tile.doubles;
            if (stride == 1 && n >= SHORT) {
                buffer.get(at, doubles, to, n);
            } else if (stride == 0) {
                Arrays.fill(doubles, to, to + n, buffer.get(at));
            } else {
                for (int i = 0; i < n; i++) {
                    doubles[to + i] = buffer.get(at + i * stride);
                }
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            double[] doubles = tile.doubles;
            if (stride == 1 && n >= SHORT) {
                buffer.put(at, doubles, from, n);
            } else {
                for (int i = 0; i < n; i++) {
                    buffer.put(at + i * stride, doubles[from + i]);
                }
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            double[] doubles = tile.doubles;
            for (int i = 0; i < n; i++) {
                doubles[i] = buffer.get(at + map[i]);
            }
        }

        @Override
        void addMapped(Tile tile, int n, int at, int[] map) {
            double[] doubles = tile.doubles;
            for (int i = 0; i < n; i++) {
                int place = at + map[i];
                if (place >= 0) {
                    buffer.put(place, buffer.get(place) + doubles[i]);
                }
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            double[] doubles = tile.doubles;
            for (int i = 0; i < n; i++) {
                buffer.put(at + map[i], doubles[i]);
            }
        }
    }

    static final class OfLong extends Cursor {
        private LongBuffer buffer;

        OfLong(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asLongBuffer();
        }

        @Override
        void seeAll(CpuStorage all) {
            buffer = (LongBuffer) all.elements();
        }

        @Override
        Object elements(Tile tile) {
            return tile.longs;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            long[] longs = tile.longs;
            if (stride == 1 && n >= SHORT) {
                buffer.get(at, longs, to, n);
            } else if (stride == 0) {
                Arrays.fill(longs, to, to + n, buffer.get(at));
            } else {
                for (int i = 0; i < n; i++) {
                    longs[to + i] = buffer.get(at + i * stride);
                }
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            long[] longs = tile.longs;
            if (stride == 1 && n >= SHORT) {
                buffer.put(at, longs, from, n);
            } else {
                for (int i = 0; i < n; i++) {
                    buffer.put(at + i * stride, longs[from + i]);
                }
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            long[] longs = tile.longs;
            for (int i = 0; i < n; i++) {
                longs[i] = buffer.get(at + map[i]);
            }
        }

        @Override
        void addMapped(Tile tile, int n, int at, int[] map) {
            long[] longs = tile.longs;
            for (int i = 0; i < n; i++) {
                int place = at + map[i];
                if (place >= 0) {
                    buffer.put(place, buffer.get(place) + longs[i]);
                }
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            long[] longs = tile.longs;
            for (int i = 0; i < n; i++) {
                buffer.put(at + map[i], longs[i]);
            }
        }
    }

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
            return tile.longs;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            long[] longs = tile.longs;
            if (stride == 1 && n >= SHORT) {
                int[] ints = tile.ints;
                buffer.get(at, ints, to, n);
                for (int i = to; i < to + n; i++) {
                    longs[i] = ints[i];
                }
            } else if (stride == 0) {
                Arrays.fill(longs, to, to + n, buffer.get(at));
            } else {
                for (int i = 0; i < n; i++) {
                    longs[to + i] = buffer.get(at + i * stride);
                }
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            long[] longs = tile.longs;
            if (stride == 1 && n >= SHORT) {
                int[] ints = tile.ints;
                for (int i = from; i < from + n; i++) {
                    ints[i] = (int) longs[i];
                }
                buffer.put(at, ints, from, n);
            } else {
                for (int i = 0; i < n; i++) {
                    buffer.put(at + i * stride, (int) longs[from + i]);
                }
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            long[] longs = tile.longs;
            for (int i = 0; i < n; i++) {
                longs[i] = buffer.get(at + map[i]);
            }
        }

        @Override
        void addMapped(Tile tile, int n, int at, int[] map) {
            long[] longs = tile.longs;
            for (int i = 0; i < n; i++) {
                int place = at + map[i];
                if (place >= 0) {
                    buffer.put(place, (int) (buffer.get(place) + longs[i]));
                }
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            long[] longs = tile.longs;
            for (int i = 0; i < n; i++) {
                buffer.put(at + map[i], (int) longs[i]);
            }
        }
    }
}
