package kron4j.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import kron4j.Layout;
import kron4j.reference.NDArray;

/**
 * Runs a plan by plain loops over arrays, as an executor does, and counts what it does. Memory that nothing was written to is NaN; memory that was
 * freed is null.
 */
final class PlainRun {
    private final EinsumPlan plan;
    private final Layout[] layouts;
    private final double[][] operands;
    private final double[] result;
    private double flops;
    private int kernels;
    private long peakBytes;

    // One slice.
    private int target;
    private double[][] slots;
    private long[] offsets;
    private boolean accumulate;

    /** @param operands the memory that the layouts speak of */
    PlainRun(EinsumPlan plan, Layout[] layouts, double[][] operands) {
        this.plan = plan;
        this.layouts = layouts;
        this.operands = operands;
        this.result = new double[(int) plan.outputShape().size()];
        Arrays.fill(result, plan.isEmpty() || plan.writesDiagonal() ? 0 : Double.NaN);
        plan.pieces().forEach(this::slice);
    }

    NDArray result() {
        return NDArray.of(result, plan.outputShape().dims());
    }

    /** Multiplications and additions. */
    double flops() {
        return flops;
    }

    int kernels() {
        return kernels;
    }

    /** The most bytes that temporaries took at a time, with 8 an element. */
    long peakBytes(Costs costs) {
        peakBytes = 0;
        plan.pieces().forEach(piece -> peakBytes = Math.max(peakBytes, peak(piece.program(), costs)));
        return peakBytes;
    }

    private static long peak(Program program, Costs costs) {
        long peak = 0;
        for (int now = 0; now < program.steps().size(); now++) {
            long held = 0;
            for (int t = 0; t < program.temporaries().length; t++) {
                int slot = program.operands() + 1 + t;
                boolean made = program.steps().subList(0, now + 1).stream().anyMatch(step -> step.target() == slot);
                boolean needed = program.steps().subList(now, program.steps().size()).stream()
                        .anyMatch(step -> step.target() == slot || uses(step, slot));
                held += made && needed ? costs.block(8 * program.temporaries()[t]) : 0;
            }
            peak = Math.max(peak, held);
        }
        return peak;
    }

    private static boolean uses(Step step, int slot) {
        return Arrays.stream(step.reads()).anyMatch(read -> read == slot);
    }

    private void slice(EinsumPlan.Piece piece) {
        Program program = piece.program();
        long[] from = piece.offsets();
        int n = program.operands();
        slots = new double[n + 1 + program.temporaries().length][];
        offsets = new long[slots.length];
        accumulate = piece.accumulate();
        for (int k = 0; k <= n; k++) {
            slots[k] = k < n ? operands[k] : result;
            offsets[k] = (k < n ? layouts[k].offset() : 0) + from[k];
        }
        double before = flops;
        for (int i = 0; i < program.steps().size(); i++) {
            Step step = program.steps().get(i);
            target = step.target();
            if (slots[target] == null) {
                slots[target] = new double[(int) program.temporaries()[target - n - 1]];
                Arrays.fill(slots[target], Double.NaN);
            }
            kernels++;
            run(step);
            for (int t = 0; t < program.temporaries().length; t++) {
                slots[n + 1 + t] = program.lastUse()[t] == i ? null : slots[n + 1 + t];
            }
        }
        assertEquals(program.flops(), flops - before, plan::toString);
    }

    private void run(Step step) {
        if (step instanceof Step.SumProduct sum) {
            sumProduct(sum);
        } else if (step instanceof Step.Gemm gemm) {
            boolean adds = accumulate && target == operands.length;
            gemm(gemm, gemm.loops(), offsets[gemm.left()], offsets[gemm.right()], adds);
        } else if (step instanceof Step.Add add) {
            NDArray.forEach(add.dims(), at -> {
                int to = position(target, at, add.targetStrides());
                double term = slots[add.from()][position(add.from(), at, add.strides())];
                slots[target][to] = (accumulate ? slots[target][to] : 0) + term;
                flops++;
            });
        }
    }

    private int position(int slot, long[] at, long[] strides) {
        long position = offsets[slot];
        for (int i = 0; i < strides.length; i++) {
            position += at[i] * strides[i];
        }
        return (int) position;
    }

    private void sumProduct(Step.SumProduct step) {
        int kept = step.dims().length - step.reduced();
        NDArray.forEach(step.dims(), at -> {
            double product = 1;
            for (int i = 0; i < step.reads().length; i++) {
                int slot = step.reads()[i];
                product *= slots[slot][position(slot, at, step.strides()[i])];
            }
            boolean first = Arrays.stream(at, kept, at.length).allMatch(index -> index == 0);
            int to = position(target, at, step.targetStrides());
            slots[target][to] = (first ? 0 : slots[target][to]) + product;
            flops += step.reads().length - 1 + (step.reduced() > 0 ? 1 : 0);
        });
    }

    /** @return whether the next GEMM adds */
    private boolean gemm(Step.Gemm step, List<Step.Loop> loops, long left, long right, boolean adds) {
        if (loops.isEmpty()) {
            batches(step, step.plan().batches(), left, right, offsets[target], adds);
            return true;
        }
        boolean next = adds;
        Step.Loop loop = loops.get(0);
        for (long i = 0; i < loop.size(); i++) {
            next = gemm(
                    step, loops.subList(1, loops.size()), left + i * loop.strideA(), right + i * loop.strideB(), next);
        }
        return next;
    }

    private void batches(Step.Gemm step, List<GemmPlan.Batch> batches, long left, long right, long to, boolean adds) {
        if (batches.isEmpty()) {
            one(step, step.plan().shifted(left, right, to), adds);
            return;
        }
        GemmPlan.Batch batch = batches.get(0);
        for (long i = 0; i < batch.size(); i++) {
            batches(
                    step,
                    batches.subList(1, batches.size()),
                    left + i * batch.strideA(),
                    right + i * batch.strideB(),
                    to + i * batch.strideC(),
                    adds);
        }
    }

    private void one(Step.Gemm step, GemmPlan gemm, boolean adds) {
        double[] c = slots[target];
        for (long i = 0; i < gemm.m(); i++) {
            for (long j = 0; j < gemm.n(); j++) {
                double sum = 0;
                for (long k = 0; k < gemm.k(); k++) {
                    sum += slots[step.left()][at(gemm.a(), i, k)] * slots[step.right()][at(gemm.b(), k, j)];
                }
                int to = at(gemm.c(), i, j);
                c[to] = (adds ? c[to] : 0) + sum;
            }
        }
        boolean onlyMultiplies = gemm.k() == 1 && step.loops().isEmpty();
        flops += (onlyMultiplies ? 1.0 : 2.0) * gemm.m() * gemm.n() * gemm.k();
    }

    /** As BLAS reads a matrix: the leading dimension is no shorter than a row. */
    private static int at(GemmPlan.Matrix x, long row, long col) {
        long across = x.transposed() ? row : col;
        long down = x.transposed() ? col : row;
        assertEquals(true, across < x.leading(), x::toString);
        return (int) (x.offset() + down * x.leading() + across);
    }
}
