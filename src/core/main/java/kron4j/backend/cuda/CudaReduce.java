package kron4j.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.Layout;
import kron4j.Shape;
import kron4j.backend.ReduceOp;
import kron4j.backend.Storage;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.CudaType;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/**
 * Reductions, by the kernels of {@code kernels/reduce.cuh}. What works on which elements is chosen by sizes and strides only, so that results are the
 * same on all cards. Workspace: partial results where outputs are few, at most 8 bytes (16 for positions) for each 256 elements.
 */
final class CudaReduce {
    private static final String[] REDUCE = KernelNames.of("reduce");
    private static final String[] FIND = KernelNames.of("find");

    private static final int THREADS = 256;

    /** Elements that a thread takes at a time. */
    private static final int TAKEN = 8;

    /** Outputs are read in rows of so many, where they lie in a row. */
    private static final int ROW = 32;

    /** Threads from which on the last of them leave no card idle for long. */
    private static final long BUSY = 1L << 20;

    private static final long MOST_SPLITS = 4096;

    private final CudaContext context;
    private final CudaFill fill;

    CudaReduce(CudaContext context, CudaFill fill) {
        this.context = context;
        this.fill = fill;
    }

    void reduce(ReduceOp op, View a, int reducedRank, View out) {
        if (out.shape().size() == 0) {
            return;
        }
        if (a.shape().size() == 0) {
            fill.run(op == ReduceOp.PROD || op == ReduceOp.ALL ? 1L : 0L, out);
            return;
        }
        Layout layout = a.layout();
        int keptRank = layout.rank() - reducedRank;
        Layout keptAxes = axes(layout, 0, keptRank, layout.offset());
        Layout reducedAxes = axes(layout, keptRank, layout.rank(), 0);
        boolean positions = op == ReduceOp.ARGMAX || op == ReduceOp.ARGMIN;
        Loop reduced = positions ? Loop.rowMajor(reducedAxes) : Loop.of(reducedAxes);
        Loop.of(keptAxes, out.layout())
                .split(Axes.MOST, Sweep.ELEMENTS, kept -> new Reduction(op, a, out, kept, reduced).run());
    }

    private static Layout axes(Layout a, int from, int to, long offset) {
        return Layout.of(a.shape().slice(from, to), Arrays.copyOfRange(a.strides(), from, to), offset);
    }

    /** One group of outputs. */
    private final class Reduction {
        private final ReduceOp op;
        private final String kernel;
        private final View a;
        private final View out;
        private final Loop kept;
        private final List<Loop> reduced = new ArrayList<>();

        Reduction(ReduceOp op, View a, View out, Loop kept, Loop reduced) {
            this.op = op;
            this.kernel = (isPosition() ? FIND : REDUCE)[a.dtype().ordinal()];
            this.a = a;
            this.out = out;
            this.kept = kept;
            reduced.split(Axes.MOST, Sweep.ELEMENTS, this.reduced::add);
        }

        private boolean isPosition() {
            return op == ReduceOp.ARGMAX || op == ReduceOp.ARGMIN;
        }

        void run() {
            long splits = 0;
            for (Loop part : reduced) {
                splits += splits(part);
            }
            if (splits == 1 && !widens()) {
                launch(reduced.get(0), Ends.whole(a, out), 0, 0);
                return;
            }
            if (splits == 1 && Arrays.equals(kept.strides()[1], kept.packed(1))) {
                launch(reduced.get(0), Ends.asPartial(a, out, kept.offsets()[1]), 0, 0);
                return;
            }
            long count = Math.multiplyExact(splits, kept.size());
            try (Scratch scratch = context.scratch()) {
                Storage values = scratch.allocate(partial(), count);
                long where = isPosition() ? scratch.allocate(DType.INT64, count).address() : 0;
                long split = 0;
                long position = 0;
                for (Loop part : reduced) {
                    launch(part, Ends.toPartial(a, values.address(), where), split, position);
                    split += splits(part);
                    position += part.size();
                }
                combine(splits, values, where);
            }
        }

        /** Whether results are kept as partial ones are, but elements are not: then only the kernel of the results' dtype writes them as results. */
        private boolean widens() {
            return !isPosition() && out.dtype() == partial() && out.dtype() != a.dtype();
        }

        /** The dtype of partial results. */
        private DType partial() {
            return isPosition() ? a.dtype() : CudaType.of(a.dtype().ofSums()).sums();
        }

        /** The partial results lie as an operand of shape [splits, outputs]. */
        private void combine(long splits, Storage values, long positions) {
            Loop outer = new Loop(
                    kept.sizes(), new long[][] {kept.packed(1), kept.strides()[1]}, new long[] {0, kept.offsets()[1]});
            Loop inner = new Loop(new long[] {splits}, new long[][] {{kept.size()}}, new long[1]);
            launch(outer, inner, Ends.fromPartial(values, positions, out), group(outer, inner), 1, 0, 0);
        }

        private void launch(Loop part, Ends ends, long split, long position) {
            launch(kept, part, ends, group(kept, part), splits(part), split, position);
        }

        private void launch(
                Loop outer, Loop inner, Ends ends, long group, long splits, long firstSplit, long firstPosition) {
            Words words = context.words();
            Axes.put(words, outer.sizes(), outer.strides()[1], outer.strides()[0]);
            Axes.put(words, inner.sizes(), inner.strides()[0]);
            words.put(ends.out()
                            + (ends.toPartial()
                                    ? 0
                                    : outer.offsets()[1] * out.dtype().bytes()))
                    .put(ends.a()
                            + (outer.offsets()[0] + inner.offsets()[0])
                                    * (ends.fromPartial() ? partial() : a.dtype()).bytes())
                    .put(ends.toPartial() ? ends.positions() : 0L)
                    .put(ends.fromPartial() ? ends.positions() : 0L)
                    .put(op.ordinal())
                    .put(group)
                    .put(isAcross(outer, inner))
                    .put(splits)
                    .put((inner.size() + splits - 1) / splits)
                    .put(firstSplit)
                    .put(firstPosition)
                    .put(ends.fromPartial())
                    .put(ends.toPartial());
            long outputs = THREADS / group;
            String kernel = ends.fromPartial() && widens() ? REDUCE[out.dtype().ordinal()] : this.kernel;
            context.launch(kernel, (outer.size() + outputs - 1) / outputs * splits, THREADS, 0, words);
        }

        private long splits(Loop part) {
            return CudaReduce.splits(kept, part);
        }
    }

    /** Combines results of splits, float64 of shape [splits, outputs], where outputs are in the order of a loop whose second operand is {@code out}. */
    void combine(ReduceOp op, Loop kept, long splits, Storage values, View out) {
        new Reduction(op, out, out, kept, Loop.of(Layout.contiguous(Shape.SCALAR))).combine(splits, values, 0);
    }

    /** Groups that share the elements of an output. */
    static long splits(Loop kept, Loop part) {
        long threads = kept.size() * group(kept, part);
        long most = part.size() / (group(kept, part) * TAKEN * 4);
        return Math.max(1, Math.min(MOST_SPLITS, Math.min(most, BUSY / threads)));
    }

    /** Where a launch reads and writes. */
    private record Ends(long a, long out, long positions, boolean fromPartial, boolean toPartial) {
        static Ends whole(View a, View out) {
            return new Ends(a.storage().address(), out.storage().address(), 0, false, false);
        }

        static Ends toPartial(View a, long values, long positions) {
            return new Ends(a.storage().address(), values, positions, false, true);
        }

        /** Partial results that are the results already. */
        static Ends asPartial(View a, View out, long offset) {
            return toPartial(a, out.storage().address() + offset * out.dtype().bytes(), 0);
        }

        static Ends fromPartial(Storage values, long positions, View out) {
            return new Ends(values.address(), out.storage().address(), positions, true, false);
        }
    }

    /** Whether outputs lie closer together than the elements of one. */
    static boolean isAcross(Loop kept, Loop reduced) {
        long keptStep = Math.abs(last(kept.strides()[0]));
        return keptStep != 0 && keptStep < Math.abs(last(reduced.strides()[0]));
    }

    /** Threads for each output: a power of two, at most {@link Sweep#THREADS}. */
    static long group(Loop kept, Loop reduced) {
        long wanted = powerOfTwo((reduced.size() + TAKEN - 1) / TAKEN);
        if (isAcross(kept, reduced)) {
            long row = Math.min(ROW, powerOfTwo(kept.size()));
            return kept.size() >= BUSY ? 1 : Math.min(THREADS / row, wanted);
        }
        return Math.min(kept.size() * ROW >= BUSY ? ROW : THREADS, wanted);
    }

    /** The least power of two that is not less. */
    static long powerOfTwo(long n) {
        return n <= 1 ? 1 : Long.highestOneBit(n - 1) << 1;
    }

    private static long last(long[] values) {
        return values[values.length - 1];
    }
}
