package kron4j.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;

/**
 * The kernel calls of one contraction and the temporaries between them.
 *
 * @param operands number of operands, in slots 0..operands-1; the output is slot {@code operands}
 * @param temporaries elements of slots operands+1, ...
 * @param lastUse last step that uses each temporary; it can be freed afterwards
 */
public record Program(List<Step> steps, int operands, long[] temporaries, int[] lastUse) {
    /** The peak bytes of temporaries; {@code block} gives the bytes of a block from its elements. */
    public long peak(LongUnaryOperator block) {
        long held = 0;
        long peak = 0;
        boolean[] allocated = new boolean[temporaries.length];
        for (int i = 0; i < steps.size(); i++) {
            int target = steps.get(i).target() - operands - 1;
            if (target >= 0 && !allocated[target]) {
                allocated[target] = true;
                held += block.applyAsLong(temporaries[target]);
                peak = Math.max(peak, held);
            }
            for (int t = 0; t < temporaries.length; t++) {
                held -= lastUse[t] == i ? block.applyAsLong(temporaries[t]) : 0;
            }
        }
        return peak;
    }

    /**
     * The program that contracts two operands.
     *
     * @param costs costs of the device that will run the program
     * @param sizes size of each label
     * @param out layout of the result; its labels are kept
     */
    public static Program of(Costs costs, long[] sizes, Term a, Term b, Term out) {
        return of(costs, sizes, new Term[] {a, b}, out, List.of(new ContractionPath.Pair(0, 1)), false);
    }

    /**
     * @param path order of the pairs; empty for one loop nest over all labels
     * @param accumulates whether it may be asked to add to its output
     */
    static Program of(
            Costs costs,
            long[] sizes,
            Term[] operands,
            Term out,
            List<ContractionPath.Pair> path,
            boolean accumulates) {
        return new Compiler(costs, sizes, operands, out, accumulates).compile(path);
    }

    /** Whether each element of the output comes from one kernel call and copies: rounded once, even if temporaries have its dtype. */
    public boolean roundsOnce() {
        return steps.stream().mapToInt(Program::roundings).sum() <= 1;
    }

    private static int roundings(Step step) {
        if (step instanceof Step.Gemm gemm) {
            return gemm.loops().isEmpty() ? 1 : 2;
        }
        return step instanceof Step.SumProduct sum && sum.isCopy() ? 0 : 1;
    }

    /** Operations, a multiply and an add counted as two. */
    public double flops() {
        return steps.stream().mapToDouble(Step::flops).sum();
    }

    private static final class Compiler {
        private final Costs costs;
        private final long[] sizes;
        private final int n;
        private final boolean accumulates;
        private final List<Term> slots = new ArrayList<>();
        private final List<Long> temporaries = new ArrayList<>();
        private final List<Step> steps = new ArrayList<>();

        Compiler(Costs costs, long[] sizes, Term[] operands, Term out, boolean accumulates) {
            this.costs = costs;
            this.sizes = sizes;
            this.n = operands.length;
            this.accumulates = accumulates;
            for (Term t : operands) {
                slots.add(withoutUnitLabels(t));
            }
            slots.add(withoutUnitLabels(out));
            dropBroadcasts();
        }

        private Term withoutUnitLabels(Term term) {
            Term result = term;
            for (int label : term.labels()) {
                result = sizes[label] == 1 ? result.without(label) : result;
            }
            return result;
        }

        /** Drops a label from operands that are constant along it where another operand has it. */
        private void dropBroadcasts() {
            for (int k = 0; k < n; k++) {
                for (int label : slots.get(k).labels()) {
                    if (slots.get(k).stride(label) == 0 && sharedByOperand(k, label)) {
                        slots.set(k, slots.get(k).without(label));
                    }
                }
            }
        }

        private boolean sharedByOperand(int k, int label) {
            for (int other = 0; other < n; other++) {
                if (other != k && slots.get(other).has(label)) {
                    return true;
                }
            }
            return false;
        }

        Program compile(List<ContractionPath.Pair> path) {
            if (path.isEmpty()) {
                sumProduct(IntStream.range(0, n).toArray(), finalTarget(false), true);
                finish();
                return program();
            }
            int[] slotOf = new int[n + path.size()];
            Arrays.setAll(slotOf, i -> i);
            List<Integer> live = new ArrayList<>();
            for (int k = 0; k < n; k++) {
                live.add(k);
            }
            for (int k = 0; k < n; k++) {
                slotOf[k] = summedAlone(k, live);
                live.set(k, slotOf[k]);
            }
            for (int i = 0; i < path.size(); i++) {
                int a = slotOf[path.get(i).left()];
                int b = slotOf[path.get(i).right()];
                live.remove((Integer) a);
                live.remove((Integer) b);
                slotOf[n + i] = i == path.size() - 1 ? last(a, b) : intermediate(a, b, live);
                live.add(slotOf[n + i]);
            }
            finish();
            return program();
        }

        private boolean kept(int label, List<Integer> live, int except) {
            if (slots.get(n).has(label)) {
                return true;
            }
            for (int slot : live) {
                if (slot != except && slots.get(slot).has(label)) {
                    return true;
                }
            }
            return false;
        }

        private int summedAlone(int k, List<Integer> live) {
            Term term = slots.get(k);
            int[] order = Arrays.stream(term.byStride())
                    .filter(label -> kept(label, live, k))
                    .toArray();
            if (order.length == term.labels().length) {
                return k;
            }
            int target = temporary(Term.contiguous(order, sizes));
            sumProduct(new int[] {k}, target, false);
            return target;
        }

        private int intermediate(int a, int b, List<Integer> live) {
            int[] labels = IntStream.concat(
                            Arrays.stream(slots.get(a).labels()),
                            Arrays.stream(slots.get(b).labels()))
                    .distinct()
                    .filter(label -> kept(label, live, -1))
                    .toArray();
            PairPlan plan = PairPlan.fresh(costs, labels, slots.get(a), slots.get(b), sizes);
            int target = temporary(plan.c());
            emit(plan, a, b, target, false);
            return target;
        }

        private int last(int a, int b) {
            PairPlan plan = PairPlan.into(costs, slots.get(n), slots.get(a), slots.get(b), sizes);
            int target = (plan.copies() & Axis.C) != 0
                    ? temporary(plan.c())
                    : finalTarget(plan.gemm().isPresent());
            emit(plan, a, b, target, true);
            return target;
        }

        /** Target of the last computing kernel: the output, unless it would have to add and cannot. */
        private int finalTarget(boolean canAdd) {
            if (!accumulates || canAdd) {
                return n;
            }
            return temporary(Term.contiguous(slots.get(n).byStride(), sizes));
        }

        /** Copies the last result into the output if it is elsewhere. */
        private void finish() {
            int from = steps.get(steps.size() - 1).target();
            if (from == n) {
                return;
            }
            if (!accumulates) {
                sumProduct(new int[] {from}, n, false);
                return;
            }
            int[] labels = slots.get(n).byStride();
            steps.add(new Step.Add(
                    from,
                    n,
                    dims(labels),
                    strides(slots.get(from), labels),
                    strides(slots.get(n), labels),
                    labels(new int[] {from}, n)));
        }

        private int temporary(Term term) {
            slots.add(term);
            temporaries.add(term.size(sizes));
            return slots.size() - 1;
        }

        private void emit(PairPlan plan, int a, int b, int target, boolean scaled) {
            int left = (plan.copies() & Axis.A) != 0 ? copied(a, plan.a()) : a;
            int right = (plan.copies() & Axis.B) != 0 ? copied(b, plan.b()) : b;
            if (plan.gemm().isEmpty()) {
                sumProduct(new int[] {left, right}, target, scaled);
                return;
            }
            PairPlan.Gemm gemm = plan.gemm().get();
            steps.add(new Step.Gemm(
                    gemm.swapped() ? right : left,
                    gemm.swapped() ? left : right,
                    target,
                    gemm.plan(),
                    gemm.loops(),
                    scaled,
                    labels(new int[] {left, right}, target)));
        }

        private int copied(int slot, Term layout) {
            int target = temporary(layout);
            sumProduct(new int[] {slot}, target, false);
            return target;
        }

        /** Loops over the target's labels by its strides, then over the others by the first operand's; adjacent ones are fused. */
        private void sumProduct(int[] reads, int target, boolean scaled) {
            Term out = slots.get(target);
            int[] kept = out.byStride();
            int[] reduced = Arrays.stream(reads)
                    .flatMap(slot -> Arrays.stream(slots.get(slot).byStride()))
                    .distinct()
                    .filter(label -> !out.has(label))
                    .toArray();
            List<int[]> keptRuns = runs(kept, reads, out);
            List<int[]> reducedRuns = runs(reduced, reads, out);
            List<int[]> runs = new ArrayList<>(keptRuns);
            runs.addAll(reducedRuns);
            int[] innermost = runs.stream().mapToInt(run -> run[run.length - 1]).toArray();
            long[] dims = runs.stream()
                    .mapToLong(
                            run -> Arrays.stream(run).mapToLong(l -> sizes[l]).reduce(1, (x, y) -> x * y))
                    .toArray();
            long[][] strides = new long[reads.length][];
            for (int i = 0; i < reads.length; i++) {
                strides[i] = strides(slots.get(reads[i]), innermost);
            }
            steps.add(new Step.SumProduct(
                    reads,
                    target,
                    dims,
                    reducedRuns.size(),
                    strides,
                    Arrays.copyOf(strides(out, innermost), keptRuns.size()),
                    scaled,
                    labels(reads, target)));
        }

        /** Splits the labels where a neighbour does not continue the one before in every layout. */
        private List<int[]> runs(int[] labels, int[] reads, Term out) {
            List<int[]> result = new ArrayList<>();
            for (int i = 0; i < labels.length; i++) {
                int[] before = result.isEmpty() ? null : result.get(result.size() - 1);
                if (before != null && continues(before[before.length - 1], labels[i], reads, out)) {
                    int[] longer = Arrays.copyOf(before, before.length + 1);
                    longer[before.length] = labels[i];
                    result.set(result.size() - 1, longer);
                } else {
                    result.add(new int[] {labels[i]});
                }
            }
            return result;
        }

        private boolean continues(int outer, int inner, int[] reads, Term out) {
            boolean fits = out.stride(outer) == out.stride(inner) * sizes[inner];
            for (int slot : reads) {
                Term t = slots.get(slot);
                fits &= t.stride(outer) == t.stride(inner) * sizes[inner];
            }
            return fits;
        }

        private long[] dims(int[] labels) {
            return Arrays.stream(labels).mapToLong(l -> sizes[l]).toArray();
        }

        private static long[] strides(Term term, int[] labels) {
            return Arrays.stream(labels).mapToLong(term::stride).toArray();
        }

        private Step.Labels labels(int[] reads, int target) {
            int[][] inputs = new int[reads.length][];
            Arrays.setAll(inputs, i -> slots.get(reads[i]).labels());
            return new Step.Labels(inputs, slots.get(target).labels());
        }

        private Program program() {
            int[] lastUse = new int[temporaries.size()];
            for (int i = 0; i < steps.size(); i++) {
                mark(lastUse, steps.get(i).target(), i);
                for (int slot : steps.get(i).reads()) {
                    mark(lastUse, slot, i);
                }
            }
            return new Program(
                    List.copyOf(steps),
                    n,
                    temporaries.stream().mapToLong(t -> t).toArray(),
                    lastUse);
        }

        private void mark(int[] lastUse, int slot, int step) {
            if (slot > n) {
                lastUse[slot - n - 1] = step;
            }
        }
    }
}
