package kron4j.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import kron4j.backend.View;

/** Moves complex elements, whose parts are neighbours in storages and lie in two arrays of tiles. */
abstract class ComplexCursor extends Cursor {
    /** Elements that are moved in bulk at a time. */
    private static final int BULK = Tile.SIZE / 2;

    /** Below this, a bulk move costs more than single elements. */
    private static final int SHORT = 6;

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

    /** Whether parts are float32. */
    abstract boolean isSingle();

    /** Stores {@code n} neighbours from pairs of the dtype's parts, from the position {@code at} of the storage on. */
    final void store(long at, Object pairs, int n) {
        putPairs(pairs, 2 * n, 2 * visible(at, at + n - 1));
    }

    /** Writes {@code n} parts at a position of the buffer. */
    abstract void putPairs(Object pairs, int n, int at);

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
        boolean isSingle() {
            return false;
        }

        @Override
        void putPairs(Object pairs, int n, int at) {
            buffer.put(at, (double[]) pairs, 0, n);
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            if (stride == 1 && n >= SHORT) {
                double[] pairs = tile.pairs;
                for (int done = 0; done < n; done += BULK) {
                    int m = Math.min(BULK, n - done);
                    buffer.get(2 * (at + done), pairs, 0, 2 * m);
                    part(pairs, re, im, to + done, m);
                }
                return;
            }
            for (int i = 0, k = 2 * at; i < n; i++, k += 2 * stride) {
                re[to + i] = buffer.get(k);
                im[to + i] = buffer.get(k + 1);
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            if (stride == 1 && n >= SHORT) {
                double[] pairs = tile.pairs;
                for (int done = 0; done < n; done += BULK) {
                    int m = Math.min(BULK, n - done);
                    join(re, im, from + done, pairs, m);
                    buffer.put(2 * (at + done), pairs, 0, 2 * m);
                }
                return;
            }
            for (int i = 0, k = 2 * at; i < n; i++, k += 2 * stride) {
                buffer.put(k, re[from + i]);
                buffer.put(k + 1, im[from + i]);
            }
        }

        private static void part(double[] pairs, double[] re, double[] im, int to, int n) {
            for (int i = 0; i < n; i++) {
                re[to + i] = pairs[2 * i];
                im[to + i] = pairs[2 * i + 1];
            }
        }

        private static void join(double[] re, double[] im, int from, double[] pairs, int n) {
            for (int i = 0; i < n; i++) {
                pairs[2 * i] = re[from + i];
                pairs[2 * i + 1] = im[from + i];
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
        boolean isSingle() {
            return true;
        }

        @Override
        void putPairs(Object pairs, int n, int at) {
            buffer.put(at, (float[]) pairs, 0, n);
        }

        @Override
        void loadRun(Tile tile, int to, int n, int at, int stride) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            if (stride == 1 && n >= SHORT) {
                float[] pairs = tile.floats;
                for (int done = 0; done < n; done += BULK) {
                    int m = Math.min(BULK, n - done);
                    buffer.get(2 * (at + done), pairs, 0, 2 * m);
                    part(pairs, re, im, to + done, m);
                }
                return;
            }
            for (int i = 0, k = 2 * at; i < n; i++, k += 2 * stride) {
                re[to + i] = buffer.get(k);
                im[to + i] = buffer.get(k + 1);
            }
        }

        @Override
        void storeRun(Tile tile, int from, int n, int at, int stride) {
            double[] re = tile.doubles;
            double[] im = tile.imaginary;
            if (stride == 1 && n >= SHORT) {
                float[] pairs = tile.floats;
                for (int done = 0; done < n; done += BULK) {
                    int m = Math.min(BULK, n - done);
                    join(re, im, from + done, pairs, m);
                    buffer.put(2 * (at + done), pairs, 0, 2 * m);
                }
                return;
            }
            for (int i = 0, k = 2 * at; i < n; i++, k += 2 * stride) {
                buffer.put(k, (float) re[from + i]);
                buffer.put(k + 1, (float) im[from + i]);
            }
        }

        private static void part(float[] pairs, double[] re, double[] im, int to, int n) {
            for (int i = 0; i < n; i++) {
                re[to + i] = pairs[2 * i];
                im[to + i] = pairs[2 * i + 1];
            }
        }

        private static void join(double[] re, double[] im, int from, float[] pairs, int n) {
            for (int i = 0; i < n; i++) {
                pairs[2 * i] = (float) re[from + i];
                pairs[2 * i + 1] = (float) im[from + i];
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
