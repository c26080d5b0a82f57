package kron4j.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.plan.GemmPlan;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;

/**
 * GEMM of float16 and bfloat16: pieces of the operands are converted to float32 and multiplied there, and each element of C is rounded once, when its
 * whole sum is there.
 */
final class HalfGemm {
    /** Elements of float32 that a piece takes, 16 MiB. */
    private static final long ROOM = 1 << 22;

    /** The same for products with a vector, which read each element once: what was converted is still in the cache. */
    private static final long ROOM_FOR_VECTORS = 1 << 20;

    /** Rows and columns that are not split further: fewer would make conversions dear beside the products. */
    private static final long SIDE = 512;

    private final double alpha;
    private final double beta;
    private final View a;
    private final View b;
    private final View c;
    private final long room;
    private final long side;

    private HalfGemm(double alpha, View a, View b, double beta, View c, long room, long side) {
        this.alpha = alpha;
        this.beta = beta;
        this.a = a;
        this.b = b;
        this.c = c;
        this.room = room;
        this.side = side;
    }

    static void run(GemmPlan plan, double alpha, View a, View b, double beta, View c) {
        run(plan, alpha, a, b, beta, c, Math.min(plan.m(), plan.n()) == 1 ? ROOM_FOR_VECTORS : ROOM, SIDE);
    }

    /** As the other, in pieces of at most {@code room} elements where they have more than {@code side} rows or columns. */
    static void run(GemmPlan plan, double alpha, View a, View b, double beta, View c, long room, long side) {
        new HalfGemm(alpha, a, b, beta, c, room, side).split(plan);
    }

    private void split(GemmPlan plan) {
        long m = plan.m();
        long n = plan.n();
        Operand[] operands = Operand.of(plan);
        if (Arrays.stream(operands).mapToLong(Operand::size).sum() <= room) {
            compute(plan, operands[2], plan.k());
        } else if (!plan.batches().isEmpty()) {
            splitBatch(
                    plan,
                    plan.batches().get(0),
                    plan.batches().subList(1, plan.batches().size()));
        } else if (Math.max(m, n) <= side) {
            compute(plan, operands[2], Math.max(1, (room - m * n) / (m + n)));
        } else if (m >= n) {
            split(resized(plan, m / 2, n, plan.k()));
            split(resized(plan, m - m / 2, n, plan.k())
                    .shifted(step(plan.a(), m / 2, true), 0, step(plan.c(), m / 2, true)));
        } else {
            split(resized(plan, m, n / 2, plan.k()));
            split(resized(plan, m, n - n / 2, plan.k())
                    .shifted(0, step(plan.b(), n / 2, false), step(plan.c(), n / 2, false)));
        }
    }

    private void splitBatch(GemmPlan plan, Batch first, List<Batch> others) {
        long size = Math.max(1, first.size() / 2);
        for (long from = 0; from < first.size(); from += size) {
            List<Batch> some = new ArrayList<>(others);
            long count = Math.min(size, first.size() - from);
            if (count > 1) {
                some.add(0, new Batch(count, first.strideA(), first.strideB(), first.strideC()));
            }
            split(new GemmPlan(plan.m(), plan.n(), plan.k(), plan.a(), plan.b(), plan.c(), some)
                    .shifted(from * first.strideA(), from * first.strideB(), from * first.strideC()));
        }
    }

    /** The part of the plan with the first rows, columns and terms. */
    private static GemmPlan resized(GemmPlan plan, long m, long n, long k) {
        return new GemmPlan(m, n, k, plan.a(), plan.b(), plan.c(), plan.batches());
    }

    /** How far apart in memory elements of op(X) are that are so many rows, or columns, apart. */
    private static long step(Matrix x, long count, boolean rows) {
        return x.transposed() == rows ? count : count * x.leading();
    }

    /** Computes the whole plan, {@code depth} terms of the sums at a time. */
    private void compute(GemmPlan plan, Operand sums, long depth) {
        Storage wide = c.storage().backend().allocate(DType.FLOAT32, sums.size());
        try {
            View wideC = sums.in(wide);
            if (beta != 0) {
                Copies.copy(sums.in(c), wideC);
            }
            for (long p = 0; p < plan.k(); p += depth) {
                GemmPlan some = resized(plan, plan.m(), plan.n(), Math.min(depth, plan.k() - p))
                        .shifted(step(plan.a(), p, false), step(plan.b(), p, true), 0);
                add(some, p == 0 ? beta : 1, wideC);
            }
            Copies.copy(wideC, sums.in(c));
        } finally {
            wide.release();
        }
    }

    private void add(GemmPlan plan, double factor, View wideC) {
        Operand[] operands = Operand.of(plan);
        View wideA = operands[0].in(c.storage().backend().allocate(DType.FLOAT32, operands[0].size()));
        try {
            View wideB = operands[1].in(c.storage().backend().allocate(DType.FLOAT32, operands[1].size()));
            try {
                Copies.copy(operands[0].in(a), wideA);
                Copies.copy(operands[1].in(b), wideB);
                Gemm.run(Operand.compact(plan, operands), alpha, wideA, wideB, factor, wideC);
            } finally {
                wideB.storage().release();
            }
        } finally {
            wideA.storage().release();
        }
    }

    /**
     * The matrices of one operand, each as it is stored: rows of neighbours.
     *
     * @param steps between the matrices of each batch
     */
    private record Operand(Matrix matrix, long rows, long columns, long[] sizes, long[] steps) {
        static Operand[] of(GemmPlan plan) {
            return new Operand[] {
                of(plan, plan.a(), plan.m(), plan.k(), Batch::strideA),
                of(plan, plan.b(), plan.k(), plan.n(), Batch::strideB),
                of(plan, plan.c(), plan.m(), plan.n(), Batch::strideC)
            };
        }

        private static Operand of(GemmPlan plan, Matrix x, long rows, long columns, ToLongFunction<Batch> step) {
            long[] steps = plan.batches().stream().mapToLong(step).toArray();
            long[] sizes = plan.batches().stream()
                    .mapToLong(batch -> step.applyAsLong(batch) == 0 ? 1 : batch.size())
                    .toArray();
            return new Operand(x, x.transposed() ? columns : rows, x.transposed() ? rows : columns, sizes, steps);
        }

        /** Number of elements, those that batches share counted once. */
        long size() {
            return rows * columns * Arrays.stream(sizes).reduce(1, Math::multiplyExact);
        }

        private Shape shape() {
            return Shape.of(sizes).concat(Shape.of(rows, columns));
        }

        /** The elements where the plan has them. */
        View in(View operand) {
            long[] strides = Arrays.copyOf(steps, steps.length + 2);
            strides[steps.length] = matrix.leading();
            strides[steps.length + 1] = 1;
            return operand.with(Layout.of(shape(), strides, matrix.offset()));
        }

        /** The elements without gaps in a storage of their own. */
        View in(Storage own) {
            return new View(own, Layout.contiguous(shape()));
        }

        private Matrix compact() {
            return new Matrix(0, columns, matrix.transposed());
        }

        /** The step between the compact matrices of a batch. */
        private long compactStep(int batch) {
            return steps[batch] == 0 ? 0 : Layout.contiguous(shape()).stride(batch);
        }

        /** The plan for operands without gaps. */
        static GemmPlan compact(GemmPlan plan, Operand... of) {
            Batch[] batches = new Batch[plan.batches().size()];
            Arrays.setAll(
                    batches,
                    i -> new Batch(
                            plan.batches().get(i).size(),
                            of[0].compactStep(i),
                            of[1].compactStep(i),
                            of[2].compactStep(i)));
            return new GemmPlan(
                    plan.m(), plan.n(), plan.k(), of[0].compact(), of[1].compact(), of[2].compact(), List.of(batches));
        }
    }
}
