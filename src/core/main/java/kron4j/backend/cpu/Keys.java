package kron4j.backend.cpu;

import kron4j.DType;

/**
 * Numbers as signed integers of the same order, of 32 bits or, for dtypes of 8 bytes, of 64: -0.0 is 0.0, NaN is greater than all else. Descending, the
 * order of the numbers is turned round, and NaN stays the greatest.
 */
final class Keys {
    /** The key of NaN. */
    private static final int NAN = Integer.MAX_VALUE;

    private static final long LONG_NAN = Long.MAX_VALUE;

    private static final int INFINITY = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

    private static final long LONG_INFINITY = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

    private Keys() {}

    /** Whether keys of this dtype have 64 bits. */
    static boolean areLong(DType dtype) {
        return dtype.bytes() == Long.BYTES;
    }

    /** Writes the keys of the tile's first {@code n} elements from {@code keys[at]} on; returns whether one of them is -0.0. */
    static boolean of(DType dtype, Tile tile, int n, boolean descending, int[] keys, int at) {
        if (dtype.isFloating()) {
            return ofFloats(tile.floats, n, descending ? -1 : 0, keys, at);
        }
        // Few digits of keys of one byte differ.
        int shift = dtype.bytes() == 1 ? 1 << 7 : 0;
        int turn = descending ? -1 : 0;
        for (int i = 0; i < n; i++) {
            keys[at + i] = ((int) tile.longs[i] + shift) ^ turn;
        }
        return false;
    }

    private static boolean ofFloats(float[] x, int n, int turn, int[] keys, int at) {
        boolean negative = false;
        for (int i = 0; i < n; i++) {
            int raw = Float.floatToRawIntBits(x[i]);
            negative |= raw == Integer.MIN_VALUE;
            keys[at + i] = keyOf(x[i], turn);
        }
        return negative;
    }

    private static int keyOf(float x, int turn) {
        int bits = Float.floatToRawIntBits(x + 0.0f);
        int key = bits ^ ((bits >> 31) >>> 1) ^ turn;
        return Float.isNaN(x) ? NAN : key;
    }

    /** The same in 64 bits. */
    static boolean of(DType dtype, Tile tile, int n, boolean descending, long[] keys, int at) {
        long turn = descending ? -1 : 0;
        if (dtype.isFloating()) {
            boolean negative = false;
            for (int i = 0; i < n; i++) {
                double x = tile.doubles[i];
                negative |= Double.doubleToRawLongBits(x) == Long.MIN_VALUE;
                keys[at + i] = keyOf(x, turn);
            }
            return negative;
        }
        for (int i = 0; i < n; i++) {
            keys[at + i] = tile.longs[i] ^ turn;
        }
        return false;
    }

    private static long keyOf(double x, long turn) {
        long bits = Double.doubleToRawLongBits(x + 0.0);
        long key = bits ^ ((bits >> 63) >>> 1) ^ turn;
        return Double.isNaN(x) ? LONG_NAN : key;
    }

    /** Makes keys of the bits of floats, in place, by operations that the JIT vectorises; returns whether one of them is -0.0. */
    static boolean ofBits(int[] x, int from, int to, boolean descending) {
        int turn = descending ? -1 : 0;
        boolean negativeZero = from < to && Loops.BEST.min(x, from, to - from) == Integer.MIN_VALUE;
        for (int i = from; i < to; i++) {
            int bits = x[i];
            int other = bits ^ Integer.MIN_VALUE;
            int zero = ((other - 1) & ~other) >> 31;
            int nan = (INFINITY - (bits & Integer.MAX_VALUE)) >> 31;
            int key = ((bits ^ ((bits >> 31) >>> 1)) & ~zero) ^ turn;
            x[i] = (key & ~nan) | (NAN & nan);
        }
        return negativeZero;
    }

    /** The same of doubles. */
    static boolean ofBits(long[] x, int from, int to, boolean descending) {
        long turn = descending ? -1 : 0;
        boolean negativeZero = from < to && Loops.BEST.min(x, from, to - from) == Long.MIN_VALUE;
        for (int i = from; i < to; i++) {
            long bits = x[i];
            long other = bits ^ Long.MIN_VALUE;
            long zero = ((other - 1) & ~other) >> 63;
            long nan = (LONG_INFINITY - (bits & Long.MAX_VALUE)) >> 63;
            long key = ((bits ^ ((bits >> 63) >>> 1)) & ~zero) ^ turn;
            x[i] = (key & ~nan) | (LONG_NAN & nan);
        }
        return negativeZero;
    }

    /** Makes bits of floats of their keys, in place. */
    static void toBits(int[] keys, int from, int to, boolean descending) {
        int turn = descending ? -1 : 0;
        int none = Float.floatToRawIntBits(Float.NaN);
        for (int i = from; i < to; i++) {
            int key = keys[i];
            int other = key ^ NAN;
            int nan = ((other - 1) & ~other) >> 31;
            int bits = key ^ turn;
            bits ^= (bits >> 31) >>> 1;
            keys[i] = (bits & ~nan) | (none & nan);
        }
    }

    /** The same of doubles. */
    static void toBits(long[] keys, int from, int to, boolean descending) {
        long turn = descending ? -1 : 0;
        long none = Double.doubleToRawLongBits(Double.NaN);
        for (int i = from; i < to; i++) {
            long key = keys[i];
            long other = key ^ LONG_NAN;
            long nan = ((other - 1) & ~other) >> 63;
            long bits = key ^ turn;
            bits ^= (bits >> 63) >>> 1;
            keys[i] = (bits & ~nan) | (none & nan);
        }
    }

    /** Turns the order of integers round, in place. */
    static void turn(int[] keys, int from, int to) {
        for (int i = from; i < to; i++) {
            keys[i] = ~keys[i];
        }
    }

    /** The same in 64 bits. */
    static void turn(long[] keys, int from, int to) {
        for (int i = from; i < to; i++) {
            keys[i] = ~keys[i];
        }
    }

    /** Writes the numbers of {@code n} keys from {@code keys[at]} on to the start of the tile. */
    static void toNumbers(DType dtype, int[] keys, int at, int n, boolean descending, Tile tile) {
        int turn = descending ? -1 : 0;
        if (dtype.isFloating()) {
            for (int i = 0; i < n; i++) {
                int key = keys[at + i];
                int bits = key ^ turn;
                bits ^= (bits >> 31) >>> 1;
                tile.floats[i] = key == NAN ? Float.NaN : Float.intBitsToFloat(bits);
            }
            return;
        }
        long shift = dtype.bytes() == 1 ? 1 << 7 : 0;
        for (int i = 0; i < n; i++) {
            tile.longs[i] = (keys[at + i] ^ turn) - shift;
        }
    }

    /** The same of keys of 64 bits. */
    static void toNumbers(DType dtype, long[] keys, int at, int n, boolean descending, Tile tile) {
        long turn = descending ? -1 : 0;
        if (dtype.isFloating()) {
            for (int i = 0; i < n; i++) {
                long key = keys[at + i];
                long bits = key ^ turn;
                bits ^= (bits >> 63) >>> 1;
                tile.doubles[i] = key == LONG_NAN ? Double.NaN : Double.longBitsToDouble(bits);
            }
            return;
        }
        for (int i = 0; i < n; i++) {
            tile.longs[i] = keys[at + i] ^ turn;
        }
    }
}
