package kron4j.backend.cpu;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import kron4j.backend.ScanOp;
import kron4j.backend.View;

/** Running reductions of lines that follow each other in memory, in one pass over tiles of one line, with the additions of {@link Running} in its order. */
final class LineScans {
    private LineScans() {}

    /** As {@link Scans#run(ScanOp, View, View)} of sums and products; false, and nothing is done, where it cannot do it. */
    static boolean run(ScanOp op, View a, View out) {
        if ((op != ScanOp.SUM && op != ScanOp.PROD) || !fits(a, out) || a.dtype() != out.dtype()) {
            return false;
        }
        boolean sums = op == ScanOp.SUM;
        int length = (int) a.shape().at(-1);
        switch (Primitive.of(a.dtype())) {
            case FLOAT -> {
                FloatBuffer x = storage(a).whole().asFloatBuffer();
                FloatBuffer y = storage(out).whole().asFloatBuffer();
                each(a, out, (from, to) -> floats(x, from, y, to, length, sums));
            }
            case DOUBLE -> {
                DoubleBuffer x = storage(a).whole().asDoubleBuffer();
                DoubleBuffer y = storage(out).whole().asDoubleBuffer();
                each(a, out, (from, to) -> doubles(x, from, y, to, length, sums));
            }
            default -> {
                LongBuffer x = storage(a).whole().asLongBuffer();
                LongBuffer y = storage(out).whole().asLongBuffer();
                each(a, out, (from, to) -> longs(x, from, y, to, length, sums));
            }
        }
        return true;
    }

    /** Running sums of complex elements, as those of their parts; false, and nothing is done, where it cannot do it, or threads would have no lines. */
    static boolean sumsOfPairs(View a, View out) {
        int length = (int) a.shape().at(-1);
        if (!isOneBuffer(a, out) || a.shape().size() / length < Parallel.threads()) {
            return false;
        }
        if (Primitive.of(a.dtype().realPart()) == Primitive.FLOAT) {
            FloatBuffer x = storage(a).whole().asFloatBuffer();
            FloatBuffer y = storage(out).whole().asFloatBuffer();
            each(a, out, (from, to) -> floatPairs(x, 2 * from, y, 2 * to, 2 * length));
        } else {
            DoubleBuffer x = storage(a).whole().asDoubleBuffer();
            DoubleBuffer y = storage(out).whole().asDoubleBuffer();
            each(a, out, (from, to) -> doublePairs(x, 2 * from, y, 2 * to, 2 * length));
        }
        return true;
    }

    /** The largest or least elements so far and where the last of them is; false, and nothing is done, where it cannot do it. */
    static boolean extremes(ScanOp op, View a, View values, View places) {
        if (!fits(a, values) || !fits(places, places)) {
            return false;
        }
        int length = (int) a.shape().at(-1);
        int first = (int) (places.layout().offset() - values.layout().offset());
        LongBuffer z = storage(places).whole().asLongBuffer();
        boolean least = op == ScanOp.MIN;
        switch (Primitive.of(a.dtype())) {
            case FLOAT -> {
                FloatBuffer x = storage(a).whole().asFloatBuffer();
                FloatBuffer y = storage(values).whole().asFloatBuffer();
                each(a, values, (from, to) -> extremes(x, from, y, z, to, to + first, length, least ? -1 : 1));
            }
            case DOUBLE -> {
                DoubleBuffer x = storage(a).whole().asDoubleBuffer();
                DoubleBuffer y = storage(values).whole().asDoubleBuffer();
                each(a, values, (from, to) -> extremes(x, from, y, z, to, to + first, length, least ? -1 : 1));
            }
            default -> {
                LongBuffer x = storage(a).whole().asLongBuffer();
                LongBuffer y = storage(values).whole().asLongBuffer();
                each(a, values, (from, to) -> extremes(x, from, y, z, to, to + first, length, least ? -1L : 0L));
            }
        }
        return true;
    }

    private static boolean fits(View a, View out) {
        return Primitive.of(a.dtype()).isCommon() && isOneBuffer(a, out);
    }

    private static boolean isOneBuffer(View a, View out) {
        return a.layout().isContiguous()
                && out.layout().isContiguous()
                && storage(a).fitsOneBuffer()
                && storage(out).fitsOneBuffer();
    }

    private static CpuStorage storage(View v) {
        return (CpuStorage) v.storage();
    }

    /** Work on a line, by the positions of its first elements. */
    private interface Line {
        void run(int from, int to);
    }

    private static void each(View a, View out, Line body) {
        long length = a.shape().at(-1);
        long lines = length == 0 ? 0 : a.shape().size() / length;
        int from = (int) a.layout().offset();
        int to = (int) out.layout().offset();
        Parallel.forRange(lines, 1 + Tiles.GRAIN / Math.max(1, length), (first, end) -> {
            for (long line = first; line < end; line++) {
                body.run((int) (from + line * length), (int) (to + line * length));
            }
        });
    }

    private static void floats(FloatBuffer x, int from, FloatBuffer y, int to, int length, boolean sums) {
        float[] tile = Tile.local()[0].floats;
        double last = sums ? Running.NOTHING : 1;
        for (int at = 0; at < length; at += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, length - at);
            x.get(from + at, tile, 0, n);
            last = sums ? sum(tile, n, last) : product(tile, n, last);
            y.put(to + at, tile, 0, n);
        }
    }

    private static void floatPairs(FloatBuffer x, int from, FloatBuffer y, int to, int length) {
        float[] tile = Tile.local()[0].floats;
        double[] sums = {Running.NOTHING, Running.NOTHING};
        for (int at = 0; at < length; at += 2 * Tile.SIZE) {
            int n = Math.min(2 * Tile.SIZE, length - at);
            x.get(from + at, tile, 0, n);
            sumPairs(tile, n, sums);
            y.put(to + at, tile, 0, n);
        }
    }

    /** The additions of {@link #sum(float[], int, double)} for both parts. */
    private static void sumPairs(float[] x, int n, double[] before) {
        double re = Running.NOTHING;
        double im = Running.NOTHING;
        int i = 0;
        for (; i + 7 < n; i += 8) {
            double a = x[i];
            double b = a + x[i + 2];
            double c = b + x[i + 4];
            double d = c + x[i + 6];
            x[i] = (float) (re + a + before[0]);
            x[i + 2] = (float) (re + b + before[0]);
            x[i + 4] = (float) (re + c + before[0]);
            re += d;
            x[i + 6] = (float) (re + before[0]);
            double e = x[i + 1];
            double f = e + x[i + 3];
            double g = f + x[i + 5];
            double h = g + x[i + 7];
            x[i + 1] = (float) (im + e + before[1]);
            x[i + 3] = (float) (im + f + before[1]);
            x[i + 5] = (float) (im + g + before[1]);
            im += h;
            x[i + 7] = (float) (im + before[1]);
        }
        for (; i < n; i += 2) {
            re += x[i];
            im += x[i + 1];
            x[i] = (float) (re + before[0]);
            x[i + 1] = (float) (im + before[1]);
        }
        before[0] += re;
        before[1] += im;
    }

    private static void doublePairs(DoubleBuffer x, int from, DoubleBuffer y, int to, int length) {
        double[] tile = Tile.local()[0].doubles;
        double[] sums = {Running.NOTHING, Running.NOTHING};
        for (int at = 0; at < length; at += 2 * Tile.SIZE) {
            int n = Math.min(2 * Tile.SIZE, length - at);
            x.get(from + at, tile, 0, n);
            sumPairs(tile, n, sums);
            y.put(to + at, tile, 0, n);
        }
    }

    private static void sumPairs(double[] x, int n, double[] before) {
        double re = Running.NOTHING;
        double im = Running.NOTHING;
        int i = 0;
        for (; i + 7 < n; i += 8) {
            double a = x[i];
            double b = a + x[i + 2];
            double c = b + x[i + 4];
            double d = c + x[i + 6];
            x[i] = re + a + before[0];
            x[i + 2] = re + b + before[0];
            x[i + 4] = re + c + before[0];
            re += d;
            x[i + 6] = re + before[0];
            double e = x[i + 1];
            double f = e + x[i + 3];
            double g = f + x[i + 5];
            double h = g + x[i + 7];
            x[i + 1] = im + e + before[1];
            x[i + 3] = im + f + before[1];
            x[i + 5] = im + g + before[1];
            im += h;
            x[i + 7] = im + before[1];
        }
        for (; i < n; i += 2) {
            re += x[i];
            im += x[i + 1];
            x[i] = re + before[0];
            x[i + 1] = im + before[1];
        }
        before[0] += re;
        before[1] += im;
    }

    private static double sum(float[] x, int n, double before) {
        double sum = Running.NOTHING;
        int i = 0;
        for (; i + 3 < n; i += 4) {
            double a = x[i];
            double b = a + x[i + 1];
            double c = b + x[i + 2];
            double d = c + x[i + 3];
            x[i] = (float) (sum + a + before);
            x[i + 1] = (float) (sum + b + before);
            x[i + 2] = (float) (sum + c + before);
            sum += d;
            x[i + 3] = (float) (sum + before);
        }
        for (; i < n; i++) {
            sum += x[i];
            x[i] = (float) (sum + before);
        }
        return sum + before;
    }

    /** Four at a time, since each waits for the one before; four floats are no product that a double does not hold. */
    private static double product(float[] x, int n, double before) {
        double product = before;
        int i = 0;
        for (; i + 3 < n; i += 4) {
            double a = x[i];
            double b = a * x[i + 1];
            double c = b * x[i + 2];
            double d = c * x[i + 3];
            x[i] = (float) (product * a);
            x[i + 1] = (float) (product * b);
            x[i + 2] = (float) (product * c);
            product *= d;
            x[i + 3] = (float) product;
        }
        for (; i < n; i++) {
            product *= x[i];
            x[i] = (float) product;
        }
        return product;
    }

    private static void doubles(DoubleBuffer x, int from, DoubleBuffer y, int to, int length, boolean sums) {
        double[] tile = Tile.local()[0].doubles;
        double last = sums ? Running.NOTHING : 1;
        for (int at = 0; at < length; at += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, length - at);
            x.get(from + at, tile, 0, n);
            last = sums ? sum(tile, n, last) : product(tile, n, last);
            y.put(to + at, tile, 0, n);
        }
    }

    private static double sum(double[] x, int n, double before) {
        double sum = Running.NOTHING;
        int i = 0;
        for (; i + 3 < n; i += 4) {
            double a = x[i];
            double b = a + x[i + 1];
            double c = b + x[i + 2];
            double d = c + x[i + 3];
            x[i] = sum + a + before;
            x[i + 1] = sum + b + before;
            x[i + 2] = sum + c + before;
            sum += d;
            x[i + 3] = sum + before;
        }
        for (; i < n; i++) {
            sum += x[i];
            x[i] = sum + before;
        }
        return sum + before;
    }

    private static double product(double[] x, int n, double before) {
        double product = before;
        for (int i = 0; i < n; i++) {
            product *= x[i];
            x[i] = product;
        }
        return product;
    }

    private static void longs(LongBuffer x, int from, LongBuffer y, int to, int length, boolean sums) {
        long[] tile = Tile.local()[0].longs;
        long last = sums ? 0 : 1;
        for (int at = 0; at < length; at += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, length - at);
            x.get(from + at, tile, 0, n);
            for (int i = 0; i < n; i++) {
                last = sums ? last + tile[i] : last * tile[i];
                tile[i] = last;
            }
            y.put(to + at, tile, 0, n);
        }
    }

    private static void extremes(
            FloatBuffer x, int from, FloatBuffer y, LongBuffer z, int to, int place, int length, float sign) {
        Tile tile = Tile.local()[0];
        float[] values = tile.floats;
        long[] places = tile.longs;
        float most = Float.NEGATIVE_INFINITY;
        long found = 0;
        for (int at = 0; at < length; at += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, length - at);
            x.get(from + at, values, 0, n);
            float kept = sign * most;
            for (int i = 0; i < n; i++) {
                int start = i;
                i = Loops.BEST.less(values, i, n, sign, most);
                Arrays.fill(values, start, i, kept);
                Arrays.fill(places, start, i, found);
                if (i < n) {
                    float next = sign * values[i];
                    if (next >= most || Float.isNaN(next)) {
                        most = next;
                        kept = values[i];
                        found = (long) at + i;
                    }
                    values[i] = kept;
                    places[i] = found;
                }
            }
            y.put(to + at, values, 0, n);
            z.put(place + at, places, 0, n);
        }
    }

    private static void extremes(
            DoubleBuffer x, int from, DoubleBuffer y, LongBuffer z, int to, int place, int length, double sign) {
        Tile tile = Tile.local()[0];
        double[] values = tile.doubles;
        long[] places = tile.longs;
        double most = Double.NEGATIVE_INFINITY;
        long found = 0;
        for (int at = 0; at < length; at += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, length - at);
            x.get(from + at, values, 0, n);
            double kept = sign * most;
            for (int i = 0; i < n; i++) {
                int start = i;
                i = Loops.BEST.less(values, i, n, sign, most);
                Arrays.fill(values, start, i, kept);
                Arrays.fill(places, start, i, found);
                if (i < n) {
                    double next = sign * values[i];
                    if (next >= most || Double.isNaN(next)) {
                        most = next;
                        kept = values[i];
                        found = (long) at + i;
                    }
                    values[i] = kept;
                    places[i] = found;
                }
            }
            y.put(to + at, values, 0, n);
            z.put(place + at, places, 0, n);
        }
    }

    /** @param turn -1 for the least, else 0 */
    private static void extremes(
            LongBuffer x, int from, LongBuffer y, LongBuffer z, int to, int place, int length, long turn) {
        Tile[] tiles = Tile.local();
        long[] values = tiles[0].longs;
        long[] places = tiles[1].longs;
        long most = Long.MIN_VALUE;
        long found = 0;
        for (int at = 0; at < length; at += Tile.SIZE) {
            int n = Math.min(Tile.SIZE, length - at);
            x.get(from + at, values, 0, n);
            for (int i = 0; i < n; i++) {
                long next = values[i] ^ turn;
                if (next >= most) {
                    most = next;
                    found = (long) at + i;
                }
                values[i] = most ^ turn;
                places[i] = found;
            }
            y.put(to + at, values, 0, n);
            z.put(place + at, places, 0, n);
        }
    }
}
