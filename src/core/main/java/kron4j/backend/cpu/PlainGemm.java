package kron4j.backend.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import kron4j.Complex;
import kron4j.backend.UnaryOp;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;

/**
 * GEMM in plain Java, for cases beyond BLAS: integers (wrapping round), any leading dimensions, k = 0, and alpha = 0 with the NaN that IEEE
 * arithmetic then gives. Blocks of C are computed one by one from square tiles of A and B; float32 is computed in float64.
 */
abstract class PlainGemm {
    /** Side of the tiles. */
    private static final int SIDE = 32;

    private final GemmPlan plan;
    final double beta;
    private final Cursor a;
    private final Cursor b;
    private final Cursor c;
    /** The current tiles of A, B and C: a box of the batch's axes and then rows and columns. */
    private final Box boxA;

    private final Box boxB;
    private final Box boxC;
    final Tile[] tiles = Tile.local();

    private PlainGemm(GemmPlan plan, View a, View b, double beta, View c) {
        this.plan = plan;
        this.beta = beta;
        this.a = cursor(plan.a(), Batch::strideA, a);
        this.b = cursor(plan.b(), Batch::strideB, b);
        this.c = cursor(plan.c(), Batch::strideC, c);
        int rank = plan.batches().size() + 2;
        this.boxA = new Box(rank);
        this.boxB = new Box(rank);
        this.boxC = new Box(rank);
    }

    private Cursor cursor(Matrix x, ToLongFunction<Batch> stride, View view) {
        long[] batch = plan.batches().stream().mapToLong(stride).toArray();
        long[] strides = Arrays.copyOf(batch, batch.length + 2);
        strides[batch.length] = x.transposed() ? 1 : x.leading();
        strides[batch.length + 1] = x.transposed() ? x.leading() : 1;
        return Cursor.of(view, Kind.wide(view.dtype()), strides, x.offset());
    }

    static void run(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        long across = (plan.n() + SIDE - 1) / SIDE;
        long blocks = (plan.m() + SIDE - 1) / SIDE * across;
        double work = (double) plan.m() * plan.n() * Math.max(1, plan.k()) / blocks;
        Parallel.forRange(plan.batchSize() * blocks, 1 + (long) (Tiles.GRAIN / work), (from, to) -> {
            PlainGemm gemm = switch (Kind.of(c.dtype())) {
                case FLOAT, DOUBLE, SHORT -> new Reals(plan, alpha, a, b, beta, c);
                case LONG, INT, BYTE, UNSIGNED -> new Integers(plan, alpha, a, b, beta, c);
                case COMPLEX -> new Complexes(plan, alpha, a, b, beta, c);
            };
            for (long i = from; i < to; i++) {
                long block = i % blocks;
                gemm.block(i / blocks, block / across * SIDE, block % across * SIDE);
            }
        });
    }

    private void block(long number, long row, long column) {
        List<Batch> batches = plan.batches();
        int axis = batches.size();
        long rest = number;
        for (int i = axis - 1; i >= 0; i--) {
            long index = rest % batches.get(i).size();
            rest /= batches.get(i).size();
            boxA.start[i] = index;
            boxB.start[i] = index;
            boxC.start[i] = index;
        }
        place(boxC, axis, row, plan.m(), column, plan.n());
        clear();
        for (long p = 0; p < plan.k(); p += SIDE) {
            place(boxA, axis, row, plan.m(), p, plan.k());
            place(boxB, axis, p, plan.k(), column, plan.n());
            a.load(boxA, tiles[0]);
            b.load(boxB, tiles[1]);
            if (plan.a().conjugated()) {
                ComplexKernels.unary(UnaryOp.CONJUGATE, tiles[0], tiles[0], boxA.size());
            }
            if (plan.b().conjugated()) {
                ComplexKernels.unary(UnaryOp.CONJUGATE, tiles[1], tiles[1], boxB.size());
            }
            multiply(boxC.extent[axis], boxC.extent[axis + 1], boxA.extent[axis + 1]);
        }
        if (beta != 0) {
            c.load(boxC, tiles[2]);
        }
        finish(boxC.size());
        c.store(boxC, tiles[2]);
    }

    private static void place(Box box, int axis, long row, long rows, long column, long columns) {
        box.start[axis] = row;
        box.start[axis + 1] = column;
        box.extent[axis] = (int) Math.min(SIDE, rows - row);
        box.extent[axis + 1] = (int) Math.min(SIDE, columns - column);
    }

    private void multiply(int rows, int columns, int depth) {
        for (int i = 0; i < rows; i++) {
            for (int p = 0; p < depth; p++) {
                add(i * depth + p, p * columns, i * columns, columns);
            }
        }
    }

    /** Makes the sums, {@code tiles[3]}, 0. */
    abstract void clear();

    /** Adds an element of {@code tiles[0]} times n elements of {@code tiles[1]} to sums. */
    abstract void add(int x, int y, int to, int n);

    /** {@code tiles[2] = alpha * sums + beta * tiles[2]}. */
    abstract void finish(int n);

    private static final class Reals extends PlainGemm {
        private final double alpha;

        Reals(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
            super(plan, a, b, beta, c);
            this.alpha = alpha.doubleValue();
        }

        @Override
        void clear() {
            Arrays.fill(tiles[3].doubles, 0);
        }

        @Override
        void add(int x, int y, int to, int n) {
            add(tiles[0].doubles[x], tiles[1].doubles, y, tiles[3].doubles, to, n);
        }

        private static void add(double x, double[] y, int from, double[] sums, int to, int n) {
            for (int j = 0; j < n; j++) {
                sums[to + j] += x * y[from + j];
            }
        }

        @Override
        void finish(int n) {
            double[] c = tiles[2].doubles;
            for (int i = 0; i < n; i++) {
                double value = alpha * tiles[3].doubles[i];
                c[i] = beta == 0 ? value : value + beta * c[i];
            }
        }
    }

    private static final class Integers extends PlainGemm {
        private final long alpha;

        Integers(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
            super(plan, a, b, beta, c);
            this.alpha = alpha.longValue();
        }

        @Override
        void clear() {
            Arrays.fill(tiles[3].longs, 0);
        }

        @Override
        void add(int x, int y, int to, int n) {
            add(tiles[0].longs[x], tiles[1].longs, y, tiles[3].longs, to, n);
        }

        private static void add(long x, long[] y, int from, long[] sums, int to, int n) {
            for (int j = 0; j < n; j++) {
                sums[to + j] += x * y[from + j];
            }
        }

        @Override
        void finish(int n) {
            long[] c = tiles[2].longs;
            for (int i = 0; i < n; i++) {
                long value = alpha * tiles[3].longs[i];
                c[i] = beta == 0 ? value : value + (long) beta * c[i];
            }
        }
    }

    private static final class Complexes extends PlainGemm {
        private final Complex alpha;

        Complexes(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
            super(plan, a, b, beta, c);
            this.alpha = Complex.of(alpha);
        }

        @Override
        void clear() {
            Arrays.fill(tiles[3].doubles, 0);
            Arrays.fill(tiles[3].imaginary, 0);
        }

        @Override
        void add(int x, int y, int to, int n) {
            double[] re = tiles[3].doubles;
            double[] im = tiles[3].imaginary;
            add(tiles[0].doubles[x], tiles[0].imaginary[x], tiles[1].doubles, tiles[1].imaginary, y, re, im, to, n);
        }

        private static void add(
                double re,
                double im,
                double[] yRe,
                double[] yIm,
                int from,
                double[] sumRe,
                double[] sumIm,
                int to,
                int n) {
            for (int j = 0; j < n; j++) {
                sumRe[to + j] += re * yRe[from + j] - im * yIm[from + j];
                sumIm[to + j] += re * yIm[from + j] + im * yRe[from + j];
            }
        }

        @Override
        void finish(int n) {
            ComplexKernels.scale(alpha, tiles[3], tiles[3], n);
            finish(tiles[3].doubles, tiles[2].doubles, n);
            finish(tiles[3].imaginary, tiles[2].imaginary, n);
        }

        private void finish(double[] sums, double[] c, int n) {
            for (int i = 0; i < n; i++) {
                c[i] = beta == 0 ? sums[i] : sums[i] + beta * c[i];
            }
        }
    }
}
