package kron4j.backend.cpu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.View;

/**
 * Kronecker products of small matrices times data by vectors: as many neighbouring factors in a pass over the data as leave a tile of it in the second
 * cache. The last factors go first, so that those before find the data as [lead, N, post] again.
 */
final class KronApply {
    /** Sides from which on a GEMM for each factor is better. */
    private static final long SIDE = 32;

    /** Elements of a tile that several rows make up, and those of a tile of one row. */
    private static final long TILE = 4096;

    private static final long MOST = Products.ROOM - 4 * SIDE;

    /** Neighbouring columns that are worth copying together. */
    private static final long SEGMENT = 32;

    /** Multiplications that are worth another thread. */
    private static final double GRAIN = 1 << 20;

    /** Rows that the kernel computes at a time. */
    private static final int ROWS = 4;

    private final DType dtype;
    private final Products products;

    private KronApply(DType dtype, Products products) {
        this.dtype = dtype;
        this.products = products;
    }

    /**
     * {@code [lead, N, post]} to {@code [lead, M, post]}, both contiguous; false, and nothing done, if some factor is too large, or if there are so many
     * columns that the library's products are as fast.
     */
    static boolean run(List<View> factors, View x, View out) {
        Products products = Loops.BEST.products(out.dtype());
        if (products == null
                || x.shape().at(2) >= SEGMENT
                || !x.layout().isContiguous()
                || !out.layout().isContiguous()
                || factors.stream()
                        .anyMatch(f -> f.shape().at(0) > SIDE || f.shape().at(1) > SIDE)) {
            return false;
        }
        new KronApply(out.dtype(), products).passes(factors, x, out);
        return true;
    }

    private void passes(List<View> factors, View x, View out) {
        List<Factor> all = new ArrayList<>();
        for (View f : factors) {
            all.add(new Factor(f));
        }
        long lead = x.shape().at(0) * side(all, f -> f.n);
        long post = x.shape().at(2);
        View from = x;
        List<CpuStorage> kept = new ArrayList<>();
        try {
            for (int left = all.size(); left > 0; ) {
                Pass pass = last(all.subList(0, left), post);
                left -= pass.factors.size();
                lead /= pass.n;
                View to = out;
                if (left > 0) {
                    CpuStorage some = (CpuStorage) out.storage().backend().allocate(dtype, lead * pass.m * post);
                    kept.add(some);
                    to = new View(some, Layout.contiguous(Shape.of(some.size())));
                }
                pass.run(lead, from, to);
                from = to;
                post *= pass.m;
            }
        } finally {
            kept.forEach(CpuStorage::release);
        }
    }

    /** The longest run of last factors that fits; one always does. */
    private Pass last(List<Factor> factors, long post) {
        int n = factors.size();
        Pass best = new Pass(factors.subList(n - 1, n), post);
        for (int from = n - 2; from >= 0; from--) {
            Pass longer = new Pass(factors.subList(from, n), post);
            if (longer.most * Math.min(post, SEGMENT) > MOST) {
                break;
            }
            best = longer;
        }
        return best;
    }

    private static long side(List<Factor> factors, ToLongFunction<Factor> size) {
        return factors.stream().mapToLong(size).reduce(1, Math::multiplyExact);
    }

    /** A factor on the heap, by rows and by columns. */
    private final class Factor {
        private final int m;
        private final int n;
        private final Object rows;
        private final Object columns;

        Factor(View view) {
            Entries entries = new Entries(view, 2);
            m = entries.size(-2);
            n = entries.size(-1);
            double[] values = new double[m * n];
            entries.readMatrix(0, values);
            columns = products.allocate(m * n);
            products.set(values, columns);
            rows = products.allocate((m + ROWS) * n);
            products.transpose(columns, 0, n, m, rows, 0);
        }

        /** Factors that shrink the data most go first. */
        double growth() {
            return 1.0 / n - 1.0 / m;
        }
    }

    /** One pass over the data by neighbouring factors. */
    private final class Pass {
        private final List<Factor> factors;
        /** Places of the factors in the order in which they are applied. */
        private final List<Integer> order = new ArrayList<>();

        private final long post;
        private final long m;
        private final long n;
        /** The most elements that the data has between two factors for a row and column, with what the kernel writes past the end. */
        private final long most;

        private final double work;

        Pass(List<Factor> factors, long post) {
            this.factors = factors;
            this.post = post;
            for (int i = factors.size() - 1; i >= 0; i--) {
                order.add(i);
            }
            order.sort(Comparator.comparingDouble(i -> factors.get(i).growth()));
            n = side(factors, f -> f.n);
            long elements = n;
            long largest = n;
            double multiplications = 0;
            for (int i : order) {
                Factor f = factors.get(i);
                elements = elements / f.n * f.m;
                multiplications += (double) elements * f.n;
                largest = Math.max(largest, elements / f.m * (f.m + ROWS - 1));
            }
            m = elements;
            most = largest;
            work = multiplications;
        }

        void run(long lead, View from, View to) {
            long columns = Math.min(post, Math.max(Math.min(post, SEGMENT), TILE / most));
            long rows = columns < post ? 1 : Math.max(1, Math.min(lead, TILE / most / columns));
            long across = (post + columns - 1) / columns;
            long tiles = (lead + rows - 1) / rows * across;
            long grain = 1 + (long) (GRAIN / (work * rows * columns));
            Parallel.forRange(tiles, grain, (first, end) -> {
                Object[] arrays = products.local();
                for (long t = first; t < end; t++) {
                    long row = t / across * rows;
                    long column = t % across * columns;
                    int some = (int) Math.min(rows, lead - row);
                    int width = (int) Math.min(columns, post - column);
                    tile(arrays, (CpuStorage) from.storage(), from.layout().offset(), row, some, column, width, to);
                }
            });
        }

        private void tile(
                Object[] arrays, CpuStorage from, long offset, long row, int rows, long column, int width, View to) {
            long at = offset + row * n * post + column;
            int lines = width == post ? 1 : (int) n;
            int length = width == post ? (int) (rows * n * post) : width;
            for (int i = 0; i < lines; i++) {
                products.read(from, at + i * post, length, arrays[0], i * length);
            }
            Object data = arrays[0];
            Object other = arrays[1];
            int[] sizes = factors.stream().mapToInt(f -> f.n).toArray();
            for (int i : order) {
                apply(factors.get(i), i, sizes, rows, width, data, other);
                sizes[i] = factors.get(i).m;
                Object last = data;
                data = other;
                other = last;
            }
            at = to.layout().offset() + row * m * post + column;
            lines = width == post ? 1 : (int) m;
            length = width == post ? (int) (rows * m * post) : width;
            for (int i = 0; i < lines; i++) {
                products.write((CpuStorage) to.storage(), at + i * post, length, data, i * length);
            }
        }

        private void apply(Factor f, int place, int[] sizes, int rows, int width, Object data, Object to) {
            int before = rows;
            int after = width;
            for (int i = 0; i < sizes.length; i++) {
                before *= i < place ? sizes[i] : 1;
                after *= i > place ? sizes[i] : 1;
            }
            if (after == 1) {
                products.multiply(1, data, 0, before, f.n, f.columns, 0, f.m, f.m, to, 0, f.m);
                return;
            }
            for (int i = 0; i < before; i++) {
                int x = i * f.n * after;
                products.multiply(1, f.rows, 0, f.m, f.n, data, x, after, after, to, i * f.m * after, after);
            }
        }
    }
}
