package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.function.Supplier;
import kron4j.backend.View;
import kron4j.plan.WindowPlan;
import kron4j.plan.WindowPlan.Axis;

/**
 * Sums and maxima over windows: the rows of a window's elements are first combined element by element, which the JIT vectorises, then along the last axis.
 * In double, whatever the elements are.
 */
final class WindowPools {
    private WindowPools() {}

    static void sums(WindowPlan plan, View a, View out) {
        run(plan, out, () -> new Sums(plan, a, out));
    }

    static void maxima(WindowPlan plan, View a, View out, View index) {
        run(plan, out, () -> new Maxima(plan, a, out, index));
    }

    private static void run(WindowPlan plan, View out, Supplier<Rows> worker) {
        long width = plan.axes().get(2).out();
        if (out.shape().size() == 0) {
            return;
        }
        long grain = 1 + Tiles.GRAIN / (4 * Math.max(width, plan.axes().get(2).n()));
        Parallel.forRange(out.shape().size() / width, grain, (from, to) -> {
            Rows rows = worker.get();
            for (long row = from; row < to; row++) {
                rows.run(row);
            }
        });
    }

    /** The state of one thread: it computes a row of results. */
    private abstract static class Rows {
        final Axis outer;
        final Axis middle;
        final Axis inner;
        final View a;
        /** The elements of a row, combined with those of the rows before. */
        final double[] best;

        /** Where each window of the inner axis begins and ends. */
        final int[] begins;

        final int[] ends;

        private final Cursor source;
        private final Cursor target;
        private final Tile[] tiles = Tile.local();
        private final long first;
        private final long channels;

        Rows(WindowPlan plan, View a, View out) {
            outer = plan.axes().get(0);
            middle = plan.axes().get(1);
            inner = plan.axes().get(2);
            this.a = a;
            best = new double[Math.toIntExact(inner.n())];
            begins = new int[Math.toIntExact(inner.out())];
            ends = new int[begins.length];
            for (int i = 0; i < begins.length; i++) {
                begins[i] = (int) inner.from(i);
                ends[i] = (int) inner.to(i);
            }
            source = Cursor.of(a, Kind.DOUBLE, a.layout().strides(), 0);
            target = Cursor.of(out, Kind.DOUBLE, new long[] {1}, 0);
            first = out.layout().offset();
            channels = a.shape().at(1);
        }

        void run(long row) {
            long y = row % middle.out();
            long x = row / middle.out() % outer.out();
            long channel = row / middle.out() / outer.out();
            long at = a.layout().offset()
                    + channel / channels * a.layout().stride(0)
                    + channel % channels * a.layout().stride(1);
            begin();
            for (long j = outer.from(x); j < outer.to(x); j += outer.step()) {
                for (long k = middle.from(y); k < middle.to(y); k += middle.step()) {
                    add(at + j * a.layout().stride(2) + k * a.layout().stride(3), j * middle.n() + k);
                }
            }
            for (long from = 0; from < inner.out(); from += Tile.SIZE) {
                int n = (int) Math.min(Tile.SIZE, inner.out() - from);
                along((int) from, n, tiles[0].doubles);
                long to = first + row * inner.out() + from;
                target.store(to, 1, n, tiles[0]);
                stored(tiles[1], row * inner.out() + from, n);
            }
        }

        private void add(long at, long number) {
            long step = a.layout().stride(4);
            for (int from = 0; from < best.length; from += Tile.SIZE) {
                int n = Math.min(Tile.SIZE, best.length - from);
                source.load(at + from * step, step, n, tiles[2]);
                combine(tiles[2].doubles, from, n, number);
            }
        }

        abstract void begin();

        abstract void combine(double[] row, int from, int n, long number);

        /** The results of n windows from the first on. */
        abstract void along(int first, int n, double[] results);

        void stored(Tile scratch, long at, int n) {}
    }

    private static final class Sums extends Rows {
        Sums(WindowPlan plan, View a, View out) {
            super(plan, a, out);
        }

        @Override
        void begin() {
            Arrays.fill(best, 0);
        }

        @Override
        void combine(double[] row, int from, int n, long number) {
            for (int i = 0; i < n; i++) {
                best[from + i] += row[i];
            }
        }

        @Override
        void along(int first, int n, double[] results) {
            int step = (int) inner.step();
            for (int i = 0; i < n; i++) {
                double sum = 0;
                for (int j = begins[first + i]; j < ends[first + i]; j += step) {
                    sum += best[j];
                }
                results[i] = sum;
            }
        }
    }

    /** Rows come in order, so that the first of equal elements is found first; NaN counts as the largest. */
    private static final class Maxima extends Rows {
        /** The rows that the elements are from; -1 before the first. */
        private final long[] rows;

        private final long[] places = new long[Tile.SIZE];
        private final Cursor index;
        private final long start;

        Maxima(WindowPlan plan, View a, View out, View index) {
            super(plan, a, out);
            rows = new long[best.length];
            this.index = Cursor.of(index, Kind.LONG, new long[] {1}, 0);
            start = index.layout().offset();
        }

        @Override
        void begin() {
            Arrays.fill(rows, -1);
            Arrays.fill(best, Double.NEGATIVE_INFINITY);
        }

        @Override
        void combine(double[] row, int from, int n, long number) {
            for (int i = 0; i < n; i++) {
                double x = row[i];
                double b = best[from + i];
                if (x > b || (Double.isNaN(x) && !Double.isNaN(b)) || rows[from + i] < 0) {
                    best[from + i] = x;
                    rows[from + i] = number;
                }
            }
        }

        @Override
        void along(int first, int n, double[] results) {
            for (int i = 0; i < n; i++) {
                results[i] = along(begins[first + i], ends[first + i], i);
            }
        }

        private double along(int from, int to, int i) {
            double largest = Double.NEGATIVE_INFINITY;
            long row = -1;
            long column = 0;
            for (int j = from; j < to; j += (int) inner.step()) {
                double x = best[j];
                boolean equal = x == largest || (Double.isNaN(x) && Double.isNaN(largest));
                if (rows[j] >= 0
                        && (row < 0
                                || (equal
                                        ? rows[j] < row
                                        : x > largest || (Double.isNaN(x) && !Double.isNaN(largest))))) {
                    largest = x;
                    row = rows[j];
                    column = j;
                }
            }
            places[i] = Math.max(0, row) * inner.n() + column;
            return largest;
        }

        @Override
        void stored(Tile scratch, long at, int n) {
            System.arraycopy(places, 0, scratch.longs, 0, n);
            index.store(start + at, 1, n, scratch);
        }
    }
}
