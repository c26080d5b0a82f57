package kron4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import kron4j.DType;
import kron4j.Layout;
import kron4j.backend.ScanOp;
import kron4j.backend.View;
import kron4j.backend.cuda.card.Axes;
import kron4j.backend.cuda.card.CudaContext;
import kron4j.backend.cuda.card.KernelNames;
import kron4j.backend.cuda.card.Scratch;
import kron4j.backend.cuda.card.Words;
import kron4j.plan.Loop;

/**
 * Running reductions and recurrences along the last axis, by the kernels of {@code kernels/scan.cuh}. What works on which elements is chosen by sizes and
 * strides only. Workspace: where lines are few, at most {@link #STATE} bytes for each 128 elements, and for complex64 all of it in complex128.
 */
final class CudaScan {
    private static final String[] SUM = names("sum", DType.FLOAT32, DType.FLOAT64, DType.INT64);
    private static final String[] PROD = names("prod", DType.FLOAT32, DType.FLOAT64, DType.INT64, DType.COMPLEX128);
    private static final String[] PLACE = names("place", DType.FLOAT32, DType.FLOAT64, DType.INT64);
    private static final String[] LOG = names("log", DType.FLOAT32, DType.FLOAT64);
    private static final String[] RECUR = names("recur", DType.FLOAT32, DType.FLOAT64, DType.COMPLEX128);

    /** Bytes of the widest state that is carried: that of complex recurrences. */
    private static final int STATE = 48;

    /** Elements that a thread takes at a time, at most. */
    private static final int TAKEN = 4;

    private static final int WARP = 32;

    /** Lines shorter than this are left to one thread each. */
    private static final int SHORT = 8;

    /** Threads that keep a card busy. */
    private static final long BUSY = 1L << 18;

    private static final long MOST_CHUNKS = 1024;

    private enum Phase {
        RESULTS,
        TOTALS,
        CARRIES
    }

    private final CudaContext context;
    private final CudaPermute permute;

    CudaScan(CudaContext context, CudaPermute permute) {
        this.context = context;
        this.permute = permute;
    }

    private static String[] names(String what, DType... dtypes) {
        return KernelNames.of("scan_" + what, dtypes);
    }

    void run(ScanOp op, View a, View out) {
        DType dtype = a.dtype().isComplex() ? DType.COMPLEX128 : a.dtype().isFloating() ? a.dtype() : DType.INT64;
        if (a.dtype() != dtype) {
            convert(dtype, out, List.of(a), (x, y) -> scan(op, x.get(0), y));
        } else {
            scan(op, a, out);
        }
    }

    private void scan(ScanOp op, View a, View out) {
        String[] kernels = switch (op) {
            case SUM -> SUM;
            case PROD -> PROD;
            case MAX, MIN -> PLACE;
            case LOGSUMEXP -> LOG;
        };
        run(kernels[a.dtype().ordinal()], op.ordinal(), out, a, a);
    }

    /** The links have one element less, but at least one. */
    void recur(View links, View a, View out) {
        if (a.dtype() == DType.COMPLEX64) {
            convert(DType.COMPLEX128, out, List.of(a, links), (x, y) -> recurrence(x.get(1), x.get(0), y));
        } else {
            recurrence(links, a, out);
        }
    }

    private void recurrence(View links, View a, View out) {
        run(RECUR[a.dtype().ordinal()], 0, out, a, links);
    }

    /** Computes in a wider dtype; in the memory of the results if that has it. */
    private void convert(DType dtype, View out, List<View> operands, BiConsumer<List<View>, View> body) {
        try (Scratch scratch = context.scratch()) {
            List<View> wide = new ArrayList<>();
            for (View v : operands) {
                boolean there = out.dtype() == dtype;
                View copy =
                        there ? out : new View(scratch.allocate(dtype, v.shape().size()), Layout.contiguous(v.shape()));
                copy(v, copy);
                wide.add(copy);
            }
            body.accept(wide, wide.get(0));
            if (out.dtype() != dtype) {
                copy(wide.get(0), out);
            }
        }
    }

    private void copy(View a, View out) {
        if (a.dtype().isComplex()) {
            permute.copy(a.pairs(), out.pairs());
        } else {
            permute.copy(a, out);
        }
    }

    private void run(String kernel, int op, View out, View a, View links) {
        Loop.of(first(out), first(a), first(links))
                .split(Axes.MOST, Sweep.ELEMENTS, lines -> new Scan(kernel, op, out, a, links, lines).run());
    }

    private static Layout first(View v) {
        return v.layout().select(-1, 0);
    }

    /** One group of lines. */
    private final class Scan {
        private final String kernel;
        private final int op;
        private final View out;
        private final View a;
        private final View links;
        private final Loop lines;
        private final long length;

        Scan(String kernel, int op, View out, View a, View links, Loop lines) {
            this.kernel = kernel;
            this.op = op;
            this.out = out;
            this.a = a;
            this.links = links;
            this.lines = lines;
            this.length = out.shape().at(-1);
        }

        void run() {
            long count = lines.size();
            int last = lines.rank() - 1;
            boolean across = lines.sizes()[last] >= WARP
                    && lines.strides()[0][last] < Math.abs(out.layout().stride(-1));
            long group = across || length <= SHORT ? 1 : length <= WARP * TAKEN ? WARP : Sweep.THREADS;
            long turn = group * TAKEN;
            long wanted = Math.max(1, Math.min(Math.min(MOST_CHUNKS, BUSY / (count * group)), length / (4 * turn)));
            long chunk = ((length + wanted - 1) / wanted + turn - 1) / turn * turn;
            long chunks = (length + chunk - 1) / chunk;
            if (chunks == 1) {
                launch(Phase.RESULTS, group, length, chunk, 1, 0);
                return;
            }
            try (Scratch scratch = context.scratch()) {
                long totals =
                        scratch.allocate(DType.INT8, count * chunks * STATE).address();
                launch(Phase.TOTALS, group, length, chunk, chunks, totals);
                launch(Phase.CARRIES, chunks <= WARP ? WARP : Sweep.THREADS, chunks, chunks, 1, totals);
                launch(Phase.RESULTS, group, length, chunk, chunks, totals);
            }
        }

        private void launch(Phase phase, long group, long length, long chunk, long chunks, long totals) {
            Words words = context.words();
            Axes.put(words, lines.sizes(), lines.strides());
            words.put(Words.address(out, lines.offsets()[0]))
                    .put(Words.address(a, lines.offsets()[1]))
                    .put(Words.address(links, lines.offsets()[2]))
                    .put(out.layout().stride(-1))
                    .put(a.layout().stride(-1))
                    .put(links.layout().stride(-1))
                    .put(length)
                    .put(op)
                    .put(group)
                    .put(chunk)
                    .put(chunks)
                    .put(totals)
                    .put(phase.ordinal());
            context.launch(kernel, Sweep.blocks(lines.size() * chunks * group), Sweep.THREADS, 0, words);
        }
    }
}
