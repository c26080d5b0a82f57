package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import kron4j.backend.View;

/** Moves complex elements, whose parts are neighbours in storages and lie in two arrays of tiles. */
abstract class ComplexCursor extends Cursor {
    ComplexCursor(View view, long[] strides, long offset, int window) {
        super(view, strides, offset, window);
    }

    @Override
    final double[] elements(Tile tile) {
        return tile.doubles;
    }

    @Override
    final void spread(Tile tile, int n, int times) {
        Kind.COMPLEX.spread(tile, n, times);
    }

    @Override
    final void repeat(Tile tile, int n, int times) {
        Kind.COMPLEX.repeat(tile, n, times);
    }

    static final class OfDouble extends ComplexCursor {
        private DoubleBuffer buffer;

        OfDouble(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asDoubleBuffer();
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            for (int i = 0, k = 2 * at; i < n; i++, k += 2 * stride) {
                re[to + i] = buffer.get(k);
                im[to + i] = buffer.get(k + 1);
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            for (int i = 0, k = 2 * at; i < n; i++, k += 2 * stride) {
                buffer.put(k, re[from + i]);
                buffer.put(k + 1, im[from + i]);
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            for (int i = 0; i < n; i++) {
                int k = 2 * (at + map[i]);
                re[i] = buffer.get(k);
                im[i] = buffer.get(k + 1);
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            for (int i = 0; i < n; i++) {
                int k = 2 * (at + map[i]);
                buffer.put(k, re[i]);
                buffer.put(k + 1, im[i]);
            }
        }
    }

    static final class OfFloat extends ComplexCursor {
        private FloatBuffer buffer;

        OfFloat(View view, long[] strides, long offset, int window) {
            super(view, strides, offset, window);
        }

        @Override
        void see(ByteBuffer bytes) {
            buffer = bytes.asFloatBuffer();
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            for (int i = 0, k = 2 * at; i < n; i++, k += 2 * stride) {
                re[to + i] = buffer.get(k);
                im[to + i] = buffer.get(k + 1);
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            for (int i = 0, k = 2 * at; i < n; i++, k += 2 * stride) {
                buffer.put(k, (float) re[from + i]);
                buffer.put(k + 1, (float) im[from + i]);
            }
        }

        @Override
        void loadMapped(Tile tile, int n, int at, int[] map) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            for (int i = 0; i < n; i++) {
                int k = 2 * (at + map[i]);
                re[i] = buffer.get(k);
                im[i] = buffer.get(k + 1);
            }
        }

        @Override
        void storeMapped(Tile tile, int n, int at, int[] map) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            for (int i = 0; i < n; i++) {
                int k = 2 * (at + map[i]);
                buffer.put(k, (float) re[i]);
                buffer.put(k + 1, (float) im[i]);
            }
        }
    }
}
