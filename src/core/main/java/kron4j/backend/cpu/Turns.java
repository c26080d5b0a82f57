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
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long LOW_INT = 0xffff_ffffL;
    private static final long LOW_SHORTS = 0x0000_ffff_0000_ffffL;
    private static final long LOW_BYTES = 0x00ff_00ff_00ff_00ffL;

    private static final PerThread<Turns> LOCAL = new PerThread<>(Turns::new);

    /** Arrays of their own, so that the JIT sees that they do not overlap. */
    final long[][] rows = new long[Long.BYTES][0];

    long[] longs = {};
    byte[] runs = {};
    /** A row as bytes, as long as the others. */
    byte[] row = {};

    /** This thread's, with room for single rows of so many longs, and for all rows or all runs of a tile. */
    static Turns local(int row, int longs, int bytes) {
        Turns turns = LOCAL.get();
        if (turns.rows[0].length < row) {
            for (int i = 0; i < turns.rows.length; i++) {
                turns.rows[i] = new long[row];
            }
            turns.row = new byte[row * Long.BYTES];
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

    /**
     * Writes the columns of a matrix of narrow elements, at least {@code 8 / width} rows and columns, by blocks of so many; the last ones may overlap.
     *
     * @param x where it begins in the row of bytes
     * @param lda bytes from one of its rows to the next
     * @param y where its first column goes in the runs
     * @param ldb bytes from there to the next column
     */
    void turn(int width, int x, int lda, int y, int ldb, int m, int n) {
        int count = Long.BYTES / width;
        for (int i = 0; i < m; i += count) {
            int first = Math.min(i, m - count);
            int s = x + first * lda;
            int t = y + first * width;
            switch (width) {
                case 1 -> bytes(row, s, lda, runs, t, ldb, n);
                case 2 -> shorts(row, s, lda, runs, t, ldb, n);
                case 4 -> ints(row, s, lda, runs, t, ldb, n);
                default -> throw new AssertionError(width);
            }
        }
    }

    private static long get(byte[] x, int at) {
        return (long) LONGS.get(x, at);
    }

    private static long low(long a, long b, int bits, long low) {
        return (a & low) | ((b & low) << bits);
    }

    private static long high(long a, long b, int bits, long low) {
        return ((a >>> bits) & low) | (b & ~low);
    }

    private static void ints(byte[] x, int s, int lda, byte[] y, int t, int ldb, int n) {
        for (int column = 0; column < n; column += 2) {
            int j = Math.min(column, n - 2);
            long a = get(x, s + 4 * j);
            long b = get(x, s + 4 * j + lda);
            LONGS.set(y, t + j * ldb, low(a, b, 32, LOW_INT));
            LONGS.set(y, t + j * ldb + ldb, high(a, b, 32, LOW_INT));
        }
    }

    private static void shorts(byte[] x, int s, int lda, byte[] y, int t, int ldb, int n) {
        for (int column = 0; column < n; column += 4) {
            int j = Math.min(column, n - 4);
            int at = s + 2 * j;
            fours(get(x, at), get(x, at + lda), get(x, at + 2 * lda), get(x, at + 3 * lda), y, t + j * ldb, ldb);
        }
    }

    /** Four columns of shorts. */
    private static void fours(long a, long b, long c, long d, byte[] y, int t, int ldb) {
        long even = low(a, b, 16, LOW_SHORTS);
        long odd = high(a, b, 16, LOW_SHORTS);
        long evenBelow = low(c, d, 16, LOW_SHORTS);
        long oddBelow = high(c, d, 16, LOW_SHORTS);
        LONGS.set(y, t, low(even, evenBelow, 32, LOW_INT));
        LONGS.set(y, t + ldb, low(odd, oddBelow, 32, LOW_INT));
        LONGS.set(y, t + 2 * ldb, high(even, evenBelow, 32, LOW_INT));
        LONGS.set(y, t + 3 * ldb, high(odd, oddBelow, 32, LOW_INT));
    }

    private static void bytes(byte[] x, int s, int lda, byte[] y, int t, int ldb, int n) {
        for (int column = 0; column < n; column += 8) {
            int j = Math.min(column, n - 8);
            int at = s + j;
            long a = get(x, at);
            long b = get(x, at + lda);
            long c = get(x, at + 2 * lda);
            long d = get(x, at + 3 * lda);
            long e = get(x, at + 4 * lda);
            long f = get(x, at + 5 * lda);
            long g = get(x, at + 6 * lda);
            long h = get(x, at + 7 * lda);
            long ab = low(a, b, 8, LOW_BYTES);
            long cd = low(c, d, 8, LOW_BYTES);
            long ef = low(e, f, 8, LOW_BYTES);
            long gh = low(g, h, 8, LOW_BYTES);
            fours(ab, cd, ef, gh, y, t + j * ldb, 2 * ldb);
            ab = high(a, b, 8, LOW_BYTES);
            cd = high(c, d, 8, LOW_BYTES);
            ef = high(e, f, 8, LOW_BYTES);
            gh = high(g, h, 8, LOW_BYTES);
            fours(ab, cd, ef, gh, y, t + j * ldb + ldb, 2 * ldb);
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
            case 1 -> scatterBytes(rows[0], n, places, runs, to);
            case 2 -> scatterShorts(rows[0], n, places, runs, to);
            case 4 -> scatterInts(rows[0], n, places, runs, to);
            default -> throw new AssertionError(width);
        }
    }

    private static void scatterBytes(long[] x, int n, int[] places, byte[] y, int to) {
        for (int i = 0; i < n; i++) {
            y[to + places[i]] = (byte) (x[i >> 3] >>> (i << 3));
        }
    }

    private static void scatterShorts(long[] x, int n, int[] places, byte[] y, int to) {
        for (int i = 0; i < n; i++) {
            SHORTS.set(y, to + places[i], (short) (x[i >> 2] >>> (i << 4)));
        }
    }

    private static void scatterInts(long[] x, int n, int[] places, byte[] y, int to) {
        for (int i = 0; i < n; i++) {
            INTS.set(y, to + places[i], (int) (x[i >> 1] >>> (i << 5)));
        }
    }
}
