package kron4j.backend.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import kron4j.backend.PerThread;

/** Where a thread turns a tile: some of its rows as they lie in the source, and all of it as it lies in the target; elements of one width, of which only the bits count. */
abstract class Turns {
    /** Rows that are turned at a time, and the least number of their elements. */
    static final int ROWS = 8;

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle TWO = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.nativeOrder());

    private static final PerThread<Turns> BYTES = new PerThread<>(() -> new Narrow(1));
    private static final PerThread<Turns> SHORTS = new PerThread<>(() -> new Narrow(2));
    private static final PerThread<Turns> INTS = new PerThread<>(Ints::new);
    private static final PerThread<Turns> LONGS = new PerThread<>(Longs::new);
    private static final PerThread<Turns> PAIRS = new PerThread<>(Pairs::new);

    /** This thread's, with room for so many elements of rows and of a tile. */
    static Turns local(int width, int rows, int tile) {
        PerThread<Turns> turns = switch (width) {
            case 1 -> BYTES;
            case 2 -> SHORTS;
            case 4 -> INTS;
            case 8 -> LONGS;
            case 16 -> PAIRS;
            default -> throw new AssertionError(width);
        };
        turns.get().reserve(rows, tile);
        return turns.get();
    }

    /** Bytes of the units that elements of a width are kept in. */
    static int unit(int width) {
        return width < Integer.BYTES ? Byte.BYTES : Math.min(width, Long.BYTES);
    }

    abstract void reserve(int rows, int tile);

    /** Reads {@code count} elements to the rows, from {@code to} on. */
    abstract void read(Bits bits, long from, int count, int to);

    /** Writes {@code count} elements of the tile, from {@code from} on. */
    abstract void write(Bits bits, int from, int count, long to);

    /** {@code tile[y + i] = rows[x + i * step]} for i below n. */
    abstract void gather(int x, int step, int y, int n);

    /** {@code tile[y + places[i]] = rows[x + i * step]} for i below n. */
    abstract void scatter(int x, int step, int y, int[] places, int n);

    /** {@code tile[y + places[i] + r] = rows[x + r * pitch + i * step]} for i below n, at least {@link #ROWS}, and r below {@link #ROWS}. */
    abstract void turn(int x, int pitch, int step, int y, int[] places, int n);

    static void turn(int[] rows, int x, int pitch, int step, int[] tile, int y, int[] places, int n) {
        for (int i = 0, s = x; i < n; i++, s += step) {
            int t = y + places[i];
            tile[t] = rows[s];
            tile[t + 1] = rows[s + pitch];
            tile[t + 2] = rows[s + 2 * pitch];
            tile[t + 3] = rows[s + 3 * pitch];
            tile[t + 4] = rows[s + 4 * pitch];
            tile[t + 5] = rows[s + 5 * pitch];
            tile[t + 6] = rows[s + 6 * pitch];
            tile[t + 7] = rows[s + 7 * pitch];
        }
    }

    static void turn(long[] rows, int x, int pitch, int step, long[] tile, int y, int[] places, int n) {
        for (int i = 0, s = x; i < n; i++, s += step) {
            int t = y + places[i];
            tile[t] = rows[s];
            tile[t + 1] = rows[s + pitch];
            tile[t + 2] = rows[s + 2 * pitch];
            tile[t + 3] = rows[s + 3 * pitch];
            tile[t + 4] = rows[s + 4 * pitch];
            tile[t + 5] = rows[s + 5 * pitch];
            tile[t + 6] = rows[s + 6 * pitch];
            tile[t + 7] = rows[s + 7 * pitch];
        }
    }

    /** Of pairs of longs. */
    static void turnPairs(long[] rows, int x, int pitch, int step, long[] tile, int y, int[] places, int n) {
        for (int r = 0; r < ROWS; r += 4) {
            int x0 = 2 * (x + r * pitch);
            turnFour(rows, x0, x0 + 2 * pitch, x0 + 4 * pitch, x0 + 6 * pitch, 2 * step, tile, y + r, places, n);
        }
    }

    private static void turnFour(
            long[] rows, int a, int b, int c, int d, int step, long[] tile, int y, int[] places, int n) {
        for (int i = 0, s = 0; i < n; i++, s += step) {
            int t = 2 * (y + places[i]);
            tile[t] = rows[a + s];
            tile[t + 1] = rows[a + s + 1];
            tile[t + 2] = rows[b + s];
            tile[t + 3] = rows[b + s + 1];
            tile[t + 4] = rows[c + s];
            tile[t + 5] = rows[c + s + 1];
            tile[t + 6] = rows[d + s];
            tile[t + 7] = rows[d + s + 1];
        }
    }

    /** Bytes and shorts, which are turned by squares: as many rows and columns as a long has elements. */
    private static final class Narrow extends Turns {
        private static final long LOW_INT = 0xffff_ffffL;
        private static final long LOW_SHORTS = 0x0000_ffff_0000_ffffL;
        private static final long LOW_BYTES = 0x00ff_00ff_00ff_00ffL;

        private final int width;
        private byte[] rows = {};
        private byte[] tile = {};

        Narrow(int width) {
            this.width = width;
        }

        @Override
        void reserve(int rowsRoom, int tileRoom) {
            rows = rows.length < rowsRoom * width ? new byte[rowsRoom * width] : rows;
            tile = tile.length < tileRoom * width ? new byte[tileRoom * width] : tile;
        }

        @Override
        void read(Bits bits, long from, int count, int to) {
            bits.read(from, count * width, rows, to * width);
        }

        @Override
        void write(Bits bits, int from, int count, long to) {
            bits.write(tile, from * width, count * width, to);
        }

        @Override
        void gather(int x, int step, int y, int n) {
            if (width == 1) {
                gather(rows, x, step, tile, y, n);
            } else {
                gatherShorts(rows, 2 * x, 2 * step, tile, 2 * y, n);
            }
        }

        private static void gather(byte[] rows, int x, int step, byte[] tile, int y, int n) {
            if (step == -1) {
                for (int i = 0; i < n; i++) {
                    tile[y + i] = rows[x - i];
                }
            } else if (step == 2) {
                for (int i = 0; i < n; i++) {
                    tile[y + i] = rows[x + 2 * i];
                }
            } else {
                for (int i = 0; i < n; i++) {
                    tile[y + i] = rows[x + step * i];
                }
            }
        }

        private static void gatherShorts(byte[] rows, int x, int step, byte[] tile, int y, int n) {
            for (int i = 0, s = x; i < n; i++, s += step) {
                TWO.set(tile, y + 2 * i, (short) TWO.get(rows, s));
            }
        }

        @Override
        void scatter(int x, int step, int y, int[] places, int n) {
            if (width == 1) {
                scatter(rows, x, step, tile, y, places, n);
            } else {
                scatterShorts(rows, 2 * x, 2 * step, tile, y, places, n);
            }
        }

        private static void scatter(byte[] rows, int x, int step, byte[] tile, int y, int[] places, int n) {
            for (int i = 0, s = x; i < n; i++, s += step) {
                tile[y + places[i]] = rows[s];
            }
        }

        private static void scatterShorts(byte[] rows, int x, int step, byte[] tile, int y, int[] places, int n) {
            for (int i = 0, s = x; i < n; i++, s += step) {
                TWO.set(tile, 2 * (y + places[i]), (short) TWO.get(rows, s));
            }
        }

        @Override
        void turn(int x, int pitch, int step, int y, int[] places, int n) {
            if (step > 1) {
                for (int r = 0; r < ROWS; r++) {
                    scatter(x + r * pitch, step, y + r, places, n);
                }
                return;
            }
            if (width == 1) {
                squaresOfBytes(rows, x, pitch, tile, y, places, n);
            } else {
                squaresOfShorts(rows, 2 * x, 2 * pitch, tile, 2 * y, places, n);
                squaresOfShorts(rows, 2 * (x + 4 * pitch), 2 * pitch, tile, 2 * (y + 4), places, n);
            }
        }

        private static long at(byte[] x, int i) {
            return (long) EIGHT.get(x, i);
        }

        private static long low(long a, long b, int bits, long low) {
            return (a & low) | ((b & low) << bits);
        }

        private static long high(long a, long b, int bits, long low) {
            return ((a >>> bits) & low) | (b & ~low);
        }

        private static void squaresOfShorts(byte[] x, int from, int pitch, byte[] y, int to, int[] places, int n) {
            for (int i = 0; i < n; i += 4) {
                int p = Math.min(i, n - 4);
                int s = from + 2 * p;
                long a = at(x, s);
                long b = at(x, s + pitch);
                long c = at(x, s + 2 * pitch);
                long d = at(x, s + 3 * pitch);
                long even = low(a, b, 16, LOW_SHORTS);
                long odd = high(a, b, 16, LOW_SHORTS);
                long evenBelow = low(c, d, 16, LOW_SHORTS);
                long oddBelow = high(c, d, 16, LOW_SHORTS);
                EIGHT.set(y, to + 2 * places[p], low(even, evenBelow, 32, LOW_INT));
                EIGHT.set(y, to + 2 * places[p + 1], low(odd, oddBelow, 32, LOW_INT));
                EIGHT.set(y, to + 2 * places[p + 2], high(even, evenBelow, 32, LOW_INT));
                EIGHT.set(y, to + 2 * places[p + 3], high(odd, oddBelow, 32, LOW_INT));
            }
        }

        private static void squaresOfBytes(byte[] x, int from, int pitch, byte[] y, int to, int[] places, int n) {
            for (int i = 0; i < n; i += 8) {
                int p = Math.min(i, n - 8);
                int s = from + p;
                long a = at(x, s);
                long b = at(x, s + pitch);
                long c = at(x, s + 2 * pitch);
                long d = at(x, s + 3 * pitch);
                long e = at(x, s + 4 * pitch);
                long f = at(x, s + 5 * pitch);
                long g = at(x, s + 6 * pitch);
                long h = at(x, s + 7 * pitch);
                everySecond(
                        low(a, b, 8, LOW_BYTES),
                        low(c, d, 8, LOW_BYTES),
                        low(e, f, 8, LOW_BYTES),
                        low(g, h, 8, LOW_BYTES),
                        y,
                        to,
                        places,
                        p);
                everySecond(
                        high(a, b, 8, LOW_BYTES),
                        high(c, d, 8, LOW_BYTES),
                        high(e, f, 8, LOW_BYTES),
                        high(g, h, 8, LOW_BYTES),
                        y,
                        to,
                        places,
                        p + 1);
            }
        }

        /** Every second column of four pairs of rows. */
        private static void everySecond(long ab, long cd, long ef, long gh, byte[] y, int to, int[] places, int p) {
            long even = low(ab, cd, 16, LOW_SHORTS);
            long odd = high(ab, cd, 16, LOW_SHORTS);
            long evenBelow = low(ef, gh, 16, LOW_SHORTS);
            long oddBelow = high(ef, gh, 16, LOW_SHORTS);
            EIGHT.set(y, to + places[p], low(even, evenBelow, 32, LOW_INT));
            EIGHT.set(y, to + places[p + 2], low(odd, oddBelow, 32, LOW_INT));
            EIGHT.set(y, to + places[p + 4], high(even, evenBelow, 32, LOW_INT));
            EIGHT.set(y, to + places[p + 6], high(odd, oddBelow, 32, LOW_INT));
        }
    }

    private static final class Ints extends Turns {
        private int[] rows = {};
        private int[] tile = {};

        @Override
        void reserve(int rowsRoom, int tileRoom) {
            rows = rows.length < rowsRoom ? new int[rowsRoom] : rows;
            tile = tile.length < tileRoom ? new int[tileRoom] : tile;
        }

        @Override
        void read(Bits bits, long from, int count, int to) {
            bits.read(from, count, rows, to);
        }

        @Override
        void write(Bits bits, int from, int count, long to) {
            bits.write(tile, from, count, to);
        }

        @Override
        void gather(int x, int step, int y, int n) {
            gather(rows, x, step, tile, y, n);
        }

        @Override
        void scatter(int x, int step, int y, int[] places, int n) {
            scatter(rows, x, step, tile, y, places, n);
        }

        private static void gather(int[] rows, int x, int step, int[] tile, int y, int n) {
            if (step == -1) {
                for (int i = 0; i < n; i++) {
                    tile[y + i] = rows[x - i];
                }
            } else if (step == 2) {
                for (int i = 0; i < n; i++) {
                    tile[y + i] = rows[x + 2 * i];
                }
            } else {
                for (int i = 0; i < n; i++) {
                    tile[y + i] = rows[x + step * i];
                }
            }
        }

        private static void scatter(int[] rows, int x, int step, int[] tile, int y, int[] places, int n) {
            for (int i = 0, s = x; i < n; i++, s += step) {
                tile[y + places[i]] = rows[s];
            }
        }

        @Override
        void turn(int x, int pitch, int step, int y, int[] places, int n) {
            if (step == 1) {
                Loops.BEST.turn(rows, x, pitch, tile, y, places, n);
            } else {
                turn(rows, x, pitch, step, tile, y, places, n);
            }
        }
    }

    private static final class Longs extends Turns {
        private long[] rows = {};
        private long[] tile = {};

        @Override
        void reserve(int rowsRoom, int tileRoom) {
            rows = rows.length < rowsRoom ? new long[rowsRoom] : rows;
            tile = tile.length < tileRoom ? new long[tileRoom] : tile;
        }

        @Override
        void read(Bits bits, long from, int count, int to) {
            bits.read(from, count, rows, to);
        }

        @Override
        void write(Bits bits, int from, int count, long to) {
            bits.write(tile, from, count, to);
        }

        @Override
        void gather(int x, int step, int y, int n) {
            gather(rows, x, step, tile, y, n);
        }

        @Override
        void scatter(int x, int step, int y, int[] places, int n) {
            scatter(rows, x, step, tile, y, places, n);
        }

        private static void gather(long[] rows, int x, int step, long[] tile, int y, int n) {
            if (step == -1) {
                for (int i = 0; i < n; i++) {
                    tile[y + i] = rows[x - i];
                }
            } else if (step == 2) {
                for (int i = 0; i < n; i++) {
                    tile[y + i] = rows[x + 2 * i];
                }
            } else {
                for (int i = 0; i < n; i++) {
                    tile[y + i] = rows[x + step * i];
                }
            }
        }

        private static void scatter(long[] rows, int x, int step, long[] tile, int y, int[] places, int n) {
            for (int i = 0, s = x; i < n; i++, s += step) {
                tile[y + places[i]] = rows[s];
            }
        }

        @Override
        void turn(int x, int pitch, int step, int y, int[] places, int n) {
            if (step == 1) {
                Loops.BEST.turn(rows, x, pitch, tile, y, places, n);
            } else {
                turn(rows, x, pitch, step, tile, y, places, n);
            }
        }
    }

    private static final class Pairs extends Turns {
        private long[] rows = {};
        private long[] tile = {};

        @Override
        void reserve(int rowsRoom, int tileRoom) {
            rows = rows.length < 2 * rowsRoom ? new long[2 * rowsRoom] : rows;
            tile = tile.length < 2 * tileRoom ? new long[2 * tileRoom] : tile;
        }

        @Override
        void read(Bits bits, long from, int count, int to) {
            bits.read(from, 2 * count, rows, 2 * to);
        }

        @Override
        void write(Bits bits, int from, int count, long to) {
            bits.write(tile, 2 * from, 2 * count, to);
        }

        @Override
        void gather(int x, int step, int y, int n) {
            gather(rows, x, step, tile, y, n);
        }

        @Override
        void scatter(int x, int step, int y, int[] places, int n) {
            scatter(rows, x, step, tile, y, places, n);
        }

        private static void gather(long[] rows, int x, int step, long[] tile, int y, int n) {
            for (int i = 0, s = 2 * x, t = 2 * y; i < n; i++, s += 2 * step, t += 2) {
                tile[t] = rows[s];
                tile[t + 1] = rows[s + 1];
            }
        }

        private static void scatter(long[] rows, int x, int step, long[] tile, int y, int[] places, int n) {
            for (int i = 0, s = 2 * x; i < n; i++, s += 2 * step) {
                int t = 2 * (y + places[i]);
                tile[t] = rows[s];
                tile[t + 1] = rows[s + 1];
            }
        }

        @Override
        void turn(int x, int pitch, int step, int y, int[] places, int n) {
            if (step == 1) {
                Loops.BEST.turnPairs(rows, x, pitch, tile, y, places, n);
            } else {
                turnPairs(rows, x, pitch, step, tile, y, places, n);
            }
        }
    }
}
