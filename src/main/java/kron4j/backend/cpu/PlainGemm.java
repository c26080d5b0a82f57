package kron4j.backend.cpu;

import java.util.Arrays;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Matrix;

/**
 * GEMM in plain Java over packed tiles, for what BLAS does not do: integers (wrapping round), any leading dimensions, k = 0, and alpha = 0 with the
 * NaN that IEEE arithmetic then gives.
 */
final class PlainGemm {
    /** Rows and columns of a packed tile of B, and the rows of A that meet it. */
    private static final int DEPTH = 64;

    private static final int WIDTH = 256;
    private static final int HEIGHT = 64;

    private PlainGemm() {}

    static void run(GemmPlan plan, double alpha, View a, View b, double beta, View c) {
        long rowBlocks = (plan.m() + HEIGHT - 1) / HEIGHT;
        long columnBlocks = (plan.n() + WIDTH - 1) / WIDTH;
        long blocks = rowBlocks * columnBlocks;
        double work = (double) plan.m() * plan.n() * Math.max(1, plan.k()) / blocks;
        Parallel.forRange(plan.batchSize() * blocks, 1 + (long) (32768 / work), (from, to) -> {
            Block block = c.dtype().isFloating()
                    ? new DoubleBlock(plan, alpha, a, b, beta, c)
                    : new LongBlock(plan, (long) alpha, a, b, (long) beta, c);
            for (long i = from; i < to; ) {
                long batch = i / blocks;
                long first = i - batch * blocks;
                long last = Math.min(blocks, first + to - i);
                Gemm.loop(plan, batch, batch + 1, (x, y, z) -> {
                    for (long at = first; at < last; at++) {
                        block.run(x, y, z, at / columnBlocks * HEIGHT, at % columnBlocks * WIDTH);
                    }
                });
                i += last - first;
            }
        });
    }

    /** One block of C: all k of its rows and columns, in order. */
    private abstract static class Block {
        final GemmPlan plan;

        Block(GemmPlan plan) {
            this.plan = plan;
        }

        final void run(long a, long b, long c, long row, long column) {
            int rows = (int) Math.min(HEIGHT, plan.m() - row);
            int columns = (int) Math.min(WIDTH, plan.n() - column);
            long ldc = plan.c().leading();
            clear();
            for (long p = 0; p < plan.k(); p += DEPTH) {
                int depth = (int) Math.min(DEPTH, plan.k() - p);
                pack(0, a, plan.a(), row, p, rows, depth, DEPTH);
                pack(1, b, plan.b(), p, column, depth, columns, WIDTH);
                multiply(rows, columns, depth);
            }
            for (int i = 0; i < rows; i++) {
                store(i, c + (row + i) * ldc + column, columns);
            }
        }

        /** Copies rows x columns of op(X) from (row, column) on into a tile of the given width, along the runs of memory. */
        private void pack(int tile, long at, Matrix x, long row, long column, int rows, int columns, int width) {
            if (x.transposed()) {
                for (int i = 0; i < rows; i++) {
                    load(tile, at + column * x.leading() + row + i, x.leading(), i * width, columns);
                }
            } else {
                for (int i = 0; i < rows; i++) {
                    load(tile, at + (row + i) * x.leading() + column, 1, i * width, columns);
                }
            }
        }

        abstract void clear();

        abstract void load(int tile, long from, long stride, int at, int count);

        abstract void multiply(int rows, int columns, int depth);

        abstract void store(int row, long to, int count);
    }

    private static final class DoubleBlock extends Block {
        private final Reals[] operands;
        private final Reals target;
        private final double[][] tiles = {new double[HEIGHT * DEPTH], new double[DEPTH * WIDTH]};
        private final double[] sums = new double[HEIGHT * WIDTH];
        private final double[] old = new double[WIDTH];
        private final double alpha;
        private final double beta;

        DoubleBlock(GemmPlan plan, double alpha, View a, View b, double beta, View c) {
            super(plan);
            operands = new Reals[] {Reals.of(a), Reals.of(b)};
            target = Reals.of(c);
            this.alpha = alpha;
            this.beta = beta;
        }

        @Override
        void clear() {
            Arrays.fill(sums, 0);
        }

        @Override
        void load(int tile, long from, long stride, int at, int count) {
            operands[tile].read(from, stride, tiles[tile], at, count);
        }

        @Override
        void multiply(int rows, int columns, int depth) {
            for (int i = 0; i < rows; i++) {
                for (int p = 0; p < depth; p++) {
                    addRow(tiles[0][i * DEPTH + p], tiles[1], p * WIDTH, sums, i * WIDTH, columns);
                }
            }
        }

        private static void addRow(double x, double[] y, int at, double[] sums, int to, int count) {
            for (int j = 0; j < count; j++) {
                sums[to + j] += x * y[at + j];
            }
        }

        @Override
        void store(int row, long to, int count) {
            if (beta != 0) {
                target.read(to, 1, old, 0, count);
            }
            for (int j = 0; j < count; j++) {
                double x = alpha * sums[row * WIDTH + j];
                sums[row * WIDTH + j] = beta == 0 ? x : x + beta * old[j];
            }
            target.write(to, 1, sums, row * WIDTH, count);
        }
    }

    private static final class LongBlock extends Block {
        private final Integers[] operands;
        private final Integers target;
        private final long[][] tiles = {new long[HEIGHT * DEPTH], new long[DEPTH * WIDTH]};
        private final long[] sums = new long[HEIGHT * WIDTH];
        private final long[] old = new long[WIDTH];
        private final long alpha;
        private final long beta;

        LongBlock(GemmPlan plan, long alpha, View a, View b, long beta, View c) {
            super(plan);
            operands = new Integers[] {Integers.of(a), Integers.of(b)};
            target = Integers.of(c);
            this.alpha = alpha;
            this.beta = beta;
        }

        @Override
        void clear() {
            Arrays.fill(sums, 0);
        }

        @Override
        void load(int tile, long from, long stride, int at, int count) {
            operands[tile].read(from, stride, tiles[tile], at, count);
        }

        @Override
        void multiply(int rows, int columns, int depth) {
            for (int i = 0; i < rows; i++) {
                for (int p = 0; p < depth; p++) {
                    addRow(tiles[0][i * DEPTH + p], tiles[1], p * WIDTH, sums, i * WIDTH, columns);
                }
            }
        }

        private static void addRow(long x, long[] y, int at, long[] sums, int to, int count) {
            for (int j = 0; j < count; j++) {
                sums[to + j] += x * y[at + j];
            }
        }

        @Override
        void store(int row, long to, int count) {
            if (beta != 0) {
                target.read(to, 1, old, 0, count);
            }
            for (int j = 0; j < count; j++) {
                long x = alpha * sums[row * WIDTH + j];
                sums[row * WIDTH + j] = beta == 0 ? x : x + beta * old[j];
            }
            target.write(to, 1, sums, row * WIDTH, count);
        }
    }
}
