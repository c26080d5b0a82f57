package kron4j.backend.cpu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Backend;
import kron4j.backend.Storage;
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
    /** In the order in which they are run: the last factors first. */
    private final List<Pass> passes = new ArrayList<>();

    private KronApply(List<View> factors, Shape x, DType dtype) {
        this.dtype = dtype;
        this.products = Loops.BEST.products(dtype);
        List<Factor> all = new ArrayList<>();
        for (View f : factors) {
            all.add(new Factor(f));
        }
        long lead = x.at(0) * side(all, f -> f.n);
        long post = x.at(2);
        for (int left = all.size(); left > 0; ) {
            Pass pass = last(all.subList(0, left), post);
            passes.add(pass);
            left -= pass.factors.size();
            lead /= pass.n;
            pass.lead = lead;
            post *= pass.m;
        }
    }

    /**
     * {@code [lead, N, post]} to {@code [lead, M, post]}, both contiguous; false, and nothing done, if some factor is too large, or if there are so many
     * columns that the library's products are as fast.
     */
    static boolean run(List<View> factors, View x, View out) {
        if (!has(factors, x) || !out.layout().isContiguous()) {
            return false;
        }
        new KronApply(factors, x.shape(), x.dtype()).run(x, out);
        return true;
    }

    /** Whether {@link #run} takes these operands, and {@link #back}. */
    static boolean has(List<View> factors, View x) {
        return x.layout().isContiguous() && has(factors, x.shape(), x.dtype());
    }

    private static boolean has(List<View> factors, Shape x, DType dtype) {
        return Loops.BEST.products(dtype) != null
                && x.at(2) < SEGMENT
                && factors.stream()
                        .allMatch(f -> f.shape().at(0) <= SIDE && f.shape().at(1) <= SIDE);
    }

    /** Numbers of factors in the passes that {@link #run} makes over row-major data; none if it makes none. */
    static List<Integer> passes(List<View> factors, Shape x, DType dtype) {
        return has(factors, x, dtype)
                ? new KronApply(factors, x, dtype)
                        .passes.stream().map(pass -> pass.factors.size()).toList()
                : List.of();
    }

    /** Computes the gradients of x, if that is wanted, and of the factors; all row-major, as g is. */
    static void back(List<View> factors, View x, View g, Optional<View> ofX, List<View> ofFactors) {
        new KronApply(factors, x.shape(), x.dtype()).gradients(x, g, ofX, ofFactors);
    }

    private void run(View x, View out) {
        try (Between between = new Between(out)) {
            View from = x;
            for (int i = 0; i < passes.size(); i++) {
                View to = i + 1 < passes.size() ? between.of(passes.get(i).results()) : out;
                passes.get(i).run(from, to);
                from = to;
            }
        }
    }

    private void gradients(View x, View g, Optional<View> ofX, List<View> ofFactors) {
        try (Between between = new Between(g)) {
            List<View> data = new ArrayList<>(List.of(x));
            for (Pass pass : passes.subList(0, passes.size() - 1)) {
                View to = between.of(pass.results());
                pass.run(data.get(data.size() - 1), to);
                data.add(to);
            }
            View slopes = g;
            int first = 0;
            for (int i = passes.size() - 1; i >= 0; i--) {
                Pass pass = passes.get(i);
                Optional<View> to =
                        i > 0 ? Optional.of(between.of(data.get(i).shape().size())) : ofX;
                List<View> own = ofFactors.subList(first, first += pass.factors.size());
                new KronApplyBack(pass, products).run(data.get(i), slopes, to, own);
                slopes = to.orElse(slopes);
            }
        }
    }

    /** Data between two passes. */
    private final class Between implements AutoCloseable {
        private final Backend backend;
        private final List<Storage> all = new ArrayList<>();

        Between(View view) {
            backend = view.storage().backend();
        }

        View of(long elements) {
            Storage storage = backend.allocate(dtype, elements);
            all.add(storage);
            return new View(storage, Layout.contiguous(Shape.of(elements)));
        }

        @Override
        public void close() {
            all.forEach(Storage::release);
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
    final class Factor {
        final int m;
        final int n;
        private final Object rows;
        private final Object columns;

        Factor(View view) {
            Entries entries = new Entries(view, 2);
            m = entries.size(-2);
            n = entries.size(-1);
            double[] values = new double[m * n];
            entries.readMatrix(0, values);
            columns = products.allocate((n + ROWS) * m);
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
    final class Pass {
        final List<Factor> factors;
        /** Places of the factors in the order in which they are applied. */
        final List<Integer> order = new ArrayList<>();

        /** Elements that the data has before each of these, for a row and column, and after the last. */
        final long[] elements;

        private final long post;
        private long lead;
        private final long m;
        private final long n;
        /** The most elements that the data has between two factors for a row and column, with what the kernel writes past the end. */
        private final long most;
        /** Multiplications for a row and column. */
        final double work;

        Pass(List<Factor> factors, long post) {
            this.factors = factors;
            this.post = post;
            for (int i = factors.size() - 1; i >= 0; i--) {
                order.add(i);
            }
            order.sort(Comparator.comparingDouble(i -> factors.get(i).growth()));
            n = side(factors, f -> f.n);
            elements = new long[factors.size() + 1];
            elements[0] = n;
            long largest = n;
            double multiplications = 0;
            for (int i = 0; i < order.size(); i++) {
                Factor f = factors.get(order.get(i));
                long groups = elements[i] / f.n;
                elements[i + 1] = groups * f.m;
                multiplications += (double) elements[i + 1] * f.n;
                largest = Math.max(largest, groups * (f.m + ROWS - 1));
            }
            m = elements[factors.size()];
            most = largest;
            work = multiplications;
        }

        /** Elements of the result. */
        long results() {
            return lead * m * post;
        }

        void run(View from, View to) {
            Tiles tiles = new Tiles();
            Parallel.forRange(tiles.count, tiles.grain(work), (first, end) -> {
                Object[] arrays = products.local();
                for (long t = first; t < end; t++) {
                    Tiles.Place tile = tiles.new Place(t);
                    tile.read(from, n, arrays[0]);
                    Object data = arrays[0];
                    Object other = arrays[1];
                    int[] sizes = sizes();
                    for (int i : order) {
                        apply(i, sizes, tile.rows, tile.width, data, other);
                        Object last = data;
                        data = other;
                        other = last;
                    }
                    tile.write(to, m, data);
                }
            });
        }

        /** Numbers of columns of the factors: the sizes of the data's axes before all of them. */
        int[] sizes() {
            return factors.stream().mapToInt(f -> f.n).toArray();
        }

        /** Multiplies by a factor, along an axis of which the sizes are then those of the result. */
        void apply(int place, int[] sizes, int rows, int width, Object data, Object to) {
            Factor f = factors.get(place);
            multiply(f.rows, f.columns, f.m, f.n, before(place, sizes, rows), after(place, sizes, width), data, to);
            sizes[place] = f.m;
        }

        /** As {@link #apply}, by the transposed factor. */
        void applyTransposed(int place, int[] sizes, int rows, int width, Object data, Object to) {
            Factor f = factors.get(place);
            multiply(f.columns, f.rows, f.n, f.m, before(place, sizes, rows), after(place, sizes, width), data, to);
            sizes[place] = f.n;
        }

        int before(int place, int[] sizes, int rows) {
            int size = rows;
            for (int i = 0; i < place; i++) {
                size *= sizes[i];
            }
            return size;
        }

        int after(int place, int[] sizes, int width) {
            int size = width;
            for (int i = place + 1; i < sizes.length; i++) {
                size *= sizes[i];
            }
            return size;
        }

        private void multiply(
                Object matrix, Object transposed, int m, int n, int before, int after, Object data, Object to) {
            if (after == 1) {
                products.multiply(1, data, 0, before, n, transposed, 0, m, m, to, 0, m);
                return;
            }
            for (int i = 0; i < before; i++) {
                products.multiply(1, matrix, 0, m, n, data, i * n * after, after, after, to, i * m * after, after);
            }
        }

        /** How the data is cut: into some rows of all columns, or some columns of a row. */
        final class Tiles {
            private final long columns = Math.min(post, Math.max(Math.min(post, SEGMENT), TILE / most));
            private final long rows = columns < post ? 1 : Math.max(1, Math.min(lead, TILE / most / columns));
            private final long across = (post + columns - 1) / columns;
            final long count = (lead + rows - 1) / rows * across;

            /** The most rows and columns of a tile, multiplied. */
            int most() {
                return (int) (rows * columns);
            }

            /** Tiles that are worth another thread, at so many multiplications for a row and column. */
            long grain(double multiplications) {
                return 1 + (long) (GRAIN / (multiplications * rows * columns));
            }

            /** A tile's rows and columns. */
            final class Place {
                private final long row;
                private final long column;
                final int rows;
                final int width;

                Place(long tile) {
                    row = tile / across * Tiles.this.rows;
                    column = tile % across * columns;
                    rows = (int) Math.min(Tiles.this.rows, lead - row);
                    width = (int) Math.min(columns, post - column);
                }

                /** Reads what it has of data with so many elements for a row and column. */
                void read(View from, long size, Object to) {
                    long at = from.layout().offset() + row * size * post + column;
                    int length = length(size);
                    for (int i = 0; i < lines(size); i++) {
                        products.read((CpuStorage) from.storage(), at + i * post, length, to, i * length);
                    }
                }

                void write(View to, long size, Object from) {
                    long at = to.layout().offset() + row * size * post + column;
                    int length = length(size);
                    for (int i = 0; i < lines(size); i++) {
                        products.write((CpuStorage) to.storage(), at + i * post, length, from, i * length);
                    }
                }

                private int lines(long size) {
                    return width == post ? 1 : (int) size;
                }

                private int length(long size) {
                    return width == post ? (int) (rows * size * post) : width;
                }
            }
        }
    }
}
