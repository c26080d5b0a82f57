package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.backend.PerThread;

/**
 * A few elements on the Java heap, small enough for the first-level cache: the JIT vectorises loops over such arrays, but not over direct buffers.
 * The {@link Kind} of the cursor that loads or stores a tile determines the array that holds the elements.
 */
final class Tile {
    /** Elements in a tile. */
    static final int SIZE = 1024;

    private static final int PER_THREAD = 6;
    private static final PerThread<Tile[]> LOCAL = new PerThread<>(() -> {
        Tile[] tiles = new Tile[PER_THREAD];
        Arrays.setAll(tiles, i -> new Tile());
        return tiles;
    });

    /** Floats, or pairs of them, as doubles below. */
    final float[] floats = new float[2 * SIZE];

    /** With room for a vector that begins at the last pair's second part. */
    final double[] doubles = new double[2 * SIZE + 8];
    /** The imaginary parts of complex elements; their real parts are the doubles. */
    final double[] imaginary = new double[SIZE];

    /** Where cursors part complex elements. */
    final double[] pairs = new double[SIZE];

    final long[] longs = new long[SIZE];
    /** And where cursors convert; truth values of the parts of complex elements. */
    final int[] ints = new int[2 * SIZE];
    /** Halves, and where cursors convert. */
    final short[] shorts = new short[SIZE];
    /** Truth values too, also of the parts of complex elements, and where cursors convert. */
    final byte[] bytes = new byte[2 * SIZE];

    /** This thread's tiles; a kernel that uses them must not call another one that does. */
    static Tile[] local() {
        return LOCAL.get();
    }

    /** Repeats each of the first {@code n} elements of an array of a tile {@code times} times, in place. */
    static void spread(Object elements, int n, int times) {
        if (times == 1) {
            return;
        }
        if (elements instanceof float[] floats) {
            if (times == 2) {
                twice(floats, n);
                return;
            }
            for (int i = n - 1; i >= 0; i--) {
                float v = floats[i];
                for (int e = i * times; e < (i + 1) * times; e++) {
                    floats[e] = v;
                }
            }
        } else if (elements instanceof double[] doubles) {
            for (int i = n - 1; i >= 0; i--) {
                double v = doubles[i];
                for (int e = i * times; e < (i + 1) * times; e++) {
                    doubles[e] = v;
                }
            }
        } else if (elements instanceof int[] ints) {
            for (int i = n - 1; i >= 0; i--) {
                int v = ints[i];
                for (int e = i * times; e < (i + 1) * times; e++) {
                    ints[e] = v;
                }
            }
        } else if (elements instanceof short[] shorts) {
            for (int i = n - 1; i >= 0; i--) {
                Arrays.fill(shorts, i * times, (i + 1) * times, shorts[i]);
            }
        } else if (elements instanceof byte[] bytes) {
            for (int i = n - 1; i >= 0; i--) {
                byte v = bytes[i];
                for (int e = i * times; e < (i + 1) * times; e++) {
                    bytes[e] = v;
                }
            }
        } else {
            long[] longs = (long[]) elements;
            for (int i = n - 1; i >= 0; i--) {
                long v = longs[i];
                for (int e = i * times; e < (i + 1) * times; e++) {
                    longs[e] = v;
                }
            }
        }
    }

    /** The scale of both parts of complex64 elements. */
    private static void twice(float[] floats, int n) {
        for (int i = n - 1; i >= 0; i--) {
            float v = floats[i];
            floats[2 * i] = v;
            floats[2 * i + 1] = v;
        }
    }

    /** Repeats the first {@code n} elements as a whole until there are {@code times} copies. */
    static void repeat(Object elements, int n, int times) {
        if (times > 1) {
            repeat(elements, n, times, elements, 0);
        }
    }

    /** Writes {@code times} copies of the first {@code n} elements from {@code start} of another array on. */
    static void repeat(Object elements, int n, int times, Object to, int start) {
        System.arraycopy(elements, 0, to, start, n);
        for (int done = n; done < n * times; done *= 2) {
            System.arraycopy(to, start, to, start + done, Math.min(done, n * times - done));
        }
    }
}
