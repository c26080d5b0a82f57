package kron4j.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.FusedKernel;
import kron4j.backend.Storage;
import kron4j.backend.View;

/** Runs loops of float32 on halves that lie side by side, by blocks of whole lines: what is converted for a block stays in the second-level cache. */
final class WideBlocks {
    /** Elements of a block, or one line that is longer. */
    private static final int BLOCK = 1 << 13;

    private WideBlocks() {}

    /** A loop over a block of each operand and result, all of them float32. */
    interface Step {
        void run(List<View> operands, List<View> results);
    }

    /** As {@link FusedKernels#run}, of halves. */
    static boolean run(FusedKernel kernel, List<View> operands, List<View> results) {
        boolean ofLines = kernel.form().isOfLines();
        View x = operands.get(0);
        int rank = x.layout().rank();
        boolean last = kernel.first() == -1 || kernel.first() == rank - 1;
        long length = !ofLines ? 1 : rank == 0 ? 0 : x.shape().at(-1);
        boolean takes = ofLines ? last && LineKernels.takes(length) : FusedKernels.has(kernel);
        List<View> read =
                ofLines ? operands : kernel.wanted() == 0 ? List.of(x) : List.of(x, operands.get(operands.size() - 1));
        if (!takes || kernel.form().isLoss() || !fit(read, results)) {
            return false;
        }
        FusedKernel ofBlock = ofLines ? new FusedKernel(kernel.form(), -1, kernel.second(), kernel.wanted()) : kernel;
        each(length, read, results, (x32, z32) -> FusedKernels.run(ofBlock, x32, z32));
        return true;
    }

    private static boolean fit(List<View> operands, List<View> results) {
        View first = results.get(0);
        List<View> all = new ArrayList<>(operands);
        all.addAll(results);
        return all.stream().allMatch(v -> v.shape().equals(first.shape()) && isDense(v));
    }

    /** Whether elements are halves and lie side by side, in a storage of one buffer. */
    static boolean isDense(View v) {
        return v.dtype().isHalf() && v.layout().isContiguous() && ((CpuStorage) v.storage()).fitsOneBuffer();
    }

    /**
     * Runs a step for all blocks.
     *
     * @param length elements of a line, which all views have as many of
     */
    static void each(long length, List<View> operands, List<View> results, Step step) {
        long together = Math.max(1, BLOCK / length);
        long lines = results.get(0).shape().size() / length;
        Parallel.forRange((lines + together - 1) / together, 1 + Tiles.GRAIN / BLOCK, (from, to) -> {
            long room = Math.min(together, lines) * length;
            Storage wide = results.get(0)
                    .storage()
                    .backend()
                    .allocate(DType.FLOAT32, room * (operands.size() + results.size()));
            try {
                for (long block = from; block < to; block++) {
                    long n = Math.min(together, lines - block * together);
                    long first = block * together * length;
                    List<View> x = of(wide, 0, room, n, length, operands.size());
                    List<View> z = of(wide, operands.size() * room, room, n, length, results.size());
                    for (int i = 0; i < x.size(); i++) {
                        HalfRuns.convert(block(operands.get(i), first, n, length), x.get(i));
                    }
                    step.run(x, z);
                    for (int i = 0; i < z.size(); i++) {
                        HalfRuns.convert(z.get(i), block(results.get(i), first, n, length));
                    }
                }
            } finally {
                wide.release();
            }
        });
    }

    private static List<View> of(Storage wide, long from, long room, long n, long length, int count) {
        List<View> views = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            views.add(new View(wide, lines(n, length, from + i * room)));
        }
        return views;
    }

    private static View block(View v, long first, long n, long length) {
        return v.with(lines(n, length, v.layout().offset() + first));
    }

    private static Layout lines(long n, long length, long offset) {
        return Layout.of(Shape.of(n, length), new long[] {length, 1}, offset);
    }
}
