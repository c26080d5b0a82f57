package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.Layout;
import kron4j.backend.View;
import kron4j.backend.cpu.LineLoops.Step;
import kron4j.plan.Loop;

/**
 * Softmax of float32 along an axis whose elements do not lie side by side, and its gradient, by vectors of neighbouring columns, row by row. Sums are of {@link #BLOCK} rows
 * each, which are added up.
 */
final class ColumnSoftmax {
    /** Columns at a time, whose numbers stay in the nearest cache. */
    private static final int MOST = 1 << 10;

    private static final int BLOCK = 64;

    private final ColumnLoops loops = Loops.BEST.columns();
    private final Loop kept;
    private final long[] steps;
    private final Object[] memory;
    private final long rows;
    private final long columns;

    private ColumnSoftmax(int axis, View... views) {
        kept = Loop.of(Arrays.stream(views).map(v -> v.layout().select(axis, 0)).toArray(Layout[]::new));
        steps = Arrays.stream(views)
                .mapToLong(v -> v.layout().stride(axis) * Float.BYTES)
                .toArray();
        memory = Arrays.stream(views)
                .map(v -> loops.show(((CpuStorage) v.storage()).whole()))
                .toArray();
        rows = views[0].shape().at(axis);
        columns = kept.sizes()[kept.rank() - 1];
    }

    /** The plan, or null if the elements are not of float32, or the columns not whole vectors that lie side by side. */
    private static ColumnSoftmax of(int axis, View... views) {
        boolean fits = Loops.BEST.columns() != null && views[0].shape().size() > 0;
        for (View v : views) {
            fits &= Primitive.of(v.dtype()) == Primitive.FLOAT && ((CpuStorage) v.storage()).fitsOneBuffer();
        }
        ColumnSoftmax plan = fits ? new ColumnSoftmax(axis, views) : null;
        return plan != null && plan.fits() ? plan : null;
    }

    private boolean fits() {
        boolean fits = columns % loops.lanes() == 0;
        for (long[] strides : kept.strides()) {
            fits &= strides[kept.rank() - 1] == 1;
        }
        return fits;
    }

    /** {@code out = softmax(a)} along an axis, or its logarithm, if the layouts allow it; returns whether it did. */
    static boolean run(int axis, View a, boolean log, View out) {
        ColumnSoftmax plan = of(axis, a, out);
        if (plan != null) {
            plan.each(strip -> strip.softmax(log));
        }
        return plan != null;
    }

    /** The gradient from that of the result and the result, or from its logarithm, if the layouts allow it; returns whether it did. */
    static boolean slopes(int axis, View g, View y, boolean log, View out) {
        ColumnSoftmax plan = of(axis, g, y, out);
        if (plan != null) {
            plan.each(strip -> strip.slopes(log));
        }
        return plan != null;
    }

    private interface Turn {
        void run(Strip strip);
    }

    private void each(Turn turn) {
        long parts = (columns + MOST - 1) / MOST;
        long outer = kept.size() / columns;
        Parallel.forRange(outer * parts, 1 + Tiles.GRAIN / (rows * Math.min(columns, MOST)), (from, to) -> {
            Strip strip = new Strip();
            for (long i = from; i < to; i++) {
                strip.begin(i / parts, i % parts * MOST);
                turn.run(strip);
            }
        });
    }

    /** Columns that a thread computes together. */
    private final class Strip {
        private final int most = (int) Math.min(columns, MOST);
        private final float[] largest = new float[most];
        private final float[] some = new float[most];
        private final float[] sums = new float[most];
        private final long[] at = new long[memory.length];
        private int count;

        void begin(long outer, long first) {
            count = (int) Math.min(most, columns - first);
            for (int v = 0; v < at.length; v++) {
                at[v] = kept.position(v, outer * columns + first) * Float.BYTES;
            }
        }

        void softmax(boolean log) {
            Arrays.fill(largest, Float.NEGATIVE_INFINITY);
            pass(Step.LARGEST, 0, 0, 0, largest, null);
            sums(Step.EXPONENTIALS, 0, 0, 1, largest);
            for (int c = 0; c < count; c++) {
                sums[c] = log ? (float) Math.log(sums[c]) : 1 / sums[c];
            }
            if (log) {
                pass(Step.SHIFT, 0, 0, 1, largest, sums);
            } else {
                pass(Step.SCALE, 1, 1, 1, sums, null);
            }
        }

        void slopes(boolean log) {
            sums(log ? Step.SUM : Step.PRODUCTS, 0, 1, 2, null);
            pass(log ? Step.LOG_SOFTMAX_SLOPES : Step.SOFTMAX_SLOPES, 0, 1, 2, sums, null);
        }

        /** A step for all rows. */
        private void pass(Step step, int x, int y, int z, float[] p, float[] q) {
            rows(step, x, y, z, p, q, 0, rows);
        }

        private void rows(Step step, int x, int y, int z, float[] p, float[] q, long from, long to) {
            for (long row = from; row < to; row++) {
                long atX = at[x] + row * steps[x];
                long atY = at[y] + row * steps[y];
                long atZ = at[z] + row * steps[z];
                loops.run(step, memory[x], atX, memory[y], atY, memory[z], atZ, p, q, count);
            }
        }

        /** A step for all rows, and what it sums up. */
        private void sums(Step step, int x, int y, int z, float[] p) {
            Arrays.fill(sums, 0);
            for (long from = 0; from < rows; from += BLOCK) {
                Arrays.fill(some, 0);
                rows(step, x, y, z, p, some, from, Math.min(rows, from + BLOCK));
                for (int c = 0; c < count; c++) {
                    sums[c] += some[c];
                }
            }
        }
    }
}
