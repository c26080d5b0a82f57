package kron4j.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.Loop;

/**
 * Contractions of two operands on tiles that are read from the layouts as they are: axes of the first and the result are rows, of the second and the
 * result columns, of all three the batch, and those that are summed terms. Bound by arithmetic where the tiles are full, else by memory.
 */
final class CudaTiledSum {
    /** Axes of each kind that the kernel takes. */
    private static final int AXES = 12;
    /** Rows or columns, and elements of a result, from which on tiles are worth it. */
    private static final long SIDE = 4;

    private static final long ELEMENTS = 64;
    /** Blocks that fill a large card. */
    private static final long FILLING_BLOCKS = 264;
    /** Terms that are worth a block. */
    private static final long TERMS = 256;
    /** Terms of a tile. */
    private static final long DEPTH = 8;

    private static final long MOST_BLOCKS = 1 << 24;

    /** The kernel's tiles: rows, columns, threads, and by how much their arithmetic is slower than that of the largest. */
    private enum Tile {
        LARGE(128, 128, 256, 1, DType.FLOAT32, DType.FLOAT64),
        SMALL(
                64,
                64,
                256,
                1.3,
                DType.FLOAT32,
                DType.FLOAT64,
                DType.FLOAT16,
                DType.BFLOAT16,
                DType.COMPLEX128,
                DType.COMPLEX64,
                DType.INT32,
                DType.INT64,
                DType.INT8,
                DType.UINT8),
        WIDE(16, 128, 128, 2, DType.FLOAT32, DType.FLOAT64);

        private final long rows;
        private final long columns;
        private final int threads;
        private final double slowness;
        private final String[] kernels;

        Tile(long rows, long columns, int threads, double slowness, DType... dtypes) {
            this.rows = rows;
            this.columns = columns;
            this.threads = threads;
            this.slowness = slowness;
            this.kernels = KernelNames.ofRings("contract_" + name().toLowerCase(java.util.Locale.ROOT), dtypes);
        }

        private long count(long m, long n) {
            return ((m + rows - 1) / rows) * ((n + columns - 1) / columns);
        }

        /** The time of one batch on a card that runs {@code FILLING_BLOCKS} tiles at a time. */
        private double cost(long m, long n, long batch) {
            double rounds = Math.ceil((double) count(m, n) * batch / FILLING_BLOCKS);
            return rounds * rows * columns * slowness;
        }

        private boolean takes(DType dtype) {
            return kernels[dtype.ordinal()] != null;
        }

        static Tile of(DType dtype, long m, long n, long batch) {
            Tile best = SMALL;
            for (Tile tile : values()) {
                best = tile.takes(dtype) && tile.cost(m, n, batch) < best.cost(m, n, batch) ? tile : best;
            }
            return best;
        }
    }

    private final CudaContext context;
    private final CudaOnePassSum sum;

    CudaTiledSum(CudaContext context, CudaOnePassSum sum) {
        this.context = context;
        this.sum = sum;
    }

    /** Computes {@code out = alpha * sum over the last axes of a * b} if tiles are worth it; whether they are. */
    boolean run(Number alpha, View a, View b, int reducedRank, View out) {
        int kept = out.layout().rank();
        List<Integer> rows = new ArrayList<>();
        List<Integer> columns = new ArrayList<>();
        List<Integer> batch = new ArrayList<>();
        List<Integer> terms = new ArrayList<>();
        for (int axis = 0; axis < kept + reducedRank; axis++) {
            boolean inA = a.layout().stride(axis) != 0;
            boolean inB = b.layout().stride(axis) != 0;
            List<Integer> kind = axis >= kept ? terms : inA == inB ? batch : inA ? rows : columns;
            if (a.shape().at(axis) != 1) {
                kind.add(axis);
            }
        }
        long m = size(a, rows);
        long n = size(a, columns);
        if (!Tile.SMALL.takes(out.dtype()) || m < SIDE || n < SIDE || m * n < ELEMENTS || terms.isEmpty()) {
            return false;
        }
        // Columns are stored by neighbouring threads.
        boolean swapped = rows.stream().anyMatch(axis -> Math.abs(out.layout().stride(axis)) == 1);
        View left = swapped ? b : a;
        View right = swapped ? a : b;
        List<Integer> down = swapped ? columns : rows;
        List<Integer> across = swapped ? rows : columns;
        boolean termsOfLeft =
                terms.stream().anyMatch(axis -> Math.abs(left.layout().stride(axis)) == 1);
        Layout[] sums = {axes(left, terms), axes(right, terms)};
        Contraction contraction = new Contraction(
                left,
                right,
                out,
                new long[] {
                    left.layout().offset(),
                    right.layout().offset(),
                    out.layout().offset()
                },
                false,
                false,
                Loop.of(axes(left, down), axes(out, down)),
                swapped(nextToFirst(Loop.of(axes(out, across), axes(right, across)))),
                termsOfLeft ? nextToFirst(Loop.of(sums)) : swapped(Loop.of(sums[1], sums[0])),
                Loop.of(axes(out, batch), axes(left, batch), axes(right, batch)));
        return contraction.run(alpha, 0);
    }

    private static long size(View v, List<Integer> axes) {
        return axes.stream().mapToLong(v.shape()::at).reduce(1, Math::multiplyExact);
    }

    private static Layout axes(View v, List<Integer> axes) {
        long[] sizes = axes.stream().mapToLong(v.shape()::at).toArray();
        long[] strides = axes.stream().mapToLong(v.layout()::stride).toArray();
        return Layout.of(Shape.of(sizes), strides, 0);
    }

    /** Moves the axis along which operand 1 is contiguous next to the innermost, so that a tile has neighbours of both operands. */
    private static Loop nextToFirst(Loop loop) {
        int last = loop.rank() - 1;
        int from = last;
        for (int i = 0; i < last; i++) {
            from = Math.abs(loop.strides()[1][i]) == 1 ? i : from;
        }
        if (from >= last - 1) {
            return loop;
        }
        int at = from;
        long[][] strides =
                Arrays.stream(loop.strides()).map(s -> moved(s, at, last - 1)).toArray(long[][]::new);
        return new Loop(moved(loop.sizes(), from, last - 1), strides, loop.offsets());
    }

    private static long[] moved(long[] values, int from, int to) {
        long[] result = values.clone();
        System.arraycopy(values, from + 1, result, from, to - from);
        result[to] = values[from];
        return result;
    }

    /** The same axes with the operands exchanged. */
    private static Loop swapped(Loop loop) {
        return new Loop(loop.sizes(), new long[][] {loop.strides()[1], loop.strides()[0]}, new long[] {
            loop.offsets()[1], loop.offsets()[0]
        });
    }

    /** The GEMMs of the plan, of any dtype, sizes and layouts. */
    void gemm(GemmPlan plan, Number alpha, View a, View b, double beta, View c) {
        if (plan.m() == 0 || plan.n() == 0 || plan.batchSize() == 0) {
            return;
        }
        List<Batch> batches = plan.batches();
        long[] sizes = batches.stream().mapToLong(Batch::size).toArray();
        Loop batch = Loop.of(
                batch(batches, sizes, Batch::strideC),
                batch(batches, sizes, Batch::strideA),
                batch(batches, sizes, Batch::strideB));
        boolean done = new Contraction(
                        a,
                        b,
                        c,
                        new long[] {
                            plan.a().offset(), plan.b().offset(), plan.c().offset()
                        },
                        plan.a().conjugated(),
                        plan.b().conjugated(),
                        axis(plan.m(), rowStride(plan.a()), rowStride(plan.c())),
                        axis(plan.n(), columnStride(plan.b()), columnStride(plan.c())),
                        axis(plan.k(), columnStride(plan.a()), rowStride(plan.b())),
                        batch)
                .run(alpha, beta);
        if (!done) {
            Batch outer = batches.get(0);
            GemmPlan inner = new GemmPlan(
                    plan.m(), plan.n(), plan.k(), plan.a(), plan.b(), plan.c(), batches.subList(1, batches.size()));
            for (long i = 0; i < outer.size(); i++) {
                gemm(
                        inner.shifted(i * outer.strideA(), i * outer.strideB(), i * outer.strideC()),
                        alpha,
                        a,
                        b,
                        beta,
                        c);
            }
        }
    }

    private static long rowStride(GemmPlan.Matrix x) {
        return x.transposed() ? 1 : x.leading();
    }

    private static long columnStride(GemmPlan.Matrix x) {
        return x.transposed() ? x.leading() : 1;
    }

    private static Loop axis(long size, long first, long second) {
        return new Loop(new long[] {size}, new long[][] {{first}, {second}}, new long[2]);
    }

    private static Layout batch(List<Batch> batches, long[] sizes, ToLongFunction<Batch> stride) {
        return Layout.of(Shape.of(sizes), batches.stream().mapToLong(stride).toArray(), 0);
    }

    /** A GEMM of axes in any layout: rows of a and c, columns of b and c, terms of a and b, a batch of c, a and b. */
    private final class Contraction {
        private final View a;
        private final View b;
        private final View c;
        private final long[] offsets;
        private final boolean conjugateA;
        private final boolean conjugateB;
        private final Loop rows;
        private final Loop columns;
        private final Loop terms;
        private final Loop batch;

        /** The offsets of a, b and c come on top of those of the loops; the flags say whether the conjugates of a and b are meant. */
        Contraction(
                View a,
                View b,
                View c,
                long[] offsets,
                boolean conjugateA,
                boolean conjugateB,
                Loop rows,
                Loop columns,
                Loop terms,
                Loop batch) {
            this.a = a;
            this.b = b;
            this.c = c;
            this.offsets = new long[] {
                offsets[0] + rows.offsets()[0] + terms.offsets()[0] + batch.offsets()[1],
                offsets[1] + columns.offsets()[0] + terms.offsets()[1] + batch.offsets()[2],
                offsets[2] + rows.offsets()[1] + columns.offsets()[1] + batch.offsets()[0]
            };
            this.conjugateA = conjugateA;
            this.conjugateB = conjugateB;
            this.rows = rows;
            this.columns = columns;
            this.terms = terms;
            this.batch = batch;
        }

        /** {@code c = alpha * a * b + beta * c}; false, and nothing done, if it has more axes than the kernel takes. */
        boolean run(Number alpha, double beta) {
            for (Loop loop : List.of(rows, columns, terms, batch)) {
                if (loop.rank() > AXES) {
                    return false;
                }
            }
            Tile tile = Tile.of(c.dtype(), rows.size(), columns.size(), batch.size());
            long tiles = tile.count(rows.size(), columns.size()) * batch.size();
            long parts = beta != 0 || tiles >= FILLING_BLOCKS / 2
                    ? 1
                    : Math.max(1, Math.min(FILLING_BLOCKS / tiles, terms.size() / TERMS));
            long perPart = Math.max(1, ((terms.size() + parts - 1) / parts + DEPTH - 1) / DEPTH * DEPTH);
            parts = Math.max(1, (terms.size() + perPart - 1) / perPart);
            if (parts == 1) {
                launch(
                        tile,
                        tiles,
                        alpha,
                        beta,
                        Words.address(c, offsets[2]),
                        rows,
                        columns,
                        batch.strides()[0],
                        1,
                        0,
                        perPart);
            } else {
                inParts(tile, tiles, alpha, parts, perPart);
            }
            return true;
        }

        /** Cuts long sums of few tiles; the parts are added up in order. */
        private void inParts(Tile tile, long tiles, Number alpha, long parts, long perPart) {
            Loop whole = result();
            try (Scratch scratch = context.scratch()) {
                Storage sums = scratch.allocate(c.dtype().computed(), parts * whole.size());
                launch(
                        tile,
                        tiles,
                        1,
                        0,
                        sums.address(),
                        with(rows, rows.packed(columns.size())),
                        with(columns, columns.packed(1)),
                        batch.packed(rows.size() * columns.size()),
                        parts,
                        whole.size(),
                        perPart);
                sum.parts(alpha, sums, parts, whole, c);
            }
        }

        /** The axes of the result: batch, rows, columns. */
        private Loop result() {
            long[] sizes = concat(batch.sizes(), rows.sizes(), columns.sizes());
            long[] strides = concat(batch.strides()[0], rows.strides()[1], columns.strides()[1]);
            return new Loop(sizes, new long[][] {strides}, new long[] {offsets[2]});
        }

        private static long[] concat(long[]... parts) {
            return Arrays.stream(parts).flatMapToLong(Arrays::stream).toArray();
        }

        private static Loop with(Loop loop, long[] second) {
            return new Loop(loop.sizes(), new long[][] {loop.strides()[0], second}, loop.offsets());
        }

        private void launch(
                Tile tile,
                long tiles,
                Number alpha,
                double beta,
                long address,
                Loop down,
                Loop across,
                long[] batchStridesC,
                long parts,
                long partStride,
                long perPart) {
            DType dtype = c.dtype();
            Words words = context.words()
                    .put(Words.address(a, offsets[0]))
                    .put(Words.address(b, offsets[1]))
                    .put(address)
                    .put(alpha, dtype)
                    .put(beta, dtype);
            put(words, down.sizes(), down.strides());
            put(words, across.sizes(), across.strides());
            put(words, terms.sizes(), terms.strides());
            put(words, batch.sizes(), batch.strides()[1], batch.strides()[2], batchStridesC);
            words.put(isUnit(down, 0) || !isUnit(terms, 0))
                    .put(isUnit(across, 0) || !isUnit(terms, 1))
                    .put(conjugateA)
                    .put(conjugateB)
                    .put(parts)
                    .put(partStride)
                    .put(perPart);
            context.launch(tile.kernels[dtype.ordinal()], Math.min(MOST_BLOCKS, tiles * parts), tile.threads, 0, words);
        }

        private static boolean isUnit(Loop loop, int operand) {
            return Math.abs(loop.strides()[operand][loop.rank() - 1]) == 1 && loop.sizes()[loop.rank() - 1] > 1;
        }

        private static void put(Words words, long[] sizes, long[]... strides) {
            Axes.put(words, AXES, Arrays.stream(sizes).reduce(1, (x, y) -> x * y), sizes, strides);
        }
    }
}
