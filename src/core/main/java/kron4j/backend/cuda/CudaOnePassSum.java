package kron4j.backend.cuda;

import java.util.Arrays;
import java.util.List;
import kron4j.DType;
import kron4j.Layout;
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
 * Sums of products that read each element about once. Outputs are shared by groups of threads, and long sums of few outputs are cut into parts that
 * a second launch adds up. All of that follows from the shapes and layouts, so that the same operands give the same bits. float32 and
 * complex64 are added up in double every few terms, halves in float32.
 */
final class CudaOnePassSum {
    private static final int THREADS = 256;
    private static final int WARP = 32;
    /** Words for the axes in the kernel's parameters. */
    private static final int WORDS = 232;
    /** Threads that fill a large card, and blocks that do. */
    private static final long FILLING_THREADS = 1 << 17;

    private static final long FILLING_BLOCKS = 1024;
    /** Terms that are worth a thread. */
    private static final long TERMS = 32;

    private static final long MOST_BLOCKS = 1 << 20;
    /** The dtypes with kernels of their own for one and two operands. */
    private static final DType[] OF_FEW = {
        DType.FLOAT32,
        DType.FLOAT64,
        DType.FLOAT16,
        DType.BFLOAT16,
        DType.COMPLEX128,
        DType.COMPLEX64,
        DType.INT32,
        DType.INT64
    };
    /** By how many operands the kernel is for. */
    private static final String[] ONE = KernelNames.of("sum1", OF_FEW);

    private static final String[] OF_SUMS = KernelNames.ofSums("sum1");
    private static final String[] TWO = KernelNames.of("sum2", OF_FEW);
    private static final String[] UP_TO_EIGHT = KernelNames.ofRings("sum8");

    private final CudaContext context;

    CudaOnePassSum(CudaContext context) {
        this.context = context;
    }

    /** Whether the parameters hold the axes, whatever they are. */
    static boolean fits(int operands, int kept, int reduced) {
        return (operands + 3) * Math.max(1, kept) + (operands + 2) * Math.max(1, reduced) <= WORDS;
    }

    /** {@code out = alpha * sum over the last axes of the product of the operands}; out is not empty. */
    void run(Number alpha, List<View> operands, int reducedRank, View out) {
        new Launch(operands, reducedRank, out).run(alpha);
    }

    /**
     * {@code out = alpha * sum over parts}.
     *
     * @param sums shape [parts, outputs], of the dtype of out or what it is added up in
     * @param kept the outputs: strides and offset of out
     */
    void parts(Number alpha, Storage sums, long parts, Loop kept, View out) {
        long outputs = kept.size();
        Loop outer = new Loop(kept.sizes(), new long[][] {kept.strides()[0], kept.packed(1)}, new long[2]);
        Loop terms = new Loop(new long[] {parts}, new long[][] {{outputs}}, new long[1]);
        int group = outputs >= WARP ? 1 : (int) Math.min(THREADS / WARP, CudaReduce.powerOfTwo(parts));
        DType dtype = out.dtype();
        String kernel = sums.dtype() == dtype ? kernel(dtype, 1) : OF_SUMS[dtype.ordinal()];
        Words words = header(alpha, Words.address(out, kept.offsets()[0]), dtype, sums.address())
                .put(outputs)
                .put(parts)
                .put((long) group)
                .put(0L)
                .put(1L)
                .put(parts);
        putAxes(words, outer, terms);
        context.launch(kernel, blocks(outputs, group), THREADS, 0, words);
    }

    private static String kernel(DType dtype, int operands) {
        String kernel = (operands == 1 ? ONE : operands == 2 ? TWO : UP_TO_EIGHT)[dtype.ordinal()];
        return kernel == null ? UP_TO_EIGHT[dtype.ordinal()] : kernel;
    }

    private Words header(Number alpha, long out, DType dtype, long... operands) {
        return context.words()
                .put(out)
                .put(alpha, dtype)
                .put((long) operands.length)
                .put(operands, 8);
    }

    private static void putAxes(Words words, Loop kept, Loop terms) {
        words.put((long) kept.rank()).put((long) terms.rank());
        int end = words.count() + WORDS;
        for (Loop loop : List.of(kept, terms)) {
            for (int i = loop.rank() - 1; i >= 0; i--) {
                words.put(loop.sizes()[i]).put(Axes.divisor(loop.sizes()[i]));
                for (long[] strides : loop.strides()) {
                    words.put(strides[i]);
                }
            }
        }
        while (words.count() < end) {
            words.put(0L);
        }
    }

    private static long blocks(long outputs, long group) {
        long perBlock = THREADS / group;
        return Math.min(MOST_BLOCKS, (outputs + perBlock - 1) / perBlock);
    }

    private static Layout axes(View v, int from, int to, long offset) {
        return Layout.of(
                v.shape().slice(from, to), Arrays.copyOfRange(v.layout().strides(), from, to), offset);
    }

    /** The distribution of the work of one sum. */
    private final class Launch {
        private final List<View> operands;
        private final View out;
        private final DType dtype;
        /** Strides of the output and the operands, and of the operands. */
        private final Loop kept;

        private final Loop terms;
        private final boolean across;
        private final long group;
        private final long parts;
        private final long termsPerPart;

        Launch(List<View> operands, int reducedRank, View out) {
            this.operands = operands;
            this.out = out;
            this.dtype = out.dtype();
            int rank = out.layout().rank();
            kept = withoutLeader(loop(0, rank, true));
            terms = withoutLeader(loop(rank, rank + reducedRank, false));
            long outputs = kept.size();
            long count = terms.size();
            across = acrossTerms(outputs, count);
            group = across ? groupAcross(outputs, count) : groupBeside(outputs, count);
            long blocks = blocks(outputs, group);
            long each = count / group;
            long cuts =
                    blocks < FILLING_BLOCKS && each >= 2 * TERMS ? Math.min(FILLING_BLOCKS / blocks, each / TERMS) : 1;
            termsPerPart = ((count + cuts - 1) / cuts + group - 1) / group * group;
            parts = count == 0 ? 1 : (count + termsPerPart - 1) / termsPerPart;
        }

        /** The axes in the order in which the operand with the most elements is walked forwards. */
        private Loop loop(int from, int to, boolean withOut) {
            int extra = withOut ? 2 : 1;
            Layout[] layouts = new Layout[operands.size() + extra];
            layouts[0] = axes(leader(), from, to, 0);
            if (withOut) {
                layouts[1] = out.layout();
            }
            for (int k = 0; k < operands.size(); k++) {
                View v = operands.get(k);
                layouts[k + extra] = axes(v, from, to, withOut ? v.layout().offset() : 0);
            }
            return Loop.of(layouts);
        }

        private static Loop withoutLeader(Loop loop) {
            int n = loop.offsets().length;
            return new Loop(
                    loop.sizes(), Arrays.copyOfRange(loop.strides(), 1, n), Arrays.copyOfRange(loop.offsets(), 1, n));
        }

        private View leader() {
            View leader = operands.get(0);
            for (View v : operands) {
                leader = elements(v) > elements(leader) ? v : leader;
            }
            return leader;
        }

        /** Elements that are read. */
        private static double elements(View v) {
            double elements = 1;
            for (int axis = 0; axis < v.layout().rank(); axis++) {
                elements *= v.layout().stride(axis) == 0 ? 1 : v.shape().at(axis);
            }
            return elements;
        }

        /** Whether threads of a group are neighbours: where that moves fewer bytes, or there are no more outputs than a group has threads. */
        private boolean acrossTerms(long outputs, long count) {
            if (outputs == 1 || count == 1) {
                return count > 1;
            }
            double alongTerms = 0;
            double alongOutputs = 0;
            for (int k = 0; k < operands.size(); k++) {
                double weight = elements(operands.get(k));
                alongTerms += weight * sectors(terms.strides()[k][terms.rank() - 1]);
                alongOutputs += weight * sectors(kept.strides()[k + 1][kept.rank() - 1]);
            }
            return alongTerms < alongOutputs || (alongTerms == alongOutputs && count > outputs);
        }

        /** The share of a sector of 32 bytes that neighbours so far apart move for nothing else. */
        private double sectors(long stride) {
            return Math.min(1, Math.abs((double) stride) * dtype.bytes() / 32);
        }

        private long groupAcross(long outputs, long count) {
            boolean wide = outputs * WARP < FILLING_THREADS && count >= THREADS * 4L;
            return Math.min(CudaReduce.powerOfTwo(count), wide ? THREADS : WARP);
        }

        /** Few enough that a block still takes neighbouring outputs a warp at a time. */
        private long groupBeside(long outputs, long count) {
            long most = THREADS / Math.min(WARP, CudaReduce.powerOfTwo(outputs));
            long group = 1;
            while (group < most && outputs * group < FILLING_THREADS && count >= group * 16) {
                group *= 2;
            }
            return group;
        }

        void run(Number alpha) {
            long[] addresses = new long[operands.size()];
            for (int k = 0; k < addresses.length; k++) {
                addresses[k] = Words.address(operands.get(k), kept.offsets()[k + 1] + terms.offsets()[k]);
            }
            String kernel = kernel(dtype, addresses.length);
            if (parts == 1) {
                launch(kernel, alpha, Words.address(out, kept.offsets()[0]), addresses);
                return;
            }
            try (Scratch scratch = context.scratch()) {
                Storage sums = scratch.allocate(CudaType.of(dtype).sums(), parts * kept.size());
                launch(kernel, 1, sums.address(), addresses);
                parts(alpha, sums, parts, kept, out);
            }
        }

        private void launch(String kernel, Number alpha, long address, long[] addresses) {
            Words words = header(alpha, address, dtype, addresses)
                    .put(kept.size())
                    .put(terms.size())
                    .put(group)
                    .put(across)
                    .put(parts)
                    .put(termsPerPart);
            putAxes(words, kept, terms);
            context.launch(kernel, blocks(kept.size(), group) * parts, THREADS, 0, words);
        }
    }
}
