package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import kron4j.backend.View;

/** Moves complex elements as they are: in tiles, too, their real and imaginary parts alternate. */
abstract class PairCursor extends Cursor {
    /** Below this, a bulk move costs more than single elements. */
    private static final int SHORT = 3;

    PairCursor(View view, long[] strides, long offset, int window) {
        super(view, strides, offset, window);
    }

    @Override
    final void repeat(Tile tile, int n, int times) {
        super.repeat(tile, 2 * n, times);
    }

    static final class OfFloat extends PairCursor {
        private FloatBuffer buffer;

        OfFloat(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asFloatBuffer();
        }

        @Override
        float[] elements(Tile tile) {
            return tile.floats;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            float[] floats = tile.floats;
            if (stride == 1 && n >= SHORT) {
                buffer.get(2 * at, floats, 2 * to, 2 * n);
                return;
            }
            for (int i = 2 * to, k = 2 * at; i < 2 * (to + n); i += 2, k += 2 * stride) {
                floats[i] = buffer.get(k);
                floats[i + 1] = buffer.get(k + 1);
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            float[] floats = tile.floats;
            if (stride == 1 && n >= SHORT) {
                buffer.put(2 * at, floats, 2 * from, 2 * n);
                return;
            }
            for (int i = 2 * from, k = 2 * at; i < 2 * (from + n); i += 2, k += 2 * stride) {
                buffer.put(k, floats[i]);
                buffer.put(k + 1, floats[i + 1]);
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            float[] floats = tile.floats;
            for (int i = 0; i < n; i++) {
                int k = 2 * (at + map[i]);
                floats[2 * i] = buffer.get(k);
                floats[2 * i + 1] = buffer.get(k + 1);
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            float[] floats = tile.floats;
            for (int i = 0; i < n; i++) {
                int k = 2 * (at + map[i]);
                buffer.put(k, floats[2 * i]);
                buffer.put(k + 1, floats[2 * i + 1]);
            }
        }

        @Override
        void spread(Tile tile, int n, int times) {
            float[] floats = tile.floats;
            for (int i = n - 1; i >= 0 && times > 1; i--) {
                float re = floats[2 * i];
                float im = floats[2 * i + 1];
                for (int e = i * times; e < (i + 1) * times; e++) {
                    floats[2 * e] = re;
                    floats[2 * e + 1] = im;
                }
            }
        }
    }

    static final class OfDouble extends PairCursor {
        private DoubleBuffer buffer;

        OfDouble(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asDoubleBuffer();
        }

        @Override
        double[] elements(Tile tile) {
            return tile.doubles;
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            double[] doubles = tile.doubles;
            if (stride == 1 && n >= SHORT) {
                buffer.get(2 * at, doubles, 2 * to, 2 * n);
                return;
            }
            for (int i = 2 * to, k = 2 * at; i < 2 * (to + n); i += 2, k += 2 * stride) {
                doubles[i] = buffer.get(k);
                doubles[i + 1] = buffer.get(k + 1);
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            double[] doubles = tile.doubles;
            if (stride == 1 && n >= SHORT) {
                buffer.put(2 * at, doubles, 2 * from, 2 * n);
                return;
            }
            for (int i = 2 * from, k = 2 * at; i < 2 * (from + n); i += 2, k += 2 * stride) {
                buffer.put(k, doubles[i]);
                buffer.put(k + 1, doubles[i + 1]);
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            double[] doubles = tile.doubles;
            for (int i = 0; i < n; i++) {
                int k = 2 * (at + map[i]);
                doubles[2 * i] = buffer.get(k);
                doubles[2 * i + 1] = buffer.get(k + 1);
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            double[] doubles = tile.doubles;
            for (int i = 0; i < n; i++) {
                int k = 2 * (at + map[i]);
                buffer.put(k, doubles[2 * i]);
                buffer.put(k + 1, doubles[2 * i + 1]);
            }
        }

        @Override
        void spread(Tile tile, int n, int times) {
            double[] doubles = tile.doubles;
            for (int i = n - 1; i >= 0 && times > 1; i--) {
                double re = doubles[2 * i];
                double im = doubles[2 * i + 1];
                for (int e = i * times; e < (i + 1) * times; e++) {
                    doubles[2 * e] = re;
                    doubles[2 * e + 1] = im;
                }
            }
        }
    }
}
