package kron4j.plan;

import java.util.List;

/**
 * One kernel call of a {@link Program}. Operands and targets are slots: 0..n-1 the program's operands, n its output, n+1... its temporaries.
 */
public sealed interface Step {
    /** Slot that is written. */
    int target();

    /** Slots that are read. */
    int[] reads();

    /** Whether this step applies the caller's factor. */
    boolean scaled();

    /** Operations, a multiply and an add counted as two. */
    double flops();

    /** Labels of the operands and the target, for printing. */
    Labels labels();

    /** Labels of a step's operands and result. */
    record Labels(int[][] inputs, int[] output) {}

    /**
     * The sum over the last {@code reduced} of the loops {@code dims} of the product of the operands; with one operand and nothing reduced, a copy.
     *
     * @param strides strides of each operand
     * @param targetStrides strides of the leading loops
     */
    record SumProduct(
            int[] reads,
            int target,
            long[] dims,
            int reduced,
            long[][] strides,
            long[] targetStrides,
            boolean scaled,
            Labels labels)
            implements Step {
        public boolean isCopy() {
            return reads.length == 1 && reduced == 0;
        }

        @Override
        public double flops() {
            double volume = 1;
            for (long d : dims) {
                volume *= d;
            }
            return isCopy() ? 0 : volume * (reads.length - 1 + (reduced > 0 ? 1 : 0));
        }
    }

    /**
     * GEMMs; all offsets are relative to the slots.
     *
     * @param loops contracted loops around them, whose GEMMs accumulate
     */
    record Gemm(int left, int right, int target, GemmPlan plan, List<Loop> loops, boolean scaled, Labels labels)
            implements Step {
        @Override
        public int[] reads() {
            return new int[] {left, right};
        }

        @Override
        public double flops() {
            double flops = plan.flops();
            for (Loop loop : loops) {
                flops *= loop.size();
            }
            return plan.k() == 1 && loops.isEmpty() ? flops / 2 : flops;
        }
    }

    /** A contracted loop: the steps of the GEMM's left and right operand. */
    record Loop(long size, long strideA, long strideB) {}

    /** Adds to the output, or writes it at the first of several slices. */
    record Add(int from, int target, long[] dims, long[] strides, long[] targetStrides, Labels labels) implements Step {
        @Override
        public int[] reads() {
            return new int[] {from};
        }

        @Override
        public boolean scaled() {
            return false;
        }

        @Override
        public double flops() {
            double volume = 1;
            for (long d : dims) {
                volume *= d;
            }
            return volume;
        }
    }
}
