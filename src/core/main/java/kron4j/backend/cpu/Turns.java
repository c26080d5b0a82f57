package kron4j.backend.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import kron4j.backend.PerThread;

/**
 * Where a thread turns a tile: rows of the source as longs, and the runs of the target. Elements that are narrower than a long are turned within the longs of
 * as many rows as a long has elements, by shifts that the JIT compiles to vectors; then each long is a piece of a run. The first element of a long is in its
 * lowest bits.
 */
final class Turns {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final PerThread<Turns> LOCAL = new PerThread<>(Turns::new);

    /** Arrays of their own, so that the JIT sees that they do not overlap. */
    final long[][] rows = new long[Long.BYTES][0];

    long[] longs = {};
    byte[] runs = {};

    /** This thread's, with room for single rows of so many longs, and for all rows or all runs of a tile. */
    static Turns local(int row, int longs, int bytes) {
        Turns turns = LOCAL.get();
        if (turns.rows[0].length < row) {
            for (int i = 0; i < turns.rows.length; i++) {
                turns.rows[i] = new long[row];
            }
        }
        if (turns.longs.length < longs) {
            turns.longs = new long[longs];
        }
        if (turns.runs.length < bytes) {
            turns.runs = new byte[bytes];
        }
        return turns;
    }

    /** Makes each long of row r of a column of elements: those with number r in the longs of all rows, of which there are {@code 8 / width}. */
    void turn(int width, int longs) {
        int count = Long.BYTES / width;
        for (int step = 1; step < count; step *= 2) {
            int bits = step * width * Byte.SIZE;
            long low = Long.divideUnsigned(-1L, (1L << bits) + 1);
            for (int i = 0; i < count; i++) {
                if ((i & step) == 0) {
                    exchange(rows[i], rows[i + step], longs, bits, low);
                }
            }
        }
    }

    /** Exchanges the high part of each pair in one row with the low part in the other. */
    private static void exchange(long[] x, long[] y, int n, int bits, long low) {
        for (int i = 0; i < n; i++) {
            long a = x[i];
            long b = y[i];
            x[i] = (a & low) | ((b & low) << bits);
            y[i] = ((a >>> bits) & low) | (b & ~low);
        }
    }

    /** Writes longs of a row to places that begin at {@code places[first]}. */
    void scatter(int row, int n, int[] places, int first, int to) {
        scatter(rows[row], n, places, first, runs, to);
    }

    private static void scatter(long[] x, int n, int[] places, int first, byte[] y, int to) {
        for (int i = 0; i < n; i++) {
            LONGS.set(y, to + places[first + i], x[i]);
        }
    }

    /** Makes the first row of longs from the listed places, counted from {@code first}. */
    void gather(int first, int[] places, int n) {
        gather(longs, first, places, n, rows[0]);
    }

    private static void gather(long[] x, int first, int[] places, int n, long[] y) {
        for (int i = 0; i < n; i++) {
            y[i] = x[first + places[i]];
        }
    }

    /** Writes elements of the first row. */
    void scatterNarrow(int width, int n, int[] places, int to) {
        switch (width) {
            case 1 -> bytes(rows[0], n, places, runs, to);
            case 2 -> shorts(rows[0], n, places, runs, to);
            case 4 -> ints(rows[0], n, places, runs, to);
            default -> throw new AssertionError(width);
        }
    }

    private static void bytes(long[] x, int n, int[] places, byte[] y, int to) {
        for (int i = 0; i < n; i++) {
            y[to + places[i]] = (byte) (x[i >> 3] >>> (i << 3));
        }
    }

    private static void shorts(long[] x, int n, int[] places, byte[] y, int to) {
        for (int i = 0; i < n; i++) {
            SHORTS.set(y, to + places[i], (short) (x[i >> 2] >>> (i << 4)));
        }
    }

    private static void ints(long[] x, int n, int[] places, byte[] y, int to) {
        for (int i = 0; i < n; i++) {
            INTS.set(y, to + places[i], (int) (x[i >> 1] >>> (i << 5)));
        }
    }
}
