package kron4j.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import kron4j.plan.GemmPlan.Batch;
import kron4j.plan.GemmPlan.Matrix;

/**
 * The cheapest estimated way to contract two operands into a result: GEMMs on the layouts as they are, GEMMs after copying an operand or before
 * copying the result, or one sum of products.
 *
 * @param a layout of the left operand that the kernel reads: as given, or of its copy
 * @param b layout of the right operand that the kernel reads
 * @param c layout that the kernel writes
 * @param copies operands that are copied: {@link Axis#A}, {@link Axis#B}, {@link Axis#C} or'ed
 * @param gemm absent for a sum of products
 */
record PairPlan(Term a, Term b, Term c, int copies, Optional<Gemm> gemm) {
    /**
     * The GEMM, with all offsets 0.
     *
     * @param swapped whether its left operand is b
     * @param loops contracted loops around it, whose GEMMs accumulate
     */
    record Gemm(boolean swapped, GemmPlan plan, List<Step.Loop> loops) {}

    /** The plan with a given layout of the result. */
    static PairPlan into(Costs costs, Term c, Term a, Term b, long[] sizes) {
        return new Search(costs, a, b, c, false, sizes).plan();
    }

    /** The plan with the result in new memory, in the layout that suits the kernel best. */
    static PairPlan fresh(Costs costs, int[] outputLabels, Term a, Term b, long[] sizes) {
        return new Search(costs, a, b, Term.contiguous(outputLabels, sizes), true, sizes).plan();
    }

    private static final class Search {
        private final Costs costs;
        private final Term[] given;
        private final boolean fresh;
        private final long[] sizes;
        private final List<Axis> axes;
        private PairPlan best;
        private double bestCost;

        Search(Costs costs, Term a, Term b, Term c, boolean fresh, long[] sizes) {
            this.costs = costs;
            this.given = new Term[] {a, b, c};
            this.fresh = fresh;
            this.sizes = sizes;
            this.axes = Axis.of(a, b, c, sizes);
        }

        PairPlan plan() {
            double[] extent = new double[8];
            Arrays.fill(extent, 1);
            for (Axis axis : axes) {
                extent[axis.users()] *= axis.size();
            }
            boolean sums = extent[Axis.CONTRACTED] > 1;
            best = new PairPlan(given[0], given[1], given[2], 0, Optional.empty());
            bestCost = costs.sumProduct(extent, sums);
            if (!sums && !(extent[Axis.LEFT] > 1 && extent[Axis.RIGHT] > 1)) {
                return best;
            }
            for (int copies = 0; copies < 8; copies++) {
                double cost = 0;
                for (int op = 0; op < 3; op++) {
                    cost += (copies & 1 << op) == 0 ? 0 : costs.copy(given[op].size(sizes));
                }
                if (cost < bestCost) {
                    search(copies, cost);
                }
            }
            return best;
        }

        /** Tries every choice of matrix axes. */
        private void search(int copies, double copyCost) {
            int free = fresh ? copies | Axis.C : copies;
            List<Axis> fused = Axis.fused(axes, ~free);
            for (Axis m : choices(fused, Axis.LEFT)) {
                for (Axis n : choices(fused, Axis.RIGHT)) {
                    for (Axis k : choices(fused, Axis.CONTRACTED)) {
                        candidate(fused, free, copies, copyCost, m, n, k, false);
                        candidate(fused, free, copies, copyCost, m, n, k, true);
                    }
                }
            }
        }

        private static final Axis NONE = new Axis(new int[0], 1, 0, new long[3]);

        private static List<Axis> choices(List<Axis> axes, int users) {
            List<Axis> result = new ArrayList<>();
            for (Axis axis : axes) {
                if (axis.users() == users) {
                    result.add(axis);
                }
            }
            result.add(NONE);
            return result;
        }

        /** Takes m, n, k as the matrix axes and all others as loops, if the fixed layouts allow it, and keeps the best. */
        private void candidate(
                List<Axis> fused, int free, int copies, double copyCost, Axis m, Axis n, Axis k, boolean swapped) {
            int first = swapped ? 1 : 0;
            int second = 1 - first;
            Axis rows = swapped ? n : m;
            Axis cols = swapped ? m : n;
            Term[] terms = given.clone();
            if ((free & 1 << first) != 0) {
                terms[first] = layOut(fused, first, rows, k, true);
            }
            if ((free & 1 << second) != 0) {
                terms[second] = layOut(fused, second, k, cols, true);
            }
            if ((free & Axis.C) != 0) {
                terms[2] = layOut(fused, 2, rows, cols, false);
            }
            Optional<Matrix> a = matrix(terms[first], rows, k);
            Optional<Matrix> b = matrix(terms[second], k, cols);
            Optional<Matrix> c = matrix(terms[2], rows, cols);
            if (a.isEmpty() || b.isEmpty() || c.isEmpty() || c.get().transposed()) {
                return;
            }
            List<Batch> batches = new ArrayList<>();
            List<Step.Loop> loops = new ArrayList<>();
            double count = 1;
            double kernels = 1;
            for (Axis axis : fused) {
                if (axis.is(m) || axis.is(n) || axis.is(k)) {
                    continue;
                }
                count *= axis.size();
                long strideA = terms[first].stride(axis.innermost());
                long strideB = terms[second].stride(axis.innermost());
                if (axis.users() == Axis.CONTRACTED) {
                    loops.add(new Step.Loop(axis.size(), strideA, strideB));
                    kernels *= axis.size();
                } else {
                    batches.add(new Batch(axis.size(), strideA, strideB, terms[2].stride(axis.innermost())));
                }
            }
            batches.sort(Comparator.comparingLong((Batch batch) -> -Math.abs(batch.strideC())));
            GemmPlan plan =
                    new GemmPlan(rows.size(), cols.size(), k.size(), a.get(), b.get(), c.get(), List.copyOf(batches));
            double cost = copyCost + costs.gemm(plan, count, kernels);
            if (cost >= bestCost) {
                return;
            }
            best = new PairPlan(terms[0], terms[1], terms[2], copies, Optional.of(new Gemm(swapped, plan, loops)));
            bestCost = cost;
        }

        /** New memory for an operand: loops outermost, then its matrix. The innermost axis stays innermost if {@code either} will do. */
        private Term layOut(List<Axis> fused, int op, Axis rows, Axis cols, boolean either) {
            List<Axis> order = new ArrayList<>();
            for (Axis axis : fused) {
                if ((axis.users() & 1 << op) != 0 && !axis.is(rows) && !axis.is(cols)) {
                    order.add(axis);
                }
            }
            boolean transposed = either
                    && rows.size() > 1
                    && cols.size() > 1
                    && Math.abs(rows.strides()[op]) < Math.abs(cols.strides()[op]);
            order.add(transposed ? cols : rows);
            order.add(transposed ? rows : cols);
            return Term.contiguous(
                    order.stream()
                            .flatMapToInt(axis -> Arrays.stream(axis.labels()))
                            .toArray(),
                    sizes);
        }

        /** The operand's matrix of the two axes as BLAS reads it. */
        private static Optional<Matrix> matrix(Term term, Axis rows, Axis cols) {
            return Matrix.of(0, rows.size(), cols.size(), step(term, rows), step(term, cols));
        }

        private static long step(Term term, Axis axis) {
            return axis.is(NONE) ? 0 : term.stride(axis.innermost());
        }
    }
}
