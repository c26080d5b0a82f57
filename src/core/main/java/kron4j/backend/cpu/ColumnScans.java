package kron4j.backend.cpu;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import kron4j.backend.View;
import kron4j.plan.Loop;

/** Running sums of lines whose neighbours follow each other in memory, row by row: a thread takes some columns, whose sums stay in the first-level cache. */
final class ColumnScans {
    /** Fewer columns are not worth a row. */
    private static final int LEAST = 16;

    /** Columns that are worth a thread: some cache lines. */
    private static final long GRAIN = 64;

    private final View a;
    private final View out;
    private final Loop lines;
    private final long columns;
    private final int width;

    private ColumnScans(View a, View out, Loop lines) {
        this.a = a;
        this.out = out;
        this.lines = lines;
        columns = lines.sizes()[lines.rank() - 1];
        long share = columns * (lines.size() / columns) / Parallel.threads();
        width = (int) Math.min(Math.min(columns, Tile.SIZE), Math.max(GRAIN, (share + GRAIN - 1) / GRAIN * GRAIN));
    }

    /**
     * As {@link Scans#run(kron4j.backend.ScanOp, View, View)} of sums; false, and nothing is done, where it cannot do it.
     *
     * @param lines the first elements of the lines, of {@code out} and {@code a}
     */
    static boolean sum(View a, View out, Loop lines) {
        int last = lines.rank() - 1;
        boolean rows = lines.sizes()[last] >= LEAST
                && lines.strides()[0][last] == 1
                && lines.strides()[1][last] == 1
                && a.dtype() == out.dtype()
                && storage(a).elements() != null
                && storage(out).elements() != null;
        if (rows) {
            ColumnScans scans = new ColumnScans(a, out, lines);
            long blocks = (scans.columns + scans.width - 1) / scans.width;
            long work = scans.width * a.shape().at(-1);
            Parallel.forRange(lines.size() / scans.columns * blocks, 1 + Tiles.GRAIN / work, (from, to) -> {
                for (long block = from; block < to; block++) {
                    scans.sumBlock(block / blocks * scans.columns, block % blocks * scans.width);
                }
            });
        }
        return rows;
    }

    private static CpuStorage storage(View v) {
        return (CpuStorage) v.storage();
    }

    /** @param line number of the first of the lines that lie side by side */
    private void sumBlock(long line, long first) {
        int n = (int) Math.min(width, columns - first);
        int from = (int) lines.position(1, line + first);
        int to = (int) lines.position(0, line + first);
        int step = (int) a.layout().stride(-1);
        int outStep = (int) out.layout().stride(-1);
        int rows = (int) a.shape().at(-1);
        Tile[] tiles = Tile.local();
        switch (Primitive.of(a.dtype())) {
            case FLOAT -> {
                FloatBuffer x = (FloatBuffer) storage(a).elements();
                FloatBuffer y = (FloatBuffer) storage(out).elements();
                double[] sums = tiles[0].doubles;
                Arrays.fill(sums, 0, n, Running.NOTHING);
                for (int row = 0; row < rows; row++) {
                    x.get(from + row * step, tiles[0].floats, 0, n);
                    Loops.BEST.accumulate(tiles[0].floats, sums, n);
                    y.put(to + row * outStep, tiles[0].floats, 0, n);
                }
            }
            case DOUBLE -> {
                DoubleBuffer x = (DoubleBuffer) storage(a).elements();
                DoubleBuffer y = (DoubleBuffer) storage(out).elements();
                double[] sums = tiles[1].doubles;
                Arrays.fill(sums, 0, n, Running.NOTHING);
                for (int row = 0; row < rows; row++) {
                    x.get(from + row * step, tiles[0].doubles, 0, n);
                    add(tiles[0].doubles, sums, n);
                    y.put(to + row * outStep, sums, 0, n);
                }
            }
            default -> {
                LongBuffer x = (LongBuffer) storage(a).elements();
                LongBuffer y = (LongBuffer) storage(out).elements();
                long[] sums = tiles[1].longs;
                Arrays.fill(sums, 0, n, 0);
                for (int row = 0; row < rows; row++) {
                    x.get(from + row * step, tiles[0].longs, 0, n);
                    add(tiles[0].longs, sums, n);
                    y.put(to + row * outStep, sums, 0, n);
                }
            }
        }
    }

    private static void add(double[] x, double[] sums, int n) {
        for (int i = 0; i < n; i++) {
            sums[i] += x[i];
        }
    }

    private static void add(long[] x, long[] sums, int n) {
        for (int i = 0; i < n; i++) {
            sums[i] += x[i];
        }
    }
}
